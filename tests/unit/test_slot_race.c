// SPDX-License-Identifier: GPL-2.0-only
/*
 * A vCPU that does something while its slot is read: after each load that the
 * reader does, one after the other. For that, the reader is compiled in here once
 * more.
 */
#include <stdlib.h>

static void before_load(void);
#define BEFORE_LOAD()		before_load()
#define kxt_slot_read		race_slot_read
#define kxt_slot_details	race_slot_details
#define kxt_clock_since		race_clock_since

#include "user/slot.c"
#include "user/slot_detail.c"

#include "tests/unit/build.h"

#define HLT		0x78
#define NOW		1000000000ULL
/* How long what is open has been going on: far longer than a read takes. */
#define LONG_NS		700000000ULL

/**
 * struct slot - what the module maps
 */
struct slot {
	struct kvmexit_slot head;
	struct kvmexit_entry entry[4];
};

static struct slot slot;
static struct kvmexit_sketch sketch[2];

/* Loads so far, and when the vCPU does the first and the second half of it. */
static unsigned int loads, first_at, second_at;
static void (*first)(void), (*second)(void);

static void before_load(void)
{
	loads++;
	if (loads == first_at)
		first();
	if (loads == second_at)
		second();
}

/* As the module does it: mark and phase, and then the counters. */
static void begin_guest(void)
{
	slot.head.mark = NOW + 10;
	slot.head.phase = KVMEXIT_PHASE_GUEST;
}

static void count_exit(void)
{
	slot.entry[1].total_ns += LONG_NS;
	slot.entry[1].idle_ns += LONG_NS - 5;
	slot.entry[1].hist[0]++;
	slot.head.entries++;
}

static void begin_exit(void)
{
	slot.head.mark = NOW + 10;
	slot.head.open_entry = 1;
	slot.head.phase = KVMEXIT_PHASE_EXIT;
}

static void count_guest(void)
{
	slot.head.guest_ns += LONG_NS;
	slot.entry[1].count++;
}

static void make_slot(uint32_t phase)
{
	memset(&slot, 0, sizeof(slot));
	slot.head = (struct kvmexit_slot) {
		.mark = NOW - LONG_NS,
		.phase = phase,
		.open_entry = 1,
		.guest_ns = 40,
		.generation = 1,
		.state = KVMEXIT_SLOT_LIVE,
		.isa = KVMEXIT_ISA_SVM,
		.nr_entries = 4,
	};
	slot.entry[1].code = HLT;
	slot.entry[1].count = 3;
	slot.entry[1].total_ns = 60;
	slot.entry[1].hist[0] = 2;
	for (int i = 2; i < 4; i++)
		slot.entry[i] = (struct kvmexit_entry) { .code = i, .count = 1 };
}

/* Returns how many loads it took. */
static unsigned int read_slot(struct kxt_snapshot *s, bool details)
{
	const struct kxt_clock clock = { .mult = 1, .now = NOW };
	const struct kxt_slot_place place = {
		.slot = &slot,
		.detail = details ? sketch : NULL,
		.knows = KXT_KNOWS_IDLE,
	};

	loads = 0;
	new_snapshot(s, 0, NOW);
	assert_int_equal(kxt_slot_read(s, &place, &clock), 0);
	assert_int_equal(s->nr, 1);
	kxt_snapshot_sort(s);
	return loads;
}

/*
 * @first_half and @second_half happen at all places, so many loads apart. All of
 * the time must be in the snapshot, once: closed, or open, and not in two places.
 */
