// SPDX-License-Identifier: GPL-2.0-only
/* The sketch behind details: exact while there is room, right about the top after. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "module/sketch.h"

#define MANY	2000

struct truth {
	uint64_t count[MANY];
	uint64_t ns[MANY];
};

static struct kvmexit_sketch sk;
static struct truth truth;

static int setup(void **state)
{
	(void)state;
	memset(&sk, 0, sizeof(sk));
	memset(&truth, 0, sizeof(truth));
	return 0;
}

static void hit(unsigned int key, uint64_t ns)
{
	kxt_sketch_time(&sk, kxt_sketch_hit(&sk, key, 0), ns);
	truth.count[key]++;
	truth.ns[key] += ns;
}

static const struct kvmexit_way *find(uint64_t key, uint32_t access)
{
	for (unsigned int w = 0; w < sk.nr_ways; w++)
		if (sk.way[w].key == key && sk.way[w].access == access)
			return &sk.way[w];
	return NULL;
}

/* What holds after any stream. */
static void check(uint64_t hits, uint64_t ns)
{
	uint64_t count = 0, time = 0;

	assert_int_equal(sk.count, hits);
	assert_int_equal(sk.ns, ns);
	assert_true(sk.nr_ways <= KVMEXIT_MAX_WAYS);
	for (unsigned int w = 0; w < sk.nr_ways; w++) {
		const struct kvmexit_way *way = &sk.way[w];

		assert_int_equal(way->seq % 2, 0);
		assert_true(way->count >= 1);
		assert_true(way->count <= truth.count[way->key]);
		assert_true(way->count + way->error >= truth.count[way->key]);
		assert_true(way->ns <= truth.ns[way->key]);
		assert_true(way->ns + way->error_ns >= truth.ns[way->key]);
		for (unsigned int v = 0; v < w; v++)
			assert_true(sk.way[v].key != way->key);
		count += way->count;
		time += way->ns;
	}
	assert_true(count <= hits);
	assert_true(time <= ns);
}

static void test_exact_with_room(void **state)
{
	(void)state;
	for (unsigned int round = 0; round < 100; round++)
		for (unsigned int key = 0; key < KVMEXIT_MAX_WAYS; key++)
			hit(key, 1000 + key);
	check(100 * KVMEXIT_MAX_WAYS, 100 * (1000 * 32 + 31 * 16));
	for (unsigned int key = 0; key < KVMEXIT_MAX_WAYS; key++) {
		const struct kvmexit_way *way = find(key, 0);

		assert_non_null(way);
		assert_int_equal(way->count, 100);
		assert_int_equal(way->ns, 100 * (1000 + key));
		assert_int_equal(way->error, 0);
		assert_int_equal(way->seq, 0);
	}
}

static void test_access_is_part_of_the_key(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++) {
		kxt_sketch_hit(&sk, 0x3f8, KVMEXIT_ACCESS_READ);
		kxt_sketch_hit(&sk, 0x3f8, KVMEXIT_ACCESS_WRITE);
	}
	assert_int_equal(sk.nr_ways, 2);
	assert_int_equal(find(0x3f8, KVMEXIT_ACCESS_READ)->count, 5);
	assert_int_equal(find(0x3f8, KVMEXIT_ACCESS_WRITE)->count, 5);
}

/* 100 times as many keys as there is room, and some that come more often. */
static void test_frequent_keys_stay(void **state)
{
	const unsigned int hot = 5;
	uint64_t hits = 0;

	(void)state;
	for (unsigned int i = 0; i < 20 * MANY; i++) {
		hit(hot + i % (MANY - hot), 1000);
		if (i % 2)
			hit(i / 2 % hot, 1000);
		hits += 1 + i % 2;
	}
	check(hits, hits * 1000);
	for (unsigned int key = 0; key < hot; key++)
		assert_non_null(find(key, 0));
	/* They were there early and never went: exact but for the first lap. */
	for (unsigned int key = 0; key < hot; key++)
		assert_in_range(find(key, 0)->count, truth.count[key] * 99 / 100,
				truth.count[key]);
}

/* One in a thousand, but it takes as long as all the others together. */
static void test_slow_keys_stay(void **state)
{
	uint64_t hits = 0, ns = 0;

	(void)state;
	for (unsigned int i = 0; i < 20 * MANY; i++) {
		hit(1 + i % (MANY - 1), 1000);
		hits++, ns += 1000;
		if (i % 1000 == 500) {
			hit(0, 1000000);
			hits++, ns += 1000000;
		}
	}
	check(hits, ns);
	assert_non_null(find(0, 0));
	assert_in_range(find(0, 0)->ns, ns / 3, truth.ns[0]);
}

/* A key that gets hot late has its way past all that were thrown out before. */
static void test_late_key_gets_in(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 10 * MANY; i++)
		hit(1 + i % (MANY - 1), 1000);
	for (unsigned int i = 0; i < 5 * MANY; i++) {
		hit(1 + i % (MANY - 1), 1000);
		hit(0, 1000);
	}
	check(20 * MANY, 20 * MANY * 1000ULL);
	assert_non_null(find(0, 0));
	assert_true(find(0, 0)->count > 4 * MANY);
}

static void test_random_streams(void **state)
{
	uint32_t x = 12345;

	(void)state;
	for (int stream = 0; stream < 20; stream++) {
		uint64_t hits = 0, ns = 0;

		setup(NULL);
		for (unsigned int i = 0; i < 5000; i++) {
			unsigned int key, t;

			x = x * 1664525 + 1013904223;
			key = (x >> 8) % (1 + (x >> 20) % 200);
			t = (x >> 4) % 100000;
			hit(key, t);
			hits++, ns += t;
		}
		check(hits, ns);
	}
}

/* A hint that memory corruption, or a reader, could not make worse than slow. */
static void test_hints_are_only_hints(void **state)
{
	(void)state;
	for (unsigned int key = 0; key < 20; key++)
		hit(key, 10);
	memset(sk.hint, 0xff, sizeof(sk.hint));
	for (unsigned int key = 0; key < 20; key++)
		hit(key, 10);
	check(40, 400);
	assert_int_equal(sk.nr_ways, 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_exact_with_room, setup),
		cmocka_unit_test_setup(test_access_is_part_of_the_key, setup),
		cmocka_unit_test_setup(test_frequent_keys_stay, setup),
		cmocka_unit_test_setup(test_slow_keys_stay, setup),
		cmocka_unit_test_setup(test_late_key_gets_in, setup),
		cmocka_unit_test_setup(test_random_streams, setup),
		cmocka_unit_test_setup(test_hints_are_only_hints, setup),
	};

	return cmocka_run_group_tests_name("sketch", tests, NULL, NULL);
}
