// SPDX-License-Identifier: GPL-2.0-only
#include "tests/unit/rows_fixture.h"

static void check_cell(const struct kxt_table *t, unsigned int row, enum kxt_col col,
		       unsigned int cells, const char *want)
{
	char cell[KXT_CELL_MAX];

	kxt_col_cell(t, &t->row[row], col, cells, cell);
	assert_string_equal(cell, want);
}

static void test_cells(void **state)
{
	struct kxt_table t = { .kind = KXT_TABLE_VMS, .sort = KXT_COL_PID, .reverse = true };

	(void)state;
	build(&t, NULL);
	check_cell(&t, 0, KXT_COL_NAME, 0, "web1");
	check_cell(&t, 0, KXT_COL_PID, 0, "10");
	check_cell(&t, 0, KXT_COL_VCPUS, 0, "2");
	check_cell(&t, 0, KXT_COL_EXITS, 0, "3.1k/s");
	/* of 500 ms in the guest and 153 ms in exits, 112.5 ms of them idle */
	check_cell(&t, 0, KXT_COL_GUEST, 0, "77%");
	check_cell(&t, 0, KXT_COL_KERNEL, 0, "5.9%");
	check_cell(&t, 0, KXT_COL_VMM, 0, "0.2%");
	check_cell(&t, 0, KXT_COL_IDLE, 0, "17%");
	check_cell(&t, 0, KXT_COL_RUNQ, 0, "0.1%");
	check_cell(&t, 0, KXT_COL_PARTS, 10, "████████··");
	check_cell(&t, 0, KXT_COL_TIME, 0, "153ms/s");
	check_cell(&t, 0, KXT_COL_MAX, 0, "1.0ms");
	/* one of another table */
	check_cell(&t, 0, KXT_COL_SHARE, 0, "-");
	check_cell(&t, 0, KXT_COL_TOP, 80, "msr 95% hlt 4.8%");
	check_cell(&t, 0, KXT_COL_TOP, 10, "msr 95%");
	/* the first is there even if it has to be cut */
	check_cell(&t, 0, KXT_COL_TOP, 2, "msr 95%");
	/* what a collector does not know */
	check_cell(&t, 2, KXT_COL_GUEST, 0, "97%");
	check_cell(&t, 2, KXT_COL_KERNEL, 0, "-");
	check_cell(&t, 2, KXT_COL_VMM, 0, "-");
	check_cell(&t, 2, KXT_COL_IDLE, 0, "-");
	check_cell(&t, 2, KXT_COL_RUNQ, 0, "-");
	check_cell(&t, 2, KXT_COL_PARTS, 10, "-");
	t.row[0].ended = true;
	check_cell(&t, 0, KXT_COL_TOP, 80, "(ended) msr 95% hlt 4.8%");
	kxt_table_free(&t);
}

/* The five of a VM or vCPU, the last four of a reason: 100 %. */
static void test_shares(void **state)
{
	static const enum kxt_col part[] = {
		KXT_COL_GUEST, KXT_COL_KERNEL, KXT_COL_VMM, KXT_COL_IDLE, KXT_COL_RUNQ,
	};
	struct kxt_scope scope = { .pid = 20 };

	(void)state;
	for (unsigned int kind = 0; kind <= KXT_TABLE_REASONS; kind++) {
		struct kxt_table t = { .kind = kind, .sort = KXT_COL_EXITS };
		unsigned int first = kind == KXT_TABLE_REASONS;

		build(&t, &scope);
		for (unsigned int r = 0; r < t.nr; r++) {
			double all = 0, v;

			if (t.row[r].key.pid == 10 || t.row[r].key.pid == 30)
				continue;
			for (unsigned int i = first; i < 5; i++) {
				assert_true(kxt_col_value(&t, &t.row[r], part[i], &v));
				assert_true(v >= 0);
				all += v;
			}
			assert_true(all > 0.999999 && all < 1.000001);
		}
		kxt_table_free(&t);
	}
}

