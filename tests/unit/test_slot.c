// SPDX-License-Identifier: GPL-2.0-only
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "tests/unit/build.h"
#include "user/slot.h"
#include "user/stats.h"

#define STORE(field, value)	__atomic_store_n(&(field), (value), __ATOMIC_RELAXED)
#define PUBLISH(field, value)	__atomic_store_n(&(field), (value), __ATOMIC_RELEASE)

static const struct kxt_clock clock_ns = { .mult = 1, .shift = 0, .now = 1000000 };

/**
 * struct slot - what the module maps
 */
struct slot {
	struct kvmexit_slot head;
	struct kvmexit_entry entry[KVMEXIT_MAX_ENTRIES];
};

/* Without details, of a host that knows all it can. */
static int read_slot(struct kxt_snapshot *s, const struct slot *slot, uint32_t number,
		     const struct kxt_clock *clock)
{
	struct kxt_slot_place place = {
		.slot = slot,
		.number = number,
		.knows = KXT_KNOWS_IDLE | KXT_KNOWS_VMM,
	};

	return kxt_slot_read(s, &place, clock);
}

static struct slot *new_slot(void)
{
	struct slot *slot = calloc(1, sizeof(*slot));

	assert_non_null(slot);
	assert_int_equal(sizeof(*slot), KVMEXIT_SLOT_SIZE);
	slot->head.state = KVMEXIT_SLOT_LIVE;
	slot->head.generation = 3;
	slot->head.pid = 10;
	slot->head.tid = 11;
	slot->head.vcpu_id = 2;
	slot->head.isa = KVMEXIT_ISA_VMX;
	slot->head.nr_entries = 3;
	slot->entry[0].code = KVMEXIT_CODE_OTHER;
	slot->entry[1].code = 48;
	slot->entry[1].hw_flags = 0x8000;
	slot->entry[1].count = 5;
	slot->entry[1].total_ns = 4000;
	slot->entry[1].max_ns = 1000;
	slot->entry[1].hist[kxt_bucket(1000)] = 4;
	slot->entry[2].code = 10;
	return slot;
}

static void test_fields(void **state)
{
	struct slot *slot = new_slot();
	struct kxt_snapshot s;
	struct kxt_vcpu *v;

	(void)state;
	new_snapshot(&s, 0, 0);
	slot->head.guest_ns = 77;
	slot->head.entries = 4;
	slot->head.backwards = 1;
	assert_int_equal(read_slot(&s, slot, 6, &clock_ns), 0);
	assert_int_equal(s.nr, 1);
	v = &s.vcpu[0];
	assert_true(v->key == (6ULL << 32 | 3));
	assert_int_equal(v->pid, 10);
	assert_int_equal(v->tid, 11);
	assert_int_equal(v->id, 2);
	assert_int_equal(v->isa, KVMEXIT_ISA_VMX);
	assert_false(v->ended);
	assert_int_equal(v->guest_ns, 77);
	assert_int_equal(v->kvm_entries, 4);
	assert_int_equal(v->backwards, 1);
	/* the ones with nothing in them are left out */
	assert_int_equal(v->nr, 1);
	assert_int_equal(v->entry[0].code, 48);
	assert_int_equal(v->entry[0].hw_flags, 0x8000);
	assert_int_equal(v->entry[0].count, 5);
	assert_int_equal(v->entry[0].timed, 4);
	assert_int_equal(v->entry[0].unpaired, 1);
	assert_int_equal(v->entry[0].total_ns, 4000);
	assert_int_equal(v->entry[0].max_ns, 1000);
	kxt_snapshot_free(&s);
	free(slot);
}

static void test_parts(void **state)
{
	struct slot *slot = new_slot();
	struct kxt_snapshot s;
	struct kxt_vcpu *v;

	(void)state;
	new_snapshot(&s, 0, 0);
	slot->entry[1].level = 2;
	slot->entry[1].idle_ns = 1000;
	slot->entry[1].poll_ns = 400;
	slot->entry[1].runq_ns = 500;
	slot->entry[1].vmm_ns = 700;
	slot->entry[1].vmm_count = 3;
	/* no exit at all, but time and returns to the VMM */
	slot->entry[2].code = KVMEXIT_CODE_SIGNAL;
	slot->entry[2].vmm_count = 1;
	assert_int_equal(read_slot(&s, slot, 6, &clock_ns), 0);
	v = &s.vcpu[0];
	assert_int_equal(v->nr, 2);
	assert_int_equal(v->entry[0].level, 2);
	assert_int_equal(v->entry[0].idle_ns, 1000);
	assert_int_equal(v->entry[0].poll_ns, 400);
	assert_int_equal(v->entry[0].runq_ns, 500);
	assert_int_equal(v->entry[0].vmm_ns, 700);
	assert_int_equal(v->entry[0].vmm_count, 3);
	assert_int_equal(kxt_entry_kernel_ns(&v->entry[0]), 4000 - 2200);
	assert_true(v->entry[1].code == KVMEXIT_CODE_SIGNAL);
	assert_int_equal(v->entry[1].count, 0);
	assert_int_equal(v->entry[1].unpaired, 0);
	/* and with nothing but time */
	slot->entry[2].vmm_count = 0;
	slot->entry[2].total_ns = 5;
	assert_int_equal(read_slot(&s, slot, 6, &clock_ns), 0);
	assert_int_equal(s.vcpu[1].nr, 2);
	kxt_snapshot_free(&s);
	free(slot);
}

