// SPDX-License-Identifier: GPL-2.0-only
/* Reading the sketches of a slot while its vCPU writes them. */
#include "user/detail_list.h"
#include "user/slot_int.h"

/* A place that changes hands all the time has a key that is worth nothing. */
static bool read_way(struct kxt_detail *d, const struct kvmexit_way *way)
{
	for (int i = 0; i < KXT_SLOT_TRIES; i++) {
		uint32_t seq = LOAD_ACQUIRE(way->seq);

		if (seq & 1)
			continue;
		d->key = LOAD(way->key);
		d->access = LOAD(way->access);
		d->count = LOAD(way->count);
		d->ns = LOAD(way->ns);
		d->error = LOAD(way->error);
		d->error_ns = LOAD(way->error_ns);
		d->life = seq;
		LOADS_DONE();
		if (LOAD(way->seq) == seq)
			return d->count != 0;
	}
	return false;
}

/* Rows of the keys, with the fields of @like that they have in common. */
static unsigned int read_ways(struct kxt_detail *row, const struct kvmexit_sketch *sketch,
			      uint32_t number, const struct kxt_detail *like)
{
	uint32_t nr = LOAD_ACQUIRE(sketch->nr_ways);
	unsigned int used = 0;

	if (nr > KVMEXIT_MAX_WAYS)
		nr = KVMEXIT_MAX_WAYS;
	for (uint32_t i = 0; i < nr; i++) {
		struct kxt_detail d = *like;

		if (!read_way(&d, &sketch->way[i]))
			continue;
		d.life |= (uint64_t)(number * KVMEXIT_MAX_WAYS + i) << 32;
		row[used++] = d;
	}
	return used;
}

/*
 * @row has room for all keys and the rest. A sketch of which nothing was written
 * meanwhile is sought, so that its keys and its sum belong together.
 */
static unsigned int read_sketch(struct kxt_detail *row,
				const struct kvmexit_sketch *sketch, uint32_t number,
				const struct kxt_detail *like)
{
	struct kxt_detail rest = *like;
	unsigned int used = 0;

	for (int i = 0; i < KXT_SLOT_TRIES; i++) {
		rest.count = LOAD(sketch->count);
		rest.ns = LOAD(sketch->ns);
		LOADS_DONE();
		used = read_ways(row, sketch, number, like);
		LOADS_DONE();
		if (LOAD(sketch->count) == rest.count)
			break;
	}
	if (rest.count == 0)
		return 0;
	rest.rest = true;
	rest.life = number;
	row[used++] = rest;
	return used;
}

static bool read_head(struct kxt_detail *like, const struct kvmexit_sketch *sketch,
		      const struct kvmexit_entry *entry, uint32_t nr_entries)
{
	uint32_t n = LOAD_ACQUIRE(sketch->entry);

	like->kind = LOAD_ACQUIRE(sketch->kind);
	if (like->kind == KVMEXIT_KIND_NONE || like->kind > KVMEXIT_KIND_RIP ||
	    n >= nr_entries)
		return false;
	like->one_in = LOAD(sketch->one_in);
	if (like->one_in == 0)
		like->one_in = 1;
	like->code = LOAD(entry[n].code);
	like->level = LOAD(entry[n].level);
	return true;
}

int kxt_slot_details(struct kxt_vcpu *v, const struct kxt_slot_place *place,
		     uint32_t nr_entries)
{
	const struct kvmexit_slot *slot = place->slot;
	const struct kvmexit_entry *entry = (const void *)(slot + 1);
	const struct kvmexit_sketch *sketch = place->detail;
	uint32_t nr = LOAD_ACQUIRE(slot->nr_sketches);

	if (nr > KVMEXIT_MAX_SKETCHES)
		nr = KVMEXIT_MAX_SKETCHES;
	for (uint32_t i = 0; i < nr; i++) {
		struct kxt_detail row[KVMEXIT_MAX_WAYS + 1];
		struct kxt_detail like = { .life = 0 };

		if (!read_head(&like, &sketch[i], entry, nr_entries))
			continue;
		if (kxt_details_append(v, row, read_sketch(row, &sketch[i], i, &like)))
			return -1;
	}
	return 0;
}
