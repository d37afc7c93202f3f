// SPDX-License-Identifier: GPL-2.0-only
#include "tests/unit/build.h"
#include "user/report/reason.h"

#define SEC	1000000000ULL
#define HLT	0x78

static void is(struct kxt_summary *s, const char *name, unsigned int nr, bool grouped)
{
	struct kxt_report_reasons r;
	struct kxt_err err = { 0 };

	assert_int_equal(kxt_report_reasons_find(&r, s, name, &err), 0);
	assert_int_equal(r.nr, nr);
	if (nr)
		assert_int_equal(r.id[0].grouped, grouped);
}

static void test_reasons(void **state)
{
	struct kxt_report_reasons r;
	struct kxt_vm_names *names = kxt_vm_names_new(NULL);
	struct kxt_summary a = { 0 };
	struct kxt_snapshot s;
	struct kxt_vcpu *v;
	struct kxt_entry before, after;
	struct kxt_err err;

	(void)state;
	new_snapshot(&s, 0, SEC);
	v = add_vcpu(&s, 0, 1, 5);
	v->entry[0].code = 0x7b;
	for (unsigned int i = 0; i < 5; i++)
		v->entry[i].level = 1;
	v->entry[1].code = HLT;
	v->entry[1].level = 2;
	v->entry[2].code = HLT;
	v->entry[3].code = 0x12345;
	v->entry[4].code = KVMEXIT_CODE_SIGNAL;
	for (unsigned int i = 0; i < 5; i++)
		add_exits(&v->entry[i], 1000, 1);
	kxt_snapshot_sort(&s);
	assert_int_equal(kxt_summary_make(&a, &s, names, NULL, NULL), 0);
	kxt_snapshot_free(&s);
	kxt_vm_names_free(names);
	is(&a, "hlt", 2, false);
	is(&a, "HLT", 2, false);
	is(&a, "halt", 1, true);
	/* a reason before a class */
	is(&a, "IO", 1, false);
	is(&a, "Signal-Exit", 1, false);
	is(&a, "unknown_0x12345", 1, false);
	/* there are such, but not here */
	is(&a, "unknown_0x9", 0, false);
	is(&a, "npf", 0, false);
	is(&a, "EPT VIOLATION", 0, false);
	is(&a, "mmio", 0, true);
	is(&a, "unreadable", 0, false);
	assert_int_equal(kxt_report_reasons_find(&r, &a, "hl", &err), -1);
	assert_int_equal(err.status, KXT_EXIT_USAGE);
	assert_int_equal(kxt_report_reasons_find(&r, &a, "", &err), -1);
	assert_int_equal(kxt_report_reasons_find(&r, &a, "unknown_0x", &err), -1);
	/* the guest's own first */
	assert_int_equal(kxt_report_reasons_find(&r, &a, "hlt", &err), 0);
	assert_int_equal(r.id[0].level, 1);
	assert_int_equal(r.id[1].level, 2);
	kxt_vm_vcpu_sum(&a.vm[0], 0, &before);
	assert_int_equal(kxt_report_reasons_keep(&r, &a, &err), 0);
	kxt_vm_vcpu_sum(&a.vm[0], 0, &after);
	assert_memory_equal(&after, &before, sizeof(after));
	assert_int_equal(a.vm[0].nr_reasons, 2);
	assert_int_equal(a.vm[0].vcpu[0].nr, 2);
	assert_int_equal(a.vm[0].vcpu[0].entry[1].code, HLT);
	assert_int_equal(a.vm[0].all.count, 5);
	kxt_summary_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reasons),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
