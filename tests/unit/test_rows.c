// SPDX-License-Identifier: GPL-2.0-only
#include <locale.h>
#include <stdio.h>

#include "tests/unit/build.h"
#include "user/hist_rows.h"
#include "user/rows.h"

#define HLT	0x78
#define MSR	0x7c
#define NPF	0x400

static struct kxt_vm_names *names;
static struct kxt_summary sum;

/* rates of vCPU 0 and 1, with half as much on vCPU 1 */
static void add_vm(struct kxt_snapshot *s, uint32_t pid, uint64_t hlt, uint64_t msr)
{
	for (uint32_t i = 0; i < 2; i++) {
		struct kxt_vcpu *v = add_vcpu(s, pid + i, 1, 2);

		v->pid = pid;
		v->id = i;
		v->guest_ns = 250000000;
		v->entry[0].code = HLT;
		v->entry[1].code = MSR;
		add_exits(&v->entry[0], 1000000, hlt >> i);
		add_exits(&v->entry[1], 1000, msr >> i);
	}
}

static void make_sum(uint64_t hlt, uint64_t msr)
{
	struct kxt_snapshot s;

	new_snapshot(&s, 0, 1000000000);
	s.delta = true;
	add_vm(&s, 10, hlt, 2 * msr);
	add_vm(&s, 20, 2 * hlt, msr);
	add_vm(&s, 30, 0, 10 * msr);
	kxt_snapshot_sort(&s);
	assert_int_equal(kxt_summary_make(&sum, &s, names, NULL, NULL), 0);
	kxt_snapshot_free(&s);
}

static int set_up(void **state)
{
	(void)state;
	names = kxt_vm_names_new(NULL);
	if (!names || kxt_vm_names_set(names, 10, "web1") ||
	    kxt_vm_names_set(names, 20, "db1") || kxt_vm_names_set(names, 30, "Web2"))
		return -1;
	make_sum(100, 1000);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	kxt_summary_free(&sum);
	kxt_vm_names_free(names);
	return 0;
}

static void build(struct kxt_table *t, const struct kxt_scope *scope)
{
	static const struct kxt_scope everything;

	assert_int_equal(kxt_table_build(t, &sum, scope ? scope : &everything, NULL), 0);
}

/* The pids of all rows from the top, as one number: 1020 is 10, then 20. */
static unsigned int pids(const struct kxt_table *t)
{
	unsigned int all = 0;

	for (unsigned int i = 0; i < t->nr; i++)
		all = 100 * all + t->row[i].key.pid;
	return all;
}

static void test_sort(void **state)
{
	struct kxt_table t = { .kind = KXT_TABLE_VMS, .sort = KXT_COL_EXITS };

	(void)state;
	build(&t, NULL);
	assert_int_equal(pids(&t), 301020);
	t.reverse = true;
	kxt_table_sort(&t);
	assert_int_equal(pids(&t), 201030);
	t.reverse = false;
	t.sort = KXT_COL_NAME;
	kxt_table_sort(&t);
	assert_int_equal(pids(&t), 302010);
	/* by total time of the longest exits */
	t.sort = KXT_COL_TIME;
	kxt_table_sort(&t);
	assert_int_equal(pids(&t), 201030);
	/* what nobody knows: by who they are */
	t.sort = KXT_COL_IDLE;
	kxt_table_sort(&t);
	assert_int_equal(t.nr, 3);
	/* a column of another table: back to the default */
	t.sort = KXT_COL_CLASS;
	kxt_table_sort(&t);
	assert_int_equal(t.sort, KXT_COL_EXITS);
	kxt_table_free(&t);
}

static void test_filter(void **state)
{
	struct kxt_table t = { .kind = KXT_TABLE_VMS, .sort = KXT_COL_EXITS };

	(void)state;
	strcpy(t.filter, "WEB");
	build(&t, NULL);
	assert_int_equal(pids(&t), 3010);
	assert_int_equal(t.total, 3);
	strcpy(t.filter, "?b1");
	build(&t, NULL);
	assert_int_equal(pids(&t), 20);
	strcpy(t.filter, "nothing");
	build(&t, NULL);
	assert_int_equal(t.nr, 0);
	assert_null(kxt_table_selected(&t));
	kxt_table_move(&t, 1);
	assert_false(kxt_table_search(&t, "web", 0));
	kxt_table_free(&t);
}

