// SPDX-License-Identifier: GPL-2.0-only
#include "tests/unit/build.h"
#include "tests/unit/replay_fixture.h"
#include "user/html/chart.h"
#include "user/html/data.h"
#include "user/stats.h"

/* A VM with @nr reasons of code 0, 1, ...: @count exits of @ns each. */
static void make_vm(struct kxt_vm *vm, struct kxt_entry *e, unsigned int nr,
		    const uint64_t *count, const uint64_t *ns)
{
	memset(vm, 0, sizeof(*vm));
	memset(e, 0, nr * sizeof(*e));
	vm->isa = KVMEXIT_ISA_SVM;
	vm->reason = e;
	vm->nr_reasons = nr;
	for (unsigned int i = 0; i < nr; i++) {
		e[i].code = i;
		add_exits(&e[i], ns[i], count[i]);
	}
}

static void test_rank(void **state)
{
	static const uint64_t count[] = { 10, 1000, 1, 0, 500 };
	static const uint64_t ns[] = { 1000, 1000, 900000, 1000, 1000 };
	struct kxt_reason_id id[KXT_HTML_OTHERS];
	struct kxt_entry e[2][5];
	struct kxt_vm vm[2];

	(void)state;
	make_vm(&vm[0], e[0], 5, count, ns);
	assert_int_equal(kxt_html_rank(id, KXT_HTML_OTHERS, vm, 0), 0);
	assert_int_equal(kxt_html_rank(id, KXT_HTML_OTHERS, vm, 1), 5);
	/* The most frequent, the next one, then the one slow exit, which is slow. */
	assert_int_equal(id[0].code, 1);
	assert_int_equal(id[1].code, 4);
	assert_int_equal(id[2].code, 2);
	assert_int_equal(id[4].code, 3);
	assert_int_equal(kxt_html_rank(id, 2, vm, 1), 2);
	/* Two VMs have the same reasons, unless they are of different levels. */
	make_vm(&vm[1], e[1], 5, count, ns);
	e[1][0].level = 2;
	assert_int_equal(kxt_html_rank(id, KXT_HTML_OTHERS, vm, 2), 6);
	assert_int_equal(id[0].code, 1);
}

static void test_colours(void **state)
{
	struct kxt_html_line page = { .nr_reasons = 3 }, line = { .nr_reasons = 7 };
	bool seen[KXT_HTML_SERIES] = { false };

	(void)state;
	for (unsigned int i = 0; i < 3; i++)
		page.reason[i].code = 10 + i;
	kxt_html_colours(&page, NULL);
	assert_int_equal(page.colour[0], 0);
	assert_int_equal(page.colour[2], 2);
	assert_int_equal(page.colour[KXT_HTML_OTHERS], KXT_HTML_OTHERS);
	for (unsigned int i = 0; i < 7; i++)
		line.reason[i].code = 6 + i;
	kxt_html_colours(&line, &page);
	/* What the page has keeps its colour, and no two have the same. */
	assert_int_equal(line.colour[4], 0);
	assert_int_equal(line.colour[6], 2);
	for (unsigned int i = 0; i < 7; i++) {
		assert_in_range(line.colour[i], 0, KXT_HTML_OTHERS - 1);
		assert_false(seen[line.colour[i]]);
		seen[line.colour[i]] = true;
	}
}

static void test_line_add(void **state)
{
	struct kxt_html_column *column = calloc(KXT_HTML_COLUMNS, sizeof(*column));
	struct kxt_html_line line = { .nr_reasons = 1, .column = column };
	struct kxt_snapshot s;
	struct kxt_vcpu *v;

	(void)state;
	assert_non_null(column);
	new_snapshot(&s, 0, 0);
	v = add_vcpu(&s, 0, 1, 3);
	line.reason[0].isa = KVMEXIT_ISA_SVM;
	line.reason[0].code = 1;
	v->guest_ns = 5000;
	add_exits(&v->entry[0], 1000, 2);
	add_split(&v->entry[1], 9000, 4000, 1000, 2000);
	add_exits(&v->entry[2], 3000, 1);
	kxt_html_line_add(&line, 3, v);
	kxt_html_line_add(&line, 3, v);
	assert_int_equal(column[3].count[0], 2);
	assert_int_equal(column[3].service_ns[0], 10000);
	assert_int_equal(column[3].count[KXT_HTML_OTHERS], 6);
	assert_int_equal(column[3].service_ns[KXT_HTML_OTHERS], 10000);
	assert_int_equal(column[3].guest_ns, 10000);
	assert_int_equal(column[3].all.count, 8);
	assert_int_equal(column[3].all.idle_ns, 8000);
	assert_int_equal(kxt_hist_sum(column[3].all.hist), 8);
	assert_int_equal(column[2].all.count, 0);
	kxt_snapshot_free(&s);
	free(column);
}

