/* SPDX-License-Identifier: GPL-2.0-only */
/* Frames of a recording as columns of a chart, however many there are. Pure. */
#ifndef KXT_HTML_GRID_H
#define KXT_HTML_GRID_H

#include <stdint.h>

/*
 * Columns of a chart, at most. With them a page of 10 VMs with 4 vCPUs and 20 reasons each
 * is below 3 MB, however long the recording: the four charts of a VM are some 100 KB, a
 * reason 6 KB.
 */
#define KXT_HTML_COLUMNS	200

/**
 * struct kxt_html_grid - columns, made as frames come
 * @nr: columns that have been begun
 * @edge: begin of each by the collector's clock, and behind the last one its end so far
 * @step_ns: length of a column; 0: each frame ends one
 * @slack_ns: how much earlier a frame may come and still end it
 * @next: the number of steps after which the next one begins
 *
 * A column ends at a frame, never between two: so no rate in it is made up. Where frames
 * are missing it is longer than the others.
 */
struct kxt_html_grid {
	unsigned int nr;
	uint64_t edge[KXT_HTML_COLUMNS + 1];
	uint64_t step_ns;
	uint64_t slack_ns;
	uint64_t next;
};

/**
 * kxt_html_grid_begin() - an empty grid
 * @g: result
 * @begin_ns: time of the first frame
 * @end_ns: time of the last one
 * @intervals: number of frames after the first one
 */
void kxt_html_grid_begin(struct kxt_html_grid *g, uint64_t begin_ns, uint64_t end_ns,
			 unsigned int intervals);

/**
 * kxt_html_grid_frame() - the next frame
 * @g: grid
 * @now_ns: its time
 *
 * Return: column that what happened since the frame before it belongs to.
 */
unsigned int kxt_html_grid_frame(struct kxt_html_grid *g, uint64_t now_ns);

/** kxt_html_grid_ns() - length of a column */
uint64_t kxt_html_grid_ns(const struct kxt_html_grid *g, unsigned int column);

#endif /* KXT_HTML_GRID_H */
