// SPDX-License-Identifier: GPL-2.0-only
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/build.h"
#include "user/collector.h"
#include "user/reason.h"
#include "user/stats.h"
#include "user/view.h"

/* Print and parse again; jansson refuses double keys and bad UTF-8. */
static json_t *print_and_parse(const struct kxt_summary *s)
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

static json_t *get(json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	if (!value)
		print_error("there is no \"%s\"\n", key);
	assert_non_null(value);
	return value;
}

static uint64_t get_u64(json_t *object, const char *key)
{
	json_t *value = get(object, key);

	assert_true(json_is_integer(value));
	return json_integer_value(value);
}

static const char *get_string(json_t *object, const char *key)
{
	json_t *value = get(object, key);

	assert_true(json_is_string(value));
	return json_string_value(value);
}

static bool get_bool(json_t *object, const char *key)
{
	json_t *value = get(object, key);

	assert_true(json_is_boolean(value));
	return json_is_true(value);
}

static void check_keys(json_t *object, const char *const *key)
{
	const char *have;
	json_t *value;

	json_object_foreach(object, have, value) {
		assert_non_null(*key);
		assert_string_equal(have, *key++);
	}
	assert_null(*key);
}

static void check_percentile(json_t *r, const char *key, const struct kxt_entry *e,
			     unsigned int permille)
{
	uint64_t ns;

	if (kxt_hist_percentile(e->hist, e->max_ns, permille, &ns))
		assert_int_equal(get_u64(r, key), ns);
	else
		assert_true(json_is_null(get(r, key)));
}

static void check_buckets(json_t *list, const struct kxt_entry *e)
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

static void check_reason(json_t *r, const struct kxt_entry *e, uint32_t isa)
{
	static const char *const key[] = {
		"reason", "code", "isa", "class", "count", "unpaired", "total_ns", "max_ns",
		"idle_ns", "poll_ns", "runq_ns", "vmm_count", "vmm_ns", "kernel_ns",
		"mean_ns", "p50_ns", "p90_ns", "p99_ns", "p999_ns", "buckets", "details",
		NULL };
	static const char *const unknown[] = {
		"idle_ns", "poll_ns", "runq_ns", "vmm_count", "vmm_ns", "kernel_ns",
		"details" };
	char name[32];

	check_keys(r, key);
	assert_string_equal(get_string(r, "reason"),
			    kxt_reason_name(isa, e->code, name, sizeof(name)));
	assert_string_equal(get_string(r, "isa"), kxt_isa_name(isa));
	assert_string_equal(get_string(r, "class"),
			    kxt_class_name(kxt_reason_class(isa, e->code)));
	if (e->code >= KVMEXIT_CODE_UNREADABLE)
		assert_true(json_is_null(get(r, "code")));
	else
		assert_true(get_u64(r, "code") == e->code);
	assert_int_equal(get_u64(r, "count"), e->count);
	assert_int_equal((int64_t)get_u64(r, "unpaired"), e->unpaired);
	assert_int_equal(get_u64(r, "total_ns"), e->total_ns);
	assert_int_equal(get_u64(r, "max_ns"), e->max_ns);
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		assert_true(json_is_null(get(r, unknown[i])));
	if (e->timed)
		assert_int_equal(get_u64(r, "mean_ns"), e->total_ns / e->timed);
	else
		assert_true(json_is_null(get(r, "mean_ns")));
	check_percentile(r, "p50_ns", e, 500);
	check_percentile(r, "p90_ns", e, 900);
	check_percentile(r, "p99_ns", e, 990);
	check_percentile(r, "p999_ns", e, 999);
	check_buckets(get(r, "buckets"), e);
}

static void check_reasons(json_t *list, const struct kxt_entry *e, unsigned int nr,
			  uint32_t isa)
{
	assert_true(json_is_array(list));
	assert_int_equal(json_array_size(list), nr);
	for (unsigned int i = 0; i < nr; i++)
		check_reason(json_array_get(list, i), &e[i], isa);
}

