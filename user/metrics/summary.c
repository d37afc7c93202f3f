// SPDX-License-Identifier: GPL-2.0-only
/* Totals of a summary: what "dump --openmetrics" prints. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "module/bucket.h"
#include "user/metrics/totals.h"
#include "user/stats.h"

static uint64_t add_bounded(uint64_t sum, uint64_t n, uint64_t ns)
{
	uint64_t more;

	if (__builtin_mul_overflow(n, ns, &more) || __builtin_add_overflow(sum, more, &sum))
		return UINT64_MAX;
	return sum;
}

/*
 * The service time of an open exit is in e->total_ns, but it is not in the histogram
 * yet: a sum that no values in these buckets can have is brought down to one.
 */
static uint64_t timed_ns(const struct kxt_entry *e)
{
	uint64_t service = kxt_entry_service_ns(e), high = 0;

	for (unsigned int i = 0; i < KVMEXIT_NR_BUCKETS; i++) {
		if (e->hist[i])
			high = add_bounded(high, e->hist[i], kxt_bucket_high(i));
	}
	return service < high ? service : high;
}

static int add_entry(struct kxt_metrics_list *l, const struct kxt_entry *e)
{
	struct kxt_metrics_entry *to = kxt_metrics_list_get(l, e->code, e->level);
	uint64_t bucket[KXT_METRICS_EDGES + 1];

	if (!to)
		return -1;
	kxt_metrics_buckets(bucket, e->hist);
	for (unsigned int i = 0; i <= KXT_METRICS_EDGES; i++)
		to->bucket[i] += bucket[i];
	to->count += e->count;
	to->vmm_count += e->vmm_count;
	to->sum_ns += timed_ns(e);
	to->part_ns[KXT_PART_KERNEL] += kxt_entry_kernel_ns(e);
	to->part_ns[KXT_PART_VMM] += e->vmm_ns;
	to->part_ns[KXT_PART_IDLE] += e->idle_ns;
	to->part_ns[KXT_PART_RUNQ] += e->runq_ns;
	return 0;
}

static int add_entries(struct kxt_metrics_list *l, const struct kxt_entry *e,
		       unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++) {
		if (add_entry(l, &e[i]))
			return -1;
	}
	return 0;
}

/* Rows of a summary are by id and thread, in this order: here a thread is nothing. */
static int add_vcpu(struct kxt_metrics_vm *vm, const struct kxt_vcpu *from)
{
	struct kxt_metrics_list l = { 0 };
	struct kxt_metrics_vcpu *v;

	if (vm->nr_vcpus && vm->vcpu[vm->nr_vcpus - 1].id == from->id) {
		v = &vm->vcpu[vm->nr_vcpus - 1];
		v->knows &= from->knows;
	} else {
		v = &vm->vcpu[vm->nr_vcpus++];
		v->id = from->id;
		v->knows = from->knows;
	}
	v->guest_ns += from->guest_ns;
	if (add_entries(&l, from->entry, from->nr)) {
		kxt_metrics_list_free(&l);
		return -1;
	}
	kxt_metrics_vcpu_sums(v, &l);
	kxt_metrics_list_free(&l);
	return 0;
}

static int make_vm(struct kxt_metrics_vm *vm, const struct kxt_vm *from, bool per_vcpu)
{
	struct kxt_metrics_list l = { 0 };
	int ret = 0;

	vm->pid = from->pid;
	vm->isa = from->isa;
	vm->knows = from->knows;
	vm->ended = from->ended;
	vm->guest_ns = from->guest_ns;
	for (unsigned int i = 0; i < from->nr_vcpus; i++)
		vm->live += !from->vcpu[i].ended;
	if (add_entries(&l, from->reason, from->nr_reasons) ||
	    kxt_metrics_list_add(&vm->reason, &l, false))
		ret = -1;
	kxt_metrics_vm_sums(vm, &l);
	kxt_metrics_list_free(&l);
	kxt_metrics_list_sort(&vm->reason);
	if (ret || !per_vcpu || from->nr_vcpus == 0)
		return ret;
	vm->vcpu = calloc(from->nr_vcpus, sizeof(*vm->vcpu));
	if (!vm->vcpu)
		return -1;
	for (unsigned int i = 0; i < from->nr_vcpus; i++) {
		if (add_vcpu(vm, &from->vcpu[i]))
			return -1;
	}
	return 0;
}

static bool is_taken(const struct kxt_metrics_totals *t, const char *domain)
{
	for (unsigned int i = 0; i < t->nr; i++) {
		if (strcmp(t->vm[i].domain, domain) == 0)
			return true;
	}
	return false;
}

/* Those that live have the first choice, then the lower pid. */
static void name_vms(struct kxt_metrics_totals *t, const struct kxt_summary *s)
{
	char domain[KXT_METRICS_DOMAIN_MAX];

	for (int ended = 0; ended <= 1; ended++) {
		for (unsigned int i = 0; i < t->nr; i++) {
			if (t->vm[i].ended != ended)
				continue;
			kxt_metrics_domain(domain, s->vm[i].name, s->vm[i].pid);
			/* A name can look as if it had a pid behind it already. */
			for (int try = 0; try < 4 && is_taken(t, domain); try++)
				kxt_metrics_domain_other(domain, s->vm[i].pid);
			memcpy(t->vm[i].domain, domain, sizeof(domain));
		}
	}
}

int kxt_metrics_totals_make(struct kxt_metrics_totals *t, const struct kxt_summary *s,
			    bool per_vcpu)
{
	memset(t, 0, sizeof(*t));
	snprintf(t->collector, sizeof(t->collector), "%s", s->collector);
	snprintf(t->kernel, sizeof(t->kernel), "%s", s->kernel);
	t->kvm_present = s->kvm_present;
	t->lost = s->lost;
	t->cost = s->cost;
	if (s->nr == 0)
		return 0;
	t->vm = calloc(s->nr, sizeof(*t->vm));
	if (!t->vm)
		return -1;
	t->nr = s->nr;
	for (unsigned int i = 0; i < s->nr; i++) {
		if (make_vm(&t->vm[i], &s->vm[i], per_vcpu)) {
			kxt_metrics_totals_free(t);
			return -1;
		}
	}
	name_vms(t, s);
	return 0;
}
