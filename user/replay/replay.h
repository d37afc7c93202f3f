/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A recording cut into windows, shown one at a time and in any order. Window N is what
 * happened between two stops, N - 1 and N; a stop is a frame of the recording, each of
 * them, or one every so many seconds.
 */
#ifndef KXT_REPLAY_H
#define KXT_REPLAY_H

#include "user/frames.h"
#include "user/rec/recording.h"
#include "user/replay/place.h"

/**
 * struct kxt_replay_range - which part of a recording
 * @from: begins here; NULL: at its beginning. As kxt_report_time() takes it
 * @to: and ends here; NULL: at its end
 * @window_ns: least length of a window; 0: each interval that was recorded is one
 */
struct kxt_replay_range {
	const char *from;
	const char *to;
	uint64_t window_ns;
};

/**
 * struct kxt_replay - a recording and the window that is shown; zero it before use
 * @rec: recording
 * @frames: the window, as a frame: @frames.sum, and @frames.lost since @first
 * @first: frame where it begins
 * @last: frame where it ends, after @first
 * @stop: frames, upwards; the first is @first, the last is @last
 * @nr: stops, 2 or more; windows are 1 to @nr - 1
 * @at: window that is shown; 0 before the first
 * @delta: scratch: the window
 * @snap: scratch: its end
 * @lost: what had been lost at @first
 */
struct kxt_replay {
	struct kxt_recording *rec;
	struct kxt_frames frames;
	unsigned int first;
	unsigned int last;
	unsigned int *stop;
	unsigned int nr;
	unsigned int at;
	struct kxt_snapshot delta;
	struct kxt_snapshot snap;
	struct kxt_lost lost;
};

/**
 * kxt_replay_open() - cut a recording into windows
 * @r: zeroed
 * @rec: open recording, stays the caller's and must outlive @r
 * @range: which part of it
 * @filter: which VMs are wanted; must outlive @r
 * @linger_ns: how long VMs stay in frames after their end
 * @err: set on failure: usage if a time is none or the part has no window
 *
 * Return: 0, or -1 with @err set; kxt_replay_close() is right either way.
 */
int kxt_replay_open(struct kxt_replay *r, struct kxt_recording *rec,
		    const struct kxt_replay_range *range, const struct kxt_filter *filter,
		    uint64_t linger_ns, struct kxt_err *err);

/** kxt_replay_close() - free everything, zero @r */
void kxt_replay_close(struct kxt_replay *r);

/**
 * kxt_replay_group() - windows of another length
 * @r: replay
 * @window_ns: least length; 0: each interval that was recorded is one
 * @err: set on failure
 *
 * No window is shown after it.
 *
 * Return: the new number of the window in which the one that was shown ended, or 0
 * with @err set (no memory; all is as it was).
 */
unsigned int kxt_replay_group(struct kxt_replay *r, uint64_t window_ns,
			      struct kxt_err *err);

/**
 * kxt_replay_show() - make the frame of a window
 * @r: replay
 * @window: 1 to @r->nr - 1
 * @err: set on failure: memory, or the recording is damaged here
 *
 * What is in the frame does not depend on which window was shown before: VMs that ended
 * in the last @linger_ns before it are there too. Only the VM of frames.keep_pid, which
 * stays longer, is not there if its end was passed over.
 *
 * All pointers into the old frame are void after this.
 *
 * Return: 0, or -1 with @err set; then no window is shown.
 */
int kxt_replay_show(struct kxt_replay *r, unsigned int window, struct kxt_err *err);

/** kxt_replay_end_ns() - when a window ends, by the frames' clock; 0: when the first begins */
uint64_t kxt_replay_end_ns(const struct kxt_replay *r, unsigned int window);

/** kxt_replay_find() - the last window that has ended at a time; at least 1 */
unsigned int kxt_replay_find(const struct kxt_replay *r, uint64_t now_ns);

/**
 * kxt_replay_goto() - the window of a place that the user wrote
 * @r: replay
 * @text: as kxt_report_time() takes it
 * @window: result: the one that goes on at that time; the first or last one if the time
 *	is outside of the part that is replayed
 * @err: set on failure (usage)
 *
 * Return: 0, or -1 with @err set.
 */
int kxt_replay_goto(const struct kxt_replay *r, const char *text, unsigned int *window,
		    struct kxt_err *err);

/** kxt_replay_place() - where the window that is shown is; @place->speed stays */
void kxt_replay_place(const struct kxt_replay *r, struct kxt_replay_place *place);

/**
 * kxt_replay_zone() - go by the clock on the wall of the host that was recorded
 * @host: its facts
 *
 * Sets this process' time zone (TZ).
 */
void kxt_replay_zone(const struct kxt_recording_host *host);

#endif /* KXT_REPLAY_H */
