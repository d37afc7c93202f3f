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

/**
 * struct kxt_slot_place - where a slot is
 * @slot: KVMEXIT_SLOT_SIZE bytes; behind them memory only up to the entries in use
 * @detail: KVMEXIT_DETAIL_SIZE bytes; behind them memory only up to the sketches in
 *	use; NULL: details are not wanted
 * @number: of the slot, for the key
 * @knows: KXT_KNOWS_* that hold for all slots; what the slot says comes on top
 */
struct kxt_slot_place {
	const void *slot;
	const void *detail;
	uint32_t number;
	uint32_t knows;
};

/** kxt_clock_since() - ns from @mark to @clock's now; 0 if @mark is later */
uint64_t kxt_clock_since(const struct kxt_clock *clock, uint64_t mark);

/**
 * kxt_slot_read() - append the vCPU of a slot to a snapshot
 * @s: snapshot; it is not sorted here
 * @place: the slot
 * @clock: for what the vCPU is in right now
 *
 * A slot that changes hands while it is read is tried again, and left out if
 * that goes on: its old vCPU is gone, its new one is in the next snapshot. Nothing
 * that is read is trusted: whatever is in the memory, only that memory is read.
 *
 * Return: 0 (also for a slot left out), -1 without memory.
 */
int kxt_slot_read(struct kxt_snapshot *s, const struct kxt_slot_place *place,
		  const struct kxt_clock *clock);

#endif /* KXT_SLOT_H */
