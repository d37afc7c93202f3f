// SPDX-License-Identifier: GPL-2.0-only
/* How long exits took: over time as a heat map, or all of them as a histogram. */
#include <string.h>

#include "user/hist_rows.h"
#include "user/html/chart.h"
#include "user/html/heat.h"
#include "user/html/text.h"
#include "user/stats.h"

/* Rows of a histogram's table. */
#define HIST_ROWS	24

/**
 * struct heat - a map while it is drawn
 * @clock: time axis
 * @grid: columns
 * @hist: histogram of a column
 * @arg: for it
 * @axis: rows
 * @low: the lowest rate above 0, in values per second
 * @high: the highest one
 */
struct heat {
	const struct kxt_html_clock *clock;
	const struct kxt_html_grid *grid;
	const struct kxt_entry *(*hist)(const void *arg, unsigned int column);
	const void *arg;
	struct kxt_latency_axis axis;
	double low, high;
};

static double rate(const struct heat *h, unsigned int column, unsigned int row)
{
	uint64_t n = kxt_latency_row(&h->axis, h->hist(h->arg, column)->hist, row);

	return kxt_html_per_s((double)n, kxt_html_grid_ns(h->grid, column));
}

static void find_range(struct heat *h)
{
	struct kxt_entry all = { 0 };

	for (unsigned int c = 0; c < h->grid->nr; c++)
		kxt_entry_merge(&all, h->hist(h->arg, c));
	kxt_latency_axis_make(&h->axis, all.hist, KXT_HEAT_ROWS);
	for (unsigned int c = 0; c < h->grid->nr; c++) {
		for (unsigned int r = 0; r < h->axis.nr; r++) {
			double v = rate(h, c, r);

			if (v > h->high)
				h->high = v;
			if (v > 0 && (h->low <= 0 || v < h->low))
				h->low = v;
		}
	}
}

static unsigned int level(const struct heat *h, unsigned int column, unsigned int row)
{
	return kxt_heat_level(rate(h, column, row), h->low, h->high);
}

/* All cells of one strength: strokes, one for neighbours. */
static void put_level(FILE *f, const struct heat *h, unsigned int want)
{
	fprintf(f, "<path class=\"h h%u\" d=\"", want);
	for (unsigned int r = 0; r < h->axis.nr; r++) {
		for (unsigned int c = 0; c < h->grid->nr; c++) {
			unsigned int begin = c;

			while (c < h->grid->nr && level(h, c, r) == want)
				c++;
			if (c > begin)
				fprintf(f, "M%u %uH%u",
					kxt_html_x(h->clock, h->grid->edge[begin]),
					h->axis.nr - 1 - r,
					kxt_html_x(h->clock, h->grid->edge[c]));
		}
	}
	fputs("\"/>\n", f);
}

static double percentile_at(const struct heat *h, unsigned int column,
			    unsigned int permille)
{
	const struct kxt_entry *e = h->hist(h->arg, column);
	uint64_t ns;

	if (!kxt_hist_percentile(e->hist, e->max_ns, permille, &ns))
		return -1;
	return kxt_latency_at(&h->axis, ns);
}

static void put_line(FILE *f, const struct heat *h, const char *class,
		     unsigned int permille)
{
	bool pen = false;

	fprintf(f, "<path class=\"%s\" d=\"", class);
	for (unsigned int c = 0; c < h->grid->nr; c++) {
		double at = percentile_at(h, c, permille);

		if (at >= 0 && !pen)
			fprintf(f, "M%u %.2f", kxt_html_x(h->clock, h->grid->edge[c]),
				h->axis.nr - at);
		else if (at >= 0)
			fprintf(f, "V%.2f", h->axis.nr - at);
		if (at >= 0)
			fprintf(f, "H%u", kxt_html_x(h->clock, h->grid->edge[c + 1]));
		pen = at >= 0;
	}
	fputs("\"/>\n", f);
}

/* Beside the line, at its end. */
static void put_line_name(FILE *f, const struct heat *h, const char *name,
			  unsigned int permille)
{
	for (unsigned int c = h->grid->nr; c-- > 0;) {
		double at = percentile_at(h, c, permille);

		if (at < 0)
			continue;
		fprintf(f, "<b class=\"chip z\" aria-hidden=\"true\" "
			"style=\"left:%.1f%%;bottom:%.1f%%\">%s</b>",
			kxt_html_x(h->clock, h->grid->edge[c + 1]) * 100.0 / KXT_CHART_WIDTH,
			at * 100 / h->axis.nr, name);
		return;
	}
}

