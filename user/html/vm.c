// SPDX-License-Identifier: GPL-2.0-only
/* The table of VMs, and a VM over time. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "user/html/chart.h"
#include "user/html/int.h"
#include "user/html/text.h"
#include "user/parts.h"
#include "user/stats.h"

#define TOP_REASONS	3

void kxt_html_percentile_cell(FILE *f, const struct kxt_entry *e, unsigned int permille)
{
	uint64_t ns;
	bool known = kxt_hist_percentile(e->hist, e->max_ns, permille, &ns);

	kxt_html_td_ns(f, known, ns);
}

void kxt_html_parts_cells(FILE *f, const struct kxt_parts *p)
{
	fputs("<td class=\"b\">", f);
	kxt_html_bar(f, p, false);
	for (unsigned int i = 0; i < KXT_PART_NR; i++) {
		double share;
		bool known = kxt_parts_share(p, i, &share);

		kxt_html_td_share(f, known, share);
	}
}

/* The @most frequent reasons of a VM; how many there are. */
static unsigned int most_frequent(const struct kxt_vm *vm, const struct kxt_entry **top,
				  unsigned int most)
{
	unsigned int nr = 0;

	for (unsigned int i = 0; i < vm->nr_reasons; i++) {
		const struct kxt_entry *e = &vm->reason[i];
		unsigned int at = nr;

		while (at > 0 && top[at - 1]->count < e->count)
			at--;
		if (at == most || e->count == 0)
			continue;
		if (nr < most)
			nr++;
		memmove(&top[at + 1], &top[at], (nr - at - 1) * sizeof(*top));
		top[at] = e;
	}
	return nr;
}

static void top_reasons(FILE *f, const struct kxt_vm *vm)
{
	const struct kxt_entry *top[TOP_REASONS];
	unsigned int nr = most_frequent(vm, top, TOP_REASONS);

	fputs("<td class=\"l\">", f);
	for (unsigned int i = 0; i < nr; i++) {
		const struct kxt_reason_id id = {
			.isa = vm->isa, .level = top[i]->level, .code = top[i]->code,
		};
		char name[KXT_ROW_NAME_MAX], share[KXT_FMT_MAX];

		kxt_reason_id_name(&id, name);
		kxt_fmt_percent(share, (double)top[i]->count / (double)vm->all.count);
		fputs(i ? ", <span>" : "<span>", f);
		kxt_html_text(f, name);
		fputc(' ', f);
		kxt_html_text(f, share);
		fputs("</span>", f);
	}
}

static void vm_row(FILE *f, const struct kxt_html_data *d, unsigned int i)
{
	const struct kxt_vm *vm = &d->totals.vm[d->order[i]];
	const struct kxt_entry *e = &vm->all;
	struct kxt_parts p;

	kxt_parts_make(&p, e, vm->knows);
	kxt_parts_add_guest(&p, vm->guest_ns);
	fprintf(f, "<tr data-vm=\"%" PRIu32 "\"><th scope=\"row\">", vm->pid);
	if (i < d->nr_lines)
		fprintf(f, "<a href=\"#vm-%" PRIu32 "\">", vm->pid);
	kxt_html_name(f, vm->name);
	fputs(i < d->nr_lines ? "</a>" : "", f);
	fputs(vm->ended ? " <small>ended</small>" : "", f);
	fprintf(f, "<td>%" PRIu32 "<td>%u", vm->pid, vm->nr_vcpus);
	kxt_html_td_rate(f, kxt_html_per_s((double)e->count, d->totals.interval_ns));
	kxt_html_parts_cells(f, &p);
	kxt_html_percentile_cell(f, e, 500);
	kxt_html_percentile_cell(f, e, 990);
	kxt_html_td_ns(f, e->timed != 0, e->max_ns);
	top_reasons(f, vm);
	fputc('\n', f);
}

static void parts_key(FILE *f, const struct kxt_html_data *d)
{
	const uint32_t wanted = KXT_KNOWS_IDLE | KXT_KNOWS_VMM;

	fputs("<ul class=\"key\">", f);
	for (unsigned int i = 0; i < KXT_PART_NR; i++)
		fprintf(f, "<li><i class=\"p%u\"></i>%s", i, kxt_part_name(i));
	if ((d->all.knows & wanted) != wanted)
		fprintf(f, "<li><i class=\"p%d\"></i>exits, not told apart", KXT_HTML_WHOLE);
	fputs("</ul>\n", f);
}

void kxt_html_vms(FILE *f, const struct kxt_html_data *d)
{
	fputs("<section id=\"vms\">\n<h2>VMs</h2>\n", f);
	if (d->totals.nr == 0) {
		fputs("<p>No VM that was asked for ran in this time.</p>\n</section>\n", f);
		return;
	}
	fputs("<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"VMs\">"
	      "<table class=\"sort\">\n<thead><tr>", f);
	kxt_html_th(f, false, "VM", NULL);
	kxt_html_th(f, true, "pid", NULL);
	kxt_html_th(f, true, "vCPUs", NULL);
	kxt_html_th(f, true, "exits/s", NULL);
	fputs("<th scope=\"col\" class=\"l b\">time of its vCPUs", f);
	kxt_html_th(f, true, "guest", "share of the time in guest mode");
	kxt_html_th(f, true, "kernel", "share of the time in the host's kernel, for its exits");
	kxt_html_th(f, true, "VMM", "share of the time in the VMM, for its exits");
	kxt_html_th(f, true, "idle", "share of the time halted");
	kxt_html_th(f, true, "run queue", "share of the time waiting for a CPU");
	kxt_html_th(f, true, "p50", "median service time: latency of an exit without idle");
	kxt_html_th(f, true, "p99", "99 of 100 exits took no longer, without idle");
	kxt_html_th(f, true, "max", "longest service time");
	kxt_html_th(f, false, "most frequent reasons", NULL);
	fputs("</thead><tbody>\n", f);
	for (unsigned int i = 0; i < d->totals.nr; i++)
		vm_row(f, d, i);
	fputs("</tbody></table></div>\n", f);
	parts_key(f, d);
	if (d->nr_lines < d->totals.nr)
		fprintf(f, "<p>Below are the %u busiest of %u VMs. For the others, choose VMs "
			"with <code>--vm</code> or <code>--pid</code>.</p>\n", d->nr_lines,
			d->totals.nr);
	fputs("</section>\n", f);
}

