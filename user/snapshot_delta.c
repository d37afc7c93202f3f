// SPDX-License-Identifier: GPL-2.0-only
/* What happened between two snapshots. */
#include <stdlib.h>
#include <string.h>

#include "module/bucket.h"
#include "user/detail_list.h"
#include "user/snapshot_int.h"
#include "user/stats.h"

/* @hint: where it mostly is: vCPUs get entries, but never lose or exchange any. */
static const struct kxt_entry *find_entry(const struct kxt_vcpu *v,
					  const struct kxt_entry *like, unsigned int hint)
{
	if (!v || v->nr == 0)
		return NULL;
	if (hint < v->nr && kxt_entry_order(like, &v->entry[hint]) == 0)
		return &v->entry[hint];
	return bsearch(like, v->entry, v->nr, sizeof(*v->entry), kxt_entry_compare);
}

/*
 * Counters only grow, so one that shrank tells that the whole vCPU was counted
 * anew; taking only that one from zero would mix two lives. Guest time and the
 * open exit do not count as evidence: what is running is measured on another CPU.
 * Here all but the histogram is looked at: that is when it is subtracted.
 */
static bool entry_went_back(const struct kxt_entry *from, const struct kxt_entry *to)
{
	return to->count < from->count || to->timed < from->timed ||
	       to->total_ns < from->total_ns || to->max_ns < from->max_ns ||
	       to->idle_ns < from->idle_ns || to->poll_ns < from->poll_ns ||
	       to->runq_ns < from->runq_ns || to->vmm_ns < from->vmm_ns ||
	       to->vmm_count < from->vmm_count;
}

static bool vcpu_went_back(const struct kxt_vcpu *from, const struct kxt_vcpu *to)
{
	return to->kvm_entries < from->kvm_entries || to->backwards < from->backwards;
}

/**
 * struct split - where the time of an entry in a window went
 * @runq: waiting for a CPU
 * @kernel: in the kernel
 * @vmm: in the VMM
 * @idle: in a halt
 *
 * Signed, because an open exit is subtracted as what it looked like; wide, so that
 * no counter, however wrong, makes it overflow.
 */
struct split {
	__int128 runq, kernel, vmm, idle;
};

static void split_add(struct split *s, const struct kxt_entry *e, int sign)
{
	s->runq += sign * (__int128)e->runq_ns;
	s->vmm += sign * (__int128)e->vmm_ns;
	s->idle += sign * (__int128)e->idle_ns;
	s->kernel += sign * ((__int128)e->total_ns - e->runq_ns - e->vmm_ns - e->idle_ns);
}

static void split_add_open(struct split *s, const struct kxt_open *o, int sign)
{
	s->kernel += sign * (__int128)o->kernel_ns;
	s->vmm += sign * (__int128)o->vmm_ns;
	s->idle += sign * (__int128)o->idle_ns;
}

static uint64_t open_ns(const struct kxt_open *o)
{
	return o->idle_ns + o->kernel_ns + o->vmm_ns;
}

/*
 * What an exit was taken for while it was open is negative now if it was
 * something else: then that something has it, too. A thread that waits for a CPU
 * looks like every other, so run queue time is where it is sought first.
 */
static void settle(struct kxt_entry *out, struct split *s)
{
	__int128 *const part[] = { &s->runq, &s->kernel, &s->vmm, &s->idle };
	const unsigned int nr = sizeof(part) / sizeof(part[0]);
	__int128 missing = 0;

	for (unsigned int i = 0; i < nr; i++) {
		if (*part[i] < 0) {
			missing -= *part[i];
			*part[i] = 0;
		}
	}
	for (unsigned int i = 0; i < nr; i++) {
		__int128 take = *part[i] < missing ? *part[i] : missing;

		*part[i] -= take;
		missing -= take;
	}
	out->runq_ns = s->runq;
	out->vmm_ns = s->vmm;
	out->idle_ns = s->idle;
	out->total_ns = s->runq + s->kernel + s->vmm + s->idle;
	if (out->poll_ns > out->idle_ns)
		out->poll_ns = out->idle_ns;
}

static bool is_of(const struct kxt_open *o, const struct kxt_entry *e)
{
	return o->is && o->code == e->code && o->level == e->level;
}

/**
 * struct ends - one vCPU at both ends of the window
 * @from: earlier; NULL: from zero
 * @to: later
 * @window_ns: between them
 */
struct ends {
	const struct kxt_vcpu *from, *to;
	uint64_t window_ns;
};

/*
 * Is what had elapsed of an exit that was open at the beginning in the counters
 * by now, or in the exit that is open at the end? Not if it never ended, because
 * its vCPU did: then no counter has it. An exit that has been open for longer than
 * the window is the same one. (Not: for longer than it was at the beginning. The
 * rate of the collector's clock is adjusted, which can make it seem shorter.)
 */
