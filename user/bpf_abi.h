/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the BPF programs, the keeper that feeds them with memory, and the reader
 * share. A slot is that of uapi/kvmexit.h with a private page in front of it, as in
 * the module; all of it is the value of maps that can be mapped into memory.
 *
 * Maps:
 *
 *	chunks	array of maps, by chunk number: array of KXT_BPF_CHUNK struct kxt_bpf_slot
 *	more	the same, by chunk number: the entries that a slot has beyond its first ones
 *	pieces	the same, by chunk number and piece: sketches, while details are wanted
 *	ready	queue of numbers of slots that are zeroed and nobody's
 *	vcpus	hash: a vCPU (its address, or its thread and number) to its slot
 *	threads	hash: a thread to the slot of the vCPU that it runs
 *	cpus	array: struct kxt_bpf_cpu
 *	wake	ring buffer: something for the keeper to do
 *	events	ring buffer: struct kvmexit_event, slow exits
 *	.bss	variables: struct kxt_bpf_near has the first chunks, with core programs
 *
 * Who writes what: a slot that is KVMEXIT_SLOT_LIVE belongs to the programs that run in
 * its vCPU's thread; one that is not, to the keeper, once its number is not in @ready.
 */
#ifndef KXT_BPF_ABI_H
#define KXT_BPF_ABI_H

#include "module/uapi/kvmexit.h"

/* Slots come in chunks, because each new map costs the kernel a grace period. */
#define KXT_BPF_CHUNK		16
/* Bounds the address space and the maps of maps, not memory. */
#define KXT_BPF_MAX_SLOTS	16384
#define KXT_BPF_MAX_CHUNKS	(KXT_BPF_MAX_SLOTS / KXT_BPF_CHUNK)
/* The first of them are in struct kxt_bpf_near. Both are powers of two. */
#define KXT_BPF_NEAR_CHUNKS	4
#define KXT_BPF_NEAR_SLOTS	(KXT_BPF_NEAR_CHUNKS * KXT_BPF_CHUNK)

#define KXT_BPF_PAGE		4096
#define KXT_BPF_BASE_ENTRIES	27
#define KXT_BPF_MORE_ENTRIES	(KVMEXIT_MAX_ENTRIES - KXT_BPF_BASE_ENTRIES)
#define KXT_BPF_PIECE_SKETCHES	16
#define KXT_BPF_PIECES		(KVMEXIT_MAX_SKETCHES / KXT_BPF_PIECE_SKETCHES)
/* Ask for more entries, or for another piece, when fewer than this are left. */
#define KXT_BPF_ENTRIES_LOW	8
#define KXT_BPF_SKETCHES_LOW	4

/* Entries that every slot has from the start, as in the module. */
#define KXT_BPF_ENTRY_OTHER	0
#define KXT_BPF_ENTRY_SIGNAL	1
#define KXT_BPF_ENTRY_FIRST	2

/* kxt_bpf_private.odd: what is not simple about the open exit; as in the module's parts.c */
#define KXT_BPF_ODD_EARLY	(1U << 0) /* @early_ns of it had gone before kvm_exit */
#define KXT_BPF_ODD_IDLE	(1U << 1) /* it has slept or polled */
#define KXT_BPF_ODD_GAP		(1U << 2) /* not all was seen before */

#define KXT_BPF_INDEX_SIZE	512
#define KXT_BPF_NO_ENTRY	0xff
/* No time stamp counter says this; see kxt_bpf_private.calm */
#define KXT_BPF_NOT_CALM	(~0ULL)
#define KXT_BPF_COST_ONE_IN	1024
#define KXT_BPF_RIP_ONE_IN_LOG2	4

/* kxt_bpf_private.how: where the reason of an exit is found */
#define KXT_BPF_HOW_NEW		0 /* to be decided at the vCPU's first exit */
#define KXT_BPF_HOW_SVM		1 /* in the VMCB */
#define KXT_BPF_HOW_VMX		2 /* in KVM's struct vcpu_vmx */
#define KXT_BPF_HOW_ARG		3 /* the tracepoint says it */
#define KXT_BPF_HOW_NONE	4 /* nowhere */

