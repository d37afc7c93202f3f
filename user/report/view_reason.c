// SPDX-License-Identifier: GPL-2.0-only
/* All about one reason: what it is, how long it took, who had it, what is behind it. */
#include <stdlib.h>
#include <string.h>

#include "user/headline.h"
#include "user/hist_rows.h"
#include "user/stats.h"
#include "user/report/view.h"

/* Rows of a histogram, and the cells of its longest bar. */
#define HIST_ROWS	32
#define BAR_CELLS	40
/* "  1.0us - 1.3us " */
#define LABEL_CELLS	16
/* Keys of each kind are many. */
#define DETAILS_MAX	40

/**
 * struct page - one reason while it is printed
 * @f: where to
 * @v: all that is shown
 * @id: the reason
 * @scope: it, for tables
 */
struct page {
	FILE *f;
	const struct kxt_view_report *v;
	const struct kxt_reason_id *id;
	struct kxt_scope scope;
};

static void add(char *text, size_t size, const char *more)
{
	size_t len = strlen(text);

	snprintf(text + len, size - len, "%s", more);
}

/* A class is the reasons in it. */
static void put_class(const struct page *p, char *text, size_t size)
{
	struct kxt_table t = { .kind = KXT_TABLE_REASONS, .sort = KXT_COL_EXITS };
	static const struct kxt_scope everything;
	char name[KXT_ROW_NAME_MAX];
	const char *before = "all reasons of this class: ";

	if (kxt_table_build(&t, p->v->sum, &everything, NULL))
		return;
	for (unsigned int i = 0; i < t.nr; i++) {
		const struct kxt_reason_id *id = &t.row[i].key.reason;

		if (!kxt_reason_id_is(p->id, id->isa, id->level, id->code))
			continue;
		add(text, size, before);
		kxt_reason_id_name(id, name);
		add(text, size, name);
		before = ", ";
	}
	kxt_table_free(&t);
}

static void put_title(const struct page *p)
{
	char name[KXT_ROW_NAME_MAX], text[4 * KXT_LINE_MAX];

	kxt_reason_id_name(p->id, name);
	if (p->id->grouped) {
		snprintf(text, sizeof(text), "%s (class): ", name);
		put_class(p, text, sizeof(text));
	} else {
		snprintf(text, sizeof(text), "%s (%s): %s", name,
			 kxt_class_name(kxt_reason_id_class(p->id)),
			 kxt_reason_id_text(p->id));
	}
	fputc('\n', p->f);
	kxt_text_lines(p->f, text, &p->v->text);
}

static void percentile(const struct kxt_entry *e, unsigned int permille,
		       char buf[KXT_FMT_MAX])
{
	uint64_t ns;

	if (kxt_hist_percentile(e->hist, e->max_ns, permille, &ns))
		kxt_fmt_ns(buf, ns);
	else
		snprintf(buf, KXT_FMT_MAX, "-");
}

static void put_times(const struct page *p, const struct kxt_entry *e)
{
	static const unsigned int permille[] = { 500, 900, 990, 999 };
	char mean[KXT_FMT_MAX] = "-", top[KXT_FMT_MAX] = "-", at[4][KXT_FMT_MAX];
	char text[KXT_LINE_MAX];

	for (unsigned int i = 0; i < 4; i++)
		percentile(e, permille[i], at[i]);
	if (e->timed) {
		kxt_fmt_ns(mean, kxt_entry_mean_ns(e));
		kxt_fmt_ns(top, e->max_ns);
	}
	snprintf(text, sizeof(text),
		 "service time: mean %s  p50 %s  p90 %s  p99 %s  p99.9 %s  max %s", mean,
		 at[0], at[1], at[2], at[3], top);
	kxt_text_lines(p->f, text, &p->v->text);
}

static void put_counts(const struct page *p, const struct kxt_table *t)
{
	const struct kxt_entry *e = &t->sum;
	double per_s = t->interval_ns ? 1e9 / (double)t->interval_ns : 0;
	char count[KXT_FMT_MAX], rate[KXT_FMT_MAX], time[KXT_FMT_MAX], un[KXT_FMT_MAX];
	char of[KXT_FMT_MAX] = "-", to[KXT_FMT_MAX] = "-", share[KXT_FMT_MAX] = "-";
	char text[KXT_LINE_MAX];

	kxt_fmt_count(count, e->count);
	kxt_fmt_rate(rate, (double)e->count * per_s);
	kxt_fmt_ns_per_s(time, (double)e->total_ns * per_s);
	kxt_fmt_count(un, e->unpaired > 0 ? (uint64_t)e->unpaired : 0);
	if (p->v->sum->exits)
		kxt_fmt_percent(of, (double)e->count / (double)p->v->sum->exits);
	if (t->knows & KXT_KNOWS_VMM)
		kxt_fmt_rate(to, (double)e->vmm_count * per_s);
	if (t->knows & KXT_KNOWS_VMM && e->count)
		kxt_fmt_percent(share, (double)e->vmm_count / (double)e->count);
	snprintf(text, sizeof(text),
		 "count %s (%s of all exits)  rate %s  to the VMM %s (%s)  time %s  unpaired %s",
		 count, of, rate, to, share, time, un);
	kxt_text_lines(p->f, text, &p->v->text);
}

