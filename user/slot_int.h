/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files that read slots share. */
#ifndef KXT_SLOT_INT_H
#define KXT_SLOT_INT_H

#include "user/slot.h"

/* The writer does not wait for us; give up rather than chase it. */
#define KXT_SLOT_TRIES	4

/* A test has the writer do something here. */
#ifndef BEFORE_LOAD
#define BEFORE_LOAD()		((void)0)
#endif

/* Memory that another one writes, maybe just now. */
#define LOAD(field)		\
	(BEFORE_LOAD(), __atomic_load_n(&(field), __ATOMIC_RELAXED))
#define LOAD_ACQUIRE(field)	\
	(BEFORE_LOAD(), __atomic_load_n(&(field), __ATOMIC_ACQUIRE))
/* No load after it comes before one that is before it. */
#define LOADS_DONE()		__atomic_thread_fence(__ATOMIC_ACQUIRE)

/**
 * kxt_slot_details() - append what is behind the reasons of a slot
 * @v: vCPU; its rows are not sorted here
 * @place: where it is; @detail is there
 * @nr_entries: entries that the slot has for certain
 *
 * Return: 0, or -1 without memory.
 */
int kxt_slot_details(struct kxt_vcpu *v, const struct kxt_slot_place *place,
		     uint32_t nr_entries);

#endif /* KXT_SLOT_INT_H */
