/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Exits and entries are counted here, and who had their time: idle, run queue, VMM,
 * kernel. The rules are those of uapi/kvmexit.h; the module has its own code for them.
 * The including file has defined, besides what bpf_slot.bpf.h wants,
 *
 *	void kxt_watch_close(slot, entry, mark, parts)	an exit is over
 *	void kxt_watch_to_vmm(slot)			it goes to the VMM
 *
 * Both are called only while something is watched. Time is CLOCK_MONOTONIC in ns.
 */
#ifndef KXT_BPF_PARTS_H
#define KXT_BPF_PARTS_H

#include "module/bucket.h"
#include "user/bpf_slot.bpf.h"

/**
 * struct kxt_parts - an exit's latency and what it is made of, in ns
 * @total: latency
 * @idle: blocked or polling in a halt
 * @poll: of it, in halts that ended while polling
 * @runq: runnable, without a CPU
 * @vmm: in user mode
 */
struct kxt_parts {
	u64 total;
	u64 idle;
	u64 poll;
	u64 runq;
	u64 vmm;
};

static void kxt_watch_close(struct kxt_bpf_slot *s, u32 n, u64 mark,
			    const struct kxt_parts *p);
static void kxt_watch_to_vmm(struct kxt_bpf_slot *s);

static __always_inline u64 kxt_min(u64 a, u64 b)
{
	return a < b ? a : b;
}

static __always_inline u64 kxt_elapsed(struct kxt_bpf_slot *s, u64 mark, u64 now)
{
	u64 ns = now - mark;

	if (unlikely((s64)ns < 0)) {
		ADD(s->h.backwards, 1);
		return 0;
	}
	return ns;
}

/* What the programs take themselves; an interrupt in between would not be our time. */
#define KXT_COST_MAX_NS	100000

/* Of this many entries, the one that is timed. Not the first, which is a cold one. */
static __always_inline bool kxt_is_timed(u64 entries)
{
	return (entries & (KXT_BPF_COST_ONE_IN - 1)) == KXT_BPF_COST_ONE_IN / 2;
}

KXT_GLOBAL int kxt_cost(u64 began, u32 entry)
{
	u64 ns = bpf_ktime_get_ns() - began;
	struct kxt_bpf_cpu *c = kxt_this_cpu();

	if (!c || ns > KXT_COST_MAX_NS)
		return 0;
	ADD(c->cost_ns, ns);
	if (entry)
		ADD(c->cost_samples, 1);
	return 0;
}

/* The BPF machine cannot look for the highest bit: without a table it takes fifty steps. */
static __always_inline u32 kxt_bucket_of(u64 ns)
{
	u64 at = ns >> KXT_BPF_NEAR_BUCKET_LOG2;

	if (likely(at < KXT_BPF_NEAR_BUCKETS))
		return kxt_buckets[INDEX(at, KXT_BPF_NEAR_BUCKETS)];
	return kxt_bucket(ns);
}

/* An exit is counted into bucket and sum: its mark has been set for what follows. */
static __always_inline void kxt_count_time(struct kvmexit_entry *e, u64 ns)
{
	u64 b = INDEX(kxt_bucket_of(ns), KVMEXIT_NR_BUCKETS);

	if (ns > e->max_ns)
		SET(e->max_ns, ns);
	ADD(e->hist[b], 1);
}

/* Before the first odd thing about an exit is written down. */
static __always_inline void kxt_odd_begin(struct kxt_bpf_slot *s)
{
	s->p.calm = KXT_BPF_NOT_CALM;
	if (s->p.odd & ~KXT_BPF_ODD_GAP)
		return;
	s->p.early_ns = 0;
	s->p.idle_ns = 0;
	s->p.poll_ns = 0;
	s->p.runq_seen = s->p.run_delay;
}

