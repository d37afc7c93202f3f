// SPDX-License-Identifier: GPL-2.0-only
#include "user/cmd_slow_run.h"

#include <errno.h>
#include <inttypes.h>
#include <langinfo.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "user/cmd.h"
#include "user/collector_file.h"
#include "user/spawn.h"
#include "user/view_slow.h"

#define SEC		1000000000ULL
/* A storm of exits is read in batches, not one by one. */
#define BATCH_NS	(SEC / 50)
/* Records of one batch. They are sorted, so they have to fit in memory. */
#define BATCH_MAX	8192
/* So many at the end, when exits may still come faster than they are read. */
#define LAST_BATCHES	64
/* How far a collector with a clock of its own moves it each time. */
#define STEP_NS		(SEC / 4)

/**
 * struct run - state of kxt_slow_run()
 * @w: the caller's
 * @c: its collector
 * @spawn: signals, and the command
 * @view: how lines look
 * @knows: newest snapshot: what is known of each vCPU
 * @to_wall_ns: from CLOCK_MONOTONIC to CLOCK_REALTIME
 * @end: when to stop, in our clock; UINT64_MAX for never
 * @passed_ns: in a collector's own clock
 * @event: room for a batch
 * @over: nothing more is to be printed
 */
struct run {
	struct kxt_slow_run *w;
	struct kxt_collector *c;
	struct kxt_spawn spawn;
	struct kxt_view_slow view;
	struct kxt_snapshot knows;
	uint64_t to_wall_ns;
	uint64_t end, passed_ns;
	struct kvmexit_event *event;
	bool over;
};

/* A process that has ended cannot be asked for its name. */
static void learn_names(struct run *r)
{
	for (unsigned int i = 0; i < r->knows.nr; i++)
		kxt_vm_names_get(r->c->names, r->knows.vcpu[i].pid);
}

static int take_snapshot(struct run *r, struct kxt_err *err)
{
	return r->c->ops->snapshot(r->c, &r->knows, err);
}

static int compare_key(const void *key, const void *vcpu)
{
	uint64_t a = *(const uint64_t *)key;
	uint64_t b = ((const struct kxt_vcpu *)vcpu)->key;

	return (a > b) - (a < b);
}

static const struct kxt_vcpu *find_vcpu(const struct run *r, const struct kvmexit_event *ev)
{
	uint64_t key = (uint64_t)ev->slot << 32 | ev->generation;

	if (!r->knows.nr)
		return NULL;
	return bsearch(&key, r->knows.vcpu, r->knows.nr, sizeof(*r->knows.vcpu),
		       compare_key);
}

/* What is not known of a vCPU that is gone, of others is not known either. */
static uint32_t knows_of(const struct run *r, const struct kvmexit_event *ev)
{
	const struct kxt_vcpu *v = find_vcpu(r, ev);
	uint32_t knows = r->knows.nr ? KXT_KNOWS_ALL : 0;

	if (v)
		return v->knows;
	for (unsigned int i = 0; i < r->knows.nr; i++)
		knows &= r->knows.vcpu[i].knows;
	return knows;
}

static int show(struct run *r, const struct kvmexit_event *ev)
{
	struct kxt_slow line = { .ev = *ev, .wall_ns = ev->time_ns + r->to_wall_ns };
	const char *name = kxt_vm_names_get(r->c->names, ev->pid);

	if (!kxt_filter_wants(r->w->filter, ev->pid, name))
		return 0;
	r->w->shown++;
	strncpy(line.name, name, sizeof(line.name) - 1);
	if (r->w->json)
		return kxt_view_slow_json(r->w->out, &line, knows_of(r, ev));
	kxt_view_slow_text(r->w->out, &line, knows_of(r, ev), &r->view);
	return ferror(r->w->out) ? -1 : 0;
}

static void show_lost(struct run *r, uint64_t lost)
{
	r->w->lost += lost;
	if (lost && r->w->json)
		kxt_view_slow_lost_json(r->w->out, lost);
	else if (lost)
		fprintf(stderr, "kvmexittop: lost %" PRIu64 " slow exit%s: they came faster than they were read. A higher --over has fewer.\n",
			lost, lost == 1 ? "" : "s");
}

