/* SPDX-License-Identifier: GPL-2.0-only */
/* The live view on a recording. */
#ifndef KXT_REPLAY_LIVE_H
#define KXT_REPLAY_LIVE_H

#include "user/loop.h"
#include "user/replay/replay.h"
#include "user/replay/clock.h"
#include "user/replay/slow.h"
#include "user/view_tui.h"

/**
 * struct kxt_replay_live - the view with all that it needs
 * @r: recording; no window of it is shown yet
 * @loop: what is waited for
 * @tui: the screen
 * @filter: which VMs are wanted
 * @clock: recorded time; the caller sets speed and whether it runs
 * @slow: slow exits up to the window that is shown
 * @fed: @tui has those up to this frame; UINT_MAX: it has none
 * @bad: window that could not be read last, 0: the last one could
 */
struct kxt_replay_live {
	struct kxt_replay *r;
	struct kxt_loop *loop;
	struct kxt_tui *tui;
	const struct kxt_filter *filter;
	struct kxt_replay_clock clock;
	struct kxt_replay_slow slow;
	unsigned int fed;
	unsigned int bad;
};

/**
 * kxt_replay_live() - windows and keys until the user has had enough
 * @live: zeroed but for @r, @loop, @tui, @filter, and @clock.speed and @clock.runs
 * @frames: leave after so many windows were played; 0: never
 * @err: set on failure
 *
 * At the end of the recording the view stays. A window that cannot be read is said to be
 * so, and passed over.
 *
 * Return: 0, or -1 with @err set.
 */
int kxt_replay_live(struct kxt_replay_live *live, unsigned long frames,
		    struct kxt_err *err);

#endif /* KXT_REPLAY_LIVE_H */
