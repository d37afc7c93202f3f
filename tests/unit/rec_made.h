/* SPDX-License-Identifier: GPL-2.0-only */
/* Recordings that are made for tests: of random numbers, or of likely ones. */
#ifndef REC_MADE_H
#define REC_MADE_H

#include <stdlib.h>
#include <string.h>

#include "module/bucket.h"
#include "user/detail_list.h"
#include "user/rec/int.h"
#include "user/rec/write.h"

#define SEC	1000000000ULL

/* xorshift64*: the same numbers everywhere. */
static inline uint64_t rnd(uint64_t *seed)
{
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return *seed * 2685821657736338717ULL;
}

static inline uint64_t below(uint64_t *seed, uint64_t n)
{
	return (rnd(seed) >> 11) % n;
}

/* Any number of bits is as likely as any other. */
static inline uint64_t any_u64(uint64_t *seed)
{
	uint64_t v = rnd(seed);

	switch (below(seed, 8)) {
	case 0:
		return 0;
	case 1:
		return UINT64_MAX - below(seed, 3);
	default:
		return v >> below(seed, 64);
	}
}

/* As it was, a little more, or anything. */
static inline uint64_t changed(uint64_t *seed, uint64_t was)
{
	switch (below(seed, 4)) {
	case 0:
		return was;
	case 1:
		return any_u64(seed);
	default:
		return was + below(seed, 1000);
	}
}

static inline uint32_t changed32(uint64_t *seed, uint32_t was)
{
	return (uint32_t)changed(seed, was);
}

static inline void change_entry(uint64_t *seed, struct kxt_entry *e)
{
	unsigned int nr = (unsigned int)below(seed, KVMEXIT_NR_BUCKETS + 1);

	if (below(seed, 8) == 0)
		return;
	e->hw_flags = changed32(seed, e->hw_flags);
	e->count = changed(seed, e->count);
	e->unpaired = (int64_t)changed(seed, (uint64_t)e->unpaired);
	e->timed = changed(seed, e->timed);
	e->total_ns = changed(seed, e->total_ns);
	e->max_ns = changed(seed, e->max_ns);
	e->idle_ns = changed(seed, e->idle_ns);
	e->poll_ns = changed(seed, e->poll_ns);
	e->runq_ns = changed(seed, e->runq_ns);
	e->vmm_ns = changed(seed, e->vmm_ns);
	e->vmm_count = changed(seed, e->vmm_count);
	for (unsigned int i = 0; i < nr; i++) {
		unsigned int b = (unsigned int)below(seed, KVMEXIT_NR_BUCKETS);

		e->hist[b] = changed(seed, e->hist[b]);
	}
}

static inline void change_open(uint64_t *seed, struct kxt_open *o)
{
	if (below(seed, 3) == 0)
		return;
	o->is = below(seed, 2);
	o->code = changed(seed, o->code);
	o->level = changed32(seed, o->level);
	o->idle_ns = changed(seed, o->idle_ns);
	o->kernel_ns = changed(seed, o->kernel_ns);
	o->vmm_ns = changed(seed, o->vmm_ns);
}

static inline void change_details(uint64_t *seed, struct kxt_vcpu *v)
{
	for (unsigned int i = 0; i < v->nr_details; i++) {
		struct kxt_detail *d = &v->detail[i];

		d->count = changed(seed, d->count);
		d->error = changed(seed, d->error);
		d->ns = changed(seed, d->ns);
		d->error_ns = changed(seed, d->error_ns);
	}
}

static inline struct kxt_detail random_detail(uint64_t *seed)
{
	struct kxt_detail d = {
		.code = any_u64(seed), .level = (uint32_t)below(seed, 3),
		.kind = 1 + (uint32_t)below(seed, KVMEXIT_KIND_RIP),
		.rest = below(seed, 4) == 0, .key = any_u64(seed),
		.access = (uint32_t)any_u64(seed), .one_in = (uint32_t)any_u64(seed),
		.count = any_u64(seed), .error = any_u64(seed), .ns = any_u64(seed),
		.error_ns = any_u64(seed), .life = any_u64(seed),
	};

	return d;
}

