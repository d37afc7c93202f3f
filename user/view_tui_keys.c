// SPDX-License-Identifier: GPL-2.0-only
/* The live view: what keys do. */
#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "user/cmd.h"
#include "user/view_tui_int.h"

#define CTRL(c)		((c) & 0x1f)
#define ESC		0x1b
#define DEL		0x7f

/* Characters and function keys share no numbers: ncurses says which it is. */
#define CODE(k)		((k) | 0x1000000U)

static void say(struct kxt_tui *tui, const char *text)
{
	snprintf(tui->message, sizeof(tui->message), "%s", text);
}

static int move_by(struct kxt_tui *tui, long by)
{
	kxt_table_move(tui_table(tui), by);
	return 0;
}

/* A key that moves: by how many rows; 0 if it is another key. */
static long movement(const struct kxt_tui *tui, uint32_t key)
{
	long page = tui->page ? (long)tui->page : 1;

	switch (key) {
	case CODE(KEY_UP):
	case 'k':
		return -1;
	case CODE(KEY_DOWN):
	case 'j':
		return 1;
	case CODE(KEY_PPAGE):
		return -page;
	case CODE(KEY_NPAGE):
		return page;
	case CODE(KEY_HOME):
	case 'g':
		return -INT32_MAX;
	case CODE(KEY_END):
	case 'G':
		return INT32_MAX;
	default:
		return 0;
	}
}

static bool is_enter(uint32_t key)
{
	return key == '\r' || key == '\n' || key == CODE(KEY_ENTER);
}

static bool is_erase(uint32_t key)
{
	return key == CODE(KEY_BACKSPACE) || key == DEL || key == CTRL('h');
}

static void start_prompt(struct kxt_tui *tui, enum tui_prompt prompt, const char *text)
{
	tui->prompt = prompt;
	snprintf(tui->before, sizeof(tui->before), "%s", tui_table(tui)->filter);
	snprintf(tui->input, sizeof(tui->input), "%s", text);
	curs_set(1);
}

static void end_prompt(struct kxt_tui *tui)
{
	tui->prompt = TUI_PROMPT_NONE;
	curs_set(0);
}

static int set_filter(struct kxt_tui *tui, const char *text, struct kxt_err *err)
{
	struct kxt_table *t = tui_table(tui);

	snprintf(t->filter, sizeof(t->filter), "%s", text);
	return tui_rebuild(tui, err);
}

/* Typing shows at once what it would find; Enter only makes it stay. */
static int follow_input(struct kxt_tui *tui, struct kxt_err *err)
{
	if (tui->prompt == TUI_PROMPT_FILTER)
		return set_filter(tui, tui->input, err);
	if (tui->prompt == TUI_PROMPT_SEARCH && tui->input[0])
		kxt_table_search(tui_table(tui), tui->input, 0);
	return 0;
}

static void take_interval(struct kxt_tui *tui)
{
	uint64_t ns;

	if (!tui->input[0])
		return;
	if (kxt_parse_seconds(tui->input, &ns) || ns < KXT_INTERVAL_MIN_NS) {
		say(tui, "The interval is a number of seconds from 0.1 to 86400, e.g. 2 or 0.5");
		return;
	}
	tui->o.interval_ns = ns;
	tui->wish = KXT_TUI_INTERVAL;
}

static void take_search(struct kxt_tui *tui)
{
	char text[KXT_LINE_MAX], shown[KXT_FMT_ESCAPED(TUI_INPUT_MAX)];

	if (tui->input[0])
		snprintf(tui->search, sizeof(tui->search), "%s", tui->input);
	if (!tui->search[0] || kxt_table_search(tui_table(tui), tui->search, 0))
		return;
	kxt_fmt_escape(shown, sizeof(shown), tui->search, tui->o.ascii);
	snprintf(text, sizeof(text), "No name here has '%s' in it", shown);
	say(tui, text);
}

static void type_char(struct kxt_tui *tui, uint32_t key)
{
	size_t len = strlen(tui->input);
	char mb[16];
	mbstate_t state = { 0 };
	size_t n = wcrtomb(mb, (wchar_t)key, &state);

	if (n == (size_t)-1 || len + n >= sizeof(tui->input))
		return;
	memcpy(tui->input + len, mb, n);
	tui->input[len + n] = '\0';
}

