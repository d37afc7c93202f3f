// SPDX-License-Identifier: GPL-2.0-only
/* The exit reasons of a VM. */
#include <inttypes.h>

#include "user/html/chart.h"
#include "user/html/int.h"
#include "user/html/text.h"
#include "user/parts.h"
#include "user/stats.h"

/* More reasons than a slot has room for do not come. */
#define ALL_REASONS	128

/* vCPUs in the table of a reason. */
#define MAX_VCPUS	32

static const unsigned int permille[] = { 500, 900, 990, 999 };

static const struct kxt_entry *entry_of(const struct kxt_vm *vm,
					const struct kxt_reason_id *id)
{
	for (unsigned int i = 0; i < vm->nr_reasons; i++) {
		const struct kxt_entry *e = &vm->reason[i];

		if (e->level == id->level && e->code == id->code)
			return e;
	}
	return NULL;
}

/* Unique on the page, and made of nothing but numbers. */
static void put_anchor(FILE *f, const struct kxt_vm *vm, const struct kxt_reason_id *id)
{
	fprintf(f, "r-%" PRIu32 "-%" PRIu32 "-%" PRIu32 "-%" PRIx64, vm->pid, id->isa,
		id->level, id->code);
}

static void time_heads(FILE *f)
{
	kxt_html_th(f, true, "p50", "median service time: latency without idle");
	kxt_html_th(f, true, "p90", "90 of 100 exits took no longer, without idle");
	kxt_html_th(f, true, "p99", "99 of 100 exits took no longer, without idle");
	kxt_html_th(f, true, "p99.9", "999 of 1000 exits took no longer, without idle");
	kxt_html_th(f, true, "max", "longest service time");
}

static void time_cells(FILE *f, const struct kxt_entry *e)
{
	for (unsigned int i = 0; i < sizeof(permille) / sizeof(permille[0]); i++)
		kxt_html_percentile_cell(f, e, permille[i]);
	kxt_html_td_ns(f, e->timed != 0, e->max_ns);
}

/* Guest time is no part of an exit. */
static void part_heads(FILE *f)
{
	fputs("<th scope=\"col\" class=\"l b\">time of its exits", f);
	for (unsigned int i = KXT_PART_KERNEL; i < KXT_PART_NR; i++)
		kxt_html_th(f, true, kxt_part_name(i), NULL);
}

static void part_cells(FILE *f, const struct kxt_entry *e, uint32_t knows)
{
	struct kxt_parts p;

	kxt_parts_make(&p, e, knows);
	fputs("<td class=\"b\">", f);
	kxt_html_bar(f, &p, false);
	for (unsigned int i = KXT_PART_KERNEL; i < KXT_PART_NR; i++) {
		double share;
		bool known = kxt_parts_share(&p, i, &share);

		kxt_html_td_share(f, known, share);
	}
}

static void count_cells(FILE *f, const struct kxt_entry *e, uint64_t of, uint64_t ns)
{
	char text[KXT_FMT_MAX];
	double per_s = kxt_html_per_s((double)kxt_entry_service_ns(e), ns);

	kxt_html_td_count(f, e->count);
	kxt_html_td_rate(f, kxt_html_per_s((double)e->count, ns));
	kxt_html_td_share(f, of != 0, of ? (double)e->count / (double)of : 0);
	kxt_fmt_ns_per_s(text, per_s);
	fprintf(f, "<td data-v=\"%.6g\">%s", per_s, text);
}

static void count_heads(FILE *f)
{
	kxt_html_th(f, true, "exits", NULL);
	kxt_html_th(f, true, "rate", NULL);
	kxt_html_th(f, true, "share", "share of the exits");
	kxt_html_th(f, true, "time", "service time per second: of exits, without idle");
}

static void reason_row(FILE *f, const struct kxt_html_data *d, const struct kxt_vm *vm,
		       const struct kxt_reason_id *id, bool link)
{
	const struct kxt_entry *e = entry_of(vm, id);
	char name[KXT_ROW_NAME_MAX];

	kxt_reason_id_name(id, name);
	fputs("<tr><th scope=\"row\">", f);
	if (link) {
		fputs("<a href=\"#", f);
		put_anchor(f, vm, id);
		fputs("\">", f);
	}
	kxt_html_text(f, name);
	fprintf(f, "%s<td class=\"l\">%s", link ? "</a>" : "",
		kxt_class_name(kxt_reason_class(id->isa, id->code)));
	count_cells(f, e, vm->all.count, d->totals.interval_ns);
	time_cells(f, e);
	part_cells(f, e, vm->knows);
	fputc('\n', f);
}