static void test_slow(void **state)
{
	struct kxt_html_data *d = calloc(1, sizeof(*d));
	struct kxt_slow slow = { .seq = 0 };

	(void)state;
	assert_non_null(d);
	for (unsigned int i = 0; i < 1000; i++) {
		slow.seq++;
		slow.ev.total_ns = 1000 + i * 37 % 1000;
		kxt_html_slow_add(d, &slow);
	}
	assert_int_equal(d->slow_seen, 1000);
	assert_int_equal(d->nr_slow, KXT_HTML_SLOW);
	for (unsigned int i = 0; i < KXT_HTML_SLOW; i++)
		assert_int_equal(kxt_slow_service_ns(&d->slow[i].ev), 1999 - i);
	/* Of those that took as long the first ones stay. */
	slow.seq = 9999;
	slow.ev.total_ns = 1999;
	kxt_html_slow_add(d, &slow);
	assert_int_equal(d->slow[1].seq, 9999);
	slow.ev.total_ns = d->slow[KXT_HTML_SLOW - 1].ev.total_ns;
	slow.seq = 10000;
	kxt_html_slow_add(d, &slow);
	assert_int_not_equal(d->slow[KXT_HTML_SLOW - 1].seq, 10000);
	free(d);
}

static void open_tape(const struct tape *t, struct kxt_recording **r)
{
	struct kxt_err err = { 0 };

	tape_record(t);
	if (kxt_recording_open(r, tape_path, &err))
		fail_msg("%s", err.msg);
}

static void close_tape(struct kxt_recording *r)
{
	kxt_recording_close(r);
	tape_remove();
}

/* What happened when is all that happened: for each VM, and for all of them. */
static void check_sums(const struct kxt_html_data *d)
{
	uint64_t all = 0;

	for (unsigned int i = 0; i < d->nr_lines; i++) {
		const struct kxt_vm *vm = &d->totals.vm[d->order[i]];
		uint64_t count = 0, timed = 0, bands = 0;

		for (unsigned int c = 0; c < d->grid.nr; c++) {
			const struct kxt_html_column *col = &d->line[i].column[c];

			count += col->all.count;
			timed += kxt_hist_sum(col->all.hist);
			for (unsigned int s = 0; s < KXT_HTML_SERIES; s++)
				bands += col->count[s];
		}
		assert_int_equal(count, vm->all.count);
		assert_int_equal(bands, count);
		assert_int_equal(timed, kxt_hist_sum(vm->all.hist));
		if (i)
			assert_true(vm->all.count <= d->totals.vm[d->order[i - 1]].all.count);
	}
	for (unsigned int c = 0; c < d->grid.nr; c++)
		all += d->all.column[c].all.count;
	assert_int_equal(all, d->totals.exits);
}

