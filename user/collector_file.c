// SPDX-License-Identifier: GPL-2.0-only
/*
 * A recording as a collector: its clock is that of the frames and moves in wait() only, as
 * far as the last frame. What is printed is the recorded host's, also its collector's name.
 */
#include "user/collector_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/collector.h"
#include "user/rec/recording.h"

/**
 * struct file - an open recording
 * @ops: ours, under the name of the collector that was recorded
 * @rec: recording
 * @now_ns: the clock
 * @frame: the last one up to @now_ns
 * @details: they are wanted
 * @over_ns: threshold of slow exits, UINT64_MAX: none are wanted
 * @slow_frame: slow exits were read up to this frame
 * @slow_read: and so many of the next one
 */
struct file {
	struct kxt_collector_ops ops;
	struct kxt_recording *rec;
	uint64_t now_ns;
	unsigned int frame;
	bool details;
	uint64_t over_ns;
	unsigned int slow_frame;
	unsigned int slow_read;
};

static bool named(const char *spec, const char *name)
{
	size_t len = strlen(name);

	return strncmp(spec, name, len) == 0 && (!spec[len] || spec[len] == ':');
}

bool kxt_collector_is_file(const char *spec)
{
	if (!spec || named(spec, "auto") || named(spec, "module") || named(spec, "bpf") ||
	    named(spec, "fake"))
		return false;
	return strpbrk(spec, "/.") || access(spec, F_OK) == 0;
}

static int file_open(struct kxt_collector *c, const char *arg, struct kxt_err *err)
{
	const struct kxt_recording_host *host;
	struct file *f = calloc(1, sizeof(*f));

	if (!f)
		return kxt_err_set(err, KXT_EXIT_RUNTIME, "out of memory for the recording %s",
				   arg);
	if (kxt_recording_open(&f->rec, arg, err)) {
		free(f);
		return -1;
	}
	host = kxt_recording_host(f->rec);
	if (kxt_recording_trouble(f->rec))
		fprintf(stderr, "kvmexittop: %s\n", kxt_recording_trouble(f->rec));
	f->ops = kxt_collector_file;
	f->ops.name = host->collector;
	f->now_ns = kxt_recording_time(f->rec, 0);
	f->over_ns = UINT64_MAX;
	snprintf(c->kernel, sizeof(c->kernel), "%s", host->kernel);
	snprintf(c->host, sizeof(c->host), "%s", host->host);
	c->ops = &f->ops;
	c->priv = f;
	c->names = kxt_recording_names(f->rec);
	return 0;
}

static void file_close(struct kxt_collector *c)
{
	struct file *f = c->priv;

	/* They are the recording's, and go with it. */
	c->names = NULL;
	c->priv = NULL;
	kxt_recording_close(f->rec);
	free(f);
}

/* As if nobody had asked for them. */
static void forget_details(struct kxt_snapshot *s)
{
	s->details = false;
	for (unsigned int i = 0; i < s->nr; i++) {
		free(s->vcpu[i].detail);
		s->vcpu[i].detail = NULL;
		s->vcpu[i].nr_details = 0;
	}
}

static int file_snapshot(struct kxt_collector *c, struct kxt_snapshot *out,
			 struct kxt_err *err)
{
	struct file *f = c->priv;

	if (kxt_recording_frame(f->rec, f->frame, out, err))
		return -1;
	if (!f->details)
		forget_details(out);
	return 0;
}

static void go_to(struct file *f, uint64_t now_ns)
{
	uint64_t end = kxt_recording_time(f->rec, kxt_recording_frames(f->rec) - 1);

	f->now_ns = now_ns < end ? now_ns : end;
	f->frame = kxt_recording_find(f->rec, f->now_ns);
}

static int file_wait(struct kxt_collector *c, uint64_t ns, struct kxt_err *err)
{
	struct file *f = c->priv;

	(void)err;
	go_to(f, ns < UINT64_MAX - f->now_ns ? f->now_ns + ns : UINT64_MAX);
	return 0;
}

