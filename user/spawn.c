// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "user/spawn.h"

#define SEC		1000000000ULL
/* How long a command that was told to end may take. */
#define GRACE_NS	(2 * SEC)

/* Who started us ignoring a signal (nohup, a shell's "&") means it. */
static void want_unless_ignored(sigset_t *set, int signo)
{
	struct sigaction now;

	if (sigaction(signo, NULL, &now) == 0 && now.sa_handler != SIG_IGN)
		sigaddset(set, signo);
}

int kxt_spawn_begin(struct kxt_spawn *s, struct kxt_err *err)
{
	struct sigaction by_default = { .sa_handler = SIG_DFL };
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	memset(s, 0, sizeof(*s));
	sigemptyset(&s->wanted);
	want_unless_ignored(&s->wanted, SIGINT);
	want_unless_ignored(&s->wanted, SIGTERM);
	sigaddset(&s->wanted, SIGCHLD);
	s->signal = signalfd(-1, &s->wanted, SFD_CLOEXEC | SFD_NONBLOCK);
	if (s->signal < 0)
		return kxt_err_set(err, KXT_EXIT_RUNTIME, "cannot wait for signals: %s",
				   strerror(errno));
	/* While it is ignored, waitpid() finds no children. */
	sigaction(SIGCHLD, &by_default, &s->old_chld);
	sigaction(SIGPIPE, &ignore, &s->old_pipe);
	sigprocmask(SIG_BLOCK, &s->wanted, &s->old);
	return 0;
}

uint64_t kxt_spawn_clock(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * SEC + ts.tv_nsec;
}

static void reap(struct kxt_spawn *s)
{
	int status;

	if (s->child && waitpid(s->child, &status, WNOHANG) == s->child) {
		s->child = 0;
		s->status = status;
	}
}

static void take_signals(struct kxt_spawn *s)
{
	struct signalfd_siginfo info;

	while (read(s->signal, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo != SIGCHLD)
			s->interrupted = true;
	}
	reap(s);
}

void kxt_spawn_wait(struct kxt_spawn *s, uint64_t end, struct pollfd *fd,
		    unsigned int nr)
{
	struct pollfd all[1 + KXT_SPAWN_FDS] = {
		{ .fd = s->signal, .events = POLLIN } };
	bool had_child = s->child;
	bool spoke = false;
	int ret;

	if (nr)
		memcpy(all + 1, fd, nr * sizeof(*fd));
	do {
		uint64_t now = kxt_spawn_clock();
		uint64_t left = end > now ? end - now : 0;
		struct timespec ts = { left / SEC, left % SEC };

		ret = ppoll(all, 1 + nr, end == UINT64_MAX ? NULL : &ts, NULL);
		take_signals(s);
		for (unsigned int i = 0; i < nr; i++) {
			fd[i].revents = ret > 0 ? all[1 + i].revents : 0;
			spoke |= fd[i].revents;
		}
	} while (ret && !spoke && !s->interrupted && !(had_child && !s->child));
}

static void exec_command(struct kxt_spawn *s, char **command, int report)
{
	int error;

	sigaction(SIGCHLD, &s->old_chld, NULL);
	sigaction(SIGPIPE, &s->old_pipe, NULL);
	sigprocmask(SIG_SETMASK, &s->old, NULL);
	execvp(command[0], command);
	error = errno;
	if (write(report, &error, sizeof(error)) < 0)
		_exit(126);
	_exit(127);
}

/*
 * The command may be a VMM, and over before the first look: its command line is
 * here already.
 */
static void learn_command_name(struct kxt_vm_names *names, pid_t pid, char **command)
{
	char cmdline[4096], name[KXT_VM_NAME_MAX];
	size_t len = 0;

	for (char **arg = command; *arg; arg++) {
		size_t size = strlen(*arg) + 1;

		if (size > sizeof(cmdline) - len)
			break;
		memcpy(cmdline + len, *arg, size);
		len += size;
	}
	if (kxt_vm_name_parse(cmdline, len, name) == 0)
		kxt_vm_names_set(names, pid, name);
}

/* The pipe closes by itself when the command is started, else brings an errno. */
int kxt_spawn_command(struct kxt_spawn *s, char **command, struct kxt_vm_names *names,
		      struct kxt_err *err)
{
	int report[2], error = 0;

	if (pipe2(report, O_CLOEXEC))
		return kxt_err_set(err, KXT_EXIT_RUNTIME, "cannot make a pipe: %s",
				   strerror(errno));
	s->child = fork();
	if (s->child == 0)
		exec_command(s, command, report[1]);
	if (s->child < 0)
		error = errno;
	close(report[1]);
	if (s->child > 0 && read(report[0], &error, sizeof(error)) == sizeof(error))
		waitpid(s->child, NULL, 0);
	close(report[0]);
	if (!error) {
		learn_command_name(names, s->child, command);
		return 0;
	}
	s->child = 0;
	return kxt_err_set(err, KXT_EXIT_RUNTIME, "cannot run %s: %s", command[0],
			   strerror(error));
}

static void end_command(struct kxt_spawn *s)
{
	bool interrupted = s->interrupted;

	if (!s->child)
		return;
	kill(s->child, SIGTERM);
	s->interrupted = false;
	kxt_spawn_wait(s, kxt_spawn_clock() + GRACE_NS, NULL, 0);
	s->interrupted = interrupted;
	s->status = 0;
}

void kxt_spawn_end(struct kxt_spawn *s)
{
	end_command(s);
	/* A second Ctrl-C for the same wait shall not kill us while printing. */
	take_signals(s);
	close(s->signal);
	sigprocmask(SIG_SETMASK, &s->old, NULL);
	sigaction(SIGCHLD, &s->old_chld, NULL);
	sigaction(SIGPIPE, &s->old_pipe, NULL);
}
