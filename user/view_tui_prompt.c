// SPDX-License-Identifier: GPL-2.0-only
/* The live view: what the user types in the last line. */
#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "user/cmd.h"
#include "user/view_tui_int.h"

void tui_prompt_start(struct kxt_tui *tui, enum tui_prompt prompt, const char *text)
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

int tui_set_filter(struct kxt_tui *tui, const char *text, struct kxt_err *err)
{
	struct kxt_table *t = tui_table(tui);

	snprintf(t->filter, sizeof(t->filter), "%s", text);
	return tui_rebuild(tui, err);
}

/* Typing shows at once what it would find; Enter only makes it stay. */
static int follow_input(struct kxt_tui *tui, struct kxt_err *err)
{
	if (tui->prompt == TUI_PROMPT_FILTER)
		return tui_set_filter(tui, tui->input, err);
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
		tui_say(tui, "The interval is a number of seconds from 0.1 to 86400, e.g. 2 or 0.5");
		return;
	}
	tui->o.interval_ns = ns;
	tui->wish = KXT_TUI_INTERVAL;
}

static int take_threshold(struct kxt_tui *tui, struct kxt_err *err)
{
	struct kxt_err bad = { 0 };
	char text[KXT_LINE_MAX];
	uint64_t ns;

	if (!tui->input[0])
		return 0;
	if (kxt_parse_duration(tui->input, &ns, &bad)) {
		kxt_fmt_escape(text, sizeof(text), bad.msg, tui->o.ascii);
		tui_say(tui, text);
		return 0;
	}
	tui->slow_ns = ns;
	tui->no_slow[0] = '\0';
	return tui_rebuild(tui, err);
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
	tui_say(tui, text);
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

int tui_prompt_key(struct kxt_tui *tui, uint32_t key, struct kxt_err *err)
{
	enum tui_prompt prompt = tui->prompt;

	if (key == TUI_ESC) {
		end_prompt(tui);
		return prompt == TUI_PROMPT_FILTER ? tui_set_filter(tui, "", err) : 0;
	}
	if (tui_is_enter(key)) {
		end_prompt(tui);
		if (prompt == TUI_PROMPT_INTERVAL)
			take_interval(tui);
		else if (prompt == TUI_PROMPT_SEARCH)
			take_search(tui);
		else if (prompt == TUI_PROMPT_SLOW)
			return take_threshold(tui, err);
		else if (prompt == TUI_PROMPT_GOTO && tui->input[0])
			tui->wish = KXT_TUI_GOTO;
		return 0;
	}
	if (key == TUI_CTRL('u'))
		tui->input[0] = '\0';
	else if (tui_is_erase(key))
		erase_char(tui);
	else if (key >= ' ' && key < TUI_CODE(0))
		type_char(tui, key);
	return follow_input(tui, err);
}