static void test_selection(void **state)
{
	struct kxt_table t = { .kind = KXT_TABLE_VMS, .sort = KXT_COL_EXITS };

	(void)state;
	build(&t, NULL);
	/* nobody chose a row yet: it is the place that is selected */
	t.reverse = true;
	kxt_table_sort(&t);
	assert_int_equal(t.sel, 0);
	t.reverse = false;
	kxt_table_sort(&t);
	kxt_table_move(&t, 1);
	assert_int_equal(kxt_table_selected(&t)->key.pid, 10);
	/* now it is the row, wherever it goes */
	t.sort = KXT_COL_NAME;
	kxt_table_sort(&t);
	assert_int_equal(t.sel, 2);
	assert_int_equal(kxt_table_selected(&t)->key.pid, 10);
	make_sum(100000, 1);
	t.sort = KXT_COL_EXITS;
	build(&t, NULL);
	assert_int_equal(pids(&t), 201030);
	assert_int_equal(kxt_table_selected(&t)->key.pid, 10);
	make_sum(100, 1000);
	/* its row is filtered away: the one in its place */
	strcpy(t.filter, "2");
	build(&t, NULL);
	assert_int_equal(kxt_table_selected(&t)->key.pid, 30);
	kxt_table_move(&t, 100);
	kxt_table_move(&t, -100);
	assert_int_equal(t.sel, 0);
	kxt_table_free(&t);
}

static void test_search(void **state)
{
	struct kxt_table t = { .kind = KXT_TABLE_VMS, .sort = KXT_COL_EXITS };

	(void)state;
	build(&t, NULL);			/* Web2 web1 db1 */
	assert_true(kxt_table_search(&t, "web", 0));
	assert_int_equal(t.sel, 0);
	assert_true(kxt_table_search(&t, "web", 1));
	assert_int_equal(t.sel, 1);
	assert_true(kxt_table_search(&t, "web", 1));
	assert_int_equal(t.sel, 0);
	assert_true(kxt_table_search(&t, "b1", -1));
	assert_int_equal(t.sel, 2);
	assert_false(kxt_table_search(&t, "mail", 0));
	assert_int_equal(t.sel, 2);
	kxt_table_free(&t);
}

static void test_view(void **state)
{
	struct kxt_table t = { .kind = KXT_TABLE_VMS, .sort = KXT_COL_EXITS };

	(void)state;
	build(&t, NULL);
	kxt_table_move(&t, 2);
	kxt_table_view(&t, 2);
	assert_int_equal(t.top, 1);
	kxt_table_move(&t, -1);
	kxt_table_view(&t, 2);
	assert_int_equal(t.top, 1);
	kxt_table_move(&t, -1);
	kxt_table_view(&t, 2);
	assert_int_equal(t.top, 0);
	kxt_table_move(&t, 2);
	kxt_table_view(&t, 2);
	kxt_table_view(&t, 10);
	assert_int_equal(t.top, 0);
	kxt_table_view(&t, 0);
	kxt_table_free(&t);
}

static void test_vcpus(void **state)
{
	struct kxt_table t = { .kind = KXT_TABLE_VCPUS, .sort = KXT_COL_EXITS };
	struct kxt_scope scope = { .pid = 20 };
	char name[KXT_ROW_NAME_MAX];

	(void)state;
	build(&t, NULL);
	assert_int_equal(t.nr, 6);
	build(&t, &scope);
	assert_int_equal(t.nr, 2);
	kxt_row_name(&t, &t.row[1], name);
	assert_string_equal(name, "db1/vcpu1");
	kxt_table_free(&t);
}

static void test_reasons(void **state)
{
	struct kxt_table t = { .kind = KXT_TABLE_REASONS, .sort = KXT_COL_EXITS };
	struct kxt_scope scope = { .pid = 10, .one_vcpu = true, .vcpu_id = 1, .tid = 211 };
	char name[KXT_ROW_NAME_MAX];

	(void)state;
	build(&t, NULL);
	assert_int_equal(t.nr, 2);
	kxt_row_name(&t, &t.row[0], name);
	assert_string_equal(name, "msr");
	/* 1000 * (2 + 1 + 10), and half of that on the other vCPUs */
	assert_int_equal(t.row[0].e->count, 19500);
	assert_int_equal(t.row[1].e->count, 450);
	assert_int_equal(t.sum.count, 19950);
	build(&t, &scope);
	assert_int_equal(t.nr, 2);
	assert_int_equal(t.row[0].e->count, 1000);
	assert_int_equal(t.row[1].e->count, 50);
	/* by class they are other rows, though they are as many */
	kxt_table_move(&t, 1);
	t.group = true;
	build(&t, &scope);
	kxt_row_name(&t, &t.row[1], name);
	assert_string_equal(name, "halt");
	assert_true(t.row[1].key.reason.grouped);
	kxt_table_free(&t);
}

