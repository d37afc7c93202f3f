// SPDX-License-Identifier: GPL-2.0-only
/* The batch frames of top. */
#include "user/view_text.h"

#include <string.h>

#include "user/headline.h"
#include "user/rows.h"

/* A line without an end: what top reasons may take. */
#define ENDLESS		1000

#define BOLD		"\033[1m"
#define DIM		"\033[2m"
#define NORMAL		"\033[0m"

/**
 * struct line - a line on its way out
 * @text: what it has so far
 * @len: bytes of it
 */
struct line {
	char text[2 * KXT_CELL_MAX];
	size_t len;
};

static void add_cell(struct line *l, const char *cell, unsigned int width,
		     enum kxt_align align, bool ascii)
{
	if (l->len && l->len + 1 < sizeof(l->text))
		l->text[l->len++] = ' ';
	kxt_fmt_cell(l->text + l->len, sizeof(l->text) - l->len, cell, width, align, ascii);
	l->len += strlen(l->text + l->len);
}

/* No spaces at the end: a wide last column would wrap every line. */
static void put_line(FILE *f, struct line *l, const char *on, bool color)
{
	while (l->len && l->text[l->len - 1] == ' ')
		l->len--;
	l->text[l->len] = '\0';
	color = color && *on;
	fprintf(f, "%s%s%s\n", color ? on : "", l->text, color ? NORMAL : "");
	l->len = 0;
}

static void put_row(FILE *f, const struct kxt_table *t, const struct kxt_row *row,
		    const struct kxt_layout *lay, const char *indent,
		    const struct kxt_text *o)
{
	struct line line = { .len = 0 };
	char cell[KXT_CELL_MAX];

	fputs(indent, f);
	for (unsigned int i = 0; i < lay->nr; i++) {
		kxt_col_cell(t, row, lay->col[i], lay->width[i], cell);
		add_cell(&line, cell, lay->width[i], kxt_col_align(lay->col[i]), o->ascii);
	}
	put_line(f, &line, row->ended ? DIM : "", o->color);
}

static void put_table_head(FILE *f, const struct kxt_table *t, const struct kxt_layout *lay,
			   const char *indent, const struct kxt_text *o)
{
	struct line line = { .len = 0 };

	fputs(indent, f);
	for (unsigned int i = 0; i < lay->nr; i++)
		add_cell(&line, kxt_col_head(t->kind, lay->col[i]), lay->width[i],
			 kxt_col_align(lay->col[i]), o->ascii);
	put_line(f, &line, BOLD, o->color);
}

void kxt_text_layout(struct kxt_layout *lay, const struct kxt_table *t,
		     const char *indent, const struct kxt_text *o)
{
	unsigned int cells = o->cells ? o->cells : ENDLESS;

	kxt_layout_make(lay, t, cells - (unsigned int)strlen(indent));
}

void kxt_text_rows(FILE *f, const struct kxt_table *t, const struct kxt_layout *lay,
		   unsigned int max, const char *indent, const struct kxt_text *o)
{
	put_table_head(f, t, lay, indent, o);
	for (unsigned int r = 0; r < t->nr && r < max; r++)
		put_row(f, t, &t->row[r], lay, indent, o);
}

void kxt_text_table(FILE *f, const struct kxt_table *t, unsigned int max,
		    const char *indent, const struct kxt_text *o)
{
	struct kxt_layout lay;

	kxt_text_layout(&lay, t, indent, o);
	kxt_text_rows(f, t, &lay, max, indent, o);
}

/* The keys that stand behind a VM's exits, of all reasons. */
static int put_details(FILE *f, const struct kxt_summary *s, const struct kxt_vm *vm,
		       const struct kxt_text *o, struct kxt_err *err)
{
	bool number = kxt_col_align(o->sort) == KXT_RIGHT;
	struct kxt_table t = {
		.kind = KXT_TABLE_DETAILS, .ascii = o->ascii,
		.sort = number ? o->sort : kxt_col_default(KXT_TABLE_DETAILS),
	};
	struct kxt_scope scope = { .pid = vm->pid };
	unsigned int at[KXT_TEXT_DETAILS_MAX], nr, one_in;
	struct kxt_layout lay;

	if (kxt_table_build(&t, s, &scope, err))
		return -1;
	nr = kxt_table_pick(&t, at, o->details);
	if (!s->details)
		fputs("  behind them: not known for all of this interval\n", f);
	else if (!nr)
		fputs("  behind them: nothing in this interval\n", f);
	else
		fprintf(f, nr < t.nr ? "  behind them: first %u of %u\n" :
			"  behind them: %u\n", nr, t.nr);
	one_in = kxt_table_one_in(&t);
	if (nr) {
		kxt_text_layout(&lay, &t, "    ", o);
		put_table_head(f, &t, &lay, "    ", o);
	}
	for (unsigned int i = 0; i < nr; i++)
		put_row(f, &t, &t.row[at[i]], &lay, "    ", o);
	if (one_in)
		fprintf(f, "    rip: one in %u exits; COUNT is of these, rates are of all\n",
			one_in);
	kxt_table_free(&t);
	return 0;
}

