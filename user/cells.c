// SPDX-License-Identifier: GPL-2.0-only
/* What is in a cell of a table. */
#include "user/columns.h"

#include <stdio.h>
#include <string.h>

#include "user/rows.h"
#include "user/stats.h"

/* How many reasons "top reasons" names. */
#define TOP_NR		3

/* A name that is cut shorter than this could be any. */
#define TOP_NAME_MIN	8

static double per_s(const struct kxt_table *t, double v)
{
	return t->interval_ns ? v * 1e9 / (double)t->interval_ns : 0;
}

static bool ratio(uint64_t part, uint64_t whole, double *value)
{
	*value = whole ? (double)part / (double)whole : 0;
	return whole != 0;
}

/* Of the time that its vCPUs had; the clocks of CPUs differ a little: cap it. */
static bool guest_share(const struct kxt_table *t, const struct kxt_row *r, double *value)
{
	uint64_t ns = r->vcpu ? r->vcpu->guest_ns : r->vm->guest_ns;
	unsigned int vcpus = 1;
	bool known;

	if (!r->vcpu) {
		vcpus = kxt_vm_live_vcpus(r->vm);
		if (!vcpus)
			vcpus = r->vm->nr_vcpus;
	}
	known = ratio(ns, t->interval_ns * vcpus, value);
	if (*value > 1)
		*value = 1;
	return known;
}

static bool percentile(const struct kxt_entry *e, unsigned int permille, double *value)
{
	uint64_t ns;
	bool known = kxt_hist_percentile(e->hist, e->max_ns, permille, &ns);

	*value = (double)ns;
	return known;
}

/* Numbers that an exit's counters alone decide. */
static bool entry_value(const struct kxt_table *t, const struct kxt_entry *e,
			enum kxt_col col, double *value)
{
	switch (col) {
	case KXT_COL_COUNT:
		*value = (double)e->count;
		return true;
	case KXT_COL_EXITS:
		*value = per_s(t, (double)e->count);
		return true;
	case KXT_COL_TIME:
		*value = per_s(t, (double)e->total_ns);
		return true;
	case KXT_COL_MEAN:
		*value = (double)kxt_entry_mean_ns(e);
		return e->timed != 0;
	case KXT_COL_P50:
		return percentile(e, 500, value);
	case KXT_COL_P90:
		return percentile(e, 900, value);
	case KXT_COL_P99:
		return percentile(e, 990, value);
	case KXT_COL_P999:
		return percentile(e, 999, value);
	case KXT_COL_MAX:
		*value = (double)e->max_ns;
		return e->timed != 0;
	case KXT_COL_UNPAIRED:
		/*
		 * One below zero is an exit of the window before that ended in
		 * this one: nothing that is missing here.
		 */
		*value = e->unpaired > 0 ? (double)e->unpaired : 0;
		return true;
	default:
		return false;
	}
}

bool kxt_col_value(const struct kxt_table *t, const struct kxt_row *r, enum kxt_col col,
		   double *value)
{
	*value = 0;
	if (!kxt_col_in(t->kind, col))
		return false;
	switch (col) {
	case KXT_COL_PID:
		*value = r->vm->pid;
		return true;
	case KXT_COL_VCPUS:
		*value = r->ended ? r->vm->nr_vcpus : kxt_vm_live_vcpus(r->vm);
		return true;
	case KXT_COL_VCPU:
		*value = r->vcpu->id;
		return true;
	case KXT_COL_TID:
		*value = r->vcpu->tid;
		return true;
	case KXT_COL_GUEST:
		return guest_share(t, r, value);
	case KXT_COL_SHARE:
		return ratio(r->e->count, t->sum.count, value);
	case KXT_COL_TIMESHARE:
		return ratio(r->e->total_ns, t->sum.total_ns, value);
	default:
		return entry_value(t, r->e, col, value);
	}
}

/* The most frequent of @nr entries, at most TOP_NR; equal ones in their order. */
static unsigned int pick_top(const struct kxt_entry *e, unsigned int nr,
			     const struct kxt_entry *top[TOP_NR])
{
	unsigned int have = 0;

	for (unsigned int i = 0; i < nr; i++) {
		unsigned int at = have;

		if (!e[i].count)
			continue;
		while (at > 0 && top[at - 1]->count < e[i].count)
			at--;
		if (at == TOP_NR)
			continue;
		if (have < TOP_NR)
			have++;
		memmove(&top[at + 1], &top[at], (have - at - 1) * sizeof(top[0]));
		top[at] = &e[i];
	}
	return have;
}

/**
 * struct top_item - a reason among the top ones
 * @name: name
 * @share: of all exits
 */
