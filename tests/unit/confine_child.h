/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For tests of what a process gives up: it cannot be had back, so each test has a
 * process of its own. Includes cmocka.
 */
#ifndef KXT_TEST_CONFINE_CHILD_H
#define KXT_TEST_CONFINE_CHILD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <errno.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/confine.h"

#define UNUSED	__attribute__((unused))
#define NOBODY	65534
#define BIT(n)	(1ULL << (n))

/**
 * struct status - lines of /proc/PID/status
 * @inh: CapInh, and so on
 * @no_new_privs: NoNewPrivs
 * @seccomp: 2 with a filter
 */
struct status {
	unsigned long long inh, prm, eff, bnd, amb;
	unsigned long long no_new_privs, seccomp;
};

/**
 * struct child - a process, and what became of it
 * @uid: in: who it is from the beginning, if we are root
 * @confine: in: what it does first; false: it failed
 * @after: in: what it does after its @status has been read; may be NULL
 * @arg: in: for @after
 * @status: out: its status after @confine
 * @owner: out: whom its files in /proc belong to then
 * @end: out: of waitpid()
 * @said: out: what it wrote with say()
 */
struct child {
	uid_t uid;
	int (*confine)(struct kxt_err *err);
	void (*after)(const void *arg);
	const void *arg;
	struct status status;
	uid_t owner;
	int end;
	char said[4096];
};

/* In the child: where say() writes. */
static int child_out = -1;

UNUSED static void say(const char *text)
{
	if (write(child_out, text, strlen(text)) < 0)
		_exit(99);
}

/* In the child, where cmocka is of no use. */
#define CHECK(condition) do { \
	if (!(condition)) { \
		char text_[256]; \
		\
		snprintf(text_, sizeof(text_), "%s:%d: %s, errno %d", __FILE__, __LINE__, \
			 #condition, errno); \
		say(text_); \
		_exit(1); \
	} \
} while (0)

static void scan_status(FILE *f, struct status *s)
{
	static const char *const name[] = { "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb" };
	unsigned long long *cap[] = { &s->inh, &s->prm, &s->eff, &s->bnd, &s->amb };
	char line[256];

	memset(s, 0xff, sizeof(*s));
	while (fgets(line, sizeof(line), f)) {
		for (size_t i = 0; i < 5; i++) {
			if (strncmp(line, name[i], 6) == 0)
				sscanf(line + 7, "%llx", cap[i]);
		}
		sscanf(line, "NoNewPrivs: %llu", &s->no_new_privs);
		sscanf(line, "Seccomp: %llu", &s->seccomp);
	}
}

static void read_status(pid_t pid, struct status *s)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "re");
	assert_non_null(f);
	scan_status(f, s);
	fclose(f);
}

static void be_child(const struct child *c, int out, int go)
{
	const struct rlimit no_core = { 0, 0 };
	struct kxt_err err = { 0 };
	char byte;

	child_out = out;
	/* What hangs has failed. */
	alarm(30);
	setrlimit(RLIMIT_CORE, &no_core);
	if (c->uid && getuid() == 0) {
		CHECK(setresgid(NOBODY, NOBODY, NOBODY) == 0);
		CHECK(setresuid(c->uid, c->uid, c->uid) == 0);
		/* As if it had been started like that. */
		CHECK(prctl(PR_SET_DUMPABLE, 1) == 0);
	}
	if (c->confine && c->confine(&err)) {
		say(err.msg);
		_exit(2);
	}
	CHECK(write(out, "\n", 1) == 1);
	CHECK(read(go, &byte, 1) == 1);
	if (c->after)
		c->after(c->arg);
	_exit(0);
}

/* Up to its first line: before it a child that failed says why. */
static int wait_ready(int from, char *said, size_t size)
{
	size_t len = 0;

	while (len < size - 1 && read(from, said + len, 1) == 1) {
		if (said[len] == '\n' && len == 0)
			return 1;
		len++;
	}
	said[len] = '\0';
	return 0;
}

static void run_child(struct child *c)
{
	int out[2], go[2];
	char path[64];
	struct stat st;
	ssize_t got;
	size_t len = 0;
	pid_t pid;

	assert_int_equal(pipe(out), 0);
	assert_int_equal(pipe(go), 0);
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		close(out[0]);
		close(go[1]);
		be_child(c, out[1], go[0]);
	}
	close(out[1]);
	close(go[0]);
	memset(c->said, 0, sizeof(c->said));
	if (wait_ready(out[0], c->said, sizeof(c->said))) {
		read_status(pid, &c->status);
		snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
		c->owner = stat(path, &st) ? (uid_t)-1 : st.st_uid;
		assert_int_equal(write(go[1], "g", 1), 1);
		while (len < sizeof(c->said) - 1 &&
		       (got = read(out[0], c->said + len, sizeof(c->said) - 1 - len)) > 0)
			len += got;
	}
	close(out[0]);
	close(go[1]);
	assert_int_equal(waitpid(pid, &c->end, 0), pid);
}

/* It did all that it was to do. */
static void expect_well(const struct child *c)
{
	if (c->end)
		fail_msg("the child ended with %#x: %s", (unsigned int)c->end, c->said);
}

UNUSED static void run_well(struct child *c)
{
	run_child(c);
	expect_well(c);
}

/* Reasons to leave something out are said, not only counted. */
UNUSED static void leave_out(const char *why)
{
	print_message("skipped: %s\n", why);
	skip();
}

UNUSED static void need_root(void)
{
	if (geteuid() != 0)
		leave_out("it takes root to start with");
}

/* Capabilities that this process has, of those in @mask. */
UNUSED static unsigned long long mine(unsigned long long mask)
{
	struct status s;

	read_status(getpid(), &s);
	return s.prm & mask;
}

UNUSED static bool set_only(const cap_value_t *keep, int nr)
{
	cap_t caps = cap_init();
	bool done = caps &&
		    cap_set_flag(caps, CAP_PERMITTED, nr, keep, CAP_SET) == 0 &&
		    cap_set_flag(caps, CAP_EFFECTIVE, nr, keep, CAP_SET) == 0 &&
		    cap_set_proc(caps) == 0;

	cap_free(caps);
	return done;
}

#endif /* KXT_TEST_CONFINE_CHILD_H */
