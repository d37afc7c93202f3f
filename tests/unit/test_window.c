// SPDX-License-Identifier: GPL-2.0-only
/*
 * A command beside a reader: what it has, what the reader has left then, and how both
 * end. dump and slow run one in the same way.
 */
#include "confine_child.h"

#include <fcntl.h>
#include <signal.h>

#include "user/cmd_slow_run.h"
#include "user/window.h"

#ifdef KXT_HAVE_SECCOMP
#define FILTERED	2
#else
#define FILTERED	0
#endif

/* The command's end of a pipe: it reads there, or writes. */
#define TO_COMMAND	9
#define FROM_COMMAND	8

#define MARK	"the reader:\n"
#define GREP	"grep -E '^(Cap|NoNew|Seccomp:)' /proc/"

/* In the child: how often @started was called. */
static unsigned int starts;

/**
 * struct outcome - of a run
 * @ret: what it returned
 * @err: with which error
 * @status: of the command
 */
struct outcome {
	int ret;
	struct kxt_err err;
	int status;
};

/**
 * struct what - what is run
 * @command: command, may be NULL
 * @started: callback
 */
struct what {
	char **command;
	int (*started)(void *arg, struct kxt_err *err);
};

static void open_fake(struct kxt_collector *c)
{
	struct kxt_err err;

	CHECK(kxt_collector_open(c, "fake:two", &err) == 0);
}

static struct outcome run_window(const struct what *what)
{
	struct kxt_snapshot from;
	struct kxt_collector c;
	struct outcome o;
	struct kxt_window w = {
		.c = &c, .from = &from, .length_ns = 1000000000, .command = what->command,
		.started = what->started, .started_arg = &starts,
	};

	memset(&o, 0, sizeof(o));
	open_fake(&c);
	kxt_snapshot_init(&from);
	kxt_snapshot_init(&w.delta);
	CHECK(c.ops->snapshot(&c, &from, &o.err) == 0);
	o.ret = kxt_window_run(&w, &o.err);
	o.status = w.command_status;
	/* However short, a second of the collector's clock has passed. */
	CHECK(o.ret || w.delta.nr > 0);
	kxt_snapshot_free(&w.delta);
	kxt_snapshot_free(&from);
	kxt_collector_close(&c);
	return o;
}

static struct outcome run_slow(const struct what *what)
{
	struct kxt_filter filter = { 0 };
	struct kxt_collector c;
	struct outcome o;
	struct kxt_slow_run w = {
		.c = &c, .filter = &filter, .over_ns = 1000, .count = what->command ? 0 : 1,
		.command = what->command,
		.started = what->started, .started_arg = &starts,
	};

	memset(&o, 0, sizeof(o));
	open_fake(&c);
	w.out = fopen("/dev/null", "we");
	CHECK(w.out);
	o.ret = kxt_slow_run(&w, &o.err);
	o.status = w.command_status;
	CHECK(o.ret || w.seen > 0);
	fclose(w.out);
	kxt_collector_close(&c);
	return o;
}

static struct outcome (*const runs[])(const struct what *what) = { run_window, run_slow };

#define NR_RUNS	(sizeof(runs) / sizeof(runs[0]))

/* Which of them the child runs. */
static size_t run_nr;

static int drop(void *arg, struct kxt_err *err)
{
	++*(unsigned int *)arg;
	return kxt_confine_reader(KXT_CONFINE_KEEP_KILL, err);
}

/*
 * The command gets @fd, which is end @end of a pipe, and writes where say() does. Returns
 * our end.
 */
static int open_pipe(int fd, int end)
{
	int both[2];

	CHECK(pipe2(both, O_CLOEXEC) == 0);
	CHECK(dup2(both[end], fd) == fd);
	CHECK(dup2(child_out, STDOUT_FILENO) == STDOUT_FILENO);
	return both[!end];
}

static int to_command;

static int drop_and_tell(void *arg, struct kxt_err *err)
{
	int ret = drop(arg, err);

	CHECK(write(to_command, "\n", 1) == 1);
	return ret;
}

