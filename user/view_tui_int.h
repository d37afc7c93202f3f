/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the live view share among themselves, and nobody else. */
#ifndef KXT_VIEW_TUI_INT_H
#define KXT_VIEW_TUI_INT_H

#include <ncurses.h>

#include "user/headline.h"
#include "user/parts.h"
#include "user/rows.h"
#include "user/view_tui.h"

/* Below this a row would not be worth its line. */
#define TUI_MIN_COLS	60
#define TUI_MIN_LINES	10

/* No terminal is wider; bounds every line that we build. */
#define TUI_MAX_COLS	1000

/* Where a table begins: the mark of the selected row stands before it. */
#define TUI_GUTTER		1

/* On fewer lines than this, rows matter more than sentences. */
#define TUI_ROOMY		16

/* The line with the tabs; what is left of it is the legend's. */
#define TUI_TABS_LINE	2

#define TUI_INPUT_MAX	KXT_FILTER_MAX
#define TUI_NAV_MAX	8

/**
 * enum tui_overlay - what lies over the tables
 * @TUI_OVERLAY_NONE: nothing
 * @TUI_OVERLAY_HELP: the help
 * @TUI_OVERLAY_SORT: the choice of the column to sort by
 */
enum tui_overlay {
	TUI_OVERLAY_NONE,
	TUI_OVERLAY_HELP,
	TUI_OVERLAY_SORT,
};

/**
 * enum tui_prompt - what the user is typing
 * @TUI_PROMPT_NONE: nothing
 * @TUI_PROMPT_SEARCH: part of a name to jump to
 * @TUI_PROMPT_FILTER: part of the names to show
 * @TUI_PROMPT_INTERVAL: seconds between frames
 * @TUI_PROMPT_SLOW: from which service time on an exit is slow
 * @TUI_PROMPT_GOTO: a place in the recording
 */
enum tui_prompt {
	TUI_PROMPT_NONE,
	TUI_PROMPT_SEARCH,
	TUI_PROMPT_FILTER,
	TUI_PROMPT_INTERVAL,
	TUI_PROMPT_SLOW,
	TUI_PROMPT_GOTO,
};

/* The colours; each is told apart by more than its colour. */
enum tui_pair {
	TUI_PAIR_HEAD = 1,
	TUI_PAIR_ALARM,
	TUI_PAIR_BAR,
	TUI_PAIR_PART,		/* and one for each enum kxt_part after it */
};

/**
 * struct tui_nav - a place the user can be
 * @kind: table; KXT_TABLE_SPLIT is the screen with the histogram, and with the
 *	first rows of KXT_TABLE_DETAILS
 * @scope: of what
 */
struct tui_nav {
	enum kxt_table_kind kind;
	struct kxt_scope scope;
};

/**
 * struct kxt_tui - the live view
 * @screen: of ncurses
 * @o: as opened; the interval, and whether details are wanted, change
 * @colors: colours are in use
 * @sum: the frame that is shown; NULL before the first
 * @lost: what was lost since the view began
 * @table: tables; only the one of the current place has rows, and the one of
 *	the details where they are shown in part
 * @nav: the way here; @depth is the current place
 * @depth: how far the user drilled down
 * @overlay: what lies over it
 * @overlay_at: first line of the help, or chosen column in the menu
 * @prompt: what is being typed
 * @input: so far
 * @before: filter before the prompt, to go back to
 * @search: last search
 * @message: one line until the next key
 * @paused: no new frames wanted
 * @page: rows that fit, for PgUp and PgDn
 * @wish: what to tell the caller
 * @tabs_end: first free cell of the line with the tabs
 * @slow_ns: from which service time on an exit is slow
 * @log: slow exits
 * @no_details: why there are none, or empty
 * @no_slow: why there are none, or empty
 * @place: where in the recording, in a replay; no window before the first frame
 */
