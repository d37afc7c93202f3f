// SPDX-License-Identifier: GPL-2.0-only
/* Which reasons have a band of their own in the charts, and in which colour. */
#include <stdlib.h>
#include <string.h>

#include "user/html/data.h"
#include "user/stats.h"

/**
 * struct rank - a reason of some VMs
 * @id: reason
 * @count: exits
 * @service_ns: their service time
 * @score: share of all exits plus share of all service time
 */
struct rank {
	struct kxt_reason_id id;
	uint64_t count;
	uint64_t service_ns;
	double score;
};

static int compare_rank_id(const void *pa, const void *pb)
{
	const struct rank *a = pa, *b = pb;

	return kxt_reason_id_compare(&a->id, &b->id);
}

static int compare_score(const void *pa, const void *pb)
{
	const struct rank *a = pa, *b = pb;

	if (a->score != b->score)
		return a->score > b->score ? -1 : 1;
	return kxt_reason_id_compare(&a->id, &b->id);
}

static unsigned int collect(struct rank *rank, const struct kxt_vm *vm, unsigned int nr)
{
	unsigned int have = 0, used = 0;

	for (unsigned int i = 0; i < nr; i++) {
		for (unsigned int j = 0; j < vm[i].nr_reasons; j++) {
			const struct kxt_entry *e = &vm[i].reason[j];
			struct rank *r = &rank[have++];

			r->id.isa = vm[i].isa;
			r->id.level = e->level;
			r->id.code = e->code;
			r->count = e->count;
			r->service_ns = kxt_entry_service_ns(e);
		}
	}
	qsort(rank, have, sizeof(*rank), compare_rank_id);
	for (unsigned int i = 0; i < have; i++) {
		if (used && kxt_reason_id_compare(&rank[used - 1].id, &rank[i].id) == 0) {
			rank[used - 1].count += rank[i].count;
			rank[used - 1].service_ns += rank[i].service_ns;
		} else {
			rank[used++] = rank[i];
		}
	}
	return used;
}

static double share(uint64_t part, uint64_t whole)
{
	return whole ? (double)part / (double)whole : 0;
}

int kxt_html_rank(struct kxt_reason_id *out, unsigned int max, const struct kxt_vm *vm,
		  unsigned int nr)
{
	uint64_t count = 0, service_ns = 0;
	unsigned int reasons = 0, used;
	struct rank *rank;

	for (unsigned int i = 0; i < nr; i++)
		reasons += vm[i].nr_reasons;
	if (reasons == 0)
		return 0;
	rank = calloc(reasons, sizeof(*rank));
	if (!rank)
		return -1;
	used = collect(rank, vm, nr);
	for (unsigned int i = 0; i < used; i++) {
		count += rank[i].count;
		service_ns += rank[i].service_ns;
	}
	for (unsigned int i = 0; i < used; i++)
		rank[i].score = share(rank[i].count, count) +
				share(rank[i].service_ns, service_ns);
	qsort(rank, used, sizeof(*rank), compare_score);
	if (used > max)
		used = max;
	for (unsigned int i = 0; i < used; i++)
		out[i] = rank[i].id;
	free(rank);
	return (int)used;
}

static const unsigned int *colour_of(const struct kxt_html_line *page,
				     const struct kxt_reason_id *id)
{
	for (unsigned int i = 0; page && i < page->nr_reasons; i++) {
		if (kxt_reason_id_compare(&page->reason[i], id) == 0)
			return &page->colour[i];
	}
	return NULL;
}

/* First those that the page has given out, then the rest as they are free. */
void kxt_html_colours(struct kxt_html_line *line, const struct kxt_html_line *page)
{
	bool taken[KXT_HTML_SERIES] = { false };
	unsigned int next = 0;

	for (unsigned int i = 0; i < line->nr_reasons; i++) {
		const unsigned int *colour = colour_of(page, &line->reason[i]);

		line->colour[i] = colour ? *colour : KXT_HTML_SERIES;
		if (colour)
			taken[*colour] = true;
	}
	for (unsigned int i = 0; i < line->nr_reasons; i++) {
		if (line->colour[i] != KXT_HTML_SERIES)
			continue;
		while (taken[next])
			next++;
		line->colour[i] = next++;
	}
	line->colour[KXT_HTML_OTHERS] = KXT_HTML_OTHERS;
}

static unsigned int series_of(const struct kxt_html_line *line,
			      const struct kxt_reason_id *id)
{
	for (unsigned int i = 0; i < line->nr_reasons; i++) {
		if (kxt_reason_id_compare(&line->reason[i], id) == 0)
			return i;
	}
	return KXT_HTML_OTHERS;
}

void kxt_html_line_add(struct kxt_html_line *line, unsigned int column,
		       const struct kxt_vcpu *v)
{
	struct kxt_html_column *c = &line->column[column];

	c->guest_ns += v->guest_ns;
	for (unsigned int i = 0; i < v->nr; i++) {
		const struct kxt_entry *e = &v->entry[i];
		const struct kxt_reason_id id = {
			.isa = v->isa, .level = e->level, .code = e->code,
		};
		unsigned int s = series_of(line, &id);

		c->count[s] += e->count;
		c->service_ns[s] += kxt_entry_service_ns(e);
		kxt_entry_merge(&c->all, e);
	}
}
