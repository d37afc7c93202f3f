// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "user/window.h"

#define SEC		1000000000ULL
/*
 * Far less than KVMEXIT_LINGER_MIN_NS, after which an ended vCPU can be forgotten:
 * so most VMs that come and go in a window can still be asked for their name.
 */
#define LOOK_NS		(SEC / 4)
/* The first look at a command, which can be over soon; later ones are rarer. */
#define FIRST_LOOK_NS	(SEC / 64)
/* How long a command that was told to end may take. */
#define GRACE_NS	(2 * SEC)

/**
 * struct run - state of kxt_window_run()
 * @w: the caller's
 * @last: newest snapshot, with all that was carried
 * @wanted: signals that are waited for
 * @old: signal mask from before
 * @old_chld: disposition of SIGCHLD from before
 * @child: the command, 0 when there is none or it has ended
 */
struct run {
	struct kxt_window *w;
	struct kxt_snapshot last;
	sigset_t wanted, old;
	struct sigaction old_chld;
	pid_t child;
};

/* Who started us ignoring a signal (nohup, a shell's "&") means it. */
static void want_unless_ignored(sigset_t *set, int signo)
{
	struct sigaction now;

	if (sigaction(signo, NULL, &now) == 0 && now.sa_handler != SIG_IGN)
		sigaddset(set, signo);
}

static void signals_take(struct run *r)
{
	struct sigaction by_default = { .sa_handler = SIG_DFL };

	sigemptyset(&r->wanted);
	want_unless_ignored(&r->wanted, SIGINT);
	want_unless_ignored(&r->wanted, SIGTERM);
	sigaddset(&r->wanted, SIGCHLD);
	/* While it is ignored, waitpid() finds no children. */
	sigaction(SIGCHLD, &by_default, &r->old_chld);
	sigprocmask(SIG_BLOCK, &r->wanted, &r->old);
}

static void signals_give_back(struct run *r)
{
	static const struct timespec now;

	/* A second Ctrl-C for the same window shall not kill us while printing. */
	while (sigtimedwait(&r->wanted, NULL, &now) > 0)
		;
	sigprocmask(SIG_SETMASK, &r->old, NULL);
	sigaction(SIGCHLD, &r->old_chld, NULL);
}

static uint64_t clock_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * SEC + ts.tv_nsec;
}

static void reap(struct run *r)
{
	int status;

	if (r->child && waitpid(r->child, &status, WNOHANG) == r->child) {
		r->child = 0;
		r->w->command_status = status;
	}
}

/* Until the clock shows @end, the command ends, or SIGINT or SIGTERM comes. */
static void nap(struct run *r, uint64_t end, bool *interrupted)
{
	bool had_child = r->child;

	do {
		uint64_t now = clock_ns();
		uint64_t left = end > now ? end - now : 0;
		struct timespec ts = { left / SEC, left % SEC };
		int signo = sigtimedwait(&r->wanted, NULL, &ts);

		if (signo == SIGINT || signo == SIGTERM)
			*interrupted = true;
		else if (signo < 0 && errno == EAGAIN)
			return;
		reap(r);
	} while (!*interrupted && !(had_child && !r->child));
}

/*
 * Ask for the names of VMs as soon as they are there: a process that has ended
 * cannot be asked. Both snapshots are sorted by key.
 */
static void learn_names(struct run *r, const struct kxt_snapshot *next)
{
	unsigned int old = 0;

	for (unsigned int i = 0; i < next->nr; i++) {
		const struct kxt_vcpu *v = &next->vcpu[i];

		while (old < r->last.nr && r->last.vcpu[old].key < v->key)
			old++;
		if (old == r->last.nr || r->last.vcpu[old].key != v->key)
			kxt_vm_names_get(r->w->c->names, v->pid);
	}
}

static int look(struct run *r, struct kxt_err *err)
{
	struct kxt_snapshot next;
	int ret;

	kxt_snapshot_init(&next);
	ret = r->w->c->ops->snapshot(r->w->c, &next, err);
	if (ret == 0)
		learn_names(r, &next);
	if (ret == 0)
		ret = kxt_snapshot_carry(&next, &r->last, err);
	if (ret == 0) {
		struct kxt_snapshot old = r->last;

		r->last = next;
		next = old;
	}
	kxt_snapshot_free(&next);
	return ret;
}

