/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What of the kernel's own types is read, and how it differs between kernels: asked of
 * the BTF of the kernel that runs, when the programs are loaded. Fields that are not
 * needed are left out: CO-RE finds those that are by name.
 */
#ifndef KXT_CORE_FIXES_H
#define KXT_CORE_FIXES_H

#include <bpf/bpf_core_read.h>

#include "user/bpf_maps.bpf.h"

#define KXT_CORE __attribute__((preserve_access_index))

/* enum kvm_reg: the order of registers in instructions, arch/x86/include/asm/kvm_host.h */
#define KXT_REG_RAX	0
#define KXT_REG_RCX	1

struct kvm_vcpu_stat {
	u64 exits;
} KXT_CORE;

struct kvm_vcpu_arch {
	unsigned long regs[17];
	u32 hflags;
	u64 last_host_tsc;
} KXT_CORE;

/* Who sleeps there; v5.8 and later. */
struct rcuwait {
	void *task;
} KXT_CORE;

struct kvm_vcpu {
	int vcpu_id;
	struct rcuwait wait;
	struct kvm_vcpu_arch arch;
	struct kvm_vcpu_stat stat;
} KXT_CORE;

struct sched_info {
	unsigned long pcount;
	unsigned long long run_delay;
} KXT_CORE;

struct task_struct {
	struct sched_info sched_info;
} KXT_CORE;

/* arch/x86/include/asm/svm.h, arch/x86/kvm/svm/svm.h */
struct vmcb_control_area {
	u64 exit_code;
	u64 exit_info_1;
	u64 exit_info_2;
} KXT_CORE;

struct vmcb_save_area {
	u64 rip;
} KXT_CORE;

struct vmcb {
	struct vmcb_control_area control;
	struct vmcb_save_area save;
} KXT_CORE;

struct vcpu_svm {
	struct vmcb *vmcb;
} KXT_CORE;

/* From v5.12 on a guest of the guest has a VMCB of its own; this is the guest's. */
struct kvm_vmcb_info {
	struct vmcb *ptr;
} KXT_CORE;

struct vcpu_svm___vmcb01 {
	struct kvm_vmcb_info vmcb01;
} KXT_CORE;

/*
 * arch/x86/kvm/vmx/vmx.h. Before v6.15 the exit reason was in struct vcpu_vmx itself;
 * "KVM: VMX: Move common fields of struct vcpu_{vmx,tdx} to a struct" made it part of a
 * struct vcpu_vt that TDX has in the same place.
 */
union vmx_exit_reason {
	u32 full;
} KXT_CORE;

struct vcpu_vmx {
	union vmx_exit_reason exit_reason;
} KXT_CORE;

struct vcpu_vt {
	union vmx_exit_reason exit_reason;
} KXT_CORE;

struct vcpu_vmx___vt {
	struct vcpu_vt vt;
} KXT_CORE;

/*
 * HF_GUEST_MASK is no type: it was 1 << 5 and became 1 << 0 in v6.4. "KVM: x86: emulator:
 * stop using raw host flags" moved it, and replaced get_hflags in struct x86_emulate_ops.
 */
struct x86_emulate_ops {
	void *get_hflags;
} KXT_CORE;

static __always_inline bool kxt_core_has_level(void)
{
	return bpf_core_type_exists(struct x86_emulate_ops);
}

static __always_inline u32 kxt_level(const struct kvm_vcpu *vcpu)
{
	struct x86_emulate_ops *ops = NULL;
	u32 mask = bpf_core_field_exists(ops->get_hflags) ? 1U << 5 : 1U << 0;

	if (!kxt_core_has_level())
		return 0;
	return vcpu->arch.hflags & mask ? 2 : 1;
}

/* Is it blocked in a halt right now? Any context; the vCPU may be gone. */
static __always_inline bool kxt_is_blocked(u64 vcpu)
{
	const struct kvm_vcpu *v = (const void *)vcpu;

	return bpf_core_field_exists(v->wait.task) && BPF_CORE_READ(v, wait.task);
}

static __always_inline bool kxt_core_has_svm(void)
{
	struct vcpu_svm *svm = NULL;

	return bpf_core_field_exists(svm->vmcb) && bpf_core_type_exists(struct vmcb);
}

static __always_inline bool kxt_core_has_vmx(void)
{
	struct vcpu_vmx___vt *vt = NULL;
	struct vcpu_vmx *vmx = NULL;

	return bpf_core_field_exists(vmx->exit_reason) || bpf_core_field_exists(vt->vt);
}

/*
 * arch/x86/kvm/svm/svm.h: v6.1 to v6.12 at least, where kvm_amd keeps the VMCB of the vCPU
 * that is on this CPU. It is a pointer with a type, so that the code can be loaded through
 * it: a call of bpf_probe_read_kernel() takes some hundred instructions. Before that
 * svm_data was a pointer to the struct, and libbpf refuses a program whose variable has
 * another type than the kernel's: see kvmexit_plain.bpf.c.
 */
