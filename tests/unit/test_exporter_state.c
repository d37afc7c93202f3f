// SPDX-License-Identifier: GPL-2.0-only
/* Totals of VMs from their begin to some minutes after their end. */
#include "exporter_host.h"

#define KEY(slot, generation)	((uint64_t)(slot) << 32 | (generation))

static uint64_t exits(const struct host *h, const char *domain)
{
	const struct kxt_metrics_vm *vm = host_vm(h, domain);

	if (!vm)
		fail_msg("there is no '%s'", domain);
	return vm->exits;
}

/* A slot goes to another vCPU of the same number, again and again. */
static void test_forgotten(void **state)
{
	const struct kxt_metrics_vm *vm;
	struct host h;

	(void)state;
	host_open(&h, NULL, LINGER);
	host_name(&h, 100, "web");
	for (uint32_t i = 0; i < 1000; i++) {
		host_exits(&h, KEY(1, 1), 100, 0, 5 + i);
		host_exits(&h, KEY(2, i), 100, 1, 7);
		host_look(&h, SEC);
	}
	vm = host_vm(&h, "web");
	assert_non_null(vm);
	assert_int_equal(vm->exits, 1004 + 7000);
	assert_int_equal(vm->guest_ns, 10 * vm->exits);
	assert_int_equal(vm->live, 2);
	assert_int_equal(vm->reason.nr, 1);
	assert_int_equal(vm->reason.entry[0].count, vm->exits);
	assert_int_equal(vm->reason.entry[0].sum_ns, 1000 * vm->exits);
	assert_int_equal(vm->nr_vcpus, 2);
	assert_int_equal(vm->vcpu[0].exits, 1004);
	assert_int_equal(vm->vcpu[1].exits, 7000);
	assert_int_equal(vm->vcpu[1].part_ns[KXT_PART_KERNEL], 7000000);
	/* What is kept is bounded by the numbers there were, not by the lives. */
	assert_int_equal(h.st->vm->nr_past, 1);
	assert_true(HASH_COUNT(h.st->life) <= 2 + KXT_EXPORTED_MISSED_NS / SEC);
	host_close(&h);
}

/* For some seconds the collector does not show it; then it does, under the same key. */
static void test_missed(void **state)
{
	struct host h;

	(void)state;
	host_open(&h, NULL, LINGER);
	host_name(&h, 100, "web");
	for (uint64_t i = 1; i < 5; i++) {
		host_exits(&h, KEY(1, 1), 100, 0, i);
		host_look(&h, SEC);
		assert_int_equal(exits(&h, "web"), i);
		assert_false(host_vm(&h, "web")->ended);
		for (int j = 0; j < 9; j++) {
			host_look(&h, SEC);
			assert_int_equal(exits(&h, "web"), i);
			assert_true(host_vm(&h, "web")->ended);
		}
	}
	host_close(&h);
}

/* A vCPU is taken out while the VM runs. */
static void test_unplugged(void **state)
{
	struct host h;

	(void)state;
	host_open(&h, NULL, LINGER);
	host_name(&h, 100, "web");
	host_exits(&h, KEY(1, 1), 100, 0, 5);
	host_exits(&h, KEY(2, 1), 100, 1, 50);
	host_look(&h, SEC);
	host_exits(&h, KEY(1, 1), 100, 0, 5);
	host_exits(&h, KEY(2, 1), 100, 1, 60)->ended = true;
	host_look(&h, SEC);
	assert_int_equal(exits(&h, "web"), 65);
	assert_int_equal(host_vm(&h, "web")->live, 1);
	assert_false(host_vm(&h, "web")->ended);
	host_exits(&h, KEY(1, 1), 100, 0, 6);
	host_look(&h, LINGER * 2);
	host_exits(&h, KEY(1, 1), 100, 0, 6);
	host_look(&h, SEC);
	assert_int_equal(exits(&h, "web"), 66);
	host_close(&h);
}

