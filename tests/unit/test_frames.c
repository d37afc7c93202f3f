// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "tests/unit/build.h"
#include "user/frames.h"

#define SEC	1000000000ULL

static struct kxt_collector collector;
static struct kxt_frames frames;

static void start(const char *spec, uint64_t linger_ns)
{
	struct kxt_err err;

	memset(&frames, 0, sizeof(frames));
	assert_int_equal(kxt_collector_open(&collector, spec, &err), 0);
	assert_int_equal(kxt_frames_open(&frames, &collector, NULL, linger_ns, &err), 0);
}

static void stop(void)
{
	kxt_frames_close(&frames);
	kxt_collector_close(&collector);
}

static void next(void)
{
	struct kxt_err err;

	assert_int_equal(collector.ops->wait(&collector, SEC, &err), 0);
	assert_int_equal(kxt_frames_next(&frames, &err), 0);
}

static void leave_out(void)
{
	struct kxt_err err;

	assert_int_equal(collector.ops->wait(&collector, SEC, &err), 0);
	assert_int_equal(kxt_frames_skip(&frames, &err), 0);
}

static void test_windows(void **state)
{
	uint64_t exits;

	(void)state;
	start("fake:two", 5 * SEC);
	next();
	assert_int_equal(frames.sum.interval_ns, SEC);
	assert_int_equal(frames.sum.nr, 2);
	assert_string_equal(frames.sum.collector, "fake");
	assert_string_equal(frames.sum.host, "fakehost");
	exits = frames.sum.exits;
	assert_true(exits > 10000);
	/* what happened in a pause is in no frame */
	leave_out();
	leave_out();
	assert_int_equal(frames.sum.exits, exits);
	next();
	assert_int_equal(frames.sum.interval_ns, SEC);
	assert_in_range(frames.sum.exits, exits - 100, exits + 100);
	stop();
}

static const struct kxt_vm *ended_vm(void)
{
	for (unsigned int i = 0; i < frames.sum.nr; i++)
		if (frames.sum.vm[i].ended)
			return &frames.sum.vm[i];
	return NULL;
}

/* db1 ends after 3 s; then it stays 5 s with its last numbers. */
static void test_linger(void **state)
{
	uint64_t last;

	(void)state;
	start("fake:ended", 5 * SEC);
	for (int i = 0; i < 2; i++) {
		next();
		assert_null(ended_vm());
	}
	next();
	assert_non_null(ended_vm());
	last = ended_vm()->all.count;
	assert_true(last > 0);
	for (int i = 0; i < 5; i++) {
		next();
		assert_int_equal(frames.sum.nr, 2);
		assert_non_null(ended_vm());
		assert_int_equal(ended_vm()->all.count, last);
		assert_true(frames.sum.vm[0].pid < frames.sum.vm[1].pid);
		/* it is not counted again in the frame */
		assert_true(frames.sum.exits < last);
	}
	next();
	assert_int_equal(frames.sum.nr, 1);
	assert_null(ended_vm());
	stop();
}

static void test_keep(void **state)
{
	(void)state;
	start("fake:ended", 5 * SEC);
	frames.keep_pid = 2305;
	for (int i = 0; i < 20; i++)
		next();
	assert_int_equal(frames.sum.nr, 2);
	assert_non_null(ended_vm());
	frames.keep_pid = 0;
	next();
	assert_int_equal(frames.sum.nr, 1);
	stop();
}

/* A VM that ended and was forgotten between two frames is missed by none. */
static void test_vanished(void **state)
{
	(void)state;
	start("fake:ended", 5 * SEC);
	next();
	for (int i = 0; i < 20; i++)
		leave_out();
	next();
	assert_int_equal(frames.sum.nr, 2);
	assert_non_null(ended_vm());
	assert_int_equal(ended_vm()->pid, 2305);
	stop();
}

/* In a log nothing may stand twice. */
static void test_no_linger(void **state)
{
	(void)state;
	start("fake:ended", 0);
	for (int i = 0; i < 3; i++)
		next();
	assert_non_null(ended_vm());
	next();
	assert_int_equal(frames.sum.nr, 1);
	assert_null(ended_vm());
	stop();
}

static void test_lost(void **state)
{
	(void)state;
	start("fake:lost", 5 * SEC);
	next();
	assert_int_equal(frames.sum.lost.exits, 1234);
	assert_int_equal(frames.lost.exits, 1234);
	leave_out();
	next();
	assert_int_equal(frames.sum.lost.exits, 1234);
	assert_int_equal(frames.lost.exits, 3 * 1234);
	assert_int_equal(frames.lost.slots, 3 * 7);
	stop();
}

/* Turned on in the middle: from the first window on that has all of them. */
static void test_details(void **state)
{
	const struct kxt_vm *vm;

	(void)state;
	start("fake:ended", 5 * SEC);
	next();
	assert_false(frames.sum.details);
	assert_int_equal(collector.ops->wait(&collector, SEC / 2, NULL), 0);
	assert_int_equal(collector.ops->details(&collector, true, NULL), 0);
	next();
	assert_false(frames.sum.details);
	next();
	assert_true(frames.sum.details);
	assert_true(frames.sum.vm[0].nr_details > 10);
	assert_true(frames.sum.vm[0].vcpu[0].nr_details > 10);
	/* a VM that is over keeps what it had */
	next();
	vm = ended_vm();
	assert_non_null(vm);
	assert_true(vm->nr_details > 10);
	assert_true(vm->vcpu[0].nr_details > 10);
	assert_int_equal(collector.ops->details(&collector, false, NULL), 0);
	next();
	assert_false(frames.sum.details);
	assert_int_equal(frames.sum.vm[0].nr_details, 0);
	stop();
}

/* A pause of minutes that ends is no more than what the window had of it. */
static void test_resumed(void **state)
{
	(void)state;
	start("fake:resumed", 5 * SEC);
	for (int i = 0; i < 4; i++) {
		const struct kxt_vm *vm;

		next();
		vm = &frames.sum.vm[1];
		assert_int_equal(vm->pid, 2305);
		assert_int_equal(vm->guest_ns == 0, i < 2);
		/* the made-up halt that is open then has begun before */
		assert_true(vm->guest_ns + vm->all.total_ns <= 4 * SEC + SEC / 100);
		if (i < 2)
			assert_int_equal(vm->all.vmm_ns, 4 * SEC);
		else
			assert_true(vm->all.vmm_ns < SEC);
	}
	stop();
}

static void test_failure(void **state)
{
	struct kxt_err err = { 0 };

	(void)state;
	start("fake:failsnap", 5 * SEC);
	next();
	assert_int_equal(collector.ops->wait(&collector, SEC, &err), 0);
	assert_int_equal(kxt_frames_next(&frames, &err), -1);
	assert_int_equal(err.status, KXT_EXIT_RUNTIME);
	stop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_windows), cmocka_unit_test(test_linger),
		cmocka_unit_test(test_keep), cmocka_unit_test(test_vanished),
		cmocka_unit_test(test_no_linger), cmocka_unit_test(test_lost),
		cmocka_unit_test(test_details), cmocka_unit_test(test_resumed),
		cmocka_unit_test(test_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