static bool is_settled(const struct ends *v, const struct kxt_entry *from,
		       const struct kxt_entry *to)
{
	if (to->total_ns > (from ? from->total_ns : 0) ||
	    to->timed > (from ? from->timed : 0))
		return true;
	return is_of(&v->to->open, to) && open_ns(&v->to->open) > v->window_ns;
}

/* Time of the entry in the window, the open exits in it. */
static void time_delta(struct kxt_entry *out, const struct ends *v,
		       const struct kxt_entry *from, const struct kxt_entry *to)
{
	struct split s = { .runq = 0 };

	split_add(&s, to, 1);
	if (from)
		split_add(&s, from, -1);
	if (is_of(&v->to->open, to))
		split_add_open(&s, &v->to->open, 1);
	if (v->from && is_of(&v->from->open, to) &&
	    is_settled(v, from, to))
		split_add_open(&s, &v->from->open, -1);
	settle(out, &s);
}

static uint64_t max_delta(const struct kxt_entry *from, const struct kxt_entry *to, int top)
{
	uint64_t edge = top < 0 ? 0 : kxt_bucket_high(top);

	if (to->max_ns > from->max_ns)
		return to->max_ns;
	return edge < from->max_ns ? edge : from->max_ns;
}

/*
 * Without a branch for each, several an instruction: no bucket of a collector gets to
 * 2^63, so the highest bit of a difference is its sign. Returns true if one shrank.
 * @out is either @from or apart from it.
 */
static bool hist_delta(uint64_t *out, const uint64_t *from, const uint64_t *to)
{
	uint64_t less = 0;

#pragma GCC ivdep
	for (unsigned int i = 0; i < KVMEXIT_NR_BUCKETS; i++) {
		uint64_t n = to[i] - from[i];

		out[i] = n;
		less |= n;
	}
	return less >> 63;
}

/* Of the window; -1 if it is empty. No exit took longer than @max_ns. */
static int highest_bucket(const uint64_t *hist, uint64_t max_ns)
{
	int top = (int)kxt_bucket(max_ns);

	while (top >= 0 && !hist[top])
		top--;
	return top;
}

/**
 * enum change - what an entry did in a window
 * @NONE: nothing
 * @SOME: it got on
 * @BACK: it was counted anew
 */
enum change { NONE, SOME, BACK };

/* @from is NULL for an entry that was not there; else @out may be the same entry. */
static enum change entry_delta(struct kxt_entry *out, const struct ends *v,
			       const struct kxt_entry *from, const struct kxt_entry *to)
{
	struct kxt_entry was;
	int top = -1;

	if (!from) {
		*out = *to;
		time_delta(out, v, from, to);
		return SOME;
	}
	if (entry_went_back(from, to))
		return BACK;
	memcpy(&was, from, offsetof(struct kxt_entry, hist));
	memcpy(out, to, offsetof(struct kxt_entry, hist));
	if (hist_delta(out->hist, from->hist, to->hist))
		return BACK;
	out->count -= was.count;
	out->timed -= was.timed;
	out->unpaired = (int64_t)((uint64_t)out->unpaired - (uint64_t)was.unpaired);
	out->poll_ns -= was.poll_ns;
	out->vmm_count -= was.vmm_count;
	if (out->timed)
		top = highest_bucket(out->hist, to->max_ns);
	out->max_ns = max_delta(&was, to, top);
	time_delta(out, v, &was, to);
	return out->count || out->timed || out->total_ns || out->vmm_count ? SOME : NONE;
}

/* The entry of an exit that is open, if no counter of it has anything yet. */
static bool open_delta(struct kxt_entry *out, const struct ends *v)
{
	const struct kxt_open *open = &v->to->open;
	struct kxt_entry nothing = { .code = open->code, .level = open->level };

	if (!open->is || find_entry(v->to, &nothing, 0))
		return false;
	*out = nothing;
	time_delta(out, v, NULL, &nothing);
	return out->total_ns != 0;
}

/*
 * False: the vCPU was counted anew. One pass, for it is memory that takes the time. The
 * entries of @out may be those of the earlier end: all before the one that is looked at
 * are of codes that are not sought any more.
 */
static bool entries_delta(struct kxt_vcpu *out, const struct ends *v)
{
	unsigned int nr = 0, found = 0;

	for (unsigned int i = 0; i < v->to->nr; i++) {
		const struct kxt_entry *to = &v->to->entry[i];
		const struct kxt_entry *from = find_entry(v->from, to, i);

		found += from != NULL;
		switch (entry_delta(&out->entry[nr], v, from, to)) {
		case BACK:
			return false;
		case SOME:
			nr++;
			break;
		case NONE:
			break;
		}
	}
	/* What is counted on stays. */
	if (v->from && found < v->from->nr)
		return false;
	if (open_delta(&out->entry[nr], v)) {
		nr++;
		qsort(out->entry, nr, sizeof(*out->entry), kxt_entry_compare);
	}
	out->nr = nr;
	return true;
}

