/* SPDX-License-Identifier: GPL-2.0-only */
/* The server's own: between user/web/web.c (connections) and user/web/request.c (what they ask). */
#ifndef KXT_WEB_INT_H
#define KXT_WEB_INT_H

#include <microhttpd.h>

#include "user/web/web.h"
#include "user/web/auth.h"
#include "user/web/config.h"
#include "user/web/conn.h"
#include "user/web/listen.h"

/**
 * struct kxt_web - a server
 * @o: options; addresses are not looked at any more
 * @socket: where it listens
 * @daemon: HTTP. It does not listen: we accept(2) for it
 * @auth: NULL: everybody may ask
 * @conns: connections
 * @epoll: listening sockets, and all that @daemon waits for
 * @paused_until: nobody is let in before, as there was no descriptor left; 0: not paused
 * @adding: whose connection is being given to @daemon
 */
struct kxt_web {
	struct kxt_web_options o;
	struct kxt_web_sockets socket;
	struct MHD_Daemon *daemon;
	struct kxt_web_auth *auth;
	struct kxt_web_conns conns;
	int epoll;
	uint64_t paused_until;
	uint64_t adding;
};

/** kxt_web_now() - CLOCK_MONOTONIC in ns */
uint64_t kxt_web_now(void);

/** kxt_web_handle() - a request, for MHD_start_daemon(): @cls is the server */
enum MHD_Result kxt_web_handle(void *cls, struct MHD_Connection *mhd, const char *url,
			       const char *method, const char *version,
			       const char *upload, size_t *upload_size, void **request);

/** kxt_web_conn_of() - our side of a connection; NULL if there was no place */
struct kxt_web_conn *kxt_web_conn_of(struct MHD_Connection *mhd);

#endif /* KXT_WEB_INT_H */
