// SPDX-License-Identifier: GPL-2.0-only
/* Exits that are open at a scrape: their time is told, and never taken back. */
#include "exporter_host.h"

#include "user/stats.h"

#define KEY	((1ULL << 32) | 1)

static const struct kxt_metrics_entry *entry_of(const struct host *h, uint64_t code)
{
	const struct kxt_metrics_vm *vm = host_vm(h, "web");

	assert_non_null(vm);
	for (unsigned int i = 0; i < vm->reason.nr; i++) {
		if (vm->reason.entry[i].code == code)
			return &vm->reason.entry[i];
	}
	fail_msg("there is no reason %#llx", (unsigned long long)code);
	return NULL;
}

static uint64_t whole(const struct kxt_metrics_entry *e)
{
	return e->part_ns[KXT_PART_KERNEL] + e->part_ns[KXT_PART_VMM] +
	       e->part_ns[KXT_PART_IDLE] + e->part_ns[KXT_PART_RUNQ];
}

static struct kxt_vcpu *with_open(struct host *h, uint64_t idle_ns, uint64_t kernel_ns,
				  uint64_t vmm_ns)
{
	struct kxt_vcpu *v = host_exits(h, KEY, 100, 0, 5);

	v->entry[0].count++;
	v->open = (struct kxt_open) { true, HLT, 1, idle_ns, kernel_ns, vmm_ns };
	return v;
}

static void open_host(struct host *h)
{
	host_open(h, NULL, LINGER);
	host_name(h, 100, "web");
}

/* An hour, looked at every 15 s. */
static void test_asleep(void **state)
{
	const struct kxt_metrics_entry *e;
	struct kxt_vcpu *v;
	struct host h;

	(void)state;
	open_host(&h);
	for (uint64_t s = 0; s <= 3600; s += 15) {
		with_open(&h, s * SEC, 0, 0);
		host_look(&h, 15 * SEC);
		e = entry_of(&h, HLT);
		assert_int_equal(e->part_ns[KXT_PART_IDLE], s * SEC);
		assert_int_equal(e->part_ns[KXT_PART_KERNEL], 5000);
		assert_int_equal(e->sum_ns, 5000);
		assert_int_equal(e->count, 6);
		assert_int_equal(host_vm(&h, "web")->vcpu[0].part_ns[KXT_PART_IDLE], s * SEC);
	}
	/* It wakes up, and all of that is in the counters. */
	v = host_exits(&h, KEY, 100, 0, 5);
	add_split(&v->entry[0], 3601 * SEC, 3600 * SEC + SEC / 2, SEC / 4, 0);
	host_look(&h, SEC);
	e = entry_of(&h, HLT);
	assert_int_equal(e->part_ns[KXT_PART_IDLE], 3600 * SEC + SEC / 2);
	assert_int_equal(e->part_ns[KXT_PART_RUNQ], SEC / 4);
	assert_int_equal(e->part_ns[KXT_PART_KERNEL], 5000 + SEC / 4);
	assert_int_equal(e->sum_ns, 5000 + SEC / 2);
	host_close(&h);
}