static __always_inline void kxt_parts_measure(struct kxt_bpf_slot *s, struct kxt_parts *p,
					      u64 mark, u32 phase, u64 now)
{
	bool own = s->p.task == bpf_get_current_pid_tgid();
	u64 delay = kxt_run_delay();

	p->total = kxt_elapsed(s, mark, now);
	p->idle = 0;
	p->poll = 0;
	p->runq = 0;
	p->vmm = 0;
	if (s->p.odd & KXT_BPF_ODD_EARLY)
		p->total += s->p.early_ns;
	if (s->p.odd & KXT_BPF_ODD_IDLE) {
		p->idle = kxt_min(s->p.idle_ns, p->total);
		p->poll = kxt_min(s->p.poll_ns, p->idle);
	}
	/* Another thread's run_delay does not compare. */
	if (own)
		p->runq = kxt_min(delay - s->p.run_delay, p->total - p->idle);
	if (phase == KVMEXIT_PHASE_VMM) {
		u64 not_vmm = own ? delay - s->p.vmm_run_delay : 0;

		if (s->p.odd & KXT_BPF_ODD_IDLE)
			not_vmm += s->p.idle_ns - s->p.vmm_idle_ns;
		p->vmm = kxt_elapsed(s, s->h.vmm_mark, now);
		p->vmm -= kxt_min(p->vmm, not_vmm);
		p->vmm = kxt_min(p->vmm, p->total - p->idle - p->runq);
	}
}

/* In the order that readers rely on: total_ns, its parts, the histogram. */
static __always_inline void kxt_parts_count(struct kxt_bpf_slot *s, u32 n, u64 mark,
					    const struct kxt_parts *p)
{
	struct kvmexit_entry *e = kxt_entry_at(s, n);

	if (!e)
		return;
	ADD(e->total_ns, p->total);
	ADD(e->idle_ns, p->idle);
	ADD(e->poll_ns, p->poll);
	ADD(e->runq_ns, p->runq);
	ADD(e->vmm_ns, p->vmm);
	ORDER();
	if (n == KXT_BPF_ENTRY_SIGNAL)
		return;
	kxt_count_time(e, p->total - p->idle);
	if (control.watch)
		kxt_watch_close(s, n, mark, p);
}

/* What follows is measured from here on, in this thread. */
static __always_inline void kxt_parts_reset(struct kxt_bpf_slot *s)
{
	u64 task = bpf_get_current_pid_tgid();

	s->p.odd &= KXT_BPF_ODD_GAP;
	s->p.run_delay = kxt_run_delay();
	if (unlikely(s->p.task != task))
		kxt_slot_follow(s, task);
}

/* An exit that is not simply the end of a stretch in guest mode. See module/parts.c. */
KXT_GLOBAL int kxt_parts_exit(u32 number, u64 mark, u32 phase, u64 now)
{
	struct kxt_bpf_slot *s = kxt_slot_at(number);
	u64 ns, waited;

	if (!s)
		return 0;
	if (phase != KVMEXIT_PHASE_GUEST) {
		kxt_parts_reset(s);
		return 0;
	}
	ns = kxt_elapsed(s, mark, now);
	waited = kxt_min(kxt_run_delay() - s->p.run_delay, ns);
	ADD(s->h.guest_ns, ns - waited);
	s->p.odd &= KXT_BPF_ODD_GAP;
	kxt_odd_begin(s);
	s->p.early_ns = waited;
	s->p.odd |= KXT_BPF_ODD_EARLY;
	return 0;
}

/* Exits that were counted for this vCPU. */
static __always_inline u64 kxt_counted(struct kxt_bpf_slot *s)
{
	u64 count = 0;
	u32 n;

	for (n = 0; n < KVMEXIT_MAX_ENTRIES; n++) {
		struct kvmexit_entry *e;

		if (n >= s->h.nr_entries)
			break;
		e = kxt_entry_at(s, n);
		if (e)
			count += e->count;
	}
	return count;
}

/*
 * At the first entry after that at which all programs are attached. At any entry KVM's
 * count of exits is ahead of ours by the same number, unless some were missed.
 */
KXT_GLOBAL int kxt_gap_over(u32 number, u64 exits)
{
	struct kxt_bpf_slot *s = kxt_slot_at(number);
	struct kxt_bpf_cpu *c = kxt_this_cpu();
	u64 ahead;

	if (!s || !c)
		return 0;
	ahead = exits - kxt_counted(s);
	if (exits && s->p.ahead_known && (s64)(ahead - s->p.ahead) > 0)
		ADD(c->lost_exits, ahead - s->p.ahead);
	s->p.ahead = ahead;
	s->p.ahead_known = 1;
	s->p.odd &= ~KXT_BPF_ODD_GAP;
	return 0;
}

