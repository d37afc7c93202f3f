/* SPDX-License-Identifier: GPL-2.0-only */
/* A histogram as a few rows of bars. Pure. */
#ifndef KXT_HIST_ROWS_H
#define KXT_HIST_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "user/snapshot.h"

/* Which percentiles lie in a row. */
#define KXT_MARK_P50	(1U << 0)
#define KXT_MARK_P90	(1U << 1)
#define KXT_MARK_P99	(1U << 2)
#define KXT_MARK_P999	(1U << 3)
#define KXT_MARK_MAX	(1U << 4)

/**
 * struct kxt_hist_row - neighbouring buckets taken together
 * @low: lower edge in ns, inclusive
 * @high: upper edge in ns, exclusive; ~0 if there is none
 * @count: values between them
 * @marks: KXT_MARK_* of the percentiles that are here
 */
struct kxt_hist_row {
	uint64_t low;
	uint64_t high;
	uint64_t count;
	unsigned int marks;
};

/**
 * kxt_hist_rows() - group the buckets so that they fit
 * @e: counters
 * @rows: result
 * @max: room in @rows, at least 3
 *
 * From the first bucket with something in it to the last one. All rows but the
 * two outermost buckets have the same number of buckets, a power of two.
 *
 * Return: number of rows; 0 if nothing was timed.
 */
unsigned int kxt_hist_rows(const struct kxt_entry *e, struct kxt_hist_row *rows,
			   unsigned int max);

/**
 * kxt_hist_label() - "1.0us - 1.5us", "34s or more"
 * @r: row
 * @buf: result
 * @len: its size
 */
void kxt_hist_label(const struct kxt_hist_row *r, char *buf, size_t len);

/** kxt_hist_marks() - "< p50 p90", or nothing: which percentiles are in a row */
void kxt_hist_marks(const struct kxt_hist_row *r, char *buf, size_t len);

/**
 * kxt_hist_bar() - a row as whole and half blocks
 * @r: row
 * @most: count of the longest bar
 * @cells: its width
 * @ascii: other characters than blocks
 * @buf: result; a row with anything in it has at least half a block
 * @len: its size: 3 * @cells + 1 is enough
 */
void kxt_hist_bar(const struct kxt_hist_row *r, uint64_t most, unsigned int cells,
		  bool ascii, char *buf, size_t len);

#endif /* KXT_HIST_ROWS_H */
