// SPDX-License-Identifier: GPL-2.0-only
/* Frames of a recording as columns of a chart. */
#include "user/html/grid.h"

#include <stdbool.h>
#include <string.h>

#include "user/html/ticks.h"

void kxt_html_grid_begin(struct kxt_html_grid *g, uint64_t begin_ns, uint64_t end_ns,
			 unsigned int intervals)
{
	uint64_t length = end_ns > begin_ns ? end_ns - begin_ns : 0;

	memset(g, 0, sizeof(*g));
	g->edge[0] = begin_ns;
	g->next = 1;
	if (intervals <= KXT_HTML_COLUMNS)
		return;
	g->step_ns = kxt_html_round_step(length / (KXT_HTML_COLUMNS - 1) + 1);
	/* Less than half a step: then the last one still has a column to go to. */
	g->slack_ns = length / intervals / 2;
	if (g->slack_ns >= g->step_ns / 2)
		g->slack_ns = g->step_ns / 2 - (g->step_ns > 1);
}

/* Does the column end with the latest frame, now that another one comes? */
static bool is_full(const struct kxt_html_grid *g, uint64_t now_ns)
{
	uint64_t last_ns = g->edge[g->nr];

	if (g->nr == KXT_HTML_COLUMNS)
		return false;
	/* Where frames are missing there is a column with nothing else in it. */
	return g->step_ns == 0 || now_ns - last_ns > 2 * g->step_ns ||
	       last_ns - g->edge[0] + g->slack_ns >= g->next * g->step_ns;
}

unsigned int kxt_html_grid_frame(struct kxt_html_grid *g, uint64_t now_ns)
{
	if (g->nr == 0) {
		g->nr = 1;
	} else if (is_full(g, now_ns)) {
		if (g->step_ns)
			g->next = (g->edge[g->nr] - g->edge[0] + g->slack_ns) / g->step_ns + 1;
		g->nr++;
	}
	g->edge[g->nr] = now_ns;
	return g->nr - 1;
}

uint64_t kxt_html_grid_ns(const struct kxt_html_grid *g, unsigned int column)
{
	return g->edge[column + 1] - g->edge[column];
}
