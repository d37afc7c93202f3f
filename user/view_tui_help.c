// SPDX-License-Identifier: GPL-2.0-only
/* The live view: the help, and the menu of columns to sort by. */
#include <stdio.h>
#include <string.h>

#include "user/view_tui_int.h"

/* Where a line is shown; most are in both. */
enum {
	LIVE = 1,
	REPLAY = 2,
	BOTH = LIVE | REPLAY,
};

/**
 * struct line - a line of the help
 * @in: where
 * @text: what
 */
struct line {
	int in;
	const char *text;
};

static const struct line help[] = {
	{ BOTH, "Enter           from a VM to its reasons, from a reason to its histogram, from" },
	{ BOTH, "                there to all that is behind it; from a slow exit to its reason" },
	{ BOTH, "Esc Backspace   back (Esc first clears a filter); q back, on the first" },
	{ BOTH, "                screen it leaves kvmexittop" },
	{ BOTH, "Tab or 1 2 3 4  VMs, vCPUs, reasons, slow exits: of the VM you are in, else all" },
	{ LIVE, "D               details on and off: what is behind the exits of a reason" },
	{ REPLAY, "D               details on and off: what is behind the exits of a reason, if" },
	{ REPLAY, "                it was recorded" },
	{ BOTH, "o               in the view of slow exits: from which service time on; Home" },
	{ BOTH, "                there follows the newest" },
	{ LIVE, "Up Down j k     move; PgUp PgDn Home End (g G) in larger steps" },
	{ REPLAY, "Up Down j k     move; PgUp PgDn Home End in larger steps" },
	{ BOTH, "s or F6         choose the column to sort by; < > take the next one; I reverses" },
	{ BOTH, "f or F4         show only names with a text, or matching a glob such as web*" },
	{ BOTH, "/               jump to a name; n and N to the next and the one before" },
	{ BOTH, "t               reasons one by one, or by class" },
	{ LIVE, "Space or Z      pause and go on" },
	{ REPLAY, "Space or Z      pause and go on; everything can be looked at meanwhile" },
	{ REPLAY, ". , Right Left  one interval forward, back (and pause)" },
	{ REPLAY, "+ - or ] [      faster, slower: 1/4x to 64x, then max: as fast as it goes" },
	{ REPLAY, "g               go to a place: 90 or 1:30 from the beginning, -10 from the end," },
	{ REPLAY, "                14:05:10 by the clock of the host" },
	{ REPLAY, "{ }             to the beginning, to the end" },
	{ LIVE, "d               seconds between frames" },
	{ REPLAY, "d               seconds in an interval: several recorded ones become one" },
	{ BOTH, "Ctrl-L          draw the screen anew" },
	{ BOTH, "h ? F1          this help" },
	{ BOTH, "" },
	{ BOTH, "An exit is the moment a vCPU leaves the guest; it lasts until the vCPU enters" },
	{ BOTH, "the guest again. All of a vCPU's time is shared out among five:" },
	{ BOTH, "  GUEST   the guest runs; high is good" },
	{ BOTH, "  KERNEL  the host's kernel (KVM) handles an exit" },
	{ BOTH, "  VMM     the VMM (QEMU) does: an emulated device, or it has paused the VM" },
	{ BOTH, "  IDLE    the guest has nothing to do: its vCPU sleeps, or polls a moment first" },
	{ BOTH, "  RUNQ    the vCPU could go on but waits for a free CPU of the host" },
	{ BOTH, "They add up to 100 %; of a reason the last four do. SPLIT is the same as a bar:" },
	{ BOTH, "  \1" },
	{ BOTH, "A dash is a number that cannot be known here: it is not 0." },
	{ BOTH, "Service time is an exit's time without idle. MEAN, P50, P90, P99 and MAX are of" },
	{ BOTH, "it; P99 is what 99 % of the exits took at most (within 12.5 %)." },
	{ BOTH, "TO-VMM is the share of a reason's exits that went to the VMM, VMM/s how many." },
	{ BOTH, "TIME/s is time spent in exits per second; of many vCPUs it can be above 1s/s." },
	{ BOTH, "signal_exit: the VMM took the vCPU without an exit: it paused or kicked the VM." },
	{ BOTH, "(L2) or LEVEL 2: exits of a guest that runs inside of the guest." },
	{ BOTH, "Details: a port, address, MSR, ... and how often. ERROR: COUNT can be so much" },
	{ BOTH, "higher. 'other' is all that has no row. rip (guest code) comes from a sample." },
	{ BOTH, "UNPAIRED exits had no entry after them, so they are counted but not timed." },
	{ BOTH, "LOST is what was not counted for lack of room; it should be 0." },
	{ BOTH, "overhead: time that collecting takes for each exit, and its share of one CPU." },
	{ BOTH, "x before a row, or (ended): the VM or vCPU is gone; its last numbers stay 5 s." },
	{ BOTH, "In a terminal: 'kvmexittop reasons NAME' explains an exit reason." },
};

/* Only the terminal tells what the bars are drawn with. */
static void put_help_line(const struct kxt_tui *tui, const char *line, int y)
{
	char legend[KXT_LINE_MAX], text[2 * KXT_LINE_MAX];
	const char *mark = strchr(line, '\1');

	if (!mark) {
		tui_put(tui, y, 1, COLS, 0, KXT_LEFT, line);
		return;
	}
	kxt_headline_legend(tui->o.ascii, legend);
	snprintf(text, sizeof(text), "%.*s%s", (int)(mark - line), line, legend);
	tui_put(tui, y, 1, COLS, 0, KXT_LEFT, text);
}

static bool is_shown(const struct kxt_tui *tui, const struct line *line)
{
	return line->in & (tui->o.replay ? REPLAY : LIVE);
}

unsigned int tui_help_lines(const struct kxt_tui *tui)
{
	unsigned int nr = 0;

	for (size_t i = 0; i < sizeof(help) / sizeof(help[0]); i++)
		nr += is_shown(tui, &help[i]);
	return nr;
}

void tui_draw_help(struct kxt_tui *tui, int y, int end)
{
	unsigned int lines = (unsigned int)(end - y - 1), nr = tui_help_lines(tui), at = 0;

	tui->page = lines;
	if (tui->overlay_at + lines > nr)
		tui->overlay_at = nr > lines ? nr - lines : 0;
	tui_put(tui, y, 0, COLS, A_REVERSE | tui_color(tui, TUI_PAIR_HEAD), KXT_LEFT,
		nr > lines ? " Help (goes on: Up/Down)" : " Help");
	for (size_t i = 0; i < sizeof(help) / sizeof(help[0]); i++) {
		if (!is_shown(tui, &help[i]))
			continue;
		if (at >= tui->overlay_at && at - tui->overlay_at < lines)
			put_help_line(tui, help[i].text,
				      y + 1 + (int)(at - tui->overlay_at));
		at++;
	}
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