static void check_vm(json_t *vm, const struct kxt_vm *want)
{
	static const char *const vm_key[] = {
		"name", "pid", "ended", "guest_ns", "exits", "vcpus", "reasons", NULL };
	static const char *const vcpu_key[] = {
		"id", "tid", "ended", "guest_ns", "exits", "backwards", "reasons", NULL };
	json_t *vcpus = get(vm, "vcpus");

	check_keys(vm, vm_key);
	assert_int_equal(get_u64(vm, "pid"), want->pid);
	assert_int_equal(get_bool(vm, "ended"), want->ended);
	assert_int_equal(get_u64(vm, "guest_ns"), want->guest_ns);
	assert_int_equal(get_u64(vm, "exits"), want->all.count);
	assert_int_equal(json_array_size(vcpus), want->nr_vcpus);
	for (unsigned int i = 0; i < want->nr_vcpus; i++) {
		json_t *v = json_array_get(vcpus, i);
		const struct kxt_vcpu *w = &want->vcpu[i];

		check_keys(v, vcpu_key);
		assert_int_equal(get_u64(v, "id"), w->id);
		assert_int_equal(get_u64(v, "tid"), w->tid);
		assert_int_equal(get_bool(v, "ended"), w->ended);
		assert_int_equal(get_u64(v, "guest_ns"), w->guest_ns);
		assert_int_equal(get_u64(v, "exits"), want->vcpu_all[i].count);
		assert_int_equal(get_u64(v, "backwards"), w->backwards);
		check_reasons(get(v, "reasons"), w->entry, w->nr, w->isa);
	}
	check_reasons(get(vm, "reasons"), want->reason, want->nr_reasons, want->isa);
}

static json_t *check_summary(const struct kxt_summary *s)
{
	static const char *const key[] = {
		"schema_version", "collector", "host", "kernel", "delta", "interval_ns",
		"lost", "vms", NULL };
	static const char *const lost_key[] = { "exits", "slots", "events", NULL };
	json_t *root = print_and_parse(s);

	check_keys(root, key);
	assert_int_equal(get_u64(root, "schema_version"), 1);
	assert_string_equal(get_string(root, "collector"), s->collector);
	assert_string_equal(get_string(root, "host"), s->host);
	assert_string_equal(get_string(root, "kernel"), s->kernel);
	assert_int_equal(get_bool(root, "delta"), s->delta);
	assert_int_equal(get_u64(root, "interval_ns"), s->interval_ns);
	check_keys(get(root, "lost"), lost_key);
	assert_int_equal(get_u64(get(root, "lost"), "exits"), s->lost.exits);
	assert_int_equal(get_u64(get(root, "lost"), "slots"), s->lost.slots);
	assert_int_equal(get_u64(get(root, "lost"), "events"), s->lost.events);
	assert_int_equal(json_array_size(get(root, "vms")), s->nr);
	for (unsigned int i = 0; i < s->nr; i++)
		check_vm(json_array_get(get(root, "vms"), i), &s->vm[i]);
	return root;
}

static json_t *check_fake(const char *spec, struct kxt_summary *sum)
{
	struct kxt_collector c;
	struct kxt_snapshot s;
	struct kxt_err err;
	json_t *root;

	kxt_snapshot_init(&s);
	memset(sum, 0, sizeof(*sum));
	assert_int_equal(kxt_collector_open(&c, spec, &err), 0);
	assert_int_equal(c.ops->snapshot(&c, &s, &err), 0);
	assert_int_equal(kxt_summary_make(sum, &s, c.names, NULL, &err), 0);
	snprintf(sum->collector, sizeof(sum->collector), "fake");
	snprintf(sum->host, sizeof(sum->host), "%s", c.host);
	snprintf(sum->kernel, sizeof(sum->kernel), "%s", c.kernel);
	kxt_snapshot_free(&s);
	kxt_collector_close(&c);
	root = check_summary(sum);
	return root;
}

static void test_scenarios(void **state)
{
	static const char *const spec[] = {
		"fake:two", "fake:vmx", "fake:none", "fake:idle", "fake:lost",
		"fake:many,vms=3,vcpus=40,reasons=62", "fake:two,age=100000000" };
	struct kxt_summary sum;

	(void)state;
	for (size_t i = 0; i < sizeof(spec) / sizeof(spec[0]); i++) {
		json_decref(check_fake(spec[i], &sum));
		kxt_summary_free(&sum);
	}
}

static const char *name_at(json_t *root, size_t i)
{
	return get_string(json_array_get(get(root, "vms"), i), "name");
}

static void test_evil_names(void **state)
{
	struct kxt_summary sum;
	json_t *root;

	(void)state;
	root = check_fake("fake:evil", &sum);
	for (unsigned int i = 0; i < sum.nr; i++) {
		if (i != 5)
			assert_string_equal(name_at(root, i), sum.vm[i].name);
	}
	/* the one that is no UTF-8: three bad bytes, and an overlong slash */
	assert_string_equal(name_at(root, 5), "bad\uFFFD\uFFFD\uFFFDutf8\uFFFD\uFFFD");
	json_decref(root);
	kxt_summary_free(&sum);
}

