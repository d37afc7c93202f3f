// SPDX-License-Identifier: GPL-2.0-only
/* The live view on a recording: its keys, and where in it the user is. */
#include <stdio.h>

#include "user/view_tui_int.h"

void kxt_tui_slow_clear(struct kxt_tui *tui)
{
	tui->log.nr = 0;
	tui->log.lost = 0;
}

void kxt_tui_place(struct kxt_tui *tui, const struct kxt_replay_place *place)
{
	tui->place = *place;
}

const char *kxt_tui_goto(const struct kxt_tui *tui)
{
	return tui->input;
}

void kxt_tui_message(struct kxt_tui *tui, const char *text)
{
	kxt_fmt_escape(tui->message, sizeof(tui->message), text, tui->o.ascii);
}

/* One window at a time is for looking at it: it must not be gone the next moment. */
static bool step(struct kxt_tui *tui, enum kxt_tui_wish wish)
{
	tui->paused = true;
	tui->wish = wish;
	return true;
}

static bool wish(struct kxt_tui *tui, enum kxt_tui_wish what)
{
	tui->wish = what;
	return true;
}

bool tui_replay_key(struct kxt_tui *tui, uint32_t key)
{
	switch (key) {
	case '.':
	case TUI_CODE(KEY_RIGHT):
		return step(tui, KXT_TUI_NEXT);
	case ',':
	case TUI_CODE(KEY_LEFT):
		return step(tui, KXT_TUI_BACK);
	case '+':
	case '=':
	case ']':
		return wish(tui, KXT_TUI_FASTER);
	case '-':
	case '[':
		return wish(tui, KXT_TUI_SLOWER);
	case '{':
		return wish(tui, KXT_TUI_BEGIN);
	case '}':
		return wish(tui, KXT_TUI_END);
	case 'g':
		tui_prompt_start(tui, TUI_PROMPT_GOTO, "");
		return true;
	default:
		return false;
	}
}

int tui_draw_place(struct kxt_tui *tui, int y)
{
	const struct kxt_replay_place *place = &tui->place;
	struct tui_pen p = { .tui = tui, .y = y };
	char text[KXT_PLACE_MAX], why[KXT_LINE_MAX];
	int lines = 1;

	tui_put(tui, y, 0, COLS, 0, KXT_LEFT, "");
	if (!place->window)
		return lines;
	kxt_replay_place_text(place, true, text);
	tui_pen_put(&p, A_BOLD, text);
	if (place->end)
		tui_pen_put(&p, A_BOLD | A_REVERSE, " END ");
	if (place->end && place->trouble && LINES >= TUI_ROOMY) {
		kxt_fmt_escape(why, sizeof(why), place->trouble, tui->o.ascii);
		lines += tui_wrap(tui, y + 1, 2, tui_color(tui, TUI_PAIR_ALARM), why);
	}
	return lines;
}

const char *tui_replay_empty(const struct kxt_tui *tui)
{
	const struct kxt_filter *filter = tui->o.filter;

	if (!tui->sum->kvm_present)
		return "KVM was not loaded on the host at this moment. Space or . goes on, g goes to another place.";
	if (filter && (filter->pid || filter->vm))
		return "No VM that was there at this moment matches --pid or --vm. Space or . goes on, g goes to another place.";
	return "There was no VM at this moment, or none had had an exit yet. Space or . goes on, g goes to another place.";
}
