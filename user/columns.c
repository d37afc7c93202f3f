// SPDX-License-Identifier: GPL-2.0-only
/* The columns: what they are called, which fit in a width. cells.c fills them. */
#include "user/columns.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "user/rows.h"

/**
 * struct column - what does not depend on the table
 * @name: on the command line
 * @head: head
 * @width: cells of its widest value or its head; 0: as its rows need
 * @align: side
 * @text: a few words for help
 */
struct column {
	const char *name;
	const char *head;
	unsigned int width;
	enum kxt_align align;
	const char *text;
};

static const struct column columns[KXT_COL_NR] = {
	[KXT_COL_NAME] = { "name", "NAME", 0, KXT_LEFT, "name of the VM" },
	[KXT_COL_PID] = { "pid", "PID", 0, KXT_RIGHT, "process of the VM" },
	[KXT_COL_VCPUS] = { "vcpus", "VCPUS", 5, KXT_RIGHT, "number of vCPUs" },
	[KXT_COL_VCPU] = { "vcpu", "VCPU", 4, KXT_RIGHT, "KVM's number of the vCPU" },
	[KXT_COL_TID] = { "tid", "TID", 0, KXT_RIGHT, "thread of the vCPU" },
	[KXT_COL_REASON] = { "reason", "REASON", 0, KXT_LEFT, "why the guest was left" },
	[KXT_COL_CLASS] = { "class", "CLASS", 10, KXT_LEFT, "kind of reason, the same for Intel and AMD" },
	[KXT_COL_COUNT] = { "count", "COUNT", 5, KXT_RIGHT, "exits in the interval" },
	[KXT_COL_EXITS] = { "exits", "EXITS/s", 7, KXT_RIGHT, "exits per second (\"rate\" is the same)" },
	[KXT_COL_SHARE] = { "share", "%EXITS", 6, KXT_RIGHT, "share of all exits" },
	[KXT_COL_GUEST] = { "guest", "GUEST%", 6, KXT_RIGHT, "vCPU time spent in the guest" },
	[KXT_COL_KERNEL] = { "kernel", "KERNEL%", 7, KXT_RIGHT, "vCPU time in the host kernel (not collected yet)" },
	[KXT_COL_VMM] = { "vmm", "VMM%", 4, KXT_RIGHT, "vCPU time in the VMM, e.g. QEMU (not collected yet)" },
	[KXT_COL_IDLE] = { "idle", "IDLE%", 5, KXT_RIGHT, "vCPU time halted (not collected yet)" },
	[KXT_COL_RUNQ] = { "runq", "RUNQ%", 5, KXT_RIGHT, "vCPU time waiting for a CPU (not collected yet)" },
	[KXT_COL_TIME] = { "time", "TIME/s", 7, KXT_RIGHT, "time spent in exits per second" },
	[KXT_COL_TIMESHARE] = { "timeshare", "%TIME", 5, KXT_RIGHT, "share of the time spent in exits" },
	[KXT_COL_MEAN] = { "mean", "MEAN", 5, KXT_RIGHT, "mean time from an exit to the next entry" },
	[KXT_COL_P50] = { "p50", "P50", 5, KXT_RIGHT, "half of the exits took this long or less" },
	[KXT_COL_P90] = { "p90", "P90", 5, KXT_RIGHT, "90 % of the exits took this long or less" },
	[KXT_COL_P99] = { "p99", "P99", 5, KXT_RIGHT, "99 % of the exits took this long or less" },
	[KXT_COL_P999] = { "p999", "P99.9", 5, KXT_RIGHT, "99.9 % of the exits took this long or less" },
	[KXT_COL_MAX] = { "max", "MAX", 5, KXT_RIGHT, "the longest exit" },
	[KXT_COL_UNPAIRED] = { "unpaired", "UNPAIRED", 8, KXT_RIGHT, "exits without an entry after them: not timed" },
	[KXT_COL_TOP] = { NULL, "TOP REASONS", 11, KXT_LEFT, "most frequent reasons, share of exits" },
};

