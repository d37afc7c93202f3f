// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/build.h"
#include "user/vm.h"

/* A literal with \0 between arguments; its own zero byte ends the last one. */
#define PARSE(cmdline, name)	kxt_vm_name_parse((cmdline), sizeof(cmdline), (name))

#define CHECK(cmdline, expected) do { \
	char name_[KXT_VM_NAME_MAX] = "untouched"; \
	assert_int_equal(PARSE(cmdline, name_), 0); \
	assert_string_equal(name_, expected); \
} while (0)

#define CHECK_NONE(cmdline) do { \
	char name_[KXT_VM_NAME_MAX] = "untouched"; \
	assert_int_equal(PARSE(cmdline, name_), -1); \
} while (0)

static void test_names(void **state)
{
	(void)state;
	CHECK("qemu\0-name\0web1\0-m\0001G", "web1");
	CHECK("qemu\0--name\0web1", "web1");
	CHECK("qemu\0-m\0001G\0-name\0guest=web1,debug-threads=on", "web1");
	CHECK("qemu\0-name\0process=p,guest=web1", "web1");
	CHECK("qemu\0-name\0web1,debug-threads=on,process=x", "web1");
	CHECK("qemu\0-name\0web 1", "web 1");
	CHECK("qemu\0-name\0guest=a=b", "a=b");
	/* the last one counts, as in QEMU */
	CHECK("qemu\0-name\0one\0-name\0two", "two");
	CHECK("qemu\0-name\0one\0-name\0debug-threads=on", "one");
	CHECK("qemu\0-name\0guest=one,guest=two", "two");
	/* a value, whatever it looks like */
	CHECK("qemu\0-name\0-name", "-name");
	CHECK("qemu\0-name\0-name\0two", "-name");
}

static void test_commas(void **state)
{
	(void)state;
	CHECK("qemu\0-name\0a,,b", "a,b");
	CHECK("qemu\0-name\0guest=a,,b,debug-threads=on", "a,b");
	CHECK("qemu\0-name\0guest=,,", ",");
	CHECK("qemu\0-name\0a,,,,b,process=x", "a,,b");
	CHECK("qemu\0-name\0a,,guest=b", "a,guest=b");
	CHECK("qemu\0-name\0process=a,,guest=b,guest=c", "c");
	CHECK("qemu\0-name\0guest=a,", "a");
	CHECK("qemu\0-name\0guest=a,,,", "a,");
}

static void test_no_name(void **state)
{
	(void)state;
	CHECK_NONE("");
	CHECK_NONE("qemu");
	CHECK_NONE("qemu\0-m\0001G");
	CHECK_NONE("qemu\0-name\0");
	CHECK_NONE("qemu\0-name\0guest=");
	CHECK_NONE("qemu\0-name\0guest=,debug-threads=on");
	CHECK_NONE("qemu\0-name\0debug-threads=on");
	CHECK_NONE("qemu\0-name\0process=web1");
	CHECK_NONE("qemu\0-name\0,web1");
	CHECK_NONE("qemu\0-name\0debug-threads=on,web1");
	/* argv[0] is no option */
	CHECK_NONE("-name\0web1");
	CHECK_NONE("qemu\0-names\0web1");
	CHECK_NONE("qemu\0-named\0web1");
}

static void test_cut(void **state)
{
	char name[KXT_VM_NAME_MAX];

	(void)state;
	assert_int_equal(kxt_vm_name_parse("", 0, name), -1);
	/* no zero at the end */
	assert_int_equal(kxt_vm_name_parse("q\0-name\0web1xxx", 12, name), 0);
	assert_string_equal(name, "web1");
	assert_int_equal(kxt_vm_name_parse("q\0-name", 7, name), -1);
}

static void test_long(void **state)
{
	char cmdline[400] = "q\0-name", name[KXT_VM_NAME_MAX];

	(void)state;
	memset(cmdline + 8, 'x', 300);
	assert_int_equal(kxt_vm_name_parse(cmdline, 308, name), 0);
	assert_int_equal(strlen(name), KXT_VM_NAME_MAX - 1);
	/* three bytes a character: 63 is 21 of them, with one in front it is 20 */
	for (int i = 0; i < 100; i++)
		memcpy(cmdline + 8 + 3 * i, "\346\227\245", 3);
	assert_int_equal(kxt_vm_name_parse(cmdline, 308, name), 0);
	assert_int_equal(strlen(name), 63);
	memmove(cmdline + 9, cmdline + 8, 300);
	cmdline[8] = 'x';
	assert_int_equal(kxt_vm_name_parse(cmdline, 308, name), 0);
	assert_int_equal(strlen(name), 61);
	/* bytes that only look like the middle of a character */
	memset(cmdline + 8, 0x80, 300);
	assert_int_equal(kxt_vm_name_parse(cmdline, 308, name), 0);
	assert_int_equal(strlen(name), 63);
}

