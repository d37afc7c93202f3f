/* SPDX-License-Identifier: GPL-2.0-only */
/* Listening sockets: our own, and those that systemd hands over. */
#ifndef KXT_WEB_LISTEN_H
#define KXT_WEB_LISTEN_H

#include <stdint.h>
#include <sys/socket.h>

#include "user/err.h"

/**
 * struct kxt_web_socket - one that listens
 * @fd: does not block
 * @name: "127.0.0.1:9985"
 */
struct kxt_web_socket {
	int fd;
	char name[128];
};

/**
 * struct kxt_web_sockets - all of them
 * @socket: list
 * @nr: how many
 */
struct kxt_web_sockets {
	struct kxt_web_socket *socket;
	unsigned int nr;
};

/**
 * kxt_web_listen() - take those of systemd (LISTEN_FDS), and open others
 * @s: result
 * @address: as in struct kxt_web_options
 * @nr: how many
 * @err: set on failure: which address, why, what to do
 *
 * A name that stands for several addresses is listened to at all of them.
 *
 * Return: 0, or -1 with @err set.
 */
int kxt_web_listen(struct kxt_web_sockets *s, const char *const *address, unsigned int nr,
		   struct kxt_err *err);

/** kxt_web_unlisten() - close them; fine on zeroes */
void kxt_web_unlisten(struct kxt_web_sockets *s);

/**
 * kxt_web_peer() - who is that?
 * @sa: address
 *
 * Return: a number for each IPv4 address, and for each network of 2^64 IPv6 addresses, of
 * which one host may have all; one for all local sockets.
 */
uint64_t kxt_web_peer(const struct sockaddr_storage *sa);

#endif /* KXT_WEB_LISTEN_H */
