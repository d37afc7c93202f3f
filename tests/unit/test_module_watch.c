// SPDX-License-Identifier: GPL-2.0-only
/* The module's collector: details and slow exits, which it has to be asked for. */
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include "tests/unit/device.h"
#include "user/collector.h"

static unsigned int open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned int nr = 0;

	assert_non_null(dir);
	while (readdir(dir))
		nr++;
	closedir(dir);
	return nr;
}

static void check_details(struct kxt_collector *c, unsigned int nr)
{
	struct kxt_snapshot s;

	kxt_snapshot_init(&s);
	assert_int_equal(c->ops->snapshot(c, &s, NULL), 0);
	assert_int_equal(s.details, nr != 0);
	assert_int_equal(s.vcpu[0].nr_details, 0);
	assert_int_equal(s.vcpu[1].nr_details, nr);
	if (nr) {
		assert_int_equal(s.vcpu[1].detail[0].key, 0x3f8);
		assert_int_equal(s.vcpu[1].detail[0].code, 0x7b);
		assert_true(s.vcpu[1].detail[1].rest);
		assert_int_equal(s.vcpu[1].detail[1].count, 6);
	}
	kxt_snapshot_free(&s);
}

/* On and off, each twice: what is wanted is what counts. */
static void test_details(void **state)
{
	unsigned int files = open_files();
	struct kxt_collector c;

	(void)state;
	assert_int_equal(kxt_collector_open(&c, "module", NULL), 0);
	check_details(&c, 0);
	assert_int_equal(c.ops->details(&c, false, NULL), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(c.ops->details(&c, true, NULL), 0);
		assert_int_equal(details_asked, 1);
		assert_int_equal(open_files(), files + 2);
		check_details(&c, 2);
	}
	for (int i = 0; i < 2; i++) {
		assert_int_equal(c.ops->details(&c, false, NULL), 0);
		assert_int_equal(open_files(), files + 1);
		check_details(&c, 0);
	}
	assert_int_equal(c.ops->details(&c, true, NULL), 0);
	kxt_collector_close(&c);
	assert_int_equal(open_files(), files);
}

static void check_words(const struct kxt_err *err, const char *word, const char *other)
{
	assert_int_equal(err->status, KXT_EXIT_RUNTIME);
	if (!strstr(err->msg, word) || !strstr(err->msg, other))
		print_error("message: %s\n", err->msg);
	assert_non_null(strstr(err->msg, word));
	assert_non_null(strstr(err->msg, other));
}

static void test_requests_refused(void **state)
{
	const struct {
		int error;
		const char *word, *other;
	} why[] = {
		{ ENOMEM, "no memory", "do without" },
		{ ENOTTY, "older", "Install both" },
		{ EPERM, device, "not permitted" },
	};
	unsigned int files = open_files();
	struct kxt_collector c;
	struct kxt_err err;

	(void)state;
	assert_int_equal(kxt_collector_open(&c, "module", NULL), 0);
	for (size_t i = 0; i < sizeof(why) / sizeof(why[0]); i++) {
		request_error = why[i].error;
		assert_int_equal(c.ops->details(&c, true, &err), -1);
		check_words(&err, why[i].word, why[i].other);
		assert_non_null(strstr(err.msg, "details"));
		assert_int_equal(c.ops->slow(&c, 5, &err), -1);
		check_words(&err, why[i].word, why[i].other);
		assert_non_null(strstr(err.msg, "slow exits"));
		assert_int_equal(c.ops->slow_fd(&c), -1);
		assert_int_equal(open_files(), files + 1);
		check_details(&c, 0);
	}
	request_error = 0;
	/* the device went away, or is someone else's now */
	assert_int_equal(rename(device, away), 0);
	assert_int_equal(c.ops->details(&c, true, &err), -1);
	assert_non_null(strstr(err.msg, "not loaded"));
	assert_int_equal(c.ops->slow(&c, 5, &err), -1);
	assert_non_null(strstr(err.msg, "not loaded"));
	assert_int_equal(rename(away, device), 0);
	kxt_collector_close(&c);
}

/*
 * Opened with a pipe in the place of the device, for read() and poll(). Returns
 * its other end.
 */
static int open_slow(struct kxt_collector *c)
{
	int fd;

	assert_int_equal(kxt_collector_open(c, "module", NULL), 0);
	assert_int_equal(rename(device, away), 0);
	assert_int_equal(mkfifo(device, 0600), 0);
	assert_int_equal(c->ops->slow(c, 500000, NULL), 0);
	fd = open(device, O_WRONLY);
	assert_true(fd >= 0);
	assert_int_equal(rename(away, device), 0);
	return fd;
}

static void put_event(int fd, uint32_t type, uint64_t number)
{
	struct kvmexit_event e = { .type = type };

	if (type == KVMEXIT_EVENT_LOST)
		e.lost = number;
	else
		e.total_ns = number;
	assert_int_equal(write(fd, &e, sizeof(e)), sizeof(e));
}

