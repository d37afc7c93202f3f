/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Nanoseconds to histogram bucket and back. Pure: shared by the module, the
 * BPF collector and the reader, so that every histogram has the same edges and
 * two of them merge by adding.
 *
 * Log-linear, as HDR histograms are: four equal steps a power of two, from
 * 2^7 ns to 2^35 ns (~34 s), plus one bucket below and one above. A bucket is
 * at most a quarter as wide as its lower edge, so its middle is within 12.5 %
 * of everything in it.
 */
#ifndef KXT_BUCKET_H
#define KXT_BUCKET_H

#include <linux/types.h>

#define KXT_BUCKET_MIN_LOG2	7
#define KXT_BUCKET_MAX_LOG2	35
#define KXT_BUCKET_STEPS_LOG2	2
#define KXT_BUCKET_NR		\
	(((KXT_BUCKET_MAX_LOG2 - KXT_BUCKET_MIN_LOG2) << KXT_BUCKET_STEPS_LOG2) + 2)
#define KXT_BUCKET_OVER		(KXT_BUCKET_NR - 1)

/**
 * kxt_log2() - the highest bit that is set
 * @n: not 0
 *
 * No loop, no division, no table. Any context.
 *
 * Return: its number, 0 .. 63.
 */
static inline __u32 kxt_log2(__u64 n)
{
#ifdef __bpf__
	/* The BPF machine has no instruction for it. */
	__u32 log2 = 0;

	if (n >> 32) {
		log2 += 32;
		n >>= 32;
	}
	if (n >> 16) {
		log2 += 16;
		n >>= 16;
	}
	if (n >> 8) {
		log2 += 8;
		n >>= 8;
	}
	if (n >> 4) {
		log2 += 4;
		n >>= 4;
	}
	if (n >> 2) {
		log2 += 2;
		n >>= 2;
	}
	return log2 + (n >> 1);
#else
	/* 63 - clz, in the one way that all compilers make a single bsr of */
	return 63 ^ __builtin_clzll(n);
#endif
}

/**
 * kxt_bucket_is_inner() - is a duration in neither the first nor the last bucket?
 * @log2: its highest bit, or 0 if it is 0
 *
 * Any context.
 */
static inline int kxt_bucket_is_inner(__u64 log2)
{
	return (__u32)log2 - KXT_BUCKET_MIN_LOG2 <
	       KXT_BUCKET_MAX_LOG2 - KXT_BUCKET_MIN_LOG2;
}

/**
 * kxt_bucket_inner() - the bucket of such a duration
 * @ns: nanoseconds
 * @log2: its highest bit
 *
 * Return: 1 + 4 * (log2 - 7) for the power of two, plus the two bits below the leading
 * one, which the shift leaves as 4..7: 1 - 28 - 4 = -31.
 */
static inline __u64 kxt_bucket_inner(__u64 ns, __u64 log2)
{
	return (log2 << KXT_BUCKET_STEPS_LOG2) +
	       (ns >> ((__u32)log2 - KXT_BUCKET_STEPS_LOG2)) - 31;
}

/**
 * kxt_bucket() - the bucket of a duration
 * @ns: nanoseconds, any value
 *
 * No loop, no division, no table. Any context.
 *
 * Return: 0 for less than 128 ns, KXT_BUCKET_OVER for 2^35 ns and more, else a
 * number between them.
 */
static inline __u32 kxt_bucket(__u64 ns)
{
	__u32 log2;

	if (ns >> KXT_BUCKET_MIN_LOG2 == 0)
		return 0;
	if (ns >> KXT_BUCKET_MAX_LOG2 != 0)
		return KXT_BUCKET_OVER;
	log2 = kxt_log2(ns);
	/*
	 * 1 + 4 * (log2 - 7) for the power of two, plus the two bits below the
	 * leading one, which the shift leaves as 4..7: 1 - 28 - 4 = -31.
	 */
	return (log2 << KXT_BUCKET_STEPS_LOG2) +
	       (__u32)(ns >> (log2 - KXT_BUCKET_STEPS_LOG2)) - 31;
}

/**
 * kxt_bucket_low() - lowest duration in a bucket
 * @bucket: 0 .. KXT_BUCKET_OVER
 *
 * Return: nanoseconds, inclusive.
 */
static inline __u64 kxt_bucket_low(__u32 bucket)
{
	__u32 log2, step;

	if (bucket == 0)
		return 0;
	log2 = KXT_BUCKET_MIN_LOG2 + ((bucket - 1) >> KXT_BUCKET_STEPS_LOG2);
	step = (bucket - 1) & ((1U << KXT_BUCKET_STEPS_LOG2) - 1);
	return (1ULL << log2) + ((__u64)step << (log2 - KXT_BUCKET_STEPS_LOG2));
}

/**
 * kxt_bucket_high() - the upper edge of a bucket
 * @bucket: 0 .. KXT_BUCKET_OVER
 *
 * Return: nanoseconds, exclusive; ~0 for KXT_BUCKET_OVER, which has no edge.
 */
static inline __u64 kxt_bucket_high(__u32 bucket)
{
	return bucket >= KXT_BUCKET_OVER ? ~0ULL : kxt_bucket_low(bucket + 1);
}

#endif /* KXT_BUCKET_H */
