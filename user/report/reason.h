/* SPDX-License-Identifier: GPL-2.0-only */
/* Which exit reasons of a summary somebody means by a name. Pure. */
#ifndef KXT_REPORT_REASON_H
#define KXT_REPORT_REASON_H

#include "user/rows.h"

/* A name is one reason at up to so many levels and ISAs. */
#define KXT_REPORT_REASONS_MAX	8

/**
 * struct kxt_report_reasons - what a name means
 * @nr: reasons; 0: none of that name is in the summary
 * @id: which; one @grouped for a class
 */
struct kxt_report_reasons {
	unsigned int nr;
	struct kxt_reason_id id[KXT_REPORT_REASONS_MAX];
};

/**
 * kxt_report_reasons_find() - look for a reason, or else for a class
 * @r: result
 * @s: summary
 * @name: case does not matter, and " ", "-" and "_" are the same
 * @err: set on failure (usage): there is no such reason and no such class
 *
 * Return: 0, or -1 with @err set.
 */
int kxt_report_reasons_find(struct kxt_report_reasons *r, const struct kxt_summary *s,
			    const char *name, struct kxt_err *err);

/** kxt_report_reasons_is() - is it one of them? */
bool kxt_report_reasons_is(const struct kxt_report_reasons *r, uint32_t isa,
			   uint32_t level, uint64_t code);

/**
 * kxt_report_reasons_keep() - take all other rows out of a summary
 * @r: which stay
 * @s: summary; sums of VMs and vCPUs stay as they are
 * @err: set on failure
 *
 * Return: 0, or -1 with @err set (no memory).
 */
int kxt_report_reasons_keep(const struct kxt_report_reasons *r, struct kxt_summary *s,
			    struct kxt_err *err);

#endif /* KXT_REPORT_REASON_H */
