// SPDX-License-Identifier: GPL-2.0-only
#include "user/web/conn.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* Who has only just begun is not slow. */
#define FIRST_MS	20
#define MS		1000000ULL

static unsigned short *peer_count(struct kxt_web_conns *t, uint64_t peer)
{
	/* Fibonacci hashing: the bits that differ may be anywhere. */
	return &t->of_peer[peer * 0x9e3779b97f4a7c15ULL >> 54];
}

static unsigned short of_peer(const struct kxt_web_conns *t, uint64_t peer)
{
	return t->of_peer[peer * 0x9e3779b97f4a7c15ULL >> 54];
}

/* 0 for what is not TCP: then the oldest goes. */
static uint64_t tcp_acked(int fd)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len))
		return 0;
	return info.tcpi_bytes_acked;
}

int kxt_web_conns_init(struct kxt_web_conns *t, unsigned int max, unsigned int size)
{
	memset(t, 0, sizeof(*t));
	t->conn = calloc(size, sizeof(*t->conn));
	if (!t->conn)
		return -1;
	t->acked = tcp_acked;
	t->max = max;
	t->size = size;
	return 0;
}

void kxt_web_conns_free(struct kxt_web_conns *t)
{
	free(t->conn);
	memset(t, 0, sizeof(*t));
}

struct kxt_web_conn *kxt_web_conn_add(struct kxt_web_conns *t, int fd, uint64_t peer,
				      uint64_t now)
{
	for (unsigned int i = 0; i < t->size; i++) {
		struct kxt_web_conn *c = &t->conn[i];

		if (c->used)
			continue;
		memset(c, 0, sizeof(*c));
		c->used = true;
		c->fd = fd;
		c->peer = peer;
		c->since = now;
		t->nr++;
		t->live++;
		(*peer_count(t, peer))++;
		return c;
	}
	return NULL;
}

static void not_live(struct kxt_web_conns *t, const struct kxt_web_conn *c)
{
	if (c->ended)
		return;
	t->live--;
	(*peer_count(t, c->peer))--;
}

void kxt_web_conn_remove(struct kxt_web_conns *t, struct kxt_web_conn *c)
{
	not_live(t, c);
	c->used = false;
	t->nr--;
}

void kxt_web_conn_end(struct kxt_web_conns *t, struct kxt_web_conn *c)
{
	not_live(t, c);
	c->ended = true;
	shutdown(c->fd, SHUT_RDWR);
}

void kxt_web_conn_answer(struct kxt_web_conns *t, struct kxt_web_conn *c,
			 const void *body, size_t len, bool let_in, uint64_t now)
{
	c->acked_before = t->acked(c->fd);
	c->looked_at = false;
	c->rate = 0;
	c->answering = true;
	c->let_in = let_in;
	c->since = now;
	c->body = body;
	c->len = len;
}

void kxt_web_conn_wait(struct kxt_web_conn *c, uint64_t now)
{
	c->answering = false;
	c->since = now;
	c->body = NULL;
	c->len = 0;
}

static bool is_live(const struct kxt_web_conn *c)
{
	return c->used && !c->ended;
}

/*
 * A look at all of them takes a system call each, so one has to do for a while: until half
 * of them have gone.
 */
static void look_at_rates(struct kxt_web_conns *t, uint64_t now)
{
	unsigned int nr = 0;

	if (t->fresh) {
		t->fresh--;
		return;
	}
	for (unsigned int i = 0; i < t->size; i++) {
		struct kxt_web_conn *c = &t->conn[i];

		if (!is_live(c) || !c->answering)
			continue;
		c->rate = (t->acked(c->fd) - c->acked_before) * 1000 /
			  ((now - c->since) / MS + FIRST_MS);
		c->looked_at = true;
		nr++;
	}
	t->fresh = nr / 2;
}

/* Has @a to go before @b? Both read, or neither does. */
static bool goes_first(const struct kxt_web_conns *t, const struct kxt_web_conn *a,
		       const struct kxt_web_conn *b)
{
	unsigned int a_has = of_peer(t, a->peer), b_has = of_peer(t, b->peer);

	if (a_has != b_has)
		return a_has > b_has;
	if (a->answering && a->looked_at != b->looked_at)
		return a->looked_at;
	if (a->answering && a->rate != b->rate)
		return a->rate < b->rate;
	return a->since < b->since;
}

struct kxt_web_conn *kxt_web_conns_victim(struct kxt_web_conns *t, uint64_t now)
{
	struct kxt_web_conn *victim[2] = { NULL, NULL };
	unsigned int answering = 0;

	for (unsigned int i = 0; i < t->size; i++)
		answering += is_live(&t->conn[i]) && t->conn[i].answering;
	if (answering > t->max / 2)
		look_at_rates(t, now);
	for (unsigned int i = 0; i < t->size; i++) {
		struct kxt_web_conn *c = &t->conn[i];

		if (is_live(c) && (!victim[c->answering] ||
				   goes_first(t, c, victim[c->answering])))
			victim[c->answering] = c;
	}
	return victim[answering > t->max / 2 || !victim[0]];
}

static bool is_held_before(const struct kxt_web_conns *t, unsigned int end)
{
	for (unsigned int i = 0; i < end; i++) {
		if (is_live(&t->conn[i]) && t->conn[i].body == t->conn[end].body)
			return true;
	}
	return false;
}

/* Bytes of different answers, without @newest. */
static uint64_t held(const struct kxt_web_conns *t, const void *newest)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < t->size; i++) {
		const struct kxt_web_conn *c = &t->conn[i];

		if (is_live(c) && c->body && c->body != newest && !is_held_before(t, i))
			sum += c->len;
	}
	return sum;
}

void kxt_web_conns_trim(struct kxt_web_conns *t, const void *newest, uint64_t now)
{
	while (held(t, newest) > KXT_WEB_HELD_MAX) {
		struct kxt_web_conn *victim = NULL;

		look_at_rates(t, now);
		for (unsigned int i = 0; i < t->size; i++) {
			struct kxt_web_conn *c = &t->conn[i];

			if (is_live(c) && c->body && c->body != newest &&
			    (!victim || goes_first(t, c, victim)))
				victim = c;
		}
		if (!victim)
			return;
		kxt_web_conn_end(t, victim);
	}
}

unsigned int kxt_web_conns_expire(struct kxt_web_conns *t, uint64_t now, uint64_t *next)
{
	unsigned int nr = 0;

	*next = UINT64_MAX;
	for (unsigned int i = 0; i < t->size; i++) {
		struct kxt_web_conn *c = &t->conn[i];
		uint64_t end;

		if (!is_live(c))
			continue;
		end = c->since + (c->answering ? KXT_WEB_READ_NS :
				  c->let_in ? KXT_WEB_KEEP_NS : KXT_WEB_ASK_NS);
		if (end <= now) {
			kxt_web_conn_end(t, c);
			nr++;
		} else if (end < *next) {
			*next = end;
		}
	}
	return nr;
}