/* More entries and details, or only their numbers. Not sorted afterwards. */
static inline void change_vcpu(uint64_t *seed, struct kxt_vcpu *v)
{
	unsigned int nr = (unsigned int)below(seed, 4);

	v->guest_ns = changed(seed, v->guest_ns);
	v->kvm_entries = changed(seed, v->kvm_entries);
	v->backwards = changed(seed, v->backwards);
	v->ended = below(seed, 8) == 0;
	change_open(seed, &v->open);
	if (below(seed, 3) == 0 && v->nr + nr <= KVMEXIT_MAX_ENTRIES && nr) {
		v->entry = reallocarray(v->entry, v->nr + nr, sizeof(*v->entry));
		memset(&v->entry[v->nr], 0, nr * sizeof(*v->entry));
		for (unsigned int i = 0; i < nr; i++) {
			v->entry[v->nr + i].code = any_u64(seed);
			v->entry[v->nr + i].level = (uint32_t)below(seed, 3);
		}
		v->nr += nr;
	} else if (v->nr && below(seed, 12) == 0) {
		v->nr--;
	}
	for (unsigned int i = 0; i < v->nr; i++)
		change_entry(seed, &v->entry[i]);
	if (below(seed, 3) == 0) {
		struct kxt_detail row[3];

		for (unsigned int i = 0; i < nr; i++)
			row[i] = random_detail(seed);
		if (v->nr_details + nr <= KXT_REC_VCPU_DETAILS)
			kxt_details_append(v, row, nr);
	} else if (v->nr_details && below(seed, 12) == 0) {
		v->nr_details = 0;
		free(v->detail);
		v->detail = NULL;
	}
	change_details(seed, v);
}

static inline void drop_vcpu(struct kxt_snapshot *s, unsigned int at)
{
	free(s->vcpu[at].entry);
	free(s->vcpu[at].detail);
	s->vcpu[at] = s->vcpu[--s->nr];
}

static inline void add_random_vcpu(uint64_t *seed, struct kxt_snapshot *s)
{
	struct kxt_vcpu *v = kxt_snapshot_add(s, 0);

	v->key = any_u64(seed);
	for (unsigned int i = 0; i + 1 < s->nr; i++) {
		if (s->vcpu[i].key == v->key) {
			drop_vcpu(s, s->nr - 1);
			return;
		}
	}
	v->pid = (uint32_t)below(seed, 20);
	v->tid = (uint32_t)any_u64(seed);
	v->id = (uint32_t)any_u64(seed);
	v->isa = (uint32_t)any_u64(seed);
	v->knows = (uint32_t)any_u64(seed);
}

/* The next moment of a host that exists only here: nothing of it makes sense. */
static inline void change_snapshot(uint64_t *seed, struct kxt_snapshot *s)
{
	s->now_ns += 1 + below(seed, SEC);
	s->start_ns = changed(seed, s->start_ns);
	s->delta = below(seed, 8) == 0;
	s->kvm_present = below(seed, 8);
	s->details = below(seed, 2);
	s->lost.exits = changed(seed, s->lost.exits);
	s->lost.slots = changed(seed, s->lost.slots);
	s->lost.events = changed(seed, s->lost.events);
	s->cost.samples = changed(seed, s->cost.samples);
	s->cost.ns = changed(seed, s->cost.ns);
	s->memory = changed(seed, s->memory);
	if (s->nr < 12 && below(seed, 3) == 0)
		add_random_vcpu(seed, s);
	if (s->nr && below(seed, 10) == 0)
		drop_vcpu(s, (unsigned int)below(seed, s->nr));
	for (unsigned int i = 0; i < s->nr; i++) {
		if (below(seed, 4))
			change_vcpu(seed, &s->vcpu[i]);
	}
	kxt_snapshot_sort(s);
}

static inline struct kvmexit_event random_event(uint64_t *seed, uint64_t now)
{
	struct kvmexit_event e = {
		.type = KVMEXIT_EVENT_SLOW, .cpu = (uint32_t)any_u64(seed),
		.time_ns = now - below(seed, SEC), .slot = (uint32_t)any_u64(seed),
		.generation = (uint32_t)any_u64(seed), .pid = (uint32_t)below(seed, 40),
		.tid = (uint32_t)any_u64(seed), .vcpu_id = (uint32_t)any_u64(seed),
		.isa = (uint8_t)any_u64(seed), .level = (uint8_t)any_u64(seed),
		.code = any_u64(seed), .total_ns = any_u64(seed), .idle_ns = any_u64(seed),
		.runq_ns = any_u64(seed), .vmm_ns = any_u64(seed), .rip = any_u64(seed),
		.info1 = any_u64(seed), .info2 = any_u64(seed), .key = any_u64(seed),
		.kind = (uint32_t)any_u64(seed), .access = (uint32_t)any_u64(seed),
	};

	return e;
}

/* A sink that keeps all bytes, and where the writes ended. */
struct made {
	struct kxt_rec_bytes b;
	size_t end[4096];
	unsigned int writes;
};

