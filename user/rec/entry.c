// SPDX-License-Identifier: GPL-2.0-only
/* The counters of an entry. What can be told from the others is not written. */
#include "module/bucket.h"
#include "user/rec/frame.h"

/* Mask of an entry: what is there. The usual ones first: then it is one byte. */
#define HAS_HIST	(1U << 0)
#define HAS_TOTAL	(1U << 1)
#define HAS_UNPAIRED	(1U << 2)
#define HAS_IDLE	(1U << 3)
#define HAS_RUNQ	(1U << 4)
#define HAS_VMM		(1U << 5)
#define HAS_MAX		(1U << 6)
#define HAS_VMM_COUNT	(1U << 7)
#define HAS_POLL	(1U << 8)
#define HAS_FLAGS	(1U << 9)
#define HAS_TIMED	(1U << 10)
#define HAS_COUNT	(1U << 11)
#define HAS_ALL		((1U << 12) - 1)

/* What an exit of this bucket took, most likely. */
static uint64_t middle(unsigned int bucket)
{
	uint64_t low = kxt_bucket_low(bucket);

	return bucket == KXT_BUCKET_OVER ? low :
	       low + (kxt_bucket_high(bucket) - low) / 2;
}

/**
 * struct grown - what the histogram says of the other counters
 * @exits: by how much the sum of the buckets grew
 * @service_ns: how long these exits took, roughly
 */
struct grown {
	uint64_t exits, service_ns;
};

static unsigned int buckets_changed(const struct kxt_entry *e, const struct kxt_entry *was)
{
	unsigned int nr = 0;

	for (unsigned int i = 0; i < KVMEXIT_NR_BUCKETS; i++)
		nr += e->hist[i] != was->hist[i];
	return nr;
}

static void code_bucket(struct kxt_rec_coder *c, struct kxt_entry *e,
			const struct kxt_entry *was, unsigned int *bucket)
{
	uint64_t skip = 0;

	if (c->writing) {
		while (e->hist[*bucket + skip] == was->hist[*bucket + skip])
			skip++;
	}
	kxt_rec_code(c, KXT_REC_BUCKET, &skip);
	if (skip >= KVMEXIT_NR_BUCKETS - *bucket) {
		c->bad = true;
		return;
	}
	*bucket += skip;
	kxt_rec_code_up(c, KXT_REC_COUNT, &e->hist[*bucket], was->hist[*bucket]);
}

static void code_hist(struct kxt_rec_coder *c, struct kxt_entry *e,
		      const struct kxt_entry *was)
{
	unsigned int nr = c->writing ? buckets_changed(e, was) : 0;
	unsigned int bucket = 0;

	kxt_rec_code_nr(c, KXT_REC_BUCKET, &nr, KVMEXIT_NR_BUCKETS);
	for (unsigned int i = 0; i < nr && !c->bad; i++, bucket++) {
		if (bucket == KVMEXIT_NR_BUCKETS)
			c->bad = true;
		else
			code_bucket(c, e, was, &bucket);
	}
}

static struct grown grown(const struct kxt_entry *e, const struct kxt_entry *was)
{
	struct grown g = { 0, 0 };

	for (unsigned int i = 0; i < KVMEXIT_NR_BUCKETS; i++) {
		uint64_t exits = e->hist[i] - was->hist[i];

		if (exits) {
			g.exits += exits;
			g.service_ns += exits * middle(i);
		}
	}
	return g;
}

static uint64_t likely_total(const struct kxt_entry *e, const struct kxt_entry *was,
			     const struct grown *g)
{
	return was->total_ns + (e->idle_ns - was->idle_ns) + g->service_ns;
}

/* timed is the sum of the buckets, and count has the unpaired ones on top: always so far. */
static uint64_t likely_timed(const struct kxt_entry *was, const struct grown *g)
{
	return was->timed + g->exits;
}

static uint64_t likely_count(const struct kxt_entry *e, const struct kxt_entry *was)
{
	return was->count + (e->timed - was->timed) +
	       ((uint64_t)e->unpaired - (uint64_t)was->unpaired);
}

static uint32_t changes(const struct kxt_entry *e, const struct kxt_entry *was)
{
	struct grown g = grown(e, was);
	uint32_t mask = 0;

	mask |= buckets_changed(e, was) ? HAS_HIST : 0;
	mask |= e->total_ns != likely_total(e, was, &g) ? HAS_TOTAL : 0;
	mask |= e->unpaired != was->unpaired ? HAS_UNPAIRED : 0;
	mask |= e->idle_ns != was->idle_ns ? HAS_IDLE : 0;
	mask |= e->runq_ns != was->runq_ns ? HAS_RUNQ : 0;
	mask |= e->vmm_ns != was->vmm_ns ? HAS_VMM : 0;
	mask |= e->max_ns != was->max_ns ? HAS_MAX : 0;
	mask |= e->vmm_count != was->vmm_count ? HAS_VMM_COUNT : 0;
	mask |= e->poll_ns != was->poll_ns ? HAS_POLL : 0;
	mask |= e->hw_flags != was->hw_flags ? HAS_FLAGS : 0;
	mask |= e->timed != likely_timed(was, &g) ? HAS_TIMED : 0;
	mask |= e->count != likely_count(e, was) ? HAS_COUNT : 0;
	return mask;
}

/* A field that is as it was, unless the mask says that it is here. */
static void code_field(struct kxt_rec_coder *c, bool has, uint64_t *v, uint64_t was)
{
	if (has)
		kxt_rec_code_diff(c, KXT_REC_TIME, v, was);
	else
		*v = was;
}

void kxt_rec_entry_code(struct kxt_rec_coder *c, struct kxt_entry *e,
			const struct kxt_entry *was)
{
	uint32_t mask = c->writing ? changes(e, was) : 0;
	uint64_t unpaired = (uint64_t)e->unpaired, flags = e->hw_flags;
	struct grown g;

	kxt_rec_code32(c, KXT_REC_MASK, &mask);
	if (mask & ~HAS_ALL)
		c->bad = true;
	if (!c->writing) {
		for (unsigned int i = 0; i < KVMEXIT_NR_BUCKETS; i++)
			e->hist[i] = was->hist[i];
	}
	if (mask & HAS_HIST)
		code_hist(c, e, was);
	g = grown(e, was);
	code_field(c, mask & HAS_UNPAIRED, &unpaired, (uint64_t)was->unpaired);
	e->unpaired = (int64_t)unpaired;
	code_field(c, mask & HAS_IDLE, &e->idle_ns, was->idle_ns);
	code_field(c, mask & HAS_RUNQ, &e->runq_ns, was->runq_ns);
	code_field(c, mask & HAS_VMM, &e->vmm_ns, was->vmm_ns);
	code_field(c, mask & HAS_MAX, &e->max_ns, was->max_ns);
	code_field(c, mask & HAS_VMM_COUNT, &e->vmm_count, was->vmm_count);
	code_field(c, mask & HAS_POLL, &e->poll_ns, was->poll_ns);
	code_field(c, mask & HAS_FLAGS, &flags, was->hw_flags);
	if (flags > UINT32_MAX)
		c->bad = true;
	e->hw_flags = (uint32_t)flags;
	code_field(c, mask & HAS_TIMED, &e->timed, likely_timed(was, &g));
	code_field(c, mask & HAS_COUNT, &e->count, likely_count(e, was));
	code_field(c, mask & HAS_TOTAL, &e->total_ns, likely_total(e, was, &g));
}
