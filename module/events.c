// SPDX-License-Identifier: GPL-2.0-only
#include <linux/cpumask.h>
#include <linux/irq_work.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <linux/wait.h>

#include "events.h"
#include "slots.h"

#define KXT_RING_RECORDS	1024
/* The record at the writer's place may be half written. */
#define KXT_RING_READABLE	(KXT_RING_RECORDS - 1)

/**
 * struct kxt_ring - records of one CPU
 * @head: records written since the ring is there; the next one's place, modulo
 *	KXT_RING_RECORDS
 * @record: the latest of them
 *
 * Written by probes on its CPU, with preemption off: one at a time.
 */
struct kxt_ring {
	u64 head;
	struct kvmexit_event record[KXT_RING_RECORDS] ____cacheline_aligned;
};

/**
 * struct kxt_reader - a file that reads slow exits
 * @list: in kxt_readers
 * @over_ns: its threshold
 * @lock: guards @cpu, @at and @lost
 * @cpu: where the next read begins, so that no CPU is always the last
 * @lost: not told yet
 * @lost_total: since it began
 * @at: by CPU: the next record to read
 */
struct kxt_reader {
	struct list_head list;
	u64 over_ns;
	struct mutex lock;
	unsigned int cpu;
	u64 lost;
	u64 lost_total;
	u64 at[];
};

u64 kxt_events_over_ns = ~0ULL;

/* By CPU. There while there is a reader; probes follow it. */
static struct kxt_ring **kxt_rings;

/* Guards the list and the rings' coming and going. Innermost but for static keys. */
static DEFINE_MUTEX(kxt_events_lock);
static LIST_HEAD(kxt_readers);

static DECLARE_WAIT_QUEUE_HEAD(kxt_events_wait);
/* Somebody sleeps there, or is about to. */
static bool kxt_events_waiting;
static struct irq_work kxt_events_wake;

static void kxt_events_do_wake(struct irq_work *unused)
{
	WRITE_ONCE(kxt_events_waiting, false);
	wake_up_interruptible_poll(&kxt_events_wait, EPOLLIN | EPOLLRDNORM);
}

/**
 * kxt_events_put() - an exit was slow enough for somebody
 * @s: the vCPU's slot
 * @entry: entry of the reason
 * @p: its latency
 *
 * Probe context, preemption off. Touches this CPU's ring; a cache line shared
 * with other CPUs is read, and written only if a reader sleeps.
 */
void kxt_events_put(struct kxt_slot *s, u32 entry, const struct kxt_parts *p)
{
	struct kxt_ring **rings = READ_ONCE(kxt_rings);
	const struct kvmexit_entry *e = s->entry[entry];
	const struct kxt_exitinfo *info = &s->seen.info;
	struct kvmexit_slot *h = kxt_header(s);
	struct kxt_ring *ring;
	u64 head;

	if (!rings)
		return;
	ring = rings[smp_processor_id()];
	head = ring->head;
	ring->record[head % KXT_RING_RECORDS] = (struct kvmexit_event){
		.type = KVMEXIT_EVENT_SLOW,
		.cpu = smp_processor_id(),
		.time_ns = ktime_get_mono_fast_ns(),
		.slot = s->number,
		.generation = h->generation,
		.pid = h->pid,
		.tid = h->tid,
		.vcpu_id = h->vcpu_id,
		.isa = h->isa,
		.level = e->level,
		.code = e->code,
		.total_ns = p->total,
		.idle_ns = p->idle,
		.runq_ns = p->runq,
		.vmm_ns = p->vmm,
		.rip = info->rip,
		.info1 = info->info1,
		.info2 = info->info2,
		.key = info->key,
		.kind = info->kind,
		.access = info->access,
	};
	smp_store_release(&ring->head, head + 1); /* kxt_events_next() */
	/* Against the one in kxt_events_any(): it sees the record, or we it. */
	smp_mb();
	if (READ_ONCE(kxt_events_waiting))
		irq_work_queue(&kxt_events_wake);
}

static void kxt_rings_free(struct kxt_ring **rings)
{
	int cpu;

	if (!rings)
		return;
	for_each_possible_cpu(cpu)
		vfree(rings[cpu]);
	kvfree(rings);
}

