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
#include "user/detail_list.h"
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

/* One exit of @ns, with the parts of it that are not the kernel's. */
UNUSED static void add_split(struct kxt_entry *e, uint64_t ns, uint64_t idle_ns,
			     uint64_t runq_ns, uint64_t vmm_ns)
{
	add_exits(e, ns - idle_ns, 1);
	e->total_ns += idle_ns;
	e->idle_ns += idle_ns;
	e->runq_ns += runq_ns;
	e->vmm_ns += vmm_ns;
	e->vmm_count += vmm_ns != 0;
}

/* @n exits of @ns each with a key behind entry 0, in its place since @life. */
UNUSED static struct kxt_detail *add_key(struct kxt_vcpu *v, uint32_t kind, uint64_t key,
					 uint64_t n, uint64_t ns, uint64_t life)
{
	struct kxt_detail d = {
		.code = v->nr ? v->entry[0].code : 0,
		.level = v->nr ? v->entry[0].level : 0,
		.kind = kind,
		.key = key,
		.one_in = 1,
		.count = n,
		.ns = n * ns,
		.life = life,
	};

	assert_int_equal(kxt_details_append(v, &d, 1), 0);
	return &v->detail[v->nr_details - 1];
}

/* All exits of a kind. */
UNUSED static struct kxt_detail *add_rest(struct kxt_vcpu *v, uint32_t kind, uint64_t n,
					  uint64_t ns)
{
	struct kxt_detail *d = add_key(v, kind, 0, n, ns, 0);

	d->rest = true;
	return d;
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

/* All but where it is. */
UNUSED static void same_vcpu(const struct kxt_vcpu *a, const struct kxt_vcpu *b)
{
	struct kxt_vcpu x = *a, y = *b;

	x.entry = y.entry = NULL;
	x.detail = y.detail = NULL;
	assert_memory_equal(&x, &y, sizeof(x));
	if (a->nr)
		assert_memory_equal(a->entry, b->entry, a->nr * sizeof(*a->entry));
	if (a->nr_details)
		assert_memory_equal(a->detail, b->detail,
				    a->nr_details * sizeof(*a->detail));
}

/* A delta, which has to be the same if it takes the memory of the earlier end. */
UNUSED static void both_deltas(struct kxt_snapshot *out, const struct kxt_snapshot *from,
			       const struct kxt_snapshot *to)
{
	struct kxt_snapshot copy, taken;
	struct kxt_err err;

	kxt_snapshot_init(&copy);
	kxt_snapshot_init(&taken);
	assert_int_equal(kxt_snapshot_copy(&copy, from, &err), 0);
	assert_int_equal(kxt_snapshot_delta(out, from, to, &err), 0);
	assert_int_equal(kxt_snapshot_take_delta(&taken, &copy, to, &err), 0);
	assert_int_equal(copy.nr, 0);
	assert_null(copy.vcpu);
	assert_int_equal(taken.nr, out->nr);
	assert_int_equal(taken.start_ns, out->start_ns);
	assert_int_equal(taken.now_ns, out->now_ns);
	for (unsigned int i = 0; i < out->nr; i++)
		same_vcpu(&taken.vcpu[i], &out->vcpu[i]);
	kxt_snapshot_free(&taken);
}

#endif /* KXT_TEST_BUILD_H */
