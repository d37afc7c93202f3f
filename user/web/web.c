// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections: who is let in, and when they have to go. libmicrohttpd speaks HTTP and TLS on
 * them, in our thread: its own way of letting in stops at its limit, and then whoever
 * came first keeps all others out.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "user/web/int.h"
#include "user/web/tls.h"

#define MAX_CONNS	256
/* Those that were shut down and have not gone yet. */
#define SPARE_CONNS	64
/* New ones between two looks at those that there are; at most SPARE_CONNS. */
#define ACCEPT_AT_ONCE	32
#define MEMORY_EACH	(32 * 1024)
/* For the collector, files of /proc, libraries. */
#define OTHER_FILES	64
#define FEWEST_CONNS	8
/* Without a descriptor left: how long nobody is let in, and how many go in that time. */
#define PAUSE_NS	10000000ULL
#define GO_AT_ONCE	8
#define MS		1000000ULL

uint64_t kxt_web_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

struct kxt_web_conn *kxt_web_conn_of(struct MHD_Connection *mhd)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info ? info->socket_context : NULL;
}

static void *info_of(struct MHD_Connection *mhd, enum MHD_ConnectionInfoType type)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, type);

	return info ? info->tls_session : NULL;
}

static void started(struct kxt_web *w, struct MHD_Connection *mhd, void **context)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
	void *session;

	*context = kxt_web_conn_add(&w->conns, info->connect_fd, w->adding, kxt_web_now());
	if (!w->o.config || !w->o.config->client_ca)
		return;
	session = info_of(mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION);
	if (session)
		kxt_web_tls_require(session);
}

static void on_connection(void *cls, struct MHD_Connection *mhd, void **context,
			  enum MHD_ConnectionNotificationCode code)
{
	struct kxt_web *w = cls;

	if (code == MHD_CONNECTION_NOTIFY_STARTED)
		started(w, mhd, context);
	else if (*context)
		kxt_web_conn_remove(&w->conns, *context);
}

static void on_completed(void *cls, struct MHD_Connection *mhd, void **request,
			 enum MHD_RequestTerminationCode code)
{
	struct kxt_web_conn *c = kxt_web_conn_of(mhd);

	(void)cls;
	(void)code;
	*request = NULL;
	if (c)
		kxt_web_conn_wait(c, kxt_web_now());
}

static int add_to_epoll(struct kxt_web *w, int fd, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.fd = fd };

	return epoll_ctl(w->epoll, EPOLL_CTL_ADD, fd, &ev);
}

/* While there is no descriptor, a socket that is ready would wake us all the time. */
static void listen_to(struct kxt_web *w, bool on)
{
	for (unsigned int i = 0; i < w->socket.nr; i++) {
		struct epoll_event ev = { .events = on ? EPOLLIN : 0,
					  .data.fd = w->socket.socket[i].fd };

		epoll_ctl(w->epoll, EPOLL_CTL_MOD, ev.data.fd, &ev);
	}
}

static void pause_listening(struct kxt_web *w)
{
	w->paused_until = kxt_web_now() + PAUSE_NS;
	listen_to(w, false);
}

static void resume_listening(struct kxt_web *w)
{
	if (!w->paused_until || kxt_web_now() < w->paused_until)
		return;
	w->paused_until = 0;
	listen_to(w, true);
}

static void send_away(struct kxt_web *w)
{
	struct kxt_web_conn *c = kxt_web_conns_victim(&w->conns, kxt_web_now());

	if (c)
		kxt_web_conn_end(&w->conns, c);
}

static void let_in(struct kxt_web *w, int fd, const struct sockaddr_storage *sa,
		   socklen_t len)
{
	if (w->conns.live >= w->conns.max)
		send_away(w);
	w->adding = kxt_web_peer(sa);
	/* Without memory it closes the connection, which is all that can be done. */
	MHD_add_connection(w->daemon, fd, (const struct sockaddr *)sa, len);
}

