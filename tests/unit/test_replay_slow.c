// SPDX-License-Identifier: GPL-2.0-only
#include "tests/unit/replay_fixture.h"
#include "user/replay/slow.h"

static struct kxt_recording *rec;
static struct kxt_replay_slow slow;

static void start(const struct tape *t, unsigned int first)
{
	struct kxt_err err;

	tape_record(t);
	assert_int_equal(kxt_recording_open(&rec, tape_path, &err), 0);
	memset(&slow, 0, sizeof(slow));
	assert_int_equal(kxt_replay_slow_open(&slow, first, t->frames - 1, &err), 0);
}

static void stop(void)
{
	kxt_replay_slow_close(&slow);
	kxt_recording_close(rec);
	tape_remove();
}

static void seek(unsigned int frame, const struct kxt_filter *filter)
{
	struct kxt_err err;

	assert_int_equal(kxt_replay_slow_seek(&slow, rec, filter, frame, &err), 0);
	assert_int_equal(slow.at, frame);
}

/**
 * struct sum - what is here, in short
 * @nr: how many
 * @first_ns: when the oldest ended
 * @last_ns: and the latest
 * @mixed: of all of them, in their order
 */
struct sum {
	unsigned int nr;
	uint64_t first_ns, last_ns, mixed;
};

static struct sum sum_up(void)
{
	const struct kxt_slow *s;
	struct sum sum = { 0 };

	while ((s = kxt_replay_slow_get(&slow, sum.nr))) {
		if (!sum.nr)
			sum.first_ns = s->ev.time_ns;
		/* oldest first */
		assert_true(s->ev.time_ns >= sum.last_ns);
		sum.last_ns = s->ev.time_ns;
		sum.mixed = 31 * sum.mixed + s->ev.time_ns + s->ev.total_ns;
		sum.nr++;
	}
	return sum;
}

static void check_equal(struct sum a, struct sum b)
{
	assert_int_equal(a.nr, b.nr);
	assert_int_equal(a.first_ns, b.first_ns);
	assert_int_equal(a.last_ns, b.last_ns);
	assert_int_equal(a.mixed, b.mixed);
}

static void test_forward(void **state)
{
	static const struct tape tape = TAPE("fake:two", 11, SEC, .over_ns = 1);
	struct sum sum;

	(void)state;
	start(&tape, 0);
	assert_null(kxt_replay_slow_get(&slow, 0));
	seek(0, NULL);
	assert_null(kxt_replay_slow_get(&slow, 0));
	/* the fake host has five a second */
	seek(1, NULL);
	assert_int_equal(sum_up().nr, 5);
	seek(10, NULL);
	sum = sum_up();
	assert_int_equal(sum.nr, 50);
	assert_true(sum.last_ns <= kxt_recording_time(rec, 10));
	assert_true(sum.first_ns > kxt_recording_time(rec, 0));
	assert_int_equal(kxt_replay_slow_lost(&slow), 0);
	stop();
}

/* Any place has the same ones from wherever one comes, also when there are too many. */
static void any_order(const struct tape *tape, unsigned int step)
{
	unsigned int last = tape->frames - 1;
	struct sum *at = calloc(tape->frames, sizeof(*at));

	assert_non_null(at);
	start(tape, 0);
	for (unsigned int i = 0; i <= last; i++) {
		seek(i, NULL);
		at[i] = sum_up();
	}
	for (unsigned int i = 0; i <= last; i += step) {
		for (unsigned int k = 0; k <= last; k += step) {
			seek(i, NULL);
			check_equal(sum_up(), at[i]);
			seek(k, NULL);
			check_equal(sum_up(), at[k]);
		}
	}
	free(at);
	stop();
}

static void test_any_order(void **state)
{
	static const struct tape few = TAPE("fake:two", 21, SEC, .over_ns = 1);
	static const struct tape many = TAPE("fake:two", 61, 10 * SEC, .over_ns = 1);

	(void)state;
	any_order(&few, 1);
	/* 3000 of them, of which 1000 are kept */
	any_order(&many, 7);
}

static void test_kept(void **state)
{
	static const struct tape many = TAPE("fake:two", 61, 10 * SEC, .over_ns = 1);
	uint64_t first_ns;

	(void)state;
	start(&many, 0);
	seek(60, NULL);
	assert_int_equal(slow.nr, 3000);
	assert_int_equal(sum_up().nr, KXT_SLOW_LOG_MAX);
	first_ns = sum_up().first_ns;
	seek(59, NULL);
	assert_int_equal(slow.nr, 2950);
	assert_int_equal(sum_up().nr, KXT_SLOW_LOG_MAX);
	assert_true(sum_up().first_ns < first_ns);
	stop();
}

static void test_filter_and_first(void **state)
{
	static const struct tape tape = TAPE("fake:two", 21, SEC, .over_ns = 1);
	const struct kxt_filter filter = { .vm = "web*" };
	const struct kxt_slow *s;
	unsigned int nr = 0;

	(void)state;
	start(&tape, 10);
	seek(20, &filter);
	for (; (s = kxt_replay_slow_get(&slow, nr)); nr++) {
		assert_string_equal(s->name, "web1");
		assert_true(s->ev.time_ns > kxt_recording_time(rec, 10));
	}
	assert_in_range(nr, 5, 45);
	seek(10, &filter);
	assert_null(kxt_replay_slow_get(&slow, 0));
	stop();
}

static void test_lost(void **state)
{
	static const struct tape tape = TAPE("fake:lost", 31, SEC, .over_ns = 1);
	uint64_t at[31];

	(void)state;
	start(&tape, 0);
	for (unsigned int i = 0; i <= 30; i++) {
		seek(i, NULL);
		at[i] = kxt_replay_slow_lost(&slow);
	}
	assert_int_equal(at[0], 0);
	assert_true(at[30] > at[15]);
	seek(15, NULL);
	assert_int_equal(kxt_replay_slow_lost(&slow), at[15]);
	seek(30, NULL);
	assert_int_equal(kxt_replay_slow_lost(&slow), at[30]);
	stop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forward),
		cmocka_unit_test(test_any_order),
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_filter_and_first),
		cmocka_unit_test(test_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
