/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One slot a vCPU: where the probes count. Looked up by the vCPU's address
 * without a lock, given out of a stock that a worker keeps filled.
 *
 * Who may touch what:
 *
 *   - A bound slot is written by the probes of its vCPU only. A vCPU runs in one
 *     thread at a time and probes run with preemption off, so there is one
 *     writer at a time, and the scheduler orders the writers of different CPUs.
 *   - The worker (process context, kxt_slots_lock) takes a slot away by clearing
 *     @vcpu, waits for all probes that could have seen it (they are RCU readers,
 *     because preemption is off), does the same with @usual, which they could have
 *     set, and only then calls it ended, zeroes it or gives it out again. Slots are
 *     freed after the probes were detached.
 *   - Readers see the pages through their read-only mapping at any time.
 */
#ifndef KXT_VCPU_H
#define KXT_VCPU_H

#include <linux/cache.h>
#include <linux/mm_types.h>
#include <linux/percpu.h>
#include <linux/types.h>

#include "exitinfo.h"
#include "uapi/kvmexit.h"
#include "watch.h"

/*
 * A slot in memory: one private page (struct kxt_slot), then the mapped header
 * and the first entries: 32 KiB together. A vCPU that has used up all of them takes the
 * remaining entries as a second piece out of a stock.
 */
#define KXT_BASE_ENTRIES	27
#define KXT_MORE_ENTRIES	(KVMEXIT_MAX_ENTRIES - KXT_BASE_ENTRIES)
#define KXT_BASE_SIZE		\
	(PAGE_SIZE + KVMEXIT_HEADER_SIZE + KXT_BASE_ENTRIES * KVMEXIT_ENTRY_SIZE)
#define KXT_MORE_SIZE		(KXT_MORE_ENTRIES * KVMEXIT_ENTRY_SIZE)

/*
 * The low byte of a code leads to its entry: one half of the index for exits of the
 * guest, one for those of a guest of it (level 2). Codes with the same low byte take
 * turns, so what is there is held against the code. SVM's nested page fault (0x400)
 * and its reads of CR0 are the only two of note, and the latter come while a guest
 * boots.
 */
#define KXT_INDEX_SIZE		256
#define KXT_INDEX_LEVELS	2

/*
 * The entries that every slot has from the start: for all codes without one of their
 * own, and for KVMEXIT_CODE_SIGNAL, which thus always has one.
 */
#define KXT_ENTRY_OTHER		0
#define KXT_ENTRY_SIGNAL	1
#define KXT_ENTRY_FIRST		2

/* Sketches come in pieces of memory, the first one with the first details. */
#define KXT_PIECE_SKETCHES	16
#define KXT_PIECE_SIZE		(KXT_PIECE_SKETCHES * KVMEXIT_SKETCH_SIZE)
#define KXT_PIECES		(KVMEXIT_MAX_SKETCHES / KXT_PIECE_SKETCHES)
/* Ask for another piece when fewer sketches than this are left. */
#define KXT_SKETCHES_LOW	4

/* The probes' own time is measured at one in so many exits and entries. */
#define KXT_COST_ONE_IN		1024

/**
 * enum kxt_due - which probe is to be timed
 * @KXT_DUE_NOTHING: none, wait for kxt_slot.sample
 * @KXT_DUE_EXIT: the exit's
 * @KXT_DUE_ENTRY: that of the entry after it
 */
enum kxt_due {
	KXT_DUE_NOTHING,
	KXT_DUE_EXIT,
	KXT_DUE_ENTRY,
};

/**
 * struct kxt_slot - the private page in front of a slot's mapped pages
 * @usual: @vcpu if its next event can be counted in the usual way of probe.c, that is
 *	without a look at @odd, @how, @due and the clock; else NULL. Set by @vcpu's
 *	probes, cleared by whoever changes one of these, or @vcpu
 * @sample: entries until the probes' own time is measured
 * @vcpu: whose slot it is; NULL when nobody's. Compared, never followed
 * @task: the thread that the vCPU runs in; NULL when nobody's. The same
 * @exits_floor: KVM's own exit counter at the last entry that was not a usual one,
 *	less one
 * @run_delay: the thread's run_delay when the current stretch began
 * @odd: what is not simple about the open exit, see parts.c; 0 mostly
 * @how: where the exit reason comes from
 * @due: which probe is timed next
 * @cost_ns: what the exit's probe took, if the entry's is
 * @index: low byte of a code to the number of the entry that had it last
 * @entry: entry number to entry
 * @cap: entries that have memory
 * @regs: where the rest of an exit's facts comes from
 * @ahead: by how much KVM's count of exits is ahead of ours, at any entry
 * @ahead_known: that is known
 * @early_ns: time of the open exit before its kvm_exit
 * @idle_ns: idle time in the open exit
 * @poll_ns: the polled part of it
 * @runq_seen: run_delay at the last wake-up
 * @vmm_run_delay: run_delay when the VMM got the open exit
 * @vmm_idle_ns: @idle_ns at that time
 * @seen: what is behind the open exit
 * @random: state of the sampling generator
 * @sketch_cap: sketches that have memory
 * @piece: their memory
 * @sketch_of: entry number and group to sketch number + 1, 0: none yet
 * @pid: the vCPU's thread when it got the slot; the reference keeps the number
 *	from being reused
 * @number: this slot's number
 * @table_at: where in the table it stands, -1 if nowhere: by vCPU, by thread
 * @taken: the worker is about to end it
 * @more: the second piece or NULL
 */
