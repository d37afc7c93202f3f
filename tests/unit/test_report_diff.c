// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "tests/unit/csv.h"
#include "tests/unit/json.h"
#include "user/report/diff.h"
#include "user/report/view_diff.h"

#define SEC	1000000000ULL
#define HLT	0x78
#define MSR	0x7c
#define NPF	0x400
#define VMX_IO	30

static struct kxt_vm_names *names;

static int set_up(void **state)
{
	static const char *const name[] = { "web1", "db1", "web1", "mail" };

	(void)state;
	names = kxt_vm_names_new(NULL);
	for (uint32_t i = 0; names && i < 4; i++) {
		if (kxt_vm_names_set(names, 10 + i, name[i]))
			return -1;
	}
	return names ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	kxt_vm_names_free(names);
	return 0;
}

/* A vCPU of process @pid with @nr entries. */
static struct kxt_vcpu *vcpu_of(struct kxt_snapshot *s, uint32_t pid, unsigned int nr)
{
	struct kxt_vcpu *v = add_vcpu(s, s->nr, 1, nr);

	v->pid = pid;
	v->knows = KXT_KNOWS_ALL;
	for (unsigned int i = 0; i < nr; i++)
		v->entry[i].level = 1;
	return v;
}

/* Ends @s. */
static struct kxt_summary group(struct kxt_snapshot *s)
{
	struct kxt_summary sum = { 0 };

	kxt_snapshot_sort(s);
	assert_int_equal(kxt_summary_make(&sum, s, names, NULL, NULL), 0);
	kxt_snapshot_free(s);
	return sum;
}

static struct kxt_diff make(struct kxt_summary *a, struct kxt_summary *b)
{
	struct kxt_diff d = { 0 };

	assert_int_equal(kxt_diff_make(&d, a, b, NULL), 0);
	return d;
}

static void done(struct kxt_diff *d, struct kxt_summary *a, struct kxt_summary *b)
{
	kxt_diff_free(d);
	kxt_summary_free(a);
	kxt_summary_free(b);
}

static const struct kxt_diff_vm *vm_of(const struct kxt_diff *d, const char *name)
{
	for (unsigned int i = 0; i < d->nr; i++) {
		if (strcmp(d->vm[i].name, name) == 0)
			return &d->vm[i];
	}
	fail();
	return NULL;
}

static const struct kxt_diff_row *row_of(const struct kxt_diff_vm *vm, uint64_t code)
{
	for (unsigned int i = 0; i < vm->nr; i++) {
		if (vm->row[i].id.code == code)
			return &vm->row[i];
	}
	fail();
	return NULL;
}

static void value(const struct kxt_diff_row *row, unsigned int side, enum kxt_diff_num num,
		  double want)
{
	assert_true(row->side[side].known[num]);
	assert_float_equal(row->side[side].value[num], want, 1e-9);
}

static void unknown(const struct kxt_diff_row *row, unsigned int side, enum kxt_diff_num num)
{
	double change;

	assert_false(row->side[side].known[num]);
	assert_float_equal(row->side[side].value[num], 0, 0);
	assert_false(kxt_diff_change(row, num, &change));
}

static void change(const struct kxt_diff_row *row, enum kxt_diff_num num, double want)
{
	double have;

	assert_true(kxt_diff_change(row, num, &have));
	assert_float_equal(have, want, 1e-9);
}

/*
 * A: 2 s, web1 with 1000 MSR of 1 us and 10 HLT of 1 ms, 3/4 of it idle. B: 4 s, web1
 * with 4000 MSR of 2 us and 100 NPF of 10 us, 1/2 of it in the VMM.
 */
static void two(struct kxt_summary *a, struct kxt_summary *b)
{
	struct kxt_snapshot s;
	struct kxt_vcpu *v;

	new_snapshot(&s, 5 * SEC, 7 * SEC);
	v = vcpu_of(&s, 10, 2);
	v->guest_ns = SEC;
	v->entry[0].code = MSR;
	add_exits(&v->entry[0], 1000, 1000);
	v->entry[1].code = HLT;
	add_exits(&v->entry[1], 250000, 10);
	v->entry[1].total_ns = 10000000;
	v->entry[1].idle_ns = 7500000;
	*a = group(&s);
	new_snapshot(&s, 0, 4 * SEC);
	v = vcpu_of(&s, 10, 2);
	v->guest_ns = 3 * SEC;
	v->entry[0].code = MSR;
	add_exits(&v->entry[0], 2000, 4000);
	v->entry[1].code = NPF;
	add_exits(&v->entry[1], 10000, 100);
	v->entry[1].vmm_ns = 500000;
	*b = group(&s);
}

