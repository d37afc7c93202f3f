// SPDX-License-Identifier: GPL-2.0-only
/* A row of a histogram as text. */
#include <stdio.h>
#include <string.h>

#include "user/format.h"
#include "user/hist_rows.h"

void kxt_hist_label(const struct kxt_hist_row *r, char *buf, size_t len)
{
	char low[KXT_FMT_MAX], high[KXT_FMT_MAX];

	kxt_fmt_ns(low, r->low);
	kxt_fmt_ns(high, r->high);
	if (r->high == UINT64_MAX)
		snprintf(buf, len, "%6s or more", low);
	else
		snprintf(buf, len, "%6s - %s", low, high);
}

static void add(char *buf, size_t len, const char *text)
{
	strncat(buf, text, len - strlen(buf) - 1);
}

void kxt_hist_marks(const struct kxt_hist_row *r, char *buf, size_t len)
{
	static const char *const name[] = { "p50", "p90", "p99", "p99.9", "max" };

	buf[0] = '\0';
	for (unsigned int i = 0; i < sizeof(name) / sizeof(name[0]); i++) {
		if (!(r->marks & 1U << i))
			continue;
		add(buf, len, *buf ? " " : "< ");
		add(buf, len, name[i]);
	}
}

/* Every console font has half blocks, unlike the eighths. */
void kxt_hist_bar(const struct kxt_hist_row *r, uint64_t most, unsigned int cells,
		  bool ascii, char *buf, size_t len)
{
	double exact = most ? (double)r->count / (double)most * cells : 0;
	unsigned int halves = (unsigned int)(exact * 2 + 0.5);

	/* What is there must be seen. */
	if (r->count && !halves)
		halves = 1;
	buf[0] = '\0';
	for (unsigned int i = 0; i < halves / 2; i++)
		add(buf, len, ascii ? "#" : "\u2588");
	if (halves % 2)
		add(buf, len, ascii ? ":" : "\u258c");
}
