// SPDX-License-Identifier: GPL-2.0-only
/* A recording as a collector, next to the collector that was recorded. */
#include "tests/unit/replay_fixture.h"
#include "user/collector_file.h"

#define OVER_NS	1000

static struct kxt_collector file;
static struct kxt_collector fake;

static void start(const struct tape *t)
{
	struct kxt_err err;

	tape_record(t);
	memset(&file, 0, sizeof(file));
	assert_int_equal(kxt_collector_file.open(&file, tape_path, &err), 0);
	assert_int_equal(kxt_collector_open(&fake, t->spec, &err), 0);
}

static void stop(void)
{
	kxt_collector_close(&file);
	kxt_collector_close(&fake);
	tape_remove();
}

static void pass(uint64_t ns)
{
	struct kxt_err err;

	assert_int_equal(file.ops->wait(&file, ns, &err), 0);
	assert_int_equal(fake.ops->wait(&fake, ns, &err), 0);
}

static void check_vcpu(const struct kxt_vcpu *a, const struct kxt_vcpu *b)
{
	assert_int_equal(a->key, b->key);
	assert_int_equal(a->tid, b->tid);
	assert_int_equal(a->guest_ns, b->guest_ns);
	assert_int_equal(a->open.is, b->open.is);
	assert_int_equal(a->nr, b->nr);
	assert_memory_equal(a->entry, b->entry, a->nr * sizeof(*a->entry));
	assert_int_equal(a->nr_details, b->nr_details);
	for (unsigned int i = 0; i < a->nr_details; i++) {
		assert_int_equal(a->detail[i].key, b->detail[i].key);
		assert_int_equal(a->detail[i].count, b->detail[i].count);
	}
	assert_string_equal(kxt_vm_names_get(file.names, a->pid),
			    kxt_vm_names_get(fake.names, b->pid));
}

static void check_same(void)
{
	struct kxt_snapshot a, b;
	struct kxt_err err;

	kxt_snapshot_init(&a);
	kxt_snapshot_init(&b);
	assert_int_equal(file.ops->snapshot(&file, &a, &err), 0);
	assert_int_equal(fake.ops->snapshot(&fake, &b, &err), 0);
	assert_int_equal(a.now_ns, b.now_ns);
	assert_int_equal(a.start_ns, b.start_ns);
	assert_int_equal(a.details, b.details);
	assert_int_equal(a.lost.exits, b.lost.exits);
	assert_int_equal(a.nr, b.nr);
	for (unsigned int i = 0; i < a.nr; i++)
		check_vcpu(&a.vcpu[i], &b.vcpu[i]);
	kxt_snapshot_free(&a);
	kxt_snapshot_free(&b);
}

static void test_same(void **state)
{
	static const struct tape tape = TAPE("fake:ended", 21, SEC);

	(void)state;
	start(&tape);
	assert_string_equal(file.ops->name, "module");
	assert_string_equal(file.kernel, fake.kernel);
	assert_string_equal(file.host, fake.host);
	check_same();
	for (unsigned int i = 0; i < 20; i++) {
		assert_false(kxt_collector_file_over(&file));
		pass(SEC);
		check_same();
	}
	assert_true(kxt_collector_file_over(&file));
	stop();
}

static uint64_t now(void)
{
	struct kxt_snapshot s;
	struct kxt_err err;
	uint64_t ns;

	kxt_snapshot_init(&s);
	assert_int_equal(file.ops->snapshot(&file, &s, &err), 0);
	ns = s.now_ns;
	kxt_snapshot_free(&s);
	return ns;
}

static void test_time(void **state)
{
	static const struct tape tape = TAPE("fake:two", 5, SEC);
	uint64_t begin, to_wall_ns = 1;

	(void)state;
	start(&tape);
	begin = now();
	/* parts of an interval add up */
	pass(SEC / 2);
	assert_int_equal(now(), begin);
	pass(SEC / 2);
	assert_int_equal(now(), begin + SEC);
	/* at the end it stays */
	pass(UINT64_MAX - SEC);
	assert_int_equal(now(), begin + 4 * SEC);
	pass(UINT64_MAX);
	assert_int_equal(now(), begin + 4 * SEC);
	assert_true(kxt_collector_file_to_wall(&file, &to_wall_ns));
	assert_int_equal(to_wall_ns, 0);
	stop();

	start(&tape);
	kxt_collector_file_last(&file);
	assert_int_equal(now(), begin + 4 * SEC);
	/* to others it is all the same */
	kxt_collector_file_last(&fake);
	assert_false(kxt_collector_file_over(&fake));
	assert_false(kxt_collector_file_to_wall(&fake, &to_wall_ns));
	stop();
}

