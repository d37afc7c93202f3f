// SPDX-License-Identifier: GPL-2.0-only
/*
 * Schema 1 of "dump --json". The frame is written here, one reason a line, so
 * that people and diff can read it; strings and reasons are jansson's, and only
 * one reason is in memory at a time.
 */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

#include "module/bucket.h"
#include "user/reason.h"
#include "user/stats.h"
#include "user/utf8.h"
#include "user/view.h"

/* jansson's integers are signed; a counter that large does not exist. */
static json_t *number(uint64_t value)
{
	return json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value);
}

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
		edge = i == KXT_BUCKET_OVER ? json_null() : number(kxt_bucket_high(i));
		if (json_array_append_new(list, json_pack("[o, o]", edge,
							  number(e->hist[i])))) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *code(uint64_t value)
{
	/* Ours, not the hardware's. */
	if (value == KVMEXIT_CODE_OTHER || value == KVMEXIT_CODE_UNREADABLE)
		return json_null();
	return number(value);
}

static json_t *percentile(const struct kxt_entry *e, unsigned int permille)
{
	uint64_t ns;

	if (!kxt_hist_percentile(e->hist, e->max_ns, permille, &ns))
		return json_null();
	return number(ns);
}

/* null: what no collector measures yet. */
static json_t *reason(const struct kxt_entry *e, uint32_t isa)
{
	char name[32];

	return json_pack("{s:s, s:o, s:s, s:s, s:o, s:I, s:o, s:o, s:n, s:n, s:n, s:n,"
			 " s:n, s:n, s:o, s:o, s:o, s:o, s:o, s:o, s:n}",
			 "reason", kxt_reason_name(isa, e->code, name, sizeof(name)),
			 "code", code(e->code),
			 "isa", kxt_isa_name(isa),
			 "class", kxt_class_name(kxt_reason_class(isa, e->code)),
			 "count", number(e->count),
			 "unpaired", (json_int_t)e->unpaired,
			 "total_ns", number(e->total_ns),
			 "max_ns", number(e->max_ns),
			 "idle_ns", "poll_ns", "runq_ns", "vmm_count", "vmm_ns", "kernel_ns",
			 "mean_ns", e->timed ? number(kxt_entry_mean_ns(e)) : json_null(),
			 "p50_ns", percentile(e, 500),
			 "p90_ns", percentile(e, 900),
			 "p99_ns", percentile(e, 990),
			 "p999_ns", percentile(e, 999),
			 "buckets", buckets(e),
			 "details");
}

static int put_reasons(FILE *f, const char *indent, const struct kxt_entry *e,
		       unsigned int nr, uint32_t isa)
{
	fprintf(f, "%s\"reasons\": [", indent);
	for (unsigned int i = 0; i < nr; i++) {
		fprintf(f, "%s\n%s  ", i ? "," : "", indent);
		if (put(f, reason(&e[i], isa)))
			return -1;
	}
	fputs("]", f);
	return 0;
}

static int put_vcpu(FILE *f, const struct kxt_vcpu *v, const struct kxt_entry *all)
{
	fprintf(f, "        { \"id\": %" PRIu32 ", \"tid\": %" PRIu32 ", \"ended\": %s,"
		" \"guest_ns\": %" PRIu64 ", \"exits\": %" PRIu64
		", \"backwards\": %" PRIu64 ",\n",
		v->id, v->tid, v->ended ? "true" : "false", v->guest_ns, all->count,
		v->backwards);
	if (put_reasons(f, "          ", v->entry, v->nr, v->isa))
		return -1;
	fputs(" }", f);
	return 0;
}

static int put_vm(FILE *f, const struct kxt_vm *vm)
{
	fputs("    { ", f);
	if (put_string(f, "name", vm->name))
		return -1;
	fprintf(f, ", \"pid\": %" PRIu32 ", \"ended\": %s, \"guest_ns\": %" PRIu64
		", \"exits\": %" PRIu64 ",\n      \"vcpus\": [",
		vm->pid, vm->ended ? "true" : "false", vm->guest_ns, vm->all.count);
	for (unsigned int i = 0; i < vm->nr_vcpus; i++) {
		fputs(i ? ",\n" : "\n", f);
		if (put_vcpu(f, &vm->vcpu[i], &vm->vcpu_all[i]))
			return -1;
	}
	fputs("],\n", f);
	if (put_reasons(f, "      ", vm->reason, vm->nr_reasons, vm->isa))
		return -1;
	fputs(" }", f);
	return 0;
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
	fprintf(f, ",\n  \"delta\": %s,\n  \"interval_ns\": %" PRIu64 ",\n"
		"  \"lost\": { \"exits\": %" PRIu64 ", \"slots\": %" PRIu64
		", \"events\": %" PRIu64 " },\n  \"vms\": [",
		s->delta ? "true" : "false", s->interval_ns, s->lost.exits,
		s->lost.slots, s->lost.events);
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
		if (put_vm(f, &s->vm[i]))
			return -1;
	}
	fputs("] }\n", f);
	return ferror(f) ? -1 : 0;
}
