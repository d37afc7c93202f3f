// SPDX-License-Identifier: GPL-2.0-only
/* Which VMs there are, from their first vCPU until some minutes after their last one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/metrics/exporter_state_int.h"

static int no_memory(struct kxt_err *err)
{
	return kxt_err_set(err, KXT_EXIT_RUNTIME, "out of memory for the exported totals");
}

struct kxt_exporter_state *kxt_exporter_state_new(const struct kxt_filter *filter,
						  struct kxt_vm_names *names,
						  uint64_t linger_ns)
{
	struct kxt_exporter_state *st = calloc(1, sizeof(*st));

	if (!st)
		return NULL;
	st->filter = filter;
	st->names = names;
	st->linger_ns = linger_ns;
	return st;
}

static void set_ended(struct kxt_exporter_state *st, struct kxt_exported_vm *vm, bool ended)
{
	if (vm->ended == ended)
		return;
	vm->ended = ended;
	vm->ended_ns = st->now_ns;
	if (ended)
		st->nr_ended++;
	else
		st->nr_ended--;
}

/*
 * Its numbers go. It stays itself as long as the collector has one of its vCPUs: else it
 * would be taken for a new VM at the next look.
 */
static void forget_vm(struct kxt_exporter_state *st, struct kxt_exported_vm *vm)
{
	if (!vm->told)
		return;
	set_ended(st, vm, false);
	HASH_DELETE(hh_domain, st->domain, vm);
	vm->told = false;
	for (struct kxt_exported_life *l = vm->life; l; l = l->next) {
		kxt_metrics_list_free(&l->c.list);
		l->dead = true;
	}
	for (unsigned int i = 0; i < vm->nr_past; i++)
		kxt_metrics_list_free(&vm->past[i].c.list);
	free(vm->past);
	vm->past = NULL;
	vm->nr_past = 0;
}

static struct kxt_exported_vm *find_domain(struct kxt_exporter_state *st,
					   const char *domain)
{
	struct kxt_exported_vm *vm;

	HASH_FIND(hh_domain, st->domain, domain, strlen(domain), vm);
	return vm;
}

/*
 * A name that two VMs have is the older one's; it keeps it, whatever becomes of the
 * other. The name of one that has ended is free: this is its successor.
 */
static void choose_domain(struct kxt_exporter_state *st, struct kxt_exported_vm *vm)
{
	struct kxt_exported_vm *other;

	kxt_metrics_domain(vm->domain, vm->name, vm->pid);
	/* A name can look as if it had a pid behind it already. */
	for (int try = 0; try < 4; try++) {
		other = find_domain(st, vm->domain);
		if (!other)
			return;
		if (other->ended) {
			forget_vm(st, other);
			return;
		}
		kxt_metrics_domain_other(vm->domain, vm->pid);
	}
}

static void tell_vm(struct kxt_exporter_state *st, struct kxt_exported_vm *vm,
		    const char *name)
{
	snprintf(vm->name, sizeof(vm->name), "%s", name);
	choose_domain(st, vm);
	vm->told = true;
	vm->isa = KVMEXIT_ISA_UNKNOWN;
	HASH_ADD(hh_domain, st->domain, domain, strlen(vm->domain), vm);
}

/* The VM that a vCPU belongs to which was not there before; NULL without memory. */
static struct kxt_exported_vm *vm_of(struct kxt_exporter_state *st, uint32_t pid)
{
	const char *name = kxt_vm_names_get(st->names, pid);
	struct kxt_exported_vm *vm;

	HASH_FIND(hh, st->vm, &pid, sizeof(pid), vm);
	if (!vm) {
		vm = calloc(1, sizeof(*vm));
		if (!vm)
			return NULL;
		vm->pid = pid;
		HASH_ADD(hh, st->vm, pid, sizeof(vm->pid), vm);
	}
	/* The pid has come round: this is another process. */
	if (vm->ended && strcmp(vm->name, name))
		forget_vm(st, vm);
	if (!vm->told && kxt_filter_wants(st->filter, pid, name))
		tell_vm(st, vm, name);
	return vm;
}

static struct kxt_exported_life *add_life(struct kxt_exporter_state *st,
					  const struct kxt_vcpu *v)
{
	struct kxt_exported_life *l = calloc(1, sizeof(*l));
	struct kxt_exported_vm *vm = l ? vm_of(st, v->pid) : NULL;

	if (!vm) {
		free(l);
		return NULL;
	}
	l->key = v->key;
	l->id = v->id;
	l->dead = !vm->told;
	l->vm = vm;
	l->next = vm->life;
	vm->life = l;
	HASH_ADD(hh, st->life, key, sizeof(l->key), l);
	return l;
}

static int remove_life(struct kxt_exporter_state *st, struct kxt_exported_life *l)
{
	struct kxt_exported_life **link = &l->vm->life;

	if (kxt_exported_fold(l))
		return -1;
	while (*link != l)
		link = &(*link)->next;
	*link = l->next;
	HASH_DEL(st->life, l);
	free(l);
	return 0;
}

/* A vCPU that was there at the last look. */
static int take_known(struct kxt_exporter_state *st, const struct kxt_vcpu *v)
{
	struct kxt_exported_life *l;

	HASH_FIND(hh, st->life, &v->key, sizeof(v->key), l);
	if (!l)
		return 0;
	/* No collector gives one key to two processes; then it is a new one. */
	if (l->vm->pid != v->pid)
		return remove_life(st, l);
	l->seen = true;
	if (l->dead)
		return 0;
	if (kxt_exported_went_back(l, v) && kxt_exported_fold(l))
		return -1;
	return kxt_exported_update(l, v);
}

