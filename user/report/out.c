// SPDX-License-Identifier: GPL-2.0-only
#include "user/report/out.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/err.h"

/* For the handler of signals. */
static volatile sig_atomic_t child;

static int complain(const char *what, const char *path, const char *next)
{
	fprintf(stderr, "kvmexittop: cannot %s '%s': %s%s%s\n", what, path, strerror(errno),
		*next ? ". " : "", next);
	return KXT_EXIT_RUNTIME;
}

/* Of "FILE@FROM..TO" the file, where there is none of that whole name. */
static bool stat_input(const char *input, struct stat *st)
{
	char path[PATH_MAX], *at;

	if (stat(input, st) == 0)
		return true;
	snprintf(path, sizeof(path), "%s", input);
	at = strrchr(path, '@');
	if (!at)
		return false;
	*at = '\0';
	return stat(path, st) == 0;
}

/* May it be written? Returns -1 to go on, else an exit status. */
static int check(const struct kxt_report_out *o)
{
	struct stat st, in;

	if (stat(o->path, &st))
		return errno == ENOENT ? -1 : complain("look at", o->path, "");
	/* A name of its own would take the place of a device. */
	if (!S_ISREG(st.st_mode)) {
		fprintf(stderr, "kvmexittop: '%s' is no file. Without -o the output goes to stdout.\n",
			o->path);
		return KXT_EXIT_USAGE;
	}
	for (const char *const *path = o->inputs; *path; path++) {
		if (stat_input(*path, &in) && in.st_dev == st.st_dev &&
		    in.st_ino == st.st_ino) {
			fprintf(stderr, "kvmexittop: '%s' is the recording itself. Choose another name.\n",
				o->path);
			return KXT_EXIT_USAGE;
		}
	}
	if (o->force)
		return -1;
	fprintf(stderr, "kvmexittop: '%s' is there already. --force replaces it.\n", o->path);
	return KXT_EXIT_RUNTIME;
}

/* A new file beside @path; its name is in @tmp. Returns a descriptor, or -1. */
static int create(const char *path, char tmp[PATH_MAX])
{
	mode_t mask = umask(0);
	int fd;

	umask(mask);
	if (snprintf(tmp, PATH_MAX, "%s.XXXXXX", path) >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = mkostemp(tmp, O_CLOEXEC);
	if (fd >= 0 && fchmod(fd, 0666 & ~mask)) {
		close(fd);
		unlink(tmp);
		return -1;
	}
	return fd;
}

/* Without @force another's file of that name, made meanwhile, stays. */
static int give_name(const char *tmp, const char *path, bool force)
{
	if (force)
		return rename(tmp, path);
	if (renameat2(AT_FDCWD, tmp, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
		return 0;
	/* Not every file system can do that. */
	return errno == EINVAL ? rename(tmp, path) : -1;
}

static void pass_on(int sig)
{
	if (child > 0)
		kill(child, sig);
}

static const int signals[] = { SIGHUP, SIGINT, SIGTERM };

#define NR_SIGNALS	(sizeof(signals) / sizeof(signals[0]))

static void handle(void (*handler)(int sig))
{
	for (size_t i = 0; i < NR_SIGNALS; i++) {
		struct sigaction sa = { .sa_handler = handler }, old;

		/* What nohup(1) has taken away stays so. */
		sigaction(signals[i], NULL, &old);
		if (old.sa_handler != SIG_IGN)
			sigaction(signals[i], &sa, NULL);
	}
}

/* @how: SIG_BLOCK or SIG_UNBLOCK. */
static void hold(int how)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < NR_SIGNALS; i++)
		sigaddset(&set, signals[i]);
	sigprocmask(how, &set, NULL);
}

static _Noreturn void be_child(const struct kxt_report_out *o, int fd, pid_t parent)
{
	handle(SIG_DFL);
	hold(SIG_UNBLOCK);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(KXT_EXIT_RUNTIME);
	if (dup2(fd, STDOUT_FILENO) < 0)
		_exit(complain("write", o->path, ""));
	close(fd);
	exit(o->work(o->arg));
}

/* Returns 0 if the file has its name. */
static int finish(const struct kxt_report_out *o, int fd, const char *tmp,
		  const char *path, int status)
{
	if (WIFSIGNALED(status)) {
		unlink(tmp);
		handle(SIG_DFL);
		raise(WTERMSIG(status));
		return KXT_EXIT_RUNTIME;
	}
	if (WEXITSTATUS(status)) {
		unlink(tmp);
		return WEXITSTATUS(status);
	}
	/* Else a crash of the host could leave an empty file under the new name. */
	if (fsync(fd) == 0 && give_name(tmp, path, o->force) == 0)
		return KXT_EXIT_OK;
	status = complain("write", o->path, "");
	unlink(tmp);
	return status;
}

int kxt_report_out(const struct kxt_report_out *o)
{
	char tmp[PATH_MAX], real[PATH_MAX];
	/* Of a link, what it leads to is replaced. */
	const char *path = realpath(o->path, real) ? real : o->path;
	pid_t parent = getpid(), pid;
	int fd, status = check(o);

	if (status >= 0)
		return status;
	/* From here on there is something to take away: by a handler that knows the child. */
	hold(SIG_BLOCK);
	fd = create(path, tmp);
	if (fd < 0) {
		status = complain("write", o->path, "Choose another place with -o.");
		hold(SIG_UNBLOCK);
		return status;
	}
	handle(pass_on);
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		be_child(o, fd, parent);
	child = pid;
	hold(SIG_UNBLOCK);
	if (pid < 0) {
		status = complain("start a process to write", o->path, "");
		unlink(tmp);
	} else {
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		status = finish(o, fd, tmp, path, status);
	}
	close(fd);
	return status;
}
