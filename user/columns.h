/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The columns of the tables: what is in them, how it reads, and which of them
 * fit in a width. Pure.
 */
#ifndef KXT_COLUMNS_H
#define KXT_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "user/format.h"

struct kxt_row;
struct kxt_table;

/**
 * enum kxt_table_kind - the tables
 * @KXT_TABLE_VMS: a row a VM
 * @KXT_TABLE_VCPUS: a row a vCPU
 * @KXT_TABLE_REASONS: a row an exit reason, or a class
 * @KXT_TABLE_SPLIT: one reason: a row a vCPU that had it
 * @KXT_TABLE_DETAILS: what is behind a reason: a row a port, address, MSR, ...
 * @KXT_TABLE_SLOW: a row a slow exit
 */
enum kxt_table_kind {
	KXT_TABLE_VMS,
	KXT_TABLE_VCPUS,
	KXT_TABLE_REASONS,
	KXT_TABLE_SPLIT,
	KXT_TABLE_DETAILS,
	KXT_TABLE_SLOW,
	KXT_TABLE_NR,
};

/* The numbers of tables with counters, then what only details or slow exits have. */
enum kxt_col {
	KXT_COL_NAME,
	KXT_COL_PID,
	KXT_COL_VCPUS,
	KXT_COL_VCPU,
	KXT_COL_TID,
	KXT_COL_REASON,
	KXT_COL_CLASS,
	KXT_COL_LEVEL,
	KXT_COL_COUNT,
	KXT_COL_EXITS,
	KXT_COL_SHARE,
	KXT_COL_GUEST,
	KXT_COL_KERNEL,
	KXT_COL_VMM,
	KXT_COL_IDLE,
	KXT_COL_RUNQ,
	KXT_COL_PARTS,
	KXT_COL_VMMRATE,
	KXT_COL_TOVMM,
	KXT_COL_TIME,
	KXT_COL_TIMESHARE,
	KXT_COL_MEAN,
	KXT_COL_P50,
	KXT_COL_P90,
	KXT_COL_P99,
	KXT_COL_P999,
	KXT_COL_MAX,
	KXT_COL_UNPAIRED,
	KXT_COL_TOP,
	KXT_COL_KIND,
	KXT_COL_KEY,
	KXT_COL_KNOWN,
	KXT_COL_DIR,
	KXT_COL_FAULT,
	KXT_COL_ERROR,
	KXT_COL_CLOCK,
	KXT_COL_SERVICE,
	KXT_COL_DETAIL,
	KXT_COL_RIP,
	KXT_COL_CPU,
	KXT_COL_NR,
};

/* Room for any cell: the widest terminal we draw on, in UTF-8. */
#define KXT_CELL_MAX	4096

/**
 * struct kxt_layout - the columns that are shown, from left to right
 * @nr: columns
 * @col: what
 * @width: cells, without the space between columns
 */
struct kxt_layout {
	unsigned int nr;
	enum kxt_col col[KXT_COL_NR];
	unsigned int width[KXT_COL_NR];
};

/**
 * kxt_layout_make() - choose the columns for a width
 * @l: result
 * @t: table with its rows: names decide how wide their column gets
 * @cells: width of a line
 */
void kxt_layout_make(struct kxt_layout *l, const struct kxt_table *t, unsigned int cells);

/** kxt_col_head() - its head in a table: "EXITS/s" */
const char *kxt_col_head(enum kxt_table_kind kind, enum kxt_col col);

/** kxt_col_name() - its name on the command line: "exits" */
const char *kxt_col_name(enum kxt_col col);

/** kxt_col_text() - what is in it, a few words */
const char *kxt_col_text(enum kxt_col col);

/** kxt_col_align() - on which side its cells are */
enum kxt_align kxt_col_align(enum kxt_col col);

/** kxt_col_in() - can the table have it? */
bool kxt_col_in(enum kxt_table_kind kind, enum kxt_col col);

/** kxt_col_sortable() - can the table be sorted by it? */
bool kxt_col_sortable(enum kxt_table_kind kind, enum kxt_col col);

/** kxt_col_default() - what the table is sorted by if nobody says otherwise */
enum kxt_col kxt_col_default(enum kxt_table_kind kind);

/**
 * kxt_col_find() - column of the VMs, vCPUs or reasons by name or head
 * @name: case is ignored, and a % at its end
 *
 * Return: the column, or KXT_COL_NR if there is none to sort by.
 */
enum kxt_col kxt_col_find(const char *name);

/**
 * kxt_col_step() - the column to sort by when the user goes left or right
 * @kind: table
 * @col: now
 * @by: -1 or 1
 *
 * Return: a column to sort by; goes round at the ends.
 */
enum kxt_col kxt_col_step(enum kxt_table_kind kind, enum kxt_col col, int by);

/**
 * kxt_col_value() - the number in a cell
 * @t: table
 * @r: row
 * @col: column
 * @value: result
 *
 * Return: true, or false if it is text or cannot be known.
 */
bool kxt_col_value(const struct kxt_table *t, const struct kxt_row *r, enum kxt_col col,
		   double *value);

/**
 * kxt_col_cell() - a cell as text, unpadded; "-" if it cannot be known
 * @t: table
 * @r: row
 * @col: column
 * @cells: width there is for it (the top reasons say as much as fits)
 * @buf: result
 */
void kxt_col_cell(const struct kxt_table *t, const struct kxt_row *r, enum kxt_col col,
		  unsigned int cells, char buf[KXT_CELL_MAX]);

#endif /* KXT_COLUMNS_H */
