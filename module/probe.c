// SPDX-License-Identifier: GPL-2.0-only
#include <linux/preempt.h>

#include "bucket.h"
#include "other.h"
#include "parts.h"
#include "probe.h"

/*
 * The hot path. It runs at every exit and entry of every vCPU of the host, with
 * interrupts on or off, on PREEMPT_RT too. It touches: this CPU's struct kxt_cpu;
 * the vCPU's own slot (first line of the private page, one byte of its index and one
 * place of its entries, first line of the header, two lines of one entry); KVM's
 * struct kvm_vcpu (arch.hflags, arch.last_host_tsc) and the VMCB or VMCS of the vCPU.
 * No other CPU writes to any of these lines while the vCPU lives, and nothing here
 * waits for anybody.
 *
 * There are two ways. The usual one is for an exit that the kernel handled at one go,
 * of a vCPU of which all is known: kxt_exit_usual(), kxt_entry_usual(). It looks
 * whether it may before it changes anything, and calls nobody, so it needs no stack.
 * All else, which includes the first events of a vCPU, is other.c's; it also decides
 * whether the next event can be a usual one. What an exit consists of that was not
 * handled at one go is parts.c's; what is looked at only on demand is watch.c's.
 *
 * @data is nothing, but with it, arguments stay where the tracepoint has put them.
 */

/* The flags among a VMX reason are left in: no entry has such a code. */
static __always_inline bool kxt_code_usual(struct kvm_vcpu *vcpu, u32 arg,
					   enum kxt_how how, unsigned long *code)
{
	if (how == KXT_HOW_VMX)
		return kxt_vmread(VM_EXIT_REASON, code);
	*code = how == KXT_HOW_SVM ? kxt_svm_code(vcpu) : arg;
	return true;
}

/* As far as that is known at build time. */
static __always_inline u32 kxt_isa_of(enum kxt_how how)
{
	return how == KXT_HOW_VMX ? KVMEXIT_ISA_VMX :
	       how == KXT_HOW_SVM ? KVMEXIT_ISA_SVM : KVMEXIT_ISA_UNKNOWN;
}

/* Preemption is off. @how is that of all vCPUs whose slot->usual is set. */
static __always_inline void kxt_exit_usual(void *data, struct kvm_vcpu *vcpu, u32 isa,
					   u32 arg, enum kxt_how how, bool watched)
{
	struct kxt_slot *s = this_cpu_read(kxt_cpu.last);
	struct kvmexit_slot *h = kxt_header(s);
	struct kvmexit_entry *e;
	unsigned long code, n;
	u64 mark, now, ns;

	/* Whoever clears it meanwhile waits until nobody can have seen it. */
	if (unlikely(data_race(s->usual) != vcpu))
		goto other;
	mark = h->mark;
	if (unlikely(h->phase != KVMEXIT_PHASE_GUEST || kxt_kvm_put_tsc(vcpu) >= mark ||
		     !kxt_code_usual(vcpu, arg, how, &code)))
		goto other;
	n = s->index[kxt_slot_index(code, kxt_kvm_nested(vcpu))];
	/* Before the mark, but nobody looks at it before the phase says so. */
	WRITE_ONCE(h->open_entry, n);
	e = s->entry[n];
	if (unlikely(e->code != code))
		goto other;
	now = kxt_tsc();
	if (unlikely((s64)(now - mark) < 0)) {
		/* What is in @isa was known before; it is not worth a register. */
		kxt_exit_other(data, vcpu, kxt_isa_of(how), arg);
		return;
	}
	ns = kxt_clock_to_ns(now - mark);
	WRITE_ONCE(h->mark, now);
	WRITE_ONCE(h->phase, KVMEXIT_PHASE_EXIT);
	kxt_add(&h->guest_ns, ns);
	kxt_add(&e->count, 1);
	if (watched)
		kxt_watch_exit(s, vcpu, n, now);
	return;
other:
	kxt_exit_other(data, vcpu, isa, arg);
}

