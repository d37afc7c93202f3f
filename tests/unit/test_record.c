// SPDX-License-Identifier: GPL-2.0-only
/* kvmexittop record, as a process of its own: options, files, limits, ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "user/cmd.h"
#include "user/rec/recording.h"

#define SEC		1000000000ULL
#define MAX_ARGS	24

static char dir[] = "/tmp/kvmexittop-record-XXXXXX";
static char file[sizeof(dir) + 16], said[sizeof(dir) + 16];

static int make_dir(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(file, sizeof(file), "%s/file", dir);
	snprintf(said, sizeof(said), "%s/said", dir);
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	unlink(file);
	unlink(said);
	return rmdir(dir);
}

static int remove_file(void **state)
{
	(void)state;
	unlink(file);
	return 0;
}

/* Never returns; what it says is in a file. @limit: bytes that a file may have. */
static void child(char **argv, int argc, rlim_t limit)
{
	int fd = open(said, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	dup2(fd, STDERR_FILENO);
	dup2(fd, STDOUT_FILENO);
	if (limit) {
		struct rlimit r = { limit, limit };

		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &r);
	}
	optind = 0;
	_exit(kxt_cmd_record(argc, argv));
}

/* "record" with the words of @line; returns its process. */
static pid_t start(const char *line, rlim_t limit)
{
	static char copy[512];
	char *argv[MAX_ARGS + 1] = { "record" }, *save = NULL;
	int argc = 1;
	pid_t pid;

	snprintf(copy, sizeof(copy), "%s", line);
	for (char *word = strtok_r(copy, " ", &save); word && argc < MAX_ARGS;
	     word = strtok_r(NULL, " ", &save))
		argv[argc++] = strcmp(word, "FILE") ? word : file;
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		child(argv, argc, limit);
	return pid;
}

static int finish(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void check_said(const char *text)
{
	char all[4096] = "";
	FILE *f = fopen(said, "r");
	size_t len;

	assert_non_null(f);
	len = fread(all, 1, sizeof(all) - 1, f);
	fclose(f);
	all[len] = '\0';
	if (!strstr(all, text))
		fail_msg("'%s' is not in: %s", text, all);
}

static struct kxt_recording *open_file(unsigned int frames)
{
	struct kxt_recording *r = NULL;
	struct kxt_err err = { 0 };

	if (kxt_recording_open(&r, file, &err))
		fail_msg("%s", err.msg);
	if (frames)
		assert_int_equal(kxt_recording_frames(r), frames);
	return r;
}

static void test_options(void **state)
{
	(void)state;
	assert_int_equal(finish(start("-C fake:two", 0)), 2);
	check_said("-o FILE is missing");
	assert_int_equal(finish(start("-C fake:two -o FILE -i 0.001", 0)), 2);
	check_said("-i wants seconds, 0.01 to 86400");
	assert_int_equal(finish(start("-C fake:two -o FILE -d 1 -- true", 0)), 2);
	check_said("either -d or a command");
	assert_int_equal(finish(start("-C fake:two -o FILE --max-size 63K", 0)), 2);
	assert_int_equal(finish(start("-C fake:two -o FILE --max-size 99999999999G", 0)), 2);
	assert_int_equal(finish(start("-C fake:two -o FILE --max-size 1MB", 0)), 2);
	check_said("a number with K, M or G, 64K at least, not '1MB'");
	assert_int_equal(finish(start("-C fake:two -o FILE --over 5", 0)), 2);
	check_said("has no unit");
	assert_int_equal(finish(start("-C fake:two -o FILE x", 0)), 2);
	assert_int_equal(finish(start("-C fake:nokvm -o FILE -d 1", 0)), 3);
	assert_int_equal(access(file, F_OK), -1);
	assert_int_equal(finish(start("-C fake:two -o /nonexistent/x -d 1", 0)), 1);
	check_said("cannot write /nonexistent/x: No such file");
}

static void test_file(void **state)
{
	struct kxt_recording *r;
	struct kxt_snapshot s;
	struct kxt_err err;
	struct stat st;

	(void)state;
	assert_int_equal(finish(start("-C fake:two -o FILE -d 5 -i 2", 0)), 0);
	check_said("recorded 4 frames, 5.0 s, ");
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	r = open_file(4);
	assert_null(kxt_recording_trouble(r));
	assert_string_equal(kxt_recording_host(r)->collector, "fake");
	assert_string_equal(kxt_recording_host(r)->host, "fakehost");
	assert_string_equal(kxt_recording_host(r)->boot_id, "");
	assert_int_equal(kxt_recording_host(r)->interval_ns, 2 * SEC);
	assert_false(kxt_recording_host(r)->details);
	assert_int_equal(kxt_recording_host(r)->over_ns, UINT64_MAX);
	assert_int_equal(kxt_recording_time(r, 3) - kxt_recording_time(r, 0), 5 * SEC);
	kxt_snapshot_init(&s);
	assert_int_equal(kxt_recording_frame(r, 3, &s, &err), 0);
	assert_int_equal(s.nr, 6);
	assert_string_equal(kxt_vm_names_get(kxt_recording_names(r), 2305), "db1");
	kxt_snapshot_free(&s);
	kxt_recording_close(r);
	/* It is not overwritten by mistake. */
	assert_int_equal(finish(start("-C fake:two -o FILE -d 1", 0)), 1);
	check_said("is there already. Choose another name, or overwrite it with --force.");
	kxt_recording_close(open_file(4));
	assert_int_equal(finish(start("-C fake:two -o FILE -d 1 -f", 0)), 0);
	kxt_recording_close(open_file(2));
}

/* The same file each time. */
static void test_repeatable(void **state)
{
	static char first[100000], second[100000];
	size_t len;
	FILE *f;

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(finish(start("-C fake:two -o FILE -d 20 -f --details --over 100us",
					      0)), 0);
		f = fopen(file, "r");
		assert_non_null(f);
		len = fread(i ? second : first, 1, sizeof(first), f);
		fclose(f);
		assert_true(len > 1000 && len < sizeof(first));
	}
	assert_memory_equal(first, second, sizeof(first));
}

