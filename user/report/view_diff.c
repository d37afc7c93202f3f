// SPDX-License-Identifier: GPL-2.0-only
/* Two stretches side by side, as text. What is better or worse is in the signs. */
#include "user/report/view_diff.h"

#include <stdlib.h>
#include <string.h>

#include "user/headline.h"

#define NAME_CELLS_MAX	24
#define NAME_CELLS_MIN	12

#define BOLD		"\033[1m"
#define NORMAL		"\033[0m"

/* How a cell reads. */
enum how {
	VALUE_A,
	VALUE_B,
	CHANGE,		/* with its sign */
	RATIO,		/* by how many percent */
};

/**
 * struct column - one column of the table of reasons
 * @group: head above it, of all columns of the same group
 * @head: its own head
 * @num: number
 * @how: which side, or the change
 * @width: cells
 * @drop: on a narrow line columns with the highest number go first; 0: never
 */
struct column {
	const char *group;
	const char *head;
	enum kxt_diff_num num;
	enum how how;
	unsigned int width;
	unsigned int drop;
};

static const struct column columns[] = {
	{ "RATE/s", "A", KXT_DIFF_RATE, VALUE_A, 7, 0 },
	{ "RATE/s", "B", KXT_DIFF_RATE, VALUE_B, 7, 0 },
	{ "RATE/s", "CHANGE", KXT_DIFF_RATE, RATIO, 6, 0 },
	{ "%TIME", "A", KXT_DIFF_SHARE, VALUE_A, 5, 2 },
	{ "%TIME", "B", KXT_DIFF_SHARE, VALUE_B, 5, 2 },
	{ "P50", "A", KXT_DIFF_P50, VALUE_A, 5, 3 },
	{ "P50", "B", KXT_DIFF_P50, VALUE_B, 5, 3 },
	{ "P99", "A", KXT_DIFF_P99, VALUE_A, 5, 1 },
	{ "P99", "B", KXT_DIFF_P99, VALUE_B, 5, 1 },
	{ "COST/s", "A", KXT_DIFF_COST, VALUE_A, 7, 0 },
	{ "COST/s", "B", KXT_DIFF_COST, VALUE_B, 7, 0 },
	{ "COST/s", "CHANGE", KXT_DIFF_COST, CHANGE, 8, 0 },
};

/* All parts, then how much there was. */
static const struct column split[] = {
	{ "GUEST", "", KXT_DIFF_GUEST, CHANGE, 6, 0 },
	{ "KERNEL", "", KXT_DIFF_KERNEL, CHANGE, 6, 0 },
	{ "VMM", "", KXT_DIFF_VMM, CHANGE, 6, 0 },
	{ "IDLE", "", KXT_DIFF_IDLE, CHANGE, 6, 0 },
	{ "RUNQ", "", KXT_DIFF_RUNQ, CHANGE, 6, 0 },
	{ "EXITS/s", "", KXT_DIFF_RATE, CHANGE, 8, 0 },
	{ "COST/s", "", KXT_DIFF_COST, CHANGE, 8, 0 },
	{ "P50", "", KXT_DIFF_P50, CHANGE, 6, 0 },
	{ "P99", "", KXT_DIFF_P99, CHANGE, 6, 0 },
};

#define NR(array)	(sizeof(array) / sizeof((array)[0]))

static void format(char buf[KXT_FMT_MAX], enum kxt_diff_num num, double v)
{
	switch (num) {
	case KXT_DIFF_COUNT:
		kxt_fmt_count(buf, (uint64_t)v);
		break;
	case KXT_DIFF_RATE:
		kxt_fmt_rate(buf, v);
		break;
	case KXT_DIFF_COST:
		kxt_fmt_ns_per_s(buf, v);
		break;
	case KXT_DIFF_P50:
	case KXT_DIFF_P99:
		kxt_fmt_ns(buf, (uint64_t)v);
		break;
	default:
		kxt_fmt_percent(buf, v);
	}
}

