// SPDX-License-Identifier: GPL-2.0-only
#include "tests/unit/build.h"
#include "user/summary.h"

static struct kxt_vm_names *names;

static int make_names(void **state)
{
	(void)state;
	names = kxt_vm_names_new(NULL);
	return !names || kxt_vm_names_set(names, 100, "web1") ||
	       kxt_vm_names_set(names, 50, "db1");
}

static int free_names(void **state)
{
	(void)state;
	kxt_vm_names_free(names);
	return 0;
}

/* VM 100 with vCPU 0 (ended and made anew) and 1, VM 50 with an idle vCPU. */
static void make_snapshot(struct kxt_snapshot *s)
{
	struct kxt_vcpu *v;

	new_snapshot(s, 1000, 9000);
	s->lost.events = 6;
	s->details = true;
	s->cost = (struct kxt_cost) { 8, 100 };
	v = add_vcpu(s, 1, 1, 2);
	v->knows = KXT_KNOWS_ALL;
	add_exits(&v->entry[0], 1000, 10);
	add_exits(&v->entry[1], 1700, 1);
	v->entry[1].total_ns += 300;
	v->entry[1].idle_ns = 300;
	v->entry[0].runq_ns = 200;
	v->entry[0].vmm_ns = 100;
	v->entry[0].vmm_count = 1;
	v->guest_ns = 5;
	v->backwards = 1;
	add_key(v, KVMEXIT_KIND_PORT, 0x60, 4, 300, 0)->error = 2;
	add_rest(v, KVMEXIT_KIND_PORT, 6, 100);
	v = add_vcpu(s, 0, 1, 1);
	v->knows = KXT_KNOWS_ALL & ~KXT_KNOWS_IDLE;
	add_exits(&v->entry[0], 500, 3);
	v->guest_ns = 7;
	add_key(v, KVMEXIT_KIND_PORT, 0x60, 2, 100, 0);
	v->ended = true;
	/* the same thread and id again, in another slot */
	v = add_vcpu(s, 9, 4, 2);
	v->id = 0;
	v->tid = 200;
	v->knows = KXT_KNOWS_ALL & ~KXT_KNOWS_LEVEL;
	v->entry[0].code = 7;
	add_exits(&v->entry[0], 600, 2);
	v->entry[1].code = 0;
	add_exits(&v->entry[1], 700, 4);
	add_unpaired(&v->entry[1], 1);
	v->guest_ns = 11;
	add_key(v, KVMEXIT_KIND_PORT, 0x70, 1, 1, 0);
	add_key(v, KVMEXIT_KIND_PORT, 0x60, 3, 200, 0)->code = 0;
	v = add_vcpu(s, 3, 1, 0);
	v->pid = 50;
	v->isa = KVMEXIT_ISA_VMX;
	v->ended = true;
	kxt_snapshot_sort(s);
}

static struct kxt_summary sum;

/* The summary of make_snapshot(), of which nothing is left. */
static int make_summary(void **state)
{
	struct kxt_snapshot s;
	struct kxt_err err;
	int ret;

	(void)state;
	make_snapshot(&s);
	ret = kxt_summary_make(&sum, &s, names, NULL, &err);
	kxt_snapshot_free(&s);
	return ret;
}

static int free_summary(void **state)
{
	(void)state;
	kxt_summary_free(&sum);
	return sum.vm != NULL;
}

static void test_groups(void **state)
{
	struct kxt_vm *vm;

	(void)state;
	assert_int_equal(sum.interval_ns, 8000);
	assert_false(sum.delta);
	assert_true(sum.kvm_present);
	assert_int_equal(sum.lost.events, 6);
	assert_int_equal(sum.exits, 21);
	assert_int_equal(sum.nr, 2);

	vm = &sum.vm[0];
	assert_int_equal(vm->pid, 50);
	assert_string_equal(vm->name, "db1");
	assert_int_equal(vm->isa, KVMEXIT_ISA_VMX);
	assert_true(vm->ended);
	assert_int_equal(vm->nr_vcpus, 1);
	assert_int_equal(vm->nr_reasons, 0);
	assert_int_equal(vm->all.count, 0);

	vm = &sum.vm[1];
	assert_string_equal(vm->name, "web1");
	assert_false(vm->ended);
	assert_int_equal(vm->guest_ns, 23);
	assert_int_equal(vm->all.count, 21);
	assert_int_equal(vm->all.unpaired, 1);
	assert_int_equal(vm->all.timed, 20);
	assert_true(vm->all.code == KVMEXIT_CODE_OTHER);
}

