// SPDX-License-Identifier: GPL-2.0-only
/* A stream of windows from a collector. */
#include "user/frames.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void kxt_frames_init(struct kxt_frames *f, const struct kxt_frames_from *from,
		     const struct kxt_filter *filter, uint64_t linger_ns)
{
	f->from = *from;
	f->linger_ns = linger_ns;
	f->filter = filter;
	kxt_snapshot_init(&f->prev);
	kxt_snapshot_init(&f->cur);
	kxt_snapshot_init(&f->delta);
}

int kxt_frames_open(struct kxt_frames *f, struct kxt_collector *c,
		    const struct kxt_filter *filter, uint64_t linger_ns,
		    struct kxt_err *err)
{
	struct kxt_frames_from from = { c->names, c->ops->name, c->kernel, c->host };

	f->collector = c;
	kxt_frames_init(f, &from, filter, linger_ns);
	return c->ops->snapshot(c, &f->prev, err);
}

void kxt_frames_close(struct kxt_frames *f)
{
	kxt_snapshot_free(&f->prev);
	kxt_snapshot_free(&f->cur);
	kxt_snapshot_free(&f->delta);
	kxt_summary_free(&f->sum);
	free(f->gone);
	memset(f, 0, sizeof(*f));
}

static void swap(struct kxt_snapshot *a, struct kxt_snapshot *b)
{
	struct kxt_snapshot tmp = *a;

	*a = *b;
	*b = tmp;
}

/* A collector that was started anew counts from zero. */
static uint64_t grown(uint64_t from, uint64_t to)
{
	return to < from ? to : to - from;
}

static int take(struct kxt_frames *f, struct kxt_err *err)
{
	const struct kxt_lost *from = &f->prev.lost, *to = &f->cur.lost;

	if (f->collector->ops->snapshot(f->collector, &f->cur, err))
		return -1;
	f->lost.exits += grown(from->exits, to->exits);
	f->lost.slots += grown(from->slots, to->slots);
	f->lost.events += grown(from->events, to->events);
	return 0;
}

int kxt_frames_skip(struct kxt_frames *f, struct kxt_err *err)
{
	if (take(f, err))
		return -1;
	swap(&f->prev, &f->cur);
	return 0;
}

static int compare_pid(const void *a, const void *b)
{
	const struct kxt_vm *x = a, *y = b;

	return x->pid < y->pid ? -1 : x->pid > y->pid;
}

static struct kxt_vm *find_vm(const struct kxt_summary *s, unsigned int nr, uint32_t pid)
{
	struct kxt_vm key = { .pid = pid };

	return nr ? bsearch(&key, s->vm, nr, sizeof(*s->vm), compare_pid) : NULL;
}

static uint64_t gone_since(const struct kxt_frames_gone *gone, unsigned int nr,
			   uint32_t pid, uint64_t now_ns)
{
	for (unsigned int i = 0; i < nr; i++)
		if (gone[i].pid == pid)
			return gone[i].since_ns;
	return now_ns;
}

/* The VM moves with all its memory; what stays behind owns nothing. */
static void move_vm(struct kxt_summary *to, struct kxt_vm *vm)
{
	struct kxt_vm *dst = &to->vm[to->nr++];

	*dst = *vm;
	dst->ended = true;
	memset(vm, 0, sizeof(*vm));
	for (unsigned int i = 0; i < dst->nr_vcpus; i++)
		dst->vcpu[i].ended = true;
}

/*
 * Takes the VMs of the frame before that are over along into the new one, with
 * the numbers they had there.
 */
static int linger(struct kxt_frames *f, struct kxt_summary *sum, uint64_t now_ns,
		  struct kxt_err *err)
{
	unsigned int room = sum->nr + f->sum.nr, had = sum->nr, nr = 0;
	struct kxt_frames_gone *list;
	struct kxt_vm *vm;

	if (!room)
		return 0;
	list = calloc(room, sizeof(*list));
	vm = reallocarray(sum->vm, room, sizeof(*sum->vm));
	if (vm)
		sum->vm = vm;
	if (!vm || !list) {
		free(list);
		return kxt_err_set(err, KXT_EXIT_RUNTIME, "out of memory for a frame");
	}
	for (unsigned int i = 0; i < f->sum.nr; i++) {
		uint32_t pid = f->sum.vm[i].pid;
		uint64_t since = gone_since(f->gone, f->nr_gone, pid, now_ns);

		if (find_vm(sum, had, pid) ||
		    (now_ns - since > f->linger_ns && pid != f->keep_pid))
			continue;
		move_vm(sum, &f->sum.vm[i]);
		list[nr++] = (struct kxt_frames_gone){ pid, since };
	}
	for (unsigned int i = 0; i < had; i++)
		if (sum->vm[i].ended)
			list[nr++] = (struct kxt_frames_gone){ sum->vm[i].pid, now_ns };
	qsort(sum->vm, sum->nr, sizeof(*sum->vm), compare_pid);
	free(f->gone);
	f->gone = list;
	f->nr_gone = nr;
	return 0;
}

/* @sum is the next frame; it is moved. */
static int show(struct kxt_frames *f, struct kxt_summary *sum, uint64_t now_ns,
		struct kxt_err *err)
{
	int ret = 0;

	snprintf(sum->collector, sizeof(sum->collector), "%s", f->from.collector);
	snprintf(sum->kernel, sizeof(sum->kernel), "%s", f->from.kernel);
	snprintf(sum->host, sizeof(sum->host), "%s", f->from.host);
	if (f->linger_ns)
		ret = linger(f, sum, now_ns, err);
	kxt_summary_free(&f->sum);
	f->sum = *sum;
	return ret;
}

int kxt_frames_window(struct kxt_frames *f, const struct kxt_snapshot *delta,
		      uint64_t now_ns, struct kxt_err *err)
{
	struct kxt_summary sum = { 0 };

	if (kxt_summary_make(&sum, delta, f->from.names, f->filter, err))
		return -1;
	return show(f, &sum, now_ns, err);
}

void kxt_frames_forget(struct kxt_frames *f)
{
	kxt_summary_free(&f->sum);
	free(f->gone);
	f->gone = NULL;
	f->nr_gone = 0;
}

int kxt_frames_next(struct kxt_frames *f, struct kxt_err *err)
{
	struct kxt_summary sum = { 0 };
	int ret;

	if (take(f, err))
		return -1;
	/* Counters of thousands of vCPUs are large: not two of them between refreshes. */
	ret = kxt_snapshot_take_delta(&f->delta, &f->prev, &f->cur, err);
	swap(&f->prev, &f->cur);
	if (ret == 0)
		ret = kxt_summary_take(&sum, &f->delta, f->from.names, f->filter, err);
	if (ret == 0)
		ret = show(f, &sum, f->prev.now_ns, err);
	return ret;
}
