// SPDX-License-Identifier: GPL-2.0-only
#include "module/bucket.h"
#include "user/stats.h"

_Static_assert(KXT_BUCKET_NR == KVMEXIT_NR_BUCKETS, "bucket.h and the ABI differ");

uint64_t kxt_hist_sum(const uint64_t hist[KVMEXIT_NR_BUCKETS])
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < KVMEXIT_NR_BUCKETS; i++)
		sum += hist[i];
	return sum;
}

/* The overflow bucket has no upper edge: the largest value stands in for it. */
static uint64_t bucket_middle(unsigned int bucket, uint64_t max_ns)
{
	uint64_t low = kxt_bucket_low(bucket);
	uint64_t high = kxt_bucket_high(bucket);

	if (bucket == KXT_BUCKET_OVER)
		high = max_ns > low ? max_ns : low;
	return low + (high - low) / 2;
}

bool kxt_hist_percentile(const uint64_t hist[KVMEXIT_NR_BUCKETS], uint64_t max_ns,
			 unsigned int permille, uint64_t *ns)
{
	uint64_t n = kxt_hist_sum(hist);
	uint64_t rank, seen = 0, value;
	unsigned int i;

	*ns = 0;
	if (n == 0)
		return false;
	if (permille > 1000)
		permille = 1000;
	rank = ((unsigned __int128)n * permille + 999) / 1000;
	if (rank == 0)
		rank = 1;
	for (i = 0; i < KVMEXIT_NR_BUCKETS - 1; i++) {
		seen += hist[i];
		if (seen >= rank)
			break;
	}
	value = bucket_middle(i, max_ns);
	*ns = max_ns && value > max_ns ? max_ns : value;
	return true;
}

/* Never below 0, whatever a collector says. */
static uint64_t less(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

uint64_t kxt_entry_service_ns(const struct kxt_entry *e)
{
	return less(e->total_ns, e->idle_ns);
}

uint64_t kxt_entry_kernel_ns(const struct kxt_entry *e)
{
	return less(less(kxt_entry_service_ns(e), e->runq_ns), e->vmm_ns);
}

uint64_t kxt_entry_mean_ns(const struct kxt_entry *e)
{
	return e->timed ? kxt_entry_service_ns(e) / e->timed : 0;
}

void kxt_entry_merge(struct kxt_entry *dst, const struct kxt_entry *src)
{
	dst->hw_flags |= src->hw_flags;
	dst->count += src->count;
	/* A recording can say anything. */
	dst->unpaired = (int64_t)((uint64_t)dst->unpaired + (uint64_t)src->unpaired);
	dst->timed += src->timed;
	dst->total_ns += src->total_ns;
	dst->idle_ns += src->idle_ns;
	dst->poll_ns += src->poll_ns;
	dst->runq_ns += src->runq_ns;
	dst->vmm_ns += src->vmm_ns;
	dst->vmm_count += src->vmm_count;
	if (src->max_ns > dst->max_ns)
		dst->max_ns = src->max_ns;
	for (unsigned int i = 0; i < KVMEXIT_NR_BUCKETS; i++)
		dst->hist[i] += src->hist[i];
}