static void test_numbers(void **state)
{
	struct kxt_summary a, b;
	const struct kxt_diff_row *row;
	const struct kxt_diff_vm *vm;
	struct kxt_diff d;

	(void)state;
	two(&a, &b);
	d = make(&a, &b);
	assert_false(d.by_class);
	assert_false(d.no_levels);
	assert_int_equal(d.nr, 1);
	vm = vm_of(&d, "web1");
	assert_true(kxt_diff_both(vm));
	assert_int_equal(vm->nr, 3);
	row = row_of(vm, MSR);
	value(row, 0, KXT_DIFF_COUNT, 1000);
	value(row, 1, KXT_DIFF_COUNT, 4000);
	value(row, 0, KXT_DIFF_RATE, 500);
	value(row, 1, KXT_DIFF_RATE, 1000);
	change(row, KXT_DIFF_RATE, 500);
	value(row, 0, KXT_DIFF_COST, 500000);
	value(row, 1, KXT_DIFF_COST, 2000000);
	change(row, KXT_DIFF_COST, 1500000);
	value(row, 0, KXT_DIFF_SHARE, 1.0 / 11);
	value(row, 1, KXT_DIFF_SHARE, 8.0 / 9);
	value(row, 0, KXT_DIFF_KERNEL, 1);
	unknown(row, 0, KXT_DIFF_GUEST);
	/* within the bucket */
	assert_true(row->side[0].value[KXT_DIFF_P50] >= 875);
	assert_true(row->side[0].value[KXT_DIFF_P50] <= 1000);
	/* without idle; and gone */
	row = row_of(vm, HLT);
	value(row, 0, KXT_DIFF_COST, 1250000);
	value(row, 0, KXT_DIFF_IDLE, 0.75);
	value(row, 1, KXT_DIFF_RATE, 0);
	value(row, 1, KXT_DIFF_COST, 0);
	value(row, 1, KXT_DIFF_SHARE, 0);
	change(row, KXT_DIFF_COST, -1250000);
	unknown(row, 1, KXT_DIFF_P50);
	unknown(row, 1, KXT_DIFF_P99);
	unknown(row, 1, KXT_DIFF_KERNEL);
	/* new */
	row = row_of(vm, NPF);
	value(row, 0, KXT_DIFF_RATE, 0);
	value(row, 1, KXT_DIFF_VMM, 0.5);
	change(row, KXT_DIFF_COST, 250000);
	/* by the change of the cost, up or down */
	assert_int_equal(vm->row[0].id.code, MSR);
	assert_int_equal(vm->row[1].id.code, HLT);
	assert_int_equal(vm->row[2].id.code, NPF);
	/* all of it */
	value(&vm->all, 0, KXT_DIFF_GUEST, 1000.0 / 1011);
	value(&vm->all, 0, KXT_DIFF_COST, 1750000);
	value(&vm->all, 1, KXT_DIFF_SHARE, 1);
	change(&d.all.all, KXT_DIFF_COST, 500000);
	done(&d, &a, &b);
}

/* One that is on one side only is no change; all VMs together are always there. */
static void test_one_side(void **state)
{
	struct kxt_summary a, b = { .interval_ns = SEC };
	struct kxt_snapshot s;
	struct kxt_diff d;

	(void)state;
	new_snapshot(&s, 0, SEC);
	add_exits(&vcpu_of(&s, 11, 1)->entry[0], 1000, 5);
	a = group(&s);
	d = make(&a, &b);
	assert_int_equal(d.nr, 1);
	assert_false(kxt_diff_both(&d.vm[0]));
	unknown(&d.vm[0].all, 1, KXT_DIFF_RATE);
	unknown(&d.vm[0].row[0], 1, KXT_DIFF_COST);
	value(&d.all.all, 1, KXT_DIFF_RATE, 0);
	change(&d.all.row[0], KXT_DIFF_RATE, -5);
	unknown(&d.all.row[0], 1, KXT_DIFF_SHARE);
	unknown(&d.all.all, 1, KXT_DIFF_GUEST);
	done(&d, &a, &b);
}

