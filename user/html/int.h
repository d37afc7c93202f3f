/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files that make the page. Each writes a part of it; errors are @f's. */
#ifndef KXT_HTML_INT_H
#define KXT_HTML_INT_H

#include <stdio.h>

#include "user/html/data.h"

/* Reasons of a VM that are shown one by one; all are in its table. Bounds the page. */
#define KXT_HTML_REASONS	20

/* The style sheet and the script, and what of the latter the page's policy allows. */
extern const char kxt_html_style[];
extern const char kxt_html_script[];
extern const char kxt_html_script_hash[];

/** kxt_html_head() - what was recorded where and when, and what is missing */
void kxt_html_head(FILE *f, const struct kxt_html_data *d);

/** kxt_html_vms() - the table of VMs, busiest first */
void kxt_html_vms(FILE *f, const struct kxt_html_data *d);

/** kxt_html_charts() - a VM, or all of them, over time */
void kxt_html_charts(FILE *f, const struct kxt_html_data *d,
		     const struct kxt_html_line *line);

/** kxt_html_parts_cells() - a bar and five shares, as cells of a table */
void kxt_html_parts_cells(FILE *f, const struct kxt_parts *p);

/** kxt_html_percentile_cell() - a percentile as a cell */
void kxt_html_percentile_cell(FILE *f, const struct kxt_entry *e, unsigned int permille);

/**
 * kxt_html_reasons() - the reasons of a VM: their table, then each of them
 * @f: where to
 * @d: the page's numbers
 * @vm: one of its VMs
 *
 * Return: 0, or -1 without memory.
 */
int kxt_html_reasons(FILE *f, const struct kxt_html_data *d, const struct kxt_vm *vm);

/** kxt_html_details() - what is behind a reason, if there is something */
void kxt_html_details(FILE *f, const struct kxt_vm *vm, const struct kxt_entry *e);

/** kxt_html_slow() - the slowest exits, if they were recorded */
void kxt_html_slow(FILE *f, const struct kxt_html_data *d);

#endif /* KXT_HTML_INT_H */
