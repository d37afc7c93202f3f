/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is between a collector and those who scrape it: totals that never go back while a
 * VM lives, and that stay for some minutes after its end. Bounded by the VMs that live or
 * ended in that time, not by how long it runs.
 */
#ifndef KXT_EXPORTER_H
#define KXT_EXPORTER_H

#include "user/collector.h"
#include "user/metrics/metrics.h"

struct kxt_exporter;

/* How often kxt_exporter_look() has to be called, at least. */
#define KXT_EXPORTER_LOOK_NS	2000000000ULL

/* How long the totals of a VM stay after its end, unless somebody says otherwise. */
#define KXT_EXPORTER_LINGER_NS	300000000000ULL

/* A text this young is given out once more: who asks all the time pays for it. */
#define KXT_EXPORTER_FRESH_NS	250000000ULL

/**
 * struct kxt_exporter_options - what is exported
 * @filter: which VMs; must outlive the exporter
 * @per_vcpu: counters of each vCPU too
 * @max_series: see struct kxt_metrics
 * @linger_ns: how long the totals of a VM stay after its end
 * @clock_ns: what time it is, for the age of a text and for how long a scrape took;
 *	NULL: CLOCK_MONOTONIC
 */
struct kxt_exporter_options {
	const struct kxt_filter *filter;
	bool per_vcpu;
	unsigned int max_series;
	uint64_t linger_ns;
	uint64_t (*clock_ns)(void);
};

/**
 * kxt_exporter_open() - take the first look
 * @x: result
 * @c: open collector; stays the caller's and must outlive @x
 * @o: options, copied
 * @err: set on failure
 *
 * Return: 0, or -1 with @err set.
 */
int kxt_exporter_open(struct kxt_exporter **x, struct kxt_collector *c,
		      const struct kxt_exporter_options *o, struct kxt_err *err);

/** kxt_exporter_close() - fine on NULL */
void kxt_exporter_close(struct kxt_exporter *x);

/**
 * kxt_exporter_look() - see what came and went
 * @x: exporter
 * @err: set on failure
 *
 * To be called at least every KXT_EXPORTER_LOOK_NS, scrape or not: what a collector has
 * forgotten in between would be missing.
 *
 * Return: 0, or -1 with @err set.
 */
int kxt_exporter_look(struct kxt_exporter *x, struct kxt_err *err);

/**
 * struct kxt_exporter_text - what one scrape gets
 * @text: bytes, not terminated
 * @len: their number
 * @gzip: the same compressed, made when first asked for
 * @gzip_len: its length
 * @refs: users; the exporter is one of them until the next text
 *
 * Goes with the last kxt_exporter_put(): a slow reader keeps the one that it has, and
 * there are at most as many as there are connections.
 */
struct kxt_exporter_text {
	char *text;
	size_t len;
	unsigned char *gzip;
	size_t gzip_len;
	unsigned int refs;
};

/**
 * kxt_exporter_get() - a scrape
 * @x: exporter
 * @format: how it is written
 * @gzip: compressed is wanted too
 * @err: set on failure
 *
 * Return: text, to be given back with kxt_exporter_put(); NULL with @err set.
 */
struct kxt_exporter_text *kxt_exporter_get(struct kxt_exporter *x,
					   enum kxt_metrics_format format, bool gzip,
					   struct kxt_err *err);

/** kxt_exporter_put() - done with a text; fine on NULL */
void kxt_exporter_put(struct kxt_exporter_text *t);

#endif /* KXT_EXPORTER_H */
