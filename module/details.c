// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "details.h"
#include "sketch.h"
#include "slots.h"
#include "watch.h"

/* Of so many exits one, on average, has its instruction pointer counted. */
#define KXT_RIP_ONE_IN_LOG2	4

/* Sketches that a reason can have: one of these groups each. */
#define KXT_GROUP_KEY		0
#define KXT_GROUP_GPA		1
#define KXT_GROUP_RIP		2

/* Written by the worker's half, read by probes. */
bool kxt_details_enabled;

/*
 * The sketch of a reason, made at its first exit. In a probe; touches the slot's
 * private page, its header and the sketch, all of this vCPU only.
 */
static struct kvmexit_sketch *kxt_details_sketch(struct kxt_slot *s, u32 entry,
						 u32 group, u32 kind, u32 one_in)
{
	struct kvmexit_slot *h = kxt_header(s);
	u8 *number = &s->sketch_of[entry][group];
	struct kvmexit_sketch *sk;
	u32 nr, cap;

	if (likely(*number))
		return kxt_slot_sketch(s, *number - 1);
	nr = h->nr_sketches;
	cap = smp_load_acquire(&s->sketch_cap); /* kxt_details_alloc() */
	/* Without memory the worker looks once a second; no need to wake it. */
	if (nr >= cap) {
		this_cpu_inc(kxt_cpu.lost_details);
		return NULL;
	}
	sk = kxt_slot_sketch(s, nr);
	sk->entry = entry;
	sk->kind = kind;
	sk->one_in = one_in;
	*number = nr + 1;
	smp_store_release(&h->nr_sketches, nr + 1); /* for readers */
	if (kxt_details_low(nr + 1, cap))
		kxt_slots_kick();
	return sk;
}

static void kxt_details_hit(struct kxt_slot *s, u32 entry, u32 group, u32 kind,
			    u32 one_in, u64 key, u32 access)
{
	struct kvmexit_sketch *sk = kxt_details_sketch(s, entry, group, kind, one_in);
	u32 i = group == KXT_GROUP_RIP;

	if (!sk)
		return;
	s->seen.sketch[i] = sk;
	s->seen.way[i] = kxt_sketch_hit(sk, key, access);
}

/* A sample that no loop of the guest's can run in step with. */
static bool kxt_details_sample(struct kxt_slot *s)
{
	/* Numerical Recipes' generator; the upper bits are the good ones. */
	s->random = s->random * 1664525 + 1013904223;
	return !(s->random >> (32 - KXT_RIP_ONE_IN_LOG2));
}

/**
 * kxt_details_exit() - count what is behind an exit
 * @s: the vCPU's slot; @s->seen.info says what it is
 * @entry: entry of the exit's reason
 *
 * Probe context, preemption off.
 */
void kxt_details_exit(struct kxt_slot *s, u32 entry)
{
	const struct kxt_exitinfo *info = &s->seen.info;

	if (info->kind)
		kxt_details_hit(s, entry, info->kind == KVMEXIT_KIND_GPA ?
				KXT_GROUP_GPA : KXT_GROUP_KEY,
				info->kind, 1, info->key, info->access);
	if (info->rip && kxt_details_sample(s))
		kxt_details_hit(s, entry, KXT_GROUP_RIP, KVMEXIT_KIND_RIP,
				1 << KXT_RIP_ONE_IN_LOG2, info->rip, 0);
}

/**
 * kxt_details_close() - the exit is over
 * @s: the vCPU's slot
 * @ns: its service time
 *
 * Probe context, preemption off.
 */
void kxt_details_close(struct kxt_slot *s, u64 ns)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(s->seen.sketch); i++)
		if (s->seen.sketch[i])
			kxt_sketch_time(s->seen.sketch[i], s->seen.way[i], ns);
}

/**
 * kxt_details_alloc() - one more piece of memory for the sketches of a slot
 * @s: slot
 *
 * With kxt_slots_lock. Sleeps.
 *
 * Return: 0, also if it has all there can be, or -ENOMEM.
 */
int kxt_details_alloc(struct kxt_slot *s)
{
	u32 n = s->sketch_cap / KXT_PIECE_SKETCHES;
	struct kvmexit_sketch *piece;

	BUILD_BUG_ON(KXT_PIECE_SIZE % PAGE_SIZE);
	if (n >= KXT_PIECES)
		return 0;
	piece = __vmalloc(KXT_PIECE_SIZE, KXT_GFP);
	if (!piece)
		return -ENOMEM;
	s->piece[n] = piece;
	/* Before a probe can use it a reader must be able to map it. */
	smp_store_release(&s->sketch_cap, (n + 1) * KXT_PIECE_SKETCHES);
	return 0;
}

/**
 * kxt_details_clear() - forget the details of a slot that nobody has
 * @s: slot
 *
 * With kxt_slots_lock; no probe uses the slot. Its header is cleared by the
 * caller, before this.
 */
void kxt_details_clear(struct kxt_slot *s)
{
	u32 i;

	for (i = 0; i < s->sketch_cap / KXT_PIECE_SKETCHES; i++)
		memset(s->piece[i], 0, KXT_PIECE_SIZE);
	memset(s->sketch_of, 0, sizeof(s->sketch_of));
	memset(&s->seen, 0, sizeof(s->seen));
}

/**
 * kxt_details_free() - give the memory for details of a slot back
 * @s: slot
 *
 * With kxt_slots_lock; no probe uses details any more, and no reader has them
 * mapped. Sleeps.
 */
void kxt_details_free(struct kxt_slot *s)
{
	u32 n = s->sketch_cap / KXT_PIECE_SKETCHES;
	u32 i;

	WRITE_ONCE(kxt_header(s)->nr_sketches, 0);
	s->sketch_cap = 0;
	memset(s->sketch_of, 0, sizeof(s->sketch_of));
	/*
	 * An exit may be open that was counted in one of them. Slow exits may be
	 * watched on, so a probe can be at s->seen; these two it also sets to NULL.
	 */
	for (i = 0; i < ARRAY_SIZE(s->seen.sketch); i++)
		WRITE_ONCE(s->seen.sketch[i], NULL);
	for (i = 0; i < n; i++) {
		vfree(s->piece[i]);
		s->piece[i] = NULL;
	}
}

/**
 * kxt_details_enable() - have probes collect details, or stop them
 * @on: whether; if not, no probe uses details any more when it returns
 *
 * Process context, sleeps.
 */
void kxt_details_enable(bool on)
{
	WRITE_ONCE(kxt_details_enabled, on);
	if (on) {
		static_branch_inc(&kxt_watched);
	} else {
		static_branch_dec(&kxt_watched);
		synchronize_rcu();
	}
}

/**
 * kxt_details_page() - the page behind a page of a slot's details
 * @s: slot
 * @at: byte offset in the slot's details
 *
 * The caller holds a kxt_slots_want_details(): no piece goes away meanwhile.
 *
 * Return: the page, or NULL if nothing is there (yet).
 */
struct page *kxt_details_page(struct kxt_slot *s, unsigned long at)
{
	u32 cap = smp_load_acquire(&s->sketch_cap); /* kxt_details_alloc() */

	if (at >= cap * (unsigned long)KVMEXIT_SKETCH_SIZE)
		return NULL;
	return vmalloc_to_page((void *)s->piece[at / KXT_PIECE_SIZE] +
			       at % KXT_PIECE_SIZE);
}
