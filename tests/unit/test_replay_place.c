// SPDX-License-Identifier: GPL-2.0-only
#include "tests/unit/build.h"
#include "user/replay/clock.h"
#include "user/replay/place.h"

#define SEC	1000000000ULL

static uint32_t parse(const char *text)
{
	struct kxt_err err;
	uint32_t speed;

	assert_int_equal(kxt_speed_parse(text, &speed, &err), 0);
	return speed;
}

static void test_speed_parse(void **state)
{
	static const char *const bad[] = {
		"", "x", "0", "0.2", "0.249", "64.1", "65", "1e3", "-1", "+1", " 1", "1 ",
		"1/3", "1/2xx", "1/2/2", "2xx", "maxx", "99999999999999999999", ".",
		"0x10", "inf", "1,5",
	};
	struct kxt_err err;
	uint32_t speed;

	(void)state;
	assert_int_equal(parse("1"), KXT_SPEED_ONE);
	assert_int_equal(parse("1x"), KXT_SPEED_ONE);
	assert_int_equal(parse("1/4"), KXT_SPEED_MIN);
	assert_int_equal(parse("1/2x"), KXT_SPEED_ONE / 2);
	assert_int_equal(parse("0.25"), KXT_SPEED_MIN);
	assert_int_equal(parse(".5"), KXT_SPEED_ONE / 2);
	assert_int_equal(parse("2.5"), 2500);
	assert_int_equal(parse("1.2345678"), 1234);
	assert_int_equal(parse("64"), KXT_SPEED_TOP);
	assert_int_equal(parse("64.000"), KXT_SPEED_TOP);
	assert_int_equal(parse("max"), KXT_SPEED_MAX);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(kxt_speed_parse(bad[i], &speed, &err), -1);
		assert_int_equal(err.status, KXT_EXIT_USAGE);
		assert_non_null(strstr(err.msg, "0.25 to 64"));
	}
}

static void test_speed_text(void **state)
{
	static const struct {
		uint32_t speed;
		const char *text;
	} want[] = {
		{ KXT_SPEED_MIN, "1/4x" }, { 500, "1/2x" }, { 1000, "1x" }, { 750, "0.75x" },
		{ 2500, "2.5x" }, { 64000, "64x" }, { KXT_SPEED_MAX, "max" },
	};
	char buf[KXT_PLACE_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		kxt_speed_text(want[i].speed, buf);
		assert_string_equal(buf, want[i].text);
	}
}

/* Up from the slowest to max and back again, the same steps. */
static void test_speed_steps(void **state)
{
	static const uint32_t step[] = {
		250, 500, 1000, 2000, 4000, 8000, 16000, 32000, 64000, KXT_SPEED_MAX,
	};
	const size_t nr = sizeof(step) / sizeof(step[0]);

	(void)state;
	for (size_t i = 0; i + 1 < nr; i++) {
		assert_int_equal(kxt_speed_step(step[i], true), step[i + 1]);
		assert_int_equal(kxt_speed_step(step[i + 1], false), step[i]);
	}
	assert_int_equal(kxt_speed_step(KXT_SPEED_MAX, true), KXT_SPEED_MAX);
	assert_int_equal(kxt_speed_step(KXT_SPEED_MIN, false), KXT_SPEED_MIN);
	/* from in between onto the next power of two */
	assert_int_equal(kxt_speed_step(2500, true), 4000);
	assert_int_equal(kxt_speed_step(2500, false), 2000);
	assert_int_equal(kxt_speed_step(300, false), 250);
}

static void test_place(void **state)
{
	struct kxt_replay_place p = {
		.at_ns = 90 * SEC + 100, .length_ns = 600 * SEC - 100, .window = 90,
		.windows = 600, .speed = 4000,
	};
	char buf[KXT_PLACE_MAX];

	(void)state;
	kxt_replay_place_text(&p, true, buf);
	assert_string_equal(buf, "00:01:30 / 00:10:00  speed 4x  90/600");
	kxt_replay_place_text(&p, false, buf);
	assert_string_equal(buf, "00:01:30 / 00:10:00  90/600");
	p.tenths = true;
	p.at_ns = 1450000000;
	kxt_replay_place_text(&p, false, buf);
	assert_string_equal(buf, "00:00:01.5 / 00:10:00  90/600");
	p.tenths = false;
	p.wall_ns = 1700000000 * SEC;
	p.utc_offset_s = 3600;
	p.speed = KXT_SPEED_MIN;
	p.at_ns = 26 * 3600 * SEC;
	kxt_replay_place_text(&p, true, buf);
	assert_string_equal(buf, "26:00:00 / 00:10:00  2023-11-14 23:13:20 UTC+01:00  speed 1/4x  90/600");
	p.utc_offset_s = -12600;
	kxt_replay_place_text(&p, false, buf);
	assert_string_equal(buf, "26:00:00 / 00:10:00  2023-11-14 18:43:20 UTC-03:30  90/600");
}

