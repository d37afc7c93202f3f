// SPDX-License-Identifier: GPL-2.0-only
/* Arithmetic of the latency charts. */
#include "user/html/heat.h"

#include <math.h>

#include "module/bucket.h"

void kxt_latency_axis_make(struct kxt_latency_axis *a,
			   const uint64_t hist[KVMEXIT_NR_BUCKETS], unsigned int max)
{
	unsigned int first = 0, last = KXT_BUCKET_OVER;

	a->first = 0;
	a->size = 1;
	a->nr = 0;
	while (first < last && !hist[first])
		first++;
	while (last > first && !hist[last])
		last--;
	if (!hist[first])
		return;
	/* A little air on both sides, so that a single value is no wall. */
	first = first > 2 ? first - 2 : 0;
	last = last + 2 < KXT_BUCKET_OVER ? last + 2 : KXT_BUCKET_OVER;
	while ((last - first) / a->size + 1 > max)
		a->size *= 2;
	a->first = first;
	a->nr = (last - first) / a->size + 1;
}

double kxt_latency_at(const struct kxt_latency_axis *a, uint64_t ns)
{
	unsigned int bucket = kxt_bucket(ns);
	uint64_t low = kxt_bucket_low(bucket), high = kxt_bucket_high(bucket);
	double in = bucket == KXT_BUCKET_OVER ? 0.5 :
		    (double)(ns - low) / (double)(high - low);
	double at = ((double)bucket - a->first + in) / a->size;

	return at < 0 ? 0 : at > a->nr ? a->nr : at;
}

uint64_t kxt_latency_low(const struct kxt_latency_axis *a)
{
	/* Below the first edge nothing can be told apart. */
	return kxt_bucket_low(a->first ? a->first : 1);
}

uint64_t kxt_latency_high(const struct kxt_latency_axis *a)
{
	unsigned int end = a->first + a->nr * a->size;

	return kxt_bucket_low(end < KXT_BUCKET_OVER ? end : KXT_BUCKET_OVER);
}

uint64_t kxt_latency_row(const struct kxt_latency_axis *a,
			 const uint64_t hist[KVMEXIT_NR_BUCKETS], unsigned int row)
{
	unsigned int begin = a->first + row * a->size;
	uint64_t sum = 0;

	for (unsigned int b = begin; b < begin + a->size && b <= KXT_BUCKET_OVER; b++)
		sum += hist[b];
	return sum;
}

/* Near enough to log2() for colours: straight lines between the powers of two. */
static double about_log2(double v)
{
	int exponent;
	double m = frexp(v, &exponent);

	return exponent + 2 * m - 1;
}

unsigned int kxt_heat_level(double value, double low, double high)
{
	double range, at;

	if (!(value > 0))
		return 0;
	range = about_log2(high) - about_log2(low);
	if (!(range > 0))
		return KXT_HEAT_LEVELS;
	at = (about_log2(value) - about_log2(low)) / range * (KXT_HEAT_LEVELS - 1) + 0.5;
	return at < 0 ? 1 : at >= KXT_HEAT_LEVELS ? KXT_HEAT_LEVELS : 1 + (unsigned int)at;
}
