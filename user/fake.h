/* SPDX-License-Identifier: GPL-2.0-only */
/* The made-up hosts of the fake collector: see collector_fake.c. Pure. */
#ifndef KXT_FAKE_H
#define KXT_FAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "user/collector.h"
#include "user/reason.h"

#define FAKE_SEC		1000000000ULL
#define FAKE_EVER		UINT64_MAX
#define FAKE_MAX_REASONS	62	/* what a slot has room for */

/* The clock when counting began. */
#define FAKE_BOOT_NS		(1000 * FAKE_SEC)

/**
 * struct fake_reason - how one exit reason behaves
 * @code: as in struct kxt_entry
 * @rate: exits a second
 * @fast: one of so many exits has no entry after it, 0 for none
 * @open: there is always one that has not ended yet
 * @ns: latency at rank 0, 500, 900, 990 and 1000 of 1000; linear in between
 */
struct fake_reason {
	uint64_t code;
	uint32_t rate;
	uint32_t fast;
	uint32_t open;
	uint32_t ns[5];
};

/**
 * struct fake_life - one vCPU from its first to its last moment
 * @slot: half of its key, as @generation
 * @pid: as in struct kxt_vcpu, as the next three
 * @reason: what it exits for
 * @nr_reasons: how many of them
 * @nested: the last so many of them are a nested guest's: level 2
 * @weight: share of the rates, in 1/1000
 * @guest: share of the time in guest mode, in 1/1000
 * @stuck_in: the exit that it is in from @stop to @go, without others: a halt or
 *	KVMEXIT_CODE_SIGNAL
 * @stop: FAKE_EVER for never
 * @go: FAKE_EVER for never
 * @begin: its first moment
 * @end: when it ends, FAKE_EVER for never
 * @forget: when its slot is free again
 */
struct fake_life {
	uint32_t slot, generation;
	uint32_t pid, tid, id, isa;
	const struct fake_reason *reason;
	unsigned int nr_reasons, nested;
	uint32_t weight, guest;
	uint64_t stuck_in, stop, go;
	uint64_t begin, end, forget;
};

/**
 * struct fake - a host
 * @opened: when the collector was opened, in ns after the counters began, as all
 *	times here
 * @now: the clock
 * @start: when the counters began: 0, or @restart_at once that has come
 * @restart_at: when they begin anew
 * @fail_at: from when on snapshots fail
 * @kvm_present: as in struct kxt_snapshot
 * @knows: KXT_KNOWS_*
 * @lost_exits: a second
 * @lost_slots: a second
 * @lost_slow: one of so many slow exits is lost, 0 for none
 * @details_at: since when details are collected, FAKE_EVER if they are not
 * @slow_ns: threshold of slow exits, UINT64_MAX for none
 * @slow_next: number of the next one to look at
 * @vms: key of "many", as the next two
 * @made: the reasons of "many"
 * @life: all vCPUs that ever were or will be
 * @nr: how many
 * @cap: room in @life
 * @names: where the VMs are named
 */
struct fake {
	uint64_t opened, now;
	uint64_t start, restart_at;
	uint64_t fail_at;
	bool     kvm_present;
	uint32_t knows;
	uint64_t lost_exits, lost_slots;
	uint32_t lost_slow;
	uint64_t details_at;
	uint64_t slow_ns, slow_next;
	uint32_t vms, vcpus, reasons;
	struct fake_reason made[FAKE_MAX_REASONS];
	struct fake_life *life;
	unsigned int nr, cap;
	struct kxt_vm_names *names;
};

/**
 * kxt_fake_make() - build the host of a scenario
 * @f: zeroed but for @names; f->life is the caller's to free
 * @arg: "SCENARIO[,key=value...]", NULL or "" for the default
 * @err: set on failure: usage for an unknown scenario or option
 *
 * Return: 0, or -1 with @err set.
 */
int kxt_fake_make(struct fake *f, const char *arg, struct kxt_err *err);

/**
 * struct fake_exit - one exit
 * @total_ns: as in struct kxt_entry, as the others
 */
struct fake_exit {
	uint64_t total_ns, idle_ns, poll_ns, runq_ns, vmm_ns;
};

/**
 * kxt_fake_exit() - the exit at a rank
 * @knows: parts that are not known are the kernel's
 * @class: of the reason
 * @r: reason
 * @rank: of 1000, shortest first
 */
struct fake_exit kxt_fake_exit(uint32_t knows, enum kxt_class class,
			       const struct fake_reason *r, unsigned int rank);

/** kxt_fake_share() - @value * @of / @whole, without overflow */
uint64_t kxt_fake_share(uint64_t value, uint64_t of, uint64_t whole);

/** kxt_fake_active() - how long a vCPU was at work by @now: not stuck, not ended */
uint64_t kxt_fake_active(const struct fake_life *l, uint64_t now);

/** kxt_fake_count() - how many exits it had by @now for a reason of its own */
uint64_t kxt_fake_count(const struct fake_life *l, const struct fake_reason *r,
			uint64_t now);

/** kxt_fake_level() - level of a reason of @l, as the host can tell it */
uint32_t kxt_fake_level(const struct fake *f, const struct fake_life *l,
			const struct fake_reason *r);

/**
 * kxt_fake_details() - what is behind the reasons of a vCPU
 * @v: gets the rows
 * @f: host that collects details
 * @l: the vCPU
 *
 * Return: 0, or -1 without memory.
 */
int kxt_fake_details(struct kxt_vcpu *v, const struct fake *f, const struct fake_life *l);

/**
 * kxt_fake_key() - the most frequent key of a reason
 * @isa: enum kvmexit_isa
 * @code: reason
 * @e: gets key, kind and access; they stay as they are if it has none
 *
 * Return: the guest's instruction pointer that goes with it.
 */
uint64_t kxt_fake_key(uint32_t isa, uint64_t code, struct kvmexit_event *e);

/** kxt_fake_slow_begin() - slow exits from now on, those before are nobody's */
void kxt_fake_slow_begin(struct fake *f);

/**
 * kxt_fake_slow() - slow exits since they were asked for last
 * @f: host; slow_next moves on
 * @event: room for @max
 * @max: how many
 * @lost: grows by those lost
 *
 * Return: how many there are.
 */
unsigned int kxt_fake_slow(struct fake *f, struct kvmexit_event *event, unsigned int max,
			   uint64_t *lost);

#endif /* KXT_FAKE_H */
