// SPDX-License-Identifier: GPL-2.0-only
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "user/detail_list.h"
#include "user/snapshot_int.h"
#include "user/stats.h"
#include "user/summary.h"

static void free_vm(struct kxt_vm *vm)
{
	for (unsigned int i = 0; i < vm->nr_vcpus; i++) {
		free(vm->vcpu[i].entry);
		free(vm->vcpu[i].detail);
	}
	free(vm->vcpu);
	free(vm->vcpu_all);
	free(vm->reason);
	free(vm->detail);
}

void kxt_summary_free(struct kxt_summary *s)
{
	for (unsigned int i = 0; i < s->nr; i++)
		free_vm(&s->vm[i]);
	free(s->vm);
	memset(s, 0, sizeof(*s));
}

/* By VM, then in the order of its rows; equal ones become one row. */
static int compare_row(const struct kxt_vcpu *a, const struct kxt_vcpu *b)
{
	if (a->pid != b->pid)
		return a->pid < b->pid ? -1 : 1;
	if (a->id != b->id)
		return a->id < b->id ? -1 : 1;
	return a->tid < b->tid ? -1 : a->tid > b->tid;
}

static int compare_row_ptr(const void *pa, const void *pb)
{
	const struct kxt_vcpu *a = *(const struct kxt_vcpu *const *)pa;
	const struct kxt_vcpu *b = *(const struct kxt_vcpu *const *)pb;
	int order = compare_row(a, b);

	/* qsort() is not stable: without this, output could differ between runs. */
	return order ? order : a->key < b->key ? -1 : a->key > b->key;
}

/* Makes room in @list at @at for one more. */
static int insert_entry(struct kxt_entry **list, unsigned int *nr, unsigned int *cap,
			unsigned int at)
{
	if (*nr == *cap) {
		unsigned int more = 2 * *cap;
		struct kxt_entry *e = reallocarray(*list, more, sizeof(*e));

		if (!e)
			return -1;
		*list = e;
		*cap = more;
	}
	memmove(&(*list)[at + 1], &(*list)[at], (*nr - at) * sizeof(**list));
	++*nr;
	return 0;
}

/* Adds the sorted entries of one more vCPU; mostly they are those that are there. */
static int merge_vcpu(struct kxt_entry **list, unsigned int *nr, unsigned int *cap,
		      const struct kxt_vcpu *v)
{
	unsigned int at = 0;

	for (unsigned int i = 0; i < v->nr; i++) {
		int order = -1;

		for (; at < *nr; at++) {
			order = kxt_entry_order(&v->entry[i], &(*list)[at]);
			if (order <= 0)
				break;
			order = -1;
		}
		if (order == 0) {
			kxt_entry_merge(&(*list)[at], &v->entry[i]);
			continue;
		}
		if (insert_entry(list, nr, cap, at))
			return -1;
		(*list)[at] = v->entry[i];
	}
	return 0;
}

/* Entries of @nr vCPUs as one sorted list without doubles. */
static int merge_entries(struct kxt_entry **out, unsigned int *out_nr,
			 const struct kxt_vcpu *const *from, unsigned int nr)
{
	unsigned int cap = 0;

	*out = NULL;
	*out_nr = 0;
	for (unsigned int i = 0; i < nr; i++)
		cap = from[i]->nr > cap ? from[i]->nr : cap;
	if (cap == 0)
		return 0;
	*out = malloc(cap * sizeof(**out));
	if (!*out)
		return -1;
	for (unsigned int i = 0; i < nr; i++) {
		if (merge_vcpu(out, out_nr, &cap, from[i])) {
			free(*out);
			*out = NULL;
			*out_nr = 0;
			return -1;
		}
	}
	return 0;
}

/* The same with what is behind them. */
static int merge_details(struct kxt_detail **out, unsigned int *out_nr,
			 const struct kxt_vcpu *const *from, unsigned int nr)
{
	struct kxt_detail *all;
	unsigned int have = 0;

	for (unsigned int i = 0; i < nr; i++)
		have += from[i]->nr_details;
	*out = NULL;
	*out_nr = 0;
	if (have == 0)
		return 0;
	all = calloc(have, sizeof(*all));
	if (!all)
		return -1;
	have = 0;
	for (unsigned int i = 0; i < nr; i++) {
		if (from[i]->nr_details)
			memcpy(&all[have], from[i]->detail,
			       from[i]->nr_details * sizeof(*all));
		have += from[i]->nr_details;
	}
	kxt_details_sort(all, have);
	*out = all;
	*out_nr = kxt_details_merge(all, have);
	return 0;
}

