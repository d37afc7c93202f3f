/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a verb waits for besides its collector: a command that it runs, and
 * SIGINT and SIGTERM, which end the waiting. Nothing happens in a signal handler.
 */
#ifndef KXT_SPAWN_H
#define KXT_SPAWN_H

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "user/err.h"
#include "user/vm.h"

/* How many files kxt_spawn_wait() can look at. */
#define KXT_SPAWN_FDS	2

/**
 * struct kxt_spawn - signals that are held back, and a command
 * @wanted: signals that are waited for
 * @old: signal mask from before
 * @old_chld: disposition of SIGCHLD from before
 * @old_pipe: that of SIGPIPE
 * @signal: signalfd of @wanted
 * @child: the command, 0 when there is none or it has ended
 * @status: of waitpid(), once it has ended by itself; else 0
 * @interrupted: SIGINT or SIGTERM has come
 */
struct kxt_spawn {
	sigset_t wanted, old;
	struct sigaction old_chld, old_pipe;
	int signal;
	pid_t child;
	int status;
	bool interrupted;
};

/**
 * kxt_spawn_begin() - from now on signals come to kxt_spawn_wait() only
 * @s: result
 * @err: set on failure
 *
 * SIGINT and SIGTERM stay ignored if they are (nohup, a shell's "&"). SIGPIPE is
 * ignored until kxt_spawn_end(): a command is not to be left alone because our
 * output is not read any more.
 *
 * Return: 0, or -1 with @err set; kxt_spawn_end() is right only after 0.
 */
int kxt_spawn_begin(struct kxt_spawn *s, struct kxt_err *err);

/**
 * kxt_spawn_command() - run a command beside us
 * @s: begun
 * @command: its arguments, NULL-terminated; it gets our standard streams
 * @names: learns the name of the VM that the command may be
 * @err: set on failure
 *
 * The command has all that this process has now: what is given up afterwards it keeps.
 *
 * Return: 0 when it was executed, or -1 with @err set (it cannot be).
 */
int kxt_spawn_command(struct kxt_spawn *s, char **command, struct kxt_vm_names *names,
		      struct kxt_err *err);

/** kxt_spawn_clock() - CLOCK_MONOTONIC in nanoseconds */
uint64_t kxt_spawn_clock(void);

/**
 * kxt_spawn_wait() - until the clock shows @end or something happens
 * @s: begun
 * @end: time of kxt_spawn_clock(), UINT64_MAX for never; a time that has passed:
 *	only look
 * @fd: also wait for these, as poll() does; may be NULL
 * @nr: how many, at most KXT_SPAWN_FDS
 *
 * Returns when the clock shows @end, the command ends, SIGINT or SIGTERM comes, or
 * an @fd has something to say: its revents tells, and is 0 for all else.
 */
void kxt_spawn_wait(struct kxt_spawn *s, uint64_t end, struct pollfd *fd,
		    unsigned int nr);

/**
 * kxt_spawn_end() - undo begin
 * @s: begun
 *
 * A command that still runs gets SIGTERM and is waited for a short while.
 */
void kxt_spawn_end(struct kxt_spawn *s);

#endif /* KXT_SPAWN_H */
