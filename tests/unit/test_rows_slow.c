// SPDX-License-Identifier: GPL-2.0-only
/* The latest slow exits, and the table of them. */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tests/unit/build.h"
#include "user/rows.h"

#define MS	1000000ULL

static struct kxt_slow_log slow_log;
static struct kxt_vm vms[] = {
	{ .pid = 10, .name = "web1", .knows = KXT_KNOWS_ALL },
	{ .pid = 20, .name = "db1", .knows = KXT_KNOWS_ALL & ~KXT_KNOWS_RUNQ },
};
static const struct kxt_summary sum = { .interval_ns = 1000000000, .nr = 2, .vm = vms };

static void add(uint32_t pid, uint64_t total_ms, uint64_t idle_ms)
{
	struct kxt_slow slow = {
		.ev = {
			.type = KVMEXIT_EVENT_SLOW, .cpu = 3, .pid = pid, .tid = pid + 1,
			.time_ns = slow_log.nr * MS, .isa = KVMEXIT_ISA_SVM, .level = 1,
			.code = 0x7b, .total_ns = total_ms * MS, .idle_ns = idle_ms * MS,
			.vmm_ns = MS, .runq_ns = 0, .rip = 0xffffffff81000000,
			.kind = KVMEXIT_KIND_PORT, .access = KVMEXIT_ACCESS_WRITE,
			.key = 0x3f8,
		},
		.wall_ns = 3661 * 1000 * MS + 7 * MS,
	};

	snprintf(slow.name, sizeof(slow.name), "vm%u", pid);
	kxt_slow_log_add(&slow_log, &slow);
}

static int set_up(void **state)
{
	(void)state;
	memset(&slow_log, 0, sizeof(slow_log));
	return setenv("TZ", "UTC", 1);
}

static struct kxt_table new_table(void)
{
	return (struct kxt_table){
		.kind = KXT_TABLE_SLOW, .sort = KXT_COL_CLOCK, .log = &slow_log,
		.log_until = UINT64_MAX,
	};
}

static void build(struct kxt_table *t, uint32_t pid)
{
	struct kxt_scope scope = { .pid = pid };

	assert_int_equal(kxt_table_build(t, &sum, &scope, NULL), 0);
}

static void check_cell(const struct kxt_table *t, unsigned int row, enum kxt_col col,
		       const char *want)
{
	char cell[KXT_CELL_MAX];

	kxt_col_cell(t, &t->row[row], col, 100, cell);
	assert_string_equal(cell, want);
}

static void test_log(void **state)
{
	(void)state;
	assert_null(kxt_slow_log_get(&slow_log, 0));
	for (unsigned int i = 1; i <= 2 * KXT_SLOW_LOG_MAX + 5; i++) {
		add(10, i, 0);
		assert_int_equal(kxt_slow_log_get(&slow_log, 0)->ev.total_ns, i * MS);
		assert_int_equal(kxt_slow_log_get(&slow_log, 0)->seq, i);
		if (i > 1)
			assert_int_equal(kxt_slow_log_get(&slow_log, 1)->seq, i - 1);
	}
	/* the oldest made room */
	assert_int_equal(kxt_slow_log_get(&slow_log, KXT_SLOW_LOG_MAX - 1)->seq,
			 KXT_SLOW_LOG_MAX + 6);
	assert_null(kxt_slow_log_get(&slow_log, KXT_SLOW_LOG_MAX));
	assert_int_equal(kxt_slow_service_ns(&kxt_slow_log_get(&slow_log, 0)->ev),
			 (2 * KXT_SLOW_LOG_MAX + 5) * MS);
}

