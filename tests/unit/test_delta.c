// SPDX-License-Identifier: GPL-2.0-only
/* Where the time of a window went, with exits that were open at its ends. */
#include "tests/unit/build.h"
#include "user/stats.h"

#define WINDOW_NS	3000

/* One vCPU at both ends of a window, and what it had in it. */
struct trio {
	struct kxt_snapshot from, to, delta;
	struct kxt_vcpu *a, *b;
	const struct kxt_vcpu *d;
};

static void begin(struct trio *t, unsigned int nr_from, unsigned int nr_to)
{
	new_snapshot(&t->from, 1000, 1000000);
	new_snapshot(&t->to, 1000, 1000000 + WINDOW_NS);
	kxt_snapshot_init(&t->delta);
	t->a = add_vcpu(&t->from, 1, 1, nr_from);
	t->b = add_vcpu(&t->to, 1, 1, nr_to);
}

static void make_delta(struct trio *t)
{
	kxt_snapshot_sort(&t->from);
	kxt_snapshot_sort(&t->to);
	both_deltas(&t->delta, &t->from, &t->to);
	assert_true(t->delta.nr <= 1);
	t->d = t->delta.nr ? &t->delta.vcpu[0] : NULL;
}

static void end(struct trio *t)
{
	kxt_snapshot_free(&t->from);
	kxt_snapshot_free(&t->to);
	kxt_snapshot_free(&t->delta);
}

static void set_open(struct kxt_vcpu *v, uint64_t code, uint64_t idle_ns,
		     uint64_t kernel_ns, uint64_t vmm_ns)
{
	v->open = (struct kxt_open) { true, code, 0, idle_ns, kernel_ns, vmm_ns };
}

static void check_split(const struct kxt_entry *e, uint64_t total, uint64_t idle,
			uint64_t runq, uint64_t vmm)
{
	assert_int_equal(e->total_ns, total);
	assert_int_equal(e->idle_ns, idle);
	assert_int_equal(e->runq_ns, runq);
	assert_int_equal(e->vmm_ns, vmm);
	assert_int_equal(kxt_entry_kernel_ns(e), total - idle - runq - vmm);
}

/* Asleep before the window, all through it, and after it. */
static void test_asleep(void **state)
{
	struct trio t;

	(void)state;
	begin(&t, 1, 1);
	add_exits(&t.a->entry[0], 700, 2);
	add_exits(&t.b->entry[0], 700, 2);
	add_unpaired(&t.a->entry[0], 1);
	add_unpaired(&t.b->entry[0], 1);
	set_open(t.a, 0, 5000, 0, 0);
	set_open(t.b, 0, 5000 + WINDOW_NS, 0, 0);
	make_delta(&t);
	assert_int_equal(t.d->nr, 1);
	check_split(&t.d->entry[0], WINDOW_NS, WINDOW_NS, 0, 0);
	/* of the time only */
	assert_int_equal(t.d->entry[0].count, 0);
	assert_int_equal(t.d->entry[0].unpaired, 0);
	assert_int_equal(t.d->entry[0].timed, 0);
	assert_int_equal(t.d->entry[0].max_ns, 0);
	assert_int_equal(kxt_hist_sum(t.d->entry[0].hist), 0);
	assert_false(t.d->open.is);
	end(&t);
}

/* The rate of the collector's clock was adjusted: it can seem to have shrunk. */
static void test_open_shrank(void **state)
{
	struct trio t;

	(void)state;
	begin(&t, 1, 1);
	add_exits(&t.a->entry[0], 700, 2);
	add_exits(&t.b->entry[0], 700, 2);
	set_open(t.a, 0, 50000, 0, 0);
	set_open(t.b, 0, 49000, 0, 0);
	make_delta(&t);
	assert_int_equal(t.d->nr, 0);
	end(&t);
}