struct svm_cpu_data {
	struct vmcb *current_vmcb;
} KXT_CORE;

#ifdef KXT_NO_SVM_DATA
static __always_inline struct svm_cpu_data *kxt_svm_cpu(void)
{
	return NULL;
}
#else
extern struct svm_cpu_data svm_data __ksym __weak;

/* NULL: it is not there, or not as it should be. */
static __always_inline struct svm_cpu_data *kxt_svm_cpu(void)
{
	struct svm_cpu_data *sd = NULL;
	struct vmcb *v = NULL;

	if (!bpf_core_field_exists(sd->current_vmcb) ||
	    !bpf_core_field_exists(v->control.exit_code) || !&svm_data)
		return NULL;
	return bpf_this_cpu_ptr(&svm_data);
}
#endif

/* The same as kxt_svm_code(), if that VMCB is @vmcb; else false. */
static __always_inline bool kxt_svm_code_here(u64 vmcb, u32 *code)
{
	struct svm_cpu_data *sd = kxt_svm_cpu();
	struct vmcb *v;

	if (!sd)
		return false;
	v = sd->current_vmcb;
	if ((u64)v != vmcb)
		return false;
	*code = v->control.exit_code;
	return true;
}

/* rip, EXITINFO1 and EXITINFO2 in the same way. */
static __always_inline bool kxt_svm_info_here(u64 vmcb, u64 *rip, u64 *info1, u64 *info2)
{
	struct svm_cpu_data *sd = kxt_svm_cpu();
	struct vmcb *v;

	if (!sd)
		return false;
	v = sd->current_vmcb;
	if ((u64)v != vmcb)
		return false;
	*rip = v->save.rip;
	*info1 = v->control.exit_info_1;
	*info2 = v->control.exit_info_2;
	return true;
}

/* The same, through the address of a VMCB. */
static __always_inline void kxt_svm_info(u64 vmcb, u64 *rip, u64 *info1, u64 *info2)
{
	const struct vmcb *v = (const void *)vmcb;

	if (!bpf_core_field_exists(v->control.exit_code))
		return;
	*rip = BPF_CORE_READ(v, save.rip);
	*info1 = BPF_CORE_READ(v, control.exit_info_1);
	*info2 = BPF_CORE_READ(v, control.exit_info_2);
}

/* Address of the guest's VMCB, also while a guest of it runs; 0 if it cannot be read. */
static __always_inline u64 kxt_svm_vmcb01(const struct kvm_vcpu *vcpu)
{
	const struct vcpu_svm___vmcb01 *has01 = (const void *)vcpu;
	const struct vcpu_svm *svm = (const void *)vcpu;
	struct vmcb *vmcb = NULL;

	if (bpf_core_field_exists(has01->vmcb01.ptr))
		bpf_core_read(&vmcb, sizeof(vmcb), &has01->vmcb01.ptr);
	else if (bpf_core_field_exists(svm->vmcb))
		bpf_core_read(&vmcb, sizeof(vmcb), &svm->vmcb);
	return (u64)vmcb;
}

/* Address of the VMCB that is in use; 0 if it cannot be read. */
static __always_inline u64 kxt_svm_vmcb(const struct kvm_vcpu *vcpu)
{
	const struct vcpu_svm *svm = (const void *)vcpu;
	struct vmcb *vmcb = NULL;

	if (!bpf_core_field_exists(svm->vmcb))
		return 0;
	bpf_core_read(&vmcb, sizeof(vmcb), &svm->vmcb);
	return (u64)vmcb;
}

/* The low 32 bits tell all codes apart; the field has 32 in v6.12 and 64 in v7.3. */
static __always_inline bool kxt_svm_code(u64 vmcb, u32 *code)
{
	const struct vmcb *v = (const void *)vmcb;

	return bpf_core_field_exists(v->control.exit_code) &&
	       !bpf_core_read(code, sizeof(*code), &v->control.exit_code);
}

static __always_inline bool kxt_vmx_reason(const struct kvm_vcpu *vcpu, u32 *reason)
{
	const struct vcpu_vmx___vt *vt = (const void *)vcpu;
	const struct vcpu_vmx *vmx = (const void *)vcpu;

	if (bpf_core_field_exists(vmx->exit_reason))
		return !bpf_core_read(reason, sizeof(*reason), &vmx->exit_reason);
	if (bpf_core_field_exists(vt->vt))
		return !bpf_core_read(reason, sizeof(*reason), &vt->vt.exit_reason);
	return false;
}

#endif /* KXT_CORE_FIXES_H */
