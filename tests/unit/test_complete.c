// SPDX-License-Identifier: GPL-2.0-only
/* What completion is made of: the help's options, VMs in /proc, names as patterns. */
#include <errno.h>
#include <fnmatch.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/build.h"
#include "user/complete.h"
#include "user/help_text.h"
#include "user/vm_scan.h"

static const char text[] =
	"Usage: kvmexittop x [-a] [-- COMMAND]\n"
	"A sentence with --nothing in it.\n"
	"\n"
	"  -d, --delay SEC        count for SEC seconds; and more\n"
	"                         of this\n"
	"      --web.address=A:B\n"
	"                         where to\n"
	"                         listen\n"
	"  -b                     a letter alone\n"
	"  -- COMMAND             run COMMAND\n"
	"      --delta            no argument, and a sentence that is longer than a list of\n"
	"                         completions has room for\n"
	"\n"
	"Exit status: 0.\n"
	"   not -an option\n";

static void test_help(void **state)
{
	const struct kxt_help_option *o;
	struct kxt_help h;

	(void)state;
	kxt_help_parse(&h, text);
	assert_true(h.command);
	assert_int_equal(h.nr, 4);
	o = kxt_help_short(&h, 'd');
	assert_ptr_equal(o, kxt_help_long(&h, "delay", 5));
	assert_string_equal(o->meta, "SEC");
	assert_string_equal(o->text, "count for SEC seconds");
	o = kxt_help_long(&h, "web.address", 11);
	assert_non_null(o);
	assert_string_equal(o->meta, "A:B");
	assert_string_equal(o->text, "where to listen");
	assert_int_equal(o->letter, 0);
	o = kxt_help_short(&h, 'b');
	assert_non_null(o);
	assert_string_equal(o->name, "");
	assert_string_equal(o->meta, "");
	o = kxt_help_long(&h, "delta", 5);
	assert_string_equal(o->meta, "");
	assert_string_equal(o->text, "no argument, and a sentence that is longer than a list of...");
	/* as getopt_long() takes them */
	assert_ptr_equal(kxt_help_long(&h, "delt", 4), o);
	assert_null(kxt_help_long(&h, "del", 3));
	assert_null(kxt_help_long(&h, "deltas", 6));
	assert_null(kxt_help_short(&h, 'x'));
	kxt_help_parse(&h, "");
	assert_int_equal(h.nr, 0);
	assert_false(h.command);
}

/* More options than there is room for, and all of it longer than expected. */
static void test_help_bounds(void **state)
{
	char big[20000], *p = big;
	struct kxt_help h;

	(void)state;
	for (int i = 0; i < KXT_HELP_OPTIONS + 5; i++)
		p += sprintf(p, "  -x, --%0100d=%0100d  %0100d\n", i, i, i);
	kxt_help_parse(&h, big);
	assert_int_equal(h.nr, KXT_HELP_OPTIONS);
	assert_int_equal(strlen(h.option[0].name), sizeof(h.option[0].name) - 1);
	assert_int_equal(strlen(h.option[0].meta), sizeof(h.option[0].meta) - 1);
	assert_true(strlen(h.option[0].text) <= 72);
}

static void check_glob(const char *name, const char *want, bool ascii)
{
	char glob[KXT_COMPLETE_GLOB_MAX];

	kxt_complete_glob(glob, name, ascii);
	assert_string_equal(glob, want);
	assert_int_equal(fnmatch(glob, name, 0), 0);
}

