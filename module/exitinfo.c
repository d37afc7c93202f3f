// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bits.h>
#include <linux/mm.h>
#include <asm/apicdef.h>

#include "exitinfo.h"

/*
 * Is what we take for this vCPU's VMCB one? It must be a page of the direct map,
 * and VMRUN, which has just been executed on it, refuses a VMCB without an ASID
 * or with VMRUN not intercepted (AMD APM vol. 2, 15.5.1).
 */
static bool kxt_svm_layout_ok(struct kvm_vcpu *vcpu)
{
	const struct vmcb *vmcb = kxt_svm_vmcb(vcpu);
	const struct vmcb_control_area *control;

	if (!vmcb || !PAGE_ALIGNED(vmcb) || !virt_addr_valid(vmcb))
		return false;
	control = &vmcb->control;
	return control->asid &&
	       (control->intercepts[INTERCEPT_VMRUN / 32] &
		BIT(INTERCEPT_VMRUN % 32));
}

/*
 * Is struct kvm_vcpu where we take it to be? KVM has loaded this one on this CPU: before
 * its entry, and whenever its thread has been switched to since.
 */
static bool kxt_vcpu_layout_ok(const struct kvm_vcpu *vcpu)
{
	return READ_ONCE(vcpu->cpu) == smp_processor_id();
}

/**
 * kxt_exitinfo_prepare() - decide how this vCPU's exit reasons are read
 * @vcpu: at its first exit
 * @isa: as the tracepoint says
 * @regs: result: where the rest of an exit's facts is found
 *
 * Once a vCPU, in the probe: preemption off, does not sleep.
 *
 * Return: enum kxt_how, never KXT_HOW_NEW.
 */
enum kxt_how kxt_exitinfo_prepare(struct kvm_vcpu *vcpu, u32 isa, enum kxt_regs *regs)
{
	*regs = KXT_REGS_NONE;
	if (!kxt_vcpu_layout_ok(vcpu))
		return KXT_HOW_BAD;
	if (isa != KVMEXIT_ISA_SVM && isa != KVMEXIT_ISA_VMX)
		return KXT_HOW_NONE;
	if (isa == KVMEXIT_ISA_SVM) {
		if (kxt_svm_layout_ok(vcpu))
			*regs = KXT_REGS_SVM;
		else if (!KXT_EXIT_HAS_REASON)
			return KXT_HOW_BAD;
		return KXT_EXIT_HAS_REASON ? KXT_HOW_ARG : KXT_HOW_SVM;
	}
	if (!kxt_vcpu_is_tdx(vcpu) && !kxt_vmcs_enlightened())
		*regs = KXT_REGS_VMX;
	if (KXT_EXIT_HAS_REASON)
		return KXT_HOW_ARG;
	return *regs == KXT_REGS_VMX ? KXT_HOW_VMX : KXT_HOW_NONE;
}

/* A general purpose register, which KVM has saved at the exit. */
static u64 kxt_kvm_reg(const struct kvm_vcpu *vcpu, int reg)
{
	return READ_ONCE(vcpu->arch.regs[reg]);
}

static void kxt_set(struct kxt_exitinfo *info, u32 kind, u64 key, u32 access)
{
	info->kind = kind;
	info->key = key;
	info->access = access;
}

static u32 kxt_read_or_write(bool write)
{
	return write ? KVMEXIT_ACCESS_WRITE : KVMEXIT_ACCESS_READ;
}

/* Error code of a page fault: AMD APM vol. 2, 8.4.2; Intel SDM vol. 3, 4.7. */
#define KXT_PF_PRESENT		BIT(0)
#define KXT_PF_WRITE		BIT(1)
#define KXT_PF_RESERVED		BIT(3)
#define KXT_PF_FETCH		BIT(4)