static void check_everywhere(uint32_t phase, void (*first_half)(void),
			     void (*second_half)(void), unsigned int apart)
{
	unsigned int most = 2;

	first = first_half;
	second = second_half;
	for (first_at = 1; first_at < most; first_at++) {
		const struct kxt_vcpu *v;
		struct kxt_snapshot s;
		uint64_t exits, all;

		make_slot(phase);
		second_at = first_at + apart;
		most = read_slot(&s, false);
		v = &s.vcpu[0];
		assert_int_equal(v->nr, 3);
		assert_int_equal(v->entry[2].code, HLT);
		exits = v->entry[2].total_ns;
		if (v->open.is)
			exits += v->open.idle_ns + v->open.kernel_ns + v->open.vmm_ns;
		all = exits + v->guest_ns;
		if (all != 100 + LONG_NS)
			print_error("%u and %u of %u: %llu\n", first_at, second_at,
				    most, (unsigned long long)all);
		assert_int_equal(all, 100 + LONG_NS);
		kxt_snapshot_free(&s);
	}
	/* two entries besides the one that matters, all buckets */
	assert_true(most > 300);
	first_at = second_at = 0;
}

static void test_halt_ends(void **state)
{
	(void)state;
	check_everywhere(KVMEXIT_PHASE_EXIT, begin_guest, count_exit, 0);
	check_everywhere(KVMEXIT_PHASE_EXIT, begin_guest, count_exit, 1);
	check_everywhere(KVMEXIT_PHASE_EXIT, begin_guest, count_exit, 100);
}

static void test_guest_ends(void **state)
{
	(void)state;
	check_everywhere(KVMEXIT_PHASE_GUEST, begin_exit, count_guest, 0);
	check_everywhere(KVMEXIT_PHASE_GUEST, begin_exit, count_guest, 1);
	check_everywhere(KVMEXIT_PHASE_GUEST, begin_exit, count_guest, 100);
}

static void goes_on(void)
{
	slot.head.mark++;
	first_at += 100;
}

/* It has an event whenever one looks: then that is what is taken. */
static void test_never_at_rest(void **state)
{
	struct kxt_snapshot s;

	(void)state;
	make_slot(KVMEXIT_PHASE_EXIT);
	first = goes_on;
	first_at = 20;
	read_slot(&s, false);
	assert_false(s.vcpu[0].open.is);
	assert_int_equal(s.vcpu[0].nr, 3);
	kxt_snapshot_free(&s);
	first_at = 0;
}

/* The slot is given to another vCPU, which has just begun. */
static void change_hands(void)
{
	struct kvmexit_slot new = {
		.generation = 2,
		.state = KVMEXIT_SLOT_LIVE,
		.tid = 9,
		.nr_entries = 1,
	};

	memset(&slot, 0, sizeof(slot));
	slot.head = new;
	sketch[0].count = 0;
}

static void make_sketch(void)
{
	memset(sketch, 0, sizeof(sketch));
	sketch[0] = (struct kvmexit_sketch) {
		.entry = 1,
		.kind = KVMEXIT_KIND_PORT,
		.nr_ways = 3,
		.one_in = 1,
		.count = 60,
		.ns = 6000,
	};
	for (unsigned int i = 0; i < 3; i++)
		sketch[0].way[i] = (struct kvmexit_way) {
			.key = i + 1, .count = 20, .ns = 2000, .access = 2 };
	slot.head.nr_sketches = 1;
}

static void test_changes_hands(void **state)
{
	unsigned int most = 2, old = 0;
	struct kxt_snapshot s;

	(void)state;
	first = change_hands;
	for (first_at = 1; first_at < most; first_at++) {
		const struct kxt_vcpu *v;

		make_slot(KVMEXIT_PHASE_EXIT);
		make_sketch();
		most = read_slot(&s, true);
		v = &s.vcpu[0];
		if ((uint32_t)v->key == 1) {
			old++;
			assert_int_equal(v->nr, 3);
			assert_int_equal(v->nr_details, 4);
			assert_true(v->open.is);
		} else {
			assert_int_equal(v->tid, 9);
			assert_int_equal(v->nr, 0);
			assert_int_equal(v->nr_details, 0);
		}
		kxt_snapshot_free(&s);
	}
	/* Only after the last look at the generation it is the old one. */
	assert_int_equal(old, 1);
	first_at = 0;
}