static void test_knows(void **state)
{
	struct slot *slot = new_slot();
	struct kxt_slot_place place = { .slot = slot };
	struct kxt_snapshot s;

	(void)state;
	new_snapshot(&s, 0, 0);
	for (unsigned int i = 0; i < 4; i++) {
		slot->head.flags = (i & 1 ? KVMEXIT_SLOT_RUNQ : 0) |
				   (i & 2 ? KVMEXIT_SLOT_LEVEL : 0);
		place.knows = i ? KXT_KNOWS_VMM : KXT_KNOWS_IDLE;
		assert_int_equal(kxt_slot_read(&s, &place, &clock_ns), 0);
	}
	assert_int_equal(s.vcpu[0].knows, KXT_KNOWS_IDLE);
	assert_int_equal(s.vcpu[1].knows, KXT_KNOWS_VMM | KXT_KNOWS_RUNQ);
	assert_int_equal(s.vcpu[2].knows, KXT_KNOWS_VMM | KXT_KNOWS_LEVEL);
	assert_int_equal(s.vcpu[3].knows,
			 KXT_KNOWS_VMM | KXT_KNOWS_RUNQ | KXT_KNOWS_LEVEL);
	kxt_snapshot_free(&s);
	free(slot);
}

/* What the slot says is open, read by a host that knows @knows. */
static struct kxt_open read_open(const struct slot *slot, uint32_t knows)
{
	struct kxt_slot_place place = { .slot = slot, .knows = knows };
	struct kxt_snapshot s;
	struct kxt_open open;

	new_snapshot(&s, 0, 0);
	assert_int_equal(kxt_slot_read(&s, &place, &clock_ns), 0);
	assert_int_equal(s.nr, 1);
	open = s.vcpu[0].open;
	kxt_snapshot_free(&s);
	return open;
}

static void check_open(const struct slot *slot, uint64_t idle, uint64_t kernel,
		       uint64_t vmm)
{
	struct kxt_open open = read_open(slot, KXT_KNOWS_IDLE);

	assert_true(open.is);
	assert_int_equal(open.idle_ns, idle);
	assert_int_equal(open.kernel_ns, kernel);
	assert_int_equal(open.vmm_ns, vmm);
}

static void test_open(void **state)
{
	struct slot *slot = new_slot();

	(void)state;
	slot->head.mark = clock_ns.now - 5000;
	slot->head.vmm_mark = clock_ns.now - 2000;
	slot->head.open_entry = 1;
	slot->entry[1].level = 1;
	assert_false(read_open(slot, 0).is);
	slot->head.phase = KVMEXIT_PHASE_GUEST;
	assert_false(read_open(slot, 0).is);
	slot->head.phase = KVMEXIT_PHASE_EXIT;
	check_open(slot, 0, 5000, 0);
	assert_int_equal(read_open(slot, 0).code, 48);
	assert_int_equal(read_open(slot, 0).level, 1);
	slot->head.phase = KVMEXIT_PHASE_VMM;
	check_open(slot, 0, 3000, 2000);
	/* a phase of a newer version */
	slot->head.phase = KVMEXIT_PHASE_VMM + 1;
	assert_false(read_open(slot, 0).is);
	/* HLT sleeps, if the kernel has it and says how long it slept */
	slot->entry[1].code = 12;
	slot->head.phase = KVMEXIT_PHASE_EXIT;
	check_open(slot, 5000, 0, 0);
	assert_int_equal(read_open(slot, KXT_KNOWS_VMM).kernel_ns, 5000);
	slot->head.phase = KVMEXIT_PHASE_VMM;
	check_open(slot, 0, 3000, 2000);
	/* it began after now was asked for */
	slot->head.mark = clock_ns.now + 10;
	check_open(slot, 0, 0, 0);
	/* whatever was last, an ended vCPU is in nothing any more */
	slot->head.state = KVMEXIT_SLOT_ENDED;
	assert_false(read_open(slot, KXT_KNOWS_IDLE).is);
	free(slot);
}

