// SPDX-License-Identifier: GPL-2.0-only
#include <locale.h>
#include <stdio.h>

#include "tests/unit/build.h"
#include "user/format.h"
#include "user/parts.h"

static void make(struct kxt_parts *p, uint64_t guest, uint64_t kernel, uint64_t vmm,
		 uint64_t idle, uint64_t runq)
{
	struct kxt_entry e = {
		.total_ns = kernel + vmm + idle + runq, .vmm_ns = vmm, .idle_ns = idle,
		.runq_ns = runq,
	};

	kxt_parts_make(p, &e, KXT_KNOWS_ALL);
	kxt_parts_add_guest(p, guest);
}

static unsigned int sum_of(const unsigned int bar[KXT_PART_NR])
{
	unsigned int sum = 0;

	for (unsigned int i = 0; i < KXT_PART_NR; i++)
		sum += bar[i];
	return sum;
}

static void check_bar(const struct kxt_parts *p, unsigned int cells, const char *want)
{
	char text[200];

	kxt_parts_text(p, cells, true, text, sizeof(text));
	assert_string_equal(text, want);
	kxt_parts_text(p, cells, false, text, sizeof(text));
	assert_int_equal(kxt_fmt_width(text), strlen(want));
}

static void test_shares(void **state)
{
	struct kxt_parts p;
	double share, all = 0;

	(void)state;
	make(&p, 500, 100, 50, 300, 50);
	for (unsigned int i = 0; i < KXT_PART_NR; i++) {
		assert_true(kxt_parts_share(&p, i, &share));
		all += share;
	}
	assert_true(all > 0.999999 && all < 1.000001);
	assert_true(kxt_parts_share(&p, KXT_PART_GUEST, &share));
	assert_true(share > 0.4999 && share < 0.5001);
	assert_true(kxt_parts_share(&p, KXT_PART_KERNEL, &share));
	assert_true(share > 0.0999 && share < 0.1001);
	/* no time at all is no share of 0 */
	make(&p, 0, 0, 0, 0, 0);
	assert_false(kxt_parts_share(&p, KXT_PART_IDLE, &share));
	check_bar(&p, 10, "-");
}

static void test_unknown(void **state)
{
	struct kxt_entry e = {
		.total_ns = 100, .vmm_ns = 10, .idle_ns = 20, .runq_ns = 30,
	};
	struct kxt_parts p;
	double share;

	(void)state;
	/* what is not known is no number, and the kernel's is not what is left */
	kxt_parts_make(&p, &e, 0);
	kxt_parts_add_guest(&p, 100);
	for (unsigned int i = KXT_PART_KERNEL; i < KXT_PART_NR; i++)
		assert_false(kxt_parts_share(&p, i, &share));
	assert_true(kxt_parts_share(&p, KXT_PART_GUEST, &share));
	check_bar(&p, 10, "-");
	kxt_parts_make(&p, &e, KXT_KNOWS_IDLE | KXT_KNOWS_RUNQ);
	assert_false(kxt_parts_share(&p, KXT_PART_KERNEL, &share));
	assert_true(kxt_parts_share(&p, KXT_PART_IDLE, &share));
	check_bar(&p, 10, "-");
	/* without the run queue, its time is inside of the kernel's */
	e.runq_ns = 0;
	kxt_parts_make(&p, &e, KXT_KNOWS_IDLE | KXT_KNOWS_VMM);
	assert_false(kxt_parts_share(&p, KXT_PART_RUNQ, &share));
	assert_true(kxt_parts_share(&p, KXT_PART_KERNEL, &share));
	assert_true(share > 0.6999 && share < 0.7001);
	check_bar(&p, 10, "kkkkkkkvii");
}

static void test_bar(void **state)
{
	struct kxt_parts p;

	(void)state;
	make(&p, 50, 20, 10, 10, 10);
	check_bar(&p, 10, "gggggkkvir");
	/* one cell goes to the largest */
	check_bar(&p, 1, "g");
	check_bar(&p, 0, "");
	make(&p, 0, 0, 0, 0, 7);
	check_bar(&p, 5, "rrrrr");
	/* 33.3 % each: whoever comes first gets the cell that is over */
	make(&p, 1, 1, 1, 0, 0);
	check_bar(&p, 10, "ggggkkkvvv");
	/* what misses the least for a cell gets it: 2.4, 3.8, 3.8 */
	make(&p, 24, 38, 38, 0, 0);
	check_bar(&p, 10, "ggkkkkvvvv");
	/* too little to be seen */
	make(&p, 1000000, 1, 1, 1, 1);
	check_bar(&p, 20, "gggggggggggggggggggg");
}

/* Whatever the numbers are: the width is exact, and no part is off by a cell. */
static void test_rounding(void **state)
{
	uint64_t seed = 88172645463325252ULL, ns[KXT_PART_NR];
	unsigned int bar[KXT_PART_NR];
	struct kxt_parts p;

	(void)state;
	for (unsigned int round = 0; round < 20000; round++) {
		unsigned int cells = round % 101;
		double share;

		for (unsigned int i = 0; i < KXT_PART_NR; i++) {
			seed ^= seed << 13;
			seed ^= seed >> 7;
			seed ^= seed << 17;
			/* from a few ns to centuries */
			ns[i] = seed >> (3 + seed % 61);
		}
		make(&p, ns[0], ns[1], ns[2], ns[3], ns[4]);
		if (!kxt_parts_bar(&p, cells, bar))
			continue;
		assert_int_equal(sum_of(bar), cells);
		for (unsigned int i = 0; i < KXT_PART_NR; i++) {
			assert_true(kxt_parts_share(&p, i, &share));
			assert_true(bar[i] > share * cells - 1.000001);
			assert_true(bar[i] < share * cells + 1.000001);
		}
	}
}

/* Without colours and without Unicode they still can be told apart. */
static void test_chars(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < KXT_PART_NR; i++) {
		for (unsigned int k = 0; k < i; k++) {
			assert_string_not_equal(kxt_part_char(i, true), kxt_part_char(k, true));
			assert_string_not_equal(kxt_part_char(i, false),
						kxt_part_char(k, false));
		}
		assert_int_equal(strlen(kxt_part_char(i, true)), 1);
		assert_int_equal(kxt_fmt_width(kxt_part_char(i, false)), 1);
	}
}

static void test_room(void **state)
{
	struct kxt_parts p;
	char text[8];

	(void)state;
	make(&p, 1, 0, 0, 0, 0);
	kxt_parts_text(&p, 100, true, text, sizeof(text));
	assert_string_equal(text, "ggggggg");
	/* never half a character */
	kxt_parts_text(&p, 100, false, text, sizeof(text));
	assert_int_equal(strlen(text), 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shares), cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_bar), cmocka_unit_test(test_rounding),
		cmocka_unit_test(test_chars), cmocka_unit_test(test_room),
	};

	/* C.UTF-8 is part of the C library; widths of characters come from it. */
	if (!setlocale(LC_CTYPE, "C.UTF-8")) {
		fputs("SKIP: there is no locale C.UTF-8\n", stderr);
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
