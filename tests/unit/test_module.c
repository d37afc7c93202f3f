// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module's collector against a device that is a plain file, which can be
 * mapped, with an ioctl() of our own.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/build.h"
#include "user/collector.h"

#define NR_SLOTS	4

static char device[] = "/tmp/kvmexittop-test-XXXXXX";
static struct kvmexit_info answer;
static int ioctl_error;

/* Instead of the C library's. */
int ioctl(int fd, unsigned long request, ...)
{
	struct kvmexit_info *info;
	va_list ap;

	(void)fd;
	va_start(ap, request);
	info = va_arg(ap, void *);
	va_end(ap);
	assert_true(request == KVMEXIT_IOC_INFO);
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
	fseek(f, (long)n * KVMEXIT_SLOT_SIZE, SEEK_SET);
	assert_int_equal(fwrite(&head, sizeof(head), 1, f), 1);
	fseek(f, KVMEXIT_ENTRY_SIZE, SEEK_CUR);
	assert_int_equal(fwrite(&entry, sizeof(entry), 1, f), 1);
}

static int make_device(void **state)
{
	int fd = mkstemp(device);
	FILE *f = fdopen(fd, "w");

	(void)state;
	assert_non_null(f);
	for (unsigned int n = 0; n < NR_SLOTS; n++)
		write_slot(f, n);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(truncate(device, NR_SLOTS * KVMEXIT_SLOT_SIZE), 0);
	return setenv("KVMEXIT_DEVICE", device, 1);
}

static int remove_device(void **state)
{
	(void)state;
	return unlink(device);
}

static int reset(void **state)
{
	(void)state;
	ioctl_error = 0;
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
		.max_slots = NR_SLOTS,
		.nr_slots = 3,
		.clock_mult = 1,
		.clock_now = 70,
		.now_ns = 9000,
		.start_ns = 2000,
		.lost_exits = 1,
		.lost_slots = 2,
		.lost_events = 3,
		.version = "9.8.7",
	};
	return 0;
}

/* Refused, and the message has both words. */
static void check_refused(const char *spec, const char *word, const char *other)
{
	struct kxt_collector c;
	struct kxt_err err = { 0 };

	assert_int_equal(kxt_collector_open(&c, spec, &err), -1);
	assert_int_equal(err.status, KXT_EXIT_NO_COLLECTOR);
	if (!strstr(err.msg, word) || !strstr(err.msg, other))
		print_error("message: %s\n", err.msg);
	assert_non_null(strstr(err.msg, word));
	assert_non_null(strstr(err.msg, other));
	assert_int_not_equal(err.msg[strlen(err.msg) - 1], '\n');
	/* harmless on what was never opened */
	kxt_collector_close(&c);
}

static void test_snapshot(void **state)
{
	struct kxt_collector c;
	struct kxt_snapshot s;
	struct kxt_err err;

	(void)state;
	kxt_snapshot_init(&s);
	assert_int_equal(kxt_collector_open(&c, NULL, &err), 0);
	assert_string_equal(c.ops->name, "module");
	assert_true(c.kernel[0] && c.host[0]);
	assert_int_equal(c.ops->snapshot(&c, &s, &err), 0);
	assert_true(s.kvm_present);
	assert_false(s.delta);
	assert_int_equal(s.now_ns, 9000);
	assert_int_equal(s.start_ns, 2000);
	assert_int_equal(s.lost.exits, 1);
	assert_int_equal(s.lost.slots, 2);
	assert_int_equal(s.lost.events, 3);
	/* slot 2 is free, slot 3 does not exist yet */
	assert_int_equal(s.nr, 2);
	assert_int_equal(s.vcpu[1].id, 1);
	assert_int_equal(s.vcpu[1].entry[0].code, 0x7b);
	assert_int_equal(s.vcpu[1].entry[0].count, 6);
	assert_int_equal(s.vcpu[1].entry[0].unpaired, 2);
	/* again into the same, with one more; never beyond the mapping */
	answer.nr_slots = NR_SLOTS + 100;
	answer.flags = 0;
	assert_int_equal(c.ops->snapshot(&c, &s, &err), 0);
	assert_int_equal(s.nr, 3);
	assert_false(s.kvm_present);
	kxt_snapshot_free(&s);
	kxt_collector_close(&c);
}

