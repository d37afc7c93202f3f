// SPDX-License-Identifier: GPL-2.0-only
#include "user/report/diff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/stats.h"

void kxt_diff_free(struct kxt_diff *d)
{
	for (unsigned int i = 0; i < d->nr; i++)
		free(d->vm[i].row);
	free(d->vm);
	free(d->all.row);
	memset(d, 0, sizeof(*d));
}

bool kxt_diff_both(const struct kxt_diff_vm *vm)
{
	return vm->all.side[KXT_DIFF_A].is && vm->all.side[KXT_DIFF_B].is;
}

bool kxt_diff_change(const struct kxt_diff_row *row, enum kxt_diff_num num,
		     double *change)
{
	const struct kxt_diff_side *a = &row->side[KXT_DIFF_A], *b = &row->side[KXT_DIFF_B];
	bool known = a->known[num] && b->known[num];

	*change = known ? b->value[num] - a->value[num] : 0;
	return known;
}

static uint32_t isa_of(const struct kxt_summary *s)
{
	for (unsigned int i = 0; i < s->nr; i++) {
		if (s->vm[i].isa != KVMEXIT_ISA_UNKNOWN)
			return s->vm[i].isa;
	}
	return KVMEXIT_ISA_UNKNOWN;
}

static bool knows_levels(const struct kxt_summary *s)
{
	for (unsigned int i = 0; i < s->nr; i++) {
		if (!(s->vm[i].knows & KXT_KNOWS_LEVEL))
			return false;
	}
	return true;
}

static struct kxt_reason_id make_id(const struct kxt_diff *d, uint32_t isa,
				    const struct kxt_entry *e)
{
	struct kxt_reason_id id = { .class = kxt_reason_class(isa, e->code) };

	id.grouped = d->by_class;
	if (!d->by_class) {
		id.isa = isa;
		id.level = d->no_levels ? 0 : e->level;
		id.code = e->code;
	}
	return id;
}

static void add(struct kxt_diff_row *row, unsigned int side, uint32_t knows,
		const struct kxt_entry *e)
{
	struct kxt_diff_side *s = &row->side[side];

	kxt_entry_merge(&s->e, e);
	s->knows &= knows;
}

static void init_row(struct kxt_diff_row *row)
{
	memset(row, 0, sizeof(*row));
	for (unsigned int side = 0; side < KXT_DIFF_SIDES; side++)
		row->side[side].knows = KXT_KNOWS_ALL;
}

static struct kxt_diff_row *find_row(struct kxt_diff_vm *vm, const struct kxt_reason_id *id)
{
	struct kxt_diff_row *row;

	for (unsigned int i = 0; i < vm->nr; i++) {
		if (kxt_reason_id_compare(&vm->row[i].id, id) == 0)
			return &vm->row[i];
	}
	row = reallocarray(vm->row, vm->nr + 1, sizeof(*row));
	if (!row)
		return NULL;
	vm->row = row;
	row = &vm->row[vm->nr++];
	init_row(row);
	row->id = *id;
	return row;
}

static int add_vm(const struct kxt_diff *d, struct kxt_diff_vm *to, unsigned int side,
		  const struct kxt_vm *vm)
{
	to->all.side[side].is = true;
	to->all.side[side].guest_ns += vm->guest_ns;
	add(&to->all, side, vm->knows, &vm->all);
	for (unsigned int i = 0; i < vm->nr_reasons; i++) {
		struct kxt_reason_id id = make_id(d, vm->isa, &vm->reason[i]);
		struct kxt_diff_row *row = find_row(to, &id);

		if (!row)
			return -1;
		add(row, side, vm->knows, &vm->reason[i]);
	}
	return 0;
}

/* There is room: see kxt_diff_make(). */
static struct kxt_diff_vm *find_vm(struct kxt_diff *d, const char *name)
{
	struct kxt_diff_vm *vm;

	for (unsigned int i = 0; i < d->nr; i++) {
		if (strcmp(d->vm[i].name, name) == 0)
			return &d->vm[i];
	}
	vm = &d->vm[d->nr++];
	init_row(&vm->all);
	snprintf(vm->name, sizeof(vm->name), "%s", name);
	return vm;
}

static int add_side(struct kxt_diff *d, unsigned int side, const struct kxt_summary *s)
{
	/* All VMs together are there, even if there is none. */
	d->all.all.side[side].is = true;
	for (unsigned int i = 0; i < s->nr; i++) {
		const struct kxt_vm *vm = &s->vm[i];

		if (add_vm(d, find_vm(d, vm->name), side, vm) ||
		    add_vm(d, &d->all, side, vm))
			return -1;
	}
	return 0;
}

static void set(struct kxt_diff_side *s, enum kxt_diff_num num, bool known, double value)
{
	s->known[num] = known;
	s->value[num] = known ? value : 0;
}

static void set_percentile(struct kxt_diff_side *s, enum kxt_diff_num num,
			   unsigned int permille)
{
	uint64_t ns;
	bool known = kxt_hist_percentile(s->e.hist, s->e.max_ns, permille, &ns);

	set(s, num, known, (double)ns);
}

