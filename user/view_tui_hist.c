// SPDX-License-Identifier: GPL-2.0-only
/* The live view: one reason: numbers, histogram, details, who had it. */
#include <stdio.h>
#include <string.h>

#include "user/hist_rows.h"
#include "user/stats.h"
#include "user/view_tui_int.h"

/* "  1.0us - 1.3us " */
#define LABEL_CELLS	16
/* " 12345  3.4%  " */
#define COUNT_CELLS	14
#define MARKS_CELLS	22
/* of who had the time */
#define BAR_CELLS	20
#define MAX_BARS	TUI_MAX_COLS

static void percentile(const struct kxt_entry *e, unsigned int permille,
		       char buf[KXT_FMT_MAX])
{
	uint64_t ns;

	if (kxt_hist_percentile(e->hist, e->max_ns, permille, &ns))
		kxt_fmt_ns(buf, ns);
	else
		snprintf(buf, KXT_FMT_MAX, "-");
}

static void draw_times(struct kxt_tui *tui, const struct kxt_entry *e, int y)
{
	static const unsigned int permille[] = { 500, 900, 990, 999 };
	char mean[KXT_FMT_MAX], p[4][KXT_FMT_MAX], top[KXT_FMT_MAX];
	char text[KXT_LINE_MAX];

	for (unsigned int i = 0; i < 4; i++)
		percentile(e, permille[i], p[i]);
	kxt_fmt_ns(mean, kxt_entry_mean_ns(e));
	kxt_fmt_ns(top, e->max_ns);
	snprintf(text, sizeof(text),
		 "service time: mean %s p50 %s p90 %s p99 %s p99.9 %s max %s",
		 e->timed ? mean : "-", p[0], p[1], p[2], p[3], e->timed ? top : "-");
	tui_put(tui, y, 1, COLS, A_BOLD, KXT_LEFT, text);
}

static void draw_counts(struct kxt_tui *tui, const struct kxt_table *t, int y)
{
	const struct kxt_entry *e = &t->sum;
	double per_s = t->interval_ns ? 1e9 / (double)t->interval_ns : 0;
	char rate[KXT_FMT_MAX], time[KXT_FMT_MAX], un[KXT_FMT_MAX], count[KXT_FMT_MAX];
	char to[KXT_FMT_MAX] = "-", share[KXT_FMT_MAX] = "-", text[KXT_LINE_MAX];

	kxt_fmt_count(count, e->count);
	kxt_fmt_rate(rate, (double)e->count * per_s);
	kxt_fmt_ns_per_s(time, (double)e->total_ns * per_s);
	kxt_fmt_count(un, e->unpaired > 0 ? (uint64_t)e->unpaired : 0);
	if (t->knows & KXT_KNOWS_VMM)
		kxt_fmt_rate(to, (double)e->vmm_count * per_s);
	if (t->knows & KXT_KNOWS_VMM && e->count)
		kxt_fmt_percent(share, (double)e->vmm_count / (double)e->count);
	snprintf(text, sizeof(text),
		 "count %s  rate %s  to the VMM %s (%s)  time %s  unpaired %s", count, rate,
		 to, share, time, un);
	tui_put(tui, y, 1, COLS, 0, KXT_LEFT, text);
}

/* The bar, and its legend with the shares. */
static void draw_parts(struct kxt_tui *tui, const struct kxt_table *t, int y)
{
	struct tui_pen p = { .tui = tui, .y = y, .x = 1 };
	char share[KXT_FMT_MAX], text[KXT_LINE_MAX];
	struct kxt_parts parts;
	double value;

	kxt_parts_make(&parts, &t->sum, t->knows);
	tui_put_bar(tui, y, p.x, BAR_CELLS, 0, &parts);
	p.x += BAR_CELLS;
	for (unsigned int i = KXT_PART_KERNEL; i < KXT_PART_NR; i++) {
		snprintf(share, sizeof(share), "-");
		if (kxt_parts_share(&parts, i, &value))
			kxt_fmt_percent(share, value);
		tui_pen_put(&p, 0, "  ");
		tui_pen_put(&p, tui_part_color(tui, i), kxt_part_char(i, tui->o.ascii));
		snprintf(text, sizeof(text), " %s %s", kxt_part_name(i), share);
		tui_pen_put(&p, 0, text);
	}
}

/* Three lines of numbers; the first alone where room is short. */
static int draw_numbers(struct kxt_tui *tui, const struct kxt_table *t, int y, int max)
{
	draw_times(tui, &t->sum, y);
	if (max > 1)
		draw_parts(tui, t, y + 1);
	if (max > 2)
		draw_counts(tui, t, y + 2);
	return max < 3 ? max : 3;
}

