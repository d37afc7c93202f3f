// SPDX-License-Identifier: GPL-2.0-only
#include "tests/unit/rows_fixture.h"
#include "user/hist_rows.h"

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
		cmocka_unit_test(test_hist_rows),
	};

	/* C.UTF-8 is part of the C library; widths of characters come from it. */
	if (!setlocale(LC_CTYPE, "C.UTF-8")) {
		fputs("SKIP: there is no locale C.UTF-8\n", stderr);
		return 77;
	}
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
