/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A device for tests of the module's collector: a plain file, which can be mapped,
 * with an ioctl() of our own. For one file of a test only.
 */
#ifndef KXT_TEST_DEVICE_H
#define KXT_TEST_DEVICE_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tests/unit/build.h"

#define NR_SLOTS	4

static char device[] = "/tmp/kvmexittop-test-XXXXXX";
/* Where it is while something else has its place. */
static char away[sizeof(device) + 5];
static struct kvmexit_info answer;
static int ioctl_error;
/* Of the two requests besides INFO: what they fail with, how often they came. */
static int request_error;
static unsigned int details_asked, slow_asked;
static uint64_t slow_over;

static int answer_info(struct kvmexit_info *info)
{
	assert_int_equal(info->size, sizeof(*info));
	/* else a module of another version could not say which it is */
	assert_int_equal(info->abi_major, 0);
	if (ioctl_error) {
		errno = ioctl_error;
		return -1;
	}
	*info = answer;
	return 0;
}

/* Instead of the C library's. */
int ioctl(int fd, unsigned long request, ...)
{
	void *arg;
	va_list ap;

	(void)fd;
	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	if (request == KVMEXIT_IOC_INFO)
		return answer_info(arg);
	if (request == KVMEXIT_IOC_SLOW) {
		slow_asked++;
		slow_over = *(uint64_t *)arg;
	} else {
		assert_true(request == KVMEXIT_IOC_DETAILS);
		details_asked++;
	}
	errno = request_error;
	return request_error ? -1 : 0;
}

static void write_slot(FILE *f, unsigned int n)
{
	struct kvmexit_slot head = { .state = KVMEXIT_SLOT_LIVE, .generation = 1,
				     .pid = 100, .tid = 101 + n, .vcpu_id = n,
				     .isa = KVMEXIT_ISA_SVM, .nr_entries = 2 };
	struct kvmexit_entry entry = { .code = 0x7b, .count = 5 + n, .total_ns = 4000,
				       .max_ns = 1000 };

	if (n == 2)
		head.state = KVMEXIT_SLOT_FREE;
	entry.hist[kxt_bucket(1000)] = 4;
	head.flags = n ? KVMEXIT_SLOT_RUNQ | KVMEXIT_SLOT_LEVEL : 0;
	head.nr_sketches = n;
	fseek(f, (long)n * KVMEXIT_SLOT_SIZE, SEEK_SET);
	assert_int_equal(fwrite(&head, sizeof(head), 1, f), 1);
	fseek(f, KVMEXIT_ENTRY_SIZE, SEEK_CUR);
	assert_int_equal(fwrite(&entry, sizeof(entry), 1, f), 1);
}

/* Behind all slots: the details of slot 1. */
static void write_details(FILE *f)
{
	struct kvmexit_sketch sketch = { .entry = 1, .kind = KVMEXIT_KIND_PORT,
					 .nr_ways = 1, .one_in = 1, .count = 6 };

	sketch.way[0] = (struct kvmexit_way) { .key = 0x3f8, .count = 5 };
	fseek(f, NR_SLOTS * KVMEXIT_SLOT_SIZE + KVMEXIT_DETAIL_SIZE, SEEK_SET);
	assert_int_equal(fwrite(&sketch, sizeof(sketch), 1, f), 1);
}

UNUSED static int make_device(void **state)
{
	int fd = mkstemp(device);
	FILE *f = fdopen(fd, "w");

	(void)state;
	snprintf(away, sizeof(away), "%s.away", device);
	assert_non_null(f);
	for (unsigned int n = 0; n < NR_SLOTS; n++)
		write_slot(f, n);
	write_details(f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(truncate(device, NR_SLOTS * (KVMEXIT_SLOT_SIZE +
						      KVMEXIT_DETAIL_SIZE)), 0);
	return setenv("KVMEXIT_DEVICE", device, 1);
}

UNUSED static int remove_device(void **state)
{
	(void)state;
	return unlink(device);
}

UNUSED static int reset(void **state)
{
	(void)state;
	ioctl_error = 0;
	request_error = 0;
	details_asked = slow_asked = 0;
	setenv("KVMEXIT_DEVICE", device, 1);
	answer = (struct kvmexit_info) {
		.size = sizeof(answer),
		.abi_major = KVMEXIT_ABI_MAJOR,
		.flags = KVMEXIT_INFO_KVM | KVMEXIT_INFO_ATTACHED,
		.slot_size = KVMEXIT_SLOT_SIZE,
		.header_size = KVMEXIT_HEADER_SIZE,
		.entry_size = KVMEXIT_ENTRY_SIZE,
		.max_entries = KVMEXIT_MAX_ENTRIES,
		.nr_buckets = KVMEXIT_NR_BUCKETS,
		.detail_size = KVMEXIT_DETAIL_SIZE,
		.sketch_size = KVMEXIT_SKETCH_SIZE,
		.event_size = sizeof(struct kvmexit_event),
		.max_slots = NR_SLOTS,
		.nr_slots = 3,
		.clock_mult = 1,
		.clock_now = 70,
		.now_ns = 9000,
		.start_ns = 2000,
		.lost_exits = 1,
		.lost_slots = 2,
		.lost_events = 3,
		.cost_samples = 4,
		.cost_ns = 500,
		.version = "9.8.7",
	};
	return 0;
}

#endif /* KXT_TEST_DEVICE_H */
