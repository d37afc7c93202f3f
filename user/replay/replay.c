// SPDX-License-Identifier: GPL-2.0-only
#include "user/replay/replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "user/report/time.h"

#define SEC	1000000000ULL

static uint64_t time_of(const struct kxt_replay *r, unsigned int frame)
{
	return kxt_recording_time(r->rec, frame);
}

uint64_t kxt_replay_end_ns(const struct kxt_replay *r, unsigned int window)
{
	return time_of(r, r->stop[window]);
}

static struct kxt_report_clock clock_of(const struct kxt_replay *r)
{
	const struct kxt_recording_host *host = kxt_recording_host(r->rec);
	uint64_t begin = time_of(r, 0);

	return (struct kxt_report_clock){
		.length_ns = time_of(r, kxt_recording_frames(r->rec) - 1) - begin,
		.wall = host->to_wall_ns != 0,
		.begin_wall_ns = begin + host->to_wall_ns,
		.utc_offset_s = host->utc_offset_s,
	};
}

/* A frame at, or as soon as possible after, a time that the user wrote. */
static int find_frame(const struct kxt_replay *r, const char *option, const char *text,
		      unsigned int *frame, struct kxt_err *err)
{
	struct kxt_report_clock clock = clock_of(r);
	struct kxt_err why = { 0 };
	uint64_t ns;

	if (kxt_report_time(&clock, text, &ns, &why))
		return kxt_err_set(err, why.status, "%s: %s", option, why.msg);
	ns += time_of(r, 0);
	*frame = kxt_recording_find(r->rec, ns);
	if (time_of(r, *frame) < ns)
		++*frame;
	return 0;
}

static int choose_range(struct kxt_replay *r, const struct kxt_replay_range *range,
			struct kxt_err *err)
{
	unsigned int frames = kxt_recording_frames(r->rec);

	r->first = 0;
	r->last = frames - 1;
	if (frames == 1)
		return kxt_err_set(err, KXT_EXIT_RUNTIME,
				   "the recording has one frame only, so there is no interval to show. dump -C FILE prints its totals.");
	if (range->from && find_frame(r, "--from", range->from, &r->first, err))
		return -1;
	if (range->to && find_frame(r, "--to", range->to, &r->last, err))
		return -1;
	if (r->first >= r->last)
		return kxt_err_set(err, KXT_EXIT_USAGE,
				   "no interval was recorded between --from and --to; without them all of the recording is shown");
	return 0;
}

/* The frame where a window that begins at @frame ends. */
static unsigned int next_stop(const struct kxt_replay *r, unsigned int frame,
			      uint64_t window_ns)
{
	uint64_t slack = kxt_recording_host(r->rec)->interval_ns / 2;
	uint64_t end = time_of(r, frame) + window_ns;

	/* Frames come a little early or late: two of 1 s are to be 2 s. */
	end = slack < window_ns ? end - slack : time_of(r, frame);
	for (frame++; frame < r->last && time_of(r, frame) < end; frame++)
		;
	return frame;
}

static int make_stops(struct kxt_replay *r, uint64_t window_ns, struct kxt_err *err)
{
	unsigned int *stop = calloc(r->last - r->first + 1, sizeof(*stop)), nr = 0;

	if (!stop)
		return kxt_err_set(err, KXT_EXIT_RUNTIME, "out of memory for a replay");
	stop[nr++] = r->first;
	while (stop[nr - 1] < r->last) {
		stop[nr] = next_stop(r, stop[nr - 1], window_ns);
		nr++;
	}
	free(r->stop);
	r->stop = stop;
	r->nr = nr;
	return 0;
}

int kxt_replay_open(struct kxt_replay *r, struct kxt_recording *rec,
		    const struct kxt_replay_range *range, const struct kxt_filter *filter,
		    uint64_t linger_ns, struct kxt_err *err)
{
	const struct kxt_recording_host *host = kxt_recording_host(rec);
	struct kxt_frames_from from = {
		kxt_recording_names(rec), host->collector, host->kernel, host->host,
	};

	r->rec = rec;
	kxt_snapshot_init(&r->delta);
	kxt_snapshot_init(&r->snap);
	kxt_frames_init(&r->frames, &from, filter, linger_ns);
	if (choose_range(r, range, err) || make_stops(r, range->window_ns, err) ||
	    kxt_recording_frame(rec, r->first, &r->snap, err))
		return -1;
	r->lost = r->snap.lost;
	return 0;
}

