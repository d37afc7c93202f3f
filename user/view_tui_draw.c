// SPDX-License-Identifier: GPL-2.0-only
/* The live view: header, tables, footer. */
#include <stdio.h>
#include <string.h>

#include "user/view_tui_int.h"

attr_t tui_color(const struct kxt_tui *tui, enum tui_pair pair)
{
	return tui->colors ? (attr_t)COLOR_PAIR(pair) : 0;
}

attr_t tui_part_color(const struct kxt_tui *tui, enum kxt_part part)
{
	return tui_color(tui, TUI_PAIR_PART + part);
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
		size_t len = kxt_fmt_wrap(text, (unsigned int)COLS - TUI_GUTTER);

		/* What does not fit any more ends in an ellipsis. */
		if (n == max - 1)
			len = strlen(text);
		snprintf(line, sizeof(line), "%.*s", (int)len, text);
		tui_put(tui, y + n++, TUI_GUTTER, COLS - TUI_GUTTER, attr, KXT_LEFT, line);
		for (text += len; *text == ' '; text++)
			;
	}
	return n;
}

void tui_put_bar(const struct kxt_tui *tui, int y, int x, int cells, attr_t attr,
		 const struct kxt_parts *parts)
{
	unsigned int bar[KXT_PART_NR];

	if (!kxt_parts_bar(parts, (unsigned int)cells, bar)) {
		tui_put(tui, y, x, cells, attr, KXT_LEFT, "-");
		return;
	}
	for (unsigned int i = 0; i < KXT_PART_NR; i++)
		for (; bar[i]; bar[i]--)
			tui_put(tui, y, x++, 1, attr | tui_part_color(tui, i), KXT_LEFT,
				kxt_part_char(i, tui->o.ascii));
}

void tui_pen_put(struct tui_pen *p, attr_t attr, const char *text)
{
	int cells = (int)kxt_fmt_width(text);

	tui_put(p->tui, p->y, p->x, cells, attr, KXT_LEFT, text);
	p->x += cells;
}

static void draw_load(struct kxt_tui *tui, int y)
{
	struct tui_pen p = { .tui = tui, .y = y };
	char text[KXT_LINE_MAX], interval[KXT_FMT_MAX];
	attr_t alarm = kxt_lost_any(&tui->lost) ?
		A_BOLD | tui_color(tui, TUI_PAIR_ALARM) : A_NORMAL;

	if (!tui->sum)
		return;
	kxt_headline_load(tui->sum, text);
	tui_pen_put(&p, A_NORMAL, text);
	tui_pen_put(&p, A_NORMAL, ", ");
	kxt_headline_lost(&tui->lost, text);
	tui_pen_put(&p, alarm, text);
	tui_pen_put(&p, A_NORMAL, ", ");
	kxt_headline_cost(tui->sum, text);
	tui_pen_put(&p, A_NORMAL, text);
	kxt_fmt_seconds(interval, tui->sum->interval_ns);
	snprintf(text, sizeof(text), ", interval %s", interval);
	tui_pen_put(&p, A_NORMAL, text);
}

/* "web1 (pid 1201) > vCPU 3 > HLT": what the table is about. */
static void draw_path(struct kxt_tui *tui, struct tui_pen *p)
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
		tui_pen_put(p, A_BOLD, text);
	} else {
		tui_pen_put(p, A_NORMAL, "all VMs");
	}
	if (scope->one_vcpu) {
		snprintf(text, sizeof(text), "%svCPU %u", sep, scope->vcpu_id);
		tui_pen_put(p, A_BOLD, text);
	}
	if (scope->one_reason) {
		kxt_reason_id_name(&scope->reason, name);
		snprintf(text, sizeof(text), "%s%s", sep, name);
		tui_pen_put(p, A_BOLD, text);
	}
	if (tui_nav(tui)->kind == KXT_TABLE_DETAILS) {
		snprintf(text, sizeof(text), "%sdetails", sep);
		tui_pen_put(p, A_BOLD, text);
	}
}

static void draw_tabs(struct kxt_tui *tui, int y)
{
	static const struct {
		const char *name;
		enum kxt_table_kind kind;
	} tab[] = {
		{ "1 VMs", KXT_TABLE_VMS }, { "2 vCPUs", KXT_TABLE_VCPUS },
		{ "3 reasons", KXT_TABLE_REASONS }, { "4 slow", KXT_TABLE_SLOW },
	};
	struct tui_pen p = { .tui = tui, .y = y };
	enum kxt_table_kind kind = tui_nav(tui)->kind;
	char text[KXT_LINE_MAX], shown[KXT_FMT_ESCAPED(KXT_FILTER_MAX)];

	if (kind == KXT_TABLE_SPLIT || kind == KXT_TABLE_DETAILS)
		kind = KXT_TABLE_REASONS;
	for (unsigned int i = 0; i < sizeof(tab) / sizeof(tab[0]); i++) {
		bool here = tab[i].kind == kind;

		snprintf(text, sizeof(text), here ? "[%s]" : " %s ", tab[i].name);
		tui_pen_put(&p, here ? A_BOLD : A_NORMAL, text);
	}
	tui_pen_put(&p, A_NORMAL, "  ");
	draw_path(tui, &p);
	tui->tabs_end = p.x;
	if (tui_table(tui)->filter[0] && tui->prompt != TUI_PROMPT_FILTER) {
		kxt_fmt_escape(shown, sizeof(shown), tui_table(tui)->filter, tui->o.ascii);
		snprintf(text, sizeof(text), "  filter: %s ", shown);
		tui_put(tui, y, COLS - (int)kxt_fmt_width(text), COLS,
			A_BOLD, KXT_LEFT, text);
		tui->tabs_end = COLS;
	}
}