static int take_new(struct kxt_exporter_state *st, const struct kxt_vcpu *v)
{
	struct kxt_exported_life *l;

	HASH_FIND(hh, st->life, &v->key, sizeof(v->key), l);
	if (l)
		return 0;
	l = add_life(st, v);
	if (!l)
		return -1;
	l->seen = true;
	return l->dead ? 0 : kxt_exported_update(l, v);
}

/* vCPUs that the collector has forgotten have ended; later they are their VM's past. */
static int remove_missed(struct kxt_exporter_state *st)
{
	struct kxt_exported_life *l, *next;

	HASH_ITER(hh, st->life, l, next) {
		if (l->seen) {
			l->missed = false;
			continue;
		}
		if (!l->missed)
			l->missed_ns = st->now_ns;
		l->missed = true;
		l->ended = true;
		if (st->now_ns - l->missed_ns >= KXT_EXPORTED_MISSED_NS && remove_life(st, l))
			return -1;
	}
	return 0;
}

/* A new collection gives out the same keys again. */
static int remove_all(struct kxt_exporter_state *st)
{
	struct kxt_exported_life *l, *next;

	HASH_ITER(hh, st->life, l, next) {
		if (remove_life(st, l))
			return -1;
	}
	return 0;
}

static void drop_longest_ended(struct kxt_exporter_state *st)
{
	struct kxt_exported_vm *vm, *next, *oldest = NULL;

	HASH_ITER(hh_domain, st->domain, vm, next) {
		if (vm->ended && (!oldest || vm->ended_ns < oldest->ended_ns))
			oldest = vm;
	}
	if (oldest)
		forget_vm(st, oldest);
}

static bool has_ended(const struct kxt_exported_vm *vm)
{
	for (const struct kxt_exported_life *l = vm->life; l; l = l->next) {
		if (!l->ended && !l->dead)
			return false;
	}
	return true;
}

static void find_ended(struct kxt_exporter_state *st)
{
	struct kxt_exported_vm *vm, *next;

	HASH_ITER(hh_domain, st->domain, vm, next)
		set_ended(st, vm, has_ended(vm));
}

static void clean_up(struct kxt_exporter_state *st)
{
	struct kxt_exported_vm *vm, *next;

	HASH_ITER(hh_domain, st->domain, vm, next) {
		if (vm->ended && st->now_ns - vm->ended_ns >= st->linger_ns)
			forget_vm(st, vm);
	}
	while (st->nr_ended > KXT_EXPORTER_ENDED_MAX)
		drop_longest_ended(st);
	HASH_ITER(hh, st->vm, vm, next) {
		if (!vm->told && !vm->life) {
			kxt_vm_names_forget(st->names, vm->pid);
			HASH_DEL(st->vm, vm);
			free(vm);
		}
	}
}

/* What the host lost and paid in a collection that is over stays in the sums. */
static void end_collection(struct kxt_exporter_state *st)
{
	st->lost_before.exits += st->lost.exits;
	st->lost_before.slots += st->lost.slots;
	st->lost_before.events += st->lost.events;
	st->cost_before.samples += st->cost.samples;
	st->cost_before.ns += st->cost.ns;
	memset(&st->lost, 0, sizeof(st->lost));
	memset(&st->cost, 0, sizeof(st->cost));
}

static void take_host(struct kxt_exporter_state *st, const struct kxt_snapshot *s)
{
	if (s->lost.exits < st->lost.exits || s->lost.slots < st->lost.slots ||
	    s->lost.events < st->lost.events || s->cost.samples < st->cost.samples ||
	    s->cost.ns < st->cost.ns)
		end_collection(st);
	st->lost = s->lost;
	st->cost = s->cost;
	st->memory = s->memory;
	st->kvm_present = s->kvm_present;
}

int kxt_exporter_state_take(struct kxt_exporter_state *st, const struct kxt_snapshot *s,
			    struct kxt_err *err)
{
	struct kxt_exported_life *l, *next;

	/* Counters that began after the last look: its keys mean others now. */
	if (st->begun && s->start_ns > st->now_ns) {
		if (remove_all(st))
			return no_memory(err);
		end_collection(st);
	}
	st->begun = true;
	st->now_ns = s->now_ns;
	HASH_ITER(hh, st->life, l, next)
		l->seen = false;
	for (unsigned int i = 0; i < s->nr; i++) {
		if (take_known(st, &s->vcpu[i]))
			return no_memory(err);
	}
	if (remove_missed(st))
		return no_memory(err);
	/* Before the new ones come: a VM that was started again inherits its own label. */
	find_ended(st);
	for (unsigned int i = 0; i < s->nr; i++) {
		if (take_new(st, &s->vcpu[i]))
			return no_memory(err);
	}
	find_ended(st);
	clean_up(st);
	take_host(st, s);
	return 0;
}

void kxt_exporter_state_free(struct kxt_exporter_state *st)
{
	struct kxt_exported_life *l, *next_life;
	struct kxt_exported_vm *vm, *next_vm;

	if (!st)
		return;
	HASH_ITER(hh, st->vm, vm, next_vm) {
		forget_vm(st, vm);
		HASH_DEL(st->vm, vm);
		free(vm);
	}
	HASH_ITER(hh, st->life, l, next_life) {
		HASH_DEL(st->life, l);
		free(l);
	}
	free(st);
}
