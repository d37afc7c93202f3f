// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "user/detail_list.h"
#include "user/snapshot_int.h"

void kxt_snapshot_init(struct kxt_snapshot *s)
{
	memset(s, 0, sizeof(*s));
}

void kxt_snapshot_free(struct kxt_snapshot *s)
{
	for (unsigned int i = 0; i < s->nr; i++) {
		free(s->vcpu[i].entry);
		free(s->vcpu[i].detail);
	}
	free(s->vcpu);
	kxt_snapshot_init(s);
}

struct kxt_vcpu *kxt_snapshot_add_bare(struct kxt_snapshot *s)
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
	v = &s->vcpu[s->nr++];
	memset(v, 0, sizeof(*v));
	return v;
}

struct kxt_vcpu *kxt_snapshot_add_raw(struct kxt_snapshot *s, unsigned int nr)
{
	struct kxt_entry *entry = malloc((nr + 1) * sizeof(*entry));
	struct kxt_vcpu *v = entry ? kxt_snapshot_add_bare(s) : NULL;

	if (!v) {
		free(entry);
		return NULL;
	}
	v->entry = entry;
	v->nr = nr;
	return v;
}

struct kxt_vcpu *kxt_snapshot_add(struct kxt_snapshot *s, unsigned int nr)
{
	struct kxt_vcpu *v = kxt_snapshot_add_raw(s, nr);

	if (v && nr)
		memset(v->entry, 0, nr * sizeof(*v->entry));
	return v;
}

int kxt_entry_compare(const void *pa, const void *pb)
{
	return kxt_entry_order(pa, pb);
}

static int compare_vcpu(const void *pa, const void *pb)
{
	const struct kxt_vcpu *a = pa, *b = pb;

	return a->key < b->key ? -1 : a->key > b->key;
}

/* In order of first use they come from a slot; from elsewhere they are sorted. */
static void sort_entries(struct kxt_vcpu *v)
{
	for (unsigned int i = 1; i < v->nr; i++) {
		if (kxt_entry_order(&v->entry[i - 1], &v->entry[i]) > 0) {
			qsort(v->entry, v->nr, sizeof(*v->entry), kxt_entry_compare);
			return;
		}
	}
}

void kxt_snapshot_sort(struct kxt_snapshot *s)
{
	for (unsigned int i = 0; i < s->nr; i++) {
		struct kxt_vcpu *v = &s->vcpu[i];

		sort_entries(v);
		kxt_details_sort(v->detail, v->nr_details);
	}
	if (s->nr)
		qsort(s->vcpu, s->nr, sizeof(*s->vcpu), compare_vcpu);
}

static int no_memory(struct kxt_err *err)
{
	return kxt_err_set(err, KXT_EXIT_RUNTIME, "out of memory for a snapshot");
}

/* A copy without memory for its details is left half-made in @dst. */
static struct kxt_vcpu *add_copy(struct kxt_snapshot *dst, const struct kxt_vcpu *src)
{
	struct kxt_vcpu *v = kxt_snapshot_add_raw(dst, src->nr);
	struct kxt_entry *entry;

	if (!v)
		return NULL;
	entry = v->entry;
	*v = *src;
	v->entry = entry;
	if (src->nr)
		memcpy(entry, src->entry, src->nr * sizeof(*src->entry));
	if (kxt_details_room(v, src->nr_details))
		return NULL;
	v->nr_details = src->nr_details;
	if (src->nr_details)
		memcpy(v->detail, src->detail, src->nr_details * sizeof(*src->detail));
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
	dst->details = src->details;
	dst->lost = src->lost;
	dst->cost = src->cost;
	dst->memory = src->memory;
	for (unsigned int i = 0; i < src->nr; i++) {
		if (!add_copy(dst, &src->vcpu[i])) {
			kxt_snapshot_free(dst);
			return no_memory(err);
		}
	}
	return 0;
}

const struct kxt_vcpu *kxt_snapshot_find(const struct kxt_snapshot *s, unsigned int nr,
					 uint64_t key)
{
	struct kxt_vcpu want = { .key = key };

	if (nr == 0)
		return NULL;
	return bsearch(&want, s->vcpu, nr, sizeof(*s->vcpu), compare_vcpu);
}

bool kxt_snapshot_same_start(const struct kxt_snapshot *from,
			     const struct kxt_snapshot *to)
{
	return to->start_ns <= from->now_ns;
}

int kxt_snapshot_carry(struct kxt_snapshot *cur, const struct kxt_snapshot *prev,
		       struct kxt_err *err)
{
	unsigned int nr = cur->nr;
	struct kxt_vcpu *v;

	if (!kxt_snapshot_same_start(prev, cur))
		return 0;
	for (unsigned int i = 0; i < prev->nr; i++) {
		/* Only the first nr are sorted while others are appended. */
		if (kxt_snapshot_find(cur, nr, prev->vcpu[i].key))
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
