// SPDX-License-Identifier: GPL-2.0-only
#include <time.h>

#include "tests/unit/replay_fixture.h"
#include "user/replay/replay.h"

static struct kxt_recording *rec;
static struct kxt_replay replay;

static const struct tape two = TAPE("fake:two", 11, SEC, .wall = true);
static const struct tape ended = TAPE("fake:ended", 21, SEC);

static int start_range(const struct tape *t, const struct kxt_replay_range *range,
		       uint64_t linger_ns, struct kxt_err *err)
{
	int ret;

	tape_record(t);
	assert_int_equal(kxt_recording_open(&rec, tape_path, err), 0);
	memset(&replay, 0, sizeof(replay));
	ret = kxt_replay_open(&replay, rec, range, NULL, linger_ns, err);
	return ret;
}

static void start(const struct tape *t, uint64_t window_ns)
{
	struct kxt_replay_range range = { .window_ns = window_ns };
	struct kxt_err err;

	assert_int_equal(start_range(t, &range, 5 * SEC, &err), 0);
}

static void stop(void)
{
	kxt_replay_close(&replay);
	kxt_recording_close(rec);
	tape_remove();
}

static void show(unsigned int window)
{
	struct kxt_err err;

	assert_int_equal(kxt_replay_show(&replay, window, &err), 0);
	assert_int_equal(replay.at, window);
}

/* All that a view could show of a frame, as text. */
static char *text_of_frame(void)
{
	const struct kxt_summary *s = &replay.frames.sum;
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_non_null(f);
	fprintf(f, "%s %s %s %lu %lu lost %lu %lu\n", s->collector, s->kernel, s->host,
		s->interval_ns, s->exits, s->lost.exits, replay.frames.lost.exits);
	for (unsigned int i = 0; i < s->nr; i++) {
		const struct kxt_vm *vm = &s->vm[i];

		fprintf(f, "%u %s %d %lu\n", vm->pid, vm->name, vm->ended, vm->guest_ns);
		for (unsigned int k = 0; k < vm->nr_vcpus; k++)
			fprintf(f, " %u %d\n", vm->vcpu[k].tid, vm->vcpu[k].ended);
		for (unsigned int k = 0; k < vm->nr_reasons; k++) {
			const struct kxt_entry *e = &vm->reason[k];

			fprintf(f, " %lx %lu %ld %lu %lu %lu", e->code, e->count,
				e->unpaired, e->total_ns, e->max_ns, e->vmm_ns);
			for (unsigned int b = 0; b < KVMEXIT_NR_BUCKETS; b++)
				fprintf(f, " %lu", e->hist[b]);
			fputc('\n', f);
		}
	}
	fclose(f);
	return text;
}

static void test_windows(void **state)
{
	uint64_t exits;

	(void)state;
	start(&two, 0);
	assert_int_equal(replay.nr - 1, 10);
	show(1);
	assert_int_equal(replay.frames.sum.interval_ns, SEC);
	assert_int_equal(replay.frames.sum.nr, 2);
	assert_string_equal(replay.frames.sum.collector, "module");
	assert_string_equal(replay.frames.sum.host, "fakehost");
	exits = replay.frames.sum.exits;
	assert_true(exits > 10000);
	show(10);
	assert_in_range(replay.frames.sum.exits, exits - 500, exits + 500);
	stop();
}

/* Each window, reached from each other one, is what it was when it was played. */
static void test_any_order(void **state)
{
	char *played[21];

	(void)state;
	start(&ended, 0);
	for (unsigned int i = 1; i <= 20; i++) {
		show(i);
		played[i] = text_of_frame();
	}
	/* db1 ends after 3 s, and stays for 5 s. */
	assert_non_null(strstr(played[3], " db1 1 "));
	assert_non_null(strstr(played[8], " db1 1 "));
	assert_null(strstr(played[9], " db1 "));
	for (unsigned int i = 1; i <= 20; i++) {
		for (unsigned int k = 1; k <= 20; k++) {
			char *text;

			show(i);
			show(k);
			text = text_of_frame();
			assert_string_equal(text, played[k]);
			free(text);
		}
	}
	for (unsigned int i = 1; i <= 20; i++)
		free(played[i]);
	stop();
}

/* What was lost is what was lost since the beginning, wherever one comes from. */
static void test_lost(void **state)
{
	static const struct tape lost = TAPE("fake:lost,age=100", 6, SEC);
	uint64_t at[6];

	(void)state;
	start(&lost, 0);
	for (unsigned int i = 1; i <= 5; i++) {
		show(i);
		at[i] = replay.frames.lost.exits;
		assert_true(at[i] > 0 && at[i] == i * at[1]);
	}
	show(2);
	assert_int_equal(replay.frames.lost.exits, at[2]);
	show(5);
	assert_int_equal(replay.frames.lost.exits, at[5]);
	stop();
}