static void test_rows(void **state)
{
	const struct kxt_vm *vm = &sum.vm[1];
	struct kxt_entry all;

	(void)state;
	assert_int_equal(vm->nr_vcpus, 2);
	/* two lives of vCPU 0 are one row, which has not ended */
	assert_int_equal(vm->vcpu[0].id, 0);
	assert_false(vm->vcpu[0].ended);
	assert_int_equal(vm->vcpu[0].guest_ns, 18);
	assert_int_equal(vm->vcpu[0].nr, 2);
	assert_int_equal(vm->vcpu[0].entry[0].code, 0);
	assert_int_equal(vm->vcpu[0].entry[0].count, 8);
	assert_int_equal(vm->vcpu[0].entry[0].max_ns, 700);
	assert_int_equal(vm->vcpu[0].entry[1].code, 7);
	kxt_vm_vcpu_sum(vm, 0, &all);
	assert_int_equal(all.code, KVMEXIT_CODE_OTHER);
	assert_int_equal(all.count, 10);
	assert_int_equal(vm->vcpu[1].id, 1);
	assert_int_equal(vm->vcpu[1].backwards, 1);
	kxt_vm_vcpu_sum(vm, 1, &all);
	assert_int_equal(all.count, 11);
	/* reasons of all vCPUs, sorted */
	assert_int_equal(vm->nr_reasons, 3);
	assert_int_equal(vm->reason[0].code, 0);
	assert_int_equal(vm->reason[0].count, 18);
	assert_int_equal(vm->reason[0].unpaired, 1);
	assert_int_equal(vm->reason[0].max_ns, 1000);
	assert_int_equal(vm->reason[1].code, 1);
	assert_int_equal(vm->reason[1].count, 1);
	assert_int_equal(vm->reason[2].code, 7);
	assert_int_equal(vm->reason[2].count, 2);
}

/* What one of them does not know is not known of the sum. */
static void test_knows(void **state)
{
	const struct kxt_vm *vm = &sum.vm[1];

	(void)state;
	assert_int_equal(sum.vm[0].knows, 0);
	assert_int_equal(vm->vcpu[0].knows, KXT_KNOWS_VMM | KXT_KNOWS_RUNQ);
	assert_int_equal(vm->vcpu[1].knows, KXT_KNOWS_ALL);
	assert_int_equal(vm->knows, KXT_KNOWS_VMM | KXT_KNOWS_RUNQ);
}

static void test_parts(void **state)
{
	const struct kxt_vm *vm = &sum.vm[1];
	struct kxt_entry all;

	(void)state;
	assert_int_equal(vm->all.total_ns, 10000 + 2000 + 1500 + 1200 + 2800);
	assert_int_equal(vm->all.idle_ns, 300);
	assert_int_equal(vm->all.runq_ns, 200);
	assert_int_equal(vm->all.vmm_ns, 100);
	assert_int_equal(vm->all.vmm_count, 1);
	kxt_vm_vcpu_sum(vm, 1, &all);
	assert_int_equal(all.idle_ns, 300);
	kxt_vm_vcpu_sum(vm, 0, &all);
	assert_int_equal(all.idle_ns, 0);
}

