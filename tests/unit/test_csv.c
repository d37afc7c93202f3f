// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>

#include "tests/unit/csv.h"
#include "user/collector.h"
#include "user/reason.h"
#include "user/view.h"

/* A number, or nothing if it is not known. */
static void check_if(const char *field, bool known, uint64_t want)
{
	char text[32] = "";

	if (known)
		snprintf(text, sizeof(text), "%" PRIu64, want);
	assert_string_equal(field, text);
}

#define CHECK(line, name, want)	assert_string_equal(at(&c, line, name), want)
#define CHECK_IF(line, name, known, want) \
	check_if(at(&c, line, name), known, want)
#define CHECK_U64(line, name, want) \
	assert_int_equal(strtoull(at(&c, line, name), NULL, 10), want)

static void make_fake(struct kxt_summary *sum, const char *spec)
{
	struct kxt_collector c;
	struct kxt_snapshot s;
	struct kxt_err err;

	kxt_snapshot_init(&s);
	memset(sum, 0, sizeof(*sum));
	assert_int_equal(kxt_collector_open(&c, spec, &err), 0);
	assert_int_equal(c.ops->snapshot(&c, &s, &err), 0);
	assert_int_equal(kxt_summary_make(sum, &s, c.names, NULL, &err), 0);
	kxt_snapshot_free(&s);
	kxt_collector_close(&c);
}

static void test_names(void **state)
{
	struct kxt_summary sum;
	struct csv c;
	size_t line = 0;

	(void)state;
	make_fake(&sum, "fake:evil");
	print_csv(&c, &sum);
	for (unsigned int i = 0; i < sum.nr; i++) {
		for (unsigned int j = 0; j < sum.vm[i].nr_reasons; j++, line++) {
			if (i == 5)
				CHECK(line, "vm", "bad\uFFFD\uFFFD\uFFFDutf8\uFFFD\uFFFD");
			else
				CHECK(line, "vm", sum.vm[i].name);
			CHECK_U64(line, "pid", sum.vm[i].pid);
		}
	}
	assert_int_equal(c.nr, (line + 1) * c.columns);
	free_csv(&c);
	kxt_summary_free(&sum);
}

/* Scripts count on the places of these. */
static void test_old_columns(void **state)
{
	static const char *const old[] = {
		"vm", "pid", "vm_ended", "vcpu", "tid", "vcpu_ended", "guest_ns", "isa",
		"reason", "code", "class", "count", "unpaired", "total_ns", "max_ns",
		"idle_ns", "poll_ns", "runq_ns", "vmm_count", "vmm_ns", "kernel_ns",
		"mean_ns", "p50_ns", "p90_ns", "p99_ns", "p999_ns", "buckets", "details",
		"backwards", "schema_version", "collector", "host", "kernel", "delta",
		"interval_ns", "lost_exits", "lost_slots", "lost_events", "level",
		"vcpu_kernel_ns", "vcpu_vmm_ns", "vcpu_idle_ns", "vcpu_runq_ns",
		"overhead_ns_per_exit", "overhead_cpu_percent", "details_collected",
		"vcpu_exits", "vm_exits", "vm_guest_ns", "vm_kernel_ns", "vm_vmm_ns",
		"vm_idle_ns", "vm_runq_ns", "begin_time_ns", "end_time_ns" };
	struct kxt_summary sum = { 0 };
	struct csv c;

	(void)state;
	print_csv(&c, &sum);
	for (size_t i = 0; i < sizeof(old) / sizeof(old[0]); i++)
		assert_string_equal(c.field[i], old[i]);
	free_csv(&c);
}

