// SPDX-License-Identifier: GPL-2.0-only
/* Waiting for one more file, but not without end. */
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/build.h"
#include "user/loop.h"

static struct kxt_loop loop;
static int ends[2];

static int set_up(void **state)
{
	(void)state;
	return pipe2(ends, O_CLOEXEC | O_NONBLOCK) || kxt_loop_open(&loop, false, NULL);
}

static int tear_down(void **state)
{
	(void)state;
	kxt_loop_close(&loop);
	return close(ends[0]) || close(ends[1]);
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static void wait_ready(void)
{
	while (!(kxt_loop_wait(&loop, true) & KXT_EVENT_READY))
		;
}

/* There is always something to read: it is told, but only so often. */
static void test_breath(void **state)
{
	uint64_t begin;

	(void)state;
	assert_int_equal(write(ends[1], "x", 1), 1);
	assert_int_equal(kxt_loop_watch(&loop, ends[0], NULL), 0);
	wait_ready();
	begin = now_ns();
	for (unsigned int i = 1; i <= 3; i++) {
		wait_ready();
		assert_true(now_ns() - begin >= i * KXT_LOOP_BREATH_NS - 1000000);
	}
}

static void test_stop(void **state)
{
	char c;

	(void)state;
	assert_int_equal(write(ends[1], "x", 1), 1);
	assert_int_equal(kxt_loop_watch(&loop, ends[0], NULL), 0);
	wait_ready();
	assert_int_equal(kxt_loop_watch(&loop, -1, NULL), 0);
	/* Long after the breath the timer comes, and the file does not. */
	kxt_loop_timer(&loop, 3 * KXT_LOOP_BREATH_NS, KXT_LOOP_BREATH_NS);
	for (;;) {
		unsigned int events = kxt_loop_wait(&loop, true);

		assert_false(events & KXT_EVENT_READY);
		if (events & KXT_EVENT_TICK)
			break;
	}
	/* and again */
	assert_int_equal(kxt_loop_watch(&loop, ends[0], NULL), 0);
	wait_ready();
	assert_int_equal(read(ends[0], &c, 1), 1);
}

/* A file that cannot be waited for says so, and is not watched. */
static void test_refused(void **state)
{
	struct kxt_err err = { 0 };
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(kxt_loop_watch(&loop, fd, &err), -1);
	assert_non_null(strstr(err.msg, "cannot wait"));
	assert_int_equal(loop.watched, -1);
	close(fd);
}

/* What is closed at the other end is ready too: reading says what is wrong. */
static void test_closed(void **state)
{
	int other[2];

	(void)state;
	assert_int_equal(pipe2(other, O_CLOEXEC), 0);
	assert_int_equal(kxt_loop_watch(&loop, other[0], NULL), 0);
	close(other[1]);
	wait_ready();
	assert_int_equal(kxt_loop_watch(&loop, -1, NULL), 0);
	close(other[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_breath, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_stop, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_closed, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