static inline int made_write(void *arg, const void *data, size_t len, struct kxt_err *err)
{
	struct made *m = arg;

	(void)err;
	if (m->writes < 4096)
		m->end[m->writes++] = m->b.len + len;
	return kxt_rec_bytes_add(&m->b, data, len);
}

static inline void made_free(struct made *m)
{
	kxt_rec_bytes_free(&m->b);
	free(m);
}

static inline struct kxt_recording_host made_host(void)
{
	struct kxt_recording_host host = {
		.collector = "fake", .kernel = "6.1.0-made", .host = "madehost",
		.cpu = "Made CPU @ 1.00GHz", .cpus = 12, .boot_id = "0123-4567",
		.tool = "9.9", .clock = "CLOCK_MONOTONIC", .to_wall_ns = UINT64_MAX - 5,
		.utc_offset_s = -3600, .interval_ns = SEC, .details = true, .over_ns = 1000,
	};

	return host;
}

/*
 * Counters as a busy host has them: every vCPU exits for NR_LIKELY reasons, some
 * thousand times a second, and each exit takes its own time.
 */
#define NR_LIKELY	10

static inline void likely_exits(uint64_t *seed, struct kxt_entry *e, unsigned int reason,
				uint64_t exits)
{
	/* Log-uniform around what is usual for this reason, with a tail. */
	const unsigned int usual = 9 + reason % 5;

	for (uint64_t i = 0; i < exits; i++) {
		unsigned int log2 = usual + (unsigned int)below(seed, 2) +
				    (below(seed, 4) == 0) + 4 * (below(seed, 50) == 0);
		uint64_t ns = (1ULL << log2) + below(seed, 1ULL << log2), idle = 0;

		if (reason == 3) {
			idle = below(seed, 4000000);
			e->idle_ns += idle;
			e->poll_ns += idle < 200000 ? idle : 0;
		}
		if (reason % 3 == 1) {
			e->vmm_ns += ns / 2 + below(seed, ns / 4);
			e->vmm_count++;
		}
		if (below(seed, 100) == 0)
			e->runq_ns += ns / 4;
		e->hist[kxt_bucket(ns)]++;
		e->timed++;
		e->total_ns += ns + idle;
		if (ns > e->max_ns)
			e->max_ns = ns;
	}
	e->count = e->timed + (uint64_t)e->unpaired;
}

static inline void likely_snapshot(uint64_t *seed, struct kxt_snapshot *s)
{
	/* Off by what a timer is late. */
	uint64_t passed = SEC + below(seed, 200000);

	s->now_ns += passed;
	s->cost.samples += 100 + below(seed, 10);
	s->cost.ns += 9000 + below(seed, 1000);
	for (unsigned int i = 0; i < s->nr; i++) {
		struct kxt_vcpu *v = &s->vcpu[i];

		v->guest_ns += 600000000 + below(seed, 100000000);
		for (unsigned int j = 0; j < v->nr; j++) {
			uint64_t rate = 3000 >> j * 3 / 4;
			uint64_t exits = rate / 2 + below(seed, rate + 2);

			likely_exits(seed, &v->entry[j], j, exits);
			v->kvm_entries += exits;
		}
		v->open.is = below(seed, 2);
		v->open.code = v->entry[below(seed, v->nr)].code;
		v->open.level = 1;
		v->open.idle_ns = v->open.is ? below(seed, 3000000) : 0;
	}
}

static inline void likely_host(struct kxt_snapshot *s, unsigned int vms, unsigned int vcpus)
{
	static const uint64_t code[NR_LIKELY] = {
		0x07c, 0x07b, 0x060, 0x078, 0x400, 0x072, 0x061, 0x080, 0x077, 0x08f };

	kxt_snapshot_init(s);
	s->now_ns = 1000 * SEC;
	s->start_ns = SEC;
	s->kvm_present = true;
	s->memory = 40 * 32768;
	for (unsigned int i = 0; i < vms * vcpus; i++) {
		struct kxt_vcpu *v = kxt_snapshot_add(s, NR_LIKELY);

		v->key = (uint64_t)i << 32 | 1;
		v->pid = 1000 + 100 * (i / vcpus);
		v->tid = v->pid + 10 + i % vcpus;
		v->id = i % vcpus;
		v->isa = KVMEXIT_ISA_SVM;
		v->knows = KXT_KNOWS_ALL;
		for (unsigned int j = 0; j < NR_LIKELY; j++) {
			v->entry[j].code = code[j];
			v->entry[j].level = 1;
		}
	}
	kxt_snapshot_sort(s);
}

#endif /* REC_MADE_H */
