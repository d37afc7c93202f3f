// SPDX-License-Identifier: GPL-2.0-only
/*
 * A module's file: undoing its compression. Distributions compress modules with xz
 * (Debian from 13 on, Fedora), zstd (Ubuntu, openSUSE) or gzip; each by its own library.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#ifdef KXT_HAVE_LZMA
#include <lzma.h>
#endif

#include "user/modfile.h"

/* A module that becomes larger than this is not one of ours. */
#define UNPACKED_MAX	(32U << 20)
#define XZ_MEMORY_MAX	(128U << 20)

/**
 * struct grow - memory that grows while something is written to it
 * @data: from malloc()
 * @len: bytes in use
 * @size: bytes there are
 */
struct grow {
	unsigned char *data;
	size_t len;
	size_t size;
};

static bool make_room(struct grow *to)
{
	size_t size = to->size ? to->size * 2 : 1U << 18;
	unsigned char *data;

	if (to->len < to->size)
		return true;
	if (size > UNPACKED_MAX)
		return false;
	data = realloc(to->data, size);
	if (!data)
		return false;
	to->data = data;
	to->size = size;
	return true;
}

static bool unpack_gzip(struct grow *to, const void *data, size_t len)
{
	z_stream stream = { .next_in = (unsigned char *)data, .avail_in = len };
	int status;

	/* With the header of gzip. */
	if (inflateInit2(&stream, MAX_WBITS + 16) != Z_OK)
		return false;
	do {
		if (!make_room(to)) {
			status = Z_MEM_ERROR;
			break;
		}
		stream.next_out = to->data + to->len;
		stream.avail_out = to->size - to->len;
		status = inflate(&stream, Z_NO_FLUSH);
		to->len = to->size - stream.avail_out;
	} while (status == Z_OK);
	inflateEnd(&stream);
	return status == Z_STREAM_END;
}

static bool unpack_zstd(struct grow *to, const void *data, size_t len)
{
	ZSTD_DCtx *ctx = ZSTD_createDCtx();
	ZSTD_inBuffer in = { .src = data, .size = len };
	size_t left = 1;

	while (ctx && left && make_room(to)) {
		ZSTD_outBuffer out = { .dst = to->data, .size = to->size, .pos = to->len };
		bool stuck = in.pos == in.size;

		left = ZSTD_decompressStream(ctx, &out, &in);
		stuck = stuck && out.pos == to->len;
		to->len = out.pos;
		if (ZSTD_isError(left) || stuck)
			break;
	}
	ZSTD_freeDCtx(ctx);
	return ctx && left == 0;
}

#ifdef KXT_HAVE_LZMA
static bool unpack_xz(struct grow *to, const void *data, size_t len)
{
	lzma_stream stream = LZMA_STREAM_INIT;
	lzma_ret status;

	if (lzma_stream_decoder(&stream, XZ_MEMORY_MAX, 0) != LZMA_OK)
		return false;
	stream.next_in = data;
	stream.avail_in = len;
	do {
		if (!make_room(to)) {
			status = LZMA_MEM_ERROR;
			break;
		}
		stream.next_out = to->data + to->len;
		stream.avail_out = to->size - to->len;
		status = lzma_code(&stream, LZMA_FINISH);
		to->len = to->size - stream.avail_out;
	} while (status == LZMA_OK);
	lzma_end(&stream);
	return status == LZMA_STREAM_END;
}
#endif

enum kxt_modfile_state kxt_modfile_unpack(void **data, size_t *len)
{
	static const struct {
		const char *magic;
		size_t len;
		bool (*unpack)(struct grow *to, const void *data, size_t len);
	} format[] = {
		{ "\x1f\x8b", 2, unpack_gzip },
		{ "\x28\xb5\x2f\xfd", 4, unpack_zstd },
#ifdef KXT_HAVE_LZMA
		{ "\xfd" "7zXZ\0", 6, unpack_xz },
#else
		{ "\xfd" "7zXZ\0", 6, NULL },
#endif
	};
	struct grow to = { .data = NULL };

	for (size_t i = 0; i < sizeof(format) / sizeof(format[0]); i++) {
		if (*len < format[i].len || memcmp(*data, format[i].magic, format[i].len))
			continue;
		if (!format[i].unpack)
			return KXT_MODFILE_PACKED;
		if (!format[i].unpack(&to, *data, *len)) {
			free(to.data);
			return KXT_MODFILE_BAD;
		}
		free(*data);
		*data = to.data;
		*len = to.len;
		break;
	}
	return KXT_MODFILE_READ;
}
