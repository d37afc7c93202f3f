/* SPDX-License-Identifier: GPL-2.0-only */
/* Two stretches side by side: as text, JSON or CSV. */
#ifndef KXT_VIEW_REPORT_DIFF_H
#define KXT_VIEW_REPORT_DIFF_H

#include <stdio.h>

#include "user/report/diff.h"
#include "user/report/load.h"
#include "user/view_text.h"

/**
 * struct kxt_view_diff - what to show and how
 * @diff: the comparison
 * @file: the two files, as the user wrote them
 * @rep: recordings, and the stretches
 * @sum: what happened in them
 * @text: how text is to look; @sort, @details and @filter of it are not used
 */
struct kxt_view_diff {
	const struct kxt_diff *diff;
	const char *file[KXT_DIFF_SIDES];
	const struct kxt_report *rep[KXT_DIFF_SIDES];
	const struct kxt_summary *sum[KXT_DIFF_SIDES];
	struct kxt_text text;
};

/** kxt_view_diff_text() - tables; errors of @f are the caller's to look for */
void kxt_view_diff_text(FILE *f, const struct kxt_view_diff *v);

/** kxt_view_diff_json() - one object and a newline; 0, or -1 with errno */
int kxt_view_diff_json(FILE *f, const struct kxt_view_diff *v);

/** kxt_view_diff_csv() - one line a VM and reason, with a header; 0, or -1 */
int kxt_view_diff_csv(FILE *f, const struct kxt_view_diff *v);

#endif /* KXT_VIEW_REPORT_DIFF_H */