static void test_details(void **state)
{
	static const struct tape with = TAPE("fake:two", 4, SEC, .details = true);
	static const struct tape without = TAPE("fake:two", 4, SEC);
	struct kxt_err err;

	(void)state;
	start(&with);
	/* who does not ask has none */
	pass(SEC);
	check_same();
	stop();

	start(&with);
	assert_int_equal(file.ops->details(&file, true, &err), 0);
	assert_int_equal(fake.ops->details(&fake, true, &err), 0);
	for (unsigned int i = 0; i < 3; i++) {
		check_same();
		pass(SEC);
	}
	assert_int_equal(file.ops->details(&file, false, &err), 0);
	assert_int_equal(fake.ops->details(&fake, false, &err), 0);
	check_same();
	stop();

	start(&without);
	assert_int_equal(file.ops->details(&file, true, &err), -1);
	assert_non_null(strstr(err.msg, "record --details"));
	assert_int_equal(file.ops->details(&file, false, &err), 0);
	stop();
}

/* Takes all slow exits there are, @max at once; checks them against the fake host. */
static unsigned int take_slow(unsigned int max, uint64_t over_ns)
{
	struct kvmexit_event a[SLOW_MAX], b[SLOW_MAX];
	uint64_t lost_a = 0, lost_b = 0;
	unsigned int nr = 0, want;
	struct kxt_err err;
	int got;

	do {
		got = file.ops->slow_read(&file, a + nr, max, &lost_a, &err);
		assert_in_range(got, 0, max);
		nr += (unsigned int)got;
	} while (got);
	want = (unsigned int)fake.ops->slow_read(&fake, b, SLOW_MAX, &lost_b, &err);
	assert_int_equal(nr, want);
	assert_memory_equal(a, b, nr * sizeof(*a));
	/* What was lost was lost by the threshold that was recorded. */
	if (over_ns == OVER_NS)
		assert_int_equal(lost_a, lost_b);
	else
		assert_true(lost_a >= lost_b);
	return nr;
}

static void ask_slow(uint64_t over_ns)
{
	struct kxt_err err;

	assert_int_equal(file.ops->slow(&file, over_ns, &err), 0);
	assert_int_equal(fake.ops->slow(&fake, over_ns, &err), 0);
}

static void test_slow(void **state)
{
	static const struct tape tape = TAPE("fake:lost", 31, SEC, .over_ns = OVER_NS);
	static const struct tape without = TAPE("fake:two", 4, SEC);
	struct kxt_err err;
	unsigned int nr = 0;

	(void)state;
	start(&tape);
	assert_int_equal(file.ops->slow_fd(&file), -1);
	pass(5 * SEC);
	/* from now on */
	ask_slow(OVER_NS);
	assert_int_equal(take_slow(64, OVER_NS), 0);
	pass(3 * SEC);
	assert_in_range(take_slow(64, OVER_NS), 5, 15);
	pass(10 * SEC);
	/* in small pieces none is there twice, and none is missing */
	assert_in_range(take_slow(3, OVER_NS), 20, 50);
	pass(2 * SEC);
	nr = take_slow(1, OVER_NS);
	assert_in_range(nr, 1, 10);
	ask_slow(UINT64_MAX);
	pass(2 * SEC);
	assert_int_equal(take_slow(64, OVER_NS), 0);
	ask_slow(50 * OVER_NS);
	pass(8 * SEC);
	assert_true(take_slow(64, 50 * OVER_NS) < 40);
	stop();

	start(&without);
	assert_int_equal(file.ops->slow(&file, 1000, &err), -1);
	assert_non_null(strstr(err.msg, "not recorded"));
	assert_int_equal(file.ops->slow(&file, UINT64_MAX, &err), 0);
	stop();
}

static void test_names(void **state)
{
	struct kxt_err err;
	char here[] = "/tmp/kxt-replay-cwd-XXXXXX";

	(void)state;
	assert_false(kxt_collector_is_file(NULL));
	assert_false(kxt_collector_is_file("auto"));
	assert_false(kxt_collector_is_file("module"));
	assert_false(kxt_collector_is_file("bpf"));
	assert_false(kxt_collector_is_file("bpf:core"));
	assert_false(kxt_collector_is_file("fake:many,vms=3"));
	assert_false(kxt_collector_is_file("fake:./x"));
	assert_false(kxt_collector_is_file("nosuchthing"));
	assert_true(kxt_collector_is_file("monday.kxt"));
	assert_true(kxt_collector_is_file("./module"));
	assert_true(kxt_collector_is_file("module.kxt"));
	/* what is there is a file, unless it is called as a collector */
	assert_non_null(mkdtemp(here));
	assert_int_equal(chdir(here), 0);
	assert_true(open("monday", O_CREAT | O_WRONLY | O_CLOEXEC, 0600) >= 0);
	assert_true(open("module", O_CREAT | O_WRONLY | O_CLOEXEC, 0600) >= 0);
	assert_true(kxt_collector_is_file("monday"));
	assert_false(kxt_collector_is_file("module"));
	/* and an empty one is no recording */
	memset(&file, 0, sizeof(file));
	assert_int_equal(kxt_collector_file.open(&file, "monday", &err), -1);
	assert_non_null(strstr(err.msg, "monday"));
	assert_null(file.names);
	assert_int_equal(kxt_collector_file.open(&file, "nosuch.kxt", &err), -1);
	assert_non_null(strstr(err.msg, "nosuch.kxt"));
	unlink("monday");
	unlink("module");
	assert_int_equal(chdir("/"), 0);
	rmdir(here);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_details),
		cmocka_unit_test(test_slow),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
