// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/json.h"
#include "tests/unit/slow_event.h"
#include "user/cmd.h"
#include "user/cmd_slow_run.h"

/*
 * A collector in our time, whose slow exits come through a pipe.
 */
static struct {
	int pipe[2];
	bool kvm;
	uint64_t over_ns;
	uint64_t lost;
	uint64_t storm;
	int signal;
	unsigned int snapshots;
	struct kxt_collector c;
	struct kxt_slow_run run;
	struct kxt_filter filter;
	char *text;
	size_t len;
} t;

static int pipe_snapshot(struct kxt_collector *c, struct kxt_snapshot *out,
			 struct kxt_err *err)
{
	struct kxt_vcpu *v;

	(void)c;
	(void)err;
	kxt_snapshot_free(out);
	out->kvm_present = t.kvm;
	/* one more each time */
	for (unsigned int i = 0; i <= t.snapshots; i++) {
		v = add_vcpu(out, i, 1, 0);
		v->knows = KXT_KNOWS_ALL;
	}
	t.snapshots++;
	return 0;
}

static int pipe_slow(struct kxt_collector *c, uint64_t over_ns, struct kxt_err *err)
{
	(void)c;
	(void)err;
	t.over_ns = over_ns;
	if (t.signal && over_ns != UINT64_MAX)
		kill(getpid(), t.signal);
	return 0;
}

static int pipe_slow_fd(struct kxt_collector *c)
{
	(void)c;
	return t.pipe[0];
}

static int pipe_slow_read(struct kxt_collector *c, struct kvmexit_event *event,
			  unsigned int max, uint64_t *lost, struct kxt_err *err)
{
	unsigned int nr = t.storm < max ? (unsigned int)t.storm : max;
	ssize_t got;

	(void)c;
	(void)err;
	*lost += t.lost;
	t.lost = 0;
	for (unsigned int i = 0; i < nr; i++)
		event[i] = make_event(t.storm--);
	if (nr)
		return (int)nr;
	got = read(t.pipe[0], event, max * sizeof(*event));
	return got < 0 ? 0 : (int)(got / (ssize_t)sizeof(*event));
}

static struct kxt_collector_ops pipe_ops;

static int set_up(void **state)
{
	(void)state;
	memset(&t, 0, sizeof(t));
	pipe_ops = (struct kxt_collector_ops) {
		.name = "pipe",
		.snapshot = pipe_snapshot,
		.slow = pipe_slow,
		.slow_fd = pipe_slow_fd,
		.slow_read = pipe_slow_read,
	};
	t.kvm = true;
	t.c.ops = &pipe_ops;
	t.c.names = kxt_vm_names_new(NULL);
	t.run = (struct kxt_slow_run) { .c = &t.c, .filter = &t.filter,
					.over_ns = MS, .json = true };
	t.run.out = open_memstream(&t.text, &t.len);
	return pipe2(t.pipe, O_NONBLOCK | O_CLOEXEC);
}

static int tear_down(void **state)
{
	(void)state;
	fclose(t.run.out);
	free(t.text);
	close(t.pipe[0]);
	close(t.pipe[1]);
	kxt_vm_names_free(t.c.names);
	return 0;
}

static void push(uint64_t time_ns, uint32_t slot)
{
	struct kvmexit_event ev = make_event(time_ns);

	ev.slot = slot;
	ev.pid = 100 + slot;
	assert_int_equal(write(t.pipe[1], &ev, sizeof(ev)), sizeof(ev));
}

/* Times of what was printed, and the lines about losses. */
static void check_printed(const char *want)
{
	char have[256] = "", *line = t.text, *end;
	uint64_t first = 0;

	for (; line && (end = strchr(line, '\n')); line = end + 1) {
		json_t *root = json_loadb(line, end - line, 0, NULL);
		json_t *lost = json_object_get(root, "lost");
		size_t len = strlen(have);

		if (lost) {
			snprintf(have + len, sizeof(have) - len, " lost %lld",
				 json_integer_value(lost));
		} else {
			uint64_t time_ns = get_u64(root, "time_ns");

			/* in wall-clock time: only differences are known */
			first = first ? first : time_ns;
			snprintf(have + len, sizeof(have) - len, " %lld/%llu",
				 (long long)(time_ns - first),
				 (unsigned long long)get_u64(root, "pid"));
		}
		json_decref(root);
	}
	assert_string_equal(have, want);
}

