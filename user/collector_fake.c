// SPDX-License-Identifier: GPL-2.0-only
/*
 * The collector of the tests: hosts that exist only here, as
 * "fake:SCENARIO[,key=value...]". Every counter is a function of time, and time
 * moves in wait() only, so that the same command prints the same bytes always.
 *
 *	none	KVM, but no VM			nokvm	no KVM
 *	idle	a VM without any exit yet	two	an SVM host with two VMs
 *	vmx	the same on VMX			ended	one VM ends after 3 s
 *	lost	lost exits and slots grow	evil	hostile VM names
 *	reuse	slots get other vCPUs		restart	counters begin anew after 3 s
 *	fail	open fails			failsnap snapshot fails after 2 s
 *	many	vms=N vcpus=N reasons=N
 *
 * Every scenario takes age=SEC: how long it has been counting when opened.
 */
#include <stdio.h>
#include <stdlib.h>

#include "module/bucket.h"
#include "user/fake.h"

/* The clock when counting began. */
#define BOOT_NS		(1000 * FAKE_SEC)

static int no_memory(struct kxt_err *err)
{
	return kxt_err_set(err, KXT_EXIT_RUNTIME, "out of memory for the fake host");
}

static void fake_close(struct kxt_collector *c)
{
	struct fake *f = c->priv;

	free(f->life);
	free(f);
	c->priv = NULL;
}

static int fake_open(struct kxt_collector *c, const char *arg, struct kxt_err *err)
{
	struct fake *f = calloc(1, sizeof(*f));

	if (!f)
		return no_memory(err);
	c->priv = f;
	c->names = kxt_vm_names_new(NULL);
	snprintf(c->kernel, sizeof(c->kernel), "6.1.0-fake");
	snprintf(c->host, sizeof(c->host), "fakehost");
	f->names = c->names;
	if (!c->names)
		no_memory(err);
	else if (kxt_fake_make(f, arg, err) == 0)
		return 0;
	fake_close(c);
	return -1;
}

/* Latency of the exit at @rank of 1000, shortest first. */
static uint64_t latency(const struct fake_reason *r, unsigned int rank)
{
	static const unsigned int at[5] = { 0, 500, 900, 990, 1000 };
	unsigned int i = 1;

	while (rank >= at[i])
		i++;
	return r->ns[i - 1] + (uint64_t)(r->ns[i] - r->ns[i - 1]) * (rank - at[i - 1]) /
	       (at[i] - at[i - 1]);
}

/*
 * Exits come in rounds of 1000 that have every rank once, in an order that is
 * mixed but fixed: so counters never shrink, and few exits are a fair sample.
 */
static void add_exits(struct kxt_entry *e, const struct fake_reason *r, uint64_t times)
{
	unsigned int ranks = times < 1000 ? times : 1000;

	for (unsigned int i = 0; i < ranks; i++) {
		uint64_t ns = latency(r, i * 617 % 1000);
		uint64_t n = times / 1000 + (i < times % 1000);

		e->hist[kxt_bucket(ns)] += n;
		e->total_ns += n * ns;
		if (ns > e->max_ns)
			e->max_ns = ns;
	}
}

static uint64_t share(uint64_t value, uint64_t of, uint64_t whole)
{
	return (unsigned __int128)value * of / whole;
}

static int add_vcpu(struct kxt_snapshot *out, const struct fake_life *l, uint64_t now)
{
	struct kxt_vcpu *v = kxt_snapshot_add(out, l->nr_reasons);
	uint64_t age = (now < l->end ? now : l->end) - l->begin;
	unsigned int nr = 0;

	if (!v)
		return -1;
	v->key = (uint64_t)l->slot << 32 | l->generation;
	v->pid = l->pid;
	v->tid = l->tid;
	v->id = l->id;
	v->isa = l->isa;
	v->ended = now >= l->end;
	v->guest_ns = share(age, l->guest, 1000);
	v->kvm_entries = 1;
	for (unsigned int i = 0; i < l->nr_reasons; i++) {
		const struct fake_reason *r = &l->reason[i];
		struct kxt_entry *e = &v->entry[nr];

		e->count = share(age, (uint64_t)r->rate * l->weight, 1000 * FAKE_SEC);
		if (e->count == 0)
			continue;
		e->code = r->code;
		e->unpaired = r->open + (r->fast ? e->count / r->fast : 0);
		e->timed = e->count - e->unpaired;
		add_exits(e, r, e->timed);
		v->kvm_entries += e->timed;
		nr++;
	}
	v->nr = nr;
	return 0;
}

static int fake_snapshot(struct kxt_collector *c, struct kxt_snapshot *out,
			 struct kxt_err *err)
{
	struct fake *f = c->priv;

	kxt_snapshot_free(out);
	if (f->now >= f->fail_at)
		return kxt_err_set(err, KXT_EXIT_RUNTIME,
				   "the fake collector was told to fail after 2 s");
	if (f->now >= f->restart_at)
		f->start = f->restart_at;
	out->kvm_present = f->kvm_present;
	out->now_ns = BOOT_NS + f->now;
	out->start_ns = BOOT_NS + f->start;
	out->lost.exits = share(f->now, f->lost_exits, FAKE_SEC);
	out->lost.slots = share(f->now, f->lost_slots, FAKE_SEC);
	for (unsigned int i = 0; i < f->nr; i++) {
		const struct fake_life *l = &f->life[i];

		if (f->now < l->begin || f->now >= l->forget)
			continue;
		if (add_vcpu(out, l, f->now)) {
			kxt_snapshot_free(out);
			return no_memory(err);
		}
	}
	kxt_snapshot_sort(out);
	return 0;
}

static int fake_wait(struct kxt_collector *c, uint64_t ns, struct kxt_err *err)
{
	struct fake *f = c->priv;

	(void)err;
	f->now += ns;
	return 0;
}

const struct kxt_collector_ops kxt_collector_fake = {
	.name = "fake",
	.open = fake_open,
	.snapshot = fake_snapshot,
	.wait = fake_wait,
	.close = fake_close,
};
