/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Slots: whose is it, and which entry has a reason. The including file has defined
 *
 *	u64 kxt_run_delay(void)		how long this thread has waited for CPUs, in ns
 *	u32 kxt_slot_flags(void)	KVMEXIT_SLOT_* of a new slot
 *	u32 kxt_vcpu_id(u64 vcpu)	KVM's number of a vCPU
 *
 * A slot is written by programs in its vCPU's thread only, so there is one writer at a
 * time. The structs kxt_bpf_cpu and kxt_bpf_last are this CPU's; kernels that let programs
 * be preempted can mix up two of them on one CPU, which costs a look into the hash, or a
 * count of @lost_*.
 */
#ifndef KXT_BPF_SLOT_H
#define KXT_BPF_SLOT_H

#include "user/bpf_maps.bpf.h"

#define KXT_NO_SLOT	(~0U)

/* The entry @n of a slot that has it. NULL is for the verifier, or out of memory. */
static __noinline struct kvmexit_entry *kxt_entry_more(u32 number, u32 n)
{
	u32 chunk = number / KXT_BPF_CHUNK;
	u32 at = number % KXT_BPF_CHUNK;
	void *map = bpf_map_lookup_elem(&more, &chunk);
	struct kxt_bpf_more *m = map ? bpf_map_lookup_elem(map, &at) : NULL;

	return m ? &m->entry[INDEX(n, KXT_BPF_MORE_ENTRIES)] : NULL;
}

static __always_inline struct kvmexit_entry *kxt_entry_at(struct kxt_bpf_slot *s, u32 n)
{
	if (likely(n < KXT_BPF_BASE_ENTRIES))
		return &s->entry[INDEX(n, KXT_BPF_BASE_ENTRIES)];
	return kxt_entry_more(s->p.number, n - KXT_BPF_BASE_ENTRIES);
}

/* A thread runs a vCPU that it has not run before, or not the last time. */
static __always_inline void kxt_slot_follow(struct kxt_bpf_slot *s, u64 task)
{
	u32 number = s->p.number;
	u64 old = s->p.task;

	if (old != task) {
		u32 *its = bpf_map_lookup_elem(&threads, &old);

		if (its && *its == number)
			bpf_map_delete_elem(&threads, &old);
	}
	s->p.task = task;
	bpf_map_update_elem(&threads, &task, &number, BPF_ANY);
}

/* Nobody writes to it any more; the keeper puts it away after a while. */
static __always_inline void kxt_slot_end(struct kxt_bpf_slot *s)
{
	u64 vcpu = s->p.vcpu;
	u64 task = s->p.task;
	u32 *its;

	its = bpf_map_lookup_elem(&vcpus, &vcpu);
	if (its && *its == s->p.number)
		bpf_map_delete_elem(&vcpus, &vcpu);
	its = bpf_map_lookup_elem(&threads, &task);
	if (its && *its == s->p.number)
		bpf_map_delete_elem(&threads, &task);
	SET(s->p.vcpu, 0);
	SET(s->h.end_ns, bpf_ktime_get_ns());
	ORDER();
	SET(s->h.state, KVMEXIT_SLOT_ENDED);
}

static __always_inline u32 kxt_slot_refuse(struct kxt_bpf_cpu *c, u64 vcpu, u64 epoch)
{
	c->refused = vcpu;
	c->refused_epoch = epoch;
	ADD(c->lost_slots, 1);
	return KXT_NO_SLOT;
}

/* Give a vCPU a slot out of the stock. */
static __noinline u32 kxt_slot_bind(u64 vcpu)
{
	u64 task = bpf_get_current_pid_tgid();
	struct kxt_bpf_cpu *c = kxt_this_cpu();
	u64 epoch = control.epoch;
	struct kxt_bpf_slot *s;
	u32 number;

	if (!c)
		return KXT_NO_SLOT;
	/* Refused before, and nothing was put into the stock since. */
	if (c->refused == vcpu && c->refused_epoch == epoch)
		return KXT_NO_SLOT;
	if (bpf_map_pop_elem(&ready, &number)) {
		kxt_wake_keeper(KXT_NO_SLOT);
		return kxt_slot_refuse(c, vcpu, epoch);
	}
	__sync_fetch_and_add(&control.taken, 1);
	kxt_wake_keeper(number);
	s = kxt_slot_at(number);
	if (!s)
		return kxt_slot_refuse(c, vcpu, epoch);
	s->p.task = task;
	s->h.pid = task >> 32;
	s->h.tid = (u32)task;
	s->h.vcpu_id = kxt_vcpu_id(vcpu);
	s->h.start_ns = bpf_ktime_get_ns();
	s->h.flags = kxt_slot_flags();
	s->p.run_delay = kxt_run_delay();
	SET(s->p.vcpu, vcpu);
	if (bpf_map_update_elem(&vcpus, &vcpu, &number, BPF_ANY)) {
		kxt_slot_end(s);
		return kxt_slot_refuse(c, vcpu, epoch);
	}
	/* By thread is for kxt_slot_of_current() only: one can do without. */
	bpf_map_update_elem(&threads, &task, &number, BPF_ANY);
	ORDER();
	SET(s->h.state, KVMEXIT_SLOT_LIVE);
	SET(kxt_last()->number, number);
	return number;
}