static void put_parts(const struct page *p, const struct kxt_table *t)
{
	char share[KXT_FMT_MAX], text[KXT_LINE_MAX] = "who had the time:";
	struct kxt_parts parts;
	double value;

	kxt_parts_make(&parts, &t->sum, t->knows);
	for (unsigned int i = KXT_PART_KERNEL; i < KXT_PART_NR; i++) {
		snprintf(share, sizeof(share), "-");
		if (kxt_parts_share(&parts, i, &value))
			kxt_fmt_percent(share, value);
		add(text, sizeof(text), i == KXT_PART_KERNEL ? " " : "  ");
		add(text, sizeof(text), kxt_part_name(i));
		add(text, sizeof(text), " ");
		add(text, sizeof(text), share);
	}
	kxt_text_lines(p->f, text, &p->v->text);
}

static const char *why_no_bars(const struct page *p, const struct kxt_entry *e)
{
	if (e->count)
		return "None of these exits was followed by an entry: there is nothing to time.";
	if (!p->id->grouped && p->id->code == KVMEXIT_CODE_SIGNAL)
		return "This is no exit, so there is none to count or to time: only the VMM's time.";
	return "No such exit ended in this time: it is that of one that went on.";
}

static void put_row(const struct page *p, const struct kxt_hist_row *r, uint64_t most,
		    uint64_t sum, const struct kxt_entry *e)
{
	const struct kxt_text *o = &p->v->text;
	unsigned int cells = o->cells && o->cells < 80 + BAR_CELLS / 2 ? BAR_CELLS / 2 :
		BAR_CELLS;
	char label[KXT_LINE_MAX], marks[KXT_LINE_MAX], bar[3 * BAR_CELLS + 1];
	char wide[4 * BAR_CELLS], count[KXT_FMT_MAX], share[KXT_FMT_MAX], all[KXT_FMT_MAX];

	kxt_hist_label(r, label, sizeof(label));
	kxt_hist_marks(r, marks, sizeof(marks));
	kxt_hist_bar(r, most, cells, o->ascii, bar, sizeof(bar));
	kxt_fmt_cell(wide, sizeof(wide), bar, cells, KXT_LEFT, o->ascii);
	kxt_fmt_count(count, r->count);
	kxt_fmt_percent(share, (double)r->count / (double)e->timed);
	kxt_fmt_percent(all, (double)sum / (double)e->timed);
	fprintf(p->f, "  %-*s %s %6s %6s %6s%s%s\n", LABEL_CELLS, label, wide, count, share,
		all, *marks ? "  " : "", marks);
}

static void put_histogram(const struct page *p, const struct kxt_entry *e)
{
	const struct kxt_text *o = &p->v->text;
	unsigned int cells = o->cells && o->cells < 80 + BAR_CELLS / 2 ? BAR_CELLS / 2 :
		BAR_CELLS;
	struct kxt_hist_row row[HIST_ROWS];
	unsigned int nr = kxt_hist_rows(e, row, HIST_ROWS);
	uint64_t most = 0, sum = 0;

	fputc('\n', p->f);
	if (!nr) {
		kxt_text_lines(p->f, why_no_bars(p, e), o);
		return;
	}
	for (unsigned int i = 0; i < nr; i++) {
		if (row[i].count > most)
			most = row[i].count;
	}
	fprintf(p->f, "  %-*s %-*s %6s %6s %6s\n", LABEL_CELLS, "SERVICE TIME", (int)cells,
		"", "COUNT", "%EXITS", "%UP TO");
	for (unsigned int i = 0; i < nr; i++) {
		sum += row[i].count;
		put_row(p, &row[i], most, sum, e);
	}
}

static void drop_columns(struct kxt_layout *lay)
{
	unsigned int nr = 0;

	for (unsigned int i = 0; i < lay->nr; i++) {
		if (lay->col[i] == KXT_COL_VCPU || lay->col[i] == KXT_COL_TID)
			continue;
		lay->col[nr] = lay->col[i];
		lay->width[nr++] = lay->width[i];
	}
	lay->nr = nr;
}

