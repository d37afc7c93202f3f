/* SPDX-License-Identifier: GPL-2.0-only */
/* The slow exits of a recording, one line each. */
#ifndef KXT_REPORT_SLOW_H
#define KXT_REPORT_SLOW_H

#include <stdio.h>

#include "user/report/load.h"
#include "user/report/reason.h"

/**
 * struct kxt_report_slow - what is wanted, and how it went
 * @rep: in: recording, and the stretch
 * @delta: in: what happened in it: says what is known of each vCPU
 * @filter: in: which VMs
 * @reasons: in: which reasons; NULL: all
 * @json: in: JSON instead of text
 * @ascii: in: nothing but ASCII
 * @seen: out: those that were recorded
 * @shown: out: those that were printed
 * @lost: out: those that were not recorded
 */
struct kxt_report_slow {
	const struct kxt_report *rep;
	const struct kxt_snapshot *delta;
	const struct kxt_filter *filter;
	const struct kxt_report_reasons *reasons;
	bool json;
	bool ascii;
	uint64_t seen, shown, lost;
};

/**
 * kxt_report_slow() - print them, oldest first
 * @f: where to
 * @s: see above
 * @err: set on failure
 *
 * Text has the time of day on the host of the recording, or what passed since it began if
 * it is not known when that was. In JSON, what was lost is in a line of its own at the
 * end.
 *
 * Return: 0; -1 with @err set; 1 if @f could not be written, with errno.
 */
int kxt_report_slow(FILE *f, struct kxt_report_slow *s, struct kxt_err *err);

#endif /* KXT_REPORT_SLOW_H */