static void head_delta(struct kxt_vcpu *out, const struct ends *v)
{
	struct kxt_entry *entry = out->entry;

	*out = *v->to;
	out->entry = entry;
	out->nr = 0;
	out->detail = NULL;
	out->nr_details = 0;
	out->open = (struct kxt_open){ .is = false };
	if (!v->from)
		return;
	/* A running stretch can seem to shrink by a hair. */
	out->guest_ns = out->guest_ns > v->from->guest_ns ?
			out->guest_ns - v->from->guest_ns : 0;
	out->kvm_entries -= v->from->kvm_entries;
	out->backwards -= v->from->backwards;
}

/*
 * @take: @from, if its entries may become those of the delta, else NULL. Here as there is
 * room for one more than there are, for the open exit.
 */
static int vcpu_delta(struct kxt_snapshot *out, struct kxt_vcpu *take,
		      const struct kxt_vcpu *from, const struct kxt_vcpu *to)
{
	struct ends v = { from, to, out->now_ns - out->start_ns };
	struct kxt_vcpu *d;

	if (take && take->nr != to->nr)
		take = NULL;
	d = take ? kxt_snapshot_add_bare(out) : kxt_snapshot_add_raw(out, to->nr);
	if (!d)
		return -1;
	if (take)
		d->entry = take->entry;
	if (from && vcpu_went_back(from, to))
		v.from = NULL;
	head_delta(d, &v);
	if (!entries_delta(d, &v)) {
		v.from = NULL;
		head_delta(d, &v);
		entries_delta(d, &v);
	}
	if (take) {
		take->entry = NULL;
		take->nr = 0;
	}
	if (from && from->ended && d->nr == 0 && d->kvm_entries == 0 && d->guest_ns == 0) {
		free(d->entry);
		out->nr--;
		return 0;
	}
	return kxt_details_delta(d, v.from, to);
}

static uint64_t grown(uint64_t from, uint64_t to)
{
	return to < from ? to : to - from;
}

/* In a window without a sample the older ones are the best that is known. */
static struct kxt_cost cost_delta(const struct kxt_cost *from, struct kxt_cost to)
{
	if (to.samples <= from->samples || to.ns < from->ns)
		return to;
	to.samples -= from->samples;
	to.ns -= from->ns;
	return to;
}

/* @take: @from, if it is to be emptied, else NULL */
static int delta(struct kxt_snapshot *out, struct kxt_snapshot *take,
		 const struct kxt_snapshot *from, const struct kxt_snapshot *to,
		 struct kxt_err *err)
{
	static const struct kxt_snapshot nothing;
	bool whole = !from || !kxt_snapshot_same_start(from, to);

	kxt_snapshot_free(out);
	out->delta = true;
	out->now_ns = to->now_ns;
	out->start_ns = whole ? to->start_ns : from->now_ns;
	out->kvm_present = to->kvm_present;
	out->details = to->details && (whole || from->details);
	if (whole) {
		from = &nothing;
		take = NULL;
	}
	out->lost.exits = grown(from->lost.exits, to->lost.exits);
	out->lost.slots = grown(from->lost.slots, to->lost.slots);
	out->lost.events = grown(from->lost.events, to->lost.events);
	out->cost = cost_delta(&from->cost, to->cost);
	for (unsigned int i = 0; i < to->nr; i++) {
		const struct kxt_vcpu *v = &to->vcpu[i];
		const struct kxt_vcpu *was = kxt_snapshot_find(from, from->nr, v->key);
		struct kxt_vcpu *own = take && was ? &take->vcpu[was - from->vcpu] : NULL;

		if (vcpu_delta(out, own, was, v)) {
			kxt_snapshot_free(out);
			return kxt_err_set(err, KXT_EXIT_RUNTIME,
					   "out of memory for a snapshot");
		}
	}
	return 0;
}

int kxt_snapshot_delta(struct kxt_snapshot *out, const struct kxt_snapshot *from,
		       const struct kxt_snapshot *to, struct kxt_err *err)
{
	return delta(out, NULL, from, to, err);
}

int kxt_snapshot_take_delta(struct kxt_snapshot *out, struct kxt_snapshot *from,
			    const struct kxt_snapshot *to, struct kxt_err *err)
{
	int ret = delta(out, from, from, to, err);

	kxt_snapshot_free(from);
	return ret;
}
