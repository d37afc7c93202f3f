// SPDX-License-Identifier: GPL-2.0-only
#include "user/spawn.h"
#include "user/window.h"

#define SEC		1000000000ULL
/*
 * Far less than KVMEXIT_LINGER_MIN_NS, after which an ended vCPU can be forgotten:
 * so most VMs that come and go in a window can still be asked for their name.
 */
#define LOOK_NS		(SEC / 4)
/* The first look at a command, which can be over soon; later ones are rarer. */
#define FIRST_LOOK_NS	(SEC / 64)

/**
 * struct run - state of kxt_window_run()
 * @w: the caller's
 * @last: newest snapshot, with all that was carried
 * @spawn: signals, and the command
 */
struct run {
	struct kxt_window *w;
	struct kxt_snapshot last;
	struct kxt_spawn spawn;
};

/*
 * Ask for the names of VMs as soon as they are there: a process that has ended
 * cannot be asked. Both snapshots are sorted by key.
 */
static void learn_names(struct run *r, const struct kxt_snapshot *next)
{
	unsigned int old = 0;

	for (unsigned int i = 0; i < next->nr; i++) {
		const struct kxt_vcpu *v = &next->vcpu[i];

		while (old < r->last.nr && r->last.vcpu[old].key < v->key)
			old++;
		if (old == r->last.nr || r->last.vcpu[old].key != v->key)
			kxt_vm_names_get(r->w->c->names, v->pid);
	}
}

static int look(struct run *r, struct kxt_err *err)
{
	struct kxt_snapshot next;
	int ret;

	kxt_snapshot_init(&next);
	ret = r->w->c->ops->snapshot(r->w->c, &next, err);
	if (ret == 0)
		learn_names(r, &next);
	if (ret == 0)
		ret = kxt_snapshot_carry(&next, &r->last, err);
	if (ret == 0) {
		struct kxt_snapshot old = r->last;

		r->last = next;
		next = old;
	}
	kxt_snapshot_free(&next);
	return ret;
}

/* One nap and one look. A collector with a clock of its own moves it instead. */
static int step(struct run *r, uint64_t end, uint64_t ns, struct kxt_err *err)
{
	const struct kxt_collector_ops *ops = r->w->c->ops;

	kxt_spawn_wait(&r->spawn, ops->wait && !r->w->command ? 0 : end, NULL, 0);
	if (ops->wait && ops->wait(r->w->c, ns, err))
		return -1;
	return look(r, err);
}

static int watch_time(struct run *r, struct kxt_err *err)
{
	uint64_t end = kxt_spawn_clock();

	for (uint64_t left = r->w->length_ns; left && !r->spawn.interrupted;) {
		uint64_t ns = left < LOOK_NS ? left : LOOK_NS;

		left -= ns;
		end += ns;
		if (step(r, end, ns, err))
			return -1;
	}
	return 0;
}

static int watch_command(struct run *r, struct kxt_err *err)
{
	/*
	 * A collector with a clock of its own sees a second pass for every one that
	 * really does, and at least one.
	 */
	bool own_clock = r->w->c->ops->wait;
	uint64_t ns = own_clock ? SEC : FIRST_LOOK_NS;

	do {
		if (step(r, kxt_spawn_clock() + ns, ns, err))
			return -1;
		if (!own_clock)
			ns = ns < LOOK_NS / 2 ? 2 * ns : LOOK_NS;
	} while (r->spawn.child && !r->spawn.interrupted);
	return 0;
}

static int start_command(struct run *r, struct kxt_err *err)
{
	struct kxt_window *w = r->w;

	if (kxt_spawn_command(&r->spawn, w->command, w->c->names, err))
		return -1;
	return w->started ? w->started(w->started_arg, err) : 0;
}

static int watch(struct run *r, struct kxt_err *err)
{
	if (r->w->command && start_command(r, err))
		return -1;
	/* Others can choose the names: not with privileges that are still to go. */
	learn_names(r, r->w->from);
	if (kxt_snapshot_copy(&r->last, r->w->from, err))
		return -1;
	return r->w->command ? watch_command(r, err) : watch_time(r, err);
}

int kxt_window_run(struct kxt_window *w, struct kxt_err *err)
{
	struct run r = { .w = w };
	int ret;

	w->interrupted = false;
	w->command_status = 0;
	if (kxt_spawn_begin(&r.spawn, err))
		return -1;
	kxt_snapshot_init(&r.last);
	ret = watch(&r, err);
	kxt_spawn_end(&r.spawn);
	w->interrupted = r.spawn.interrupted;
	if (!w->interrupted)
		w->command_status = r.spawn.status;
	if (ret == 0)
		ret = kxt_snapshot_delta(&w->delta, w->from, &r.last, err);
	kxt_snapshot_free(&r.last);
	return ret;
}
