// SPDX-License-Identifier: GPL-2.0-only
/* The live view: header, tables, footer. */
#include <stdio.h>
#include <string.h>

#include "user/view_tui_int.h"

/* Where the table begins: the mark of the selected row stands before it. */
#define GUTTER	1

/* On fewer lines than this, rows matter more than sentences. */
#define ROOMY	16

/**
 * struct pen - text written piece by piece from left to right
 * @tui: view
 * @y: line
 * @x: next cell
 */
struct pen {
	const struct kxt_tui *tui;
	int y;
	int x;
};

attr_t tui_color(const struct kxt_tui *tui, enum tui_pair pair)
{
	return tui->colors ? (attr_t)COLOR_PAIR(pair) : 0;
}

void tui_put(const struct kxt_tui *tui, int y, int x, int cells, attr_t attr,
	     enum kxt_align align, const char *text)
{
	char line[4 * TUI_MAX_COLS + 1];

	if (cells > COLS - x)
		cells = COLS - x;
	if (cells > TUI_MAX_COLS)
		cells = TUI_MAX_COLS;
	if (cells <= 0 || y < 0 || y >= LINES)
		return;
	kxt_fmt_cell(line, sizeof(line), text, (unsigned int)cells, align, tui->o.ascii);
	attrset(attr);
	mvaddstr(y, x, line);
	attrset(A_NORMAL);
}

int tui_wrap(const struct kxt_tui *tui, int y, int max, attr_t attr, const char *text)
{
	char line[4 * TUI_MAX_COLS + 1];
	int n = 0;

	while (*text && n < max) {
		size_t len = kxt_fmt_wrap(text, (unsigned int)COLS - GUTTER);

		/* What does not fit any more ends in an ellipsis. */
		if (n == max - 1)
			len = strlen(text);
		snprintf(line, sizeof(line), "%.*s", (int)len, text);
		tui_put(tui, y + n++, GUTTER, COLS - GUTTER, attr, KXT_LEFT, line);
		for (text += len; *text == ' '; text++)
			;
	}
	return n;
}

static void pen_put(struct pen *p, attr_t attr, const char *text)
{
	int cells = (int)kxt_fmt_width(text);

	tui_put(p->tui, p->y, p->x, cells, attr, KXT_LEFT, text);
	p->x += cells;
}

static void draw_load(struct kxt_tui *tui, int y)
{
	struct pen p = { .tui = tui, .y = y };
	char text[KXT_LINE_MAX], interval[KXT_FMT_MAX];
	attr_t alarm = kxt_lost_any(&tui->lost) ?
		A_BOLD | tui_color(tui, TUI_PAIR_ALARM) : A_NORMAL;

	if (!tui->sum)
		return;
	kxt_headline_load(tui->sum, text);
	pen_put(&p, A_NORMAL, text);
	pen_put(&p, A_NORMAL, ", ");
	kxt_headline_lost(&tui->lost, text);
	pen_put(&p, alarm, text);
	kxt_fmt_seconds(interval, tui->sum->interval_ns);
	snprintf(text, sizeof(text), ", interval %s, overhead -", interval);
	pen_put(&p, A_NORMAL, text);
}

/* "web1 (pid 1201) > vCPU 3 > HLT": what the table is about. */
static void draw_path(struct kxt_tui *tui, struct pen *p)
{
	const struct kxt_scope *scope = &tui_nav(tui)->scope;
	const char *sep = " > ";
	const struct kxt_vm *vm = tui->sum ? kxt_summary_vm(tui->sum, scope->pid) : NULL;
	char name[KXT_ROW_NAME_MAX], text[KXT_LINE_MAX];

	if (!scope->pid && tui_nav(tui)->kind == KXT_TABLE_VMS)
		return;
	if (scope->pid) {
		snprintf(name, sizeof(name), "gone");
		if (vm)
			kxt_vm_name(vm, tui->o.ascii, name);
		snprintf(text, sizeof(text), "%s (pid %u%s)", name, scope->pid,
			 vm && vm->ended ? ", ended" : "");
		pen_put(p, A_BOLD, text);
	} else {
		pen_put(p, A_NORMAL, "all VMs");
	}
	if (scope->one_vcpu) {
		snprintf(text, sizeof(text), "%svCPU %u", sep, scope->vcpu_id);
		pen_put(p, A_BOLD, text);
	}
	if (scope->one_reason) {
		kxt_reason_id_name(&scope->reason, name);
		snprintf(text, sizeof(text), "%s%s", sep, name);
		pen_put(p, A_BOLD, text);
	}
}