static void check_line(const struct csv *csv, size_t line, const struct kxt_vcpu *v,
		       const struct kxt_entry *e)
{
	bool idle = v->knows & KXT_KNOWS_IDLE, vmm = v->knows & KXT_KNOWS_VMM;
	struct csv c = *csv;
	char name[32];

	CHECK_U64(line, "vcpu", v->id);
	CHECK_U64(line, "tid", v->tid);
	CHECK_U64(line, "guest_ns", v->guest_ns);
	CHECK(line, "vm_ended", "false");
	CHECK(line, "isa", kxt_isa_name(v->isa));
	CHECK(line, "reason", kxt_reason_name(v->isa, e->code, name, sizeof(name)));
	CHECK_IF(line, "code", e->code < KVMEXIT_CODE_SIGNAL, e->code);
	CHECK_U64(line, "count", e->count);
	CHECK_U64(line, "unpaired", (uint64_t)e->unpaired);
	CHECK_U64(line, "total_ns", e->total_ns);
	CHECK_U64(line, "max_ns", e->max_ns);
	CHECK_IF(line, "idle_ns", idle, e->idle_ns);
	CHECK_IF(line, "poll_ns", idle, e->poll_ns);
	CHECK_IF(line, "runq_ns", v->knows & KXT_KNOWS_RUNQ, e->runq_ns);
	CHECK_IF(line, "vmm_count", vmm, e->vmm_count);
	CHECK_IF(line, "vmm_ns", vmm, e->vmm_ns);
	CHECK_IF(line, "kernel_ns", idle && vmm,
		 e->total_ns - e->idle_ns - e->runq_ns - e->vmm_ns);
	CHECK_IF(line, "mean_ns", e->timed,
		 e->timed ? (e->total_ns - e->idle_ns) / e->timed : 0);
	CHECK(line, "details", "");
	CHECK(line, "details_collected", "false");
	CHECK(line, "schema_version", "1");
	CHECK(line, "host", "a,b");
	CHECK(line, "lost_slots", "9");
	CHECK_IF(line, "level", v->knows & KXT_KNOWS_LEVEL && e->level, e->level);
}

static void check_sums(const struct csv *csv, size_t line, const struct kxt_vcpu *v,
		       const struct kxt_entry *all)
{
	bool idle = v->knows & KXT_KNOWS_IDLE, vmm = v->knows & KXT_KNOWS_VMM;
	struct csv c = *csv;

	CHECK_IF(line, "vcpu_kernel_ns", idle && vmm,
		 all->total_ns - all->idle_ns - all->runq_ns - all->vmm_ns);
	CHECK_IF(line, "vcpu_vmm_ns", vmm, all->vmm_ns);
	CHECK_IF(line, "vcpu_idle_ns", idle, all->idle_ns);
	CHECK_IF(line, "vcpu_runq_ns", v->knows & KXT_KNOWS_RUNQ, all->runq_ns);
	CHECK_U64(line, "vcpu_exits", all->count);
}

static void check_values(const char *spec)
{
	struct kxt_summary sum;
	struct csv c;
	size_t line = 0;

	make_fake(&sum, spec);
	snprintf(sum.host, sizeof(sum.host), "a,b");
	sum.lost.slots = 9;
	print_csv(&c, &sum);
	for (unsigned int i = 0; i < sum.nr; i++) {
		for (unsigned int j = 0; j < sum.vm[i].nr_vcpus; j++) {
			const struct kxt_vcpu *v = &sum.vm[i].vcpu[j];
			struct kxt_entry all;

			kxt_vm_vcpu_sum(&sum.vm[i], j, &all);
			for (unsigned int k = 0; k < v->nr; k++, line++) {
				check_line(&c, line, v, &v->entry[k]);
				check_sums(&c, line, v, &all);
				CHECK_U64(line, "interval_ns", sum.interval_ns);
			}
		}
	}
	assert_true(line > 0);
	assert_int_equal(c.nr, (line + 1) * c.columns);
	free_csv(&c);
	kxt_summary_free(&sum);
}

static void test_values(void **state)
{
	static const char *const spec[] = { "fake:two", "fake:vmx", "fake:nested",
					    "fake:norunq", "fake:noparts", "fake:paused" };

	(void)state;
	for (size_t i = 0; i < sizeof(spec) / sizeof(spec[0]); i++)
		check_values(spec[i]);
}

