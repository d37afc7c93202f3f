// SPDX-License-Identifier: GPL-2.0-only
/*
 * The probes' half of the slots: finding a vCPU's slot, giving out slots and
 * entries. Everything here runs in a probe with preemption off, possibly with
 * interrupts off: it does not sleep, allocate, lock or loop without a bound.
 */
#include <linux/hash.h>
#include <linux/kernel.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/ktime.h>

#include "parts.h"
#include "slots.h"

struct kxt_slot kxt_nobody;

/* Set by kxt_slots_start(): a module's per-CPU data is not relocated. */
DEFINE_PER_CPU_ALIGNED(struct kxt_cpu, kxt_cpu);

/*
 * The table: address to slot, open addressing, eight places a slot. A slot stands
 * in it twice, by its vCPU and by the thread that the vCPU runs in. A place is
 * empty (NULL), taken out (KXT_TABLE_GONE) or a slot. A vCPU is looked for and put
 * in by its own thread only, so no two CPUs put the same one in; different ones
 * that want one place settle it by cmpxchg. Taken out are slots by the worker,
 * which has cleared slot->vcpu before: a place that still has such a slot matches
 * nobody.
 */
struct kxt_slot **kxt_table;
unsigned int kxt_table_bits;

static unsigned int kxt_table_place(const void *key, unsigned int i)
{
	return (hash_ptr(key, kxt_table_bits) + i) & ((1U << kxt_table_bits) - 1);
}

static struct kxt_slot *kxt_table_find(struct kvm_vcpu *vcpu)
{
	unsigned int i;

	for (i = 0; i < KXT_TABLE_REACH; i++) {
		struct kxt_slot *s = READ_ONCE(kxt_table[kxt_table_place(vcpu, i)]);

		if (!s)
			break;
		if (s != KXT_TABLE_GONE && READ_ONCE(s->vcpu) == vcpu)
			return s;
	}
	return NULL;
}

/* Of the vCPUs that a thread runs in turn, the one with the latest event. */
static struct kxt_slot *kxt_table_find_task(struct task_struct *task)
{
	struct kxt_slot *found = NULL;
	unsigned int i;

	for (i = 0; i < KXT_TABLE_REACH; i++) {
		struct kxt_slot *s = READ_ONCE(kxt_table[kxt_table_place(task, i)]);

		if (!s)
			break;
		if (s == KXT_TABLE_GONE || READ_ONCE(s->task) != task ||
		    !READ_ONCE(s->vcpu))
			continue;
		if (!found || (s64)(kxt_header(s)->mark - kxt_header(found)->mark) > 0)
			found = s;
	}
	return found;
}

static int kxt_table_insert(struct kxt_slot *s, const void *key)
{
	unsigned int i;

	for (i = 0; i < KXT_TABLE_REACH; i++) {
		unsigned int at = kxt_table_place(key, i);
		struct kxt_slot *old = READ_ONCE(kxt_table[at]);

		if (old && old != KXT_TABLE_GONE)
			continue;
		if (cmpxchg(&kxt_table[at], old, s) == old)
			return at;
	}
	return -1;
}

/**
 * kxt_table_remove() - take a slot out of the table
 * @s: slot
 * @i: 0: by vCPU, 1: by thread
 *
 * Probe of its vCPU, or the worker when no probe uses the slot any more.
 */
void kxt_table_remove(struct kxt_slot *s, unsigned int i)
{
	int at = READ_ONCE(s->table_at[i]);

	if (at >= 0)
		WRITE_ONCE(kxt_table[at], KXT_TABLE_GONE);
	WRITE_ONCE(s->table_at[i], -1);
}

/*
 * Take a slot from the stock. CPUs begin at different places, so that those
 * that come at once do not fight over one.
 */
static struct kxt_slot *kxt_ready_pop(void)
{
	unsigned int first = smp_processor_id() * 8;
	unsigned int i;

	for (i = 0; i < KXT_READY; i++) {
		struct kxt_slot **place = &kxt_ready[(first + i) % KXT_READY];

		if (READ_ONCE(*place)) {
			struct kxt_slot *s = xchg(place, NULL);

			if (s)
				return s;
		}
	}
	return NULL;
}

