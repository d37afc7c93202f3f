// SPDX-License-Identifier: GPL-2.0-only
/* The hosts that other tests are made with: they must be such as could be. */
#include <stdio.h>

#include "tests/unit/build.h"
#include "user/collector.h"
#include "user/stats.h"
#include "user/summary.h"

#define MS	1000000ULL
#define SEC	(1000 * MS)

static struct kxt_collector collector;

static void start(const char *scenario)
{
	char spec[64];

	snprintf(spec, sizeof(spec), "fake:%s", scenario);
	assert_int_equal(kxt_collector_open(&collector, spec, NULL), 0);
}

static void stop(void)
{
	kxt_collector_close(&collector);
}

static void look(struct kxt_snapshot *s, uint64_t after_ns)
{
	if (after_ns)
		assert_int_equal(collector.ops->wait(&collector, after_ns, NULL), 0);
	assert_int_equal(collector.ops->snapshot(&collector, s, NULL), 0);
}

static void check_entry(const struct kxt_entry *e, uint32_t knows)
{
	assert_true(e->idle_ns + e->runq_ns + e->vmm_ns <= e->total_ns);
	assert_true(e->poll_ns <= e->idle_ns);
	assert_int_equal((int64_t)e->timed + e->unpaired, e->count);
	assert_int_equal(kxt_hist_sum(e->hist), e->timed);
	assert_int_equal(e->level != 0, (knows & KXT_KNOWS_LEVEL) != 0);
	if (!(knows & KXT_KNOWS_IDLE))
		assert_int_equal(e->idle_ns, 0);
	if (!(knows & KXT_KNOWS_RUNQ))
		assert_int_equal(e->runq_ns, 0);
	if (!(knows & KXT_KNOWS_VMM))
		assert_int_equal(e->vmm_ns + e->vmm_count, 0);
}

/* Keys and the rest together are what the entry has, if all of it has a key. */
static void check_details(const struct kxt_vcpu *v, const struct kxt_entry *e)
{
	uint64_t all[KVMEXIT_KIND_RIP + 1] = { 0 };
	const struct kxt_detail *d;
	unsigned int nr;

	d = kxt_details_of(v->detail, v->nr_details, e, &nr);
	for (unsigned int i = 0; i < nr; i++) {
		all[d[i].kind] += d[i].count;
		assert_true(d[i].count != 0);
		assert_int_equal(d[i].one_in, d[i].kind == KVMEXIT_KIND_RIP ? 16 : 1);
	}
	for (unsigned int kind = KVMEXIT_KIND_PORT; kind <= KVMEXIT_KIND_HYPERCALL; kind++) {
		if (all[kind] && kind != KVMEXIT_KIND_MMIO)
			assert_int_equal(all[kind], e->count);
	}
	/* where sums of shares are rounded, some are off by less than one each */
	assert_in_range(all[KVMEXIT_KIND_RIP], e->count < 32 ? 0 : e->count / 16 - 1,
			e->count / 16 + 1);
}

static void check_vcpu(const struct kxt_vcpu *v, uint64_t window_ns, bool details)
{
	struct kxt_entry all = { .count = 0 };

	for (unsigned int i = 0; i < v->nr; i++) {
		check_entry(&v->entry[i], v->knows);
		kxt_entry_merge(&all, &v->entry[i]);
		if (details)
			check_details(v, &v->entry[i]);
	}
	/* Halts and reasons are drawn, so a window may be a little too full. */
	if (v->guest_ns + all.total_ns > window_ns + window_ns / 5 + 20 * MS)
		print_error("vCPU %u of %u: %llu + %llu in %llu ns\n", v->id, v->pid,
			    (unsigned long long)v->guest_ns,
			    (unsigned long long)all.total_ns,
			    (unsigned long long)window_ns);
	assert_true(v->guest_ns + all.total_ns <= window_ns + window_ns / 5 + 20 * MS);
	if (!details)
		assert_int_equal(v->nr_details, 0);
	else if (all.count > 100)
		assert_true(v->nr_details > 2);
}

