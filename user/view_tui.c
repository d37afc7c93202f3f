// SPDX-License-Identifier: GPL-2.0-only
/* The live view: the terminal, and where the user is. */
#include "user/view_tui.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "user/view_tui_int.h"

/* How long a lone Esc may be the begin of a key's sequence; slow links need it. */
#define ESC_DELAY_MS	50

/* What is slow, until the user says otherwise. */
#define SLOW_NS		1000000

static void init_colors(struct kxt_tui *tui)
{
	tui->colors = tui->o.color && has_colors() && start_color() == OK;
	if (!tui->colors)
		return;
	/* The user's own background: we cannot know if it is light or dark. */
	use_default_colors();
	init_pair(TUI_PAIR_HEAD, COLOR_CYAN, -1);
	init_pair(TUI_PAIR_ALARM, COLOR_RED, -1);
	init_pair(TUI_PAIR_BAR, COLOR_GREEN, -1);
	init_pair(TUI_PAIR_PART + KXT_PART_GUEST, COLOR_GREEN, -1);
	init_pair(TUI_PAIR_PART + KXT_PART_KERNEL, COLOR_CYAN, -1);
	init_pair(TUI_PAIR_PART + KXT_PART_VMM, COLOR_MAGENTA, -1);
	init_pair(TUI_PAIR_PART + KXT_PART_IDLE, -1, -1);
	init_pair(TUI_PAIR_PART + KXT_PART_RUNQ, COLOR_RED, -1);
}

static int init_screen(struct kxt_tui *tui, struct kxt_err *err)
{
	if (tui_check_terminal(err))
		return -1;
	set_escdelay(ESC_DELAY_MS);
	tui->screen = newterm(NULL, stdout, stdin);
	if (!tui->screen)
		return kxt_err_set(err, KXT_EXIT_RUNTIME,
				   "cannot use this terminal. Use -b for plain text.");
	cbreak();
	noecho();
	nonl();
	intrflush(stdscr, FALSE);
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	curs_set(0);
	init_colors(tui);
	return 0;
}

struct kxt_tui *kxt_tui_open(const struct kxt_tui_opts *opts, struct kxt_err *err)
{
	struct kxt_tui *tui = calloc(1, sizeof(*tui));

	if (!tui) {
		kxt_err_set(err, KXT_EXIT_RUNTIME, "out of memory for the live view");
		return NULL;
	}
	tui->o = *opts;
	tui->paused = opts->paused;
	for (unsigned int i = 0; i < KXT_TABLE_NR; i++) {
		tui->table[i].kind = i;
		tui->table[i].ascii = opts->ascii;
		tui->table[i].marked = true;
		tui->table[i].sort = kxt_col_sortable(i, opts->sort) ?
			opts->sort : kxt_col_default(i);
	}
	tui->slow_ns = opts->slow_ns ? opts->slow_ns : SLOW_NS;
	tui->table[KXT_TABLE_SLOW].log = &tui->log;
	tui->table[KXT_TABLE_SLOW].log_until = UINT64_MAX;
	tui->table[KXT_TABLE_SLOW].sort = KXT_COL_CLOCK;
	if (init_screen(tui, err)) {
		free(tui);
		return NULL;
	}
	tui_draw(tui);
	return tui;
}

void kxt_tui_close(struct kxt_tui *tui)
{
	if (!tui)
		return;
	endwin();
	delscreen(tui->screen);
	for (unsigned int i = 0; i < KXT_TABLE_NR; i++)
		kxt_table_free(&tui->table[i]);
	free(tui);
}

void kxt_tui_resize(struct kxt_tui *tui)
{
	struct winsize size;

	/* SIGWINCH is ours (signalfd), so ncurses has not seen it. */
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row && size.ws_col)
		resizeterm(size.ws_row, size.ws_col);
	clearok(curscr, TRUE);
	tui_draw(tui);
}

void kxt_tui_leave(struct kxt_tui *tui)
{
	(void)tui;
	endwin();
}

