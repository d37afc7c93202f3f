/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is looked at only while the reader asks for it: what is behind an exit, and slow
 * exits. What is behind an exit is gathered in kxt_bpf_seen, at its kvm_exit and by the
 * tracepoints that follow it; it is counted when the exit goes to the VMM or is over.
 */
#ifndef KXT_BPF_WATCH_H
#define KXT_BPF_WATCH_H

#include "module/sketch.h"
#include "user/bpf_parts.bpf.h"

/* Sketches that a reason can have: one of these groups each. */
#define KXT_GROUP_KEY	0
#define KXT_GROUP_GPA	1
#define KXT_GROUP_RIP	2

/* A kvm_exit, while something is watched: forget the exit before. */
static __always_inline void kxt_seen_begin(struct kxt_bpf_slot *s, u32 n, u64 now)
{
	struct kxt_bpf_seen *seen = &s->p.seen;

	seen->mark = now;
	seen->rip = 0;
	seen->info1 = 0;
	seen->info2 = 0;
	seen->key = 0;
	seen->kind = KVMEXIT_KIND_NONE;
	seen->access = 0;
	seen->entry = n;
	seen->counted = 0;
	seen->sketch[0] = 0;
	seen->sketch[1] = 0;
}

static __always_inline void kxt_seen_key(struct kxt_bpf_slot *s, u32 kind, u64 key,
					 u32 access)
{
	s->p.seen.kind = kind;
	s->p.seen.key = key;
	s->p.seen.access = access;
}

/* Sketch @number of a slot; NULL is for the verifier, or out of memory. */
static __always_inline struct kvmexit_sketch *kxt_sketch_at(struct kxt_bpf_slot *s,
							    u32 number)
{
	u32 slot = s->p.number;
	u32 piece = slot / KXT_BPF_CHUNK * KXT_BPF_PIECES + number / KXT_BPF_PIECE_SKETCHES;
	u32 at = slot % KXT_BPF_CHUNK;
	u32 in = number % KXT_BPF_PIECE_SKETCHES;
	struct kxt_bpf_piece *p;
	void *map;

	if (number >= KVMEXIT_MAX_SKETCHES)
		return NULL;
	map = bpf_map_lookup_elem(&pieces, &piece);
	p = map ? bpf_map_lookup_elem(map, &at) : NULL;
	return p ? &p->sketch[INDEX(in, KXT_BPF_PIECE_SKETCHES)] : NULL;
}

/* The number of a reason's sketch + 1, made at its first exit; 0 without memory. */
static __always_inline u32 kxt_sketch_of(struct kxt_bpf_slot *s, u32 n, u32 group, u32 kind,
					 u32 one_in)
{
	u32 nr = s->h.nr_sketches;
	struct kvmexit_sketch *sk;
	u32 number;

	n &= 63;
	number = s->p.sketch_of[n][group & 3];
	if (number)
		return number;
	sk = kxt_sketch_at(s, nr);
	if (!sk) {
		struct kxt_bpf_cpu *c = kxt_this_cpu();

		if (c)
			ADD(c->lost_details, 1);
		kxt_wake_keeper(s->p.number);
		return 0;
	}
	sk->entry = n;
	sk->kind = kind;
	sk->one_in = one_in;
	s->p.sketch_of[n][group & 3] = nr + 1;
	ORDER();
	SET(s->h.nr_sketches, nr + 1);
	if ((nr + KXT_BPF_SKETCHES_LOW) % KXT_BPF_PIECE_SKETCHES == 0)
		kxt_wake_keeper(s->p.number);
	return nr + 1;
}

KXT_GLOBAL int kxt_seen_hit(u32 slot, u32 group, u32 kind, u64 key, u32 access)
{
	struct kxt_bpf_slot *s = kxt_slot_at(slot);
	u32 i = group == KXT_GROUP_RIP;
	u32 one_in = i ? 1 << KXT_BPF_RIP_ONE_IN_LOG2 : 1;
	struct kvmexit_sketch *sk;
	u32 number;

	if (!s)
		return 0;
	number = kxt_sketch_of(s, s->p.seen.entry, group, kind, one_in);
	if (!number)
		return 0;
	sk = kxt_sketch_at(s, number - 1);
	if (!sk)
		return 0;
	s->p.seen.sketch[i] = number;
	s->p.seen.way[i] = kxt_sketch_hit(sk, key, access);
	return 0;
}

