/* SPDX-License-Identifier: GPL-2.0-only */
/* The latest slow exits of a recording up to any frame, forward and backward. */
#ifndef KXT_REPLAY_SLOW_H
#define KXT_REPLAY_SLOW_H

#include "user/rec/recording.h"
#include "user/summary.h"

/**
 * struct kxt_replay_slow - the latest of them; zero it before use
 * @exit: room for KXT_SLOW_LOG_MAX; number N is at N % KXT_SLOW_LOG_MAX
 * @nr: how many there were up to @at; the last KXT_SLOW_LOG_MAX of them are here
 * @held: none before this number is here
 * @first: they came after this frame
 * @at: and up to this one
 * @came: for each frame from @first on that was read: how many there were up to it
 * @lost: and how many were lost
 */
struct kxt_replay_slow {
	struct kxt_slow *exit;
	uint64_t nr;
	uint64_t held;
	unsigned int first;
	unsigned int at;
	uint64_t *came;
	uint64_t *lost;
};

/**
 * kxt_replay_slow_open() - get room
 * @s: zeroed
 * @first: frame after which they are wanted
 * @last: and up to which; not before @first
 * @err: set on failure
 *
 * Return: 0, or -1 with @err set (no memory); kxt_replay_slow_close() is right either
 * way.
 */
int kxt_replay_slow_open(struct kxt_replay_slow *s, unsigned int first, unsigned int last,
			 struct kxt_err *err);

/** kxt_replay_slow_close() - free the room, zero @s */
void kxt_replay_slow_close(struct kxt_replay_slow *s);

/**
 * kxt_replay_slow_seek() - read on, or go back
 * @s: open
 * @rec: recording
 * @filter: which VMs are wanted; NULL: all. The same in each call
 * @frame: up to which frame, from the first to the last one
 * @err: set on failure
 *
 * Forward all frames between are read; backward at most those of the exits that are here
 * after it.
 *
 * Return: 0, or -1 with @err set (damaged): it is then where it could be read up to.
 */
int kxt_replay_slow_seek(struct kxt_replay_slow *s, struct kxt_recording *rec,
			 const struct kxt_filter *filter, unsigned int frame,
			 struct kxt_err *err);

/** kxt_replay_slow_get() - number @n of those here, oldest first; NULL: no more */
const struct kxt_slow *kxt_replay_slow_get(const struct kxt_replay_slow *s, unsigned int n);

/** kxt_replay_slow_lost() - how many were lost up to here */
uint64_t kxt_replay_slow_lost(const struct kxt_replay_slow *s);

#endif /* KXT_REPLAY_SLOW_H */