/* One nap and one look. A collector with a clock of its own moves it instead. */
static int step(struct run *r, uint64_t end, uint64_t ns, struct kxt_err *err)
{
	const struct kxt_collector_ops *ops = r->w->c->ops;

	nap(r, ops->wait && !r->w->command ? 0 : end, &r->w->interrupted);
	if (ops->wait && ops->wait(r->w->c, ns, err))
		return -1;
	return look(r, err);
}

static int watch_time(struct run *r, struct kxt_err *err)
{
	uint64_t end = clock_ns();

	for (uint64_t left = r->w->length_ns; left && !r->w->interrupted;) {
		uint64_t ns = left < LOOK_NS ? left : LOOK_NS;

		left -= ns;
		end += ns;
		if (step(r, end, ns, err))
			return -1;
	}
	return 0;
}

static int watch_command(struct run *r, struct kxt_err *err)
{
	/*
	 * A collector with a clock of its own sees a second pass for every one that
	 * really does, and at least one.
	 */
	bool own_clock = r->w->c->ops->wait;
	uint64_t ns = own_clock ? SEC : FIRST_LOOK_NS;

	do {
		if (step(r, clock_ns() + ns, ns, err))
			return -1;
		if (!own_clock)
			ns = ns < LOOK_NS / 2 ? 2 * ns : LOOK_NS;
	} while (r->child && !r->w->interrupted);
	return 0;
}

static void exec_command(struct run *r, int report)
{
	int error;

	sigaction(SIGCHLD, &r->old_chld, NULL);
	sigprocmask(SIG_SETMASK, &r->old, NULL);
	execvp(r->w->command[0], r->w->command);
	error = errno;
	if (write(report, &error, sizeof(error)) < 0)
		_exit(126);
	_exit(127);
}

/*
 * The command may be a VMM, and over before the first look: its command line is
 * here already.
 */
static void learn_command_name(struct run *r)
{
	char cmdline[4096], name[KXT_VM_NAME_MAX];
	size_t len = 0;

	for (char **arg = r->w->command; *arg; arg++) {
		size_t size = strlen(*arg) + 1;

		if (size > sizeof(cmdline) - len)
			break;
		memcpy(cmdline + len, *arg, size);
		len += size;
	}
	if (kxt_vm_name_parse(cmdline, len, name) == 0)
		kxt_vm_names_set(r->w->c->names, r->child, name);
}

/* The pipe closes by itself when the command is started, else brings an errno. */
static int start_command(struct run *r, struct kxt_err *err)
{
	int report[2], error = 0;

	if (pipe2(report, O_CLOEXEC))
		return kxt_err_set(err, KXT_EXIT_RUNTIME, "cannot make a pipe: %s",
				   strerror(errno));
	r->child = fork();
	if (r->child == 0)
		exec_command(r, report[1]);
	if (r->child < 0)
		error = errno;
	close(report[1]);
	if (r->child > 0 && read(report[0], &error, sizeof(error)) == sizeof(error))
		waitpid(r->child, NULL, 0);
	close(report[0]);
	if (!error) {
		learn_command_name(r);
		return 0;
	}
	r->child = 0;
	return kxt_err_set(err, KXT_EXIT_RUNTIME, "cannot run %s: %s", r->w->command[0],
			   strerror(error));
}

static void end_command(struct run *r)
{
	bool again = false;

	if (!r->child)
		return;
	kill(r->child, SIGTERM);
	nap(r, clock_ns() + GRACE_NS, &again);
	r->w->command_status = 0;
}

int kxt_window_run(struct kxt_window *w, struct kxt_err *err)
{
	struct run r = { .w = w };
	int ret;

	w->interrupted = false;
	w->command_status = 0;
	kxt_snapshot_init(&r.last);
	learn_names(&r, w->from);
	if (kxt_snapshot_copy(&r.last, w->from, err))
		return -1;
	signals_take(&r);
	ret = w->command ? start_command(&r, err) : 0;
	if (ret == 0)
		ret = w->command ? watch_command(&r, err) : watch_time(&r, err);
	end_command(&r);
	if (w->interrupted)
		w->command_status = 0;
	signals_give_back(&r);
	if (ret == 0)
		ret = kxt_snapshot_delta(&w->delta, w->from, &r.last, err);
	kxt_snapshot_free(&r.last);
	return ret;
}
