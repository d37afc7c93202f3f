// SPDX-License-Identifier: GPL-2.0-only
/* Reading the frames of a recording. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/rec/int.h"

const struct kxt_recording_host *kxt_recording_host(const struct kxt_recording *r)
{
	return &r->host;
}

const char *kxt_recording_trouble(const struct kxt_recording *r)
{
	return *r->trouble ? r->trouble : NULL;
}

struct kxt_vm_names *kxt_recording_names(struct kxt_recording *r)
{
	return r->names;
}

unsigned int kxt_recording_frames(const struct kxt_recording *r)
{
	return r->map.nr_times;
}

uint64_t kxt_recording_time(const struct kxt_recording *r, unsigned int frame)
{
	return r->map.time[frame];
}

unsigned int kxt_recording_find(const struct kxt_recording *r, uint64_t now_ns)
{
	unsigned int low = 0, high = r->map.nr_times;

	/* The frame that is looked for is at low, or between low and high. */
	while (high - low > 1) {
		unsigned int middle = low + (high - low) / 2;

		if (r->map.time[middle] <= now_ns)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static int find_block(const struct kxt_recording *r, unsigned int frame)
{
	unsigned int low = 0, high = r->map.nr;

	while (high - low > 1) {
		unsigned int middle = low + (high - low) / 2;

		if (r->map.place[middle].first <= frame)
			low = middle;
		else
			high = middle;
	}
	return (int)low;
}

static unsigned int block_end(const struct kxt_recording *r, int block)
{
	return r->map.place[block].first + r->map.place[block].block.frames;
}

static void rewind_block(struct kxt_recording *r)
{
	kxt_rec_coder_reset(&r->c);
	kxt_rec_frame_free(&r->frame);
	r->next = r->map.place[r->block].first;
}

/* A block that turns out not to be what it said. */
static int damaged(struct kxt_recording *r, int block, struct kxt_err *err)
{
	const struct kxt_rec_block *b = &r->map.place[block].block;
	char from[32], to[32];

	kxt_rec_time_text(r, b->first_ns, from);
	kxt_rec_time_text(r, b->last_ns, to);
	snprintf(r->trouble, sizeof(r->trouble),
		 "a block of the recording is damaged: what is from %s to %s cannot be read",
		 from, to);
	kxt_err_set(err, KXT_EXIT_RUNTIME, "%s: %s. Leave that time out, or get the file again.",
		    r->path, r->trouble);
	r->block = -1;
	return 1;
}

static int no_memory(const struct kxt_recording *r, struct kxt_err *err)
{
	return kxt_err_set(err, KXT_EXIT_RUNTIME, "out of memory for a block of %s", r->path);
}

/* Does the file have there what the map says? */
static bool is_mapped(const struct kxt_rec_block *map, const struct kxt_rec_block *file)
{
	return file->type == map->type && file->size == map->size &&
	       file->frames == map->frames && file->number == map->number &&
	       file->first_ns == map->first_ns && file->last_ns == map->last_ns;
}

static int load_block(struct kxt_recording *r, int block, struct kxt_err *err)
{
	const struct kxt_rec_place *p = &r->map.place[block];
	uint64_t times[KXT_REC_FRAMES_MAX];
	struct kxt_rec_block b;
	int ret;

	r->block = -1;
	ret = kxt_rec_block_at(r, p->offset, r->source.size, &b);
	if (ret < 0)
		return no_memory(r, err);
	if (ret || !is_mapped(&p->block, &b) ||
	    kxt_rec_unpack(&r->c, times, &b, r->data.data, r->zstd) ||
	    memcmp(times, &r->map.time[p->first], b.frames * sizeof(*times)))
		return damaged(r, block, err);
	r->block = block;
	rewind_block(r);
	return 0;
}

/* Names of hostile files are many: what comes too late is "pid N". */
static int learn_names(struct kxt_recording *r, const struct kxt_rec_frame *f)
{
	if (f->nr_names && !r->named) {
		r->named = calloc(KXT_REC_PID_MAX / 8, 1);
		if (!r->named)
			return -1;
	}
	for (unsigned int i = 0; i < f->nr_names; i++) {
		uint32_t pid = f->name[i].pid;
		uint8_t bit = 1U << pid % 8;

		if (pid >= KXT_REC_PID_MAX)
			continue;
		if (!(r->named[pid / 8] & bit)) {
			if (r->nr_named == KXT_REC_NAMES_MAX)
				continue;
			r->named[pid / 8] |= bit;
			r->nr_named++;
		}
		if (kxt_vm_names_set(r->names, pid, f->name[i].name))
			return -1;
	}
	return 0;
}

static bool nothing_left(const struct kxt_rec_coder *c)
{
	for (unsigned int i = 0; i < KXT_REC_STREAMS; i++) {
		if (c->stream[i].at != c->stream[i].len)
			return false;
	}
	return true;
}

/* The next frame of the block that is loaded. */
static int step(struct kxt_recording *r, struct kxt_err *err)
{
	struct kxt_rec_frame f = { .s = { .now_ns = r->map.time[r->next] } };

	if (kxt_rec_frame_code(&r->c, &f, &r->frame.s) ||
	    (r->next + 1 == block_end(r, r->block) && !nothing_left(&r->c))) {
		kxt_rec_frame_free(&f);
		return damaged(r, r->block, err);
	}
	kxt_rec_frame_free(&r->frame);
	r->frame = f;
	r->next++;
	return learn_names(r, &f) ? no_memory(r, err) : 0;
}

/* Makes r->frame the one that is wanted. 0; 1: its block is damaged; -1: no memory. */
static int seek(struct kxt_recording *r, unsigned int frame, struct kxt_err *err)
{
	int block = find_block(r, frame), ret = 0;

	if (frame >= r->map.nr_times)
		return kxt_err_set(err, KXT_EXIT_RUNTIME, "%s has no frame %u, only %u",
				   r->path, frame, r->map.nr_times);
	if (block != r->block)
		ret = load_block(r, block, err);
	else if (r->next > frame + 1)
		rewind_block(r);
	while (ret == 0 && r->next <= frame)
		ret = step(r, err);
	return ret;
}

int kxt_recording_frame(struct kxt_recording *r, unsigned int frame,
			struct kxt_snapshot *out, struct kxt_err *err)
{
	if (seek(r, frame, err) || kxt_snapshot_copy(out, &r->frame.s, err))
		return -1;
	out->memory = r->frame.s.memory;
	return 0;
}

/* Ended vCPUs add up; what a host can have at once is enough. */
static int check_size(const struct kxt_recording *r, const struct kxt_snapshot *s,
		      struct kxt_err *err)
{
	uint64_t entries = 0, details = 0;

	for (unsigned int i = 0; i < s->nr; i++) {
		entries += 1 + s->vcpu[i].nr;
		details += s->vcpu[i].nr_details;
	}
	if (entries <= 2 * KXT_REC_ENTRIES_MAX && details <= KXT_REC_DETAILS_MAX)
		return 0;
	return kxt_err_set(err, KXT_EXIT_RUNTIME,
			   "%s: too many vCPUs came and went in this time. Choose a shorter one.",
			   r->path);
}

/* One frame more, on top of what was carried so far. */
static int carry(struct kxt_recording *r, unsigned int frame, struct kxt_snapshot *last,
		 struct kxt_err *err)
{
	struct kxt_snapshot next;
	int ret = seek(r, frame, err);

	if (ret)
		return ret;
	kxt_snapshot_init(&next);
	if (kxt_snapshot_copy(&next, &r->frame.s, err) ||
	    kxt_snapshot_carry(&next, last, err) || check_size(r, &next, err)) {
		kxt_snapshot_free(&next);
		return -1;
	}
	kxt_snapshot_free(last);
	*last = next;
	return 0;
}

/*
 * Counters are cumulative: with a damaged block in between, only a vCPU that was not
 * there before nor after it is missed.
 */
static int carry_all(struct kxt_recording *r, unsigned int from, unsigned int to,
		     struct kxt_snapshot *last, struct kxt_err *err)
{
	for (unsigned int i = from + 1; i <= to; i++) {
		int block = find_block(r, i), ret = carry(r, i, last, err);
		unsigned int end = block_end(r, block);

		if (ret < 0 || (ret && to < end))
			return -1;
		if (ret)
			i = end - 1;
	}
	return 0;
}

static int check_window(const struct kxt_recording *r, unsigned int from, unsigned int to,
			struct kxt_err *err)
{
	if (from <= to && to < r->map.nr_times)
		return 0;
	return kxt_err_set(err, KXT_EXIT_RUNTIME,
			   "%s has no frames from %u to %u: it has %u", r->path, from, to,
			   r->map.nr_times);
}

int kxt_recording_window(struct kxt_recording *r, unsigned int from, unsigned int to,
			 struct kxt_snapshot *out, struct kxt_err *err)
{
	struct kxt_snapshot first, last;
	int ret;

	if (check_window(r, from, to, err))
		return -1;
	kxt_snapshot_init(&first);
	kxt_snapshot_init(&last);
	ret = kxt_recording_frame(r, from, &first, err);
	if (ret == 0)
		ret = kxt_snapshot_copy(&last, &first, err);
	if (ret == 0)
		ret = carry_all(r, from, to, &last, err);
	if (ret == 0)
		ret = kxt_snapshot_delta(out, &first, &last, err);
	kxt_snapshot_free(&first);
	kxt_snapshot_free(&last);
	return ret;
}

static int give_slow(struct kxt_recording *r,
		     int (*each)(void *arg, const struct kxt_slow *slow), void *arg,
		     uint64_t *seq)
{
	int ret = 0;

	for (unsigned int i = 0; i < r->frame.nr_slow && ret == 0; i++) {
		struct kxt_slow slow = { .ev = r->frame.slow[i], .seq = ++*seq };

		slow.wall_ns = slow.ev.time_ns + r->host.to_wall_ns;
		snprintf(slow.name, sizeof(slow.name), "%s",
			 kxt_vm_names_get(r->names, slow.ev.pid));
		ret = each(arg, &slow);
	}
	return ret;
}

int kxt_recording_slow(struct kxt_recording *r, unsigned int from, unsigned int to,
		       int (*each)(void *arg, const struct kxt_slow *slow), void *arg,
		       uint64_t *lost, struct kxt_err *err)
{
	uint64_t seq = 0;

	if (lost)
		*lost = 0;
	if (check_window(r, from, to, err))
		return -1;
	for (unsigned int i = from + 1; i <= to; i++) {
		int block = find_block(r, i), ret = seek(r, i, err);

		if (ret < 0)
			return -1;
		if (ret) {
			i = block_end(r, block) - 1;
			continue;
		}
		if (lost)
			*lost += r->frame.slow_lost;
		ret = give_slow(r, each, arg, &seq);
		if (ret)
			return ret;
	}
	return 0;
}
