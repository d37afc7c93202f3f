// SPDX-License-Identifier: GPL-2.0-only
/* A histogram as a few rows of bars. */
#include "user/hist_rows.h"

#include <string.h>

#include "module/bucket.h"
#include "user/stats.h"

#define LAST	(KXT_BUCKET_NR - 1)

/*
 * Bucket 0 and the last one stand alone; between them rows begin at bucket 1 and
 * have @size buckets, so that with four and more their edges are powers of two.
 */
static unsigned int row_of(unsigned int bucket, unsigned int size)
{
	if (bucket == 0)
		return 0;
	if (bucket == LAST)
		return 1 + (LAST - 1 + size - 1) / size;
	return 1 + (bucket - 1) / size;
}

static void mark(const struct kxt_entry *e, struct kxt_hist_row *rows, unsigned int nr)
{
	static const struct {
		unsigned int permille;
		unsigned int mark;
	} marks[] = {
		{ 500, KXT_MARK_P50 }, { 900, KXT_MARK_P90 }, { 990, KXT_MARK_P99 },
		{ 999, KXT_MARK_P999 }, { 1000, KXT_MARK_MAX },
	};
	uint64_t ns;

	for (unsigned int m = 0; m < sizeof(marks) / sizeof(marks[0]); m++) {
		if (!kxt_hist_percentile(e->hist, e->max_ns, marks[m].permille, &ns))
			continue;
		for (unsigned int i = 0; i < nr; i++)
			if (ns >= rows[i].low && (ns < rows[i].high || i == nr - 1)) {
				rows[i].marks |= marks[m].mark;
				break;
			}
	}
}

unsigned int kxt_hist_rows(const struct kxt_entry *e, struct kxt_hist_row *rows,
			   unsigned int max)
{
	unsigned int first = 0, last = LAST, size = 1, begin, nr;

	while (first < LAST && !e->hist[first])
		first++;
	while (last > first && !e->hist[last])
		last--;
	if (!e->hist[first])
		return 0;
	while (row_of(last, size) - row_of(first, size) + 1 > max)
		size *= 2;
	begin = row_of(first, size);
	nr = row_of(last, size) - begin + 1;
	memset(rows, 0, nr * sizeof(*rows));
	for (unsigned int b = 0; b <= LAST; b++) {
		unsigned int r = row_of(b, size);

		if (r < begin || r >= begin + nr)
			continue;
		r -= begin;
		if (!rows[r].high)
			rows[r].low = kxt_bucket_low(b);
		rows[r].high = kxt_bucket_high(b);
		rows[r].count += e->hist[b];
	}
	mark(e, rows, nr);
	return nr;
}
