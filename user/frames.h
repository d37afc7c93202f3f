/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A stream of windows from a collector: each tick makes the summary of what
 * happened since the one before it. VMs that ended stay in it for a while with
 * the numbers of their last window. Windows can also come from elsewhere.
 */
#ifndef KXT_FRAMES_H
#define KXT_FRAMES_H

#include "user/collector.h"
#include "user/summary.h"

/**
 * struct kxt_frames_gone - since when a VM is over
 * @pid: its process
 * @since_ns: the collector's clock when that was seen first
 */
struct kxt_frames_gone {
	uint32_t pid;
	uint64_t since_ns;
};

/**
 * struct kxt_frames_from - what is said of where the numbers come from
 * @names: names of the VMs
 * @collector: name of the collector
 * @kernel: release
 * @host: host name
 *
 * All of it has to outlive the stream.
 */
struct kxt_frames_from {
	struct kxt_vm_names *names;
	const char *collector;
	const char *kernel;
	const char *host;
};

/**
 * struct kxt_frames - the stream; zero it before kxt_frames_open()
 * @collector: where numbers come from; NULL after kxt_frames_init()
 * @from: what is said of it
 * @filter: which VMs are wanted
 * @prev: begin of the next window
 * @cur: scratch: its end
 * @delta: scratch: the window
 * @sum: the latest frame
 * @lost: what was lost since the first snapshot
 * @gone: VMs in @sum that ended
 * @nr_gone: how many
 * @linger_ns: how long VMs stay in @sum after their end; 0: only in the window
 *	in which they ended
 * @keep_pid: this VM stays in @sum even when its time is over; 0: none
 */
struct kxt_frames {
	struct kxt_collector *collector;
	struct kxt_frames_from from;
	const struct kxt_filter *filter;
	struct kxt_snapshot prev;
	struct kxt_snapshot cur;
	struct kxt_snapshot delta;
	struct kxt_summary sum;
	struct kxt_lost lost;
	struct kxt_frames_gone *gone;
	unsigned int nr_gone;
	uint64_t linger_ns;
	uint32_t keep_pid;
};

/**
 * kxt_frames_open() - take the first snapshot: the first window begins
 * @f: zeroed
 * @c: open collector, stays the caller's and must outlive @f
 * @filter: must outlive @f
 * @linger_ns: see struct kxt_frames
 * @err: set on failure
 *
 * Return: 0, or -1 with @err set; kxt_frames_close() is right either way.
 */
int kxt_frames_open(struct kxt_frames *f, struct kxt_collector *c,
		    const struct kxt_filter *filter, uint64_t linger_ns,
		    struct kxt_err *err);

/**
 * kxt_frames_init() - a stream without a collector, for kxt_frames_window()
 * @f: zeroed
 * @from: copied; what it points to is not
 * @filter: must outlive @f
 * @linger_ns: see struct kxt_frames
 */
void kxt_frames_init(struct kxt_frames *f, const struct kxt_frames_from *from,
		     const struct kxt_filter *filter, uint64_t linger_ns);

/** kxt_frames_close() - free everything, zero @f */
void kxt_frames_close(struct kxt_frames *f);

/**
 * kxt_frames_skip() - begin the next window now
 *
 * @sum stays as it is: it is what a paused view shows.
 *
 * Return: 0, or -1 with @err set.
 */
int kxt_frames_skip(struct kxt_frames *f, struct kxt_err *err);

/**
 * kxt_frames_next() - end the window, make its summary, begin the next one
 *
 * All pointers into the old @sum are void after this.
 *
 * Return: 0, or -1 with @err set.
 */
int kxt_frames_next(struct kxt_frames *f, struct kxt_err *err);

/**
 * kxt_frames_window() - the next frame is this window; @lost stays as it is
 * @f: stream
 * @delta: window
 * @now_ns: its end
 * @err: set on failure
 *
 * All pointers into the old @sum are void after this.
 *
 * Return: 0, or -1 with @err set.
 */
int kxt_frames_window(struct kxt_frames *f, const struct kxt_snapshot *delta,
		      uint64_t now_ns, struct kxt_err *err);

/**
 * kxt_frames_forget() - the next window does not follow the one before
 *
 * @sum is empty after this, and no VM of it is kept.
 */
void kxt_frames_forget(struct kxt_frames *f);

#endif /* KXT_FRAMES_H */
