// SPDX-License-Identifier: GPL-2.0-only
/* The live view: what keys do. */
#include <stdio.h>
#include <string.h>

#include "user/view_tui_int.h"

#define CODE(k)		TUI_CODE(k)

void tui_say(struct kxt_tui *tui, const char *text)
{
	snprintf(tui->message, sizeof(tui->message), "%s", text);
}

static int move_by(struct kxt_tui *tui, long by)
{
	struct kxt_table *t = tui_table(tui);

	kxt_table_move(t, by);
	/* At the top of what comes in, it is the newest that is wanted. */
	if (t->kind == KXT_TABLE_SLOW && t->sel == 0)
		t->pinned = false;
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

static int help_key(struct kxt_tui *tui, uint32_t key)
{
	long by = movement(tui, key), to = (long)tui->overlay_at + by;

	if (!by)
		tui->overlay = TUI_OVERLAY_NONE;
	else if (to >= (long)tui_help_lines(tui))
		tui->overlay_at = tui_help_lines(tui) - 1;
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
	if (tui_is_enter(key))
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

	if (to.kind == KXT_TABLE_SPLIT) {
		to.kind = KXT_TABLE_DETAILS;
		tui_push(tui, &to);
		return tui_rebuild(tui, err);
	}
	if (!row || to.kind == KXT_TABLE_DETAILS)
		return 0;
	if (to.kind == KXT_TABLE_SLOW && !row->vm) {
		tui_say(tui, "This VM is gone");
		return 0;
	}
	if (to.kind == KXT_TABLE_REASONS || to.kind == KXT_TABLE_SLOW) {
		to.scope.pid = to.kind == KXT_TABLE_SLOW ? row->key.pid : to.scope.pid;
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

/* The tabs from left to right; what one drills down to belongs to the reasons. */
static const enum kxt_table_kind tabs[] = {
	KXT_TABLE_VMS, KXT_TABLE_VCPUS, KXT_TABLE_REASONS, KXT_TABLE_SLOW,
};

#define NR_TABS		(sizeof(tabs) / sizeof(tabs[0]))

static int next_view(struct kxt_tui *tui, struct kxt_err *err)
{
	enum kxt_table_kind kind = tui_nav(tui)->kind;
	size_t at = 0;

	if (kind == KXT_TABLE_SPLIT || kind == KXT_TABLE_DETAILS)
		kind = KXT_TABLE_REASONS;
	while (tabs[at] != kind)
		at++;
	return switch_to(tui, tabs[(at + 1) % NR_TABS], err);
}

static int search_again(struct kxt_tui *tui, int step)
{
	if (!tui->search[0])
		tui_say(tui, "Nothing was searched for yet: / begins");
	else if (!kxt_table_search(tui_table(tui), tui->search, step))
		tui_say(tui, "No name here has that in it");
	return 0;
}

static int toggle_group(struct kxt_tui *tui, struct kxt_err *err)
{
	struct kxt_table *t = tui_table(tui);

	if (t->kind != KXT_TABLE_REASONS) {
		tui_say(tui, "t groups reasons by class: 3 shows the reasons");
		return 0;
	}
	t->group = !t->group;
	t->sel = 0;
	t->top = 0;
	t->pinned = false;
	return tui_rebuild(tui, err);
}

static int toggle_details(struct kxt_tui *tui, struct kxt_err *err)
{
	enum kxt_table_kind kind = tui_nav(tui)->kind;

	if (!tui->o.can_details) {
		tui_say(tui, tui->o.replay ? "Details were not recorded: record --details does" :
			"This collector cannot tell what is behind an exit");
		return 0;
	}
	tui->o.details = !tui->o.details;
	tui->no_details[0] = '\0';
	if (!tui->o.details)
		tui_say(tui, "Details are off");
	else if (kind != KXT_TABLE_SPLIT && kind != KXT_TABLE_DETAILS)
		tui_say(tui, "Details are on: Enter on a reason shows what is behind it");
	return tui_rebuild(tui, err);
}

static int ask_threshold(struct kxt_tui *tui)
{
	if (tui_nav(tui)->kind == KXT_TABLE_SLOW)
		tui_prompt_start(tui, TUI_PROMPT_SLOW, "");
	else
		tui_say(tui, "o sets the threshold of slow exits: 4 shows them");
	return 0;
}

static int toggle_pause(struct kxt_tui *tui, struct kxt_err *err)
{
	struct kxt_table *slow = &tui->table[KXT_TABLE_SLOW];

	tui->paused = !tui->paused;
	/* A paused replay only moves where the user says. */
	slow->log_until = tui->paused && !tui->o.replay ? tui->log.nr : UINT64_MAX;
	return slow == tui_table(tui) ? tui_rebuild(tui, err) : 0;
}

/* Keys that change what is shown; false if it is another one. */
static bool place_key(struct kxt_tui *tui, uint32_t key, int *ret, struct kxt_err *err)
{
	switch (key) {
	case TUI_ESC:
		*ret = tui_table(tui)->filter[0] ? tui_set_filter(tui, "", err) :
			go_back(tui, false, err);
		return true;
	case CODE(KEY_BACKSPACE):
	case TUI_DEL:
	case TUI_CTRL('h'):
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
	case '4':
		*ret = switch_to(tui, tabs[key - '1'], err);
		return true;
	case 'D':
		*ret = toggle_details(tui, err);
		return true;
	case 't':
		*ret = toggle_group(tui, err);
		return true;
	case ' ':
	case 'Z':
		*ret = toggle_pause(tui, err);
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
		tui_prompt_start(tui, TUI_PROMPT_SEARCH, "");
		return 0;
	case 'f':
	case CODE(KEY_F(4)):
		tui_prompt_start(tui, TUI_PROMPT_FILTER, tui_table(tui)->filter);
		return 0;
	case 'd':
		tui_prompt_start(tui, TUI_PROMPT_INTERVAL, "");
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
	case 'o':
		return ask_threshold(tui);
	default:
		tui_say(tui, "No such key here: h is help");
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
	if (key == TUI_CTRL('l')) {
		clearok(curscr, TRUE);
		return 0;
	}
	if (tui->prompt != TUI_PROMPT_NONE)
		return tui_prompt_key(tui, key, err);
	if (tui->overlay == TUI_OVERLAY_HELP)
		return help_key(tui, key);
	if (tui->overlay == TUI_OVERLAY_SORT)
		return sort_key(tui, key);
	if (tui->o.replay && tui_replay_key(tui, key))
		return 0;
	/* From the first key on, the selection is the user's: it stays with its row. */
	if (tui_nav(tui)->kind != KXT_TABLE_SLOW)
		kxt_table_move(tui_table(tui), 0);
	by = movement(tui, key);
	if (by)
		return move_by(tui, by);
	return place_key(tui, key, &ret, err) ? ret : other_key(tui, key);
}
