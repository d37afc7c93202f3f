// SPDX-License-Identifier: GPL-2.0-only
/* What is behind the exits of a vCPU. */
#include <string.h>

#include "user/detail_list.h"
#include "user/rec/frame.h"

/* Mask of a row: what differs from the same row before. */
#define HAS_COUNT	(1U << 0)
#define HAS_NS		(1U << 1)
#define HAS_ERROR	(1U << 2)
#define HAS_ERROR_NS	(1U << 3)
#define HAS_ALL		((1U << 4) - 1)

#define ORDER(a, b)	((a) < (b) ? -1 : (a) > (b))

/* A row is much smaller than an entry. */
static uint64_t units(unsigned int rows)
{
	return (rows + KXT_REC_UNIT_DETAILS - 1) / KXT_REC_UNIT_DETAILS;
}

/* The order of kxt_details_sort(): -1, 0 or 1. */
static int compare(const struct kxt_detail *a, const struct kxt_detail *b)
{
	const int order[] = {
		ORDER(a->level, b->level), ORDER(a->code, b->code),
		ORDER(a->kind, b->kind), ORDER(a->rest, b->rest),
		ORDER(a->key, b->key), ORDER(a->access, b->access),
		ORDER(a->life, b->life),
	};

	for (unsigned int i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		if (order[i])
			return order[i];
	}
	return 0;
}

/* Is it the same row, and not only one that sorts alike? */
static bool same_row(const struct kxt_detail *a, const struct kxt_detail *b)
{
	return compare(a, b) == 0 && a->one_in == b->one_in;
}

static bool same_list(const struct kxt_vcpu *v, const struct kxt_vcpu *was)
{
	if (v->nr_details != was->nr_details)
		return false;
	for (unsigned int i = 0; i < v->nr_details; i++) {
		if (!same_row(&v->detail[i], &was->detail[i]))
			return false;
	}
	return true;
}

/* Its numbers are mostly those of the row above. */
static void code_row(struct kxt_rec_coder *c, struct kxt_detail *d,
		     const struct kxt_detail *above)
{
	uint64_t level = d->level, kind = d->kind, access = d->access, one_in = d->one_in;

	kxt_rec_code_diff(c, KXT_REC_HEAD, &level, above->level);
	kxt_rec_code_diff(c, KXT_REC_HEAD, &d->code, above->code);
	kxt_rec_code_diff(c, KXT_REC_HEAD, &kind, above->kind);
	kxt_rec_code_flag(c, KXT_REC_HEAD, &d->rest);
	kxt_rec_code_diff(c, KXT_REC_DETAIL, &d->key, above->key);
	kxt_rec_code_diff(c, KXT_REC_HEAD, &access, above->access);
	kxt_rec_code_diff(c, KXT_REC_HEAD, &one_in, above->one_in);
	kxt_rec_code(c, KXT_REC_DETAIL, &d->life);
	/* Kinds are names to what shows them. */
	if (level > UINT32_MAX || kind > KVMEXIT_KIND_RIP || access > UINT32_MAX ||
	    one_in > UINT32_MAX)
		c->bad = true;
	d->level = (uint32_t)level;
	d->kind = (uint32_t)kind;
	d->access = (uint32_t)access;
	d->one_in = (uint32_t)one_in;
}

static void code_list(struct kxt_rec_coder *c, struct kxt_vcpu *v)
{
	static const struct kxt_detail nothing;

	for (unsigned int i = 0; i < v->nr_details && !c->bad; i++) {
		struct kxt_detail *d = &v->detail[i];

		code_row(c, d, i ? d - 1 : &nothing);
		if (i && compare(d - 1, d) > 0)
			c->bad = true;
	}
}

/* Both are sorted; of rows that are alike each has one of its own, or none. */
static const struct kxt_detail *find(const struct kxt_vcpu *was, unsigned int *at,
				     const struct kxt_detail *like)
{
	static const struct kxt_detail nothing;

	while (*at < was->nr_details && compare(&was->detail[*at], like) < 0)
		++*at;
	return *at < was->nr_details && compare(&was->detail[*at], like) == 0 ?
	       &was->detail[(*at)++] : &nothing;
}

static void code_field(struct kxt_rec_coder *c, bool has, uint64_t *v, uint64_t was)
{
	if (has)
		kxt_rec_code_diff(c, KXT_REC_DETAIL, v, was);
	else
		*v = was;
}

static void code_counters(struct kxt_rec_coder *c, struct kxt_detail *d,
			  const struct kxt_detail *was)
{
	uint32_t mask = 0;

	if (c->writing) {
		mask |= d->count != was->count ? HAS_COUNT : 0;
		mask |= d->ns != was->ns ? HAS_NS : 0;
		mask |= d->error != was->error ? HAS_ERROR : 0;
		mask |= d->error_ns != was->error_ns ? HAS_ERROR_NS : 0;
	}
	kxt_rec_code32(c, KXT_REC_MASK, &mask);
	if (mask & ~HAS_ALL)
		c->bad = true;
	code_field(c, mask & HAS_COUNT, &d->count, was->count);
	code_field(c, mask & HAS_NS, &d->ns, was->ns);
	code_field(c, mask & HAS_ERROR, &d->error, was->error);
	code_field(c, mask & HAS_ERROR_NS, &d->error_ns, was->error_ns);
}

/* Reading: as the vCPU had them before. */
static int copy(struct kxt_vcpu *v, const struct kxt_vcpu *was)
{
	if (kxt_details_room(v, was->nr_details))
		return -1;
	v->nr_details = was->nr_details;
	if (v->nr_details)
		memcpy(v->detail, was->detail, v->nr_details * sizeof(*v->detail));
	return 0;
}

int kxt_rec_details_copy(struct kxt_rec_coder *c, struct kxt_vcpu *v,
			 const struct kxt_vcpu *was)
{
	kxt_rec_coder_units(c, units(was->nr_details));
	return c->bad || copy(v, was) ? -1 : 0;
}

/* Makes room for as many rows as there are. */
static int begin(struct kxt_rec_coder *c, struct kxt_vcpu *v)
{
	unsigned int nr = v->nr_details;

	kxt_rec_code_nr(c, KXT_REC_DETAIL, &nr, KXT_REC_VCPU_DETAILS);
	kxt_rec_coder_units(c, units(nr));
	if (c->bad)
		return -1;
	if (c->writing)
		return 0;
	if (kxt_details_room(v, nr))
		return -1;
	v->nr_details = nr;
	return 0;
}

int kxt_rec_details_code(struct kxt_rec_coder *c, struct kxt_vcpu *v,
			 const struct kxt_vcpu *was)
{
	bool list = c->writing && !same_list(v, was);
	unsigned int at = 0;

	kxt_rec_code_flag(c, KXT_REC_HEAD, &list);
	if (list) {
		if (begin(c, v))
			return -1;
		code_list(c, v);
	} else if (c->writing) {
		kxt_rec_coder_units(c, units(v->nr_details));
	} else if (kxt_rec_details_copy(c, v, was)) {
		return -1;
	}
	for (unsigned int i = 0; i < v->nr_details && !c->bad; i++)
		code_counters(c, &v->detail[i], find(was, &at, &v->detail[i]));
	return c->bad ? -1 : 0;
}