/* It looked like the kernel's, and then it had waited for a CPU. */
static void test_was_run_queue(void **state)
{
	const struct kxt_metrics_entry *e;
	struct kxt_vcpu *v;
	struct host h;

	(void)state;
	open_host(&h);
	with_open(&h, 0, 4 * SEC, 0);
	host_look(&h, SEC);
	assert_int_equal(entry_of(&h, HLT)->part_ns[KXT_PART_KERNEL], 4 * SEC + 5000);
	/* 5 s: 1 s the kernel's, 4 s run queue. Nothing goes back, the sum is right. */
	v = host_exits(&h, KEY, 100, 0, 5);
	add_split(&v->entry[0], 5 * SEC, 0, 4 * SEC, 0);
	host_look(&h, SEC);
	e = entry_of(&h, HLT);
	assert_int_equal(e->part_ns[KXT_PART_KERNEL], 4 * SEC + 5000);
	assert_int_equal(e->part_ns[KXT_PART_RUNQ], SEC);
	assert_int_equal(whole(e), 5 * SEC + 5000);
	/* 3 s more for the kernel: it has them already, the run queue gets its own. */
	v = host_exits(&h, KEY, 100, 0, 5);
	add_split(&v->entry[0], 5 * SEC, 0, 4 * SEC, 0);
	add_split(&v->entry[0], 3 * SEC, 0, 0, 0);
	host_look(&h, SEC);
	e = entry_of(&h, HLT);
	assert_int_equal(e->part_ns[KXT_PART_KERNEL], 4 * SEC + 5000);
	assert_int_equal(e->part_ns[KXT_PART_RUNQ], 4 * SEC);
	assert_int_equal(whole(e), 8 * SEC + 5000);
	host_close(&h);
}

/* The VM ends in it: no counter will ever have that time, but it was told. */
static void test_never_ended(void **state)
{
	struct kxt_vcpu *v;
	struct host h;

	(void)state;
	open_host(&h);
	with_open(&h, 0, 0, 7 * SEC);
	host_look(&h, SEC);
	assert_int_equal(entry_of(&h, HLT)->part_ns[KXT_PART_VMM], 7 * SEC);
	v = with_open(&h, 0, 0, 0);
	v->open.is = false;
	v->ended = true;
	host_look(&h, SEC);
	assert_int_equal(entry_of(&h, HLT)->part_ns[KXT_PART_VMM], 7 * SEC);
	host_look(&h, SEC);
	assert_int_equal(entry_of(&h, HLT)->part_ns[KXT_PART_VMM], 7 * SEC);
	assert_int_equal(entry_of(&h, HLT)->count, 6);
	host_close(&h);
}

/* The first exit of its reason, or time after a signal: there is no entry of it yet. */
static void test_no_entry(void **state)
{
	struct kxt_vcpu *v;
	struct host h;

	(void)state;
	open_host(&h);
	for (uint64_t s = 1; s < 4; s++) {
		v = host_exits(&h, KEY, 100, 0, 5);
		v->open = (struct kxt_open) { true, KVMEXIT_CODE_SIGNAL, 1, 0, 0, s * SEC };
		host_look(&h, SEC);
		assert_int_equal(entry_of(&h, KVMEXIT_CODE_SIGNAL)->part_ns[KXT_PART_VMM],
				 s * SEC);
		assert_int_equal(entry_of(&h, KVMEXIT_CODE_SIGNAL)->count, 0);
		assert_int_equal(host_vm(&h, "web")->exits, 5);
	}
	/* The entry is gone again. That is no new life: all stays. */
	host_exits(&h, KEY, 100, 0, 6);
	host_look(&h, SEC);
	assert_int_equal(entry_of(&h, KVMEXIT_CODE_SIGNAL)->part_ns[KXT_PART_VMM], 3 * SEC);
	assert_int_equal(host_vm(&h, "web")->exits, 6);
	host_close(&h);
}

/* What is running is measured on another CPU: a hair less than before. */
static void test_guest_hair(void **state)
{
	struct host h;

	(void)state;
	open_host(&h);
	host_exits(&h, KEY, 100, 0, 5)->guest_ns = 1000;
	host_look(&h, SEC);
	host_exits(&h, KEY, 100, 0, 5)->guest_ns = 990;
	host_look(&h, SEC);
	assert_int_equal(host_vm(&h, "web")->guest_ns, 1000);
	host_close(&h);
}

static uint64_t seed;

static uint64_t any(uint64_t below)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (seed >> 33) % below;
}

/**
 * struct truth - what a vCPU really did
 * @e: its entry, of the exits that are over
 * @open: what the next exit has had so far
 * @looks: what it looks like meanwhile
 */
