// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "user/reason.h"
#include "user/slot_int.h"
#include "user/stats.h"

/* A stretch of less than this may be missing in one snapshot: the next has it. */
#define SHORT_NS	1000000

enum verdict { TAKEN, EMPTY, CHANGED, NO_MEMORY };

uint64_t kxt_clock_since(const struct kxt_clock *clock, uint64_t mark)
{
	/* As the module does it: ticks may wrap, a difference may be negative. */
	uint64_t ticks = clock->now - mark;

	if ((int64_t)ticks < 0)
		return 0;
	return ((unsigned __int128)ticks * clock->mult) >> clock->shift;
}

/* In this order: the buckets must not pass count, the parts not total_ns. */
static void read_entry(struct kxt_entry *to, const struct kvmexit_entry *from)
{
	for (unsigned int i = 0; i < KVMEXIT_NR_BUCKETS; i++)
		to->hist[i] = LOAD(from->hist[i]);
	LOADS_DONE();
	to->poll_ns = LOAD(from->poll_ns);
	to->idle_ns = LOAD(from->idle_ns);
	to->runq_ns = LOAD(from->runq_ns);
	to->vmm_ns = LOAD(from->vmm_ns);
	LOADS_DONE();
	to->total_ns = LOAD(from->total_ns);
	to->max_ns = LOAD(from->max_ns);
	to->count = LOAD(from->count);
	to->vmm_count = LOAD(from->vmm_count);
	to->code = LOAD(from->code);
	to->hw_flags = LOAD(from->hw_flags);
	to->level = LOAD(from->level);
	to->timed = kxt_hist_sum(to->hist);
	/* Promised not to happen, but "unpaired" must not get negative. */
	if (to->count < to->timed)
		to->count = to->timed;
	to->unpaired = to->count - to->timed;
}

static uint32_t knows(const struct kxt_slot_place *place, uint32_t flags)
{
	return place->knows | (flags & KVMEXIT_SLOT_RUNQ ? KXT_KNOWS_RUNQ : 0) |
	       (flags & KVMEXIT_SLOT_LEVEL ? KXT_KNOWS_LEVEL : 0);
}

/**
 * struct stretch - what the vCPU is in right now
 * @mark: of the slot, as all of these
 * @phase: its phase
 * @open_entry: its open_entry
 * @vmm_mark: its vmm_mark
 */
struct stretch {
	uint64_t mark;
	uint32_t phase;
	uint32_t open_entry;
	uint64_t vmm_mark;
};

static struct stretch read_stretch(const struct kvmexit_slot *slot)
{
	struct stretch s;

	s.mark = LOAD_ACQUIRE(slot->mark);
	s.phase = LOAD_ACQUIRE(slot->phase);
	s.open_entry = LOAD_ACQUIRE(slot->open_entry);
	s.vmm_mark = LOAD_ACQUIRE(slot->vmm_mark);
	return s;
}

static void add_entry(struct kxt_vcpu *v, const struct kvmexit_entry *from)
{
	struct kxt_entry *e = &v->entry[v->nr];

	read_entry(e, from);
	if (e->count || e->total_ns || e->vmm_count)
		v->nr++;
}

/*
 * What the vCPU did last comes last: after it has moved mark it still has to add
 * what ended there to that entry, or to guest_ns, and this gives it the time.
 */
static void read_counters(struct kxt_vcpu *v, const struct kvmexit_slot *slot,
			  uint32_t nr, uint32_t last)
{
	const struct kvmexit_entry *entry = (const void *)(slot + 1);

	v->nr = 0;
	for (uint32_t i = 0; i < nr; i++) {
		if (i != last)
			add_entry(v, &entry[i]);
	}
	if (last < nr)
		add_entry(v, &entry[last]);
	v->kvm_entries = LOAD(slot->entries);
	v->backwards = LOAD(slot->backwards);
	v->guest_ns = LOAD(slot->guest_ns);
}

/* The kernel has a halt to sleep in it; what else it does may turn out later. */
static void add_open(struct kxt_vcpu *v, const struct stretch *s,
		     const struct kvmexit_entry *e, const struct kxt_clock *clock)
{
	uint64_t ns = kxt_clock_since(clock, s->mark);
	struct kxt_open *o = &v->open;

	o->is = true;
	o->code = LOAD(e->code);
	o->level = LOAD(e->level);
	if (s->phase == KVMEXIT_PHASE_VMM) {
		o->vmm_ns = kxt_clock_since(clock, s->vmm_mark);
		if (o->vmm_ns > ns)
			o->vmm_ns = ns;
		o->kernel_ns = ns - o->vmm_ns;
	} else if ((v->knows & KXT_KNOWS_IDLE) &&
		   kxt_reason_class(v->isa, o->code) == KXT_CLASS_HALT) {
		o->idle_ns = ns;
	} else {
		o->kernel_ns = ns;
	}
}

