/* SPDX-License-Identifier: GPL-2.0-only */
/* Which slow exits of a frame are recorded: a storm of them must not fill the disk. Pure. */
#ifndef KXT_REC_SLOW_H
#define KXT_REC_SLOW_H

#include <stdint.h>

#include "user/rec/format.h"

/**
 * struct kxt_rec_slow - slow exits since the last frame; zero it before use
 * @nr: how many are kept
 * @lost: how many came, or were lost before they came, and are not
 * @second: the one that exits are kept of, by their time
 * @first: where those of it begin
 * @spent: kept of it in frames before
 * @event: they, oldest first if they came so
 */
struct kxt_rec_slow {
	unsigned int nr;
	uint64_t lost;
	uint64_t second;
	unsigned int first, spent;
	struct kvmexit_event event[KXT_REC_SLOW_FRAME];
};

/**
 * kxt_rec_slow_add() - one more
 * @s: slow exits
 * @ev: it, not before those that came already
 *
 * Of a second, KXT_REC_SLOW_SECOND are kept: those that took longest, as far as they are
 * in the same frame.
 */
void kxt_rec_slow_add(struct kxt_rec_slow *s, const struct kvmexit_event *ev);

/** kxt_rec_slow_next() - they are recorded: begin with those of the next frame */
void kxt_rec_slow_next(struct kxt_rec_slow *s);

#endif /* KXT_REC_SLOW_H */
