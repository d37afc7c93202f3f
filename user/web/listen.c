// SPDX-License-Identifier: GPL-2.0-only
#include "user/web/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "user/web/address.h"

/* Of each client that has done nothing yet there is little in the kernel. */
#define BACKLOG		1024
/*
 * What the kernel may keep of an answer that is not read. Clients take theirs on from the
 * socket that listens.
 */
#define SEND_BUFFER	(128 * 1024)

/* What a socket is bound to. */
static void name_it(struct kxt_web_socket *s)
{
	struct sockaddr_storage sa = { 0 };
	socklen_t len = sizeof(sa);
	const struct sockaddr_un *un = (const void *)&sa;
	char host[96], port[8];
	const char *format;

	if (getsockname(s->fd, (struct sockaddr *)&sa, &len) == 0 && sa.ss_family == AF_UNIX) {
		snprintf(s->name, sizeof(s->name), "unix:%.100s", un->sun_path);
		return;
	}
	if (getnameinfo((struct sockaddr *)&sa, len, host, sizeof(host), port, sizeof(port),
			NI_NUMERICHOST | NI_NUMERICSERV)) {
		snprintf(s->name, sizeof(s->name), "a socket of systemd");
		return;
	}
	format = sa.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s";
	snprintf(s->name, sizeof(s->name), format, host, port);
}

static int add(struct kxt_web_sockets *s, int fd, struct kxt_err *err)
{
	struct kxt_web_socket *more = realloc(s->socket, (s->nr + 1) * sizeof(*more));
	const int size = SEND_BUFFER;

	if (!more) {
		close(fd);
		return kxt_err_set(err, KXT_EXIT_RUNTIME, "out of memory for sockets");
	}
	s->socket = more;
	s->socket[s->nr].fd = fd;
	/* A socket that cannot do this is as good, only larger. */
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	name_it(&s->socket[s->nr++]);
	return 0;
}

/* Returns how many there are, or -1 with @err set. */
static int take_systemd(struct kxt_web_sockets *s, struct kxt_err *err)
{
	int nr = sd_listen_fds(1);

	if (nr < 0)
		return kxt_err_set(err, KXT_EXIT_RUNTIME,
				   "cannot take the sockets that LISTEN_FDS speaks of: %s",
				   strerror(-nr));
	for (int fd = SD_LISTEN_FDS_START; fd < SD_LISTEN_FDS_START + nr; fd++) {
		if (sd_is_socket(fd, AF_UNSPEC, SOCK_STREAM, 1) <= 0)
			return kxt_err_set(err, KXT_EXIT_RUNTIME,
					   "file %d from systemd is no stream socket that listens. The socket unit needs ListenStream= and Accept=no.",
					   fd);
		if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK))
			return kxt_err_set(err, KXT_EXIT_RUNTIME,
					   "cannot use file %d from systemd: %s", fd,
					   strerror(errno));
		if (add(s, fd, err))
			return -1;
	}
	return nr;
}

