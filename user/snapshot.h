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
 * @level: nesting level: 1 the guest, 2 a guest of it; 0 if it cannot be told
 * @count: exits; 0 for KVMEXIT_CODE_SIGNAL
 * @unpaired: count minus timed exits. In a snapshot never negative; in a delta
 *	it is the change, -1 where an exit from before the window ended in it
 * @timed: exits in @hist
 * @total_ns: latency of the timed exits; in a delta also what has elapsed of the
 *	exit that is open, see struct kxt_open
 * @max_ns: longest service time; in a delta an upper bound, see
 *	kxt_snapshot_delta()
 * @idle_ns: part of @total_ns: blocked or polling in a halt
 * @poll_ns: part of @idle_ns: halts that ended while polling
 * @runq_ns: part of @total_ns: waiting for a CPU
 * @vmm_ns: part of @total_ns: in the VMM
 * @vmm_count: returns to the VMM
 * @hist: timed exits by service time (latency without idle), buckets of bucket.h
 *
 * What is left of @total_ns after idle, runq and vmm is the kernel's:
 * kxt_entry_kernel_ns(). Which parts mean anything says kxt_vcpu.knows.
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
	uint64_t idle_ns;
	uint64_t poll_ns;
	uint64_t runq_ns;
	uint64_t vmm_ns;
	uint64_t vmm_count;
	uint64_t hist[KVMEXIT_NR_BUCKETS];
};

/* kxt_vcpu.knows, kxt_vm.knows: what the collector can tell; else "-", null */
#define KXT_KNOWS_IDLE	(1U << 0) /* idle_ns, poll_ns */
#define KXT_KNOWS_VMM	(1U << 1) /* vmm_ns, vmm_count */
#define KXT_KNOWS_RUNQ	(1U << 2) /* runq_ns */
#define KXT_KNOWS_LEVEL	(1U << 3) /* nesting levels */
#define KXT_KNOWS_ALL	(KXT_KNOWS_IDLE | KXT_KNOWS_VMM | KXT_KNOWS_RUNQ | KXT_KNOWS_LEVEL)

/**
 * struct kxt_open - the exit that a vCPU was in when the snapshot was taken
 * @is: there is one; else the rest means nothing
 * @code: its reason
 * @level: its nesting level
 * @idle_ns: what has elapsed of it, asleep: the reason is a halt
 * @kernel_ns: in the kernel
 * @vmm_ns: in the VMM
 *
 * Not in any counter of the entry yet. Only in snapshots: kxt_snapshot_delta()
 * adds it to the entry. What is said to be the kernel's may turn out to be run
 * queue time once the exit has ended, and so on; deltas settle that.
 */
struct kxt_open {
	bool     is;
	uint64_t code;
	uint32_t level;
	uint64_t idle_ns;
	uint64_t kernel_ns;
	uint64_t vmm_ns;
};

/**
 * struct kxt_detail - one key behind a reason of a vCPU
 * @code: reason
 * @level: its level
 * @kind: enum kvmexit_kind
 * @rest: in a snapshot: all exits of this kind, whatever their key. In a delta:
 *	those whose key had to make room: they are in no other row
 * @key: see enum kvmexit_kind; 0 with @rest
 * @access: KVMEXIT_ACCESS_*; part of the key; 0 with @rest
 * @one_in: on average one in so many exits is counted: 1 for all of them
 * @count: exits (of the sample)
 * @error: by how much @count can be too low
 * @ns: their service time
 * @error_ns: by how much @ns can be too low
 * @life: in a snapshot: changes when the key came anew; 0 in a delta
 */
struct kxt_detail {
	uint64_t code;
	uint32_t level;
	uint32_t kind;
	bool     rest;
	uint64_t key;
	uint32_t access;
	uint32_t one_in;
	uint64_t count;
	uint64_t error;
	uint64_t ns;
	uint64_t error_ns;
	uint64_t life;
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
 * @knows: KXT_KNOWS_*
 * @guest_ns: time in guest mode, the stretch it is in right now included
 * @kvm_entries: kvm_entry events
 * @backwards: negative intervals taken as 0
 * @open: the exit it is in right now; in a delta there is none
 * @nr: entries
 * @entry: entries with anything in them, sorted by level, then code
 * @nr_details: rows in @detail
 * @detail: what is behind the entries, NULL if nobody asked; sorted by level,
 *	code, kind, rest, key, access
 */
struct kxt_vcpu {
	uint64_t key;
	uint32_t pid;
	uint32_t tid;
	uint32_t id;
	uint32_t isa;
	bool     ended;
	uint32_t knows;
	uint64_t guest_ns;
	uint64_t kvm_entries;
	uint64_t backwards;
	struct kxt_open open;
	unsigned int nr;
	struct kxt_entry *entry;
	unsigned int nr_details;
	struct kxt_detail *detail;
};

/**
 * struct kxt_lost - what was not counted
 * @exits: exits of vCPUs that had no slot
 * @slots: times a vCPU was refused a slot
 * @events: slow exits that were not read in time, and details without a sketch
 */
struct kxt_lost {
	uint64_t exits;
	uint64_t slots;
	uint64_t events;
};

/**
 * struct kxt_cost - what collecting costs
 * @samples: exits (each with an entry) that were timed
 * @ns: time of the collector's own code for them
 */
struct kxt_cost {
	uint64_t samples;
	uint64_t ns;
};

/**
 * struct kxt_snapshot - all vCPUs at one moment
 * @now_ns: the collector's clock
 * @start_ns: the same clock when the counters began
 * @delta: a difference: @now_ns - @start_ns is then its length
 * @kvm_present: KVM's tracepoints exist on this host
 * @details: details were being collected (all of the window)
 * @lost: see struct kxt_lost
 * @cost: see struct kxt_cost; samples is 0 if it is not known. In a delta: of the
 *	window, or of all the time before it if the window has none
 * @memory: bytes of kernel memory that the collector has taken for slots; 0 if it
 *	is not known, and in a delta
 * @nr: vCPUs
 * @cap: room in @vcpu
 * @vcpu: sorted by key
 */
struct kxt_snapshot {
	uint64_t now_ns;
	uint64_t start_ns;
	bool     delta;
	bool     kvm_present;
	bool     details;
	struct kxt_lost lost;
	struct kxt_cost cost;
	uint64_t memory;
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
 * The open exits (struct kxt_open) are in it: what has elapsed of one at @to,
 * less what had elapsed of it at @from, is added to its entry's total_ns and parts
 * (not to its counts, @max_ns or @hist), so that a vCPU which sleeps all of the
 * window shows so. An entry is made for it if it has none. A part that would
 * come out negative, because an open exit was something else than it looked like,
 * is taken from the other parts: they add up to total_ns, always.
 *
 * Details: keys that came anew since @from count from 0; what the window's exits
 * of a kind have in no key is in its row @rest.
 *
 * Return: 0, or -1 with @err set (no memory).
 */
int kxt_snapshot_delta(struct kxt_snapshot *out, const struct kxt_snapshot *from,
		       const struct kxt_snapshot *to, struct kxt_err *err);

/**
 * kxt_snapshot_take_delta() - the same, but the memory of @from becomes the delta's where
 * it can: what takes the time of a delta is the memory that it touches
 *
 * @from, which is not NULL, is empty afterwards, also on failure.
 */
int kxt_snapshot_take_delta(struct kxt_snapshot *out, struct kxt_snapshot *from,
			    const struct kxt_snapshot *to, struct kxt_err *err);

#endif /* KXT_SNAPSHOT_H */