static int count_slow(void *arg, const struct kxt_slow *slow)
{
	unsigned int *nr = arg;

	assert_string_equal(slow->name, "db1");
	assert_true(kxt_slow_service_ns(&slow->ev) >= 100000);
	++*nr;
	return 0;
}

static int sum_slow(void *arg, const struct kxt_slow *slow)
{
	*(unsigned int *)arg += slow->ev.type == KVMEXIT_EVENT_SLOW;
	return 0;
}

static void test_filter_and_extras(void **state)
{
	struct kxt_recording *r;
	struct kxt_snapshot s;
	struct kxt_err err;
	unsigned int nr = 0;
	uint64_t lost;

	(void)state;
	assert_int_equal(finish(start("-C fake:two -o FILE -d 20 --vm db* --details --over 100us",
				      0)), 0);
	r = open_file(21);
	kxt_snapshot_init(&s);
	assert_int_equal(kxt_recording_frame(r, 20, &s, &err), 0);
	assert_int_equal(s.nr, 4);
	for (unsigned int i = 0; i < s.nr; i++) {
		assert_int_equal(s.vcpu[i].pid, 2305);
		assert_true(s.vcpu[i].nr_details > 0);
	}
	assert_true(s.details);
	assert_int_equal(kxt_recording_slow(r, 0, 20, count_slow, &nr, &lost, &err), 0);
	assert_true(nr > 3);
	kxt_snapshot_free(&s);
	kxt_recording_close(r);
	assert_int_equal(finish(start("-C fake:two -o FILE -d 1 -f -p 4711", 0)), 0);
	check_said("no VM matched -p or --vm");
	assert_int_equal(finish(start("-C fake:lost -o FILE -d 60 -f --over 0ns", 0)), 0);
	check_said("slow exits: ");
	r = open_file(61);
	assert_int_equal(kxt_recording_slow(r, 0, 60, sum_slow, &nr, &lost, &err), 0);
	/* One of four is lost on the way. */
	assert_true(lost > 0 && lost < nr);
	kxt_recording_close(r);
}

/* Slots get other vCPUs between two frames: those that nobody saw end are there. */
static void test_long_interval(void **state)
{
	struct kxt_recording *r;
	struct kxt_snapshot s;
	struct kxt_err err;

	(void)state;
	assert_int_equal(finish(start("-C fake:reuse -o FILE -d 20 -i 10", 0)), 0);
	r = open_file(3);
	kxt_snapshot_init(&s);
	assert_int_equal(kxt_recording_window(r, 0, 2, &s, &err), 0);
	/* 6, of them 2 that are reused each 2 s. */
	assert_true(s.nr >= 4 + 2 * 10);
	kxt_snapshot_free(&s);
	kxt_recording_close(r);
}

