// SPDX-License-Identifier: GPL-2.0-only
/* One exit of a made-up host: how long it takes, who has the time. */
#include "user/fake.h"

uint64_t kxt_fake_share(uint64_t value, uint64_t of, uint64_t whole)
{
	return (unsigned __int128)value * of / whole;
}

uint64_t kxt_fake_active(const struct fake_life *l, uint64_t now)
{
	uint64_t to = now < l->end ? now : l->end;
	uint64_t stop = to < l->stop ? to : l->stop;

	if (to <= l->begin)
		return 0;
	return (stop > l->begin ? stop - l->begin : 0) + (to > l->go ? to - l->go : 0);
}

uint64_t kxt_fake_count(const struct fake_life *l, const struct fake_reason *r,
			uint64_t now)
{
	return kxt_fake_share(kxt_fake_active(l, now), (uint64_t)r->rate * l->weight,
			      1000 * FAKE_SEC);
}

uint32_t kxt_fake_level(const struct fake *f, const struct fake_life *l,
			const struct fake_reason *r)
{
	if (!(f->knows & KXT_KNOWS_LEVEL))
		return 0;
	return r >= l->reason + l->nr_reasons - l->nested ? 2 : 1;
}

/* Of the exit at @rank of 1000, shortest first. */
static uint64_t latency(const struct fake_reason *r, unsigned int rank)
{
	static const unsigned int at[5] = { 0, 500, 900, 990, 1000 };
	unsigned int i = 1;

	while (rank >= at[i])
		i++;
	return r->ns[i - 1] + (uint64_t)(r->ns[i] - r->ns[i - 1]) * (rank - at[i - 1]) /
	       (at[i] - at[i - 1]);
}

/* What it takes to put a vCPU to sleep and to wake it up, more for a deep sleep. */
static uint64_t asleep(uint64_t ns)
{
	uint64_t service = 900 + ns / 200;

	return ns > service ? ns - service : 0;
}

/*
 * Halts sleep, and short ones poll; most I/O and all MMIO goes to the VMM, where
 * NPF can be MMIO, too; slow interrupts and pauses found the CPU taken.
 */
struct fake_exit kxt_fake_exit(uint32_t knows, enum kxt_class class,
			       const struct fake_reason *r, unsigned int rank)
{
	struct fake_exit e = { .total_ns = latency(r, rank) };

	switch (class) {
	case KXT_CLASS_HALT:
		e.idle_ns = asleep(e.total_ns);
		e.poll_ns = rank < 100 ? e.idle_ns : 0;
		break;
	case KXT_CLASS_IO:
		e.vmm_ns = rank % 4 ? e.total_ns * 7 / 10 : 0;
		break;
	case KXT_CLASS_MMIO:
		e.vmm_ns = e.total_ns * 3 / 4;
		break;
	case KXT_CLASS_PAGE_FAULT:
		e.vmm_ns = rank >= 900 ? e.total_ns / 2 : 0;
		break;
	case KXT_CLASS_INTERRUPT:
		e.runq_ns = rank >= 980 ? e.total_ns * 7 / 8 : 0;
		break;
	case KXT_CLASS_PAUSE:
		e.runq_ns = rank >= 900 ? e.total_ns * 3 / 4 : 0;
		break;
	default:
		break;
	}
	if (!(knows & KXT_KNOWS_IDLE))
		e.idle_ns = e.poll_ns = 0;
	if (!(knows & KXT_KNOWS_RUNQ))
		e.runq_ns = 0;
	if (!(knows & KXT_KNOWS_VMM))
		e.vmm_ns = 0;
	return e;
}
