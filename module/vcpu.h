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
 *   - The worker (process context, kxt_slot_lock) takes a slot away by clearing
 *     @vcpu, waits for all probes that could have seen it (they are RCU readers,
 *     because preemption is off), and only then calls it ended, zeroes it or
 *     gives it out again. Slots are freed after the probes were detached.
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

/*
 * A slot in memory: one private page (struct kxt_slot), then the mapped header
 * and the first entries: 32 KiB together. A vCPU that uses up almost all of them
 * gets the remaining entries as a second piece.
 */
#define KXT_BASE_ENTRIES	27
#define KXT_MORE_ENTRIES	(KVMEXIT_MAX_ENTRIES - KXT_BASE_ENTRIES)
#define KXT_BASE_SIZE		\
	(PAGE_SIZE + KVMEXIT_HEADER_SIZE + KXT_BASE_ENTRIES * KVMEXIT_ENTRY_SIZE)
#define KXT_MORE_SIZE		(KXT_MORE_ENTRIES * KVMEXIT_ENTRY_SIZE)
/* Ask for the second piece when fewer entries than this are left. */
#define KXT_ENTRIES_LOW		8

/* Codes 0x000..0x0ff and 0x400..0x4ff find their entry by index. */
#define KXT_INDEX_SIZE		512

/**
 * struct kxt_slot - the private page in front of a slot's mapped pages
 * @vcpu: whose slot it is; NULL when nobody's. Compared, never followed
 * @exits_floor: KVM's own exit counter at the last entry, less one
 * @how: where the exit reason comes from
 * @cap: entries that have memory
 * @index: code to entry number, 0: none yet
 * @entry: entry number to entry
 * @pid: the vCPU's thread; the reference keeps the number from being reused
 * @number: this slot's number
 * @table_at: where in the table it stands, -1 if nowhere
 * @more: the second piece or NULL
 */
struct kxt_slot {
	/* hot: read at every event, @exits_floor is written at every entry */
	struct kvm_vcpu *vcpu;
	u64 exits_floor;
	enum kxt_how how;
	u32 cap;
	u8 index[KXT_INDEX_SIZE];
	struct kvmexit_entry *entry[KVMEXIT_MAX_ENTRIES];
	/* cold */
	struct pid *pid;
	u32 number;
	int table_at;
	void *more;
};

/**
 * struct kxt_cpu - what one CPU remembers
 * @last: slot of the vCPU that ran here last; may have been taken from it since,
 *	so its @vcpu is compared before use
 * @refused: vCPU that was refused a slot here last
 * @refused_epoch: kxt_ready_epoch at that time
 * @lost_exits: exits of vCPUs without a slot
 * @lost_slots: refusals
 *
 * Written by probes on this CPU with preemption off.
 */
struct kxt_cpu {
	struct kxt_slot *last;
	struct kvm_vcpu *refused;
	u64 refused_epoch;
	u64 lost_exits;
	u64 lost_slots;
};

DECLARE_PER_CPU_ALIGNED(struct kxt_cpu, kxt_cpu);

/* The mapped header of a slot lies one page behind the private one. */
static __always_inline struct kvmexit_slot *kxt_header(struct kxt_slot *s)
{
	return (void *)s + PAGE_SIZE;
}

struct kxt_slot *kxt_slot_find(struct kvm_vcpu *vcpu);
struct kxt_slot *kxt_slot_replace(struct kxt_slot *s, struct kvm_vcpu *vcpu);
bool kxt_slot_prepare(struct kxt_slot *s, struct kvm_vcpu *vcpu, u32 isa);
u32 kxt_slot_new_entry(struct kxt_slot *s, u64 code);

/**
 * kxt_slot_get() - the slot of a vCPU
 * @vcpu: the vCPU that this probe is about
 *
 * Probe context, preemption off. Fast path: this CPU's @last. Else a bounded
 * search, and for a new vCPU a slot from the stock.
 *
 * Return: the slot, or NULL if there is none to be had.
 */
static __always_inline struct kxt_slot *kxt_slot_get(struct kvm_vcpu *vcpu)
{
	struct kxt_slot *s = this_cpu_read(kxt_cpu.last);

	if (likely(s && READ_ONCE(s->vcpu) == vcpu))
		return s;
	return kxt_slot_find(vcpu);
}

/**
 * kxt_slot_entry() - number of the entry of a code
 * @s: the vCPU's slot
 * @code: exit reason
 *
 * Probe context, preemption off.
 *
 * Return: entry number; 0, the entry for all others, if there is no room.
 */
static __always_inline u32 kxt_slot_entry(struct kxt_slot *s, u64 code)
{
	u64 i = code;
	u32 n;

	if (i >= KXT_INDEX_SIZE / 2) {
		i -= 0x400 - KXT_INDEX_SIZE / 2;
		if (unlikely(i < KXT_INDEX_SIZE / 2 || i >= KXT_INDEX_SIZE))
			return kxt_slot_new_entry(s, code);
	}
	n = s->index[i];
	return likely(n) ? n : kxt_slot_new_entry(s, code);
}

int kxt_slots_check_param(void);
int kxt_slots_start(void);
void kxt_slots_stop(void);
bool kxt_slots_off(void);
void kxt_slots_info(struct kvmexit_info *info);
struct page *kxt_slots_page(unsigned long pgoff);
unsigned long kxt_slots_map_size(void);

#endif /* KXT_VCPU_H */