/* The collector has it for long after we told of it for the last time. */
static void test_linger(void **state)
{
	struct host h;

	(void)state;
	host_open(&h, NULL, 10 * SEC);
	host_name(&h, 100, "web");
	host_exits(&h, KEY(1, 1), 100, 0, 5);
	host_look(&h, SEC);
	for (int i = 0; i < 30; i++) {
		const struct kxt_metrics_vm *vm;

		host_exits(&h, KEY(1, 1), 100, 0, 8)->ended = true;
		host_look(&h, SEC);
		vm = host_vm(&h, "web");
		assert_int_equal(!!vm, i < 10);
		if (vm) {
			assert_true(vm->ended);
			assert_int_equal(vm->live, 0);
			assert_int_equal(vm->exits, 8);
		}
	}
	host_look(&h, KXT_EXPORTED_MISSED_NS);
	assert_int_equal(HASH_CNT(hh, h.st->vm), 1);
	host_look(&h, SEC);
	assert_int_equal(HASH_CNT(hh, h.st->vm), 0);
	assert_int_equal(HASH_COUNT(h.st->life), 0);
	host_close(&h);
}

/* The collector forgets it before we do. */
static void test_linger_forgotten(void **state)
{
	struct host h;

	(void)state;
	host_open(&h, NULL, 10 * SEC);
	host_name(&h, 100, "web");
	host_exits(&h, KEY(1, 1), 100, 0, 5);
	host_look(&h, SEC);
	for (int i = 0; i < 20; i++) {
		host_look(&h, SEC);
		assert_int_equal(!!host_vm(&h, "web"), i < 10);
		assert_int_equal(h.t.nr, i < 10);
	}
	assert_int_equal(HASH_CNT(hh, h.st->vm), 0);
	host_close(&h);
}

/* The VM is started again: the same name, another process. */
static void test_successor(void **state)
{
	struct host h;

	(void)state;
	host_open(&h, NULL, LINGER);
	host_name(&h, 100, "web");
	host_name(&h, 90, "web");
	host_exits(&h, KEY(1, 1), 100, 0, 500);
	host_look(&h, SEC);
	host_exits(&h, KEY(1, 1), 100, 0, 500)->ended = true;
	host_look(&h, SEC);
	assert_int_equal(exits(&h, "web"), 500);
	for (uint64_t i = 1; i < 4; i++) {
		host_exits(&h, KEY(1, 1), 100, 0, 500)->ended = true;
		host_exits(&h, KEY(2, 1), 90, 0, i);
		host_look(&h, SEC);
		assert_int_equal(h.t.nr, 1);
		assert_int_equal(exits(&h, "web"), i);
		assert_int_equal(host_vm(&h, "web")->pid, 90);
	}
	host_close(&h);
}

/* So soon that both are seen at once, or that one is forgotten when the other comes. */
static void test_quick_successor(void **state)
{
	(void)state;
	for (int forgotten = 0; forgotten <= 1; forgotten++) {
		struct host h;

		host_open(&h, NULL, LINGER);
		host_name(&h, 100, "web");
		host_name(&h, 110, "web");
		host_exits(&h, KEY(2, 1), 100, 0, 500);
		host_look(&h, SEC);
		if (!forgotten)
			host_exits(&h, KEY(2, 1), 100, 0, 501)->ended = true;
		/* Its key comes first. */
		host_exits(&h, KEY(1, 1), 110, 0, 1);
		host_look(&h, SEC);
		assert_int_equal(h.t.nr, 1);
		assert_int_equal(exits(&h, "web"), 1);
		assert_int_equal(host_vm(&h, "web")->pid, 110);
		host_close(&h);
	}
}

/* Both live: each keeps its label, whatever becomes of the other. */
static void test_same_name(void **state)
{
	struct host h;

	(void)state;
	host_open(&h, NULL, 10 * SEC);
	host_name(&h, 100, "web");
	host_name(&h, 90, "web");
	host_name(&h, 80, "web (90)");
	host_exits(&h, KEY(1, 1), 100, 0, 5);
	host_look(&h, SEC);
	host_exits(&h, KEY(1, 1), 100, 0, 5);
	host_exits(&h, KEY(2, 1), 90, 0, 50);
	host_look(&h, SEC);
	assert_int_equal(exits(&h, "web"), 5);
	assert_int_equal(exits(&h, "web (90)"), 50);
	host_exits(&h, KEY(1, 1), 100, 0, 6)->ended = true;
	host_exits(&h, KEY(2, 1), 90, 0, 51);
	host_exits(&h, KEY(3, 1), 80, 0, 500);
	host_look(&h, 20 * SEC);
	assert_int_equal(h.t.nr, 3);
	assert_int_equal(exits(&h, "web"), 6);
	assert_int_equal(exits(&h, "web (90)"), 51);
	assert_int_equal(exits(&h, "web (90) (80)"), 500);
	host_exits(&h, KEY(2, 1), 90, 0, 52);
	host_exits(&h, KEY(3, 1), 80, 0, 501);
	host_look(&h, SEC);
	assert_int_equal(h.t.nr, 2);
	assert_int_equal(exits(&h, "web (90)"), 52);
	host_close(&h);
}