/*
 * The ways on which programs get to know of the same event: some copies of one at the
 * tracepoint itself, and one that reads the record.
 */
#define KXT_WAY_RECORD	0
#define KXT_WAY_RAW	1

/* An entry that is not simply the end of an exit in the kernel. */
KXT_GLOBAL int kxt_parts_entry(u32 number, u64 mark, u32 phase, u64 now)
{
	struct kxt_bpf_slot *s = kxt_slot_at(number);

	if (!s)
		return 0;
	if (phase >= KVMEXIT_PHASE_EXIT) {
		struct kxt_parts p;

		kxt_parts_measure(s, &p, mark, phase, now);
		kxt_parts_count(s, s->h.open_entry, mark, &p);
	} else if (phase == KVMEXIT_PHASE_UNKNOWN && !control.armed) {
		SET(s->h.phase, KVMEXIT_PHASE_UNKNOWN);
	}
	kxt_parts_reset(s);
	__builtin_memset(s->p.told_wakeup, 0, sizeof(s->p.told_wakeup));
	__builtin_memset(s->p.told_vmm, 0, sizeof(s->p.told_vmm));
	return 0;
}

/* A kvm_exit; returns its entry. */
static __always_inline u32 kxt_exit_event(struct kxt_bpf_slot *s, u64 now, u64 code,
					  u32 flags, u32 level)
{
	u32 n = kxt_entry_of(s, code, level);
	struct kvmexit_entry *e;
	u32 phase = s->h.phase;
	u64 mark = s->h.mark;

	SET(s->h.mark, now);
	SET(s->h.open_entry, n);
	SET(s->h.phase, KVMEXIT_PHASE_EXIT);
	if (likely(phase == KVMEXIT_PHASE_GUEST && kxt_run_delay() == s->p.run_delay))
		ADD(s->h.guest_ns, kxt_elapsed(s, mark, now));
	else
		kxt_parts_exit(s->p.number, mark, phase, now);
	e = kxt_entry_at(s, n);
	if (!e)
		return n;
	if (unlikely(flags))
		e->hw_flags |= flags;
	ADD(e->count, 1);
	if (unlikely(s->p.timed)) {
		s->p.timed = 0;
		kxt_cost(now, 0);
	}
	return n;
}

/* The usual exit: the kernel handled it without losing the CPU. */
static __always_inline void kxt_exit_over(struct kxt_bpf_slot *s, u64 mark, u32 n, u64 now)
{
	struct kvmexit_entry *e = kxt_entry_at(s, n);
	u64 ns = kxt_elapsed(s, mark, now);

	if (!e)
		return;
	ADD(e->total_ns, ns);
	ORDER();
	kxt_count_time(e, ns);
	if (unlikely(control.watch)) {
		struct kxt_parts p = { .total = ns };

		kxt_watch_close(s, n, mark, &p);
	}
}

/* A kvm_entry; @exits is KVM's own count of exits, 0 if it is not known. */
static __always_inline void kxt_entry_event(struct kxt_bpf_slot *s, u64 now, u64 exits)
{
	u32 n = s->h.open_entry;
	u32 phase = s->h.phase;
	u64 mark = s->h.mark;
	u64 entries;

	SET(s->h.mark, now);
	SET(s->h.phase, KVMEXIT_PHASE_GUEST);
	if (likely(phase == KVMEXIT_PHASE_EXIT && !s->p.odd &&
		   kxt_run_delay() == s->p.run_delay)) {
		kxt_exit_over(s, mark, n, now);
	} else {
		kxt_parts_entry(s->p.number, mark, phase, now);
		if (unlikely(s->p.odd & KXT_BPF_ODD_GAP)) {
			/* A new vCPU: all that it does from now on is ours to count. */
			if (!exits)
				s->p.ahead_known = 1;
			if (control.armed)
				kxt_gap_over(s->p.number, exits);
		}
	}
	entries = s->h.entries + 1;
	SET(s->h.entries, entries);
	if (unlikely(kxt_is_timed(entries))) {
		s->p.timed = KXT_BPF_NOT_CALM;
		kxt_cost(now, 1);
	}
}

/*
 * An event has come to us on @way: is it the first time? @told counts what came on each
 * since the last entry that was not simple. There were as many events as came on the way
 * with the most of them, unless all ways were shut in between.
 */
