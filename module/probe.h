/* SPDX-License-Identifier: GPL-2.0-only */
/* The callbacks of KVM's tracepoints; hooks.c attaches them. */
#ifndef KXT_PROBE_H
#define KXT_PROBE_H

#include <linux/types.h>

struct kvm_vcpu;

void kxt_on_exit_svm(void *data, struct kvm_vcpu *vcpu, u32 isa);
void kxt_on_exit_vmx(void *data, struct kvm_vcpu *vcpu, u32 isa);
void kxt_on_exit_reason(void *data, unsigned int reason, struct kvm_vcpu *vcpu,
			u32 isa);
void kxt_on_entry(void *data, struct kvm_vcpu *vcpu);
void kxt_on_entry_flag(void *data, struct kvm_vcpu *vcpu, bool force_immediate_exit);
void kxt_on_wakeup(void *data, __u64 ns, bool waited, bool valid);
void kxt_on_userspace(void *data, __u32 reason, int error);

#endif /* KXT_PROBE_H */
