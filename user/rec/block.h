/* SPDX-License-Identifier: GPL-2.0-only */
/* Blocks, header and trailer of a recording: see user/rec/format.h. Pure, on buffers. */
#ifndef KXT_REC_BLOCK_H
#define KXT_REC_BLOCK_H

#include "user/err.h"
#include "user/rec/coder.h"
#include "user/rec/recording.h"

/**
 * struct kxt_rec_block - a block, as its header describes it
 * @type: enum kxt_rec_type, or one that is not known
 * @size: bytes that follow the header, at most KXT_REC_STORED_MAX
 * @frames: in it; at least 1 and at most KXT_REC_FRAMES_MAX for KXT_REC_FRAMES, else 0
 * @number: of the block
 * @crc: of what follows
 * @first_ns: time of the first frame
 * @last_ns: time of the last one
 */
struct kxt_rec_block {
	uint8_t type;
	uint32_t size;
	uint32_t frames;
	uint32_t number;
	uint32_t crc;
	uint64_t first_ns, last_ns;
};

/**
 * kxt_rec_block_read() - look at the header of a block
 * @b: result
 * @data: KXT_REC_BLOCK_SIZE bytes
 *
 * Return: 0, or -1 if it is none.
 */
int kxt_rec_block_read(struct kxt_rec_block *b, const uint8_t *data);

/**
 * kxt_rec_block_right() - is what follows the header what was written?
 * @b: header
 * @data: @b->size bytes
 */
bool kxt_rec_block_right(const struct kxt_rec_block *b, const uint8_t *data);

/**
 * kxt_rec_block_make() - write a header
 * @out: gets it, appended; and then @payload
 * @b: type, frames, number, first_ns, last_ns
 * @payload: what follows the header
 *
 * Return: 0, or -1 without memory.
 */
int kxt_rec_block_make(struct kxt_rec_bytes *out, const struct kxt_rec_block *b,
		       const struct kxt_rec_bytes *payload);

/**
 * kxt_rec_pack() - make the payload of a block of frames
 * @out: emptied; gets it
 * @c: coder that has written all frames
 * @times: now_ns of the frames
 * @frames: their number, at least 1
 * @zstd: compressor (ZSTD_CCtx)
 *
 * Return: 0, or -1 without memory.
 */
int kxt_rec_pack(struct kxt_rec_bytes *out, const struct kxt_rec_coder *c,
		 const uint64_t *times, unsigned int frames, void *zstd);

/**
 * kxt_rec_unpack() - the way back
 * @c: reading; gets the streams, at their beginning, and how many units there may be
 * @times: room for @b->frames
 * @b: header
 * @data: what follows it
 * @zstd: decompressor (ZSTD_DCtx); NULL: get only the times
 *
 * Return: 0, or -1: nothing of it is to be trusted, or there is no memory.
 */
int kxt_rec_unpack(struct kxt_rec_coder *c, uint64_t *times,
		   const struct kxt_rec_block *b, const uint8_t *data, void *zstd);

/**
 * kxt_rec_head_make() - write the header of a file
 * @out: gets it, appended
 * @host: facts
 *
 * Return: 0, or -1 without memory.
 */
int kxt_rec_head_make(struct kxt_rec_bytes *out, const struct kxt_recording_host *host);

/**
 * kxt_rec_head_size() - how long is the header?
 * @data: KXT_REC_HEAD_SIZE bytes
 * @size: gets the bytes of the header with its facts
 * @err: set on failure: not a recording, a version that is too new, ...; the name of the
 *	file is to be put before it
 *
 * Return: 0, or -1 with @err set.
 */
int kxt_rec_head_size(const uint8_t *data, size_t *size, struct kxt_err *err);

/**
 * kxt_rec_head_read() - get the facts
 * @host: result; all strings are zero-terminated and have no control characters
 * @data: header with its facts
 * @size: of kxt_rec_head_size()
 * @err: set on failure: damaged; as above
 *
 * Return: 0, or -1 with @err set.
 */
int kxt_rec_head_read(struct kxt_recording_host *host, const uint8_t *data, size_t size,
		      struct kxt_err *err);

/**
 * struct kxt_rec_place - where a block of frames is
 * @offset: of its header in the file
 * @block: its header; crc is not known from an index
 * @first: number of its first frame
 */
struct kxt_rec_place {
	uint64_t offset;
	struct kxt_rec_block block;
	unsigned int first;
};

/**
 * struct kxt_rec_map - all blocks of frames, and when all frames were taken
 * @nr: blocks
 * @cap: room in @place
 * @place: they, in the order of the file
 * @nr_times: frames
 * @cap_times: room in @time
 * @time: now_ns of each; they grow
 */
struct kxt_rec_map {
	unsigned int nr, cap;
	struct kxt_rec_place *place;
	unsigned int nr_times, cap_times;
	uint64_t *time;
};

/** kxt_rec_map_free() - release memory and make it empty; fine on a zeroed one */
void kxt_rec_map_free(struct kxt_rec_map *m);

/**
 * kxt_rec_map_add() - one more block
 * @m: map
 * @offset: of its header
 * @block: header
 * @times: of its frames
 *
 * Return: 0, 1 if it does not come after the others, -1 without memory; then @m is as
 * before.
 */
int kxt_rec_map_add(struct kxt_rec_map *m, uint64_t offset,
		    const struct kxt_rec_block *block, const uint64_t *times);

/** kxt_rec_index_make() - payload of the index, emptied before; 0, or -1 without memory */
int kxt_rec_index_make(struct kxt_rec_bytes *out, const struct kxt_rec_map *m,
		       uint64_t head_size);

/**
 * kxt_rec_index_read() - the way back
 * @m: empty; gets all blocks
 * @data: payload of the index
 * @size: its bytes
 * @head_size: where the first block may begin
 * @end: where the index begins: where the last block has to end
 *
 * Return: 0, or -1: it cannot be right, or there is no memory. @m is to be freed then.
 */
int kxt_rec_index_read(struct kxt_rec_map *m, const uint8_t *data, size_t size,
		       uint64_t head_size, uint64_t end);

/** kxt_rec_trailer_make() - the end of the file, appended; 0, or -1 without memory */
int kxt_rec_trailer_make(struct kxt_rec_bytes *out, uint64_t index, uint64_t size);

/**
 * kxt_rec_trailer_read() - find the index
 * @data: the last KXT_REC_TRAILER_SIZE bytes of a file
 * @size: of the file
 * @index: gets where the index begins
 *
 * Return: 0, or -1 if there is no trailer, or not of this file.
 */
int kxt_rec_trailer_read(const uint8_t *data, uint64_t size, uint64_t *index);

/* Fixed places in a header: little-endian numbers. */
static inline uint32_t kxt_rec_get32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t kxt_rec_get64(const uint8_t *p)
{
	return kxt_rec_get32(p) | (uint64_t)kxt_rec_get32(p + 4) << 32;
}

static inline void kxt_rec_put32(uint8_t *p, uint32_t v)
{
	for (unsigned int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static inline void kxt_rec_put64(uint8_t *p, uint64_t v)
{
	kxt_rec_put32(p, (uint32_t)v);
	kxt_rec_put32(p + 4, (uint32_t)(v >> 32));
}

#endif /* KXT_REC_BLOCK_H */
