// SPDX-License-Identifier: GPL-2.0-only
#include <linux/preempt.h>

#include "bucket.h"
#include "parts.h"
#include "probe.h"

/*
 * The hot path. It runs at every exit and entry of every vCPU of the host, with
 * interrupts on or off, on PREEMPT_RT too. It touches: this CPU's struct
 * kxt_cpu; the vCPU's own slot (first line of the private page, one byte of its
 * index and one place of its entries, first line of the header, two lines of one
 * entry); KVM's struct kvm_vcpu (arch.hflags, arch.last_host_tsc) and the VMCB or
 * VMCS of the vCPU. No other CPU writes to any of these lines, and nothing here
 * waits for anybody.
 *
 * There are two ways. The usual one is for an exit that the kernel handled at one go,
 * of a vCPU of which all is known: kxt_exit_usual(), kxt_entry_usual(). It looks
 * whether it may before it changes anything, and calls nobody, so it needs no stack.
 * All else, which includes the first events of a vCPU, is for kxt_exit_other() and
 * kxt_entry_other(): they decide at their end whether the next event can be a usual one
 * (kxt_usual_open()). What an exit consists of that was not handled at one go is
 * parts.c's; what is looked at only on demand is watch.c's.
 */

static noinline void kxt_exit_other(struct kvm_vcpu *vcpu, u32 isa, u32 arg);
static noinline void kxt_entry_other(struct kvm_vcpu *vcpu);

/* The flags among a VMX reason are left in: no entry has such a code. */
static __always_inline bool kxt_code_usual(struct kvm_vcpu *vcpu, u32 arg,
					   enum kxt_how how, unsigned long *code)
{
	if (how == KXT_HOW_VMX)
		return kxt_vmread(VM_EXIT_REASON, code);
	*code = how == KXT_HOW_SVM ? kxt_svm_code(vcpu) : arg;
	return true;
}

/* Preemption is off. @how is that of all vCPUs whose slot->usual is set. */
static __always_inline void kxt_exit_usual(struct kvm_vcpu *vcpu, u32 isa, u32 arg,
					   enum kxt_how how, bool watched)
{
	struct kxt_slot *s = this_cpu_read(kxt_cpu.last);
	struct kvmexit_slot *h = kxt_header(s);
	struct kvmexit_entry *e;
	unsigned long code;
	u64 mark, now;
	u32 n;

	if (unlikely(data_race(s->usual) != vcpu ||
		     !kxt_code_usual(vcpu, arg, how, &code)))
		goto other;
	n = s->index[kxt_slot_index(code, kxt_kvm_nested(vcpu))];
	e = s->entry[n];
	mark = h->mark;
	if (unlikely(e->code != code || h->phase != KVMEXIT_PHASE_GUEST ||
		     kxt_kvm_put_tsc(vcpu) >= mark))
		goto other;
	now = rdtsc();
	if (unlikely((s64)(now - mark) < 0)) {
		/* What is in @isa was known before; it is not worth a register. */
		kxt_exit_other(vcpu, KVMEXIT_ISA_UNKNOWN, arg);
		return;
	}
	kxt_mark_exit(h, now, KVMEXIT_PHASE_EXIT, n);
	kxt_add(&h->guest_ns, kxt_clock_to_ns(now - mark));
	kxt_add(&e->count, 1);
	if (watched)
		kxt_watch_exit(s, vcpu, n, now);
	return;
other:
	kxt_exit_other(vcpu, isa, arg);
}

/* The same. */
static __always_inline void kxt_entry_usual(struct kvm_vcpu *vcpu, bool watched)
{
	struct kxt_slot *s = this_cpu_read(kxt_cpu.last);
	struct kvmexit_slot *h = kxt_header(s);
	struct kvmexit_entry *e;
	u64 mark, now, ns;
	u32 n;

	if (unlikely(data_race(s->usual) != vcpu))
		goto other;
	mark = h->mark;
	if (unlikely(h->phase != KVMEXIT_PHASE_EXIT || kxt_kvm_put_tsc(vcpu) >= mark))
		goto other;
	n = h->open_entry;
	e = s->entry[n];
	now = rdtsc();
	if (unlikely((s64)(now - mark) < 0))
		goto other;
	kxt_mark_guest(h, now);
	ns = kxt_clock_to_ns(now - mark);
	kxt_add(&e->total_ns, ns);
	if (unlikely(ns > e->max_ns))
		WRITE_ONCE(e->max_ns, ns);
	/* After count and total_ns: x86 stores are seen in order. */
	kxt_add(&e->hist[kxt_bucket(ns)], 1);
	kxt_add(&h->entries, 1);
	if (unlikely(!--s->sample)) {
		s->sample = KXT_COST_ONE_IN;
		s->due = KXT_DUE_EXIT;
		kxt_slot_unusual(s);
	}
	if (watched)
		kxt_watch_over(s, n, mark, ns);
	return;
other:
	kxt_entry_other(vcpu);
}

