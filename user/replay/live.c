// SPDX-License-Identifier: GPL-2.0-only
/* The live view on a recording: time passes, and keys move in it. */
#include "user/replay/live.h"

#include <limits.h>
#include <stdio.h>
#include <time.h>

/* No terminal, and no eye, follows windows that come faster. */
#define TICK_MIN_NS	20000000ULL

static uint64_t real_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static unsigned int last_window(const struct kxt_replay_live *live)
{
	return live->r->nr - 1;
}

static unsigned int next_window(const struct kxt_replay_live *live)
{
	return (live->bad > live->r->at ? live->bad : live->r->at) + 1;
}

/* 0: there is none. */
static unsigned int window_before(const struct kxt_replay_live *live)
{
	return (live->bad && live->bad < live->r->at ? live->bad : live->r->at) - 1;
}

/* Has the view the slow exits up to the window that is shown, if it wants any? */
static int sync_slow(struct kxt_replay_live *live, struct kxt_err *err)
{
	unsigned int frame = live->r->stop[live->r->at];
	struct kxt_err why = { 0 };
	const struct kxt_slow *slow;

	if (kxt_tui_slow_ns(live->tui) == UINT64_MAX || frame == live->fed)
		return 0;
	if (kxt_replay_slow_seek(&live->slow, live->r->rec, live->filter, frame, &why)) {
		kxt_tui_no_slow(live->tui, why.msg);
		return 0;
	}
	kxt_tui_slow_clear(live->tui);
	for (unsigned int i = 0; (slow = kxt_replay_slow_get(&live->slow, i)); i++)
		kxt_tui_slow_add(live->tui, slow);
	live->fed = frame;
	return kxt_tui_slow_show(live->tui, kxt_replay_slow_lost(&live->slow), err);
}

static void tell_place(struct kxt_replay_live *live)
{
	struct kxt_replay_place place = { .speed = live->clock.speed };

	kxt_replay_place(live->r, &place);
	kxt_tui_place(live->tui, &place);
}

/* The window that was shown stays if another one cannot be read. */
static int show(struct kxt_replay_live *live, unsigned int window, struct kxt_err *err)
{
	struct kxt_replay *r = live->r;
	unsigned int before = r->at;
	struct kxt_err why = { 0 };

	r->frames.keep_pid = kxt_tui_pid(live->tui);
	live->bad = 0;
	if (kxt_replay_show(r, window, &why)) {
		if (!before || kxt_replay_show(r, before, err))
			return kxt_err_set(err, why.status, "%s", why.msg);
		live->bad = window;
	}
	tell_place(live);
	if (kxt_tui_frame(live->tui, &r->frames.sum, &r->frames.lost, err))
		return -1;
	if (live->bad)
		kxt_tui_message(live->tui, why.msg);
	return sync_slow(live, err);
}

static int go_to(struct kxt_replay_live *live, unsigned int window, struct kxt_err *err)
{
	if (window < 1 || window > last_window(live))
		return 0;
	if (show(live, window, err))
		return -1;
	kxt_replay_clock_set(&live->clock, real_ns(),
			     kxt_replay_end_ns(live->r, live->r->at));
	return 0;
}

static int go_to_typed(struct kxt_replay_live *live, struct kxt_err *err)
{
	struct kxt_err why = { 0 };
	unsigned int window;

	if (kxt_replay_goto(live->r, kxt_tui_goto(live->tui), &window, &why) == 0)
		return go_to(live, window, err);
	kxt_tui_message(live->tui, why.msg);
	return 0;
}

static int change_interval(struct kxt_replay_live *live, struct kxt_err *err)
{
	unsigned int window = kxt_replay_group(live->r, kxt_tui_interval(live->tui), err);

	return window ? go_to(live, window, err) : -1;
}

static void change_speed(struct kxt_replay_live *live, bool faster)
{
	uint32_t speed = kxt_speed_step(live->clock.speed, faster);
	char text[KXT_PLACE_MAX], message[2 * KXT_PLACE_MAX];

	kxt_replay_clock_speed(&live->clock, real_ns(), speed);
	tell_place(live);
	kxt_speed_text(speed, text);
	snprintf(message, sizeof(message), "Speed %s%s", text,
		 speed == KXT_SPEED_MAX ? ": as fast as it goes" : "");
	kxt_tui_message(live->tui, message);
}