static void draw_tabs(struct kxt_tui *tui, int y)
{
	static const char *const name[] = { "1 VMs", "2 vCPUs", "3 reasons" };
	struct pen p = { .tui = tui, .y = y };
	enum kxt_table_kind kind = tui_nav(tui)->kind;
	char text[KXT_LINE_MAX], shown[KXT_FMT_ESCAPED(KXT_FILTER_MAX)];

	if (kind == KXT_TABLE_SPLIT)
		kind = KXT_TABLE_REASONS;
	for (unsigned int i = 0; i < 3; i++) {
		snprintf(text, sizeof(text), i == kind ? "[%s]" : " %s ", name[i]);
		pen_put(&p, i == kind ? A_BOLD : A_NORMAL, text);
	}
	pen_put(&p, A_NORMAL, "  ");
	draw_path(tui, &p);
	if (tui_table(tui)->filter[0] && tui->prompt != TUI_PROMPT_FILTER) {
		kxt_fmt_escape(shown, sizeof(shown), tui_table(tui)->filter, tui->o.ascii);
		snprintf(text, sizeof(text), "  filter: %s ", shown);
		tui_put(tui, y, COLS - (int)kxt_fmt_width(text), COLS,
			A_BOLD, KXT_LEFT, text);
	}
}

int tui_draw_header(struct kxt_tui *tui)
{
	static const char paused[] = " PAUSED - Space goes on ";
	const char *why = kxt_headline_lost_why(&tui->lost);
	struct pen p = { .tui = tui };
	char text[KXT_LINE_MAX];
	int y = 3;

	pen_put(&p, A_BOLD, "kvmexittop");
	if (tui->sum) {
		kxt_headline_host(tui->sum, tui->o.ascii, text);
		pen_put(&p, A_NORMAL, " - ");
		pen_put(&p, A_NORMAL, text);
	}
	if (tui->paused)
		tui_put(tui, 0, COLS - (int)strlen(paused), COLS, A_REVERSE | A_BOLD,
			KXT_LEFT, paused);
	draw_load(tui, 1);
	draw_tabs(tui, 2);
	if (why && LINES >= ROOMY)
		y += tui_wrap(tui, y, 2, tui_color(tui, TUI_PAIR_ALARM), why);
	return y;
}

/* As many of these as fit, the least needed last. */
static void draw_keys(struct kxt_tui *tui, int y)
{
	static const struct {
		unsigned int kinds;
		const char *key;
		const char *what;
	} keys[] = {
		{ 1 << KXT_TABLE_VMS | 1 << KXT_TABLE_VCPUS, "Enter", "reasons" },
		{ 1 << KXT_TABLE_REASONS, "Enter", "histogram" },
		{ 1 << KXT_TABLE_VMS, "q", "quit" },
		{ ~(1U << KXT_TABLE_VMS), "q", "back" },
		{ ~0U, "h", "help" },
		{ ~0U, "Tab", "view" },
		{ ~0U, "s", "sort" },
		{ ~0U, "f", "filter" },
		{ 1 << KXT_TABLE_REASONS, "t", "group" },
		{ ~0U, "/", "search" },
		{ ~0U, "Space", "pause" },
		{ ~0U, "d", "interval" },
	};
	struct pen p = { .tui = tui, .y = y };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		int need = (int)(strlen(keys[i].key) + strlen(keys[i].what)) + 1;

		if (!(keys[i].kinds & 1U << tui_nav(tui)->kind) || p.x + need > COLS)
			continue;
		pen_put(&p, A_BOLD, keys[i].key);
		pen_put(&p, A_NORMAL, " ");
		pen_put(&p, A_NORMAL, keys[i].what);
		pen_put(&p, A_NORMAL, "  ");
	}
}