static void check_windows(const char *scenario, bool details)
{
	static const uint64_t ns[] = {
		1, 10 * MS, SEC, 250 * MS, 2 * SEC, 700 * MS, SEC, SEC, 5 * SEC, SEC };
	struct kxt_snapshot a, b, delta;

	kxt_snapshot_init(&a);
	kxt_snapshot_init(&b);
	kxt_snapshot_init(&delta);
	print_message("%s, details %s\n", scenario, details ? "on" : "off");
	start(scenario);
	if (details)
		assert_int_equal(collector.ops->details(&collector, true, NULL), 0);
	look(&a, 0);
	for (unsigned int i = 0; i < sizeof(ns) / sizeof(ns[0]); i++) {
		struct kxt_snapshot old = a;

		look(&b, ns[i]);
		assert_int_equal(b.details, details);
		assert_int_equal(kxt_snapshot_delta(&delta, &a, &b, NULL), 0);
		assert_int_equal(delta.details, details);
		for (unsigned int j = 0; j < delta.nr; j++)
			check_vcpu(&delta.vcpu[j], delta.now_ns - delta.start_ns, details);
		/* what is between the two ends is all in the window */
		assert_true(delta.cost.ns == 93 * delta.cost.samples);
		a = b;
		b = old;
	}
	stop();
	kxt_snapshot_free(&a);
	kxt_snapshot_free(&b);
	kxt_snapshot_free(&delta);
}

static void test_windows(void **state)
{
	static const char *const scenario[] = {
		"two", "vmx", "none", "nokvm", "idle", "ended", "lost", "evil", "reuse",
		"restart", "paused", "resumed", "nested", "norunq", "noparts",
		"many,vms=3,vcpus=2,reasons=13" };

	(void)state;
	for (unsigned int i = 0; i < sizeof(scenario) / sizeof(scenario[0]); i++) {
		check_windows(scenario[i], false);
		check_windows(scenario[i], true);
	}
}

/* What is in a window of @ns that begins after @skip. */
static struct kxt_summary sum_of(const char *scenario, uint64_t skip, uint64_t ns)
{
	struct kxt_snapshot a, b, delta;
	struct kxt_summary sum = { 0 };

	kxt_snapshot_init(&a);
	kxt_snapshot_init(&b);
	kxt_snapshot_init(&delta);
	start(scenario);
	look(&a, skip);
	look(&b, ns);
	assert_int_equal(kxt_snapshot_delta(&delta, &a, &b, NULL), 0);
	assert_int_equal(kxt_summary_make(&sum, &delta, collector.names, NULL, NULL), 0);
	kxt_snapshot_free(&a);
	kxt_snapshot_free(&b);
	kxt_snapshot_free(&delta);
	stop();
	return sum;
}

static void test_asleep(void **state)
{
	struct kxt_summary sum = sum_of("idle", 0, SEC);
	const struct kxt_vcpu *v = &sum.vm[0].vcpu[1];

	(void)state;
	assert_int_equal(sum.exits, 0);
	assert_int_equal(v->guest_ns, 0);
	assert_int_equal(v->nr, 1);
	assert_int_equal(v->entry[0].code, 0x78);
	assert_int_equal(v->entry[0].idle_ns, SEC);
	assert_int_equal(v->entry[0].total_ns, SEC);
	kxt_summary_free(&sum);
}

static void test_paused(void **state)
{
	struct kxt_summary sum = sum_of("paused", 0, SEC);
	const struct kxt_vm *vm = &sum.vm[1];

	(void)state;
	assert_int_equal(vm->pid, 2305);
	assert_int_equal(vm->all.count, 0);
	assert_int_equal(vm->guest_ns, 0);
	assert_int_equal(vm->all.vmm_ns, 4 * SEC);
	assert_int_equal(vm->nr_reasons, 1);
	assert_true(vm->reason[0].code == KVMEXIT_CODE_SIGNAL);
	kxt_summary_free(&sum);
	/* after minutes of it: what was in the window, no more */
	sum = sum_of("resumed", 1500 * MS, SEC);
	vm = &sum.vm[1];
	assert_int_equal(vm->nr_reasons, 8);
	assert_true(vm->reason[7].code == KVMEXIT_CODE_SIGNAL);
	assert_int_equal(vm->reason[7].vmm_ns, 4 * 500 * MS);
	assert_true(vm->all.count > 0 && vm->guest_ns > 0);
	assert_true(vm->all.max_ns < 10 * MS);
	kxt_summary_free(&sum);
}

