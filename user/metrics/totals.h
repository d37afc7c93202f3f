/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is exported, as plain numbers: VMs, their reasons and vCPUs, and the host. The
 * exporter makes it of its state, "dump" of a summary. Pure.
 */
#ifndef KXT_METRICS_TOTALS_H
#define KXT_METRICS_TOTALS_H

#include "user/parts.h"
#include "user/summary.h"

/* Finite edges of the histogram: more would make too many series. */
#define KXT_METRICS_EDGES	11

/**
 * struct kxt_metrics_edge - an upper edge of the exported histogram
 * @ns: it is one of bucket.h, so no bucket of a slot is cut in two. What took exactly
 *	this long is above it there and would be below it here: one nanosecond
 * @le: the same in seconds, as Go prints it: so it is the same label whichever
 *	version of Prometheus scraped it, in whichever format
 */
struct kxt_metrics_edge {
	uint64_t ns;
	const char *le;
};

extern const struct kxt_metrics_edge kxt_metrics_edge[KXT_METRICS_EDGES];

/**
 * struct kxt_metrics_entry - one exit reason
 * @code: as in struct kxt_entry
 * @level: as there; 0 once levels have been summed
 * @count: exits
 * @vmm_count: returns to the VMM
 * @bucket: timed exits by service time, not cumulative; the last is above all edges
 * @sum_ns: their service time
 * @part_ns: time of all exits, the open one included; no guest time in it
 */
struct kxt_metrics_entry {
	uint64_t code;
	uint32_t level;
	uint64_t count;
	uint64_t vmm_count;
	uint64_t bucket[KXT_METRICS_EDGES + 1];
	uint64_t sum_ns;
	uint64_t part_ns[KXT_PART_NR];
};

/**
 * struct kxt_metrics_list - entries, each code and level once, in no order
 * @nr: how many
 * @cap: room
 * @entry: they
 */
struct kxt_metrics_list {
	unsigned int nr, cap;
	struct kxt_metrics_entry *entry;
};

/**
 * struct kxt_metrics_vcpu - one vCPU, whatever lives it had
 * @id: KVM's vcpu_id
 * @knows: KXT_KNOWS_*
 * @exits: exits
 * @guest_ns: time in guest mode
 * @part_ns: as in struct kxt_metrics_entry
 */
struct kxt_metrics_vcpu {
	uint32_t id;
	uint32_t knows;
	uint64_t exits;
	uint64_t guest_ns;
	uint64_t part_ns[KXT_PART_NR];
};

/* A name of KXT_VM_NAME_MAX bytes, cleaned, and a pid behind it, some times. */
#define KXT_METRICS_DOMAIN_MAX	(3 * KXT_VM_NAME_MAX + 64)

/**
 * struct kxt_metrics_vm - one VM
 * @pid: process
 * @domain: its label: clean UTF-8, no other VM has the same
 * @isa: enum kvmexit_isa
 * @knows: KXT_KNOWS_*
 * @ended: it is gone
 * @live: vCPUs that are not gone
 * @guest_ns: time in guest mode
 * @exits: of all levels
 * @nested: those of guests of the guest
 * @vmm_count: returns to the VMM
 * @reason: levels summed, sorted by code
 * @nr_vcpus: rows in @vcpu
 * @vcpu: sorted by id, each once; none if nobody asked
 */
struct kxt_metrics_vm {
	uint32_t pid;
	char domain[KXT_METRICS_DOMAIN_MAX];
	uint32_t isa;
	uint32_t knows;
	bool ended;
	unsigned int live;
	uint64_t guest_ns;
	uint64_t exits;
	uint64_t nested;
	uint64_t vmm_count;
	struct kxt_metrics_list reason;
	unsigned int nr_vcpus;
	struct kxt_metrics_vcpu *vcpu;
};

/**
 * struct kxt_metrics_own - what the exporter takes
 * @known: the rest means something
 * @cpu_ns: CPU time of this process
 * @memory: its resident bytes, 0 if they cannot be told
 */