static struct kxt_ring **kxt_rings_alloc(void)
{
	struct kxt_ring **rings = kvcalloc(nr_cpu_ids, sizeof(*rings), GFP_KERNEL);
	int cpu;

	if (!rings)
		return NULL;
	for_each_possible_cpu(cpu) {
		rings[cpu] = vzalloc_node(sizeof(*rings[cpu]), cpu_to_node(cpu));
		if (!rings[cpu]) {
			kxt_rings_free(rings);
			return NULL;
		}
	}
	return rings;
}

/* With kxt_events_lock. */
static void kxt_events_lowest(void)
{
	struct kxt_reader *r;
	u64 over = ~0ULL;

	list_for_each_entry(r, &kxt_readers, list)
		over = min(over, r->over_ns);
	WRITE_ONCE(kxt_events_over_ns, over);
}

/**
 * kxt_events_init() - once, before there is a reader
 */
void kxt_events_init(void)
{
	init_irq_work(&kxt_events_wake, kxt_events_do_wake);
}

/**
 * kxt_events_start() - a new reader of slow exits, without a threshold yet
 *
 * The first one brings the rings. Process context, sleeps.
 *
 * Return: the reader, or NULL without memory.
 */
struct kxt_reader *kxt_events_start(void)
{
	struct kxt_reader *r = kvzalloc(struct_size(r, at, nr_cpu_ids), GFP_KERNEL);
	int cpu;

	if (!r)
		return NULL;
	mutex_init(&r->lock);
	r->over_ns = ~0ULL;
	mutex_lock(&kxt_events_lock);
	if (!kxt_rings) {
		struct kxt_ring **rings = kxt_rings_alloc();

		if (!rings) {
			mutex_unlock(&kxt_events_lock);
			kvfree(r);
			return NULL;
		}
		smp_store_release(&kxt_rings, rings); /* kxt_events_put() */
		static_branch_inc(&kxt_watched);
	}
	for_each_possible_cpu(cpu)
		r->at[cpu] = READ_ONCE(kxt_rings[cpu]->head);
	list_add(&r->list, &kxt_readers);
	mutex_unlock(&kxt_events_lock);
	return r;
}

/**
 * kxt_events_stop() - a reader is gone
 * @r: reader; freed
 *
 * The last one takes the rings along. Process context, sleeps.
 */
void kxt_events_stop(struct kxt_reader *r)
{
	struct kxt_ring **rings;

	mutex_lock(&kxt_events_lock);
	list_del(&r->list);
	kxt_events_lowest();
	if (list_empty(&kxt_readers)) {
		static_branch_dec(&kxt_watched);
		rings = kxt_rings;
		WRITE_ONCE(kxt_rings, NULL);
		/* Probes have preemption off: none has the rings after this. */
		synchronize_rcu();
		irq_work_sync(&kxt_events_wake);
		kxt_rings_free(rings);
	}
	mutex_unlock(&kxt_events_lock);
	kvfree(r);
}

/**
 * kxt_events_threshold() - which exits a reader wants
 * @r: reader
 * @ns: least service time; ~0: none
 *
 * Process context, sleeps.
 */
void kxt_events_threshold(struct kxt_reader *r, u64 ns)
{
	mutex_lock(&kxt_events_lock);
	WRITE_ONCE(r->over_ns, ns);
	kxt_events_lowest();
	mutex_unlock(&kxt_events_lock);
}

/*
 * Copy the next record of a CPU that this reader wants; false if there is none, or
 * if some were lost before it. With r->lock; the rings stay, since there is a reader.
 */
