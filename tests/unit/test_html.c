// SPDX-License-Identifier: GPL-2.0-only
/* The whole page; what a browser makes of it is in tests/html. */
#include "tests/unit/build.h"
#include "tests/unit/replay_fixture.h"
#include "user/html/html.h"
#include "user/html/int.h"
#include "user/utf8.h"

static char *page;
static size_t page_len;

/* @pid is called @name from now on, if it is not 0. */
static void make_page(const struct tape *t, uint32_t pid, const char *name)
{
	struct kxt_recording *r;
	struct kxt_err err = { 0 };
	FILE *f;

	free(page);
	page = NULL;
	tape_record(t);
	if (kxt_recording_open(&r, tape_path, &err))
		fail_msg("%s", err.msg);
	if (pid)
		assert_int_equal(kxt_vm_names_set(kxt_recording_names(r), pid, name), 0);
	f = open_memstream(&page, &page_len);
	assert_non_null(f);
	if (kxt_html_report(f, r, 0, t->frames - 1, NULL, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(fclose(f), 0);
	kxt_recording_close(r);
	tape_remove();
}

static unsigned int count(const char *what)
{
	size_t len = strlen(what);
	unsigned int n = 0;

	/* Not strstr(): the sanitizer looks at all of the page in each call. */
	for (const char *p = page; *p; p++)
		n += *p == *what && strncmp(p, what, len) == 0;
	return n;
}

/* Elements that have to be closed: as many ends as begins. */
static void check_tags(void)
{
	static const char *const name[] = {
		"html", "head", "body", "main", "style", "script", "header", "section",
		"details", "summary", "table", "thead", "tbody", "figure", "figcaption", "dl",
		"ul", "div", "span", "p", "h1", "h2", "h3", "h4", "b", "a", "bdi", "svg", "label",
	};
	int open[sizeof(name) / sizeof(name[0])] = { 0 };

	for (const char *p = page; *p; p++) {
		bool end = p[0] == '<' && p[1] == '/';
		const char *tag = p + 1 + end;

		if (*p != '<')
			continue;
		for (unsigned int i = 0; i < sizeof(name) / sizeof(name[0]); i++) {
			size_t len = strlen(name[i]);

			if (strncmp(tag, name[i], len) == 0 && strchr(" >", tag[len]))
				open[i] += end ? -1 : 1;
		}
	}
	for (unsigned int i = 0; i < sizeof(name) / sizeof(name[0]); i++) {
		if (open[i])
			fail_msg("%s: %d more begin than end", name[i], open[i]);
	}
}

/* What is right for every page. */
static void check_page(void)
{
	assert_int_equal(strlen(page), page_len);
	for (const char *p = page; *p;) {
		size_t n = kxt_utf8_char(p);

		assert_true(n > 0);
		assert_true((unsigned char)*p >= 0x20 || *p == '\n' || *p == '\t');
		p += n;
	}
	check_tags();
	assert_int_equal(count("<script"), 1);
	assert_int_equal(count(kxt_html_script_hash), 1);
	assert_int_equal(count("src="), 0);
	assert_int_equal(count("://"), 0);
	/* Numbers that are none. */
	assert_int_equal(count(">nan") + count("\"nan") + count("-nan") + count("inf%"), 0);
}

static void test_two(void **state)
{
	static const struct tape t = { "fake:two", 12, SEC, true, 500000, true };

	(void)state;
	make_page(&t, 0, NULL);
	check_page();
	assert_int_equal(count("<details class=\"vm\""), 2);
	/* Four charts of all VMs and of each VM, and one of each reason. */
	assert_int_equal(count("<figure>"), 12 + 13 + 7);
	assert_int_equal(count("<div class=\"charts\">"), 3);
	assert_true(count("COM1") > 0);
	assert_int_equal(count("id=\"slow\""), 1);
	assert_int_equal(count("Nothing was lost"), 1);
	/* WALL_NS and what the fake collector's clock says are 2023-11-14, 22:30:10 UTC. */
	assert_int_equal(count("<p class=\"when\">2023-11-14 23:30:10 to 2023-11-14 23:30:21 "
			       "UTC+1:00"), 1);
}

static void test_scenarios(void **state)
{
	static const char *const spec[] = {
		"fake:none", "fake:idle", "fake:ended", "fake:lost", "fake:evil", "fake:reuse",
		"fake:restart", "fake:paused", "fake:resumed", "fake:nested", "fake:norunq",
		"fake:noparts", "fake:vmx", "fake:many,vms=30,vcpus=1,reasons=22",
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(spec) / sizeof(spec[0]); i++) {
		const struct tape t = { spec[i], i % 2 ? 2 : 8, SEC, i % 2, 3000000, i % 3 };

		make_page(&t, 0, NULL);
		check_page();
	}
	/* The last: charts for some, a row for all, and a sentence that says so. */
	assert_int_equal(count("<details class=\"vm\""), 24);
	assert_int_equal(count("<details class=\"reason\""), 24 * KXT_HTML_REASONS);
	assert_int_equal(count("<tr data-vm="), 30);
	assert_int_equal(count("24 busiest of 30 VMs"), 1);
}

static void test_unknown(void **state)
{
	static const struct tape t = { "fake:noparts", 4, SEC, false, 0, false };
	static const struct tape none = { "fake:none", 4, SEC, false, 0, false };
	static const struct tape lost = { "fake:lost", 4, SEC, false, 0, false };

	(void)state;
	make_page(&t, 0, NULL);
	assert_int_equal(count("exits, not told apart") > 0, 1);
	assert_int_equal(count("id=\"slow\""), 0);
	make_page(&none, 0, NULL);
	assert_int_equal(count("No VM that was asked for"), 1);
	assert_int_equal(count("<figure>"), 0);
	make_page(&lost, 0, NULL);
	assert_int_equal(count("<p class=\"warn\">"), 1);
	assert_int_equal(count("max_vcpus"), 1);
	assert_int_equal(count("Nothing was lost"), 0);
}

static void test_names(void **state)
{
	static const struct tape t = { "fake:two", 3, SEC, false, 100000, false };
	static const char *const name[] = {
		"<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "'--><svg onload=x>",
		"</title></style></script>", "\377\300\274b", "&lt;b&gt;", "a\x01\n\tb",
		"\342\200\256evil", "x\" onmouseover=\"y",
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(name) / sizeof(name[0]); i++) {
		make_page(&t, 1201, name[i]);
		check_page();
		assert_int_equal(count("<img"), 0);
		assert_int_equal(count("onload=x>"), 0);
		assert_int_equal(count("\" onmouseover"), 0);
		assert_int_equal(count("\342\200\256"), 0);
	}
}

static int end(void **state)
{
	(void)state;
	free(page);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two),
		cmocka_unit_test(test_scenarios),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, end);
}
