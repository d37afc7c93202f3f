// SPDX-License-Identifier: GPL-2.0-only
#include "user/view_details.h"

#include <stdlib.h>

static int compare(const void *pa, const void *pb)
{
	const struct kxt_detail *a = *(const struct kxt_detail *const *)pa;
	const struct kxt_detail *b = *(const struct kxt_detail *const *)pb;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->rest != b->rest)
		return a->rest ? 1 : -1;
	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return a->access < b->access ? -1 : a->access > b->access;
}

int kxt_view_details(const struct kxt_detail *detail, unsigned int nr,
		     const struct kxt_entry *e, const struct kxt_detail ***sorted)
{
	const struct kxt_detail *first = kxt_details_of(detail, nr, e, &nr);
	int used = 0;

	*sorted = NULL;
	if (!first)
		return 0;
	*sorted = calloc(nr, sizeof(**sorted));
	if (!*sorted)
		return -1;
	for (unsigned int i = 0; i < nr; i++) {
		/* Of a rest without exits there is nothing to say. */
		if (!first[i].rest || first[i].count)
			(*sorted)[used++] = &first[i];
	}
	qsort(*sorted, (size_t)used, sizeof(**sorted), compare);
	return used;
}
