// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "user/detail_list.h"

#define ORDER(a, b)	((a) < (b) ? -1 : (a) > (b))

/* Of one reason and kind. */
static int compare_group(const struct kxt_detail *a, const struct kxt_detail *b)
{
	int order = ORDER(a->level, b->level);

	if (!order)
		order = ORDER(a->code, b->code);
	return order ? order : ORDER(a->kind, b->kind);
}

static int compare_row(const struct kxt_detail *a, const struct kxt_detail *b)
{
	int order = compare_group(a, b);

	if (!order)
		order = ORDER(a->rest, b->rest);
	if (!order)
		order = ORDER(a->key, b->key);
	return order ? order : ORDER(a->access, b->access);
}

static int compare_life(const void *pa, const void *pb)
{
	const struct kxt_detail *a = pa, *b = pb;
	int order = compare_row(a, b);

	return order ? order : ORDER(a->life, b->life);
}

int kxt_details_room(struct kxt_vcpu *v, unsigned int nr)
{
	v->nr_details = 0;
	v->detail = nr ? calloc(nr, sizeof(*v->detail)) : NULL;
	return nr && !v->detail ? -1 : 0;
}

int kxt_details_append(struct kxt_vcpu *v, const struct kxt_detail *row, unsigned int nr)
{
	struct kxt_detail *d;

	if (nr == 0)
		return 0;
	d = reallocarray(v->detail, (size_t)v->nr_details + nr, sizeof(*d));
	if (!d)
		return -1;
	memcpy(&d[v->nr_details], row, nr * sizeof(*d));
	v->detail = d;
	v->nr_details += nr;
	return 0;
}

void kxt_details_sort(struct kxt_detail *d, unsigned int nr)
{
	if (nr)
		qsort(d, nr, sizeof(*d), compare_life);
}

unsigned int kxt_details_merge(struct kxt_detail *d, unsigned int nr)
{
	unsigned int used = 0;

	for (unsigned int i = 0; i < nr; i++) {
		struct kxt_detail *to = &d[used ? used - 1 : 0];

		if (used == 0 || compare_row(to, &d[i])) {
			to = &d[used++];
			*to = d[i];
			to->life = 0;
			continue;
		}
		to->count += d[i].count;
		to->error += d[i].error;
		to->ns += d[i].ns;
		to->error_ns += d[i].error_ns;
		if (d[i].one_in > to->one_in)
			to->one_in = d[i].one_in;
	}
	return used;
}

static const struct kxt_detail *find(const struct kxt_vcpu *v,
				     const struct kxt_detail *like)
{
	if (!v || v->nr_details == 0)
		return NULL;
	return bsearch(like, v->detail, v->nr_details, sizeof(*v->detail), compare_life);
}

static uint64_t less(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

/* A sketch that has fewer exits than before was made anew, with all of its keys. */
static bool went_back(const struct kxt_vcpu *from, const struct kxt_detail *d,
		      unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++) {
		const struct kxt_detail *old = d[i].rest ? find(from, &d[i]) : NULL;

		if (old && (d[i].count < old->count || d[i].ns < old->ns))
			return true;
	}
	return false;
}

static struct kxt_detail key_delta(const struct kxt_vcpu *from,
				   const struct kxt_detail *to)
{
	const struct kxt_detail *old = find(from, to);
	struct kxt_detail d = *to;

	d.life = 0;
	if (old && d.count >= old->count && d.ns >= old->ns) {
		d.count -= old->count;
		d.ns -= old->ns;
		d.error = 0;
		d.error_ns = 0;
	}
	return d;
}

/* The keys first, then the rest row: what of the window is in none of them. */
static unsigned int group_delta(struct kxt_detail *out, const struct kxt_vcpu *from,
				const struct kxt_detail *to, unsigned int nr)
{
	uint64_t keys = 0, keys_ns = 0;
	struct kxt_detail rest;
	unsigned int used = 0;
	bool has_rest = false;

	if (went_back(from, to, nr))
		from = NULL;
	for (unsigned int i = 0; i < nr; i++) {
		struct kxt_detail d = key_delta(from, &to[i]);

		if (d.rest) {
			if (has_rest) {
				d.count += rest.count;
				d.ns += rest.ns;
			}
			rest = d;
			has_rest = true;
		} else if (d.count || d.ns) {
			keys += d.count;
			keys_ns += d.ns;
			out[used++] = d;
		}
	}
	if (!has_rest)
		return used;
	rest.count = less(rest.count, keys);
	rest.ns = less(rest.ns, keys_ns);
	for (unsigned int i = 0; i < used; i++) {
		if (out[i].error > rest.count)
			out[i].error = rest.count;
		if (out[i].error_ns > rest.ns)
			out[i].error_ns = rest.ns;
	}
	if (rest.count)
		out[used++] = rest;
	return used;
}

int kxt_details_delta(struct kxt_vcpu *out, const struct kxt_vcpu *from,
		      const struct kxt_vcpu *to)
{
	unsigned int n, nr = 0;

	if (kxt_details_room(out, to->nr_details))
		return -1;
	for (unsigned int i = 0; i < to->nr_details; i += n) {
		const struct kxt_detail *group = &to->detail[i];

		for (n = 1; i + n < to->nr_details; n++) {
			if (compare_group(group, &group[n]))
				break;
		}
		nr += group_delta(&out->detail[nr], from, group, n);
	}
	out->nr_details = kxt_details_merge(out->detail, nr);
	if (out->nr_details == 0) {
		free(out->detail);
		out->detail = NULL;
	}
	return 0;
}
