// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "user/slot.h"
#include "user/stats.h"

/* The writer does not wait for us; give up rather than chase it. */
#define MAX_TRIES	4

#define LOAD(field)		__atomic_load_n(&(field), __ATOMIC_RELAXED)
#define LOAD_ACQUIRE(field)	__atomic_load_n(&(field), __ATOMIC_ACQUIRE)

enum verdict { TAKEN, EMPTY, CHANGED, NO_MEMORY };

uint64_t kxt_clock_since(const struct kxt_clock *clock, uint64_t mark)
{
	/* As the module does it: ticks may wrap, a difference may be negative. */
	uint64_t ticks = clock->now - mark;

	if ((int64_t)ticks < 0)
		return 0;
	return ((unsigned __int128)ticks * clock->mult) >> clock->shift;
}

static void read_entry(struct kxt_entry *to, const struct kvmexit_entry *from)
{
	for (unsigned int i = 0; i < KVMEXIT_NR_BUCKETS; i++)
		to->hist[i] = LOAD(from->hist[i]);
	/* No load below may come before one above: hist must not pass count. */
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	to->count = LOAD(from->count);
	to->total_ns = LOAD(from->total_ns);
	to->max_ns = LOAD(from->max_ns);
	to->code = LOAD(from->code);
	to->hw_flags = LOAD(from->hw_flags);
	to->level = LOAD(from->level);
	to->timed = kxt_hist_sum(to->hist);
	/* Promised not to happen, but "unpaired" must not get negative. */
	if (to->count < to->timed)
		to->count = to->timed;
	to->unpaired = to->count - to->timed;
}

/**
 * struct guest - what is needed for the guest time of a vCPU
 * @mark: of the slot, as the next two
 * @phase: its phase
 * @ns: its guest_ns
 */
struct guest {
	uint64_t mark;
	uint32_t phase;
	uint64_t ns;
};

static struct guest read_guest(const struct kvmexit_slot *slot)
{
	struct guest g;

	g.mark = LOAD_ACQUIRE(slot->mark);
	g.phase = LOAD_ACQUIRE(slot->phase);
	g.ns = LOAD_ACQUIRE(slot->guest_ns);
	return g;
}

/*
 * Guest time with the stretch that is running. At an exit the vCPU first adds to
 * guest_ns and then moves mark, so a look in between would count the stretch
 * twice. Hence @g is read before the entries and checked after them, which gives
 * the vCPU the time to get to mark. An event in the meantime came after now, so
 * there is then no stretch that ends now.
 */
static uint64_t guest_ns(const struct kvmexit_slot *slot, const struct guest *g,
			 const struct kxt_clock *clock)
{
	if (LOAD_ACQUIRE(slot->mark) != g->mark)
		return LOAD(slot->guest_ns);
	if (g->phase != KVMEXIT_PHASE_GUEST)
		return g->ns;
	return g->ns + kxt_clock_since(clock, g->mark);
}

static enum verdict read_once(struct kxt_snapshot *s, const struct kvmexit_slot *slot,
			      uint32_t number, const struct kxt_clock *clock)
{
	const struct kvmexit_entry *entry = (const void *)(slot + 1);
	/*
	 * In this order: a new generation is written while the state is FREE. The
	 * other way round a state of the old one and the number of the new one
	 * could meet, and a half-written slot would pass for the new one.
	 */
	uint32_t generation = LOAD_ACQUIRE(slot->generation);
	uint32_t state = LOAD_ACQUIRE(slot->state);
	uint32_t nr = LOAD_ACQUIRE(slot->nr_entries);
	struct kxt_vcpu *v;
	unsigned int used = 0;
	struct guest guest;

	if (state == KVMEXIT_SLOT_FREE)
		return EMPTY;
	if (nr > KVMEXIT_MAX_ENTRIES)
		return CHANGED;
	v = kxt_snapshot_add(s, nr);
	if (!v)
		return NO_MEMORY;
	guest = read_guest(slot);
	for (unsigned int i = 0; i < nr; i++) {
		read_entry(&v->entry[used], &entry[i]);
		if (v->entry[used].count)
			used++;
	}
	v->nr = used;
	v->key = (uint64_t)number << 32 | generation;
	v->pid = LOAD(slot->pid);
	v->tid = LOAD(slot->tid);
	v->id = LOAD(slot->vcpu_id);
	v->isa = LOAD(slot->isa);
	v->guest_ns = guest_ns(slot, &guest, clock);
	v->kvm_entries = LOAD(slot->entries);
	v->backwards = LOAD(slot->backwards);
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	state = LOAD(slot->state);
	if (LOAD(slot->generation) != generation || state == KVMEXIT_SLOT_FREE) {
		free(v->entry);
		s->nr--;
		return CHANGED;
	}
	v->ended = state == KVMEXIT_SLOT_ENDED;
	/* Nothing runs there any more, whatever its last event was. */
	if (v->ended)
		v->guest_ns = LOAD(slot->guest_ns);
	return TAKEN;
}

int kxt_slot_read(struct kxt_snapshot *s, const void *mem, uint32_t number,
		  const struct kxt_clock *clock)
{
	for (int i = 0; i < MAX_TRIES; i++) {
		switch (read_once(s, mem, number, clock)) {
		case CHANGED:
			continue;
		case NO_MEMORY:
			return -1;
		default:
			return 0;
		}
	}
	return 0;
}
