/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The heaviest keys of a stream of exits, in bounded memory: space-saving, see
 * struct kvmexit_sketch. Pure: shared by the module and the unit tests. One
 * writer; readers look on (kvmexit_way.seq).
 *
 * What a key weighs is the time of its exits plus, for each, about the mean time
 * of all: so half of the weight is given out by number and half by time, and a
 * key with more than 2 / KVMEXIT_MAX_WAYS of either is never thrown out for long.
 */
#ifndef KXT_SKETCH_H
#define KXT_SKETCH_H

#include "bucket.h"
#include "uapi/kvmexit.h"

#define KXT_SKETCH_SET(to, value)	(*(volatile typeof(to) *)&(to) = (value))
/* Stores on x86 are seen in order; the compiler must keep it. */
#define KXT_SKETCH_ORDER()		__asm__ __volatile__("" : : : "memory")

static inline __u32 kxt_sketch_hash(__u64 key, __u32 access)
{
	return ((key ^ ((__u64)access << 40)) * 0x9e3779b97f4a7c15ULL) >> 58;
}

/* The place of a key, or KVMEXIT_MAX_WAYS. Bounded by KVMEXIT_MAX_WAYS steps. */
static inline __u32 kxt_sketch_find(struct kvmexit_sketch *sk, __u64 key, __u32 access)
{
	__u8 *hint = &sk->hint[kxt_sketch_hash(key, access)];
	__u32 w = *hint % KVMEXIT_MAX_WAYS;
	__u32 nr = sk->nr_ways;

	if (w < nr && sk->way[w].key == key && sk->way[w].access == access)
		return w;
	for (w = 0; w < nr && w < KVMEXIT_MAX_WAYS; w++) {
		if (sk->way[w].key == key && sk->way[w].access == access) {
			*hint = w;
			return w;
		}
	}
	return KVMEXIT_MAX_WAYS;
}

/* The lightest key, which has to go. Bounded by KVMEXIT_MAX_WAYS steps. */
static inline __u32 kxt_sketch_victim(const struct kvmexit_sketch *sk)
{
	__u32 least = 0;
	__u32 w;

	for (w = 1; w < KVMEXIT_MAX_WAYS; w++)
		if (sk->way[w].weight < sk->way[least].weight)
			least = w;
	return least;
}

/* Give a place to a key. The weight of the old one stays: that is the algorithm. */
static inline __u32 kxt_sketch_place(struct kvmexit_sketch *sk, __u64 key, __u32 access)
{
	__u32 w = sk->nr_ways;
	struct kvmexit_way *way;

	if (w < KVMEXIT_MAX_WAYS) {
		way = &sk->way[w];
		way->key = key;
		way->access = access;
		KXT_SKETCH_ORDER();
		KXT_SKETCH_SET(sk->nr_ways, w + 1);
		return w;
	}
	w = kxt_sketch_victim(sk);
	way = &sk->way[w];
	if (way->count + way->error > sk->out)
		sk->out = way->count + way->error;
	if (way->ns + way->error_ns > sk->out_ns)
		sk->out_ns = way->ns + way->error_ns;
	KXT_SKETCH_SET(way->seq, way->seq + 1);
	KXT_SKETCH_ORDER();
	way->key = key;
	way->access = access;
	way->count = 0;
	way->ns = 0;
	way->error = sk->out;
	way->error_ns = sk->out_ns;
	KXT_SKETCH_ORDER();
	KXT_SKETCH_SET(way->seq, way->seq + 1);
	return w;
}

/**
 * kxt_sketch_hit() - an exit with this key
 * @sk: sketch
 * @key: key
 * @access: KVMEXIT_ACCESS_*
 *
 * No division, no allocation; at most 2 * KVMEXIT_MAX_WAYS steps, mostly none.
 *
 * Return: its place, for kxt_sketch_time().
 */
static inline __u32 kxt_sketch_hit(struct kvmexit_sketch *sk, __u64 key, __u32 access)
{
	__u32 w = kxt_sketch_find(sk, key, access);
	struct kvmexit_way *way;

	if (w == KVMEXIT_MAX_WAYS) {
		w = kxt_sketch_place(sk, key, access);
		sk->hint[kxt_sketch_hash(key, access)] = w;
	}
	way = &sk->way[w];
	/* Within a factor of two of the mean time, without a division. */
	way->weight += 1 + (sk->count ? sk->ns >> (kxt_log2(sk->count) + 1) : 0);
	KXT_SKETCH_SET(way->count, way->count + 1);
	KXT_SKETCH_SET(sk->count, sk->count + 1);
	return w;
}

/**
 * kxt_sketch_time() - how long that exit took
 * @sk: sketch
 * @w: what kxt_sketch_hit() returned; no other exit was counted since
 * @ns: its service time
 */
static inline void kxt_sketch_time(struct kvmexit_sketch *sk, __u32 w, __u64 ns)
{
	struct kvmexit_way *way = &sk->way[w % KVMEXIT_MAX_WAYS];

	way->weight += ns;
	KXT_SKETCH_SET(way->ns, way->ns + ns);
	KXT_SKETCH_SET(sk->ns, sk->ns + ns);
}

#endif /* KXT_SKETCH_H */
