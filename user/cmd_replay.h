/* SPDX-License-Identifier: GPL-2.0-only */
/* What replay does, for top -C FILE too. */
#ifndef KXT_CMD_REPLAY_H
#define KXT_CMD_REPLAY_H

#include "user/cmd_top_look.h"
#include "user/replay/replay.h"

/**
 * struct kxt_replay_opts - how to replay
 * @file: recording
 * @range: which part of it, in which windows
 * @filter: which VMs
 * @look: how frames look
 * @speed: see user/replay/place.h
 * @paused: begin with a pause
 * @batch: print windows, without waiting for any time to pass
 * @details: what is behind the reasons too, if it was recorded
 * @need_details: it is an error if it was not
 * @frames: leave after so many; 0: at the end
 * @verbose: say what privileges are left
 */
struct kxt_replay_opts {
	const char *file;
	struct kxt_replay_range range;
	struct kxt_filter filter;
	struct kxt_look look;
	uint32_t speed;
	bool paused;
	bool batch;
	bool details;
	bool need_details;
	unsigned long frames;
	bool verbose;
};

/**
 * kxt_replay_run() - show a recording; also a batch if stdin or stdout is no terminal
 *
 * Return: exit status; what went wrong is said on stderr, as is what is missing in the
 * recording.
 */
int kxt_replay_run(const struct kxt_replay_opts *opts);

#endif /* KXT_CMD_REPLAY_H */
