// SPDX-License-Identifier: GPL-2.0-only
/*
 * The programs for a kernel with BTF of KVM: they get the vCPU itself, as the module
 * does, and read KVM's memory. v5.11 and later.
 */
static __attribute__((always_inline)) unsigned long long kxt_run_delay(void);
static __attribute__((always_inline)) unsigned int kxt_slot_flags(void);
static __attribute__((always_inline)) unsigned int kxt_vcpu_id(unsigned long long vcpu);

/* An address; two of these are at least a page apart. */
#define KXT_VCPU_BITS(vcpu)	((vcpu) >> 10)

#include "user/bpf_look.bpf.h"
#include "user/core_fixes.bpf.h"

/* Intel SDM vol. 3, 25.9.1: basic reason 15:0, the rest are flags. */
#define KXT_VMX_REASON_MASK	0xffffU

/* struct task_struct has sched_info.run_delay. */
const volatile bool kxt_has_run_delay;

static __always_inline u64 kxt_run_delay(void)
{
	/* Without CONFIG_SCHED_INFO it is not there, and never looked at. */
	return kxt_has_run_delay ? bpf_get_current_task_btf()->sched_info.run_delay : 0;
}

/*
 * Some kernels account time on run queues only with the boot option "delayacct". A
 * thread that runs has been switched to: if no switch was counted, nobody counts.
 */
static __always_inline u32 kxt_slot_flags(void)
{
	struct task_struct *t = bpf_get_current_task_btf();
	u32 flags = kxt_core_has_level() ? KVMEXIT_SLOT_LEVEL : 0;

	if (kxt_has_run_delay && t->sched_info.pcount)
		flags |= KVMEXIT_SLOT_RUNQ;
	return flags;
}

static __always_inline u32 kxt_vcpu_id(u64 vcpu)
{
	return BPF_CORE_READ((struct kvm_vcpu *)vcpu, vcpu_id);
}

/* At the first exit of a vCPU. */
static __noinline int kxt_prepare(u32 number, u64 vcpu, u32 isa, u32 arg)
{
	struct kxt_bpf_slot *s = kxt_slot_at(number);
	u32 how = KXT_BPF_HOW_NONE;

	if (!s)
		return 0;
	if (isa == KVMEXIT_ISA_SVM && kxt_core_has_svm())
		s->p.vmcb = kxt_svm_vmcb((void *)vcpu);
	if (isa == KVMEXIT_ISA_VMX || isa == KVMEXIT_ISA_SVM) {
		SET(s->h.isa, isa);
		if (arg)
			how = KXT_BPF_HOW_ARG;
		else if (isa == KVMEXIT_ISA_SVM && s->p.vmcb)
			how = KXT_BPF_HOW_SVM;
		else if (isa == KVMEXIT_ISA_VMX && kxt_core_has_vmx())
			how = KXT_BPF_HOW_VMX;
	}
	s->p.how = how;
	return 0;
}

/* A guest of the guest has a VMCB of its own (v5.12), while it runs. */
static __always_inline u64 kxt_vmcb(struct kxt_bpf_slot *s, struct kvm_vcpu *vcpu, u32 level)
{
	return likely(level == 1) ? s->p.vmcb : kxt_svm_vmcb(vcpu);
}

static __always_inline u64 kxt_code(struct kxt_bpf_slot *s, struct kvm_vcpu *vcpu, u32 level,
				    u32 arg, u32 *flags)
{
	u32 reason = arg;

	*flags = 0;
	if (s->p.how == KXT_BPF_HOW_SVM && level == 1 &&
	    kxt_svm_code_here(s->p.vmcb, &reason))
		return reason;
	if (s->p.how == KXT_BPF_HOW_SVM)
		return kxt_svm_code(kxt_vmcb(s, vcpu, level), &reason) ? reason :
		       KVMEXIT_CODE_UNREADABLE;
	if (s->p.how == KXT_BPF_HOW_VMX) {
		if (!kxt_vmx_reason(vcpu, &reason))
			return KVMEXIT_CODE_UNREADABLE;
	} else if (s->p.how != KXT_BPF_HOW_ARG) {
		return KVMEXIT_CODE_UNREADABLE;
	}
	if (s->h.isa != KVMEXIT_ISA_VMX)
		return reason;
	*flags = reason & ~KXT_VMX_REASON_MASK;
	return reason & KXT_VMX_REASON_MASK;
}