static void test_rows(void **state)
{
	struct kxt_table t = new_table();
	char name[KXT_ROW_NAME_MAX];

	(void)state;
	build(&t, 0);
	assert_int_equal(t.nr, 0);
	add(10, 2, 0);
	add(20, 9, 4);
	add(30, 3, 0);
	build(&t, 0);
	assert_int_equal(t.nr, 3);
	/* the newest first; the VM of it is gone, its name is not */
	check_cell(&t, 0, KXT_COL_NAME, "vm30");
	assert_null(t.row[0].vm);
	kxt_row_name(&t, &t.row[0], name);
	assert_string_equal(name, "vm30/vcpu0 io");
	check_cell(&t, 1, KXT_COL_NAME, "vm20");
	check_cell(&t, 1, KXT_COL_CLOCK, "01:01:01.007");
	check_cell(&t, 1, KXT_COL_SERVICE, "5.0ms");
	check_cell(&t, 1, KXT_COL_KERNEL, "4.0ms");
	check_cell(&t, 1, KXT_COL_VMM, "1.0ms");
	check_cell(&t, 1, KXT_COL_IDLE, "4.0ms");
	check_cell(&t, 1, KXT_COL_RUNQ, "-");
	check_cell(&t, 1, KXT_COL_CPU, "3");
	check_cell(&t, 1, KXT_COL_RIP, "0xffffffff81000000");
	check_cell(&t, 1, KXT_COL_DETAIL, "port 0x3f8 write COM1");
	check_cell(&t, 2, KXT_COL_RUNQ, "0ns");
	/* what not all VMs know, one that is gone may not have known either */
	check_cell(&t, 0, KXT_COL_RUNQ, "-");
	t.sort = KXT_COL_SERVICE;
	kxt_table_sort(&t);
	check_cell(&t, 0, KXT_COL_NAME, "vm20");
	/* of one VM */
	build(&t, 10);
	assert_int_equal(t.nr, 1);
	check_cell(&t, 0, KXT_COL_NAME, "vm10");
	kxt_table_free(&t);
}

static void test_limits(void **state)
{
	struct kxt_table t = new_table();

	(void)state;
	add(10, 2, 0);
	add(10, 9, 8);
	add(10, 5, 0);
	/* without idle the second took 1 ms */
	t.log_from_ns = 2 * MS;
	build(&t, 0);
	assert_int_equal(t.nr, 2);
	t.log_from_ns = 2 * MS + 1;
	build(&t, 0);
	assert_int_equal(t.nr, 1);
	/* paused after the first */
	t.log_from_ns = 0;
	t.log_until = 1;
	build(&t, 0);
	assert_int_equal(t.nr, 1);
	check_cell(&t, 0, KXT_COL_SERVICE, "2.0ms");
	/* rows are copies: the log may go round as it likes */
	for (unsigned int i = 0; i < KXT_SLOW_LOG_MAX; i++)
		add(20, 7, 0);
	check_cell(&t, 0, KXT_COL_NAME, "vm10");
	t.log_until = UINT64_MAX;
	build(&t, 0);
	assert_int_equal(t.nr, KXT_SLOW_LOG_MAX);
	kxt_table_free(&t);
}

/* The selected one stays selected while new ones come above it. */
static void test_selection(void **state)
{
	struct kxt_table t = new_table();

	(void)state;
	add(10, 2, 0);
	add(10, 3, 0);
	build(&t, 0);
	assert_int_equal(kxt_table_selected(&t)->key.seq, 2);
	add(10, 4, 0);
	build(&t, 0);
	assert_int_equal(kxt_table_selected(&t)->key.seq, 3);
	kxt_table_move(&t, 1);
	assert_int_equal(kxt_table_selected(&t)->key.seq, 2);
	add(10, 5, 0);
	add(10, 5, 0);
	build(&t, 0);
	assert_int_equal(kxt_table_selected(&t)->key.seq, 2);
	assert_int_equal(t.sel, 3);
	kxt_table_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_log, set_up),
		cmocka_unit_test_setup(test_rows, set_up),
		cmocka_unit_test_setup(test_limits, set_up),
		cmocka_unit_test_setup(test_selection, set_up),
	};

	/* C.UTF-8 is part of the C library; widths of characters come from it. */
	if (!setlocale(LC_CTYPE, "C.UTF-8")) {
		fputs("SKIP: there is no locale C.UTF-8\n", stderr);
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