static void test_not_utf8(void **state)
{
	static const struct {
		const char *name, *want;
	} try[] = {
		{ "\355\240\200", "\uFFFD\uFFFD\uFFFD" },	/* surrogate */
		{ "\364\220\200\200", "\uFFFD\uFFFD\uFFFD\uFFFD" },	/* too large */
		{ "\364\217\277\277", "\364\217\277\277" },	/* largest */
		{ "\340\237\277", "\uFFFD\uFFFD\uFFFD" },	/* overlong */
		{ "\360\217\277\277", "\uFFFD\uFFFD\uFFFD\uFFFD" },
		{ "x\346\227", "x\uFFFD\uFFFD" },		/* cut */
		{ "\301\277", "\uFFFD\uFFFD" },
		{ "\177\302\200", "\177\302\200" },
	};
	struct kxt_vm vm = { .pid = 1, .all.code = KVMEXIT_CODE_OTHER };
	struct kxt_summary sum = { .nr = 1, .vm = &vm };

	(void)state;
	for (size_t i = 0; i < sizeof(try) / sizeof(try[0]); i++) {
		json_t *root;

		snprintf(vm.name, sizeof(vm.name), "%s", try[i].name);
		root = check_summary(&sum);
		assert_string_equal(name_at(root, 0), try[i].want);
		json_decref(root);
	}
	/* the longest name that becomes the longest text */
	memset(vm.name, 0xff, sizeof(vm.name) - 1);
	memset(sum.host, 0xff, sizeof(sum.host) - 1);
	json_decref(print_and_parse(&sum));
}

/* All that a reason can be without being one of the tables'. */
static void test_odd_reasons(void **state)
{
	struct kxt_summary sum = { .delta = true, .interval_ns = 5 };
	struct kxt_vm_names *names = kxt_vm_names_new(NULL);
	struct kxt_snapshot s;
	struct kxt_vcpu *v;
	struct kxt_err err;

	(void)state;
	new_snapshot(&s, 0, 10);
	v = add_vcpu(&s, 0, 1, 5);
	v->ended = true;
	v->backwards = 3;
	v->entry[0].code = KVMEXIT_CODE_OTHER;
	v->entry[1].code = KVMEXIT_CODE_UNREADABLE;
	v->entry[2].code = 0x12345;
	v->entry[3].code = 0xffffffffULL;
	v->entry[4].code = 0x72;
	add_exits(&v->entry[0], 1ULL << 40, 3);		/* the bucket without an edge */
	add_exits(&v->entry[0], 5, 1);
	add_unpaired(&v->entry[1], 7);			/* nothing timed */
	add_exits(&v->entry[2], 100, 1);
	v->entry[2].unpaired = -1;			/* begun before the window */
	v->entry[2].count = 0;
	add_exits(&v->entry[3], 1000, 1);
	add_exits(&v->entry[4], 1000, 1);
	v = add_vcpu(&s, 1, 1, 1);
	v->isa = KVMEXIT_ISA_UNKNOWN;
	add_exits(&v->entry[0], 1000, 1);
	kxt_snapshot_sort(&s);
	assert_int_equal(kxt_summary_make(&sum, &s, names, NULL, &err), 0);
	json_decref(check_summary(&sum));
	kxt_summary_free(&sum);
	kxt_snapshot_free(&s);
	kxt_vm_names_free(names);
}

/* Larger than JSON libraries take: no wrap into negative numbers. */
static void test_huge(void **state)
{
	struct kxt_entry e = { .code = 1, .count = UINT64_MAX, .timed = 1,
			       .total_ns = UINT64_MAX, .max_ns = UINT64_MAX };
	struct kxt_vm vm = { .pid = 1, .isa = KVMEXIT_ISA_SVM, .nr_reasons = 1,
			     .reason = &e };
	struct kxt_summary sum = { .nr = 1, .vm = &vm };
	json_t *root, *r;

	(void)state;
	e.hist[5] = UINT64_MAX;
	root = print_and_parse(&sum);
	r = json_array_get(get(json_array_get(get(root, "vms"), 0), "reasons"), 0);
	assert_true(get_u64(r, "count") == INT64_MAX);
	assert_true(get_u64(r, "total_ns") == INT64_MAX);
	json_decref(root);
}

static void test_full_disk(void **state)
{
	struct kxt_summary sum = { .nr = 0 };
	FILE *f = fopen("/dev/full", "w");

	(void)state;
	assert_non_null(f);
	setvbuf(f, NULL, _IONBF, 0);
	assert_int_equal(kxt_view_json(f, &sum), -1);
	fclose(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scenarios),
		cmocka_unit_test(test_evil_names),
		cmocka_unit_test(test_not_utf8),
		cmocka_unit_test(test_odd_reasons),
		cmocka_unit_test(test_huge),
		cmocka_unit_test(test_full_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