/* Numbers that cannot be right lead nowhere. */
static void test_open_garbage(void **state)
{
	struct slot *slot = new_slot();

	(void)state;
	slot->head.mark = clock_ns.now - 5000;
	slot->head.phase = KVMEXIT_PHASE_VMM;
	slot->head.open_entry = 3;	/* as many as there are */
	assert_false(read_open(slot, 0).is);
	slot->head.open_entry = UINT32_MAX;
	assert_false(read_open(slot, 0).is);
	/* with the VMM since before it began */
	slot->head.open_entry = 1;
	slot->head.vmm_mark = clock_ns.now - 9000;
	check_open(slot, 0, 0, 5000);
	slot->head.vmm_mark = clock_ns.now + 9000;
	check_open(slot, 0, 5000, 0);
	slot->head.nr_entries = 0;
	assert_false(read_open(slot, 0).is);
	free(slot);
}

static void test_states(void **state)
{
	struct slot *slot = new_slot();
	struct kxt_snapshot s;

	(void)state;
	new_snapshot(&s, 0, 0);
	slot->head.state = KVMEXIT_SLOT_FREE;
	assert_int_equal(read_slot(&s, slot, 6, &clock_ns), 0);
	assert_int_equal(s.nr, 0);
	slot->head.state = KVMEXIT_SLOT_ENDED;
	assert_int_equal(read_slot(&s, slot, 6, &clock_ns), 0);
	assert_int_equal(s.nr, 1);
	assert_true(s.vcpu[0].ended);
	/* more entries than there is room for cannot be right */
	slot->head.state = KVMEXIT_SLOT_LIVE;
	slot->head.nr_entries = KVMEXIT_MAX_ENTRIES + 1;
	assert_int_equal(read_slot(&s, slot, 6, &clock_ns), 0);
	assert_int_equal(s.nr, 1);
	slot->head.nr_entries = KVMEXIT_MAX_ENTRIES;
	assert_int_equal(read_slot(&s, slot, 6, &clock_ns), 0);
	assert_int_equal(s.nr, 2);
	kxt_snapshot_free(&s);
	free(slot);
}

static uint64_t read_guest_ns(const struct slot *slot, const struct kxt_clock *clock)
{
	struct kxt_snapshot s;
	uint64_t ns;

	new_snapshot(&s, 0, 0);
	assert_int_equal(read_slot(&s, slot, 0, clock), 0);
	ns = s.vcpu[0].guest_ns;
	kxt_snapshot_free(&s);
	return ns;
}

static void test_guest_time(void **state)
{
	struct kxt_clock tsc = { .mult = 1431655765, .shift = 32, .now = 900 };
	struct slot *slot = new_slot();

	(void)state;
	slot->head.guest_ns = 50;
	slot->head.mark = 999000;
	slot->head.phase = KVMEXIT_PHASE_EXIT;
	assert_int_equal(read_guest_ns(slot, &clock_ns), 50);
	slot->head.phase = KVMEXIT_PHASE_UNKNOWN;
	assert_int_equal(read_guest_ns(slot, &clock_ns), 50);
	slot->head.phase = KVMEXIT_PHASE_GUEST;
	assert_int_equal(read_guest_ns(slot, &clock_ns), 1050);
	/* it entered after now was asked for */
	slot->head.mark = clock_ns.now + 1;
	assert_int_equal(read_guest_ns(slot, &clock_ns), 50);
	/* 3 GHz */
	slot->head.mark = 600;
	assert_int_equal(read_guest_ns(slot, &tsc), 50 + 99);
	/* a product of more than 64 bits: 20 days of it */
	tsc.now = 600 + 3000000000ULL * 86400 * 20;
	assert_true(read_guest_ns(slot, &tsc) - 50 > 1727999990000000ULL);
	assert_true(read_guest_ns(slot, &tsc) - 50 <= 1728000000000000ULL);
	/* whatever was last, an ended vCPU is not in the guest */
	slot->head.state = KVMEXIT_SLOT_ENDED;
	assert_int_equal(read_guest_ns(slot, &tsc), 50);
	free(slot);
}

/**
 * struct writer - a thread that does to a slot what the module does
 */
struct writer {
	struct slot *slot;
	bool reuse;
	bool stop;
};

/* Everything of generation g is written with values made of g. */
static void change_hands(struct slot *slot, uint32_t g)
{
	PUBLISH(slot->head.state, KVMEXIT_SLOT_FREE);
	PUBLISH(slot->head.generation, g);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	STORE(slot->head.nr_entries, 1);
	STORE(slot->head.tid, g);
	for (int i = 1; i < 8; i++) {
		for (int j = 0; j < KVMEXIT_NR_BUCKETS; j++)
			STORE(slot->entry[i].hist[j], 0);
		STORE(slot->entry[i].code, g);
		STORE(slot->entry[i].count, g);
		STORE(slot->entry[i].hist[i], g);
	}
	PUBLISH(slot->head.nr_entries, 8);
	PUBLISH(slot->head.state, KVMEXIT_SLOT_LIVE);
}