/* "10us", where kxt_fmt_ns() would have "1.0us" for a tenth of it. */
static void round_ns(char buf[KXT_FMT_MAX], double ns)
{
	char *zero;

	kxt_fmt_ns(buf, (uint64_t)ns);
	zero = strstr(buf, ".0");
	if (zero)
		memmove(zero, zero + 2, strlen(zero + 2) + 1);
}

static void put_heat(FILE *f, const struct heat *h)
{
	char text[KXT_FMT_MAX];
	struct kxt_ticks t;

	fprintf(f, "<div class=\"plot\">\n<svg viewBox=\"0 0 %d %u\" "
		"preserveAspectRatio=\"none\" role=\"img\" aria-label=\"Heat map of service "
		"time over time. The table below has the percentiles.\">\n",
		KXT_CHART_WIDTH, h->axis.nr);
	for (unsigned int l = 1; l <= KXT_HEAT_LEVELS; l++)
		put_level(f, h, l);
	/* On a seam of their own, so that they are seen on all strengths. */
	put_line(f, h, "l50 seam", 500);
	put_line(f, h, "l99 seam", 990);
	put_line(f, h, "l50", 500);
	put_line(f, h, "l99", 990);
	fputs("</svg>\n", f);
	kxt_ticks_latency(&t, kxt_latency_low(&h->axis), kxt_latency_high(&h->axis));
	for (unsigned int i = 0; i < t.nr; i++) {
		round_ns(text, t.at[i]);
		kxt_html_mark_y(f, kxt_latency_at(&h->axis, (uint64_t)t.at[i]) / h->axis.nr,
				text);
	}
	kxt_html_x_axis(f, h->clock);
	put_line_name(f, h, "p50", 500);
	put_line_name(f, h, "p99", 990);
	fputs("</div>\n<ul class=\"key\"><li>exits ", f);
	kxt_fmt_rate(text, h->low);
	kxt_html_text(f, text);
	for (unsigned int l = 1; l <= KXT_HEAT_LEVELS; l++)
		fprintf(f, "<i class=\"h%u\"></i>", l);
	kxt_fmt_rate(text, h->high);
	kxt_html_text(f, text);
	fputs("<li><i class=\"l50\"></i>p50<li><i class=\"l99\"></i>p99</ul>\n", f);
}

void kxt_html_heat(FILE *f, const struct kxt_html_clock *clock,
		   const struct kxt_html_grid *grid,
		   const struct kxt_entry *(*hist)(const void *arg, unsigned int column),
		   const void *arg)
{
	static const unsigned int permille[] = { 500, 900, 990, 999 };
	struct heat h = { .clock = clock, .grid = grid, .hist = hist, .arg = arg };

	find_range(&h);
	kxt_html_figure(f, "Service time",
			"of exits, without idle: how many took how long, and p50 and p99");
	if (h.axis.nr)
		put_heat(f, &h);
	else
		fputs("<p>No exit was timed.</p>\n", f);
	kxt_html_data_begin(f);
	fputs("<th scope=\"col\" class=\"l\">from<th scope=\"col\">timed/s<th scope=\"col\">p50"
	      "<th scope=\"col\">p90<th scope=\"col\">p99<th scope=\"col\">p99.9\n", f);
	for (unsigned int c = 0; c < grid->nr; c++) {
		const struct kxt_entry *e = hist(arg, c);
		char text[KXT_FMT_MAX];

		kxt_html_data_row(f, clock, grid, c);
		kxt_fmt_decimal(text, kxt_html_per_s((double)e->timed,
						     kxt_html_grid_ns(grid, c)));
		fputs("<td>", f);
		kxt_html_text(f, text);
		for (unsigned int i = 0; i < 4; i++) {
			uint64_t ns;
			bool known = kxt_hist_percentile(e->hist, e->max_ns, permille[i], &ns);

			kxt_fmt_ns(text, ns);
			fprintf(f, "<td>%s", known ? text : "-");
		}
		fputc('\n', f);
	}
	kxt_html_data_end(f);
}

static const struct {
	const char *name;
	unsigned int permille;
	unsigned int mark;
} marks[] = {
	{ "p50", 500, KXT_MARK_P50 }, { "p90", 900, KXT_MARK_P90 },
	{ "p99", 990, KXT_MARK_P99 }, { "p99.9", 999, KXT_MARK_P999 },
	{ "max", 1000, KXT_MARK_MAX },
};

#define NR_MARKS	(sizeof(marks) / sizeof(marks[0]))