/* One process, first with one VM, then with another one. */
static void test_made_anew(void **state)
{
	struct host h;

	(void)state;
	host_open(&h, NULL, LINGER);
	host_name(&h, 100, "web");
	host_exits(&h, KEY(1, 1), 100, 0, 5);
	host_look(&h, SEC);
	host_exits(&h, KEY(1, 1), 100, 0, 5)->ended = true;
	host_look(&h, SEC);
	assert_true(host_vm(&h, "web")->ended);
	host_exits(&h, KEY(1, 1), 100, 0, 5)->ended = true;
	host_exits(&h, KEY(2, 1), 100, 0, 3);
	host_look(&h, SEC);
	assert_false(host_vm(&h, "web")->ended);
	assert_int_equal(exits(&h, "web"), 8);
	host_close(&h);
}

/* The same number, but the process is another one by now. */
static void test_pid_again(void **state)
{
	struct host h;

	(void)state;
	host_open(&h, NULL, LINGER);
	host_name(&h, 100, "web");
	host_exits(&h, KEY(1, 1), 100, 0, 5);
	host_look(&h, SEC);
	host_exits(&h, KEY(1, 1), 100, 0, 5)->ended = true;
	host_look(&h, SEC);
	host_name(&h, 100, "db");
	for (uint64_t i = 3; i < 6; i++) {
		host_exits(&h, KEY(1, 1), 100, 0, 5)->ended = true;
		host_exits(&h, KEY(2, 1), 100, 0, i);
		host_look(&h, SEC);
		assert_int_equal(h.t.nr, 1);
		assert_int_equal(exits(&h, "db"), i);
	}
	host_close(&h);
}

/* The collector begins anew: its keys come again and mean others. */
static void test_restart(void **state)
{
	struct host h;

	(void)state;
	host_open(&h, NULL, LINGER);
	host_name(&h, 100, "web");
	h.s.lost.exits = 1000;
	h.s.cost.samples = 10;
	h.s.cost.ns = 930;
	host_exits(&h, KEY(1, 1), 100, 0, 5);
	host_look(&h, SEC);
	h.start = h.now - 1;
	/* More than before: nothing but the start tells. */
	h.s.lost.exits = 1001;
	h.s.cost.samples = 20;
	h.s.cost.ns = 1860;
	host_exits(&h, KEY(1, 1), 100, 0, 7);
	host_look(&h, SEC);
	assert_int_equal(exits(&h, "web"), 12);
	assert_int_equal(h.t.lost.exits, 2001);
	assert_int_equal(h.t.cost.samples, 30);
	assert_int_equal(h.t.cost.ns, 2790);
	/* Less than before: that tells, too. */
	h.s.lost.exits = 1;
	host_exits(&h, KEY(1, 1), 100, 0, 2);
	host_look(&h, SEC);
	assert_int_equal(exits(&h, "web"), 14);
	assert_int_equal(h.t.lost.exits, 2002);
	host_close(&h);
}

/* No collector does this. */
static void test_same_key(void **state)
{
	struct host h;

	(void)state;
	host_open(&h, NULL, LINGER);
	host_name(&h, 100, "web");
	host_name(&h, 200, "db");
	host_exits(&h, KEY(1, 1), 100, 0, 5);
	host_look(&h, SEC);
	host_exits(&h, KEY(1, 1), 200, 0, 3);
	host_look(&h, SEC);
	assert_int_equal(exits(&h, "web"), 5);
	assert_true(host_vm(&h, "web")->ended);
	assert_int_equal(exits(&h, "db"), 3);
	host_close(&h);
}