static int compare_time(const void *pa, const void *pb)
{
	const struct kvmexit_event *a = pa, *b = pb;

	if (a->time_ns != b->time_ns)
		return a->time_ns < b->time_ns ? -1 : 1;
	return a->cpu < b->cpu ? -1 : a->cpu > b->cpu;
}

/* Returns the number of records, or -1 with @err set. */
static int read_batch(struct run *r, uint64_t *lost, struct kxt_err *err)
{
	unsigned int nr = 0;
	int ret;

	do {
		ret = r->c->ops->slow_read(r->c, r->event + nr, BATCH_MAX - nr, lost, err);
		if (ret < 0)
			return -1;
		nr += ret;
	} while (ret && nr < BATCH_MAX);
	qsort(r->event, nr, sizeof(*r->event), compare_time);
	return (int)nr;
}

/* Nobody reads any more, or the disk is full: the former is no error. */
static int output_error(struct run *r, struct kxt_err *err)
{
	r->over = true;
	if (errno == EPIPE) {
		r->w->unread = true;
		__fpurge(r->w->out);
		return 0;
	}
	return kxt_err_set(err, KXT_EXIT_RUNTIME, "cannot write the output: %s",
			   strerror(errno));
}

/* All that has come until now. Returns how many, or -1 with @err set. */
static int print_batch(struct run *r, struct kxt_err *err)
{
	uint64_t lost = 0;
	int nr = read_batch(r, &lost, err), ret = 0;
	bool new_vcpu = false;

	if (nr < 0)
		return -1;
	for (int i = 0; i < nr; i++)
		new_vcpu = new_vcpu || !find_vcpu(r, &r->event[i]);
	if (new_vcpu) {
		if (take_snapshot(r, err))
			return -1;
		learn_names(r);
	}
	r->w->seen += nr;
	show_lost(r, lost);
	for (int i = 0; i < nr && ret == 0 && !r->over; i++) {
		ret = show(r, &r->event[i]);
		r->over = r->w->count && r->w->shown == r->w->count;
	}
	if ((ret || fflush(r->w->out)) && output_error(r, err))
		return -1;
	return nr;
}

static bool is_end(const struct run *r)
{
	return r->spawn.interrupted || (r->w->command && !r->spawn.child) ||
	       kxt_collector_file_over(r->c);
}

