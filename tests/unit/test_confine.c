// SPDX-License-Identifier: GPL-2.0-only
/* What is left of capabilities, and what can be done with it. */
#include "confine_child.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#ifdef KXT_HAVE_SECCOMP
#include <seccomp.h>
#endif

#ifdef KXT_HAVE_SECCOMP
#define FILTERED	2
#define FILTER_TEXT	"on"
#else
#define FILTERED	0
#define FILTER_TEXT	"off"
#endif

static int as_reader(struct kxt_err *err)
{
	return kxt_confine_reader(0, err);
}

static int as_tracer(struct kxt_err *err)
{
	return kxt_confine_reader(KXT_CONFINE_KEEP_PTRACE, err);
}

static int beside_command(struct kxt_err *err)
{
	return kxt_confine_reader(KXT_CONFINE_KEEP_KILL, err);
}

static void expect_no_caps(const struct status *s)
{
	assert_int_equal(s->inh, 0);
	assert_int_equal(s->prm, 0);
	assert_int_equal(s->eff, 0);
	assert_int_equal(s->amb, 0);
}

static void expect_text(const void *text)
{
	char buf[512];

	kxt_confine_text(buf, sizeof(buf));
	if (strcmp(buf, text))
		say(buf);
	CHECK(strcmp(buf, text) == 0);
}

static void test_reader(void **state)
{
	static const uid_t uid[] = { 0, NOBODY };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct child c = {
			.uid = uid[i], .confine = as_reader, .after = expect_text,
			.arg = "capabilities: none; no_new_privs: on; filter of system calls: "
			       FILTER_TEXT,
		};

		run_well(&c);
		expect_no_caps(&c.status);
		assert_int_equal(c.status.no_new_privs, 1);
		assert_int_equal(c.status.seccomp, FILTERED);
	}
}

/* Once more changes nothing: it is no error to have nothing to give up. */
static int as_reader_twice(struct kxt_err *err)
{
	return kxt_confine_reader(0, err) || kxt_confine_reader(0, err) ? -1 : 0;
}

static void test_reader_twice(void **state)
{
	struct child c = { .confine = as_reader_twice };

	(void)state;
	/* The first filter refuses capset, which the second call does not need. */
	run_well(&c);
	expect_no_caps(&c.status);
}

static int as_reader_with_ambient(struct kxt_err *err)
{
	static const cap_value_t caps[] = { CAP_NET_RAW, CAP_SYS_ADMIN };
	cap_t all = cap_get_proc();

	CHECK(cap_set_flag(all, CAP_INHERITABLE, 2, caps, CAP_SET) == 0);
	CHECK(cap_set_proc(all) == 0);
	cap_free(all);
	CHECK(cap_set_ambient(CAP_SYS_ADMIN, CAP_SET) == 0);
	CHECK(cap_get_ambient(CAP_SYS_ADMIN) == 1);
	return kxt_confine_reader(0, err);
}

static void test_ambient(void **state)
{
	struct child c = { .confine = as_reader_with_ambient };

	(void)state;
	need_root();
	if (mine(BIT(CAP_SYS_ADMIN) | BIT(CAP_NET_RAW)) !=
	    (BIT(CAP_SYS_ADMIN) | BIT(CAP_NET_RAW)))
		leave_out("root has no CAP_SYS_ADMIN and CAP_NET_RAW here");
	run_well(&c);
	expect_no_caps(&c.status);
}

