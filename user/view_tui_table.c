// SPDX-License-Identifier: GPL-2.0-only
/* The live view: tables. */
#include <stdio.h>
#include <string.h>

#include "user/view_tui_int.h"

/* The mark says which way is down the table: largest or smallest first. */
static const char *sort_mark(const struct kxt_tui *tui, const struct kxt_table *t)
{
	bool text = kxt_col_align(t->sort) == KXT_LEFT && t->sort != KXT_COL_CLOCK;

	if (tui->o.ascii)
		return text == t->reverse ? "v" : "^";
	return text == t->reverse ? "\u25bc" : "\u25b2";
}

void tui_draw_head(struct kxt_tui *tui, const struct kxt_table *t,
		   const struct kxt_layout *l, int y)
{
	attr_t attr = A_REVERSE | tui_color(tui, TUI_PAIR_HEAD);
	int x = TUI_GUTTER;

	tui_put(tui, y, 0, COLS, attr, KXT_LEFT, "");
	for (unsigned int i = 0; i < l->nr; i++) {
		enum kxt_col col = l->col[i];
		const char *head = kxt_col_head(t->kind, col);
		bool sorted = col == t->sort;
		int width = (int)l->width[i], at;

		tui_put(tui, y, x, width, attr | (sorted ? A_BOLD : 0),
			kxt_col_align(col), head);
		/* The layout has left it a cell next to the head. */
		at = kxt_col_align(col) == KXT_LEFT ? x + (int)strlen(head) :
			x + width - (int)strlen(head) - 1;
		if (sorted)
			tui_put(tui, y, at, 1, attr | A_BOLD, KXT_LEFT, sort_mark(tui, t));
		x += width + 1;
	}
}

void tui_draw_row(struct kxt_tui *tui, const struct kxt_table *t,
		  const struct kxt_layout *l, unsigned int r, int y, bool selected)
{
	const struct kxt_row *row = &t->row[r];
	attr_t dim = row->ended ? A_DIM : 0, attr = (selected ? A_REVERSE : 0) | dim;
	char cell[KXT_CELL_MAX];
	struct kxt_parts parts;
	int x = TUI_GUTTER;

	tui_put(tui, y, 0, COLS, attr, KXT_LEFT, selected ? ">" : row->ended ? "x" : "");
	for (unsigned int i = 0; i < l->nr; i++) {
		int width = (int)l->width[i];

		if (l->col[i] == KXT_COL_PARTS) {
			/* Never reversed: blocks would say the opposite. */
			kxt_row_parts(t, row, &parts);
			tui_put_bar(tui, y, x, width, dim, &parts);
		} else {
			kxt_col_cell(t, row, l->col[i], l->width[i], cell);
			tui_put(tui, y, x, width, attr, kxt_col_align(l->col[i]), cell);
		}
		x += width + 1;
	}
}

static void draw_no_rows(struct kxt_tui *tui, int y, int end)
{
	const struct kxt_table *t = tui_table(tui);
	char text[KXT_LINE_MAX], shown[KXT_FMT_ESCAPED(KXT_FILTER_MAX)];

	if (t->filter[0] && t->total) {
		kxt_fmt_escape(shown, sizeof(shown), t->filter, tui->o.ascii);
		snprintf(text, sizeof(text),
			 "Nothing here matches the filter '%s'. Esc clears it, f changes it.",
			 shown);
	} else if (tui_nav(tui)->scope.pid &&
		   !kxt_summary_vm(tui->sum, tui_nav(tui)->scope.pid)) {
		snprintf(text, sizeof(text), "This VM is gone. Esc goes back.");
	} else {
		snprintf(text, sizeof(text),
			 "No exits in this interval: the guest is running without any, or all of its vCPUs sleep. Esc goes back.");
	}
	tui_wrap(tui, y, end - y, 0, text);
}

/* As the columns of the numbers are called. */
static const char *const legend[KXT_PART_NR] = {
	"guest", "kernel", "VMM", "idle", "runq",
};

/* Cells of the legend; brief: only first letters. */
static int legend_cells(const struct kxt_tui *tui, bool brief)
{
	int cells = -1;

	for (unsigned int i = 0; i < KXT_PART_NR; i++)
		cells += (tui->o.ascii ? 3 : 2) +
			 (brief ? 1 : (int)strlen(legend[i]));
	return cells;
}

/* What bars are made of, on the line above the table as far as there is room. */
static void draw_legend(struct kxt_tui *tui, const struct kxt_layout *l)
{
	struct tui_pen p = { .tui = tui, .y = TUI_TABS_LINE };
	int room = COLS - tui->tabs_end - 2;
	bool bars = false, brief = legend_cells(tui, false) > room;

	for (unsigned int i = 0; i < l->nr; i++)
		bars = bars || l->col[i] == KXT_COL_PARTS;
	/* Letters need no short explanation. */
	if (!bars || (brief && (tui->o.ascii || legend_cells(tui, true) > room)))
		return;
	p.x = COLS - legend_cells(tui, brief);
	for (unsigned int i = 0; i < KXT_PART_NR; i++, p.x++) {
		char name[16];

		snprintf(name, sizeof(name), "%.*s", brief ? 1 : 15, legend[i]);
		tui_pen_put(&p, tui_part_color(tui, i), kxt_part_char(i, tui->o.ascii));
		tui_pen_put(&p, 0, tui->o.ascii ? "=" : "");
		tui_pen_put(&p, 0, name);
	}
}

void tui_draw_table(struct kxt_tui *tui, int y, int end)
{
	struct kxt_table *t = tui_table(tui);
	unsigned int lines = end - y > 1 ? (unsigned int)(end - y - 1) : 0;
	struct kxt_layout l;

	tui->page = lines;
	kxt_table_view(t, lines);
	kxt_layout_make(&l, t, (unsigned int)COLS - TUI_GUTTER);
	draw_legend(tui, &l);
	tui_draw_head(tui, t, &l, y);
	for (unsigned int i = 0; i < lines && t->top + i < t->nr; i++)
		tui_draw_row(tui, t, &l, t->top + i, y + 1 + (int)i, t->top + i == t->sel);
	if (!t->nr)
		draw_no_rows(tui, y + 2, end);
}

void tui_draw_reasons(struct kxt_tui *tui, int y, int end)
{
	const struct kxt_table *t = tui_table(tui);
	const struct kxt_row *row = kxt_table_selected(t);
	int lines = end - y >= TUI_ROOMY ? 3 : end - y >= TUI_ROOMY / 2 ? 1 : 0;
	char name[KXT_ROW_NAME_MAX], text[3 * KXT_LINE_MAX], unpaired[KXT_FMT_MAX];

	tui_draw_table(tui, y, end - lines);
	if (!row || !lines)
		return;
	kxt_reason_id_name(&row->key.reason, name);
	kxt_fmt_count(unpaired, row->e->unpaired > 0 ? (uint64_t)row->e->unpaired : 0);
	snprintf(text, sizeof(text), "%s (%s, %s unpaired): %s", name,
		 row->key.reason.grouped ? "class" :
		 kxt_class_name(kxt_reason_id_class(&row->key.reason)), unpaired,
		 kxt_reason_id_text(&row->key.reason));
	tui_wrap(tui, end - lines, lines, 0, text);
}