/**
 * struct kxt_bpf_seen - what is behind the open exit, as far as it is known yet
 * @mark: of that exit, to know it again; 0: nothing was looked at
 * @rip: guest instruction pointer
 * @info1: as in struct kvmexit_event
 * @info2: the same
 * @key: the same
 * @kind: the same
 * @access: the same
 * @entry: entry of its reason
 * @counted: it is in the sketches
 * @sketch: numbers of these sketches + 1: for its key, for @rip; 0: in none
 * @way: its place in each
 */
struct kxt_bpf_seen {
	__u64 mark;
	__u64 rip;
	__u64 info1;
	__u64 info2;
	__u64 key;
	__u32 kind;
	__u32 access;
	__u32 entry;
	__u32 counted;
	__u32 sketch[2];
	__u32 way[2];
};

/* Programs that are told of the same wake-up, or return to the VMM. */
#define KXT_BPF_WAYS		4

/**
 * struct kxt_bpf_private - the page in front of a slot
 * @vcpu: key in @vcpus of the vCPU whose slot it is; 0 when nobody's
 * @task: key in @threads of the thread that the vCPU runs in
 * @calm: bpf_calm.bpf.h: arch.last_host_tsc of the vCPU, if all is as usual since its last
 *	entry; else KXT_BPF_NOT_CALM
 * @timed: the next exit is timed, and this was @calm; 0: it isn't
 * @exits_floor: KVM's own exit counter at the last entry that was not calm, less one
 * @run_delay: the thread's run_delay when the current stretch began
 * @odd: what is not simple about the open exit: KXT_BPF_ODD_*
 * @how: KXT_BPF_HOW_*
 * @number: this slot's number
 * @vmcb: SVM: address of the VMCB of the guest itself (level 1)
 * @index: code to entry number, or KXT_BPF_NO_ENTRY; by level
 * @cell: the place of the cell in kxt_bpf_near that this slot was last put into, and 1
 * @ahead: by how much KVM's count of exits is ahead of ours, at any entry
 * @ahead_known: that is known
 * @early_ns: time of the open exit before its kvm_exit
 * @idle_ns: idle time in the open exit
 * @poll_ns: the polled part of it
 * @runq_seen: run_delay at the last wake-up
 * @vmm_run_delay: run_delay when the VMM got the open exit
 * @vmm_idle_ns: @idle_ns at that time
 * @seen: see there
 * @sketch_of: entry number and group to sketch number + 1, 0: none yet
 * @told_wakeup: wake-ups that were told, by KXT_WAY_*; see kxt_told_first()
 * @told_vmm: the same of returns to the VMM
 */
struct kxt_bpf_private {
	__u64 vcpu;
	__u64 task;
	__u64 calm;
	__u64 timed;
	__u64 exits_floor;
	__u64 run_delay;
	__u32 odd;
	__u32 how;
	__u32 cell;
	__u32 number;
	__u64 vmcb;
	__u8  index[2 * KXT_BPF_INDEX_SIZE];
	__u64 ahead;
	__u64 ahead_known;
	__u64 early_ns;
	__u64 idle_ns;
	__u64 poll_ns;
	__u64 runq_seen;
	__u64 vmm_run_delay;
	__u64 vmm_idle_ns;
	struct kxt_bpf_seen seen;
	__u8  sketch_of[64][4];
	__u32 told_wakeup[KXT_BPF_WAYS];
	__u32 told_vmm[KXT_BPF_WAYS];
};

/**
 * struct kxt_bpf_slot - a slot in a chunk
 * @p: private
 * @pad: to a whole page; what follows is mapped by the reader
 * @h: header
 * @entry: the first entries
 */
struct kxt_bpf_slot {
	struct kxt_bpf_private p;
	__u8 pad[KXT_BPF_PAGE - sizeof(struct kxt_bpf_private)];
	struct kvmexit_slot h;
	struct kvmexit_entry entry[KXT_BPF_BASE_ENTRIES];
};

