// SPDX-License-Identifier: GPL-2.0-only
/*
 * The worker's half of the slots: their memory, the stock of ready ones, and
 * what becomes of them when their vCPU is gone. Process context only, but for
 * the few lines that probes call to wake it up.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/irq_work.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/ktime.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

#include "clock.h"
#include "details.h"
#include "fault.h"
#include "hooks.h"
#include "parts.h"
#include "slots.h"

#define KXT_MAX_VCPUS_LIMIT	65536

static unsigned int max_vcpus = 1024;
module_param(max_vcpus, uint, 0444);
MODULE_PARM_DESC(max_vcpus,
		 "vCPUs of the host that can be counted at once, 1 to 65536 (default 1024); each takes 32 to 68 KiB while it exists");

#define KXT_PERIOD	HZ

struct kxt_slot *kxt_ready[KXT_READY];
u64 kxt_ready_epoch;

/*
 * Guards what follows; taken by the worker, and by who starts, stops or wants details.
 * Inside of it: kxt_hooks_lock.
 */
static DEFINE_MUTEX(kxt_slots_lock);

/*
 * All slots by number. Grows at the end only, from kxt_slots_start() to
 * kxt_slots_stop(): who loads kxt_nr_slots (acquire) may follow the pointers
 * below it.
 */
static struct kxt_slot **kxt_slots;
static u32 kxt_nr_slots;
static u64 kxt_recycled_early;
static u32 kxt_detail_users;

/* Said once: KVM's memory does not look as it should. Never cleared. */
static bool kxt_off, kxt_off_told;

static struct workqueue_struct *kxt_queue;
static void kxt_worker(struct work_struct *work);
static DECLARE_DELAYED_WORK(kxt_work, kxt_worker);

/* Probes run with interrupts off: they cannot queue work but through an irq_work. */
static void kxt_kick_work(struct irq_work *unused)
{
	mod_delayed_work(kxt_queue, &kxt_work, 0);
}

static struct irq_work kxt_kick;

/**
 * kxt_slots_kick() - have the worker look soon
 *
 * Any context, NMI included.
 */
void kxt_slots_kick(void)
{
	irq_work_queue(&kxt_kick);
}

/**
 * kxt_slots_off() - was the collection switched off because of a bad layout?
 *
 * Any context.
 */
bool kxt_slots_off(void)
{
	return READ_ONCE(kxt_off);
}

/**
 * kxt_slots_report_bad() - a probe found KVM's memory not as expected
 *
 * Any context. No slot is given out from now on; the worker detaches the probes.
 */
void kxt_slots_report_bad(void)
{
	WRITE_ONCE(kxt_off, true);
	kxt_slots_kick();
}

/* Put a slot into the stock, or nowhere if that is full. */
static bool kxt_ready_push(struct kxt_slot *s)
{
	u32 i;

	for (i = 0; i < KXT_READY; i++) {
		if (READ_ONCE(kxt_ready[i]))
			continue;
		/* The only one who fills a place is the worker. */
		smp_store_release(&kxt_ready[i], s);
		WRITE_ONCE(kxt_ready_epoch, kxt_ready_epoch + 1);
		return true;
	}
	return false;
}

static u32 kxt_ready_missing(void)
{
	u32 i, missing = 0;

	for (i = 0; i < KXT_READY; i++)
		missing += !READ_ONCE(kxt_ready[i]);
	return missing;
}

/*
 * Take slots away from vCPUs that are gone: their thread has died, or their
 * address belongs to another one (then a probe cleared slot->vcpu); while none is
 * left also from those that are not heard of. They are ended after two grace periods:
 * a vCPU can be handed to another thread, and be in a probe right now, which sets
 * slot->usual, and then in one that has seen that.
 */
