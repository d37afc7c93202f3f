// SPDX-License-Identifier: GPL-2.0-only
/* The live view: the help, and the menu of columns to sort by. */
#include <stdio.h>
#include <string.h>

#include "user/view_tui_int.h"

static const char *const help[] = {
	"Enter           from a VM to its reasons, from a reason to its histogram",
	"Esc Backspace   back (Esc first clears a filter); q back, on the first",
	"                screen it leaves kvmexittop",
	"Tab or 1 2 3    VMs, vCPUs, reasons: of the VM you are in, else of all",
	"Up Down j k     move; PgUp PgDn Home End (g G) in larger steps",
	"s or F6         choose the column to sort by; < > take the next one; I reverses",
	"f or F4         show only names with a text, or matching a glob such as web*",
	"/               jump to a name; n and N to the next and the one before",
	"t               reasons one by one, or by class",
	"Space or Z      pause and go on",
	"d               seconds between frames",
	"Ctrl-L          draw the screen anew",
	"h ? F1          this help",
	"",
	"An exit is the moment a vCPU leaves the guest; its time lasts until the vCPU",
	"enters the guest again, a halted vCPU's sleep included. P50, P99 and P99.9 are",
	"the times that 50, 99 and 99.9 % of the exits took at most (within 12.5 %).",
	"GUEST% is the share of the vCPUs' time inside the guest. KERNEL%, VMM%, IDLE%",
	"and RUNQ% are not collected yet. A dash is a number that nobody can know.",
	"TIME/s is time spent in exits per second; of many vCPUs it can be above 1s/s.",
	"UNPAIRED exits had no entry after them, so they are counted but not timed.",
	"LOST is what was not counted for lack of room; it should be 0.",
	"x before a row, or (ended): the VM or vCPU is gone; its last numbers stay 5 s.",
	"In a terminal: 'kvmexittop reasons NAME' explains an exit reason.",
};

unsigned int tui_help_lines(void)
{
	return sizeof(help) / sizeof(help[0]);
}

void tui_draw_help(struct kxt_tui *tui, int y, int end)
{
	unsigned int lines = (unsigned int)(end - y - 1), nr = tui_help_lines();

	tui->page = lines;
	if (tui->overlay_at + lines > nr)
		tui->overlay_at = nr > lines ? nr - lines : 0;
	tui_put(tui, y, 0, COLS, A_REVERSE | tui_color(tui, TUI_PAIR_HEAD), KXT_LEFT,
		nr > lines ? " Help (goes on: Up/Down)" : " Help");
	for (unsigned int i = 0; i < lines && tui->overlay_at + i < nr; i++)
		tui_put(tui, y + 1 + (int)i, 1, COLS, 0, KXT_LEFT,
			help[tui->overlay_at + i]);
}

enum kxt_col tui_sort_column(const struct kxt_tui *tui, unsigned int at)
{
	enum kxt_table_kind kind = tui_nav(tui)->kind;

	for (unsigned int col = 0; col < KXT_COL_NR; col++)
		if (kxt_col_sortable(kind, col) && at-- == 0)
			return col;
	return KXT_COL_NR;
}

void tui_draw_sort(struct kxt_tui *tui, int y, int end)
{
	int lines = end - y - 1, first = 0;
	enum kxt_table_kind kind = tui_nav(tui)->kind;
	enum kxt_col col;
	char text[KXT_LINE_MAX];

	if ((int)tui->overlay_at >= lines)
		first = (int)tui->overlay_at - lines + 1;
	tui_put(tui, y, 0, COLS, A_REVERSE | tui_color(tui, TUI_PAIR_HEAD), KXT_LEFT,
		" Sort by");
	for (int i = 0; i < lines; i++) {
		unsigned int at = (unsigned int)(first + i);

		col = tui_sort_column(tui, at);
		if (col == KXT_COL_NR)
			break;
		snprintf(text, sizeof(text), "%s%-9s %s", at == tui->overlay_at ? ">" : " ",
			 kxt_col_head(kind, col), kxt_col_text(col));
		tui_put(tui, y + 1 + i, 0, COLS,
			at == tui->overlay_at ? A_REVERSE : A_NORMAL, KXT_LEFT, text);
	}
}
