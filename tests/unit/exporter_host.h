/* SPDX-License-Identifier: GPL-2.0-only */
/* Snapshots one after the other for the exporter's state, and what it makes of them. */
#ifndef KXT_TEST_EXPORTER_HOST_H
#define KXT_TEST_EXPORTER_HOST_H

#include "build.h"

#include <stdio.h>

#include "user/metrics/exporter_state_int.h"

#define SEC	1000000000ULL
#define LINGER	(300 * SEC)
#define HLT	0x78
#define NPF	0x400

/**
 * struct host - what the exporter looks at
 * @names: names of its VMs
 * @st: state
 * @s: the snapshot that is made
 * @t: the totals after it
 * @now: its time
 * @start: when counting began
 */
struct host {
	struct kxt_vm_names *names;
	struct kxt_exporter_state *st;
	struct kxt_snapshot s;
	struct kxt_metrics_totals t;
	uint64_t now, start;
};

UNUSED static void host_open(struct host *h, const struct kxt_filter *filter,
			     uint64_t linger_ns)
{
	memset(h, 0, sizeof(*h));
	h->now = 1000 * SEC;
	h->names = kxt_vm_names_new(NULL);
	assert_non_null(h->names);
	h->st = kxt_exporter_state_new(filter, h->names, linger_ns);
	assert_non_null(h->st);
	new_snapshot(&h->s, h->start, h->now);
}

UNUSED static void host_close(struct host *h)
{
	kxt_metrics_totals_free(&h->t);
	kxt_snapshot_free(&h->s);
	kxt_exporter_state_free(h->st);
	kxt_vm_names_free(h->names);
}

/* A vCPU in the snapshot, with one entry. */
UNUSED static struct kxt_vcpu *host_vcpu(struct host *h, uint64_t key, uint32_t pid,
					 uint32_t id)
{
	struct kxt_vcpu *v = add_vcpu(&h->s, key >> 32, key, 1);

	v->pid = pid;
	v->id = id;
	v->knows = KXT_KNOWS_ALL;
	v->entry[0].code = HLT;
	v->entry[0].level = 1;
	return v;
}

/* One with exits of 1000 ns each. */
UNUSED static struct kxt_vcpu *host_exits(struct host *h, uint64_t key, uint32_t pid,
					  uint32_t id, uint64_t n)
{
	struct kxt_vcpu *v = host_vcpu(h, key, pid, id);

	add_exits(&v->entry[0], 1000, n);
	v->guest_ns = n * 10;
	return v;
}

/* The snapshot is taken over; the next one is @ns later, and empty. */
UNUSED static void host_look(struct host *h, uint64_t ns)
{
	struct kxt_err err;

	kxt_snapshot_sort(&h->s);
	h->s.now_ns = h->now;
	h->s.start_ns = h->start;
	assert_int_equal(kxt_exporter_state_take(h->st, &h->s, &err), 0);
	kxt_metrics_totals_free(&h->t);
	assert_int_equal(kxt_exporter_state_totals(h->st, &h->t, true, &err), 0);
	h->now += ns;
	kxt_snapshot_free(&h->s);
	new_snapshot(&h->s, h->start, h->now);
}

/* The VM of a label, NULL if there is none. */
UNUSED static const struct kxt_metrics_vm *host_vm(const struct host *h, const char *domain)
{
	const struct kxt_metrics_vm *found = NULL;

	for (unsigned int i = 0; i < h->t.nr; i++) {
		if (strcmp(h->t.vm[i].domain, domain) == 0) {
			assert_null(found);	/* no series twice */
			found = &h->t.vm[i];
		}
	}
	return found;
}

UNUSED static void host_name(struct host *h, uint32_t pid, const char *name)
{
	assert_int_equal(kxt_vm_names_set(h->names, pid, name), 0);
}

#endif /* KXT_TEST_EXPORTER_HOST_H */
