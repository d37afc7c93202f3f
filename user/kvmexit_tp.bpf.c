// SPDX-License-Identifier: GPL-2.0-only
/*
 * The programs for a kernel without BTF of KVM: classic tracepoints, whose records say
 * the exit reason and the number of the vCPU. They know no vCPU by its address: one is
 * told from others by its thread and number. No type of the kernel is used, so that
 * nothing is needed but tracefs; levels cannot be told.
 */
static __attribute__((always_inline)) unsigned long long kxt_run_delay(void);
static __attribute__((always_inline)) unsigned int kxt_slot_flags(void);
static __attribute__((always_inline)) unsigned int kxt_vcpu_id(unsigned long long vcpu);

/* v5.10 gets the first value of variables in memory that has to be in one piece. */
#define KXT_NO_NEAR

#include "user/bpf_look.bpf.h"

/* Of run_delay and pcount in struct task_struct; 0: not known, nothing is read. */
const volatile __u32 kxt_run_delay_at;
const volatile __u32 kxt_pcount_at;

#define KXT_VMX_REASON_MASK	0xffffU

static __always_inline u64 kxt_task_u64(u32 at)
{
	u64 value = 0;

	if (at)
		bpf_probe_read_kernel(&value, sizeof(value),
				      (void *)(bpf_get_current_task() + at));
	return value;
}

static __always_inline u64 kxt_run_delay(void)
{
	return kxt_task_u64(kxt_run_delay_at);
}

/* A thread that runs has been switched to: if no switch was counted, nobody counts. */
static __always_inline u32 kxt_slot_flags(void)
{
	return kxt_run_delay_at && kxt_task_u64(kxt_pcount_at) ? KVMEXIT_SLOT_RUNQ : 0;
}

static __always_inline u32 kxt_vcpu_id(u64 vcpu)
{
	return (u32)vcpu;
}

/* Never 0, which is nobody. */
static __always_inline u64 kxt_vcpu_key(u32 id)
{
	return (u64)(u32)bpf_get_current_pid_tgid() << 32 | id;
}

SEC("tp/kvm/kvm_exit")
int kxt_on_exit(void *ctx)
{
	u64 now = bpf_ktime_get_ns();
	struct kxt_bpf_slot *s;
	u32 id, isa, n, flags = 0;
	struct kxt_record r;
	u64 code;

	if (!kxt_record_read(&r, ctx))
		return 0;
	id = kxt_record_u32(&r, KXT_FIELD_EXIT_VCPU);
	isa = kxt_record_u32(&r, KXT_FIELD_EXIT_ISA);
	code = kxt_record_u32(&r, KXT_FIELD_EXIT_REASON);
	s = kxt_slot_get(kxt_vcpu_key(id));
	if (unlikely(!s))
		return kxt_lost_exit();
	if (likely(isa == KVMEXIT_ISA_VMX)) {
		flags = code & ~KXT_VMX_REASON_MASK;
		code &= KXT_VMX_REASON_MASK;
	} else if (isa != KVMEXIT_ISA_SVM) {
		code = KVMEXIT_CODE_UNREADABLE;
		isa = KVMEXIT_ISA_UNKNOWN;
	}
	if (unlikely(s->h.isa != isa))
		SET(s->h.isa, isa);
	n = kxt_exit_event(s, now, code, flags, 0);
	if (unlikely(control.watch)) {
		kxt_seen_begin(s, n, now);
		kxt_look_record(s, &r, code);
	}
	return 0;
}

SEC("tp/kvm/kvm_entry")
int kxt_on_entry(void *ctx)
{
	u64 now = bpf_ktime_get_ns();
	struct kxt_bpf_slot *s;
	struct kxt_record r;
	u32 id;

	if (!kxt_record_read(&r, ctx))
		return 0;
	id = kxt_record_u32(&r, KXT_FIELD_ENTRY_VCPU);
	s = kxt_slot_get(kxt_vcpu_key(id));
	if (likely(s))
		kxt_entry_event(s, now, 0);
	return 0;
}

SEC("raw_tp/sched_process_exit")
int kxt_on_thread_exit(void *ctx)
{
	kxt_thread_exit_event();
	return 0;
}

/* The open exit, if it has one of these reasons and no key yet. */
static __always_inline struct kxt_bpf_slot *kxt_look_for(u32 vmx, u32 vmx2, u32 svm)
{
	struct kxt_bpf_slot *s = kxt_look_slot();
	u64 code;

	if (!s || s->p.seen.kind)
		return NULL;
	code = kxt_look_code(s);
	if (s->h.isa == KVMEXIT_ISA_SVM)
		return code == svm ? s : NULL;
	return code == vmx || code == vmx2 ? s : NULL;
}

SEC("tp/kvm/kvm_msr")
int kxt_on_msr(void *ctx)
{
	struct kxt_bpf_slot *s = kxt_look_for(VMX_MSR_READ, VMX_MSR_WRITE, SVM_MSR);
	struct kxt_record r;

	if (s && kxt_record_read(&r, ctx))
		kxt_seen_key(s, KVMEXIT_KIND_MSR, kxt_record_u32(&r, KXT_FIELD_MSR_ECX),
			     kxt_read_or_write(kxt_record_u32(&r, KXT_FIELD_MSR_WRITE)));
	return 0;
}

SEC("tp/kvm/kvm_cpuid")
int kxt_on_cpuid(void *ctx)
{
	struct kxt_bpf_slot *s = kxt_look_for(VMX_CPUID, VMX_CPUID, SVM_CPUID);
	struct kxt_record r;

	if (s && kxt_record_read(&r, ctx))
		kxt_seen_key(s, KVMEXIT_KIND_CPUID,
			     kxt_record_u32(&r, KXT_FIELD_CPUID_FUNCTION), 0);
	return 0;
}

SEC("tp/kvm/kvm_hypercall")
int kxt_on_hypercall(void *ctx)
{
	struct kxt_bpf_slot *s = kxt_look_for(VMX_VMCALL, VMX_VMCALL, SVM_VMMCALL);
	struct kxt_record r;

	if (s && kxt_record_read(&r, ctx))
		kxt_seen_key(s, KVMEXIT_KIND_HYPERCALL,
			     kxt_record_u64(&r, KXT_FIELD_HYPERCALL_NR), 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