struct kxt_metrics_own {
	bool known;
	uint64_t cpu_ns;
	uint64_t memory;
};

/**
 * struct kxt_metrics_totals - all of it
 * @collector: as in struct kxt_summary, as the next
 * @kernel: release
 * @kvm_present: KVM's tracepoints are there
 * @lost: see struct kxt_lost
 * @cost: see struct kxt_cost
 * @memory: kernel memory of the collector in bytes, 0 if it is not known
 * @own: see struct kxt_metrics_own
 * @nr: VMs
 * @vm: sorted by pid
 */
struct kxt_metrics_totals {
	char collector[16];
	char kernel[72];
	bool kvm_present;
	struct kxt_lost lost;
	struct kxt_cost cost;
	uint64_t memory;
	struct kxt_metrics_own own;
	unsigned int nr;
	struct kxt_metrics_vm *vm;
};

/** kxt_metrics_totals_free() - release all memory of @t and zero it */
void kxt_metrics_totals_free(struct kxt_metrics_totals *t);

/**
 * kxt_metrics_totals_make() - of a summary
 * @t: result, its old contents are not freed
 * @s: totals, or a window
 * @per_vcpu: rows of the vCPUs too
 *
 * A summary has the time of an exit that is still open in the same numbers as that of
 * the others. So the histogram's sum is at most what its buckets allow.
 *
 * Return: 0, or -1 without memory (@t is empty then).
 */
int kxt_metrics_totals_make(struct kxt_metrics_totals *t, const struct kxt_summary *s,
			    bool per_vcpu);

/**
 * kxt_metrics_list_get() - the entry of a code and level
 * @l: list; a new entry is added if there is none
 * @code: reason
 * @level: its level
 *
 * Return: the entry, valid until the next call, or NULL without memory.
 */
struct kxt_metrics_entry *kxt_metrics_list_get(struct kxt_metrics_list *l, uint64_t code,
					       uint32_t level);

/** kxt_metrics_list_free() - release and empty */
void kxt_metrics_list_free(struct kxt_metrics_list *l);

/** kxt_metrics_list_sort() - by code, then level */
void kxt_metrics_list_sort(struct kxt_metrics_list *l);

/**
 * kxt_metrics_list_add() - add all entries of one list into another
 * @to: gets them
 * @from: stays as it is
 * @levels: keep levels apart; else they are summed as level 0
 *
 * Return: 0, or -1 without memory.
 */
int kxt_metrics_list_add(struct kxt_metrics_list *to, const struct kxt_metrics_list *from,
			 bool levels);

/** kxt_metrics_buckets() - a histogram of bucket.h with the exported edges */
void kxt_metrics_buckets(uint64_t out[KXT_METRICS_EDGES + 1],
			 const uint64_t hist[KVMEXIT_NR_BUCKETS]);

/**
 * kxt_metrics_vm_sums() - exits, nested and vmm_count of a VM
 * @vm: gets them
 * @from: its entries, levels apart; may be called for several lists
 */
void kxt_metrics_vm_sums(struct kxt_metrics_vm *vm, const struct kxt_metrics_list *from);

/** kxt_metrics_vcpu_sums() - exits and part_ns of a vCPU; as above */
void kxt_metrics_vcpu_sums(struct kxt_metrics_vcpu *v, const struct kxt_metrics_list *from);

/**
 * kxt_metrics_domain() - a VM's name as a label
 * @out: result: UTF-8 without control characters and such as turn the writing's
 *	direction; they and what is no UTF-8 become U+FFFD
 * @name: as it was given to the VM; an empty one would be no label at all, so it
 *	becomes "pid N"
 * @pid: process
 */
void kxt_metrics_domain(char out[KXT_METRICS_DOMAIN_MAX], const char *name, uint32_t pid);

/** kxt_metrics_domain_other() - append " (PID)": another VM has this label */
void kxt_metrics_domain_other(char domain[KXT_METRICS_DOMAIN_MAX], uint32_t pid);

#endif /* KXT_METRICS_TOTALS_H */