/**
 * struct making - where a summary comes from
 * @s: snapshot
 * @take: the same, to be emptied; NULL: it stays as it is
 * @names: what VMs are called
 * @filter: which VMs are wanted
 */
struct making {
	const struct kxt_snapshot *s;
	struct kxt_snapshot *take;
	struct kxt_vm_names *names;
	const struct kxt_filter *filter;
};

/* The counters of a vCPU that had one life are moved, not copied. */
static bool take_row(const struct making *m, const struct kxt_vcpu *from)
{
	struct kxt_vcpu *owner;

	if (!m->take)
		return false;
	owner = &m->take->vcpu[from - m->s->vcpu];
	owner->entry = NULL;
	owner->nr = 0;
	owner->detail = NULL;
	owner->nr_details = 0;
	return true;
}

/* One row of a VM from the @nr lives of one vCPU, the newest last. */
static int make_row(const struct making *m, struct kxt_vcpu *row,
		    const struct kxt_vcpu *const *from, unsigned int nr)
{
	*row = *from[nr - 1];
	if (nr == 1 && take_row(m, from[0]))
		return 0;
	if (merge_entries(&row->entry, &row->nr, from, nr) ||
	    merge_details(&row->detail, &row->nr_details, from, nr)) {
		free(row->entry);
		return -1;
	}
	for (unsigned int i = 0; i < nr - 1; i++) {
		row->ended = row->ended && from[i]->ended;
		row->knows &= from[i]->knows;
		row->guest_ns += from[i]->guest_ns;
		row->kvm_entries += from[i]->kvm_entries;
		row->backwards += from[i]->backwards;
	}
	return 0;
}

/* @from: all vCPUs of one process. */
static int make_vm(const struct making *m, struct kxt_vm *vm,
		   const struct kxt_vcpu *const *from, unsigned int nr)
{
	unsigned int n;

	vm->vcpu = calloc(nr, sizeof(*vm->vcpu));
	if (!vm->vcpu ||
	    merge_entries(&vm->reason, &vm->nr_reasons, from, nr) ||
	    merge_details(&vm->detail, &vm->nr_details, from, nr))
		return -1;
	vm->ended = true;
	vm->knows = KXT_KNOWS_ALL;
	vm->all.code = KVMEXIT_CODE_OTHER;
	for (unsigned int i = 0; i < nr; i += n) {
		struct kxt_vcpu *row = &vm->vcpu[vm->nr_vcpus];

		for (n = 1; i + n < nr && compare_row(from[i], from[i + n]) == 0; n++)
			;
		if (make_row(m, row, &from[i], n))
			return -1;
		vm->nr_vcpus++;
		vm->ended = vm->ended && row->ended;
		vm->knows &= row->knows;
		vm->guest_ns += row->guest_ns;
		if (vm->isa == KVMEXIT_ISA_UNKNOWN)
			vm->isa = row->isa;
	}
	for (unsigned int i = 0; i < vm->nr_reasons; i++)
		kxt_entry_merge(&vm->all, &vm->reason[i]);
	return 0;
}

bool kxt_filter_wants(const struct kxt_filter *filter, uint32_t pid, const char *name)
{
	if (!filter)
		return true;
	if (filter->pid && filter->pid != pid)
		return false;
	return !filter->vm || fnmatch(filter->vm, name, 0) == 0;
}

static uint64_t count_exits(const struct kxt_vcpu *const *vcpu, unsigned int nr)
{
	uint64_t exits = 0;

	for (unsigned int i = 0; i < nr; i++) {
		for (unsigned int j = 0; j < vcpu[i]->nr; j++)
			exits += vcpu[i]->entry[j].count;
	}
	return exits;
}

static int group_by_vm(const struct making *m, struct kxt_summary *out,
		       const struct kxt_vcpu *const *row, unsigned int nr)
{
	unsigned int n, vms = 0;

	for (unsigned int i = 0; i < nr; i++)
		vms += i == 0 || row[i]->pid != row[i - 1]->pid;
	out->vm = calloc(vms, sizeof(*out->vm));
	if (!out->vm)
		return -1;
	for (unsigned int i = 0; i < nr; i += n) {
		struct kxt_vm *vm = &out->vm[out->nr];
		uint32_t pid = row[i]->pid;
		const char *name = kxt_vm_names_get(m->names, pid);

		for (n = 1; i + n < nr && row[i + n]->pid == pid; n++)
			;
		if (!kxt_filter_wants(m->filter, pid, name)) {
			out->host_exits += count_exits(&row[i], n);
			continue;
		}
		vm->pid = pid;
		strncpy(vm->name, name, sizeof(vm->name) - 1);
		out->nr++;	/* first: free_vm() has to see a half-made one */
		if (make_vm(m, vm, &row[i], n))
			return -1;
		out->exits += vm->all.count;
		out->host_exits += vm->all.count;
	}
	return 0;
}