/* The order of columns from left to right; ended by KXT_COL_NR. */
static const enum kxt_col order[KXT_TABLE_NR][KXT_COL_NR] = {
	[KXT_TABLE_VMS] = {
		KXT_COL_NAME, KXT_COL_PID, KXT_COL_VCPUS, KXT_COL_EXITS, KXT_COL_GUEST,
		KXT_COL_KERNEL, KXT_COL_VMM, KXT_COL_IDLE, KXT_COL_RUNQ, KXT_COL_TIME,
		KXT_COL_MEAN, KXT_COL_P50, KXT_COL_P90, KXT_COL_P99, KXT_COL_MAX,
		KXT_COL_TOP, KXT_COL_NR,
	},
	[KXT_TABLE_VCPUS] = {
		KXT_COL_NAME, KXT_COL_VCPU, KXT_COL_TID, KXT_COL_EXITS, KXT_COL_GUEST,
		KXT_COL_KERNEL, KXT_COL_VMM, KXT_COL_IDLE, KXT_COL_RUNQ, KXT_COL_TIME,
		KXT_COL_MEAN, KXT_COL_P50, KXT_COL_P90, KXT_COL_P99, KXT_COL_MAX,
		KXT_COL_TOP, KXT_COL_NR,
	},
	[KXT_TABLE_REASONS] = {
		KXT_COL_REASON, KXT_COL_CLASS, KXT_COL_COUNT, KXT_COL_EXITS, KXT_COL_SHARE,
		KXT_COL_TIME, KXT_COL_TIMESHARE, KXT_COL_MEAN, KXT_COL_P50, KXT_COL_P90,
		KXT_COL_P99, KXT_COL_P999, KXT_COL_MAX, KXT_COL_UNPAIRED, KXT_COL_NR,
	},
	[KXT_TABLE_SPLIT] = {
		KXT_COL_NAME, KXT_COL_VCPU, KXT_COL_TID, KXT_COL_COUNT, KXT_COL_EXITS,
		KXT_COL_SHARE, KXT_COL_TIME, KXT_COL_TIMESHARE, KXT_COL_MEAN, KXT_COL_P50,
		KXT_COL_P90, KXT_COL_P99, KXT_COL_P999, KXT_COL_MAX, KXT_COL_UNPAIRED,
		KXT_COL_NR,
	},
};

/* As wide as the line allows. */
#define ALL	10000

/**
 * struct step - one step of laying out: a column appears or gets wider
 * @col: which
 * @width: up to how many cells; 0: what it needs
 */
struct step {
	enum kxt_col col;
	unsigned int width;
};

/* Most important first: what comes late is dropped on a narrow terminal. */
static const struct step steps[KXT_TABLE_NR][30] = {
	[KXT_TABLE_VMS] = {
		{ KXT_COL_NAME, 8 }, { KXT_COL_EXITS, 0 }, { KXT_COL_P99, 0 },
		{ KXT_COL_GUEST, 0 }, { KXT_COL_P50, 0 }, { KXT_COL_MAX, 0 },
		{ KXT_COL_TOP, 16 }, { KXT_COL_PID, 0 }, { KXT_COL_VCPUS, 0 },
		{ KXT_COL_NAME, 14 }, { KXT_COL_TOP, 26 }, { KXT_COL_NAME, 20 },
		{ KXT_COL_MEAN, 0 }, { KXT_COL_KERNEL, 0 }, { KXT_COL_VMM, 0 },
		{ KXT_COL_IDLE, 0 }, { KXT_COL_RUNQ, 0 }, { KXT_COL_TOP, 40 },
		{ KXT_COL_TIME, 0 }, { KXT_COL_P90, 0 }, { KXT_COL_TOP, 60 },
		{ KXT_COL_NAME, 0 }, { KXT_COL_TOP, ALL }, { KXT_COL_NR, 0 },
	},
	[KXT_TABLE_VCPUS] = {
		{ KXT_COL_NAME, 8 }, { KXT_COL_VCPU, 0 }, { KXT_COL_EXITS, 0 },
		{ KXT_COL_P99, 0 }, { KXT_COL_GUEST, 0 }, { KXT_COL_P50, 0 },
		{ KXT_COL_MAX, 0 }, { KXT_COL_TOP, 16 }, { KXT_COL_TID, 0 },
		{ KXT_COL_NAME, 14 }, { KXT_COL_TOP, 26 }, { KXT_COL_NAME, 20 },
		{ KXT_COL_MEAN, 0 }, { KXT_COL_KERNEL, 0 }, { KXT_COL_VMM, 0 },
		{ KXT_COL_IDLE, 0 }, { KXT_COL_RUNQ, 0 }, { KXT_COL_TOP, 40 },
		{ KXT_COL_TIME, 0 }, { KXT_COL_P90, 0 }, { KXT_COL_TOP, 60 },
		{ KXT_COL_NAME, 0 }, { KXT_COL_TOP, ALL }, { KXT_COL_NR, 0 },
	},
	[KXT_TABLE_REASONS] = {
		{ KXT_COL_REASON, 14 }, { KXT_COL_EXITS, 0 }, { KXT_COL_SHARE, 0 },
		{ KXT_COL_P99, 0 }, { KXT_COL_TIMESHARE, 0 }, { KXT_COL_MEAN, 0 },
		{ KXT_COL_MAX, 0 }, { KXT_COL_P50, 0 }, { KXT_COL_REASON, 20 },
		{ KXT_COL_COUNT, 0 }, { KXT_COL_TIME, 0 }, { KXT_COL_CLASS, 0 },
		{ KXT_COL_P90, 0 }, { KXT_COL_P999, 0 }, { KXT_COL_UNPAIRED, 0 },
		{ KXT_COL_REASON, 0 }, { KXT_COL_NR, 0 },
	},
	[KXT_TABLE_SPLIT] = {
		{ KXT_COL_VCPU, 0 }, { KXT_COL_EXITS, 0 }, { KXT_COL_SHARE, 0 },
		{ KXT_COL_P99, 0 }, { KXT_COL_MEAN, 0 }, { KXT_COL_MAX, 0 },
		{ KXT_COL_P50, 0 }, { KXT_COL_NAME, 8 }, { KXT_COL_TID, 0 },
		{ KXT_COL_COUNT, 0 }, { KXT_COL_NAME, 14 }, { KXT_COL_TIMESHARE, 0 },
		{ KXT_COL_TIME, 0 }, { KXT_COL_P90, 0 }, { KXT_COL_P999, 0 },
		{ KXT_COL_UNPAIRED, 0 }, { KXT_COL_NAME, 0 }, { KXT_COL_NR, 0 },
	},
};