/* What was open has no entry of its own yet; it goes to its place in the order. */
static void test_open_makes_entry(void **state)
{
	struct trio t;

	(void)state;
	begin(&t, 2, 2);
	t.a->entry[1].code = t.b->entry[1].code = 9;
	add_exits(&t.a->entry[0], 700, 2);
	add_exits(&t.b->entry[0], 700, 3);
	add_exits(&t.a->entry[1], 700, 2);
	add_exits(&t.b->entry[1], 700, 4);
	set_open(t.b, 5, 0, 100, 200);
	make_delta(&t);
	assert_int_equal(t.d->nr, 3);
	assert_int_equal(t.d->entry[0].count, 1);
	assert_int_equal(t.d->entry[1].code, 5);
	assert_int_equal(t.d->entry[1].count, 0);
	check_split(&t.d->entry[1], 300, 0, 0, 200);
	assert_int_equal(t.d->entry[2].count, 2);
	/* another level is another reason */
	t.b->open.level = 2;
	make_delta(&t);
	assert_int_equal(t.d->nr, 3);
	assert_int_equal(t.d->entry[2].code, 5);
	assert_int_equal(t.d->entry[2].level, 2);
	/* one that began this very moment makes none */
	set_open(t.b, 5, 0, 0, 0);
	make_delta(&t);
	assert_int_equal(t.d->nr, 2);
	end(&t);
}

static void test_totals_have_it(void **state)
{
	struct kxt_err err;
	struct trio t;

	(void)state;
	begin(&t, 0, 1);
	add_split(&t.b->entry[0], 1000, 900, 40, 0);
	set_open(t.b, 0, 5000, 0, 0);
	assert_int_equal(kxt_snapshot_delta(&t.delta, NULL, &t.to, &err), 0);
	check_split(&t.delta.vcpu[0].entry[0], 6000, 5900, 40, 0);
	assert_int_equal(t.delta.vcpu[0].entry[0].count, 1);
	end(&t);
}

/* It ended in the window as what it looked like. */
static void test_closed(void **state)
{
	struct trio t;

	(void)state;
	begin(&t, 1, 1);
	set_open(t.a, 0, 5000, 0, 0);
	add_split(&t.b->entry[0], 7200, 7000, 0, 0);
	make_delta(&t);
	check_split(&t.d->entry[0], 2200, 2000, 0, 0);
	assert_int_equal(t.d->entry[0].timed, 1);
	assert_int_equal(t.d->entry[0].max_ns, 200);
	end(&t);
}

/* It ended as something else: the parts still add up to what is in the window. */
static void test_turned_out(void **state)
{
	struct trio t;

	(void)state;
	/* thought asleep, but most of it was waiting for a CPU */
	begin(&t, 1, 1);
	set_open(t.a, 0, 5000, 0, 0);
	add_split(&t.b->entry[0], 8000, 1000, 7000, 0);
	make_delta(&t);
	check_split(&t.d->entry[0], 3000, 0, 3000, 0);
	end(&t);
	/* thought the kernel's, and was asleep (a halt under another name) */
	begin(&t, 1, 1);
	set_open(t.a, 0, 0, 5000, 0);
	add_split(&t.b->entry[0], 8000, 7900, 0, 0);
	make_delta(&t);
	check_split(&t.d->entry[0], 3000, 3000, 0, 0);
	end(&t);
	/* thought the VMM's, and it was, but without a CPU for a while */
	begin(&t, 1, 1);
	set_open(t.a, 0, 0, 100, 5000);
	add_split(&t.b->entry[0], 8000, 0, 1000, 6800);
	make_delta(&t);
	check_split(&t.d->entry[0], 2900, 0, 1000, 1800);
	end(&t);
	/* all of it is something else, and all at once */
	begin(&t, 1, 1);
	set_open(t.a, 0, 1000, 2000, 3000);
	add_split(&t.b->entry[0], 6001, 0, 6001, 0);
	make_delta(&t);
	check_split(&t.d->entry[0], 1, 0, 1, 0);
	end(&t);
}

/* The time of the exit came out shorter than it had been: never below zero. */
static void test_total_not_negative(void **state)
{
	struct trio t;

	(void)state;
	begin(&t, 1, 1);
	set_open(t.a, 0, 5000, 0, 0);
	add_split(&t.b->entry[0], 4990, 4000, 500, 0);
	make_delta(&t);
	assert_int_equal(t.d->entry[0].timed, 1);
	check_split(&t.d->entry[0], 0, 0, 0, 0);
	/* counters that no host has do not overflow */
	t.b->entry[0].total_ns = UINT64_MAX;
	t.b->entry[0].idle_ns = UINT64_MAX;
	t.b->entry[0].vmm_ns = UINT64_MAX;
	make_delta(&t);
	assert_true(t.d->entry[0].idle_ns <= t.d->entry[0].total_ns);
	end(&t);
}