struct kxt_slot {
	/* hot: read at every event; @sample written at every entry */
	struct kvm_vcpu *usual;
	u32 sample;
	u8 index[KXT_INDEX_LEVELS * KXT_INDEX_SIZE];
	struct kvmexit_entry *entry[KVMEXIT_MAX_ENTRIES];
	/* the vCPU's probes, when an event is not a usual one */
	struct kvm_vcpu *vcpu;
	struct task_struct *task;
	u64 exits_floor;
	u64 run_delay;
	u32 odd;
	enum kxt_how how;
	enum kxt_due due;
	u64 cost_ns;
	u32 cap;
	enum kxt_regs regs;
	u64 ahead;
	bool ahead_known;
	u64 early_ns;
	u64 idle_ns;
	u64 poll_ns;
	u64 runq_seen;
	u64 vmm_run_delay;
	u64 vmm_idle_ns;
	struct kxt_seen seen;
	u32 random;
	u32 sketch_cap;
	struct kvmexit_sketch *piece[KXT_PIECES];
	u8 sketch_of[KVMEXIT_MAX_ENTRIES][3];
	/* cold */
	struct pid *pid;
	u32 number;
	int table_at[2];
	bool taken;
	struct kvmexit_entry *more;
};

/**
 * struct kxt_cpu - what one CPU remembers
 * @last: slot of the vCPU that ran here last, kxt_nobody at first; may have been
 *	taken from it since, so its @vcpu is compared before use
 * @refused: vCPU that was refused a slot here last
 * @refused_epoch: kxt_ready_epoch at that time
 * @lost_exits: exits of vCPUs without a slot
 * @lost_slots: refusals
 * @lost_details: details without a sketch
 * @cost_samples: exits whose probes were timed
 * @cost_ns: what their probes took
 *
 * Written by probes on this CPU with preemption off.
 */
struct kxt_cpu {
	struct kxt_slot *last;
	struct kvm_vcpu *refused;
	u64 refused_epoch;
	u64 lost_exits;
	u64 lost_slots;
	u64 lost_details;
	u64 cost_samples;
	u64 cost_ns;
};

DECLARE_PER_CPU_ALIGNED(struct kxt_cpu, kxt_cpu);

/* A slot that is no vCPU's and no thread's, ever. */
extern struct kxt_slot kxt_nobody;

/* The mapped header of a slot lies one page behind the private one. */
static __always_inline struct kvmexit_slot *kxt_header(struct kxt_slot *s)
{
	return (void *)s + PAGE_SIZE;
}

struct kxt_slot *kxt_slot_find(struct kvm_vcpu *vcpu);
struct kxt_slot *kxt_slot_of_current(void);
void kxt_slot_follow(struct kxt_slot *s);
struct kxt_slot *kxt_slot_replace(struct kxt_slot *s, struct kvm_vcpu *vcpu);
bool kxt_slot_prepare(struct kxt_slot *s, struct kvm_vcpu *vcpu, u32 isa);
u32 kxt_slot_new_entry(struct kxt_slot *s, u64 code, u32 level);

static inline struct kvmexit_sketch *kxt_slot_sketch(struct kxt_slot *s, u32 n)
{
	return &s->piece[n / KXT_PIECE_SKETCHES][n % KXT_PIECE_SKETCHES];
}

/**
 * kxt_slot_get() - the slot of a vCPU
 * @vcpu: the vCPU that this probe is about
 * @s: result
 *
 * Probe context, preemption off. Fast path: this CPU's @last. Else a bounded
 * search, and for a new vCPU a slot from the stock.
 *
 * Return: true, or false if there is none to be had.
 */
static __always_inline bool kxt_slot_get(struct kvm_vcpu *vcpu, struct kxt_slot **s)
{
	*s = this_cpu_read(kxt_cpu.last);
	if (likely(READ_ONCE((*s)->vcpu) == vcpu))
		return true;
	*s = kxt_slot_find(vcpu);
	return *s;
}

/* Where in the index a code's entry stands. */
static __always_inline unsigned long kxt_slot_index(u64 code, u32 nested)
{
	unsigned long i = (u8)code;

	if (unlikely(nested)) {
		i += KXT_INDEX_SIZE;
		OPTIMIZER_HIDE_VAR(i); /* a jump never taken is less than a cmov */
	}
	return i;
}

/* The vCPU's next event is not a usual one, or not this slot's. Any context. */
static inline void kxt_slot_unusual(struct kxt_slot *s)
{
	WRITE_ONCE(s->usual, NULL);
}

/**
 * kxt_slot_entry() - number of the entry of a code
 * @s: the vCPU's slot
 * @code: exit reason
 * @nested: as kxt_kvm_nested() says
 *
 * Probe context, preemption off.
 *
 * Return: entry number; 0, the entry for all others, if there is no room.
 */
static __always_inline u32 kxt_slot_entry(struct kxt_slot *s, u64 code, u32 nested)
{
	u32 n = s->index[kxt_slot_index(code, nested)];

	if (likely(s->entry[n]->code == code))
		return n;
	return kxt_slot_new_entry(s, code, nested ? 2 : 1);
}

int kxt_slots_check_param(void);
int kxt_slots_start(void);
void kxt_slots_stop(void);
bool kxt_slots_off(void);
void kxt_slots_info(struct kvmexit_info *info);
int kxt_slots_want_details(void);
void kxt_slots_drop_details(void);
struct page *kxt_slots_page(unsigned long pgoff, bool details);
unsigned long kxt_slots_map_size(bool details);

#endif /* KXT_VCPU_H */
