/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files that fill tables share among themselves, and nobody else. */
#ifndef KXT_ROWS_INT_H
#define KXT_ROWS_INT_H

#include "user/rows.h"

/**
 * kxt_table_reserve() - room for more, so that nothing moves while it is filled
 * @t: table
 * @nr: this many rows more than there are
 * @own: this many own counters in all
 *
 * Return: 0, or -1 without memory.
 */
int kxt_table_reserve(struct kxt_table *t, unsigned int nr, unsigned int own);

/** kxt_table_add_row() - a row; there has to be room; NULL for what it has not */
struct kxt_row *kxt_table_add_row(struct kxt_table *t, const struct kxt_vm *vm,
				  const struct kxt_vcpu *v, const struct kxt_entry *e);

/** kxt_table_reason_id() - the reason, or the class if the table is grouped */
struct kxt_reason_id kxt_table_reason_id(const struct kxt_table *t, uint32_t isa,
					 uint32_t level, uint64_t code);

/** kxt_scope_vcpu() - is the vCPU in the scope? (its VM is) */
bool kxt_scope_vcpu(const struct kxt_scope *scope, uint32_t id, uint32_t tid);

/* rows_detail.c, rows_slow.c: rows of one kind; 0, or -1 without memory */
int kxt_table_add_details(struct kxt_table *t, const struct kxt_summary *s,
			  const struct kxt_scope *scope);
int kxt_table_add_slow(struct kxt_table *t, const struct kxt_summary *s,
		       const struct kxt_scope *scope);

/** kxt_row_detail_order() - in a table of details: what comes before any sorting */
int kxt_row_detail_order(const struct kxt_table *t, const struct kxt_row *a,
			 const struct kxt_row *b);

/* cells.c, cells_detail.c */

/** kxt_per_s() - an amount of the table's window as one of a second */
double kxt_per_s(const struct kxt_table *t, double v);

/** kxt_ratio() - a share of 1; false if there is no whole */
bool kxt_ratio(uint64_t part, uint64_t whole, double *value);

/** kxt_col_part() - does the column have one part of the time, and which? */
bool kxt_col_part(enum kxt_col col, enum kxt_part *part);

/* As kxt_col_value(), for rows with a detail, and for slow exits. */
bool kxt_detail_value(const struct kxt_table *t, const struct kxt_row *r, enum kxt_col col,
		      double *value);
bool kxt_slow_value(const struct kxt_table *t, const struct kxt_row *r, enum kxt_col col,
		    double *value);

/* As kxt_col_cell(), of the same rows; false if the column is none of theirs. */
bool kxt_detail_text(const struct kxt_table *t, const struct kxt_row *r, enum kxt_col col,
		     char buf[KXT_CELL_MAX]);
bool kxt_slow_text(const struct kxt_table *t, const struct kxt_row *r, enum kxt_col col,
		   char buf[KXT_CELL_MAX]);

#endif /* KXT_ROWS_INT_H */