static void test_groups(void **state)
{
	struct kxt_err err;
	uint64_t exits = 0;

	(void)state;
	start(&two, 4 * SEC);
	/* 4 s, 4 s, and what is left */
	assert_int_equal(replay.nr - 1, 3);
	for (unsigned int i = 1; i <= 3; i++) {
		show(i);
		assert_int_equal(replay.frames.sum.interval_ns, (i < 3 ? 4 : 2) * SEC);
		exits += replay.frames.sum.exits;
	}
	show(2);
	assert_int_equal(kxt_replay_group(&replay, 0, &err), 8);
	assert_int_equal(replay.nr - 1, 10);
	for (unsigned int i = 1; i <= 10; i++) {
		show(i);
		exits -= replay.frames.sum.exits;
	}
	assert_int_equal(exits, 0);
	show(5);
	/* it ended after 5 s: in the window from 3 s to 6 s */
	assert_int_equal(kxt_replay_group(&replay, 3 * SEC, &err), 2);
	assert_int_equal(kxt_replay_group(&replay, 86400 * SEC, &err), 1);
	assert_int_equal(replay.nr - 1, 1);
	show(1);
	assert_int_equal(replay.frames.sum.interval_ns, 10 * SEC);
	/* less than what was recorded is what was recorded */
	assert_int_equal(kxt_replay_group(&replay, SEC / 10, &err), 10);
	stop();
}

static void test_find(void **state)
{
	uint64_t begin;

	(void)state;
	start(&two, 0);
	begin = kxt_replay_end_ns(&replay, 0);
	assert_int_equal(kxt_replay_find(&replay, 0), 1);
	assert_int_equal(kxt_replay_find(&replay, begin), 1);
	assert_int_equal(kxt_replay_find(&replay, begin + 2 * SEC - 1), 1);
	assert_int_equal(kxt_replay_find(&replay, begin + 2 * SEC), 2);
	assert_int_equal(kxt_replay_find(&replay, begin + 10 * SEC), 10);
	assert_int_equal(kxt_replay_find(&replay, UINT64_MAX), 10);
	stop();
}

static unsigned int where(const char *text)
{
	struct kxt_err err;
	unsigned int window;

	assert_int_equal(kxt_replay_goto(&replay, text, &window, &err), 0);
	return window;
}

static void test_goto(void **state)
{
	struct kxt_err err;
	unsigned int window;

	(void)state;
	start(&two, 0);
	assert_int_equal(where("0"), 1);
	assert_int_equal(where("5"), 5);
	assert_int_equal(where("0:05"), 5);
	/* in the middle of the sixth second that one is wanted */
	assert_int_equal(where("5.5"), 6);
	assert_int_equal(where("-3"), 7);
	assert_int_equal(where("-0"), 10);
	assert_int_equal(where("10"), 10);
	assert_int_equal(kxt_replay_goto(&replay, "11", &window, &err), -1);
	assert_int_equal(kxt_replay_goto(&replay, "nonsense", &window, &err), -1);
	assert_int_equal(err.status, KXT_EXIT_USAGE);
	assert_true(err.msg[0]);
	stop();
}

static void test_range(void **state)
{
	struct kxt_replay_range range = { .from = "3", .to = "-5" };
	struct kxt_replay_place place;
	struct kxt_err err;

	(void)state;
	assert_int_equal(start_range(&two, &range, 0, &err), 0);
	assert_int_equal(replay.nr - 1, 2);
	show(2);
	kxt_replay_place(&replay, &place);
	assert_int_equal(place.at_ns, 5 * SEC);
	assert_int_equal(place.length_ns, 10 * SEC);
	assert_int_equal(place.windows, 2);
	assert_true(place.end);
	/* what is outside is as near as it gets */
	assert_int_equal(where("0"), 1);
	assert_int_equal(where("9"), 2);
	stop();

	range = (struct kxt_replay_range){ .from = "5", .to = "5" };
	assert_int_equal(start_range(&two, &range, 0, &err), -1);
	assert_int_equal(err.status, KXT_EXIT_USAGE);
	stop();
	range = (struct kxt_replay_range){ .from = "later" };
	assert_int_equal(start_range(&two, &range, 0, &err), -1);
	assert_memory_equal(err.msg, "--from: ", 8);
	stop();
}

static void test_one_frame(void **state)
{
	static const struct tape one = TAPE("fake:two", 1, SEC);
	struct kxt_replay_range range = { 0 };
	struct kxt_err err;

	(void)state;
	assert_int_equal(start_range(&one, &range, 0, &err), -1);
	assert_non_null(strstr(err.msg, "one frame"));
	stop();
}

