// SPDX-License-Identifier: GPL-2.0-only
#include <locale.h>
#include <stdio.h>

#include "tests/unit/build.h"
#include "user/format.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

static void test_count(void **state)
{
	static const struct {
		uint64_t n;
		const char *text;
	} c[] = {
		{ 0, "0" }, { 7, "7" }, { 99999, "99999" }, { 100000, "100k" },
		{ 999499, "999k" }, { 999500, "1.0M" }, { 1234567, "1.2M" },
		{ 12345678, "12M" }, { 1000000000, "1.0G" }, { UINT64_MAX, "18E" },
	};
	char buf[KXT_FMT_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(c); i++) {
		kxt_fmt_count(buf, c[i].n);
		assert_string_equal(buf, c[i].text);
	}
}

static void test_rate(void **state)
{
	static const struct {
		double v;
		const char *text;
	} c[] = {
		{ 0, "0/s" }, { -1, "0/s" }, { 0.001, "<0.1/s" }, { 0.05, "0.1/s" },
		{ 0.3, "0.3/s" }, { 9.94, "9.9/s" }, { 9.96, "10/s" }, { 999.4, "999/s" },
		{ 999.6, "1.0k/s" }, { 1.2e6, "1.2M/s" },
	};
	char buf[KXT_FMT_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(c); i++) {
		kxt_fmt_rate(buf, c[i].v);
		assert_string_equal(buf, c[i].text);
	}
	kxt_fmt_decimal(buf, 12345);
	assert_string_equal(buf, "12k");
}

static void test_ns(void **state)
{
	static const struct {
		uint64_t ns;
		const char *text;
	} c[] = {
		{ 0, "0ns" }, { 512, "512ns" }, { 999, "999ns" }, { 1000, "1.0us" },
		{ 3400, "3.4us" }, { 34000, "34us" }, { 999499, "999us" },
		{ 999500, "1.0ms" }, { 1200000000ULL, "1.2s" },
		{ 999000000000ULL, "999s" }, { 1000000000000ULL, "17min" },
		{ 6000000000000ULL, "1.7h" }, { 360000000000000ULL, "4.2d" },
	};
	char buf[KXT_FMT_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(c); i++) {
		kxt_fmt_ns(buf, c[i].ns);
		assert_string_equal(buf, c[i].text);
	}
	kxt_fmt_ns_per_s(buf, 0);
	assert_string_equal(buf, "0s/s");
	kxt_fmt_ns_per_s(buf, 340e6);
	assert_string_equal(buf, "340ms/s");
}

/* No number is wider than its column. */
static void test_widths(void **state)
{
	char buf[KXT_FMT_MAX];

	(void)state;
	for (unsigned int shift = 0; shift < 64; shift++) {
		for (uint64_t k = 4; k < 8; k++) {
			uint64_t v = k << shift >> 2;

			kxt_fmt_count(buf, v);
			assert_true(strlen(buf) <= 5);
			kxt_fmt_rate(buf, (double)v);
			assert_true(strlen(buf) <= 6);
			kxt_fmt_percent(buf, (double)v / 1e6 > 1 ? 1 : (double)v / 1e6);
			assert_true(strlen(buf) <= 4);
			/* a year and more is no exit's time */
			kxt_fmt_ns(buf, v);
			assert_true(v >> 55 || strlen(buf) <= 5);
		}
	}
}

static void test_percent(void **state)
{
	static const struct {
		double v;
		const char *text;
	} c[] = {
		{ 0, "0%" }, { -0.5, "0%" }, { 0.0001, "<.1%" }, { 0.003, "0.3%" },
		{ 0.034, "3.4%" }, { 0.0996, "10%" }, { 0.12, "12%" }, { 1, "100%" },
	};
	char buf[KXT_FMT_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(c); i++) {
		kxt_fmt_percent(buf, c[i].v);
		assert_string_equal(buf, c[i].text);
	}
}

static void test_seconds(void **state)
{
	char buf[KXT_FMT_MAX];

	(void)state;
	kxt_fmt_seconds(buf, 250000000);
	assert_string_equal(buf, "0.25s");
	kxt_fmt_seconds(buf, 999999999);
	assert_string_equal(buf, "1.0s");
	kxt_fmt_seconds(buf, 60000000000ULL);
	assert_string_equal(buf, "60s");
}

static void check_escape(const char *src, bool ascii, const char *want)
{
	char buf[KXT_FMT_ESCAPED(64)];

	kxt_fmt_escape(buf, sizeof(buf), src, ascii);
	assert_string_equal(buf, want);
	/* What is harmless stays as it is: escaping twice changes nothing. */
	kxt_fmt_escape(buf, sizeof(buf), want, ascii);
	assert_string_equal(buf, want);
}

