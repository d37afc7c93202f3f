// SPDX-License-Identifier: GPL-2.0-only
/* Who has to go when all places are taken. */
#include "web_test.h"

#include <arpa/inet.h>

#include "user/web/conn.h"
#include "user/web/listen.h"

#define SEC	1000000000ULL
#define MAX	8

static uint64_t taken[64];

/* Of these connections fd is only a number: 1000 and above are no files of ours. */
static uint64_t acked(int fd)
{
	return taken[fd - 1000];
}

static void make(struct kxt_web_conns *t)
{
	assert_int_equal(kxt_web_conns_init(t, MAX, 2 * MAX), 0);
	t->acked = acked;
	memset(taken, 0, sizeof(taken));
}

static void test_places(void **state)
{
	struct kxt_web_conns t;
	struct kxt_web_conn *c[2 * MAX];

	(void)state;
	make(&t);
	for (int i = 0; i < 2 * MAX; i++) {
		c[i] = kxt_web_conn_add(&t, 1000 + i, i, i);
		assert_non_null(c[i]);
	}
	assert_null(kxt_web_conn_add(&t, 1063, 1, 1));
	assert_int_equal(t.nr, 2 * MAX);
	kxt_web_conn_end(&t, c[3]);
	assert_int_equal(t.live, 2 * MAX - 1);
	assert_int_equal(t.nr, 2 * MAX);
	kxt_web_conn_remove(&t, c[3]);
	kxt_web_conn_remove(&t, c[4]);
	assert_int_equal(t.live, 2 * MAX - 2);
	assert_int_equal(t.nr, 2 * MAX - 2);
	assert_non_null(kxt_web_conn_add(&t, 1063, 1, 1));
	for (unsigned int i = 0; i < t.size; i++) {
		if (t.conn[i].used)
			kxt_web_conn_remove(&t, &t.conn[i]);
	}
	for (unsigned int i = 0; i < KXT_WEB_PEERS; i++)
		assert_int_equal(t.of_peer[i], 0);
	kxt_web_conns_free(&t);
}

static void test_victim(void **state)
{
	struct kxt_web_conns t;
	struct kxt_web_conn *c[MAX];

	(void)state;
	make(&t);
	assert_null(kxt_web_conns_victim(&t, 0));
	/* 5 to 7 come from one peer, the others from one each. */
	for (int i = 0; i < MAX; i++)
		c[i] = kxt_web_conn_add(&t, 1000 + i, i < 5 ? i : 5, i * SEC);
	assert_ptr_equal(kxt_web_conns_victim(&t, 10 * SEC), c[5]);
	kxt_web_conn_end(&t, c[5]);
	assert_ptr_equal(kxt_web_conns_victim(&t, 10 * SEC), c[6]);
	kxt_web_conn_end(&t, c[6]);
	assert_ptr_equal(kxt_web_conns_victim(&t, 10 * SEC), c[0]);
	/* Who reads keeps the place, as long as there are not too many of them. */
	kxt_web_conn_answer(&t, c[0], "x", 1, true, 10 * SEC);
	assert_ptr_equal(kxt_web_conns_victim(&t, 10 * SEC), c[1]);
	/* A new question does not wait for long. */
	kxt_web_conn_wait(c[0], 11 * SEC);
	assert_ptr_equal(kxt_web_conns_victim(&t, 12 * SEC), c[1]);
	kxt_web_conns_free(&t);
}

static void test_slow_readers(void **state)
{
	struct kxt_web_conns t;
	struct kxt_web_conn *c[MAX];

	(void)state;
	make(&t);
	for (int i = 0; i < MAX; i++)
		c[i] = kxt_web_conn_add(&t, 1000 + i, 1, 0);
	for (int i = 0; i < 6; i++) {
		/* What was read of the answer before does not count. */
		taken[i] = 1000000 * i;
		kxt_web_conn_answer(&t, c[i], "x", 1, true, i);
	}
	/* 0 reads fast, 3 slowly, the others not at all. */
	taken[0] += 5000000;
	taken[3] += 1000;
	assert_ptr_equal(kxt_web_conns_victim(&t, SEC), c[1]);
	kxt_web_conn_end(&t, c[1]);
	assert_ptr_equal(kxt_web_conns_victim(&t, SEC), c[2]);
	/* Who has come since was not looked at, and is not first to go. */
	kxt_web_conn_answer(&t, c[6], "x", 1, true, SEC);
	assert_ptr_equal(kxt_web_conns_victim(&t, SEC), c[2]);
	kxt_web_conn_end(&t, c[2]);
	kxt_web_conn_answer(&t, c[7], "x", 1, true, SEC);
	taken[4] += 100000;
	taken[5] += 100000;
	t.fresh = 0;
	taken[6] += 100000;
	taken[7] += 100000;
	assert_ptr_equal(kxt_web_conns_victim(&t, 2 * SEC), c[3]);
	kxt_web_conns_free(&t);
}

