/* SPDX-License-Identifier: GPL-2.0-only */
/* The batch frames of top, and what reports have of them: plain text, for logs and pipes. */
#ifndef KXT_VIEW_TEXT_H
#define KXT_VIEW_TEXT_H

#include <stdbool.h>
#include <stdio.h>

#include "user/columns.h"
#include "user/rows.h"
#include "user/summary.h"

#define KXT_TEXT_DETAILS_MAX	100

/**
 * struct kxt_text - how a batch frame is to look
 * @sort: column the tables are sorted by, where they have it
 * @ascii: nothing but ASCII
 * @color: escape sequences for bold heads
 * @cells: width of a line; 0: as wide as it gets
 * @reasons: how many reasons to list for each VM
 * @details: how many details to list for each VM, at most KXT_TEXT_DETAILS_MAX; 0:
 *	nobody asked for them
 * @filter: for the sentence that says why there is nothing
 */
struct kxt_text {
	enum kxt_col sort;
	bool ascii;
	bool color;
	unsigned int cells;
	unsigned int reasons;
	unsigned int details;
	const struct kxt_filter *filter;
};

/**
 * kxt_view_text() - print a frame
 * @f: where to; errors of it are the caller's to look for
 * @s: frame
 * @o: how
 * @err: set on failure
 *
 * Return: 0, or -1 with @err set (no memory).
 */
int kxt_view_text(FILE *f, const struct kxt_summary *s, const struct kxt_text *o,
		  struct kxt_err *err);

/**
 * kxt_text_vms() - all of a frame but its head: a table of VMs, then each VM's reasons
 * @f: where to
 * @s: frame with VMs in it
 * @o: how
 * @err: set on failure
 *
 * Return: 0, or -1 with @err set (no memory).
 */
int kxt_text_vms(FILE *f, const struct kxt_summary *s, const struct kxt_text *o,
		 struct kxt_err *err);

/** kxt_text_lines() - a sentence, in as many lines as it takes where lines have an end */
void kxt_text_lines(FILE *f, const char *text, const struct kxt_text *o);

/** kxt_text_layout() - choose the columns of a table; @indent is what rows begin with */
void kxt_text_layout(struct kxt_layout *lay, const struct kxt_table *t,
		     const char *indent, const struct kxt_text *o);

/** kxt_text_rows() - a table's head and its first @max rows, with these columns */
void kxt_text_rows(FILE *f, const struct kxt_table *t, const struct kxt_layout *lay,
		   unsigned int max, const char *indent, const struct kxt_text *o);

/** kxt_text_table() - the same with the columns that fit */
void kxt_text_table(FILE *f, const struct kxt_table *t, unsigned int max,
		    const char *indent, const struct kxt_text *o);

/** kxt_text_legend() - what the bars of a table are made of, if it shows any */
void kxt_text_legend(FILE *f, const struct kxt_table *t, const struct kxt_text *o);

#endif /* KXT_VIEW_TEXT_H */
