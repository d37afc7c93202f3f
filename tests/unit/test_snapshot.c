// SPDX-License-Identifier: GPL-2.0-only
#include "tests/unit/build.h"
#include "user/stats.h"

/* from, to and their delta; each test fills the first two. */
struct trio {
	struct kxt_snapshot from, to, delta;
};

static void begin(struct trio *t)
{
	new_snapshot(&t->from, 1000, 5000);
	new_snapshot(&t->to, 1000, 8000);
	kxt_snapshot_init(&t->delta);
}

static void make_delta(struct trio *t)
{
	kxt_snapshot_sort(&t->from);
	kxt_snapshot_sort(&t->to);
	both_deltas(&t->delta, &t->from, &t->to);
	assert_true(t->delta.delta);
}

static void end(struct trio *t)
{
	kxt_snapshot_free(&t->from);
	kxt_snapshot_free(&t->to);
	kxt_snapshot_free(&t->delta);
}

static void test_order(void **state)
{
	struct kxt_snapshot s;
	struct kxt_vcpu *v;

	(void)state;
	new_snapshot(&s, 0, 1);
	/* more than the first allocation has room for, backwards */
	for (uint32_t i = 100; i > 0; i--)
		add_vcpu(&s, i % 50, i, 0);
	v = add_vcpu(&s, 7, 0, 3);
	v->entry[0].code = KVMEXIT_CODE_OTHER;
	v->entry[1].code = 3;
	v->entry[1].level = 1;
	v->entry[2].code = 9;
	kxt_snapshot_sort(&s);
	assert_int_equal(s.nr, 101);
	for (unsigned int i = 1; i < s.nr; i++)
		assert_true(s.vcpu[i - 1].key < s.vcpu[i].key);
	v = &s.vcpu[14];
	assert_true(v->key == 7ULL << 32);
	assert_int_equal(v->entry[0].code, 9);
	assert_true(v->entry[1].code == KVMEXIT_CODE_OTHER);
	assert_int_equal(v->entry[2].level, 1);
	kxt_snapshot_free(&s);
	assert_int_equal(s.nr, 0);
	assert_null(s.vcpu);
}

static void test_copy(void **state)
{
	struct kxt_snapshot s, copy;
	struct kxt_err err;

	(void)state;
	new_snapshot(&s, 10, 20);
	s.lost.exits = 4;
	add_exits(&add_vcpu(&s, 1, 1, 2)->entry[1], 500, 3);
	add_vcpu(&s, 2, 1, 0);
	new_snapshot(&copy, 0, 0);
	add_vcpu(&copy, 9, 9, 1);
	assert_int_equal(kxt_snapshot_copy(&copy, &s, &err), 0);
	/* deep: the original may go */
	s.vcpu[0].entry[1].count = 99;
	kxt_snapshot_free(&s);
	assert_int_equal(copy.now_ns, 20);
	assert_int_equal(copy.lost.exits, 4);
	assert_true(copy.kvm_present);
	assert_int_equal(copy.nr, 2);
	assert_int_equal(copy.vcpu[0].nr, 2);
	assert_int_equal(copy.vcpu[0].entry[1].count, 3);
	assert_int_equal(copy.vcpu[1].tid, 202);
	kxt_snapshot_free(&copy);
}