/* "+12ms/s"; what reads as nothing has no sign. */
static void format_change(char buf[KXT_FMT_MAX + 1], enum kxt_diff_num num, double v)
{
	char text[KXT_FMT_MAX], zero[KXT_FMT_MAX];

	format(text, num, v < 0 ? -v : v);
	format(zero, num, 0);
	snprintf(buf, KXT_FMT_MAX + 1, "%s%s", strcmp(text, zero) == 0 ? "" :
		 v < 0 ? "-" : "+", text);
}

/* "+12%", "x14", "new", "gone". */
static void format_ratio(char buf[KXT_FMT_MAX + 1], double a, double b)
{
	double ratio = a > 0 ? b / a : 0;

	if (a <= 0 && b <= 0)
		snprintf(buf, KXT_FMT_MAX, "-");
	else if (a <= 0)
		snprintf(buf, KXT_FMT_MAX, "new");
	else if (b <= 0)
		snprintf(buf, KXT_FMT_MAX, "gone");
	else if (ratio < 9.995)
		format_change(buf, KXT_DIFF_SHARE, ratio - 1);
	else if (ratio < 99999)
		snprintf(buf, KXT_FMT_MAX, "x%.0f", ratio);
	else
		snprintf(buf, KXT_FMT_MAX, "x99999+");
}

static void make_cell(const struct kxt_diff_row *row, const struct column *c, enum how how,
		      char buf[KXT_FMT_MAX + 1])
{
	const struct kxt_diff_side *a = &row->side[KXT_DIFF_A], *b = &row->side[KXT_DIFF_B];
	const struct kxt_diff_side *s = how == VALUE_A ? a : b;
	double change;

	snprintf(buf, KXT_FMT_MAX, "-");
	if (how == RATIO && a->known[c->num] && b->known[c->num])
		format_ratio(buf, a->value[c->num], b->value[c->num]);
	else if (how == CHANGE && kxt_diff_change(row, c->num, &change))
		format_change(buf, c->num, change);
	else if ((how == VALUE_A || how == VALUE_B) && s->known[c->num])
		format(buf, c->num, s->value[c->num]);
}

/* A cell after what the line has so far. */
static void put_cell(FILE *f, const char *text, unsigned int width, enum kxt_align align,
		     bool ascii)
{
	char cell[4 * NAME_CELLS_MAX + 80];

	kxt_fmt_cell(cell, sizeof(cell), text, width, align, ascii);
	fputs(cell, f);
}

static void bold(FILE *f, const struct kxt_text *o, bool on)
{
	if (o->color)
		fputs(on ? BOLD : NORMAL, f);
}

/* Which columns fit beside a name of @name cells: those with a lower @drop. */
static unsigned int choose(const struct kxt_text *o, unsigned int name)
{
	for (unsigned int drop = 4; drop > 1; drop--) {
		unsigned int cells = 2 + name;

		for (size_t i = 0; i < NR(columns); i++)
			cells += columns[i].drop < drop ? columns[i].width + 1 : 0;
		if (!o->cells || cells <= o->cells)
			return drop;
	}
	return 1;
}

static void put_heads(FILE *f, const struct kxt_text *o, unsigned int name,
		      unsigned int drop, const char *first)
{
	bold(f, o, true);
	fprintf(f, "  %-*s", (int)name, "");
	for (size_t i = 0, n; i < NR(columns); i += n) {
		unsigned int width = 0;

		for (n = 0; i + n < NR(columns) &&
			    strcmp(columns[i + n].group, columns[i].group) == 0; n++)
			width += columns[i + n].width + 1;
		if (columns[i].drop < drop)
			fprintf(f, "%*s", (int)width, columns[i].group);
	}
	bold(f, o, false);
	fputc('\n', f);
	bold(f, o, true);
	fprintf(f, "  %-*s", (int)name, first);
	for (size_t i = 0; i < NR(columns); i++) {
		if (columns[i].drop < drop)
			fprintf(f, " %*s", (int)columns[i].width, columns[i].head);
	}
	bold(f, o, false);
	fputc('\n', f);
}