/*
 * 16 exits at a time; count is 2 more than the sum of the buckets when all is
 * written, and neither is ever a multiple of 16 plus what the other is.
 */
static void add_sixteen(struct kvmexit_entry *e, uint64_t n)
{
	STORE(e->count, 16 * n + 3);
	PUBLISH(e->total_ns, 1000 * n);
	PUBLISH(e->idle_ns, 400 * n);
	PUBLISH(e->poll_ns, 300 * n);
	PUBLISH(e->runq_ns, 500 * n);
	PUBLISH(e->vmm_ns, 100 * n);
	PUBLISH(e->hist[n % 7], e->hist[n % 7] + 16);
}

static void *write_slot(void *arg)
{
	struct writer *w = arg;

	for (uint64_t n = 1; !__atomic_load_n(&w->stop, __ATOMIC_RELAXED); n++) {
		if (w->reuse) {
			change_hands(w->slot, n);
			/*
			 * Every fourth one stays for long enough to be read as a
			 * whole; the others change while they are read.
			 */
			for (int i = 0; i < (n % 4 ? 200 : 20000); i++)
				__atomic_thread_fence(__ATOMIC_SEQ_CST);
			continue;
		}
		add_sixteen(&w->slot->entry[1], n);
	}
	return NULL;
}

static void start(struct writer *w, pthread_t *thread, bool reuse)
{
	w->slot = new_slot();
	memset(&w->slot->entry[1], 0, sizeof(w->slot->entry[1]));
	w->slot->entry[1].count = 3;
	w->slot->entry[1].hist[20] = 1;
	w->reuse = reuse;
	w->stop = false;
	assert_int_equal(pthread_create(thread, NULL, write_slot, w), 0);
}

static void stop(struct writer *w, pthread_t thread)
{
	__atomic_store_n(&w->stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	free(w->slot);
}

/* Sums of buckets and of parts are never above the whole, whenever one looks. */
static void test_running_writer(void **state)
{
	struct kxt_snapshot s;
	struct writer w;
	pthread_t thread;
	uint64_t last = 0;

	(void)state;
	start(&w, &thread, false);
	for (int i = 0; i < 20000; i++) {
		const struct kxt_entry *e;

		new_snapshot(&s, 0, 0);
		assert_int_equal(read_slot(&s, w.slot, 0, &clock_ns), 0);
		assert_int_equal(s.nr, 1);
		assert_int_equal(s.vcpu[0].nr, 1);
		e = &s.vcpu[0].entry[0];
		/* count as it was written, not put right by the reader */
		assert_int_equal(e->count % 16, 3);
		assert_int_equal(e->timed % 16, 1);
		assert_true(e->unpaired >= 2);
		assert_true(e->idle_ns + e->runq_ns + e->vmm_ns <= e->total_ns);
		assert_true(e->poll_ns <= e->idle_ns);
		assert_true(e->count >= last);
		last = e->count;
		kxt_snapshot_free(&s);
	}
	stop(&w, thread);
}

/* What is read is all of one generation. */
static void test_reused_while_read(void **state)
{
	unsigned int seen = 0;
	struct kxt_snapshot s;
	struct writer w;
	pthread_t thread;

	(void)state;
	start(&w, &thread, true);
	/* By time, not by turns: on a busy machine the writer may not run for long. */
	for (time_t end = time(NULL) + 10; seen < 2000 && time(NULL) < end;) {
		const struct kxt_vcpu *v;
		uint32_t g;

		new_snapshot(&s, 0, 0);
		assert_int_equal(read_slot(&s, w.slot, 0, &clock_ns), 0);
		v = s.vcpu;
		g = s.nr ? (uint32_t)v->key : 3;
		if (g != 3) {	/* 3: from before the writer's first */
			seen++;
			assert_int_equal(v->tid, g);
			assert_int_equal(v->nr, 7);
			for (int j = 0; j < 7; j++) {
				assert_int_equal(v->entry[j].code, g);
				assert_int_equal(v->entry[j].count, g);
				assert_int_equal(v->entry[j].timed, g);
			}
		}
		kxt_snapshot_free(&s);
	}
	stop(&w, thread);
	assert_true(seen > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_knows),
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_open_garbage),
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_guest_time),
		cmocka_unit_test(test_running_writer),
		cmocka_unit_test(test_reused_while_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