static void test_nothing(void **state)
{
	struct kxt_summary a = { 0 }, b = { 0 };
	struct kxt_diff d = make(&a, &b);

	(void)state;
	assert_int_equal(d.nr, 0);
	assert_int_equal(d.all.nr, 0);
	value(&d.all.all, 0, KXT_DIFF_COUNT, 0);
	/* of no time nothing is per second */
	unknown(&d.all.all, 0, KXT_DIFF_RATE);
	unknown(&d.all.all, 1, KXT_DIFF_COST);
	assert_false(d.by_class);
	done(&d, &a, &b);
}

/* Two VMs of a name are one; what stands on both sides comes first. */
static void test_names(void **state)
{
	struct kxt_summary a, b;
	struct kxt_snapshot s;
	struct kxt_diff d;

	(void)state;
	new_snapshot(&s, 0, SEC);
	add_exits(&vcpu_of(&s, 10, 1)->entry[0], 1000, 5);
	add_exits(&vcpu_of(&s, 12, 1)->entry[0], 1000, 7);
	add_exits(&vcpu_of(&s, 13, 1)->entry[0], 1000, 9999);
	a = group(&s);
	new_snapshot(&s, 0, SEC);
	add_exits(&vcpu_of(&s, 12, 1)->entry[0], 1000, 20);
	add_exits(&vcpu_of(&s, 11, 1)->entry[0], 1000, 1);
	b = group(&s);
	d = make(&a, &b);
	assert_int_equal(d.nr, 3);
	assert_string_equal(d.vm[0].name, "web1");
	change(&d.vm[0].all, KXT_DIFF_COUNT, 8);
	assert_string_equal(d.vm[1].name, "mail");
	assert_true(d.vm[1].all.side[0].is);
	assert_false(d.vm[1].all.side[1].is);
	assert_string_equal(d.vm[2].name, "db1");
	change(&d.all.all, KXT_DIFF_COUNT, 21 - 10011);
	done(&d, &a, &b);
}

/* Of an Intel and an AMD host the classes are comparable. */
static void test_isas(void **state)
{
	struct kxt_summary a, b;
	struct kxt_snapshot s;
	struct kxt_vcpu *v;
	struct kxt_diff d;

	(void)state;
	new_snapshot(&s, 0, SEC);
	v = vcpu_of(&s, 10, 3);
	v->entry[0].code = 0x7b;
	v->entry[1].code = MSR;
	v->entry[2].code = 0x7b;
	v->entry[2].level = 2;
	add_exits(&v->entry[0], 1000, 5);
	add_exits(&v->entry[1], 1000, 1);
	add_exits(&v->entry[2], 1000, 2);
	a = group(&s);
	new_snapshot(&s, 0, SEC);
	v = vcpu_of(&s, 10, 1);
	v->isa = KVMEXIT_ISA_VMX;
	v->entry[0].code = VMX_IO;
	add_exits(&v->entry[0], 1000, 9);
	b = group(&s);
	d = make(&a, &b);
	assert_true(d.by_class);
	assert_int_equal(d.vm[0].nr, 2);
	assert_true(d.vm[0].row[0].id.grouped);
	assert_int_equal(d.vm[0].row[0].id.class, KXT_CLASS_IO);
	change(&d.vm[0].row[0], KXT_DIFF_COUNT, 2);
	done(&d, &a, &b);
}

