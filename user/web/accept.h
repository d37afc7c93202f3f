/* SPDX-License-Identifier: GPL-2.0-only */
/* What a client takes: the headers Accept and Accept-Encoding (RFC 9110). Pure. */
#ifndef KXT_WEB_ACCEPT_H
#define KXT_WEB_ACCEPT_H

#include <stdbool.h>

#include "user/metrics/metrics.h"

/**
 * kxt_web_accept_format() - which format of metrics
 * @accept: value of Accept; "" or NULL if there is none
 *
 * The one with the higher q, of equal ones the first. OpenMetrics has to be asked for
 * by name: wildcards get the text format, and so does who takes nothing that
 * there is, as every client of this kind reads it.
 *
 * Return: format.
 */
enum kxt_metrics_format kxt_web_accept_format(const char *accept);

/**
 * kxt_web_accept_gzip() - may the answer be compressed?
 * @encoding: value of Accept-Encoding; "" or NULL if there is none
 */
bool kxt_web_accept_gzip(const char *encoding);

#endif /* KXT_WEB_ACCEPT_H */
