// SPDX-License-Identifier: GPL-2.0-only
/* Runs in probes with preemption off, see parts.c. */
#include "details.h"
#include "events.h"
#include "parts.h"
#include "watch.h"

DEFINE_STATIC_KEY_FALSE(kxt_watched);

/**
 * kxt_watch_exit() - look behind an exit
 * @s: the vCPU's slot
 * @vcpu: the vCPU
 * @entry: entry of the exit's reason
 * @now: when it was, as in the slot's mark
 *
 * At the exit, because what the hardware left is gone by the next entry.
 */
void kxt_watch_exit(struct kxt_slot *s, struct kvm_vcpu *vcpu, u32 entry, u64 now)
{
	struct kxt_seen *seen = &s->seen;

	seen->mark = now;
	seen->sketch[0] = NULL;
	seen->sketch[1] = NULL;
	kxt_exitinfo_read(s->regs, vcpu, s->entry[entry]->code, &seen->info);
	if (kxt_details_on())
		kxt_details_exit(s, entry);
}

/**
 * kxt_watch_close() - the exit is over
 * @s: the vCPU's slot
 * @entry: entry of its reason
 * @mark: when it began; an exit from before anybody watched is not known
 * @p: its latency
 */
void kxt_watch_close(struct kxt_slot *s, u32 entry, u64 mark,
		     const struct kxt_parts *p)
{
	if (s->seen.mark != mark)
		return;
	if (kxt_details_on())
		kxt_details_close(s, p->total - p->idle);
	if (p->total - p->idle >= kxt_events_over())
		kxt_events_put(s, entry, p);
}

/* Out of line, since it needs a stack. */
static noinline void kxt_watch_count(struct kxt_slot *s, u32 entry, u64 mark, u64 ns)
{
	struct kxt_parts p = { .total = ns };

	kxt_watch_close(s, entry, mark, &p);
}

/**
 * kxt_watch_over() - the same, for an exit that was the kernel's alone
 * @s: the vCPU's slot
 * @entry: entry of its reason
 * @mark: when it began
 * @ns: its latency
 */
void kxt_watch_over(struct kxt_slot *s, u32 entry, u64 mark, u64 ns)
{
	if (kxt_details_on() || ns >= kxt_events_over())
		kxt_watch_count(s, entry, mark, ns);
}