static void test_place(void **state)
{
	struct kxt_replay_place place = { .speed = 4000 };

	(void)state;
	start(&two, 0);
	show(1);
	kxt_replay_place(&replay, &place);
	assert_int_equal(place.at_ns, SEC);
	assert_int_equal(place.window, 1);
	assert_int_equal(place.windows, 10);
	assert_int_equal(place.wall_ns, kxt_replay_end_ns(&replay, 1) + WALL_NS);
	assert_int_equal(place.utc_offset_s, 3600);
	assert_int_equal(place.speed, 4000);
	assert_false(place.tenths || place.end);
	assert_null(place.trouble);
	show(10);
	kxt_replay_place(&replay, &place);
	assert_true(place.end);
	stop();
}

/* A file that was cut off is played as far as it goes, and says so. */
static void test_cut_off(void **state)
{
	static const struct tape tape = TAPE("fake:two", 200, SEC);
	struct kxt_replay_range range = { 0 };
	struct kxt_replay_place place;
	struct kxt_err err;

	(void)state;
	tape_record(&tape);
	assert_int_equal(truncate(tape_path, 20000), 0);
	assert_int_equal(kxt_recording_open(&rec, tape_path, &err), 0);
	memset(&replay, 0, sizeof(replay));
	assert_int_equal(kxt_replay_open(&replay, rec, &range, NULL, 0, &err), 0);
	assert_in_range(replay.nr, 3, 190);
	show(replay.nr - 1);
	kxt_replay_place(&replay, &place);
	assert_non_null(place.trouble);
	assert_non_null(strstr(place.trouble, "cut off"));
	stop();
}

static void damage(long at)
{
	int fd = open(tape_path, O_RDWR | O_CLOEXEC);
	char byte;

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &byte, 1, at), 1);
	byte ^= 0x10;
	assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	close(fd);
}

/* Windows in a damaged part fail, each time; all others are as if nothing were. */
static void test_damaged(void **state)
{
	static const struct tape tape = TAPE("fake:two", 200, SEC);
	unsigned int bad = 0, first = 0, last = 0;
	struct kxt_err err;
	uint64_t exits;

	(void)state;
	tape_record(&tape);
	damage(25000);
	assert_int_equal(kxt_recording_open(&rec, tape_path, &err), 0);
	assert_null(kxt_recording_trouble(rec));
	memset(&replay, 0, sizeof(replay));
	assert_int_equal(kxt_replay_open(&replay, rec, &(struct kxt_replay_range){ 0 }, NULL,
					 0, &err), 0);
	show(1);
	exits = replay.frames.sum.exits;
	for (unsigned int i = 1; i < replay.nr; i++) {
		if (kxt_replay_show(&replay, i, &err) == 0) {
			assert_in_range(replay.frames.sum.exits, exits - 500, exits + 500);
			continue;
		}
		assert_int_equal(replay.at, 0);
		assert_non_null(strstr(err.msg, "damaged"));
		first = first ? first : i;
		last = i;
		bad++;
	}
	assert_in_range(bad, 2, 100);
	assert_int_equal(last - first + 1, bad);
	assert_non_null(kxt_recording_trouble(rec));
	show(first - 1);
	assert_int_equal(kxt_replay_show(&replay, first, &err), -1);
	show(last + 1);
	/* counters are cumulative: a window around it knows all that happened */
	assert_int_not_equal(kxt_replay_group(&replay, 150 * SEC, &err), 0);
	show(1);
	assert_in_range(replay.frames.sum.exits, 149 * exits, 151 * exits);
	stop();
}

static int hour_at(uint64_t s)
{
	time_t when = (time_t)s;
	struct tm tm;

	assert_non_null(localtime_r(&when, &tm));
	return tm.tm_hour * 60 + tm.tm_min;
}

static void test_zone(void **state)
{
	struct kxt_recording_host host = { .to_wall_ns = 1, .utc_offset_s = 19800 };

	(void)state;
	kxt_replay_zone(&host);
	assert_int_equal(hour_at(0), 5 * 60 + 30);
	host.utc_offset_s = -3600;
	kxt_replay_zone(&host);
	assert_int_equal(hour_at(0), 23 * 60);
	/* a clock without a time of day is told in UTC */
	host.to_wall_ns = 0;
	kxt_replay_zone(&host);
	assert_int_equal(hour_at(0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_windows),
		cmocka_unit_test(test_any_order),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_goto),
		cmocka_unit_test(test_range),
		cmocka_unit_test(test_one_frame),
		cmocka_unit_test(test_place),
		cmocka_unit_test(test_cut_off),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_zone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
