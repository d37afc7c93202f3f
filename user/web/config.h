/* SPDX-License-Identifier: GPL-2.0-only */
/* What is in a web config file, for the server. Others see user/web/web.h only. */
#ifndef KXT_WEB_CONFIG_H
#define KXT_WEB_CONFIG_H

#include <stdbool.h>

#include "user/web/web.h"
#include "user/web/auth.h"

/* The headers that can be set. */
#define KXT_WEB_HEADERS		5

/**
 * struct kxt_web_header - a header of every answer
 * @name: its name
 * @value: NULL: as the server would have it; "": not sent
 */
struct kxt_web_header {
	const char *name;
	char *value;
};

/**
 * struct kxt_web_config - what the file says
 * @tls: there is a certificate
 * @cert: certificates, PEM
 * @key: its key, PEM
 * @client_ca: who signs certificates of clients, PEM; NULL if they need none
 * @tls13: nothing older than TLS 1.3
 * @header: all that there are
 * @user: who may ask
 * @nr_users: 0: everybody
 */
struct kxt_web_config {
	bool tls;
	char *cert, *key, *client_ca;
	bool tls13;
	struct kxt_web_header header[KXT_WEB_HEADERS];
	struct kxt_web_user *user;
	unsigned int nr_users;
};

/**
 * kxt_web_config_parse() - kxt_web_config_read() of a text that is in memory
 * @c: result
 * @text: YAML
 * @len: its length
 * @path: what to call it in messages; files are looked for beside it
 * @err: set on failure
 *
 * Return: 0, or -1 with @err set.
 */
int kxt_web_config_parse(struct kxt_web_config **c, const char *text, size_t len,
			 const char *path, struct kxt_err *err);

/**
 * kxt_web_read_file() - a file of at most 1 MiB
 * @path: file
 * @what: what it is, for the message
 * @len: its length; may be NULL
 * @err: set on failure
 *
 * Return: its bytes and a zero, to be freed; NULL with @err set.
 */
char *kxt_web_read_file(const char *path, const char *what, size_t *len,
			struct kxt_err *err);

#endif /* KXT_WEB_CONFIG_H */
