// SPDX-License-Identifier: GPL-2.0-only
/* The live view: what is behind a reason. */
#include <stdio.h>
#include <string.h>

#include "user/view_tui_int.h"

#define MAX_PREVIEW	TUI_MAX_COLS

/* Why there are no rows, and what to do; NULL if there are some. */
static const char *why_none(const struct kxt_tui *tui, char buf[2 * KXT_LINE_MAX])
{
	if (!tui->o.can_details && tui->o.replay)
		return "What is behind these exits (ports, addresses, MSRs, guest code) was not recorded: kvmexittop record --details does.";
	if (!tui->o.can_details) {
		snprintf(buf, 2 * KXT_LINE_MAX,
			 "The collector '%s' cannot tell what is behind an exit (ports, addresses, MSRs, guest code).",
			 tui->sum ? tui->sum->collector : "");
		return buf;
	}
	if (!tui->o.details && tui->no_details[0]) {
		snprintf(buf, 2 * KXT_LINE_MAX, "There are no details: %s D tries again.",
			 tui->no_details);
		return buf;
	}
	if (!tui->o.details && tui->o.replay)
		return "Press D to see what is behind these exits, as it was recorded.";
	if (!tui->o.details)
		return "Press D to see what is behind these exits: ports, addresses, MSRs, CPUID leaves, hypercalls, guest code. Each exit costs a little more while it is on.";
	if (tui->table[KXT_TABLE_DETAILS].nr)
		return NULL;
	if (tui->o.replay)
		return "Nothing is known of what is behind these exits in this interval.";
	if (tui->paused && !tui->sum->details)
		return "Details are on; they come once Space has ended the pause.";
	if (!tui->sum->details)
		return "Details are on: the first ones come with the next interval.";
	return "Nothing is known of what is behind these exits in this interval.";
}

static void make_title(const struct kxt_table *t, unsigned int shown,
		       char buf[KXT_LINE_MAX])
{
	unsigned int one_in = kxt_table_one_in(t);
	size_t len;

	if (shown < t->nr)
		len = (size_t)snprintf(buf, KXT_LINE_MAX,
				       "Behind it (%u of %u, Enter shows all)", shown,
				       t->nr);
	else
		len = (size_t)snprintf(buf, KXT_LINE_MAX, "Behind it (%u)", t->nr);
	if (one_in)
		snprintf(buf + len, KXT_LINE_MAX - len,
			 "; rip: one in %u exits, COUNT is of these", one_in);
}

int tui_details_want(const struct kxt_tui *tui)
{
	char text[2 * KXT_LINE_MAX];

	if (why_none(tui, text))
		return COLS >= 100 ? 2 : 3;
	return 2 + (int)tui->table[KXT_TABLE_DETAILS].nr;
}

int tui_draw_details(struct kxt_tui *tui, int y, int max)
{
	const struct kxt_table *t = &tui->table[KXT_TABLE_DETAILS];
	unsigned int at[MAX_PREVIEW], nr;
	char text[2 * KXT_LINE_MAX];
	const char *why = why_none(tui, text);
	struct kxt_layout l;

	if (why)
		return tui_wrap(tui, y, max, 0, why);
	if (max < 3)
		return 0;
	nr = (unsigned int)max - 2;
	nr = kxt_table_pick(t, at, nr < MAX_PREVIEW ? nr : MAX_PREVIEW);
	make_title(t, nr, text);
	tui_put(tui, y, TUI_GUTTER, COLS, A_BOLD, KXT_LEFT, text);
	kxt_layout_make(&l, t, (unsigned int)COLS - TUI_GUTTER);
	tui_draw_head(tui, t, &l, y + 1);
	for (unsigned int i = 0; i < nr; i++)
		tui_draw_row(tui, t, &l, at[i], y + 2 + (int)i, false);
	return 2 + (int)nr;
}

void tui_draw_all_details(struct kxt_tui *tui, int y, int end)
{
	const struct kxt_table *t = tui_table(tui);
	char text[2 * KXT_LINE_MAX];
	const char *why = why_none(tui, text);

	/* A filter that leaves nothing has a sentence of its own. */
	if (why && !(t->filter[0] && t->total)) {
		tui_wrap(tui, y + 1, end - y - 1, 0, why);
		return;
	}
	if (end - y >= TUI_ROOMY / 2) {
		make_title(t, t->nr, text);
		tui_put(tui, y++, TUI_GUTTER, COLS, 0, KXT_LEFT, text);
	}
	tui_draw_table(tui, y, end);
}
