// SPDX-License-Identifier: GPL-2.0-only
/* What is behind the reasons: lists, their differences and their sums. */
#include <stdlib.h>

#include "tests/unit/build.h"
#include "user/summary.h"

#define PORT	KVMEXIT_KIND_PORT
#define RIP	KVMEXIT_KIND_RIP

/* One vCPU at both ends of a window. */
struct trio {
	struct kxt_snapshot from, to, delta;
	struct kxt_vcpu *a, *b;
	const struct kxt_vcpu *d;
};

static void begin(struct trio *t)
{
	new_snapshot(&t->from, 1000, 5000);
	new_snapshot(&t->to, 1000, 8000);
	t->from.details = t->to.details = true;
	kxt_snapshot_init(&t->delta);
	t->a = add_vcpu(&t->from, 1, 1, 1);
	t->b = add_vcpu(&t->to, 1, 1, 1);
}

static void make_delta(struct trio *t)
{
	kxt_snapshot_sort(&t->from);
	kxt_snapshot_sort(&t->to);
	both_deltas(&t->delta, &t->from, &t->to);
	t->d = &t->delta.vcpu[0];
}

static void end(struct trio *t)
{
	kxt_snapshot_free(&t->from);
	kxt_snapshot_free(&t->to);
	kxt_snapshot_free(&t->delta);
}

static void check_row(const struct kxt_detail *d, uint64_t key, uint64_t count,
		      uint64_t error, uint64_t ns)
{
	assert_false(d->rest);
	assert_int_equal(d->key, key);
	assert_int_equal(d->count, count);
	assert_int_equal(d->error, error);
	assert_int_equal(d->ns, ns);
	assert_int_equal(d->life, 0);
}

static void check_rest(const struct kxt_detail *d, uint64_t count, uint64_t ns)
{
	assert_true(d->rest);
	assert_int_equal(d->count, count);
	assert_int_equal(d->ns, ns);
}

/* By level, code, kind, rest, key, access; then, in a snapshot, life. */
static void test_order(void **state)
{
	struct kxt_snapshot s;
	struct kxt_vcpu *v;

	(void)state;
	new_snapshot(&s, 0, 1);
	v = add_vcpu(&s, 1, 1, 1);
	add_key(v, RIP, 1, 1, 1, 0);
	add_rest(v, PORT, 9, 1);
	add_key(v, PORT, 0x70, 1, 1, 0)->access = KVMEXIT_ACCESS_WRITE;
	add_key(v, PORT, 0x70, 1, 1, 7)->access = KVMEXIT_ACCESS_READ;
	add_key(v, PORT, 0x70, 1, 1, 3)->access = KVMEXIT_ACCESS_READ;
	add_key(v, PORT, 0x60, 1, 1, 0);
	add_key(v, PORT, 1, 1, 1, 0)->level = 2;
	add_key(v, PORT, 1, 1, 1, 0)->code = 4;
	kxt_snapshot_sort(&s);
	assert_int_equal(v->nr_details, 8);
	assert_int_equal(v->detail[0].key, 0x60);
	assert_int_equal(v->detail[1].life, 3);
	assert_int_equal(v->detail[2].life, 7);
	assert_int_equal(v->detail[3].access, KVMEXIT_ACCESS_WRITE);
	assert_true(v->detail[4].rest);
	assert_int_equal(v->detail[5].kind, RIP);
	assert_int_equal(v->detail[6].code, 4);
	assert_int_equal(v->detail[7].level, 2);
	kxt_snapshot_free(&s);
}

