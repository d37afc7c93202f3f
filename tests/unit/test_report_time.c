// SPDX-License-Identifier: GPL-2.0-only
#include "tests/unit/build.h"
#include "user/report/time.h"

#define SEC	1000000000ULL
#define DAY	(86400 * SEC)
/* 2026-11-22 13:05:10 UTC */
#define BEGIN	(1795352710ULL * SEC)

/* 14:05:10.25 to 14:08:30.25 of a host an hour ahead of UTC. */
static const struct kxt_report_clock day = {
	.length_ns = 200 * SEC, .wall = true, .begin_wall_ns = BEGIN + SEC / 4,
	.utc_offset_s = 3600,
};

/* The same without a clock. */
static const struct kxt_report_clock none = { .length_ns = 200 * SEC };

static void good(const struct kxt_report_clock *c, const char *text, uint64_t want)
{
	struct kxt_err err = { 0 };
	uint64_t ns = 0;

	if (kxt_report_time(c, text, &ns, &err))
		print_error("%s: %s\n", text, err.msg);
	assert_string_equal(err.msg, "");
	if (ns != want)
		print_error("%s\n", text);
	assert_int_equal(ns, want);
}

static void bad(const struct kxt_report_clock *c, const char *text, const char *words)
{
	struct kxt_err err = { 0 };
	uint64_t ns = 0;

	if (kxt_report_time(c, text, &ns, &err) == 0)
		print_error("%s\n", text);
	assert_int_equal(err.status, KXT_EXIT_USAGE);
	if (!strstr(err.msg, words))
		print_error("%s: %s\n", text, err.msg);
	assert_non_null(strstr(err.msg, words));
	assert_non_null(strstr(err.msg, text));
}

static void test_offsets(void **state)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} try[] = {
		{ "0", 0 }, { "90", 90 * SEC }, { "1.5", 3 * SEC / 2 },
		{ "0.000000001", 1 }, { "0.0000000019", 1 }, { "200", 200 * SEC },
		{ "90s", 90 * SEC }, { "1m30s", 90 * SEC }, { "1m30.25s", 90 * SEC + SEC / 4 },
		{ "3m", 180 * SEC }, { "1:30", 90 * SEC }, { "0:00.5", SEC / 2 },
		{ "3:20", 200 * SEC }, { "00:59", 59 * SEC }, { "0h1m", 60 * SEC },
		{ "-0", 200 * SEC }, { "-90", 110 * SEC }, { "-1:30", 110 * SEC },
		{ "-1m30s", 110 * SEC }, { "-200", 0 }, { "-0:00:10", 190 * SEC },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(try) / sizeof(try[0]); i++) {
		good(&day, try[i].text, try[i].ns);
		good(&none, try[i].text, try[i].ns);
	}
}

static void test_not_a_time(void **state)
{
	static const char *const try[] = {
		"", "-", "x", "1x", " 1", "1 ", "+1", "--1", "1m30", "30s1m", "1s1s", "1.5m",
		".5", "1.", "1..5", "1e3", "0x10", "inf", "1:60", "1:", ":1", "1:2:3:4",
		"1:2:60", "1:60:0", "24:00:00", "25:00:00", "1:002", "9999999999",
		"999999999h", "1,5", "1:-5", "2026-11-22", "2026-11-22 ", "2026-11-22 14",
		"2026-11-22x14:05:10", "2026-02-30 14:05:10", "2026-13-01 14:05:10",
		"2026-00-10 14:05:10", "2026-11-22 24:00:00", "2026-11-22 14:60:00",
		"2026-11-22 14:05:10 CET",
		"2026-11-22 14:05:10+15:00", "2026-11-22 14:05:10+01:60",
		"2026-11-22 14:05:10Z0", "1969-12-31 23:59:59", "99999-01-01 00:00:00",
		"2026-11-22 14:05:10+01000",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(try) / sizeof(try[0]); i++)
		bad(&day, try[i], "is no time");
}

static void test_outside(void **state)
{
	(void)state;
	bad(&day, "201", "from 2026-11-22 14:05:10 to 2026-11-22 14:08:30 UTC+01:00 and is 00:03:20 long");
	bad(&day, "-201", "outside");
	bad(&day, "200.000000001", "outside");
	bad(&day, "1h", "outside");
	bad(&none, "201", "from 00:00:00 to 00:03:20");
	bad(&day, "14:05:09", "outside");
	bad(&day, "14:08:31", "outside");
	bad(&day, "13:05:10", "outside");
	bad(&day, "2026-11-21 14:05:10", "outside");
	bad(&day, "2026-11-22 14:05:09", "outside");
	bad(&day, "2200-01-01 00:00:00", "outside");
	bad(&day, "1970-01-02 00:00:00", "outside");
	bad(&none, "2026-11-22 14:05:10", "is a date");
}