/* Cells, a power of two; and the durations for which there is a bucket at hand. */
#define KXT_BPF_NEAR_CELLS	4096
#define KXT_BPF_NEAR_BUCKETS	2048
#define KXT_BPF_NEAR_BUCKET_LOG2 5

/**
 * struct kxt_bpf_near - what programs reach without a call and without a map
 * @pad: to a whole page
 * @bucket: kxt_bucket() of durations, in steps that are the width of the narrowest bucket
 * @cell: by some bits of a vCPU's address: where its slot is in @slot, in bytes, if it is
 *	one of these. May be another vCPU's, so the slot's @vcpu is compared before use
 * @slot: the slots of the first chunks
 *
 * The verifier computes addresses in the memory of a program's variables by itself: a slot
 * is two instructions away. One in a map in a map is some thirty. The distance from @slot
 * to what is in front of it fits into an instruction, so one address does for all.
 */
struct kxt_bpf_near {
	__u8 pad[2048];
	__u8 bucket[KXT_BPF_NEAR_BUCKETS];
	__u32 cell[KXT_BPF_NEAR_CELLS];
	struct kxt_bpf_slot slot[KXT_BPF_NEAR_SLOTS];
};

/** struct kxt_bpf_more - the other entries of a slot */
struct kxt_bpf_more {
	struct kvmexit_entry entry[KXT_BPF_MORE_ENTRIES];
};

/** struct kxt_bpf_piece - some of the sketches of a slot */
struct kxt_bpf_piece {
	struct kvmexit_sketch sketch[KXT_BPF_PIECE_SKETCHES];
};

/**
 * struct kxt_bpf_cpu - what one CPU remembers
 * @refused: vCPU that was refused a slot here last
 * @refused_epoch: kxt_bpf_control.epoch at that time
 * @lost_exits: exits of vCPUs without a slot
 * @lost_slots: refusals
 * @lost_details: details without a sketch
 * @lost_events: slow exits that found no room in the ring buffer
 * @cost_samples: exits whose programs were timed
 * @cost_ns: what their programs took
 * @reserved: zero
 *
 * Written by programs on this CPU.
 */
struct kxt_bpf_cpu {
	__u64 refused;
	__u64 refused_epoch;
	__u64 lost_exits;
	__u64 lost_slots;
	__u64 lost_details;
	__u64 lost_events;
	__u64 cost_samples;
	__u64 cost_ns;
	__u64 reserved[8];
};

/* CPUs with a struct kxt_bpf_last of their own; others share one. A power of two. */
#define KXT_BPF_LAST		512

/**
 * struct kxt_bpf_last - what a CPU ran last, in a cache line of its own
 * @number: of the slot of the vCPU that ran here last; may have been given to another
 *	one since, so its @vcpu is compared before use
 * @pad: zero
 */
struct kxt_bpf_last {
	__u32 number;
	__u32 pad[15];
};

/* kxt_bpf_control.watch */
#define KXT_BPF_WATCH_DETAILS	(1U << 0)
#define KXT_BPF_WATCH_SLOW	(1U << 1)

/**
 * struct kxt_bpf_control - what the programs are told, and what they tell the keeper
 * @watch: KXT_BPF_WATCH_*: what the reader wants besides counters
 * @armed: all programs are attached
 * @over_ns: least service time of a slow exit
 * @epoch: grows whenever slots come into @ready
 * @taken: slots taken out of @ready
 */
struct kxt_bpf_control {
	__u32 watch;
	__u32 armed;
	__u64 over_ns;
	__u64 epoch;
	__u64 taken;
};

_Static_assert(sizeof(struct kxt_bpf_slot) == 32768, "a slot is 32 KiB");
_Static_assert(sizeof(struct kxt_bpf_cpu) == 128, "a CPU has cache lines of its own");
_Static_assert(__builtin_offsetof(struct kxt_bpf_slot, h) == KXT_BPF_PAGE, "private page");
_Static_assert(__builtin_offsetof(struct kxt_bpf_near, slot) % KXT_BPF_PAGE == 0 &&
	       __builtin_offsetof(struct kxt_bpf_near, slot) < 32768, "near by");

#endif /* KXT_BPF_ABI_H */
