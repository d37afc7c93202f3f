// SPDX-License-Identifier: GPL-2.0-only
#include "tests/unit/json_summary.h"
#include "user/collector.h"

/* Two seconds of a made-up host, or all since it began. */
static json_t *check_fake(const char *spec, bool details, bool window,
			  struct kxt_summary *sum)
{
	struct kxt_collector c;
	struct kxt_snapshot from, to, delta;
	struct kxt_err err;
	json_t *root;

	kxt_snapshot_init(&from);
	kxt_snapshot_init(&to);
	kxt_snapshot_init(&delta);
	memset(sum, 0, sizeof(*sum));
	assert_int_equal(kxt_collector_open(&c, spec, &err), 0);
	assert_int_equal(c.ops->details(&c, details, &err), 0);
	assert_int_equal(c.ops->snapshot(&c, &from, &err), 0);
	assert_int_equal(c.ops->wait(&c, 2000000000, &err), 0);
	assert_int_equal(c.ops->snapshot(&c, &to, &err), 0);
	assert_int_equal(kxt_snapshot_delta(&delta, window ? &from : NULL, &to, &err), 0);
	assert_int_equal(kxt_summary_make(sum, &delta, c.names, NULL, &err), 0);
	snprintf(sum->collector, sizeof(sum->collector), "fake");
	snprintf(sum->host, sizeof(sum->host), "%s", c.host);
	snprintf(sum->kernel, sizeof(sum->kernel), "%s", c.kernel);
	kxt_snapshot_free(&from);
	kxt_snapshot_free(&to);
	kxt_snapshot_free(&delta);
	kxt_collector_close(&c);
	root = check_summary(sum);
	return root;
}

static void test_scenarios(void **state)
{
	static const char *const spec[] = {
		"fake:two", "fake:vmx", "fake:none", "fake:idle", "fake:lost",
		"fake:many,vms=3,vcpus=40,reasons=62", "fake:two,age=100000000",
		"fake:nested", "fake:norunq", "fake:noparts", "fake:paused",
		"fake:resumed" };
	struct kxt_summary sum;

	(void)state;
	for (size_t i = 0; i < sizeof(spec) / sizeof(spec[0]); i++) {
		for (unsigned int how = 0; how < 4; how++) {
			json_decref(check_fake(spec[i], how & 1, how & 2, &sum));
			kxt_summary_free(&sum);
		}
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
	root = check_fake("fake:evil", false, false, &sum);
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
	v = add_vcpu(&s, 0, 1, 6);
	v->ended = true;
	v->knows = KXT_KNOWS_IDLE | KXT_KNOWS_LEVEL;	/* neither VMM nor kernel */
	v->backwards = 3;
	v->entry[0].code = KVMEXIT_CODE_OTHER;
	v->entry[1].code = KVMEXIT_CODE_UNREADABLE;
	v->entry[2].code = 0x12345;
	v->entry[3].code = 0xffffffffULL;
	v->entry[4].code = 0x72;
	v->entry[4].level = 2;
	v->entry[5].code = KVMEXIT_CODE_SIGNAL;
	v->entry[5].total_ns = 5000;			/* time and no exit */
	v->entry[5].vmm_ns = 4000;
	v->entry[5].vmm_count = 2;
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

static struct kxt_detail make_detail(uint64_t code, uint32_t kind, uint64_t key,
				     uint64_t count)
{
	return (struct kxt_detail) { .code = code, .level = 1, .kind = kind, .key = key,
				     .access = KVMEXIT_ACCESS_READ, .one_in = 1,
				     .count = count, .ns = 10 * count };
}

static json_t *details_at(json_t *root, size_t i)
{
	json_t *vm = json_array_get(get(root, "vms"), 0);

	return get(json_array_get(get(vm, "reasons"), i), "details");
}

/* Which keys follow each other, of the first reason. */
static void check_sequence(json_t *list, const char *want)
{
	char have[256] = "";

	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *row = json_array_get(list, i);
		size_t len = strlen(have);

		snprintf(have + len, sizeof(have) - len, " %s:%s",
			 get_string(row, "kind"), get_string(row, "key"));
	}
	assert_string_equal(have, want);
}

static void test_details(void **state)
{
	struct kxt_entry e[2] = { { .code = 0x7b, .level = 1, .count = 9 },
				  { .code = 0x72, .level = 1, .count = 1 } };
	struct kxt_detail d[8] = {
		make_detail(0x7b, KVMEXIT_KIND_PORT, 0x10, 1),
		make_detail(0x7b, KVMEXIT_KIND_PORT, 0x3f8, 5),
		make_detail(0x7b, KVMEXIT_KIND_PORT, 0x1f0, 3),
		make_detail(0x7b, KVMEXIT_KIND_PORT, 0, 7),
		make_detail(0x7b, KVMEXIT_KIND_MSR, 0x10, 2),
		make_detail(0x7b, KVMEXIT_KIND_MSR, 0, 0),
		make_detail(0x7b, KVMEXIT_KIND_GPA, 0x5000, 1),
		make_detail(0x7b, KVMEXIT_KIND_RIP, 0xffffffff81000000, 1) };
	struct kxt_vm vm = { .pid = 1, .isa = KVMEXIT_ISA_SVM, .knows = KXT_KNOWS_ALL,
			     .nr_reasons = 2, .reason = e, .nr_details = 8, .detail = d };
	struct kxt_summary sum = { .nr = 1, .vm = &vm, .details = true };
	json_t *root;

	(void)state;
	d[1].error = 2;
	d[1].error_ns = 20;
	d[3].rest = true;
	d[5].rest = true;	/* and nothing in it */
	d[6].access |= KVMEXIT_ACCESS_WRITE | KVMEXIT_ACCESS_PRESENT;
	d[7].one_in = 16;
	root = check_summary(&sum);
	check_sequence(details_at(root, 0), " port:0x3f8 port:0x1f0 port:0x10 port:other"
		       " msr:0x10 gpa:0x5000 rip:0xffffffff81000000");
	check_word(json_array_get(details_at(root, 0), 5), "fault", "write protection");
	/* asked for, and there is none */
	assert_int_equal(json_array_size(details_at(root, 1)), 0);
	assert_true(json_is_array(details_at(root, 1)));
	json_decref(root);
	/* not asked for, though there are some */
	sum.details = false;
	root = check_summary(&sum);
	assert_true(json_is_null(details_at(root, 0)));
	json_decref(root);
}

static void test_overhead(void **state)
{
	struct kxt_summary sum = { .interval_ns = 1000000000, .host_exits = 2000000,
				   .cost = { .samples = 1000, .ns = 94250 } };
	json_t *root = check_summary(&sum), *overhead = get(root, "overhead");

	(void)state;
	assert_float_equal(json_real_value(get(overhead, "ns_per_exit")), 94.2, 0.11);
	/* 94.25 ns times 2 million a second */
	assert_float_equal(json_real_value(get(overhead, "cpu_percent")), 18.85, 0.0001);
	json_decref(root);
	/* a window without a length: only one of them */
	sum.interval_ns = 0;
	json_decref(check_summary(&sum));
	sum.cost.samples = 0;
	json_decref(check_summary(&sum));
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
		cmocka_unit_test(test_details),
		cmocka_unit_test(test_overhead),
		cmocka_unit_test(test_huge),
		cmocka_unit_test(test_full_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