static void add_stretch(struct kxt_vcpu *v, const struct stretch *s,
			const struct kvmexit_entry *entry, uint32_t nr,
			const struct kxt_clock *clock)
{
	if (s->phase == KVMEXIT_PHASE_GUEST)
		v->guest_ns += kxt_clock_since(clock, s->mark);
	else if ((s->phase == KVMEXIT_PHASE_EXIT || s->phase == KVMEXIT_PHASE_VMM) &&
		 s->open_entry < nr)
		add_open(v, s, &entry[s->open_entry], clock);
}

static void drop_last(struct kxt_snapshot *s)
{
	struct kxt_vcpu *v = &s->vcpu[--s->nr];

	free(v->entry);
	free(v->detail);
}

/*
 * The vCPU stores mark before it adds to a counter. So if mark is the same before
 * and after the counters were read, they do not have the stretch that it began.
 * Else they may have it or not: a long one must not be missing, and once mark has
 * moved the next look at the counters sees it in them. False: look again.
 */
static bool read_all(struct kxt_vcpu *v, const struct kvmexit_slot *slot,
		     const struct kxt_clock *clock, bool last_try)
{
	const struct kvmexit_entry *entry = (const void *)(slot + 1);
	struct stretch s = read_stretch(slot);
	uint32_t nr = v->nr;

	read_counters(v, slot, nr, s.open_entry);
	LOADS_DONE();
	if (LOAD(slot->mark) == s.mark) {
		add_stretch(v, &s, entry, nr, clock);
		return true;
	}
	return last_try || s.phase == KVMEXIT_PHASE_UNKNOWN ||
	       kxt_clock_since(clock, s.mark) <= SHORT_NS;
}

static enum verdict read_once(struct kxt_snapshot *s, const struct kxt_slot_place *place,
			      const struct kxt_clock *clock, bool last_try)
{
	const struct kvmexit_slot *slot = place->slot;
	/*
	 * In this order: a new generation is written while the state is FREE. The
	 * other way round a state of the old one and the number of the new one
	 * could meet, and a half-written slot would pass for the new one.
	 */
	uint32_t generation = LOAD_ACQUIRE(slot->generation);
	uint32_t state = LOAD_ACQUIRE(slot->state);
	uint32_t nr = LOAD_ACQUIRE(slot->nr_entries);
	struct kxt_vcpu *v;
	bool whole;

	if (state == KVMEXIT_SLOT_FREE)
		return EMPTY;
	if (nr > KVMEXIT_MAX_ENTRIES)
		return CHANGED;
	v = kxt_snapshot_add(s, nr);
	if (!v)
		return NO_MEMORY;
	v->key = (uint64_t)place->number << 32 | generation;
	v->pid = LOAD(slot->pid);
	v->tid = LOAD(slot->tid);
	v->id = LOAD(slot->vcpu_id);
	v->isa = LOAD(slot->isa);
	v->knows = knows(place, LOAD(slot->flags));
	whole = read_all(v, slot, clock, last_try);
	if (whole && place->detail && kxt_slot_details(v, place, nr))
		return NO_MEMORY;
	LOADS_DONE();
	state = LOAD(slot->state);
	if (!whole || LOAD(slot->generation) != generation ||
	    state == KVMEXIT_SLOT_FREE) {
		drop_last(s);
		return CHANGED;
	}
	v->ended = state == KVMEXIT_SLOT_ENDED;
	/* Nothing goes on there any more, whatever its last event was. */
	if (v->ended) {
		v->guest_ns = LOAD(slot->guest_ns);
		v->open.is = false;
	}
	return TAKEN;
}

int kxt_slot_read(struct kxt_snapshot *s, const struct kxt_slot_place *place,
		  const struct kxt_clock *clock)
{
	for (int i = 0; i < KXT_SLOT_TRIES; i++) {
		switch (read_once(s, place, clock, i == KXT_SLOT_TRIES - 1)) {
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
