/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One summary as text for monitoring: the Prometheus text format 0.0.4 and OpenMetrics
 * 1.0. A view like the others: it sees a summary. Pure but for writing.
 */
#ifndef KXT_METRICS_H
#define KXT_METRICS_H

#include <stdio.h>

#include "user/summary.h"

/** enum kxt_metrics_format - how it is written */
enum kxt_metrics_format {
	KXT_METRICS_PROMETHEUS,
	KXT_METRICS_OPENMETRICS,
	KXT_METRICS_FORMATS,
};

/* "More series than this are dropped" unless somebody says otherwise. */
#define KXT_METRICS_MAX_SERIES	20000

/**
 * struct kxt_metrics - what is wanted, and what came of it
 * @format: in
 * @per_vcpu: in: counters of each vCPU too
 * @max_series: in: no more samples than this are written. What does not fit is left out
 *	VM by VM, those with the fewest exits first, and counted
 * @scrape_ns: in: how long the snapshot and the summary took; UINT64_MAX: there was no
 *	scrape, and nothing is said of it
 * @series: out: samples written
 * @dropped: out: samples left out
 */
struct kxt_metrics {
	enum kxt_metrics_format format;
	bool per_vcpu;
	unsigned int max_series;
	uint64_t scrape_ns;
	unsigned int series;
	unsigned int dropped;
};

/** kxt_metrics_type() - the Content-Type of a format */
const char *kxt_metrics_type(enum kxt_metrics_format format);

/**
 * kxt_metrics_write() - all families, each with its help and type
 * @f: where to
 * @s: totals (not a window: counters only ever grow)
 * @m: how
 *
 * Return: 0, or -1 with errno.
 */
int kxt_metrics_write(FILE *f, const struct kxt_summary *s, struct kxt_metrics *m);

/** kxt_view_openmetrics() - "dump --openmetrics"; 0, or -1 with errno */
int kxt_view_openmetrics(FILE *f, const struct kxt_summary *s);

#endif /* KXT_METRICS_H */
