// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "tests/unit/json.h"
#include "tests/unit/slow_event.h"
#include "user/cmd.h"
#include "user/view_slow.h"

static void check_text(const struct kxt_slow *slow, uint32_t knows, const char *want)
{
	const struct kxt_view_slow view = { .utc = true, .ascii = true };
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	kxt_view_slow_text(f, slow, knows, &view);
	assert_int_equal(fclose(f), 0);
	assert_string_equal(text, want);
	free(text);
}

static void test_text(void **state)
{
	struct kxt_slow slow = { .ev = make_event(0), .name = "web1",
				 .wall_ns = (20000 * 86400ULL + 3661) * SEC + 123456789 };

	(void)state;
	check_text(&slow, KXT_KNOWS_ALL,
		   "01:01:01.123456  web1          vcpu 1   io                  5.0ms"
		   "  kernel 1.0ms vmm 4.0ms  port 0x3f8 write COM1"
		   "  rip 0xffffffff81000000  cpu 3\n");
	/* nothing known, no detail, no rip: only what is certain */
	slow.ev.kind = KVMEXIT_KIND_NONE;
	slow.ev.rip = 0;
	check_text(&slow, 0,
		   "01:01:01.123456  web1          vcpu 1   io                  5.0ms"
		   "  cpu 3\n");
	/* all parts; a nested guest's page fault */
	slow.ev.code = 0x400;
	slow.ev.level = 2;
	slow.ev.idle_ns = 2 * MS;
	slow.ev.vmm_ns = 1 * MS;
	slow.ev.runq_ns = 500000;
	slow.ev.kind = KVMEXIT_KIND_GPA;
	slow.ev.key = 0x7f000;
	slow.ev.access = KVMEXIT_ACCESS_WRITE | KVMEXIT_ACCESS_PRESENT;
	check_text(&slow, KXT_KNOWS_ALL,
		   "01:01:01.123456  web1          vcpu 1   npf (L2)            3.0ms"
		   "  kernel 1.5ms vmm 1.0ms idle 2.0ms runq 500us"
		   "  gpa 0x7f000 write write protection  cpu 3\n");
	/* without run queue times those are the kernel's */
	slow.ev.runq_ns = 0;
	slow.ev.code = KVMEXIT_CODE_SIGNAL;
	slow.ev.level = 0;
	slow.ev.kind = KVMEXIT_KIND_NONE;
	strcpy(slow.name, "a\033[1mb-and-a-name-that-is-long");
	check_text(&slow, KXT_KNOWS_ALL & ~KXT_KNOWS_RUNQ,
		   "01:01:01.123456  a\\x1b[1mb-and-a-name-that-is-long  vcpu 1"
		   "   signal_exit         3.0ms"
		   "  kernel 2.0ms vmm 1.0ms idle 2.0ms  cpu 3\n");
}

static json_t *make_json(const struct kxt_slow *slow, uint32_t knows)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	json_error_t error;
	json_t *root;

	assert_non_null(f);
	assert_int_equal(kxt_view_slow_json(f, slow, knows), 0);
	assert_int_equal(fclose(f), 0);
	/* one line */
	assert_ptr_equal(strchr(text, '\n'), text + len - 1);
	root = json_loads(text, JSON_REJECT_DUPLICATES, &error);
	assert_non_null(root);
	free(text);
	return root;
}

static void test_json(void **state)
{
	static const char *const key[] = {
		"time_ns", "cpu", "vm", "pid", "tid", "vcpu", "isa", "reason", "code",
		"class", "level", "service_ns", "total_ns", "kernel_ns", "vmm_ns",
		"idle_ns", "runq_ns", "rip", "info1", "info2", "kind", "key", "dir",
		"fault", "virtual", "name", NULL };
	struct kxt_slow slow = { .ev = make_event(0), .name = "web\"1\377",
				 .wall_ns = 1700000000 * SEC + 5 };
	json_t *root = make_json(&slow, KXT_KNOWS_ALL);

	(void)state;
	check_keys(root, key);
	assert_true(get_u64(root, "time_ns") == 1700000000 * SEC + 5);
	assert_int_equal(get_u64(root, "cpu"), 3);
	assert_string_equal(get_string(root, "vm"), "web\"1\uFFFD");
	assert_int_equal(get_u64(root, "pid"), 100);
	assert_int_equal(get_u64(root, "tid"), 101);
	assert_int_equal(get_u64(root, "vcpu"), 1);
	assert_string_equal(get_string(root, "isa"), "SVM");
	assert_string_equal(get_string(root, "reason"), "io");
	check_if(root, "code", true, 0x7b);
	assert_string_equal(get_string(root, "class"), "io");
	check_if(root, "level", true, 1);
	check_if(root, "service_ns", true, 5 * MS);
	check_if(root, "total_ns", true, 5 * MS);
	check_if(root, "kernel_ns", true, 1 * MS);
	check_if(root, "vmm_ns", true, 4 * MS);
	check_if(root, "idle_ns", true, 0);
	check_if(root, "runq_ns", true, 0);
	/* an integer would be negative for some */
	assert_string_equal(get_string(root, "rip"), "0xffffffff81000000");
	assert_string_equal(get_string(root, "info1"), "0x3f80110");
	assert_string_equal(get_string(root, "info2"), "0xffffffff81000002");
	assert_string_equal(get_string(root, "kind"), "port");
	assert_string_equal(get_string(root, "key"), "0x3f8");
	assert_string_equal(get_string(root, "dir"), "write");
	check_word(root, "fault", NULL);
	assert_string_equal(get_string(root, "name"), "COM1");
	json_decref(root);
}