static void show_both(const void *arg)
{
	/* It looks when we have dropped what we had. */
	char script[] = "read x <&9; " GREP "self/status; echo " MARK GREP "$PPID/status";
	char *command[] = { "sh", "-c", script, NULL };
	const struct what what = { .command = command, .started = drop_and_tell };
	struct outcome o;

	(void)arg;
	to_command = open_pipe(TO_COMMAND, 0);
	o = runs[run_nr](&what);
	if (o.ret)
		say(o.err.msg);
	CHECK(o.ret == 0 && o.status == 0 && starts == 1);
}

static void scan_said(char *text, struct status *s)
{
	FILE *f = fmemopen(text, strlen(text), "r");

	assert_non_null(f);
	scan_status(f, s);
	fclose(f);
}

static void check_command(const struct status *s, const struct status *our, bool root)
{
	/* As if we had not been there: uid 0 has all that it can have. */
	assert_int_equal(s->prm, root ? our->bnd : 0);
	assert_int_equal(s->eff, root ? our->bnd : 0);
	assert_int_equal(s->inh, our->inh);
	assert_int_equal(s->bnd, our->bnd);
	assert_int_equal(s->no_new_privs, our->no_new_privs);
	assert_int_equal(s->seccomp, our->seccomp);
}

static void check_reader(const struct status *s, const struct status *our, bool root)
{
	const unsigned long long left = root ? our->prm & BIT(CAP_KILL) : 0;

	assert_int_equal(s->prm, left);
	assert_int_equal(s->eff, left);
	assert_int_equal(s->inh, 0);
	assert_int_equal(s->amb, 0);
	assert_int_equal(s->no_new_privs, 1);
	if (our->seccomp == 0)
		assert_int_equal(s->seccomp, FILTERED);
}

static void test_status(void **state)
{
	static const uid_t uid[] = { 0, NOBODY };
	struct status our, command, reader;

	(void)state;
	read_status(getpid(), &our);
	for (size_t i = 0; i < 2 * NR_RUNS; i++) {
		struct child c = { .uid = uid[i / NR_RUNS], .after = show_both };
		bool root = geteuid() == 0 && c.uid == 0;
		char *mark;

		run_nr = i % NR_RUNS;
		run_well(&c);
		mark = strstr(c.said, MARK);
		assert_non_null(mark);
		scan_said(mark, &reader);
		*mark = '\0';
		scan_said(c.said, &command);
		check_command(&command, &our, root);
		check_reader(&reader, &our, root);
	}
}

static void run_private(const void *path)
{
	char program[64];
	char *command[] = { program, NULL };
	const struct what what = { .command = command, .started = drop };
	struct outcome o;

	snprintf(program, sizeof(program), "%s", (const char *)path);
	o = runs[run_nr](&what);
	if (o.ret)
		say(o.err.msg);
	CHECK(o.ret == 0 && WIFEXITED(o.status) && WEXITSTATUS(o.status) == 5);
}

/* A program that only @owner may get at; false if that cannot be made here. */
static bool make_private_program(char *dir, char *path, size_t size, uid_t owner)
{
	FILE *f;

	assert_non_null(mkdtemp(dir));
	snprintf(path, size, "%s/program", dir);
	f = fopen(path, "we");
	assert_non_null(f);
	fputs("#!/bin/sh\nexit 5\n", f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0700), 0);
	assert_int_equal(chown(path, owner, owner), 0);
	assert_int_equal(chown(dir, owner, owner), 0);
	return access(path, X_OK) == 0;
}

/* "sudo kvmexittop dump -- ./start-vm" where nobody else may look. */
static void test_private_command(void **state)
{
	char dir[] = "/tmp/kvmexittop-test-XXXXXX", path[64];
	struct child c[NR_RUNS];
	bool possible;

	(void)state;
	need_root();
	if (!mine(BIT(CAP_DAC_OVERRIDE)))
		leave_out("root has no CAP_DAC_OVERRIDE here");
	possible = make_private_program(dir, path, sizeof(path), NOBODY);
	for (run_nr = 0; possible && run_nr < NR_RUNS; run_nr++) {
		c[run_nr] = (struct child){ .after = run_private, .arg = path };
		run_child(&c[run_nr]);
	}
	unlink(path);
	rmdir(dir);
	if (!possible)
		leave_out("programs in /tmp cannot be run here");
	for (size_t i = 0; i < NR_RUNS; i++)
		expect_well(&c[i]);
}

static int from_command;

