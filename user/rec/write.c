// SPDX-License-Identifier: GPL-2.0-only
/* Writing a recording. */
#include "user/rec/write.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>
#include <zstd.h>

#include "user/rec/frame.h"

/* Of an index, for each block and frame: what its varints can take at most, mostly less. */
#define INDEX_BLOCK_BYTES	32
#define INDEX_FRAME_BYTES	7

/**
 * struct name - a name that is in the block already
 * @n: it
 * @hh: in a table by n.pid
 */
struct name {
	struct kxt_rec_name n;
	UT_hash_handle hh;
};

/**
 * struct kxt_rec_writer - a recording that is being written
 * @sink: where to
 * @zstd: compressor
 * @interval_ns: between two frames, as far as it is known
 * @head_size: bytes of the header
 * @bytes: written
 * @number: of the next block
 * @map: blocks that are written
 * @c: streams of the block that is being made
 * @last: snapshot of its last frame
 * @frames: how many it has
 * @time: when they were taken
 * @name: names that are in it
 * @out: the block as it is written, kept for its memory
 * @payload: the same
 * @full: nothing more fits below the limit
 */
struct kxt_rec_writer {
	struct kxt_rec_sink sink;
	ZSTD_CCtx *zstd;
	uint64_t interval_ns;
	size_t head_size;
	uint64_t bytes;
	uint32_t number;
	struct kxt_rec_map map;
	struct kxt_rec_coder c;
	struct kxt_snapshot last;
	unsigned int frames;
	uint64_t time[KXT_REC_FRAMES_MAX];
	struct name *name;
	struct kxt_rec_bytes out, payload;
	bool full;
};

static int no_memory(struct kxt_err *err)
{
	return kxt_err_set(err, KXT_EXIT_RUNTIME, "out of memory for a recording");
}

static int put(struct kxt_rec_writer *w, struct kxt_err *err)
{
	if (w->sink.write(w->sink.arg, w->out.data, w->out.len, err))
		return -1;
	w->bytes += w->out.len;
	w->out.len = 0;
	return 0;
}

int kxt_rec_writer_new(struct kxt_rec_writer **result,
		       const struct kxt_recording_host *host,
		       const struct kxt_rec_sink *sink, struct kxt_err *err)
{
	struct kxt_rec_writer *w = calloc(1, sizeof(*w));

	if (!w)
		return no_memory(err);
	w->sink = *sink;
	w->interval_ns = host->interval_ns;
	w->c.writing = true;
	kxt_snapshot_init(&w->last);
	w->zstd = ZSTD_createCCtx();
	if (!w->zstd || kxt_rec_head_make(&w->out, host)) {
		kxt_rec_writer_free(w);
		return no_memory(err);
	}
	w->head_size = w->out.len;
	if (put(w, err)) {
		kxt_rec_writer_free(w);
		return -1;
	}
	*result = w;
	return 0;
}

static void forget_names(struct kxt_rec_writer *w)
{
	struct name *n, *next;

	HASH_ITER(hh, w->name, n, next) {
		HASH_DEL(w->name, n);
		free(n);
	}
}

/* Begins another block; what is in this one is given up or written. */
static void new_block(struct kxt_rec_writer *w)
{
	kxt_rec_coder_reset(&w->c);
	kxt_snapshot_free(&w->last);
	forget_names(w);
	w->frames = 0;
}

void kxt_rec_writer_free(struct kxt_rec_writer *w)
{
	if (!w)
		return;
	new_block(w);
	kxt_rec_map_free(&w->map);
	kxt_rec_coder_free(&w->c);
	kxt_rec_bytes_free(&w->out);
	kxt_rec_bytes_free(&w->payload);
	ZSTD_freeCCtx(w->zstd);
	free(w);
}

/* Does a block of this size leave room for the end of the file? */
static bool fits(const struct kxt_rec_writer *w)
{
	uint64_t end = 2 * KXT_REC_BLOCK_SIZE + KXT_REC_TRAILER_SIZE +
		       (w->map.nr + 2) * INDEX_BLOCK_BYTES +
		       ((uint64_t)w->map.nr_times + w->frames) * INDEX_FRAME_BYTES;

	return !w->sink.max_bytes ||
	       w->bytes + w->payload.len + end <= w->sink.max_bytes;
}

static int flush(struct kxt_rec_writer *w, struct kxt_err *err)
{
	struct kxt_rec_block b = { .type = KXT_REC_FRAMES, .frames = w->frames };
	uint64_t offset = w->bytes;

	if (w->full)
		return 1;
	if (w->frames == 0)
		return 0;
	if (kxt_rec_pack(&w->payload, &w->c, w->time, w->frames, w->zstd))
		return no_memory(err);
	if (!fits(w)) {
		w->full = true;
		return 1;
	}
	b.number = w->number;
	b.first_ns = w->time[0];
	b.last_ns = w->time[w->frames - 1];
	b.size = w->payload.len;
	if (kxt_rec_block_make(&w->out, &b, &w->payload))
		return no_memory(err);
	if (put(w, err))
		return -1;
	if (kxt_rec_map_add(&w->map, offset, &b, w->time))
		return no_memory(err);
	w->number++;
	new_block(w);
	return 0;
}