/* A VM as one vCPU that has all of its exits: the table of vCPUs is then one of VMs. */
static int put_vms(const struct page *p, struct kxt_err *err)
{
	const struct kxt_summary *s = p->v->sum;
	struct kxt_table t = {
		.kind = KXT_TABLE_SPLIT, .sort = p->v->text.sort, .ascii = p->v->text.ascii,
	};
	struct kxt_vm *vm = calloc(s->nr, sizeof(*vm));
	struct kxt_vcpu *whole = calloc(s->nr, sizeof(*whole));
	struct kxt_summary merged = *s;
	struct kxt_layout lay;
	int ret = -1;

	if (!vm || !whole) {
		kxt_err_set(err, KXT_EXIT_RUNTIME, "out of memory for a table");
		goto out;
	}
	merged.vm = vm;
	for (unsigned int i = 0; i < s->nr; i++) {
		vm[i] = s->vm[i];
		whole[i] = (struct kxt_vcpu){
			.pid = vm[i].pid, .isa = vm[i].isa, .ended = vm[i].ended,
			.knows = vm[i].knows, .nr = vm[i].nr_reasons, .entry = vm[i].reason,
		};
		vm[i].nr_vcpus = 1;
		vm[i].vcpu = &whole[i];
	}
	ret = kxt_table_build(&t, &merged, &p->scope, err);
	if (!ret && t.nr > 1) {
		fputs("\nVMs that had it\n", p->f);
		kxt_text_layout(&lay, &t, "  ", &p->v->text);
		drop_columns(&lay);
		kxt_text_rows(p->f, &t, &lay, t.nr, "  ", &p->v->text);
	}
	kxt_table_free(&t);
out:
	free(vm);
	free(whole);
	return ret;
}

/* All kinds of keys get some of the lines. */
static int put_details(const struct page *p, struct kxt_err *err)
{
	bool number = kxt_col_align(p->v->text.sort) == KXT_RIGHT;
	struct kxt_table t = {
		.kind = KXT_TABLE_DETAILS, .ascii = p->v->text.ascii,
		.sort = number ? p->v->text.sort : kxt_col_default(KXT_TABLE_DETAILS),
	};
	unsigned int at[DETAILS_MAX], nr, one_in;

	if (!p->v->sum->details) {
		fputs("\nBehind it: not known for all of this time. record --details has it.\n",
		      p->f);
		return 0;
	}
	if (kxt_table_build(&t, p->v->sum, &p->scope, err))
		return -1;
	nr = kxt_table_pick(&t, at, DETAILS_MAX);
	one_in = kxt_table_one_in(&t);
	if (!nr)
		fputs("\nBehind it: nothing in this time\n", p->f);
	else if (nr < t.nr)
		fprintf(p->f, "\nBehind it: first %u of %u\n", nr, t.nr);
	else
		fprintf(p->f, "\nBehind it: %u\n", nr);
	/* What is picked is in the table's order. */
	for (unsigned int i = 0; i < nr; i++)
		t.row[i] = t.row[at[i]];
	t.nr = nr;
	if (nr)
		kxt_text_table(p->f, &t, nr, "  ", &p->v->text);
	if (one_in)
		fprintf(p->f, "  rip: one in %u exits; COUNT is of these, rates are of all\n",
			one_in);
	kxt_table_free(&t);
	return 0;
}

static int put_page(const struct page *p, struct kxt_err *err)
{
	struct kxt_table t = {
		.kind = KXT_TABLE_SPLIT, .sort = p->v->text.sort, .ascii = p->v->text.ascii,
	};
	int ret;

	if (kxt_table_build(&t, p->v->sum, &p->scope, err))
		return -1;
	put_title(p);
	put_counts(p, &t);
	put_parts(p, &t);
	put_times(p, &t.sum);
	put_histogram(p, &t.sum);
	ret = put_vms(p, err);
	if (!ret) {
		fprintf(p->f, "\nvCPUs that had it\n");
		kxt_text_table(p->f, &t, t.nr, "  ", &p->v->text);
		ret = put_details(p, err);
	}
	kxt_table_free(&t);
	return ret;
}

int kxt_view_report_reason(FILE *f, const struct kxt_view_report *v,
			   const struct kxt_report_reasons *r, struct kxt_err *err)
{
	kxt_view_report_head(f, v);
	for (unsigned int i = 0; i < r->nr; i++) {
		struct page p = {
			.f = f, .v = v, .id = &r->id[i],
			.scope = { .one_reason = true, .reason = r->id[i] },
		};

		if (put_page(&p, err))
			return -1;
	}
	if (!r->nr) {
		fputc('\n', f);
		kxt_text_lines(f, "No VM had an exit of this reason in this time.", &v->text);
	}
	return 0;
}
