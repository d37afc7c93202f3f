// SPDX-License-Identifier: GPL-2.0-only
/* The table of details. */
#include <locale.h>
#include <stdio.h>

#include "tests/unit/build.h"
#include "user/rows.h"

#define IO	0x7b
#define NPF	0x400

#define READ	KVMEXIT_ACCESS_READ
#define WRITE	KVMEXIT_ACCESS_WRITE

#define KEY(reason, what, number, how, n) \
	{ .code = (reason), .level = 1, .kind = KVMEXIT_KIND_##what, .key = (number), \
	  .access = (how), .one_in = 1, .count = (n), .ns = (n) * 1000 }
#define REST(reason, what, n) \
	{ .code = (reason), .level = 1, .kind = KVMEXIT_KIND_##what, .rest = true, \
	  .one_in = 1, .count = (n), .ns = (n) * 1000 }
#define SAMPLE(reason, number, n) \
	{ .code = (reason), .level = 1, .kind = KVMEXIT_KIND_RIP, .key = (number), \
	  .one_in = 16, .count = (n), .ns = (n) * 1000 }

static struct kxt_detail web[] = {
	KEY(IO, PORT, 0x60, READ, 5),
	KEY(IO, PORT, 0x3f8, WRITE, 70),
	KEY(IO, PORT, 0x3f8, READ, 10),
	REST(IO, PORT, 15),
	SAMPLE(IO, 0x1000, 4),
	SAMPLE(IO, 0x2000, 1),
	KEY(NPF, MMIO, 0xfee00000, WRITE, 30),
	REST(NPF, MMIO, 0),
	KEY(NPF, GPA, 0x5000, WRITE, 10),
};

static struct kxt_detail db[] = {
	KEY(IO, PORT, 0x3f8, WRITE, 30),
	REST(IO, PORT, 20),
	SAMPLE(IO, 0x1000, 2),
	KEY(NPF, MMIO, 0xfee00000, WRITE, 8),
	KEY(NPF, GPA, 0x5000, WRITE, 4),
};

static struct kxt_vm vms[] = {
	{ .pid = 10, .name = "web1", .isa = KVMEXIT_ISA_SVM,
	  .nr_details = sizeof(web) / sizeof(web[0]), .detail = web },
	{ .pid = 20, .name = "db1", .isa = KVMEXIT_ISA_SVM,
	  .nr_details = sizeof(db) / sizeof(db[0]), .detail = db },
};

static const struct kxt_summary sum = {
	.interval_ns = 1000000000, .details = true, .nr = 2, .vm = vms,
};

static void build(struct kxt_table *t, uint32_t pid, uint64_t code)
{
	struct kxt_scope scope = { .pid = pid, .one_reason = code != 0 };

	scope.reason = (struct kxt_reason_id){
		.isa = KVMEXIT_ISA_SVM, .level = 1, .code = code,
		.class = kxt_reason_class(KVMEXIT_ISA_SVM, code),
	};
	assert_int_equal(kxt_table_build(t, &sum, &scope, NULL), 0);
}

static void check_cell(const struct kxt_table *t, unsigned int row, enum kxt_col col,
		       const char *want)
{
	char cell[KXT_CELL_MAX];

	kxt_col_cell(t, &t->row[row], col, 100, cell);
	assert_string_equal(cell, want);
}

/* By kind, the most frequent first, what has no row of its own last. */
static void test_order(void **state)
{
	static const char *const want[] = {
		"port 0x3f8 write COM1", "port 0x3f8 read COM1", "port 0x60 read",
		"port other", "rip 0x1000", "rip 0x2000",
	};
	struct kxt_table t = { .kind = KXT_TABLE_DETAILS, .sort = KXT_COL_EXITS };
	char name[KXT_ROW_NAME_MAX];

	(void)state;
	build(&t, 10, IO);
	assert_int_equal(t.nr, 6);
	for (unsigned int i = 0; i < 6; i++) {
		kxt_row_name(&t, &t.row[i], name);
		assert_int_equal(strncmp(name, want[i], strlen(want[i])), 0);
	}
	/* the other way round, but the kinds stay, and so does what is last */
	t.reverse = true;
	kxt_table_sort(&t);
	check_cell(&t, 0, KXT_COL_KEY, "0x60");
	check_cell(&t, 3, KXT_COL_KEY, "other");
	check_cell(&t, 4, KXT_COL_KEY, "0x2000");
	/* and by another column */
	t.reverse = false;
	t.sort = KXT_COL_KEY;
	kxt_table_sort(&t);
	check_cell(&t, 0, KXT_COL_KEY, "0x3f8");
	check_cell(&t, 2, KXT_COL_KEY, "0x60");
	check_cell(&t, 3, KXT_COL_KEY, "other");
	kxt_table_free(&t);
}

