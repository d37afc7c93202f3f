// SPDX-License-Identifier: GPL-2.0-only
/* What is in a cell of a table. */
#include "user/columns.h"

#include <stdio.h>
#include <string.h>

#include "user/rows_int.h"
#include "user/stats.h"

/* How many reasons "top reasons" names. */
#define TOP_NR		3

/* A name that is cut shorter than this could be any; a lone one is better than none. */
#define TOP_NAME_MIN	8
#define TOP_NAME_LONE	4

/* No bar is longer, however much room a line has. */
#define BAR_MAX		100

void kxt_row_parts(const struct kxt_table *t, const struct kxt_row *r,
		   struct kxt_parts *p)
{
	struct kxt_entry e = { 0 };

	if (r->slow) {
		e.total_ns = r->slow->ev.total_ns;
		e.idle_ns = r->slow->ev.idle_ns;
		e.runq_ns = r->slow->ev.runq_ns;
		e.vmm_ns = r->slow->ev.vmm_ns;
	}
	kxt_parts_make(p, r->slow ? &e : r->e, r->knows);
	if (t->kind == KXT_TABLE_VMS)
		kxt_parts_add_guest(p, r->vm->guest_ns);
	else if (t->kind == KXT_TABLE_VCPUS)
		kxt_parts_add_guest(p, r->vcpu->guest_ns);
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
		*value = kxt_per_s(t, (double)e->count);
		return true;
	case KXT_COL_TIME:
		*value = kxt_per_s(t, (double)e->total_ns);
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

/* Numbers that need more than the counters of the row. */
static bool row_value(const struct kxt_table *t, const struct kxt_row *r,
		      enum kxt_col col, double *value)
{
	struct kxt_parts parts;
	enum kxt_part part;

	if (kxt_col_part(col, &part)) {
		kxt_row_parts(t, r, &parts);
		return kxt_parts_share(&parts, part, value);
	}
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
	case KXT_COL_LEVEL:
		*value = r->key.reason.level;
		return r->key.reason.level != 0;
	case KXT_COL_SHARE:
		return kxt_ratio(r->e->count, t->sum.count, value);
	case KXT_COL_TIMESHARE:
		return kxt_ratio(r->e->total_ns, t->sum.total_ns, value);
	case KXT_COL_VMMRATE:
		*value = kxt_per_s(t, (double)r->e->vmm_count);
		return r->knows & KXT_KNOWS_VMM;
	case KXT_COL_TOVMM:
		return kxt_ratio(r->e->vmm_count, r->e->count, value) &&
		       r->knows & KXT_KNOWS_VMM;
	default:
		return entry_value(t, r->e, col, value);
	}
}

bool kxt_col_value(const struct kxt_table *t, const struct kxt_row *r, enum kxt_col col,
		   double *value)
{
	*value = 0;
	if (!kxt_col_in(t->kind, col))
		return false;
	if (t->kind == KXT_TABLE_DETAILS)
		return kxt_detail_value(t, r, col, value);
	if (t->kind == KXT_TABLE_SLOW)
		return kxt_slow_value(t, r, col, value);
	return row_value(t, r, col, value);
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
	unsigned int min = nr > 1 ? TOP_NAME_MIN : TOP_NAME_LONE;

	for (unsigned int max = KXT_ROW_NAME_MAX; max >= min; max--) {
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

/* No exit in the window, but maybe one that lasts: a guest that sleeps or waits. */
static void no_exits(const struct kxt_row *r, char buf[KXT_CELL_MAX])
{
	const struct kxt_entry *e = r->vcpu ? r->vcpu->entry : r->vm->reason, *most = NULL;
	unsigned int nr = r->vcpu ? r->vcpu->nr : r->vm->nr_reasons;
	char name[KXT_ROW_NAME_MAX];

	for (unsigned int i = 0; i < nr; i++)
		if (e[i].total_ns && (!most || e[i].total_ns > most->total_ns))
			most = &e[i];
	if (most) {
		struct kxt_reason_id id = {
			.isa = r->isa, .level = most->level, .code = most->code,
		};

		kxt_reason_id_name(&id, name);
		snprintf(buf, KXT_CELL_MAX, "(in %s)", name);
	} else {
		snprintf(buf, KXT_CELL_MAX, "-");
	}
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
		no_exits(r, buf);
	cells = cells > len ? cells - (unsigned int)len : 0;
	for (; nr; nr--) {
		max = longest_name(item, nr, cells);
		/* The most frequent one is there even where it does not fit. */
		if (max || nr == 1)
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

static void format_value(const struct kxt_table *t, enum kxt_col col, double v,
			 char buf[KXT_FMT_MAX])
{
	enum kxt_part part;

	/* Of one exit it is a time, of many a share of it. */
	if (kxt_col_part(col, &part) && t->kind != KXT_TABLE_SLOW) {
		kxt_fmt_percent(buf, v);
		return;
	}
	switch (col) {
	case KXT_COL_PID:
	case KXT_COL_VCPUS:
	case KXT_COL_VCPU:
	case KXT_COL_TID:
	case KXT_COL_CPU:
	case KXT_COL_LEVEL:
		snprintf(buf, KXT_FMT_MAX, "%.0f", v);
		break;
	case KXT_COL_COUNT:
	case KXT_COL_UNPAIRED:
		kxt_fmt_count(buf, (uint64_t)v);
		break;
	case KXT_COL_EXITS:
	case KXT_COL_VMMRATE:
		kxt_fmt_rate(buf, v);
		break;
	case KXT_COL_SHARE:
	case KXT_COL_TIMESHARE:
	case KXT_COL_TOVMM:
		kxt_fmt_percent(buf, v);
		break;
	case KXT_COL_TIME:
		kxt_fmt_ns_per_s(buf, v);
		break;
	default:
		kxt_fmt_ns(buf, (uint64_t)v);
	}
}

static void put(char buf[KXT_CELL_MAX], const char *text)
{
	snprintf(buf, KXT_CELL_MAX, "%s", text ? text : "");
}

static bool row_text(const struct kxt_table *t, const struct kxt_row *r, enum kxt_col col,
		     unsigned int cells, char buf[KXT_CELL_MAX])
{
	struct kxt_parts parts;

	switch (col) {
	case KXT_COL_NAME:
		kxt_vm_name(r->vm, t->ascii, buf);
		return true;
	case KXT_COL_REASON:
		kxt_reason_id_name(&r->key.reason, buf);
		return true;
	case KXT_COL_CLASS:
		put(buf, kxt_class_name(kxt_reason_id_class(&r->key.reason)));
		return true;
	case KXT_COL_TOP:
		top_reasons(t, r, cells, buf);
		return true;
	case KXT_COL_PARTS:
		kxt_row_parts(t, r, &parts);
		kxt_parts_text(&parts, cells < BAR_MAX ? cells : BAR_MAX, t->ascii, buf,
			       KXT_CELL_MAX);
		return true;
	default:
		return false;
	}
}

void kxt_col_cell(const struct kxt_table *t, const struct kxt_row *r, enum kxt_col col,
		  unsigned int cells, char buf[KXT_CELL_MAX])
{
	double v;

	if (r->detail && kxt_detail_text(t, r, col, buf))
		return;
	if (r->slow && kxt_slow_text(t, r, col, buf))
		return;
	if (row_text(t, r, col, cells, buf))
		return;
	if (kxt_col_value(t, r, col, &v))
		format_value(t, col, v, buf);
	else
		put(buf, "-");
}
