// SPDX-License-Identifier: GPL-2.0-only
/* The table of details: what is behind exits, merged over who had them. */
#include <stdlib.h>
#include <string.h>

#include "user/rows_int.h"

static int cmp(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

/* The same address is something else in every VM; a port is not. */
static bool is_of_one_vm(uint32_t kind)
{
	return kind == KVMEXIT_KIND_MMIO || kind == KVMEXIT_KIND_GPA ||
	       kind == KVMEXIT_KIND_RIP;
}

static void add_detail(struct kxt_table *t, const struct kxt_scope *scope,
		       const struct kxt_vm *vm, const struct kxt_detail *d)
{
	bool alone = scope->pid || is_of_one_vm(d->kind);
	struct kxt_row *r = kxt_table_add_row(t, alone ? vm : NULL, NULL, NULL);

	r->isa = vm->isa;
	r->knows = vm->knows;
	r->detail = d;
	r->key.detail = (struct kxt_detail_id){
		.kind = d->kind, .access = d->access, .rest = d->rest, .key = d->key,
	};
	if (!scope->one_reason)
		r->key.reason = kxt_table_reason_id(t, vm->isa, d->level, d->code);
}

static int add_list(struct kxt_table *t, const struct kxt_scope *scope,
		    const struct kxt_vm *vm, const struct kxt_detail *d, unsigned int nr)
{
	if (kxt_table_reserve(t, nr, 0))
		return -1;
	for (unsigned int i = 0; i < nr; i++) {
		if (!d[i].count)
			continue;
		if (!scope->one_reason ||
		    kxt_reason_id_is(&scope->reason, vm->isa, d[i].level, d[i].code))
			add_detail(t, scope, vm, &d[i]);
	}
	return 0;
}

static int add_vm(struct kxt_table *t, const struct kxt_scope *scope,
		  const struct kxt_vm *vm)
{
	if (!scope->one_vcpu)
		return add_list(t, scope, vm, vm->detail, vm->nr_details);
	for (unsigned int i = 0; i < vm->nr_vcpus; i++) {
		const struct kxt_vcpu *v = &vm->vcpu[i];

		if (kxt_scope_vcpu(scope, v->id, v->tid) &&
		    add_list(t, scope, vm, v->detail, v->nr_details))
			return -1;
	}
	return 0;
}

/*
 * What makes a share's whole: all keys of a reason, whatever their kind, but for
 * guest code, which every exit has besides.
 */
static int compare_whole(const struct kxt_row *a, const struct kxt_row *b)
{
	int ret = kxt_reason_id_compare(&a->key.reason, &b->key.reason);

	return ret ? ret : cmp(a->key.detail.kind == KVMEXIT_KIND_RIP,
			       b->key.detail.kind == KVMEXIT_KIND_RIP);
}

static int compare_detail(const void *pa, const void *pb)
{
	const struct kxt_row *a = pa, *b = pb;
	int ret = compare_whole(a, b);

	if (!ret)
		ret = cmp(a->key.detail.kind, b->key.detail.kind);
	if (!ret)
		ret = cmp(a->key.detail.rest, b->key.detail.rest);
	if (!ret)
		ret = cmp(a->key.pid, b->key.pid);
	if (!ret)
		ret = cmp(a->key.detail.key, b->key.detail.key);
	return ret ? ret : cmp(a->key.detail.access, b->key.detail.access);
}

static void merge(struct kxt_detail *to, const struct kxt_detail *from)
{
	to->count += from->count;
	to->error += from->error;
	to->ns += from->ns;
	to->error_ns += from->error_ns;
	if (from->one_in > to->one_in)
		to->one_in = from->one_in;
}

/* Equal rows become one; the table's own details are as many as its rows. */
static void merge_rows(struct kxt_table *t)
{
	unsigned int nr = 0;

	for (unsigned int i = 0; i < t->nr; i++) {
		if (nr && compare_detail(&t->row[nr - 1], &t->row[i]) == 0) {
			merge(&t->detail[nr - 1], t->row[i].detail);
			t->row[nr - 1].ended = t->row[nr - 1].ended && t->row[i].ended;
			continue;
		}
		t->detail[nr] = *t->row[i].detail;
		t->row[nr] = t->row[i];
		t->row[nr].detail = &t->detail[nr];
		nr++;
	}
	t->nr = nr;
}

static void count_wholes(struct kxt_table *t)
{
	unsigned int n;

	for (unsigned int i = 0; i < t->nr; i += n) {
		uint64_t sum = t->row[i].detail->count;

		for (n = 1; i + n < t->nr; n++) {
			if (compare_whole(&t->row[i], &t->row[i + n]))
				break;
			sum += t->row[i + n].detail->count;
		}
		for (unsigned int k = 0; k < n; k++)
			t->row[i + k].of = sum;
	}
}

int kxt_table_add_details(struct kxt_table *t, const struct kxt_summary *s,
			  const struct kxt_scope *scope)
{
	t->flat = !scope->one_reason;
	for (unsigned int i = 0; i < s->nr; i++) {
		if (scope->pid && scope->pid != s->vm[i].pid)
			continue;
		if (add_vm(t, scope, &s->vm[i]))
			return -1;
	}
	if (t->nr > t->detail_cap) {
		struct kxt_detail *d = reallocarray(t->detail, t->nr, sizeof(*d));

		if (!d)
			return -1;
		t->detail = d;
		t->detail_cap = t->nr;
	}
	if (t->nr)
		qsort(t->row, t->nr, sizeof(*t->row), compare_detail);
	merge_rows(t);
	count_wholes(t);
	return 0;
}

/* Samples count other things than the rest: they are never mixed with it. */
static uint32_t group_of(const struct kxt_table *t, const struct kxt_row *r)
{
	uint32_t kind = r->key.detail.kind;

	return t->flat ? kind == KVMEXIT_KIND_RIP : kind;
}

int kxt_row_detail_order(const struct kxt_table *t, const struct kxt_row *a,
			 const struct kxt_row *b)
{
	int ret = cmp(group_of(t, a), group_of(t, b));

	return ret ? ret : cmp(a->key.detail.rest, b->key.detail.rest);
}

/* The place of a row among those of its kind; @before is that of the row above. */
static unsigned int place_of(const struct kxt_table *t, unsigned int row,
			     unsigned int before)
{
	return row && group_of(t, &t->row[row]) == group_of(t, &t->row[row - 1]) ?
		before + 1 : 0;
}

/* How many rows there are if each kind has at most @limit. */
static unsigned int rows_up_to(const struct kxt_table *t, unsigned int limit)
{
	unsigned int nr = 0, place = 0;

	for (unsigned int i = 0; i < t->nr; i++) {
		place = place_of(t, i, place);
		nr += place < limit;
	}
	return nr;
}

unsigned int kxt_table_pick(const struct kxt_table *t, unsigned int *at, unsigned int max)
{
	unsigned int limit = 0, nr = 0, place = 0, spare;

	while (limit < max && rows_up_to(t, limit + 1) <= max)
		limit++;
	spare = max - rows_up_to(t, limit);
	for (unsigned int i = 0; i < t->nr; i++) {
		place = place_of(t, i, place);
		if (place < limit)
			at[nr++] = i;
		else if (place == limit && spare) {
			at[nr++] = i;
			spare--;
		}
	}
	return nr;
}

unsigned int kxt_table_one_in(const struct kxt_table *t)
{
	unsigned int most = 0;

	for (unsigned int i = 0; i < t->nr; i++)
		if (t->row[i].detail->one_in > 1 && t->row[i].detail->one_in > most)
			most = t->row[i].detail->one_in;
	return most;
}