static void erase_char(struct kxt_tui *tui)
{
	size_t len = strlen(tui->input);

	/* The bytes after the first of a character in UTF-8 look like 10xxxxxx. */
	while (len && (tui->input[--len] & 0xc0) == 0x80)
		;
	tui->input[len] = '\0';
}

static int prompt_key(struct kxt_tui *tui, uint32_t key, struct kxt_err *err)
{
	enum tui_prompt prompt = tui->prompt;

	if (key == ESC) {
		end_prompt(tui);
		return prompt == TUI_PROMPT_FILTER ? set_filter(tui, "", err) : 0;
	}
	if (is_enter(key)) {
		end_prompt(tui);
		if (prompt == TUI_PROMPT_INTERVAL)
			take_interval(tui);
		else if (prompt == TUI_PROMPT_SEARCH)
			take_search(tui);
		return 0;
	}
	if (key == CTRL('u'))
		tui->input[0] = '\0';
	else if (is_erase(key))
		erase_char(tui);
	else if (key >= ' ' && key < CODE(0))
		type_char(tui, key);
	return follow_input(tui, err);
}

static int help_key(struct kxt_tui *tui, uint32_t key)
{
	long by = movement(tui, key), to = (long)tui->overlay_at + by;

	if (!by)
		tui->overlay = TUI_OVERLAY_NONE;
	else if (to >= (long)tui_help_lines())
		tui->overlay_at = tui_help_lines() - 1;
	else
		tui->overlay_at = to < 0 ? 0 : (unsigned int)to;
	return 0;
}

static int sort_by(struct kxt_tui *tui, enum kxt_col col)
{
	struct kxt_table *t = tui_table(tui);

	if (col != t->sort)
		t->reverse = false;
	t->sort = col;
	kxt_table_sort(t);
	return 0;
}

static int sort_key(struct kxt_tui *tui, uint32_t key)
{
	long by = movement(tui, key), to = (long)tui->overlay_at + by;
	long nr = 0;

	while (tui_sort_column(tui, (unsigned int)nr) != KXT_COL_NR)
		nr++;
	if (by) {
		to = to < 0 ? 0 : to >= nr ? nr - 1 : to;
		tui->overlay_at = (unsigned int)to;
		return 0;
	}
	tui->overlay = TUI_OVERLAY_NONE;
	if (is_enter(key))
		return sort_by(tui, tui_sort_column(tui, tui->overlay_at));
	return 0;
}

static int open_sort(struct kxt_tui *tui)
{
	tui->overlay = TUI_OVERLAY_SORT;
	tui->overlay_at = 0;
	while (tui_sort_column(tui, tui->overlay_at) != tui_table(tui)->sort)
		tui->overlay_at++;
	return 0;
}

static int drill_down(struct kxt_tui *tui, struct kxt_err *err)
{
	const struct kxt_row *row = kxt_table_selected(tui_table(tui));
	struct tui_nav to = *tui_nav(tui);

	if (!row || to.kind == KXT_TABLE_SPLIT)
		return 0;
	if (to.kind == KXT_TABLE_REASONS) {
		to.kind = KXT_TABLE_SPLIT;
		to.scope.one_reason = true;
		to.scope.reason = row->key.reason;
	} else {
		to.scope.pid = row->key.pid;
		to.scope.one_vcpu = row->vcpu != NULL;
		to.scope.vcpu_id = row->key.vcpu_id;
		to.scope.tid = row->key.tid;
		to.kind = KXT_TABLE_REASONS;
	}
	tui_push(tui, &to);
	return tui_rebuild(tui, err);
}

static int go_back(struct kxt_tui *tui, bool may_quit, struct kxt_err *err)
{
	if (!tui_back(tui)) {
		if (may_quit)
			tui->wish = KXT_TUI_QUIT;
		return 0;
	}
	return tui_rebuild(tui, err);
}

static int switch_to(struct kxt_tui *tui, enum kxt_table_kind kind, struct kxt_err *err)
{
	tui_switch(tui, kind);
	return tui_rebuild(tui, err);
}

static int next_view(struct kxt_tui *tui, struct kxt_err *err)
{
	enum kxt_table_kind kind = tui_nav(tui)->kind;

	return switch_to(tui, kind >= KXT_TABLE_REASONS ? KXT_TABLE_VMS : kind + 1, err);
}

