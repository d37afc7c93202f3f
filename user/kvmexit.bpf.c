// SPDX-License-Identifier: GPL-2.0-only
/*
 * The programs for a kernel with BTF of KVM: they get the vCPU itself, as the module
 * does, and read KVM's memory. v5.11 and later.
 */
static __attribute__((always_inline)) unsigned long long kxt_run_delay(void);
static __attribute__((always_inline)) unsigned int kxt_slot_flags(void);
static __attribute__((always_inline)) unsigned int kxt_vcpu_id(unsigned long long vcpu);

#include "user/bpf_look.bpf.h"
#include "user/bpf_calm.bpf.h"
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
		s->p.vmcb = kxt_svm_vmcb01((void *)vcpu);
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
	bool svm = s->h.isa == KVMEXIT_ISA_SVM;

	if (svm && s->p.vmcb) {
		struct kxt_bpf_seen *seen = &s->p.seen;

		if (level != 1 || !kxt_svm_info_here(s->p.vmcb, &seen->rip, &seen->info1,
						     &seen->info2))
			kxt_svm_info(kxt_vmcb(s, vcpu, level), &seen->rip, &seen->info1,
				     &seen->info2);
		kxt_look_svm(s, code);
		if (code == SVM_MSR)
			kxt_seen_key(s, KVMEXIT_KIND_MSR,
				     (u32)vcpu->arch.regs[KXT_REG_RCX],
				     kxt_read_or_write(s->p.seen.info1 & 1));
	}
	if (s->h.isa == KVMEXIT_ISA_VMX && (code == VMX_MSR_READ || code == VMX_MSR_WRITE))
		kxt_seen_key(s, KVMEXIT_KIND_MSR, (u32)vcpu->arch.regs[KXT_REG_RCX],
			     kxt_read_or_write(code == VMX_MSR_WRITE));
	if (code == (svm ? SVM_CPUID : VMX_CPUID))
		kxt_seen_key(s, KVMEXIT_KIND_CPUID, (u32)vcpu->arch.regs[KXT_REG_RAX], 0);
	else if (code == (svm ? SVM_VMMCALL : VMX_VMCALL))
		kxt_seen_key(s, KVMEXIT_KIND_HYPERCALL, vcpu->arch.regs[KXT_REG_RAX], 0);
}

/*
 * Where the cell of a vCPU is: some bits of its address say it, relative to @base, as a
 * pointer less another one is the only number that the verifier lets one make of pointers.
 * Two vCPUs are at least a page apart.
 */
static __always_inline u64 kxt_cell_at(char *base, struct kvm_vcpu *vcpu)
{
	return ((u64)vcpu - (u64)base) >> 10 & (KXT_BPF_NEAR_CELLS - 1) << 2;
}

static __always_inline u32 *kxt_cell(char *base, u64 at)
{
	return (u32 *)(kxt_at(base, at) - KXT_NEAR_CELL);
}

/* The slot of a vCPU, or another one: its @vcpu tells. */
static __always_inline struct kxt_bpf_slot *kxt_slot_near(char *base, u64 at)
{
	return kxt_at(base, *kxt_cell(base, at) & KXT_NEAR_MASK);
}

/*
 * The slot of a vCPU that is not where its cell says; NULL if there is none to be had. The
 * cell is its own from now on, unless that of another one.
 */
static __noinline struct kxt_bpf_slot *kxt_slot_far(struct kvm_vcpu *vcpu)
{
	char *base = kxt_near();
	struct kxt_bpf_slot *s, *other;
	u32 at;

	s = kxt_slot_get((u64)vcpu);
	if (!s || s->p.number >= KXT_BPF_NEAR_SLOTS)
		return s;
	at = kxt_cell_at(base, vcpu);
	other = kxt_slot_near(base, at);
	if (!other->p.vcpu || other->p.cell != (at | 1)) {
		s->p.cell = at | 1;
		SET(*kxt_cell(base, at), s->p.number * (u32)sizeof(*s));
	}
	return s;
}

/* Nothing but what this vCPU did until now has happened since its last entry. */
static __always_inline bool kxt_is_calm(struct kxt_bpf_slot *s, struct kvm_vcpu *vcpu)
{
	return s->p.calm == vcpu->arch.last_host_tsc;
}

/* @arg: the tracepoint's reason, if @isa says that it has one. */
#define KXT_HAS_ARG	(1U << 31)

static __always_inline bool kxt_usual_exit(struct kxt_bpf_slot *s, struct kvm_vcpu *vcpu,
					   u64 now, u32 arg)
{
	u32 level, flags;
	u64 code;

	if (!kxt_is_calm(s, vcpu))
		return false;
	level = kxt_level(vcpu);
	if (level > 1)
		return false;
	code = kxt_code(s, vcpu, level, arg, &flags);
	return !flags && kxt_calm_exit(s, now, code);
}

/* What an exit can be besides calm. */
static __noinline int kxt_unusual_exit(struct kxt_bpf_slot *s, struct kvm_vcpu *vcpu, u64 now,
				       u32 isa, u32 arg)
{
	u32 flags, level, n;
	u64 code;

	if (kxt_calm_down(s) && kxt_usual_exit(s, vcpu, now, arg)) {
		s->p.timed = 0;
		return kxt_cost(now, 0);
	}
	kxt_slot_came(s);
	if (unlikely(s->p.how == KXT_BPF_HOW_NEW))
		kxt_prepare(s->p.number, (u64)vcpu, isa & ~KXT_HAS_ARG, isa & KXT_HAS_ARG);
	level = kxt_level(vcpu);
	code = kxt_code(s, vcpu, level, arg, &flags);
	n = kxt_exit_event(s, now, code, flags, level);
	if (unlikely(control.watch)) {
		kxt_seen_begin(s, n, now);
		kxt_look(s, vcpu, code, level);
	}
	return 0;
}

