/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * (vCPU, ISA) -> exit reason: the only file that knows KVM's internals.
 *
 * KVM's private headers are not in header packages. What is relied upon:
 *
 * SVM: struct vcpu_svm (arch/x86/kvm/svm/svm.h) begins with the struct kvm_vcpu,
 * followed by the pointer to the VMCB that just ran; so it has been from v5.10 to
 * v7.3. struct vmcb is public (asm/svm.h). kxt_exitinfo_prepare() checks the
 * pointer and what hardware demands of a VMCB before anything is believed.
 *
 * VMX: nothing of KVM at all. The VMCS of the vCPU is the current one of this
 * CPU while its thread runs KVM's exit handling, and VMREAD is answered by the
 * hardware.
 */
#ifndef KXT_EXITINFO_H
#define KXT_EXITINFO_H

#include <linux/kvm_host.h>
#include <asm/cpufeature.h>
#include <asm/svm.h>
#include <asm/vmx.h>

#include "compat.h"
#include "fault.h"
#include "uapi/kvmexit.h"

/**
 * enum kxt_how - how the reason of a vCPU's exits is found
 * @KXT_HOW_NEW: not known yet, kxt_exitinfo_prepare() decides at its first exit
 * @KXT_HOW_SVM: from the VMCB
 * @KXT_HOW_VMX: by VMREAD
 * @KXT_HOW_ARG: the tracepoint's argument has it (before v5.16)
 * @KXT_HOW_NONE: cannot be read: KVMEXIT_CODE_UNREADABLE
 * @KXT_HOW_BAD: the layout is not what the headers say; nothing may be read
 */
enum kxt_how {
	KXT_HOW_NEW,
	KXT_HOW_SVM,
	KXT_HOW_VMX,
	KXT_HOW_ARG,
	KXT_HOW_NONE,
	KXT_HOW_BAD,
};

/**
 * enum kxt_regs - where all else about a vCPU's exits is found
 * @KXT_REGS_NONE: nowhere
 * @KXT_REGS_SVM: in the VMCB
 * @KXT_REGS_VMX: by VMREAD
 */
enum kxt_regs {
	KXT_REGS_NONE,
	KXT_REGS_SVM,
	KXT_REGS_VMX,
};

/**
 * struct kxt_exitinfo - what is behind an exit
 * @rip: guest instruction pointer, 0 if it cannot be read
 * @info1: see struct kvmexit_event
 * @info2: see struct kvmexit_event
 * @key: see enum kvmexit_kind
 * @kind: enum kvmexit_kind
 * @access: KVMEXIT_ACCESS_*
 */
struct kxt_exitinfo {
	u64 rip;
	u64 info1;
	u64 info2;
	u64 key;
	u32 kind;
	u32 access;
};

/**
 * kxt_how_usual() - how the reasons of all vCPUs of this host are found
 *
 * Those of a vCPU of which kxt_exitinfo_prepare() says otherwise are not of the usual
 * way in probe.c.
 *
 * Return: KXT_HOW_SVM, _VMX or _ARG.
 */
static inline enum kxt_how kxt_how_usual(void)
{
	if (KXT_EXIT_HAS_REASON)
		return KXT_HOW_ARG;
	return boot_cpu_has(X86_FEATURE_SVM) ? KXT_HOW_SVM : KXT_HOW_VMX;
}

/* KVM's number of the vCPU within its VM. */
static __always_inline u32 kxt_kvm_vcpu_id(const struct kvm_vcpu *vcpu)
{
	return vcpu->vcpu_id;
}

/* KVM's own count of the vCPU's exits: 0 in a new vCPU, then only growing. */
static __always_inline u64 kxt_kvm_exits(const struct kvm_vcpu *vcpu)
{
	return READ_ONCE(vcpu->stat.exits);
}

/**
 * kxt_kvm_put_tsc() - when was the vCPU last taken off a CPU?
 * @vcpu: the vCPU
 *
 * KVM puts a vCPU when it was made, when its thread is scheduled out in KVM_RUN, and
 * when KVM_RUN returns (kvm_arch_vcpu_put()), in that thread. So if this is before some
 * moment, from then on the vCPU has been the same one, its thread has had the CPU, and
 * it has been in the kernel or in guest mode.
 *
 * Return: TSC.
 */
static __always_inline u64 kxt_kvm_put_tsc(const struct kvm_vcpu *vcpu)
{
	return vcpu->arch.last_host_tsc;
}

/**
 * kxt_kvm_nested() - is it an exit of a guest of the guest?
 * @vcpu: at its exit
 *
 * Reads the flag that KVM sets, in this thread, while the vCPU runs a nested guest.
 *
 * Return: HF_GUEST_MASK or 0.
 */
static __always_inline u32 kxt_kvm_nested(const struct kvm_vcpu *vcpu)
{
	return vcpu->arch.hflags & HF_GUEST_MASK;
}

/* Head of struct vcpu_svm, arch/x86/kvm/svm/svm.h */
struct kxt_vcpu_svm {
	struct kvm_vcpu vcpu;
#if KXT_FAULT_LAYOUT_SHIFT
	char fault[KXT_FAULT_LAYOUT_SHIFT];
#endif
	struct vmcb *vmcb;
};

static __always_inline struct vmcb *kxt_svm_vmcb(struct kvm_vcpu *vcpu)
{
	return READ_ONCE(container_of(vcpu, struct kxt_vcpu_svm, vcpu)->vmcb);
}

/**
 * kxt_svm_code() - exit code of a vCPU whose VMCB was checked
 * @vcpu: prepared as KXT_HOW_SVM
 *
 * Reads the pointer behind the struct kvm_vcpu and one word of the VMCB, both
 * written by this vCPU's thread (and the CPU) just before. The field has 32
 * bits in v6.12 and 64 in v7.3; all codes are told apart by the low 32.
 */
static __always_inline u64 kxt_svm_code(struct kvm_vcpu *vcpu)
{
	return (u32)READ_ONCE(kxt_svm_vmcb(vcpu)->control.exit_code);
}

/**
 * kxt_vmread() - read a field of the current VMCS
 * @field: encoding, asm/vmx.h
 * @value: result
 *
 * Needs preemption off and the vCPU's VMCS current, which is not an enlightened one.
 * Without a current VMCS or field the CPU sets CF or ZF; outside of VMX operation it
 * raises #UD, which the exception table turns into a failure too.
 *
 * Return: true if @value was read.
 */
static __always_inline bool kxt_vmread(unsigned long field, unsigned long *value)
{
	unsigned long v;
	bool ok;

	asm volatile("stc\n"
		     "1: vmread %[field], %[v]\n"
		     "2:\n\t"
		     _ASM_EXTABLE(1b, 2b)
		     : [v] "=r" (v), "=@cca" (ok)
		     : [field] "r" (field));
	*value = v;
	return ok;
}

/* Intel SDM vol. 3, 25.9.1: basic reason 15:0, the rest are flags. */
#define KXT_VMX_REASON_MASK	0xffffUL

enum kxt_how kxt_exitinfo_prepare(struct kvm_vcpu *vcpu, u32 isa, enum kxt_regs *regs);
void kxt_exitinfo_read(enum kxt_regs regs, struct kvm_vcpu *vcpu, u64 code,
		       struct kxt_exitinfo *info);

#endif /* KXT_EXITINFO_H */
