/* SPDX-License-Identifier: GPL-2.0-only */
/* "host:port", as command lines write it. Pure. */
#ifndef KXT_WEB_ADDRESS_H
#define KXT_WEB_ADDRESS_H

#include "user/err.h"

/**
 * struct kxt_web_address - where to listen
 * @host: name or number, without brackets; "": every address of this host
 * @port: "0" (any that is free) to "65535"
 */
struct kxt_web_address {
	char host[256];
	char port[6];
};

/**
 * kxt_web_address_parse() - take "host:port" apart
 * @a: result
 * @text: "127.0.0.1:9985", "[::1]:9985", ":9985", "localhost:9985"
 * @err: set on failure (usage): what is wrong, and how it is written
 *
 * Names are not looked up.
 *
 * Return: 0, or -1 with @err set.
 */
int kxt_web_address_parse(struct kxt_web_address *a, const char *text,
			  struct kxt_err *err);

#endif /* KXT_WEB_ADDRESS_H */
