/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the verb top share. */
#ifndef KXT_CMD_TOP_H
#define KXT_CMD_TOP_H

#include "user/cmd.h"
#include "user/frames.h"
#include "user/loop.h"
#include "user/view_tui.h"

/**
 * struct kxt_top_live - the live view with all that it needs
 * @frames: where frames come from
 * @loop: what is waited for
 * @tui: the screen
 * @filter: which VMs are wanted
 * @details: details are being collected for us
 * @slow_ns: the threshold that the collector has; UINT64_MAX: none
 */
struct kxt_top_live {
	struct kxt_frames *frames;
	struct kxt_loop *loop;
	struct kxt_tui *tui;
	const struct kxt_filter *filter;
	bool details;
	uint64_t slow_ns;
};

/**
 * kxt_top_live() - frames and keys until the user has had enough
 * @live: zeroed but for what the caller knows; @slow_ns is UINT64_MAX
 * @frames: leave after so many; 0: never
 * @err: set on failure
 *
 * Return: 0, or -1 with @err set.
 */
int kxt_top_live(struct kxt_top_live *live, unsigned long frames, struct kxt_err *err);

#endif /* KXT_CMD_TOP_H */
