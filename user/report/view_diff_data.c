// SPDX-License-Identifier: GPL-2.0-only
/*
 * "report --diff" for programs, schema 1. JSON:
 *
 *	{ schema_version, matched_by, levels, SIDES, "all": ROW, "vms": [ ROW ] }
 *	SIDES: collector_a, host_a, ..., collector_b, ...
 *	ROW: { vm, in_a, in_b, NUMBERS, "reasons": [ { reason, class, isa, level, NUMBERS } ] }
 *	NUMBERS: exits_a, exits_b, exits_per_s_a, exits_per_s_b, exits_per_s_change, ...
 *
 * In CSV each reason has a line with all of that in it. A VM's own line comes before those
 * of its reasons and has nothing in their columns; the lines of all VMs together have
 * "all" as their scope and no VM. Both have the same fields of the same names: they come
 * from the same tables. What is not known is null, and empty in CSV.
 */
#include "user/report/view_diff.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "user/csv.h"
#include "user/json.h"
#include "user/utf8.h"

/**
 * struct number - one number of a row
 * @name: a side's letter, or "change", follows
 * @num: which
 * @change: there is a change too; of the number of exits there is none, as the sides may
 *	differ in length
 * @decimals: after the point
 */
struct number {
	const char *name;
	enum kxt_diff_num num;
	bool change;
	int decimals;
};

static const struct number numbers[] = {
	{ "exits", KXT_DIFF_COUNT, false, 0 },
	{ "exits_per_s", KXT_DIFF_RATE, true, 3 },
	{ "cost_ns_per_s", KXT_DIFF_COST, true, 1 },
	{ "time_share", KXT_DIFF_SHARE, true, 6 },
	{ "p50_ns", KXT_DIFF_P50, true, 0 },
	{ "p99_ns", KXT_DIFF_P99, true, 0 },
	{ "guest_share", KXT_DIFF_GUEST, true, 6 },
	{ "kernel_share", KXT_DIFF_KERNEL, true, 6 },
	{ "vmm_share", KXT_DIFF_VMM, true, 6 },
	{ "idle_share", KXT_DIFF_IDLE, true, 6 },
	{ "runq_share", KXT_DIFF_RUNQ, true, 6 },
};

/* Facts about a side; its letter follows the name. */
static const struct fact {
	const char *name;
	bool text;
} facts[] = {
	{ "collector", true }, { "host", true }, { "kernel", true },
	{ "interval_ns", false }, { "begin_time_ns", false }, { "end_time_ns", false },
	{ "lost_exits", false }, { "lost_slots", false }, { "lost_events", false },
};

#define NR(array)	(sizeof(array) / sizeof((array)[0]))

static const char *fact_text(const struct kxt_summary *s, size_t fact)
{
	return fact == 0 ? s->collector : fact == 1 ? s->host : s->kernel;
}

/* False if it is not known. */
static bool fact_number(const struct kxt_summary *s, size_t fact, uint64_t *value)
{
	const uint64_t number[] = {
		s->interval_ns, s->begin_time_ns, s->end_time_ns, s->lost.exits,
		s->lost.slots, s->lost.events,
	};

	*value = number[fact - 3];
	return *value || (fact != 4 && fact != 5);
}

static const char *boolean(bool value)
{
	return value ? "true" : "false";
}

/**
 * struct out - where values go
 * @f: stream
 * @json: names and null; else CSV
 * @failed: out of memory
 */
struct out {
	FILE *f;
	bool json;
	bool failed;
};

static void put_key(struct out *o, const char *name, const char *suffix)
{
	if (o->json)
		fprintf(o->f, ", \"%s%s\": ", name, suffix);
	else
		fputc(',', o->f);
}

static void put_text(struct out *o, const char *text)
{
	char clean[3 * 72 + 1];
	json_t *value;

	if (!o->json) {
		kxt_csv_string(o->f, text);
		return;
	}
	kxt_utf8_clean(clean, text);
	value = json_string(clean);
	if (!value || json_dumpf(value, o->f, JSON_ENCODE_ANY))
		o->failed = true;
	json_decref(value);
}

/* An amount of @decimals, or what stands for an unknown one. */
static void put_number(struct out *o, bool known, double value, int decimals)
{
	char text[64];

	if (known) {
		snprintf(text, sizeof(text), "%.*f", decimals, value);
		/* What is too little to be seen has no sign. */
		fputs(text + (strspn(text, "-0.") == strlen(text) && *text == '-'), o->f);
	} else if (o->json) {
		fputs("null", o->f);
	}
}

static void put_numbers(struct out *o, const struct kxt_diff_row *row)
{
	for (size_t i = 0; i < NR(numbers); i++) {
		const struct number *n = &numbers[i];
		const struct kxt_diff_side *a = &row->side[KXT_DIFF_A];
		const struct kxt_diff_side *b = &row->side[KXT_DIFF_B];
		double change;
		bool known = kxt_diff_change(row, n->num, &change);

		put_key(o, n->name, "_a");
		put_number(o, a->known[n->num], a->value[n->num], n->decimals);
		put_key(o, n->name, "_b");
		put_number(o, b->known[n->num], b->value[n->num], n->decimals);
		if (!n->change)
			continue;
		put_key(o, n->name, "_change");
		put_number(o, known, change, n->decimals);
	}
}

