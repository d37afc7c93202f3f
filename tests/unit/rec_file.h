/* SPDX-License-Identifier: GPL-2.0-only */
/* Whole recordings to be damaged. */
#ifndef REC_FILE_H
#define REC_FILE_H

#include <stdio.h>
#include <zstd.h>

#include "tests/unit/rec_made.h"

static inline void must(bool is)
{
	if (!is)
		abort();
}

/**
 * struct file - a recording
 * @made: it, and where its header, blocks and end are
 * @frames: how many it has
 * @raw: streams are stored as they are, so that damage gets into them
 */
struct file {
	struct made *made;
	unsigned int frames;
	bool raw;
};

static inline void begin_file(struct file *f, struct kxt_rec_writer **w, unsigned int frames)
{
	struct kxt_recording_host host = made_host();
	struct kxt_rec_sink sink = { .write = made_write };
	struct kxt_err err;

	f->made = calloc(1, sizeof(*f->made));
	f->frames = frames;
	f->raw = false;
	sink.arg = f->made;
	must(kxt_rec_writer_new(w, &host, &sink, &err) == 0);
}

/* @vcpus that do something in every frame, with slow exits and details. */
static inline struct file make_file(unsigned int frames, unsigned int vcpus, uint64_t seed)
{
	struct kxt_vm_names *names = kxt_vm_names_new(NULL);
	struct kxt_snapshot now, s;
	struct kvmexit_event ev;
	struct kxt_rec_input in = { .s = &s, .names = names, .slow = &ev, .nr_slow = 1 };
	struct kxt_rec_writer *w;
	struct kxt_err err;
	struct file f;

	begin_file(&f, &w, frames);
	kxt_snapshot_init(&now);
	for (unsigned int i = 0; i < frames; i++) {
		uint64_t before = now.now_ns;

		change_snapshot(&seed, &now);
		now.now_ns = before + SEC;
		while (now.nr > vcpus)
			drop_vcpu(&now, now.nr - 1);
		ev = random_event(&seed, now.now_ns);
		kxt_snapshot_init(&s);
		must(kxt_snapshot_copy(&s, &now, &err) == 0);
		must(kxt_rec_writer_frame(w, &in, &err) == 0);
	}
	kxt_snapshot_free(&now);
	must(kxt_rec_writer_end(w, &err) == 0);
	kxt_rec_writer_free(w);
	kxt_vm_names_free(names);
	return f;
}

/* The same file with its streams as they are: what zstd would not let through gets in. */
static inline struct file make_raw(const struct file *from)
{
	struct file f = { .made = calloc(1, sizeof(*f.made)), .frames = from->frames };
	ZSTD_DCtx *dctx = ZSTD_createDCtx();
	uint64_t times[KXT_REC_FRAMES_MAX];
	const uint8_t *data = from->made->b.data;
	struct kxt_err err;

	made_write(f.made, data, from->made->end[0], &err);
	for (unsigned int i = 0; i + 2 < from->made->writes; i++) {
		const uint8_t *block = data + from->made->end[i];
		struct kxt_rec_bytes payload = { 0 }, out = { 0 };
		struct kxt_rec_coder c = { 0 };
		struct kxt_rec_block b;

		must(kxt_rec_block_read(&b, block) == 0);
		must(kxt_rec_unpack(&c, times, &b, block + KXT_REC_BLOCK_SIZE,
						dctx) == 0);
		for (unsigned int j = 1; j < b.frames; j++)
			kxt_rec_bytes_varint(&payload, times[j] - times[j - 1]);
		kxt_rec_bytes_varint(&payload, KXT_REC_STREAMS);
		for (unsigned int j = 0; j < KXT_REC_STREAMS; j++) {
			kxt_rec_bytes_varint(&payload, c.stream[j].len);
			kxt_rec_bytes_varint(&payload, c.stream[j].len);
		}
		for (unsigned int j = 0; j < KXT_REC_STREAMS; j++)
			kxt_rec_bytes_add(&payload, c.stream[j].data, c.stream[j].len);
		must(kxt_rec_block_make(&out, &b, &payload) == 0);
		made_write(f.made, out.data, out.len, &err);
		kxt_rec_bytes_free(&payload);
		kxt_rec_bytes_free(&out);
		kxt_rec_coder_free(&c);
	}
	ZSTD_freeDCtx(dctx);
	return f;
}

#endif /* REC_FILE_H */
