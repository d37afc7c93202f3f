/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who is connected, and who has to go. There are so many places and no more; when they
 * are taken, somebody new gets the place of who has had one for longest without need:
 * so a client that asks and reads at once is always served, whatever the others do.
 */
#ifndef KXT_WEB_CONN_H
#define KXT_WEB_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Until the first request is complete, the TLS handshake included. */
#define KXT_WEB_ASK_NS		10000000000ULL
/* Between an answer and the next request, to who was let in. */
#define KXT_WEB_KEEP_NS		75000000000ULL
/* To read an answer. */
#define KXT_WEB_READ_NS		30000000000ULL
/* Different answers that are kept for slow readers, in bytes; the newest one apart. */
#define KXT_WEB_HELD_MAX	(32U << 20)

/**
 * struct kxt_web_conn - a connection
 * @used: it is one
 * @ended: it was shut down and will go soon
 * @answering: it has asked, and has not read all yet
 * @let_in: its last request was a good one
 * @fd: its socket
 * @peer: of kxt_web_peer()
 * @since: when it began to wait, or its answer to be sent
 * @body: the answer; equal ones are one in memory
 * @len: its length
 * @acked_before: bytes that the client had taken before this answer
 * @rate: bytes a second that it took of this one when that was looked at last
 * @looked_at: it was
 */
struct kxt_web_conn {
	bool used, ended, answering, let_in;
	int fd;
	uint64_t peer;
	uint64_t since;
	const void *body;
	size_t len;
	uint64_t acked_before, rate;
	bool looked_at;
};

/* Counters of peers; those that share one are taken for one. */
#define KXT_WEB_PEERS		1024

/**
 * struct kxt_web_conns - all of them
 * @conn: places
 * @size: how many
 * @max: how many shall be used; more are only for the time until others have gone
 * @nr: how many are
 * @live: how many of them have not ended
 * @of_peer: how many live ones each peer has
 * @fresh: how many may go before rates are looked at again
 * @acked: how many bytes the other side of a socket has taken; for tests
 */
struct kxt_web_conns {
	struct kxt_web_conn *conn;
	unsigned int size, max;
	unsigned int nr, live;
	unsigned short of_peer[KXT_WEB_PEERS];
	unsigned int fresh;
	uint64_t (*acked)(int fd);
};

/**
 * kxt_web_conns_init() - no connections
 * @t: result
 * @max: how many there shall be
 * @size: how many there can be
 *
 * Return: 0, or -1 without memory.
 */
int kxt_web_conns_init(struct kxt_web_conns *t, unsigned int max, unsigned int size);

/** kxt_web_conns_free() - fine on zeroes */
void kxt_web_conns_free(struct kxt_web_conns *t);

/** kxt_web_conn_add() - a new one, or NULL if there is no place at all */
struct kxt_web_conn *kxt_web_conn_add(struct kxt_web_conns *t, int fd, uint64_t peer,
				      uint64_t now);

/** kxt_web_conn_remove() - it is gone */
void kxt_web_conn_remove(struct kxt_web_conns *t, struct kxt_web_conn *c);

/** kxt_web_conn_end() - shut it down: the server will find that out and close it */
void kxt_web_conn_end(struct kxt_web_conns *t, struct kxt_web_conn *c);

/** kxt_web_conn_answer() - @c reads an answer from now on */
void kxt_web_conn_answer(struct kxt_web_conns *t, struct kxt_web_conn *c,
			 const void *body, size_t len, bool let_in, uint64_t now);

/** kxt_web_conn_wait() - @c has its answer, and may ask again */
void kxt_web_conn_wait(struct kxt_web_conn *c, uint64_t now);

/**
 * kxt_web_conns_victim() - who has to make place
 * @t: connections
 * @now: in ns
 *
 * If more than half of the places are taken by who reads, the one of those that takes
 * least bytes a second; else who has not asked for longest. In both cases one of the peer
 * with most connections.
 *
 * Return: NULL if all have ended.
 */
struct kxt_web_conn *kxt_web_conns_victim(struct kxt_web_conns *t, uint64_t now);

/**
 * kxt_web_conns_trim() - keep no more answers than there is room for
 * @t: connections
 * @newest: an answer that is not to go
 * @now: in ns
 *
 * Ends those that take least bytes a second.
 */
void kxt_web_conns_trim(struct kxt_web_conns *t, const void *newest, uint64_t now);

/**
 * kxt_web_conns_expire() - end those that were too slow
 * @t: connections
 * @now: in ns
 * @next: out: when the next one will be, UINT64_MAX: never
 *
 * Return: how many it were.
 */
unsigned int kxt_web_conns_expire(struct kxt_web_conns *t, uint64_t now, uint64_t *next);

#endif /* KXT_WEB_CONN_H */