/* Which exits reach the VMM. */
static void test_vmm(void **state)
{
	struct kxt_table t = { .kind = KXT_TABLE_REASONS, .sort = KXT_COL_VMMRATE };
	struct kxt_scope scope = { .pid = 10 };

	(void)state;
	build(&t, &scope);
	check_cell(&t, 0, KXT_COL_REASON, 0, "msr");
	check_cell(&t, 0, KXT_COL_VMMRATE, 0, "1.5k/s");
	check_cell(&t, 0, KXT_COL_TOVMM, 0, "50%");
	check_cell(&t, 0, KXT_COL_VMM, 0, "50%");
	check_cell(&t, 0, KXT_COL_RUNQ, 0, "25%");
	check_cell(&t, 0, KXT_COL_KERNEL, 0, "25%");
	check_cell(&t, 0, KXT_COL_GUEST, 0, "-");
	check_cell(&t, 1, KXT_COL_TOVMM, 0, "0%");
	check_cell(&t, 1, KXT_COL_IDLE, 0, "75%");
	/* one who does not know is enough for nobody to know */
	build(&t, NULL);
	check_cell(&t, 0, KXT_COL_TOVMM, 0, "-");
	check_cell(&t, 0, KXT_COL_VMMRATE, 0, "-");
	check_cell(&t, 0, KXT_COL_VMM, 0, "-");
	assert_int_equal(t.knows, 0);
	kxt_table_free(&t);
}

/* A VM that was paused all the time: no exit, and all of it is the VMM's. */
static void test_paused(void **state)
{
	struct kxt_entry e = {
		.code = KVMEXIT_CODE_SIGNAL, .level = 1, .total_ns = 1000000000,
		.vmm_ns = 1000000000, .vmm_count = 1,
	};
	struct kxt_vm vm = {
		.pid = 7, .isa = KVMEXIT_ISA_SVM, .knows = KXT_KNOWS_ALL,
		.nr_reasons = 1, .reason = &e,
	};
	struct kxt_summary s = { .interval_ns = 1000000000, .nr = 1, .vm = &vm };
	struct kxt_table t = { .kind = KXT_TABLE_VMS, .sort = KXT_COL_EXITS, .ascii = true };
	static const struct kxt_scope everything;

	(void)state;
	vm.all = e;
	assert_int_equal(kxt_table_build(&t, &s, &everything, NULL), 0);
	check_cell(&t, 0, KXT_COL_VMM, 0, "100%");
	check_cell(&t, 0, KXT_COL_GUEST, 0, "0%");
	check_cell(&t, 0, KXT_COL_PARTS, 5, "vvvvv");
	check_cell(&t, 0, KXT_COL_P99, 0, "-");
	check_cell(&t, 0, KXT_COL_TOP, 80, "(in signal_exit)");
	t.kind = KXT_TABLE_REASONS;
	assert_int_equal(kxt_table_build(&t, &s, &everything, NULL), 0);
	check_cell(&t, 0, KXT_COL_REASON, 0, "signal_exit");
	check_cell(&t, 0, KXT_COL_EXITS, 0, "0/s");
	check_cell(&t, 0, KXT_COL_VMMRATE, 0, "1.0/s");
	check_cell(&t, 0, KXT_COL_TOVMM, 0, "-");
	check_cell(&t, 0, KXT_COL_MEAN, 0, "-");
	check_cell(&t, 0, KXT_COL_TIMESHARE, 0, "100%");
	kxt_table_free(&t);
}

static void test_top(void **state)
{
	struct kxt_table t = { .kind = KXT_TABLE_VMS, .sort = KXT_COL_EXITS };
	struct kxt_summary vmx = { .interval_ns = 1000000000 };
	struct kxt_entry e[4] = {
		{ .code = 48, .count = 50 }, { .code = 1, .count = 30 },
		{ .code = 12, .count = 5 }, { .code = 40, .count = 15 },
	};
	struct kxt_vm vm = {
		.isa = KVMEXIT_ISA_VMX, .all.count = 100, .nr_reasons = 4, .reason = e,
	};
	static const struct kxt_scope everything;

	(void)state;
	vmx.nr = 1;
	vmx.vm = &vm;
	assert_int_equal(kxt_table_build(&t, &vmx, &everything, NULL), 0);
	check_cell(&t, 0, KXT_COL_TOP, 80,
		   "EPT_VIOLATION 50% EXTERNAL_INTERRUPT 30% PAUSE_INSTRUCTION 15%");
	check_cell(&t, 0, KXT_COL_TOP, 38, "EPT_VIO\u2026 50% EXTERNA\u2026 30% PAUSE_I\u2026 15%");
	check_cell(&t, 0, KXT_COL_TOP, 37, "EPT_VIOLATION 50% EXTERNAL_INTER\u2026 30%");
	check_cell(&t, 0, KXT_COL_TOP, 27, "EPT_VIOL\u2026 50% EXTERNAL\u2026 30%");
	check_cell(&t, 0, KXT_COL_TOP, 24, "EPT_VIOLATION 50%");
	check_cell(&t, 0, KXT_COL_TOP, 16, "EPT_VIOLATI\u2026 50%");
	check_cell(&t, 0, KXT_COL_TOP, 11, "EPT_VI\u2026 50%");
	t.ascii = true;
	check_cell(&t, 0, KXT_COL_TOP, 27, "EPT_VIOL~ 50% EXTERNAL~ 30%");
	kxt_table_free(&t);
}