static void draw_prompt(struct kxt_tui *tui, int y)
{
	static const char *const what[] = {
		[TUI_PROMPT_SEARCH] = "Search (Enter jumps, Esc leaves): ",
		[TUI_PROMPT_FILTER] = "Filter (text or glob, Enter keeps, Esc clears): ",
		[TUI_PROMPT_INTERVAL] = "Seconds between frames (0.1 or more): ",
	};
	struct pen p = { .tui = tui, .y = y, .x = GUTTER };
	char shown[KXT_FMT_ESCAPED(TUI_INPUT_MAX)];

	pen_put(&p, A_BOLD, what[tui->prompt]);
	kxt_fmt_escape(shown, sizeof(shown), tui->input, tui->o.ascii);
	pen_put(&p, A_NORMAL, shown);
	move(y, p.x < COLS ? p.x : COLS - 1);
}

void tui_draw_footer(struct kxt_tui *tui)
{
	int y = LINES - 1;

	if (tui->prompt != TUI_PROMPT_NONE)
		draw_prompt(tui, y);
	else if (tui->message[0])
		tui_put(tui, y, GUTTER, COLS, A_BOLD, KXT_LEFT, tui->message);
	else if (tui->overlay == TUI_OVERLAY_HELP)
		tui_put(tui, y, GUTTER, COLS, 0, KXT_LEFT,
			"Up/Down scroll, any other key goes back");
	else if (tui->overlay == TUI_OVERLAY_SORT)
		tui_put(tui, y, GUTTER, COLS, 0, KXT_LEFT,
			"Up/Down choose, Enter sorts, Esc goes back");
	else
		draw_keys(tui, y);
}

/* The mark says which way is down the table: largest or smallest first. */
static const char *sort_mark(const struct kxt_tui *tui, const struct kxt_table *t)
{
	bool text = t->sort == KXT_COL_NAME || t->sort == KXT_COL_REASON ||
		    t->sort == KXT_COL_CLASS;

	if (tui->o.ascii)
		return text == t->reverse ? "v" : "^";
	return text == t->reverse ? "\u25bc" : "\u25b2";
}

static void draw_head(struct kxt_tui *tui, const struct kxt_table *t,
		      const struct kxt_layout *l, int y)
{
	attr_t attr = A_REVERSE | tui_color(tui, TUI_PAIR_HEAD);
	int x = GUTTER;

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

static void draw_row(struct kxt_tui *tui, const struct kxt_table *t,
		     const struct kxt_layout *l, unsigned int r, int y)
{
	const struct kxt_row *row = &t->row[r];
	bool selected = r == t->sel;
	attr_t attr = (selected ? A_REVERSE : 0) | (row->ended ? A_DIM : 0);
	char cell[KXT_CELL_MAX];
	int x = GUTTER;

	tui_put(tui, y, 0, COLS, attr, KXT_LEFT, selected ? ">" : row->ended ? "x" : "");
	for (unsigned int i = 0; i < l->nr; i++) {
		kxt_col_cell(t, row, l->col[i], l->width[i], cell);
		tui_put(tui, y, x, (int)l->width[i], attr, kxt_col_align(l->col[i]), cell);
		x += (int)l->width[i] + 1;
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

void tui_draw_table(struct kxt_tui *tui, int y, int end)
{
	struct kxt_table *t = tui_table(tui);
	unsigned int lines = end - y > 1 ? (unsigned int)(end - y - 1) : 0;
	struct kxt_layout l;

	tui->page = lines;
	kxt_table_view(t, lines);
	kxt_layout_make(&l, t, (unsigned int)COLS - GUTTER);
	draw_head(tui, t, &l, y);
	for (unsigned int i = 0; i < lines && t->top + i < t->nr; i++)
		draw_row(tui, t, &l, t->top + i, y + 1 + (int)i);
	if (!t->nr)
		draw_no_rows(tui, y + 2, end);
}

void tui_draw_reasons(struct kxt_tui *tui, int y, int end)
{
	const struct kxt_table *t = tui_table(tui);
	const struct kxt_row *row = kxt_table_selected(t);
	int lines = end - y >= ROOMY ? 3 : end - y >= ROOMY / 2 ? 1 : 0;
	char name[KXT_ROW_NAME_MAX], text[2 * KXT_LINE_MAX], unpaired[KXT_FMT_MAX];

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