/* What KVM's memory tells: registers always, on SVM all the rest. */
static __always_inline void kxt_look(struct kxt_bpf_slot *s, struct kvm_vcpu *vcpu, u64 code,
				     u32 level)
{
	u32 rax = vcpu->arch.regs[KXT_REG_RAX];
	u32 rcx = vcpu->arch.regs[KXT_REG_RCX];

	if (s->h.isa == KVMEXIT_ISA_SVM && s->p.vmcb) {
		struct kxt_bpf_seen *seen = &s->p.seen;

		if (level != 1 || !kxt_svm_info_here(s->p.vmcb, &seen->rip, &seen->info1,
						     &seen->info2))
			kxt_svm_info(kxt_vmcb(s, vcpu, level), &seen->rip, &seen->info1,
				     &seen->info2);
		kxt_look_svm(s, code);
		if (code == SVM_MSR)
			kxt_seen_key(s, KVMEXIT_KIND_MSR, rcx,
				     kxt_read_or_write(s->p.seen.info1 & 1));
	}
	if (s->h.isa == KVMEXIT_ISA_VMX && (code == VMX_MSR_READ || code == VMX_MSR_WRITE))
		kxt_seen_key(s, KVMEXIT_KIND_MSR, rcx,
			     kxt_read_or_write(code == VMX_MSR_WRITE));
	if (code == (s->h.isa == KVMEXIT_ISA_SVM ? SVM_CPUID : VMX_CPUID))
		kxt_seen_key(s, KVMEXIT_KIND_CPUID, rax, 0);
	else if (code == (s->h.isa == KVMEXIT_ISA_SVM ? SVM_VMMCALL : VMX_VMCALL))
		kxt_seen_key(s, KVMEXIT_KIND_HYPERCALL, vcpu->arch.regs[KXT_REG_RAX], 0);
}

static __always_inline int kxt_on_exit_args(struct kvm_vcpu *vcpu, u32 isa, u32 arg,
					    bool has_arg)
{
	u64 now = bpf_ktime_get_ns();
	struct kxt_bpf_slot *s;
	u32 flags, level, n;
	u64 code;

	/* v6.12 has it that an argument of a tracepoint can be NULL. */
	if (!vcpu)
		return 0;
	s = kxt_slot_get((u64)vcpu);
	if (unlikely(!s))
		return kxt_lost_exit();
	if (unlikely(s->p.how == KXT_BPF_HOW_NEW))
		kxt_prepare(s->p.number, (u64)vcpu, isa, has_arg);
	level = kxt_level(vcpu);
	code = kxt_code(s, vcpu, level, arg, &flags);
	n = kxt_exit_event(s, now, code, flags, level);
	if (unlikely(control.watch)) {
		kxt_seen_begin(s, n, now);
		kxt_look(s, vcpu, code, level);
	}
	return 0;
}

SEC("tp_btf/kvm_exit")
int BPF_PROG(kxt_on_exit, struct kvm_vcpu *vcpu, u32 isa)
{
	return kxt_on_exit_args(vcpu, isa, 0, false);
}

/* Before v5.16. */
SEC("tp_btf/kvm_exit")
int BPF_PROG(kxt_on_exit_reason, u32 reason, struct kvm_vcpu *vcpu, u32 isa)
{
	return kxt_on_exit_args(vcpu, isa, reason, true);
}

/*
 * KVM's counter of exits starts at 0 with the vCPU and grows. If it is 0 or went
 * backwards a new vCPU has the memory of a dead one, unless this is the first event.
 */
static __noinline u32 kxt_replace(u32 number, u64 vcpu)
{
	struct kxt_bpf_slot *s = kxt_slot_at(number);

	if (!s)
		return KXT_NO_SLOT;
	if (s->h.phase == KVMEXIT_PHASE_UNKNOWN)
		return number;
	kxt_slot_end(s);
	return kxt_slot_bind(vcpu);
}

SEC("tp_btf/kvm_entry")
int BPF_PROG(kxt_on_entry, struct kvm_vcpu *vcpu)
{
	u64 now = bpf_ktime_get_ns();
	struct kxt_bpf_slot *s;
	u64 exits;

	if (!vcpu)
		return 0;
	exits = vcpu->stat.exits;
	s = kxt_slot_get((u64)vcpu);
	if (unlikely(!s))
		return 0;
	if (unlikely(exits <= s->p.exits_floor)) {
		u32 number = kxt_replace(s->p.number, (u64)vcpu);

		s = number == KXT_NO_SLOT ? NULL : kxt_slot_at(number);
		if (!s)
			return 0;
	}
	s->p.exits_floor = exits ? exits - 1 : 0;
	kxt_entry_event(s, now, exits);
	return 0;
}

SEC("raw_tp/sched_process_exit")
int kxt_on_thread_exit(void *ctx)
{
	kxt_thread_exit_event();
	return 0;
}

/*
 * Not a tracepoint: the reader sends the number of a slot to itself, over a socket that has
 * this as a filter, and gets it back if the slot's vCPU is blocked in KVM. A halted vCPU
 * that a signal took out of KVM_RUN and that is back there has no event that would tell.
 */
SEC("socket")
int kxt_on_look(struct __sk_buff *skb)
{
	struct kxt_bpf_slot *s;
	u32 number;
	u64 vcpu;

	if (bpf_skb_load_bytes(skb, 0, &number, sizeof(number)))
		return 0;
	s = kxt_slot_at(number);
	if (!s)
		return 0;
	vcpu = GET(s->p.vcpu);
	return vcpu && kxt_is_blocked(vcpu) ? sizeof(number) : 0;
}

/* On VMX, while something is watched: what the hardware has left at the exit. */
SEC("tp/kvm/kvm_exit")
int kxt_on_exit_record(void *ctx)
{
	struct kxt_bpf_slot *s = kxt_look_slot();
	struct kxt_record r;
	u64 code;

	if (!s || s->h.isa != KVMEXIT_ISA_VMX || !kxt_record_read(&r, ctx))
		return 0;
	code = kxt_look_code(s);
	kxt_look_record(s, &r, code);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