static void test_plain(void **state)
{
	struct trio t;

	(void)state;
	begin(&t);
	add_key(t.a, PORT, 0x60, 10, 100, 1);
	add_key(t.a, PORT, 0x70, 10, 100, 2);
	add_key(t.a, PORT, 0x80, 5, 100, 3);
	add_rest(t.a, PORT, 30, 100);
	add_key(t.b, PORT, 0x60, 14, 100, 1)->error = 3;
	add_key(t.b, PORT, 0x70, 11, 100, 2);
	/* nothing happened there */
	add_key(t.b, PORT, 0x80, 5, 100, 3);
	add_rest(t.b, PORT, 42, 100);
	make_delta(&t);
	assert_true(t.delta.details);
	assert_int_equal(t.d->nr_details, 3);
	/* it had its place all the time, so it misses nothing of the window */
	check_row(&t.d->detail[0], 0x60, 4, 0, 400);
	check_row(&t.d->detail[1], 0x70, 1, 0, 100);
	check_rest(&t.d->detail[2], 12 - 5, 700);
	end(&t);
}

/* Thrown out and back: from 0, what it missed is in the rest and so is its error. */
static void test_came_back(void **state)
{
	struct trio t;

	(void)state;
	begin(&t);
	add_key(t.a, PORT, 0x60, 50, 100, 1);
	add_rest(t.a, PORT, 60, 100);
	add_key(t.b, PORT, 0x60, 20, 100, 2)->error = 70;
	t.b->detail[0].error_ns = 300;
	add_rest(t.b, PORT, 100, 100);
	make_delta(&t);
	assert_int_equal(t.d->nr_details, 2);
	/* 40 in the window, 20 of them with the key: it cannot miss more than 20 */
	check_row(&t.d->detail[0], 0x60, 20, 20, 2000);
	assert_int_equal(t.d->detail[0].error_ns, 300);
	check_rest(&t.d->detail[1], 20, 2000);
	end(&t);
}

/* It is no more there: nothing of it is in the window but what is in the rest. */
static void test_vanished(void **state)
{
	struct trio t;

	(void)state;
	begin(&t);
	add_key(t.a, PORT, 0x60, 50, 100, 1);
	add_rest(t.a, PORT, 60, 100);
	add_key(t.b, PORT, 0x70, 3, 100, 2);
	add_rest(t.b, PORT, 67, 100);
	make_delta(&t);
	assert_int_equal(t.d->nr_details, 2);
	check_row(&t.d->detail[0], 0x70, 3, 0, 300);
	check_rest(&t.d->detail[1], 4, 400);
	end(&t);
}

/* The sum was read a moment before the keys. */
static void test_rest_not_negative(void **state)
{
	struct trio t;

	(void)state;
	begin(&t);
	add_rest(t.a, PORT, 10, 100);
	add_key(t.b, PORT, 0x60, 8, 100, 1);
	add_rest(t.b, PORT, 17, 100);
	make_delta(&t);
	assert_int_equal(t.d->nr_details, 1);
	check_row(&t.d->detail[0], 0x60, 8, 0, 800);
	end(&t);
}

/* All reasons and kinds for themselves. */
static void test_groups(void **state)
{
	struct trio t;

	(void)state;
	begin(&t);
	add_rest(t.b, PORT, 10, 100);
	add_key(t.b, PORT, 0x60, 8, 100, 1);
	add_rest(t.b, RIP, 5, 100)->one_in = 16;
	add_key(t.b, RIP, 0x1000, 5, 100, 1)->one_in = 16;
	add_key(t.b, PORT, 0x60, 3, 100, 1)->level = 2;
	add_rest(t.b, PORT, 7, 100)->level = 2;
	/* a collector that has no sum has no rest */
	add_key(t.b, KVMEXIT_KIND_MSR, 0x10, 3, 100, 1)->error = 9;
	make_delta(&t);
	assert_int_equal(t.d->nr_details, 6);
	check_row(&t.d->detail[0], 0x60, 8, 0, 800);
	check_rest(&t.d->detail[1], 2, 200);
	check_row(&t.d->detail[2], 0x10, 3, 9, 300);
	check_row(&t.d->detail[3], 0x1000, 5, 0, 500);
	assert_int_equal(t.d->detail[3].one_in, 16);
	assert_int_equal(t.d->detail[4].level, 2);
	check_rest(&t.d->detail[5], 4, 400);
	end(&t);
}

