// SPDX-License-Identifier: GPL-2.0-only
/*
 * KVM's own hypercalls, by the number in RAX: include/uapi/linux/kvm_para.h of
 * Linux 7.3, Documentation/virt/kvm/x86/hypercalls.rst. Those of other
 * architectures are left out. Hyper-V and Xen guests have numbers of their own
 * kind there: what a number means is only certain for guests that use KVM's.
 */
#include "user/detail_int.h"

static const struct kxt_known hypercalls[] = {
	{ 1, 1, "VAPIC_POLL_IRQ" },
	{ 2, 2, "MMU_OP" },
	{ 3, 3, "FEATURES" },
	{ 5, 5, "KICK_CPU" },
	{ 9, 9, "CLOCK_PAIRING" },
	{ 10, 10, "SEND_IPI" },
	{ 11, 11, "SCHED_YIELD" },
	{ 12, 12, "MAP_GPA_RANGE" },
};

const struct kxt_known_table kxt_known_hypercalls = KXT_KNOWN_TABLE(hypercalls);
