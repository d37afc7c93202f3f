// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bits.h>
#include <linux/mm.h>

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

/**
 * kxt_exitinfo_prepare() - decide how this vCPU's exit reasons are read
 * @vcpu: at its first exit
 * @isa: as the tracepoint says
 *
 * Once a vCPU, in the probe: preemption off, does not sleep.
 *
 * Return: enum kxt_how, never KXT_HOW_NEW.
 */
enum kxt_how kxt_exitinfo_prepare(struct kvm_vcpu *vcpu, u32 isa)
{
	if (isa != KVMEXIT_ISA_SVM && isa != KVMEXIT_ISA_VMX)
		return KXT_HOW_NONE;
	if (KXT_EXIT_HAS_REASON)
		return KXT_HOW_ARG;
	if (isa == KVMEXIT_ISA_SVM)
		return kxt_svm_layout_ok(vcpu) ? KXT_HOW_SVM : KXT_HOW_BAD;
	if (kxt_vcpu_is_tdx(vcpu))
		return KXT_HOW_NONE;
	return KXT_HOW_VMX;
}
