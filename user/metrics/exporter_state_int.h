/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of user/metrics/exporter_state.h share. */
#ifndef KXT_EXPORTER_STATE_INT_H
#define KXT_EXPORTER_STATE_INT_H

#include <uthash.h>

#include "user/metrics/exporter_state.h"

/*
 * A vCPU that the collector has not shown for so long will not come back under its key.
 * To take it for another one then would count all that it did twice.
 */
#define KXT_EXPORTED_MISSED_NS	(2 * KVMEXIT_LINGER_MIN_NS)

/**
 * struct kxt_exported_counters - of one vCPU, or of those before it; they only grow
 * @knows: KXT_KNOWS_* of all of them
 * @guest_ns: time in guest mode
 * @list: reasons, levels apart
 */
struct kxt_exported_counters {
	uint32_t knows;
	uint64_t guest_ns;
	struct kxt_metrics_list list;
};

/**
 * struct kxt_exported_life - a vCPU that the collector still knows
 * @key: as in struct kxt_vcpu
 * @id: KVM's vcpu_id
 * @kvm_entries: as there
 * @ended: it is gone
 * @seen: it is in this snapshot
 * @missed: it was not in the last one, nor in any since @missed_ns
 * @missed_ns: see there
 * @dead: it is not told of any more, but must be known: nobody may take it for new
 * @c: its counters
 * @vm: whose it is
 * @next: in vm->life
 * @hh: by @key
 */
struct kxt_exported_life {
	uint64_t key;
	uint32_t id;
	uint64_t kvm_entries;
	bool ended, seen, missed, dead;
	uint64_t missed_ns;
	struct kxt_exported_counters c;
	struct kxt_exported_vm *vm;
	struct kxt_exported_life *next;
	UT_hash_handle hh;
};

/**
 * struct kxt_exported_past - the vCPUs of one number that the collector has forgotten
 * @id: KVM's vcpu_id
 * @c: sum of their counters
 */
struct kxt_exported_past {
	uint32_t id;
	struct kxt_exported_counters c;
};

/**
 * struct kxt_exported_vm - one process with a VM
 * @pid: process
 * @name: as it was when the VM was first seen
 * @domain: its label, which it keeps for life
 * @isa: enum kvmexit_isa
 * @told: it is exported; else it is only here because the collector still has it
 * @ended: no vCPU is left
 * @ended_ns: since when
 * @life: its vCPUs
 * @nr_past: rows in @past
 * @past: what they were before
 * @hh: by @pid
 * @hh_domain: by @domain, if it is @told
 */
struct kxt_exported_vm {
	uint32_t pid;
	char name[KXT_VM_NAME_MAX];
	char domain[KXT_METRICS_DOMAIN_MAX];
	uint32_t isa;
	bool told;
	bool ended;
	uint64_t ended_ns;
	struct kxt_exported_life *life;
	unsigned int nr_past;
	struct kxt_exported_past *past;
	UT_hash_handle hh;
	UT_hash_handle hh_domain;
};

/**
 * struct kxt_exporter_state - all of it
 * @filter: which VMs
 * @names: what they are called
 * @linger_ns: how long they stay
 * @begun: there was a snapshot
 * @now_ns: when it was taken
 * @kvm_present: as it says
 * @memory: as it says
 * @lost: as it says, as the next
 * @cost: of the collector
 * @lost_before: of collections before this one, as the next
 * @cost_before: cost
 * @life: vCPUs
 * @vm: VMs
 * @domain: VMs that are told of
 * @nr_ended: those of them that have ended
 */
struct kxt_exporter_state {
	const struct kxt_filter *filter;
	struct kxt_vm_names *names;
	uint64_t linger_ns;
	bool begun;
	uint64_t now_ns;
	bool kvm_present;
	uint64_t memory;
	struct kxt_lost lost, lost_before;
	struct kxt_cost cost, cost_before;
	struct kxt_exported_life *life;
	struct kxt_exported_vm *vm;
	struct kxt_exported_vm *domain;
	unsigned int nr_ended;
};

/**
 * kxt_exported_went_back() - do the counters of a vCPU begin anew?
 * @l: what is known of it
 * @v: what the collector says now
 */
bool kxt_exported_went_back(const struct kxt_exported_life *l, const struct kxt_vcpu *v);

/**
 * kxt_exported_update() - bring the counters of a vCPU up to date
 * @l: gets them; none of them shrinks
 * @v: what the collector says; it did not go back
 *
 * Return: 0, or -1 without memory.
 */
int kxt_exported_update(struct kxt_exported_life *l, const struct kxt_vcpu *v);

/**
 * kxt_exported_fold() - what a vCPU has becomes its VM's past
 * @l: vCPU, has nothing afterwards
 *
 * Return: 0, or -1 without memory (nothing has changed then).
 */
int kxt_exported_fold(struct kxt_exported_life *l);

#endif /* KXT_EXPORTER_STATE_INT_H */
