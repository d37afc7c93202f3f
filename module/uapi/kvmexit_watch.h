/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The part of kvmexit.h that is about what a reader has to ask for: what is
 * behind the exits, and slow exits. Include kvmexit.h, which explains it.
 */
#ifndef _UAPI_KVMEXIT_WATCH_H
#define _UAPI_KVMEXIT_WATCH_H

#include <linux/types.h>

/* Sizes of the details of a slot. A sketch has KVMEXIT_MAX_WAYS keys. */
#define KVMEXIT_SKETCH_SIZE	2048
#define KVMEXIT_MAX_SKETCHES	64
#define KVMEXIT_MAX_WAYS	32
#define KVMEXIT_DETAIL_SIZE	131072

/**
 * enum kvmexit_kind - what the keys of a sketch are
 * @KVMEXIT_KIND_NONE: nothing
 * @KVMEXIT_KIND_PORT: I/O port
 * @KVMEXIT_KIND_MMIO: guest physical address of a device register
 * @KVMEXIT_KIND_MSR: index of a model-specific register
 * @KVMEXIT_KIND_CPUID: CPUID leaf (EAX)
 * @KVMEXIT_KIND_HYPERCALL: number of a hypercall (RAX)
 * @KVMEXIT_KIND_GPA: guest page of a page fault, its address without the low 12
 *	bits: guest physical with nested paging, guest virtual with shadow paging
 * @KVMEXIT_KIND_RIP: guest instruction pointer, of a sample of the exits
 */
enum kvmexit_kind {
	KVMEXIT_KIND_NONE	= 0,
	KVMEXIT_KIND_PORT	= 1,
	KVMEXIT_KIND_MMIO	= 2,
	KVMEXIT_KIND_MSR	= 3,
	KVMEXIT_KIND_CPUID	= 4,
	KVMEXIT_KIND_HYPERCALL	= 5,
	KVMEXIT_KIND_GPA	= 6,
	KVMEXIT_KIND_RIP	= 7,
};

/* What the guest did there: kvmexit_way.access, kvmexit_event.access */
#define KVMEXIT_ACCESS_READ	(1U << 0)
#define KVMEXIT_ACCESS_WRITE	(1U << 1)
#define KVMEXIT_ACCESS_FETCH	(1U << 2) /* of an instruction */
#define KVMEXIT_ACCESS_PRESENT	(1U << 3) /* page is there, but not for this */
#define KVMEXIT_ACCESS_VIRTUAL	(1U << 4) /* the address is a virtual one */

/**
 * struct kvmexit_way - one key of a sketch
 * @key: see enum kvmexit_kind.
 * @count: exits with this key since it got this place: the exact number if
 *	@error is 0.
 * @ns: their service time.
 * @weight: what decides which key makes room for a new one.
 * @error: by how much @count can be too low: exits that the key may have had
 *	before it was thrown out, at some time, to make room.
 * @error_ns: by how much @ns can be too low.
 * @seq: odd while the place changes hands; grows by 2 each time. Load it (acquire)
 *	before and after the rest and forget what was read if it changed.
 * @access: KVMEXIT_ACCESS_*; part of the key.
 */
struct kvmexit_way {
	__u64 key;
	__u64 count;
	__u64 ns;
	__u64 weight;
	__u64 error;
	__u64 error_ns;
	__u32 seq;
	__u32 access;
};

/**
 * struct kvmexit_sketch - what is behind one reason: its heaviest keys
 * @entry: index of the entry whose exits these are.
 * @kind: enum kvmexit_kind.
 * @nr_ways: ways in use; grows only.
 * @one_in: on average one in so many exits is in here: 1 for all of them.
 * @count: exits, whatever their key: what is in no way was thrown out.
 * @ns: their service time.
 * @out: the most exits that a key had which was thrown out.
 * @out_ns: the most service time that such a key had.
 * @hint: the writer's.
 * @reserved: zero.
 * @way: the keys, in no order.
 *
 * Keys are kept by the space-saving algorithm (Metwally, Agrawal, El Abbadi,
 * "Efficient computation of frequent and top-k elements in data streams", 2005),
 * weighted by number and time, so that keys with many exits and keys with slow
 * ones both stay.
 */
struct kvmexit_sketch {
	__u32 entry;
	__u32 kind;
	__u32 nr_ways;
	__u32 one_in;
	__u64 count;
	__u64 ns;
	__u64 out;
	__u64 out_ns;
	__u8  hint[64];
	__u64 reserved[18];
	struct kvmexit_way way[KVMEXIT_MAX_WAYS];
};

/**
 * enum kvmexit_event_type - type of a record
 * @KVMEXIT_EVENT_SLOW: an exit whose service time passed the threshold
 * @KVMEXIT_EVENT_LOST: @lost records were not read in time; of the other fields
 *	only @cpu has a meaning
 */
enum kvmexit_event_type {
	KVMEXIT_EVENT_SLOW	= 1,
	KVMEXIT_EVENT_LOST	= 2,
};