static struct kxt_slot *kxt_slot_refuse(struct kvm_vcpu *vcpu, u64 epoch)
{
	this_cpu_write(kxt_cpu.refused, vcpu);
	this_cpu_write(kxt_cpu.refused_epoch, epoch);
	this_cpu_inc(kxt_cpu.lost_slots);
	return NULL;
}

static struct kxt_slot *kxt_slot_bind(struct kvm_vcpu *vcpu)
{
	u64 epoch = READ_ONCE(kxt_ready_epoch);
	struct kvmexit_slot *h;
	struct kxt_slot *s;

	/* Refused before, and nothing was put into the stock since. */
	if (this_cpu_read(kxt_cpu.refused) == vcpu &&
	    this_cpu_read(kxt_cpu.refused_epoch) == epoch)
		return NULL;
	if (kxt_slots_off())
		return kxt_slot_refuse(vcpu, epoch);
	/*
	 * Only who takes one wakes up the worker: if there is none, it has been
	 * woken up before, and waking it at every attempt would keep it busy for
	 * nothing when all slots there may be are in use.
	 */
	s = kxt_ready_pop();
	if (!s)
		return kxt_slot_refuse(vcpu, epoch);
	kxt_slots_kick();

	h = kxt_header(s);
	s->pid = get_pid(task_pid(current));
	h->pid = task_tgid_nr(current);
	h->tid = task_pid_nr(current);
	h->vcpu_id = kxt_kvm_vcpu_id(vcpu);
	h->start_ns = ktime_get_mono_fast_ns();
	if (!KXT_FAULT_RUNQ && kxt_task_has_run_delay(current))
		h->flags |= KVMEXIT_SLOT_RUNQ;
	h->flags |= KVMEXIT_SLOT_LEVEL;
	s->run_delay = kxt_run_delay();
	WRITE_ONCE(s->task, current);
	WRITE_ONCE(s->vcpu, vcpu);
	/* By thread is for kxt_slot_of_current() only: one can do without. */
	s->table_at[0] = kxt_table_insert(s, vcpu);
	s->table_at[1] = kxt_table_insert(s, current);
	if (s->table_at[0] < 0)
		WRITE_ONCE(s->vcpu, NULL);
	/*
	 * Last, because it hands the slot to the worker and to readers. Without a
	 * place in the table it is nobody's at once, and the worker puts it away.
	 */
	smp_store_release(&h->state, KVMEXIT_SLOT_LIVE);
	if (!s->vcpu)
		return kxt_slot_refuse(vcpu, epoch);
	this_cpu_write(kxt_cpu.last, s);
	return s;
}

/**
 * kxt_slot_find() - the slot of a vCPU that was not the last one on this CPU
 * @vcpu: the vCPU that this probe is about
 *
 * Return: its slot, a new one, or NULL if there is none to be had.
 */
struct kxt_slot *kxt_slot_find(struct kvm_vcpu *vcpu)
{
	struct kxt_slot *s = kxt_table_find(vcpu);

	if (!s)
		return kxt_slot_bind(vcpu);
	this_cpu_write(kxt_cpu.last, s);
	return s;
}

/**
 * kxt_slot_of_current() - the slot of the vCPU that this thread runs
 *
 * For tracepoints without a vCPU. Fast path: this CPU's @last; but the thread may
 * have come from another CPU since its vCPU had its last event, or run several
 * vCPUs in turn.
 *
 * Return: the slot, or NULL if it runs none that is known.
 */
struct kxt_slot *kxt_slot_of_current(void)
{
	struct kxt_slot *s = this_cpu_read(kxt_cpu.last);

	if (likely(READ_ONCE(s->task) == current && READ_ONCE(s->vcpu) &&
		   kxt_header(s)->phase == KVMEXIT_PHASE_EXIT))
		return s;
	return kxt_table_find_task(current);
}

/**
 * kxt_slot_follow() - the vCPU is run by another thread now
 * @s: its slot
 *
 * The slot keeps the thread's numbers that it began with.
 */
void kxt_slot_follow(struct kxt_slot *s)
{
	kxt_table_remove(s, 1);
	WRITE_ONCE(s->task, current);
	s->table_at[1] = kxt_table_insert(s, current);
}