/* Returns a socket, or -1 with errno. */
static int open_one(const struct addrinfo *ai, bool both)
{
	const int on = 1, off = 0;
	int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int error;

	if (fd < 0)
		return -1;
	/* Connections of an exporter that has just ended do not keep the port from us. */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    (ai->ai_family == AF_INET6 &&
	     setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, both ? &off : &on, sizeof(on))) ||
	    bind(fd, ai->ai_addr, ai->ai_addrlen) || listen(fd, BACKLOG)) {
		error = errno;
		close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

static int cannot_listen(struct kxt_err *err, const char *text, const char *port, int error)
{
	char todo[256] = "";

	if (error == EADDRINUSE)
		snprintf(todo, sizeof(todo),
			 " Another kvmexittop export has it, or another service: 'ss -ltnp sport = :%s' says which. End that, or choose another port with --web.listen-address.",
			 port);
	else if (error == EACCES)
		snprintf(todo, sizeof(todo),
			 " Ports below 1024 take root or CAP_NET_BIND_SERVICE: choose another port, or let systemd open the socket.");
	else if (error == EADDRNOTAVAIL)
		snprintf(todo, sizeof(todo),
			 " This host does not have this address: 'ip address' lists those that it has.");
	else if (error == EAFNOSUPPORT)
		snprintf(todo, sizeof(todo),
			 " This kernel does not have this kind of address: use one of IPv4.");
	return kxt_err_set(err, KXT_EXIT_RUNTIME, "cannot listen on %s: %s.%s", text,
			   strerror(error), todo);
}

/* All that a name stands for. */
static int open_list(struct kxt_web_sockets *s, const struct addrinfo *list, bool both,
		     int *error, struct kxt_err *err)
{
	unsigned int before = s->nr;

	for (const struct addrinfo *ai = list; ai; ai = ai->ai_next) {
		int fd = open_one(ai, both);

		if (fd >= 0 && add(s, fd, err))
			return -1;
		/* localhost may be in /etc/hosts for IPv6 and the kernel without. */
		if (fd < 0 && (!*error || (errno != EADDRNOTAVAIL && errno != EAFNOSUPPORT)))
			*error = errno;
		if (fd < 0 && errno != EADDRNOTAVAIL && errno != EAFNOSUPPORT)
			return 1;
	}
	return s->nr > before ? 0 : 1;
}

static int look_up(const struct kxt_web_address *a, const char *host, int family,
		   struct addrinfo **list)
{
	const struct addrinfo hints = {
		.ai_family = family,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
	};

	return getaddrinfo(host, a->port, &hints, list);
}

/* Returns 0, 1 with *@error set, or -1 with @err set. */
static int open_host(struct kxt_web_sockets *s, const struct kxt_web_address *a,
		     const char *host, int family, int *error, struct kxt_err *err)
{
	bool both = !*a->host || strcmp(a->host, "::") == 0;
	struct addrinfo *list;
	int ret = look_up(a, host, family, &list);

	if (ret)
		return kxt_err_set(err, KXT_EXIT_RUNTIME,
				   "cannot listen on '%s': %s. Write an address of this host in numbers.",
				   a->host, gai_strerror(ret));
	ret = open_list(s, list, both, error, err);
	freeaddrinfo(list);
	return ret;
}

static int open_address(struct kxt_web_sockets *s, const char *text, struct kxt_err *err)
{
	struct kxt_web_address a;
	int ret, error = 0;

	if (kxt_web_address_parse(&a, text, err))
		return -1;
	if (*a.host)
		ret = open_host(s, &a, a.host, AF_UNSPEC, &error, err);
	else
		ret = open_host(s, &a, "::", AF_INET6, &error, err);
	/* No IPv6 at all: then every address is one of IPv4. */
	if (ret && !*a.host && error != EADDRINUSE && error != EACCES) {
		error = 0;
		ret = open_host(s, &a, "0.0.0.0", AF_INET, &error, err);
	}
	return ret > 0 ? cannot_listen(err, text, a.port, error) : ret;
}

int kxt_web_listen(struct kxt_web_sockets *s, const char *const *address, unsigned int nr,
		   struct kxt_err *err)
{
	memset(s, 0, sizeof(*s));
	if (take_systemd(s, err) < 0)
		goto fail;
	for (unsigned int i = 0; i < nr; i++) {
		if (open_address(s, address[i], err))
			goto fail;
	}
	if (s->nr)
		return 0;
	kxt_err_set(err, KXT_EXIT_USAGE,
		    "there is no address to listen on: neither one that was given nor a socket from systemd");
fail:
	kxt_web_unlisten(s);
	return -1;
}

void kxt_web_unlisten(struct kxt_web_sockets *s)
{
	for (unsigned int i = 0; i < s->nr; i++)
		close(s->socket[i].fd);
	free(s->socket);
	memset(s, 0, sizeof(*s));
}

uint64_t kxt_web_peer(const struct sockaddr_storage *sa)
{
	const struct sockaddr_in6 *in6 = (const void *)sa;
	const struct sockaddr_in *in = (const void *)sa;
	uint64_t id;
	uint32_t v4;

	if (sa->ss_family == AF_INET)
		return in->sin_addr.s_addr;
	if (sa->ss_family != AF_INET6)
		return 1;
	if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
		memcpy(&v4, &in6->sin6_addr.s6_addr[12], sizeof(v4));
		return v4;
	}
	memcpy(&id, &in6->sin6_addr, sizeof(id));
	/* ::1 is in the network of all zeroes. */
	return id ? id : UINT64_MAX;
}
