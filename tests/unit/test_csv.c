// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/build.h"
#include "user/collector.h"
#include "user/reason.h"
#include "user/view.h"

#define NR_COLUMNS	38

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

#define CHECK(line, name, want)	assert_string_equal(at(&c, line, name), want)
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

static void test_values(void **state)
{
	struct kxt_summary sum;
	struct csv c;
	size_t line = 0;
	char name[32];

	(void)state;
	make_fake(&sum, "fake:vmx");
	snprintf(sum.host, sizeof(sum.host), "a,b");
	sum.lost.slots = 9;
	parse(&c, &sum);
	for (unsigned int i = 0; i < sum.nr; i++) {
		for (unsigned int j = 0; j < sum.vm[i].nr_vcpus; j++) {
			const struct kxt_vcpu *v = &sum.vm[i].vcpu[j];

			for (unsigned int k = 0; k < v->nr; k++, line++) {
				const struct kxt_entry *e = &v->entry[k];

				CHECK_U64(line, "vcpu", v->id);
				CHECK_U64(line, "tid", v->tid);
				CHECK_U64(line, "guest_ns", v->guest_ns);
				CHECK(line, "vm_ended", "false");
				CHECK(line, "isa", "VMX");
				CHECK(line, "reason", kxt_reason_name(v->isa, e->code, name,
								      sizeof(name)));
				CHECK_U64(line, "code", e->code);
				CHECK_U64(line, "count", e->count);
				CHECK_U64(line, "unpaired", (uint64_t)e->unpaired);
				CHECK_U64(line, "total_ns", e->total_ns);
				CHECK_U64(line, "max_ns", e->max_ns);
				CHECK_U64(line, "mean_ns", e->total_ns / e->timed);
				CHECK(line, "idle_ns", "");
				CHECK(line, "kernel_ns", "");
				CHECK(line, "details", "");
				CHECK(line, "schema_version", "1");
				CHECK(line, "host", "a,b");
				CHECK(line, "lost_slots", "9");
				CHECK_U64(line, "interval_ns", sum.interval_ns);
			}
		}
	}
	assert_int_equal(c.nr, (line + 1) * NR_COLUMNS);
	free_csv(&c);
	kxt_summary_free(&sum);
}

static void test_odd(void **state)
{
	struct kxt_entry e[3] = { { .code = KVMEXIT_CODE_OTHER },
				  { .code = 0x7c }, { .code = 0x400, .unpaired = -1 } };
	struct kxt_entry all[2] = { { 0 } };
	struct kxt_vcpu vcpu[2] = {
		{ .id = 0, .isa = KVMEXIT_ISA_SVM, .nr = 3, .entry = e, .backwards = 4 },
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
	/* a vCPU without exits still has its guest time */
	CHECK(3, "vcpu", "1");
	CHECK(3, "vcpu_ended", "true");
	CHECK(3, "guest_ns", "8");
	CHECK(3, "reason", "");
	CHECK(3, "count", "");
	CHECK(3, "schema_version", "1");
	assert_int_equal(c.nr, 5 * NR_COLUMNS);
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
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_odd),
		cmocka_unit_test(test_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
