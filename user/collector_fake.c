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
 *	paused	the VMM has stopped a VM	resumed	the same, for 2 s from now
 *	nested	a VM that runs VMs		norunq	no run queue time
 *	noparts	no parts and levels at all
 *	many	vms=N vcpus=N reasons=N
 *
 * Every scenario takes age=SEC: how long it has been counting when opened. One
 * vCPU of "idle" has slept since its first second. All of them have slow exits.
 */
#include <stdio.h>
#include <stdlib.h>

#include "module/bucket.h"
#include "user/fake.h"

/* Exits for each one whose probes are timed, and how long those take. */
#define COST_EVERY	1024
#define COST_NS		93

/* How long the exit that is always open has been so. */
#define OPEN_NS		2000000

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

static void add_exit(struct kxt_entry *e, const struct fake_exit *x, uint64_t n)
{
	uint64_t service = x->total_ns - x->idle_ns;

	e->hist[kxt_bucket(service)] += n;
	e->total_ns += n * x->total_ns;
	e->idle_ns += n * x->idle_ns;
	e->poll_ns += n * x->poll_ns;
	e->runq_ns += n * x->runq_ns;
	e->vmm_ns += n * x->vmm_ns;
	if (x->vmm_ns)
		e->vmm_count += n;
	if (service > e->max_ns)
		e->max_ns = service;
}

/*
 * Exits come in rounds of 1000 that have every rank once, in an order that is
 * mixed but fixed: so counters never shrink, and few exits are a fair sample.
 */
static void add_exits(struct kxt_entry *e, const struct fake *f, uint32_t isa,
		      const struct fake_reason *r)
{
	enum kxt_class class = kxt_reason_class(isa, r->code);
	uint64_t times = e->timed;
	unsigned int ranks = times < 1000 ? times : 1000;

	for (unsigned int i = 0; i < ranks; i++) {
		struct fake_exit x = kxt_fake_exit(f->knows, class, r, i * 617 % 1000);

		add_exit(e, &x, times / 1000 + (i < times % 1000));
	}
}

/* The one in which a vCPU is stuck, or was. Returns how many entries that makes. */
static unsigned int add_stuck(struct kxt_vcpu *v, struct kxt_entry *e,
			      const struct fake *f, const struct fake_life *l)
{
	bool halt = l->stuck_in != KVMEXIT_CODE_SIGNAL;
	struct fake_exit x = { .total_ns = l->go - l->stop };

	if (f->now < l->stop)
		return 0;
	e->code = l->stuck_in;
	e->level = f->knows & KXT_KNOWS_LEVEL ? 1 : 0;
	e->count = halt;
	e->vmm_count = !halt;
	if (f->now < l->go) {
		v->open = (struct kxt_open) { !v->ended, e->code, e->level, 0, 0, 0 };
		*(halt ? &v->open.idle_ns : &v->open.vmm_ns) = f->now - l->stop;
		e->unpaired = e->count;
	} else if (halt) {
		x.idle_ns = x.total_ns;
		e->timed = 1;
		add_exit(e, &x, 1);
	} else {
		e->total_ns = e->vmm_ns = x.total_ns;
	}
	return 1;
}

static void add_reason(struct kxt_vcpu *v, struct kxt_entry *e, const struct fake *f,
		       const struct fake_life *l, const struct fake_reason *r)
{
	e->code = r->code;
	e->level = kxt_fake_level(f, l, r);
	e->unpaired = r->open + (r->fast ? e->count / r->fast : 0);
	e->timed = e->count - e->unpaired;
	add_exits(e, f, l->isa, r);
	v->kvm_entries += e->timed;
	if (r->open && !v->ended && !v->open.is) {
		bool idle = f->knows & KXT_KNOWS_IDLE;

		v->open = (struct kxt_open) { true, e->code, e->level,
					      idle ? OPEN_NS : 0, idle ? 0 : OPEN_NS, 0 };
	}
}

static int add_vcpu(struct kxt_snapshot *out, const struct fake *f,
		    const struct fake_life *l)
{
	struct kxt_vcpu *v = kxt_snapshot_add(out, l->nr_reasons + 1);
	uint64_t now = f->now;
	unsigned int nr = 0;

	if (!v)
		return -1;
	v->key = (uint64_t)l->slot << 32 | l->generation;
	v->pid = l->pid;
	v->tid = l->tid;
	v->id = l->id;
	v->isa = l->isa;
	v->knows = f->knows;
	v->ended = now >= l->end;
	v->guest_ns = kxt_fake_share(kxt_fake_active(l, now), l->guest, 1000);
	v->kvm_entries = 1;
	nr = add_stuck(v, &v->entry[0], f, l);
	for (unsigned int i = 0; i < l->nr_reasons; i++) {
		struct kxt_entry *e = &v->entry[nr];

		e->count = kxt_fake_count(l, &l->reason[i], now);
		if (e->count == 0)
			continue;
		add_reason(v, e, f, l, &l->reason[i]);
		nr++;
	}
	v->nr = nr;
	return f->details_at <= now ? kxt_fake_details(v, f, l) : 0;
}

/* Of all that were counted, also by those who are forgotten. */
static struct kxt_cost cost(const struct fake *f)
{
	struct kxt_cost c = { 0, 0 };

	for (unsigned int i = 0; i < f->nr; i++) {
		const struct fake_life *l = &f->life[i];
		uint64_t exits = 0;

		if (l->begin < f->start || l->forget <= l->begin)
			continue;
		for (unsigned int j = 0; j < l->nr_reasons; j++)
			exits += kxt_fake_count(l, &l->reason[j], f->now);
		c.samples += exits / COST_EVERY;
	}
	c.ns = c.samples * COST_NS;
	return c;
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
	out->details = f->details_at <= f->now;
	out->now_ns = FAKE_BOOT_NS + f->now;
	out->start_ns = FAKE_BOOT_NS + f->start;
	out->lost.exits = kxt_fake_share(f->now, f->lost_exits, FAKE_SEC);
	out->lost.slots = kxt_fake_share(f->now, f->lost_slots, FAKE_SEC);
	out->cost = cost(f);
	for (unsigned int i = 0; i < f->nr; i++) {
		const struct fake_life *l = &f->life[i];

		if (f->now < l->begin || f->now >= l->forget)
			continue;
		if (add_vcpu(out, f, l)) {
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

static int fake_details(struct kxt_collector *c, bool on, struct kxt_err *err)
{
	struct fake *f = c->priv;

	(void)err;
	if (!on)
		f->details_at = FAKE_EVER;
	else if (f->details_at == FAKE_EVER)
		f->details_at = f->now;
	return 0;
}

static int fake_slow(struct kxt_collector *c, uint64_t over_ns, struct kxt_err *err)
{
	struct fake *f = c->priv;

	(void)err;
	f->slow_ns = over_ns;
	kxt_fake_slow_begin(f);
	return 0;
}

/* There is nothing that poll() could tell: ask after each wait. */
static int fake_slow_fd(struct kxt_collector *c)
{
	(void)c;
	return -1;
}

static int fake_slow_read(struct kxt_collector *c, struct kvmexit_event *event,
			  unsigned int max, uint64_t *lost, struct kxt_err *err)
{
	(void)err;
	return kxt_fake_slow(c->priv, event, max, lost);
}

const struct kxt_collector_ops kxt_collector_fake = {
	.name = "fake",
	.open = fake_open,
	.snapshot = fake_snapshot,
	.wait = fake_wait,
	.details = fake_details,
	.slow = fake_slow,
	.slow_fd = fake_slow_fd,
	.slow_read = fake_slow_read,
	.close = fake_close,
};