/* Nanoseconds since 1970, though the records have the time since boot. */
static void check_wall_clock(uint64_t time_ns)
{
	struct timespec real, mono;
	int64_t late;

	clock_gettime(CLOCK_REALTIME, &real);
	clock_gettime(CLOCK_MONOTONIC, &mono);
	late = (int64_t)real.tv_sec - mono.tv_sec - (int64_t)(time_ns / SEC);
	assert_in_range(late + 60, 0, 120);
}

static void test_run_count(void **state)
{
	struct kxt_err err;
	json_t *first;

	(void)state;
	push(1300, 0);
	push(1100, 1);
	push(1200, 0);
	push(1400, 0);
	t.run.count = 3;
	assert_int_equal(kxt_slow_run(&t.run, &err), 0);
	check_printed(" 0/101 100/100 200/100");
	assert_int_equal(t.run.seen, 4);
	assert_int_equal(t.run.shown, 3);
	assert_int_equal(t.run.lost, 0);
	assert_false(t.run.unread);
	/* switched off again */
	assert_true(t.over_ns == UINT64_MAX);
	/* slot 1 was not in the first snapshot */
	assert_int_equal(t.snapshots, 2);
	first = json_loads(t.text, JSON_DISABLE_EOF_CHECK, NULL);
	check_wall_clock(get_u64(first, "time_ns"));
	json_decref(first);
}

static void test_run_filter(void **state)
{
	struct kxt_err err;

	(void)state;
	push(1000, 0);
	push(1001, 1);
	push(1002, 0);
	t.filter.vm = "pid 10?";
	t.filter.pid = 101;
	t.lost = 7;
	t.run.length_ns = SEC / 10;
	assert_int_equal(kxt_slow_run(&t.run, &err), 0);
	check_printed(" lost 7 0/101");
	assert_int_equal(t.run.seen, 3);
	assert_int_equal(t.run.shown, 1);
	assert_int_equal(t.run.lost, 7);
}

/* More than fit in one batch, and nothing is left behind at the end. */
static void test_run_storm(void **state)
{
	struct kxt_err err;

	(void)state;
	pipe_ops.slow_fd = NULL;
	t.filter.pid = 999;	/* printing them is not what this is about */
	t.storm = 50000;
	t.run.length_ns = 1;
	assert_int_equal(kxt_slow_run(&t.run, &err), 0);
	assert_int_equal(t.run.seen, 50000);
	assert_int_equal(t.storm, 0);
}

/* One that does not end does not keep us from it. */
static void test_run_endless(void **state)
{
	struct kxt_err err;

	(void)state;
	pipe_ops.slow_fd = NULL;
	t.filter.pid = 999;
	t.storm = UINT64_MAX;
	t.run.length_ns = SEC / 20;
	assert_int_equal(kxt_slow_run(&t.run, &err), 0);
	assert_true(t.run.seen > 0);
	t.run.length_ns = 0;
	t.signal = SIGINT;
	assert_int_equal(kxt_slow_run(&t.run, &err), 0);
}

/* What is known of a vCPU nobody has seen is what is known of the others. */
static void test_run_gone(void **state)
{
	struct kxt_err err;
	json_t *root;

	(void)state;
	push(1000, 50);
	t.run.count = 1;
	assert_int_equal(kxt_slow_run(&t.run, &err), 0);
	root = json_loads(t.text, 0, NULL);
	check_if(root, "vmm_ns", true, 4 * MS);
	json_decref(root);
}

static void test_run_command(void **state)
{
	char *command[] = { "sh", "-c", "sleep 0.1; exit 5", NULL };
	struct kxt_err err;

	(void)state;
	push(1000, 0);
	t.run.command = command;
	/* it is not ended because we have seen enough */
	t.run.count = 1;
	assert_int_equal(kxt_slow_run(&t.run, &err), 0);
	check_printed(" 0/100");
	assert_true(WIFEXITED(t.run.command_status));
	assert_int_equal(WEXITSTATUS(t.run.command_status), 5);
}