void kxt_replay_close(struct kxt_replay *r)
{
	kxt_frames_close(&r->frames);
	kxt_snapshot_free(&r->delta);
	kxt_snapshot_free(&r->snap);
	free(r->stop);
	memset(r, 0, sizeof(*r));
}

unsigned int kxt_replay_group(struct kxt_replay *r, uint64_t window_ns,
			      struct kxt_err *err)
{
	unsigned int frame = r->stop[r->at], window = 1;

	if (make_stops(r, window_ns, err))
		return 0;
	while (r->stop[window] < frame)
		window++;
	r->at = 0;
	kxt_frames_forget(&r->frames);
	return window;
}

/* A collector that was started anew counts from zero. */
static uint64_t grown(uint64_t from, uint64_t to)
{
	return to < from ? to : to - from;
}

/* The frame after the one that is shown. */
static int show_next(struct kxt_replay *r, unsigned int window, struct kxt_err *err)
{
	const struct kxt_lost *from = &r->lost, *to = &r->snap.lost;

	if (kxt_recording_window(r->rec, r->stop[window - 1], r->stop[window], &r->delta,
				 err) ||
	    kxt_recording_frame(r->rec, r->stop[window], &r->snap, err) ||
	    kxt_frames_window(&r->frames, &r->delta, r->snap.now_ns, err))
		return -1;
	r->frames.lost = (struct kxt_lost){
		.exits = grown(from->exits, to->exits),
		.slots = grown(from->slots, to->slots),
		.events = grown(from->events, to->events),
	};
	return 0;
}

/* VMs that ended in it may still be shown; and it takes the one before to see that. */
static unsigned int first_needed(const struct kxt_replay *r, unsigned int window)
{
	uint64_t end = kxt_replay_end_ns(r, window);

	while (window > 1 &&
	       end - kxt_replay_end_ns(r, window) <= r->frames.linger_ns)
		window--;
	return window;
}

int kxt_replay_show(struct kxt_replay *r, unsigned int window, struct kxt_err *err)
{
	unsigned int next = first_needed(r, window);

	if (window == r->at)
		return 0;
	if (r->at && r->at < window && r->at + 1 >= next)
		next = r->at + 1;
	else
		kxt_frames_forget(&r->frames);
	r->at = 0;
	for (; next <= window; next++)
		if (show_next(r, next, err))
			return -1;
	r->at = window;
	return 0;
}

unsigned int kxt_replay_find(const struct kxt_replay *r, uint64_t now_ns)
{
	unsigned int low = 1, high = r->nr - 1;

	while (low < high) {
		unsigned int mid = low + (high - low + 1) / 2;

		if (kxt_replay_end_ns(r, mid) <= now_ns)
			low = mid;
		else
			high = mid - 1;
	}
	return low;
}

int kxt_replay_goto(const struct kxt_replay *r, const char *text, unsigned int *window,
		    struct kxt_err *err)
{
	struct kxt_report_clock clock = clock_of(r);
	uint64_t ns;

	if (kxt_report_time(&clock, text, &ns, err))
		return -1;
	ns += time_of(r, 0);
	*window = kxt_replay_find(r, ns);
	if (kxt_replay_end_ns(r, *window) < ns && *window < r->nr - 1)
		++*window;
	return 0;
}

void kxt_replay_place(const struct kxt_replay *r, struct kxt_replay_place *place)
{
	const struct kxt_recording_host *host = kxt_recording_host(r->rec);
	struct kxt_report_clock clock = clock_of(r);
	uint64_t now_ns = kxt_replay_end_ns(r, r->at);

	place->at_ns = now_ns - time_of(r, 0);
	place->length_ns = clock.length_ns;
	place->tenths = host->interval_ns % SEC != 0;
	place->window = r->at;
	place->windows = r->nr - 1;
	place->wall_ns = clock.wall ? now_ns + host->to_wall_ns : 0;
	place->utc_offset_s = host->utc_offset_s;
	place->end = r->at == r->nr - 1;
	place->trouble = kxt_recording_trouble(r->rec);
}

void kxt_replay_zone(const struct kxt_recording_host *host)
{
	int32_t offset = host->to_wall_ns ? host->utc_offset_s : 0;
	uint32_t s = (uint32_t)(offset < 0 ? -(int64_t)offset : offset);
	char tz[48];

	/* POSIX says what is to be added for UTC, so it has the other sign. */
	snprintf(tz, sizeof(tz), "<host>%c%u:%02u:%02u", offset < 0 ? '+' : '-', s / 3600,
		 s / 60 % 60, s % 60);
	setenv("TZ", tz, 1);
	tzset();
}