static void test_overhead(void **state)
{
	struct kxt_vcpu vcpu = { .id = 3 };
	struct kxt_entry all = { 0 };
	struct kxt_vm vm = { .name = "x", .nr_vcpus = 1, .vcpu = &vcpu, .vcpu_all = &all };
	struct kxt_summary sum = { .nr = 1, .vm = &vm, .interval_ns = 1000000000,
				   .host_exits = 2000000,
				   .cost = { .samples = 1000, .ns = 94260 } };
	struct csv c;

	(void)state;
	print_csv(&c, &sum);
	/* not known when */
	CHECK(0, "begin_time_ns", "");
	CHECK(0, "end_time_ns", "");
	CHECK(0, "overhead_ns_per_exit", "94.3");
	CHECK(0, "overhead_cpu_percent", "18.8520");
	free_csv(&c);
	sum.cost.samples = 0;
	sum.begin_time_ns = 1795352710000000001;
	sum.end_time_ns = 1795352711000000002;
	print_csv(&c, &sum);
	CHECK(0, "begin_time_ns", "1795352710000000001");
	CHECK(0, "end_time_ns", "1795352711000000002");
	CHECK(0, "overhead_ns_per_exit", "");
	CHECK(0, "overhead_cpu_percent", "");
	free_csv(&c);
}

static void test_odd(void **state)
{
	struct kxt_entry e[4] = { { .code = KVMEXIT_CODE_OTHER },
				  { .code = 0x7c }, { .code = 0x400, .unpaired = -1 },
				  { .code = KVMEXIT_CODE_SIGNAL, .level = 2,
				    .total_ns = 70, .vmm_ns = 60, .vmm_count = 2 } };
	struct kxt_entry all[2] = { { 0 } };
	struct kxt_vcpu vcpu[2] = {
		{ .id = 0, .isa = KVMEXIT_ISA_SVM, .nr = 4, .entry = e, .backwards = 4,
		  .knows = KXT_KNOWS_VMM | KXT_KNOWS_LEVEL },
		{ .id = 1, .isa = KVMEXIT_ISA_SVM, .ended = true, .guest_ns = 8 } };
	struct kxt_vm vm = { .name = "x", .nr_vcpus = 2, .vcpu = vcpu, .vcpu_all = all };
	struct kxt_summary sum = { .nr = 1, .vm = &vm };
	struct csv c;

	(void)state;
	add_exits(&e[0], 1ULL << 40, 2);
	add_exits(&e[0], 1030, 3);
	add_unpaired(&e[1], 5);
	add_exits(&e[2], 100, 1);
	print_csv(&c, &sum);
	CHECK(0, "reason", "other");
	CHECK(0, "code", "");
	CHECK(0, "buckets", "1280:3;:2");
	CHECK(0, "backwards", "4");
	CHECK(1, "count", "5");
	CHECK(1, "mean_ns", "");
	CHECK(1, "p50_ns", "");
	CHECK(1, "p999_ns", "");
	CHECK(1, "buckets", "");
	CHECK(2, "unpaired", "-1");
	CHECK(2, "buckets", "128:1");
	CHECK(2, "level", "");
	/* time, and no exit */
	CHECK(3, "reason", "signal_exit");
	CHECK(3, "code", "");
	CHECK(3, "count", "0");
	CHECK(3, "vmm_ns", "60");
	CHECK(3, "vmm_count", "2");
	CHECK(3, "kernel_ns", "");	/* or idle: that is not known */
	CHECK(3, "level", "2");
	/* a vCPU without exits still has its guest time */
	CHECK(4, "vcpu", "1");
	CHECK(4, "vcpu_ended", "true");
	CHECK(4, "guest_ns", "8");
	CHECK(4, "reason", "");
	CHECK(4, "count", "");
	CHECK(4, "schema_version", "1");
	CHECK(4, "level", "");
	CHECK(4, "vcpu_vmm_ns", "");
	assert_int_equal(c.nr, 6 * c.columns);
	free_csv(&c);
}

