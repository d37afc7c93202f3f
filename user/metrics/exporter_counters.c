// SPDX-License-Identifier: GPL-2.0-only
/* The counters of one vCPU, made such that they only grow. */
#include <stdlib.h>

#include "user/metrics/exporter_state_int.h"
#include "user/stats.h"

static const struct kxt_entry *find_entry(const struct kxt_vcpu *v,
					  const struct kxt_metrics_entry *e)
{
	for (unsigned int i = 0; i < v->nr; i++) {
		if (v->entry[i].code == e->code && v->entry[i].level == e->level)
			return &v->entry[i];
	}
	return NULL;
}

/* Times are no evidence: what is exported of them is ahead while an exit is open. */
bool kxt_exported_went_back(const struct kxt_exported_life *l, const struct kxt_vcpu *v)
{
	if (v->kvm_entries < l->kvm_entries)
		return true;
	for (unsigned int i = 0; i < l->c.list.nr; i++) {
		const struct kxt_metrics_entry *e = &l->c.list.entry[i];
		const struct kxt_entry *now = find_entry(v, e);
		uint64_t bucket[KXT_METRICS_EDGES + 1];

		if (!now) {
			/* One that only an open exit had can go again. */
			if (e->count || e->vmm_count || e->sum_ns)
				return true;
			continue;
		}
		if (now->count < e->count || now->vmm_count < e->vmm_count)
			return true;
		kxt_metrics_buckets(bucket, now->hist);
		for (unsigned int j = 0; j <= KXT_METRICS_EDGES; j++) {
			if (bucket[j] < e->bucket[j])
				return true;
		}
	}
	return false;
}

/*
 * The time of an exit is exported while it is open, as what it looks like. When it
 * ends it may have been something else, and a counter cannot take back what it said.
 * So each part that is ahead waits until the truth has caught up with it, and what it
 * has too much is kept from the others meanwhile: no part ever shrinks, their sum is
 * the time there was, and in the end each of them is right. A thread that waits for a
 * CPU looks like every other, so run queue time is what waits first.
 */
static void settle(struct kxt_metrics_entry *e, const uint64_t target[KXT_PART_NR])
{
	static const enum kxt_part order[] = {
		KXT_PART_RUNQ, KXT_PART_KERNEL, KXT_PART_VMM, KXT_PART_IDLE,
	};
	const unsigned int nr = sizeof(order) / sizeof(order[0]);
	unsigned __int128 ahead = 0;

	for (unsigned int i = 0; i < nr; i++) {
		if (e->part_ns[order[i]] > target[order[i]])
			ahead += e->part_ns[order[i]] - target[order[i]];
	}
	for (unsigned int i = 0; i < nr; i++) {
		uint64_t *part = &e->part_ns[order[i]], more;

		if (target[order[i]] <= *part)
			continue;
		more = target[order[i]] - *part;
		if (more <= ahead) {
			ahead -= more;
			continue;
		}
		*part += more - (uint64_t)ahead;
		ahead = 0;
	}
}

/* @from is NULL for a reason that only the open exit has. */
static void update_entry(struct kxt_metrics_entry *e, const struct kxt_entry *from,
			 const struct kxt_open *open)
{
	uint64_t target[KXT_PART_NR] = { 0 };

	if (from) {
		uint64_t service = kxt_entry_service_ns(from);

		e->count = from->count;
		e->vmm_count = from->vmm_count;
		kxt_metrics_buckets(e->bucket, from->hist);
		/* Without the open exit: the sum of what the buckets have. */
		if (e->sum_ns < service)
			e->sum_ns = service;
		target[KXT_PART_KERNEL] = kxt_entry_kernel_ns(from);
		target[KXT_PART_VMM] = from->vmm_ns;
		target[KXT_PART_IDLE] = from->idle_ns;
		target[KXT_PART_RUNQ] = from->runq_ns;
	}
	if (open) {
		target[KXT_PART_KERNEL] += open->kernel_ns;
		target[KXT_PART_VMM] += open->vmm_ns;
		target[KXT_PART_IDLE] += open->idle_ns;
	}
	settle(e, target);
}

int kxt_exported_update(struct kxt_exported_life *l, const struct kxt_vcpu *v)
{
	const struct kxt_open *open = v->open.is ? &v->open : NULL;
	struct kxt_metrics_entry *e;

	/* A vCPU has its slot from its first entry on, its isa from its first exit on. */
	if (l->vm->isa == KVMEXIT_ISA_UNKNOWN)
		l->vm->isa = v->isa;
	for (unsigned int i = 0; i < v->nr; i++) {
		const struct kxt_entry *from = &v->entry[i];
		bool is_open = open && open->code == from->code &&
			       open->level == from->level;

		e = kxt_metrics_list_get(&l->c.list, from->code, from->level);
		if (!e)
			return -1;
		update_entry(e, from, is_open ? open : NULL);
		if (is_open)
			open = NULL;
	}
	if (open) {
		e = kxt_metrics_list_get(&l->c.list, open->code, open->level);
		if (!e)
			return -1;
		update_entry(e, NULL, open);
	}
	l->kvm_entries = v->kvm_entries;
	l->ended = v->ended;
	l->c.knows = v->knows;
	/* The stretch that it is in can seem to shrink by a hair. */
	if (l->c.guest_ns < v->guest_ns)
		l->c.guest_ns = v->guest_ns;
	return 0;
}

static struct kxt_exported_past *past_of(struct kxt_exported_vm *vm, uint32_t id)
{
	struct kxt_exported_past *p;

	for (unsigned int i = 0; i < vm->nr_past; i++) {
		if (vm->past[i].id == id)
			return &vm->past[i];
	}
	p = reallocarray(vm->past, vm->nr_past + 1, sizeof(*p));
	if (!p)
		return NULL;
	vm->past = p;
	p = &vm->past[vm->nr_past++];
	*p = (struct kxt_exported_past) { .id = id, .c.knows = KXT_KNOWS_ALL };
	return p;
}

int kxt_exported_fold(struct kxt_exported_life *l)
{
	struct kxt_metrics_list sum = { 0 };
	struct kxt_exported_past *p;

	if (l->dead)
		return 0;
	p = past_of(l->vm, l->id);
	if (!p || kxt_metrics_list_add(&sum, &p->c.list, true) ||
	    kxt_metrics_list_add(&sum, &l->c.list, true)) {
		kxt_metrics_list_free(&sum);
		return -1;
	}
	kxt_metrics_list_free(&p->c.list);
	p->c.list = sum;
	p->c.guest_ns += l->c.guest_ns;
	p->c.knows &= l->c.knows;
	kxt_metrics_list_free(&l->c.list);
	l->c.guest_ns = 0;
	l->kvm_entries = 0;
	return 0;
}
