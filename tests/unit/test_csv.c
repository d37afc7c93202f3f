// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/build.h"
#include "user/collector.h"
#include "user/reason.h"
#include "user/view.h"

#define NR_COLUMNS	45

/**
 * struct csv - a parsed text, as RFC 4180 has it
 * @text: cut up in place
 * @field: all fields, line after line
 * @nr: how many
 */
struct csv {
	char *text;
	char **field;
	size_t nr;
};

static void add_field(struct csv *c, char *field)
{
	c->field = reallocarray(c->field, c->nr + 1, sizeof(*c->field));
	assert_non_null(c->field);
	c->field[c->nr++] = field;
}

/* Ends the field at *@p with a zero byte; returns the character that ended it. */
static char parse_field(struct csv *c, char **p)
{
	char *in = *p, *out = *p, end;

	add_field(c, out);
	if (*in == '"') {
		for (in++; *in != '"' || in[1] == '"'; in++) {
			assert_true(*in != '\0');
			if (*in == '"')
				in++;
			*out++ = *in;
		}
		in++;
	} else {
		while (!strchr(",\n\"\r", *in))
			*out++ = *in++;
	}
	end = *in;
	/* after a quoted field, and in a plain one, nothing else may stand */
	assert_true(end == ',' || end == '\n');
	*out = '\0';
	*p = in + 1;
	return end;
}

static void parse(struct csv *c, const struct kxt_summary *s)
{
	size_t len, columns = 0;
	FILE *f;
	char *p;

	memset(c, 0, sizeof(*c));
	f = open_memstream(&c->text, &len);
	assert_non_null(f);
	assert_int_equal(kxt_view_csv(f, s), 0);
	assert_int_equal(fclose(f), 0);
	for (p = c->text; *p;) {
		columns++;
		if (parse_field(c, &p) == ',')
			continue;
		assert_int_equal(columns, NR_COLUMNS);
		columns = 0;
	}
	assert_int_equal(columns, 0);
}

static void free_csv(struct csv *c)
{
	free(c->text);
	free(c->field);
}

/* Field of line @line (0 is the first after the header) under @name. */
static const char *at(const struct csv *c, size_t line, const char *name)
{
	for (size_t i = 0; i < NR_COLUMNS; i++) {
		if (strcmp(c->field[i], name) == 0)
			return c->field[(line + 1) * NR_COLUMNS + i];
	}
	print_error("there is no column %s\n", name);
	fail();
	return NULL;
}

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
	parse(&c, &sum);
	for (unsigned int i = 0; i < sum.nr; i++) {
		for (unsigned int j = 0; j < sum.vm[i].nr_reasons; j++, line++) {
			if (i == 5)
				CHECK(line, "vm", "bad\uFFFD\uFFFD\uFFFDutf8\uFFFD\uFFFD");
			else
				CHECK(line, "vm", sum.vm[i].name);
			CHECK_U64(line, "pid", sum.vm[i].pid);
		}
	}
	assert_int_equal(c.nr, (line + 1) * NR_COLUMNS);
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
		"interval_ns", "lost_exits", "lost_slots", "lost_events" };
	struct kxt_summary sum = { 0 };
	struct csv c;

	(void)state;
	parse(&c, &sum);
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
}

static void check_values(const char *spec)
{
	struct kxt_summary sum;
	struct csv c;
	size_t line = 0;

	make_fake(&sum, spec);
	snprintf(sum.host, sizeof(sum.host), "a,b");
	sum.lost.slots = 9;
	parse(&c, &sum);
	for (unsigned int i = 0; i < sum.nr; i++) {
		for (unsigned int j = 0; j < sum.vm[i].nr_vcpus; j++) {
			const struct kxt_vcpu *v = &sum.vm[i].vcpu[j];

			for (unsigned int k = 0; k < v->nr; k++, line++) {
				check_line(&c, line, v, &v->entry[k]);
				check_sums(&c, line, v, &sum.vm[i].vcpu_all[j]);
				CHECK_U64(line, "interval_ns", sum.interval_ns);
			}
		}
	}
	assert_true(line > 0);
	assert_int_equal(c.nr, (line + 1) * NR_COLUMNS);
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
	parse(&c, &sum);
	CHECK(0, "overhead_ns_per_exit", "94.3");
	CHECK(0, "overhead_cpu_percent", "18.8520");
	free_csv(&c);
	sum.cost.samples = 0;
	parse(&c, &sum);
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
	parse(&c, &sum);
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
	assert_int_equal(c.nr, 6 * NR_COLUMNS);
	free_csv(&c);
}

static void test_nothing(void **state)
{
	struct kxt_summary sum = { 0 };
	struct csv c;

	(void)state;
	parse(&c, &sum);
	assert_int_equal(c.nr, NR_COLUMNS);
	free_csv(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_old_columns),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_overhead),
		cmocka_unit_test(test_odd),
		cmocka_unit_test(test_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