struct truth {
	struct kxt_entry e;
	uint64_t open[KXT_PART_NR];
	struct kxt_open looks;
};

static void go_on(struct truth *t)
{
	uint64_t ns = any(1000000);
	enum kxt_part part = KXT_PART_KERNEL + any(4);

	t->open[part] += ns;
	t->looks.is = true;
	switch (any(3)) {
	case 0:
		t->looks.kernel_ns += ns;
		break;
	case 1:
		t->looks.vmm_ns += ns;
		break;
	default:
		t->looks.idle_ns += ns;
	}
}

static void get_over(struct truth *t)
{
	add_split(&t->e, t->open[KXT_PART_KERNEL] + t->open[KXT_PART_VMM] +
		  t->open[KXT_PART_IDLE] + t->open[KXT_PART_RUNQ],
		  t->open[KXT_PART_IDLE], t->open[KXT_PART_RUNQ], t->open[KXT_PART_VMM]);
	memset(t->open, 0, sizeof(t->open));
	memset(&t->looks, 0, sizeof(t->looks));
}

static void look(struct host *h, const struct truth *t)
{
	struct kxt_vcpu *v = host_vcpu(h, KEY, 100, 0);

	v->entry[0] = t->e;
	v->entry[0].count += t->looks.is;
	v->open = t->looks;
	v->open.code = HLT;
	v->open.level = 1;
	host_look(h, SEC);
}

static void check(struct kxt_metrics_entry *before, const struct host *h,
		  const struct truth *t)
{
	const struct kxt_metrics_entry *e = entry_of(h, HLT);

	for (unsigned int i = 0; i < KXT_PART_NR; i++)
		assert_true(e->part_ns[i] >= before->part_ns[i]);
	for (unsigned int i = 0; i <= KXT_METRICS_EDGES; i++)
		assert_true(e->bucket[i] >= before->bucket[i]);
	assert_true(e->count >= before->count && e->sum_ns >= before->sum_ns);
	assert_int_equal(whole(e), t->e.total_ns + t->looks.idle_ns + t->looks.kernel_ns +
				   t->looks.vmm_ns);
	assert_int_equal(e->sum_ns, kxt_entry_service_ns(&t->e));
	*before = *e;
}

/* Exits that look like anything while they are open, looked at at any time. */
static void test_any(void **state)
{
	const struct kxt_metrics_entry *e;

	(void)state;
	for (seed = 1; seed < 50; seed = seed % 100 + 1) {
		struct truth t = { .e.code = HLT, .e.level = 1 };
		struct kxt_metrics_entry before = { 0 };
		uint64_t first = seed;
		struct host h;

		open_host(&h);
		for (int i = 0; i < 300; i++) {
			go_on(&t);
			if (any(3) == 0)
				get_over(&t);
			if (any(2) == 0) {
				look(&h, &t);
				check(&before, &h, &t);
			}
		}
		/* With enough of everything afterwards each part is right. */
		for (int part = KXT_PART_KERNEL; part < KXT_PART_NR; part++)
			t.open[part] += 1000 * SEC;
		get_over(&t);
		look(&h, &t);
		check(&before, &h, &t);
		e = entry_of(&h, HLT);
		assert_int_equal(e->part_ns[KXT_PART_KERNEL], kxt_entry_kernel_ns(&t.e));
		assert_int_equal(e->part_ns[KXT_PART_VMM], t.e.vmm_ns);
		assert_int_equal(e->part_ns[KXT_PART_IDLE], t.e.idle_ns);
		assert_int_equal(e->part_ns[KXT_PART_RUNQ], t.e.runq_ns);
		host_close(&h);
		seed = first;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_asleep),
		cmocka_unit_test(test_was_run_queue),
		cmocka_unit_test(test_never_ended),
		cmocka_unit_test(test_no_entry),
		cmocka_unit_test(test_guest_hair),
		cmocka_unit_test(test_any),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
