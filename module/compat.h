/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every question about which kernel this is, and nowhere else. The answers come
 * from types and from lists in the kernel's own headers, since distributions
 * backport; no version number is compared.
 */
#ifndef KXT_COMPAT_H
#define KXT_COMPAT_H

#include <linux/build_bug.h>
#include <linux/kvm_host.h>
#include <linux/sched.h>
#include <linux/stringify.h>
#include <linux/tracepoint.h>
#include <linux/types.h>

#if !defined(CONFIG_X86_64) || !defined(CONFIG_TRACEPOINTS)
#error "kvmexit needs an x86-64 kernel with CONFIG_TRACEPOINTS"
#endif

#include <asm/mshyperv.h>

/* rdtsc() is in asm/msr.h up to 6.12 at least, in asm/tsc.h in 7.3. */
#include <asm/msr.h>
#include <asm/tsc.h>

/*
 * The prototype of the tracepoint kvm_exit:
 *
 *	kvm_exit(unsigned int exit_reason, struct kvm_vcpu *vcpu, u32 isa)
 *	kvm_exit(struct kvm_vcpu *vcpu, u32 isa)		(v5.16)
 *
 * arch/x86/kvm/trace.h is not in any header package. But the commit that
 * dropped the argument ("KVM: x86: Get exit_reason as part of
 * kvm_x86_ops.get_exit_info") made get_exit_info() return the reason, which
 * asm/kvm_host.h shows: the old signature means the old tracepoint.
 */
typedef void (*kxt_get_exit_info_old_t)(struct kvm_vcpu *vcpu, u64 *info1,
					u64 *info2, u32 *intr_info,
					u32 *error_code);

#define KXT_EXIT_HAS_REASON						\
	__builtin_types_compatible_p(					\
		typeof(((struct kvm_x86_ops *)NULL)->get_exit_info),	\
		kxt_get_exit_info_old_t)

/*
 * The prototype of the tracepoint kvm_entry:
 *
 *	kvm_entry(struct kvm_vcpu *vcpu)
 *	kvm_entry(struct kvm_vcpu *vcpu, bool force_immediate_exit)	(v6.9)
 *
 * The series that added the argument ("KVM: x86: Plumb force_immediate_exit
 * into kvm_entry() tracepoint") removed the operation request_immediate_exit,
 * and both are backported together. asm/kvm-x86-ops.h lists all operations:
 * expanded to enumerators in an inner scope, a listed one hides the outer one
 * of the same name. Without that header (before v5.12) the tracepoint is old.
 */
#ifdef __has_include
#if __has_include(<asm/kvm-x86-ops.h>)
#define KXT_HAS_OPS_LIST
#endif
#endif

enum { kxt_op_request_immediate_exit = -1 };

static __always_inline bool kxt_entry_has_flag(void)
{
#ifdef KXT_HAS_OPS_LIST
#define KVM_X86_OP(op)			enum { kxt_op_##op } has_##op;
#define KVM_X86_OP_NULL(op)		KVM_X86_OP(op)
#define KVM_X86_OP_OPTIONAL(op)		KVM_X86_OP(op)
#define KVM_X86_OP_OPTIONAL_RET0(op)	KVM_X86_OP(op)
	/* In a struct, since some lists have stray semicolons. */
	struct {
#include <asm/kvm-x86-ops.h>
	} ops;

	BUILD_BUG_ON(sizeof(ops) < 50 * sizeof(ops.has_vcpu_create));
	return kxt_op_request_immediate_exit < 0;
#else
	return false;
#endif
}

/*
 * Does a tracepoint turn preemption off around its probes? Up to v6.19 it did; then
 * ("tracing: Guard __DECLARE_TRACE() use of __DO_TRACE_CALL() with SRCU-fast") it no
 * longer does. No type tells, but all that a tracepoint does is in the macro that
 * makes one: spell one out, and have the compiler look for what turns it off. If that
 * is not found the probes do it themselves, which is never wrong.
 */
#define KXT_TRACEPOINT	\
	__stringify(DECLARE_TRACE(kxt_any, TP_PROTO(int arg), TP_ARGS(arg)))

static __always_inline bool kxt_probe_preemptible(void)
{
#ifdef __CHECKER__
	return true;
#else
	const char *text = KXT_TRACEPOINT;
	const char *counted = __builtin_strstr(text, "__preempt_count_add(1)");
	const char *guarded = __builtin_strstr(text, "class_preempt_notrace_t");

	return !counted && !guarded;
#endif
}

/*
 * A TDX guest's VMCS belongs to the TDX module: VMREAD in the host would fail,
 * or answer for another vCPU.
 */
static inline bool kxt_vcpu_is_tdx(const struct kvm_vcpu *vcpu)
{
#ifdef KVM_X86_TDX_VM
	return vcpu->kvm->arch.vm_type == KVM_X86_TDX_VM;
#else
	return false;
#endif
}

/*
 * Under Hyper-V, KVM can use an enlightened VMCS, which is memory. VMREAD is not to be
 * used while this CPU has one (Hypervisor Top Level Functional Specification).
 */
static inline bool kxt_vmcs_enlightened(void)
{
	const struct hv_vp_assist_page *page = hv_get_vp_assist_page(smp_processor_id());

	return page && page->enlighten_vmentry;
}

/*
 * Time on run queues is in every task_struct of a kernel with CONFIG_SCHED_INFO
 * (SCHEDSTATS or TASK_DELAY_ACCT select it), but some kernels keep it only with
 * the boot option "delayacct". A thread that runs has been switched to: if no
 * switch was counted, nobody counts.
 */
static __always_inline u64 kxt_task_run_delay(const struct task_struct *t)
{
#ifdef CONFIG_SCHED_INFO
	return READ_ONCE(t->sched_info.run_delay);
#else
	return 0;
#endif
}

static inline bool kxt_task_has_run_delay(const struct task_struct *t)
{
#ifdef CONFIG_SCHED_INFO
	return t->sched_info.pcount;
#else
	return false;
#endif
}

#endif /* KXT_COMPAT_H */