static void kxt_slots_end_dead(void)
{
	bool full = kxt_nr_slots == max_vcpus && kxt_ready_missing() == KXT_READY;
	bool some = false;
	u32 i;

	for (i = 0; i < kxt_nr_slots; i++) {
		struct kxt_slot *s = kxt_slots[i];

		/* With kxt_slot_bind(), which sets it last. */
		if (smp_load_acquire(&kxt_header(s)->state) != KVMEXIT_SLOT_LIVE)
			continue;
		if (READ_ONCE(s->vcpu) && !kxt_slot_orphaned(s) &&
		    !(full && kxt_slot_unused(s)))
			continue;
		WRITE_ONCE(s->vcpu, NULL);
		WRITE_ONCE(s->task, NULL);
		s->taken = true;
		some = true;
	}
	if (!some)
		return;
	synchronize_rcu();
	for (i = 0; i < kxt_nr_slots; i++)
		if (kxt_slots[i]->taken)
			kxt_slot_unusual(kxt_slots[i]);
	synchronize_rcu();
	for (i = 0; i < kxt_nr_slots; i++) {
		struct kxt_slot *s = kxt_slots[i];
		struct kvmexit_slot *h = kxt_header(s);

		if (h->state != KVMEXIT_SLOT_LIVE || !s->taken)
			continue;
		kxt_table_remove(s, 0);
		kxt_table_remove(s, 1);
		WRITE_ONCE(h->end_ns, ktime_get_mono_fast_ns());
		smp_store_release(&h->state, KVMEXIT_SLOT_ENDED); /* for readers */
		put_pid(s->pid);
		s->pid = NULL;
	}
}

/*
 * Ended slots go back into the stock when nobody can want them any more, or
 * earlier if all slots there may be are in use.
 */
static void kxt_slots_recycle(u32 missing, u64 min_age)
{
	u64 now = ktime_get_mono_fast_ns();
	u32 i;

	for (i = 0; i < kxt_nr_slots && missing; i++) {
		struct kxt_slot *s = kxt_slots[i];
		struct kvmexit_slot *h = kxt_header(s);
		u64 age = now - h->end_ns;

		if (h->state != KVMEXIT_SLOT_ENDED || (s64)age < (s64)min_age)
			continue;
		if (age < KVMEXIT_LINGER_NS)
			WRITE_ONCE(kxt_recycled_early, kxt_recycled_early + 1);
		kxt_slot_clear(s);
		if (kxt_ready_push(s))
			missing--;
	}
}

static void kxt_slots_refill(void)
{
	u32 missing = kxt_ready_missing();

	if (!missing)
		return;
	kxt_slots_recycle(missing, KVMEXIT_LINGER_NS);
	missing = kxt_ready_missing();
	while (missing && kxt_nr_slots < max_vcpus) {
		struct kxt_slot *s = kxt_slot_alloc(kxt_nr_slots);

		if (!s)
			break;
		/* If it fails, details of its vCPU are lost, and counted as such. */
		if (kxt_detail_users)
			kxt_details_alloc(s);
		kxt_slots[kxt_nr_slots] = s;
		smp_store_release(&kxt_nr_slots, kxt_nr_slots + 1); /* see there */
		kxt_ready_push(s);
		missing--;
		cond_resched();
	}
	if (missing)
		kxt_slots_recycle(missing, KVMEXIT_LINGER_MIN_NS);
}

static void kxt_slots_give_details(void)
{
	u32 i;

	for (i = 0; i < kxt_nr_slots && kxt_detail_users; i++) {
		struct kxt_slot *s = kxt_slots[i];

		if (kxt_details_low(READ_ONCE(kxt_header(s)->nr_sketches), s->sketch_cap))
			kxt_details_alloc(s);
	}
}

/* The kernel stopped trusting the TSC: go over to its own clock. */
static void kxt_slots_change_clock(void)
{
	u32 i;

	kxt_hooks_pause(true);
	kxt_clock_select();
	for (i = 0; i < kxt_nr_slots; i++)
		kxt_parts_begin(kxt_slots[i]);
	kxt_hooks_pause(false);
	pr_info("the kernel calls the TSC unstable, going on with its own clock\n");
}

static void kxt_slots_go_off(void)
{
	if (kxt_off_told)
		return;
	kxt_hooks_pause(true);
	pr_err("KVM's memory is not laid out as this module was built for, collection is off; rebuild kvmexit for this kernel (dkms autoinstall) or update it\n");
	kxt_off_told = true;
}

