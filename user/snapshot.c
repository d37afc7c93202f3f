// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "module/bucket.h"
#include "user/snapshot.h"

void kxt_snapshot_init(struct kxt_snapshot *s)
{
	memset(s, 0, sizeof(*s));
}

void kxt_snapshot_free(struct kxt_snapshot *s)
{
	for (unsigned int i = 0; i < s->nr; i++)
		free(s->vcpu[i].entry);
	free(s->vcpu);
	kxt_snapshot_init(s);
}

struct kxt_vcpu *kxt_snapshot_add(struct kxt_snapshot *s, unsigned int nr)
{
	struct kxt_vcpu *v;

	if (s->nr == s->cap) {
		unsigned int cap = s->cap ? 2 * s->cap : 16;

		v = reallocarray(s->vcpu, cap, sizeof(*v));
		if (!v)
			return NULL;
		s->vcpu = v;
		s->cap = cap;
	}
	v = &s->vcpu[s->nr];
	memset(v, 0, sizeof(*v));
	if (nr) {
		v->entry = calloc(nr, sizeof(*v->entry));
		if (!v->entry)
			return NULL;
	}
	v->nr = nr;
	s->nr++;
	return v;
}

static int compare_entry(const void *pa, const void *pb)
{
	const struct kxt_entry *a = pa, *b = pb;

	if (a->level != b->level)
		return a->level < b->level ? -1 : 1;
	return a->code < b->code ? -1 : a->code > b->code;
}

static int compare_vcpu(const void *pa, const void *pb)
{
	const struct kxt_vcpu *a = pa, *b = pb;

	return a->key < b->key ? -1 : a->key > b->key;
}

void kxt_snapshot_sort(struct kxt_snapshot *s)
{
	for (unsigned int i = 0; i < s->nr; i++) {
		struct kxt_vcpu *v = &s->vcpu[i];

		if (v->nr)
			qsort(v->entry, v->nr, sizeof(*v->entry), compare_entry);
	}
	if (s->nr)
		qsort(s->vcpu, s->nr, sizeof(*s->vcpu), compare_vcpu);
}

static int no_memory(struct kxt_err *err)
{
	return kxt_err_set(err, KXT_EXIT_RUNTIME, "out of memory for a snapshot");
}

/* Everything of @src but its entries. */
static void copy_head(struct kxt_vcpu *dst, const struct kxt_vcpu *src)
{
	struct kxt_entry *entry = dst->entry;
	unsigned int nr = dst->nr;

	*dst = *src;
	dst->entry = entry;
	dst->nr = nr;
}

static struct kxt_vcpu *add_copy(struct kxt_snapshot *dst, const struct kxt_vcpu *src)
{
	struct kxt_vcpu *v = kxt_snapshot_add(dst, src->nr);

	if (!v)
		return NULL;
	copy_head(v, src);
	if (src->nr)
		memcpy(v->entry, src->entry, src->nr * sizeof(*src->entry));
	return v;
}

int kxt_snapshot_copy(struct kxt_snapshot *dst, const struct kxt_snapshot *src,
		      struct kxt_err *err)
{
	kxt_snapshot_free(dst);
	dst->now_ns = src->now_ns;
	dst->start_ns = src->start_ns;
	dst->delta = src->delta;
	dst->kvm_present = src->kvm_present;
	dst->lost = src->lost;
	for (unsigned int i = 0; i < src->nr; i++) {
		if (!add_copy(dst, &src->vcpu[i])) {
			kxt_snapshot_free(dst);
			return no_memory(err);
		}
	}
	return 0;
}

static const struct kxt_vcpu *find_vcpu(const struct kxt_snapshot *s, unsigned int nr,
					uint64_t key)
{
	struct kxt_vcpu want = { .key = key };

	if (nr == 0)
		return NULL;
	return bsearch(&want, s->vcpu, nr, sizeof(*s->vcpu), compare_vcpu);
}

/* A collector that began anew in between knows nothing of the older snapshot. */
static bool same_start(const struct kxt_snapshot *from, const struct kxt_snapshot *to)
{
	return to->start_ns <= from->now_ns;
}

int kxt_snapshot_carry(struct kxt_snapshot *cur, const struct kxt_snapshot *prev,
		       struct kxt_err *err)
{
	unsigned int nr = cur->nr;
	struct kxt_vcpu *v;

	if (!same_start(prev, cur))
		return 0;
	for (unsigned int i = 0; i < prev->nr; i++) {
		/* Only the first nr are sorted while others are appended. */
		if (find_vcpu(cur, nr, prev->vcpu[i].key))
			continue;
		v = add_copy(cur, &prev->vcpu[i]);
		if (!v)
			return no_memory(err);
		v->ended = true;
	}
	if (cur->nr != nr)
		kxt_snapshot_sort(cur);
	return 0;
}

