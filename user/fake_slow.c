// SPDX-License-Identifier: GPL-2.0-only
/* The slow exits of a made-up host: one of its exits every now and then. */
#include "user/fake.h"

#define STEP_NS		(FAKE_SEC / 5)

/* A vCPU that is at work then, another one each time. */
static const struct fake_life *pick_life(const struct fake *f, uint64_t k)
{
	uint64_t now = k * STEP_NS;

	for (unsigned int i = 0; i < f->nr; i++) {
		const struct fake_life *l = &f->life[(k * 7 + i) % f->nr];

		if (l->nr_reasons && now >= l->begin && now < l->end && now < l->forget &&
		    (now < l->stop || now >= l->go))
			return l;
	}
	return NULL;
}

/* What the hardware says about it, where that is plain. */
static void add_info(struct kvmexit_event *e)
{
	bool read = e->access & KVMEXIT_ACCESS_READ;

	switch (e->kind) {
	case KVMEXIT_KIND_PORT:
		e->info1 = e->key << 16 | (e->isa == KVMEXIT_ISA_SVM ? 1 << 4 | read :
					   (uint64_t)read << 3);
		break;
	case KVMEXIT_KIND_MSR:
		e->info1 = e->isa == KVMEXIT_ISA_SVM && !read;
		break;
	case KVMEXIT_KIND_GPA:
	case KVMEXIT_KIND_MMIO:
		e->info1 = e->access & KVMEXIT_ACCESS_WRITE ? 2 : 0;
		e->info2 = e->key;
		break;
	default:
		break;
	}
}

/* Number @k since counting began; false if it is not slow enough. */
static bool make_event(const struct fake *f, uint64_t k, struct kvmexit_event *e)
{
	const struct fake_life *l = pick_life(f, k);
	const struct fake_reason *r;
	struct fake_exit exit;

	if (!l)
		return false;
	r = &l->reason[k * 5 % l->nr_reasons];
	exit = kxt_fake_exit(f->knows, kxt_reason_class(l->isa, r->code), r,
			     990 + k * 3 % 10);
	if (f->slow_ns == UINT64_MAX || exit.total_ns - exit.idle_ns < f->slow_ns)
		return false;
	*e = (struct kvmexit_event) {
		.type = KVMEXIT_EVENT_SLOW,
		.cpu = k % 4,
		.time_ns = FAKE_BOOT_NS + k * STEP_NS,
		.slot = l->slot,
		.generation = l->generation,
		.pid = l->pid,
		.tid = l->tid,
		.vcpu_id = l->id,
		.isa = l->isa,
		.level = kxt_fake_level(f, l, r),
		.code = r->code,
		.total_ns = exit.total_ns,
		.idle_ns = exit.idle_ns,
		.runq_ns = exit.runq_ns,
		.vmm_ns = exit.vmm_ns,
	};
	e->rip = kxt_fake_key(l->isa, r->code, e);
	add_info(e);
	return true;
}

void kxt_fake_slow_begin(struct fake *f)
{
	f->slow_next = f->now / STEP_NS + 1;
}

unsigned int kxt_fake_slow(struct fake *f, struct kvmexit_event *event, unsigned int max,
			   uint64_t *lost)
{
	unsigned int nr = 0;

	while (nr < max && f->slow_next * STEP_NS <= f->now) {
		uint64_t k = f->slow_next++;

		if (!make_event(f, k, &event[nr]))
			continue;
		if (f->lost_slow && k % f->lost_slow == 0)
			++*lost;
		else
			nr++;
	}
	return nr;
}