static void test_plain_delta(void **state)
{
	struct trio t;
	struct kxt_vcpu *a, *b, *d;

	(void)state;
	begin(&t);
	a = add_vcpu(&t.from, 3, 1, 3);
	b = add_vcpu(&t.to, 3, 1, 3);
	add_exits(&a->entry[0], 1000, 10);
	add_exits(&b->entry[0], 1000, 10);
	add_exits(&b->entry[0], 5000, 2);
	add_unpaired(&b->entry[0], 1);
	/* the second does not change, the third is new */
	add_exits(&a->entry[1], 700, 5);
	add_exits(&b->entry[1], 700, 5);
	a->nr = 2;
	add_exits(&b->entry[2], 300, 1);
	a->guest_ns = 100;
	b->guest_ns = 350;
	a->kvm_entries = 15;
	b->kvm_entries = 18;
	t.from.lost.exits = 5;
	t.to.lost.exits = 7;
	t.from.lost.slots = 9;
	t.to.lost.slots = 4;	/* went back: from zero */
	make_delta(&t);

	assert_int_equal(t.delta.start_ns, 5000);
	assert_int_equal(t.delta.now_ns, 8000);
	assert_int_equal(t.delta.lost.exits, 2);
	assert_int_equal(t.delta.lost.slots, 4);
	assert_int_equal(t.delta.nr, 1);
	d = &t.delta.vcpu[0];
	assert_int_equal(d->guest_ns, 250);
	assert_int_equal(d->kvm_entries, 3);
	assert_int_equal(d->nr, 2);
	assert_int_equal(d->entry[0].code, 0);
	assert_int_equal(d->entry[0].count, 3);
	assert_int_equal(d->entry[0].unpaired, 1);
	assert_int_equal(d->entry[0].timed, 2);
	assert_int_equal(d->entry[0].total_ns, 10000);
	assert_int_equal(d->entry[0].max_ns, 5000);
	assert_int_equal(kxt_hist_sum(d->entry[0].hist), 2);
	assert_int_equal(d->entry[0].hist[kxt_bucket(5000)], 2);
	assert_int_equal(d->entry[1].code, 2);
	assert_int_equal(d->entry[1].count, 1);
	end(&t);
}

/* The exit was counted before the window and timed in it. */
static void test_unpaired_minus_one(void **state)
{
	struct trio t;
	struct kxt_vcpu *a, *b;
	struct kxt_entry *e;

	(void)state;
	begin(&t);
	a = add_vcpu(&t.from, 0, 1, 1);
	b = add_vcpu(&t.to, 0, 1, 1);
	add_exits(&a->entry[0], 1000, 4);
	add_unpaired(&a->entry[0], 1);
	add_exits(&b->entry[0], 1000, 4);
	add_exits(&b->entry[0], 40000, 1);
	make_delta(&t);
	assert_int_equal(t.delta.vcpu[0].nr, 1);
	e = &t.delta.vcpu[0].entry[0];
	assert_int_equal(e->count, 0);
	assert_int_equal(e->unpaired, -1);
	assert_int_equal(e->timed, 1);
	assert_int_equal(e->total_ns, 40000);
	assert_int_equal(e->max_ns, 40000);
	assert_int_equal((int64_t)kxt_hist_sum(e->hist) + e->unpaired, e->count);
	end(&t);
}

static void test_max_is_a_bound(void **state)
{
	struct trio t;
	struct kxt_vcpu *a, *b;

	(void)state;
	begin(&t);
	a = add_vcpu(&t.from, 0, 1, 3);
	b = add_vcpu(&t.to, 0, 1, 3);
	for (int i = 0; i < 3; i++) {
		add_exits(&a->entry[i], 90000, 1);
		add_exits(&b->entry[i], 90000, 1);
	}
	add_exits(&b->entry[0], 1030, 1);	/* upper edge of its bucket: 1280 */
	add_exits(&b->entry[1], 88000, 1);	/* edge 98304, but never above 90000 */
	add_unpaired(&b->entry[2], 1);		/* nothing timed */
	make_delta(&t);
	assert_int_equal(t.delta.vcpu[0].entry[0].max_ns, 1280);
	assert_int_equal(t.delta.vcpu[0].entry[1].max_ns, 90000);
	assert_int_equal(t.delta.vcpu[0].entry[2].max_ns, 0);
	assert_int_equal(t.delta.vcpu[0].entry[2].unpaired, 1);
	end(&t);
}

static void test_slot_reuse(void **state)
{
	struct trio t;

	(void)state;
	begin(&t);
	add_exits(&add_vcpu(&t.from, 5, 1, 1)->entry[0], 1000, 100);
	/* the same slot, another vCPU: nothing is subtracted */
	add_exits(&add_vcpu(&t.to, 5, 2, 1)->entry[0], 1000, 130);
	make_delta(&t);
	assert_int_equal(t.delta.nr, 1);
	assert_true(t.delta.vcpu[0].key == (5ULL << 32 | 2));
	assert_int_equal(t.delta.vcpu[0].entry[0].count, 130);
	end(&t);
}