/* More than a host has time for, but all of it counted. */
static void test_many(void **state)
{
	struct kxt_snapshot s;

	(void)state;
	kxt_snapshot_init(&s);
	start("many,vms=20,vcpus=4,reasons=62");
	collector.ops->details(&collector, true, NULL);
	look(&s, SEC);
	assert_int_equal(s.nr, 80);
	for (unsigned int i = 0; i < s.nr; i++) {
		assert_int_equal(s.vcpu[i].nr, 62);
		assert_true(s.vcpu[i].nr_details > 100);
	}
	kxt_snapshot_free(&s);
	stop();
}

static void test_levels(void **state)
{
	struct kxt_summary sum = sum_of("nested", 0, SEC);
	const struct kxt_vm *vm = &sum.vm[1];
	unsigned int nested = 0;

	(void)state;
	assert_string_equal(vm->name, "l1host");
	for (unsigned int i = 0; i < vm->nr_reasons; i++) {
		assert_in_range(vm->reason[i].level, 1, 2);
		nested += vm->reason[i].level == 2;
	}
	assert_int_equal(nested, 5);
	kxt_summary_free(&sum);
}

static void test_details_toggle(void **state)
{
	struct kxt_snapshot s;

	(void)state;
	kxt_snapshot_init(&s);
	start("two");
	look(&s, SEC);
	assert_int_equal(s.vcpu[0].nr_details, 0);
	collector.ops->details(&collector, true, NULL);
	look(&s, 0);
	assert_true(s.details);
	assert_int_equal(s.vcpu[0].nr_details, 0);
	/* twice is once */
	look(&s, SEC);
	collector.ops->details(&collector, true, NULL);
	look(&s, 0);
	assert_true(s.vcpu[0].nr_details > 10);
	collector.ops->details(&collector, false, NULL);
	look(&s, SEC);
	assert_false(s.details);
	assert_int_equal(s.vcpu[0].nr_details, 0);
	kxt_snapshot_free(&s);
	stop();
}

static unsigned int slow_exits(const char *scenario, uint64_t over_ns, uint64_t *lost)
{
	struct kvmexit_event event[3];
	uint64_t last = 0;
	unsigned int nr = 0;
	int n;

	*lost = 0;
	start(scenario);
	assert_int_equal(collector.ops->slow(&collector, over_ns, NULL), 0);
	assert_int_equal(collector.ops->slow_fd(&collector), -1);
	assert_int_equal(collector.ops->slow_read(&collector, event, 3, lost, NULL), 0);
	collector.ops->wait(&collector, 30 * SEC, NULL);
	while ((n = collector.ops->slow_read(&collector, event, 3, lost, NULL)) > 0) {
		for (int i = 0; i < n; i++) {
			const struct kvmexit_event *e = &event[i];

			assert_int_equal(e->type, KVMEXIT_EVENT_SLOW);
			assert_true(e->time_ns > last);
			last = e->time_ns;
			assert_true(e->total_ns - e->idle_ns >= over_ns);
			assert_true(e->idle_ns + e->runq_ns + e->vmm_ns <= e->total_ns);
			assert_true(e->rip && e->pid && e->tid);
		}
		nr += n;
	}
	assert_int_equal(n, 0);
	assert_int_equal(collector.ops->slow(&collector, UINT64_MAX, NULL), 0);
	collector.ops->wait(&collector, SEC, NULL);
	assert_int_equal(collector.ops->slow_read(&collector, event, 3, lost, NULL), 0);
	stop();
	return nr;
}

static void test_slow(void **state)
{
	uint64_t lost;

	(void)state;
	assert_int_equal(slow_exits("two", 0, &lost), 150);
	assert_in_range(slow_exits("two", 100000, &lost), 20, 80);
	assert_in_range(slow_exits("two", 500000, &lost), 5, 20);
	assert_int_equal(lost, 0);
	assert_int_equal(slow_exits("two", SEC, &lost), 0);
	assert_int_equal(slow_exits("none", 0, &lost), 0);
	assert_int_equal(slow_exits("idle", 0, &lost), 0);
	assert_in_range(slow_exits("lost", 0, &lost), 100, 120);
	assert_in_range(lost, 30, 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_windows),
		cmocka_unit_test(test_asleep),
		cmocka_unit_test(test_paused),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_details_toggle),
		cmocka_unit_test(test_slow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