struct top_item {
	char name[KXT_ROW_NAME_MAX];
	char share[KXT_FMT_MAX];
};

static unsigned int make_top(const struct kxt_row *r, struct top_item item[TOP_NR])
{
	const struct kxt_entry *top[TOP_NR];
	unsigned int nr = r->vcpu ? pick_top(r->vcpu->entry, r->vcpu->nr, top) :
		pick_top(r->vm->reason, r->vm->nr_reasons, top);

	for (unsigned int i = 0; i < nr; i++) {
		struct kxt_reason_id id = {
			.isa = r->isa, .level = top[i]->level, .code = top[i]->code,
		};

		kxt_reason_id_name(&id, item[i].name);
		kxt_fmt_percent(item[i].share, (double)top[i]->count / (double)r->e->count);
	}
	return nr;
}

/* How long names may be so that @nr items fit in @cells; 0 if none would do. */
static unsigned int longest_name(const struct top_item *item, unsigned int nr,
				 unsigned int cells)
{
	for (unsigned int max = KXT_ROW_NAME_MAX; max >= TOP_NAME_MIN; max--) {
		unsigned int need = 0;

		for (unsigned int i = 0; i < nr; i++) {
			unsigned int len = (unsigned int)strlen(item[i].name);

			need += (len < max ? len : max) + 1 +
				(unsigned int)strlen(item[i].share) + (i != 0);
		}
		if (need <= cells)
			return max;
	}
	return 0;
}

/* As many as fit, with long names cut rather than left out. */
static void top_reasons(const struct kxt_table *t, const struct kxt_row *r,
			unsigned int cells, char buf[KXT_CELL_MAX])
{
	static const char ended[] = "(ended) ";
	struct top_item item[TOP_NR];
	unsigned int nr = make_top(r, item), max = 0;
	char name[4 * KXT_ROW_NAME_MAX];
	size_t len = 0;

	buf[0] = '\0';
	if (r->ended)
		len = (size_t)snprintf(buf, KXT_CELL_MAX, "%s", ended);
	else if (!nr)
		snprintf(buf, KXT_CELL_MAX, "-");
	cells = cells > len ? cells - (unsigned int)len : 0;
	for (; nr > 1; nr--) {
		max = longest_name(item, nr, cells);
		if (max)
			break;
	}
	for (unsigned int i = 0; i < nr; i++) {
		unsigned int width = (unsigned int)strlen(item[i].name);

		kxt_fmt_cell(name, sizeof(name), item[i].name,
			     max && width > max ? max : width, KXT_LEFT, t->ascii);
		len += (size_t)snprintf(buf + len, KXT_CELL_MAX - len, "%s%s %s",
					i ? " " : "", name, item[i].share);
	}
}

static void format_value(enum kxt_col col, double v, char buf[KXT_FMT_MAX])
{
	switch (col) {
	case KXT_COL_PID:
	case KXT_COL_VCPUS:
	case KXT_COL_VCPU:
	case KXT_COL_TID:
		snprintf(buf, KXT_FMT_MAX, "%.0f", v);
		break;
	case KXT_COL_COUNT:
	case KXT_COL_UNPAIRED:
		kxt_fmt_count(buf, (uint64_t)v);
		break;
	case KXT_COL_EXITS:
		kxt_fmt_rate(buf, v);
		break;
	case KXT_COL_SHARE:
	case KXT_COL_GUEST:
	case KXT_COL_TIMESHARE:
		kxt_fmt_percent(buf, v);
		break;
	case KXT_COL_TIME:
		kxt_fmt_ns_per_s(buf, v);
		break;
	default:
		kxt_fmt_ns(buf, (uint64_t)v);
	}
}

void kxt_col_cell(const struct kxt_table *t, const struct kxt_row *r, enum kxt_col col,
		  unsigned int cells, char buf[KXT_CELL_MAX])
{
	double v;

	switch (col) {
	case KXT_COL_NAME:
		kxt_vm_name(r->vm, t->ascii, buf);
		return;
	case KXT_COL_REASON:
		kxt_reason_id_name(&r->key.reason, buf);
		return;
	case KXT_COL_CLASS:
		snprintf(buf, KXT_CELL_MAX, "%s",
			 kxt_class_name(kxt_reason_id_class(&r->key.reason)));
		return;
	case KXT_COL_TOP:
		top_reasons(t, r, cells, buf);
		return;
	default:
		break;
	}
	if (kxt_col_value(t, r, col, &v))
		format_value(col, v, buf);
	else
		snprintf(buf, KXT_CELL_MAX, "-");
}