static void test_counter_restart(void **state)
{
	struct trio t;
	struct kxt_vcpu *a, *b;

	(void)state;
	begin(&t);
	a = add_vcpu(&t.from, 5, 1, 2);
	b = add_vcpu(&t.to, 5, 1, 2);
	add_exits(&a->entry[0], 1000, 100);
	add_exits(&a->entry[1], 1000, 100);
	add_exits(&b->entry[0], 1000, 40);
	/* above its old value, but the other tells that it is another life */
	add_exits(&b->entry[1], 1000, 160);
	a->guest_ns = 500;
	b->guest_ns = 600;
	make_delta(&t);
	assert_int_equal(t.delta.vcpu[0].entry[0].count, 40);
	assert_int_equal(t.delta.vcpu[0].entry[0].hist[kxt_bucket(1000)], 40);
	assert_int_equal(t.delta.vcpu[0].entry[1].count, 160);
	assert_int_equal(t.delta.vcpu[0].guest_ns, 600);
	end(&t);
}

static void test_entry_gone(void **state)
{
	struct trio t;
	struct kxt_vcpu *a;

	(void)state;
	begin(&t);
	a = add_vcpu(&t.from, 5, 1, 2);
	add_exits(&a->entry[0], 1000, 10);
	add_exits(&a->entry[1], 1000, 10);
	add_exits(&add_vcpu(&t.to, 5, 1, 1)->entry[0], 1000, 12);
	make_delta(&t);
	assert_int_equal(t.delta.vcpu[0].entry[0].count, 12);
	end(&t);
}

/* The running stretch is measured on another CPU: it may step back a little. */
static void test_guest_time_jitter(void **state)
{
	struct trio t;
	struct kxt_vcpu *a, *b;

	(void)state;
	begin(&t);
	a = add_vcpu(&t.from, 5, 1, 1);
	b = add_vcpu(&t.to, 5, 1, 1);
	add_exits(&a->entry[0], 1000, 10);
	add_exits(&b->entry[0], 1000, 11);
	a->guest_ns = 1000000;
	b->guest_ns = 999990;
	make_delta(&t);
	assert_int_equal(t.delta.vcpu[0].guest_ns, 0);
	assert_int_equal(t.delta.vcpu[0].entry[0].count, 1);
	end(&t);
}

static void test_collector_restart(void **state)
{
	struct trio t;

	(void)state;
	begin(&t);
	t.to.start_ns = 5001;
	add_exits(&add_vcpu(&t.from, 5, 1, 1)->entry[0], 1000, 100);
	add_exits(&add_vcpu(&t.to, 5, 1, 1)->entry[0], 1000, 130);
	t.from.lost.exits = 3;
	t.to.lost.exits = 10;
	make_delta(&t);
	assert_int_equal(t.delta.vcpu[0].entry[0].count, 130);
	assert_int_equal(t.delta.lost.exits, 10);
	/* the window is as long as what is in it */
	assert_int_equal(t.delta.start_ns, 5001);
	end(&t);
	/* a start at the very moment of the first look is the same start */
	begin(&t);
	t.to.start_ns = 5000;
	add_exits(&add_vcpu(&t.from, 5, 1, 1)->entry[0], 1000, 100);
	add_exits(&add_vcpu(&t.to, 5, 1, 1)->entry[0], 1000, 130);
	make_delta(&t);
	assert_int_equal(t.delta.vcpu[0].entry[0].count, 30);
	end(&t);
}

static void test_from_nothing(void **state)
{
	struct trio t;
	struct kxt_err err;

	(void)state;
	begin(&t);
	add_exits(&add_vcpu(&t.to, 5, 1, 1)->entry[0], 1000, 130);
	t.to.vcpu[0].ended = true;
	t.to.lost.slots = 2;
	assert_int_equal(kxt_snapshot_delta(&t.delta, NULL, &t.to, &err), 0);
	assert_int_equal(t.delta.start_ns, 1000);
	assert_int_equal(t.delta.nr, 1);
	assert_int_equal(t.delta.vcpu[0].entry[0].count, 130);
	assert_int_equal(t.delta.lost.slots, 2);
	end(&t);
}