static const struct kxt_entry *find_entry(const struct kxt_vcpu *v,
					  const struct kxt_entry *like)
{
	if (!v || v->nr == 0)
		return NULL;
	return bsearch(like, v->entry, v->nr, sizeof(*v->entry), compare_entry);
}

static bool entry_went_back(const struct kxt_entry *from, const struct kxt_entry *to)
{
	if (!to || to->count < from->count || to->timed < from->timed ||
	    to->total_ns < from->total_ns || to->max_ns < from->max_ns)
		return true;
	for (unsigned int i = 0; i < KVMEXIT_NR_BUCKETS; i++) {
		if (to->hist[i] < from->hist[i])
			return true;
	}
	return false;
}

/*
 * Counters only grow, so one that shrank tells that the whole vCPU was counted
 * anew; taking only that one from zero would mix two lives. Guest time does not
 * count as evidence: it has the running stretch, measured on another CPU.
 */
static bool vcpu_went_back(const struct kxt_vcpu *from, const struct kxt_vcpu *to)
{
	if (to->kvm_entries < from->kvm_entries || to->backwards < from->backwards)
		return true;
	for (unsigned int i = 0; i < from->nr; i++) {
		if (entry_went_back(&from->entry[i], find_entry(to, &from->entry[i])))
			return true;
	}
	return false;
}

/* @from is NULL for an entry that was not there. Returns true for any change. */
static bool entry_delta(struct kxt_entry *out, const struct kxt_entry *from,
			const struct kxt_entry *to)
{
	int top = -1;

	*out = *to;
	if (!from)
		return true;
	out->count -= from->count;
	out->timed -= from->timed;
	out->unpaired -= from->unpaired;
	out->total_ns -= from->total_ns;
	for (unsigned int i = 0; i < KVMEXIT_NR_BUCKETS; i++) {
		out->hist[i] -= from->hist[i];
		if (out->hist[i])
			top = i;
	}
	if (to->max_ns <= from->max_ns) {
		uint64_t edge = top < 0 ? 0 : kxt_bucket_high(top);

		out->max_ns = edge < from->max_ns ? edge : from->max_ns;
	}
	return out->count || out->timed || out->total_ns || top >= 0;
}

static int vcpu_delta(struct kxt_snapshot *out, const struct kxt_vcpu *from,
		      const struct kxt_vcpu *to)
{
	struct kxt_vcpu *v = kxt_snapshot_add(out, to->nr);
	bool had_ended = from && from->ended;
	unsigned int nr = 0;

	if (!v)
		return -1;
	copy_head(v, to);
	if (from && vcpu_went_back(from, to))
		from = NULL;
	if (from) {
		/* A running stretch can seem to shrink by a hair. */
		v->guest_ns = to->guest_ns > from->guest_ns ?
			      to->guest_ns - from->guest_ns : 0;
		v->kvm_entries -= from->kvm_entries;
		v->backwards -= from->backwards;
	}
	for (unsigned int i = 0; i < to->nr; i++) {
		if (entry_delta(&v->entry[nr], find_entry(from, &to->entry[i]),
				&to->entry[i]))
			nr++;
	}
	v->nr = nr;
	if (had_ended && nr == 0 && v->kvm_entries == 0 && v->guest_ns == 0) {
		free(v->entry);
		out->nr--;
	}
	return 0;
}

static uint64_t lost_delta(uint64_t from, uint64_t to)
{
	return to < from ? to : to - from;
}

int kxt_snapshot_delta(struct kxt_snapshot *out, const struct kxt_snapshot *from,
		       const struct kxt_snapshot *to, struct kxt_err *err)
{
	static const struct kxt_snapshot nothing;
	bool whole = !from || !same_start(from, to);

	kxt_snapshot_free(out);
	out->delta = true;
	out->now_ns = to->now_ns;
	out->start_ns = whole ? to->start_ns : from->now_ns;
	out->kvm_present = to->kvm_present;
	if (whole)
		from = &nothing;
	out->lost.exits = lost_delta(from->lost.exits, to->lost.exits);
	out->lost.slots = lost_delta(from->lost.slots, to->lost.slots);
	out->lost.events = lost_delta(from->lost.events, to->lost.events);
	for (unsigned int i = 0; i < to->nr; i++) {
		const struct kxt_vcpu *v = &to->vcpu[i];

		if (vcpu_delta(out, find_vcpu(from, from->nr, v->key), v)) {
			kxt_snapshot_free(out);
			return no_memory(err);
		}
	}
	return 0;
}