static void test_split(void **state)
{
	struct kxt_table t = { .kind = KXT_TABLE_SPLIT, .sort = KXT_COL_EXITS };
	struct kxt_scope scope = {
		.one_reason = true,
		.reason = { .isa = KVMEXIT_ISA_SVM, .code = HLT },
	};

	(void)state;
	build(&t, &scope);
	/* VM 30 never halts: it has no exits of that kind, but had the entry */
	assert_int_equal(t.sum.count, 450);
	assert_int_equal(t.row[0].key.pid, 20);
	assert_int_equal(t.row[0].e->count, 200);
	scope.pid = 10;
	build(&t, &scope);
	assert_int_equal(t.nr, 2);
	assert_int_equal(t.sum.count, 150);
	scope.reason = (struct kxt_reason_id){ .grouped = true, .class = KXT_CLASS_MSR };
	build(&t, &scope);
	assert_int_equal(t.sum.count, 3000);
	scope.reason = (struct kxt_reason_id){ .isa = KVMEXIT_ISA_VMX, .code = HLT };
	build(&t, &scope);
	assert_int_equal(t.nr, 0);
	kxt_table_free(&t);
}

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
	check_cell(&t, 0, KXT_COL_GUEST, 0, "25%");
	check_cell(&t, 0, KXT_COL_KERNEL, 0, "-");
	check_cell(&t, 0, KXT_COL_IDLE, 0, "-");
	check_cell(&t, 0, KXT_COL_TIME, 0, "153ms/s");
	check_cell(&t, 0, KXT_COL_MAX, 0, "1.0ms");
	/* one of another table */
	check_cell(&t, 0, KXT_COL_SHARE, 0, "-");
	check_cell(&t, 0, KXT_COL_TOP, 80, "msr 95% hlt 4.8%");
	check_cell(&t, 0, KXT_COL_TOP, 10, "msr 95%");
	/* the first is there even if it has to be cut */
	check_cell(&t, 0, KXT_COL_TOP, 2, "msr 95%");
	t.row[0].ended = true;
	check_cell(&t, 0, KXT_COL_TOP, 80, "(ended) msr 95% hlt 4.8%");
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
	for (unsigned int kind = 0; kind < KXT_TABLE_NR; kind++) {
		struct kxt_table t = { .kind = kind, .sort = KXT_COL_EXITS, .marked = true };
		struct kxt_scope scope = { .one_reason = true };

		scope.reason = (struct kxt_reason_id){ .isa = KVMEXIT_ISA_SVM, .code = MSR };
		build(&t, &scope);
		for (unsigned int cells = 59; cells <= 300; cells++) {
			kxt_layout_make(&l, &t, cells);
			assert_true(total_width(&l) <= cells);
			assert_true(has(&l, KXT_COL_EXITS));
			assert_true(has(&l, KXT_COL_P99));
		}
		/* all of them on a wide terminal */
		for (unsigned int col = 0; col < KXT_COL_NR; col++)
			if (kxt_col_in(kind, col))
				assert_true(has(&l, col));
		kxt_table_free(&t);
	}
}

static void test_columns(void **state)
{
	(void)state;
	assert_int_equal(kxt_col_find("exits"), KXT_COL_EXITS);
	assert_int_equal(kxt_col_find("RATE/s"), KXT_COL_EXITS);
	assert_int_equal(kxt_col_find("p99.9"), KXT_COL_P999);
	assert_int_equal(kxt_col_find("Guest%"), KXT_COL_GUEST);
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
}

static void test_hist_rows(void **state)
{
	struct kxt_hist_row row[KVMEXIT_NR_BUCKETS];
	struct kxt_entry e = { 0 };
	unsigned int nr;

	(void)state;
	assert_int_equal(kxt_hist_rows(&e, row, 10), 0);
	add_exits(&e, 1100, 98);
	nr = kxt_hist_rows(&e, row, 10);
	assert_int_equal(nr, 1);
	assert_int_equal(row[0].low, 1024);
	assert_int_equal(row[0].high, 1280);
	assert_int_equal(row[0].marks, KXT_MARK_P50 | KXT_MARK_P90 | KXT_MARK_P99 |
			 KXT_MARK_P999 | KXT_MARK_MAX);
	add_exits(&e, 50, 1);
	add_exits(&e, 1ULL << 40, 1);
	for (unsigned int max = 3; max <= KVMEXIT_NR_BUCKETS; max++) {
		uint64_t count = 0;

		nr = kxt_hist_rows(&e, row, max);
		assert_true(nr >= 3 && nr <= max);
		for (unsigned int i = 0; i < nr; i++) {
			count += row[i].count;
			if (i)
				assert_true(row[i].low == row[i - 1].high);
		}
		assert_int_equal(count, 100);
		assert_int_equal(row[0].low, 0);
		assert_true(row[nr - 1].high == UINT64_MAX);
		assert_true(row[nr - 1].marks & KXT_MARK_MAX);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sort), cmocka_unit_test(test_filter),
		cmocka_unit_test(test_selection), cmocka_unit_test(test_search),
		cmocka_unit_test(test_view), cmocka_unit_test(test_vcpus),
		cmocka_unit_test(test_reasons), cmocka_unit_test(test_split),
		cmocka_unit_test(test_cells), cmocka_unit_test(test_top),
		cmocka_unit_test(test_layout), cmocka_unit_test(test_columns),
		cmocka_unit_test(test_reason_names), cmocka_unit_test(test_hist_rows),
	};

	/* C.UTF-8 is part of the C library; widths of characters come from it. */
	if (!setlocale(LC_CTYPE, "C.UTF-8")) {
		fputs("SKIP: there is no locale C.UTF-8\n", stderr);
		return 77;
	}
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