/* Of a vCPU that was not the last one on this CPU. */
static __noinline u32 kxt_slot_find(u64 vcpu)
{
	u32 *number = bpf_map_lookup_elem(&vcpus, &vcpu);
	u64 task = bpf_get_current_pid_tgid();
	struct kxt_bpf_slot *s;

	if (!number)
		return kxt_slot_bind(vcpu);
	s = kxt_slot_at(*number);
	if (!s || s->p.vcpu != vcpu)
		return KXT_NO_SLOT;
	/* The thread may run several vCPUs in turn: this is its latest. */
	kxt_slot_follow(s, task);
	SET(kxt_last()->number, *number);
	return *number;
}

/* The same for one that is known, but may not be the last one on this CPU. */
static __always_inline void kxt_slot_came(struct kxt_bpf_slot *s)
{
	u32 number = s->p.number;

	if (likely(kxt_last()->number == number))
		return;
	kxt_slot_follow(s, bpf_get_current_pid_tgid());
	SET(kxt_last()->number, number);
}

/* An exit of a vCPU that has no slot. */
static __noinline int kxt_lost_exit(void)
{
	struct kxt_bpf_cpu *c = kxt_this_cpu();

	if (c)
		ADD(c->lost_exits, 1);
	return 0;
}

/*
 * The slot of a vCPU; NULL if there is none to be had. Fast path: the vCPU that ran
 * here last.
 */
static __always_inline struct kxt_bpf_slot *kxt_slot_get(u64 vcpu)
{
	struct kxt_bpf_slot *s = kxt_slot_at(kxt_last()->number);
	u32 number;

	if (likely(s && s->p.vcpu == vcpu))
		return s;
	number = kxt_slot_find(vcpu);
	return number == KXT_NO_SLOT ? NULL : kxt_slot_at(number);
}

/* The slot of the vCPU that this thread runs, for tracepoints without a vCPU. */
static __always_inline struct kxt_bpf_slot *kxt_slot_of_current(void)
{
	u64 task = bpf_get_current_pid_tgid();
	struct kxt_bpf_slot *s = kxt_slot_at(kxt_last()->number);
	u32 *number;

	if (likely(s && s->p.task == task && s->p.vcpu &&
		   s->h.phase == KVMEXIT_PHASE_EXIT))
		return s;
	number = bpf_map_lookup_elem(&threads, &task);
	if (!number)
		return NULL;
	s = kxt_slot_at(*number);
	return s && s->p.task == task && s->p.vcpu ? s : NULL;
}

/*
 * For the first exit of a reason, and for every one of the rare codes outside of the
 * index.
 */
KXT_GLOBAL u32 kxt_entry_new(u32 number, u64 code, u32 level)
{
	struct kxt_bpf_slot *s = kxt_slot_at(number);
	struct kvmexit_entry *e;
	u64 i = code;
	u32 nr, n;

	if (!s)
		return KXT_BPF_ENTRY_OTHER;
	nr = s->h.nr_entries;
	for (n = KXT_BPF_ENTRY_FIRST; n < KVMEXIT_MAX_ENTRIES; n++) {
		if (n >= nr)
			break;
		e = kxt_entry_at(s, n);
		if (e && e->code == code && e->level == level)
			return n;
	}
	if (n >= KVMEXIT_MAX_ENTRIES)
		return KXT_BPF_ENTRY_OTHER;
	if (n + 1 + KXT_BPF_ENTRIES_LOW > KXT_BPF_BASE_ENTRIES &&
	    n + 1 <= KXT_BPF_BASE_ENTRIES)
		kxt_wake_keeper(number);
	e = kxt_entry_at(s, n);
	if (!e)
		return KXT_BPF_ENTRY_OTHER;
	e->code = code;
	e->level = level;
	if (i >= KXT_BPF_INDEX_SIZE / 2)
		i -= 0x400 - KXT_BPF_INDEX_SIZE / 2;
	if (i < KXT_BPF_INDEX_SIZE && (code < 0x100 || code >= 0x400))
		s->p.index[INDEX(i + (level > 1 ? KXT_BPF_INDEX_SIZE : 0),
				 2 * KXT_BPF_INDEX_SIZE)] = n;
	ORDER();
	SET(s->h.nr_entries, n + 1);
	return n;
}

/* Number of the entry of a code; 0, the one of all others, if there is no room. */
static __always_inline u32 kxt_entry_of(struct kxt_bpf_slot *s, u64 code, u32 level)
{
	u64 i = code;
	u32 n;

	if (unlikely(i >= KXT_BPF_INDEX_SIZE / 2)) {
		i -= 0x400 - KXT_BPF_INDEX_SIZE / 2;
		if (i < KXT_BPF_INDEX_SIZE / 2 || i >= KXT_BPF_INDEX_SIZE)
			return kxt_entry_new(s->p.number, code, level);
	}
	if (level > 1)
		i += KXT_BPF_INDEX_SIZE;
	n = s->p.index[INDEX(i, 2 * KXT_BPF_INDEX_SIZE)];
	return likely(n != KXT_BPF_NO_ENTRY) ? n : kxt_entry_new(s->p.number, code, level);
}

#endif /* KXT_BPF_SLOT_H */
