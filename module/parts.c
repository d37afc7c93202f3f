// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs in probes with preemption off, in the vCPU's own thread: it touches that
 * vCPU's slot (private page, header, one entry), this CPU's struct kxt_cpu and
 * the thread's sched_info. It does not sleep, allocate, lock, or loop without a
 * bound.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>

#include "bucket.h"
#include "parts.h"

/* What a slot remembers of the exit that is open: kxt_slot.odd */
#define KXT_ODD_EARLY	BIT(0) /* @early_ns of it had gone before kvm_exit */
#define KXT_ODD_IDLE	BIT(1) /* it has slept or polled */
#define KXT_ODD_GAP	BIT(2) /* not all was seen before: see kxt_parts_begin() */

/* All probes are attached. Written by hooks.c. */
static bool kxt_parts_armed;

/**
 * kxt_parts_arm() - can a vCPU's state be followed from now on?
 * @on: all probes are attached
 *
 * While they are being attached an entry can be seen and the exit after it missed:
 * a vCPU that then sleeps would seem to be in guest mode for ever.
 */
void kxt_parts_arm(bool on)
{
	WRITE_ONCE(kxt_parts_armed, on);
}

/* Before the first odd thing about an exit is written down. */
static void kxt_odd_begin(struct kxt_slot *s)
{
	if (s->odd & ~KXT_ODD_GAP)
		return;
	s->early_ns = 0;
	s->idle_ns = 0;
	s->poll_ns = 0;
	s->runq_seen = s->run_delay;
}

static void kxt_parts_measure(struct kxt_slot *s, struct kxt_parts *p, u64 mark,
			      u32 phase, u64 now)
{
	struct kvmexit_slot *h = kxt_header(s);
	u64 delay = kxt_run_delay();

	*p = (struct kxt_parts){ .total = kxt_elapsed(h, mark, now) };
	if (s->odd & KXT_ODD_EARLY)
		p->total += s->early_ns;
	if (s->odd & KXT_ODD_IDLE) {
		p->idle = min(s->idle_ns, p->total);
		p->poll = min(s->poll_ns, p->idle);
	}
	/* Another thread's run_delay does not compare. */
	if (likely(s->task == current))
		p->runq = min(delay - s->run_delay, p->total - p->idle);
	if (phase == KVMEXIT_PHASE_VMM) {
		u64 not_vmm = 0;

		if (likely(s->task == current))
			not_vmm += delay - s->vmm_run_delay;
		if (s->odd & KXT_ODD_IDLE)
			not_vmm += s->idle_ns - s->vmm_idle_ns;
		p->vmm = kxt_elapsed(h, h->vmm_mark, now);
		p->vmm -= min(p->vmm, not_vmm);
		p->vmm = min(p->vmm, p->total - p->idle - p->runq);
	}
}

/*
 * An exit is over. The mark has been set for what follows; the order of the
 * rest is the one that readers rely on, too: total_ns, its parts, the histogram.
 */
static void kxt_parts_count(struct kxt_slot *s, u32 entry, u64 mark,
			    const struct kxt_parts *p)
{
	struct kvmexit_entry *e = s->entry[entry];
	u64 service = p->total - p->idle;

	kxt_add(&e->total_ns, p->total);
	if (p->idle)
		kxt_add(&e->idle_ns, p->idle);
	if (p->poll)
		kxt_add(&e->poll_ns, p->poll);
	if (p->runq)
		kxt_add(&e->runq_ns, p->runq);
	if (p->vmm)
		kxt_add(&e->vmm_ns, p->vmm);
	if (entry == KXT_ENTRY_SIGNAL)
		return;
	if (service > e->max_ns)
		WRITE_ONCE(e->max_ns, service);
	kxt_add(&e->hist[kxt_bucket(service)], 1);
	if (static_branch_unlikely(&kxt_watched))
		kxt_watch_close(s, entry, mark, p);
}

/* Exits that were counted for this vCPU. Bounded by KVMEXIT_MAX_ENTRIES. */
static u64 kxt_parts_counted(struct kxt_slot *s)
{
	u64 count = 0;
	u32 n;

	for (n = 0; n < kxt_header(s)->nr_entries; n++)
		count += s->entry[n]->count;
	return count;
}

/**
 * kxt_parts_begin() - the vCPU's events are seen from now on, but not the last ones
 * @s: slot of a new vCPU, or of one whose events were not seen for a while
 *
 * With kxt_slots_lock, while no probe uses the slot.
 */
void kxt_parts_begin(struct kxt_slot *s)
{
	WRITE_ONCE(kxt_header(s)->phase, KVMEXIT_PHASE_UNKNOWN);
	s->odd = KXT_ODD_GAP;
	kxt_slot_unusual(s);
}

/*
 * At the first entry after that at which all probes are attached. At any entry
 * KVM's count of exits is ahead of ours by the same number, unless some were missed.
 */
static void kxt_parts_gap_over(struct kxt_slot *s, struct kvm_vcpu *vcpu)
{
	u64 ahead = kxt_kvm_exits(vcpu) - kxt_parts_counted(s);

	if (s->ahead_known && (s64)(ahead - s->ahead) > 0)
		this_cpu_add(kxt_cpu.lost_exits, ahead - s->ahead);
	s->ahead = ahead;
	s->ahead_known = true;
	s->odd &= ~KXT_ODD_GAP;
}

/* What follows is measured from here on, in this thread. */
static void kxt_parts_reset(struct kxt_slot *s)
{
	s->odd &= KXT_ODD_GAP;
	s->run_delay = kxt_run_delay();
	if (unlikely(s->task != current))
		kxt_slot_follow(s);
}

