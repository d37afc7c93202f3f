// SPDX-License-Identifier: GPL-2.0-only
#include "user/cmd_record_run.h"

#include <stdlib.h>
#include <string.h>

#include "user/rec/slow.h"
#include "user/spawn.h"

#define SEC		1000000000ULL
/*
 * As in a window of dump: most VMs that come and go between two frames can still be
 * asked for their name, and none is forgotten by the collector unseen.
 */
#define LOOK_NS		(SEC / 4)
/* Slow exits that are read at once, and how often at most in one look. */
#define BATCH_MAX	4096
#define BATCHES_MAX	16

/**
 * struct run - state of kxt_record_run()
 * @w: the caller's
 * @c: its collector
 * @writer: recording
 * @spawn: signals, and the command
 * @seen: newest snapshot since the last frame, with all that was carried; empty if
 *	there was none
 * @last: keys of the newest snapshot, sorted
 * @nr_last: how many
 * @slow: slow exits since the last frame
 * @batch: room to read them
 * @deadline: when the next frame is due, in our clock
 * @left_ns: of the time to record; UINT64_MAX: for ever
 * @last_ns: time of the last frame, by the collector's clock
 * @over: that clock has come to its end: a recording has one
 */
struct run {
	struct kxt_record_run *w;
	struct kxt_collector *c;
	struct kxt_rec_writer *writer;
	struct kxt_spawn spawn;
	struct kxt_snapshot seen;
	uint64_t *last;
	unsigned int nr_last;
	struct kxt_rec_slow slow;
	struct kvmexit_event *batch;
	uint64_t deadline, left_ns;
	uint64_t last_ns;
	bool over;
};

static int no_memory(struct kxt_err *err)
{
	return kxt_err_set(err, KXT_EXIT_RUNTIME, "out of memory for a recording");
}

/* Ask for the names of new VMs: a process that has ended cannot be asked. */
static int learn_names(struct run *r, const struct kxt_snapshot *s, struct kxt_err *err)
{
	uint64_t *key = calloc(s->nr + 1, sizeof(*key));
	unsigned int old = 0;

	if (!key)
		return no_memory(err);
	for (unsigned int i = 0; i < s->nr; i++) {
		key[i] = s->vcpu[i].key;
		while (old < r->nr_last && r->last[old] < key[i])
			old++;
		if (old == r->nr_last || r->last[old] != key[i])
			kxt_vm_names_get(r->c->names, s->vcpu[i].pid);
	}
	free(r->last);
	r->last = key;
	r->nr_last = s->nr;
	return 0;
}

static bool wants(const struct run *r, uint32_t pid)
{
	const struct kxt_filter *filter = r->w->filter;

	if (!filter->pid && !filter->vm)
		return true;
	return kxt_filter_wants(filter, pid, kxt_vm_names_get(r->c->names, pid));
}

/* Takes the vCPUs out that nobody wants. */
static void filter(struct run *r, struct kxt_snapshot *s)
{
	unsigned int nr = 0;
	uint32_t pid = 0;
	bool wanted = false;

	for (unsigned int i = 0; i < s->nr; i++) {
		struct kxt_vcpu *v = &s->vcpu[i];

		/* The vCPUs of a VM are mostly side by side. */
		if (i == 0 || v->pid != pid)
			wanted = wants(r, v->pid);
		pid = v->pid;
		if (wanted) {
			s->vcpu[nr++] = *v;
			continue;
		}
		free(v->entry);
		free(v->detail);
	}
	s->nr = nr;
}

/* A look between two frames, or the snapshot of a frame: with what was forgotten since. */
static int look(struct run *r, struct kxt_snapshot *s, struct kxt_err *err)
{
	if (r->c->ops->snapshot(r->c, s, err) || learn_names(r, s, err))
		return -1;
	filter(r, s);
	return kxt_snapshot_carry(s, &r->seen, err);
}

static int compare_time(const void *pa, const void *pb)
{
	const struct kvmexit_event *a = pa, *b = pb;

	if (a->time_ns != b->time_ns)
		return a->time_ns < b->time_ns ? -1 : 1;
	return a->cpu < b->cpu ? -1 : a->cpu > b->cpu;
}

static int read_slow(struct run *r, struct kxt_err *err)
{
	int nr = 0;

	for (unsigned int i = 0; r->batch && i < BATCHES_MAX; i++) {
		nr = r->c->ops->slow_read(r->c, r->batch, BATCH_MAX, &r->slow.lost, err);
		if (nr < 0)
			return -1;
		if (nr == 0)
			break;
		qsort(r->batch, nr, sizeof(*r->batch), compare_time);
		for (int j = 0; j < nr; j++) {
			if (wants(r, r->batch[j].pid))
				kxt_rec_slow_add(&r->slow, &r->batch[j]);
		}
	}
	return 0;
}

/* Takes @s. Returns 0, 1 if the recording is full, -1 with @err set. */
static int write_frame(struct run *r, struct kxt_snapshot *s, struct kxt_err *err)
{
	struct kxt_rec_input in = {
		.s = s,
		.names = r->c->names,
		.slow = r->slow.event,
		.nr_slow = r->slow.nr,
		.slow_lost = r->slow.lost,
	};
	int ret;

	r->over = r->c->ops->wait && s->now_ns == r->last_ns;
	r->last_ns = s->now_ns;
	r->w->any = r->w->any || s->nr;
	r->w->slow += r->slow.nr;
	r->w->slow_lost += r->slow.lost;
	ret = kxt_rec_writer_frame(r->writer, &in, err);
	kxt_rec_slow_next(&r->slow);
	kxt_snapshot_free(&r->seen);
	return ret;
}

