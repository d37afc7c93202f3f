/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A snapshot or delta as people look at it: VMs, their vCPUs, their reasons.
 * This is all that a view sees, whichever collector or recording is behind it.
 */
#ifndef KXT_SUMMARY_H
#define KXT_SUMMARY_H

#include "user/snapshot.h"
#include "user/vm.h"

/**
 * struct kxt_vm - one VM: all vCPUs of one process
 * @pid: process
 * @name: from @names, unescaped (may have control characters: views escape it)
 * @isa: enum kvmexit_isa of its vCPUs
 * @ended: all of its vCPUs are gone
 * @guest_ns: sum over the vCPUs
 * @all: all reasons merged (code is KVMEXIT_CODE_OTHER and means nothing)
 * @nr_vcpus: rows in @vcpu
 * @vcpu: sorted by id, then tid. vCPUs of the same tid and id (a VM made anew in
 *	the same thread) are one row
 * @vcpu_all: for each vCPU its reasons merged, as @all
 * @nr_reasons: rows in @reason
 * @reason: reasons merged over the vCPUs, sorted by level, then code
 */
struct kxt_vm {
	uint32_t pid;
	char     name[KXT_VM_NAME_MAX];
	uint32_t isa;
	bool     ended;
	uint64_t guest_ns;
	struct kxt_entry all;
	unsigned int nr_vcpus;
	struct kxt_vcpu *vcpu;
	struct kxt_entry *vcpu_all;
	unsigned int nr_reasons;
	struct kxt_entry *reason;
};

/**
 * struct kxt_summary - one frame
 * @collector: name of the collector ("module")
 * @kernel: release of the kernel the data comes from
 * @host: its host name
 * @interval_ns: length of the window
 * @delta: a window; else totals since the collector started
 * @kvm_present: see struct kxt_snapshot
 * @lost: in the window
 * @exits: of all VMs
 * @nr: VMs
 * @vm: sorted by pid
 */
struct kxt_summary {
	char     collector[16];
	char     kernel[72];
	char     host[72];
	uint64_t interval_ns;
	bool     delta;
	bool     kvm_present;
	struct kxt_lost lost;
	uint64_t exits;
	unsigned int nr;
	struct kxt_vm *vm;
};

/**
 * struct kxt_filter - which VMs are wanted
 * @pid: only this process; 0: all
 * @vm: only VMs whose name matches this glob (fnmatch); NULL: all
 */
struct kxt_filter {
	uint32_t pid;
	const char *vm;
};

/**
 * kxt_summary_make() - group a snapshot by VM
 * @out: result; its old contents are freed; zero it before the first use
 * @s: delta or totals
 * @names: where VM names come from
 * @filter: NULL for all
 * @err: set on failure
 *
 * Leaves @collector, @kernel and @host empty: the verb fills them in.
 *
 * Return: 0, or -1 with @err set (no memory).
 */
int kxt_summary_make(struct kxt_summary *out, const struct kxt_snapshot *s,
		     struct kxt_vm_names *names, const struct kxt_filter *filter,
		     struct kxt_err *err);

/** kxt_summary_free() - release all memory of @s and zero it */
void kxt_summary_free(struct kxt_summary *s);

#endif /* KXT_SUMMARY_H */