/* Details were off in between: the lives are the same, by chance. */
static void test_collected_anew(void **state)
{
	struct trio t;

	(void)state;
	begin(&t);
	add_key(t.a, PORT, 0x60, 50, 100, 1);
	add_key(t.a, PORT, 0x70, 1, 100, 2);
	add_rest(t.a, PORT, 60, 100);
	add_key(t.b, PORT, 0x60, 20, 100, 1);
	add_key(t.b, PORT, 0x70, 9, 100, 2);
	add_rest(t.b, PORT, 30, 100);
	make_delta(&t);
	assert_int_equal(t.d->nr_details, 3);
	check_row(&t.d->detail[0], 0x60, 20, 0, 2000);
	check_row(&t.d->detail[1], 0x70, 9, 0, 900);
	check_rest(&t.d->detail[2], 1, 100);
	end(&t);
	/* nobody wants them any more */
	begin(&t);
	add_key(t.a, PORT, 0x60, 50, 100, 1);
	t.to.details = false;
	make_delta(&t);
	assert_int_equal(t.d->nr_details, 0);
	assert_null(t.d->detail);
	assert_false(t.delta.details);
	end(&t);
}

/* A vCPU that was counted anew has other keys, too. */
static void test_vcpu_anew(void **state)
{
	struct trio t;

	(void)state;
	begin(&t);
	add_exits(&t.a->entry[0], 100, 50);
	add_exits(&t.b->entry[0], 100, 40);
	add_key(t.a, PORT, 0x60, 10, 100, 1);
	add_rest(t.a, PORT, 10, 100);
	add_key(t.b, PORT, 0x60, 30, 100, 1);
	add_rest(t.b, PORT, 30, 100);
	make_delta(&t);
	assert_int_equal(t.d->nr_details, 1);
	check_row(&t.d->detail[0], 0x60, 30, 0, 3000);
	end(&t);
}

/* A key was thrown out and came back in another place while it was read. */
static void test_twice(void **state)
{
	struct trio t;

	(void)state;
	begin(&t);
	add_key(t.a, PORT, 0x60, 10, 100, 1);
	add_rest(t.a, PORT, 10, 100);
	add_key(t.b, PORT, 0x60, 13, 100, 1);
	add_key(t.b, PORT, 0x60, 2, 100, 2)->error = 1;
	add_rest(t.b, PORT, 16, 100);
	/* and so may be the sum of a broken collector */
	add_rest(t.b, PORT, 1, 100)->life = 5;
	make_delta(&t);
	assert_int_equal(t.d->nr_details, 2);
	check_row(&t.d->detail[0], 0x60, 5, 1, 500);
	check_rest(&t.d->detail[1], 2, 200);
	end(&t);
}

static void test_from_nothing(void **state)
{
	struct kxt_err err;
	struct trio t;

	(void)state;
	begin(&t);
	add_key(t.b, PORT, 0x60, 13, 100, 4)->error = 2;
	add_rest(t.b, PORT, 16, 100);
	kxt_snapshot_sort(&t.to);
	assert_int_equal(kxt_snapshot_delta(&t.delta, NULL, &t.to, &err), 0);
	t.d = &t.delta.vcpu[0];
	assert_true(t.delta.details);
	assert_int_equal(t.d->nr_details, 2);
	check_row(&t.d->detail[0], 0x60, 13, 2, 1300);
	check_rest(&t.d->detail[1], 3, 300);
	end(&t);
}