static int take_frame(struct run *r, struct kxt_err *err)
{
	struct kxt_snapshot s;
	int ret;

	kxt_snapshot_init(&s);
	ret = read_slow(r, err);
	if (ret == 0)
		ret = look(r, &s, err);
	if (ret == 0)
		ret = write_frame(r, &s, err);
	kxt_snapshot_free(&s);
	return ret;
}

static int look_between(struct run *r, struct kxt_err *err)
{
	struct kxt_snapshot s;

	kxt_snapshot_init(&s);
	if (read_slow(r, err) || look(r, &s, err)) {
		kxt_snapshot_free(&s);
		return -1;
	}
	kxt_snapshot_free(&r->seen);
	r->seen = s;
	return 0;
}

static bool is_end(const struct run *r)
{
	return r->spawn.interrupted || (r->w->command && !r->spawn.child) || !r->left_ns ||
	       r->over;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* One nap. A collector with a clock of its own moves it instead. */
static int nap(struct run *r, uint64_t end, uint64_t ns, struct kxt_err *err)
{
	const struct kxt_collector_ops *ops = r->c->ops;

	/* Of a command's real seconds, each is one of the collector's. */
	if (ops->wait)
		end = r->w->command ? kxt_spawn_clock() + ns : 0;
	kxt_spawn_wait(&r->spawn, end, NULL, 0);
	return ops->wait ? ops->wait(r->c, ns, err) : 0;
}

/* The time to the next frame, with looks in between. */
static int wait_for_frame(struct run *r, struct kxt_err *err)
{
	uint64_t interval = least(r->w->host.interval_ns, r->left_ns);
	uint64_t now = kxt_spawn_clock();

	/* Where we were too late, no two frames come at once. */
	if (r->deadline < now)
		r->deadline = now;
	for (uint64_t left = interval; left;) {
		uint64_t ns = least(left, LOOK_NS);

		left -= ns;
		r->deadline += ns;
		if (nap(r, r->deadline, ns, err))
			return -1;
		if (r->spawn.interrupted || (r->w->command && !r->spawn.child))
			return 0;
		if (left && look_between(r, err))
			return -1;
	}
	if (r->left_ns != UINT64_MAX)
		r->left_ns -= interval;
	return 0;
}

static int watch(struct run *r, struct kxt_err *err)
{
	int ret;

	r->deadline = kxt_spawn_clock();
	r->left_ns = r->w->length_ns ? r->w->length_ns : UINT64_MAX;
	do {
		ret = wait_for_frame(r, err);
		if (ret == 0)
			ret = take_frame(r, err);
	} while (ret == 0 && !is_end(r));
	if (ret < 0)
		return -1;
	r->w->full = ret;
	/* Who has no more room, or nothing more to see, does not want the command to end. */
	while (r->spawn.child && !r->spawn.interrupted)
		kxt_spawn_wait(&r->spawn, UINT64_MAX, NULL, 0);
	return 0;
}

static int start_slow(struct run *r, struct kxt_err *err)
{
	const struct kxt_collector_ops *ops = r->c->ops;

	if (r->w->host.over_ns == UINT64_MAX)
		return 0;
	if (!ops->slow || !ops->slow_read)
		return kxt_err_set(err, KXT_EXIT_NO_COLLECTOR,
				   "the collector %s cannot tell slow exits. Leave out --over, or use -C module.",
				   ops->name);
	r->batch = calloc(BATCH_MAX, sizeof(*r->batch));
	return r->batch ? ops->slow(r->c, r->w->host.over_ns, err) : no_memory(err);
}

static int start_command(struct run *r, struct kxt_err *err)
{
	struct kxt_record_run *w = r->w;

	if (!w->command)
		return 0;
	if (kxt_spawn_command(&r->spawn, w->command, r->c->names, err))
		return -1;
	return w->started ? w->started(w->started_arg, err) : 0;
}

/* Others can choose the names: not with privileges that are still to go. */
static int first_frame(struct run *r, struct kxt_err *err)
{
	if (learn_names(r, r->w->first, err))
		return -1;
	filter(r, r->w->first);
	return write_frame(r, r->w->first, err);
}

static int record(struct run *r, struct kxt_err *err)
{
	int ret = start_slow(r, err);

	if (ret == 0)
		ret = start_command(r, err);
	if (ret == 0)
		ret = first_frame(r, err);
	if (ret == 0)
		ret = watch(r, err);
	return ret < 0 ? -1 : 0;
}

/* What was seen is kept, also after a failure: of that, the first one is told. */
static int end(struct run *r, int ret, struct kxt_err *err)
{
	struct kxt_err later;
	int full = kxt_rec_writer_end(r->writer, ret ? &later : err);

	r->w->full = r->w->full || full > 0;
	r->w->done = kxt_rec_writer_written(r->writer);
	return full < 0 ? -1 : ret;
}

int kxt_record_run(struct kxt_record_run *w, struct kxt_err *err)
{
	struct run *r = calloc(1, sizeof(*r));
	int ret = -1;

	w->command_status = 0;
	if (!r)
		return no_memory(err);
	r->w = w;
	r->c = w->c;
	kxt_snapshot_init(&r->seen);
	if (kxt_spawn_begin(&r->spawn, err))
		goto out;
	ret = kxt_rec_writer_new(&r->writer, &w->host, &w->sink, err);
	if (ret == 0) {
		ret = record(r, err);
		/* A sink that has failed is not tried again: see the sink. */
		ret = end(r, ret, err);
	}
	kxt_spawn_end(&r->spawn);
	if (!r->spawn.interrupted)
		w->command_status = r->spawn.status;
	kxt_rec_writer_free(r->writer);
out:
	kxt_snapshot_free(&r->seen);
	free(r->last);
	free(r->batch);
	free(r);
	return ret;
}
