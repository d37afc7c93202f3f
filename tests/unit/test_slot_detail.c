// SPDX-License-Identifier: GPL-2.0-only
/* Sketches as they are, and as they should never be. */
#include <stdlib.h>
#include <sys/mman.h>

#include "tests/unit/build.h"
#include "user/slot.h"

static const struct kxt_clock now = { .mult = 1, .shift = 0, .now = 1000 };

/**
 * struct host - one slot and its details, all as large as can be
 */
struct host {
	struct kvmexit_slot *head;
	struct kvmexit_entry *entry;
	struct kvmexit_sketch *sketch;
};

static struct host host;

static int set_up(void **state)
{
	(void)state;
	host.head = calloc(1, KVMEXIT_SLOT_SIZE);
	host.sketch = calloc(1, KVMEXIT_DETAIL_SIZE);
	if (!host.head || !host.sketch)
		return -1;
	host.entry = (void *)(host.head + 1);
	host.head->state = KVMEXIT_SLOT_LIVE;
	host.head->nr_entries = 3;
	host.head->isa = KVMEXIT_ISA_SVM;
	host.entry[0].code = KVMEXIT_CODE_OTHER;
	host.entry[1] = (struct kvmexit_entry) { .code = 0x7b, .level = 1, .count = 9 };
	host.entry[2] = (struct kvmexit_entry) { .code = 0x72, .level = 2 };
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(host.head);
	free(host.sketch);
	return 0;
}

static const struct kxt_vcpu *read_details(struct kxt_snapshot *s)
{
	struct kxt_slot_place place = { .slot = host.head, .detail = host.sketch };

	new_snapshot(s, 0, 0);
	assert_int_equal(kxt_slot_read(s, &place, &now), 0);
	assert_int_equal(s->nr, 1);
	kxt_snapshot_sort(s);
	return &s->vcpu[0];
}

static unsigned int count_rows(void)
{
	struct kxt_snapshot s;
	unsigned int nr = read_details(&s)->nr_details;

	kxt_snapshot_free(&s);
	return nr;
}

static void make_sketch(unsigned int i, uint32_t entry, uint32_t kind, uint32_t nr_ways)
{
	host.sketch[i] = (struct kvmexit_sketch) {
		.entry = entry,
		.kind = kind,
		.nr_ways = nr_ways,
		.one_in = 1,
		.count = 1000,
		.ns = 50000,
	};
	for (unsigned int w = 0; w < KVMEXIT_MAX_WAYS; w++)
		host.sketch[i].way[w] = (struct kvmexit_way) {
			.key = 0x10 + w, .count = 1 + w, .ns = 100 + w, .seq = 2 * w,
			.error = w, .error_ns = 3 * w, .access = KVMEXIT_ACCESS_READ };
	host.head->nr_sketches = i + 1;
}

static void test_fields(void **state)
{
	const struct kxt_vcpu *v;
	const struct kxt_detail *d;
	struct kxt_snapshot s;

	(void)state;
	make_sketch(0, 1, KVMEXIT_KIND_PORT, 2);
	make_sketch(1, 1, KVMEXIT_KIND_RIP, 1);
	host.sketch[1].one_in = 16;
	make_sketch(2, 2, KVMEXIT_KIND_CPUID, 0);
	v = read_details(&s);
	assert_int_equal(v->nr_details, 6);
	d = &v->detail[1];
	assert_int_equal(d->code, 0x7b);
	assert_int_equal(d->level, 1);
	assert_int_equal(d->kind, KVMEXIT_KIND_PORT);
	assert_false(d->rest);
	assert_int_equal(d->key, 0x11);
	assert_int_equal(d->access, KVMEXIT_ACCESS_READ);
	assert_int_equal(d->one_in, 1);
	assert_int_equal(d->count, 2);
	assert_int_equal(d->error, 1);
	assert_int_equal(d->ns, 101);
	assert_int_equal(d->error_ns, 3);
	assert_int_not_equal(d->life, v->detail[0].life);
	assert_true(v->detail[2].rest);
	assert_int_equal(v->detail[2].count, 1000);
	assert_int_equal(v->detail[2].ns, 50000);
	assert_int_equal(v->detail[3].kind, KVMEXIT_KIND_RIP);
	assert_int_equal(v->detail[3].one_in, 16);
	/* behind an entry that has nothing in it itself */
	assert_true(v->detail[5].rest);
	assert_int_equal(v->detail[5].code, 0x72);
	assert_int_equal(v->detail[5].level, 2);
	kxt_snapshot_free(&s);
}

/* Every place and every change of it is another life. */
static void test_lives(void **state)
{
	struct kxt_snapshot a, b;
	const struct kxt_vcpu *va, *vb;

	(void)state;
	make_sketch(0, 1, KVMEXIT_KIND_PORT, 32);
	make_sketch(1, 2, KVMEXIT_KIND_PORT, 32);
	va = read_details(&a);
	host.sketch[0].way[5].seq += 2;
	vb = read_details(&b);
	assert_int_equal(va->nr_details, 66);
	for (unsigned int i = 0; i < va->nr_details; i++) {
		bool moved = !va->detail[i].rest && i == 5;

		assert_int_equal(va->detail[i].life != vb->detail[i].life, moved);
		for (unsigned int j = 0; j < i; j++)
			assert_true(va->detail[i].rest || va->detail[j].rest ||
				    va->detail[i].life != va->detail[j].life);
	}
	kxt_snapshot_free(&a);
	kxt_snapshot_free(&b);
}

