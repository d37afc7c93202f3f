// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "tests/unit/build.h"
#include "user/stats.h"

static uint64_t random_state = 0x2545f4914f6cdd1dULL;

static uint64_t random_u64(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static int compare_u64(const void *pa, const void *pb)
{
	uint64_t a = *(const uint64_t *)pa, b = *(const uint64_t *)pb;

	return a < b ? -1 : a > b;
}

/* All sizes of value alike: 128 ns to 2^35 ns. */
static uint64_t random_ns(void)
{
	unsigned int log2 = 7 + random_u64() % 28;

	return (1ULL << log2) + random_u64() % (1ULL << log2);
}

static void check_against_sorted(unsigned int n)
{
	static const unsigned int permille[] = { 0, 1, 100, 500, 900, 950, 990, 999, 1000 };
	uint64_t *value = calloc(n, sizeof(*value));
	struct kxt_entry e = { 0 };

	assert_non_null(value);
	for (unsigned int i = 0; i < n; i++) {
		value[i] = random_ns();
		add_exits(&e, value[i], 1);
	}
	qsort(value, n, sizeof(*value), compare_u64);
	for (unsigned int i = 0; i < sizeof(permille) / sizeof(permille[0]); i++) {
		uint64_t rank = ((uint64_t)permille[i] * n + 999) / 1000;
		uint64_t exact = value[rank ? rank - 1 : 0];
		uint64_t ns;
		double off;

		assert_true(kxt_hist_percentile(e.hist, 0, permille[i], &ns));
		/* the very bucket, and so within half its width */
		assert_int_equal(kxt_bucket(ns), kxt_bucket(exact));
		off = (double)ns / exact - 1;
		assert_true(off <= 0.125 && off >= -0.125);
		/* the maximum can only make it better */
		assert_true(kxt_hist_percentile(e.hist, e.max_ns, permille[i], &ns));
		assert_true(ns <= e.max_ns);
		assert_int_equal(kxt_bucket(ns), kxt_bucket(exact));
	}
	free(value);
}

static void test_percentile_sorted(void **state)
{
	(void)state;
	for (unsigned int n = 1; n < 120; n++)
		check_against_sorted(n);
	check_against_sorted(1000);
	check_against_sorted(1001);
	check_against_sorted(99999);
}

static void test_percentile_empty(void **state)
{
	uint64_t hist[KVMEXIT_NR_BUCKETS] = { 0 };
	uint64_t ns = 7;

	(void)state;
	assert_false(kxt_hist_percentile(hist, 1000, 500, &ns));
	assert_int_equal(ns, 0);
}

static void test_percentile_rank(void **state)
{
	uint64_t hist[KVMEXIT_NR_BUCKETS] = { 0 };
	uint64_t ns;

	(void)state;
	/* 1000 values: rank 999 is in the first bucket, rank 1000 in the other */
	hist[kxt_bucket(1024)] = 999;
	hist[kxt_bucket(1 << 20)] = 1;
	assert_true(kxt_hist_percentile(hist, 0, 999, &ns));
	assert_int_equal(kxt_bucket(ns), kxt_bucket(1024));
	assert_true(kxt_hist_percentile(hist, 0, 1000, &ns));
	assert_int_equal(kxt_bucket(ns), kxt_bucket(1 << 20));
	/* more than 1000 is 1000 */
	assert_true(kxt_hist_percentile(hist, 0, 5000, &ns));
	assert_int_equal(kxt_bucket(ns), kxt_bucket(1 << 20));
	/* one more value moves rank 999 over */
	hist[kxt_bucket(1 << 20)] = 2;
	assert_true(kxt_hist_percentile(hist, 0, 999, &ns));
	assert_int_equal(kxt_bucket(ns), kxt_bucket(1 << 20));
}

static void test_percentile_ends(void **state)
{
	uint64_t hist[KVMEXIT_NR_BUCKETS] = { 0 };
	uint64_t ns;

	(void)state;
	hist[0] = 5;
	assert_true(kxt_hist_percentile(hist, 0, 500, &ns));
	assert_int_equal(ns, 64);
	assert_true(kxt_hist_percentile(hist, 30, 500, &ns));
	assert_int_equal(ns, 30);
	hist[0] = 0;
	hist[KXT_BUCKET_OVER] = 5;
	assert_true(kxt_hist_percentile(hist, 0, 500, &ns));
	assert_true(ns == 1ULL << 35);
	assert_true(kxt_hist_percentile(hist, 1ULL << 36, 500, &ns));
	assert_true(ns > 1ULL << 35 && ns <= 1ULL << 36);
}

static void test_percentile_huge(void **state)
{
	uint64_t hist[KVMEXIT_NR_BUCKETS] = { 0 };
	uint64_t ns;

	(void)state;
	/* permille * n does not fit in 64 bits */
	hist[10] = UINT64_MAX / 2;
	hist[20] = UINT64_MAX / 4;
	assert_true(kxt_hist_percentile(hist, 0, 500, &ns));
	assert_int_equal(kxt_bucket(ns), 10);
	assert_true(kxt_hist_percentile(hist, 0, 990, &ns));
	assert_int_equal(kxt_bucket(ns), 20);
}

static void test_mean(void **state)
{
	struct kxt_entry e = { 0 };

	(void)state;
	assert_int_equal(kxt_entry_mean_ns(&e), 0);
	add_unpaired(&e, 10);
	assert_int_equal(kxt_entry_mean_ns(&e), 0);
	add_exits(&e, 1000, 1);
	add_exits(&e, 2001, 1);
	/* of the timed ones only, rounded down */
	assert_int_equal(kxt_entry_mean_ns(&e), 1500);
}

/* Asleep is not slow. */
static void test_service(void **state)
{
	struct kxt_entry e = { 0 };

	(void)state;
	add_split(&e, 1000000, 998000, 500, 1000);
	add_split(&e, 1001, 0, 0, 0);
	assert_int_equal(kxt_entry_service_ns(&e), 3001);
	assert_int_equal(kxt_entry_mean_ns(&e), 1500);
	assert_int_equal(kxt_entry_kernel_ns(&e), 1501);
	assert_int_equal(e.max_ns, 2000);
	/* no collector should, but if it does */
	e.idle_ns = e.total_ns + 1;
	assert_int_equal(kxt_entry_service_ns(&e), 0);
	assert_int_equal(kxt_entry_kernel_ns(&e), 0);
	e.idle_ns = 0;
	e.vmm_ns = UINT64_MAX;
	assert_int_equal(kxt_entry_kernel_ns(&e), 0);
}

static void test_merge_parts(void **state)
{
	struct kxt_entry a = { 0 }, b = { 0 };

	(void)state;
	add_split(&a, 1000, 100, 200, 300);
	add_split(&b, 2000, 10, 20, 30);
	add_split(&b, 2000, 1, 2, 3);
	a.poll_ns = 7;
	b.poll_ns = 8;
	kxt_entry_merge(&a, &b);
	assert_int_equal(a.total_ns, 5000);
	assert_int_equal(a.idle_ns, 111);
	assert_int_equal(a.poll_ns, 15);
	assert_int_equal(a.runq_ns, 222);
	assert_int_equal(a.vmm_ns, 333);
	assert_int_equal(a.vmm_count, 3);
	assert_int_equal(kxt_entry_kernel_ns(&a), 5000 - 666);
	assert_int_equal(a.max_ns, 1999);
}

static void test_merge(void **state)
{
	struct kxt_entry a = { .code = 5, .level = 1, .hw_flags = 1 };
	struct kxt_entry b = { .code = 6, .level = 2, .hw_flags = 4 };
	struct kxt_entry whole = { 0 };

	(void)state;
	for (int i = 0; i < 1000; i++) {
		uint64_t ns = random_ns();

		add_exits(i % 3 ? &a : &b, ns, 1);
		add_exits(&whole, ns, 1);
	}
	add_unpaired(&a, 2);
	add_unpaired(&b, 3);
	add_unpaired(&whole, 5);
	kxt_entry_merge(&a, &b);
	assert_int_equal(a.code, 5);
	assert_int_equal(a.level, 1);
	assert_int_equal(a.hw_flags, 5);
	assert_int_equal(a.count, whole.count);
	assert_int_equal(a.unpaired, 5);
	assert_int_equal(a.timed, whole.timed);
	assert_int_equal(a.total_ns, whole.total_ns);
	assert_int_equal(a.max_ns, whole.max_ns);
	assert_memory_equal(a.hist, whole.hist, sizeof(a.hist));
	assert_int_equal(kxt_hist_sum(a.hist), 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_percentile_sorted),
		cmocka_unit_test(test_percentile_empty),
		cmocka_unit_test(test_percentile_rank),
		cmocka_unit_test(test_percentile_ends),
		cmocka_unit_test(test_percentile_huge),
		cmocka_unit_test(test_mean),
		cmocka_unit_test(test_service),
		cmocka_unit_test(test_merge_parts),
		cmocka_unit_test(test_merge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
