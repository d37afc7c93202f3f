/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The totals behind a scrape. A collector forgets vCPUs some time after their end, and
 * what it says of an exit that is still open it may take back; counters of a monitoring
 * system do neither. No I/O, no clock but that of the snapshots.
 */
#ifndef KXT_EXPORTER_STATE_H
#define KXT_EXPORTER_STATE_H

#include "user/metrics/totals.h"

struct kxt_exporter_state;

/* VMs that have ended and are still told of; the one longest gone makes room. */
#define KXT_EXPORTER_ENDED_MAX	1000

/**
 * kxt_exporter_state_new() - nothing seen yet
 * @filter: which VMs; must outlive the state; NULL: all
 * @names: what they are called; must outlive the state
 * @linger_ns: how long a VM stays after its end
 *
 * Return: the state or NULL without memory; kxt_exporter_state_free() ends it.
 */
struct kxt_exporter_state *kxt_exporter_state_new(const struct kxt_filter *filter,
						  struct kxt_vm_names *names,
						  uint64_t linger_ns);
void kxt_exporter_state_free(struct kxt_exporter_state *st);

/**
 * kxt_exporter_state_take() - take over what a snapshot says
 * @st: state
 * @s: newest snapshot, not a delta
 * @err: set on failure
 *
 * Return: 0, or -1 with @err set (no memory). Nothing is lost or counted twice then:
 * the next snapshot brings it.
 */
int kxt_exporter_state_take(struct kxt_exporter_state *st, const struct kxt_snapshot *s,
			    struct kxt_err *err);

/**
 * kxt_exporter_state_totals() - what is to be exported
 * @st: state
 * @t: result, its old contents are not freed; collector, kernel and own are left empty
 * @per_vcpu: rows of the vCPUs too
 * @err: set on failure
 *
 * Return: 0, or -1 with @err set (no memory; @t is empty then).
 */
int kxt_exporter_state_totals(const struct kxt_exporter_state *st,
			      struct kxt_metrics_totals *t, bool per_vcpu,
			      struct kxt_err *err);

#endif /* KXT_EXPORTER_STATE_H */