static int file_details(struct kxt_collector *c, bool on, struct kxt_err *err)
{
	struct file *f = c->priv;

	if (on && !kxt_recording_host(f->rec)->details)
		return kxt_err_set(err, KXT_EXIT_RUNTIME,
				   "details were not recorded. Leave out --details, or record them: kvmexittop record --details.");
	f->details = on;
	return 0;
}

static int file_slow(struct kxt_collector *c, uint64_t over_ns, struct kxt_err *err)
{
	struct file *f = c->priv;

	if (over_ns != UINT64_MAX && kxt_recording_host(f->rec)->over_ns == UINT64_MAX)
		return kxt_err_set(err, KXT_EXIT_RUNTIME,
				   "slow exits were not recorded. kvmexittop record --help says how.");
	if (f->over_ns == UINT64_MAX) {
		f->slow_frame = f->frame;
		f->slow_read = 0;
	}
	f->over_ns = over_ns;
	return 0;
}

/* There is nothing that poll() could tell: ask after each wait. */
static int file_slow_fd(struct kxt_collector *c)
{
	(void)c;
	return -1;
}

/**
 * struct taking - slow exits on their way to who asked for them
 * @event: room for @max
 * @max: how many
 * @nr: how many there are
 * @seen: of this frame
 * @skip: so many of this frame were taken before
 * @over_ns: only those
 */
struct taking {
	struct kvmexit_event *event;
	unsigned int max;
	unsigned int nr;
	unsigned int seen;
	unsigned int skip;
	uint64_t over_ns;
};

static int take(void *arg, const struct kxt_slow *slow)
{
	struct taking *t = arg;

	if (t->nr == t->max)
		return 1;
	t->seen++;
	if (t->seen > t->skip && kxt_slow_service_ns(&slow->ev) >= t->over_ns)
		t->event[t->nr++] = slow->ev;
	return 0;
}

static int file_slow_read(struct kxt_collector *c, struct kvmexit_event *event,
			  unsigned int max, uint64_t *lost, struct kxt_err *err)
{
	struct file *f = c->priv;
	struct taking t = { .event = event, .max = max, .over_ns = f->over_ns };

	while (f->over_ns != UINT64_MAX && f->slow_frame < f->frame && t.nr < max) {
		uint64_t gone = 0;
		int ret;

		t.seen = 0;
		t.skip = f->slow_read;
		ret = kxt_recording_slow(f->rec, f->slow_frame, f->slow_frame + 1, take, &t,
					 &gone, err);
		if (ret < 0)
			return -1;
		if (!f->slow_read)
			*lost += gone;
		f->slow_read = t.seen;
		if (ret)
			break;
		f->slow_frame++;
		f->slow_read = 0;
	}
	return (int)t.nr;
}

/* The file behind a collector, or NULL: another kind of collector has no such name. */
static struct file *file_of(const struct kxt_collector *c)
{
	return c->ops && c->ops->open == file_open ? c->priv : NULL;
}

void kxt_collector_file_last(struct kxt_collector *c)
{
	struct file *f = file_of(c);

	if (f)
		go_to(f, UINT64_MAX);
}

bool kxt_collector_file_over(const struct kxt_collector *c)
{
	const struct file *f = file_of(c);

	return f && f->frame == kxt_recording_frames(f->rec) - 1;
}

bool kxt_collector_file_to_wall(const struct kxt_collector *c, uint64_t *to_wall_ns)
{
	const struct file *f = file_of(c);

	if (f)
		*to_wall_ns = kxt_recording_host(f->rec)->to_wall_ns;
	return f;
}

const struct kxt_collector_ops kxt_collector_file = {
	.name = "file",
	.open = file_open,
	.snapshot = file_snapshot,
	.wait = file_wait,
	.details = file_details,
	.slow = file_slow,
	.slow_fd = file_slow_fd,
	.slow_read = file_slow_read,
	.close = file_close,
};
