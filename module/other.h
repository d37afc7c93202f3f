/* SPDX-License-Identifier: GPL-2.0-only */
/* The two events, if they are not usual ones; probe.c has those. */
#ifndef KXT_OTHER_H
#define KXT_OTHER_H

#include <linux/types.h>

struct kvm_vcpu;

void kxt_exit_other(void *data, struct kvm_vcpu *vcpu, u32 isa, u32 arg);
void kxt_entry_other(void *data, struct kvm_vcpu *vcpu);

#endif /* KXT_OTHER_H */
