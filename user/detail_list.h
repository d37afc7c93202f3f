/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lists of struct kxt_detail: their order, merging and differences. Pure. What
 * the keys are called says detail.h.
 */
#ifndef KXT_DETAIL_LIST_H
#define KXT_DETAIL_LIST_H

#include "user/snapshot.h"

/**
 * kxt_details_room() - give a vCPU room for rows
 * @v: vCPU without any
 * @nr: how many there may be; v->nr_details stays 0
 *
 * Return: 0, or -1 without memory.
 */
int kxt_details_room(struct kxt_vcpu *v, unsigned int nr);

/**
 * kxt_details_append() - add rows to a vCPU
 * @v: vCPU
 * @row: what is copied
 * @nr: how many
 *
 * Return: 0, or -1 without memory; @v is then as before.
 */
int kxt_details_append(struct kxt_vcpu *v, const struct kxt_detail *row, unsigned int nr);

/** kxt_details_sort() - into the order of struct kxt_vcpu, equal rows by life */
void kxt_details_sort(struct kxt_detail *d, unsigned int nr);

/**
 * kxt_details_merge() - make rows that differ in their life only one
 * @d: sorted rows; what is merged has @life 0
 * @nr: their number
 *
 * Return: how many are left.
 */
unsigned int kxt_details_merge(struct kxt_detail *d, unsigned int nr);

/**
 * kxt_details_delta() - what happened between two looks at a vCPU
 * @out: gets the rows; it has none yet
 * @from: earlier, sorted; NULL: from zero
 * @to: later, sorted
 *
 * See kxt_snapshot_delta(). Rows without any exit are left out. A key that was
 * there all of the time was counted without an error, and what a new one misses
 * can only be among the exits that no key has.
 *
 * Return: 0, or -1 without memory.
 */
int kxt_details_delta(struct kxt_vcpu *out, const struct kxt_vcpu *from,
		      const struct kxt_vcpu *to);

#endif /* KXT_DETAIL_LIST_H */