static int search_again(struct kxt_tui *tui, int step)
{
	if (!tui->search[0])
		say(tui, "Nothing was searched for yet: / begins");
	else if (!kxt_table_search(tui_table(tui), tui->search, step))
		say(tui, "No name here has that in it");
	return 0;
}

static int toggle_group(struct kxt_tui *tui, struct kxt_err *err)
{
	struct kxt_table *t = tui_table(tui);

	if (t->kind != KXT_TABLE_REASONS) {
		say(tui, "t groups reasons by class: 3 shows the reasons");
		return 0;
	}
	t->group = !t->group;
	t->sel = 0;
	t->top = 0;
	t->pinned = false;
	return tui_rebuild(tui, err);
}

/* Keys that change what is shown; false if it is another one. */
static bool place_key(struct kxt_tui *tui, uint32_t key, int *ret, struct kxt_err *err)
{
	switch (key) {
	case ESC:
		*ret = tui_table(tui)->filter[0] ? set_filter(tui, "", err) :
			go_back(tui, false, err);
		return true;
	case CODE(KEY_BACKSPACE):
	case DEL:
	case CTRL('h'):
		*ret = go_back(tui, false, err);
		return true;
	case 'q':
	case 'Q':
		*ret = go_back(tui, true, err);
		return true;
	case '\r':
	case '\n':
	case CODE(KEY_ENTER):
		*ret = drill_down(tui, err);
		return true;
	case '\t':
		*ret = next_view(tui, err);
		return true;
	case '1':
	case '2':
	case '3':
		*ret = switch_to(tui, KXT_TABLE_VMS + (key - '1'), err);
		return true;
	case 't':
		*ret = toggle_group(tui, err);
		return true;
	default:
		return false;
	}
}

static int sort_step(struct kxt_tui *tui, int by)
{
	struct kxt_table *t = tui_table(tui);

	return sort_by(tui, kxt_col_step(t->kind, t->sort, by));
}

static int reverse(struct kxt_tui *tui)
{
	struct kxt_table *t = tui_table(tui);

	t->reverse = !t->reverse;
	kxt_table_sort(t);
	return 0;
}

static int other_key(struct kxt_tui *tui, uint32_t key)
{
	switch (key) {
	case 'h':
	case '?':
	case CODE(KEY_F(1)):
		tui->overlay = TUI_OVERLAY_HELP;
		tui->overlay_at = 0;
		return 0;
	case '/':
		start_prompt(tui, TUI_PROMPT_SEARCH, "");
		return 0;
	case 'f':
	case CODE(KEY_F(4)):
		start_prompt(tui, TUI_PROMPT_FILTER, tui_table(tui)->filter);
		return 0;
	case 'd':
		start_prompt(tui, TUI_PROMPT_INTERVAL, "");
		return 0;
	case 's':
	case CODE(KEY_F(6)):
		return open_sort(tui);
	case '<':
		return sort_step(tui, -1);
	case '>':
		return sort_step(tui, 1);
	case 'I':
		return reverse(tui);
	case 'n':
		return search_again(tui, 1);
	case 'N':
		return search_again(tui, -1);
	case ' ':
	case 'Z':
		tui->paused = !tui->paused;
		return 0;
	default:
		say(tui, "No such key here: h is help");
		return 0;
	}
}

int tui_key(struct kxt_tui *tui, wint_t wch, bool is_code, struct kxt_err *err)
{
	uint32_t key = is_code ? CODE((uint32_t)wch) : (uint32_t)wch;
	long by;
	int ret;

	tui->message[0] = '\0';
	if (key == CODE(KEY_RESIZE))
		return 0;
	if (key == CTRL('l')) {
		clearok(curscr, TRUE);
		return 0;
	}
	if (tui->prompt != TUI_PROMPT_NONE)
		return prompt_key(tui, key, err);
	if (tui->overlay == TUI_OVERLAY_HELP)
		return help_key(tui, key);
	if (tui->overlay == TUI_OVERLAY_SORT)
		return sort_key(tui, key);
	/* From the first key on, the selection is the user's: it stays with its row. */
	kxt_table_move(tui_table(tui), 0);
	by = movement(tui, key);
	if (by)
		return move_by(tui, by);
	return place_key(tui, key, &ret, err) ? ret : other_key(tui, key);
}
