/* SPDX-License-Identifier: GPL-2.0-only */
/* Writing a recording, block by block, to whoever takes bytes. Pure. */
#ifndef KXT_REC_WRITE_H
#define KXT_REC_WRITE_H

#include "user/rec/block.h"

struct kxt_rec_writer;

/**
 * struct kxt_rec_sink - where the bytes go
 * @write: take @len bytes; one call for the header, for each block, and for the end.
 *	Returns 0, or -1 with @err set
 * @arg: for it
 * @max_bytes: how long all of it may get; 0: no limit
 */
struct kxt_rec_sink {
	int (*write)(void *arg, const void *data, size_t len, struct kxt_err *err);
	void *arg;
	uint64_t max_bytes;
};

/**
 * struct kxt_rec_input - what a frame is made of
 * @s: snapshot, sorted; its contents are taken, it is empty afterwards
 * @names: what VMs are called
 * @slow: slow exits since the frame before, oldest first
 * @nr_slow: at most KXT_REC_SLOW_FRAME
 * @slow_lost: slow exits since then that are not in @slow
 */
struct kxt_rec_input {
	struct kxt_snapshot *s;
	struct kxt_vm_names *names;
	const struct kvmexit_event *slow;
	unsigned int nr_slow;
	uint64_t slow_lost;
};

/**
 * kxt_rec_writer_new() - begin a recording: writes its header
 * @w: result
 * @host: facts
 * @sink: copied
 * @err: set on failure
 *
 * Return: 0, or -1 with @err set (no memory, or of the sink).
 */
int kxt_rec_writer_new(struct kxt_rec_writer **w, const struct kxt_recording_host *host,
		       const struct kxt_rec_sink *sink, struct kxt_err *err);

/** kxt_rec_writer_free() - what was not written is lost; fine on NULL */
void kxt_rec_writer_free(struct kxt_rec_writer *w);

/**
 * kxt_rec_writer_frame() - add a frame; a block that is full is written
 * @w: writer
 * @in: frame. One that is not later than the last one is left out
 * @err: set on failure
 *
 * Return: 0; 1 if there is no room for more below max_bytes, and the frames since the last
 * block are given up; -1 with @err set (no memory, of the sink, or too many vCPUs).
 */
int kxt_rec_writer_frame(struct kxt_rec_writer *w, const struct kxt_rec_input *in,
			 struct kxt_err *err);

/**
 * kxt_rec_writer_end() - write what is left, the index and the trailer
 * @w: writer; only to be freed after it
 * @err: set on failure
 *
 * Return: 0, 1 if frames were given up as above, or -1 with @err set.
 */
int kxt_rec_writer_end(struct kxt_rec_writer *w, struct kxt_err *err);

/**
 * struct kxt_rec_written - what is in the file by now
 * @bytes: written
 * @frames: in them
 * @ns: from the first of them to the last
 */
struct kxt_rec_written {
	uint64_t bytes;
	unsigned int frames;
	uint64_t ns;
};

/** kxt_rec_writer_written() - how much it has become */
struct kxt_rec_written kxt_rec_writer_written(const struct kxt_rec_writer *w);

#endif /* KXT_REC_WRITE_H */
