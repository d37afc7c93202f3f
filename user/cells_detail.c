// SPDX-License-Identifier: GPL-2.0-only
/* What is in a cell of a table of details or of slow exits. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "user/detail.h"
#include "user/rows_int.h"

double kxt_per_s(const struct kxt_table *t, double v)
{
	return t->interval_ns ? v * 1e9 / (double)t->interval_ns : 0;
}

bool kxt_ratio(uint64_t part, uint64_t whole, double *value)
{
	*value = whole ? (double)part / (double)whole : 0;
	return whole != 0;
}

bool kxt_col_part(enum kxt_col col, enum kxt_part *part)
{
	switch (col) {
	case KXT_COL_GUEST:
		*part = KXT_PART_GUEST;
		return true;
	case KXT_COL_KERNEL:
		*part = KXT_PART_KERNEL;
		return true;
	case KXT_COL_VMM:
		*part = KXT_PART_VMM;
		return true;
	case KXT_COL_IDLE:
		*part = KXT_PART_IDLE;
		return true;
	case KXT_COL_RUNQ:
		*part = KXT_PART_RUNQ;
		return true;
	default:
		return false;
	}
}

/* A sample stands for all the exits that are not in it. */
bool kxt_detail_value(const struct kxt_table *t, const struct kxt_row *r, enum kxt_col col,
		      double *value)
{
	const struct kxt_detail *d = r->detail;
	double times = d->one_in > 1 ? d->one_in : 1;

	switch (col) {
	case KXT_COL_KEY:
		*value = (double)d->key;
		return !d->rest;
	case KXT_COL_COUNT:
		*value = (double)d->count;
		return true;
	case KXT_COL_ERROR:
		*value = (double)d->error;
		return d->error != 0;
	case KXT_COL_EXITS:
		*value = kxt_per_s(t, (double)d->count * times);
		return true;
	case KXT_COL_SHARE:
		return kxt_ratio(d->count, r->of, value);
	case KXT_COL_TIME:
		*value = kxt_per_s(t, (double)d->ns * times);
		return true;
	case KXT_COL_MEAN:
		return kxt_ratio(d->ns, d->count, value);
	default:
		return false;
	}
}

bool kxt_slow_value(const struct kxt_table *t, const struct kxt_row *r, enum kxt_col col,
		    double *value)
{
	const struct kvmexit_event *ev = &r->slow->ev;
	struct kxt_parts parts;
	enum kxt_part part;

	if (kxt_col_part(col, &part)) {
		kxt_row_parts(t, r, &parts);
		*value = (double)parts.ns[part];
		return parts.known[part];
	}
	switch (col) {
	case KXT_COL_CLOCK:
		*value = (double)ev->time_ns;
		return true;
	case KXT_COL_VCPU:
		*value = ev->vcpu_id;
		return true;
	case KXT_COL_TID:
		*value = ev->tid;
		return true;
	case KXT_COL_CPU:
		*value = ev->cpu;
		return true;
	case KXT_COL_SERVICE:
		*value = (double)kxt_slow_service_ns(ev);
		return true;
	case KXT_COL_RIP:
		*value = (double)ev->rip;
		return ev->rip != 0;
	default:
		return false;
	}
}

static void put(char buf[KXT_CELL_MAX], const char *text)
{
	snprintf(buf, KXT_CELL_MAX, "%s", text ? text : "");
}

static void put_error(const struct kxt_detail *d, char buf[KXT_CELL_MAX])
{
	char n[KXT_FMT_MAX];

	put(buf, "");
	if (!d->error)
		return;
	kxt_fmt_count(n, d->error);
	snprintf(buf, KXT_CELL_MAX, "+%s", n);
}

static void put_clock(const struct kxt_slow *slow, char buf[KXT_CELL_MAX])
{
	time_t s = (time_t)(slow->wall_ns / 1000000000);
	unsigned int ms = (unsigned int)(slow->wall_ns / 1000000 % 1000);
	struct tm tm;

	if (!localtime_r(&s, &tm))
		memset(&tm, 0, sizeof(tm));
	snprintf(buf, KXT_CELL_MAX, "%02d:%02d:%02d.%03u", tm.tm_hour, tm.tm_min,
		 tm.tm_sec, ms);
}

static const char *known_key(const struct kxt_detail *d)
{
	const char *name = d->rest ? NULL : kxt_detail_name(d->kind, d->key);

	if (!name && d->kind == KVMEXIT_KIND_GPA && d->access & KVMEXIT_ACCESS_VIRTUAL)
		return "virtual address";
	return name;
}

/* Cells of a detail that are text; false if the column is none of them. */
bool kxt_detail_text(const struct kxt_table *t, const struct kxt_row *r, enum kxt_col col,
		     char buf[KXT_CELL_MAX])
{
	const struct kxt_detail *d = r->detail;

	switch (col) {
	case KXT_COL_NAME:
		put(buf, "all");
		if (r->vm)
			kxt_vm_name(r->vm, t->ascii, buf);
		return true;
	case KXT_COL_KIND:
		put(buf, kxt_kind_name(d->kind));
		return true;
	case KXT_COL_KEY:
		put(buf, "other");
		if (!d->rest)
			kxt_detail_key(d->kind, d->key, buf, KXT_CELL_MAX);
		return true;
	case KXT_COL_KNOWN:
		put(buf, known_key(d));
		return true;
	case KXT_COL_DIR:
		put(buf, d->rest ? NULL : kxt_access_dir(d->kind, d->access));
		return true;
	case KXT_COL_FAULT:
		put(buf, d->rest ? NULL : kxt_access_fault(d->kind, d->access));
		return true;
	case KXT_COL_ERROR:
		put_error(d, buf);
		return true;
	default:
		return false;
	}
}

bool kxt_slow_text(const struct kxt_table *t, const struct kxt_row *r, enum kxt_col col,
		   char buf[KXT_CELL_MAX])
{
	const struct kvmexit_event *ev = &r->slow->ev;
	struct kxt_detail_id id = { .kind = ev->kind, .access = ev->access, .key = ev->key };

	switch (col) {
	case KXT_COL_NAME:
		kxt_vm_name_escape(r->slow->name, t->ascii, buf);
		return true;
	case KXT_COL_CLOCK:
		put_clock(r->slow, buf);
		return true;
	case KXT_COL_DETAIL:
		put(buf, "");
		if (ev->kind != KVMEXIT_KIND_NONE)
			kxt_detail_id_text(&id, buf);
		return true;
	case KXT_COL_RIP:
		put(buf, "-");
		if (ev->rip)
			snprintf(buf, KXT_CELL_MAX, "0x%" PRIx64, (uint64_t)ev->rip);
		return true;
	default:
		return false;
	}
}
