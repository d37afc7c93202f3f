/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files that make snapshots, deltas and summaries share. */
#ifndef KXT_SNAPSHOT_INT_H
#define KXT_SNAPSHOT_INT_H

#include "user/snapshot.h"

/** kxt_entry_order() - by level, then code: below, above or equal to 0 */
static inline int kxt_entry_order(const struct kxt_entry *a, const struct kxt_entry *b)
{
	if (a->level != b->level)
		return a->level < b->level ? -1 : 1;
	return a->code < b->code ? -1 : a->code > b->code;
}

/** kxt_entry_compare() - the same, for qsort() */
int kxt_entry_compare(const void *a, const void *b);

/** kxt_snapshot_add_bare() - as kxt_snapshot_add(), with no entries and no room for any */
struct kxt_vcpu *kxt_snapshot_add_bare(struct kxt_snapshot *s);

/**
 * kxt_snapshot_add_raw() - as kxt_snapshot_add(), with entries of any contents
 *
 * There is room for one more, which a delta may need for an open exit.
 */
struct kxt_vcpu *kxt_snapshot_add_raw(struct kxt_snapshot *s, unsigned int nr);

/**
 * kxt_snapshot_find() - the vCPU with a key
 * @s: snapshot whose first @nr vCPUs are sorted
 * @nr: where to look
 * @key: see struct kxt_vcpu
 *
 * Return: the vCPU or NULL.
 */
const struct kxt_vcpu *kxt_snapshot_find(const struct kxt_snapshot *s, unsigned int nr,
					 uint64_t key);

/**
 * kxt_snapshot_same_start() - do two snapshots speak of the same counters?
 *
 * A collector that began anew in between knows nothing of the older snapshot.
 */
bool kxt_snapshot_same_start(const struct kxt_snapshot *from,
			     const struct kxt_snapshot *to);

#endif /* KXT_SNAPSHOT_INT_H */