/**
 * kxt_slot_replace() - is this still the vCPU that the slot was given to?
 * @s: the slot that @vcpu's address leads to
 * @vcpu: the vCPU, at its entry
 *
 * KVM's counter of exits starts at 0 with the vCPU and grows. Called when it is
 * 0 or went backwards: a new vCPU got the memory of a dead one, unless this is
 * the first event of the slot. (Somebody who clears the counter in debugfs makes
 * the vCPU look new; that costs a slot, but no count.)
 *
 * Return: @s, a new slot, or NULL if there is none to be had.
 */
struct kxt_slot *kxt_slot_replace(struct kxt_slot *s, struct kvm_vcpu *vcpu)
{
	struct kvmexit_slot *h = kxt_header(s);

	if (h->phase == KVMEXIT_PHASE_UNKNOWN)
		return s;
	/* Nobody writes to it any more; the worker puts it away. */
	WRITE_ONCE(s->vcpu, NULL);
	kxt_slot_unusual(s);
	return kxt_slot_bind(vcpu);
}

/**
 * kxt_slot_prepare() - get ready to read the reasons of a vCPU's exits
 * @s: its slot
 * @vcpu: the vCPU, at its first exit
 * @isa: as the tracepoint says
 *
 * Return: false if KVM's memory does not look as it should. Then all of the
 * collection is off, for good: a worker says so in the kernel log.
 */
bool kxt_slot_prepare(struct kxt_slot *s, struct kvm_vcpu *vcpu, u32 isa)
{
	s->how = kxt_exitinfo_prepare(vcpu, isa, &s->regs);
	if (s->how == KXT_HOW_BAD) {
		WRITE_ONCE(s->vcpu, NULL);
		kxt_slots_report_bad();
		return false;
	}
	if (isa == KVMEXIT_ISA_VMX || isa == KVMEXIT_ISA_SVM)
		WRITE_ONCE(kxt_header(s)->isa, isa);
	return true;
}

/*
 * Take a second piece from the stock for a vCPU that has used up the first one. As with
 * slots, only who takes one wakes up the worker. Return: is there room now?
 */
static bool kxt_slot_add_more(struct kxt_slot *s)
{
	struct kvmexit_entry *entries = NULL;
	u32 i;

	if (s->more)
		return false;
	for (i = 0; i < KXT_READY_MORE && !entries; i++) {
		if (READ_ONCE(kxt_ready_more[i]))
			entries = xchg(&kxt_ready_more[i], NULL);
	}
	if (!entries)
		return false;
	kxt_slots_kick();
	for (i = 0; i < KXT_MORE_ENTRIES; i++)
		s->entry[KXT_BASE_ENTRIES + i] = &entries[i];
	WRITE_ONCE(s->cap, KVMEXIT_MAX_ENTRIES);
	/* Before a reader hears of an entry in it, it must be able to map it. */
	smp_store_release(&s->more, entries); /* kxt_slots_page() */
	return true;
}

/**
 * kxt_slot_new_entry() - entry of a code that the index does not lead to
 * @s: the vCPU's slot
 * @code: exit reason
 * @level: nesting level
 *
 * For the first exit of a reason, and when another one had its place in the index.
 * The loop is bounded by KVMEXIT_MAX_ENTRIES.
 *
 * Return: entry number; 0, the entry for all others, if there is no room.
 */
u32 kxt_slot_new_entry(struct kxt_slot *s, u64 code, u32 level)
{
	struct kvmexit_slot *h = kxt_header(s);
	u8 *index = &s->index[kxt_slot_index(code, level > 1)];
	u32 n;

	for (n = KXT_ENTRY_FIRST; n < h->nr_entries; n++) {
		if (s->entry[n]->code == code && s->entry[n]->level == level) {
			*index = n;
			return n;
		}
	}
	if (n >= s->cap && !kxt_slot_add_more(s))
		return KXT_ENTRY_OTHER;
	s->entry[n]->code = code;
	s->entry[n]->level = level;
	*index = n;
	smp_store_release(&h->nr_entries, n + 1); /* for readers */
	return n;
}
