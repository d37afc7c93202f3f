// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "tests/unit/build.h"
#include "user/html/grid.h"
#include "user/html/heat.h"
#include "user/html/ticks.h"

#define MS	1000000ULL
#define SEC	1000000000ULL
#define MIN	(60 * SEC)
#define HOUR	(60 * MIN)

static bool near(double a, double b)
{
	double off = a > b ? a - b : b - a;

	return off <= 1e-9 * (b > 0 ? b : 1);
}

static void check_linear(double max, double step, double top)
{
	struct kxt_ticks t;
	double end = kxt_ticks_linear(&t, max);

	assert_true(near(end, top));
	assert_true(near(t.step, step));
	assert_true(t.at[0] == 0);
	assert_true(near(t.at[t.nr - 1], top));
}

static void test_linear(void **state)
{
	(void)state;
	check_linear(0, 0.2, 1);
	check_linear(-1, 0.2, 1);
	check_linear(0.0 / 0.0, 0.2, 1);
	check_linear(1, 0.2, 1);
	check_linear(1.01, 0.5, 1.5);
	check_linear(5, 1, 5);
	check_linear(99, 20, 100);
	check_linear(331000, 100000, 400000);
	check_linear(0.0042, 0.001, 0.005);
}

/* Any size: the axis ends at or above the value, not far above it, at a mark. */
static void test_linear_any(void **state)
{
	(void)state;
	for (double max = 1e-11; max < 1e22; max *= 1.37) {
		struct kxt_ticks t;
		double top = kxt_ticks_linear(&t, max);

		assert_true(top >= max * (1 - 1e-6));
		assert_true(top <= max * 2);
		assert_in_range(t.nr, 3, 7);
	}
	assert_true(kxt_ticks_linear(&(struct kxt_ticks){ 0 }, 1.0 / 0.0) > 0);
}

static void test_latency(void **state)
{
	struct kxt_ticks t;

	(void)state;
	kxt_ticks_latency(&t, 128, 34 * SEC);
	assert_int_equal(t.nr, 8);
	assert_true(t.at[0] == 1000 && t.at[7] == 1e10);
	kxt_ticks_latency(&t, 1100, 9000);
	assert_int_equal(t.nr, 2);
	assert_true(t.at[0] == 2000 && t.at[1] == 5000);
	kxt_ticks_latency(&t, 5000, 5000);
	assert_int_equal(t.nr, 1);
	kxt_ticks_latency(&t, 5001, 5002);
	assert_int_equal(t.nr, 0);
}

