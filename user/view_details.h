/* SPDX-License-Identifier: GPL-2.0-only */
/* What is behind a reason, in the order in which JSON and CSV have it. Pure. */
#ifndef KXT_VIEW_DETAILS_H
#define KXT_VIEW_DETAILS_H

#include "user/summary.h"

/**
 * kxt_view_details() - the details of one reason, in their order
 * @detail: rows of a kxt_vm or a kxt_vcpu
 * @nr: their number
 * @e: reason
 * @sorted: result: kind by kind, the largest first, what has no key of its own last;
 *	free() it. NULL if there are none
 *
 * Return: how many, or -1 with errno (no memory).
 */
int kxt_view_details(const struct kxt_detail *detail, unsigned int nr,
		     const struct kxt_entry *e, const struct kxt_detail ***sorted);

#endif /* KXT_VIEW_DETAILS_H */