static void vcpu_rows(FILE *f, const struct kxt_html_data *d, const struct kxt_vm *vm,
		      const struct kxt_reason_id *id, const struct kxt_entry *whole)
{
	unsigned int shown = 0, left = 0;

	for (unsigned int i = 0; i < vm->nr_vcpus; i++) {
		const struct kxt_vcpu *v = &vm->vcpu[i];

		for (unsigned int j = 0; j < v->nr; j++) {
			const struct kxt_entry *e = &v->entry[j];

			if (e->level != id->level || e->code != id->code)
				continue;
			if (shown++ >= MAX_VCPUS) {
				left++;
				continue;
			}
			fprintf(f, "<tr><th scope=\"row\">%" PRIu32 "<td>%" PRIu32, v->id,
				v->tid);
			count_cells(f, e, whole->count, d->totals.interval_ns);
			time_cells(f, e);
			part_cells(f, e, v->knows);
			fputc('\n', f);
		}
	}
	if (left)
		fprintf(f, "<tr><td class=\"l\" colspan=\"16\">%u more vCPUs are not shown here: "
			"report --vcpus\n", left);
}

static void vcpu_table(FILE *f, const struct kxt_html_data *d, const struct kxt_vm *vm,
		       const struct kxt_reason_id *id, const struct kxt_entry *e)
{
	fputs("<h4>By vCPU</h4>\n<div class=\"wide\" tabindex=\"0\" role=\"region\" "
	      "aria-label=\"By vCPU\"><table class=\"sort\"><thead><tr>", f);
	kxt_html_th(f, false, "vCPU", NULL);
	kxt_html_th(f, true, "thread", NULL);
	count_heads(f);
	time_heads(f);
	part_heads(f);
	fputs("</thead><tbody>\n", f);
	vcpu_rows(f, d, vm, id, e);
	fputs("</tbody></table></div>\n", f);
}

static void put_fact(FILE *f, const char *name, const char *value)
{
	fprintf(f, "<div><dt>%s<dd>", name);
	kxt_html_text(f, value);
	fputs("</div>", f);
}

static void put_facts(FILE *f, const struct kxt_html_data *d, const struct kxt_vm *vm,
		      const struct kxt_entry *e)
{
	static const char *const name[] = { "p50", "p90", "p99", "p99.9" };
	char text[KXT_FMT_MAX];
	struct kxt_parts p;
	uint64_t ns;

	fputs("<dl class=\"facts\">", f);
	kxt_fmt_count(text, e->count);
	put_fact(f, "exits", text);
	kxt_fmt_rate(text, kxt_html_per_s((double)e->count, d->totals.interval_ns));
	put_fact(f, "rate", text);
	for (unsigned int i = 0; i < 4; i++) {
		bool known = kxt_hist_percentile(e->hist, e->max_ns, permille[i], &ns);

		kxt_fmt_ns(text, ns);
		put_fact(f, name[i], known ? text : "-");
	}
	kxt_fmt_ns(text, e->max_ns);
	put_fact(f, "max", e->timed ? text : "-");
	kxt_parts_make(&p, e, vm->knows);
	for (unsigned int i = KXT_PART_KERNEL; i < KXT_PART_NR; i++) {
		double share;

		if (!kxt_parts_share(&p, i, &share))
			continue;
		kxt_fmt_percent(text, share);
		put_fact(f, kxt_part_name(i), text);
	}
	fputs("</dl>\n", f);
	kxt_html_bar(f, &p, true);
}

static void reason_section(FILE *f, const struct kxt_html_data *d, const struct kxt_vm *vm,
			   const struct kxt_reason_id *id)
{
	const struct kxt_entry *e = entry_of(vm, id);
	char name[KXT_ROW_NAME_MAX], rate[KXT_FMT_MAX];

	kxt_reason_id_name(id, name);
	kxt_fmt_rate(rate, kxt_html_per_s((double)e->count, d->totals.interval_ns));
	fputs("<details class=\"reason\" id=\"", f);
	put_anchor(f, vm, id);
	fputs("\"><summary><h3>", f);
	kxt_html_text(f, name);
	fputs("</h3> <span>", f);
	kxt_html_text(f, rate);
	fputs("</span></summary>\n<p>", f);
	kxt_html_text(f, kxt_reason_id_text(id));
	fputs("</p>\n", f);
	put_facts(f, d, vm, e);
	kxt_html_hist(f, e);
	vcpu_table(f, d, vm, id, e);
	kxt_html_details(f, vm, e);
	fputs("</details>\n", f);
}

int kxt_html_reasons(FILE *f, const struct kxt_html_data *d, const struct kxt_vm *vm)
{
	struct kxt_reason_id id[ALL_REASONS];
	int nr = kxt_html_rank(id, ALL_REASONS, vm, 1);

	if (nr < 0)
		return -1;
	fputs("<h3>Exit reasons</h3>\n", f);
	if (nr == 0) {
		fputs("<p>It had no exit.</p>\n", f);
		return 0;
	}
	fputs("<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Exit reasons\">"
	      "<table class=\"sort\"><thead><tr>", f);
	kxt_html_th(f, false, "reason", NULL);
	kxt_html_th(f, false, "class", "the same for Intel and AMD");
	count_heads(f);
	time_heads(f);
	part_heads(f);
	fputs("</thead><tbody>\n", f);
	for (int i = 0; i < nr; i++)
		reason_row(f, d, vm, &id[i], i < KXT_HTML_REASONS);
	fputs("</tbody></table></div>\n", f);
	for (int i = 0; i < nr && i < KXT_HTML_REASONS; i++)
		reason_section(f, d, vm, &id[i]);
	return 0;
}