/* Count what is behind the open exit, once. */
static __always_inline void kxt_seen_count(struct kxt_bpf_slot *s, u32 watch)
{
	struct kxt_bpf_seen *seen = &s->p.seen;

	if (seen->counted)
		return;
	seen->counted = 1;
	if (!(watch & KXT_BPF_WATCH_DETAILS))
		return;
	if (seen->kind)
		kxt_seen_hit(s->p.number, seen->kind == KVMEXIT_KIND_GPA ? KXT_GROUP_GPA :
			     KXT_GROUP_KEY, seen->kind, seen->key, seen->access);
	if (seen->rip && !(bpf_get_prandom_u32() >> (32 - KXT_BPF_RIP_ONE_IN_LOG2)))
		kxt_seen_hit(s->p.number, KXT_GROUP_RIP, KVMEXIT_KIND_RIP, seen->rip, 0);
}

KXT_GLOBAL int kxt_sketch_over(u32 slot, u32 i, u64 ns)
{
	struct kxt_bpf_slot *s = kxt_slot_at(slot);
	struct kvmexit_sketch *sk;
	u32 number, way;

	if (!s)
		return 0;
	number = s->p.seen.sketch[i & 1];
	way = s->p.seen.way[i & 1];
	if (!number)
		return 0;
	sk = kxt_sketch_at(s, number - 1);
	if (sk)
		kxt_sketch_time(sk, way, ns);
	return 0;
}

static __noinline int kxt_event_put(struct kxt_bpf_slot *s, u32 n, const struct kxt_parts *p)
{
	struct kvmexit_entry *e = kxt_entry_at(s, n);
	struct kxt_bpf_seen *seen = &s->p.seen;
	struct kvmexit_event *ev;

	if (kxt_no_ring || !e)
		return 0;
	ev = bpf_ringbuf_reserve(&events, sizeof(*ev), 0);
	if (!ev) {
		struct kxt_bpf_cpu *c = kxt_this_cpu();

		if (c)
			ADD(c->lost_events, 1);
		return 0;
	}
	ev->type = KVMEXIT_EVENT_SLOW;
	ev->cpu = bpf_get_smp_processor_id();
	ev->time_ns = bpf_ktime_get_ns();
	ev->slot = s->p.number;
	ev->generation = s->h.generation;
	ev->pid = s->h.pid;
	ev->tid = s->h.tid;
	ev->vcpu_id = s->h.vcpu_id;
	ev->isa = s->h.isa;
	ev->level = e->level;
	ev->pad0 = 0;
	ev->code = e->code;
	ev->total_ns = p->total;
	ev->idle_ns = p->idle;
	ev->runq_ns = p->runq;
	ev->vmm_ns = p->vmm;
	ev->rip = seen->rip;
	ev->info1 = seen->info1;
	ev->info2 = seen->info2;
	ev->key = seen->key;
	ev->kind = seen->kind;
	ev->access = seen->access;
	ev->lost = 0;
	bpf_ringbuf_submit(ev, 0);
	return 0;
}

/* The exit that began at @mark is over; one from before anybody watched is not known. */
static __noinline int kxt_watch_closed(struct kxt_bpf_slot *s, u32 n, u64 mark,
				       const struct kxt_parts *p)
{
	u64 service = p->total - p->idle;
	u32 watch = control.watch;

	if (s->p.seen.mark != mark)
		return 0;
	kxt_seen_count(s, watch);
	if (watch & KXT_BPF_WATCH_DETAILS) {
		kxt_sketch_over(s->p.number, 0, service);
		kxt_sketch_over(s->p.number, 1, service);
	}
	if (watch & KXT_BPF_WATCH_SLOW && service >= control.over_ns)
		kxt_event_put(s, n, p);
	return 0;
}

static __always_inline void kxt_watch_close(struct kxt_bpf_slot *s, u32 n, u64 mark,
					    const struct kxt_parts *p)
{
	kxt_watch_closed(s, n, mark, p);
}

static __always_inline void kxt_watch_to_vmm(struct kxt_bpf_slot *s)
{
	if (s->p.seen.mark == s->h.mark)
		kxt_seen_count(s, control.watch);
}

#endif /* KXT_BPF_WATCH_H */
