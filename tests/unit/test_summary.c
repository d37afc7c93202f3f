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
	v = add_vcpu(s, 1, 1, 2);
	add_exits(&v->entry[0], 1000, 10);
	add_exits(&v->entry[1], 2000, 1);
	v->guest_ns = 5;
	v->backwards = 1;
	v = add_vcpu(s, 0, 1, 1);
	add_exits(&v->entry[0], 500, 3);
	v->guest_ns = 7;
	v->ended = true;
	/* the same thread and id again, in another slot */
	v = add_vcpu(s, 9, 4, 2);
	v->id = 0;
	v->tid = 200;
	v->entry[0].code = 7;
	add_exits(&v->entry[0], 600, 2);
	v->entry[1].code = 0;
	add_exits(&v->entry[1], 700, 4);
	add_unpaired(&v->entry[1], 1);
	v->guest_ns = 11;
	v = add_vcpu(s, 3, 1, 0);
	v->pid = 50;
	v->isa = KVMEXIT_ISA_VMX;
	v->ended = true;
	kxt_snapshot_sort(s);
}

static void test_groups(void **state)
{
	struct kxt_summary sum = { 0 };
	struct kxt_snapshot s;
	struct kxt_err err;
	struct kxt_vm *vm;

	(void)state;
	make_snapshot(&s);
	assert_int_equal(kxt_summary_make(&sum, &s, names, NULL, &err), 0);
	kxt_snapshot_free(&s);	/* nothing of it is shared */

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
	kxt_summary_free(&sum);
	assert_null(sum.vm);
}

static void test_rows(void **state)
{
	struct kxt_summary sum = { 0 };
	struct kxt_snapshot s;
	struct kxt_err err;
	struct kxt_vm *vm;

	(void)state;
	make_snapshot(&s);
	assert_int_equal(kxt_summary_make(&sum, &s, names, NULL, &err), 0);
	vm = &sum.vm[1];
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
	assert_int_equal(vm->vcpu_all[0].count, 10);
	assert_int_equal(vm->vcpu[1].id, 1);
	assert_int_equal(vm->vcpu[1].backwards, 1);
	assert_int_equal(vm->vcpu_all[1].count, 11);
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
	kxt_summary_free(&sum);
	kxt_snapshot_free(&s);
}

static unsigned int count_wanted(const struct kxt_snapshot *s, uint32_t pid,
				 const char *glob)
{
	struct kxt_filter filter = { .pid = pid, .vm = glob };
	struct kxt_summary sum = { 0 };
	struct kxt_err err;
	unsigned int nr;

	assert_int_equal(kxt_summary_make(&sum, s, names, &filter, &err), 0);
	nr = sum.nr;
	assert_int_equal(sum.exits, nr && sum.vm[nr - 1].pid == 100 ? 21 : 0);
	kxt_summary_free(&sum);
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
	struct kxt_summary sum = { 0 };
	struct kxt_snapshot s;
	struct kxt_err err;

	(void)state;
	make_snapshot(&s);
	assert_int_equal(kxt_summary_make(&sum, &s, names, NULL, &err), 0);
	kxt_snapshot_free(&s);
	/* into a used one, from nothing, with a clock that stands on its head */
	new_snapshot(&s, 50, 40);
	s.delta = true;
	assert_int_equal(kxt_summary_make(&sum, &s, names, NULL, &err), 0);
	assert_int_equal(sum.nr, 0);
	assert_int_equal(sum.exits, 0);
	assert_int_equal(sum.interval_ns, 0);
	assert_true(sum.delta);
	kxt_summary_free(&sum);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_filter),
		cmocka_unit_test(test_empty),
	};

	return cmocka_run_group_tests(tests, make_names, free_names);
}
