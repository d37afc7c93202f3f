/* SPDX-License-Identifier: GPL-2.0-only */
/* A summary of three VMs for the tests of tables. Includes cmocka. */
#ifndef KXT_TEST_ROWS_FIXTURE_H
#define KXT_TEST_ROWS_FIXTURE_H

#include <locale.h>
#include <stdio.h>

#include "tests/unit/build.h"
#include "user/rows.h"

#define HLT	0x78
#define MSR	0x7c
#define NPF	0x400

static struct kxt_vm_names *names;
static struct kxt_summary sum;

/* Halts are idle for 3/4 of their time; half of the MSR exits go to the VMM. */
static void add_parts(struct kxt_vcpu *v)
{
	v->knows = KXT_KNOWS_ALL;
	v->entry[0].idle_ns = v->entry[0].total_ns / 4 * 3;
	v->entry[1].vmm_ns = v->entry[1].total_ns / 2;
	v->entry[1].vmm_count = v->entry[1].count / 2;
	v->entry[1].runq_ns = v->entry[1].total_ns / 4;
}

/* rates of vCPU 0 and 1, with half as much on vCPU 1; VM 30 knows no parts */
static void add_vm(struct kxt_snapshot *s, uint32_t pid, uint64_t hlt, uint64_t msr)
{
	for (uint32_t i = 0; i < 2; i++) {
		struct kxt_vcpu *v = add_vcpu(s, pid + i, 1, 2);

		v->pid = pid;
		v->id = i;
		v->guest_ns = 250000000;
		v->entry[0].code = HLT;
		v->entry[1].code = MSR;
		add_exits(&v->entry[0], 1000000, hlt >> i);
		add_exits(&v->entry[1], 1000, msr >> i);
		if (pid != 30)
			add_parts(v);
	}
}

static void make_sum(uint64_t hlt, uint64_t msr)
{
	struct kxt_snapshot s;

	new_snapshot(&s, 0, 1000000000);
	s.delta = true;
	add_vm(&s, 10, hlt, 2 * msr);
	add_vm(&s, 20, 2 * hlt, msr);
	add_vm(&s, 30, 0, 10 * msr);
	kxt_snapshot_sort(&s);
	assert_int_equal(kxt_summary_make(&sum, &s, names, NULL, NULL), 0);
	kxt_snapshot_free(&s);
}

UNUSED static int set_up(void **state)
{
	(void)state;
	names = kxt_vm_names_new(NULL);
	if (!names || kxt_vm_names_set(names, 10, "web1") ||
	    kxt_vm_names_set(names, 20, "db1") || kxt_vm_names_set(names, 30, "Web2"))
		return -1;
	make_sum(100, 1000);
	return 0;
}

UNUSED static int tear_down(void **state)
{
	(void)state;
	kxt_summary_free(&sum);
	kxt_vm_names_free(names);
	return 0;
}

UNUSED static void build(struct kxt_table *t, const struct kxt_scope *scope)
{
	static const struct kxt_scope everything;

	assert_int_equal(kxt_table_build(t, &sum, scope ? scope : &everything, NULL), 0);
}

#endif /* KXT_TEST_ROWS_FIXTURE_H */
