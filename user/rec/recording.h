/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A recording that is open for reading: a row of cumulative snapshots (frames), the VMs'
 * names, facts about the host it was made on, and slow exits. What reads one (report,
 * replay, a page) sees this and never the file.
 *
 * A file is not trusted: whatever is in it, these functions give an error or what could
 * be read, and take no more memory than its header says that they may.
 */
#ifndef KXT_RECORDING_H
#define KXT_RECORDING_H

#include "user/slow_log.h"
#include "user/snapshot.h"
#include "user/vm.h"

struct kxt_recording;

/**
 * struct kxt_recording_host - where and how a recording was made
 * @collector: "module", "bpf", "fake"
 * @kernel: release
 * @host: host name
 * @cpu: model name of the CPU, "" if not known
 * @cpus: CPUs online; 0 if not known
 * @boot_id: /proc/sys/kernel/random/boot_id, "" if not known
 * @tool: version of the kvmexittop that wrote it
 * @clock: what the frames' clock is, in words
 * @to_wall_ns: what to add to the frames' clock for CLOCK_REALTIME, modulo 2^64; 0 if
 *	the clock has no other time than its own
 * @utc_offset_s: seconds that the host's local time was ahead of UTC
 * @interval_ns: time between frames that was asked for
 * @details: details were recorded
 * @over_ns: slow exits were recorded from this service time on; UINT64_MAX: none
 */
struct kxt_recording_host {
	char collector[16];
	char kernel[72];
	char host[72];
	char cpu[72];
	unsigned int cpus;
	char boot_id[40];
	char tool[24];
	char clock[40];
	uint64_t to_wall_ns;
	int32_t utc_offset_s;
	uint64_t interval_ns;
	bool details;
	uint64_t over_ns;
};

/**
 * kxt_recording_open() - open a file and check it
 * @r: result
 * @path: file
 * @err: set on failure: not a recording, a format that is too new, nothing in it, ...
 *
 * A file that was cut off or damaged is opened with what comes before the damage; see
 * kxt_recording_trouble().
 *
 * Return: 0, or -1 with @err set.
 */
int kxt_recording_open(struct kxt_recording **r, const char *path, struct kxt_err *err);

/** kxt_recording_close() - fine on NULL */
void kxt_recording_close(struct kxt_recording *r);

/** kxt_recording_host() - valid until close */
const struct kxt_recording_host *kxt_recording_host(const struct kxt_recording *r);

/**
 * kxt_recording_trouble() - is something missing?
 *
 * Return: a sentence that says what ("the recording was cut off after 00:03:20: ..."),
 * or NULL if the file is whole. Also set when a block turns out to be damaged later,
 * as it is read.
 */
const char *kxt_recording_trouble(const struct kxt_recording *r);

/**
 * kxt_recording_names() - names of the VMs
 *
 * Return: table, valid until close; it asks nobody, least of all this machine's /proc.
 */
struct kxt_vm_names *kxt_recording_names(struct kxt_recording *r);

/** kxt_recording_frames() - number of frames, 1 or more */
unsigned int kxt_recording_frames(const struct kxt_recording *r);

/**
 * kxt_recording_time() - when a frame was taken
 * @r: recording
 * @frame: 0 to kxt_recording_frames() - 1
 *
 * Return: its now_ns, by the collector's clock. It grows from frame to frame.
 */
uint64_t kxt_recording_time(const struct kxt_recording *r, unsigned int frame);

/**
 * kxt_recording_find() - the last frame at or before a time
 * @r: recording
 * @now_ns: the collector's clock
 *
 * Return: its number; 0 if all are later.
 */
unsigned int kxt_recording_find(const struct kxt_recording *r, uint64_t now_ns);

/**
 * kxt_recording_frame() - all counters at one moment
 * @r: recording
 * @frame: 0 to kxt_recording_frames() - 1. Going forward one by one is cheap; any other
 *	step costs at most the reading of one block
 * @out: initialised; old contents are freed or reused
 * @err: set on failure
 *
 * Return: 0, or -1 with @err set (damaged, no memory).
 */
int kxt_recording_frame(struct kxt_recording *r, unsigned int frame,
			struct kxt_snapshot *out, struct kxt_err *err);

/**
 * kxt_recording_window() - what happened between two frames
 * @r: recording
 * @from: first frame
 * @to: last frame, not before @from
 * @out: initialised; gets the delta
 * @err: set on failure
 *
 * All frames between are read too, so that VMs which came and went, and whose slots were
 * used again, are in it, as in a window of kvmexittop dump.
 *
 * Return: 0, or -1 with @err set.
 */
int kxt_recording_window(struct kxt_recording *r, unsigned int from, unsigned int to,
			 struct kxt_snapshot *out, struct kxt_err *err);

/**
 * kxt_recording_slow() - slow exits between two frames
 * @r: recording
 * @from: only those that came after this frame
 * @to: and up to this one
 * @each: called for each of them, oldest first; not 0 ends it
 * @arg: for it
 * @lost: if not NULL, gets the number that were not recorded (too many, or not read in
 *	time) in between
 * @err: set on failure
 *
 * Return: 0, what @each returned, or -1 with @err set.
 */
int kxt_recording_slow(struct kxt_recording *r, unsigned int from, unsigned int to,
		       int (*each)(void *arg, const struct kxt_slow *slow), void *arg,
		       uint64_t *lost, struct kxt_err *err);

#endif /* KXT_RECORDING_H */