static void test_glob(void **state)
{
	char name[KXT_VM_NAME_MAX], glob[KXT_COMPLETE_GLOB_MAX];

	(void)state;
	check_glob("web1", "web1", false);
	check_glob("a b$(c)`d`'\"", "a b$(c)`d`'\"", false);
	check_glob("a*b?c[d]", "a[*]b[?]c[[]d]", false);
	check_glob("a\\b", "a\\\\b", false);
	check_glob("a\nb\tc\033", "a?b?c?", false);
	check_glob("\303\251t\303\251", "\303\251t\303\251", false);
	check_glob("\303\251t\303\251", "*t*", true);
	check_glob("x\377\376y", "x*y", false);
	check_glob("\342\200\256x", "*x", false);
	memset(name, '*', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	kxt_complete_glob(glob, name, false);
	assert_int_equal(strlen(glob), 3 * strlen(name));
}

static char proc[] = "/tmp/kvmexittop-test-XXXXXX";

static void make_dirs(char *path)
{
	for (char *p = path + strlen(proc) + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		assert_true(mkdir(path, 0700) == 0 || errno == EEXIST);
		*p = '/';
	}
}

static void put_file(const char *name, const char *content)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", proc, name);
	make_dirs(path);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(content, f);
	fclose(f);
}

static void put_link(const char *name, const char *target)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", proc, name);
	make_dirs(path);
	assert_int_equal(symlink(target, path), 0);
}

static int note(void *arg, uint32_t pid)
{
	char *found = arg;

	assert_true(pid < 100);
	found[pid] = 'x';
	return 0;
}

static int only_one(void *arg, uint32_t pid)
{
	(void)pid;
	(*(int *)arg)++;
	return 7;
}

static void test_scan(void **state)
{
	char found[101] = "";
	char command[128];
	int calls = 0;

	(void)state;
	memset(found, '.', 100);
	assert_non_null(mkdtemp(proc));
	/* files can be seen: they tell, whatever the names are */
	put_link("10/fd/5", "anon_inode:[eventfd]");
	put_link("10/fd/6", "anon_inode:kvm-vm");
	put_link("11/fd/5", "anon_inode:kvm-vcpu:0");
	put_link("11/fd/6", "anon_inode:kvm-vm-not");
	put_file("11/comm", "qemu-system-x86\n");
	put_file("11/task/11/comm", "CPU 0/KVM\n");
	/* they cannot: the program's name or those of its threads do */
	put_file("20/comm", "qemu-system-x86\n");
	put_file("21/comm", "qemu-kvm\n");
	put_file("22/comm", "kvm\n");
	put_file("23/comm", "kvm-nx-lpage-recovery\n");
	put_file("24/comm", "qemu-img\n");
	put_file("30/comm", "own\n");
	put_file("30/task/30/comm", "own\n");
	put_file("30/task/31/comm", "CPU 12/KVM\n");
	put_file("32/task/32/comm", "CPU 12/KVMs\n");
	put_file("33/task/33/comm", "CPU 12/TCG\n");
	put_file("34/task/35/comm", "fc_vcpu 0\n");
	put_file("36/task/37/comm", "vcpu1\n");
	put_file("38/task/39/comm", "kvm-vcpu-3\n");
	put_file("40/task/41/comm", "crosvm_vcpu0\n");
	put_file("42/task/43/comm", "");
	put_file("44/other", "");
	/* no processes */
	put_file("self/comm", "kvm\n");
	put_file("50x/comm", "kvm\n");
	put_file("0/comm", "kvm\n");
	assert_int_equal(kxt_vm_scan(proc, note, found), 0);
	for (int pid = 0; pid < 100; pid++)
		assert_int_equal(found[pid] == 'x', pid == 10 || (pid >= 20 && pid <= 22) ||
				 pid == 30 || pid == 34 || pid == 36 || pid == 38 ||
				 pid == 40);
	assert_int_equal(kxt_vm_scan(proc, only_one, &calls), 7);
	assert_int_equal(calls, 1);
	snprintf(command, sizeof(command), "rm -r %s", proc);
	assert_int_equal(system(command), 0);
	assert_int_equal(kxt_vm_scan(proc, note, found), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_help),
		cmocka_unit_test(test_help_bounds),
		cmocka_unit_test(test_glob),
		cmocka_unit_test(test_scan),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
