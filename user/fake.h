/* SPDX-License-Identifier: GPL-2.0-only */
/* The made-up hosts of the fake collector: see collector_fake.c. */
#ifndef KXT_FAKE_H
#define KXT_FAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "user/collector.h"

#define FAKE_SEC		1000000000ULL
#define FAKE_EVER		UINT64_MAX
#define FAKE_MAX_REASONS	62	/* what a slot has room for */

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
 * @weight: share of the rates, in 1/1000
 * @guest: share of the time in guest mode, in 1/1000
 * @begin: its first moment
 * @end: when it ends, FAKE_EVER for never
 * @forget: when its slot is free again
 */
struct fake_life {
	uint32_t slot, generation;
	uint32_t pid, tid, id, isa;
	const struct fake_reason *reason;
	unsigned int nr_reasons;
	uint32_t weight, guest;
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
 * @lost_exits: a second
 * @lost_slots: a second
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
	uint64_t lost_exits, lost_slots;
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

#endif /* KXT_FAKE_H */
