// SPDX-License-Identifier: GPL-2.0-only
/* kvmexittop top: the live view. What the user wants goes to the collector here. */
#include <stdio.h>

#include "user/cmd_top.h"

/* A short first window: rates are right at once, and nobody waits for them. */
#define FIRST_NS	250000000ULL

/* Slow exits that are taken at once, and in one go: more would stop the keys. */
#define SLOW_BATCH	64
#define SLOW_ROUNDS	128

static const struct kxt_collector_ops *ops_of(const struct kxt_top_live *live)
{
	return live->frames->collector->ops;
}

/* The short first window begins now. */
static uint64_t first_window(struct kxt_top_live *live)
{
	uint64_t interval = kxt_tui_interval(live->tui);
	uint64_t first = interval < FIRST_NS ? interval : FIRST_NS;

	kxt_loop_timer(live->loop, first, interval);
	return first;
}

static void add_slow(struct kxt_top_live *live, const struct kvmexit_event *ev,
		     uint64_t to_wall_ns)
{
	const char *name = kxt_vm_names_get(live->frames->collector->names, ev->pid);
	struct kxt_slow slow = { .ev = *ev, .wall_ns = ev->time_ns + to_wall_ns };

	if (ev->type != KVMEXIT_EVENT_SLOW ||
	    !kxt_filter_wants(live->filter, ev->pid, name))
		return;
	snprintf(slow.name, sizeof(slow.name), "%s", name);
	kxt_tui_slow_add(live->tui, &slow);
}

static void give_up_slow(struct kxt_top_live *live, const struct kxt_err *why)
{
	struct kxt_err ignored;

	kxt_loop_watch(live->loop, -1, &ignored);
	ops_of(live)->slow(live->frames->collector, UINT64_MAX, &ignored);
	live->slow_ns = UINT64_MAX;
	kxt_tui_no_slow(live->tui, why->msg);
}

/* A collector that fails here can still give frames: the view says what is wrong. */
static int read_slow(struct kxt_top_live *live, struct kxt_err *err)
{
	struct kvmexit_event ev[SLOW_BATCH];
	struct kxt_err why = { 0 };
	uint64_t to_wall_ns, lost = 0;
	int nr = SLOW_BATCH;

	if (live->slow_ns == UINT64_MAX)
		return 0;
	to_wall_ns = kxt_collector_to_wall(live->frames->collector);
	for (unsigned int i = 0; nr == SLOW_BATCH && i < SLOW_ROUNDS; i++) {
		nr = ops_of(live)->slow_read(live->frames->collector, ev, SLOW_BATCH, &lost,
					     &why);
		for (int k = 0; k < nr; k++)
			add_slow(live, &ev[k], to_wall_ns);
	}
	if (nr < 0)
		give_up_slow(live, &why);
	return kxt_tui_slow_show(live->tui, lost, err);
}

static void sync_slow(struct kxt_top_live *live, uint64_t want)
{
	struct kxt_collector *c = live->frames->collector;
	struct kxt_err why = { 0 };
	int fd = -1;

	if (want == live->slow_ns)
		return;
	live->slow_ns = want;
	if (c->ops->slow(c, want, &why)) {
		give_up_slow(live, &why);
		return;
	}
	if (want != UINT64_MAX && c->ops->slow_fd)
		fd = c->ops->slow_fd(c);
	if (kxt_loop_watch(live->loop, fd, &why))
		give_up_slow(live, &why);
}

/* Has the collector do what the user wants of it now. */
static void do_wishes(struct kxt_top_live *live)
{
	struct kxt_collector *c = live->frames->collector;
	bool details = kxt_tui_details(live->tui);
	struct kxt_err why = { 0 };

	if (details != live->details) {
		live->details = details;
		if (c->ops->details(c, details, &why)) {
			live->details = false;
			kxt_tui_no_details(live->tui, why.msg);
		}
	}
	sync_slow(live, kxt_tui_slow_ns(live->tui));
}

static int tick(struct kxt_top_live *live, uint64_t window, struct kxt_err *err)
{
	struct kxt_frames *f = live->frames;
	const struct kxt_collector_ops *ops = ops_of(live);

	if (ops->wait && ops->wait(f->collector, window, err))
		return -1;
	/* Not every collector has a file to wait for. */
	if (read_slow(live, err))
		return -1;
	if (kxt_tui_paused(live->tui))
		return kxt_frames_skip(f, err);
	f->keep_pid = kxt_tui_pid(live->tui);
	if (kxt_frames_next(f, err))
		return -1;
	return kxt_tui_frame(live->tui, &f->sum, &f->lost, err);
}

/* Nobody reads while we are stopped: slow exits would only fill their buffer. */
static void suspend(struct kxt_top_live *live)
{
	kxt_tui_leave(live->tui);
	sync_slow(live, UINT64_MAX);
	kxt_loop_stop();
}

static int keys(struct kxt_top_live *live, unsigned int events, struct kxt_err *err)
{
	int wish = KXT_TUI_STAY;

	if (events & KXT_EVENT_INPUT)
		wish = kxt_tui_keys(live->tui, err);
	if (wish >= 0 && wish != KXT_TUI_QUIT)
		do_wishes(live);
	return wish;
}

int kxt_top_live(struct kxt_top_live *live, unsigned long frames, struct kxt_err *err)
{
	uint64_t window = first_window(live);
	unsigned long shown = 0;
	int wish;

	while (!frames || shown < frames) {
		unsigned int events = kxt_loop_wait(live->loop, true);

		if (events & (KXT_EVENT_QUIT | KXT_EVENT_GONE))
			return 0;
		if (events & KXT_EVENT_SUSPEND)
			suspend(live);
		if (events & (KXT_EVENT_SUSPEND | KXT_EVENT_CONTINUE)) {
			kxt_tui_enter(live->tui);
			/* Rates over the time we slept would be nobody's. */
			if (kxt_frames_skip(live->frames, err))
				return -1;
			window = first_window(live);
			events &= ~(unsigned int)KXT_EVENT_TICK;
		}
		if (events & KXT_EVENT_RESIZE)
			kxt_tui_resize(live->tui);
		wish = keys(live, events, err);
		if (wish < 0 || wish == KXT_TUI_QUIT)
			return wish < 0 ? -1 : 0;
		if (events & KXT_EVENT_READY && read_slow(live, err))
			return -1;
		if (events & KXT_EVENT_TICK) {
			if (tick(live, window, err))
				return -1;
			shown += !kxt_tui_paused(live->tui);
			window = kxt_tui_interval(live->tui);
		}
		if (wish == KXT_TUI_INTERVAL) {
			window = kxt_tui_interval(live->tui);
			kxt_loop_timer(live->loop, window, window);
		}
	}
	return 0;
}