void kxt_tui_enter(struct kxt_tui *tui)
{
	/* Whoever stopped us without asking has left the terminal in their mode. */
	reset_prog_mode();
	/*
	 * ncurses would put the keypad back only when it is asked for a key, and
	 * we ask when there is one: the first arrow would be taken for Esc.
	 */
	keypad(stdscr, TRUE);
	kxt_tui_resize(tui);
}

bool kxt_tui_paused(const struct kxt_tui *tui)
{
	return tui->paused;
}

uint64_t kxt_tui_interval(const struct kxt_tui *tui)
{
	return tui->o.interval_ns;
}

uint32_t kxt_tui_pid(const struct kxt_tui *tui)
{
	return tui_nav(tui)->scope.pid;
}

const struct tui_nav *tui_nav(const struct kxt_tui *tui)
{
	return &tui->nav[tui->depth];
}

struct kxt_table *tui_table(struct kxt_tui *tui)
{
	return &tui->table[tui_nav(tui)->kind];
}

bool kxt_tui_details(const struct kxt_tui *tui)
{
	return tui->o.details;
}

void kxt_tui_no_details(struct kxt_tui *tui, const char *why)
{
	tui->o.details = false;
	kxt_fmt_escape(tui->no_details, sizeof(tui->no_details), why, tui->o.ascii);
	tui_say(tui, tui->no_details);
	tui_draw(tui);
}

uint64_t kxt_tui_slow_ns(const struct kxt_tui *tui)
{
	if (tui_nav(tui)->kind != KXT_TABLE_SLOW || !tui->o.can_slow || tui->no_slow[0])
		return UINT64_MAX;
	return tui->slow_ns;
}

void kxt_tui_no_slow(struct kxt_tui *tui, const char *why)
{
	kxt_fmt_escape(tui->no_slow, sizeof(tui->no_slow), why, tui->o.ascii);
	tui_draw(tui);
}

void kxt_tui_slow_add(struct kxt_tui *tui, const struct kxt_slow *slow)
{
	kxt_slow_log_add(&tui->log, slow);
}

int kxt_tui_slow_show(struct kxt_tui *tui, uint64_t lost, struct kxt_err *err)
{
	tui->log.lost += lost;
	if (tui_nav(tui)->kind != KXT_TABLE_SLOW || (tui->paused && !tui->o.replay))
		return 0;
	if (tui_rebuild(tui, err))
		return -1;
	tui_draw(tui);
	return 0;
}

int tui_rebuild(struct kxt_tui *tui, struct kxt_err *err)
{
	const struct kxt_scope *scope = &tui_nav(tui)->scope;

	if (!tui->sum)
		return 0;
	tui->table[KXT_TABLE_SLOW].log_from_ns = tui->slow_ns;
	if (tui_nav(tui)->kind == KXT_TABLE_SPLIT && tui->o.details &&
	    kxt_table_build(&tui->table[KXT_TABLE_DETAILS], tui->sum, scope, err))
		return -1;
	return kxt_table_build(tui_table(tui), tui->sum, scope, err);
}

/* Rows point into the old frame: none of them may survive it. */
static void forget_rows(struct kxt_tui *tui)
{
	for (unsigned int i = 0; i < KXT_TABLE_NR; i++)
		tui->table[i].nr = 0;
}

int kxt_tui_frame(struct kxt_tui *tui, const struct kxt_summary *sum,
		  const struct kxt_lost *lost, struct kxt_err *err)
{
	tui->sum = sum;
	tui->lost = *lost;
	forget_rows(tui);
	if (tui_rebuild(tui, err))
		return -1;
	tui_draw(tui);
	return 0;
}

/* A table of something else: selection and filter were about other rows. */
static void forget_choices(struct kxt_table *t)
{
	t->pinned = false;
	t->sel = 0;
	t->top = 0;
	t->filter[0] = '\0';
}

void tui_push(struct kxt_tui *tui, const struct tui_nav *to)
{
	if (tui->depth + 1 >= TUI_NAV_MAX)
		return;
	tui->nav[++tui->depth] = *to;
	forget_choices(tui_table(tui));
}