static void test_versions(void **state)
{
	(void)state;
	answer.abi_major = KVMEXIT_ABI_MAJOR + 1;
	check_refused("module", "9.8.7", "version 2.0");
	check_refused("auto", "module: ", "speaks 1.0");
	answer.abi_major = 0;
	check_refused("module", "9.8.7", "version 0.0");
}

static void test_sizes(void **state)
{
	uint32_t *const field[] = {
		&answer.slot_size, &answer.header_size, &answer.entry_size,
		&answer.max_entries, &answer.nr_buckets };

	for (size_t i = 0; i < sizeof(field) / sizeof(field[0]); i++) {
		reset(state);
		++*field[i];
		check_refused("module", "another size", "Install");
	}
	reset(state);
	answer.max_slots = 0;
	check_refused("module", "another size", "Install");
	reset(state);
	answer.clock_shift = 128;
	check_refused("module", "another size", "Install");
}

static void test_bad_layout(void **state)
{
	struct kxt_collector c;
	struct kxt_snapshot s;
	struct kxt_err err;

	(void)state;
	answer.flags |= KVMEXIT_INFO_LAYOUT_BAD;
	check_refused("module", "turned itself off", "Update kvmexit");
	/* found out later */
	answer.flags &= ~KVMEXIT_INFO_LAYOUT_BAD;
	kxt_snapshot_init(&s);
	assert_int_equal(kxt_collector_open(&c, "module", &err), 0);
	answer.flags |= KVMEXIT_INFO_LAYOUT_BAD;
	assert_int_equal(c.ops->snapshot(&c, &s, &err), -1);
	assert_int_equal(err.status, KXT_EXIT_NO_COLLECTOR);
	assert_non_null(strstr(err.msg, "turned itself off"));
	assert_int_equal(s.nr, 0);
	kxt_collector_close(&c);
}

static void test_no_device(void **state)
{
	(void)state;
	setenv("KVMEXIT_DEVICE", "/nowhere/kvmexit", 1);
	check_refused("module", "/nowhere/kvmexit", "modprobe kvmexit");
	setenv("KVMEXIT_DEVICE", device, 1);
	ioctl_error = ENOTTY;
	check_refused("module", device, "not the device");
	ioctl_error = EINVAL;
	check_refused("module", device, "same version");
}

/* Root may read everything, so be nobody meanwhile. */
static void become(uid_t uid)
{
	if (getuid())
		return;
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(setegid(uid), 0);
	assert_int_equal(seteuid(uid), 0);
	/* LeakSanitizer cannot look into a process that has changed its user. */
	assert_int_equal(prctl(PR_SET_DUMPABLE, 1), 0);
}

static void test_no_permission(void **state)
{
	(void)state;
	assert_int_equal(chmod(device, 0), 0);
	become(65534);
	check_refused("module", "mode 0000", "Run as root.");
	become(0);
	assert_int_equal(chmod(device, 0040), 0);
	become(65534);
	check_refused("module", "mode 0040", "or as a member of the group");
	become(0);
	assert_int_equal(chmod(device, 0600), 0);
}

static void test_unknown_collector(void **state)
{
	struct kxt_collector c;
	struct kxt_err err = { 0 };

	(void)state;
	assert_int_equal(kxt_collector_open(&c, "moduli", &err), -1);
	assert_int_equal(err.status, KXT_EXIT_USAGE);
	assert_non_null(strstr(err.msg, "moduli"));
	assert_int_equal(kxt_collector_open(&c, "fake:what", &err), -1);
	assert_int_equal(err.status, KXT_EXIT_USAGE);
	assert_int_equal(kxt_collector_open(&c, "fake:many,vms=x", &err), -1);
	assert_int_equal(err.status, KXT_EXIT_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_snapshot, reset),
		cmocka_unit_test_setup(test_versions, reset),
		cmocka_unit_test_setup(test_sizes, reset),
		cmocka_unit_test_setup(test_bad_layout, reset),
		cmocka_unit_test_setup(test_no_device, reset),
		cmocka_unit_test_setup(test_no_permission, reset),
		cmocka_unit_test_setup(test_unknown_collector, reset),
	};

	return cmocka_run_group_tests(tests, make_device, remove_device);
}