static void test_filter(void **state)
{
	const struct kxt_filter filter = { .vm = "web*" };
	struct host h;

	(void)state;
	host_open(&h, &filter, LINGER);
	host_name(&h, 100, "web1");
	host_name(&h, 200, "db1");
	for (int i = 0; i < 3; i++) {
		host_exits(&h, KEY(1, 1), 100, 0, 5);
		host_exits(&h, KEY(2, 1), 200, 0, 50);
		host_look(&h, SEC);
		assert_int_equal(h.t.nr, 1);
		assert_int_equal(exits(&h, "web1"), 5);
	}
	host_look(&h, KXT_EXPORTED_MISSED_NS);
	host_look(&h, SEC);
	assert_int_equal(HASH_CNT(hh, h.st->vm), 1);
	host_close(&h);
}

/* Ten new VMs a second, each in three snapshots, for a quarter of an hour. */
static void test_many(void **state)
{
	const uint32_t each = 10, rounds = 900;
	struct host h;

	(void)state;
	host_open(&h, NULL, LINGER);
	for (uint32_t i = 0; i < rounds; i++) {
		for (uint32_t j = 0; j < 3 * each; j++) {
			uint32_t pid = 1000 + i * each + j;

			host_exits(&h, KEY(pid, 1), pid, 0, pid)->ended = j < each;
		}
		host_look(&h, SEC);
		assert_true(h.t.nr <= 2 * each + KXT_EXPORTER_ENDED_MAX);
		assert_true(HASH_CNT(hh, h.st->vm) <= 3 * each + KXT_EXPORTER_ENDED_MAX);
		assert_true(HASH_COUNT(h.st->life) <=
			    (3 + KXT_EXPORTED_MISSED_NS / SEC) * each);
	}
	assert_int_equal(h.t.nr, 2 * each + KXT_EXPORTER_ENDED_MAX);
	/* It is those that ended last which are still there. */
	assert_int_equal(h.t.vm[0].pid, 1000 + (rounds * each) - KXT_EXPORTER_ENDED_MAX);
	host_look(&h, 2 * LINGER);
	host_look(&h, SEC);
	assert_int_equal(h.t.nr, 0);
	assert_int_equal(HASH_CNT(hh, h.st->vm), 0);
	assert_int_equal(HASH_COUNT(h.st->life), 0);
	host_close(&h);
}

/* What one vCPU cannot tell is not told of the VM, but of the others. */
static void test_knows(void **state)
{
	struct host h;

	(void)state;
	host_open(&h, NULL, LINGER);
	host_name(&h, 100, "web");
	host_exits(&h, KEY(1, 1), 100, 0, 5);
	host_exits(&h, KEY(2, 1), 100, 1, 5)->knows = KXT_KNOWS_IDLE;
	host_look(&h, SEC);
	assert_int_equal(host_vm(&h, "web")->knows, KXT_KNOWS_IDLE);
	assert_int_equal(host_vm(&h, "web")->vcpu[0].knows, KXT_KNOWS_ALL);
	assert_int_equal(host_vm(&h, "web")->vcpu[1].knows, KXT_KNOWS_IDLE);
	host_close(&h);
}

/* Its first exit tells what a vCPU is; it may have been seen before that. */
static void test_isa(void **state)
{
	struct host h;

	(void)state;
	host_open(&h, NULL, LINGER);
	host_name(&h, 100, "web");
	host_exits(&h, KEY(1, 1), 100, 0, 0)->isa = KVMEXIT_ISA_UNKNOWN;
	host_look(&h, SEC);
	assert_int_equal(host_vm(&h, "web")->isa, KVMEXIT_ISA_UNKNOWN);
	host_exits(&h, KEY(1, 1), 100, 0, 5)->isa = KVMEXIT_ISA_SVM;
	host_look(&h, SEC);
	assert_int_equal(host_vm(&h, "web")->isa, KVMEXIT_ISA_SVM);
	host_close(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forgotten),
		cmocka_unit_test(test_missed),
		cmocka_unit_test(test_unplugged),
		cmocka_unit_test(test_linger),
		cmocka_unit_test(test_linger_forgotten),
		cmocka_unit_test(test_successor),
		cmocka_unit_test(test_quick_successor),
		cmocka_unit_test(test_same_name),
		cmocka_unit_test(test_made_anew),
		cmocka_unit_test(test_pid_again),
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_same_key),
		cmocka_unit_test(test_filter),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_knows),
		cmocka_unit_test(test_isa),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