/* What is in the first or the last bucket: out of line, without constants to scale. */
static __always_inline u64 kxt_bucket_usual(u64 ns, u64 log2)
{
	u64 bucket;

	if (likely(kxt_bucket_is_inner(log2)))
		return kxt_bucket_inner(ns, log2);
	bucket = kxt_bucket(ns);
	OPTIMIZER_HIDE_VAR(bucket);
	return bucket;
}

/* The same as kxt_exit_usual(). */
static __always_inline void kxt_entry_usual(void *data, struct kvm_vcpu *vcpu,
					    bool watched)
{
	struct kxt_slot *s = this_cpu_read(kxt_cpu.last);
	struct kvmexit_slot *h = kxt_header(s);
	struct kvmexit_entry *e;
	u64 mark, now, ns, log2;
	unsigned long n;

	/* Whoever clears it meanwhile waits until nobody can have seen it. */
	if (unlikely(data_race(s->usual) != vcpu))
		goto other;
	mark = h->mark;
	if (unlikely(h->phase != KVMEXIT_PHASE_EXIT || kxt_kvm_put_tsc(vcpu) >= mark))
		goto other;
	n = h->open_entry;
	e = s->entry[n];
	now = kxt_tsc();
	if (unlikely((s64)(now - mark) < 0))
		goto other;
	ns = kxt_clock_to_ns_log2(now - mark, &log2);
	kxt_mark_guest(h, now);
	kxt_add(&e->total_ns, ns);
	if (unlikely(ns > e->max_ns))
		WRITE_ONCE(e->max_ns, ns);
	/* After count and total_ns: x86 stores are seen in order. */
	kxt_add(&e->hist[kxt_bucket_usual(ns, log2)], 1);
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
	kxt_entry_other(data, vcpu);
}

/* Out of line: what needs a stack costs it only while somebody watches. */
static noinline void kxt_exit_watched(void *data, struct kvm_vcpu *vcpu, u32 isa,
				      u32 arg, enum kxt_how how)
{
	kxt_exit_usual(data, vcpu, isa, arg, how, true);
}

static noinline void kxt_entry_watched(void *data, struct kvm_vcpu *vcpu)
{
	kxt_entry_usual(data, vcpu, true);
}

static __always_inline void kxt_exit_event(void *data, struct kvm_vcpu *vcpu, u32 isa,
					   u32 arg, enum kxt_how how)
{
	if (static_branch_unlikely(&kxt_watched))
		kxt_exit_watched(data, vcpu, isa, arg, how);
	else
		kxt_exit_usual(data, vcpu, isa, arg, how, false);
}

static __always_inline void kxt_entry_event(void *data, struct kvm_vcpu *vcpu)
{
	if (static_branch_unlikely(&kxt_watched))
		kxt_entry_watched(data, vcpu);
	else
		kxt_entry_usual(data, vcpu, false);
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
 * compat.h says which is this kernel's, and kCFI checks it; hooks.c chooses. All
 * run in the vCPU's thread. Newer kernels run them with preemption on.
 */

notrace void kxt_on_exit_svm(void *data, struct kvm_vcpu *vcpu, u32 isa)
{
	kxt_probe_begin();
	kxt_exit_event(data, vcpu, isa, 0, KXT_HOW_SVM);
	kxt_probe_end();
}

notrace void kxt_on_exit_vmx(void *data, struct kvm_vcpu *vcpu, u32 isa)
{
	kxt_probe_begin();
	kxt_exit_event(data, vcpu, isa, 0, KXT_HOW_VMX);
	kxt_probe_end();
}

notrace void kxt_on_exit_reason(void *data, unsigned int reason, struct kvm_vcpu *vcpu,
				u32 isa)
{
	kxt_probe_begin();
	kxt_exit_event(data, vcpu, isa, reason, KXT_HOW_ARG);
	kxt_probe_end();
}

notrace void kxt_on_entry(void *data, struct kvm_vcpu *vcpu)
{
	kxt_probe_begin();
	kxt_entry_event(data, vcpu);
	kxt_probe_end();
}

notrace void kxt_on_entry_flag(void *data, struct kvm_vcpu *vcpu,
			       bool force_immediate_exit)
{
	kxt_probe_begin();
	kxt_entry_event(data, vcpu);
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