struct kxt_tui {
	SCREEN *screen;
	struct kxt_tui_opts o;
	bool colors;
	const struct kxt_summary *sum;
	struct kxt_lost lost;
	struct kxt_table table[KXT_TABLE_NR];
	struct tui_nav nav[TUI_NAV_MAX];
	unsigned int depth;
	enum tui_overlay overlay;
	unsigned int overlay_at;
	enum tui_prompt prompt;
	char input[TUI_INPUT_MAX];
	char before[TUI_INPUT_MAX];
	char search[TUI_INPUT_MAX];
	char message[KXT_LINE_MAX];
	bool paused;
	unsigned int page;
	enum kxt_tui_wish wish;
	int tabs_end;
	uint64_t slow_ns;
	struct kxt_slow_log log;
	char no_details[KXT_LINE_MAX];
	char no_slow[KXT_LINE_MAX];
	struct kxt_replay_place place;
};

/* view_tui.c: where the user is */

/** tui_nav() - the current place */
const struct tui_nav *tui_nav(const struct kxt_tui *tui);

/** tui_table() - its table */
struct kxt_table *tui_table(struct kxt_tui *tui);

/** tui_rebuild() - fill its table from the frame; 0, or -1 with @err set */
int tui_rebuild(struct kxt_tui *tui, struct kxt_err *err);

/** tui_push() - go to a place from where tui_back() comes back here */
void tui_push(struct kxt_tui *tui, const struct tui_nav *to);

/** tui_back() - go back; false on the first screen */
bool tui_back(struct kxt_tui *tui);

/** tui_switch() - go to a table, of the same VM if the user is in one */
void tui_switch(struct kxt_tui *tui, enum kxt_table_kind kind);

/** tui_draw() - draw everything; the terminal gets what changed */
void tui_draw(struct kxt_tui *tui);

/* view_tui_term.c */

/** tui_check_terminal() - is $TERM known and good enough? 0, or -1 with @err set */
int tui_check_terminal(struct kxt_err *err);

/* view_tui_draw.c: pieces of the screen */

/**
 * struct tui_pen - text written piece by piece from left to right
 * @tui: view
 * @y: line
 * @x: next cell
 */
struct tui_pen {
	const struct kxt_tui *tui;
	int y;
	int x;
};

/** tui_pen_put() - the next piece */
void tui_pen_put(struct tui_pen *p, attr_t attr, const char *text);

/**
 * tui_put() - text in an exact number of cells
 * @tui: view
 * @y: line
 * @x: cell
 * @cells: how many; cut to the screen
 * @attr: attributes
 * @align: side
 * @text: escaped text
 */
void tui_put(const struct kxt_tui *tui, int y, int x, int cells, attr_t attr,
	     enum kxt_align align, const char *text);

/** tui_wrap() - a text over at most @max lines from @y on; number of lines */
int tui_wrap(const struct kxt_tui *tui, int y, int max, attr_t attr, const char *text);

/** tui_color() - attribute of a colour, 0 without colours */
attr_t tui_color(const struct kxt_tui *tui, enum tui_pair pair);

/** tui_part_color() - attribute of a part of a bar */
attr_t tui_part_color(const struct kxt_tui *tui, enum kxt_part part);

/** tui_put_bar() - a bar of the parts of a time */
void tui_put_bar(const struct kxt_tui *tui, int y, int x, int cells, attr_t attr,
		 const struct kxt_parts *parts);

/** tui_draw_header() - the lines above the table; how many there are */
int tui_draw_header(struct kxt_tui *tui);

/** tui_draw_footer() - the last line: keys, message or prompt */
void tui_draw_footer(struct kxt_tui *tui);

/* view_tui_table.c */

/** tui_draw_head() - the line of heads */
void tui_draw_head(struct kxt_tui *tui, const struct kxt_table *t,
		   const struct kxt_layout *l, int y);