static void test_set(void **state)
{
	struct kxt_vm_names *n = kxt_vm_names_new(NULL);

	(void)state;
	assert_non_null(n);
	assert_string_equal(kxt_vm_names_get(n, 7), "pid 7");
	assert_int_equal(kxt_vm_names_set(n, 7, "seven"), 0);
	assert_string_equal(kxt_vm_names_get(n, 7), "seven");
	assert_int_equal(kxt_vm_names_set(n, 8, ""), 0);
	assert_string_equal(kxt_vm_names_get(n, 8), "");
	kxt_vm_names_free(n);
	kxt_vm_names_free(NULL);
}

static char proc[] = "/tmp/kvmexittop-test-XXXXXX";

static void put_file(const char *pid, const char *file, const char *text, size_t len)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", proc, pid);
	assert_true(mkdir(path, 0700) == 0 || errno == EEXIST);
	snprintf(path, sizeof(path), "%s/%s/%s", proc, pid, file);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	fclose(f);
}

#define PUT(pid, file, text)	put_file(pid, file, text, sizeof(text) - 1)
/* the name may have blanks and parentheses; field 22 is the start time */
#define STAT(born)	"1 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 " born " 23 24\n"

static int make_proc(void **state)
{
	(void)state;
	return mkdtemp(proc) ? 0 : -1;
}

static int remove_proc(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", proc);
	return system(command);
}

static void test_forget(void **state)
{
	struct kxt_vm_names *n = kxt_vm_names_new(NULL);

	(void)state;
	assert_non_null(n);
	kxt_vm_names_forget(n, 7);
	assert_int_equal(kxt_vm_names_set(n, 7, "seven"), 0);
	assert_int_equal(kxt_vm_names_set(n, 8, "eight"), 0);
	kxt_vm_names_forget(n, 7);
	assert_string_equal(kxt_vm_names_get(n, 7), "pid 7");
	assert_string_equal(kxt_vm_names_get(n, 8), "eight");
	kxt_vm_names_free(n);
}

static void test_proc(void **state)
{
	struct kxt_vm_names *n = kxt_vm_names_new(proc);

	(void)state;
	assert_non_null(n);
	PUT("10", "cmdline", "qemu-system-x86_64\0-name\0guest=web1\0");
	PUT("10", "comm", "qemu-system-x86\n");
	PUT("10", "stat", STAT("500"));
	PUT("11", "cmdline", "firecracker\0--id\0x\0");
	PUT("11", "comm", "firecracker\n");
	PUT("11", "stat", STAT("500"));
	/* a kernel thread or a zombie has no command line */
	PUT("12", "cmdline", "");
	PUT("12", "comm", "qemu\n");
	assert_string_equal(kxt_vm_names_get(n, 10), "web1");
	assert_string_equal(kxt_vm_names_get(n, 11), "firecracker (11)");
	assert_string_equal(kxt_vm_names_get(n, 12), "qemu (12)");
	assert_string_equal(kxt_vm_names_get(n, 13), "pid 13");
	kxt_vm_names_free(n);
}

static void test_pid_again(void **state)
{
	struct kxt_vm_names *n = kxt_vm_names_new(proc);
	char path[256];

	(void)state;
	assert_non_null(n);
	PUT("20", "cmdline", "qemu\0-name\0old\0");
	PUT("20", "stat", STAT("500"));
	assert_string_equal(kxt_vm_names_get(n, 20), "old");
	/* it may say something else of itself, it is still the same VM */
	PUT("20", "cmdline", "qemu\0-name\0other\0");
	assert_string_equal(kxt_vm_names_get(n, 20), "old");
	/* gone: remembered */
	snprintf(path, sizeof(path), "%s/20/stat", proc);
	assert_int_equal(unlink(path), 0);
	assert_string_equal(kxt_vm_names_get(n, 20), "old");
	/* another process under the same number */
	PUT("20", "stat", STAT("501"));
	assert_string_equal(kxt_vm_names_get(n, 20), "other");
	/* what was set stays */
	assert_int_equal(kxt_vm_names_set(n, 20, "fixed"), 0);
	PUT("20", "stat", STAT("502"));
	assert_string_equal(kxt_vm_names_get(n, 20), "fixed");
	kxt_vm_names_free(n);
}

/* The real thing, on the only process that is certainly there. */
static void test_self(void **state)
{
	struct kxt_vm_names *n = kxt_vm_names_new("/proc");
	char expected[KXT_VM_NAME_MAX];

	(void)state;
	assert_non_null(n);
	snprintf(expected, sizeof(expected), "test_vm (%d)", getpid());
	assert_string_equal(kxt_vm_names_get(n, getpid()), expected);
	kxt_vm_names_free(n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_commas),
		cmocka_unit_test(test_no_name),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_forget),
		cmocka_unit_test(test_proc),
		cmocka_unit_test(test_pid_again),
		cmocka_unit_test(test_self),
	};

	return cmocka_run_group_tests(tests, make_proc, remove_proc);
}