/* Adds the name of a VM to a frame, if the block has another one or none yet. */
static int add_name(struct kxt_rec_writer *w, struct kxt_rec_frame *f, uint32_t pid,
		    const char *text)
{
	struct kxt_rec_name *list;
	struct name *n;

	HASH_FIND(hh, w->name, &pid, sizeof(pid), n);
	if (n && strncmp(n->n.name, text, sizeof(n->n.name) - 1) == 0)
		return 0;
	if (!n) {
		n = calloc(1, sizeof(*n));
		if (!n)
			return -1;
		n->n.pid = pid;
		HASH_ADD(hh, w->name, n.pid, sizeof(n->n.pid), n);
	}
	strncpy(n->n.name, text, sizeof(n->n.name) - 1);
	list = reallocarray(f->name, f->nr_names + 1, sizeof(*list));
	if (!list)
		return -1;
	list[f->nr_names++] = n->n;
	f->name = list;
	return 0;
}

static int add_names(struct kxt_rec_writer *w, struct kxt_rec_frame *f,
		     const struct kxt_rec_input *in)
{
	uint32_t pid = 0;

	for (unsigned int i = 0; i < f->s.nr; i++) {
		/* The vCPUs of a VM are mostly side by side. */
		if (i && f->s.vcpu[i].pid == pid)
			continue;
		pid = f->s.vcpu[i].pid;
		if (add_name(w, f, pid, kxt_vm_names_get(in->names, pid)))
			return -1;
	}
	for (unsigned int i = 0; i < in->nr_slow; i++) {
		pid = in->slow[i].pid;
		if (add_name(w, f, pid, kxt_vm_names_get(in->names, pid)))
			return -1;
	}
	return 0;
}

/* A frame that cannot be written leaves nothing behind: those before it still can. */
static void take_back(struct kxt_rec_coder *c, const struct kxt_rec_coder *before)
{
	for (unsigned int i = 0; i < KXT_REC_STREAMS; i++)
		c->stream[i].len = before->stream[i].len;
	c->bad = false;
	c->block_units = before->block_units;
	c->most_units = before->most_units;
}

static int code(struct kxt_rec_writer *w, struct kxt_rec_frame *f,
		const struct kxt_rec_input *in, struct kxt_err *err)
{
	struct kxt_rec_coder before = w->c;

	/* Only read, as all of the frame is. */
	f->slow = (struct kvmexit_event *)in->slow;
	f->nr_slow = in->nr_slow;
	f->slow_lost = in->slow_lost;
	if (add_names(w, f, in))
		return no_memory(err);
	if (kxt_rec_frame_code(&w->c, f, &w->last) == 0 &&
	    kxt_rec_coder_size(&w->c) <= KXT_REC_RAW_MAX)
		return 0;
	take_back(&w->c, &before);
	return kxt_err_set(err, KXT_EXIT_RUNTIME,
			   "cannot record %u vCPUs at once: there is no room for so much in a block. Record fewer VMs with -p or --vm, or leave out --details.",
			   f->s.nr);
}

/* Nothing waits for longer than a block lasts to be written. */
static bool is_full(const struct kxt_rec_writer *w)
{
	return w->interval_ns >= KXT_REC_BLOCK_NS || w->frames == KXT_REC_FRAMES_MAX ||
	       w->time[w->frames - 1] - w->time[0] >= KXT_REC_BLOCK_NS ||
	       kxt_rec_coder_size(&w->c) >= KXT_REC_RAW_GOAL;
}

/* Is it later than all that is there? */
static bool is_next(const struct kxt_rec_writer *w, uint64_t now_ns)
{
	if (w->frames)
		return now_ns > w->time[w->frames - 1];
	return !w->map.nr_times || now_ns > w->map.time[w->map.nr_times - 1];
}

int kxt_rec_writer_frame(struct kxt_rec_writer *w, const struct kxt_rec_input *in,
			 struct kxt_err *err)
{
	struct kxt_rec_frame f = { .s = *in->s };
	int ret;

	kxt_snapshot_init(in->s);
	if (w->full || !is_next(w, f.s.now_ns)) {
		kxt_snapshot_free(&f.s);
		return w->full;
	}
	ret = code(w, &f, in, err);
	if (ret == 0) {
		w->time[w->frames++] = f.s.now_ns;
		kxt_snapshot_free(&w->last);
		w->last = f.s;
		kxt_snapshot_init(&f.s);
	}
	f.slow = NULL;
	kxt_rec_frame_free(&f);
	if (ret == 0 && is_full(w))
		ret = flush(w, err);
	return ret;
}

int kxt_rec_writer_end(struct kxt_rec_writer *w, struct kxt_err *err)
{
	struct kxt_rec_block b = { .type = KXT_REC_INDEX, .number = w->number };
	int full = flush(w, err);
	uint64_t index = w->bytes;

	if (full < 0)
		return -1;
	b.number = w->number;
	if (kxt_rec_index_make(&w->payload, &w->map, w->head_size))
		return no_memory(err);
	if (w->payload.len > KXT_REC_STORED_MAX)
		return full;	/* years of it: it can be read without an index */
	if (kxt_rec_block_make(&w->out, &b, &w->payload) ||
	    kxt_rec_trailer_make(&w->out, index, w->bytes + w->out.len +
				 KXT_REC_TRAILER_SIZE))
		return no_memory(err);
	return put(w, err) ? -1 : full;
}

struct kxt_rec_written kxt_rec_writer_written(const struct kxt_rec_writer *w)
{
	struct kxt_rec_written done = { .bytes = w->bytes, .frames = w->map.nr_times };

	if (done.frames)
		done.ns = w->map.time[done.frames - 1] - w->map.time[0];
	return done;
}
