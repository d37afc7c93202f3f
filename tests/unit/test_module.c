// SPDX-License-Identifier: GPL-2.0-only
/* The module's collector: what it opens, what it refuses, what it reads. */
#include <sys/prctl.h>
#include <sys/stat.h>

#include "tests/unit/device.h"
#include "user/collector.h"

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
	assert_int_equal(s.cost.samples, 4);
	assert_int_equal(s.cost.ns, 500);
	assert_false(s.details);
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
	check_refused("module", "9.8.7", "version 3.0");
	answer.abi_major = 0;
	check_refused("module", "9.8.7", "version 0.0");
}

static void test_sizes(void **state)
{
	uint32_t *const field[] = {
		&answer.slot_size, &answer.header_size, &answer.entry_size,
		&answer.max_entries, &answer.nr_buckets, &answer.detail_size,
		&answer.sketch_size, &answer.event_size };

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

static uint32_t knows(unsigned int slot, uint32_t flags)
{
	struct kxt_collector c;
	struct kxt_snapshot s;
	uint32_t ret;

	kxt_snapshot_init(&s);
	answer.flags = flags;
	assert_int_equal(kxt_collector_open(&c, "module", NULL), 0);
	assert_int_equal(c.ops->snapshot(&c, &s, NULL), 0);
	ret = s.vcpu[slot].knows;
	kxt_snapshot_free(&s);
	kxt_collector_close(&c);
	return ret;
}

static void test_knows(void **state)
{
	const uint32_t slot1 = KXT_KNOWS_RUNQ | KXT_KNOWS_LEVEL;

	(void)state;
	assert_int_equal(knows(0, 0), 0);
	assert_int_equal(knows(0, KVMEXIT_INFO_IDLE), KXT_KNOWS_IDLE);
	assert_int_equal(knows(1, 0), slot1);
	assert_int_equal(knows(1, KVMEXIT_INFO_VMM), slot1 | KXT_KNOWS_VMM);
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
	check_refused("module", "/nowhere/kvmexit", "the module kvmexit is not loaded");
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
		cmocka_unit_test_setup(test_knows, reset),
		cmocka_unit_test_setup(test_bad_layout, reset),
		cmocka_unit_test_setup(test_no_device, reset),
		cmocka_unit_test_setup(test_no_permission, reset),
		cmocka_unit_test_setup(test_unknown_collector, reset),
	};

	return cmocka_run_group_tests(tests, make_device, remove_device);
}