static void test_expire(void **state)
{
	struct kxt_web_conns t;
	struct kxt_web_conn *c[3];
	uint64_t next;

	(void)state;
	make(&t);
	assert_int_equal(kxt_web_conns_expire(&t, 1000 * SEC, &next), 0);
	assert_true(next == UINT64_MAX);
	for (int i = 0; i < 3; i++)
		c[i] = kxt_web_conn_add(&t, 1000 + i, 1, 0);
	kxt_web_conn_answer(&t, c[1], "x", 1, true, 0);
	kxt_web_conn_answer(&t, c[2], "x", 1, true, 0);
	kxt_web_conn_wait(c[2], 0);
	assert_int_equal(kxt_web_conns_expire(&t, KXT_WEB_ASK_NS - 1, &next), 0);
	assert_true(next == KXT_WEB_ASK_NS);
	assert_int_equal(kxt_web_conns_expire(&t, KXT_WEB_ASK_NS, &next), 1);
	assert_true(c[0]->ended && next == KXT_WEB_READ_NS);
	assert_int_equal(kxt_web_conns_expire(&t, KXT_WEB_READ_NS, &next), 1);
	assert_true(c[1]->ended && next == KXT_WEB_KEEP_NS);
	assert_int_equal(kxt_web_conns_expire(&t, KXT_WEB_KEEP_NS, &next), 1);
	assert_int_equal(t.live, 0);
	kxt_web_conns_free(&t);
}

/* Different answers are kept up to so many bytes; the same one counts once. */
static void test_trim(void **state)
{
	static const char body[MAX];
	struct kxt_web_conns t;
	struct kxt_web_conn *c[MAX];

	(void)state;
	make(&t);
	for (int i = 0; i < MAX; i++) {
		c[i] = kxt_web_conn_add(&t, 1000 + i, 1, 0);
		kxt_web_conn_answer(&t, c[i], body, KXT_WEB_HELD_MAX, true, i);
	}
	kxt_web_conns_trim(&t, NULL, SEC);
	assert_int_equal(t.live, MAX);
	kxt_web_conn_answer(&t, c[0], body + 1, 1, true, SEC);
	kxt_web_conns_trim(&t, body + 1, SEC);
	assert_int_equal(t.live, MAX);
	kxt_web_conn_answer(&t, c[1], body + 2, 1, true, SEC);
	kxt_web_conns_trim(&t, body + 2, SEC);
	/* Whoever of them had it: nobody does any more, or the one other has gone. */
	assert_true(t.live < MAX);
	assert_false(c[1]->ended);
	kxt_web_conns_free(&t);
}

static uint64_t peer(const char *text)
{
	struct sockaddr_storage sa = { 0 };
	struct sockaddr_in6 *in6 = (void *)&sa;
	struct sockaddr_in *in = (void *)&sa;

	sa.ss_family = strchr(text, ':') ? AF_INET6 : AF_INET;
	if (sa.ss_family == AF_INET6)
		assert_int_equal(inet_pton(AF_INET6, text, &in6->sin6_addr), 1);
	else
		assert_int_equal(inet_pton(AF_INET, text, &in->sin_addr), 1);
	return kxt_web_peer(&sa);
}

static void test_peer(void **state)
{
	(void)state;
	assert_true(peer("10.0.0.1") == peer("::ffff:10.0.0.1"));
	assert_true(peer("10.0.0.1") != peer("10.0.0.2"));
	assert_true(peer("2001:db8::1") == peer("2001:db8::2:3:4:5"));
	assert_true(peer("2001:db8::1") != peer("2001:db8:0:1::1"));
	assert_true(peer("::1") != 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_victim),
		cmocka_unit_test(test_slow_readers),
		cmocka_unit_test(test_expire),
		cmocka_unit_test(test_trim),
		cmocka_unit_test(test_peer),
	};

	return cmocka_run_group_tests_name("web_conn", tests, NULL, NULL);
}