static int put_reasons(FILE *f, const struct kxt_summary *s, const struct kxt_vm *vm,
		       const struct kxt_text *o, struct kxt_err *err)
{
	struct kxt_table t = {
		.kind = KXT_TABLE_REASONS, .sort = o->sort, .ascii = o->ascii,
	};
	struct kxt_scope scope = { .pid = vm->pid };
	char name[KXT_ROW_NAME_MAX];

	if (kxt_table_build(&t, s, &scope, err))
		return -1;
	kxt_vm_name(vm, o->ascii, name);
	fprintf(f, "\n%s (pid %u%s): ", name, vm->pid, vm->ended ? ", ended" : "");
	if (!t.nr) {
		fputs("no exits in this interval\n", f);
	} else {
		if (t.nr > o->reasons)
			fprintf(f, "first %u of %u reasons\n", o->reasons, t.nr);
		else
			fprintf(f, "%u reason%s\n", t.nr, t.nr == 1 ? "" : "s");
		kxt_text_table(f, &t, o->reasons, "  ", o);
	}
	kxt_table_free(&t);
	return o->details ? put_details(f, s, vm, o, err) : 0;
}

void kxt_text_lines(FILE *f, const char *text, const struct kxt_text *o)
{
	while (*text) {
		size_t len = o->cells ? kxt_fmt_wrap(text, o->cells) : strlen(text);

		fprintf(f, "%.*s\n", (int)len, text);
		for (text += len; *text == ' '; text++)
			;
	}
}

static void put_head(FILE *f, const struct kxt_summary *s, const struct kxt_text *o)
{
	char host[KXT_LINE_MAX], load[KXT_LINE_MAX], lost[KXT_LINE_MAX];
	char text[5 * KXT_LINE_MAX], interval[KXT_FMT_MAX], cost[KXT_LINE_MAX];
	const char *why = kxt_headline_lost_why(&s->lost);

	kxt_headline_host(s, o->ascii, host);
	kxt_headline_load(s, load);
	kxt_headline_lost(&s->lost, lost);
	kxt_fmt_seconds(interval, s->interval_ns);
	kxt_headline_cost(s, cost);
	snprintf(text, sizeof(text), "kvmexittop - %s, %s, %s, %s, interval %s", host, load,
		 lost, cost, interval);
	kxt_text_lines(f, text, o);
	if (why)
		kxt_text_lines(f, why, o);
}

void kxt_text_legend(FILE *f, const struct kxt_table *t, const struct kxt_text *o)
{
	char legend[KXT_LINE_MAX], text[2 * KXT_LINE_MAX];
	struct kxt_layout lay;

	kxt_text_layout(&lay, t, "", o);
	for (unsigned int i = 0; i < lay.nr; i++) {
		if (lay.col[i] != KXT_COL_PARTS)
			continue;
		kxt_headline_legend(o->ascii, legend);
		snprintf(text, sizeof(text), "SPLIT: %s", legend);
		kxt_text_lines(f, text, o);
	}
}

int kxt_text_vms(FILE *f, const struct kxt_summary *s, const struct kxt_text *o,
		 struct kxt_err *err)
{
	struct kxt_table t = {
		.kind = KXT_TABLE_VMS, .sort = o->sort, .ascii = o->ascii,
	};
	static const struct kxt_scope everything;
	int ret = 0;

	if (kxt_table_build(&t, s, &everything, err))
		return -1;
	kxt_text_legend(f, &t, o);
	fputc('\n', f);
	kxt_text_table(f, &t, t.nr, "", o);
	for (unsigned int i = 0; i < t.nr && !ret; i++)
		ret = put_reasons(f, s, t.row[i].vm, o, err);
	kxt_table_free(&t);
	return ret;
}

int kxt_view_text(FILE *f, const struct kxt_summary *s, const struct kxt_text *o,
		  struct kxt_err *err)
{
	put_head(f, s, o);
	if (s->nr)
		return kxt_text_vms(f, s, o, err);
	fputc('\n', f);
	kxt_text_lines(f, kxt_headline_empty(s, o->filter), o);
	return 0;
}
