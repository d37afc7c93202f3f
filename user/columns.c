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
	[KXT_COL_LEVEL] = { "level", "LEVEL", 5, KXT_RIGHT, "1: exits of the guest, 2: of a guest inside of it" },
	[KXT_COL_COUNT] = { "count", "COUNT", 5, KXT_RIGHT, "exits in the interval" },
	[KXT_COL_EXITS] = { "exits", "EXITS/s", 7, KXT_RIGHT, "exits per second (\"rate\" is the same)" },
	[KXT_COL_SHARE] = { "share", "%EXITS", 6, KXT_RIGHT, "share of all exits" },
	[KXT_COL_GUEST] = { "guest", "GUEST", 5, KXT_RIGHT, "time in which the guest ran" },
	[KXT_COL_KERNEL] = { "kernel", "KERNEL", 6, KXT_RIGHT, "time that the host's kernel had it" },
	[KXT_COL_VMM] = { "vmm", "VMM", 4, KXT_RIGHT, "time that the VMM had it, e.g. QEMU" },
	[KXT_COL_IDLE] = { "idle", "IDLE", 4, KXT_RIGHT, "time in which the guest had nothing to do" },
	[KXT_COL_RUNQ] = { "runq", "RUNQ", 4, KXT_RIGHT, "time spent waiting for a free CPU" },
	[KXT_COL_PARTS] = { NULL, "SPLIT", 20, KXT_LEFT, "the shares of the time as a bar" },
	[KXT_COL_VMMRATE] = { "vmmrate", "VMM/s", 6, KXT_RIGHT, "per second: returns to the VMM" },
	[KXT_COL_TOVMM] = { "tovmm", "TO-VMM", 6, KXT_RIGHT, "share of the exits that went to the VMM" },
	[KXT_COL_TIME] = { "time", "TIME/s", 7, KXT_RIGHT, "time spent in exits per second" },
	[KXT_COL_TIMESHARE] = { "timeshare", "%TIME", 5, KXT_RIGHT, "share of the time spent in exits" },
	[KXT_COL_MEAN] = { "mean", "MEAN", 5, KXT_RIGHT, "mean service time: from exit to entry, without idle" },
	[KXT_COL_P50] = { "p50", "P50", 5, KXT_RIGHT, "half of the exits took this service time or less" },
	[KXT_COL_P90] = { "p90", "P90", 5, KXT_RIGHT, "90 % of the exits took this or less" },
	[KXT_COL_P99] = { "p99", "P99", 5, KXT_RIGHT, "99 % of the exits took this or less" },
	[KXT_COL_P999] = { "p999", "P99.9", 5, KXT_RIGHT, "99.9 % of the exits took this or less" },
	[KXT_COL_MAX] = { "max", "MAX", 5, KXT_RIGHT, "the longest service time" },
	[KXT_COL_UNPAIRED] = { "unpaired", "UNPAIRED", 8, KXT_RIGHT, "exits without an entry after them: not timed" },
	[KXT_COL_TOP] = { NULL, "TOP REASONS", 11, KXT_LEFT, "most frequent reasons, share of exits" },
	[KXT_COL_KIND] = { "kind", "KIND", 0, KXT_LEFT, "what the key is: port, mmio, msr, ..." },
	[KXT_COL_KEY] = { "key", "KEY", 0, KXT_RIGHT, "port, address or number" },
	[KXT_COL_KNOWN] = { "known", "WHAT", 0, KXT_LEFT, "name of a well-known key" },
	[KXT_COL_DIR] = { "dir", "DIR", 5, KXT_LEFT, "which way it went" },
	[KXT_COL_FAULT] = { "fault", "FAULT", 0, KXT_LEFT, "what was wrong with the page" },
	[KXT_COL_ERROR] = { "error", "ERROR", 0, KXT_RIGHT, "how many more the count can be" },
	[KXT_COL_CLOCK] = { "when", "TIME", 12, KXT_LEFT, "when the exit ended" },
	[KXT_COL_SERVICE] = { "service", "SERVICE", 7, KXT_RIGHT, "service time: from exit to entry, without idle" },
	[KXT_COL_DETAIL] = { "detail", "BEHIND IT", 0, KXT_LEFT, "port, address, MSR, ..." },
	[KXT_COL_RIP] = { "rip", "RIP", 18, KXT_RIGHT, "guest instruction pointer" },
	[KXT_COL_CPU] = { "cpu", "CPU", 3, KXT_RIGHT, "host CPU on which it ended" },
};

