/* SPDX-License-Identifier: GPL-2.0-only */
/* What libmicrohttpd leaves to others of TLS. Only user/web/tls.c knows GnuTLS. */
#ifndef KXT_WEB_TLS_H
#define KXT_WEB_TLS_H

#include <stdbool.h>

#include "user/web/config.h"

/**
 * kxt_web_tls_check() - can this be used?
 * @c: config with TLS
 * @err: set on failure: which of its files, and why
 *
 * Return: 0, or -1 with @err set.
 */
int kxt_web_tls_check(const struct kxt_web_config *c, struct kxt_err *err);

/** kxt_web_tls_priorities() - versions and ciphers, for MHD_OPTION_HTTPS_PRIORITIES */
const char *kxt_web_tls_priorities(const struct kxt_web_config *c);

/**
 * kxt_web_tls_require() - have the handshake fail without a client certificate
 * @session: gnutls_session_t, not begun
 *
 * It has to be signed by the CA, valid now, and not made for something else.
 */
void kxt_web_tls_require(void *session);

/** kxt_web_tls_verified() - is there one, and was it found good? */
bool kxt_web_tls_verified(void *session);

#endif /* KXT_WEB_TLS_H */
