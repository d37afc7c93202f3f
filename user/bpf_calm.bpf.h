/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The usual exit and entry, in as few instructions as can be: the thread has not lost its
 * CPU and has not left the kernel since the last event, nobody watches, the reason has
 * been seen before. Whatever is not so is left to bpf_parts.bpf.h, which counts the same.
 *
 * kxt_bpf_private.calm is what all of that is asked by. The first entry after something
 * else sets it to a mark that KVM leaves in the vCPU whenever its thread is taken off the
 * CPU, or returns to user mode. Nothing is calm while anything is odd or watched.
 */
#ifndef KXT_BPF_CALM_H
#define KXT_BPF_CALM_H

#include "user/bpf_parts.bpf.h"

/*
 * Entries that are within reach here. A few less than a slot has: where the histogram of
 * one of these would end if it had 256 buckets is still in the slot, so that the verifier
 * believes a bucket from the table without a check.
 */
#define KXT_CALM_ENTRIES	25

/* An entry is over: how the next exit starts. @mark: KVM's. */
static __always_inline void kxt_calm_begin(struct kxt_bpf_slot *s, u64 mark)
{
	bool calm = s->h.phase == KVMEXIT_PHASE_GUEST && !s->p.odd &&
		    s->p.how != KXT_BPF_HOW_NEW && !control.watch;

	if (!calm)
		mark = KXT_BPF_NOT_CALM;
	s->p.calm = s->p.timed ? KXT_BPF_NOT_CALM : mark;
	if (s->p.timed)
		s->p.timed = mark;
}

/*
 * Once in a while the programs are timed. That costs nothing at all other events: this one
 * is made to look as if it was not calm, and calms down when it is found to be timed.
 */
static __always_inline bool kxt_calm_down(struct kxt_bpf_slot *s)
{
	if (!s->p.timed || control.watch)
		return false;
	s->p.calm = s->p.timed;
	return true;
}

/* A calm exit of a guest itself, not of one that it runs. False: it is none after all. */
static __always_inline bool kxt_calm_exit(struct kxt_bpf_slot *s, u64 now, u64 code)
{
	struct kvmexit_entry *e;
	u64 n, mark;

	if (code >= KXT_BPF_INDEX_SIZE / 2) {
		code -= 0x400 - KXT_BPF_INDEX_SIZE / 2;
		if (code < KXT_BPF_INDEX_SIZE / 2 || code >= KXT_BPF_INDEX_SIZE)
			return false;
	}
	n = s->p.index[code];
	if (unlikely(n >= KXT_CALM_ENTRIES || s->h.phase != KVMEXIT_PHASE_GUEST))
		return false;
	mark = s->h.mark;
	SET(s->h.mark, now);
	SET(s->h.open_entry, n);
	SET(s->h.phase, KVMEXIT_PHASE_EXIT);
	ADD(s->h.guest_ns, kxt_elapsed(s, mark, now));
	e = &s->entry[n];
	ADD(e->count, 1);
	return true;
}

/* A calm entry. An exit that took longer than there are buckets at hand is left out. */
static __always_inline bool kxt_calm_entry(struct kxt_bpf_slot *s, char *base, u64 now)
{
	u32 n = s->h.open_entry;
	struct kvmexit_entry *e;
	u64 ns, at, entries;
	u8 b;

	ns = now - s->h.mark;
	at = ns >> KXT_BPF_NEAR_BUCKET_LOG2;
	if (unlikely(s->h.phase != KVMEXIT_PHASE_EXIT || n >= KXT_CALM_ENTRIES ||
		     at >= KXT_BPF_NEAR_BUCKETS))
		return false;
	SET(s->h.mark, now);
	SET(s->h.phase, KVMEXIT_PHASE_GUEST);
	e = kxt_at((char *)s, n * sizeof(*e));
	e = (void *)e + __builtin_offsetof(struct kxt_bpf_slot, entry);
	ADD(e->total_ns, ns);
	b = *(u8 *)(base + at - KXT_NEAR_BUCKET);
	if (ns > e->max_ns)
		SET(e->max_ns, ns);
	ADD(e->hist[b], 1);
	entries = s->h.entries + 1;
	SET(s->h.entries, entries);
	if (unlikely(kxt_is_timed(entries))) {
		s->p.timed = s->p.calm;
		s->p.calm = KXT_BPF_NOT_CALM;
		kxt_cost(now, 1);
	}
	return true;
}

#endif /* KXT_BPF_CALM_H */