static void test_run_command_missing(void **state)
{
	char *command[] = { "/nowhere/command", NULL };
	struct kxt_err err;

	(void)state;
	t.run.command = command;
	assert_int_equal(kxt_slow_run(&t.run, &err), -1);
	assert_int_equal(err.status, KXT_EXIT_RUNTIME);
	assert_non_null(strstr(err.msg, "/nowhere/command"));
}

static void test_run_signal(void **state)
{
	char *command[] = { "sleep", "60.4321", NULL };
	struct kxt_err err;

	(void)state;
	t.signal = SIGINT;
	assert_int_equal(kxt_slow_run(&t.run, &err), 0);
	t.signal = SIGTERM;
	t.run.command = command;
	assert_int_equal(kxt_slow_run(&t.run, &err), 0);
	assert_int_equal(t.run.command_status, 0);
	/* it got SIGTERM and was waited for */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

/* A reader that leaves is no error, whether there is something to write or not. */
static void test_run_unread(void **state)
{
	struct kxt_err err;
	int out[2];

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		FILE *old = t.run.out;

		assert_int_equal(pipe2(out, O_CLOEXEC), 0);
		t.run.out = fdopen(out[1], "w");
		close(out[0]);
		if (i)
			push(1000, 0);
		assert_int_equal(kxt_slow_run(&t.run, &err), 0);
		assert_true(t.run.unread);
		fclose(t.run.out);
		t.run.out = old;
	}
}

static void test_run_full_disk(void **state)
{
	FILE *old = t.run.out;
	struct kxt_err err;

	(void)state;
	push(1000, 0);
	t.run.out = fopen("/dev/full", "w");
	assert_non_null(t.run.out);
	assert_int_equal(kxt_slow_run(&t.run, &err), -1);
	assert_int_equal(err.status, KXT_EXIT_RUNTIME);
	assert_non_null(strstr(err.msg, "No space left"));
	fclose(t.run.out);
	t.run.out = old;
}

/* The collector goes: what it has left is printed first. */
static void test_run_collector_ends(void **state)
{
	struct kxt_err err;

	(void)state;
	push(1000, 0);
	close(t.pipe[1]);
	t.pipe[1] = -1;
	assert_int_equal(kxt_slow_run(&t.run, &err), -1);
	check_printed(" 0/100");
	assert_non_null(strstr(err.msg, "pipe gives no more"));
}

/* A collector whose exits have to be asked for. */
static void test_run_no_fd(void **state)
{
	struct kxt_err err;

	(void)state;
	pipe_ops.slow_fd = NULL;
	push(1000, 0);
	push(1001, 0);
	t.run.count = 2;
	assert_int_equal(kxt_slow_run(&t.run, &err), 0);
	check_printed(" 0/100 1/100");
}

static void test_refused(void **state)
{
	struct kxt_err err;

	(void)state;
	assert_int_equal(kxt_start_details(&t.c, &err), -1);
	assert_int_equal(err.status, KXT_EXIT_RUNTIME);
	assert_non_null(strstr(err.msg, "pipe cannot tell details"));
	t.kvm = false;
	assert_int_equal(kxt_slow_run(&t.run, &err), -1);
	assert_int_equal(err.status, KXT_EXIT_NO_COLLECTOR);
	assert_non_null(strstr(err.msg, "KVM is not loaded"));
	pipe_ops.slow = NULL;
	assert_int_equal(kxt_slow_run(&t.run, &err), -1);
	assert_int_equal(err.status, KXT_EXIT_NO_COLLECTOR);
	assert_non_null(strstr(err.msg, "pipe cannot tell slow exits"));
}

#define RUN(test)	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_run_count),
		RUN(test_run_filter),
		RUN(test_run_storm),
		RUN(test_run_endless),
		RUN(test_run_gone),
		RUN(test_run_command),
		RUN(test_run_command_missing),
		RUN(test_run_signal),
		RUN(test_run_unread),
		RUN(test_run_full_disk),
		RUN(test_run_collector_ends),
		RUN(test_run_no_fd),
		RUN(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