static void test_cells(void **state)
{
	struct kxt_table t = { .kind = KXT_TABLE_DETAILS, .sort = KXT_COL_EXITS };

	(void)state;
	web[1].error = 3;
	build(&t, 10, IO);
	web[1].error = 0;
	check_cell(&t, 0, KXT_COL_KIND, "port");
	check_cell(&t, 0, KXT_COL_DIR, "write");
	check_cell(&t, 0, KXT_COL_COUNT, "70");
	check_cell(&t, 0, KXT_COL_EXITS, "70/s");
	check_cell(&t, 0, KXT_COL_SHARE, "70%");
	check_cell(&t, 0, KXT_COL_TIME, "70us/s");
	check_cell(&t, 0, KXT_COL_MEAN, "1.0us");
	check_cell(&t, 0, KXT_COL_ERROR, "+3");
	check_cell(&t, 1, KXT_COL_ERROR, "");
	check_cell(&t, 3, KXT_COL_DIR, "");
	check_cell(&t, 3, KXT_COL_KNOWN, "");
	check_cell(&t, 3, KXT_COL_SHARE, "15%");
	/* one in 16 is counted: rates are of all, shares are of the sample */
	assert_int_equal(kxt_table_one_in(&t), 16);
	check_cell(&t, 4, KXT_COL_COUNT, "4");
	check_cell(&t, 4, KXT_COL_EXITS, "64/s");
	check_cell(&t, 4, KXT_COL_TIME, "64us/s");
	check_cell(&t, 4, KXT_COL_SHARE, "80%");
	/* a reason can have two kinds, whose shares add up */
	build(&t, 10, NPF);
	assert_int_equal(t.nr, 2);
	assert_int_equal(kxt_table_one_in(&t), 0);
	check_cell(&t, 0, KXT_COL_KIND, "mmio");
	check_cell(&t, 0, KXT_COL_SHARE, "75%");
	check_cell(&t, 1, KXT_COL_KIND, "gpa");
	check_cell(&t, 1, KXT_COL_SHARE, "25%");
	check_cell(&t, 1, KXT_COL_FAULT, "not present");
	kxt_table_free(&t);
}

/* The same port of two VMs is one row, the same address is two. */
static void test_merge(void **state)
{
	struct kxt_table t = { .kind = KXT_TABLE_DETAILS, .sort = KXT_COL_EXITS };

	(void)state;
	build(&t, 0, IO);
	assert_int_equal(t.nr, 7);
	check_cell(&t, 0, KXT_COL_NAME, "all");
	check_cell(&t, 0, KXT_COL_COUNT, "100");
	check_cell(&t, 3, KXT_COL_KEY, "other");
	check_cell(&t, 3, KXT_COL_COUNT, "35");
	check_cell(&t, 4, KXT_COL_NAME, "web1");
	check_cell(&t, 5, KXT_COL_NAME, "db1");
	check_cell(&t, 5, KXT_COL_KEY, "0x1000");
	check_cell(&t, 5, KXT_COL_COUNT, "2");
	build(&t, 0, NPF);
	assert_int_equal(t.nr, 4);
	check_cell(&t, 0, KXT_COL_COUNT, "30");
	check_cell(&t, 1, KXT_COL_NAME, "db1");
	check_cell(&t, 2, KXT_COL_COUNT, "10");
	check_cell(&t, 3, KXT_COL_NAME, "db1");
	kxt_table_free(&t);
}