static void test_escape(void **state)
{
	(void)state;
	check_escape("", false, "");
	check_escape("web-1.example", false, "web-1.example");
	check_escape("\033[31m\a\r\n\t\177", false, "\\x1b[31m\\x07\\x0d\\x0a\\x09\\x7f");
	check_escape("\303\251\346\227\245", false, "\303\251\346\227\245");
	check_escape("\303\251\346\227\245\360\237\222\251", true, "\\u00e9\\u65e5\\U01f4a9");
	/* no UTF-8: a lone byte, half a character, an overlong slash, a surrogate */
	check_escape("\377a\303", false, "\\xffa\\xc3");
	check_escape("\300\257", false, "\\xc0\\xaf");
	check_escape("\355\240\200", false, "\\xed\\xa0\\x80");
	/* CSI as a C1 character, right-to-left override, zero width space, BOM */
	check_escape("\302\23331m", false, "\\u009b31m");
	check_escape("\342\200\256x", false, "\\u202ex");
	check_escape("a\342\200\213b\357\273\277", false, "a\\u200bb\\ufeff");
	/* a combining accent needs a character to stand on */
	check_escape("e\314\201", false, "e\314\201");
	check_escape("\314\201e", false, "\\u0301e");
}

static void test_escape_room(void **state)
{
	char buf[8];

	(void)state;
	/* never half an escape or half a character */
	kxt_fmt_escape(buf, sizeof(buf), "abcd\033x", false);
	assert_string_equal(buf, "abcd");
	kxt_fmt_escape(buf, sizeof(buf), "abcdef\303\251", false);
	assert_string_equal(buf, "abcdef");
	kxt_fmt_escape(buf, 1, "a", false);
	assert_string_equal(buf, "");
}

static void test_width(void **state)
{
	(void)state;
	assert_int_equal(kxt_fmt_width(""), 0);
	assert_int_equal(kxt_fmt_width("abc"), 3);
	assert_int_equal(kxt_fmt_width("\303\251t\303\251"), 3);
	assert_int_equal(kxt_fmt_width("\346\227\245\346\234\254"), 4);
	assert_int_equal(kxt_fmt_width("e\314\201"), 1);
}

static void check_cell(const char *src, unsigned int cells, enum kxt_align align,
		       bool ascii, const char *want)
{
	char buf[64];

	kxt_fmt_cell(buf, sizeof(buf), src, cells, align, ascii);
	assert_string_equal(buf, want);
	assert_int_equal(kxt_fmt_width(buf), cells);
}

static void test_cell(void **state)
{
	char buf[4];

	(void)state;
	check_cell("ab", 4, KXT_LEFT, false, "ab  ");
	check_cell("ab", 4, KXT_RIGHT, false, "  ab");
	check_cell("abcd", 4, KXT_LEFT, false, "abcd");
	check_cell("abcde", 4, KXT_LEFT, true, "abc~");
	check_cell("abcde", 4, KXT_RIGHT, false, "abc\342\200\246");
	check_cell("abcde", 0, KXT_LEFT, false, "");
	/* a wide character that does not fit leaves a space */
	check_cell("\346\227\245\346\234\254\350\252\236", 4, KXT_LEFT, false,
		   "\346\227\245\342\200\246 ");
	/* and a buffer that is too small is not overrun */
	kxt_fmt_cell(buf, sizeof(buf), "abcdef", 6, KXT_LEFT, true);
	assert_true(strlen(buf) < sizeof(buf));
}

static void test_wrap(void **state)
{
	(void)state;
	assert_int_equal(kxt_fmt_wrap("one two three", 7), 7);
	assert_int_equal(kxt_fmt_wrap("one two three", 8), 7);
	assert_int_equal(kxt_fmt_wrap("one two three", 6), 3);
	assert_int_equal(kxt_fmt_wrap("one", 80), 3);
	assert_int_equal(kxt_fmt_wrap("abcdefgh", 3), 3);
	assert_int_equal(kxt_fmt_wrap("\346\227\245", 1), 3);
	assert_int_equal(kxt_fmt_wrap("", 5), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_count), cmocka_unit_test(test_rate),
		cmocka_unit_test(test_ns), cmocka_unit_test(test_widths),
		cmocka_unit_test(test_percent), cmocka_unit_test(test_seconds),
		cmocka_unit_test(test_escape), cmocka_unit_test(test_escape_room),
		cmocka_unit_test(test_width), cmocka_unit_test(test_cell),
		cmocka_unit_test(test_wrap),
	};

	/* C.UTF-8 is part of the C library; widths of characters come from it. */
	if (!setlocale(LC_CTYPE, "C.UTF-8")) {
		fputs("SKIP: there is no locale C.UTF-8\n", stderr);
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