static void test_time_of_day(void **state)
{
	struct kxt_report_clock c = day;

	(void)state;
	good(&day, "14:05:11", 3 * SEC / 4);
	good(&day, "14:08:30", 199 * SEC + 3 * SEC / 4);
	good(&day, "14:08:30.25", 200 * SEC);
	/* what the head shows as the begin */
	good(&day, "14:05:10", 0);
	bad(&day, "14:05:10.2", "outside");
	good(&day, "14:05:10.25", 0);
	/* not known when: hours, minutes and seconds */
	good(&none, "0:01:30", 90 * SEC);
	bad(&none, "14:05:10", "outside");
	/* over midnight, and a day later */
	c.begin_wall_ns = BEGIN + 10 * 3600 * SEC;	/* 00:05:10 */
	c.length_ns = 2 * DAY;
	good(&c, "00:05:10", 0);
	good(&c, "00:05:09", DAY - SEC);
	good(&c, "23:59:59", DAY - 311 * SEC);
	good(&c, "0:05:09.5", DAY - SEC / 2);
	/* just before the begin, and there is such a time a day later */
	c.begin_wall_ns += SEC / 2;
	good(&c, "00:05:10", DAY - SEC / 2);
	/* behind UTC, on the day before */
	c.utc_offset_s = -5 * 3600 - 1800;	/* 17:35:10.5 */
	good(&c, "17:35:11", SEC / 2);
}

static void test_dates(void **state)
{
	static const char *const same[] = {
		"2026-11-22 14:05:20.25", "2026-11-22T14:05:20.25", "2026-11-22 13:05:20.25Z",
		"2026-11-22 13:05:20.25 UTC", "2026-11-22T14:05:20.25+01:00",
		"2026-11-22T14:05:20.25+0100", "2026-11-22T14:05:20.25+01",
		"2026-11-22 14:05:20.25 UTC+01:00", "2026-11-22T07:35:20.25-05:30",
		"2026-11-23T02:35:20.25+13:30",
	};
	struct kxt_report_clock c = day;

	(void)state;
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		good(&day, same[i], 10 * SEC);
	good(&day, "2026-11-22 14:06", 49 * SEC + 3 * SEC / 4);
	good(&day, "2026-11-22 14:05:10", 0);
	bad(&day, "2026-11-22 14:05:10.1", "outside");
	/* a leap day */
	c.begin_wall_ns = 1835395200ULL * SEC;	/* 2028-02-29 00:00:00 UTC */
	c.utc_offset_s = 0;
	good(&c, "2028-02-29 00:00:07", 7 * SEC);
}

/* Nothing in a file is too odd to be shown. */
static void test_odd_clocks(void **state)
{
	struct kxt_report_clock c = { .length_ns = UINT64_MAX, .wall = true,
				      .begin_wall_ns = UINT64_MAX,
				      .utc_offset_s = INT32_MIN };
	char text[KXT_REPORT_TIME_MAX];
	struct kxt_err err;
	uint64_t ns;

	(void)state;
	kxt_report_time(&c, "14:05:10", &ns, &err);
	kxt_report_time(&c, "2026-11-22 14:05:10", &ns, &err);
	c.utc_offset_s = INT32_MAX;
	kxt_report_time(&c, "14:05:10", &ns, &err);
	c.begin_wall_ns = 0;
	c.utc_offset_s = INT32_MIN;
	kxt_report_time(&c, "14:05:10", &ns, &err);
	good(&c, "10", 10 * SEC);
	kxt_report_zone_text(INT32_MIN, text);
	assert_string_equal(text, "UTC-596523:14");
	kxt_report_offset_text(UINT64_MAX, text);
	assert_string_equal(text, "5124095:34:33.709");
	kxt_report_date_text(1, INT32_MIN, text);
	assert_string_equal(text, "1970-01-01 00:00:00");
}

static void test_text(void **state)
{
	char text[KXT_REPORT_TIME_MAX];

	(void)state;
	kxt_report_offset_text(0, text);
	assert_string_equal(text, "00:00:00");
	kxt_report_offset_text(90 * SEC + SEC / 4, text);
	assert_string_equal(text, "00:01:30.25");
	kxt_report_offset_text(26 * 3600 * SEC + 100000000, text);
	assert_string_equal(text, "26:00:00.1");
	kxt_report_offset_text(SEC + 999999, text);
	assert_string_equal(text, "00:00:01");
	kxt_report_zone_text(0, text);
	assert_string_equal(text, "UTC");
	kxt_report_zone_text(-19800, text);
	assert_string_equal(text, "UTC-05:30");
	kxt_report_date_text(BEGIN, 3600, text);
	assert_string_equal(text, "2026-11-22 14:05:10");
	kxt_report_day_text(BEGIN, -14 * 3600, text);
	assert_string_equal(text, "23:05:10");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_offsets),
		cmocka_unit_test(test_not_a_time),
		cmocka_unit_test(test_outside),
		cmocka_unit_test(test_time_of_day),
		cmocka_unit_test(test_dates),
		cmocka_unit_test(test_odd_clocks),
		cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