/**
 * kxt_parts_exit() - an exit that is not simply the end of a stretch in guest mode
 * @s: the vCPU's slot
 * @mark: of the stretch that ended
 * @phase: of that stretch
 * @now: the exit
 *
 * On a preemptible kernel the thread can lose its CPU after the hardware's exit
 * and before kvm_exit: that is not guest time, but the beginning of this exit.
 * An exit after an exit (one that KVM handled and entered again without a word)
 * leaves the first one unpaired.
 */
void kxt_parts_exit(struct kxt_slot *s, u64 mark, u32 phase, u64 now)
{
	struct kvmexit_slot *h = kxt_header(s);
	u64 ns, waited;

	if (phase != KVMEXIT_PHASE_GUEST) {
		kxt_parts_reset(s);
		return;
	}
	ns = kxt_elapsed(h, mark, now);
	waited = min(kxt_run_delay() - s->run_delay, ns);
	kxt_add(&h->guest_ns, ns - waited);
	s->odd &= KXT_ODD_GAP;
	kxt_odd_begin(s);
	s->early_ns = waited;
	s->odd |= KXT_ODD_EARLY;
}

/**
 * kxt_parts_entry() - an entry that is not simply the end of an exit in the kernel
 * @s: the vCPU's slot
 * @vcpu: the vCPU; s->vcpu is not to be followed, as the worker can clear it
 * @mark: of the stretch that ended
 * @phase: of that stretch
 * @entry: of its exit
 * @now: the entry
 */
void kxt_parts_entry(struct kxt_slot *s, struct kvm_vcpu *vcpu, u64 mark, u32 phase,
		     u32 entry, u64 now)
{
	if (phase >= KVMEXIT_PHASE_EXIT) {
		struct kxt_parts p;

		kxt_parts_measure(s, &p, mark, phase, now);
		kxt_parts_count(s, entry, mark, &p);
	} else if (phase == KVMEXIT_PHASE_UNKNOWN && !READ_ONCE(kxt_parts_armed)) {
		WRITE_ONCE(kxt_header(s)->phase, KVMEXIT_PHASE_UNKNOWN);
		/* A new vCPU: all that it does from now on is ours to count. */
		if (!kxt_kvm_exits(vcpu))
			s->ahead_known = true;
	}
	if (unlikely(s->odd & KXT_ODD_GAP) && READ_ONCE(kxt_parts_armed))
		kxt_parts_gap_over(s, vcpu);
	kxt_parts_reset(s);
}

/**
 * kxt_parts_wakeup() - the vCPU of this thread has been blocked, or has polled
 * @ns: for how long
 * @waited: it was blocked; else it only polled
 *
 * Between the wake-up and its CPU the thread was on a run queue: that is in @ns,
 * but it is not idle time.
 */
void kxt_parts_wakeup(u64 ns, bool waited)
{
	struct kxt_slot *s = kxt_slot_of_current();
	u64 delay, runq;

	if (!s || kxt_header(s)->phase < KVMEXIT_PHASE_EXIT)
		return;
	kxt_odd_begin(s);
	delay = kxt_run_delay();
	runq = delay - s->runq_seen;
	s->runq_seen = delay;
	ns -= min(ns, runq);
	s->idle_ns += ns;
	if (!waited)
		s->poll_ns += ns;
	s->odd |= KXT_ODD_IDLE;
	kxt_slot_unusual(s);
}

/* From now on the VMM has the open exit. */
static void kxt_parts_to_vmm(struct kxt_slot *s, u64 now)
{
	struct kvmexit_slot *h = kxt_header(s);

	s->vmm_run_delay = kxt_run_delay();
	s->vmm_idle_ns = s->odd & KXT_ODD_IDLE ? s->idle_ns : 0;
	kxt_slot_unusual(s);
	WRITE_ONCE(h->vmm_mark, now);
	WRITE_ONCE(h->phase, KVMEXIT_PHASE_VMM);
}

/* KVM_RUN was interrupted: the time from now on is no exit's. */
static void kxt_parts_signal(struct kxt_slot *s, u64 now)
{
	struct kvmexit_slot *h = kxt_header(s);

	kxt_parts_reset(s);
	kxt_slot_unusual(s);
	s->vmm_run_delay = s->run_delay;
	s->vmm_idle_ns = 0;
	WRITE_ONCE(h->vmm_mark, now);
	kxt_mark_exit(h, now, KVMEXIT_PHASE_VMM, KXT_ENTRY_SIGNAL);
	kxt_add(&s->entry[KXT_ENTRY_SIGNAL]->vmm_count, 1);
}

/**
 * kxt_parts_userspace() - KVM_RUN returns to the VMM in this thread
 * @error: what it returns
 */
void kxt_parts_userspace(int error)
{
	struct kxt_slot *s = kxt_slot_of_current();
	struct kvmexit_slot *h;
	struct kxt_parts p;
	u64 now, mark;
	u32 phase, entry;

	if (!s)
		return;
	now = kxt_clock();
	h = kxt_header(s);
	mark = h->mark;
	phase = h->phase;
	entry = h->open_entry;

	if (phase == KVMEXIT_PHASE_UNKNOWN)
		return;
	if (phase == KVMEXIT_PHASE_GUEST) {
		/* The entry failed, and no exit will tell. */
		kxt_parts_signal(s, now);
		kxt_add(&h->guest_ns, kxt_elapsed(h, mark, now));
	} else if (error == -EINTR && entry != KXT_ENTRY_SIGNAL) {
		kxt_parts_measure(s, &p, mark, phase, now);
		kxt_parts_signal(s, now);
		kxt_parts_count(s, entry, mark, &p);
	} else {
		kxt_add(&s->entry[entry]->vmm_count, 1);
		if (phase == KVMEXIT_PHASE_EXIT)
			kxt_parts_to_vmm(s, now);
	}
}
