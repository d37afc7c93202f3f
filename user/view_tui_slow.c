// SPDX-License-Identifier: GPL-2.0-only
/* The live view: exits that took long, one by one. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "user/view_tui_int.h"

/* Lines that say all about the selected one. */
#define ABOUT_LINES	3

static void make_status(const struct kxt_tui *tui, char buf[2 * KXT_LINE_MAX])
{
	const struct kxt_table *t = &tui->table[KXT_TABLE_SLOW];
	char over[KXT_FMT_MAX], lost[KXT_FMT_MAX];

	kxt_fmt_ns(over, tui->slow_ns);
	kxt_fmt_count(lost, tui->log.lost);
	if (tui->o.replay) {
		snprintf(buf, 2 * KXT_LINE_MAX,
			 "Exits with %s of service time or more: %u up to this moment, %s lost; o sets the threshold. The last %u are kept.",
			 over, t->total, lost, KXT_SLOW_LOG_MAX);
		return;
	}
	snprintf(buf, 2 * KXT_LINE_MAX,
		 "Exits with %s of service time or more: %u here, %s lost; o sets the threshold. Collected only while this view is open, the last %u are kept.",
		 over, t->total, lost, KXT_SLOW_LOG_MAX);
}

/* Why there can be none, or NULL. */
static const char *why_none(const struct kxt_tui *tui, char buf[2 * KXT_LINE_MAX])
{
	if (!tui->o.can_slow && tui->o.replay)
		return "No slow exits were recorded. Esc goes back.";
	if (!tui->o.can_slow) {
		snprintf(buf, 2 * KXT_LINE_MAX,
			 "The collector '%s' cannot report single exits. Esc goes back.",
			 tui->sum->collector);
		return buf;
	}
	if (tui->no_slow[0]) {
		snprintf(buf, 2 * KXT_LINE_MAX,
			 "Slow exits cannot be had: %s o with a threshold tries again.",
			 tui->no_slow);
		return buf;
	}
	return NULL;
}

/* "kernel 300us + VMM 2.0ms + run queue -" */
static void make_parts(const struct kxt_table *t, const struct kxt_row *r,
		       char buf[KXT_LINE_MAX])
{
	static const enum kxt_part part[] = {
		KXT_PART_KERNEL, KXT_PART_VMM, KXT_PART_RUNQ,
	};
	char ns[KXT_FMT_MAX];
	struct kxt_parts p;
	size_t len = 0;

	kxt_row_parts(t, r, &p);
	for (unsigned int i = 0; i < sizeof(part) / sizeof(part[0]); i++) {
		snprintf(ns, sizeof(ns), "-");
		if (p.known[part[i]])
			kxt_fmt_ns(ns, p.ns[part[i]]);
		len += (size_t)snprintf(buf + len, KXT_LINE_MAX - len, "%s%s %s",
					i ? " + " : "", kxt_part_name(part[i]), ns);
	}
	kxt_fmt_ns(ns, p.ns[KXT_PART_IDLE]);
	if (p.ns[KXT_PART_IDLE])
		snprintf(buf + len, KXT_LINE_MAX - len, " (and idle %s)", ns);
}

static void draw_about(struct kxt_tui *tui, const struct kxt_row *r, int y)
{
	const struct kvmexit_event *ev = &r->slow->ev;
	char name[KXT_ROW_NAME_MAX], reason[KXT_ROW_NAME_MAX], parts[KXT_LINE_MAX];
	char service[KXT_FMT_MAX], detail[KXT_CELL_MAX], rip[KXT_CELL_MAX];
	char text[3 * KXT_CELL_MAX];

	kxt_vm_name_escape(r->slow->name, tui->o.ascii, name);
	kxt_reason_id_name(&r->key.reason, reason);
	make_parts(tui_table(tui), r, parts);
	kxt_fmt_ns(service, kxt_slow_service_ns(ev));
	kxt_col_cell(tui_table(tui), r, KXT_COL_DETAIL, KXT_CELL_MAX, detail);
	kxt_col_cell(tui_table(tui), r, KXT_COL_RIP, KXT_CELL_MAX, rip);
	snprintf(text, sizeof(text),
		 "%s of %s (pid %u) vCPU %u, thread %u, on CPU %u: %s = %s. %s%srip %s, info1 0x%" PRIx64 ", info2 0x%" PRIx64,
		 reason, name, ev->pid, ev->vcpu_id, ev->tid, ev->cpu, service, parts,
		 detail, *detail ? ", " : "", rip, (uint64_t)ev->info1,
		 (uint64_t)ev->info2);
	tui_wrap(tui, y, ABOUT_LINES, 0, text);
}

static const char *none_yet(const struct kxt_tui *tui)
{
	if (tui->o.replay)
		return "None up to this moment. A lower threshold may show some, if they were recorded.";
	if (tui->paused)
		return "None came before the pause. Space goes on.";
	return "None so far. They appear here as they come; a lower threshold shows more.";
}

void tui_draw_slow(struct kxt_tui *tui, int y, int end)
{
	const struct kxt_table *t = tui_table(tui);
	const struct kxt_row *row = kxt_table_selected(t);
	char text[2 * KXT_LINE_MAX];
	const char *why = why_none(tui, text);
	int about = end - y >= TUI_ROOMY ? ABOUT_LINES : 0;

	if (why) {
		tui_wrap(tui, y + 1, end - y - 1, 0, why);
		return;
	}
	make_status(tui, text);
	y += tui_wrap(tui, y, 2, 0, text);
	if (!t->nr && !t->filter[0]) {
		tui_wrap(tui, y + 1, end - y - 1, 0, none_yet(tui));
		return;
	}
	tui_draw_table(tui, y, end - about);
	if (about && row)
		draw_about(tui, row, end - about);
}
