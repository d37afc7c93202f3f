// SPDX-License-Identifier: GPL-2.0-only
/* The state of the exporter as what metrics are written from. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/metrics/exporter_state_int.h"

/**
 * struct sums - a VM on its way
 * @to: result
 * @list: all reasons, levels apart
 * @cap: room in to->vcpu
 * @per_vcpu: rows are wanted
 */
struct sums {
	struct kxt_metrics_vm *to;
	struct kxt_metrics_list list;
	unsigned int cap;
	bool per_vcpu;
};

static struct kxt_metrics_vcpu *row_of(struct sums *s, uint32_t id)
{
	struct kxt_metrics_vm *vm = s->to;
	struct kxt_metrics_vcpu *v;

	for (unsigned int i = 0; i < vm->nr_vcpus; i++) {
		if (vm->vcpu[i].id == id)
			return &vm->vcpu[i];
	}
	if (vm->nr_vcpus == s->cap) {
		unsigned int cap = s->cap ? 2 * s->cap : 8;

		v = reallocarray(vm->vcpu, cap, sizeof(*v));
		if (!v)
			return NULL;
		vm->vcpu = v;
		s->cap = cap;
	}
	v = &vm->vcpu[vm->nr_vcpus++];
	*v = (struct kxt_metrics_vcpu) { .id = id, .knows = KXT_KNOWS_ALL };
	return v;
}

static int add(struct sums *s, uint32_t id, const struct kxt_exported_counters *c)
{
	struct kxt_metrics_vcpu *v;

	s->to->knows &= c->knows;
	s->to->guest_ns += c->guest_ns;
	if (kxt_metrics_list_add(&s->list, &c->list, true))
		return -1;
	if (!s->per_vcpu)
		return 0;
	v = row_of(s, id);
	if (!v)
		return -1;
	v->knows &= c->knows;
	v->guest_ns += c->guest_ns;
	kxt_metrics_vcpu_sums(v, &c->list);
	return 0;
}

static int compare_row(const void *pa, const void *pb)
{
	const struct kxt_metrics_vcpu *a = pa, *b = pb;

	return a->id < b->id ? -1 : a->id > b->id;
}

static int add_all(struct sums *s, const struct kxt_exported_vm *vm)
{
	for (unsigned int i = 0; i < vm->nr_past; i++) {
		if (add(s, vm->past[i].id, &vm->past[i].c))
			return -1;
	}
	for (const struct kxt_exported_life *l = vm->life; l; l = l->next) {
		if (l->dead)
			continue;
		s->to->live += !l->ended;
		if (add(s, l->id, &l->c))
			return -1;
	}
	return kxt_metrics_list_add(&s->to->reason, &s->list, false);
}

static int make_vm(struct kxt_metrics_vm *to, const struct kxt_exported_vm *vm,
		   bool per_vcpu)
{
	struct sums s = { .to = to, .per_vcpu = per_vcpu };
	int ret;

	to->pid = vm->pid;
	to->isa = vm->isa;
	to->ended = vm->ended;
	to->knows = KXT_KNOWS_ALL;
	memcpy(to->domain, vm->domain, sizeof(to->domain));
	ret = add_all(&s, vm);
	kxt_metrics_vm_sums(to, &s.list);
	kxt_metrics_list_free(&s.list);
	kxt_metrics_list_sort(&to->reason);
	if (to->nr_vcpus)
		qsort(to->vcpu, to->nr_vcpus, sizeof(*to->vcpu), compare_row);
	return ret;
}

static int compare_vm(const void *pa, const void *pb)
{
	const struct kxt_metrics_vm *a = pa, *b = pb;

	return a->pid < b->pid ? -1 : a->pid > b->pid;
}

static int make_vms(const struct kxt_exporter_state *st, struct kxt_metrics_totals *t,
		    bool per_vcpu)
{
	unsigned int nr = HASH_CNT(hh_domain, st->domain);
	struct kxt_exported_vm *vm, *next;

	if (nr == 0)
		return 0;
	t->vm = calloc(nr, sizeof(*t->vm));
	if (!t->vm)
		return -1;
	HASH_ITER(hh_domain, st->domain, vm, next) {
		if (make_vm(&t->vm[t->nr++], vm, per_vcpu))
			return -1;
	}
	qsort(t->vm, t->nr, sizeof(*t->vm), compare_vm);
	return 0;
}

int kxt_exporter_state_totals(const struct kxt_exporter_state *st,
			      struct kxt_metrics_totals *t, bool per_vcpu,
			      struct kxt_err *err)
{
	memset(t, 0, sizeof(*t));
	t->kvm_present = st->kvm_present;
	t->memory = st->memory;
	t->lost.exits = st->lost_before.exits + st->lost.exits;
	t->lost.slots = st->lost_before.slots + st->lost.slots;
	t->lost.events = st->lost_before.events + st->lost.events;
	t->cost.samples = st->cost_before.samples + st->cost.samples;
	t->cost.ns = st->cost_before.ns + st->cost.ns;
	if (make_vms(st, t, per_vcpu)) {
		kxt_metrics_totals_free(t);
		return kxt_err_set(err, KXT_EXIT_RUNTIME, "out of memory for a scrape");
	}
	return 0;
}
