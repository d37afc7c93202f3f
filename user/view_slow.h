/* SPDX-License-Identifier: GPL-2.0-only */
/* Slow exits, one line each: for people, or JSON. */
#ifndef KXT_VIEW_SLOW_H
#define KXT_VIEW_SLOW_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "user/slow_log.h"

/**
 * struct kxt_view_slow - how they are shown
 * @utc: times of day in UTC, else in local time
 * @ascii: nothing beyond ASCII
 */
struct kxt_view_slow {
	bool utc;
	bool ascii;
};

/**
 * kxt_view_slow_text() - one line
 * @f: where to
 * @slow: exit
 * @knows: KXT_KNOWS_* of its vCPU: parts that are not known are left out
 * @view: how
 *
 * Time of day, VM, vCPU, reason and service time are columns that grow where they
 * have to; then come, in pairs of a word and a value: the parts that are not 0,
 * what is behind the exit, rip and CPU.
 */
void kxt_view_slow_text(FILE *f, const struct kxt_slow *slow, uint32_t knows,
			const struct kxt_view_slow *view);

/**
 * kxt_view_slow_json() - one object in one line
 * @f: where to
 * @slow: exit
 * @knows: KXT_KNOWS_* of its vCPU: null for what is not known
 *
 * Return: 0, or -1 with errno.
 */
int kxt_view_slow_json(FILE *f, const struct kxt_slow *slow, uint32_t knows);

/** kxt_view_slow_lost_json() - the line for @lost exits that were lost here */
void kxt_view_slow_lost_json(FILE *f, uint64_t lost);

#endif /* KXT_VIEW_SLOW_H */