static unsigned int name_cells(const struct kxt_diff_vm *vm, const struct kxt_text *o)
{
	unsigned int width = NAME_CELLS_MIN;
	char name[KXT_ROW_NAME_MAX];

	for (unsigned int i = 0; i < vm->nr && i < o->reasons; i++) {
		kxt_reason_id_name(&vm->row[i].id, name);
		if (kxt_fmt_width(name) > width)
			width = kxt_fmt_width(name);
	}
	if (o->cells && o->cells < 90 && width > NAME_CELLS_MIN + 4)
		return NAME_CELLS_MIN + 4;
	return width < NAME_CELLS_MAX ? width : NAME_CELLS_MAX;
}

static void put_reasons(FILE *f, const struct kxt_diff_vm *vm, const struct kxt_text *o)
{
	unsigned int name = name_cells(vm, o), drop = choose(o, name);
	char text[KXT_ROW_NAME_MAX], cell[KXT_FMT_MAX + 1];

	if (!vm->nr) {
		fputs("  no exits\n", f);
		return;
	}
	put_heads(f, o, name, drop, vm->row[0].id.grouped ? "CLASS" : "REASON");
	for (unsigned int r = 0; r < vm->nr && r < o->reasons; r++) {
		kxt_reason_id_name(&vm->row[r].id, text);
		fputs("  ", f);
		put_cell(f, text, name, KXT_LEFT, o->ascii);
		for (size_t i = 0; i < NR(columns); i++) {
			if (columns[i].drop >= drop)
				continue;
			make_cell(&vm->row[r], &columns[i], columns[i].how, cell);
			fputc(' ', f);
			put_cell(f, cell, columns[i].width, KXT_RIGHT, o->ascii);
		}
		fputc('\n', f);
	}
}

/* Who had the time, a line a side. */
static void put_split(FILE *f, const struct kxt_diff_vm *vm, const struct kxt_text *o)
{
	static const char *const head[] = { "A", "B", "change" };
	static const enum how how[] = { VALUE_A, VALUE_B, CHANGE };
	char cell[KXT_FMT_MAX + 1];

	bold(f, o, true);
	fprintf(f, "  %-8s", "");
	for (size_t i = 0; i < NR(split); i++)
		fprintf(f, " %*s", (int)split[i].width, split[i].group);
	bold(f, o, false);
	fputc('\n', f);
	for (size_t line = 0; line < NR(head); line++) {
		fprintf(f, "  %-8s", head[line]);
		for (size_t i = 0; i < NR(split); i++) {
			make_cell(&vm->all, &split[i], how[line], cell);
			fputc(' ', f);
			put_cell(f, cell, split[i].width, KXT_RIGHT, o->ascii);
		}
		fputc('\n', f);
	}
}

static void put_vm(FILE *f, const struct kxt_view_diff *v, const struct kxt_diff_vm *vm,
		   const char *name)
{
	const char *what = v->diff->by_class ? "classes" : "reasons";
	const struct kxt_text *o = &v->text;

	fprintf(f, "\n%s", name);
	if (vm->nr > o->reasons)
		fprintf(f, ": first %u of %u %s\n", o->reasons, vm->nr, what);
	else if (vm->nr == 1)
		fprintf(f, ": 1 %s\n", v->diff->by_class ? "class" : "reason");
	else
		fprintf(f, ": %u %s\n", vm->nr, what);
	put_split(f, vm, o);
	fputc('\n', f);
	put_reasons(f, vm, o);
}

