/* SPDX-License-Identifier: GPL-2.0-only */
/* Arithmetic on histograms and entries. Pure. */
#ifndef KXT_STATS_H
#define KXT_STATS_H

#include "user/snapshot.h"

/** kxt_hist_sum() - number of values in @hist */
uint64_t kxt_hist_sum(const uint64_t hist[KVMEXIT_NR_BUCKETS]);

/**
 * kxt_hist_percentile() - value below or at which a share of all values lies
 * @hist: histogram
 * @max_ns: largest value, as a bound for the result; 0 if not known
 * @permille: 0..1000, e.g. 999 for p99.9
 * @ns: result: the middle of the bucket that holds the value of rank
 *	ceil(permille * n / 1000) (at least 1); within 12.5 % for 128 ns..2^35 ns
 *
 * Return: true, or false for an empty histogram (@ns is then 0).
 */
bool kxt_hist_percentile(const uint64_t hist[KVMEXIT_NR_BUCKETS], uint64_t max_ns,
			 unsigned int permille, uint64_t *ns);

/** kxt_entry_kernel_ns() - what is left of total_ns after idle, runq and vmm */
uint64_t kxt_entry_kernel_ns(const struct kxt_entry *e);

/** kxt_entry_service_ns() - total_ns without idle_ns */
uint64_t kxt_entry_service_ns(const struct kxt_entry *e);

/**
 * kxt_entry_mean_ns() - mean service time of the timed exits, rounded down; 0 if
 * none. An open exit, whose time is in a delta's total_ns too, can raise it.
 */
uint64_t kxt_entry_mean_ns(const struct kxt_entry *e);

/** kxt_entry_merge() - add @src into @dst; max is the larger of the two */
void kxt_entry_merge(struct kxt_entry *dst, const struct kxt_entry *src);

#endif /* KXT_STATS_H */