static int make(struct kxt_summary *out, const struct making *m, struct kxt_err *err)
{
	const struct kxt_snapshot *s = m->s;
	const struct kxt_vcpu **row;
	int ret;

	kxt_summary_free(out);
	out->delta = s->delta;
	out->kvm_present = s->kvm_present;
	out->details = s->details;
	out->lost = s->lost;
	out->cost = s->cost;
	out->interval_ns = s->now_ns > s->start_ns ? s->now_ns - s->start_ns : 0;
	if (s->nr == 0)
		return 0;
	row = calloc(s->nr, sizeof(*row));
	ret = row ? 0 : -1;
	if (row) {
		for (unsigned int i = 0; i < s->nr; i++)
			row[i] = &s->vcpu[i];
		qsort(row, s->nr, sizeof(*row), compare_row_ptr);
		ret = group_by_vm(m, out, row, s->nr);
		free(row);
	}
	if (ret) {
		kxt_summary_free(out);
		return kxt_err_set(err, KXT_EXIT_RUNTIME, "out of memory for a summary");
	}
	return 0;
}

int kxt_summary_make(struct kxt_summary *out, const struct kxt_snapshot *s,
		     struct kxt_vm_names *names, const struct kxt_filter *filter,
		     struct kxt_err *err)
{
	const struct making m = { .s = s, .names = names, .filter = filter };

	return make(out, &m, err);
}

int kxt_summary_take(struct kxt_summary *out, struct kxt_snapshot *s,
		     struct kxt_vm_names *names, const struct kxt_filter *filter,
		     struct kxt_err *err)
{
	const struct making m = { .s = s, .take = s, .names = names, .filter = filter };
	int ret = make(out, &m, err);

	kxt_snapshot_free(s);
	return ret;
}

bool kxt_summary_cost_ns(const struct kxt_summary *s, double *ns)
{
	*ns = s->cost.samples ? (double)s->cost.ns / (double)s->cost.samples : 0;
	return s->cost.samples != 0;
}

bool kxt_summary_cost_share(const struct kxt_summary *s, double *share)
{
	double ns;
	bool known = kxt_summary_cost_ns(s, &ns) && s->interval_ns != 0;

	*share = known ? ns * (double)s->host_exits / (double)s->interval_ns : 0;
	return known;
}

const struct kxt_detail *kxt_details_of(const struct kxt_detail *detail, unsigned int nr,
					const struct kxt_entry *e, unsigned int *found)
{
	unsigned int low = 0, high = nr;

	*found = 0;
	while (low < high) {
		unsigned int mid = low + (high - low) / 2;
		const struct kxt_detail *d = &detail[mid];

		if (d->level < e->level || (d->level == e->level && d->code < e->code))
			low = mid + 1;
		else
			high = mid;
	}
	while (low + *found < nr && detail[low + *found].level == e->level &&
	       detail[low + *found].code == e->code)
		++*found;
	return *found ? &detail[low] : NULL;
}

void kxt_vm_vcpu_sum(const struct kxt_vm *vm, unsigned int n, struct kxt_entry *sum)
{
	const struct kxt_vcpu *v = &vm->vcpu[n];

	if (vm->vcpu_all) {
		*sum = vm->vcpu_all[n];
		return;
	}
	*sum = (struct kxt_entry){ .code = KVMEXIT_CODE_OTHER };
	for (unsigned int i = 0; i < v->nr; i++)
		kxt_entry_merge(sum, &v->entry[i]);
}

int kxt_vm_keep_sums(struct kxt_vm *vm)
{
	struct kxt_entry *all;

	if (vm->vcpu_all || !vm->nr_vcpus)
		return 0;
	all = calloc(vm->nr_vcpus, sizeof(*all));
	if (!all)
		return -1;
	for (unsigned int i = 0; i < vm->nr_vcpus; i++)
		kxt_vm_vcpu_sum(vm, i, &all[i]);
	vm->vcpu_all = all;
	return 0;
}
