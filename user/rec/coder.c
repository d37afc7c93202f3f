// SPDX-License-Identifier: GPL-2.0-only
/* Numbers to bytes and back. */
#include "user/rec/coder.h"

#include <stdlib.h>
#include <string.h>

/* Of a varint of 64 bits. */
#define VARINT_MAX	10

void kxt_rec_bytes_free(struct kxt_rec_bytes *b)
{
	free(b->data);
	memset(b, 0, sizeof(*b));
}

int kxt_rec_bytes_room(struct kxt_rec_bytes *b, size_t more)
{
	size_t cap = b->cap ? b->cap : 256;
	uint8_t *data;

	if (more <= b->cap - b->len)
		return 0;
	while (cap - b->len < more) {
		if (cap > SIZE_MAX / 2)
			return -1;
		cap *= 2;
	}
	data = realloc(b->data, cap);
	if (!data)
		return -1;
	b->data = data;
	b->cap = cap;
	return 0;
}

int kxt_rec_bytes_add(struct kxt_rec_bytes *b, const void *data, size_t len)
{
	if (kxt_rec_bytes_room(b, len))
		return -1;
	if (len)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	return 0;
}

int kxt_rec_bytes_varint(struct kxt_rec_bytes *b, uint64_t value)
{
	if (kxt_rec_bytes_room(b, VARINT_MAX))
		return -1;
	while (value >= 0x80) {
		b->data[b->len++] = (uint8_t)(value | 0x80);
		value >>= 7;
	}
	b->data[b->len++] = (uint8_t)value;
	return 0;
}

int kxt_rec_bytes_read_varint(struct kxt_rec_bytes *b, uint64_t *value)
{
	uint64_t v = 0;

	*value = 0;
	for (unsigned int shift = 0; shift < 64 && b->at < b->len; shift += 7) {
		uint8_t byte = b->data[b->at++];

		/* The tenth byte has room for one bit. */
		if (shift == 63 && byte > 1)
			return -1;
		v |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80)) {
			*value = v;
			return 0;
		}
	}
	return -1;
}

uint64_t kxt_rec_zigzag(uint64_t diff)
{
	return diff >> 63 ? ~(diff << 1) : diff << 1;
}

uint64_t kxt_rec_unzigzag(uint64_t value)
{
	return value & 1 ? ~(value >> 1) : value >> 1;
}

void kxt_rec_coder_free(struct kxt_rec_coder *c)
{
	for (unsigned int i = 0; i < KXT_REC_STREAMS; i++)
		kxt_rec_bytes_free(&c->stream[i]);
	memset(c, 0, sizeof(*c));
}

void kxt_rec_coder_reset(struct kxt_rec_coder *c)
{
	c->bad = false;
	c->frame_units = 0;
	c->block_units = 0;
	c->most_units = 0;
	for (unsigned int i = 0; i < KXT_REC_STREAMS; i++) {
		c->stream[i].at = 0;
		if (c->writing)
			c->stream[i].len = 0;
	}
}

size_t kxt_rec_coder_size(const struct kxt_rec_coder *c)
{
	size_t size = 0;

	for (unsigned int i = 0; i < KXT_REC_STREAMS; i++)
		size += c->stream[i].len;
	return size;
}

void kxt_rec_coder_units(struct kxt_rec_coder *c, uint64_t nr)
{
	c->frame_units += nr;
	c->block_units += nr;
	if (c->frame_units > c->most_units)
		c->most_units = c->frame_units;
	if (!c->writing && (c->frame_units > c->frame_max || c->block_units > c->block_max))
		c->bad = true;
}

void kxt_rec_code(struct kxt_rec_coder *c, enum kxt_rec_stream s, uint64_t *v)
{
	struct kxt_rec_bytes *b = &c->stream[s];

	if (c->writing) {
		if (kxt_rec_bytes_varint(b, *v))
			c->bad = true;
	} else if (c->bad) {
		*v = 0;
	} else if (kxt_rec_bytes_read_varint(b, v)) {
		c->bad = true;
	}
}

/* Up to @max; else 0, and bad. */
static uint64_t code_max(struct kxt_rec_coder *c, enum kxt_rec_stream s, uint64_t v,
			 uint64_t max)
{
	if (c->writing && v > max)
		c->bad = true;
	kxt_rec_code(c, s, &v);
	if (v <= max)
		return v;
	c->bad = true;
	return 0;
}

void kxt_rec_code32(struct kxt_rec_coder *c, enum kxt_rec_stream s, uint32_t *v)
{
	uint32_t value = c->writing ? *v : 0;

	*v = (uint32_t)code_max(c, s, value, UINT32_MAX);
}

void kxt_rec_code_flag(struct kxt_rec_coder *c, enum kxt_rec_stream s, bool *v)
{
	*v = code_max(c, s, c->writing ? *v : 0, 1);
}

void kxt_rec_code_up(struct kxt_rec_coder *c, enum kxt_rec_stream s, uint64_t *v,
		     uint64_t was)
{
	uint64_t diff = c->writing ? *v - was : 0;

	kxt_rec_code(c, s, &diff);
	*v = was + diff;
}

void kxt_rec_code_diff(struct kxt_rec_coder *c, enum kxt_rec_stream s, uint64_t *v,
		       uint64_t was)
{
	uint64_t diff = c->writing ? kxt_rec_zigzag(*v - was) : 0;

	kxt_rec_code(c, s, &diff);
	*v = was + kxt_rec_unzigzag(diff);
}

void kxt_rec_code_nr(struct kxt_rec_coder *c, enum kxt_rec_stream s, unsigned int *nr,
		     unsigned int max)
{
	const struct kxt_rec_bytes *b = &c->stream[s];

	*nr = (unsigned int)code_max(c, s, c->writing ? *nr : 0, max);
	if (c->writing || *nr <= b->len - b->at)
		return;
	c->bad = true;
	*nr = 0;
}

void kxt_rec_code_string(struct kxt_rec_coder *c, enum kxt_rec_stream s, char *text,
			 size_t size)
{
	struct kxt_rec_bytes *b = &c->stream[s];
	unsigned int len = c->writing ? strnlen(text, size) : 0;

	kxt_rec_code_nr(c, s, &len, size - 1);
	if (c->writing) {
		if (kxt_rec_bytes_add(b, text, len))
			c->bad = true;
		return;
	}
	if (len)
		memcpy(text, b->data + b->at, len);
	b->at += len;
	text[len] = '\0';
	if (strlen(text) != len)
		c->bad = true;
}