/* A recording as the collector: its clock comes to an end, and so does what is made of it. */
static void test_recording_of_recording(void **state)
{
	static char again[sizeof(file) + 4], line[256];
	struct kxt_recording *r;

	(void)state;
	snprintf(again, sizeof(again), "%s.1", file);
	assert_int_equal(finish(start("-C fake:two -o FILE -d 20", 0)), 0);
	assert_int_equal(rename(file, again), 0);
	snprintf(line, sizeof(line), "-C %s -o FILE", again);
	assert_int_equal(finish(start(line, 0)), 0);
	r = open_file(21);
	assert_string_equal(kxt_recording_host(r)->host, "fakehost");
	kxt_recording_close(r);
	unlink(again);
}

static void test_command(void **state)
{
	struct kxt_recording *r;

	(void)state;
	assert_int_equal(finish(start("-C fake:two -o FILE -- sh -c exit\t7", 0)), 7);
	check_said("ended with exit status 7");
	r = open_file(2);
	assert_null(kxt_recording_trouble(r));
	kxt_recording_close(r);
	/* One that cannot be started leaves nothing behind. */
	unlink(file);
	assert_int_equal(finish(start("-C fake:two -o FILE -- /nonexistent/command", 0)), 1);
	check_said("cannot run /nonexistent/command");
	assert_int_equal(access(file, F_OK), -1);
}

/* The limit ends it; so does a disk without room: what is there can be read. */
static void test_limits(void **state)
{
	struct kxt_recording *r;
	struct stat st;

	(void)state;
	assert_int_equal(finish(start("-C fake:many,vms=9 -o FILE --details --max-size 64K", 0)),
			 0);
	check_said("the recording ended early, at --max-size");
	assert_int_equal(stat(file, &st), 0);
	assert_true(st.st_size <= 64 << 10);
	r = open_file(0);
	assert_null(kxt_recording_trouble(r));
	kxt_recording_close(r);
	assert_int_equal(finish(start("-C fake:two -o FILE -f", 50000)), 1);
	check_said("File too large. What was written before can be read.");
	assert_int_equal(stat(file, &st), 0);
	assert_true(st.st_size < 50000 && st.st_size > 10000);
	r = open_file(0);
	assert_non_null(strstr(kxt_recording_trouble(r), "was not ended"));
	kxt_recording_close(r);
	assert_int_equal(finish(start("-C fake:two -o /dev/full -f -d 60", 0)), 1);
	check_said("No space left on device");
}

static void wait_for_size(off_t size)
{
	const struct timespec nap = { .tv_nsec = 2000000 };
	struct stat st = { 0 };

	for (unsigned int i = 0; i < 10000; i++) {
		if (stat(file, &st) == 0 && st.st_size > size)
			return;
		nanosleep(&nap, NULL);
	}
	fail_msg("nothing is recorded");
}

/* However it ends: a signal is the usual way, SIGKILL leaves all whole blocks. */
static void test_signals(void **state)
{
	struct kxt_recording *r;
	pid_t pid = start("-C fake:two -o FILE", 0);

	(void)state;
	wait_for_size(20000);
	kill(pid, SIGTERM);
	assert_int_equal(finish(pid), 0);
	r = open_file(0);
	assert_null(kxt_recording_trouble(r));
	kxt_recording_close(r);
	unlink(file);
	pid = start("-C fake:two -o FILE", 0);
	wait_for_size(20000);
	kill(pid, SIGKILL);
	assert_int_equal(finish(pid), -SIGKILL);
	r = open_file(0);
	assert_non_null(strstr(kxt_recording_trouble(r), "was not ended"));
	assert_true(kxt_recording_frames(r) > 10);
	kxt_recording_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_options, remove_file),
		cmocka_unit_test_teardown(test_file, remove_file),
		cmocka_unit_test_teardown(test_repeatable, remove_file),
		cmocka_unit_test_teardown(test_filter_and_extras, remove_file),
		cmocka_unit_test_teardown(test_long_interval, remove_file),
		cmocka_unit_test_teardown(test_recording_of_recording, remove_file),
		cmocka_unit_test_teardown(test_command, remove_file),
		cmocka_unit_test_teardown(test_limits, remove_file),
		cmocka_unit_test_teardown(test_signals, remove_file),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
