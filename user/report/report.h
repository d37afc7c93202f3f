/* SPDX-License-Identifier: GPL-2.0-only */
/* kvmexittop report: the command line, and what does it. */
#ifndef KXT_REPORT_H
#define KXT_REPORT_H

#include <stdbool.h>

#include "user/report/load.h"
#include "user/summary.h"
#include "user/view_text.h"

/**
 * enum kxt_report_format - how it is written
 * @KXT_REPORT_TEXT: for people
 * @KXT_REPORT_JSON: schema 1
 * @KXT_REPORT_CSV: the same fields
 * @KXT_REPORT_HTML: a page
 */
enum kxt_report_format {
	KXT_REPORT_TEXT,
	KXT_REPORT_JSON,
	KXT_REPORT_CSV,
	KXT_REPORT_HTML,
};

/**
 * struct kxt_report_cmd - the command line
 * @format: how
 * @want: recording and stretch; the second one is only there with @diff
 * @diff: compare two
 * @vcpus: a row a vCPU
 * @reason: all about one reason or class, or NULL
 * @slow: list slow exits
 * @frames: one summary for each interval
 * @filter: which VMs
 * @text: how text looks; its @details are only for recordings that have them
 * @verbose: say more on stderr
 */
struct kxt_report_cmd {
	enum kxt_report_format format;
	struct kxt_report_want want[2];
	bool diff, vcpus, slow, frames;
	const char *reason;
	struct kxt_filter filter;
	struct kxt_text text;
	bool verbose;
};

/**
 * kxt_report_run() - open the recordings, give up privileges, print to stdout
 * @arg: struct kxt_report_cmd
 *
 * What is missing in a recording, and errors, are said on stderr.
 *
 * Return: exit status.
 */
int kxt_report_run(void *arg);

#endif /* KXT_REPORT_H */