/* The vCPU ended asleep, or KVM went on without a word: no counter has it. */
static void test_never_closed(void **state)
{
	struct trio t;

	(void)state;
	begin(&t, 2, 2);
	add_exits(&t.a->entry[0], 700, 2);
	add_exits(&t.b->entry[0], 700, 2);
	add_exits(&t.b->entry[1], 300, 1);
	set_open(t.a, 0, 5000, 0, 0);
	t.b->ended = true;
	make_delta(&t);
	assert_int_equal(t.d->nr, 1);
	assert_int_equal(t.d->entry[0].code, 1);
	check_split(&t.d->entry[0], 300, 0, 0, 0);
	end(&t);
	/* the next one of the same reason has begun in the window */
	begin(&t, 1, 1);
	add_exits(&t.a->entry[0], 700, 2);
	add_exits(&t.b->entry[0], 700, 2);
	add_unpaired(&t.b->entry[0], 1);
	set_open(t.a, 0, 0, 400, 0);
	set_open(t.b, 0, 0, 50, 0);
	make_delta(&t);
	check_split(&t.d->entry[0], 50, 0, 0, 0);
	end(&t);
}

static void test_paused(void **state)
{
	struct trio t;
	struct kxt_entry *e;

	(void)state;
	begin(&t, 1, 1);
	t.a->entry[0].code = t.b->entry[0].code = KVMEXIT_CODE_SIGNAL;
	t.a->entry[0].vmm_count = t.b->entry[0].vmm_count = 1;
	set_open(t.a, KVMEXIT_CODE_SIGNAL, 0, 0, 600000);
	set_open(t.b, KVMEXIT_CODE_SIGNAL, 0, 0, 600000 + WINDOW_NS);
	make_delta(&t);
	assert_int_equal(t.d->nr, 1);
	check_split(&t.d->entry[0], WINDOW_NS, 0, 0, WINDOW_NS);
	assert_int_equal(t.d->entry[0].vmm_count, 0);
	/* resumed: no more than the window has */
	t.b->open.is = false;
	e = &t.b->entry[0];
	e->total_ns = e->vmm_ns = 600000 + 1234;
	make_delta(&t);
	check_split(&t.d->entry[0], 1234, 0, 0, 1234);
	assert_int_equal(t.d->entry[0].max_ns, 0);
	assert_int_equal(kxt_entry_mean_ns(&t.d->entry[0]), 0);
	end(&t);
}

/* Only what is closed tells that a vCPU was counted anew. */
static void test_went_back(void **state)
{
	struct trio t;

	(void)state;
	begin(&t, 1, 1);
	add_split(&t.a->entry[0], 1000, 500, 200, 100);
	add_split(&t.b->entry[0], 1000, 500, 200, 100);
	add_split(&t.b->entry[0], 100, 0, 0, 0);
	set_open(t.a, 0, 90000, 0, 0);
	make_delta(&t);
	assert_int_equal(t.d->entry[0].count, 1);
	/* each of the parts is a counter */
	t.b->entry[0].runq_ns = 199;
	make_delta(&t);
	assert_int_equal(t.d->entry[0].count, 2);
	check_split(&t.d->entry[0], 1100, 500, 199, 100);
	t.b->entry[0].runq_ns = 200;
	t.b->entry[0].vmm_count = 0;
	make_delta(&t);
	assert_int_equal(t.d->entry[0].count, 2);
	end(&t);
}

static void test_poll_in_idle(void **state)
{
	struct trio t;

	(void)state;
	begin(&t, 1, 1);
	add_split(&t.b->entry[0], 8000, 5500, 2000, 0);
	t.b->entry[0].poll_ns = 1200;
	make_delta(&t);
	assert_int_equal(t.d->entry[0].poll_ns, 1200);
	set_open(t.a, 0, 5000, 0, 0);
	make_delta(&t);
	check_split(&t.d->entry[0], 3000, 500, 2000, 0);
	assert_int_equal(t.d->entry[0].poll_ns, 500);
	end(&t);
}

static void test_head(void **state)
{
	struct trio t;

	(void)state;
	begin(&t, 0, 0);
	t.from.cost = (struct kxt_cost) { 10, 1000 };
	t.to.cost = (struct kxt_cost) { 14, 1300 };
	t.from.details = true;
	t.b->knows = KXT_KNOWS_VMM;
	make_delta(&t);
	assert_int_equal(t.delta.cost.samples, 4);
	assert_int_equal(t.delta.cost.ns, 300);
	assert_false(t.delta.details);
	assert_int_equal(t.d->knows, KXT_KNOWS_VMM);
	/* from the middle of the window on is not all of it */
	t.from.details = false;
	t.to.details = true;
	make_delta(&t);
	assert_false(t.delta.details);
	t.from.details = true;
	/* both or none of a pair */
	t.to.cost.ns = 900;
	make_delta(&t);
	assert_true(t.delta.details);
	assert_int_equal(t.delta.cost.samples, 14);
	assert_int_equal(t.delta.cost.ns, 900);
	end(&t);
}

