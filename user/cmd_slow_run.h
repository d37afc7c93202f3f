/* SPDX-License-Identifier: GPL-2.0-only */
/* Slow exits as they come, from a collector to a stream. */
#ifndef KXT_CMD_SLOW_RUN_H
#define KXT_CMD_SLOW_RUN_H

#include <stdio.h>

#include "user/collector.h"
#include "user/summary.h"

/**
 * struct kxt_slow_run - what is wanted, and how it went
 * @c: in: open collector
 * @out: in: where the lines go; looked at with poll() for its reader going away
 * @filter: in: which VMs
 * @over_ns: in: least service time
 * @json: in: JSON instead of text
 * @count: in: end after that many lines; 0: do not
 * @length_ns: in: end after that time; 0: do not; not with @command
 * @command: in: run this and end with it; NULL-terminated, or NULL
 * @started: in: called once, when @command was started and nothing is executed any more:
 *	here privileges are dropped. 0, or -1 with @err set, which ends the run and
 *	@command. Not called without @command; NULL: nothing to do
 * @started_arg: in: for it
 * @seen: out: exits that came
 * @shown: out: those that were printed
 * @lost: out: those that were lost
 * @unread: out: ended because nobody reads @out any more
 * @command_status: out: of waitpid(); 0 if it was interrupted
 */
struct kxt_slow_run {
	struct kxt_collector *c;
	FILE *out;
	const struct kxt_filter *filter;
	uint64_t over_ns;
	bool json;
	uint64_t count;
	uint64_t length_ns;
	char **command;
	int (*started)(void *arg, struct kxt_err *err);
	void *started_arg;
	uint64_t seen, shown, lost;
	bool unread;
	int command_status;
};

/**
 * kxt_slow_run() - print slow exits until the end
 * @w: see above
 * @err: set on failure
 *
 * SIGINT and SIGTERM end it, which is no error; a command that still runs then
 * gets SIGTERM. One that runs when @count is reached, or when nobody reads any
 * more, is waited for. What was lost is said in a line of its own: on stderr, or
 * with @json in @out. What VMs are called is not looked at before @started.
 *
 * Return: 0, or -1 with @err set (also if the command cannot be started); then a
 * command that runs gets SIGTERM and is waited for a short while.
 */
int kxt_slow_run(struct kxt_slow_run *w, struct kxt_err *err);

#endif /* KXT_CMD_SLOW_RUN_H */