static u32 kxt_fault_access(u64 error)
{
	u32 access = error & KXT_PF_PRESENT ? KVMEXIT_ACCESS_PRESENT : 0;

	if (error & KXT_PF_FETCH)
		return access | KVMEXIT_ACCESS_FETCH;
	return access | kxt_read_or_write(error & KXT_PF_WRITE);
}

/*
 * KVM makes the page table entries of device memory reserved ones, to know it at
 * once the next time; the first access to a page is still a missing page. Only
 * the nested page fault tells, and only if the CPU has reserved address bits.
 */
static void kxt_svm_fault(struct kxt_exitinfo *info)
{
	if (info->info1 & KXT_PF_RESERVED)
		kxt_set(info, KVMEXIT_KIND_MMIO, info->info2,
			kxt_read_or_write(info->info1 & KXT_PF_WRITE));
	else
		kxt_set(info, KVMEXIT_KIND_GPA, info->info2 & PAGE_MASK,
			kxt_fault_access(info->info1));
}

/* EXITINFO1 and 2 by exit code: AMD APM vol. 2, 15.10.2, 15.11, 15.12, 15.25.6. */
static void kxt_svm_read(struct kvm_vcpu *vcpu, u64 code, struct kxt_exitinfo *info)
{
	const struct vmcb *vmcb = kxt_svm_vmcb(vcpu);

	info->rip = READ_ONCE(vmcb->save.rip);
	info->info1 = READ_ONCE(vmcb->control.exit_info_1);
	info->info2 = READ_ONCE(vmcb->control.exit_info_2);
	switch (code) {
	case SVM_EXIT_IOIO:
		kxt_set(info, KVMEXIT_KIND_PORT, (info->info1 >> 16) & 0xffff,
			kxt_read_or_write(!(info->info1 & BIT(0))));
		break;
	case SVM_EXIT_MSR:
		kxt_set(info, KVMEXIT_KIND_MSR, (u32)kxt_kvm_reg(vcpu, VCPU_REGS_RCX),
			kxt_read_or_write(info->info1 & BIT(0)));
		break;
	case SVM_EXIT_CPUID:
		kxt_set(info, KVMEXIT_KIND_CPUID, (u32)kxt_kvm_reg(vcpu, VCPU_REGS_RAX), 0);
		break;
	case SVM_EXIT_VMMCALL:
		kxt_set(info, KVMEXIT_KIND_HYPERCALL, kxt_kvm_reg(vcpu, VCPU_REGS_RAX), 0);
		break;
	case SVM_EXIT_NPF:
		kxt_svm_fault(info);
		break;
	case SVM_EXIT_EXCP_BASE + PF_VECTOR:
		kxt_set(info, KVMEXIT_KIND_GPA, info->info2 & PAGE_MASK,
			kxt_fault_access(info->info1) | KVMEXIT_ACCESS_VIRTUAL);
		break;
	}
}

/* 0 for what cannot be read: then it is not told. */
static u64 kxt_vmx_field(unsigned long field)
{
	unsigned long value;

	return kxt_vmread(field, &value) ? value : 0;
}

/* VM-exit interruption information, Intel SDM vol. 3, 25.9.2. */
#define KXT_INTR_PF		(INTR_INFO_VALID_MASK | INTR_TYPE_HARD_EXCEPTION | PF_VECTOR)
#define KXT_INTR_MASK		(INTR_INFO_VALID_MASK | INTR_INFO_INTR_TYPE_MASK | \
				 INTR_INFO_VECTOR_MASK)

static void kxt_vmx_exception(struct kxt_exitinfo *info)
{
	info->info2 = kxt_vmx_field(VM_EXIT_INTR_INFO);
	if ((info->info2 & KXT_INTR_MASK) == KXT_INTR_PF)
		kxt_set(info, KVMEXIT_KIND_GPA, info->info1 & PAGE_MASK,
			kxt_fault_access(kxt_vmx_field(VM_EXIT_INTR_ERROR_CODE)) |
			KVMEXIT_ACCESS_VIRTUAL);
}

