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
 * @knows: KXT_KNOWS_* that hold for all of its vCPUs
 * @guest_ns: sum over the vCPUs
 * @all: all reasons merged (code is KVMEXIT_CODE_OTHER and means nothing); its
 *	parts and @guest_ns are all of the VM's time
 * @nr_vcpus: rows in @vcpu
 * @vcpu: sorted by id, then tid. vCPUs of the same tid and id (a VM made anew in
 *	the same thread) are one row
 * @vcpu_all: for each vCPU the sum of its reasons, as @all, if some of them have been
 *	taken out; else NULL. kxt_vm_vcpu_sum() knows
 * @nr_reasons: rows in @reason
 * @reason: reasons merged over the vCPUs, sorted by level, then code
 * @nr_details: rows in @detail
 * @detail: details merged over the vCPUs, sorted as in struct kxt_vcpu
 */
struct kxt_vm {
	uint32_t pid;
	char     name[KXT_VM_NAME_MAX];
	uint32_t isa;
	bool     ended;
	uint32_t knows;
	uint64_t guest_ns;
	struct kxt_entry all;
	unsigned int nr_vcpus;
	struct kxt_vcpu *vcpu;
	struct kxt_entry *vcpu_all;
	unsigned int nr_reasons;
	struct kxt_entry *reason;
	unsigned int nr_details;
	struct kxt_detail *detail;
};

/**
 * struct kxt_summary - one frame
 * @collector: name of the collector ("module")
 * @kernel: release of the kernel the data comes from
 * @host: its host name
 * @interval_ns: length of the window
 * @begin_time_ns: CLOCK_REALTIME when it began; 0 if that is not known
 * @end_time_ns: and when it ended
 * @delta: a window; else totals since the collector started
 * @kvm_present: see struct kxt_snapshot
 * @details: details were collected: where there are none there was nothing
 * @lost: in the window
 * @cost: of collecting, in the window; all of the host, whatever the filter
 * @exits: of all VMs shown
 * @host_exits: of all VMs, whatever the filter
 * @nr: VMs
 * @vm: sorted by pid
 */
struct kxt_summary {
	char     collector[16];
	char     kernel[72];
	char     host[72];
	uint64_t interval_ns;
	uint64_t begin_time_ns;
	uint64_t end_time_ns;
	bool     delta;
	bool     kvm_present;
	bool     details;
	struct kxt_lost lost;
	struct kxt_cost cost;
	uint64_t exits;
	uint64_t host_exits;
	unsigned int nr;
	struct kxt_vm *vm;
};

/**
 * kxt_summary_cost_ns() - what collecting one exit (with its entry) costs
 * @s: frame
 * @ns: result: mean of the samples
 *
 * Return: true, or false if the collector took no sample in the window.
 */
bool kxt_summary_cost_ns(const struct kxt_summary *s, double *ns);

/**
 * kxt_summary_cost_share() - share of one CPU that collecting takes
 * @s: frame
 * @share: result, 1 is one whole CPU: mean cost times exits of the host
 *
 * Return: true, or false if it cannot be told.
 */
bool kxt_summary_cost_share(const struct kxt_summary *s, double *share);

/**
 * kxt_details_of() - the details of one reason
 * @detail: rows of a kxt_vm or a kxt_vcpu
 * @nr: their number
 * @e: reason
 * @found: result: how many
 *
 * Return: the first of them (they follow each other, by kind), or NULL.
 */
const struct kxt_detail *kxt_details_of(const struct kxt_detail *detail, unsigned int nr,
					const struct kxt_entry *e, unsigned int *found);

/**
 * struct kxt_filter - which VMs are wanted
 * @pid: only this process; 0: all
 * @vm: only VMs whose name matches this glob (fnmatch); NULL: all
 */
struct kxt_filter {
	uint32_t pid;
	const char *vm;
};

/** kxt_filter_wants() - is the VM of this process and name wanted? */
bool kxt_filter_wants(const struct kxt_filter *filter, uint32_t pid, const char *name);

/**
 * kxt_summary_make() - group a snapshot by VM
 * @out: result; its old contents are freed; zero it before the first use
 * @s: delta or totals
 * @names: where VM names come from
 * @filter: NULL for all
 * @err: set on failure
 *
 * Leaves @collector, @kernel and @host empty, and @begin_time_ns and @end_time_ns 0:
 * the verb fills them in.
 *
 * Return: 0, or -1 with @err set (no memory).
 */
int kxt_summary_make(struct kxt_summary *out, const struct kxt_snapshot *s,
		     struct kxt_vm_names *names, const struct kxt_filter *filter,
		     struct kxt_err *err);

/**
 * kxt_summary_take() - the same, but what @s has is moved where it can be
 *
 * @s is empty afterwards, also on failure.
 */
int kxt_summary_take(struct kxt_summary *out, struct kxt_snapshot *s,
		     struct kxt_vm_names *names, const struct kxt_filter *filter,
		     struct kxt_err *err);

/**
 * kxt_vm_vcpu_sum() - all reasons of a vCPU merged
 * @vm: its VM
 * @n: its row in @vm
 * @sum: result; its code is KVMEXIT_CODE_OTHER and means nothing
 */
void kxt_vm_vcpu_sum(const struct kxt_vm *vm, unsigned int n, struct kxt_entry *sum);

/**
 * kxt_vm_keep_sums() - remember these sums: reasons will be taken out of the vCPUs
 *
 * Return: 0, or -1 without memory.
 */
int kxt_vm_keep_sums(struct kxt_vm *vm);

/** kxt_summary_free() - release all memory of @s and zero it */
void kxt_summary_free(struct kxt_summary *s);

#endif /* KXT_SUMMARY_H */