static void kxt_worker(struct work_struct *work)
{
	mutex_lock(&kxt_slots_lock);
	if (kxt_slots_off()) {
		kxt_slots_go_off();
	} else {
		kxt_slots_refill();
		kxt_more_refill();
		kxt_slots_give_details();
		kxt_slots_end_dead();
		if (!kxt_clock_check())
			kxt_slots_change_clock();
	}
	mutex_unlock(&kxt_slots_lock);
	queue_delayed_work(kxt_queue, &kxt_work, KXT_PERIOD);
}

/**
 * kxt_slots_check_param() - is max_vcpus a number we can work with?
 *
 * Return: 0, or -EINVAL with a message in the kernel log.
 */
int kxt_slots_check_param(void)
{
	if (max_vcpus >= 1 && max_vcpus <= KXT_MAX_VCPUS_LIMIT)
		return 0;
	pr_err("max_vcpus=%u is out of range, use 1 to %u\n", max_vcpus,
	       KXT_MAX_VCPUS_LIMIT);
	return -EINVAL;
}

/**
 * kxt_slots_start() - get a table, a stock of slots and the worker
 *
 * Before the probes are attached. Process context, sleeps.
 *
 * Return: 0 or -ENOMEM.
 */
int kxt_slots_start(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		*per_cpu_ptr(&kxt_cpu, cpu) = (struct kxt_cpu){ .last = &kxt_nobody };
	kxt_table_bits = max(order_base_2(max_vcpus) + 3, 8);
	kxt_table = kvcalloc(1UL << kxt_table_bits, sizeof(*kxt_table), GFP_KERNEL);
	kxt_slots = kvcalloc(max_vcpus, sizeof(*kxt_slots), GFP_KERNEL);
	/* On no CPU in particular: it must not get in the way of a vCPU. */
	kxt_queue = alloc_workqueue("kvmexit", WQ_UNBOUND, 0);
	if (!kxt_table || !kxt_slots || !kxt_queue)
		goto err;
	init_irq_work(&kxt_kick, kxt_kick_work);
	mutex_lock(&kxt_slots_lock);
	kxt_slots_refill();
	mutex_unlock(&kxt_slots_lock);
	if (!kxt_nr_slots)
		goto err;
	kxt_more_refill();
	queue_delayed_work(kxt_queue, &kxt_work, KXT_PERIOD);
	return 0;
err:
	if (kxt_queue)
		destroy_workqueue(kxt_queue);
	kvfree(kxt_table);
	kvfree(kxt_slots);
	return -ENOMEM;
}

/**
 * kxt_slots_stop() - give everything back
 *
 * After kxt_hooks_detach(): no probe runs, and none will. Process context,
 * sleeps.
 */
void kxt_slots_stop(void)
{
	u32 i;

	irq_work_sync(&kxt_kick);
	cancel_delayed_work_sync(&kxt_work);
	destroy_workqueue(kxt_queue);

	memset(kxt_ready, 0, sizeof(kxt_ready));
	kxt_more_free();
	for (i = 0; i < kxt_nr_slots; i++)
		kxt_slot_free(kxt_slots[i]);
	kxt_nr_slots = 0;
	kxt_recycled_early = 0;
	kvfree(kxt_slots);
	kvfree(kxt_table);
}

/**
 * kxt_slots_info() - slots, memory and losses for KVMEXIT_IOC_INFO
 * @info: filled in part
 *
 * The caller holds a kxt_collect_get(). Process context.
 */
void kxt_slots_info(struct kvmexit_info *info)
{
	u32 nr = smp_load_acquire(&kxt_nr_slots); /* kxt_slots_refill() */
	int cpu;
	u32 i;

	info->max_slots = max_vcpus;
	info->nr_slots = nr;
	info->detail_size = KVMEXIT_DETAIL_SIZE;
	info->sketch_size = KVMEXIT_SKETCH_SIZE;
	for (i = 0; i < nr; i++) {
		u32 state = READ_ONCE(kxt_header(kxt_slots[i])->state);

		info->live_slots += state == KVMEXIT_SLOT_LIVE;
		info->ended_slots += state == KVMEXIT_SLOT_ENDED;
		info->memory += kxt_slot_memory(kxt_slots[i]);
	}
	info->memory += kxt_more_memory();
	for_each_possible_cpu(cpu) {
		struct kxt_cpu *c = per_cpu_ptr(&kxt_cpu, cpu);

		info->lost_exits += READ_ONCE(c->lost_exits);
		info->lost_slots += READ_ONCE(c->lost_slots);
		info->lost_events += READ_ONCE(c->lost_details);
		info->cost_samples += READ_ONCE(c->cost_samples);
		info->cost_ns += READ_ONCE(c->cost_ns);
	}
	info->recycled_early = READ_ONCE(kxt_recycled_early);
	if (kxt_details_on())
		info->flags |= KVMEXIT_INFO_DETAILS;
}