const char *kxt_col_head(enum kxt_table_kind kind, enum kxt_col col)
{
	if (col == KXT_COL_EXITS && (kind == KXT_TABLE_REASONS || kind == KXT_TABLE_SPLIT))
		return "RATE/s";
	return columns[col].head;
}

const char *kxt_col_name(enum kxt_col col)
{
	return columns[col].name;
}

const char *kxt_col_text(enum kxt_col col)
{
	return columns[col].text;
}

enum kxt_align kxt_col_align(enum kxt_col col)
{
	return columns[col].align;
}

bool kxt_col_in(enum kxt_table_kind kind, enum kxt_col col)
{
	for (unsigned int i = 0; order[kind][i] != KXT_COL_NR; i++)
		if (order[kind][i] == col)
			return true;
	return false;
}

bool kxt_col_sortable(enum kxt_table_kind kind, enum kxt_col col)
{
	return col != KXT_COL_TOP && kxt_col_in(kind, col);
}

enum kxt_col kxt_col_find(const char *name)
{
	unsigned int col;

	if (strcasecmp(name, "rate") == 0 || strcasecmp(name, "RATE/s") == 0)
		return KXT_COL_EXITS;
	for (col = 0; col < KXT_COL_NR; col++)
		if (columns[col].name && (strcasecmp(name, columns[col].name) == 0 ||
					  strcasecmp(name, columns[col].head) == 0))
			break;
	return col;
}

enum kxt_col kxt_col_step(enum kxt_table_kind kind, enum kxt_col col, int by)
{
	unsigned int nr = 0, at = 0;

	for (; order[kind][nr] != KXT_COL_NR; nr++)
		if (order[kind][nr] == col)
			at = nr;
	do {
		at = (at + nr + (unsigned int)by) % nr;
	} while (!kxt_col_sortable(kind, order[kind][at]));
	return order[kind][at];
}

/* The widest cell of a column whose width is not fixed. */
static unsigned int needed(const struct kxt_table *t, enum kxt_col col)
{
	unsigned int width = (unsigned int)strlen(kxt_col_head(t->kind, col)), w;
	char cell[KXT_CELL_MAX];

	if (t->marked && col == t->sort)
		width++;
	if (col == KXT_COL_EXITS)
		return width;
	if (columns[col].width)
		return width > columns[col].width ? width : columns[col].width;
	/* Process numbers come and go: do not let the table jump for a digit. */
	if (col == KXT_COL_PID || col == KXT_COL_TID)
		width = 5;
	for (unsigned int i = 0; i < t->nr; i++) {
		kxt_col_cell(t, &t->row[i], col, ALL, cell);
		w = kxt_fmt_width(cell);
		if (w > width)
			width = w;
	}
	return width;
}

/* The name of the one VM that all rows are of says nothing. */
static bool is_dull(const struct kxt_table *t, enum kxt_col col)
{
	if (col != KXT_COL_NAME || t->kind == KXT_TABLE_VMS)
		return false;
	for (unsigned int i = 1; i < t->nr; i++)
		if (t->row[i].key.pid != t->row[0].key.pid)
			return false;
	return true;
}

void kxt_layout_make(struct kxt_layout *l, const struct kxt_table *t, unsigned int cells)
{
	unsigned int width[KXT_COL_NR] = { 0 }, need[KXT_COL_NR] = { 0 }, left = cells;
	const struct step *s;

	for (s = steps[t->kind]; s->col != KXT_COL_NR; s++) {
		/* Where reasons are grouped by class there is no reason to show. */
		enum kxt_col col = t->group && s->col == KXT_COL_REASON ?
			KXT_COL_CLASS : s->col;
		unsigned int *w = &width[col], want, more;

		if (is_dull(t, col))
			continue;
		if (!need[col])
			need[col] = col == KXT_COL_TOP ? ALL : needed(t, col);
		want = s->width && s->width < need[col] ? s->width : need[col];
		if (want <= *w)
			continue;
		/* A new column takes all it asks for and a space, or nothing. */
		more = want - *w + (*w == 0 && left != cells);
		if (*w == 0 && more > left)
			continue;
		if (more > left)
			more = left;
		left -= more;
		*w = *w ? *w + more : want;
	}
	l->nr = 0;
	for (unsigned int i = 0; order[t->kind][i] != KXT_COL_NR; i++) {
		enum kxt_col col = order[t->kind][i];

		if (!width[col])
			continue;
		l->col[l->nr] = col;
		l->width[l->nr++] = width[col];
	}
}
