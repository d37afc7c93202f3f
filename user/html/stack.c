// SPDX-License-Identifier: GPL-2.0-only
/* Values over time, on top of each other. */
#include "user/html/chart.h"
#include "user/html/text.h"

/* A band has to be so thick, as a share of the chart, that its name fits in. */
#define LABEL_SHARE	0.11
/* What is nearly as thick as the thickest. */
#define LABEL_NEARLY	0.75

static double sum_below(const struct kxt_html_stack *s, unsigned int bands,
			unsigned int column)
{
	double sum = 0;

	for (unsigned int i = 0; i < bands; i++)
		sum += s->band[i].value[column];
	return sum;
}

double kxt_html_stack_top(const struct kxt_html_stack *s)
{
	double top = 0;

	for (unsigned int c = 0; c < s->grid->nr; c++) {
		double sum = sum_below(s, s->nr, c);

		if (sum > top)
			top = sum;
	}
	return top;
}

bool kxt_html_stack_label(const struct kxt_html_stack *s, unsigned int band, double top,
			  double *x, double *y)
{
	const double *value = s->band[band].value;
	unsigned int first = 0, nr = 0, run = 0, at;
	double most = 0;

	for (unsigned int c = 0; c < s->grid->nr; c++)
		most = value[c] > most ? value[c] : most;
	if (!(most > top * LABEL_SHARE))
		return false;
	for (unsigned int c = 0; c < s->grid->nr; c++) {
		run = value[c] >= most * LABEL_NEARLY ? run + 1 : 0;
		if (run > nr) {
			nr = run;
			first = c + 1 - run;
		}
	}
	at = first + nr / 2;
	*x = (double)(kxt_html_x(s->clock, s->grid->edge[at]) +
		      kxt_html_x(s->clock, s->grid->edge[at + 1])) / 2 / KXT_CHART_WIDTH;
	*y = (sum_below(s, band, at) + value[at] / 2) / top;
	return value[at] > top * LABEL_SHARE;
}

static unsigned int y_of(double value, double top)
{
	double y = KXT_CHART_HEIGHT * (1 - value / top);

	return y > 0 ? (unsigned int)(y + 0.5) : 0;
}

/* From the axis up to the band's upper edge: those below are painted over it. */
static void put_band(FILE *f, const struct kxt_html_stack *s, unsigned int band, double top)
{
	unsigned int at = KXT_CHART_HEIGHT;

	fprintf(f, "<path class=\"%s\" d=\"M0 %d", s->band[band].class, KXT_CHART_HEIGHT);
	for (unsigned int c = 0; c < s->grid->nr; c++) {
		unsigned int y = y_of(sum_below(s, band + 1, c), top);

		if (y == at)
			continue;
		if (c)
			fprintf(f, "H%u", kxt_html_x(s->clock, s->grid->edge[c]));
		fprintf(f, "V%u", y);
		at = y;
	}
	fprintf(f, "H%uV%dz\"/>\n", kxt_html_x(s->clock, s->grid->edge[s->grid->nr]),
		KXT_CHART_HEIGHT);
}

static bool is_empty(const struct kxt_html_stack *s, unsigned int band)
{
	for (unsigned int c = 0; c < s->grid->nr; c++) {
		if (s->band[band].value[c] > 0)
			return false;
	}
	return true;
}

static void put_drawing(FILE *f, const struct kxt_html_stack *s, const struct kxt_ticks *t,
			double top)
{
	char text[KXT_FMT_MAX];

	s->fmt(text, kxt_html_stack_top(s));
	fprintf(f, "<svg viewBox=\"0 0 %d %d\" preserveAspectRatio=\"none\" role=\"img\" "
		"aria-label=\"%s, %s. Highest: ", KXT_CHART_WIDTH, KXT_CHART_HEIGHT,
		s->title, s->note);
	kxt_html_text(f, text);
	fprintf(f, "%s. The table below has all numbers.\">\n<path class=\"g\" d=\"",
		s->unit);
	for (unsigned int i = 0; i < t->nr; i++)
		fprintf(f, "M0 %uH%d", y_of(t->at[i], top), KXT_CHART_WIDTH);
	fputs("\"/>\n", f);
	for (unsigned int i = s->nr; i-- > 0;) {
		if (!is_empty(s, i))
			put_band(f, s, i, top);
	}
	fputs("</svg>\n", f);
}

static void put_words(FILE *f, const struct kxt_html_stack *s, const struct kxt_ticks *t,
		      double top)
{
	char text[KXT_FMT_MAX];
	double x, y;

	for (unsigned int i = 0; i < t->nr; i++) {
		s->fmt(text, t->at[i]);
		kxt_html_mark_y(f, t->at[i] / top, text);
	}
	kxt_html_x_axis(f, s->clock);
	for (unsigned int i = 0; i < s->nr; i++) {
		if (!kxt_html_stack_label(s, i, top, &x, &y))
			continue;
		x = x < 0.08 ? 0.08 : x > 0.92 ? 0.92 : x;
		fprintf(f, "<b class=\"chip\" aria-hidden=\"true\" "
			"style=\"left:%.1f%%;bottom:%.1f%%\">", x * 100, y * 100);
		kxt_html_text(f, s->band[i].name);
		fputs("</b>", f);
	}
}

/* What a band has on average. */
static double mean(const struct kxt_html_stack *s, unsigned int band)
{
	double sum = 0, length = 0;

	for (unsigned int c = 0; c < s->grid->nr; c++) {
		double ns = (double)kxt_html_grid_ns(s->grid, c);

		sum += s->band[band].value[c] * ns;
		length += ns;
	}
	return length > 0 ? sum / length : 0;
}

/* The lowest first: it is the heaviest. */
static void put_key(FILE *f, const struct kxt_html_stack *s)
{
	char text[KXT_FMT_MAX];

	fputs("<ul class=\"key\">", f);
	for (unsigned int i = 0; i < s->nr; i++) {
		s->fmt(text, mean(s, i));
		fprintf(f, "<li><i class=\"%s\"></i>", s->band[i].class);
		kxt_html_text(f, s->band[i].name);
		fputs(" <span>", f);
		kxt_html_text(f, text);
		fprintf(f, "%s</span>", s->unit);
	}
	fputs("</ul>\n", f);
}

static void put_table(FILE *f, const struct kxt_html_stack *s)
{
	char text[KXT_FMT_MAX];

	kxt_html_data_begin(f);
	fputs("<th scope=\"col\" class=\"l\">from", f);
	for (unsigned int i = 0; i < s->nr; i++) {
		fputs("<th scope=\"col\">", f);
		kxt_html_text(f, s->band[i].name);
	}
	fputc('\n', f);
	for (unsigned int c = 0; c < s->grid->nr; c++) {
		kxt_html_data_row(f, s->clock, s->grid, c);
		for (unsigned int i = 0; i < s->nr; i++) {
			s->fmt(text, s->band[i].value[c]);
			fputs("<td>", f);
			kxt_html_text(f, text);
		}
		fputc('\n', f);
	}
	kxt_html_data_end(f);
}

void kxt_html_stack(FILE *f, const struct kxt_html_stack *s)
{
	struct kxt_ticks t;
	double top = kxt_ticks_linear(&t, s->top > 0 ? s->top : kxt_html_stack_top(s));

	kxt_html_figure(f, s->title, s->note);
	fputs("<div class=\"plot\">\n", f);
	put_drawing(f, s, &t, top);
	put_words(f, s, &t, top);
	fputs("</div>\n", f);
	put_key(f, s);
	put_table(f, s);
}