/**
 * kxt_slots_want_details() - have details collected
 *
 * The first one takes memory for all vCPUs that are there, and for the stock, so
 * that those to come are complete from their first exit on. The caller holds a
 * kxt_collect_get(). Process context, sleeps. Every success is followed by one
 * kxt_slots_drop_details().
 *
 * Return: 0 or -ENOMEM.
 */
int kxt_slots_want_details(void)
{
	int err = 0;
	u32 i;

	mutex_lock(&kxt_slots_lock);
	if (!kxt_detail_users) {
		for (i = 0; i < kxt_nr_slots && !err; i++) {
			err = kxt_details_alloc(kxt_slots[i]);
			cond_resched();
		}
		if (err) {
			for (i = 0; i < kxt_nr_slots; i++)
				kxt_details_free(kxt_slots[i]);
			goto out;
		}
		kxt_details_enable(true);
	}
	kxt_detail_users++;
out:
	mutex_unlock(&kxt_slots_lock);
	return err;
}

/**
 * kxt_slots_drop_details() - want no more details
 *
 * The last one stops them and gives their memory back: nobody has it mapped, a
 * mapping holds its file open. Process context, sleeps.
 */
void kxt_slots_drop_details(void)
{
	u32 i;

	mutex_lock(&kxt_slots_lock);
	if (!--kxt_detail_users) {
		kxt_details_enable(false);
		for (i = 0; i < kxt_nr_slots; i++)
			kxt_details_free(kxt_slots[i]);
	}
	mutex_unlock(&kxt_slots_lock);
}

/**
 * kxt_slots_map_size() - bytes that can be mapped
 * @details: with the details
 *
 * Return: all slots that may ever exist.
 */
unsigned long kxt_slots_map_size(bool details)
{
	return max_vcpus * (KVMEXIT_SLOT_SIZE +
			    (details ? (unsigned long)KVMEXIT_DETAIL_SIZE : 0));
}

static struct page *kxt_slots_detail_page(unsigned long at)
{
	unsigned long number = at / KVMEXIT_DETAIL_SIZE;

	if (number >= smp_load_acquire(&kxt_nr_slots)) /* kxt_slots_refill() */
		return NULL;
	return kxt_details_page(kxt_slots[number], at % KVMEXIT_DETAIL_SIZE);
}

/**
 * kxt_slots_page() - the page behind a page of the mapping
 * @pgoff: page of the mapping
 * @details: the mapping may go as far as the details
 *
 * The caller holds a kxt_collect_get(): no slot goes away meanwhile. With @details
 * it also holds a kxt_slots_want_details().
 *
 * Return: the page, or NULL if nothing is there (yet).
 */
struct page *kxt_slots_page(unsigned long pgoff, bool details)
{
	unsigned long in_slot = (pgoff << PAGE_SHIFT) % KVMEXIT_SLOT_SIZE;
	unsigned long number = (pgoff << PAGE_SHIFT) / KVMEXIT_SLOT_SIZE;
	unsigned long base = KXT_BASE_SIZE - PAGE_SIZE;
	struct kxt_slot *s;
	struct kvmexit_entry *more;

	if (number >= max_vcpus)
		return details ? kxt_slots_detail_page((pgoff << PAGE_SHIFT) -
						       kxt_slots_map_size(false)) : NULL;
	if (number >= smp_load_acquire(&kxt_nr_slots)) /* kxt_slots_refill() */
		return NULL;
	s = kxt_slots[number];
	if (in_slot < base)
		return vmalloc_to_page((void *)kxt_header(s) + in_slot);
	more = smp_load_acquire(&s->more); /* kxt_slot_add_more() */
	return more ? vmalloc_to_page((void *)more + in_slot - base) : NULL;
}