/* A process of another user that sleeps. */
static pid_t start_sleeper(void)
{
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (setresgid(NOBODY, NOBODY, NOBODY) || setresuid(NOBODY, NOBODY, NOBODY) ||
		    prctl(PR_SET_DUMPABLE, 1) || write(ready[1], "r", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static void end_sleeper(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void can_end(const void *pid)
{
	CHECK(kill(*(const pid_t *)pid, SIGTERM) == 0);
}

static void cannot_end(const void *pid)
{
	CHECK(kill(*(const pid_t *)pid, SIGTERM) < 0 && errno == EPERM);
}

static void test_end_command(void **state)
{
	struct child without = { .confine = as_reader, .after = cannot_end };
	struct child with = { .confine = beside_command, .after = can_end };
	pid_t pid;

	(void)state;
	need_root();
	if (!mine(BIT(CAP_KILL)))
		leave_out("root has no CAP_KILL here");
	pid = start_sleeper();
	with.arg = without.arg = &pid;
	run_child(&without);
	run_child(&with);
	end_sleeper(pid);
	expect_well(&without);
	expect_well(&with);
	assert_int_equal(with.status.prm, BIT(CAP_KILL));
	assert_int_equal(with.status.eff, BIT(CAP_KILL));
	assert_int_equal(with.status.inh, 0);
	assert_int_equal(with.status.amb, 0);
	assert_int_equal(with.status.no_new_privs, 1);
	assert_int_equal(with.status.seccomp, FILTERED);
}

/* What the module's collector looks at, user/thread.c. */
static int open_syscall(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task/%d/syscall", (int)pid, (int)pid);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static void can_look(const void *pid)
{
	char path[64], line[128];
	int fd = open_syscall(*(const pid_t *)pid);

	CHECK(fd >= 0);
	CHECK(read(fd, line, sizeof(line)) > 0);
#ifdef KXT_HAVE_SECCOMP
	snprintf(path, sizeof(path), "/proc/%d/mem", (int)*(const pid_t *)pid);
	CHECK(open(path, O_RDWR | O_CLOEXEC) < 0 && errno == EPERM);
#else
	(void)path;
#endif
}

static void cannot_look(const void *pid)
{
	CHECK(open_syscall(*(const pid_t *)pid) < 0);
}

static void test_tracer(void **state)
{
	const unsigned long long caps = BIT(CAP_SYS_PTRACE) | BIT(CAP_DAC_READ_SEARCH);
	struct child without = { .confine = as_reader, .after = cannot_look };
	struct child with = { .confine = as_tracer, .after = can_look };
	pid_t pid;

	(void)state;
	need_root();
	if (mine(caps) != caps)
		leave_out("root has no CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH here");
	pid = start_sleeper();
	with.arg = without.arg = &pid;
	run_child(&with);
	run_child(&without);
	end_sleeper(pid);
	expect_well(&with);
	expect_well(&without);
	assert_int_equal(with.status.prm, caps);
	assert_int_equal(with.status.eff, caps);
	assert_int_equal(with.status.inh, 0);
	assert_int_equal(with.status.amb, 0);
	assert_int_equal(with.status.no_new_privs, 1);
	assert_int_equal(with.status.seccomp, FILTERED);
}

/* Who never had them is not given them, and it is no error. */
static void test_user(void **state)
{
	int (*const confine[])(struct kxt_err *err) = {
		as_tracer, beside_command, kxt_confine_keeper };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct child c = { .uid = NOBODY, .confine = confine[i] };

		run_well(&c);
		expect_no_caps(&c.status);
	}
}

static int keeper_with(const cap_value_t *caps, int nr, struct kxt_err *err)
{
	CHECK(set_only(caps, nr));
	return kxt_confine_keeper(err);
}

static int keeper_with_admin(struct kxt_err *err)
{
	static const cap_value_t caps[] = { CAP_SYS_ADMIN, CAP_NET_ADMIN };

	return keeper_with(caps, 2, err);
}

static int keeper_without_perfmon(struct kxt_err *err)
{
	static const cap_value_t caps[] = { CAP_BPF, CAP_SYS_ADMIN };

	return keeper_with(caps, 2, err);
}

static int keeper_with_bpf(struct kxt_err *err)
{
	static const cap_value_t caps[] = { CAP_BPF, CAP_NET_ADMIN };

	return keeper_with(caps, 2, err);
}

static void test_keeper(void **state)
{
	const unsigned long long both = BIT(CAP_BPF) | BIT(CAP_PERFMON);
	const struct {
		int (*confine)(struct kxt_err *err);
		unsigned long long left;
	} keeper[] = {
		{ kxt_confine_keeper, both },
		{ keeper_with_admin, BIT(CAP_SYS_ADMIN) },
		{ keeper_without_perfmon, BIT(CAP_SYS_ADMIN) },
		{ keeper_with_bpf, BIT(CAP_BPF) },
	};

	(void)state;
	need_root();
	if (mine(both | BIT(CAP_SYS_ADMIN) | BIT(CAP_SETPCAP) | BIT(CAP_NET_ADMIN)) !=
	    (both | BIT(CAP_SYS_ADMIN) | BIT(CAP_SETPCAP) | BIT(CAP_NET_ADMIN)))
		leave_out("root does not have all capabilities here");
	for (size_t i = 0; i < sizeof(keeper) / sizeof(keeper[0]); i++) {
		struct child c = { .confine = keeper[i].confine };

		run_well(&c);
		assert_int_equal(c.status.prm, keeper[i].left);
		assert_int_equal(c.status.eff, keeper[i].left);
		assert_int_equal(c.status.inh, 0);
		assert_int_equal(c.status.amb, 0);
		assert_int_equal(c.status.no_new_privs, 1);
		assert_int_equal(c.status.seccomp, FILTERED);
		/* Only the first one could change it. */
		if (i == 0)
			assert_int_equal(c.status.bnd, 0);
	}
}

/* No debugger of the same user: its files in /proc are root's then. */
static void test_keeper_untraced(void **state)
{
	struct child before = { .uid = NOBODY };
	struct child c = { .uid = NOBODY, .confine = kxt_confine_keeper };

	(void)state;
	run_well(&before);
	assert_int_equal(before.owner, geteuid() ? geteuid() : NOBODY);
	run_well(&c);
	assert_int_equal(c.owner, 0);
}

#ifdef KXT_HAVE_SECCOMP
/* A sandbox around us, in which a call fails with @error. */
static void refuse(int nr, int error, const struct scmp_arg_cmp *cmp)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);

	CHECK(ctx);
	CHECK(seccomp_rule_add_array(ctx, SCMP_ACT_ERRNO(error), nr, cmp ? 1 : 0, cmp) == 0);
	CHECK(seccomp_load(ctx) == 0);
	seccomp_release(ctx);
}

static int without_capset(struct kxt_err *err)
{
	refuse(SCMP_SYS(capset), EPERM, NULL);
	return kxt_confine_reader(0, err);
}

static int without_seccomp(int error, struct kxt_err *err)
{
	const struct scmp_arg_cmp set = { 0, SCMP_CMP_EQ, PR_SET_SECCOMP, 0 };

	/* In this order: both ways to set a filter are used up. */
	refuse(SCMP_SYS(prctl), error, &set);
	refuse(SCMP_SYS(seccomp), error == EINVAL ? ENOSYS : error, NULL);
	return kxt_confine_reader(0, err);
}

static int in_strict_sandbox(struct kxt_err *err)
{
	return without_seccomp(EPERM, err);
}

static int on_old_kernel(struct kxt_err *err)
{
	return without_seccomp(EINVAL, err);
}
#endif

static void test_refused(void **state)
{
#ifdef KXT_HAVE_SECCOMP
	struct child root = { .confine = without_capset };
	struct child user = { .uid = NOBODY, .confine = without_capset };
	struct child strict = { .confine = in_strict_sandbox };
	struct child old = {
		.confine = on_old_kernel, .after = expect_text,
		.arg = "capabilities: none; no_new_privs: on; filter of system calls: off",
	};

	(void)state;
	/* It has to be root's: there is nothing for others to drop. */
	run_well(&user);
	run_child(&strict);
	assert_true(WIFEXITED(strict.end) && WEXITSTATUS(strict.end) == 2);
	assert_non_null(strstr(strict.said, "has to let seccomp through"));
	run_well(&old);
	if (!mine(~0ULL))
		leave_out("a capset that is refused: there are no capabilities to drop");
	run_child(&root);
	assert_true(WIFEXITED(root.end) && WEXITSTATUS(root.end) == 2);
	assert_non_null(strstr(root.said, "cannot drop capabilities: Operation not permitted"));
#else
	(void)state;
	leave_out("built without libseccomp");
#endif
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reader),
		cmocka_unit_test(test_reader_twice),
		cmocka_unit_test(test_ambient),
		cmocka_unit_test(test_end_command),
		cmocka_unit_test(test_tracer),
		cmocka_unit_test(test_user),
		cmocka_unit_test(test_keeper),
		cmocka_unit_test(test_keeper_untraced),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests_name("confine", tests, NULL, NULL);
}