int tui_draw_header(struct kxt_tui *tui)
{
	static const char details[] = "details on (D)";
	static const char paused[] = " PAUSED - Space goes on ";
	const char *why = kxt_headline_lost_why(&tui->lost);
	struct tui_pen p = { .tui = tui };
	char text[KXT_LINE_MAX];
	int y = 3;

	tui_pen_put(&p, A_BOLD, "kvmexittop");
	if (tui->sum) {
		kxt_headline_host(tui->sum, tui->o.ascii, text);
		tui_pen_put(&p, A_NORMAL, " - ");
		tui_pen_put(&p, A_NORMAL, text);
	}
	/* They cost something, so they are not to be forgotten. */
	if (tui->o.details && !tui->o.replay && p.x + 2 + (int)strlen(details) <= COLS)
		tui_put(tui, 0, COLS - (int)strlen(details), COLS, A_BOLD, KXT_LEFT, details);
	if (tui->paused)
		tui_put(tui, 0, COLS - (int)strlen(paused), COLS, A_REVERSE | A_BOLD,
			KXT_LEFT, paused);
	draw_load(tui, 1);
	draw_tabs(tui, TUI_TABS_LINE);
	if (tui->o.replay)
		y += tui_draw_place(tui, y);
	if (why && LINES >= TUI_ROOMY)
		y += tui_wrap(tui, y, 2, tui_color(tui, TUI_PAIR_ALARM), why);
	return y;
}

#define IN(kind)	(1U << KXT_TABLE_##kind)
#define REPLAY		(1U << KXT_TABLE_NR)

/* As many of these as fit, the least needed last. */
static void draw_keys(struct kxt_tui *tui, int y)
{
	static const struct {
		unsigned int kinds;
		const char *key;
		const char *what;
	} keys[] = {
		{ IN(VMS) | IN(VCPUS), "Enter", "reasons" },
		{ IN(REASONS), "Enter", "histogram" },
		{ IN(SPLIT), "Enter", "all details" },
		{ IN(SLOW), "Enter", "its reason" },
		{ IN(SLOW), "o", "threshold" },
		{ IN(SPLIT) | IN(DETAILS), "D", "details on/off" },
		{ IN(VMS), "q", "quit" },
		{ ~IN(VMS), "q", "back" },
		{ REPLAY, ". ,", "step" },
		{ REPLAY, "g", "go to" },
		{ REPLAY, "+ -", "speed" },
		{ ~0U, "h", "help" },
		{ ~0U, "Tab", "view" },
		{ ~0U, "s", "sort" },
		{ ~0U, "f", "filter" },
		{ IN(REASONS), "t", "group" },
		{ ~0U, "/", "search" },
		{ ~0U, "Space", "pause" },
		{ IN(VMS) | IN(VCPUS) | IN(REASONS), "D", "details" },
		{ ~0U, "d", "interval" },
	};
	unsigned int here = 1U << tui_nav(tui)->kind;
	struct tui_pen p = { .tui = tui, .y = y };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		int need = (int)(strlen(keys[i].key) + strlen(keys[i].what)) + 1;
		int gap = p.x ? 2 : 0;

		if (keys[i].kinds == REPLAY ? !tui->o.replay : !(keys[i].kinds & here))
			continue;
		if (p.x + gap + need > COLS)
			continue;
		p.x += gap;
		tui_pen_put(&p, A_BOLD, keys[i].key);
		p.x++;
		tui_pen_put(&p, A_NORMAL, keys[i].what);
	}
}

static void draw_prompt(struct kxt_tui *tui, int y)
{
	static const char *const what[] = {
		[TUI_PROMPT_SEARCH] = "Search (Enter jumps, Esc leaves): ",
		[TUI_PROMPT_FILTER] = "Filter (text or glob, Enter keeps, Esc clears): ",
		[TUI_PROMPT_INTERVAL] = "Seconds between frames (0.1 or more): ",
		[TUI_PROMPT_GOTO] = "Go to (90, 1:30, -10 from the end, 14:05:10): ",
		[TUI_PROMPT_SLOW] = "Slow from which service time on (as in 500us, 2ms): ",
	};
	struct tui_pen p = { .tui = tui, .y = y, .x = TUI_GUTTER };
	char shown[KXT_FMT_ESCAPED(TUI_INPUT_MAX)];

	if (tui->o.replay && tui->prompt == TUI_PROMPT_INTERVAL)
		tui_pen_put(&p, A_BOLD, "Seconds in an interval (0.1 or more): ");
	else
		tui_pen_put(&p, A_BOLD, what[tui->prompt]);
	kxt_fmt_escape(shown, sizeof(shown), tui->input, tui->o.ascii);
	tui_pen_put(&p, A_NORMAL, shown);
	move(y, p.x < COLS ? p.x : COLS - 1);
}

void tui_draw_footer(struct kxt_tui *tui)
{
	int y = LINES - 1;

	if (tui->prompt != TUI_PROMPT_NONE)
		draw_prompt(tui, y);
	else if (tui->message[0])
		tui_put(tui, y, TUI_GUTTER, COLS, A_BOLD, KXT_LEFT, tui->message);
	else if (tui->overlay == TUI_OVERLAY_HELP)
		tui_put(tui, y, TUI_GUTTER, COLS, 0, KXT_LEFT,
			"Up/Down scroll, any other key goes back");
	else if (tui->overlay == TUI_OVERLAY_SORT)
		tui_put(tui, y, TUI_GUTTER, COLS, 0, KXT_LEFT,
			"Up/Down choose, Enter sorts, Esc goes back");
	else
		draw_keys(tui, y);
}
