/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the live view share among themselves, and nobody else. */
#ifndef KXT_VIEW_TUI_INT_H
#define KXT_VIEW_TUI_INT_H

#include <ncurses.h>

#include "user/headline.h"
#include "user/rows.h"
#include "user/view_tui.h"

/* Below this a row would not be worth its line. */
#define TUI_MIN_COLS	60
#define TUI_MIN_LINES	10

/* No terminal is wider; bounds every line that we build. */
#define TUI_MAX_COLS	1000

#define TUI_INPUT_MAX	KXT_FILTER_MAX
#define TUI_NAV_MAX	4

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
 */
enum tui_prompt {
	TUI_PROMPT_NONE,
	TUI_PROMPT_SEARCH,
	TUI_PROMPT_FILTER,
	TUI_PROMPT_INTERVAL,
};

/* The colours; each is told apart by more than its colour. */
enum tui_pair {
	TUI_PAIR_HEAD = 1,
	TUI_PAIR_ALARM,
	TUI_PAIR_BAR,
};

/**
 * struct tui_nav - a place the user can be
 * @kind: table; KXT_TABLE_SPLIT is the screen with the histogram
 * @scope: of what
 */
struct tui_nav {
	enum kxt_table_kind kind;
	struct kxt_scope scope;
};

/**
 * struct kxt_tui - the live view
 * @screen: of ncurses
 * @o: as opened; the interval changes
 * @colors: colours are in use
 * @sum: the frame that is shown; NULL before the first
 * @lost: what was lost since the view began
 * @table: tables; only the one of the current place has rows
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

/** tui_draw_header() - the lines above the table; how many there are */
int tui_draw_header(struct kxt_tui *tui);

/** tui_draw_footer() - the last line: keys, message or prompt */
void tui_draw_footer(struct kxt_tui *tui);

/** tui_draw_table() - head and rows of the current table in lines @y to @end - 1 */
void tui_draw_table(struct kxt_tui *tui, int y, int end);

/** tui_draw_reasons() - the table of reasons and what the selected one means */
void tui_draw_reasons(struct kxt_tui *tui, int y, int end);

/* view_tui_hist.c, view_tui_help.c, view_tui_keys.c */

/** tui_draw_hist() - histogram and per-vCPU split in lines @y to @end - 1 */
void tui_draw_hist(struct kxt_tui *tui, int y, int end);

/** tui_draw_help() - the help in lines @y to @end - 1 */
void tui_draw_help(struct kxt_tui *tui, int y, int end);

/** tui_draw_sort() - the menu of columns in lines @y to @end - 1 */
void tui_draw_sort(struct kxt_tui *tui, int y, int end);

/** tui_help_lines() - how many lines the help has */
unsigned int tui_help_lines(void);

/** tui_sort_column() - the @at-th column that the current table is sorted by, or NR */
enum kxt_col tui_sort_column(const struct kxt_tui *tui, unsigned int at);

/** tui_key() - do what one key says; 0, or -1 with @err set */
int tui_key(struct kxt_tui *tui, wint_t key, bool is_code, struct kxt_err *err);

#endif /* KXT_VIEW_TUI_INT_H */