static void test_round_step(void **state)
{
	static const struct {
		uint64_t ns, step;
	} want[] = {
		{ 0, 1 }, { 1, 1 }, { 3, 5 }, { 6, 10 }, { 130 * MS, 200 * MS },
		{ 501 * MS, SEC }, { SEC, SEC }, { SEC + 1, 2 * SEC }, { 7 * SEC, 10 * SEC },
		{ 18 * SEC, 20 * SEC }, { 31 * SEC, MIN }, { 4 * HOUR, 6 * HOUR },
		{ 25 * HOUR, 48 * HOUR },
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		assert_int_equal(kxt_html_round_step(want[i].ns), want[i].step);
}

static void test_time_ticks(void **state)
{
	struct kxt_html_clock c;
	struct kxt_ticks t;

	(void)state;
	/* Without a time of day from 0 on. */
	kxt_html_clock_make(&c, 77 * SEC, 77 * SEC + MIN, 0, 3600);
	kxt_ticks_time(&t, &c);
	assert_true(t.step == 10e9);
	assert_int_equal(t.nr, 7);
	assert_true(t.at[0] == 0 && t.at[6] == 60e9);
	/* With one at its round moments: 00:00:37 UTC is 01:00:37 there. */
	kxt_html_clock_make(&c, 30 * SEC, 30 * SEC + 10 * MIN, 7 * SEC, 3600);
	kxt_ticks_time(&t, &c);
	assert_true(t.step == 120e9);
	assert_true(t.at[0] == 83e9);
	/* No length, and one of a single ns. */
	kxt_html_clock_make(&c, 5, 5, 0, 0);
	kxt_ticks_time(&t, &c);
	assert_int_equal(t.nr, 1);
	kxt_html_clock_make(&c, 5, 4, 0, 0);
	assert_int_equal(c.end_ns, 5);
	kxt_html_clock_make(&c, 0, UINT64_MAX, 0, 0);
	kxt_ticks_time(&t, &c);
	assert_in_range(t.nr, 2, 8);
}

static void test_moments(void **state)
{
	struct kxt_html_clock none, wall;
	char buf[KXT_MOMENT_MAX];

	(void)state;
	kxt_html_clock_make(&none, 5 * SEC, 9 * SEC, 0, 0);
	kxt_html_moment(buf, &none, 65 * SEC, SEC);
	assert_string_equal(buf, "1:05");
	kxt_html_moment(buf, &none, HOUR + 65 * SEC, MIN);
	assert_string_equal(buf, "1:01:05");
	kxt_html_moment(buf, &none, 1250 * MS, 10 * MS);
	assert_string_equal(buf, "0:01.250");
	kxt_html_moment(buf, &none, 1250 * MS + 7000, 1000);
	assert_string_equal(buf, "0:01.250007");
	kxt_html_date(buf, &none, 0);
	assert_string_equal(buf, "0:00");
	/* 1700000000 is 2023-11-14 22:13:20 UTC; two hours ahead it is the day after. */
	kxt_html_clock_make(&wall, 5 * SEC, 9 * SEC, 1699999995 * SEC, 7200);
	kxt_html_date(buf, &wall, 0);
	assert_string_equal(buf, "2023-11-15 00:13:20");
	kxt_html_moment(buf, &wall, 500 * MS, 100 * MS);
	assert_string_equal(buf, "00:13:20.500");
	kxt_html_moment(buf, &wall, 41 * SEC, MIN);
	assert_string_equal(buf, "00:14");
	kxt_html_moment(buf, &wall, 0, 24 * HOUR);
	assert_string_equal(buf, "15 Nov");
	/* West of Greenwich. */
	kxt_html_clock_make(&wall, 5 * SEC, 9 * SEC, 1699999995 * SEC, -5 * 3600);
	kxt_html_date(buf, &wall, 0);
	assert_string_equal(buf, "2023-11-14 17:13:20");
	kxt_html_length(buf, 500 * MS);
	assert_string_equal(buf, "0.50 s");
	kxt_html_length(buf, 200 * SEC);
	assert_string_equal(buf, "3 min 20 s");
	kxt_html_length(buf, 2 * HOUR + 5 * MIN);
	assert_string_equal(buf, "2 h 5 min");
}

static void test_grid_short(void **state)
{
	struct kxt_html_grid g;

	(void)state;
	kxt_html_grid_begin(&g, 100, 200, 1);
	assert_int_equal(kxt_html_grid_frame(&g, 200), 0);
	assert_int_equal(g.nr, 1);
	assert_int_equal(kxt_html_grid_ns(&g, 0), 100);
	/* A column a frame, as long as it took. */
	kxt_html_grid_begin(&g, 100, 1000, 3);
	assert_int_equal(kxt_html_grid_frame(&g, 200), 0);
	assert_int_equal(kxt_html_grid_frame(&g, 900), 1);
	assert_int_equal(kxt_html_grid_frame(&g, 1000), 2);
	assert_int_equal(g.nr, 3);
	assert_int_equal(kxt_html_grid_ns(&g, 1), 700);
	assert_int_equal(g.edge[3], 1000);
}

/* Frames come up to 0.4 of an interval too early or too late. */
static void check_long(unsigned int frames, uint64_t interval, unsigned int jitter)
{
	struct kxt_html_grid g;
	uint64_t seed = 7, sum = 0, now = 0;
	uint64_t end = 5 * SEC + frames * interval;
	unsigned int last = 0;

	kxt_html_grid_begin(&g, 5 * SEC, end, frames);
	for (unsigned int i = 1; i <= frames; i++) {
		unsigned int c;

		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		now = 5 * SEC + i * interval;
		if (jitter && i < frames)
			now += (seed >> 33) % (interval * 4 / 10) - interval * 2 / 10;
		c = kxt_html_grid_frame(&g, now);
		assert_in_range(c, last, last + 1);
		last = c;
	}
	assert_int_equal(last, g.nr - 1);
	assert_in_range(g.nr, 1, KXT_HTML_COLUMNS);
	if (frames > 400)
		assert_in_range(g.nr, KXT_HTML_COLUMNS / 3, KXT_HTML_COLUMNS);
	for (unsigned int c = 0; c < g.nr; c++) {
		assert_true(g.edge[c + 1] > g.edge[c]);
		sum += kxt_html_grid_ns(&g, c);
	}
	assert_int_equal(sum, frames * interval);
	assert_int_equal(g.edge[g.nr], end);
}

static void test_grid_long(void **state)
{
	(void)state;
	for (unsigned int frames = 1; frames < 1000; frames += 1 + frames / 50)
		check_long(frames, SEC, frames % 2);
	check_long(199, SEC, 1);
	check_long(200, SEC, 1);
	check_long(201, SEC, 1);
	check_long(3600, SEC, 0);
	check_long(3600, SEC, 1);
	check_long(86400, SEC, 1);
	check_long(777, 10 * MS, 1);
	check_long(5000, 1, 0);
}

/* Nothing for most of the time: a long column, and the next ones at their places. */
static void test_grid_gap(void **state)
{
	struct kxt_html_grid g;
	unsigned int c = 0;

	(void)state;
	kxt_html_grid_begin(&g, 0, 4000 * SEC, 1000);
	for (unsigned int i = 1; i <= 500; i++)
		c = kxt_html_grid_frame(&g, i * SEC);
	assert_int_equal(kxt_html_grid_frame(&g, 3500 * SEC), c + 1);
	for (unsigned int i = 3501; i <= 4000; i++)
		c = kxt_html_grid_frame(&g, i * SEC);
	assert_in_range(g.nr, 20, KXT_HTML_COLUMNS);
	assert_int_equal(g.edge[g.nr], 4000 * SEC);
}

static void test_latency_axis(void **state)
{
	uint64_t hist[KVMEXIT_NR_BUCKETS] = { 0 };
	struct kxt_latency_axis a;
	uint64_t sum = 0;

	(void)state;
	kxt_latency_axis_make(&a, hist, KXT_HEAT_ROWS);
	assert_int_equal(a.nr, 0);
	hist[kxt_bucket(1000)] = 7;
	kxt_latency_axis_make(&a, hist, KXT_HEAT_ROWS);
	assert_int_equal(a.nr, 5);
	assert_int_equal(kxt_latency_row(&a, hist, 2), 7);
	assert_true(kxt_latency_at(&a, 1) == 0);
	assert_true(kxt_latency_at(&a, UINT64_MAX) == 5);
	assert_true(kxt_latency_at(&a, 1000) > 2 && kxt_latency_at(&a, 1000) < 3);
	for (unsigned int i = 0; i < KVMEXIT_NR_BUCKETS; i++)
		hist[i] = i + 1;
	kxt_latency_axis_make(&a, hist, KXT_HEAT_ROWS);
	assert_in_range(a.nr, 20, KXT_HEAT_ROWS);
	assert_int_equal(kxt_latency_low(&a), 128);
	assert_int_equal(kxt_latency_high(&a), 1ULL << 35);
	for (unsigned int r = 0; r < a.nr; r++)
		sum += kxt_latency_row(&a, hist, r);
	assert_int_equal(sum, KVMEXIT_NR_BUCKETS * (KVMEXIT_NR_BUCKETS + 1) / 2);
	/* Only what has no upper edge. */
	memset(hist, 0, sizeof(hist));
	hist[KXT_BUCKET_OVER] = 1;
	kxt_latency_axis_make(&a, hist, KXT_HEAT_ROWS);
	assert_int_equal(a.nr, 3);
	assert_int_equal(kxt_latency_row(&a, hist, 2), 1);
	assert_true(kxt_latency_at(&a, UINT64_MAX) == 2.5);
}

static void test_heat_levels(void **state)
{
	unsigned int last = 1;

	(void)state;
	assert_int_equal(kxt_heat_level(0, 1, 100), 0);
	assert_int_equal(kxt_heat_level(1, 1, 100), 1);
	assert_int_equal(kxt_heat_level(100, 1, 100), KXT_HEAT_LEVELS);
	assert_int_equal(kxt_heat_level(5, 5, 5), KXT_HEAT_LEVELS);
	assert_int_equal(kxt_heat_level(200, 1, 100), KXT_HEAT_LEVELS);
	assert_int_equal(kxt_heat_level(0.0 / 0.0, 1, 100), 0);
	for (double v = 1; v <= 1e6; v *= 1.1) {
		unsigned int level = kxt_heat_level(v, 1, 1e6);

		assert_in_range(level, last, last + 1);
		last = level;
	}
	assert_int_equal(last, KXT_HEAT_LEVELS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_linear),
		cmocka_unit_test(test_linear_any),
		cmocka_unit_test(test_latency),
		cmocka_unit_test(test_round_step),
		cmocka_unit_test(test_time_ticks),
		cmocka_unit_test(test_moments),
		cmocka_unit_test(test_grid_short),
		cmocka_unit_test(test_grid_long),
		cmocka_unit_test(test_grid_gap),
		cmocka_unit_test(test_latency_axis),
		cmocka_unit_test(test_heat_levels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
