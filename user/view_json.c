// SPDX-License-Identifier: GPL-2.0-only
/*
 * Schema 1 of "dump --json" and "report --json". The frame is written here, one
 * reason a line, so that people and diff can read it; strings and reasons are
 * jansson's, and only one reason is in memory at a time.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "module/bucket.h"
#include "user/detail.h"
#include "user/json.h"
#include "user/parts.h"
#include "user/reason.h"
#include "user/stats.h"
#include "user/utf8.h"
#include "user/view.h"
#include "user/view_details.h"

static int put(FILE *f, json_t *value)
{
	int ret = value ? json_dumpf(value, f, JSON_COMPACT | JSON_ENCODE_ANY) : -1;

	json_decref(value);
	return ret;
}

static int put_string(FILE *f, const char *key, const char *value)
{
	char clean[3 * 72 + 1];

	kxt_utf8_clean(clean, value);
	fprintf(f, "\"%s\": ", key);
	return put(f, json_string(clean));
}

static json_t *buckets(const struct kxt_entry *e)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < KVMEXIT_NR_BUCKETS; i++) {
		json_t *edge;

		if (!e->hist[i])
			continue;
		edge = i == KXT_BUCKET_OVER ? json_null() : kxt_json_number(kxt_bucket_high(i));
		if (json_array_append_new(list, json_pack("[o, o]", edge,
							  kxt_json_number(e->hist[i])))) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

/**
 * struct rows - the reasons of a VM or vCPU
 * @entry: reasons
 * @nr: how many
 * @isa: enum kvmexit_isa
 * @knows: KXT_KNOWS_*
 * @details: what is behind them was asked for
 * @detail: it
 * @nr_details: rows in @detail
 */
struct rows {
	const struct kxt_entry *entry;
	unsigned int nr;
	uint32_t isa;
	uint32_t knows;
	bool details;
	const struct kxt_detail *detail;
	unsigned int nr_details;
};

static json_t *percentile(const struct kxt_entry *e, unsigned int permille)
{
	uint64_t ns;

	if (!kxt_hist_percentile(e->hist, e->max_ns, permille, &ns))
		return json_null();
	return kxt_json_number(ns);
}

/* The row of what has no key of its own has no direction either. */
static json_t *detail(const struct kxt_detail *d)
{
	char key[32] = "other";

	if (!d->rest)
		kxt_detail_key(d->kind, d->key, key, sizeof(key));
	return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
			 "kind", kxt_kind_name(d->kind),
			 "key", key,
			 "dir", kxt_json_string_if(d->rest ? NULL :
					  kxt_access_dir(d->kind, d->access)),
			 "fault", d->rest ? json_null() : kxt_json_fault(d->kind, d->access),
			 "virtual", d->rest ? json_null() :
				    kxt_json_virtual(d->kind, d->access),
			 "name", kxt_json_string_if(d->rest ? NULL :
					   kxt_detail_name(d->kind, d->key)),
			 "count", kxt_json_number(d->count),
			 "error", kxt_json_number(d->error),
			 "total_ns", kxt_json_number(d->ns),
			 "error_ns", kxt_json_number(d->error_ns),
			 "one_in", kxt_json_number(d->one_in));
}

static json_t *details(const struct rows *rows, const struct kxt_entry *e)
{
	const struct kxt_detail **sorted;
	json_t *list;
	int nr;

	if (!rows->details)
		return json_null();
	nr = kxt_view_details(rows->detail, rows->nr_details, e, &sorted);
	list = nr < 0 ? NULL : json_array();
	for (int i = 0; list && i < nr; i++) {
		if (json_array_append_new(list, detail(sorted[i]))) {
			json_decref(list);
			list = NULL;
		}
	}
	free(sorted);
	return list;
}

static json_t *reason(const struct rows *rows, const struct kxt_entry *e)
{
	bool idle = rows->knows & KXT_KNOWS_IDLE, vmm = rows->knows & KXT_KNOWS_VMM;
	uint32_t isa = rows->isa;
	struct kxt_parts p;
	char name[32];

	kxt_parts_make(&p, e, rows->knows);
	return json_pack("{s:s, s:o, s:s, s:s, s:o, s:o, s:I, s:o, s:o, s:o, s:o, s:o, s:o,"
			 " s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
			 "reason", kxt_reason_name(isa, e->code, name, sizeof(name)),
			 "code", kxt_json_number_if(!kxt_reason_is_own(e->code), e->code),
			 "isa", kxt_isa_name(isa),
			 "class", kxt_class_name(kxt_reason_class(isa, e->code)),
			 "level", kxt_json_number_if(rows->knows & KXT_KNOWS_LEVEL && e->level,
					    e->level),
			 "count", kxt_json_number(e->count),
			 "unpaired", (json_int_t)e->unpaired,
			 "total_ns", kxt_json_number(e->total_ns),
			 "max_ns", kxt_json_number(e->max_ns),
			 "idle_ns", kxt_json_number_if(idle, e->idle_ns),
			 "poll_ns", kxt_json_number_if(idle, e->poll_ns),
			 "runq_ns", kxt_json_number_if(rows->knows & KXT_KNOWS_RUNQ, e->runq_ns),
			 "vmm_count", kxt_json_number_if(vmm, e->vmm_count),
			 "vmm_ns", kxt_json_number_if(vmm, e->vmm_ns),
			 "kernel_ns", kxt_json_number_if(p.known[KXT_PART_KERNEL],
						p.ns[KXT_PART_KERNEL]),
			 "mean_ns", kxt_json_number_if(e->timed, kxt_entry_mean_ns(e)),
			 "p50_ns", percentile(e, 500),
			 "p90_ns", percentile(e, 900),
			 "p99_ns", percentile(e, 990),
			 "p999_ns", percentile(e, 999),
			 "buckets", buckets(e),
			 "details", details(rows, e));
}