/* Exit qualification of an EPT violation: Intel SDM vol. 3, table 28-7. */
static u32 kxt_ept_access(u64 qualification)
{
	u32 access = qualification & GENMASK(5, 3) ? KVMEXIT_ACCESS_PRESENT : 0;

	if (qualification & BIT(2))
		return access | KVMEXIT_ACCESS_FETCH;
	return access | kxt_read_or_write(qualification & BIT(1));
}

/* Exit qualification by reason: Intel SDM vol. 3, 28.2.1. */
static void kxt_vmx_read(struct kvm_vcpu *vcpu, u64 code, struct kxt_exitinfo *info)
{
	info->rip = kxt_vmx_field(GUEST_RIP);
	info->info1 = kxt_vmx_field(EXIT_QUALIFICATION);
	switch (code) {
	case EXIT_REASON_IO_INSTRUCTION:
		kxt_set(info, KVMEXIT_KIND_PORT, (info->info1 >> 16) & 0xffff,
			kxt_read_or_write(!(info->info1 & BIT(3))));
		break;
	case EXIT_REASON_MSR_READ:
	case EXIT_REASON_MSR_WRITE:
		kxt_set(info, KVMEXIT_KIND_MSR, (u32)kxt_kvm_reg(vcpu, VCPU_REGS_RCX),
			kxt_read_or_write(code == EXIT_REASON_MSR_WRITE));
		break;
	case EXIT_REASON_CPUID:
		kxt_set(info, KVMEXIT_KIND_CPUID, (u32)kxt_kvm_reg(vcpu, VCPU_REGS_RAX), 0);
		break;
	case EXIT_REASON_VMCALL:
		kxt_set(info, KVMEXIT_KIND_HYPERCALL, kxt_kvm_reg(vcpu, VCPU_REGS_RAX), 0);
		break;
	case EXIT_REASON_EPT_VIOLATION:
		info->info2 = kxt_vmx_field(GUEST_PHYSICAL_ADDRESS);
		kxt_set(info, KVMEXIT_KIND_GPA, info->info2 & PAGE_MASK,
			kxt_ept_access(info->info1));
		break;
	case EXIT_REASON_EPT_MISCONFIG:
		info->info2 = kxt_vmx_field(GUEST_PHYSICAL_ADDRESS);
		/* The hardware does not tell loads from stores. */
		kxt_set(info, KVMEXIT_KIND_MMIO, info->info2, 0);
		break;
	case EXIT_REASON_APIC_ACCESS:
	case EXIT_REASON_APIC_WRITE:
		/* An offset in the local APIC's page, which hardly anybody moves. */
		kxt_set(info, KVMEXIT_KIND_MMIO,
			APIC_DEFAULT_PHYS_BASE + (info->info1 & 0xfff), 0);
		break;
	case EXIT_REASON_EXCEPTION_NMI:
	case EXIT_REASON_EXTERNAL_INTERRUPT:
		kxt_vmx_exception(info);
		break;
	}
}

/**
 * kxt_exitinfo_read() - what is behind an exit
 * @regs: where to look, as kxt_exitinfo_prepare() said
 * @vcpu: at its exit
 * @code: reason of it
 * @info: result; zeroes for what cannot be told
 *
 * Probe context, preemption off, before KVM handles the exit. Reads the VMCB or
 * VMCS of this vCPU and KVM's copy of its registers. (Of a guest with encrypted
 * registers, SEV-ES for one, nothing of use is there: what is read is harmless.)
 */
void kxt_exitinfo_read(enum kxt_regs regs, struct kvm_vcpu *vcpu, u64 code,
		       struct kxt_exitinfo *info)
{
	*info = (struct kxt_exitinfo){};
	if (regs == KXT_REGS_SVM)
		kxt_svm_read(vcpu, code, info);
	else if (regs == KXT_REGS_VMX)
		kxt_vmx_read(vcpu, code, info);
}
