// SPDX-License-Identifier: GPL-2.0-only
/* Blocks: their header, and how streams become a payload. */
#include "user/rec/block.h"

#include <string.h>
#include <zlib.h>
#include <zstd.h>

/* Takes a few milliseconds for a block of a usual host. */
#define ZSTD_LEVEL	9

int kxt_rec_block_read(struct kxt_rec_block *b, const uint8_t *data)
{
	if (kxt_rec_get32(data) != KXT_REC_BLOCK_MAGIC ||
	    kxt_rec_get32(data + 40) != crc32(0, data, 40))
		return -1;
	b->type = data[4];
	b->size = kxt_rec_get32(data + 8);
	b->frames = kxt_rec_get32(data + 12);
	b->number = kxt_rec_get32(data + 16);
	b->crc = kxt_rec_get32(data + 20);
	b->first_ns = kxt_rec_get64(data + 24);
	b->last_ns = kxt_rec_get64(data + 32);
	if (b->size > KXT_REC_STORED_MAX || b->frames > KXT_REC_FRAMES_MAX ||
	    (b->type == KXT_REC_FRAMES) != (b->frames != 0))
		return -1;
	return 0;
}

bool kxt_rec_block_right(const struct kxt_rec_block *b, const uint8_t *data)
{
	return crc32(0, data, b->size) == b->crc;
}

int kxt_rec_block_make(struct kxt_rec_bytes *out, const struct kxt_rec_block *b,
		       const struct kxt_rec_bytes *payload)
{
	uint8_t head[KXT_REC_BLOCK_SIZE] = { 0 };

	if (payload->len > KXT_REC_STORED_MAX)
		return -1;
	kxt_rec_put32(head, KXT_REC_BLOCK_MAGIC);
	head[4] = b->type;
	kxt_rec_put32(head + 8, payload->len);
	kxt_rec_put32(head + 12, b->frames);
	kxt_rec_put32(head + 16, b->number);
	kxt_rec_put32(head + 20, crc32(0, payload->data, payload->len));
	kxt_rec_put64(head + 24, b->first_ns);
	kxt_rec_put64(head + 32, b->last_ns);
	kxt_rec_put32(head + 40, crc32(0, head, 40));
	if (kxt_rec_bytes_add(out, head, sizeof(head)))
		return -1;
	return kxt_rec_bytes_add(out, payload->data, payload->len);
}

/* Appends a stream, compressed if that makes it smaller. Its stored size, or -1. */
static int64_t pack_stream(struct kxt_rec_bytes *out, const struct kxt_rec_bytes *b,
			   ZSTD_CCtx *zstd)
{
	size_t len;

	if (zstd && b->len) {
		if (kxt_rec_bytes_room(out, ZSTD_compressBound(b->len)))
			return -1;
		len = ZSTD_compress2(zstd, out->data + out->len, out->cap - out->len,
				     b->data, b->len);
		if (ZSTD_isError(len))
			return -1;
		if (len < b->len) {
			out->len += len;
			return (int64_t)len;
		}
	}
	return kxt_rec_bytes_add(out, b->data, b->len) ? -1 : (int64_t)b->len;
}

/*
 * Into one piece, with the sizes before it. Streams below @from stay as they are: the first
 * two have at least a byte for each unit, when it comes first.
 */
static int pack_streams(struct kxt_rec_bytes *out, const struct kxt_rec_coder *c,
			ZSTD_CCtx *zstd, unsigned int from)
{
	struct kxt_rec_bytes all = { 0 };
	int ret = kxt_rec_bytes_varint(out, KXT_REC_STREAMS);

	for (unsigned int i = 0; i < KXT_REC_STREAMS && ret == 0; i++) {
		int64_t stored = pack_stream(&all, &c->stream[i], i < from ? NULL : zstd);

		if (stored < 0 || kxt_rec_bytes_varint(out, c->stream[i].len) ||
		    kxt_rec_bytes_varint(out, stored))
			ret = -1;
	}
	if (ret == 0)
		ret = kxt_rec_bytes_add(out, all.data, all.len);
	kxt_rec_bytes_free(&all);
	return ret;
}

static int pack_times(struct kxt_rec_bytes *out, const uint64_t *times, unsigned int frames)
{
	for (unsigned int i = 1; i < frames; i++) {
		if (kxt_rec_bytes_varint(out, times[i] - times[i - 1]))
			return -1;
	}
	return 0;
}