static void put_bars(FILE *f, const struct kxt_entry *e, const struct kxt_latency_axis *a,
		     double top)
{
	fprintf(f, "<svg viewBox=\"0 0 %u %d\" preserveAspectRatio=\"none\" role=\"img\" "
		"aria-label=\"Histogram of service time. The table below has its numbers.\">"
		"<path class=\"s0\" d=\"", a->nr * 10, KXT_CHART_HEIGHT);
	for (unsigned int r = 0; r < a->nr; r++) {
		double share = (double)kxt_latency_row(a, e->hist, r) / top;
		unsigned int y = (unsigned int)(KXT_CHART_HEIGHT * (1 - share));

		if (!(share > 0))
			continue;
		/* One of a million has to be seen, too. */
		if (y > KXT_CHART_HEIGHT * 99 / 100)
			y = KXT_CHART_HEIGHT * 99 / 100;
		fprintf(f, "M%u %dV%uh9V%d", r * 10, KXT_CHART_HEIGHT, y,
			KXT_CHART_HEIGHT);
	}
	fputs("\"/></svg>\n", f);
}

static void put_marks(FILE *f, const struct kxt_entry *e, const struct kxt_latency_axis *a)
{
	for (unsigned int i = 0; i < NR_MARKS; i++) {
		char text[KXT_FMT_MAX];
		double share;
		uint64_t ns;

		if (!kxt_hist_percentile(e->hist, e->max_ns, marks[i].permille, &ns))
			continue;
		if (marks[i].mark == KXT_MARK_MAX)
			ns = e->max_ns;
		kxt_fmt_ns(text, ns);
		share = kxt_latency_at(a, ns) / a->nr;
		fprintf(f, "<span class=\"m%s\" style=\"left:%.1f%%\"><b style=\"top:%.1fem\">%s %s"
			"</b></span>", share > 0.7 ? " z" : "", share * 100, i * 1.4,
			marks[i].name, text);
	}
	fputc('\n', f);
}

static void put_hist(FILE *f, const struct kxt_entry *e, const struct kxt_latency_axis *a)
{
	char text[KXT_FMT_MAX];
	struct kxt_ticks t;
	double top = 0;

	for (unsigned int r = 0; r < a->nr; r++) {
		double n = (double)kxt_latency_row(a, e->hist, r);

		top = n > top ? n : top;
	}
	top = kxt_ticks_linear(&t, top);
	fputs("<div class=\"plot\">\n", f);
	put_bars(f, e, a, top);
	for (unsigned int i = 0; i < t.nr; i++) {
		kxt_fmt_decimal(text, t.at[i]);
		kxt_html_mark_y(f, t.at[i] / top, text);
	}
	kxt_ticks_latency(&t, kxt_latency_low(a), kxt_latency_high(a));
	for (unsigned int i = 0; i < t.nr; i++) {
		round_ns(text, t.at[i]);
		kxt_html_mark_x(f, kxt_latency_at(a, (uint64_t)t.at[i]) / a->nr, text, false);
	}
	put_marks(f, e, a);
	fputs("</div>\n", f);
}

static void put_hist_row(FILE *f, const struct kxt_hist_row *row, uint64_t whole)
{
	char text[KXT_FMT_MAX];

	kxt_fmt_ns(text, row->low);
	fprintf(f, "<tr><th scope=\"row\">%s", text);
	kxt_fmt_ns(text, row->high);
	fprintf(f, "<td>%s", row->high == UINT64_MAX ? "-" : text);
	kxt_fmt_count(text, row->count);
	fprintf(f, "<td>%s<td>", text);
	kxt_fmt_percent(text, (double)row->count / (double)whole);
	kxt_html_text(f, text);
	fputs("<td class=\"l\">", f);
	for (unsigned int i = 0; i < NR_MARKS; i++)
		fprintf(f, "%s%s", row->marks & marks[i].mark ? marks[i].name : "",
			row->marks & marks[i].mark ? " " : "");
	fputc('\n', f);
}

void kxt_html_hist(FILE *f, const struct kxt_entry *e)
{
	struct kxt_hist_row row[HIST_ROWS];
	unsigned int nr = kxt_hist_rows(e, row, HIST_ROWS);
	uint64_t whole = kxt_hist_sum(e->hist);
	struct kxt_latency_axis axis;

	kxt_latency_axis_make(&axis, e->hist, KVMEXIT_NR_BUCKETS);
	kxt_html_figure(f, "Service time", "exits by how long they took, without idle");
	if (axis.nr)
		put_hist(f, e, &axis);
	else
		fputs("<p>No exit was timed.</p>\n", f);
	kxt_html_data_begin(f);
	fputs("<th scope=\"col\" class=\"l\">from<th scope=\"col\">to<th scope=\"col\">exits"
	      "<th scope=\"col\">share<th scope=\"col\" class=\"l\">here\n", f);
	for (unsigned int i = 0; i < nr; i++)
		put_hist_row(f, &row[i], whole);
	kxt_html_data_end(f);
}