/* All reasons of a VM: samples after the rest, whatever their numbers. */
static void test_flat(void **state)
{
	struct kxt_table t = { .kind = KXT_TABLE_DETAILS, .sort = KXT_COL_EXITS };

	(void)state;
	build(&t, 10, 0);
	assert_int_equal(t.nr, 8);
	check_cell(&t, 0, KXT_COL_REASON, "io");
	check_cell(&t, 0, KXT_COL_COUNT, "70");
	check_cell(&t, 1, KXT_COL_REASON, "npf");
	check_cell(&t, 1, KXT_COL_COUNT, "30");
	/* of its own reason's exits */
	check_cell(&t, 1, KXT_COL_SHARE, "75%");
	check_cell(&t, 5, KXT_COL_KEY, "other");
	check_cell(&t, 6, KXT_COL_KIND, "rip");
	kxt_table_free(&t);
}

static void test_filter(void **state)
{
	struct kxt_table t = { .kind = KXT_TABLE_DETAILS, .sort = KXT_COL_EXITS };

	(void)state;
	strcpy(t.filter, "com1");
	build(&t, 10, IO);
	assert_int_equal(t.nr, 2);
	assert_int_equal(t.total, 6);
	/* what is left keeps its share of all */
	check_cell(&t, 0, KXT_COL_SHARE, "70%");
	strcpy(t.filter, "rip 0x*");
	build(&t, 10, IO);
	assert_int_equal(t.nr, 2);
	kxt_table_free(&t);
}

static void check_pick(const struct kxt_table *t, unsigned int max, const char *want)
{
	unsigned int at[16], nr = kxt_table_pick(t, at, max);
	char text[17];

	assert_true(nr <= max);
	for (unsigned int i = 0; i < nr; i++)
		text[i] = (char)('0' + at[i]);
	text[nr] = '\0';
	assert_string_equal(text, want);
}

/* Rows 0 to 3 are ports, 4 and 5 code. */
static void test_pick(void **state)
{
	struct kxt_table t = { .kind = KXT_TABLE_DETAILS, .sort = KXT_COL_EXITS };

	(void)state;
	check_pick(&t, 3, "");
	build(&t, 10, IO);
	check_pick(&t, 0, "");
	check_pick(&t, 1, "0");
	check_pick(&t, 2, "04");
	check_pick(&t, 3, "014");
	check_pick(&t, 4, "0145");
	check_pick(&t, 5, "01245");
	check_pick(&t, 6, "012345");
	check_pick(&t, 16, "012345");
	kxt_table_free(&t);
}

static bool has(const struct kxt_layout *l, enum kxt_col col)
{
	for (unsigned int i = 0; i < l->nr; i++)
		if (l->col[i] == col)
			return true;
	return false;
}

/* No column without anything in it; all of a row fits in 80 cells. */
static void test_layout(void **state)
{
	struct kxt_table t = { .kind = KXT_TABLE_DETAILS, .sort = KXT_COL_EXITS };
	struct kxt_layout l;

	(void)state;
	build(&t, 10, IO);
	kxt_layout_make(&l, &t, 200);
	assert_true(has(&l, KXT_COL_DIR) && has(&l, KXT_COL_KNOWN));
	assert_false(has(&l, KXT_COL_FAULT) || has(&l, KXT_COL_ERROR));
	assert_false(has(&l, KXT_COL_NAME) || has(&l, KXT_COL_REASON));
	build(&t, 0, NPF);
	for (unsigned int cells = 59; cells < 200; cells++) {
		unsigned int used;

		kxt_layout_make(&l, &t, cells);
		used = l.nr - 1;
		for (unsigned int i = 0; i < l.nr; i++)
			used += l.width[i];
		assert_true(used <= cells);
		assert_true(has(&l, KXT_COL_KEY) && has(&l, KXT_COL_MEAN));
	}
	assert_true(has(&l, KXT_COL_FAULT) && has(&l, KXT_COL_NAME));
	kxt_table_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order), cmocka_unit_test(test_cells),
		cmocka_unit_test(test_merge), cmocka_unit_test(test_flat),
		cmocka_unit_test(test_filter), cmocka_unit_test(test_pick),
		cmocka_unit_test(test_layout),
	};

	/* C.UTF-8 is part of the C library; widths of characters come from it. */
	if (!setlocale(LC_CTYPE, "C.UTF-8")) {
		fputs("SKIP: there is no locale C.UTF-8\n", stderr);
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
