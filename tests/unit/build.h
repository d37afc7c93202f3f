/* SPDX-License-Identifier: GPL-2.0-only */
/* Snapshots for tests, written down exit by exit. Includes cmocka. */
#ifndef KXT_TEST_BUILD_H
#define KXT_TEST_BUILD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "module/bucket.h"
#include "user/snapshot.h"

#define UNUSED	__attribute__((unused))

/* @n exits of @ns each, with an entry after them. */
UNUSED static void add_exits(struct kxt_entry *e, uint64_t ns, uint64_t n)
{
	e->count += n;
	e->timed += n;
	e->total_ns += n * ns;
	e->hist[kxt_bucket(ns)] += n;
	if (ns > e->max_ns)
		e->max_ns = ns;
}

/* @n exits without an entry after them. */
UNUSED static void add_unpaired(struct kxt_entry *e, uint64_t n)
{
	e->count += n;
	e->unpaired += n;
}

/* A vCPU of VM 100 in @slot with @nr entries of code 0, 1, ... */
UNUSED static struct kxt_vcpu *add_vcpu(struct kxt_snapshot *s, uint32_t slot,
					uint32_t generation, unsigned int nr)
{
	struct kxt_vcpu *v = kxt_snapshot_add(s, nr);

	assert_non_null(v);
	assert_int_equal(v->nr, nr);
	v->key = (uint64_t)slot << 32 | generation;
	v->pid = 100;
	v->tid = 200 + slot;
	v->id = slot;
	v->isa = KVMEXIT_ISA_SVM;
	for (unsigned int i = 0; i < nr; i++)
		v->entry[i].code = i;
	return v;
}

UNUSED static void new_snapshot(struct kxt_snapshot *s, uint64_t start_ns,
				uint64_t now_ns)
{
	kxt_snapshot_init(s);
	s->start_ns = start_ns;
	s->now_ns = now_ns;
	s->kvm_present = true;
}

#endif /* KXT_TEST_BUILD_H */