/* Key 2 makes room for key 9, in two steps, as seq says. */
static void throw_out(void)
{
	sketch[0].way[1].seq++;
	sketch[0].way[1].key = 9;
	sketch[0].way[1].access = 1;
}

static void come_in(void)
{
	sketch[0].way[1].count = 1;
	sketch[0].way[1].ns = 7;
	sketch[0].way[1].error = 20;
	sketch[0].way[1].error_ns = 2000;
	sketch[0].way[1].seq++;
	sketch[0].count++;
	sketch[0].ns += 7;
}

static void check_keys(const struct kxt_vcpu *v)
{
	uint64_t keys = 0;

	assert_in_range(v->nr_details, 3, 4);
	for (unsigned int i = 0; i < v->nr_details; i++) {
		const struct kxt_detail *d = &v->detail[i];

		assert_int_equal(d->code, HLT);
		if (d->rest) {
			assert_int_equal(i, v->nr_details - 1);
			assert_in_range(d->count, 60, 61);
			continue;
		}
		keys += d->count;
		if (d->key == 9) {
			assert_int_equal(d->count, 1);
			assert_int_equal(d->ns, 7);
			assert_int_equal(d->error, 20);
			assert_int_equal(d->error_ns, 2000);
			assert_int_equal(d->access, 1);
			assert_int_equal(d->life, 1ULL << 32 | 2);
		} else {
			assert_in_range(d->key, 1, 3);
			assert_int_equal(d->count, 20);
			assert_int_equal(d->ns, 2000);
			assert_int_equal(d->error, 0);
			assert_int_equal(d->access, 2);
			assert_int_equal(d->life, (d->key - 1) << 32);
		}
	}
	assert_true(v->detail[v->nr_details - 1].rest);
	assert_true(keys <= v->detail[v->nr_details - 1].count);
}

/* Whenever it happens: what is read of a key is of one life of its place. */
static void test_key_thrown_out(void **state)
{
	unsigned int seen[3] = { 0, 0, 0 };

	(void)state;
	first = throw_out;
	second = come_in;
	for (unsigned int apart = 0; apart < 90; apart++) {
		unsigned int most = 2;

		for (first_at = 1; first_at < most; first_at++) {
			struct kxt_snapshot s;

			make_slot(KVMEXIT_PHASE_EXIT);
			make_sketch();
			second_at = first_at + apart;
			most = read_slot(&s, true);
			check_keys(&s.vcpu[0]);
			seen[s.vcpu[0].nr_details == 3 ? 0 :
			     s.vcpu[0].detail[2].key == 9 ? 1 : 2]++;
			kxt_snapshot_free(&s);
		}
	}
	/* in between, after, before */
	assert_true(seen[0] && seen[1] && seen[2]);
	first_at = second_at = 0;
}

/* An exit of key 1, its way first as the module does it. */
static void hit(void)
{
	sketch[0].way[0].count++;
	sketch[0].count++;
}

/* The keys and their sum are of the same moment. */
static void test_sum_fits(void **state)
{
	unsigned int most = 2;

	(void)state;
	first = hit;
	for (first_at = 1; first_at < most; first_at++) {
		const struct kxt_vcpu *v;
		struct kxt_snapshot s;

		make_slot(KVMEXIT_PHASE_EXIT);
		make_sketch();
		most = read_slot(&s, true);
		v = &s.vcpu[0];
		assert_int_equal(v->nr_details, 4);
		assert_int_equal(v->detail[0].count + 40, v->detail[3].count);
		kxt_snapshot_free(&s);
	}
	first_at = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_halt_ends),
		cmocka_unit_test(test_guest_ends),
		cmocka_unit_test(test_never_at_rest),
		cmocka_unit_test(test_changes_hands),
		cmocka_unit_test(test_key_thrown_out),
		cmocka_unit_test(test_sum_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