static void put_facts(struct out *o, const struct kxt_view_diff *v)
{
	for (unsigned int side = 0; side < KXT_DIFF_SIDES; side++) {
		for (size_t i = 0; i < NR(facts); i++) {
			uint64_t value;

			put_key(o, facts[i].name, side ? "_b" : "_a");
			if (facts[i].text)
				put_text(o, fact_text(v->sum[side], i));
			else if (fact_number(v->sum[side], i, &value))
				fprintf(o->f, "%" PRIu64, value);
			else if (o->json)
				fputs("null", o->f);
		}
	}
}

static const char *matched_by(const struct kxt_diff *d)
{
	return d->by_class ? "class" : "reason";
}

/* reason, class, isa, level; what a whole class has not is not known */
static void put_reason(struct out *o, const struct kxt_reason_id *id)
{
	const char *class = kxt_class_name(kxt_reason_id_class(id));
	const char *none = o->json ? "null" : "";
	char name[32];

	if (o->json)
		fputs("\"reason\": ", o->f);
	else
		fputc(',', o->f);
	if (id->grouped)
		fputs(none, o->f);
	else
		put_text(o, kxt_reason_name(id->isa, id->code, name, sizeof(name)));
	put_key(o, "class", "");
	put_text(o, class);
	put_key(o, "isa", "");
	if (id->grouped)
		fputs(none, o->f);
	else
		put_text(o, kxt_isa_name(id->isa));
	put_key(o, "level", "");
	if (id->level)
		fprintf(o->f, "%" PRIu32, id->level);
	else
		fputs(none, o->f);
}

static void json_vm(struct out *o, const struct kxt_diff_vm *vm, bool all)
{
	fputs("{ \"vm\": ", o->f);
	if (all)
		fputs("null", o->f);
	else
		put_text(o, vm->name);
	fprintf(o->f, ", \"in_a\": %s, \"in_b\": %s", boolean(vm->all.side[KXT_DIFF_A].is),
		boolean(vm->all.side[KXT_DIFF_B].is));
	put_numbers(o, &vm->all);
	fputs(",\n      \"reasons\": [", o->f);
	for (unsigned int i = 0; i < vm->nr; i++) {
		fprintf(o->f, "%s\n        { ", i ? "," : "");
		put_reason(o, &vm->row[i].id);
		put_numbers(o, &vm->row[i]);
		fputs(" }", o->f);
	}
	fputs("] }", o->f);
}

int kxt_view_diff_json(FILE *f, const struct kxt_view_diff *v)
{
	struct out o = { .f = f, .json = true };

	fprintf(f, "{ \"schema_version\": 1, \"matched_by\": \"%s\", \"levels\": %s",
		matched_by(v->diff), boolean(!v->diff->no_levels && !v->diff->by_class));
	put_facts(&o, v);
	fputs(",\n  \"all\": ", f);
	json_vm(&o, &v->diff->all, true);
	fputs(",\n  \"vms\": [", f);
	for (unsigned int i = 0; i < v->diff->nr; i++) {
		fprintf(f, "%s\n    ", i ? "," : "");
		json_vm(&o, &v->diff->vm[i], false);
	}
	fputs("] }\n", f);
	if (o.failed)
		errno = ENOMEM;
	return o.failed || ferror(f) ? -1 : 0;
}

static void csv_header(FILE *f)
{
	fputs("schema_version,scope,vm,in_a,in_b,reason,class,isa,level", f);
	for (size_t i = 0; i < NR(numbers); i++) {
		fprintf(f, ",%s_a,%s_b", numbers[i].name, numbers[i].name);
		if (numbers[i].change)
			fprintf(f, ",%s_change", numbers[i].name);
	}
	fputs(",matched_by,levels", f);
	for (unsigned int side = 0; side < KXT_DIFF_SIDES; side++) {
		for (size_t i = 0; i < NR(facts); i++)
			fprintf(f, ",%s_%c", facts[i].name, 'a' + (int)side);
	}
	fputc('\n', f);
}

/* @row: a reason, or NULL: all of the VM. */
static void csv_line(struct out *o, const struct kxt_view_diff *v,
		     const struct kxt_diff_vm *vm, bool all, const struct kxt_diff_row *row)
{
	fprintf(o->f, "1,%s,", all ? "all" : "vm");
	if (!all)
		put_text(o, vm->name);
	fprintf(o->f, ",%s,%s", boolean(vm->all.side[KXT_DIFF_A].is),
		boolean(vm->all.side[KXT_DIFF_B].is));
	if (row)
		put_reason(o, &row->id);
	else
		fputs(",,,,", o->f);
	put_numbers(o, row ? row : &vm->all);
	fprintf(o->f, ",%s,%s", matched_by(v->diff),
		boolean(!v->diff->no_levels && !v->diff->by_class));
	put_facts(o, v);
	fputc('\n', o->f);
}

static void csv_vm(struct out *o, const struct kxt_view_diff *v,
		   const struct kxt_diff_vm *vm, bool all)
{
	csv_line(o, v, vm, all, NULL);
	for (unsigned int i = 0; i < vm->nr; i++)
		csv_line(o, v, vm, all, &vm->row[i]);
}

int kxt_view_diff_csv(FILE *f, const struct kxt_view_diff *v)
{
	struct out o = { .f = f };

	csv_header(f);
	csv_vm(&o, v, &v->diff->all, true);
	for (unsigned int i = 0; i < v->diff->nr; i++)
		csv_vm(&o, v, &v->diff->vm[i], false);
	return ferror(f) ? -1 : 0;
}