/** tui_draw_row() - row number @r */
void tui_draw_row(struct kxt_tui *tui, const struct kxt_table *t,
		  const struct kxt_layout *l, unsigned int r, int y, bool selected);

/** tui_draw_table() - head and rows of the current table in lines @y to @end - 1 */
void tui_draw_table(struct kxt_tui *tui, int y, int end);

/** tui_draw_reasons() - the table of reasons and what the selected one means */
void tui_draw_reasons(struct kxt_tui *tui, int y, int end);

/* view_tui_hist.c, view_tui_detail.c, view_tui_slow.c */

/** tui_draw_hist() - histogram, details and per-vCPU split in lines @y to @end - 1 */
void tui_draw_hist(struct kxt_tui *tui, int y, int end);

/** tui_details_want() - lines that the details would fill next to a histogram */
int tui_details_want(const struct kxt_tui *tui);

/** tui_draw_details() - some of them, or why there are none; number of lines used */
int tui_draw_details(struct kxt_tui *tui, int y, int max);

/** tui_draw_all_details() - all of them in lines @y to @end - 1 */
void tui_draw_all_details(struct kxt_tui *tui, int y, int end);

/** tui_draw_slow() - the slow exits in lines @y to @end - 1 */
void tui_draw_slow(struct kxt_tui *tui, int y, int end);

/* view_tui_help.c, view_tui_prompt.c, view_tui_keys.c */

/** tui_draw_help() - the help in lines @y to @end - 1 */
void tui_draw_help(struct kxt_tui *tui, int y, int end);

/** tui_draw_sort() - the menu of columns in lines @y to @end - 1 */
void tui_draw_sort(struct kxt_tui *tui, int y, int end);

/** tui_help_lines() - how many lines the help has */
unsigned int tui_help_lines(const struct kxt_tui *tui);

/** tui_sort_column() - the @at-th column that the current table is sorted by, or NR */
enum kxt_col tui_sort_column(const struct kxt_tui *tui, unsigned int at);

/** tui_say() - a message that stays until the next key */
void tui_say(struct kxt_tui *tui, const char *text);

/** tui_set_filter() - show only names with @text; 0, or -1 with @err set */
int tui_set_filter(struct kxt_tui *tui, const char *text, struct kxt_err *err);

/** tui_prompt_start() - let the user type, beginning with @text */
void tui_prompt_start(struct kxt_tui *tui, enum tui_prompt prompt, const char *text);

/** tui_prompt_key() - a key while the user types; 0, or -1 with @err set */
int tui_prompt_key(struct kxt_tui *tui, uint32_t key, struct kxt_err *err);

/** tui_key() - do what one key says; 0, or -1 with @err set */
int tui_key(struct kxt_tui *tui, wint_t key, bool is_code, struct kxt_err *err);

/* view_tui_replay.c: what only a replay has */

/** tui_replay_key() - do what a key says; false if it is none of a replay's own */
bool tui_replay_key(struct kxt_tui *tui, uint32_t key);

/** tui_draw_place() - where in the recording, from line @y on; number of lines */
int tui_draw_place(struct kxt_tui *tui, int y);

/** tui_replay_empty() - why there is no VM to show, and what to do */
const char *tui_replay_empty(const struct kxt_tui *tui);

/* Characters and function keys share no numbers: ncurses says which it is. */
#define TUI_CODE(k)	((k) | 0x1000000U)
#define TUI_CTRL(c)	((c) & 0x1f)
#define TUI_ESC		0x1b
#define TUI_DEL		0x7f

static inline bool tui_is_enter(uint32_t key)
{
	return key == '\r' || key == '\n' || key == TUI_CODE(KEY_ENTER);
}

static inline bool tui_is_erase(uint32_t key)
{
	return key == TUI_CODE(KEY_BACKSPACE) || key == TUI_DEL || key == TUI_CTRL('h');
}

#endif /* KXT_VIEW_TUI_INT_H */
