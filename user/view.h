/* SPDX-License-Identifier: GPL-2.0-only */
/* Views that print one summary. A view sees a summary, never a collector. */
#ifndef KXT_VIEW_H
#define KXT_VIEW_H

#include <stdbool.h>
#include <stdio.h>

#include "user/summary.h"

/** kxt_view_json() - schema 1, one object and a newline; 0, or -1 with errno */
int kxt_view_json(FILE *f, const struct kxt_summary *s);

/** kxt_view_csv() - one line a VM, vCPU and reason, with a header; 0, or -1 */
int kxt_view_csv(FILE *f, const struct kxt_summary *s);

/** kxt_view_csv_lines() - the same without the header: what follows another summary */
int kxt_view_csv_lines(FILE *f, const struct kxt_summary *s);

#endif /* KXT_VIEW_H */