/* Returns false if nobody is to be let in for now. */
static bool accept_one(struct kxt_web *w, const struct kxt_web_socket *s, bool *more)
{
	struct sockaddr_storage sa = { 0 };
	socklen_t len = sizeof(sa);
	int fd;

	fd = accept4(s->fd, (struct sockaddr *)&sa, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
	*more = fd >= 0 || errno == ECONNABORTED || errno == EINTR;
	if (fd >= 0) {
		let_in(w, fd, &sa, len);
		return true;
	}
	if (*more || errno == EAGAIN || errno == EWOULDBLOCK)
		return true;
	/* No descriptor, no memory: some of ours go, and it is tried again soon. */
	for (unsigned int i = 0; i < GO_AT_ONCE; i++)
		send_away(w);
	pause_listening(w);
	return false;
}

static void accept_some(struct kxt_web *w)
{
	unsigned int nr = 0;

	for (unsigned int i = 0; i < w->socket.nr && !w->paused_until; i++) {
		bool more = true;

		/* Each socket has its share: one that is flooded does not stop the others. */
		for (nr = 0; more && nr <= ACCEPT_AT_ONCE / w->socket.nr; nr++) {
			if (w->conns.nr >= w->conns.size)
				pause_listening(w);
			if (w->paused_until || !accept_one(w, &w->socket.socket[i], &more))
				return;
		}
	}
}

uint64_t kxt_web_run(struct kxt_web *w)
{
	MHD_UNSIGNED_LONG_LONG ms;
	uint64_t next, now, wait;

	resume_listening(w);
	/* Who is there is served first, who was let in at once after. */
	MHD_run(w->daemon);
	accept_some(w);
	MHD_run(w->daemon);
	now = kxt_web_now();
	if (kxt_web_conns_expire(&w->conns, now, &next))
		MHD_run(w->daemon);
	if (w->paused_until && w->paused_until < next)
		next = w->paused_until;
	wait = next == UINT64_MAX ? UINT64_MAX : next > now ? next - now : 0;
	if (MHD_get_timeout(w->daemon, &ms) == MHD_YES && ms < wait / MS)
		wait = ms * MS;
	return wait;
}

/* As many as are allowed, as descriptors cost nothing as long as they are not used. */
static unsigned int places(struct kxt_err *err)
{
	struct rlimit rl;
	uint64_t most;

	if (getrlimit(RLIMIT_NOFILE, &rl))
		return MAX_CONNS;
	if (rl.rlim_cur < rl.rlim_max) {
		rl.rlim_cur = rl.rlim_max;
		if (setrlimit(RLIMIT_NOFILE, &rl))
			getrlimit(RLIMIT_NOFILE, &rl);
	}
	/* The collector's grow with the VMs, so half of them stay its. */
	most = rl.rlim_cur > OTHER_FILES ? (rl.rlim_cur - OTHER_FILES) / 2 : 0;
	if (most >= MAX_CONNS + SPARE_CONNS)
		return MAX_CONNS;
	if (most >= FEWEST_CONNS + SPARE_CONNS)
		return most - SPARE_CONNS;
	kxt_err_set(err, KXT_EXIT_RUNTIME,
		    "only %llu files may be open at once, which leaves too few for connections. Have the limit raised to 1024 or more (ulimit -n, LimitNOFILE=).",
		    (unsigned long long)rl.rlim_cur);
	return 0;
}

static int start_daemon(struct kxt_web *w, struct kxt_err *err)
{
	const struct kxt_web_config *c = w->o.config;
	unsigned int flags = MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET;
	struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_END, 0, NULL }, { MHD_OPTION_END, 0, NULL },
		{ MHD_OPTION_END, 0, NULL }, { MHD_OPTION_END, 0, NULL },
		{ MHD_OPTION_END, 0, NULL },
	};

	if (c && c->tls) {
		if (kxt_web_tls_check(c, err))
			return -1;
		flags |= MHD_USE_TLS;
		tls[0] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_MEM_KEY, 0, c->key };
		tls[1] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_MEM_CERT, 0, c->cert };
		tls[2] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_PRIORITIES, 0,
						  (void *)kxt_web_tls_priorities(c) };
		if (c->client_ca)
			tls[3] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_MEM_TRUST, 0,
							  c->client_ca };
	}
	w->daemon = MHD_start_daemon(
		flags, 0, NULL, NULL, kxt_web_handle, w,
		MHD_OPTION_CONNECTION_LIMIT, w->conns.size,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY_EACH,
		/* Only for those that we have ended, and that it has not noticed. */
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned int)(KXT_WEB_KEEP_NS / 1000000000) + 5,
		MHD_OPTION_NOTIFY_CONNECTION, on_connection, w,
		MHD_OPTION_NOTIFY_COMPLETED, on_completed, w,
		MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,
		MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
	return w->daemon ? 0 :
	       kxt_err_set(err, KXT_EXIT_RUNTIME,
			   "cannot start the web server (libmicrohttpd %s): %s. It needs epoll, memory, and with TLS certificates that GnuTLS takes.",
			   MHD_get_version(), strerror(errno));
}