static unsigned int total_width(const struct kxt_layout *l)
{
	unsigned int cells = l->nr - 1;

	for (unsigned int i = 0; i < l->nr; i++)
		cells += l->width[i];
	return cells;
}

static bool has(const struct kxt_layout *l, enum kxt_col col)
{
	for (unsigned int i = 0; i < l->nr; i++)
		if (l->col[i] == col)
			return true;
	return false;
}

static void test_layout(void **state)
{
	struct kxt_layout l;

	(void)state;
	for (unsigned int kind = 0; kind < KXT_TABLE_DETAILS; kind++) {
		struct kxt_table t = { .kind = kind, .sort = KXT_COL_EXITS, .marked = true };
		struct kxt_scope scope = { .one_reason = true };

		scope.reason = (struct kxt_reason_id){ .isa = KVMEXIT_ISA_SVM, .code = MSR };
		build(&t, &scope);
		for (unsigned int cells = 59; cells <= 300; cells++) {
			kxt_layout_make(&l, &t, cells);
			assert_true(total_width(&l) <= cells);
			assert_true(has(&l, KXT_COL_EXITS));
			assert_true(has(&l, KXT_COL_P99));
			assert_true(has(&l, KXT_COL_VMM));
			/* a terminal of 80 cells, less the mark of the selected row */
			if (cells >= 79 && kind <= KXT_TABLE_VCPUS)
				assert_true(has(&l, KXT_COL_PARTS) && has(&l, KXT_COL_TOP));
			if (cells >= 79 && kind > KXT_TABLE_VCPUS)
				assert_true(has(&l, KXT_COL_TOVMM) && has(&l, KXT_COL_VMMRATE));
		}
		/* all of them on a wide terminal */
		for (unsigned int col = 0; col < KXT_COL_NR; col++)
			if (kxt_col_in(kind, col) && col != KXT_COL_LEVEL)
				assert_true(has(&l, col));
		assert_false(has(&l, KXT_COL_LEVEL));
		kxt_table_free(&t);
	}
}

/* Nobody can see what a table is sorted by if its column is not there. */
static void test_sorted(void **state)
{
	struct kxt_layout l;

	(void)state;
	for (unsigned int kind = 0; kind < KXT_TABLE_DETAILS; kind++) {
		struct kxt_table t = { .kind = kind, .marked = true };
		struct kxt_scope scope = { .one_reason = true };

		scope.reason = (struct kxt_reason_id){ .isa = KVMEXIT_ISA_SVM, .code = MSR };
		for (unsigned int col = 0; col < KXT_COL_NR; col++) {
			if (!kxt_col_sortable(kind, col) || col == KXT_COL_LEVEL)
				continue;
			t.sort = col;
			build(&t, &scope);
			for (unsigned int cells = 59; cells <= 120; cells++) {
				kxt_layout_make(&l, &t, cells);
				assert_true(total_width(&l) <= cells);
				assert_true(has(&l, col));
			}
		}
		kxt_table_free(&t);
	}
}