static void test_quiet_vcpus(void **state)
{
	struct trio t;

	(void)state;
	begin(&t);
	/* 1: alive and quiet, 2: ended before, 3: ended in the window */
	for (uint32_t i = 1; i <= 3; i++) {
		add_exits(&add_vcpu(&t.from, i, 1, 1)->entry[0], 1000, 10);
		add_exits(&add_vcpu(&t.to, i, 1, 1)->entry[0], 1000, 10);
	}
	t.from.vcpu[1].ended = true;
	t.to.vcpu[1].ended = true;
	t.to.vcpu[2].ended = true;
	/* 4: not there any more */
	add_vcpu(&t.from, 4, 1, 0);
	make_delta(&t);
	assert_int_equal(t.delta.nr, 2);
	assert_int_equal(t.delta.vcpu[0].id, 1);
	assert_int_equal(t.delta.vcpu[0].nr, 0);
	assert_int_equal(t.delta.vcpu[1].id, 3);
	assert_true(t.delta.vcpu[1].ended);
	end(&t);
}

static void test_carry(void **state)
{
	struct trio t;
	struct kxt_err err;

	(void)state;
	begin(&t);
	add_exits(&add_vcpu(&t.from, 1, 1, 1)->entry[0], 1000, 10);
	add_exits(&add_vcpu(&t.from, 2, 1, 1)->entry[0], 1000, 20);
	add_exits(&add_vcpu(&t.from, 3, 1, 1)->entry[0], 1000, 30);
	t.from.vcpu[2].ended = true;
	/* slot 2 was given to another, slot 3 is free, slot 1 goes on */
	add_exits(&add_vcpu(&t.to, 1, 1, 1)->entry[0], 1000, 11);
	add_exits(&add_vcpu(&t.to, 2, 2, 1)->entry[0], 1000, 5);
	assert_int_equal(kxt_snapshot_carry(&t.to, &t.from, &err), 0);
	assert_int_equal(t.to.nr, 4);
	assert_false(t.to.vcpu[0].ended);
	assert_int_equal(t.to.vcpu[0].entry[0].count, 11);
	assert_true(t.to.vcpu[1].key == (2ULL << 32 | 1));
	assert_true(t.to.vcpu[1].ended);
	assert_int_equal(t.to.vcpu[1].entry[0].count, 20);
	assert_false(t.to.vcpu[2].ended);
	assert_true(t.to.vcpu[3].ended);
	assert_int_equal(t.to.vcpu[3].entry[0].count, 30);
	/* twice is once */
	assert_int_equal(kxt_snapshot_carry(&t.to, &t.from, &err), 0);
	assert_int_equal(t.to.nr, 4);
	/* 3 had ended before the window and is not in it */
	make_delta(&t);
	assert_int_equal(t.delta.nr, 3);
	assert_int_equal(t.delta.vcpu[1].nr, 0);
	assert_true(t.delta.vcpu[1].ended);
	assert_int_equal(t.delta.vcpu[2].entry[0].count, 5);
	end(&t);
}

static void test_no_carry_over_restart(void **state)
{
	struct trio t;
	struct kxt_err err;

	(void)state;
	begin(&t);
	t.to.start_ns = 6000;
	add_exits(&add_vcpu(&t.from, 1, 1, 1)->entry[0], 1000, 10);
	assert_int_equal(kxt_snapshot_carry(&t.to, &t.from, &err), 0);
	assert_int_equal(t.to.nr, 0);
	end(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_plain_delta),
		cmocka_unit_test(test_unpaired_minus_one),
		cmocka_unit_test(test_max_is_a_bound),
		cmocka_unit_test(test_slot_reuse),
		cmocka_unit_test(test_counter_restart),
		cmocka_unit_test(test_entry_gone),
		cmocka_unit_test(test_guest_time_jitter),
		cmocka_unit_test(test_collector_restart),
		cmocka_unit_test(test_from_nothing),
		cmocka_unit_test(test_quiet_vcpus),
		cmocka_unit_test(test_carry),
		cmocka_unit_test(test_no_carry_over_restart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