static void test_details(void **state)
{
	const struct kxt_vm *vm = &sum.vm[1];
	const struct kxt_detail *d;
	unsigned int nr;

	(void)state;
	assert_true(sum.details);
	/* two lives of vCPU 0 had the same key */
	assert_int_equal(vm->vcpu[0].nr_details, 2);
	assert_int_equal(vm->vcpu[0].detail[0].key, 0x60);
	assert_int_equal(vm->vcpu[0].detail[0].count, 5);
	assert_int_equal(vm->vcpu[1].nr_details, 2);
	/* all of them, by reason; the sum of the rests comes last */
	assert_int_equal(vm->nr_details, 3);
	d = kxt_details_of(vm->detail, vm->nr_details, &vm->reason[0], &nr);
	assert_int_equal(nr, 2);
	assert_int_equal(d[0].key, 0x60);
	assert_int_equal(d[0].count, 9);
	assert_int_equal(d[0].error, 2);
	assert_int_equal(d[0].ns, 2 * 100 + 3 * 200 + 4 * 300);
	assert_true(d[1].rest);
	assert_int_equal(d[1].count, 6);
	d = kxt_details_of(vm->detail, vm->nr_details, &vm->reason[2], &nr);
	assert_int_equal(nr, 1);
	assert_int_equal(d->key, 0x70);
	assert_null(kxt_details_of(vm->detail, vm->nr_details, &vm->reason[1], &nr));
	assert_null(sum.vm[0].detail);
}

static void test_cost(void **state)
{
	struct kxt_summary other = { .interval_ns = 1000 };
	double value;

	(void)state;
	assert_true(kxt_summary_cost_ns(&sum, &value));
	assert_float_equal(value, 12.5, 1e-6);
	/* 21 exits in 8 us */
	assert_true(kxt_summary_cost_share(&sum, &value));
	assert_float_equal(value, 21 * 12.5 / 8000, 1e-6);
	/* no sample, no number */
	assert_false(kxt_summary_cost_ns(&other, &value));
	assert_false(kxt_summary_cost_share(&other, &value));
	other.cost = (struct kxt_cost) { 1, 10 };
	assert_true(kxt_summary_cost_share(&other, &value));
	assert_float_equal(value, 0, 1e-6);
	other.interval_ns = 0;
	assert_false(kxt_summary_cost_share(&other, &value));
}

static unsigned int count_wanted(const struct kxt_snapshot *s, uint32_t pid,
				 const char *glob)
{
	struct kxt_filter filter = { .pid = pid, .vm = glob };
	struct kxt_summary some = { 0 };
	struct kxt_err err;
	unsigned int nr;

	assert_int_equal(kxt_summary_make(&some, s, names, &filter, &err), 0);
	nr = some.nr;
	assert_int_equal(some.exits, nr && some.vm[nr - 1].pid == 100 ? 21 : 0);
	assert_int_equal(some.host_exits, 21);
	kxt_summary_free(&some);
	return nr;
}

static void test_filter(void **state)
{
	struct kxt_snapshot s;

	(void)state;
	make_snapshot(&s);
	assert_int_equal(count_wanted(&s, 0, NULL), 2);
	assert_int_equal(count_wanted(&s, 100, NULL), 1);
	assert_int_equal(count_wanted(&s, 7, NULL), 0);
	assert_int_equal(count_wanted(&s, 0, "*1"), 2);
	assert_int_equal(count_wanted(&s, 0, "w*"), 1);
	assert_int_equal(count_wanted(&s, 0, "we"), 0);
	assert_int_equal(count_wanted(&s, 0, "db?"), 1);
	assert_int_equal(count_wanted(&s, 100, "db1"), 0);
	kxt_snapshot_free(&s);
}

static void test_empty(void **state)
{
	struct kxt_snapshot s;
	struct kxt_err err;

	(void)state;
	/* into a used one, from nothing, with a clock that stands on its head */
	new_snapshot(&s, 50, 40);
	s.delta = true;
	assert_int_equal(kxt_summary_make(&sum, &s, names, NULL, &err), 0);
	assert_int_equal(sum.nr, 0);
	assert_int_equal(sum.exits, 0);
	assert_int_equal(sum.host_exits, 0);
	assert_int_equal(sum.interval_ns, 0);
	assert_true(sum.delta);
	assert_false(sum.details);
}

#define SUMMARY_TEST(test)	\
	cmocka_unit_test_setup_teardown(test, make_summary, free_summary)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SUMMARY_TEST(test_groups),
		SUMMARY_TEST(test_rows),
		SUMMARY_TEST(test_knows),
		SUMMARY_TEST(test_parts),
		SUMMARY_TEST(test_details),
		SUMMARY_TEST(test_cost),
		cmocka_unit_test(test_filter),
		SUMMARY_TEST(test_empty),
	};

	return cmocka_run_group_tests(tests, make_names, free_names);
}
