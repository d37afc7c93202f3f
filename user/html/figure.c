// SPDX-License-Identifier: GPL-2.0-only
/* What all charts have: title, axes, table. And the bar of parts. */
#include <string.h>

#include "user/html/chart.h"
#include "user/html/text.h"

unsigned int kxt_html_x(const struct kxt_html_clock *c, uint64_t ns)
{
	uint64_t length = c->end_ns - c->begin_ns;
	uint64_t since = ns > c->begin_ns ? ns - c->begin_ns : 0;

	if (since >= length)
		return length ? KXT_CHART_WIDTH : 0;
	return (unsigned int)((unsigned __int128)since * KXT_CHART_WIDTH / length);
}

void kxt_html_figure(FILE *f, const char *title, const char *note)
{
	fprintf(f, "<figure>\n<figcaption><b>%s</b> <span>%s</span></figcaption>\n", title,
		note);
}

void kxt_html_mark_x(FILE *f, double share, const char *text, bool spare)
{
	/* What is at an end must not stand out over it. */
	const char *at = share < 0.03 ? " a" : share > 0.97 ? " z" : "";

	fprintf(f, "<span class=\"x%s%s\" style=\"left:%.2f%%\">", at, spare ? " o" : "",
		share * 100);
	kxt_html_text(f, text);
	fputs("</span>", f);
}

void kxt_html_mark_y(FILE *f, double share, const char *text)
{
	fprintf(f, "<span class=\"y\" style=\"bottom:%.2f%%\">", share * 100);
	kxt_html_text(f, text);
	fputs("</span>", f);
}

void kxt_html_x_axis(FILE *f, const struct kxt_html_clock *c)
{
	double length = (double)(c->end_ns - c->begin_ns);
	struct kxt_ticks t;

	kxt_ticks_time(&t, c);
	for (unsigned int i = 0; i < t.nr; i++) {
		char text[KXT_MOMENT_MAX];

		kxt_html_moment(text, c, (uint64_t)t.at[i], (uint64_t)t.step);
		kxt_html_mark_x(f, length > 0 ? t.at[i] / length : 0, text, i % 2);
	}
	fputc('\n', f);
}

void kxt_html_data_begin(FILE *f)
{
	fputs("<details class=\"data\"><summary>Numbers</summary>"
	      "<div class=\"wide\" tabindex=\"0\"><table>\n<tr>", f);
}

void kxt_html_data_end(FILE *f)
{
	fputs("</table></div></details>\n</figure>\n", f);
}

void kxt_html_data_row(FILE *f, const struct kxt_html_clock *c,
		       const struct kxt_html_grid *g, unsigned int column)
{
	char text[KXT_MOMENT_MAX];
	uint64_t step = g->step_ns;

	/* Each column has to read differently from the next one. */
	if (step == 0)
		step = (c->end_ns - c->begin_ns) / (g->nr ? g->nr : 1);
	if (step > 60000000000)
		step = 1000000000;
	/* Frames of nearly a second are apart by a second. */
	if (step > 950000000)
		step = 1000000000;
	kxt_html_moment(text, c, g->edge[column] - c->begin_ns, step);
	fprintf(f, "<tr><th scope=\"row\">%s", text);
}

bool kxt_html_part(const struct kxt_parts *p, unsigned int i, const char **name,
		   uint64_t *ns)
{
	*name = kxt_part_name(i);
	*ns = p->ns[i];
	if (p->known[KXT_PART_KERNEL] || i == KXT_PART_GUEST) {
		if (i == KXT_PART_KERNEL && !p->known[KXT_PART_RUNQ])
			*name = "kernel and run queue";
		return p->known[i];
	}
	*name = "exits, not told apart";
	*ns = p->whole - p->ns[KXT_PART_GUEST];
	return i == KXT_PART_KERNEL;
}

unsigned int kxt_html_part_colour(const struct kxt_parts *p, unsigned int i)
{
	return p->known[KXT_PART_KERNEL] || i == KXT_PART_GUEST ? i : KXT_HTML_WHOLE;
}

static void bar_label(FILE *f, const struct kxt_parts *p)
{
	const char *before = "";

	for (unsigned int i = 0; i < KXT_PART_NR; i++) {
		char text[KXT_FMT_MAX];
		const char *name;
		uint64_t ns;

		if (!kxt_html_part(p, i, &name, &ns))
			continue;
		kxt_fmt_percent(text, (double)ns / (double)p->whole);
		fprintf(f, "%s%s ", before, name);
		kxt_html_text(f, text);
		before = ", ";
	}
}

void kxt_html_bar(FILE *f, const struct kxt_parts *p, bool words)
{
	uint64_t before = 0;

	if (p->whole == 0)
		return;
	fputs("<svg class=\"bar\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" ", f);
	if (words) {
		fputs("role=\"img\"><title>", f);
		bar_label(f, p);
		fputs("</title>", f);
	} else {
		fputs("aria-hidden=\"true\">", f);
	}
	for (unsigned int i = 0; i < KXT_PART_NR; i++) {
		const char *name;
		uint64_t ns;

		if (!kxt_html_part(p, i, &name, &ns) || ns == 0)
			continue;
		fprintf(f, "<path class=\"p%u\" d=\"M%.0f 0h%.1fv10H%.0f\"/>",
			kxt_html_part_colour(p, i),
			(double)before * 1000 / (double)p->whole,
			(double)ns * 1000 / (double)p->whole,
			(double)before * 1000 / (double)p->whole);
		before += ns;
	}
	fputs("</svg>", f);
}