static void fmt_value(char buf[KXT_FMT_MAX], double v)
{
	/* Marks of an axis can be below what kxt_fmt_decimal() still tells apart. */
	if (v > 0 && v < 0.0995)
		snprintf(buf, KXT_FMT_MAX, "%.2g", v);
	else
		kxt_fmt_decimal(buf, v);
}

static void fmt_share(char buf[KXT_FMT_MAX], double v)
{
	if (v > 0 && v < 0.000995)
		snprintf(buf, KXT_FMT_MAX, "%.1g%%", v * 100);
	else
		kxt_fmt_percent(buf, v);
}

static void add_reason_bands(struct kxt_html_stack *s, const struct kxt_html_line *line)
{
	s->nr = 0;
	for (unsigned int i = 0; i < line->nr_reasons; i++) {
		struct kxt_html_band *b = &s->band[s->nr++];

		kxt_reason_id_name(&line->reason[i], b->name);
		snprintf(b->class, sizeof(b->class), "s%u", line->colour[i]);
	}
}

/* @of_exits: the rate of exits; else the share of a CPU that they took. */
static void reason_chart(FILE *f, const struct kxt_html_data *d,
			 const struct kxt_html_line *line, bool of_exits)
{
	bool idle = line->knows & KXT_KNOWS_IDLE;
	struct kxt_html_stack s = {
		.title = of_exits ? "Exits" : "Time of exits",
		.note = of_exits ? "per second, by reason" :
			idle ? "as a share of one CPU, by reason, without idle" :
			"as a share of one CPU, by reason; idle is not known and in it",
		.clock = &d->clock, .grid = &d->grid,
		.fmt = of_exits ? fmt_value : fmt_share, .unit = of_exits ? "/s" : "",
	};
	struct kxt_html_band *others;
	double sum = 0;

	add_reason_bands(&s, line);
	others = &s.band[s.nr];
	strcpy(others->name, "others");
	snprintf(others->class, sizeof(others->class), "s%d", KXT_HTML_OTHERS);
	for (unsigned int c = 0; c < d->grid.nr; c++) {
		const struct kxt_html_column *col = &line->column[c];
		double ns = (double)kxt_html_grid_ns(&d->grid, c);

		for (unsigned int i = 0; i < KXT_HTML_SERIES && ns > 0; i++) {
			double v = of_exits ? (double)col->count[i] * 1e9 / ns :
				   (double)col->service_ns[i] / ns;

			if (i < line->nr_reasons)
				s.band[i].value[c] = v;
			else if (i == KXT_HTML_OTHERS)
				others->value[c] = v;
		}
		sum += others->value[c];
	}
	s.nr += sum > 0;
	kxt_html_stack(f, &s);
}

static void parts_of(struct kxt_parts *p, const struct kxt_html_line *line,
		     unsigned int column)
{
	kxt_parts_make(p, &line->column[column].all, line->knows);
	kxt_parts_add_guest(p, line->column[column].guest_ns);
}

static void parts_chart(FILE *f, const struct kxt_html_data *d,
			const struct kxt_html_line *line)
{
	struct kxt_html_stack s = {
		.title = "Where the time went", .note = "share of the vCPUs' time",
		.clock = &d->clock, .grid = &d->grid,
		.fmt = fmt_share, .unit = "", .top = 1,
	};

	for (unsigned int i = 0; i < KXT_PART_NR; i++) {
		struct kxt_html_band *b = &s.band[s.nr];
		const char *name;
		struct kxt_parts p;
		uint64_t ns;

		parts_of(&p, line, 0);
		if (!kxt_html_part(&p, i, &name, &ns))
			continue;
		snprintf(b->name, sizeof(b->name), "%s", name);
		snprintf(b->class, sizeof(b->class), "p%u", kxt_html_part_colour(&p, i));
		for (unsigned int c = 0; c < d->grid.nr; c++) {
			parts_of(&p, line, c);
			kxt_html_part(&p, i, &name, &ns);
			b->value[c] = p.whole ? (double)ns / (double)p.whole : 0;
		}
		s.nr++;
	}
	kxt_html_stack(f, &s);
}

static const struct kxt_entry *hist_of(const void *arg, unsigned int column)
{
	const struct kxt_html_line *line = arg;

	return &line->column[column].all;
}

void kxt_html_charts(FILE *f, const struct kxt_html_data *d,
		     const struct kxt_html_line *line)
{
	fputs("<div class=\"charts\">\n", f);
	reason_chart(f, d, line, true);
	reason_chart(f, d, line, false);
	parts_chart(f, d, line);
	kxt_html_heat(f, &d->clock, &d->grid, hist_of, line);
	fputs("</div>\n", f);
}
