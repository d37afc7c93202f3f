/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading a slot of uapi/kvmexit.h while its vCPU writes it. Knows memory only,
 * not where it comes from: the module's mapping, a BPF map, a test.
 */
#ifndef KXT_SLOT_H
#define KXT_SLOT_H

#include "user/snapshot.h"

/**
 * struct kxt_clock - the clock of kvmexit_slot.mark
 * @mult: ns = (ticks * mult) >> shift
 * @shift: less than 128
 * @now: ticks, taken before the slots are read
 */
struct kxt_clock {
	uint64_t mult;
	uint32_t shift;
	uint64_t now;
};

/** kxt_clock_since() - ns from @mark to @clock's now; 0 if @mark is later */
uint64_t kxt_clock_since(const struct kxt_clock *clock, uint64_t mark);

/**
 * kxt_slot_read() - append the vCPU of a slot to a snapshot
 * @s: snapshot; it is not sorted here
 * @mem: KVMEXIT_SLOT_SIZE bytes; behind them memory only up to the entries in use
 * @number: of the slot, for the key
 * @clock: for the stretch in guest mode that is running
 *
 * A slot that changes hands while it is read is tried again, and left out if
 * that goes on: its old vCPU is gone, its new one is in the next snapshot.
 *
 * Return: 0 (also for a slot left out), -1 without memory.
 */
int kxt_slot_read(struct kxt_snapshot *s, const void *mem, uint32_t number,
		  const struct kxt_clock *clock);

#endif /* KXT_SLOT_H */