/* Out of line: what needs a stack costs it only while somebody watches. */
static noinline void kxt_exit_watched(struct kvm_vcpu *vcpu, u32 isa, u32 arg,
				      enum kxt_how how)
{
	kxt_exit_usual(vcpu, isa, arg, how, true);
}

static noinline void kxt_entry_watched(struct kvm_vcpu *vcpu)
{
	kxt_entry_usual(vcpu, true);
}

static __always_inline void kxt_exit_event(struct kvm_vcpu *vcpu, u32 isa, u32 arg,
					   enum kxt_how how)
{
	if (static_branch_unlikely(&kxt_watched))
		kxt_exit_watched(vcpu, isa, arg, how);
	else
		kxt_exit_usual(vcpu, isa, arg, how, false);
}

static __always_inline void kxt_entry_event(struct kvm_vcpu *vcpu)
{
	if (static_branch_unlikely(&kxt_watched))
		kxt_entry_watched(vcpu);
	else
		kxt_entry_usual(vcpu, false);
}

/*
 * From here on: the other way.
 *
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

static void kxt_exit_timed(struct kxt_slot *s, struct kvm_vcpu *vcpu, u32 isa, u32 arg)
{
	u64 began = kxt_clock();

	s->due = KXT_DUE_NOTHING;
	kxt_usual_open(s, vcpu);
	kxt_exit_event(vcpu, isa, arg, s->how);
	s->cost_ns = kxt_clock_to_ns(kxt_clock() - began);
	s->due = KXT_DUE_ENTRY;
	kxt_slot_unusual(s);
}

static void kxt_entry_timed(struct kxt_slot *s, struct kvm_vcpu *vcpu)
{
	u64 began = kxt_clock();
	u64 ns;

	s->due = KXT_DUE_NOTHING;
	kxt_usual_open(s, vcpu);
	kxt_entry_event(vcpu);
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

static noinline void kxt_exit_other(struct kvm_vcpu *vcpu, u32 isa, u32 arg)
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
		kxt_exit_timed(s, vcpu, isa, arg);
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

static noinline void kxt_entry_other(struct kvm_vcpu *vcpu)
{
	u64 now = kxt_clock();
	struct kvmexit_slot *h;
	struct kxt_slot *s;
	u32 phase, n;
	u64 mark;

	if (unlikely(!kxt_slot_get(vcpu, &s)))
		return;
	if (unlikely(s->due == KXT_DUE_ENTRY)) {
		kxt_entry_timed(s, vcpu);
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
		kxt_parts_entry(s, mark, phase, n, now);

	kxt_add(&h->entries, 1);
	if (unlikely(!--s->sample)) {
		s->sample = KXT_COST_ONE_IN;
		s->due = KXT_DUE_EXIT;
	}
	kxt_usual_open(s, vcpu);
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
 * compat.h says which is this kernel's, and kCFI checks it. hooks.c chooses. All run in the vCPU's
 * thread. Newer kernels run them with preemption on.
 */

notrace void kxt_on_exit_svm(void *data, struct kvm_vcpu *vcpu, u32 isa)
{
	kxt_probe_begin();
	kxt_exit_event(vcpu, isa, 0, KXT_HOW_SVM);
	kxt_probe_end();
}

notrace void kxt_on_exit_vmx(void *data, struct kvm_vcpu *vcpu, u32 isa)
{
	kxt_probe_begin();
	kxt_exit_event(vcpu, isa, 0, KXT_HOW_VMX);
	kxt_probe_end();
}

notrace void kxt_on_exit_reason(void *data, unsigned int reason, struct kvm_vcpu *vcpu, u32 isa)
{
	kxt_probe_begin();
	kxt_exit_event(vcpu, isa, reason, KXT_HOW_ARG);
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
