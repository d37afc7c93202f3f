/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The numbers of a page, from two walks over a recording: one for the totals, one for what
 * happened when. Memory depends on the number of VMs and reasons, not on the length.
 */
#ifndef KXT_HTML_DATA_H
#define KXT_HTML_DATA_H

#include "user/html/grid.h"
#include "user/html/ticks.h"
#include "user/rec/recording.h"
#include "user/rows.h"
#include "user/slow_log.h"
#include "user/summary.h"

/* Bands of a chart: the heaviest reasons, and the last for the others together. */
#define KXT_HTML_SERIES		8
#define KXT_HTML_OTHERS		(KXT_HTML_SERIES - 1)

/* VMs with charts of their own, the busiest; all are in the table. Bounds the page. */
#define KXT_HTML_VMS		24

/* Slow exits on the page, the slowest. */
#define KXT_HTML_SLOW		100

/**
 * struct kxt_html_column - what happened in one column of the charts
 * @count: exits, a reason
 * @service_ns: their service time, what has elapsed of open ones included
 * @guest_ns: time in guest mode
 * @all: all reasons merged
 */
struct kxt_html_column {
	uint64_t count[KXT_HTML_SERIES];
	uint64_t service_ns[KXT_HTML_SERIES];
	uint64_t guest_ns;
	struct kxt_entry all;
};

/**
 * struct kxt_html_line - a VM, or all of them, over time
 * @pid: VM; 0: all
 * @knows: KXT_KNOWS_* that hold for all who are in it
 * @nr_reasons: rows in @reason, at most KXT_HTML_OTHERS
 * @reason: the heaviest reasons, heaviest first
 * @colour: for each, and for the others: a colour of its own, the same for the same reason
 *	everywhere on the page as far as there are enough
 * @column: KXT_HTML_COLUMNS of them
 */
struct kxt_html_line {
	uint32_t pid;
	uint32_t knows;
	unsigned int nr_reasons;
	struct kxt_reason_id reason[KXT_HTML_OTHERS];
	unsigned int colour[KXT_HTML_SERIES];
	struct kxt_html_column *column;
};

/**
 * struct kxt_html_data - all that is on a page
 * @host: where the recording was made
 * @clock: what its clock means
 * @totals: the whole window
 * @order: its VMs, busiest first
 * @grid: columns of all charts
 * @all: all VMs
 * @nr_lines: VMs with charts
 * @line: them, in the order of @order
 * @nr_slow: rows in @slow
 * @slow: the slowest exits, slowest first
 * @slow_seen: slow exits that were recorded, of the VMs that are wanted
 * @slow_lost: those that were not, of any VM
 * @trouble: what is missing of the recording; NULL: nothing
 */
struct kxt_html_data {
	const struct kxt_recording_host *host;
	struct kxt_html_clock clock;
	struct kxt_summary totals;
	unsigned int *order;
	struct kxt_html_grid grid;
	struct kxt_html_line all;
	unsigned int nr_lines;
	struct kxt_html_line line[KXT_HTML_VMS];
	unsigned int nr_slow;
	struct kxt_slow slow[KXT_HTML_SLOW];
	uint64_t slow_seen;
	uint64_t slow_lost;
	const char *trouble;
};

/**
 * kxt_html_data_new() - read a stretch of a recording
 * @d: result; kxt_html_data_free() ends it
 * @r: recording; has to outlive the result
 * @from: first frame
 * @to: last frame, after @from
 * @filter: which VMs are wanted; NULL: all
 * @err: set on failure
 *
 * Return: 0, or -1 with @err set.
 */
int kxt_html_data_new(struct kxt_html_data **d, struct kxt_recording *r, unsigned int from,
		      unsigned int to, const struct kxt_filter *filter, struct kxt_err *err);

/** kxt_html_data_free() - fine on NULL */
void kxt_html_data_free(struct kxt_html_data *d);

/**
 * kxt_html_rank() - the heaviest reasons
 * @out: result, heaviest first: by their share of the exits plus their share of the
 *	service time, so that frequent ones and slow ones are both there
 * @max: room in @out
 * @vm: VMs
 * @nr: their number
 *
 * Return: how many; -1 without memory.
 */
int kxt_html_rank(struct kxt_reason_id *out, unsigned int max, const struct kxt_vm *vm,
		  unsigned int nr);

/**
 * kxt_html_colours() - give the reasons of a VM their colours
 * @line: VM whose reasons are known
 * @page: what the whole page has; NULL: this is it
 */
void kxt_html_colours(struct kxt_html_line *line, const struct kxt_html_line *page);

/**
 * kxt_html_line_add() - count what a vCPU did
 * @line: VM
 * @column: when, less than KXT_HTML_COLUMNS
 * @v: vCPU of a delta
 */
void kxt_html_line_add(struct kxt_html_line *line, unsigned int column,
		       const struct kxt_vcpu *v);

/** kxt_html_slow_add() - keep an exit if it is one of the slowest */
void kxt_html_slow_add(struct kxt_html_data *d, const struct kxt_slow *slow);

#endif /* KXT_HTML_DATA_H */