/*
 * An exit of a vCPU whose slot is not near. Programs end with this, and with the other
 * calls: what they need afterwards would have to be kept in registers that they have to
 * save, whether they call or not.
 */
static __noinline int kxt_far_exit(struct kvm_vcpu *vcpu, u64 now, u32 isa, u32 arg)
{
	struct kxt_bpf_slot *s = kxt_slot_far(vcpu);

	if (!s)
		return kxt_lost_exit();
	if (likely(kxt_usual_exit(s, vcpu, now, arg)))
		return 0;
	return kxt_unusual_exit(s, vcpu, now, isa, arg);
}

static __always_inline int kxt_on_exit_args(struct kvm_vcpu *vcpu, u32 isa, u32 arg)
{
	u64 now = bpf_ktime_get_ns();
	char *base = kxt_near();
	struct kxt_bpf_slot *s;

	/* v6.12 has it that an argument of a tracepoint can be NULL. */
	if (unlikely(!vcpu))
		return 0;
	s = kxt_slot_near(base, kxt_cell_at(base, vcpu));
	if (unlikely(s->p.vcpu != (u64)vcpu))
		return kxt_far_exit(vcpu, now, isa, arg);
	if (likely(kxt_usual_exit(s, vcpu, now, arg)))
		return 0;
	return kxt_unusual_exit(s, vcpu, now, isa, arg);
}

SEC("tp_btf/kvm_exit")
int BPF_PROG(kxt_on_exit, struct kvm_vcpu *vcpu, u32 isa)
{
	return kxt_on_exit_args(vcpu, isa, 0);
}

/* Before v5.16. */
SEC("tp_btf/kvm_exit")
int BPF_PROG(kxt_on_exit_reason, u32 reason, struct kvm_vcpu *vcpu, u32 isa)
{
	return kxt_on_exit_args(vcpu, isa | KXT_HAS_ARG, reason);
}

/*
 * On a kernel that has all of this: see svm_data. Nothing is asked for here, as even an
 * answer that is known when the program is loaded takes instructions. @nested: what KVM has
 * in hflags while a guest of the guest runs, see kxt_level().
 */
#ifdef KXT_NO_SVM_DATA
static __always_inline int kxt_on_svm_exit(struct kvm_vcpu *vcpu, u32 nested)
{
	return kxt_on_exit_args(vcpu, KVMEXIT_ISA_SVM, 0);
}
#else
static __always_inline int kxt_on_svm_exit(struct kvm_vcpu *vcpu, u32 nested)
{
	struct svm_cpu_data *sd = bpf_this_cpu_ptr(&svm_data);
	u64 now = bpf_ktime_get_ns();
	char *base = kxt_near();
	struct kxt_bpf_slot *s;
	struct vmcb *v;

	if (unlikely(!vcpu))
		return 0;
	s = kxt_slot_near(base, kxt_cell_at(base, vcpu));
	if (unlikely(s->p.vcpu != (u64)vcpu))
		return kxt_far_exit(vcpu, now, KVMEXIT_ISA_SVM, 0);
	if (likely(kxt_is_calm(s, vcpu) && !(vcpu->arch.hflags & nested))) {
		v = sd->current_vmcb;
		if (likely((u64)v == s->p.vmcb && kxt_calm_exit(s, now, v->control.exit_code)))
			return 0;
	}
	return kxt_unusual_exit(s, vcpu, now, KVMEXIT_ISA_SVM, 0);
}
#endif

SEC("tp_btf/kvm_exit")
int BPF_PROG(kxt_on_exit_svm5, struct kvm_vcpu *vcpu)
{
	return kxt_on_svm_exit(vcpu, 1U << 5);
}

SEC("tp_btf/kvm_exit")
int BPF_PROG(kxt_on_exit_svm0, struct kvm_vcpu *vcpu)
{
	return kxt_on_svm_exit(vcpu, 1U << 0);
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

/* What an entry can be besides calm. */
static __noinline int kxt_unusual_entry(struct kxt_bpf_slot *s, struct kvm_vcpu *vcpu, u64 now)
{
	u64 exits = vcpu->stat.exits;

	if (unlikely(exits <= s->p.exits_floor)) {
		u32 number = kxt_replace(s->p.number, (u64)vcpu);

		s = number == KXT_NO_SLOT ? NULL : kxt_slot_at(number);
		if (!s)
			return 0;
	}
	s->p.exits_floor = exits ? exits - 1 : 0;
	kxt_slot_came(s);
	kxt_entry_event(s, now, exits);
	kxt_calm_begin(s, vcpu->arch.last_host_tsc);
	return 0;
}

static __noinline int kxt_far_entry(struct kvm_vcpu *vcpu, u64 now)
{
	struct kxt_bpf_slot *s = kxt_slot_far(vcpu);

	if (!s || (kxt_is_calm(s, vcpu) && kxt_calm_entry(s, kxt_near(), now)))
		return 0;
	return kxt_unusual_entry(s, vcpu, now);
}

SEC("tp_btf/kvm_entry")
int BPF_PROG(kxt_on_entry, struct kvm_vcpu *vcpu)
{
	u64 now = bpf_ktime_get_ns();
	char *base = kxt_near();
	struct kxt_bpf_slot *s;

	if (unlikely(!vcpu))
		return 0;
	s = kxt_slot_near(base, kxt_cell_at(base, vcpu));
	if (unlikely(s->p.vcpu != (u64)vcpu))
		return kxt_far_entry(vcpu, now);
	if (likely(kxt_is_calm(s, vcpu) && kxt_calm_entry(s, base, now)))
		return 0;
	return kxt_unusual_entry(s, vcpu, now);
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