bool tui_back(struct kxt_tui *tui)
{
	if (tui->depth) {
		/* The screen before shows some of the details too: all kinds of them. */
		if (tui_nav(tui)->kind == KXT_TABLE_DETAILS)
			forget_choices(tui_table(tui));
		tui->depth--;
		return true;
	}
	if (tui->nav[0].kind == KXT_TABLE_VMS)
		return false;
	memset(&tui->nav[0], 0, sizeof(tui->nav[0]));
	return true;
}

void tui_switch(struct kxt_tui *tui, enum kxt_table_kind kind)
{
	struct tui_nav from = *tui_nav(tui), to = { .kind = kind };

	if (kind != KXT_TABLE_VMS)
		to.scope.pid = from.scope.pid;
	/* Esc goes to where the VM was chosen, or to the first screen. */
	tui->depth = to.scope.pid ? 1 : 0;
	tui->nav[tui->depth] = to;
	/* The list of VMs is always about the same rows. */
	if (kind != KXT_TABLE_VMS && (kind != from.kind || from.scope.one_vcpu))
		forget_choices(tui_table(tui));
}

static void draw_place(struct kxt_tui *tui, int y, int end)
{
	switch (tui_nav(tui)->kind) {
	case KXT_TABLE_REASONS:
		tui_draw_reasons(tui, y, end);
		break;
	case KXT_TABLE_SPLIT:
		tui_draw_hist(tui, y, end);
		break;
	case KXT_TABLE_DETAILS:
		tui_draw_all_details(tui, y, end);
		break;
	case KXT_TABLE_SLOW:
		tui_draw_slow(tui, y, end);
		break;
	default:
		tui_draw_table(tui, y, end);
	}
}

static void draw_body(struct kxt_tui *tui, int y, int end)
{
	/* Slow exits can be of VMs that are gone. */
	bool any = tui->sum && (tui->sum->nr || tui->table[KXT_TABLE_SLOW].nr);

	if (tui->overlay == TUI_OVERLAY_HELP)
		tui_draw_help(tui, y, end);
	else if (tui->overlay == TUI_OVERLAY_SORT)
		tui_draw_sort(tui, y, end);
	else if (!tui->sum)
		tui_wrap(tui, y + 1, 2, 0, tui->o.replay ? "Reading the recording." :
			 "Measuring: the first numbers are here in a moment.");
	else if (!any)
		tui_wrap(tui, y + 1, end - y - 1, 0,
			 tui->o.replay ? tui_replay_empty(tui) :
			 kxt_headline_empty(tui->sum, tui->o.filter));
	else
		draw_place(tui, y, end);
}

void tui_draw(struct kxt_tui *tui)
{
	char text[KXT_LINE_MAX];

	erase();
	if (LINES < TUI_MIN_LINES || COLS < TUI_MIN_COLS) {
		snprintf(text, sizeof(text), "Terminal too small: %dx%d; %dx%d is needed.",
			 COLS, LINES, TUI_MIN_COLS, TUI_MIN_LINES);
		tui_wrap(tui, 0, LINES, 0, text);
	} else {
		draw_body(tui, tui_draw_header(tui), LINES - 1);
		tui_draw_footer(tui);
	}
	wnoutrefresh(stdscr);
	doupdate();
}

/* In a replay each wish is for the place where the one before it led to. */
static bool is_done(const struct kxt_tui *tui)
{
	return tui->o.replay ? tui->wish != KXT_TUI_STAY : tui->wish == KXT_TUI_QUIT;
}

int kxt_tui_keys(struct kxt_tui *tui, struct kxt_err *err)
{
	wint_t key;
	int type;

	tui->wish = KXT_TUI_STAY;
	while (!is_done(tui) && (type = get_wch(&key)) != ERR)
		if (tui_key(tui, key, type == KEY_CODE_YES, err))
			return -1;
	tui_draw(tui);
	return tui->wish;
}
