// SPDX-License-Identifier: GPL-2.0-only
/* The tables: their rows, order, filter and selection. */
#include "user/rows_int.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "user/stats.h"

static int no_memory(struct kxt_err *err)
{
	return kxt_err_set(err, KXT_EXIT_RUNTIME, "out of memory for a table");
}

void kxt_table_free(struct kxt_table *t)
{
	free(t->row);
	free(t->own);
	free(t->detail);
	free(t->slow);
	t->row = NULL;
	t->own = NULL;
	t->detail = NULL;
	t->slow = NULL;
	t->nr = t->cap = t->total = 0;
	t->own_nr = t->own_cap = t->detail_cap = 0;
	memset(&t->sum, 0, sizeof(t->sum));
}

static int cmp(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

int kxt_reason_id_compare(const struct kxt_reason_id *a, const struct kxt_reason_id *b)
{
	int ret = cmp(a->grouped, b->grouped);

	if (!ret)
		ret = cmp(a->class, b->class);
	if (!ret)
		ret = cmp(a->isa, b->isa);
	if (!ret)
		ret = cmp(a->level, b->level);
	return ret ? ret : cmp(a->code, b->code);
}

static int compare_detail_id(const struct kxt_detail_id *a, const struct kxt_detail_id *b)
{
	int ret = cmp(a->kind, b->kind);

	if (!ret)
		ret = cmp(a->rest, b->rest);
	if (!ret)
		ret = cmp(a->key, b->key);
	return ret ? ret : cmp(a->access, b->access);
}

static int compare_key(const struct kxt_row_key *a, const struct kxt_row_key *b)
{
	int ret = cmp(a->pid, b->pid);

	if (!ret)
		ret = cmp(a->vcpu_id, b->vcpu_id);
	if (!ret)
		ret = cmp(a->tid, b->tid);
	if (!ret)
		ret = kxt_reason_id_compare(&a->reason, &b->reason);
	if (!ret)
		ret = compare_detail_id(&a->detail, &b->detail);
	/* Later ones first. */
	return ret ? ret : cmp(b->seq, a->seq);
}

struct kxt_reason_id kxt_table_reason_id(const struct kxt_table *t, uint32_t isa,
					 uint32_t level, uint64_t code)
{
	struct kxt_reason_id id = { .class = kxt_reason_class(isa, code) };

	id.grouped = t->group;
	if (!t->group) {
		id.isa = isa;
		id.level = level;
		id.code = code;
	}
	return id;
}

bool kxt_reason_id_is(const struct kxt_reason_id *id, uint32_t isa, uint32_t level,
		      uint64_t code)
{
	if (id->grouped)
		return kxt_reason_class(isa, code) == id->class;
	return id->isa == isa && id->level == level && id->code == code;
}

bool kxt_scope_vcpu(const struct kxt_scope *scope, uint32_t id, uint32_t tid)
{
	return !scope->one_vcpu || (id == scope->vcpu_id && tid == scope->tid);
}

static bool is_vcpu(const struct kxt_scope *scope, const struct kxt_vcpu *v)
{
	return kxt_scope_vcpu(scope, v->id, v->tid);
}

int kxt_table_reserve(struct kxt_table *t, unsigned int nr, unsigned int own)
{
	if (t->nr + nr > t->cap) {
		unsigned int cap = 2 * t->cap + nr;
		struct kxt_row *row = reallocarray(t->row, cap, sizeof(*row));

		if (!row)
			return -1;
		t->row = row;
		t->cap = cap;
	}
	if (own > t->own_cap) {
		unsigned int cap = t->own_cap + own;
		struct kxt_entry *e = reallocarray(t->own, cap, sizeof(*e));

		if (!e)
			return -1;
		t->own = e;
		t->own_cap = cap;
	}
	return 0;
}

struct kxt_row *kxt_table_add_row(struct kxt_table *t, const struct kxt_vm *vm,
				  const struct kxt_vcpu *v, const struct kxt_entry *e)
{
	struct kxt_row *r = &t->row[t->nr++];

	memset(r, 0, sizeof(*r));
	r->vm = vm;
	r->vcpu = v;
	r->e = e;
	if (vm) {
		r->isa = vm->isa;
		r->knows = vm->knows;
		r->ended = vm->ended;
		r->key.pid = vm->pid;
	}
	if (v) {
		r->isa = v->isa;
		r->knows = v->knows;
		r->ended = v->ended;
		r->key.tid = v->tid;
		r->key.vcpu_id = v->id;
	}
	return r;
}

static int add_vm(struct kxt_table *t, const struct kxt_vm *vm)
{
	if (kxt_table_reserve(t, 1, 0))
		return -1;
	kxt_table_add_row(t, vm, NULL, &vm->all);
	return 0;
}

static int add_vcpus(struct kxt_table *t, const struct kxt_vm *vm,
		     const struct kxt_scope *scope)
{
	if (kxt_table_reserve(t, vm->nr_vcpus, t->own_nr + vm->nr_vcpus))
		return -1;
	for (unsigned int i = 0; i < vm->nr_vcpus; i++) {
		if (!is_vcpu(scope, &vm->vcpu[i]))
			continue;
		kxt_vm_vcpu_sum(vm, i, &t->own[t->own_nr++]);
		kxt_table_add_row(t, vm, &vm->vcpu[i], NULL);
	}
	return 0;
}

/*
 * Rows point at t->own only when all have been added (see point_at_own()): it
 * may move as it grows. Until then the row's number is its counters' number.
 */
static int add_reason(struct kxt_table *t, uint32_t isa, uint32_t knows,
		      const struct kxt_entry *e)
{
	struct kxt_reason_id id = kxt_table_reason_id(t, isa, e->level, e->code);
	struct kxt_row *r;
	unsigned int i;

	t->knows &= knows;
	for (i = 0; i < t->nr; i++) {
		if (kxt_reason_id_compare(&t->row[i].key.reason, &id) == 0) {
			kxt_entry_merge(&t->own[i], e);
			t->row[i].knows &= knows;
			return 0;
		}
	}
	if (kxt_table_reserve(t, 1, t->own_nr + 1))
		return -1;
	t->own[t->own_nr++] = *e;
	r = kxt_table_add_row(t, NULL, NULL, NULL);
	r->isa = isa;
	r->knows = knows;
	r->key.reason = id;
	return 0;
}

/* All of one VM, ungrouped: there are no two of a kind, so the VM's counters will do. */
static int add_vm_reasons(struct kxt_table *t, const struct kxt_vm *vm)
{
	if (kxt_table_reserve(t, vm->nr_reasons, 0))
		return -1;
	t->sum = vm->all;
	t->knows = vm->knows;
	for (unsigned int i = 0; i < vm->nr_reasons; i++) {
		const struct kxt_entry *e = &vm->reason[i];
		struct kxt_row *r = kxt_table_add_row(t, NULL, NULL, e);

		r->isa = vm->isa;
		r->knows = vm->knows;
		r->key.reason = kxt_table_reason_id(t, vm->isa, e->level, e->code);
	}
	return 0;
}

static void point_at_own(struct kxt_table *t)
{
	for (unsigned int i = 0; i < t->nr; i++)
		t->row[i].e = &t->own[i];
}

static int add_reasons(struct kxt_table *t, const struct kxt_vm *vm,
		       const struct kxt_scope *scope)
{
	if (scope->pid && !scope->one_vcpu && !t->group)
		return add_vm_reasons(t, vm);
	if (!scope->one_vcpu) {
		kxt_entry_merge(&t->sum, &vm->all);
		for (unsigned int i = 0; i < vm->nr_reasons; i++)
			if (add_reason(t, vm->isa, vm->knows, &vm->reason[i]))
				return -1;
		return 0;
	}
	for (unsigned int i = 0; i < vm->nr_vcpus; i++) {
		const struct kxt_vcpu *v = &vm->vcpu[i];

		for (unsigned int k = 0; is_vcpu(scope, v) && k < v->nr; k++) {
			kxt_entry_merge(&t->sum, &v->entry[k]);
			if (add_reason(t, v->isa, v->knows, &v->entry[k]))
				return -1;
		}
	}
	return 0;
}

static int add_split(struct kxt_table *t, const struct kxt_vm *vm,
		     const struct kxt_scope *scope)
{
	for (unsigned int i = 0; i < vm->nr_vcpus; i++) {
		const struct kxt_vcpu *v = &vm->vcpu[i];
		bool have = false;

		for (unsigned int k = 0; is_vcpu(scope, v) && k < v->nr; k++) {
			const struct kxt_entry *e = &v->entry[k];

			if (!kxt_reason_id_is(&scope->reason, v->isa, e->level, e->code))
				continue;
			if (have) {
				kxt_entry_merge(&t->own[t->own_nr - 1], e);
			} else {
				if (kxt_table_reserve(t, 1, t->own_nr + 1))
					return -1;
				t->own[t->own_nr++] = *e;
				kxt_table_add_row(t, vm, v, NULL);
				have = true;
			}
			kxt_entry_merge(&t->sum, e);
			t->knows &= v->knows;
		}
	}
	return 0;
}

bool kxt_name_matches(const char *name, const char *text)
{
	if (strpbrk(text, "*?["))
		return fnmatch(text, name, FNM_CASEFOLD) == 0;
	return strcasestr(name, text) != NULL;
}

static void filter_rows(struct kxt_table *t)
{
	char name[KXT_ROW_NAME_MAX];
	unsigned int nr = 0;

	t->total = t->nr;
	for (unsigned int i = 0; t->filter[0] && i < t->nr; i++) {
		kxt_row_name(t, &t->row[i], name);
		if (kxt_name_matches(name, t->filter))
			t->row[nr++] = t->row[i];
	}
	if (t->filter[0])
		t->nr = nr;
}

static int compare_text(const struct kxt_table *t, const struct kxt_row *a,
			const struct kxt_row *b)
{
	char x[KXT_CELL_MAX], y[KXT_CELL_MAX];

	switch (t->sort) {
	case KXT_COL_NAME:
		if (t->kind != KXT_TABLE_SLOW)
			return a->vm && b->vm ? strcmp(a->vm->name, b->vm->name) : 0;
		break;
	case KXT_COL_CLASS:
		return cmp(kxt_reason_id_class(&a->key.reason),
			   kxt_reason_id_class(&b->key.reason));
	default:
		break;
	}
	kxt_col_cell(t, a, t->sort, KXT_ROW_NAME_MAX, x);
	kxt_col_cell(t, b, t->sort, KXT_ROW_NAME_MAX, y);
	return strcmp(x, y);
}

/* What is not known goes last in either direction; equal rows by who they are. */
static int compare_rows(const void *pa, const void *pb, void *arg)
{
	const struct kxt_table *t = arg;
	const struct kxt_row *a = pa, *b = pb;
	int ret = t->kind == KXT_TABLE_DETAILS ? kxt_row_detail_order(t, a, b) : 0;

	if (ret)
		return ret;
	if (a->known && b->known)
		ret = a->value < b->value ? 1 : a->value > b->value ? -1 : 0;
	else if (a->known || b->known)
		return a->known ? -1 : 1;
	else
		ret = compare_text(t, a, b);
	if (t->reverse)
		ret = -ret;
	return ret ? ret : compare_key(&a->key, &b->key);
}

static void find_selection(struct kxt_table *t)
{
	if (t->sel >= t->nr)
		t->sel = t->nr ? t->nr - 1 : 0;
	if (!t->nr || !t->pinned)
		return;
	for (unsigned int i = 0; i < t->nr; i++) {
		if (compare_key(&t->row[i].key, &t->sel_key) == 0) {
			t->sel = i;
			return;
		}
	}
	/* It is gone: the one that took its place. */
	t->sel_key = t->row[t->sel].key;
}

void kxt_table_sort(struct kxt_table *t)
{
	if (!kxt_col_sortable(t->kind, t->sort))
		t->sort = kxt_col_default(t->kind);
	for (unsigned int i = 0; i < t->nr; i++)
		t->row[i].known = kxt_col_value(t, &t->row[i], t->sort, &t->row[i].value);
	if (t->nr)
		qsort_r(t->row, t->nr, sizeof(*t->row), compare_rows, t);
	find_selection(t);
}

static int add_of_vm(struct kxt_table *t, const struct kxt_vm *vm,
		     const struct kxt_scope *scope)
{
	if (scope->pid && scope->pid != vm->pid)
		return 0;
	switch (t->kind) {
	case KXT_TABLE_VCPUS:
		return add_vcpus(t, vm, scope);
	case KXT_TABLE_REASONS:
		return add_reasons(t, vm, scope);
	case KXT_TABLE_SPLIT:
		return add_split(t, vm, scope);
	default:
		return add_vm(t, vm);
	}
}

int kxt_table_build(struct kxt_table *t, const struct kxt_summary *s,
		    const struct kxt_scope *scope, struct kxt_err *err)
{
	int ret = 0;

	t->nr = t->total = t->own_nr = 0;
	memset(&t->sum, 0, sizeof(t->sum));
	t->knows = KXT_KNOWS_ALL;
	t->interval_ns = s->interval_ns;
	t->one_vm = scope->pid != 0;
	if (t->kind == KXT_TABLE_DETAILS)
		ret = kxt_table_add_details(t, s, scope);
	else if (t->kind == KXT_TABLE_SLOW)
		ret = kxt_table_add_slow(t, s, scope);
	else
		for (unsigned int i = 0; i < s->nr && !ret; i++)
			ret = add_of_vm(t, &s->vm[i], scope);
	if (ret) {
		kxt_table_free(t);
		return no_memory(err);
	}
	if (t->own_nr)
		point_at_own(t);
	filter_rows(t);
	kxt_table_sort(t);
	return 0;
}

const struct kxt_row *kxt_table_selected(const struct kxt_table *t)
{
	return t->sel < t->nr ? &t->row[t->sel] : NULL;
}

void kxt_table_move(struct kxt_table *t, long by)
{
	long to = (long)t->sel + by;

	if (!t->nr)
		return;
	if (to >= (long)t->nr)
		to = (long)t->nr - 1;
	t->sel = to < 0 ? 0 : (unsigned int)to;
	t->sel_key = t->row[t->sel].key;
	t->pinned = true;
}

bool kxt_table_search(struct kxt_table *t, const char *text, int from)
{
	char name[KXT_ROW_NAME_MAX];
	long step = from < 0 ? -1 : 1;

	for (unsigned int i = 0; i < t->nr; i++) {
		long at = ((long)t->sel + from + step * (long)i) % (long)t->nr;

		if (at < 0)
			at += t->nr;
		kxt_row_name(t, &t->row[at], name);
		if (kxt_name_matches(name, text)) {
			kxt_table_move(t, at - (long)t->sel);
			return true;
		}
	}
	return false;
}

void kxt_table_view(struct kxt_table *t, unsigned int lines)
{
	if (t->sel < t->top)
		t->top = t->sel;
	else if (lines && t->sel >= t->top + lines)
		t->top = t->sel - lines + 1;
	/* No empty lines at the end while rows are hidden above. */
	if (t->top + lines > t->nr)
		t->top = t->nr > lines ? t->nr - lines : 0;
}