/**
 * struct kvmexit_event - one record of read(2)
 * @type: enum kvmexit_event_type.
 * @cpu: where the exit ended.
 * @time_ns: CLOCK_MONOTONIC when it ended.
 * @slot: number of the vCPU's slot.
 * @generation: of that slot.
 * @pid: process, as in the slot.
 * @tid: thread.
 * @vcpu_id: KVM's vcpu_id.
 * @isa: enum kvmexit_isa.
 * @level: as in struct kvmexit_entry.
 * @pad0: zero.
 * @code: exit reason.
 * @total_ns: latency of this exit.
 * @idle_ns: its parts, as in struct kvmexit_entry.
 * @runq_ns: the same.
 * @vmm_ns: the same.
 * @rip: guest instruction pointer at the exit; 0 if it cannot be read.
 * @info1: VMX: exit qualification. SVM: EXITINFO1.
 * @info2: VMX: guest-physical address for EPT exits, else the VM-exit
 *	interruption information. SVM: EXITINFO2.
 * @key: what is behind it, see @kind.
 * @kind: enum kvmexit_kind.
 * @access: KVMEXIT_ACCESS_*.
 * @lost: KVMEXIT_EVENT_LOST: records; else 0.
 */
struct kvmexit_event {
	__u32 type;
	__u32 cpu;
	__u64 time_ns;
	__u32 slot;
	__u32 generation;
	__u32 pid;
	__u32 tid;
	__u32 vcpu_id;
	__u8  isa;
	__u8  level;
	__u16 pad0;
	__u64 code;
	__u64 total_ns;
	__u64 idle_ns;
	__u64 runq_ns;
	__u64 vmm_ns;
	__u64 rip;
	__u64 info1;
	__u64 info2;
	__u64 key;
	__u32 kind;
	__u32 access;
	__u64 lost;
};

#ifdef __cplusplus
#define KVMEXIT_ASSERT(cond, what)	static_assert(cond, what)
#else
#define KVMEXIT_ASSERT(cond, what)	_Static_assert(cond, what)
#endif
#define KVMEXIT_ASSERT_AT(type, field, at) \
	KVMEXIT_ASSERT(__builtin_offsetof(struct type, field) == (at), \
		       #type "." #field " moved")

KVMEXIT_ASSERT(sizeof(struct kvmexit_way) == 56, "way");
KVMEXIT_ASSERT_AT(kvmexit_way, key, 0);
KVMEXIT_ASSERT_AT(kvmexit_way, count, 8);
KVMEXIT_ASSERT_AT(kvmexit_way, ns, 16);
KVMEXIT_ASSERT_AT(kvmexit_way, weight, 24);
KVMEXIT_ASSERT_AT(kvmexit_way, error, 32);
KVMEXIT_ASSERT_AT(kvmexit_way, error_ns, 40);
KVMEXIT_ASSERT_AT(kvmexit_way, seq, 48);
KVMEXIT_ASSERT_AT(kvmexit_way, access, 52);

KVMEXIT_ASSERT(sizeof(struct kvmexit_sketch) == KVMEXIT_SKETCH_SIZE, "sketch");
KVMEXIT_ASSERT_AT(kvmexit_sketch, entry, 0);
KVMEXIT_ASSERT_AT(kvmexit_sketch, kind, 4);
KVMEXIT_ASSERT_AT(kvmexit_sketch, nr_ways, 8);
KVMEXIT_ASSERT_AT(kvmexit_sketch, one_in, 12);
KVMEXIT_ASSERT_AT(kvmexit_sketch, count, 16);
KVMEXIT_ASSERT_AT(kvmexit_sketch, ns, 24);
KVMEXIT_ASSERT_AT(kvmexit_sketch, out, 32);
KVMEXIT_ASSERT_AT(kvmexit_sketch, out_ns, 40);
KVMEXIT_ASSERT_AT(kvmexit_sketch, hint, 48);
KVMEXIT_ASSERT_AT(kvmexit_sketch, way, 256);
KVMEXIT_ASSERT(KVMEXIT_MAX_SKETCHES * KVMEXIT_SKETCH_SIZE == KVMEXIT_DETAIL_SIZE,
	       "details");

KVMEXIT_ASSERT(sizeof(struct kvmexit_event) == 128, "event");
KVMEXIT_ASSERT_AT(kvmexit_event, time_ns, 8);
KVMEXIT_ASSERT_AT(kvmexit_event, slot, 16);
KVMEXIT_ASSERT_AT(kvmexit_event, vcpu_id, 32);
KVMEXIT_ASSERT_AT(kvmexit_event, code, 40);
KVMEXIT_ASSERT_AT(kvmexit_event, rip, 80);
KVMEXIT_ASSERT_AT(kvmexit_event, key, 104);
KVMEXIT_ASSERT_AT(kvmexit_event, kind, 112);
KVMEXIT_ASSERT_AT(kvmexit_event, lost, 120);

#endif /* _UAPI_KVMEXIT_WATCH_H */