static void set_parts(struct kxt_diff_side *s, bool guest)
{
	static const enum kxt_diff_num num[KXT_PART_NR] = {
		[KXT_PART_GUEST] = KXT_DIFF_GUEST, [KXT_PART_KERNEL] = KXT_DIFF_KERNEL,
		[KXT_PART_VMM] = KXT_DIFF_VMM, [KXT_PART_IDLE] = KXT_DIFF_IDLE,
		[KXT_PART_RUNQ] = KXT_DIFF_RUNQ,
	};
	struct kxt_parts parts;
	double share;

	kxt_parts_make(&parts, &s->e, s->knows);
	if (guest)
		kxt_parts_add_guest(&parts, s->guest_ns);
	for (unsigned int i = 0; i < KXT_PART_NR; i++) {
		bool known = kxt_parts_share(&parts, (enum kxt_part)i, &share);

		set(s, num[i], known, share);
	}
}

/* Asleep is who waits for an interrupt, or for the VMM that a signal called. */
static bool may_sleep(const struct kxt_reason_id *id)
{
	return id->class == KXT_CLASS_HALT || (!id->grouped && kxt_reason_is_own(id->code));
}

/* @id: NULL: all of a VM. @whole_ns: what the VM spent in exits. */
static void finish(struct kxt_diff_side *s, const struct kxt_reason_id *id,
		   uint64_t whole_ns, uint64_t interval_ns)
{
	double seconds = (double)interval_ns / 1e9;
	bool rates = s->is && interval_ns;
	bool cost = rates && (s->knows & KXT_KNOWS_IDLE || !s->e.total_ns ||
			      (id && !may_sleep(id)));

	set(s, KXT_DIFF_COUNT, s->is, (double)s->e.count);
	set(s, KXT_DIFF_RATE, rates, rates ? (double)s->e.count / seconds : 0);
	set(s, KXT_DIFF_COST, cost,
	    cost ? (double)kxt_entry_service_ns(&s->e) / seconds : 0);
	set(s, KXT_DIFF_SHARE, whole_ns,
	    whole_ns ? (double)s->e.total_ns / (double)whole_ns : 0);
	set_percentile(s, KXT_DIFF_P50, 500);
	set_percentile(s, KXT_DIFF_P99, 990);
	set_parts(s, !id);
}

/*
 * How much it changed; of a VM that is on one side only, all of it. Cost that is not
 * known on one side is no change.
 */
static double weight(const struct kxt_diff_row *row, enum kxt_diff_num num)
{
	const struct kxt_diff_side *a = &row->side[KXT_DIFF_A], *b = &row->side[KXT_DIFF_B];
	double change = b->value[num] - a->value[num];

	if (a->is && b->is && !kxt_diff_change(row, num, &change))
		return 0;
	return change < 0 ? -change : change;
}

static int downwards(double a, double b)
{
	return a > b ? -1 : a < b;
}

static int compare_row(const void *pa, const void *pb)
{
	const struct kxt_diff_row *a = pa, *b = pb;
	int ret = downwards(weight(a, KXT_DIFF_COST), weight(b, KXT_DIFF_COST));

	if (!ret)
		ret = downwards(weight(a, KXT_DIFF_RATE), weight(b, KXT_DIFF_RATE));
	return ret ? ret : kxt_reason_id_compare(&a->id, &b->id);
}

static int compare_vm(const void *pa, const void *pb)
{
	const struct kxt_diff_vm *a = pa, *b = pb;
	int ret = kxt_diff_both(b) - kxt_diff_both(a);

	if (!ret)
		ret = downwards(weight(&a->all, KXT_DIFF_COST),
				weight(&b->all, KXT_DIFF_COST));
	return ret ? ret : strcmp(a->name, b->name);
}

static void finish_vm(struct kxt_diff_vm *vm, const uint64_t interval_ns[KXT_DIFF_SIDES])
{
	for (unsigned int side = 0; side < KXT_DIFF_SIDES; side++) {
		struct kxt_diff_side *all = &vm->all.side[side];

		finish(all, NULL, all->e.total_ns, interval_ns[side]);
		for (unsigned int i = 0; i < vm->nr; i++) {
			vm->row[i].side[side].is = all->is;
			finish(&vm->row[i].side[side], &vm->row[i].id,
			       all->e.total_ns, interval_ns[side]);
		}
	}
	if (vm->nr)
		qsort(vm->row, vm->nr, sizeof(*vm->row), compare_row);
}

int kxt_diff_make(struct kxt_diff *d, const struct kxt_summary *a,
		  const struct kxt_summary *b, struct kxt_err *err)
{
	const uint64_t interval_ns[KXT_DIFF_SIDES] = { a->interval_ns, b->interval_ns };

	d->isa[KXT_DIFF_A] = isa_of(a);
	d->isa[KXT_DIFF_B] = isa_of(b);
	d->by_class = d->isa[KXT_DIFF_A] && d->isa[KXT_DIFF_B] &&
		      d->isa[KXT_DIFF_A] != d->isa[KXT_DIFF_B];
	d->no_levels = !knows_levels(a) || !knows_levels(b);
	init_row(&d->all.all);
	d->vm = calloc((size_t)a->nr + b->nr + 1, sizeof(*d->vm));
	if (!d->vm || add_side(d, KXT_DIFF_A, a) || add_side(d, KXT_DIFF_B, b))
		return kxt_err_set(err, KXT_EXIT_RUNTIME, "out of memory for a comparison");
	finish_vm(&d->all, interval_ns);
	for (unsigned int i = 0; i < d->nr; i++)
		finish_vm(&d->vm[i], interval_ns);
	if (d->nr)
		qsort(d->vm, d->nr, sizeof(*d->vm), compare_vm);
	return 0;
}
