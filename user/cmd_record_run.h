/* SPDX-License-Identifier: GPL-2.0-only */
/* Looking at a collector again and again, and writing what is there to a recording. */
#ifndef KXT_CMD_RECORD_RUN_H
#define KXT_CMD_RECORD_RUN_H

#include "user/collector.h"
#include "user/rec/write.h"
#include "user/summary.h"

/**
 * struct kxt_record_run - what is wanted, and how it went
 * @c: in: open collector
 * @first: in: snapshot that is the first frame; its contents are taken
 * @sink: in: where the recording goes
 * @filter: in: which VMs
 * @host: in: facts for the header; interval_ns and over_ns are what is wanted, too
 * @length_ns: in: end after that time; 0: do not; not with @command
 * @command: in: run this and end with it; NULL-terminated, or NULL
 * @started: in: called once, when @command was started and nothing is executed any more:
 *	here privileges are dropped. 0, or -1 with @err set, which ends the run and
 *	@command. Not called without @command
 * @started_arg: in: for it
 * @done: out: what was written
 * @full: out: ended because of sink->max_bytes
 * @any: out: some vCPU was recorded
 * @slow, @slow_lost: out: slow exits that were kept, and those that were not
 * @command_status: out: of waitpid(); 0 if it was interrupted
 */
struct kxt_record_run {
	struct kxt_collector *c;
	struct kxt_snapshot *first;
	struct kxt_rec_sink sink;
	const struct kxt_filter *filter;
	struct kxt_recording_host host;
	uint64_t length_ns;
	char **command;
	int (*started)(void *arg, struct kxt_err *err);
	void *started_arg;
	struct kxt_rec_written done;
	bool full;
	bool any;
	uint64_t slow, slow_lost;
	int command_status;
};

/**
 * kxt_record_run() - record until the end
 * @w: see above; results are set even on failure
 * @err: set on failure
 *
 * SIGINT and SIGTERM end it, which is no error; a command that still runs then gets
 * SIGTERM. One that runs when the recording is full is waited for. Whatever ends it, what
 * was seen until then is written, with an index, as far as the sink takes it.
 *
 * Return: 0, or -1 with @err set (also if the command cannot be started).
 */
int kxt_record_run(struct kxt_record_run *w, struct kxt_err *err);

/**
 * kxt_record_host() - facts for the header of a recording
 * @host: result; interval_ns, details and over_ns are the caller's
 * @c: open collector
 *
 * Of a collector with a clock of its own nothing is told that is this machine's.
 *
 * Context: reads /proc; before privileges are dropped.
 */
void kxt_record_host(struct kxt_recording_host *host, const struct kxt_collector *c);

#endif /* KXT_CMD_RECORD_RUN_H */
