/* SPDX-License-Identifier: GPL-2.0-only */
/* Reports of a recording, as text for people. */
#ifndef KXT_VIEW_REPORT_H
#define KXT_VIEW_REPORT_H

#include <stdio.h>

#include "user/report/load.h"
#include "user/report/reason.h"
#include "user/view_text.h"

/**
 * struct kxt_view_report - what to show and how
 * @rep: recording, and the stretch that is shown
 * @sum: what happened in it
 * @filter: for the sentence that says why there is nothing
 * @text: how it is to look; @filter of it is not used
 */
struct kxt_view_report {
	const struct kxt_report *rep;
	const struct kxt_summary *sum;
	const struct kxt_filter *filter;
	struct kxt_text text;
};

/** kxt_view_report_head() - which host, when, how long, what is missing */
void kxt_view_report_head(FILE *f, const struct kxt_view_report *v);

/**
 * kxt_view_report_vms() - a table of VMs, then each VM's reasons
 * @f: where to; errors of it are the caller's to look for
 * @v: what
 * @err: set on failure
 *
 * Return: 0, or -1 with @err set (no memory).
 */
int kxt_view_report_vms(FILE *f, const struct kxt_view_report *v, struct kxt_err *err);

/** kxt_view_report_vcpus() - a table of vCPUs; as kxt_view_report_vms() */
int kxt_view_report_vcpus(FILE *f, const struct kxt_view_report *v, struct kxt_err *err);

/**
 * kxt_view_report_reason() - all about some reasons, one after the other
 * @f: where to
 * @v: what
 * @r: which
 * @err: set on failure
 *
 * Of each what it is, its numbers and histogram, which VMs and vCPUs had it, and what
 * is behind it.
 *
 * Return: 0, or -1 with @err set (no memory).
 */
int kxt_view_report_reason(FILE *f, const struct kxt_view_report *v,
			   const struct kxt_report_reasons *r, struct kxt_err *err);

#endif /* KXT_VIEW_REPORT_H */