static void test_slow(void **state)
{
	unsigned int files = open_files();
	struct kvmexit_event event[4];
	struct kxt_collector c;
	struct pollfd poll_fd = { .events = POLLIN };
	uint64_t lost = 100;
	int fd = open_slow(&c);

	(void)state;
	assert_int_equal(slow_over, 500000);
	poll_fd.fd = c.ops->slow_fd(&c);
	assert_int_equal(poll(&poll_fd, 1, 0), 0);
	/* nothing there: not an error, and no waiting */
	assert_int_equal(c.ops->slow_read(&c, event, 4, &lost, NULL), 0);
	for (int i = 1; i <= 5; i++)
		put_event(fd, KVMEXIT_EVENT_SLOW, i);
	assert_int_equal(poll(&poll_fd, 1, 0), 1);
	assert_int_equal(c.ops->slow_read(&c, event, 0, &lost, NULL), 0);
	assert_int_equal(c.ops->slow_read(&c, event, 4, &lost, NULL), 4);
	assert_int_equal(event[3].total_ns, 4);
	assert_int_equal(c.ops->slow_read(&c, event, 4, &lost, NULL), 1);
	assert_int_equal(event[0].total_ns, 5);
	assert_int_equal(lost, 100);
	/* another threshold, on the same file */
	assert_int_equal(c.ops->slow(&c, 7, NULL), 0);
	assert_int_equal(slow_over, 7);
	assert_int_equal(slow_asked, 2);
	assert_int_equal(open_files(), files + 3);
	/* no more */
	assert_int_equal(c.ops->slow(&c, UINT64_MAX, NULL), 0);
	assert_int_equal(c.ops->slow_fd(&c), -1);
	assert_int_equal(open_files(), files + 2);
	assert_int_equal(c.ops->slow_read(&c, event, 4, &lost, NULL), 0);
	close(fd);
	kxt_collector_close(&c);
	assert_int_equal(open_files(), files);
}

static void test_slow_lost(void **state)
{
	struct kvmexit_event event[8];
	struct kxt_collector c;
	struct kxt_snapshot s;
	uint64_t lost = 100;
	int fd = open_slow(&c);

	(void)state;
	put_event(fd, KVMEXIT_EVENT_LOST, 5);
	put_event(fd, KVMEXIT_EVENT_SLOW, 1);
	put_event(fd, KVMEXIT_EVENT_LOST, 20);
	put_event(fd, 77, 1);	/* of a newer version */
	put_event(fd, KVMEXIT_EVENT_SLOW, 2);
	assert_int_equal(c.ops->slow_read(&c, event, 8, &lost, NULL), 2);
	assert_int_equal(event[0].total_ns, 1);
	assert_int_equal(event[1].total_ns, 2);
	assert_int_equal(lost, 125);
	put_event(fd, KVMEXIT_EVENT_LOST, 1);
	assert_int_equal(c.ops->slow_read(&c, event, 8, &lost, NULL), 0);
	assert_int_equal(lost, 126);
	/* lost is lost, also in what is shown beside the counters */
	kxt_snapshot_init(&s);
	assert_int_equal(c.ops->snapshot(&c, &s, NULL), 0);
	assert_int_equal(s.lost.events, 3 + 26);
	kxt_snapshot_free(&s);
	close(fd);
	kxt_collector_close(&c);
}

static void test_slow_broken(void **state)
{
	struct kvmexit_event event[8] = { 0 };
	struct kxt_collector c;
	struct kxt_err err;
	uint64_t lost = 0;
	int fd = open_slow(&c);

	(void)state;
	put_event(fd, KVMEXIT_EVENT_SLOW, 1);
	assert_int_equal(write(fd, event, sizeof(event[0]) / 2), sizeof(event[0]) / 2);
	assert_int_equal(c.ops->slow_read(&c, event, 8, &lost, &err), -1);
	check_words(&err, "192 bytes", "same version");
	close(fd);
	/* and then an error of the device's own */
	fd = open("/", O_RDONLY | O_DIRECTORY);
	assert_int_equal(dup2(fd, c.ops->slow_fd(&c)), c.ops->slow_fd(&c));
	close(fd);
	assert_int_equal(c.ops->slow_read(&c, event, 8, &lost, &err), -1);
	check_words(&err, "cannot read slow exits", device);
	kxt_collector_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_details, reset),
		cmocka_unit_test_setup(test_requests_refused, reset),
		cmocka_unit_test_setup(test_slow, reset),
		cmocka_unit_test_setup(test_slow_lost, reset),
		cmocka_unit_test_setup(test_slow_broken, reset),
	};

	return cmocka_run_group_tests(tests, make_device, remove_device);
}
