/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * kvmexit - the contract between kvmexit.ko and its readers
 *
 * The module hooks the tracepoints kvm_exit and kvm_entry and keeps, for every
 * vCPU of the host, one slot with counters that only ever grow. A reader opens
 * KVMEXIT_DEVICE, asks KVMEXIT_IOC_INFO what it is talking to, maps the slots
 * read-only and looks at them as often as it likes: a look costs the VMs
 * nothing. There is no reset; who wants rates keeps its own baseline. Any
 * number of readers can look at the same time.
 *
 * Opening. The device is read-only. While at least one reader has it open (or
 * for ever, if the module was loaded with always=1) the probes are attached.
 * When the last reader leaves, they are detached and all slots are forgotten.
 *
 * Mapping. Slot N is KVMEXIT_SLOT_SIZE bytes at offset N * KVMEXIT_SLOT_SIZE.
 * Map max_slots * KVMEXIT_SLOT_SIZE bytes (or a part of it) once, PROT_READ
 * and MAP_SHARED; a writable mapping gives EPERM, an offset or length outside
 * of the slots EINVAL. Slots 0 to nr_slots - 1 exist; nr_slots grows while the
 * file is open and never shrinks. Memory is behind a slot only where the
 * module has put something: touching a slot >= nr_slots, or an entry >=
 * nr_entries of its slot, can raise SIGBUS.
 *
 * Reading a slot. A slot is one struct kvmexit_slot, the header, followed by
 * KVMEXIT_MAX_ENTRIES struct kvmexit_entry of which the first nr_entries are in
 * use. One thread, the vCPU's, writes; nobody waits for a reader. So:
 *
 *   1. load generation, then state (both acquire); skip it if KVMEXIT_SLOT_FREE;
 *   2. load nr_entries (acquire); for every entry load the histogram first, then
 *      (acquire) the parts, then (acquire) total_ns and count: the sum of the
 *      buckets is then never above count, that of the parts never above total_ns;
 *   3. load state and generation again. If the generation changed, or the state
 *      went to KVMEXIT_SLOT_FREE, the slot was given to another vCPU while you
 *      read: forget what you read.
 *
 * Generation. A slot belongs to one vCPU for one generation. When the vCPU is
 * gone the state becomes KVMEXIT_SLOT_ENDED; its counters stay readable for at
 * least KVMEXIT_LINGER_MIN_NS, usually KVMEXIT_LINGER_NS, and then the slot is
 * zeroed and may come back under a higher generation. A reader that looks once
 * a second therefore never misses a vCPU.
 *
 * Time. Everything is in nanoseconds, and points in time are CLOCK_MONOTONIC,
 * but for two fields: mark and vmm_mark are in ticks of the module's clock, as
 * clock_now in struct kvmexit_info is: what has elapsed since then is
 * ((clock_now - mark) * clock_mult) >> clock_shift nanoseconds, in 128 bits; if
 * the vCPU had an event after clock_now was taken the difference is negative
 * and nothing has elapsed.
 *
 * Where the time goes. Between kvm_exit and the next kvm_entry of its vCPU an
 * exit takes total_ns. Of that, idle_ns the vCPU was blocked, or polled, in a
 * halt; runq_ns its thread could have run but had no CPU; vmm_ns the VMM had it,
 * in user mode; the rest is the kernel's. total_ns - idle_ns is the *service
 * time*: histograms and max_ns are of service time. A signal can take the vCPU
 * out to the VMM at any time (KVM_RUN returns EINTR: the VM is paused, or the VMM
 * wants something of its own). No exit has asked for that, so it ends the exit
 * that is open, and what follows is counted in an entry of its own,
 * KVMEXIT_CODE_SIGNAL, with a count of 0.
 *
 * The open exit. What a vCPU is in right now is in no counter yet. If phase is
 * KVMEXIT_PHASE_GUEST it has been in guest mode since mark. If it is
 * KVMEXIT_PHASE_EXIT, the exit of entry open_entry has been going on since mark
 * and the kernel has it: a halt sleeps. If it is KVMEXIT_PHASE_VMM, that exit
 * went to the VMM at vmm_mark and is still there. Load mark before and after the
 * entries: a vCPU that goes on stores mark before it adds to any counter.
 *
 * Details. A reader that wants to know what is behind the reasons asks with
 * KVMEXIT_IOC_DETAILS; they are collected until it closes its file. Only then
 * can it map them: KVMEXIT_DETAIL_SIZE bytes for slot N at offset
 * max_slots * KVMEXIT_SLOT_SIZE + N * KVMEXIT_DETAIL_SIZE, of which the first
 * nr_sketches struct kvmexit_sketch (in the slot's header) are in use.
 *
 * Slow exits. A reader that wants every exit whose service time is at least some
 * threshold says so with KVMEXIT_IOC_SLOW and gets struct kvmexit_event records
 * from read(2), whole ones only; poll(2) tells when there are some. Each reader
 * has its own threshold and place in the stream. One that is too slow loses the
 * oldest, and is told how many by a record of type KVMEXIT_EVENT_LOST.
 *
 * Compatibility. A new field takes the place of a reserved one (which is zero
 * until then) and raises KVMEXIT_ABI_MINOR. Whatever an old reader would
 * misread raises KVMEXIT_ABI_MAJOR; a reader refuses a major version that it
 * does not know.
 *
 * All integers are in the host's byte order.
 */
#ifndef _UAPI_KVMEXIT_H
#define _UAPI_KVMEXIT_H

#include <linux/types.h>
#include <linux/ioctl.h>

#include "kvmexit_watch.h"

#define KVMEXIT_DEVICE		"/dev/kvmexit"

#define KVMEXIT_ABI_MAJOR	2
#define KVMEXIT_ABI_MINOR	0

/* Sizes in bytes. A slot is one header and KVMEXIT_MAX_ENTRIES entries. */
#define KVMEXIT_HEADER_SIZE	1024
#define KVMEXIT_ENTRY_SIZE	1024
#define KVMEXIT_MAX_ENTRIES	63
#define KVMEXIT_SLOT_SIZE	65536

/*
 * Buckets of a histogram: see bucket.h. [0] is below 128 ns, [1]..[112] are four
 * linear steps a power of two from 128 ns to 2^35 ns, [113] is the rest.
 */
#define KVMEXIT_NR_BUCKETS	114

/* How long an ended slot stays readable: always, and if no one needs the room. */
#define KVMEXIT_LINGER_MIN_NS	5000000000ULL
#define KVMEXIT_LINGER_NS	60000000000ULL

/**
 * enum kvmexit_isa - which hardware the codes of a slot belong to
 * @KVMEXIT_ISA_UNKNOWN: neither; codes are shown as numbers
 * @KVMEXIT_ISA_VMX: Intel VT-x; the value is the kernel's KVM_ISA_VMX
 * @KVMEXIT_ISA_SVM: AMD-V; the value is the kernel's KVM_ISA_SVM
 */
enum kvmexit_isa {
	KVMEXIT_ISA_UNKNOWN	= 0,
	KVMEXIT_ISA_VMX		= 1,
	KVMEXIT_ISA_SVM		= 2,
};

/**
 * enum kvmexit_slot_state - life of a slot
 * @KVMEXIT_SLOT_FREE: nobody's; its contents mean nothing
 * @KVMEXIT_SLOT_LIVE: belongs to a vCPU
 * @KVMEXIT_SLOT_ENDED: its vCPU is gone, the counters are final
 */
enum kvmexit_slot_state {
	KVMEXIT_SLOT_FREE	= 0,
	KVMEXIT_SLOT_LIVE	= 1,
	KVMEXIT_SLOT_ENDED	= 2,
};

/**
 * enum kvmexit_phase - where the vCPU is, as far as its last event tells
 * @KVMEXIT_PHASE_UNKNOWN: no event since collection began
 * @KVMEXIT_PHASE_GUEST: in guest mode since @mark
 * @KVMEXIT_PHASE_EXIT: in an exit since @mark; entry @open_entry has its reason
 * @KVMEXIT_PHASE_VMM: the same, and with the VMM since @vmm_mark
 */
enum kvmexit_phase {
	KVMEXIT_PHASE_UNKNOWN	= 0,
	KVMEXIT_PHASE_GUEST	= 1,
	KVMEXIT_PHASE_EXIT	= 2,
	KVMEXIT_PHASE_VMM	= 3,
};

/*
 * Codes that no hardware has. Entry 0 of every slot collects the exits whose
 * reason found no entry of its own; it is there even when nothing is in it.
 * KVMEXIT_CODE_UNREADABLE is an exit whose reason could not be read (VMREAD
 * failed, a TDX guest, an unknown ISA). KVMEXIT_CODE_SIGNAL is no exit at all but
 * the time in which the VMM had the vCPU because KVM_RUN was interrupted; entry 1
 * of every slot has that.
 */
#define KVMEXIT_CODE_OTHER	0xfffffffffffffffeULL
#define KVMEXIT_CODE_UNREADABLE	0xfffffffffffffffdULL
#define KVMEXIT_CODE_SIGNAL	0xfffffffffffffffcULL

/**
 * struct kvmexit_entry - one exit reason of one vCPU
 * @code: VMX: basic exit reason, bits 15:0 (Intel SDM vol. 3, appendix C).
 *	SVM: EXITCODE, the low 32 bits, zero-extended (AMD APM vol. 2, appendix C).
 *	Or one of KVMEXIT_CODE_*.
 * @hw_flags: VMX: bits 31:16 of every exit reason seen here, or-ed together
 *	(bit 31: VM-entry failure). SVM: 0.
 * @level: 1: an exit of the guest; 2: of a guest that it runs itself (nested
 *	virtualization), whoever handles it; 0: cannot be told.
 * @pad0: zero.
 * @count: exits.
 * @total_ns: sum of the latencies of the timed exits: those that were followed by
 *	an entry, or by a return to the VMM because of a signal.
 * @max_ns: the longest service time of them.
 * @idle_ns: part of @total_ns: blocked or polling in a halt (kvm_vcpu_wakeup).
 * @poll_ns: part of @idle_ns: halts that ended while they were polling.
 * @runq_ns: part of @total_ns: runnable without a CPU (the thread's run_delay).
 *	0 unless KVMEXIT_SLOT_RUNQ is set.
 * @vmm_ns: part of @total_ns: from the return to user mode (kvm_userspace_exit)
 *	to the end, but for what is in @idle_ns and @runq_ns.
 * @vmm_count: returns to user mode.
 * @reserved: zero.
 * @hist: timed exits by service time. Its sum is their number; count minus this
 *	sum is *unpaired*: exits with no entry after them (the last one of a vCPU,
 *	or the one that is open now). Empty for KVMEXIT_CODE_SIGNAL.
 */
struct kvmexit_entry {
	__u64 code;
	__u32 hw_flags;
	__u8  level;
	__u8  pad0[3];
	__u64 count;
	__u64 total_ns;
	__u64 max_ns;
	__u64 idle_ns;
	__u64 poll_ns;
	__u64 runq_ns;
	__u64 vmm_ns;
	__u64 vmm_count;
	__u64 reserved[4];
	__u64 hist[KVMEXIT_NR_BUCKETS];
};

/* kvmexit_slot.flags */
#define KVMEXIT_SLOT_RUNQ	(1U << 0) /* the kernel accounts run queue time */
#define KVMEXIT_SLOT_LEVEL	(1U << 1) /* nesting levels can be told */

/**
 * struct kvmexit_slot - header of one vCPU's slot
 * @mark: clock ticks at the vCPU's last event.
 * @phase: enum kvmexit_phase.
 * @open_entry: index of the entry of the latest exit; open if @phase says so.
 * @guest_ns: time in guest mode, from each entry to the exit after it.
 * @entries: kvm_entry events.
 * @backwards: intervals that came out negative and were taken as 0.
 * @vmm_mark: clock ticks when the open exit went to the VMM, if @phase says so.
 * @reserved0: zero.
 * @generation: grows by one each time the slot gets another vCPU.
 * @state: enum kvmexit_slot_state.
 * @pid: process (thread group) of the vCPU in the initial PID namespace.
 * @tid: the vCPU's thread in the initial PID namespace.
 * @vcpu_id: KVM's vcpu_id.
 * @isa: enum kvmexit_isa.
 * @nr_entries: entries in use, entry 0 included; grows only.
 * @flags: KVMEXIT_SLOT_*.
 * @start_ns: CLOCK_MONOTONIC when the slot got this vCPU.
 * @end_ns: CLOCK_MONOTONIC when the vCPU was found gone, 0 before.
 * @nr_sketches: struct kvmexit_sketch in use; grows while details are collected,
 *	goes back to 0 when nobody wants them any more.
 * @pad0: zero.
 * @reserved1: zero.
 */
struct kvmexit_slot {
	/* written at every exit and entry: one cache line */
	__u64 mark;
	__u32 phase;
	__u32 open_entry;
	__u64 guest_ns;
	__u64 entries;
	__u64 backwards;
	__u64 vmm_mark;
	__u64 reserved0[2];
	/* written when the slot changes hands */
	__u32 generation;
	__u32 state;
	__u32 pid;
	__u32 tid;
	__u32 vcpu_id;
	__u32 isa;
	__u32 nr_entries;
	__u32 flags;
	__u64 start_ns;
	__u64 end_ns;
	__u32 nr_sketches;
	__u32 pad0;
	__u64 reserved1[113];
};

/* kvmexit_info.flags */
#define KVMEXIT_INFO_KVM	(1U << 0) /* KVM's tracepoints are there */
#define KVMEXIT_INFO_ATTACHED	(1U << 1) /* the probes are attached to them */
#define KVMEXIT_INFO_ALWAYS	(1U << 2) /* loaded with always=1 */
#define KVMEXIT_INFO_LAYOUT_BAD	(1U << 3) /* KVM looks unlike the headers; off */
#define KVMEXIT_INFO_CLOCK_TSC	(1U << 4) /* ticks are TSC ticks, not ns */
#define KVMEXIT_INFO_IDLE	(1U << 5) /* idle_ns and poll_ns are counted */
#define KVMEXIT_INFO_VMM	(1U << 6) /* vmm_ns and vmm_count are counted */
#define KVMEXIT_INFO_DETAILS	(1U << 7) /* details are being collected */

/**
 * struct kvmexit_info - what is this module and where are its slots
 * @size: in: sizeof(struct kvmexit_info) of the caller, at least
 *	KVMEXIT_INFO_SIZE_V1; out: how many bytes were filled.
 * @abi_major: in: the major version that the caller speaks, or 0 to just ask;
 *	out: the module's KVMEXIT_ABI_MAJOR (also when EINVAL says it differs).
 * @abi_minor: out: the module's KVMEXIT_ABI_MINOR; in: ignored.
 * @flags: KVMEXIT_INFO_*.
 * @slot_size: KVMEXIT_SLOT_SIZE.
 * @header_size: KVMEXIT_HEADER_SIZE.
 * @entry_size: KVMEXIT_ENTRY_SIZE.
 * @max_entries: KVMEXIT_MAX_ENTRIES.
 * @nr_buckets: KVMEXIT_NR_BUCKETS.
 * @max_slots: the module's parameter max_vcpus; bounds the mapping.
 * @nr_slots: slots that exist now.
 * @live_slots: those that belong to a vCPU.
 * @ended_slots: those whose vCPU is gone and that are still readable.
 * @clock_shift: see @clock_mult.
 * @pad0: zero.
 * @clock_mult: ns = (ticks * clock_mult) >> clock_shift.
 * @clock_now: the module's clock, in ticks.
 * @now_ns: CLOCK_MONOTONIC at the same moment.
 * @start_ns: CLOCK_MONOTONIC when this collection began.
 * @lost_exits: exits not counted: their vCPU had no slot, or the probes were off
 *	while the clock was exchanged.
 * @lost_slots: times a vCPU that came onto a CPU was refused a slot.
 * @lost_events: slow exits that this reader was too late for, and details for
 *	which there was no sketch.
 * @recycled_early: ended slots that went before KVMEXIT_LINGER_NS were over.
 * @memory: bytes of kernel memory taken by slots.
 * @version: the module's version, zero-terminated.
 * @cost_samples: exits (with the entry before or after) whose probes were timed.
 * @cost_ns: what the probes took for those. The way into the probe and out of it
 *	is not in it.
 * @detail_size: KVMEXIT_DETAIL_SIZE.
 * @sketch_size: KVMEXIT_SKETCH_SIZE.
 * @event_size: sizeof(struct kvmexit_event).
 * @pad1: zero.
 * @slow_ns: the threshold of this reader; ~0 if it has none.
 * @reserved: zero.
 */
struct kvmexit_info {
	__u32 size;
	__u16 abi_major;
	__u16 abi_minor;
	__u32 flags;
	__u32 slot_size;
	__u32 header_size;
	__u32 entry_size;
	__u32 max_entries;
	__u32 nr_buckets;
	__u32 max_slots;
	__u32 nr_slots;
	__u32 live_slots;
	__u32 ended_slots;
	__u32 clock_shift;
	__u32 pad0;
	__u64 clock_mult;
	__u64 clock_now;
	__u64 now_ns;
	__u64 start_ns;
	__u64 lost_exits;
	__u64 lost_slots;
	__u64 lost_events;
	__u64 recycled_early;
	__u64 memory;
	char  version[32];
	__u64 cost_samples;
	__u64 cost_ns;
	__u32 detail_size;
	__u32 sketch_size;
	__u32 event_size;
	__u32 pad1;
	__u64 slow_ns;
	__u64 reserved[7];
};

#define KVMEXIT_INFO_SIZE_V1	256

/*
 * KVMEXIT_IOC_INFO is matched by its type and number; the size that counts is
 * the one inside of the struct, so that old callers meet new modules and the
 * other way round. EINVAL: size or abi_major do not fit. EFAULT: the pointer does
 * not.
 *
 * KVMEXIT_IOC_DETAILS, without argument: collect details until this file is
 * closed. ENOMEM.
 *
 * KVMEXIT_IOC_SLOW, pointer to nanoseconds (__u64): from now on this file's
 * records are of exits with at least so much service time; 0 is every exit, ~0
 * none. ENOMEM, EFAULT.
 *
 * read(2): EINVAL before KVMEXIT_IOC_SLOW, or for a buffer smaller than a record;
 * EAGAIN if there is none and the file does not block.
 *
 * ENOTTY: any other type or number.
 */
#define KVMEXIT_IOC_MAGIC	0xEB
#define KVMEXIT_IOC_NR_INFO	1
#define KVMEXIT_IOC_INFO	\
	_IOWR(KVMEXIT_IOC_MAGIC, KVMEXIT_IOC_NR_INFO, struct kvmexit_info)
#define KVMEXIT_IOC_DETAILS	_IO(KVMEXIT_IOC_MAGIC, 2)
#define KVMEXIT_IOC_SLOW	_IOW(KVMEXIT_IOC_MAGIC, 3, __u64)

KVMEXIT_ASSERT(sizeof(struct kvmexit_entry) == KVMEXIT_ENTRY_SIZE, "entry");
KVMEXIT_ASSERT_AT(kvmexit_entry, code, 0);
KVMEXIT_ASSERT_AT(kvmexit_entry, hw_flags, 8);
KVMEXIT_ASSERT_AT(kvmexit_entry, level, 12);
KVMEXIT_ASSERT_AT(kvmexit_entry, count, 16);
KVMEXIT_ASSERT_AT(kvmexit_entry, total_ns, 24);
KVMEXIT_ASSERT_AT(kvmexit_entry, max_ns, 32);
KVMEXIT_ASSERT_AT(kvmexit_entry, idle_ns, 40);
KVMEXIT_ASSERT_AT(kvmexit_entry, poll_ns, 48);
KVMEXIT_ASSERT_AT(kvmexit_entry, runq_ns, 56);
KVMEXIT_ASSERT_AT(kvmexit_entry, vmm_ns, 64);
KVMEXIT_ASSERT_AT(kvmexit_entry, vmm_count, 72);
KVMEXIT_ASSERT_AT(kvmexit_entry, reserved, 80);
KVMEXIT_ASSERT_AT(kvmexit_entry, hist, 112);

KVMEXIT_ASSERT(sizeof(struct kvmexit_slot) == KVMEXIT_HEADER_SIZE, "header");
KVMEXIT_ASSERT_AT(kvmexit_slot, mark, 0);
KVMEXIT_ASSERT_AT(kvmexit_slot, phase, 8);
KVMEXIT_ASSERT_AT(kvmexit_slot, open_entry, 12);
KVMEXIT_ASSERT_AT(kvmexit_slot, guest_ns, 16);
KVMEXIT_ASSERT_AT(kvmexit_slot, entries, 24);
KVMEXIT_ASSERT_AT(kvmexit_slot, backwards, 32);
KVMEXIT_ASSERT_AT(kvmexit_slot, vmm_mark, 40);
KVMEXIT_ASSERT_AT(kvmexit_slot, reserved0, 48);
KVMEXIT_ASSERT_AT(kvmexit_slot, generation, 64);
KVMEXIT_ASSERT_AT(kvmexit_slot, state, 68);
KVMEXIT_ASSERT_AT(kvmexit_slot, pid, 72);
KVMEXIT_ASSERT_AT(kvmexit_slot, tid, 76);
KVMEXIT_ASSERT_AT(kvmexit_slot, vcpu_id, 80);
KVMEXIT_ASSERT_AT(kvmexit_slot, isa, 84);
KVMEXIT_ASSERT_AT(kvmexit_slot, nr_entries, 88);
KVMEXIT_ASSERT_AT(kvmexit_slot, flags, 92);
KVMEXIT_ASSERT_AT(kvmexit_slot, start_ns, 96);
KVMEXIT_ASSERT_AT(kvmexit_slot, end_ns, 104);
KVMEXIT_ASSERT_AT(kvmexit_slot, nr_sketches, 112);
KVMEXIT_ASSERT_AT(kvmexit_slot, reserved1, 120);

KVMEXIT_ASSERT(KVMEXIT_HEADER_SIZE + KVMEXIT_MAX_ENTRIES * KVMEXIT_ENTRY_SIZE ==
	       KVMEXIT_SLOT_SIZE, "slot");

KVMEXIT_ASSERT(sizeof(struct kvmexit_info) == KVMEXIT_INFO_SIZE_V1, "info");
KVMEXIT_ASSERT_AT(kvmexit_info, size, 0);
KVMEXIT_ASSERT_AT(kvmexit_info, abi_major, 4);
KVMEXIT_ASSERT_AT(kvmexit_info, abi_minor, 6);
KVMEXIT_ASSERT_AT(kvmexit_info, flags, 8);
KVMEXIT_ASSERT_AT(kvmexit_info, slot_size, 12);
KVMEXIT_ASSERT_AT(kvmexit_info, header_size, 16);
KVMEXIT_ASSERT_AT(kvmexit_info, entry_size, 20);
KVMEXIT_ASSERT_AT(kvmexit_info, max_entries, 24);
KVMEXIT_ASSERT_AT(kvmexit_info, nr_buckets, 28);
KVMEXIT_ASSERT_AT(kvmexit_info, max_slots, 32);
KVMEXIT_ASSERT_AT(kvmexit_info, nr_slots, 36);
KVMEXIT_ASSERT_AT(kvmexit_info, live_slots, 40);
KVMEXIT_ASSERT_AT(kvmexit_info, ended_slots, 44);
KVMEXIT_ASSERT_AT(kvmexit_info, clock_shift, 48);
KVMEXIT_ASSERT_AT(kvmexit_info, clock_mult, 56);
KVMEXIT_ASSERT_AT(kvmexit_info, clock_now, 64);
KVMEXIT_ASSERT_AT(kvmexit_info, now_ns, 72);
KVMEXIT_ASSERT_AT(kvmexit_info, start_ns, 80);
KVMEXIT_ASSERT_AT(kvmexit_info, lost_exits, 88);
KVMEXIT_ASSERT_AT(kvmexit_info, lost_slots, 96);
KVMEXIT_ASSERT_AT(kvmexit_info, lost_events, 104);
KVMEXIT_ASSERT_AT(kvmexit_info, recycled_early, 112);
KVMEXIT_ASSERT_AT(kvmexit_info, memory, 120);
KVMEXIT_ASSERT_AT(kvmexit_info, version, 128);
KVMEXIT_ASSERT_AT(kvmexit_info, cost_samples, 160);
KVMEXIT_ASSERT_AT(kvmexit_info, cost_ns, 168);
KVMEXIT_ASSERT_AT(kvmexit_info, detail_size, 176);
KVMEXIT_ASSERT_AT(kvmexit_info, slow_ns, 192);
KVMEXIT_ASSERT_AT(kvmexit_info, reserved, 200);

#endif /* _UAPI_KVMEXIT_H */