/* Levels are a column only where there is more than one. */
static void test_level(void **state)
{
	struct kxt_entry e[2] = {
		{ .code = HLT, .level = 1, .count = 50 }, { .code = MSR, .level = 1, .count = 9 },
	};
	struct kxt_vm vm = { .isa = KVMEXIT_ISA_SVM, .nr_reasons = 2, .reason = e };
	struct kxt_summary s = { .interval_ns = 1000000000, .nr = 1, .vm = &vm };
	struct kxt_table t = { .kind = KXT_TABLE_REASONS, .sort = KXT_COL_EXITS };
	static const struct kxt_scope everything;
	struct kxt_layout l;

	(void)state;
	assert_int_equal(kxt_table_build(&t, &s, &everything, NULL), 0);
	kxt_layout_make(&l, &t, 79);
	assert_false(has(&l, KXT_COL_LEVEL));
	check_cell(&t, 0, KXT_COL_REASON, 0, "hlt");
	e[1].level = 2;
	assert_int_equal(kxt_table_build(&t, &s, &everything, NULL), 0);
	kxt_layout_make(&l, &t, 79);
	assert_true(has(&l, KXT_COL_LEVEL));
	check_cell(&t, 0, KXT_COL_LEVEL, 0, "1");
	check_cell(&t, 1, KXT_COL_LEVEL, 0, "2");
	check_cell(&t, 1, KXT_COL_REASON, 0, "msr (L2)");
	e[0].level = 0;
	assert_int_equal(kxt_table_build(&t, &s, &everything, NULL), 0);
	check_cell(&t, 0, KXT_COL_LEVEL, 0, "-");
	kxt_table_free(&t);
}

static void test_columns(void **state)
{
	(void)state;
	assert_int_equal(kxt_col_find("exits"), KXT_COL_EXITS);
	assert_int_equal(kxt_col_find("RATE/s"), KXT_COL_EXITS);
	assert_int_equal(kxt_col_find("p99.9"), KXT_COL_P999);
	assert_int_equal(kxt_col_find("Guest"), KXT_COL_GUEST);
	assert_int_equal(kxt_col_find("Guest%"), KXT_COL_GUEST);
	assert_int_equal(kxt_col_find("guest%%"), KXT_COL_NR);
	assert_int_equal(kxt_col_find("to-vmm"), KXT_COL_TOVMM);
	assert_int_equal(kxt_col_find("time"), KXT_COL_TIME);
	/* the bar, and what only details and slow exits have */
	assert_int_equal(kxt_col_find("split"), KXT_COL_NR);
	assert_int_equal(kxt_col_find("key"), KXT_COL_NR);
	assert_int_equal(kxt_col_find("service"), KXT_COL_NR);
	assert_int_equal(kxt_col_find("top"), KXT_COL_NR);
	assert_int_equal(kxt_col_find(""), KXT_COL_NR);
	assert_int_equal(kxt_col_step(KXT_TABLE_VMS, KXT_COL_NAME, -1), KXT_COL_MAX);
	assert_int_equal(kxt_col_step(KXT_TABLE_VMS, KXT_COL_MAX, 1), KXT_COL_NAME);
	assert_string_equal(kxt_col_head(KXT_TABLE_VMS, KXT_COL_EXITS), "EXITS/s");
	assert_string_equal(kxt_col_head(KXT_TABLE_REASONS, KXT_COL_EXITS), "RATE/s");
}

static void test_reason_names(void **state)
{
	struct kxt_reason_id id = { .isa = KVMEXIT_ISA_SVM, .code = NPF, .level = 2 };
	char name[KXT_ROW_NAME_MAX];

	(void)state;
	kxt_reason_id_name(&id, name);
	assert_string_equal(name, "npf (L2)");
	id = (struct kxt_reason_id){ .isa = KVMEXIT_ISA_VMX, .code = 0x1234 };
	kxt_reason_id_name(&id, name);
	assert_string_equal(name, "unknown_0x1234");
	assert_non_null(kxt_reason_id_text(&id));
	id.code = KVMEXIT_CODE_OTHER;
	assert_non_null(kxt_reason_id_text(&id));
	id.code = KVMEXIT_CODE_SIGNAL;
	assert_non_null(strstr(kxt_reason_id_text(&id), "KVM_RUN was interrupted"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cells), cmocka_unit_test(test_shares),
		cmocka_unit_test(test_vmm), cmocka_unit_test(test_paused),
		cmocka_unit_test(test_top), cmocka_unit_test(test_level),
		cmocka_unit_test(test_sorted),
		cmocka_unit_test(test_layout), cmocka_unit_test(test_columns),
		cmocka_unit_test(test_reason_names),
	};

	/* C.UTF-8 is part of the C library; widths of characters come from it. */
	if (!setlocale(LC_CTYPE, "C.UTF-8")) {
		fputs("SKIP: there is no locale C.UTF-8\n", stderr);
		return 77;
	}
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