int kxt_rec_pack(struct kxt_rec_bytes *out, const struct kxt_rec_coder *c,
		 const uint64_t *times, unsigned int frames, void *zstd)
{
	if (ZSTD_isError(ZSTD_CCtx_setParameter(zstd, ZSTD_c_compressionLevel, ZSTD_LEVEL)) ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(zstd, ZSTD_c_checksumFlag, 1)))
		return -1;
	out->len = 0;
	if (pack_times(out, times, frames) || pack_streams(out, c, zstd, 0))
		return -1;
	if (c->most_units <= (uint64_t)KXT_REC_FRAME_UNITS * out->len &&
	    c->block_units <= (uint64_t)KXT_REC_BLOCK_UNITS * out->len)
		return 0;
	/* It compresses so well that it would look like a trap. */
	out->len = 0;
	return pack_times(out, times, frames) ||
	       pack_streams(out, c, zstd, KXT_REC_TIME) ? -1 : 0;
}

/**
 * struct sizes - of a stream
 * @raw: as it is coded
 * @stored: in the block
 */
struct sizes {
	uint64_t raw, stored;
};

static int read_times(struct kxt_rec_bytes *in, uint64_t *times,
		      const struct kxt_rec_block *b)
{
	times[0] = b->first_ns;
	for (unsigned int i = 1; i < b->frames; i++) {
		uint64_t diff;

		if (kxt_rec_bytes_read_varint(in, &diff) || diff == 0 ||
		    diff > UINT64_MAX - times[i - 1])
			return -1;
		times[i] = times[i - 1] + diff;
	}
	return times[b->frames - 1] == b->last_ns ? 0 : -1;
}

/* Of those that are known; others are behind them. */
static int read_sizes(struct kxt_rec_bytes *in, struct sizes size[KXT_REC_STREAMS])
{
	uint64_t nr, raw = 0, stored = 0;

	if (kxt_rec_bytes_read_varint(in, &nr) || nr < KXT_REC_STREAMS ||
	    nr > KXT_REC_STREAMS_MAX)
		return -1;
	for (unsigned int i = 0; i < nr; i++) {
		struct sizes s;

		if (kxt_rec_bytes_read_varint(in, &s.raw) ||
		    kxt_rec_bytes_read_varint(in, &s.stored) ||
		    s.raw > KXT_REC_RAW_MAX || s.stored > s.raw)
			return -1;
		raw += s.raw;
		stored += s.stored;
		if (i < KXT_REC_STREAMS)
			size[i] = s;
	}
	return raw > KXT_REC_RAW_MAX || stored != in->len - in->at ? -1 : 0;
}

static int unpack_stream(struct kxt_rec_bytes *to, struct kxt_rec_bytes *in,
			 const struct sizes *size, ZSTD_DCtx *zstd)
{
	const uint8_t *from = in->data + in->at;

	to->len = 0;
	to->at = 0;
	in->at += size->stored;
	if (size->stored == size->raw)
		return kxt_rec_bytes_add(to, from, size->raw);
	/* What zstd itself says comes first: a frame that claims less is damaged. */
	if (ZSTD_getFrameContentSize(from, size->stored) != size->raw ||
	    kxt_rec_bytes_room(to, size->raw) ||
	    ZSTD_decompressDCtx(zstd, to->data, size->raw, from, size->stored) != size->raw)
		return -1;
	to->len = size->raw;
	return 0;
}

int kxt_rec_unpack(struct kxt_rec_coder *c, uint64_t *times,
		   const struct kxt_rec_block *b, const uint8_t *data, void *zstd)
{
	/* Only read. */
	struct kxt_rec_bytes in = { .data = (uint8_t *)data, .len = b->size };
	struct sizes size[KXT_REC_STREAMS];

	if (read_times(&in, times, b))
		return -1;
	if (!zstd)
		return 0;
	if (read_sizes(&in, size))
		return -1;
	for (unsigned int i = 0; i < KXT_REC_STREAMS; i++) {
		if (unpack_stream(&c->stream[i], &in, &size[i], zstd))
			return -1;
	}
	c->writing = false;
	kxt_rec_coder_reset(c);
	c->frame_max = (uint64_t)KXT_REC_FRAME_UNITS * b->size;
	c->block_max = (uint64_t)KXT_REC_BLOCK_UNITS * b->size;
	return 0;
}