/* Returns 1 at the end, 0 before, -1 with @err set. */
static int wait_own_clock(struct run *r, struct kxt_err *err)
{
	uint64_t left = r->w->length_ns ? r->w->length_ns - r->passed_ns : UINT64_MAX;
	uint64_t ns = left < STEP_NS ? left : STEP_NS;

	/* Of a command's real seconds, each is a step. */
	kxt_spawn_wait(&r->spawn, r->w->command ? kxt_spawn_clock() + SEC : 0, NULL, 0);
	if (r->c->ops->wait(r->c, ns, err))
		return -1;
	r->passed_ns += ns;
	return is_end(r) || (r->w->length_ns && r->passed_ns >= r->w->length_ns);
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* The same for a collector that lives in our time. */
static int wait_for_some(struct run *r, struct kxt_err *err)
{
	int fd = r->c->ops->slow_fd ? r->c->ops->slow_fd(r->c) : -1;
	struct pollfd fds[2] = { { .fd = fileno(r->w->out) },
				 { .fd = fd, .events = POLLIN } };
	unsigned int nr = fd < 0 ? 1 : 2;
	uint64_t batch;

	if (fd >= 0)
		kxt_spawn_wait(&r->spawn, r->end, fds, 2);
	/* Readable and over: what is left is taken first. */
	if (nr == 2 && fds[1].revents && !(fds[1].revents & POLLIN))
		return kxt_err_set(err, KXT_EXIT_RUNTIME,
				   "the collector %s gives no more slow exits. Start again.",
				   r->c->ops->name);
	/* They come in bursts: what follows soon is in the same batch. */
	batch = kxt_spawn_clock() + BATCH_NS;
	if (!is_end(r) && !fds[0].revents)
		kxt_spawn_wait(&r->spawn, sooner(batch, r->end), fds, 1);
	if (fds[0].revents) {
		/* Who read our output is gone. */
		r->over = r->w->unread = true;
		return 1;
	}
	return is_end(r) || kxt_spawn_clock() >= r->end;
}

/* There is more already; but signals, and the end of time, count all the same. */
static int wait_not(struct run *r)
{
	kxt_spawn_wait(&r->spawn, 0, NULL, 0);
	return is_end(r) || kxt_spawn_clock() >= r->end;
}

static int watch(struct run *r, struct kxt_err *err)
{
	int end, nr = 0;

	do {
		if (nr == BATCH_MAX)
			end = wait_not(r);
		else if (r->c->ops->wait)
			end = wait_own_clock(r, err);
		else
			end = wait_for_some(r, err);
		nr = end < 0 ? -1 : r->over ? 0 : print_batch(r, err);
		if (nr < 0)
			return -1;
	} while (!end && !r->over);
	for (unsigned int i = 0; nr == BATCH_MAX && !r->over && i < LAST_BATCHES; i++)
		nr = print_batch(r, err);
	if (nr < 0 || r->c->ops->slow(r->c, UINT64_MAX, err))
		return -1;
	/* Who wants no more lines does not want the command to end. */
	while (r->spawn.child && !r->spawn.interrupted)
		kxt_spawn_wait(&r->spawn, UINT64_MAX, NULL, 0);
	return 0;
}

static int start_command(struct run *r, struct kxt_err *err)
{
	struct kxt_slow_run *w = r->w;

	if (kxt_spawn_command(&r->spawn, w->command, r->c->names, err))
		return -1;
	return w->started ? w->started(w->started_arg, err) : 0;
}

static int run(struct run *r, struct kxt_err *err)
{
	int ret;

	if (kxt_spawn_begin(&r->spawn, err))
		return -1;
	r->to_wall_ns = kxt_collector_to_wall(r->c);
	r->end = r->w->length_ns ? kxt_spawn_clock() + r->w->length_ns : UINT64_MAX;
	ret = r->c->ops->slow(r->c, r->w->over_ns, err);
	if (ret == 0 && r->w->command)
		ret = start_command(r, err);
	if (ret == 0) {
		/* Others can choose the names: not with privileges that are still to go. */
		learn_names(r);
		ret = watch(r, err);
	}
	kxt_spawn_end(&r->spawn);
	if (!r->spawn.interrupted)
		r->w->command_status = r->spawn.status;
	return ret;
}

static int begin(struct run *r, struct kxt_err *err)
{
	if (!r->c->ops->slow || !r->c->ops->slow_read)
		return kxt_err_set(err, KXT_EXIT_NO_COLLECTOR,
				   "the collector %s cannot tell slow exits. Use the module: -C module.",
				   r->c->ops->name);
	if (take_snapshot(r, err))
		return -1;
	if (!r->knows.kvm_present)
		return kxt_no_kvm(err);
	r->event = calloc(BATCH_MAX, sizeof(*r->event));
	if (!r->event)
		return kxt_err_set(err, KXT_EXIT_RUNTIME, "out of memory for slow exits");
	r->view.utc = r->c->ops->wait;
	r->view.ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
	return 0;
}

int kxt_slow_run(struct kxt_slow_run *w, struct kxt_err *err)
{
	struct run r = { .w = w, .c = w->c };
	int ret;

	w->seen = w->shown = w->lost = 0;
	w->unread = false;
	w->command_status = 0;
	kxt_snapshot_init(&r.knows);
	ret = begin(&r, err);
	if (ret == 0)
		ret = run(&r, err);
	kxt_snapshot_free(&r.knows);
	free(r.event);
	return ret;
}