static void draw_bar_row(struct kxt_tui *tui, const struct kxt_hist_row *r,
			 uint64_t most, uint64_t total, int y)
{
	int cells = COLS - 1 - LABEL_CELLS - COUNT_CELLS - MARKS_CELLS, x = 1;
	char bar[3 * MAX_BARS + 1], text[KXT_LINE_MAX];
	char count[KXT_FMT_MAX], share[KXT_FMT_MAX];

	if (cells > MAX_BARS - 1)
		cells = MAX_BARS - 1;
	if (cells < 0)
		cells = 0;
	kxt_hist_label(r, text, sizeof(text));
	tui_put(tui, y, x, LABEL_CELLS, 0, KXT_LEFT, text);
	x += LABEL_CELLS;
	kxt_hist_bar(r, most, cells, tui->o.ascii, bar, sizeof(bar));
	tui_put(tui, y, x, cells, tui_color(tui, TUI_PAIR_BAR), KXT_LEFT, bar);
	x += cells;
	kxt_fmt_count(count, r->count);
	kxt_fmt_percent(share, total ? (double)r->count / (double)total : 0);
	snprintf(text, sizeof(text), "%6s %5s ", count, share);
	tui_put(tui, y, x, COUNT_CELLS, 0, KXT_LEFT, text);
	kxt_hist_marks(r, text, sizeof(text));
	tui_put(tui, y, x + COUNT_CELLS, MARKS_CELLS, A_BOLD, KXT_LEFT, text);
}

static const char *why_no_bars(const struct kxt_tui *tui, const struct kxt_entry *e)
{
	const struct kxt_reason_id *id = &tui_nav(tui)->scope.reason;

	if (e->count)
		return "None of these exits was followed by an entry yet: there is nothing to time.";
	if (!e->total_ns)
		return "No such exits in this interval.";
	if (!id->grouped && id->code == KVMEXIT_CODE_SIGNAL)
		return "This is no exit, so there is none to count or to time: only the VMM's time.";
	return "No such exit ended in this interval: the time is of one that goes on.";
}

static int draw_bars(struct kxt_tui *tui, const struct kxt_entry *e, int y, int max)
{
	struct kxt_hist_row row[KVMEXIT_NR_BUCKETS];
	unsigned int nr, cap = max > KVMEXIT_NR_BUCKETS ? KVMEXIT_NR_BUCKETS :
		(unsigned int)max;
	uint64_t most = 0;

	if (max < 3)
		return 0;
	nr = kxt_hist_rows(e, row, cap);
	if (!nr)
		return tui_wrap(tui, y, max, 0, why_no_bars(tui, e));
	for (unsigned int i = 0; i < nr; i++)
		if (row[i].count > most)
			most = row[i].count;
	for (unsigned int i = 0; i < nr; i++)
		draw_bar_row(tui, &row[i], most, e->timed, y + (int)i);
	return (int)nr;
}

/**
 * struct share - how the lines of the screen are shared out
 * @text: what the reason is
 * @numbers: lines of numbers
 * @bars: of the histogram
 * @details: of what is behind it
 * @split: of the table of vCPUs
 * @gap: empty lines between them
 */
struct share {
	int text;
	int numbers;
	int bars;
	int details;
	int split;
	int gap;
};

static int least(int a, int b)
{
	return a < b ? a : b;
}

/* On a small screen first the sentence goes, then the vCPUs, then the details. */
static struct share share_out(const struct kxt_tui *tui, const struct kxt_table *t,
			      int lines)
{
	struct share s = { .numbers = 1 };
	int want = tui_details_want(tui);

	if (lines >= 8)
		s.numbers = lines >= 10 ? 3 : 2;
	if (lines >= 16)
		s.text = lines >= 28 ? 3 : 2;
	else if (lines >= 12)
		s.text = 1;
	s.gap = lines >= 28;
	lines -= s.text + s.numbers + 3 * s.gap;
	if (lines >= 8)
		s.details = least(want, lines / 2);
	if (lines >= 6)
		s.split = 1 + least((int)t->nr, lines / 5);
	s.bars = lines - s.details - s.split;
	return s;
}

/* Top down: what the reason is, its numbers, its bars, what is behind it, its vCPUs. */
void tui_draw_hist(struct kxt_tui *tui, int y, int end)
{
	const struct kxt_table *t = tui_table(tui);
	const struct kxt_reason_id *id = &tui_nav(tui)->scope.reason;
	struct share s = share_out(tui, t, end - y);
	char text[2 * KXT_LINE_MAX];

	if (s.text) {
		snprintf(text, sizeof(text), "%s: %s",
			 kxt_class_name(kxt_reason_id_class(id)), kxt_reason_id_text(id));
		y += tui_wrap(tui, y, s.text, 0, text);
	}
	y += draw_numbers(tui, t, y, s.numbers) + s.gap;
	y += draw_bars(tui, &t->sum, y, s.bars) + s.gap;
	/* What the bars did not need. */
	s.details = least(tui_details_want(tui), end - y - s.split - s.gap);
	if (s.details > 0)
		y += tui_draw_details(tui, y, s.details) + s.gap;
	if (s.split)
		tui_draw_table(tui, y, end);
}
