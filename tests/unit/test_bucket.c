// SPDX-License-Identifier: GPL-2.0-only
#include "tests/unit/build.h"

/* The slow and obvious way, to compare with. */
static uint32_t slow_bucket(uint64_t ns)
{
	uint64_t edge = 128;
	uint32_t bucket = 0;

	while (ns >= edge && bucket < KVMEXIT_NR_BUCKETS - 1) {
		uint64_t power = 128;

		while (power * 2 <= edge)
			power *= 2;
		edge += power / 4;
		bucket++;
	}
	return bucket;
}

/* As the module's hot path has it. */
static uint32_t hot_bucket(uint64_t ns)
{
	uint64_t log2 = ns ? kxt_log2(ns) : 0;

	return kxt_bucket_is_inner(log2) ? kxt_bucket_inner(ns, log2) : kxt_bucket(ns);
}

static void test_sizes(void **state)
{
	(void)state;
	assert_int_equal(KXT_BUCKET_NR, KVMEXIT_NR_BUCKETS);
	assert_int_equal(KXT_BUCKET_OVER, 113);
}

static void test_every_edge(void **state)
{
	(void)state;
	for (uint32_t b = 0; b <= KXT_BUCKET_OVER; b++) {
		uint64_t low = kxt_bucket_low(b), high = kxt_bucket_high(b);

		assert_int_equal(kxt_bucket(low), b);
		assert_int_equal(kxt_bucket(low + 1), b);
		assert_int_equal(slow_bucket(low), b);
		assert_int_equal(hot_bucket(low), b);
		assert_int_equal(hot_bucket(high - 1), b);
		assert_true(kxt_bucket_is_inner(kxt_log2(low | 1)) ==
			    (b != 0 && b != KXT_BUCKET_OVER));
		if (b > 0) {
			assert_int_equal(kxt_bucket(low - 1), b - 1);
			assert_int_equal(kxt_bucket_high(b - 1), low);
		}
		if (b < KXT_BUCKET_OVER) {
			assert_int_equal(kxt_bucket(high - 1), b);
			assert_int_equal(kxt_bucket(high), b + 1);
			assert_int_equal(slow_bucket(high - 1), b);
		}
	}
}

static void test_ends(void **state)
{
	(void)state;
	assert_int_equal(kxt_bucket(0), 0);
	assert_int_equal(kxt_bucket(127), 0);
	assert_int_equal(kxt_bucket(128), 1);
	assert_int_equal(kxt_bucket((1ULL << 35) - 1), 112);
	assert_int_equal(kxt_bucket(1ULL << 35), 113);
	assert_int_equal(kxt_bucket(UINT64_MAX), 113);
	assert_int_equal(kxt_bucket_low(0), 0);
	assert_int_equal(kxt_bucket_high(0), 128);
	assert_int_equal(kxt_bucket_low(113), 1ULL << 35);
	assert_true(kxt_bucket_high(113) == UINT64_MAX);
	assert_true(kxt_bucket_high(4711) == UINT64_MAX);
}

/* What the 12.5 % of the percentiles rest on. */
static void test_width(void **state)
{
	(void)state;
	for (uint32_t b = 1; b < KXT_BUCKET_OVER; b++) {
		uint64_t low = kxt_bucket_low(b), high = kxt_bucket_high(b);

		assert_true(high > low);
		assert_true((high - low) * 4 <= low);
	}
}

static void test_against_slow(void **state)
{
	uint64_t x = 88172645463325252ULL;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		assert_int_equal(kxt_bucket(x >> (x % 64)), slow_bucket(x >> (x % 64)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_every_edge),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_width),
		cmocka_unit_test(test_against_slow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
