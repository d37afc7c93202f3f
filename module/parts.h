/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who had the time of an exit: idle, run queue, VMM, kernel. What is not an exit
 * that the kernel handled at one go, without losing its CPU, ends up here.
 */
#ifndef KXT_PARTS_H
#define KXT_PARTS_H

#include <linux/sched.h>

#include "clock.h"
#include "fault.h"
#include "vcpu.h"
#include "watch.h"

/**
 * struct kxt_parts - an exit's latency and what it is made of, in ns
 * @total: latency
 * @idle: blocked or polling in a halt
 * @poll: of it, in halts that ended while polling
 * @runq: runnable, without a CPU
 * @vmm: in user mode
 *
 * idle + runq + vmm <= total; the rest is the kernel's.
 */
struct kxt_parts {
	u64 total;
	u64 idle;
	u64 poll;
	u64 runq;
	u64 vmm;
};

/* One instruction, so that a reader sees the old or the new value. */
static __always_inline void kxt_add(__u64 *p, u64 n)
{
	asm volatile("addq %1, %0" : "+m" (*p) : "er" (n) : "cc");
}

/**
 * kxt_run_delay() - how long this thread has waited for CPUs since it exists
 *
 * Written by the scheduler when it switches to the thread, never while it runs.
 *
 * Return: ns of the scheduler's clock; 0 if the kernel does not account it.
 */
static __always_inline u64 kxt_run_delay(void)
{
	return KXT_FAULT_RUNQ ? 0 : kxt_task_run_delay(current);
}

/*
 * A vCPU has an event: from now on the open stretch is another one. mark comes
 * before all else: see "The open exit" in uapi/kvmexit.h.
 */
static __always_inline void kxt_mark_exit(struct kvmexit_slot *h, u64 now, u32 phase,
					  u32 entry)
{
	WRITE_ONCE(h->mark, now);
	WRITE_ONCE(h->open_entry, entry);
	WRITE_ONCE(h->phase, phase);
}

static __always_inline void kxt_mark_guest(struct kvmexit_slot *h, u64 now)
{
	WRITE_ONCE(h->mark, now);
	WRITE_ONCE(h->phase, KVMEXIT_PHASE_GUEST);
}

static __always_inline u64 kxt_elapsed(struct kvmexit_slot *h, u64 mark, u64 now)
{
	u64 ticks = now - mark;

	if (unlikely((s64)ticks < 0)) {
		kxt_add(&h->backwards, 1);
		return 0;
	}
	return kxt_clock_to_ns(ticks);
}

void kxt_parts_arm(bool on);
void kxt_parts_begin(struct kxt_slot *s);
void kxt_parts_exit(struct kxt_slot *s, u64 mark, u32 phase, u64 now);
void kxt_parts_entry(struct kxt_slot *s, struct kvm_vcpu *vcpu, u64 mark, u32 phase,
		     u32 entry, u64 now);
void kxt_parts_wakeup(u64 ns, bool waited);
void kxt_parts_userspace(int error);

#endif /* KXT_PARTS_H */
