/* SPDX-License-Identifier: GPL-2.0-only */
/* Is a dump in JSON what the summary says? Includes cmocka. */
#ifndef KXT_TEST_JSON_SUMMARY_H
#define KXT_TEST_JSON_SUMMARY_H

#include <stdlib.h>

#include "tests/unit/json.h"
#include "user/detail.h"
#include "user/reason.h"
#include "user/stats.h"
#include "user/view.h"

/**
 * struct rows - what is expected of the reasons of a VM or vCPU
 * @entry: reasons
 * @nr: how many
 * @isa: enum kvmexit_isa
 * @knows: KXT_KNOWS_*
 * @details: they were asked for
 * @detail: they
 * @nr_details: rows in @detail
 */
struct rows {
	const struct kxt_entry *entry;
	unsigned int nr;
	uint32_t isa, knows;
	bool details;
	const struct kxt_detail *detail;
	unsigned int nr_details;
};

/* Print and parse again; jansson refuses double keys and bad UTF-8. */
UNUSED static json_t *print_and_parse(const struct kxt_summary *s)
{
	json_error_t error;
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	json_t *root;

	assert_non_null(f);
	assert_int_equal(kxt_view_json(f, s), 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(strlen(text), len);
	assert_int_equal(text[len - 1], '\n');
	root = json_loads(text, JSON_REJECT_DUPLICATES, &error);
	if (!root)
		print_error("line %d: %s\n", error.line, error.text);
	assert_non_null(root);
	free(text);
	return root;
}

UNUSED static void check_percentile(json_t *r, const char *key, const struct kxt_entry *e,
			     unsigned int permille)
{
	uint64_t ns;

	if (kxt_hist_percentile(e->hist, e->max_ns, permille, &ns))
		assert_int_equal(get_u64(r, key), ns);
	else
		assert_true(json_is_null(get(r, key)));
}

UNUSED static void check_buckets(json_t *list, const struct kxt_entry *e)
{
	size_t at = 0;

	for (unsigned int i = 0; i < KVMEXIT_NR_BUCKETS; i++) {
		json_t *pair;

		if (!e->hist[i])
			continue;
		pair = json_array_get(list, at++);
		assert_int_equal(json_array_size(pair), 2);
		if (i == KXT_BUCKET_OVER)
			assert_true(json_is_null(json_array_get(pair, 0)));
		else
			assert_int_equal(json_integer_value(json_array_get(pair, 0)),
					 kxt_bucket_low(i + 1));
		assert_int_equal(json_integer_value(json_array_get(pair, 1)), e->hist[i]);
	}
	assert_int_equal(json_array_size(list), at);
}

UNUSED static bool is_row_of(json_t *row, const struct kxt_detail *d)
{
	char key[32] = "other";

	if (!d->rest)
		kxt_detail_key(d->kind, d->key, key, sizeof(key));
	if (strcmp(get_string(row, "kind"), kxt_kind_name(d->kind)) ||
	    strcmp(get_string(row, "key"), key) || get_u64(row, "count") != d->count)
		return false;
	check_word(row, "name", d->rest ? NULL : kxt_detail_name(d->kind, d->key));
	check_word(row, "dir", d->rest ? NULL : kxt_access_dir(d->kind, d->access));
	check_word(row, "fault", d->rest ? NULL : kxt_access_fault(d->kind, d->access));
	if (d->rest || d->kind != KVMEXIT_KIND_GPA)
		assert_true(json_is_null(get(row, "virtual")));
	else
		assert_int_equal(get_bool(row, "virtual"),
				 !!(d->access & KVMEXIT_ACCESS_VIRTUAL));
	assert_int_equal(get_u64(row, "error"), d->error);
	assert_int_equal(get_u64(row, "total_ns"), d->ns);
	assert_int_equal(get_u64(row, "error_ns"), d->error_ns);
	assert_int_equal(get_u64(row, "one_in"), d->one_in);
	return true;
}

/* By kind, the largest first, the rest last. */
UNUSED static void check_order(json_t *a, json_t *b)
{
	bool rest = !strcmp(get_string(a, "key"), "other");

	if (strcmp(get_string(a, "kind"), get_string(b, "kind")))
		return;
	assert_false(rest);
	if (strcmp(get_string(b, "key"), "other"))
		assert_true(get_u64(a, "count") >= get_u64(b, "count"));
}

UNUSED static void check_details(json_t *list, const struct rows *rows,
				 const struct kxt_entry *e)
{
	static const char *const key[] = {
		"kind", "key", "dir", "fault", "virtual", "name", "count", "error", "total_ns",
		"error_ns", "one_in", NULL };
	size_t want = 0;

	if (!rows->details) {
		assert_true(json_is_null(list));
		return;
	}
	assert_true(json_is_array(list));
	for (unsigned int i = 0; i < rows->nr_details; i++) {
		const struct kxt_detail *d = &rows->detail[i];
		unsigned int found = 0;

		if (d->code != e->code || d->level != e->level || (d->rest && !d->count))
			continue;
		want++;
		for (size_t j = 0; j < json_array_size(list); j++)
			found += is_row_of(json_array_get(list, j), d);
		assert_true(found >= 1);
	}
	assert_int_equal(json_array_size(list), want);
	for (size_t j = 0; j < want; j++) {
		check_keys(json_array_get(list, j), key);
		if (j)
			check_order(json_array_get(list, j - 1), json_array_get(list, j));
	}
}

UNUSED static void check_parts(json_t *r, const struct kxt_entry *e, uint32_t knows)
{
	bool idle = knows & KXT_KNOWS_IDLE, vmm = knows & KXT_KNOWS_VMM;

	check_if(r, "idle_ns", idle, e->idle_ns);
	check_if(r, "runq_ns", knows & KXT_KNOWS_RUNQ, e->runq_ns);
	check_if(r, "vmm_ns", vmm, e->vmm_ns);
	check_if(r, "kernel_ns", idle && vmm,
		 e->total_ns - e->idle_ns - e->runq_ns - e->vmm_ns);
}

UNUSED static void check_reason(json_t *r, const struct rows *rows, const struct kxt_entry *e)
{
	static const char *const key[] = {
		"reason", "code", "isa", "class", "level", "count", "unpaired", "total_ns",
		"max_ns", "idle_ns", "poll_ns", "runq_ns", "vmm_count", "vmm_ns",
		"kernel_ns", "mean_ns", "p50_ns", "p90_ns", "p99_ns", "p999_ns", "buckets",
		"details", NULL };
	uint32_t isa = rows->isa, knows = rows->knows;
	char name[32];

	check_keys(r, key);
	assert_string_equal(get_string(r, "reason"),
			    kxt_reason_name(isa, e->code, name, sizeof(name)));
	assert_string_equal(get_string(r, "isa"), kxt_isa_name(isa));
	assert_string_equal(get_string(r, "class"),
			    kxt_class_name(kxt_reason_class(isa, e->code)));
	check_if(r, "code", e->code < KVMEXIT_CODE_SIGNAL, e->code);
	check_if(r, "level", knows & KXT_KNOWS_LEVEL && e->level, e->level);
	assert_int_equal(get_u64(r, "count"), e->count);
	assert_int_equal((int64_t)get_u64(r, "unpaired"), e->unpaired);
	assert_int_equal(get_u64(r, "total_ns"), e->total_ns);
	assert_int_equal(get_u64(r, "max_ns"), e->max_ns);
	check_parts(r, e, knows);
	check_if(r, "poll_ns", knows & KXT_KNOWS_IDLE, e->poll_ns);
	check_if(r, "vmm_count", knows & KXT_KNOWS_VMM, e->vmm_count);
	check_if(r, "mean_ns", e->timed,
		 e->timed ? (e->total_ns - e->idle_ns) / e->timed : 0);
	check_percentile(r, "p50_ns", e, 500);
	check_percentile(r, "p90_ns", e, 900);
	check_percentile(r, "p99_ns", e, 990);
	check_percentile(r, "p999_ns", e, 999);
	check_buckets(get(r, "buckets"), e);
	check_details(get(r, "details"), rows, e);
}

UNUSED static void check_reasons(json_t *list, const struct rows *rows)
{
	assert_true(json_is_array(list));
	assert_int_equal(json_array_size(list), rows->nr);
	for (unsigned int i = 0; i < rows->nr; i++)
		check_reason(json_array_get(list, i), rows, &rows->entry[i]);
}

UNUSED static void check_vcpu(json_t *v, const struct kxt_vcpu *w, const struct kxt_entry *all,
		       bool details)
{
	static const char *const key[] = {
		"id", "tid", "ended", "guest_ns", "kernel_ns", "vmm_ns", "idle_ns",
		"runq_ns", "exits", "backwards", "reasons", NULL };
	struct rows rows = { w->entry, w->nr, w->isa, w->knows, details, w->detail,
			     w->nr_details };

	check_keys(v, key);
	assert_int_equal(get_u64(v, "id"), w->id);
	assert_int_equal(get_u64(v, "tid"), w->tid);
	assert_int_equal(get_bool(v, "ended"), w->ended);
	assert_int_equal(get_u64(v, "guest_ns"), w->guest_ns);
	check_parts(v, all, w->knows);
	assert_int_equal(get_u64(v, "exits"), all->count);
	assert_int_equal(get_u64(v, "backwards"), w->backwards);
	check_reasons(get(v, "reasons"), &rows);
}

UNUSED static void check_vm(json_t *vm, const struct kxt_vm *want, bool details)
{
	static const char *const key[] = {
		"name", "pid", "ended", "guest_ns", "kernel_ns", "vmm_ns", "idle_ns",
		"runq_ns", "exits", "vcpus", "reasons", NULL };
	struct rows rows = { want->reason, want->nr_reasons, want->isa, want->knows,
			     details, want->detail, want->nr_details };
	json_t *vcpus = get(vm, "vcpus");

	check_keys(vm, key);
	assert_int_equal(get_u64(vm, "pid"), want->pid);
	assert_int_equal(get_bool(vm, "ended"), want->ended);
	assert_int_equal(get_u64(vm, "guest_ns"), want->guest_ns);
	check_parts(vm, &want->all, want->knows);
	assert_int_equal(get_u64(vm, "exits"), want->all.count);
	assert_int_equal(json_array_size(vcpus), want->nr_vcpus);
	for (unsigned int i = 0; i < want->nr_vcpus; i++) {
		struct kxt_entry all;

		kxt_vm_vcpu_sum(want, i, &all);
		check_vcpu(json_array_get(vcpus, i), &want->vcpu[i], &all, details);
	}
	check_reasons(get(vm, "reasons"), &rows);
}

UNUSED static void check_overhead(json_t *overhead, const struct kxt_summary *s)
{
	static const char *const key[] = { "ns_per_exit", "cpu_percent", NULL };
	json_t *ns = get(overhead, "ns_per_exit");
	json_t *percent = get(overhead, "cpu_percent");
	double want;

	check_keys(overhead, key);
	if (kxt_summary_cost_ns(s, &want)) {
		assert_true(json_is_real(ns));
		assert_float_equal(json_real_value(ns), want, 0.051);
	} else {
		assert_true(json_is_null(ns));
	}
	if (kxt_summary_cost_share(s, &want)) {
		assert_true(json_is_real(percent));
		assert_float_equal(json_real_value(percent), 100 * want, 0.000051);
	} else {
		assert_true(json_is_null(percent));
	}
}

UNUSED static json_t *check_summary(const struct kxt_summary *s)
{
	static const char *const key[] = {
		"schema_version", "collector", "host", "kernel", "delta", "interval_ns",
		"begin_time_ns", "end_time_ns", "lost", "details", "overhead", "vms",
		NULL };
	static const char *const lost_key[] = { "exits", "slots", "events", NULL };
	json_t *root = print_and_parse(s);

	check_keys(root, key);
	assert_int_equal(get_u64(root, "schema_version"), 1);
	assert_string_equal(get_string(root, "collector"), s->collector);
	assert_string_equal(get_string(root, "host"), s->host);
	assert_string_equal(get_string(root, "kernel"), s->kernel);
	assert_int_equal(get_bool(root, "delta"), s->delta);
	assert_int_equal(get_u64(root, "interval_ns"), s->interval_ns);
	check_if(root, "begin_time_ns", s->begin_time_ns, s->begin_time_ns);
	check_if(root, "end_time_ns", s->end_time_ns, s->end_time_ns);
	check_keys(get(root, "lost"), lost_key);
	assert_int_equal(get_u64(get(root, "lost"), "exits"), s->lost.exits);
	assert_int_equal(get_u64(get(root, "lost"), "slots"), s->lost.slots);
	assert_int_equal(get_u64(get(root, "lost"), "events"), s->lost.events);
	assert_int_equal(get_bool(root, "details"), s->details);
	check_overhead(get(root, "overhead"), s);
	assert_int_equal(json_array_size(get(root, "vms")), s->nr);
	for (unsigned int i = 0; i < s->nr; i++)
		check_vm(json_array_get(get(root, "vms"), i), &s->vm[i], s->details);
	return root;
}

#endif /* KXT_TEST_JSON_SUMMARY_H */
