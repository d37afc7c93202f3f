// SPDX-License-Identifier: GPL-2.0-only
/* The memory of one slot, and the stock of second pieces. Process context only. */
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "details.h"
#include "fault.h"
#include "parts.h"
#include "slots.h"

/**
 * kxt_slot_clear() - make a slot as good as new
 * @s: slot; nobody else may use it
 *
 * With kxt_slots_lock.
 */
void kxt_slot_clear(struct kxt_slot *s)
{
	struct kvmexit_slot *h = kxt_header(s);
	u32 generation = h->generation + 1;
	u32 i;

	/* Readers first: whatever they read from now on does not count. */
	WRITE_ONCE(h->state, KVMEXIT_SLOT_FREE);
	smp_wmb(); /* against the acquire loads of readers, see uapi/kvmexit.h */
	memset(h, 0, sizeof(*h));
	WRITE_ONCE(h->generation, generation);
	for (i = 0; i < s->cap; i++)
		memset(s->entry[i], 0, sizeof(*s->entry[i]));
	s->entry[KXT_ENTRY_OTHER]->code = KVMEXIT_CODE_OTHER;
	s->entry[KXT_ENTRY_SIGNAL]->code = KVMEXIT_CODE_SIGNAL;
	h->nr_entries = KXT_ENTRY_FIRST;

	s->vcpu = NULL;
	s->task = NULL;
	s->exits_floor = 0;
	s->ahead = 0;
	s->ahead_known = false;
	kxt_parts_begin(s);
	s->how = KXT_HOW_NEW;
	s->regs = KXT_REGS_NONE;
	/* Not the first one, which is a cold one. */
	s->sample = KXT_COST_ONE_IN / 2;
	s->due = KXT_DUE_NOTHING;
	memset(s->index, 0, sizeof(s->index));
	kxt_details_clear(s);
	s->table_at[0] = -1;
	s->table_at[1] = -1;
	s->taken = false;
}

/**
 * kxt_slot_orphaned() - has the thread died that had the vCPU when a live slot was given?
 * @s: slot
 *
 * With kxt_slots_lock.
 */
bool kxt_slot_orphaned(struct kxt_slot *s)
{
	struct task_struct *t;
	bool gone;

	rcu_read_lock();
	t = pid_task(s->pid, PIDTYPE_PID);
	gone = !t || READ_ONCE(t->exit_state);
	rcu_read_unlock();
	return gone;
}

/**
 * kxt_slot_unused() - has a live slot's vCPU had no event for long?
 * @s: slot
 *
 * Nothing tells that a VM was closed if its process and its threads live on. A vCPU that
 * only slept gets another slot at its next event. With kxt_slots_lock.
 *
 * Return: true if it was for longer than an ended vCPU is kept.
 */
bool kxt_slot_unused(struct kxt_slot *s)
{
	struct kvmexit_slot *h = kxt_header(s);
	s64 ticks = kxt_clock() - READ_ONCE(h->mark);

	return ktime_get_mono_fast_ns() - h->start_ns > KVMEXIT_LINGER_NS && ticks > 0 &&
	       kxt_clock_to_ns(ticks) > KVMEXIT_LINGER_NS;
}

/**
 * kxt_slot_alloc() - get memory for a slot
 * @number: the slot's number
 *
 * Process context, sleeps.
 *
 * Return: the slot, or NULL without memory.
 */
struct kxt_slot *kxt_slot_alloc(u32 number)
{
	struct kvmexit_entry *entries;
	struct kxt_slot *s;
	u32 i;

	BUILD_BUG_ON(sizeof(struct kxt_slot) > PAGE_SIZE);
	BUILD_BUG_ON(KXT_BASE_SIZE % PAGE_SIZE || KXT_MORE_SIZE % PAGE_SIZE);

	if (kxt_fault_memory())
		return NULL;
	s = __vmalloc(KXT_BASE_SIZE, KXT_GFP);
	if (!s)
		return NULL;
	entries = (void *)kxt_header(s) + KVMEXIT_HEADER_SIZE;
	for (i = 0; i < KXT_BASE_ENTRIES; i++)
		s->entry[i] = &entries[i];
	s->cap = KXT_BASE_ENTRIES;
	s->number = number;
	s->random = number;
	kxt_slot_clear(s);
	return s;
}

/**
 * kxt_slot_free() - give all memory of a slot back
 * @s: slot; no probe runs any more, and no reader has it mapped
 *
 * Process context, sleeps.
 */
void kxt_slot_free(struct kxt_slot *s)
{
	put_pid(s->pid);
	kxt_details_free(s);
	vfree(s->more);
	vfree(s);
}

/**
 * kxt_slot_memory() - how much memory a slot has
 * @s: slot
 *
 * Return: bytes.
 */
u64 kxt_slot_memory(struct kxt_slot *s)
{
	return KXT_BASE_SIZE + (READ_ONCE(s->more) ? KXT_MORE_SIZE : 0) +
	       READ_ONCE(s->sketch_cap) * (u64)KVMEXIT_SKETCH_SIZE;
}

struct kvmexit_entry *kxt_ready_more[KXT_READY_MORE];

/**
 * kxt_more_refill() - fill up the stock of second pieces
 *
 * What there is no memory for is missing until the next time. The worker, or before
 * there is one; sleeps.
 */
void kxt_more_refill(void)
{
	u32 i;

	for (i = 0; i < KXT_READY_MORE; i++) {
		/* Nobody else fills a place. */
		if (!READ_ONCE(kxt_ready_more[i]))
			smp_store_release(&kxt_ready_more[i],
					  __vmalloc(KXT_MORE_SIZE, KXT_GFP));
	}
}

/**
 * kxt_more_free() - give the stock of second pieces back
 *
 * When no probe runs any more. Sleeps.
 */
void kxt_more_free(void)
{
	u32 i;

	for (i = 0; i < KXT_READY_MORE; i++)
		vfree(kxt_ready_more[i]);
	memset(kxt_ready_more, 0, sizeof(kxt_ready_more));
}

/**
 * kxt_more_memory() - how much memory the stock of second pieces has
 *
 * Return: bytes.
 */
u64 kxt_more_memory(void)
{
	u64 memory = 0;
	u32 i;

	for (i = 0; i < KXT_READY_MORE; i++)
		memory += READ_ONCE(kxt_ready_more[i]) ? KXT_MORE_SIZE : 0;
	return memory;
}
