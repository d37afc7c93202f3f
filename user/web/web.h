/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The HTTP server of export: one thread, no more connections and memory than it was given,
 * whoever is on the other side. It knows nothing of metrics but that there are texts.
 */
#ifndef KXT_WEB_H
#define KXT_WEB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "user/err.h"

struct kxt_web;
struct kxt_web_config;

/**
 * struct kxt_web_answer - what a path has to say
 * @status: HTTP status
 * @type: Content-Type
 * @body: bytes
 * @len: their number
 * @gzip: @body is compressed
 * @done: called with @arg when @body is not needed any more; may be NULL
 * @arg: for it
 */
struct kxt_web_answer {
	unsigned int status;
	const char *type;
	const void *body;
	size_t len;
	bool gzip;
	void (*done)(void *arg);
	void *arg;
};

/**
 * struct kxt_web_request - what was asked for
 * @path: path, decoded, without the query
 * @accept: header Accept, "" if there is none
 * @gzip: the client takes gzip
 */
struct kxt_web_request {
	const char *path;
	const char *accept;
	bool gzip;
};

/**
 * struct kxt_web_options - how it listens
 * @address: "127.0.0.1:9985", "[::1]:9985", ":9985", "localhost:9985"
 * @nr_addresses: how many; 0 only with sockets from systemd (LISTEN_FDS)
 * @config: from kxt_web_config_read(), or NULL: plain HTTP for all who can connect.
 *	Stays the caller's, must outlive the server
 * @answer: called for every GET and HEAD whose client may ask; fills @a (zeroed)
 * @arg: for it
 */
struct kxt_web_options {
	const char *const *address;
	unsigned int nr_addresses;
	const struct kxt_web_config *config;
	void (*answer)(void *arg, const struct kxt_web_request *r, struct kxt_web_answer *a);
	void *arg;
};

/**
 * kxt_web_config_read() - read a web config file (the keys of Prometheus' exporter-toolkit)
 * @c: result
 * @path: YAML file
 * @err: set on failure: says which key in which line, and what is known
 *
 * The certificate and its key are read now, once.
 *
 * Return: 0, or -1 with @err set.
 */
int kxt_web_config_read(struct kxt_web_config **c, const char *path, struct kxt_err *err);

/** kxt_web_config_free() - fine on NULL */
void kxt_web_config_free(struct kxt_web_config *c);

/** kxt_web_config_tls() - does it ask for TLS? */
bool kxt_web_config_tls(const struct kxt_web_config *c);

/**
 * kxt_web_open() - listen
 * @w: result
 * @o: options, copied
 * @err: set on failure: which address, why, what to do
 *
 * Everything that takes a privilege (a port below 1024) is over when it returns. Takes the
 * sockets of systemd too. Raises the soft limit of open files to the hard one. SIGPIPE has
 * to be ignored while it runs.
 *
 * Return: 0, or -1 with @err set.
 */
int kxt_web_open(struct kxt_web **w, const struct kxt_web_options *o, struct kxt_err *err);

/** kxt_web_close() - end all connections; fine on NULL */
void kxt_web_close(struct kxt_web *w);

/** kxt_web_fd() - a file that poll() says is readable when kxt_web_run() has work */
int kxt_web_fd(const struct kxt_web *w);

/**
 * kxt_web_run() - do what there is to do, without waiting
 * @w: server
 *
 * Return: after how many ns to call it again even if kxt_web_fd() is quiet (timeouts of
 * connections); UINT64_MAX: need not.
 */
uint64_t kxt_web_run(struct kxt_web *w);

/**
 * kxt_web_listening() - where it listens, for messages
 * @w: server
 * @i: 0, 1, ...
 *
 * Return: "127.0.0.1:9985" (the port that was given if 0 was asked for), or NULL if there
 * are not so many.
 */
const char *kxt_web_listening(const struct kxt_web *w, unsigned int i);

#endif /* KXT_WEB_H */