static void test_json_nulls(void **state)
{
	static const char *const null[] = { "code", "level", "kernel_ns", "vmm_ns",
					    "idle_ns", "runq_ns", "rip", "kind", "key",
					    "dir", "fault", "virtual", "name" };
	struct kxt_slow slow = { .ev = make_event(0), .name = "web1" };
	json_t *root;

	(void)state;
	slow.ev.code = KVMEXIT_CODE_SIGNAL;
	slow.ev.level = 0;
	slow.ev.rip = 0;
	slow.ev.kind = KVMEXIT_KIND_NONE;
	root = make_json(&slow, 0);
	for (size_t i = 0; i < sizeof(null) / sizeof(null[0]); i++)
		check_if(root, null[i], false, 0);
	assert_string_equal(get_string(root, "reason"), "signal_exit");
	json_decref(root);
	/* one part that is not known leaves the others */
	slow.ev.kind = KVMEXIT_KIND_GPA;
	slow.ev.access = KVMEXIT_ACCESS_FETCH | KVMEXIT_ACCESS_PRESENT;
	root = make_json(&slow, KXT_KNOWS_IDLE | KXT_KNOWS_VMM);
	check_if(root, "runq_ns", false, 0);
	check_if(root, "kernel_ns", true, 1 * MS);
	assert_string_equal(get_string(root, "fault"), "instruction_fetch");
	check_word(root, "name", NULL);
	json_decref(root);
}

static void test_duration(void **state)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} good[] = {
		{ "500us", 500000 }, { "1.5ms", 1500000 }, { "2s", 2 * SEC },
		{ "0ns", 0 }, { "1ns", 1 }, { "0.5us", 500 }, { ".5s", SEC / 2 },
		{ "1.us", 1000 }, { "1.9ns", 1 }, { "0.000000001s", 1 },
		{ "86400s", 86400 * SEC }, { "86400000ms", 86400 * SEC } };
	static const char *const bad[] = {
		"", "us", ".us", "-1us", " 1us", "1 us", "1us ", "1m", "1min", "1US",
		"0x10us", "1e3us", "1,5ms", "1.2.3us", "86401s", "86400.1s", "infs",
		"99999999999999999999us", "18446744073709551616ns" };
	struct kxt_err err;
	uint64_t ns;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ns = 77;
		assert_int_equal(kxt_parse_duration(good[i].text, &ns, &err), 0);
		assert_true(ns == good[i].ns);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(kxt_parse_duration(bad[i], &ns, &err), -1);
		assert_int_equal(err.status, KXT_EXIT_USAGE);
		assert_non_null(strstr(err.msg, "no duration"));
	}
	/* the one mistake that says what was meant */
	assert_int_equal(kxt_parse_duration("250", &ns, &err), -1);
	assert_non_null(strstr(err.msg, "250us"));
	assert_int_equal(kxt_parse_seconds("0.5", &ns), 0);
	assert_true(ns == SEC / 2);
	assert_int_equal(kxt_parse_seconds("5s", &ns), -1);
	assert_int_equal(kxt_parse_seconds("0", &ns), -1);
	assert_int_equal(kxt_parse_count("0", &ns), -1);
	assert_int_equal(kxt_parse_count("+1", &ns), -1);
	assert_int_equal(kxt_parse_count("1x", &ns), -1);
	assert_int_equal(kxt_parse_count("99999999999999999999", &ns), -1);
	assert_int_equal(kxt_parse_count("12", &ns), 0);
	assert_int_equal(ns, 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_json_nulls),
		cmocka_unit_test(test_duration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