static void test_nothing(void **state)
{
	struct kxt_slot_place place = { .slot = host.head };
	struct kxt_snapshot s;

	(void)state;
	assert_int_equal(count_rows(), 0);
	make_sketch(0, 1, KVMEXIT_KIND_PORT, 2);
	/* nobody asked */
	new_snapshot(&s, 0, 0);
	assert_int_equal(kxt_slot_read(&s, &place, &now), 0);
	assert_int_equal(s.vcpu[0].nr_details, 0);
	assert_null(s.vcpu[0].detail);
	kxt_snapshot_free(&s);
	/* empty places, and one without any exit at all */
	host.sketch[0].way[0].count = 0;
	assert_int_equal(count_rows(), 2);
	host.sketch[0].way[1].count = 0;
	host.sketch[0].count = 0;
	assert_int_equal(count_rows(), 0);
}

static void test_odd_for_ever(void **state)
{
	struct kxt_snapshot s;

	(void)state;
	make_sketch(0, 1, KVMEXIT_KIND_PORT, 3);
	host.sketch[0].way[1].seq = 7;
	assert_int_equal(read_details(&s)->nr_details, 3);
	assert_int_equal(s.vcpu[0].detail[1].key, 0x12);
	kxt_snapshot_free(&s);
}

static void test_garbage(void **state)
{
	struct kxt_snapshot s;

	(void)state;
	make_sketch(0, 1, KVMEXIT_KIND_PORT, 3);
	host.sketch[0].kind = KVMEXIT_KIND_NONE;
	assert_int_equal(count_rows(), 0);
	/* of a newer version */
	host.sketch[0].kind = KVMEXIT_KIND_RIP + 1;
	assert_int_equal(count_rows(), 0);
	host.sketch[0].kind = KVMEXIT_KIND_PORT;
	host.sketch[0].entry = 3;	/* as many as there are */
	assert_int_equal(count_rows(), 0);
	host.sketch[0].entry = UINT32_MAX;
	assert_int_equal(count_rows(), 0);
	host.sketch[0].entry = 0;
	assert_int_equal(count_rows(), 4);
	host.sketch[0].nr_ways = UINT32_MAX;
	assert_int_equal(count_rows(), KVMEXIT_MAX_WAYS + 1);
	host.sketch[0].one_in = 0;
	assert_int_equal(read_details(&s)->detail[0].one_in, 1);
	kxt_snapshot_free(&s);
	host.head->nr_sketches = UINT32_MAX;
	for (unsigned int i = 1; i < KVMEXIT_MAX_SKETCHES; i++) {
		host.sketch[i].kind = KVMEXIT_KIND_MSR;
		host.sketch[i].count = 1;
	}
	assert_int_equal(count_rows(), KVMEXIT_MAX_WAYS + KVMEXIT_MAX_SKETCHES);
}

/* Anything at all in the memory: well-formed rows, and no step outside of it. */
static void test_noise(void **state)
{
	unsigned char *const memory[] = { (void *)host.head, (void *)host.sketch };
	const size_t size[] = { KVMEXIT_SLOT_SIZE, KVMEXIT_DETAIL_SIZE };

	(void)state;
	srandom(7);
	for (int i = 0; i < 300; i++) {
		struct kxt_snapshot s;
		const struct kxt_vcpu *v;

		for (int m = 0; m < 2; m++)
			for (size_t at = 0; at < size[m]; at++)
				memory[m][at] = random() % (i % 3 ? 256 : 4);
		host.head->state = KVMEXIT_SLOT_LIVE;
		host.head->nr_entries = random() % (KVMEXIT_MAX_ENTRIES + 1);
		for (int j = 0; j < KVMEXIT_MAX_SKETCHES; j++) {
			host.sketch[j].kind = random() % 9;
			host.sketch[j].entry = random() % 70;
		}
		v = read_details(&s);
		assert_true(v->nr <= KVMEXIT_MAX_ENTRIES);
		for (unsigned int j = 0; j < v->nr_details; j++) {
			const struct kxt_detail *d = &v->detail[j];

			assert_in_range(d->kind, KVMEXIT_KIND_PORT, KVMEXIT_KIND_RIP);
			assert_true(d->one_in && d->count);
		}
		kxt_snapshot_free(&s);
	}
}

/* Behind the sketches in use there may be no memory at all. */
static void test_end_of_memory(void **state)
{
	char *map = mmap(NULL, KVMEXIT_DETAIL_SIZE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct kxt_slot_place place = { .slot = host.head, .detail = map };
	struct kxt_snapshot s;

	(void)state;
	assert_true(map != MAP_FAILED);
	make_sketch(0, 1, KVMEXIT_KIND_PORT, 3);
	make_sketch(1, 1, KVMEXIT_KIND_RIP, 32);
	memcpy(map, host.sketch, 2 * KVMEXIT_SKETCH_SIZE);
	assert_int_equal(mprotect(map + 2 * KVMEXIT_SKETCH_SIZE, KVMEXIT_DETAIL_SIZE -
				  2 * KVMEXIT_SKETCH_SIZE, PROT_NONE), 0);
	new_snapshot(&s, 0, 0);
	assert_int_equal(kxt_slot_read(&s, &place, &now), 0);
	assert_int_equal(s.vcpu[0].nr_details, 4 + 33);
	kxt_snapshot_free(&s);
	munmap(map, KVMEXIT_DETAIL_SIZE);
}

#define HOST_TEST(test)	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_fields),
		HOST_TEST(test_lives),
		HOST_TEST(test_nothing),
		HOST_TEST(test_odd_for_ever),
		HOST_TEST(test_garbage),
		HOST_TEST(test_noise),
		HOST_TEST(test_end_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