static void check_tape(const struct tape *t, unsigned int vms, unsigned int columns)
{
	struct kxt_recording *r;
	struct kxt_html_data *d;
	struct kxt_err err = { 0 };

	open_tape(t, &r);
	if (kxt_html_data_new(&d, r, 0, t->frames - 1, NULL, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(d->totals.nr, vms);
	assert_int_equal(d->grid.nr, columns);
	assert_int_equal(d->nr_lines, vms < KXT_HTML_VMS ? vms : KXT_HTML_VMS);
	check_sums(d);
	kxt_html_data_free(d);
	close_tape(r);
}

static void test_tapes(void **state)
{
	(void)state;
	check_tape(&(struct tape){ .spec = "fake:two", .frames = 2, .interval_ns = SEC }, 2, 1);
	check_tape(&(struct tape){ .spec = "fake:two", .frames = 30, .interval_ns = SEC,
		   .details = true, .over_ns = 1000000 }, 2, 29);
	check_tape(&(struct tape){ .spec = "fake:none", .frames = 5, .interval_ns = SEC }, 0, 4);
	check_tape(&(struct tape){ .spec = "fake:idle", .frames = 5, .interval_ns = SEC }, 1, 4);
	/* A VM that goes, slots with a new vCPU every 2 s, counters that begin anew. */
	check_tape(&(struct tape){ .spec = "fake:ended", .frames = 70, .interval_ns = SEC }, 2,
		   69);
	check_tape(&(struct tape){ .spec = "fake:reuse", .frames = 20, .interval_ns = SEC / 2 },
		   2, 19);
	check_tape(&(struct tape){ .spec = "fake:many,vms=40,vcpus=1,reasons=9", .frames = 3,
		   .interval_ns = SEC }, 40, 2);
	/* 300 s are 150 columns of 2 s. */
	check_tape(&(struct tape){ .spec = "fake:two", .frames = 301, .interval_ns = SEC }, 2,
		   150);
}

static void test_restart(void **state)
{
	static const struct tape t = { "fake:restart", 7, SEC, false, 0, false };
	struct kxt_recording *r;
	struct kxt_html_data *d;
	struct kxt_err err;

	(void)state;
	open_tape(&t, &r);
	assert_int_equal(kxt_html_data_new(&d, r, 0, 6, NULL, &err), 0);
	/* The counters began anew at 3 s: no column has more than what a second brings. */
	for (unsigned int c = 0; c < d->grid.nr; c++)
		assert_in_range(d->all.column[c].all.count, c == 2 ? 0 : 50000, 56000);
	kxt_html_data_free(d);
	close_tape(r);
}

static void test_filter(void **state)
{
	static const struct tape t = { "fake:two", 5, SEC, true, 1, true };
	const struct kxt_filter web = { .vm = "web*" }, none = { .pid = 1 };
	struct kxt_recording *r;
	struct kxt_html_data *d;
	struct kxt_err err;

	(void)state;
	open_tape(&t, &r);
	assert_int_equal(kxt_html_data_new(&d, r, 1, 3, &web, &err), 0);
	assert_int_equal(d->totals.nr, 1);
	assert_int_equal(d->grid.nr, 2);
	check_sums(d);
	assert_true(d->clock.wall);
	for (unsigned int i = 0; i < d->nr_slow; i++)
		assert_string_equal(d->slow[i].name, "web1");
	kxt_html_data_free(d);
	assert_int_equal(kxt_html_data_new(&d, r, 1, 3, &none, &err), 0);
	assert_int_equal(d->totals.nr, 0);
	assert_int_equal(d->slow_seen, 0);
	kxt_html_data_free(d);
	close_tape(r);
}

static void fmt(char buf[KXT_FMT_MAX], double v)
{
	kxt_fmt_decimal(buf, v);
}

static void test_stack(void **state)
{
	struct kxt_html_clock clock = { .begin_ns = 0, .end_ns = 400 };
	struct kxt_html_grid grid = { .nr = 4, .edge = { 0, 100, 200, 300, 400 } };
	struct kxt_html_stack *s = calloc(1, sizeof(*s));
	double x, y;

	(void)state;
	assert_non_null(s);
	*s = (struct kxt_html_stack){ .clock = &clock, .grid = &grid, .nr = 2, .fmt = fmt };
	assert_true(kxt_html_stack_top(s) == 0);
	assert_false(kxt_html_stack_label(s, 0, 1, &x, &y));
	for (unsigned int c = 0; c < 4; c++) {
		s->band[0].value[c] = c == 3 ? 0 : 10;
		s->band[1].value[c] = c == 3 ? 20 : 1;
	}
	assert_true(kxt_html_stack_top(s) == 20);
	assert_true(kxt_html_stack_label(s, 0, 20, &x, &y));
	assert_true(x == 0.375 && y == 0.25);
	assert_true(kxt_html_stack_label(s, 1, 20, &x, &y));
	assert_true(x == 0.875 && y == 0.5);
	assert_false(kxt_html_stack_label(s, 1, 400, &x, &y));
	assert_int_equal(kxt_html_x(&clock, 0), 0);
	assert_int_equal(kxt_html_x(&clock, 100), KXT_CHART_WIDTH / 4);
	assert_int_equal(kxt_html_x(&clock, UINT64_MAX), KXT_CHART_WIDTH);
	clock.end_ns = 0;
	assert_int_equal(kxt_html_x(&clock, 100), 0);
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rank),
		cmocka_unit_test(test_colours),
		cmocka_unit_test(test_line_add),
		cmocka_unit_test(test_slow),
		cmocka_unit_test(test_tapes),
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_filter),
		cmocka_unit_test(test_stack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
