/* SPDX-License-Identifier: GPL-2.0-only */
/* What the table of families and the writer of user/metrics/metrics.h share. */
#ifndef KXT_METRICS_OUT_H
#define KXT_METRICS_OUT_H

#include "user/metrics/metrics.h"
#include "user/metrics/text.h"
#include "user/metrics/totals.h"

/** enum kxt_metrics_kind - type of a family */
enum kxt_metrics_kind {
	KXT_METRICS_COUNTER,
	KXT_METRICS_GAUGE,
	KXT_METRICS_HISTOGRAM,
	KXT_METRICS_SUMMARY,
	KXT_METRICS_INFO,
	KXT_METRICS_KINDS,
};

struct kxt_metrics_out;

/**
 * struct kxt_metrics_family - one family
 * @name: without "_total" and "_info"
 * @kind: type
 * @unit: "seconds", "bytes": what @name ends with; or NULL
 * @help: one sentence
 * @host: writes the samples of the host; or NULL
 * @vm: writes the samples of one VM; or NULL
 * @per_vcpu: only if vCPUs were asked for
 */
struct kxt_metrics_family {
	const char *name;
	enum kxt_metrics_kind kind;
	const char *unit;
	const char *help;
	void (*host)(struct kxt_metrics_out *o, const struct kxt_metrics_totals *t);
	void (*vm)(struct kxt_metrics_out *o, const struct kxt_metrics_vm *vm);
	bool per_vcpu;
};

/* In the order in which they are written; ended by a row without a name. */
extern const struct kxt_metrics_family kxt_metrics_family[];

/**
 * struct kxt_metrics_out - where samples go
 * @text: NULL: they are only counted
 * @m: what is wanted
 * @family: the one that is written
 * @begun: its head is written
 * @labels: the sample has some
 * @series: samples so far
 * @sharing: labels go to @shared
 * @shared: labels of several samples to come, as they are written
 */
struct kxt_metrics_out {
	struct kxt_metrics_text *text;
	const struct kxt_metrics *m;
	const struct kxt_metrics_family *family;
	bool begun;
	bool labels;
	unsigned int series;
	bool sharing;
	struct kxt_metrics_text shared;
};

/**
 * kxt_metrics_sample() - begin a sample of the family
 * @o: where
 * @suffix: behind the name: "_total", "_bucket", ...
 */
void kxt_metrics_sample(struct kxt_metrics_out *o, const char *suffix);

/**
 * kxt_metrics_share() - the labels that follow are not a sample's, but those of many
 * @o: where
 * @begin: they follow; else they are over
 *
 * Samples that have most labels in common have them written once.
 */
void kxt_metrics_share(struct kxt_metrics_out *o, bool begin);

/** kxt_metrics_sample_shared() - begin a sample that has the labels of many */
void kxt_metrics_sample_shared(struct kxt_metrics_out *o, const char *suffix);

/** kxt_metrics_label() - a label of the sample; @value is escaped here */
void kxt_metrics_label(struct kxt_metrics_out *o, const char *key, const char *value);

/** kxt_metrics_label_uint() - one that is a number */
void kxt_metrics_label_uint(struct kxt_metrics_out *o, const char *key, uint64_t value);

/** kxt_metrics_uint() - its value, which ends the sample */
void kxt_metrics_uint(struct kxt_metrics_out *o, uint64_t value);

/** kxt_metrics_seconds() - its value from nanoseconds, exactly */
void kxt_metrics_seconds(struct kxt_metrics_out *o, uint64_t ns);

/**
 * kxt_metrics_write_totals() - as kxt_metrics_write(), of totals
 * @text: gets it appended
 * @t: totals
 * @m: how
 *
 * Return: 0, or -1 without memory.
 */
int kxt_metrics_write_totals(struct kxt_metrics_text *text,
			     const struct kxt_metrics_totals *t, struct kxt_metrics *m);

#endif /* KXT_METRICS_OUT_H */