/* Whatever a file says of its times, the line stays in its buffer. */
static void test_place_extremes(void **state)
{
	struct kxt_replay_place p = {
		.at_ns = UINT64_MAX - SEC, .length_ns = UINT64_MAX - SEC,
		.tenths = true, .window = UINT32_MAX, .windows = UINT32_MAX,
		.wall_ns = UINT64_MAX, .utc_offset_s = INT32_MIN, .speed = 2500,
	};
	char buf[KXT_PLACE_MAX];

	(void)state;
	kxt_replay_place_text(&p, true, buf);
	assert_non_null(strstr(buf, "4294967295/4294967295"));
	p.utc_offset_s = INT32_MAX;
	kxt_replay_place_text(&p, true, buf);
	assert_non_null(strstr(buf, "4294967295/4294967295"));
}

static void test_clock(void **state)
{
	struct kxt_replay_clock c = { .speed = KXT_SPEED_ONE, .runs = true };

	(void)state;
	kxt_replay_clock_set(&c, 100 * SEC, 5 * SEC);
	assert_int_equal(kxt_replay_clock_at(&c, 100 * SEC), 5 * SEC);
	assert_int_equal(kxt_replay_clock_at(&c, 103 * SEC), 8 * SEC);
	/* before it was set there is no time */
	assert_int_equal(kxt_replay_clock_at(&c, 99 * SEC), 5 * SEC);
	kxt_replay_clock_speed(&c, 101 * SEC, 4000);
	assert_int_equal(kxt_replay_clock_at(&c, 101 * SEC), 6 * SEC);
	assert_int_equal(kxt_replay_clock_at(&c, 102 * SEC), 10 * SEC);
	kxt_replay_clock_run(&c, 102 * SEC, false);
	assert_int_equal(kxt_replay_clock_at(&c, 200 * SEC), 10 * SEC);
	assert_int_equal(kxt_replay_clock_until(&c, 200 * SEC, 11 * SEC), UINT64_MAX);
	kxt_replay_clock_run(&c, 200 * SEC, true);
	kxt_replay_clock_speed(&c, 200 * SEC, KXT_SPEED_MIN);
	assert_int_equal(kxt_replay_clock_at(&c, 202 * SEC), 10 * SEC + SEC / 2);
	assert_int_equal(kxt_replay_clock_until(&c, 202 * SEC, 9 * SEC), 0);
	kxt_replay_clock_speed(&c, 202 * SEC, KXT_SPEED_MAX);
	assert_int_equal(kxt_replay_clock_at(&c, 300 * SEC), 10 * SEC + SEC / 2);
	assert_int_equal(kxt_replay_clock_until(&c, 300 * SEC, 99 * SEC), 0);
}

/* After the time that it says, what was asked for has come: at every speed. */
static void test_clock_until(void **state)
{
	static const uint32_t speed[] = { 250, 333, 999, 1000, 1001, 2500, 64000 };
	static const uint64_t ahead[] = { 1, 3, 999, SEC, 7 * SEC + 1, 400 * 86400 * SEC };

	(void)state;
	for (size_t i = 0; i < sizeof(speed) / sizeof(speed[0]); i++) {
		for (size_t k = 0; k < sizeof(ahead) / sizeof(ahead[0]); k++) {
			struct kxt_replay_clock c = {
				.real_ns = 5, .at_ns = 10, .speed = speed[i], .runs = true,
			};
			uint64_t ns = kxt_replay_clock_until(&c, 5, 10 + ahead[k]);

			assert_true(kxt_replay_clock_at(&c, 5 + ns) >= 10 + ahead[k]);
			assert_true(ns < 4 * ahead[k] + 3);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_speed_parse),
		cmocka_unit_test(test_speed_text),
		cmocka_unit_test(test_speed_steps),
		cmocka_unit_test(test_place),
		cmocka_unit_test(test_place_extremes),
		cmocka_unit_test(test_clock),
		cmocka_unit_test(test_clock_until),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