/* Ctrl-C, when the command is who it wants to be. */
static int drop_and_interrupt(void *arg, struct kxt_err *err)
{
	int ret = drop(arg, err);
	char byte;

	CHECK(read(from_command, &byte, 1) == 1);
	CHECK(kill(getpid(), SIGINT) == 0);
	return ret;
}

static void expect_no_child(void)
{
	CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
}

static void interrupt(const void *prefix)
{
	char script[256];
	char *command[] = { "sh", "-c", script, NULL };
	const struct what what = { .command = command, .started = drop_and_interrupt };
	struct outcome o;

	snprintf(script, sizeof(script), "exec %s sh -c 'echo >&8; exec sleep 60.4321'",
		 (const char *)prefix);
	/* Who started us in the background had it ignored. */
	CHECK(signal(SIGINT, SIG_DFL) != SIG_ERR);
	from_command = open_pipe(FROM_COMMAND, 1);
	o = runs[run_nr](&what);
	if (o.ret)
		say(o.err.msg);
	CHECK(o.ret == 0 && o.status == 0 && starts == 1);
	expect_no_child();
}

static void test_interrupt(void **state)
{
	static const char as_nobody[] = "setpriv --reuid=65534 --regid=65534 --clear-groups";
	struct child c = { .after = interrupt };

	(void)state;
	for (run_nr = 0; run_nr < NR_RUNS; run_nr++) {
		c.arg = "";
		run_well(&c);
		/* Whoever the command has become, it is ended. */
		c.arg = as_nobody;
		if (geteuid() == 0 && mine(BIT(CAP_KILL)))
			run_well(&c);
	}
	if (geteuid() || !mine(BIT(CAP_KILL)))
		leave_out("a command of another user: it takes root and CAP_KILL");
}

static void end_by_signal(const void *arg)
{
	char *command[] = { "sh", "-c", "kill -KILL $$", NULL };
	const struct what what = { .command = command, .started = drop };
	struct outcome o = runs[run_nr](&what);

	(void)arg;
	CHECK(o.ret == 0 && WIFSIGNALED(o.status) && WTERMSIG(o.status) == SIGKILL);
}

static void test_command_is_killed(void **state)
{
	struct child c = { .after = end_by_signal };

	(void)state;
	for (run_nr = 0; run_nr < NR_RUNS; run_nr++)
		run_well(&c);
}

static int cannot_drop(void *arg, struct kxt_err *err)
{
	++*(unsigned int *)arg;
	return kxt_err_set(err, KXT_EXIT_RUNTIME, "cannot drop it");
}

static void end_undropped(const void *arg)
{
	char *command[] = { "sleep", "60.4321", NULL };
	const struct what what = { .command = command, .started = cannot_drop };
	struct outcome o = runs[run_nr](&what);

	(void)arg;
	CHECK(o.ret == -1 && o.err.status == KXT_EXIT_RUNTIME);
	CHECK(strcmp(o.err.msg, "cannot drop it") == 0);
	CHECK(starts == 1);
	expect_no_child();
}

/* Nothing goes on with what was to be given up, and the command does not stay behind. */
static void test_not_dropped(void **state)
{
	struct child c = { .after = end_undropped };

	(void)state;
	for (run_nr = 0; run_nr < NR_RUNS; run_nr++)
		run_well(&c);
}

static void start_nothing(const void *arg)
{
	char *command[] = { "/nowhere/command", NULL };
	const struct what missing = { .command = command, .started = cannot_drop };
	const struct what none = { .started = cannot_drop };
	struct outcome o = runs[run_nr](&missing);

	(void)arg;
	CHECK(o.ret == -1 && o.err.status == KXT_EXIT_RUNTIME);
	CHECK(strstr(o.err.msg, "cannot run /nowhere/command: No such file"));
	expect_no_child();
	o = runs[run_nr](&none);
	CHECK(o.ret == 0 && starts == 0);
}

static void test_not_started(void **state)
{
	struct child c = { .after = start_nothing };

	(void)state;
	for (run_nr = 0; run_nr < NR_RUNS; run_nr++)
		run_well(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_private_command),
		cmocka_unit_test(test_interrupt),
		cmocka_unit_test(test_command_is_killed),
		cmocka_unit_test(test_not_dropped),
		cmocka_unit_test(test_not_started),
	};

	return cmocka_run_group_tests_name("window", tests, NULL, NULL);
}