/* Copies are deep, and what is carried keeps what is behind it. */
static void test_copy_and_carry(void **state)
{
	struct kxt_snapshot copy;
	struct kxt_err err;
	struct trio t;

	(void)state;
	begin(&t);
	add_key(t.a, PORT, 0x60, 13, 100, 4);
	t.a->open = (struct kxt_open) { .is = true, .idle_ns = 7 };
	t.from.cost.samples = 3;
	kxt_snapshot_init(&copy);
	assert_int_equal(kxt_snapshot_copy(&copy, &t.from, &err), 0);
	t.a->detail[0].count = 99;
	assert_true(copy.details);
	assert_int_equal(copy.cost.samples, 3);
	assert_int_equal(copy.vcpu[0].nr_details, 1);
	assert_int_equal(copy.vcpu[0].detail[0].count, 13);
	assert_int_equal(copy.vcpu[0].open.idle_ns, 7);
	t.to.vcpu[0].key++;
	assert_int_equal(kxt_snapshot_carry(&t.to, &copy, &err), 0);
	kxt_snapshot_free(&copy);
	assert_int_equal(t.to.nr, 2);
	assert_int_equal(t.to.vcpu[0].nr_details, 1);
	assert_int_equal(t.to.vcpu[0].detail[0].key, 0x60);
	assert_int_equal(t.to.vcpu[0].open.idle_ns, 7);
	assert_int_equal(t.to.vcpu[1].nr_details, 0);
	end(&t);
}

static void test_of(void **state)
{
	struct kxt_entry e = { .code = 0 };
	const struct kxt_detail *d;
	struct kxt_snapshot s;
	struct kxt_vcpu *v;
	unsigned int nr;

	(void)state;
	assert_null(kxt_details_of(NULL, 0, &e, &nr));
	assert_int_equal(nr, 0);
	new_snapshot(&s, 0, 1);
	v = add_vcpu(&s, 1, 1, 0);
	for (unsigned int i = 0; i < 30; i++) {
		struct kxt_detail *new = add_key(v, PORT, i, 1, 1, 0);

		new->code = 2 * (i / 3 % 5);
		new->level = 1 + i / 15;
	}
	kxt_snapshot_sort(&s);
	for (e.level = 0; e.level < 4; e.level++) {
		for (e.code = 0; e.code < 12; e.code++) {
			bool there = (e.level == 1 || e.level == 2) &&
				     e.code % 2 == 0 && e.code < 10;

			d = kxt_details_of(v->detail, v->nr_details, &e, &nr);
			assert_int_equal(nr, there ? 3 : 0);
			assert_int_equal(d != NULL, there);
			for (unsigned int i = 0; i < nr; i++) {
				assert_int_equal(d[i].level, e.level);
				assert_int_equal(d[i].code, e.code);
			}
		}
	}
	kxt_snapshot_free(&s);
}

static void test_merge(void **state)
{
	struct kxt_snapshot s;
	struct kxt_vcpu *v;

	(void)state;
	assert_int_equal(kxt_details_merge(NULL, 0), 0);
	new_snapshot(&s, 0, 1);
	v = add_vcpu(&s, 1, 1, 1);
	add_key(v, RIP, 5, 10, 100, 1)->one_in = 1;
	add_key(v, RIP, 5, 4, 50, 2)->one_in = 16;
	add_key(v, RIP, 6, 1, 1, 2);
	add_key(v, RIP, 6, 1, 1, 2)->access = KVMEXIT_ACCESS_READ;
	add_rest(v, RIP, 3, 1);
	add_rest(v, RIP, 4, 1);
	v->detail[0].error = 3;
	v->detail[1].error = 4;
	v->detail[1].error_ns = 9;
	kxt_snapshot_sort(&s);
	v->nr_details = kxt_details_merge(v->detail, v->nr_details);
	assert_int_equal(v->nr_details, 4);
	check_row(&v->detail[0], 5, 14, 7, 1200);
	assert_int_equal(v->detail[0].error_ns, 9);
	assert_int_equal(v->detail[0].one_in, 16);
	check_row(&v->detail[1], 6, 1, 0, 1);
	check_row(&v->detail[2], 6, 1, 0, 1);
	check_rest(&v->detail[3], 7, 7);
	kxt_snapshot_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_came_back),
		cmocka_unit_test(test_vanished),
		cmocka_unit_test(test_rest_not_negative),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_collected_anew),
		cmocka_unit_test(test_vcpu_anew),
		cmocka_unit_test(test_twice),
		cmocka_unit_test(test_from_nothing),
		cmocka_unit_test(test_copy_and_carry),
		cmocka_unit_test(test_of),
		cmocka_unit_test(test_merge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