static uint64_t random_state = 0x9e3779b97f4a7c15ULL;

static uint64_t random_below(uint64_t n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state % n;
}

/* Adds what is between two moments of an exit that is taken for a sleep. */
static void look(struct kxt_snapshot *s, const struct kxt_entry *closed, uint64_t now,
		 uint64_t opened)
{
	struct kxt_vcpu *v;

	new_snapshot(s, 0, now);
	v = add_vcpu(s, 1, 1, 1);
	v->entry[0] = *closed;
	if (opened < now)
		set_open(v, 0, now - opened, 0, 0);
}

/*
 * A vCPU that is in exits all the time, some longer than many windows, all taken
 * for sleep while they last: every window is full, and all of them together are
 * what the exits were.
 */
static void test_windows_add_up(void **state)
{
	struct kxt_entry closed = { .code = 0 }, sum = { .code = 0 };
	uint64_t now = 1, opened = 0, closes = 0;
	struct kxt_snapshot last, next, delta;

	(void)state;
	kxt_snapshot_init(&delta);
	look(&last, &closed, now, opened);
	sum.total_ns = 1;
	for (int i = 0; i < 20000; i++) {
		uint64_t until = now + 1 + random_below(i % 3 ? 100 : 4000);
		const struct kxt_entry *e;

		for (; closes <= until; closes += 1 + random_below(i % 7 ? 60 : 20000)) {
			uint64_t ns = closes - opened, runq = random_below(ns + 1);

			if (ns)
				add_split(&closed, ns, random_below(ns - runq + 1), runq, 0);
			opened = closes;
		}
		look(&next, &closed, until, opened);
		both_deltas(&delta, &last, &next);
		assert_int_equal(delta.vcpu[0].nr, 1);
		e = &delta.vcpu[0].entry[0];
		assert_int_equal(e->total_ns, until - now);
		assert_true(e->idle_ns + e->runq_ns + e->vmm_ns <= e->total_ns);
		kxt_entry_merge(&sum, e);
		now = until;
		kxt_snapshot_free(&last);
		last = next;
	}
	assert_int_equal(sum.count, closed.count);
	assert_int_equal(sum.total_ns, closed.total_ns + (now - opened));
	kxt_snapshot_free(&last);
	kxt_snapshot_free(&delta);
}

/* Counters that go on, stand still, begin anew, come and vanish, in any mixture. */
static void test_any(void **state)
{
	(void)state;
	for (int round = 0; round < 3000; round++) {
		unsigned int had = random_below(5);
		unsigned int has = random_below(4) ? had : random_below(5);
		struct trio t;

		begin(&t, had, has);
		t.a->ended = random_below(8) == 0;
		t.a->open.is = random_below(2);
		t.a->open.code = random_below(6);
		t.a->open.kernel_ns = random_below(1000);
		t.b->open = t.a->open;
		t.b->open.is = random_below(2);
		for (unsigned int i = 0; i < had; i++)
			add_exits(&t.a->entry[i], 100 + random_below(5000), random_below(9));
		for (unsigned int i = 0; i < has; i++) {
			if (i < had && random_below(9))
				t.b->entry[i] = t.a->entry[i];
			if (random_below(3))
				add_exits(&t.b->entry[i], 100 + random_below(5000),
					  random_below(9));
		}
		if (has && random_below(16) == 0)
			t.b->entry[has - 1].code = 9;
		make_delta(&t);
		end(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_asleep),
		cmocka_unit_test(test_open_shrank),
		cmocka_unit_test(test_open_makes_entry),
		cmocka_unit_test(test_totals_have_it),
		cmocka_unit_test(test_closed),
		cmocka_unit_test(test_turned_out),
		cmocka_unit_test(test_total_not_negative),
		cmocka_unit_test(test_never_closed),
		cmocka_unit_test(test_paused),
		cmocka_unit_test(test_went_back),
		cmocka_unit_test(test_poll_in_idle),
		cmocka_unit_test(test_head),
		cmocka_unit_test(test_windows_add_up),
		cmocka_unit_test(test_any),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