static bool kxt_events_next(struct kxt_reader *r, int cpu, struct kvmexit_event *event)
{
	struct kxt_ring *ring = kxt_rings[cpu];
	u64 head = smp_load_acquire(&ring->head); /* kxt_events_put() */
	u64 over = READ_ONCE(r->over_ns);

	while (r->at[cpu] != head) {
		u64 behind;

		*event = ring->record[r->at[cpu] % KXT_RING_RECORDS];
		/* Was it overwritten meanwhile? Then head has moved before that. */
		smp_rmb();
		behind = READ_ONCE(ring->head) - r->at[cpu];
		if (behind > KXT_RING_READABLE) {
			behind -= KXT_RING_READABLE;
			WRITE_ONCE(r->at[cpu], r->at[cpu] + behind);
			WRITE_ONCE(r->lost, r->lost + behind);
			WRITE_ONCE(r->lost_total, r->lost_total + behind);
			return false;
		}
		WRITE_ONCE(r->at[cpu], r->at[cpu] + 1);
		if (event->total_ns - event->idle_ns >= over)
			return true;
	}
	return false;
}

static bool kxt_events_any(struct kxt_reader *r)
{
	bool any = READ_ONCE(r->lost);
	int cpu;

	WRITE_ONCE(kxt_events_waiting, true);
	/* Against the one in kxt_events_put(). */
	smp_mb();
	for_each_possible_cpu(cpu)
		any |= READ_ONCE(kxt_rings[cpu]->head) != READ_ONCE(r->at[cpu]);
	return any;
}

/* Copy what there is. With r->lock. Returns bytes or an error. */
static ssize_t kxt_events_copy(struct kxt_reader *r, char __user *buf, size_t len)
{
	struct kvmexit_event event;
	size_t done = 0;
	unsigned int i;

	for (i = 0; i < nr_cpu_ids && len - done >= sizeof(event); ) {
		unsigned int cpu = (r->cpu + i) % nr_cpu_ids;

		if (r->lost) {
			event = (struct kvmexit_event){
				.type = KVMEXIT_EVENT_LOST, .cpu = cpu, .lost = r->lost,
			};
			WRITE_ONCE(r->lost, 0);
		} else if (!cpu_possible(cpu) || !kxt_events_next(r, cpu, &event)) {
			/* Lost is told before the record that comes after it. */
			if (!r->lost)
				i++;
			continue;
		}
		if (copy_to_user(buf + done, &event, sizeof(event)))
			return -EFAULT;
		done += sizeof(event);
	}
	r->cpu = (r->cpu + i) % nr_cpu_ids;
	return done;
}

/**
 * kxt_events_read() - read(2)
 * @r: reader
 * @buf: where to
 * @len: room there
 * @wait: sleep until there is something
 *
 * Process context, sleeps.
 *
 * Return: bytes, whole records; -EINVAL for too little room, -EAGAIN if there is
 * nothing and @wait is false, -EFAULT, -ERESTARTSYS.
 */
ssize_t kxt_events_read(struct kxt_reader *r, char __user *buf, size_t len, bool wait)
{
	ssize_t ret;

	if (len < sizeof(struct kvmexit_event))
		return -EINVAL;
	for (;;) {
		if (mutex_lock_interruptible(&r->lock))
			return -ERESTARTSYS;
		ret = kxt_events_copy(r, buf, len);
		mutex_unlock(&r->lock);
		if (ret)
			return ret;
		if (!wait)
			return -EAGAIN;
		ret = wait_event_interruptible(kxt_events_wait, kxt_events_any(r));
		if (ret)
			return ret;
	}
}

/**
 * kxt_events_poll() - poll(2)
 * @r: reader
 * @file: its file
 * @wait: table
 *
 * It may say that there is something and read(2) then finds only records below
 * this reader's threshold.
 *
 * Return: EPOLLIN if there is something.
 */
__poll_t kxt_events_poll(struct kxt_reader *r, struct file *file, poll_table *wait)
{
	poll_wait(file, &kxt_events_wait, wait);
	return kxt_events_any(r) ? EPOLLIN | EPOLLRDNORM : 0;
}

/**
 * kxt_events_info() - a reader's own part of KVMEXIT_IOC_INFO
 * @r: reader or NULL
 * @info: filled in part
 */
void kxt_events_info(struct kxt_reader *r, struct kvmexit_info *info)
{
	info->event_size = sizeof(struct kvmexit_event);
	info->slow_ns = r ? READ_ONCE(r->over_ns) : ~0ULL;
	if (r)
		info->lost_events += READ_ONCE(r->lost_total);
}