static int put_reasons(FILE *f, const char *indent, const struct rows *rows)
{
	fprintf(f, "%s\"reasons\": [", indent);
	for (unsigned int i = 0; i < rows->nr; i++) {
		fprintf(f, "%s\n%s  ", i ? "," : "", indent);
		if (put(f, reason(rows, &rows->entry[i])))
			return -1;
	}
	fputs("]", f);
	return 0;
}

/* The parts of all the exits of a VM or vCPU. */
static void put_parts(FILE *f, const struct kxt_entry *all, uint32_t knows)
{
	static const struct {
		const char *key;
		enum kxt_part part;
	} part[] = {
		{ "kernel_ns", KXT_PART_KERNEL },
		{ "vmm_ns", KXT_PART_VMM },
		{ "idle_ns", KXT_PART_IDLE },
		{ "runq_ns", KXT_PART_RUNQ },
	};
	struct kxt_parts p;

	kxt_parts_make(&p, all, knows);
	for (size_t i = 0; i < sizeof(part) / sizeof(part[0]); i++) {
		fprintf(f, " \"%s\": ", part[i].key);
		if (p.known[part[i].part])
			fprintf(f, "%" PRIu64 ",", p.ns[part[i].part]);
		else
			fputs("null,", f);
	}
}

static int put_vcpu(FILE *f, const struct kxt_vm *vm, unsigned int n, bool details)
{
	const struct kxt_vcpu *v = &vm->vcpu[n];
	struct rows rows = { v->entry, v->nr, v->isa, v->knows,
			     details, v->detail, v->nr_details };
	struct kxt_entry all;

	kxt_vm_vcpu_sum(vm, n, &all);
	fprintf(f, "        { \"id\": %" PRIu32 ", \"tid\": %" PRIu32 ", \"ended\": %s,"
		" \"guest_ns\": %" PRIu64 ",",
		v->id, v->tid, v->ended ? "true" : "false", v->guest_ns);
	put_parts(f, &all, v->knows);
	fprintf(f, " \"exits\": %" PRIu64 ", \"backwards\": %" PRIu64 ",\n", all.count,
		v->backwards);
	if (put_reasons(f, "          ", &rows))
		return -1;
	fputs(" }", f);
	return 0;
}

static int put_vm(FILE *f, const struct kxt_vm *vm, bool details)
{
	struct rows rows = { vm->reason, vm->nr_reasons, vm->isa, vm->knows,
			     details, vm->detail, vm->nr_details };

	fputs("    { ", f);
	if (put_string(f, "name", vm->name))
		return -1;
	fprintf(f, ", \"pid\": %" PRIu32 ", \"ended\": %s, \"guest_ns\": %" PRIu64 ",",
		vm->pid, vm->ended ? "true" : "false", vm->guest_ns);
	put_parts(f, &vm->all, vm->knows);
	fprintf(f, " \"exits\": %" PRIu64 ",\n      \"vcpus\": [", vm->all.count);
	for (unsigned int i = 0; i < vm->nr_vcpus; i++) {
		fputs(i ? ",\n" : "\n", f);
		if (put_vcpu(f, vm, i, details))
			return -1;
	}
	fputs("],\n", f);
	if (put_reasons(f, "      ", &rows))
		return -1;
	fputs(" }", f);
	return 0;
}

static void put_overhead(FILE *f, const struct kxt_summary *s)
{
	double ns, share;

	fputs("  \"overhead\": { \"ns_per_exit\": ", f);
	if (kxt_summary_cost_ns(s, &ns))
		fprintf(f, "%.1f", ns);
	else
		fputs("null", f);
	fputs(", \"cpu_percent\": ", f);
	if (kxt_summary_cost_share(s, &share))
		fprintf(f, "%.4f", 100 * share);
	else
		fputs("null", f);
	fputs(" },\n", f);
}

/* The wall's clock, where it is known. */
static void put_time(FILE *f, const char *key, uint64_t time_ns)
{
	fprintf(f, "  \"%s\": ", key);
	if (time_ns)
		fprintf(f, "%" PRIu64 ",\n", time_ns);
	else
		fputs("null,\n", f);
}

static int put_head(FILE *f, const struct kxt_summary *s)
{
	fputs("{ \"schema_version\": 1,\n  ", f);
	if (put_string(f, "collector", s->collector))
		return -1;
	fputs(",\n  ", f);
	if (put_string(f, "host", s->host))
		return -1;
	fputs(",\n  ", f);
	if (put_string(f, "kernel", s->kernel))
		return -1;
	fprintf(f, ",\n  \"delta\": %s,\n  \"interval_ns\": %" PRIu64 ",\n",
		s->delta ? "true" : "false", s->interval_ns);
	put_time(f, "begin_time_ns", s->begin_time_ns);
	put_time(f, "end_time_ns", s->end_time_ns);
	fprintf(f, "  \"lost\": { \"exits\": %" PRIu64 ", \"slots\": %" PRIu64
		", \"events\": %" PRIu64 " },\n  \"details\": %s,\n",
		s->lost.exits, s->lost.slots, s->lost.events,
		s->details ? "true" : "false");
	put_overhead(f, s);
	fputs("  \"vms\": [", f);
	return 0;
}

int kxt_view_json(FILE *f, const struct kxt_summary *s)
{
	/* What jansson fails with when it is not the stream: it does not say. */
	errno = ENOMEM;
	if (put_head(f, s))
		return -1;
	for (unsigned int i = 0; i < s->nr; i++) {
		fputs(i ? ",\n" : "\n", f);
		if (put_vm(f, &s->vm[i], s->details))
			return -1;
	}
	fputs("] }\n", f);
	return ferror(f) ? -1 : 0;
}