/* What one side cannot tell apart is not told apart on the other. */
static void test_levels(void **state)
{
	struct kxt_summary a, b;
	struct kxt_snapshot s;
	struct kxt_vcpu *v;
	struct kxt_diff d;

	(void)state;
	for (unsigned int knows = 0; knows < 2; knows++) {
		new_snapshot(&s, 0, SEC);
		v = vcpu_of(&s, 10, 2);
		v->entry[0].code = v->entry[1].code = HLT;
		v->entry[1].level = 2;
		add_exits(&v->entry[0], 1000, 5);
		add_exits(&v->entry[1], 1000, 1);
		a = group(&s);
		new_snapshot(&s, 0, SEC);
		v = vcpu_of(&s, 10, knows ? 1 : 2);
		v->entry[0].code = HLT;
		v->entry[0].level = knows;
		v->knows = knows ? KXT_KNOWS_ALL : KXT_KNOWS_VMM;
		add_exits(&v->entry[0], 1000, 9);
		if (!knows) {
			v->entry[1].code = MSR;
			v->entry[1].level = 0;
			add_exits(&v->entry[1], 1000, 3);
		}
		b = group(&s);
		d = make(&a, &b);
		assert_int_equal(d.no_levels, !knows);
		assert_int_equal(d.vm[0].nr, 2);
		change(row_of(&d.vm[0], HLT), KXT_DIFF_COUNT, knows ? 4 : 3);
		/* the kernel's part is what is left, if idle is known too */
		assert_int_equal(d.vm[0].all.side[1].known[KXT_DIFF_KERNEL], knows);
		assert_true(d.vm[0].all.side[1].known[KXT_DIFF_VMM]);
		/* how much of a halt was sleep is not known; of what else was none */
		if (!knows) {
			unknown(row_of(&d.vm[0], HLT), 1, KXT_DIFF_COST);
			unknown(&d.vm[0].all, 1, KXT_DIFF_COST);
			change(row_of(&d.vm[0], MSR), KXT_DIFF_COST, 3000);
			assert_int_equal(d.vm[0].row[0].id.code, MSR);
		}
		done(&d, &a, &b);
	}
}

/* JSON and CSV have the same fields, and the same values in them. */
static void same(const struct csv *c, size_t line, json_t *object)
{
	const char *key;
	json_t *have;

	json_object_foreach(object, key, have) {
		const char *text = json_is_array(have) || json_is_object(have) ? NULL :
			at(c, line, key);

		if (!text)
			continue;
		if (json_is_null(have))
			assert_string_equal(text, "");
		else if (json_is_string(have))
			assert_string_equal(text, json_string_value(have));
		else if (json_is_boolean(have))
			assert_string_equal(text, json_is_true(have) ? "true" : "false");
		else
			assert_true(strtod(text, NULL) == json_number_value(have));
	}
}

static void same_vm(const struct csv *c, size_t *line, json_t *root, json_t *vm)
{
	json_t *reason;
	size_t i;

	same(c, *line, root);
	same(c, (*line)++, vm);
	json_array_foreach(get(vm, "reasons"), i, reason) {
		same(c, *line, root);
		assert_string_equal(at(c, *line, "in_a"),
				    get_bool(vm, "in_a") ? "true" : "false");
		same(c, (*line)++, reason);
	}
}

static char *print(int (*view)(FILE *f, const struct kxt_view_diff *v),
		   const struct kxt_view_diff *v)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	assert_int_equal(view(f, v), 0);
	assert_int_equal(fclose(f), 0);
	return text;
}

static void test_formats(void **state)
{
	struct kxt_summary a, b;
	struct kxt_view_diff v = { .sum = { &a, &b } };
	struct kxt_diff d;
	struct csv c;
	json_t *root, *vm;
	char *text;
	size_t line = 0, i, keys;

	(void)state;
	two(&a, &b);
	snprintf(a.host, sizeof(a.host), "a,\"b\"\xff");
	b.begin_time_ns = 1795352710000000001;
	b.lost.events = 3;
	d = make(&a, &b);
	v.diff = &d;
	text = print(kxt_view_diff_json, &v);
	root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(root);
	free(text);
	c.text = print(kxt_view_diff_csv, &v);
	parse_csv(&c);
	same_vm(&c, &line, root, get(root, "all"));
	json_array_foreach(get(root, "vms"), i, vm)
		same_vm(&c, &line, root, vm);
	assert_int_equal(c.nr, (line + 1) * c.columns);
	assert_string_equal(at(&c, 0, "scope"), "all");
	assert_string_equal(at(&c, line - 1, "scope"), "vm");
	assert_string_equal(at(&c, line - 1, "host_a"), "a,\"b\"\uFFFD");
	assert_string_equal(at(&c, line - 1, "lost_events_b"), "3");
	/* "scope" is where the object is in JSON; the numbers are in VMs and reasons */
	vm = get(root, "all");
	keys = json_object_size(root) - 2 + json_object_size(vm) - 1 + 4 + 1;
	assert_int_equal(c.columns, keys);
	json_decref(root);
	free_csv(&c);
	done(&d, &a, &b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_one_side),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_isas),
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_formats),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