static int make_epoll(struct kxt_web *w, struct kxt_err *err)
{
	const union MHD_DaemonInfo *info =
		MHD_get_daemon_info(w->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	int ret;

	w->epoll = epoll_create1(EPOLL_CLOEXEC);
	ret = !info || w->epoll < 0 || add_to_epoll(w, info->listen_fd, EPOLLIN);
	for (unsigned int i = 0; !ret && i < w->socket.nr; i++)
		ret = add_to_epoll(w, w->socket.socket[i].fd, EPOLLIN);
	return ret ? kxt_err_set(err, KXT_EXIT_RUNTIME, "cannot wait for connections: %s",
				 strerror(errno)) : 0;
}

static int open_all(struct kxt_web *w, struct kxt_err *err)
{
	const struct kxt_web_config *c = w->o.config;
	unsigned int max = places(err);

	if (!max)
		return -1;
	if (kxt_web_conns_init(&w->conns, max, max + SPARE_CONNS))
		return kxt_err_set(err, KXT_EXIT_RUNTIME, "out of memory for connections");
	if (c && c->nr_users) {
		w->auth = kxt_web_auth_new(c->user, c->nr_users);
		if (!w->auth)
			return kxt_err_set(err, KXT_EXIT_RUNTIME,
					   "no memory or no random numbers for passwords");
	}
	if (start_daemon(w, err) ||
	    kxt_web_listen(&w->socket, w->o.address, w->o.nr_addresses, err))
		return -1;
	return make_epoll(w, err);
}

int kxt_web_open(struct kxt_web **w, const struct kxt_web_options *o, struct kxt_err *err)
{
	struct kxt_web *n = calloc(1, sizeof(*n));

	if (!n)
		return kxt_err_set(err, KXT_EXIT_RUNTIME, "out of memory for the web server");
	n->o = *o;
	n->epoll = -1;
	if (open_all(n, err)) {
		kxt_web_close(n);
		return -1;
	}
	*w = n;
	return 0;
}

void kxt_web_close(struct kxt_web *w)
{
	if (!w)
		return;
	if (w->daemon)
		MHD_stop_daemon(w->daemon);
	if (w->epoll >= 0)
		close(w->epoll);
	kxt_web_unlisten(&w->socket);
	kxt_web_auth_free(w->auth);
	kxt_web_conns_free(&w->conns);
	free(w);
}

int kxt_web_fd(const struct kxt_web *w)
{
	return w->epoll;
}

const char *kxt_web_listening(const struct kxt_web *w, unsigned int i)
{
	return i < w->socket.nr ? w->socket.socket[i].name : NULL;
}
