/* SPDX-License-Identifier: GPL-2.0-only */
/* Arithmetic of the latency charts. Pure. */
#ifndef KXT_HTML_HEAT_H
#define KXT_HTML_HEAT_H

#include "user/snapshot.h"

/* Rows of a heat map at most, and strengths of its colour. */
#define KXT_HEAT_ROWS	40
#define KXT_HEAT_LEVELS	8

/**
 * struct kxt_latency_axis - buckets from bottom to top, or from left to right
 * @first: lowest bucket
 * @size: buckets a row: 1, 2 or 4
 * @nr: rows; 0: nothing was timed
 */
struct kxt_latency_axis {
	unsigned int first;
	unsigned int size;
	unsigned int nr;
};

/**
 * kxt_latency_axis_make() - an axis on which all of a histogram is
 * @a: result
 * @hist: histogram
 * @max: rows at most, KXT_HEAT_ROWS or more
 */
void kxt_latency_axis_make(struct kxt_latency_axis *a,
			   const uint64_t hist[KVMEXIT_NR_BUCKETS], unsigned int max);

/**
 * kxt_latency_at() - where a duration is
 * @a: axis with rows
 * @ns: duration
 *
 * Return: rows from its begin; from 0 to @nr, for what is outside, too.
 */
double kxt_latency_at(const struct kxt_latency_axis *a, uint64_t ns);

/** kxt_latency_low() - begin of the axis in ns, at least the first edge: 128 ns */
uint64_t kxt_latency_low(const struct kxt_latency_axis *a);

/** kxt_latency_high() - its end; 2^35 ns if it has the bucket without an upper edge */
uint64_t kxt_latency_high(const struct kxt_latency_axis *a);

/** kxt_latency_row() - values in a row */
uint64_t kxt_latency_row(const struct kxt_latency_axis *a,
			 const uint64_t hist[KVMEXIT_NR_BUCKETS], unsigned int row);

/**
 * kxt_heat_level() - strength of a colour
 * @value: of a cell
 * @low: the lowest value above 0
 * @high: the highest one
 *
 * Each step is the same factor.
 *
 * Return: 1 to KXT_HEAT_LEVELS, or 0 for nothing.
 */
unsigned int kxt_heat_level(double value, double low, double high);

#endif /* KXT_HTML_HEAT_H */
