// SPDX-License-Identifier: GPL-2.0-only
/*
 * Exits and entries that are not usual ones, see probe.c, where the probes are. Runs
 * in them with preemption off, in the vCPU's thread, and touches besides what is said
 * there: the thread's sched_info, KVM's stat.exits, and what vcpu.c and parts.c say.
 */
#include "bucket.h"
#include "other.h"
#include "parts.h"
#include "probe.h"

/*
 * Can the vCPU's next event be a usual one? With the kernel's own clock it cannot,
 * since KVM's last_host_tsc does not compare with that; there the clock is what costs.
 */
static void kxt_usual_open(struct kxt_slot *s, struct kvm_vcpu *vcpu)
{
	bool usual = static_branch_likely(&kxt_clock_is_tsc) && !s->odd && !s->due &&
		     s->how == kxt_how_usual() && kxt_kvm_put_tsc(vcpu);

	WRITE_ONCE(s->usual, usual ? READ_ONCE(s->vcpu) : NULL);
}

/*
 * What the probes take themselves: at one of KXT_COST_ONE_IN entries the usual way is
 * closed. The exit and the entry that follow come here, where it is opened again and
 * they are timed on it. An interrupt in between would not be our time: what takes
 * absurdly long is left out.
 */
#define KXT_COST_MAX_NS		100000

static void kxt_exit_timed(struct kxt_slot *s, void *data, struct kvm_vcpu *vcpu,
			   u32 isa, u32 arg)
{
	u64 began;

	s->due = KXT_DUE_NOTHING;
	kxt_usual_open(s, vcpu);
	began = kxt_clock();
	switch (kxt_how_usual()) {
	case KXT_HOW_ARG:
		kxt_on_exit_reason(data, arg, vcpu, isa);
		break;
	case KXT_HOW_SVM:
		kxt_on_exit_svm(data, vcpu, isa);
		break;
	default:
		kxt_on_exit_vmx(data, vcpu, isa);
	}
	s->cost_ns = kxt_clock_to_ns(kxt_clock() - began);
	s->due = KXT_DUE_ENTRY;
	kxt_slot_unusual(s);
}

static void kxt_entry_timed(struct kxt_slot *s, void *data, struct kvm_vcpu *vcpu)
{
	u64 began, ns;

	s->due = KXT_DUE_NOTHING;
	kxt_usual_open(s, vcpu);
	began = kxt_clock();
	if (kxt_entry_has_flag())
		kxt_on_entry_flag(data, vcpu, false);
	else
		kxt_on_entry(data, vcpu);
	ns = kxt_clock_to_ns(kxt_clock() - began);
	if (ns > KXT_COST_MAX_NS || s->cost_ns > KXT_COST_MAX_NS)
		return;
	this_cpu_add(kxt_cpu.cost_ns, ns + s->cost_ns);
	this_cpu_inc(kxt_cpu.cost_samples);
}

static u64 kxt_code(struct kxt_slot *s, struct kvm_vcpu *vcpu, u32 arg, u32 *flags)
{
	unsigned long reason;

	*flags = 0;
	if (KXT_EXIT_HAS_REASON && likely(s->how == KXT_HOW_ARG)) {
		reason = arg;
		if (kxt_header(s)->isa != KVMEXIT_ISA_VMX)
			return reason;
	} else if (likely(s->how == KXT_HOW_SVM)) {
		return kxt_svm_code(vcpu);
	} else if (s->how != KXT_HOW_VMX || !kxt_vmread(VM_EXIT_REASON, &reason)) {
		return KVMEXIT_CODE_UNREADABLE;
	}
	*flags = reason & ~KXT_VMX_REASON_MASK;
	return reason & KXT_VMX_REASON_MASK;
}

/**
 * kxt_exit_other() - kvm_exit, in all cases
 * @data: nothing
 * @vcpu: the vCPU
 * @isa: as the tracepoint says; not looked at again once the vCPU is known
 * @arg: the tracepoint's exit reason, if it has one
 */
void kxt_exit_other(void *data, struct kvm_vcpu *vcpu, u32 isa, u32 arg)
{
	u64 now = kxt_clock();
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
	if (unlikely(s->due == KXT_DUE_EXIT)) {
		kxt_exit_timed(s, data, vcpu, isa, arg);
		return;
	}
	h = kxt_header(s);
	n = kxt_slot_entry(s, kxt_code(s, vcpu, arg, &flags), kxt_kvm_nested(vcpu));
	mark = h->mark;
	phase = h->phase;
	kxt_mark_exit(h, now, KVMEXIT_PHASE_EXIT, n);

	if (likely(phase == KVMEXIT_PHASE_GUEST && kxt_run_delay() == s->run_delay))
		kxt_add(&h->guest_ns, kxt_elapsed(h, mark, now));
	else
		kxt_parts_exit(s, mark, phase, now);

	if (unlikely(flags))
		s->entry[n]->hw_flags |= flags;
	kxt_add(&s->entry[n]->count, 1);
	if (static_branch_unlikely(&kxt_watched))
		kxt_watch_exit(s, vcpu, n, now);
	kxt_usual_open(s, vcpu);
}

/* The kernel handled it without losing the CPU. */
static void kxt_exit_over(struct kxt_slot *s, u64 mark, u32 n, u64 now)
{
	struct kvmexit_entry *e = s->entry[n];
	u64 ns = kxt_elapsed(kxt_header(s), mark, now);

	kxt_add(&e->total_ns, ns);
	if (unlikely(ns > e->max_ns))
		WRITE_ONCE(e->max_ns, ns);
	/* In this order, as above. */
	kxt_add(&e->hist[kxt_bucket(ns)], 1);
	if (static_branch_unlikely(&kxt_watched))
		kxt_watch_over(s, n, mark, ns);
}

/*
 * Is it still the vCPU that it was? A new one with the same address has been put by
 * KVM, when it was made, since the last event of the old one: it comes here.
 */
static bool kxt_entry_same(struct kxt_slot **s, struct kvm_vcpu *vcpu)
{
	u64 exits = kxt_kvm_exits(vcpu);

	if (unlikely(exits <= (*s)->exits_floor)) {
		*s = kxt_slot_replace(*s, vcpu);
		if (!*s)
			return false;
		exits += !exits;
	}
	(*s)->exits_floor = exits - 1;
	return true;
}

/**
 * kxt_entry_other() - kvm_entry, in all cases
 * @data: nothing
 * @vcpu: the vCPU
 */
void kxt_entry_other(void *data, struct kvm_vcpu *vcpu)
{
	u64 now = kxt_clock();
	struct kvmexit_slot *h;
	struct kxt_slot *s;
	u32 phase, n;
	u64 mark;

	if (unlikely(!kxt_slot_get(vcpu, &s)))
		return;
	if (unlikely(s->due == KXT_DUE_ENTRY)) {
		kxt_entry_timed(s, data, vcpu);
		return;
	}
	if (!kxt_entry_same(&s, vcpu))
		return;
	h = kxt_header(s);
	mark = h->mark;
	phase = h->phase;
	n = h->open_entry;
	kxt_mark_guest(h, now);

	if (likely(phase == KVMEXIT_PHASE_EXIT && !s->odd &&
		   kxt_run_delay() == s->run_delay))
		kxt_exit_over(s, mark, n, now);
	else
		kxt_parts_entry(s, vcpu, mark, phase, n, now);

	kxt_add(&h->entries, 1);
	if (unlikely(!--s->sample)) {
		s->sample = KXT_COST_ONE_IN;
		s->due = KXT_DUE_EXIT;
	}
	kxt_usual_open(s, vcpu);
}
