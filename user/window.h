/* SPDX-License-Identifier: GPL-2.0-only */
/* A stretch of time, or the run of a command, as one delta. */
#ifndef KXT_WINDOW_H
#define KXT_WINDOW_H

#include "user/collector.h"

/**
 * struct kxt_window - what to look at, and how it went
 * @c: open collector
 * @from: in: snapshot at its beginning; it is kept as it is
 * @length_ns: in: how long; not used with @command
 * @command: in: run this and look until it ends; NULL-terminated, or NULL
 * @started: in: called once, when @command was started and nothing is executed any more:
 *	here privileges are dropped. 0, or -1 with @err set, which ends the run and
 *	@command. Not called without @command; NULL: nothing to do
 * @started_arg: in: for it
 * @delta: out: what happened; initialised by the caller
 * @interrupted: out: SIGINT or SIGTERM ended it early
 * @command_status: out: of waitpid(); 0 if @interrupted
 */
struct kxt_window {
	struct kxt_collector *c;
	const struct kxt_snapshot *from;
	uint64_t length_ns;
	char **command;
	int (*started)(void *arg, struct kxt_err *err);
	void *started_arg;
	struct kxt_snapshot delta;
	bool interrupted;
	int  command_status;
};

/**
 * kxt_window_run() - wait for the end of a window
 * @w: window
 * @err: set on failure
 *
 * Looks at the collector at least once a second, so that VMs which come and go
 * within the window are all in the delta. SIGINT and SIGTERM end the window
 * early, which is no error; a command that still runs then gets SIGTERM and is
 * waited for a short while. The command has this process' standard streams.
 *
 * What VMs are called is not looked at before @started.
 *
 * Return: 0, or -1 with @err set (also if the command cannot be started); then a
 * command that runs was ended as above.
 */
int kxt_window_run(struct kxt_window *w, struct kxt_err *err);

#endif /* KXT_WINDOW_H */