/* What is behind a reason is one cell, whatever its names have in them. */
static void test_details(void **state)
{
	struct kxt_detail d[] = {
		{ .code = 0x7b, .kind = KVMEXIT_KIND_PORT, .key = 0x3f8,
		  .access = KVMEXIT_ACCESS_WRITE, .one_in = 1, .count = 7, .error = 1,
		  .ns = 70, .error_ns = 9 },
		{ .code = 0x7b, .kind = KVMEXIT_KIND_PORT, .key = 0x1234, .one_in = 1,
		  .count = 8, .ns = 80 },
		{ .code = 0x7b, .kind = KVMEXIT_KIND_PORT, .rest = true, .one_in = 1,
		  .count = 3, .ns = 30 },
		{ .code = 0x7b, .kind = KVMEXIT_KIND_GPA, .key = 0xfee00000,
		  .access = KVMEXIT_ACCESS_WRITE | KVMEXIT_ACCESS_VIRTUAL, .one_in = 1,
		  .count = 2, .ns = 20 },
		{ .code = 0x7b, .kind = KVMEXIT_KIND_RIP, .rest = true, .one_in = 16 },
		{ .code = 0x7c, .kind = KVMEXIT_KIND_CPUID, .key = 0x80000007, .one_in = 1,
		  .count = 1, .ns = 5 },
	};
	struct kxt_entry e[2] = { { .code = 0x7b, .count = 20 }, { .code = 0x7c } };
	struct kxt_entry all = { .count = 20 };
	struct kxt_vcpu v = { .isa = KVMEXIT_ISA_SVM, .nr = 2, .entry = e, .detail = d,
			      .nr_details = sizeof(d) / sizeof(d[0]) };
	struct kxt_vm vm = { .name = "x", .nr_vcpus = 1, .vcpu = &v, .vcpu_all = &all };
	struct kxt_summary sum = { .nr = 1, .vm = &vm, .details = true };
	struct csv c;

	(void)state;
	print_csv(&c, &sum);
	CHECK(0, "details", "port:0x1234:::::8:0:80:0:1;port:0x3f8:write:::COM1:7:1:70:9:1;port:other:::::3:0:30:0:1;gpa:0xfee00000:write:not_present:true::2:0:20:0:1");
	/* its name has a comma in it */
	CHECK(1, "details", "cpuid:0x80000007::::power%2C invariant TSC:1:0:5:0:1");
	CHECK(0, "details_collected", "true");
	free_csv(&c);
	/* nobody asked for them */
	sum.details = false;
	print_csv(&c, &sum);
	CHECK(0, "details", "");
	CHECK(0, "details_collected", "false");
	free_csv(&c);
}

static void test_nothing(void **state)
{
	struct kxt_summary sum = { 0 };
	struct csv c;

	(void)state;
	print_csv(&c, &sum);
	assert_int_equal(c.nr, c.columns);
	free_csv(&c);
}

/* More of the same follow without a header. */
static void test_lines(void **state)
{
	struct kxt_entry e = { .code = 0x78, .count = 3 };
	struct kxt_vcpu v = { .isa = KVMEXIT_ISA_SVM, .nr = 1, .entry = &e };
	struct kxt_vm vm = { .name = "x", .nr_vcpus = 1, .vcpu = &v, .vcpu_all = &e };
	struct kxt_summary sum = { .nr = 1, .vm = &vm };
	char *whole = NULL, *lines = NULL;
	size_t len;
	FILE *f;

	(void)state;
	f = open_memstream(&whole, &len);
	assert_int_equal(kxt_view_csv(f, &sum), 0);
	fclose(f);
	f = open_memstream(&lines, &len);
	assert_int_equal(kxt_view_csv_lines(f, &sum), 0);
	fclose(f);
	assert_string_equal(strchr(whole, '\n') + 1, lines);
	assert_true(len > 0);
	free(whole);
	free(lines);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_old_columns),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_overhead),
		cmocka_unit_test(test_odd),
		cmocka_unit_test(test_details),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
