/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Snapshots: every counter of every vCPU at one moment, as a collector gives
 * them, and the difference of two of them. Pure: no I/O, no clock.
 */
#ifndef KXT_SNAPSHOT_H
#define KXT_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "module/uapi/kvmexit.h"
#include "user/err.h"

/**
 * struct kxt_entry - counters of one exit reason of one vCPU
 * @code: hardware code or KVMEXIT_CODE_*, see uapi/kvmexit.h
 * @hw_flags: VMX exit reason bits 31:16 seen
 * @level: nesting level, 0 if the collector does not tell
 * @count: exits
 * @unpaired: count minus timed exits. In a snapshot never negative; in a delta
 *	it is the change, -1 where an exit from before the window ended in it
 * @timed: exits in @hist
 * @total_ns: time of the timed exits
 * @max_ns: longest; in a delta an upper bound, see kxt_snapshot_delta()
 * @hist: buckets of bucket.h
 */
struct kxt_entry {
	uint64_t code;
	uint32_t hw_flags;
	uint32_t level;
	uint64_t count;
	int64_t  unpaired;
	uint64_t timed;
	uint64_t total_ns;
	uint64_t max_ns;
	uint64_t hist[KVMEXIT_NR_BUCKETS];
};

/**
 * struct kxt_vcpu - one vCPU
 * @key: identity of this vCPU's life: (slot << 32 | generation); two snapshots
 *	speak of the same vCPU if and only if the keys are equal
 * @pid: process
 * @tid: thread
 * @id: KVM's vcpu_id
 * @isa: enum kvmexit_isa
 * @ended: the vCPU is gone
 * @guest_ns: time in guest mode, the stretch it is in right now included
 * @kvm_entries: kvm_entry events
 * @backwards: negative intervals taken as 0
 * @nr: entries
 * @entry: entries with count > 0, sorted by level, then code
 */
struct kxt_vcpu {
	uint64_t key;
	uint32_t pid;
	uint32_t tid;
	uint32_t id;
	uint32_t isa;
	bool     ended;
	uint64_t guest_ns;
	uint64_t kvm_entries;
	uint64_t backwards;
	unsigned int nr;
	struct kxt_entry *entry;
};

/**
 * struct kxt_lost - what was not counted
 * @exits: exits of vCPUs that had no slot
 * @slots: times a vCPU was refused a slot
 * @events: slow exits and samples that found the ring full
 */
struct kxt_lost {
	uint64_t exits;
	uint64_t slots;
	uint64_t events;
};

/**
 * struct kxt_snapshot - all vCPUs at one moment
 * @now_ns: the collector's clock
 * @start_ns: the same clock when the counters began
 * @delta: a difference: @now_ns - @start_ns is then its length
 * @kvm_present: KVM's tracepoints exist on this host
 * @lost: see struct kxt_lost
 * @nr: vCPUs
 * @cap: room in @vcpu
 * @vcpu: sorted by key
 */
struct kxt_snapshot {
	uint64_t now_ns;
	uint64_t start_ns;
	bool     delta;
	bool     kvm_present;
	struct kxt_lost lost;
	unsigned int nr;
	unsigned int cap;
	struct kxt_vcpu *vcpu;
};

/** kxt_snapshot_init() - make @s empty; always before its first use */
void kxt_snapshot_init(struct kxt_snapshot *s);

/** kxt_snapshot_free() - release all memory of @s and make it empty */
void kxt_snapshot_free(struct kxt_snapshot *s);

/**
 * kxt_snapshot_add() - append a vCPU with room for entries
 * @s: snapshot
 * @nr: entries to have; they and the vCPU are zeroed, vcpu->nr is @nr
 *
 * Return: the vCPU (valid until the next call) or NULL without memory.
 */
struct kxt_vcpu *kxt_snapshot_add(struct kxt_snapshot *s, unsigned int nr);

/** kxt_snapshot_sort() - bring vCPUs and entries into the documented order */
void kxt_snapshot_sort(struct kxt_snapshot *s);

/**
 * kxt_snapshot_copy() - a deep copy
 * @dst: initialised snapshot, its old contents are freed
 * @src: what to copy
 * @err: set on failure
 *
 * Return: 0, or -1 with @err set (no memory; @dst is then empty).
 */
int kxt_snapshot_copy(struct kxt_snapshot *dst, const struct kxt_snapshot *src,
		      struct kxt_err *err);

/**
 * kxt_snapshot_carry() - keep what the collector has forgotten
 * @cur: newest snapshot; gets the ended vCPUs that only @prev still has
 * @prev: the snapshot before it
 * @err: set on failure
 *
 * A collector recycles the slot of an ended vCPU after a while. Called at least
 * every few seconds, this keeps @cur complete since the first snapshot: a vCPU
 * of @prev whose key is missing in @cur is added to it as ended.
 *
 * Return: 0, or -1 with @err set (no memory).
 */
int kxt_snapshot_carry(struct kxt_snapshot *cur, const struct kxt_snapshot *prev,
		       struct kxt_err *err);

/**
 * kxt_snapshot_delta() - what happened between two snapshots
 * @out: initialised snapshot for the result; delta is set, entries without any
 *	change are left out, vCPUs are kept even with nothing in them unless they
 *	had already ended in @from
 * @from: earlier; NULL means from zero (the result has the totals of @to)
 * @to: later
 * @err: set on failure
 *
 * A counter below its earlier value (a collector that was restarted) counts
 * from zero. If the starts differ (start_ns of @to is later than now_ns of
 * @from) all of @from is ignored. @max_ns: if the maximum grew in the window it
 * is exact; else the upper edge of the highest bucket that changed, at most the
 * old maximum.
 *
 * Return: 0, or -1 with @err set (no memory).
 */
int kxt_snapshot_delta(struct kxt_snapshot *out, const struct kxt_snapshot *from,
		       const struct kxt_snapshot *to, struct kxt_err *err);

#endif /* KXT_SNAPSHOT_H */
