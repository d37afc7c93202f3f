/* SPDX-License-Identifier: GPL-2.0-only */
/* A stretch of a recording as one self-contained page. */
#ifndef KXT_HTML_H
#define KXT_HTML_H

#include <stdio.h>

#include "user/rec/recording.h"
#include "user/summary.h"

/**
 * kxt_html_report() - write the page
 * @f: where to; errors of it are the caller's to look for
 * @r: recording
 * @from: first frame
 * @to: last frame, after @from
 * @filter: which VMs are wanted; NULL: all
 * @err: set on failure
 *
 * No part of the page comes from elsewhere, and nothing in it that a guest or its owner
 * can choose (names) is anything but text. Tables and pictures are there without
 * scripts; scripts only make them easier to look at.
 *
 * Return: 0, or -1 with @err set.
 */
int kxt_html_report(FILE *f, struct kxt_recording *r, unsigned int from, unsigned int to,
		    const struct kxt_filter *filter, struct kxt_err *err);

#endif /* KXT_HTML_H */