/* "A  old.rec: host, Linux 6.1, collector module; 2026-11-22 14:05:10 UTC, 60s; ..." */
static void put_side(FILE *f, const struct kxt_view_diff *v, unsigned int side)
{
	const struct kxt_report *rep = v->rep[side];
	const struct kxt_summary *s = v->sum[side];
	char from[KXT_REPORT_TIME_MAX], zone[KXT_REPORT_TIME_MAX], length[KXT_FMT_MAX];
	char host[KXT_LINE_MAX], load[KXT_LINE_MAX], lost[KXT_LINE_MAX];
	char text[5 * KXT_LINE_MAX], when[3 * KXT_REPORT_TIME_MAX], file[KXT_LINE_MAX];

	kxt_fmt_escape(file, sizeof(file), v->file[side], v->text.ascii);
	kxt_headline_host(s, v->text.ascii, host);
	kxt_headline_load(s, load);
	kxt_headline_lost(&s->lost, lost);
	kxt_fmt_seconds(length, s->interval_ns);
	kxt_report_offset_text(rep->from_ns, from);
	snprintf(when, sizeof(when), "from %s", from);
	if (rep->clock.wall) {
		kxt_report_date_text(s->begin_time_ns, rep->clock.utc_offset_s, from);
		kxt_report_zone_text(rep->clock.utc_offset_s, zone);
		snprintf(when, sizeof(when), "from %s %s", from, zone);
	}
	snprintf(text, sizeof(text), "%c: %s: %s, %s on, %s, %s, %s", 'A' + (int)side, file,
		 host, when, length, load, lost);
	kxt_text_lines(f, text, &v->text);
}

static void put_notes(FILE *f, const struct kxt_view_diff *v)
{
	const struct kxt_diff *d = v->diff;
	char text[KXT_LINE_MAX];

	kxt_text_lines(f, "COST/s: service time (latency without idle) in each second, of all vCPUs together. Rows are in the order of its change.",
		       &v->text);
	if (d->by_class) {
		snprintf(text, sizeof(text),
			 "A is %s and B is %s: their reasons differ, so classes of reasons are compared.",
			 kxt_isa_name(d->isa[KXT_DIFF_A]), kxt_isa_name(d->isa[KXT_DIFF_B]));
		kxt_text_lines(f, text, &v->text);
	}
	if (d->no_levels && !d->by_class)
		kxt_text_lines(f, "Exits of nested guests are not told apart: not both sides know them.",
			       &v->text);
	if (!d->all.all.side[KXT_DIFF_A].known[KXT_DIFF_COST] ||
	    !d->all.all.side[KXT_DIFF_B].known[KXT_DIFF_COST])
		kxt_text_lines(f, "Where idle time is not known, what halts cost is not either.",
			       &v->text);
	if (strcmp(v->sum[KXT_DIFF_A]->collector, v->sum[KXT_DIFF_B]->collector))
		kxt_text_lines(f, "The collectors differ: what they cost themselves is in the times.",
			       &v->text);
}

/* VMs of one side, in a line. */
static void put_only(FILE *f, const struct kxt_view_diff *v, unsigned int side)
{
	size_t size = (size_t)v->diff->nr * (KXT_ROW_NAME_MAX + 2) + 16, len = 0;
	char name[KXT_ROW_NAME_MAX], *text = malloc(size);

	for (unsigned int i = 0; text && i < v->diff->nr; i++) {
		const struct kxt_diff_vm *vm = &v->diff->vm[i];

		if (kxt_diff_both(vm) || !vm->all.side[side].is)
			continue;
		kxt_vm_name_escape(vm->name, v->text.ascii, name);
		len += (size_t)snprintf(text + len, size - len, "%s%s",
					len ? ", " : side ? "Only in B: " : "Only in A: ",
					name);
	}
	if (len) {
		fputc('\n', f);
		kxt_text_lines(f, text, &v->text);
	}
	free(text);
}

void kxt_view_diff_text(FILE *f, const struct kxt_view_diff *v)
{
	char name[KXT_ROW_NAME_MAX];

	put_side(f, v, KXT_DIFF_A);
	put_side(f, v, KXT_DIFF_B);
	put_notes(f, v);
	/* Of a single one that would be the same twice. */
	if (v->diff->nr != 1 || !kxt_diff_both(&v->diff->vm[0]))
		put_vm(f, v, &v->diff->all, "All VMs");
	for (unsigned int i = 0; i < v->diff->nr; i++) {
		if (!kxt_diff_both(&v->diff->vm[i]))
			continue;
		kxt_vm_name_escape(v->diff->vm[i].name, v->text.ascii, name);
		put_vm(f, v, &v->diff->vm[i], name);
	}
	put_only(f, v, KXT_DIFF_A);
	put_only(f, v, KXT_DIFF_B);
}