/* The order of columns from left to right; ended by KXT_COL_NR. */
static const enum kxt_col order[KXT_TABLE_NR][KXT_COL_NR] = {
	[KXT_TABLE_VMS] = {
		KXT_COL_NAME, KXT_COL_PID, KXT_COL_VCPUS, KXT_COL_EXITS, KXT_COL_GUEST,
		KXT_COL_KERNEL, KXT_COL_VMM, KXT_COL_IDLE, KXT_COL_RUNQ, KXT_COL_PARTS,
		KXT_COL_TIME, KXT_COL_MEAN, KXT_COL_P50, KXT_COL_P90, KXT_COL_P99,
		KXT_COL_MAX, KXT_COL_TOP, KXT_COL_NR,
	},
	[KXT_TABLE_VCPUS] = {
		KXT_COL_NAME, KXT_COL_VCPU, KXT_COL_TID, KXT_COL_EXITS, KXT_COL_GUEST,
		KXT_COL_KERNEL, KXT_COL_VMM, KXT_COL_IDLE, KXT_COL_RUNQ, KXT_COL_PARTS,
		KXT_COL_TIME, KXT_COL_MEAN, KXT_COL_P50, KXT_COL_P90, KXT_COL_P99,
		KXT_COL_MAX, KXT_COL_TOP, KXT_COL_NR,
	},
	[KXT_TABLE_REASONS] = {
		KXT_COL_REASON, KXT_COL_LEVEL, KXT_COL_CLASS, KXT_COL_COUNT, KXT_COL_EXITS,
		KXT_COL_SHARE, KXT_COL_VMMRATE, KXT_COL_TOVMM, KXT_COL_TIME,
		KXT_COL_TIMESHARE, KXT_COL_KERNEL, KXT_COL_VMM, KXT_COL_IDLE, KXT_COL_RUNQ,
		KXT_COL_PARTS, KXT_COL_MEAN, KXT_COL_P50, KXT_COL_P90, KXT_COL_P99,
		KXT_COL_P999, KXT_COL_MAX, KXT_COL_UNPAIRED, KXT_COL_NR,
	},
	[KXT_TABLE_SPLIT] = {
		KXT_COL_NAME, KXT_COL_VCPU, KXT_COL_TID, KXT_COL_COUNT, KXT_COL_EXITS,
		KXT_COL_SHARE, KXT_COL_VMMRATE, KXT_COL_TOVMM, KXT_COL_TIME,
		KXT_COL_TIMESHARE, KXT_COL_KERNEL, KXT_COL_VMM, KXT_COL_IDLE, KXT_COL_RUNQ,
		KXT_COL_PARTS, KXT_COL_MEAN, KXT_COL_P50, KXT_COL_P90, KXT_COL_P99,
		KXT_COL_P999, KXT_COL_MAX, KXT_COL_UNPAIRED, KXT_COL_NR,
	},
	[KXT_TABLE_DETAILS] = {
		KXT_COL_REASON, KXT_COL_NAME, KXT_COL_KIND, KXT_COL_KEY, KXT_COL_DIR,
		KXT_COL_COUNT, KXT_COL_ERROR, KXT_COL_EXITS, KXT_COL_SHARE, KXT_COL_TIME,
		KXT_COL_MEAN, KXT_COL_KNOWN, KXT_COL_FAULT, KXT_COL_NR,
	},
	[KXT_TABLE_SLOW] = {
		KXT_COL_CLOCK, KXT_COL_NAME, KXT_COL_VCPU, KXT_COL_TID, KXT_COL_CPU,
		KXT_COL_REASON, KXT_COL_SERVICE, KXT_COL_KERNEL, KXT_COL_VMM, KXT_COL_RUNQ,
		KXT_COL_IDLE, KXT_COL_PARTS, KXT_COL_RIP, KXT_COL_DETAIL, KXT_COL_NR,
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
static const struct step steps[KXT_TABLE_NR][32] = {
	[KXT_TABLE_VMS] = {
		{ KXT_COL_NAME, 8 }, { KXT_COL_EXITS, 0 }, { KXT_COL_GUEST, 0 },
		{ KXT_COL_KERNEL, 0 }, { KXT_COL_VMM, 0 }, { KXT_COL_IDLE, 0 },
		{ KXT_COL_RUNQ, 0 }, { KXT_COL_P99, 0 }, { KXT_COL_PARTS, 10 },
		{ KXT_COL_TOP, 11 }, { KXT_COL_NAME, 14 }, { KXT_COL_TOP, 16 },
		{ KXT_COL_P50, 0 }, { KXT_COL_MAX, 0 }, { KXT_COL_PID, 0 },
		{ KXT_COL_VCPUS, 0 }, { KXT_COL_TOP, 26 }, { KXT_COL_PARTS, 16 },
		{ KXT_COL_NAME, 20 }, { KXT_COL_MEAN, 0 }, { KXT_COL_TOP, 40 },
		{ KXT_COL_TIME, 0 }, { KXT_COL_P90, 0 }, { KXT_COL_PARTS, 0 },
		{ KXT_COL_TOP, 60 }, { KXT_COL_NAME, 0 }, { KXT_COL_TOP, ALL },
		{ KXT_COL_NR, 0 },
	},
	[KXT_TABLE_VCPUS] = {
		{ KXT_COL_NAME, 8 }, { KXT_COL_VCPU, 0 }, { KXT_COL_EXITS, 0 },
		{ KXT_COL_GUEST, 0 }, { KXT_COL_KERNEL, 0 }, { KXT_COL_VMM, 0 },
		{ KXT_COL_IDLE, 0 }, { KXT_COL_RUNQ, 0 }, { KXT_COL_P99, 0 },
		{ KXT_COL_PARTS, 10 }, { KXT_COL_TOP, 11 }, { KXT_COL_NAME, 14 },
		{ KXT_COL_TOP, 16 }, { KXT_COL_P50, 0 }, { KXT_COL_MAX, 0 },
		{ KXT_COL_TID, 0 }, { KXT_COL_TOP, 26 }, { KXT_COL_PARTS, 16 },
		{ KXT_COL_NAME, 20 }, { KXT_COL_MEAN, 0 }, { KXT_COL_TOP, 40 },
		{ KXT_COL_TIME, 0 }, { KXT_COL_P90, 0 }, { KXT_COL_PARTS, 0 },
		{ KXT_COL_TOP, 60 }, { KXT_COL_NAME, 0 }, { KXT_COL_TOP, ALL },
		{ KXT_COL_NR, 0 },
	},
	[KXT_TABLE_REASONS] = {
		{ KXT_COL_REASON, 14 }, { KXT_COL_EXITS, 0 }, { KXT_COL_P99, 0 },
		{ KXT_COL_TIMESHARE, 0 }, { KXT_COL_TOVMM, 0 }, { KXT_COL_KERNEL, 0 },
		{ KXT_COL_VMM, 0 }, { KXT_COL_IDLE, 0 }, { KXT_COL_RUNQ, 0 },
		{ KXT_COL_LEVEL, 0 }, { KXT_COL_VMMRATE, 0 }, { KXT_COL_SHARE, 0 },
		{ KXT_COL_P50, 0 }, { KXT_COL_MAX, 0 }, { KXT_COL_REASON, 20 },
		{ KXT_COL_MEAN, 0 }, { KXT_COL_PARTS, 10 }, { KXT_COL_COUNT, 0 },
		{ KXT_COL_CLASS, 0 }, { KXT_COL_TIME, 0 }, { KXT_COL_P90, 0 },
		{ KXT_COL_P999, 0 }, { KXT_COL_UNPAIRED, 0 }, { KXT_COL_REASON, 0 },
		{ KXT_COL_PARTS, 0 }, { KXT_COL_NR, 0 },
	},
	[KXT_TABLE_SPLIT] = {
		{ KXT_COL_VCPU, 0 }, { KXT_COL_EXITS, 0 }, { KXT_COL_P99, 0 },
		{ KXT_COL_TOVMM, 0 }, { KXT_COL_KERNEL, 0 }, { KXT_COL_VMM, 0 },
		{ KXT_COL_IDLE, 0 }, { KXT_COL_RUNQ, 0 }, { KXT_COL_VMMRATE, 0 },
		{ KXT_COL_SHARE, 0 }, { KXT_COL_NAME, 8 }, { KXT_COL_TID, 0 },
		{ KXT_COL_P50, 0 }, { KXT_COL_MAX, 0 }, { KXT_COL_MEAN, 0 },
		{ KXT_COL_NAME, 14 }, { KXT_COL_COUNT, 0 }, { KXT_COL_PARTS, 10 },
		{ KXT_COL_TIMESHARE, 0 }, { KXT_COL_TIME, 0 }, { KXT_COL_P90, 0 },
		{ KXT_COL_P999, 0 }, { KXT_COL_UNPAIRED, 0 }, { KXT_COL_NAME, 0 },
		{ KXT_COL_PARTS, 0 }, { KXT_COL_NR, 0 },
	},
	[KXT_TABLE_DETAILS] = {
		{ KXT_COL_KIND, 0 }, { KXT_COL_KEY, 0 }, { KXT_COL_EXITS, 0 },
		{ KXT_COL_SHARE, 0 }, { KXT_COL_MEAN, 0 }, { KXT_COL_REASON, 10 },
		{ KXT_COL_NAME, 8 }, { KXT_COL_DIR, 0 }, { KXT_COL_KNOWN, 8 },
		{ KXT_COL_FAULT, 0 }, { KXT_COL_ERROR, 0 }, { KXT_COL_COUNT, 0 },
		{ KXT_COL_KNOWN, 20 }, { KXT_COL_TIME, 0 }, { KXT_COL_REASON, 0 },
		{ KXT_COL_NAME, 0 }, { KXT_COL_KNOWN, 0 }, { KXT_COL_NR, 0 },
	},
	[KXT_TABLE_SLOW] = {
		{ KXT_COL_CLOCK, 0 }, { KXT_COL_NAME, 8 }, { KXT_COL_VCPU, 0 },
		{ KXT_COL_REASON, 13 }, { KXT_COL_SERVICE, 0 }, { KXT_COL_KERNEL, 0 },
		{ KXT_COL_VMM, 0 }, { KXT_COL_RUNQ, 0 }, { KXT_COL_DETAIL, 10 },
		{ KXT_COL_CPU, 0 }, { KXT_COL_RIP, 0 }, { KXT_COL_DETAIL, 18 },
		{ KXT_COL_PARTS, 10 }, { KXT_COL_NAME, 14 }, { KXT_COL_IDLE, 0 },
		{ KXT_COL_DETAIL, 30 }, { KXT_COL_TID, 0 }, { KXT_COL_REASON, 0 },
		{ KXT_COL_NAME, 0 }, { KXT_COL_DETAIL, ALL }, { KXT_COL_NR, 0 },
	},
};

const char *kxt_col_head(enum kxt_table_kind kind, enum kxt_col col)
{
	bool of_vms = kind == KXT_TABLE_VMS || kind == KXT_TABLE_VCPUS;

	if (col == KXT_COL_EXITS && !of_vms)
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
	return columns[col].name && kxt_col_in(kind, col);
}

enum kxt_col kxt_col_default(enum kxt_table_kind kind)
{
	return kind == KXT_TABLE_SLOW ? KXT_COL_CLOCK : KXT_COL_EXITS;
}

/* "IDLE%" was the head of a column once. */
static bool is_called(const char *name, const char *word)
{
	size_t len = strlen(word);

	return strncasecmp(name, word, len) == 0 &&
	       (!name[len] || (name[len] == '%' && !name[len + 1]));
}

enum kxt_col kxt_col_find(const char *name)
{
	if (strcasecmp(name, "rate") == 0 || strcasecmp(name, "RATE/s") == 0)
		return KXT_COL_EXITS;
	for (unsigned int col = 0; col < KXT_COL_NR; col++) {
		if (!kxt_col_sortable(KXT_TABLE_VMS, col) &&
		    !kxt_col_sortable(KXT_TABLE_VCPUS, col) &&
		    !kxt_col_sortable(KXT_TABLE_REASONS, col))
			continue;
		if (is_called(name, columns[col].name) || is_called(name, columns[col].head))
			return col;
	}
	return KXT_COL_NR;
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

/* In a table of slow exits the parts are times, not shares. */
static unsigned int fixed_width(const struct kxt_table *t, enum kxt_col col)
{
	bool is_part = col == KXT_COL_KERNEL || col == KXT_COL_VMM || col == KXT_COL_IDLE ||
		       col == KXT_COL_RUNQ;

	if (t->kind == KXT_TABLE_SLOW && is_part && columns[col].width < 5)
		return 5;
	return columns[col].width;
}

/* The widest cell of a column. */
static unsigned int needed(const struct kxt_table *t, enum kxt_col col)
{
	unsigned int width = (unsigned int)strlen(kxt_col_head(t->kind, col)), w;
	unsigned int fixed = fixed_width(t, col);
	char cell[KXT_CELL_MAX];

	if (t->marked && col == t->sort)
		width++;
	if (col == KXT_COL_EXITS)
		return width;
	if (fixed)
		return width > fixed ? width : fixed;
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

static bool is_empty(const struct kxt_table *t, enum kxt_col col)
{
	char cell[KXT_CELL_MAX];

	for (unsigned int i = 0; i < t->nr; i++) {
		kxt_col_cell(t, &t->row[i], col, ALL, cell);
		if (*cell)
			return false;
	}
	return true;
}

/* All rows are of the same VM. Of the next slow exit nobody knows that yet. */
static bool is_one_vm(const struct kxt_table *t)
{
	if (t->kind == KXT_TABLE_SLOW)
		return t->one_vm;
	for (unsigned int i = 1; i < t->nr; i++)
		if (t->row[i].key.pid != t->row[0].key.pid)
			return false;
	return true;
}

static bool has_nested(const struct kxt_table *t)
{
	for (unsigned int i = 0; i < t->nr; i++)
		if (t->row[i].key.reason.level > 1)
			return true;
	return false;
}

/* A column that says nothing: the same in all rows, or nothing in any. */
static bool is_dull(const struct kxt_table *t, enum kxt_col col)
{
	switch (col) {
	case KXT_COL_NAME:
		return t->kind != KXT_TABLE_VMS && is_one_vm(t);
	case KXT_COL_LEVEL:
		return !has_nested(t);
	case KXT_COL_REASON:
		return t->kind == KXT_TABLE_DETAILS && !t->flat;
	case KXT_COL_KNOWN:
	case KXT_COL_DIR:
	case KXT_COL_FAULT:
	case KXT_COL_ERROR:
		return is_empty(t, col);
	default:
		return false;
	}
}

/**
 * struct fit - a layout while it is made
 * @t: table
 * @cells: width of a line
 * @left: of it
 * @width: of each column so far; 0: not there
 * @need: what its rows need, 0: nobody has looked yet
 */
struct fit {
	const struct kxt_table *t;
	unsigned int cells;
	unsigned int left;
	unsigned int width[KXT_COL_NR];
	unsigned int need[KXT_COL_NR];
};

static void take_step(struct fit *f, enum kxt_col col, unsigned int width)
{
	unsigned int *w = &f->width[col], want, more;

	/* Where reasons are grouped by class there is no reason to show. */
	if (f->t->group && f->t->kind == KXT_TABLE_REASONS && col == KXT_COL_REASON)
		w = &f->width[col = KXT_COL_CLASS];
	if (is_dull(f->t, col))
		return;
	if (!f->need[col])
		f->need[col] = col == KXT_COL_TOP ? ALL : needed(f->t, col);
	want = width && width < f->need[col] ? width : f->need[col];
	if (want <= *w)
		return;
	/* A new column takes all it asks for and a space, or nothing. */
	more = want - *w + (*w == 0 && f->left != f->cells);
	if (*w == 0 && more > f->left)
		return;
	if (more > f->left)
		more = f->left;
	f->left -= more;
	*w = *w ? *w + more : want;
}

void kxt_layout_make(struct kxt_layout *l, const struct kxt_table *t, unsigned int cells)
{
	struct fit f = { .t = t, .cells = cells, .left = cells };
	const struct step *s = steps[t->kind];

	/* After who a row is, what the table is sorted by: else who would know? */
	take_step(&f, s->col, s->width);
	if (kxt_col_sortable(t->kind, t->sort))
		take_step(&f, t->sort, t->sort == KXT_COL_NAME || t->sort == KXT_COL_REASON ?
			  s->width : 0);
	for (; s->col != KXT_COL_NR; s++)
		take_step(&f, s->col, s->width);
	l->nr = 0;
	for (unsigned int i = 0; order[t->kind][i] != KXT_COL_NR; i++) {
		enum kxt_col col = order[t->kind][i];

		if (!f.width[col])
			continue;
		l->col[l->nr] = col;
		l->width[l->nr++] = f.width[col];
	}
}
