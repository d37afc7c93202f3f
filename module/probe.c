// SPDX-License-Identifier: GPL-2.0-only
#include <linux/preempt.h>

#include "bucket.h"
#include "parts.h"
#include "probe.h"

/*
 * The hot path. It runs at every exit and entry of every vCPU of the host, with
 * interrupts on or off, on PREEMPT_RT too. It touches: this CPU's struct
 * kxt_cpu; the vCPU's own slot (first line of the private page, one byte of its
 * index, first line of the header, two lines of one entry); KVM's struct
 * kvm_vcpu (stat.exits, arch.hflags) and the VMCB or VMCS of the vCPU; the
 * thread's own run_delay. No other CPU writes to any of these lines, and nothing
 * here waits for anybody.
 *
 * What is not an exit that the kernel handled at one go is parts.c's; what is
 * looked at only on demand is watch.c's.
 */

static __always_inline u64 kxt_code(struct kxt_slot *s, struct kvm_vcpu *vcpu,
				    u32 isa, u32 arg, u32 *flags)
{
	unsigned long reason;

	*flags = 0;
	if (KXT_EXIT_HAS_REASON && likely(s->how == KXT_HOW_ARG)) {
		reason = arg;
		if (isa != KVMEXIT_ISA_VMX)
			return reason;
	} else if (likely(s->how == KXT_HOW_SVM)) {
		return kxt_svm_code(vcpu);
	} else if (s->how != KXT_HOW_VMX || !kxt_vmread(VM_EXIT_REASON, &reason)) {
		return KVMEXIT_CODE_UNREADABLE;
	}
	*flags = reason & ~KXT_VMX_REASON_MASK;
	return reason & KXT_VMX_REASON_MASK;
}

/*
 * What the probes take themselves, at one of KXT_COST_ONE_IN entries and at the
 * exit before it. An interrupt in between would not be our time: what takes
 * absurdly long is left out.
 */
#define KXT_COST_MAX_NS		100000

static noinline void kxt_cost(u64 began, bool entry)
{
	u64 ns = kxt_clock_to_ns(kxt_clock() - began);

	if (ns > KXT_COST_MAX_NS)
		return;
	this_cpu_add(kxt_cpu.cost_ns, ns);
	if (entry)
		this_cpu_inc(kxt_cpu.cost_samples);
}

/* Preemption is off. */
static __always_inline void kxt_exit_event(struct kvm_vcpu *vcpu, u32 isa, u32 arg)
{
	u64 now = kxt_clock();
	struct kvmexit_entry *e;
	struct kvmexit_slot *h;
	u32 flags, phase, n;
	struct kxt_slot *s;
	u64 mark;

	if (unlikely(!kxt_slot_get(vcpu, &s))) {
		this_cpu_inc(kxt_cpu.lost_exits);
		return;
	}
	if (unlikely(s->how == KXT_HOW_NEW) && !kxt_slot_prepare(s, vcpu, isa)) {
		this_cpu_inc(kxt_cpu.lost_exits);
		return;
	}
	h = kxt_header(s);
	n = kxt_slot_entry(s, kxt_code(s, vcpu, isa, arg, &flags), kxt_kvm_nested(vcpu));
	mark = h->mark;
	phase = h->phase;
	kxt_mark_exit(h, now, KVMEXIT_PHASE_EXIT, n);

	if (likely(phase == KVMEXIT_PHASE_GUEST && kxt_run_delay() == s->run_delay))
		kxt_add(&h->guest_ns, kxt_elapsed(h, mark, now));
	else
		kxt_parts_exit(s, mark, phase, now);

	e = s->entry[n];
	if (unlikely(flags))
		e->hw_flags |= flags;
	kxt_add(&e->count, 1);
	if (static_branch_unlikely(&kxt_watched))
		kxt_watch_exit(s, vcpu, n, now);
	if (unlikely(s->sample == 1))
		kxt_cost(now, false);
}

/* The usual exit: the kernel handled it without losing the CPU. */
static __always_inline void kxt_exit_over(struct kxt_slot *s, u64 mark, u32 n, u64 now)
{
	struct kvmexit_entry *e = s->entry[n];
	u64 ns = kxt_elapsed(kxt_header(s), mark, now);

	kxt_add(&e->total_ns, ns);
	if (unlikely(ns > e->max_ns))
		WRITE_ONCE(e->max_ns, ns);
	/* After count and total_ns: x86 stores are seen in order. */
	kxt_add(&e->hist[kxt_bucket(ns)], 1);
	if (static_branch_unlikely(&kxt_watched))
		kxt_watch_over(s, n, mark, ns);
}

/* Preemption is off. */
static __always_inline void kxt_entry_event(struct kvm_vcpu *vcpu)
{
	u64 exits = kxt_kvm_exits(vcpu);
	u64 now = kxt_clock();
	struct kvmexit_slot *h;
	struct kxt_slot *s;
	u32 phase, n;
	u64 mark;

	if (unlikely(!kxt_slot_get(vcpu, &s)))
		return;
	if (unlikely(exits <= s->exits_floor)) {
		s = kxt_slot_replace(s, vcpu);
		if (!s)
			return;
		exits += !exits;
	}
	s->exits_floor = exits - 1;
	h = kxt_header(s);
	mark = h->mark;
	phase = h->phase;
	n = h->open_entry;
	kxt_mark_guest(h, now);

	if (likely(phase == KVMEXIT_PHASE_EXIT && !s->odd &&
		   kxt_run_delay() == s->run_delay))
		kxt_exit_over(s, mark, n, now);
	else
		kxt_parts_entry(s, mark, phase, n, now);

	kxt_add(&h->entries, 1);
	if (unlikely(!--s->sample)) {
		s->sample = KXT_COST_ONE_IN;
		kxt_cost(now, true);
	}
}

/* Slots are given back after a grace period of RCU: preemption is off in between. */
static __always_inline void kxt_probe_begin(void)
{
	if (kxt_probe_preemptible())
		preempt_disable_notrace();
}

static __always_inline void kxt_probe_end(void)
{
	if (kxt_probe_preemptible())
		preempt_enable_notrace();
}

/*
 * The probes: one callback for every prototype that the tracepoints have had;
 * compat.h says which is this kernel's, and kCFI checks it. All run in the vCPU's
 * thread. Newer kernels run them with preemption on.
 */

notrace void kxt_on_exit(void *data, struct kvm_vcpu *vcpu, u32 isa)
{
	kxt_probe_begin();
	kxt_exit_event(vcpu, isa, 0);
	kxt_probe_end();
}

notrace void kxt_on_exit_reason(void *data, unsigned int reason, struct kvm_vcpu *vcpu, u32 isa)
{
	kxt_probe_begin();
	kxt_exit_event(vcpu, isa, reason);
	kxt_probe_end();
}

notrace void kxt_on_entry(void *data, struct kvm_vcpu *vcpu)
{
	kxt_probe_begin();
	kxt_entry_event(vcpu);
	kxt_probe_end();
}

notrace void kxt_on_entry_flag(void *data, struct kvm_vcpu *vcpu, bool force_immediate_exit)
{
	kxt_probe_begin();
	kxt_entry_event(vcpu);
	kxt_probe_end();
}

notrace void kxt_on_wakeup(void *data, __u64 ns, bool waited, bool valid)
{
	kxt_probe_begin();
	kxt_parts_wakeup(ns, waited);
	kxt_probe_end();
}

notrace void kxt_on_userspace(void *data, __u32 reason, int error)
{
	kxt_probe_begin();
	kxt_parts_userspace(error);
	kxt_probe_end();
}
