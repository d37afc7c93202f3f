/* SPDX-License-Identifier: GPL-2.0-only */
/* Sentences about a whole frame, the same in the live view and in batch frames. */
#ifndef KXT_HEADLINE_H
#define KXT_HEADLINE_H

#include <stdbool.h>

#include "user/summary.h"

#define KXT_LINE_MAX	512

/** kxt_headline_host() - "fakehost, Linux 6.1.0, collector module" */
void kxt_headline_host(const struct kxt_summary *s, bool ascii, char buf[KXT_LINE_MAX]);

/** kxt_headline_load() - "2 VMs, 3 vCPUs, 12k exits/s" */
void kxt_headline_load(const struct kxt_summary *s, char buf[KXT_LINE_MAX]);

/** kxt_headline_lost() - "lost 0", "lost 1234 exits" */
void kxt_headline_lost(const struct kxt_lost *lost, char buf[KXT_LINE_MAX]);

/**
 * kxt_headline_cost() - "overhead 62ns/exit 0.1%": what collecting one exit costs,
 * and the share of one CPU that all of them take; "overhead -" if not known
 */
void kxt_headline_cost(const struct kxt_summary *s, char buf[KXT_LINE_MAX]);

/** kxt_headline_legend() - "g=guest k=kernel ...": what the bars are made of */
void kxt_headline_legend(bool ascii, char buf[KXT_LINE_MAX]);

/** kxt_lost_any() - was anything lost? */
bool kxt_lost_any(const struct kxt_lost *lost);

/**
 * kxt_headline_lost_why() - what loss means and what to do, one or two sentences
 *
 * Return: text, or NULL if nothing was lost.
 */
const char *kxt_headline_lost_why(const struct kxt_lost *lost);

/**
 * kxt_headline_empty() - why there is no VM to show, and what to do
 * @s: a frame without VMs
 * @filter: what the user asked for; may be NULL
 *
 * Return: sentences.
 */
const char *kxt_headline_empty(const struct kxt_summary *s,
			       const struct kxt_filter *filter);

#endif /* KXT_HEADLINE_H */