static __always_inline bool kxt_told_first(u32 told[KXT_BPF_WAYS], u32 way)
{
	u32 n = ++told[way];

	for (u32 i = 0; i < KXT_BPF_WAYS; i++) {
		if (i != way && told[i] >= n)
			return false;
	}
	return true;
}

/*
 * The vCPU of this thread has been blocked, or has polled, for @ns. Between the wake-up
 * and its CPU the thread was on a run queue: that is in @ns, but it is not idle time.
 */
static __always_inline void kxt_wakeup_event(u32 way, u64 ns, bool waited)
{
	struct kxt_bpf_slot *s = kxt_slot_of_current();
	u64 delay, runq;

	if (!s || s->h.phase < KVMEXIT_PHASE_EXIT || !kxt_told_first(s->p.told_wakeup, way))
		return;
	kxt_odd_begin(s);
	delay = kxt_run_delay();
	runq = delay - s->p.runq_seen;
	s->p.runq_seen = delay;
	ns -= kxt_min(ns, runq);
	s->p.idle_ns += ns;
	if (!waited)
		s->p.poll_ns += ns;
	s->p.odd |= KXT_BPF_ODD_IDLE;
}

/* KVM_RUN was interrupted: the time from now on is no exit's. */
static __always_inline void kxt_signal(struct kxt_bpf_slot *s, u64 now)
{
	struct kvmexit_entry *e = &s->entry[KXT_BPF_ENTRY_SIGNAL];

	kxt_parts_reset(s);
	s->p.vmm_run_delay = s->p.run_delay;
	s->p.vmm_idle_ns = 0;
	SET(s->h.vmm_mark, now);
	SET(s->h.mark, now);
	SET(s->h.open_entry, KXT_BPF_ENTRY_SIGNAL);
	SET(s->h.phase, KVMEXIT_PHASE_VMM);
	ADD(e->vmm_count, 1);
}

/* From now on the VMM has the open exit. */
static __always_inline void kxt_to_vmm(struct kxt_bpf_slot *s, u64 now)
{
	s->p.vmm_run_delay = kxt_run_delay();
	s->p.vmm_idle_ns = s->p.odd & KXT_BPF_ODD_IDLE ? s->p.idle_ns : 0;
	SET(s->h.vmm_mark, now);
	SET(s->h.phase, KVMEXIT_PHASE_VMM);
	if (control.watch)
		kxt_watch_to_vmm(s);
}

/* KVM_RUN returns to the VMM in this thread, with @error. */
static __always_inline void kxt_userspace_event(u32 way, int error)
{
	struct kxt_bpf_slot *s = kxt_slot_of_current();
	struct kvmexit_entry *e;
	u64 now, mark;
	u32 phase, n;

	if (!s)
		return;
	now = bpf_ktime_get_ns();
	mark = s->h.mark;
	phase = s->h.phase;
	n = s->h.open_entry;
	if (phase == KVMEXIT_PHASE_UNKNOWN || !kxt_told_first(s->p.told_vmm, way))
		return;
	if (phase == KVMEXIT_PHASE_GUEST) {
		/* The entry failed, and no exit will tell. */
		kxt_signal(s, now);
		ADD(s->h.guest_ns, kxt_elapsed(s, mark, now));
	} else if (error == -EINTR && n != KXT_BPF_ENTRY_SIGNAL) {
		struct kxt_parts p;

		kxt_parts_measure(s, &p, mark, phase, now);
		kxt_signal(s, now);
		kxt_parts_count(s, n, mark, &p);
	} else {
		e = kxt_entry_at(s, n);
		if (e)
			ADD(e->vmm_count, 1);
		if (phase == KVMEXIT_PHASE_EXIT)
			kxt_to_vmm(s, now);
	}
}

/* A thread ends: so does the vCPU that it runs. */
static __always_inline void kxt_thread_exit_event(void)
{
	u64 task = bpf_get_current_pid_tgid();
	u32 *number = bpf_map_lookup_elem(&threads, &task);
	struct kxt_bpf_slot *s;

	if (!number)
		return;
	s = kxt_slot_at(*number);
	if (s && s->p.task == task && s->p.vcpu)
		kxt_slot_end(s);
	else
		bpf_map_delete_elem(&threads, &task);
}

#endif /* KXT_BPF_PARTS_H */