static int do_wish(struct kxt_replay_live *live, int wish, struct kxt_err *err)
{
	switch (wish) {
	case KXT_TUI_BACK:
		return go_to(live, window_before(live), err);
	case KXT_TUI_NEXT:
		return go_to(live, next_window(live), err);
	case KXT_TUI_BEGIN:
		return go_to(live, 1, err);
	case KXT_TUI_END:
		return go_to(live, last_window(live), err);
	case KXT_TUI_GOTO:
		return go_to_typed(live, err);
	case KXT_TUI_INTERVAL:
		return change_interval(live, err);
	case KXT_TUI_SLOWER:
	case KXT_TUI_FASTER:
		change_speed(live, wish == KXT_TUI_FASTER);
		return 0;
	default:
		return 0;
	}
}

/* 1: the user has had enough; 0 to go on; -1: @err says what failed. */
static int keys(struct kxt_replay_live *live, struct kxt_err *err)
{
	int wish;

	do {
		wish = kxt_tui_keys(live->tui, err);
		if (wish < 0 || wish == KXT_TUI_QUIT)
			return wish < 0 ? -1 : 1;
		if (live->clock.runs == kxt_tui_paused(live->tui))
			kxt_replay_clock_run(&live->clock, real_ns(), !live->clock.runs);
		if (do_wish(live, wish, err))
			return -1;
	} while (wish != KXT_TUI_STAY);
	return sync_slow(live, err);
}

/* Plays on up to now. Returns 1 if there was something to show, 0 if not, or -1. */
static int tick(struct kxt_replay_live *live, struct kxt_err *err)
{
	unsigned int next = next_window(live), window = next;
	uint64_t now = real_ns();

	if (!live->clock.runs || next > last_window(live))
		return 0;
	if (live->clock.speed == KXT_SPEED_MAX)
		return go_to(live, next, err) ? -1 : 1;
	window = kxt_replay_find(live->r, kxt_replay_clock_at(&live->clock, now));
	if (window < next)
		return 0;
	return show(live, window, err) ? -1 : 1;
}

/* Wakes up when the next window is over. */
static void arm(struct kxt_replay_live *live)
{
	unsigned int next = next_window(live);
	uint64_t ns;

	if (!live->clock.runs || next > last_window(live))
		return;
	ns = kxt_replay_clock_until(&live->clock, real_ns(),
				    kxt_replay_end_ns(live->r, next));
	if (live->clock.speed == KXT_SPEED_MAX)
		ns = 1;
	else if (ns < TICK_MIN_NS)
		ns = TICK_MIN_NS;
	kxt_loop_timer(live->loop, ns, 0);
}

/* What passed while we were stopped has not been played. */
static void come_back(struct kxt_replay_live *live, bool stop)
{
	uint64_t at_ns = kxt_replay_clock_at(&live->clock, real_ns());

	if (stop) {
		kxt_tui_leave(live->tui);
		kxt_loop_stop();
	} else {
		at_ns = kxt_replay_end_ns(live->r, live->r->at);
	}
	kxt_tui_enter(live->tui);
	kxt_replay_clock_set(&live->clock, real_ns(), at_ns);
}

static int play(struct kxt_replay_live *live, unsigned long frames, struct kxt_err *err)
{
	/* The first window is there at once. */
	unsigned long shown = 1;
	int ret = go_to(live, 1, err);

	while (ret == 0 && (!frames || shown < frames)) {
		unsigned int events;

		arm(live);
		events = kxt_loop_wait(live->loop, true);
		if (events & (KXT_EVENT_QUIT | KXT_EVENT_GONE))
			return 0;
		if (events & (KXT_EVENT_SUSPEND | KXT_EVENT_CONTINUE))
			come_back(live, events & KXT_EVENT_SUSPEND);
		if (events & KXT_EVENT_RESIZE)
			kxt_tui_resize(live->tui);
		if (events & KXT_EVENT_INPUT)
			ret = keys(live, err);
		if (ret)
			return ret < 0 ? -1 : 0;
		if (events & KXT_EVENT_TICK)
			ret = tick(live, err);
		if (ret > 0) {
			shown++;
			ret = 0;
		}
	}
	return ret;
}

int kxt_replay_live(struct kxt_replay_live *live, unsigned long frames,
		    struct kxt_err *err)
{
	int ret = kxt_replay_slow_open(&live->slow, live->r->first, live->r->last, err);

	live->fed = UINT_MAX;
	if (ret == 0)
		ret = play(live, frames, err);
	kxt_replay_slow_close(&live->slow);
	return ret;
}
