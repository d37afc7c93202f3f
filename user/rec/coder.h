/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers to bytes and back. One set of statements does both, so that what is written
 * and what is read cannot differ: each takes a pointer, writes what is there, or reads
 * what is to be there. Pure.
 */
#ifndef KXT_REC_CODER_H
#define KXT_REC_CODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "user/rec/format.h"

/**
 * struct kxt_rec_bytes - bytes that grow while they are written
 * @data: bytes; NULL if @cap is 0
 * @len: bytes in use
 * @cap: room
 * @at: where the next one is read
 */
struct kxt_rec_bytes {
	uint8_t *data;
	size_t len, cap, at;
};

/**
 * struct kxt_rec_coder - streams that are being written or read
 * @writing: direction
 * @bad: reading: what was asked for is not there, or cannot be; all else that is read
 *	is 0. Writing: no memory, or a value that the format has no room for
 * @stream: one for each enum kxt_rec_stream
 * @frame_units: units of the frame that is being worked on
 * @block_units: of all frames of the block
 * @most_units: the most that a frame had
 * @frame_max: reading: how many there may be
 * @block_max: the same of the block
 */
struct kxt_rec_coder {
	bool writing;
	bool bad;
	struct kxt_rec_bytes stream[KXT_REC_STREAMS];
	uint64_t frame_units, block_units, most_units;
	uint64_t frame_max, block_max;
};

/** kxt_rec_bytes_free() - release memory; fine on a zeroed one */
void kxt_rec_bytes_free(struct kxt_rec_bytes *b);

/**
 * kxt_rec_bytes_room() - make room for more
 * @b: bytes
 * @more: to have behind @len
 *
 * Return: 0, or -1 without memory; @b is then as before.
 */
int kxt_rec_bytes_room(struct kxt_rec_bytes *b, size_t more);

/** kxt_rec_bytes_add() - append @len bytes; 0, or -1 without memory */
int kxt_rec_bytes_add(struct kxt_rec_bytes *b, const void *data, size_t len);

/** kxt_rec_bytes_varint() - append a varint; 0, or -1 without memory */
int kxt_rec_bytes_varint(struct kxt_rec_bytes *b, uint64_t value);

/**
 * kxt_rec_bytes_read_varint() - read a varint at @at
 * @b: bytes
 * @value: result; 0 on failure
 *
 * Return: 0, or -1 if there is none, or one of more than 64 bits.
 */
int kxt_rec_bytes_read_varint(struct kxt_rec_bytes *b, uint64_t *value);

/** kxt_rec_zigzag() - what goes both ways as a number that is small if it is near 0 */
uint64_t kxt_rec_zigzag(uint64_t diff);

/** kxt_rec_unzigzag() - the way back */
uint64_t kxt_rec_unzigzag(uint64_t value);

/** kxt_rec_coder_free() - release all streams */
void kxt_rec_coder_free(struct kxt_rec_coder *c);

/** kxt_rec_coder_reset() - back to the beginning: of a new block, or of reading this one */
void kxt_rec_coder_reset(struct kxt_rec_coder *c);

/** kxt_rec_coder_size() - bytes in all streams */
size_t kxt_rec_coder_size(const struct kxt_rec_coder *c);

/** kxt_rec_coder_units() - @nr more units; with too many of them the coder is bad */
void kxt_rec_coder_units(struct kxt_rec_coder *c, uint64_t nr);

/** kxt_rec_code() - a varint */
void kxt_rec_code(struct kxt_rec_coder *c, enum kxt_rec_stream s, uint64_t *v);

/** kxt_rec_code32() - a varint of at most 32 bits */
void kxt_rec_code32(struct kxt_rec_coder *c, enum kxt_rec_stream s, uint32_t *v);

/** kxt_rec_code_flag() - a varint that is 0 or 1 */
void kxt_rec_code_flag(struct kxt_rec_coder *c, enum kxt_rec_stream s, bool *v);

/** kxt_rec_code_up() - what has grown from @was */
void kxt_rec_code_up(struct kxt_rec_coder *c, enum kxt_rec_stream s, uint64_t *v,
		     uint64_t was);

/** kxt_rec_code_diff() - what has gone up or down from @was */
void kxt_rec_code_diff(struct kxt_rec_coder *c, enum kxt_rec_stream s, uint64_t *v,
		       uint64_t was);

/**
 * kxt_rec_code_nr() - a number of things that follow
 * @c: coder
 * @s: stream
 * @nr: how many
 * @max: how many there may be
 *
 * Reading, there is at least a byte of this stream for each of them. Where this does not
 * hold @nr becomes 0.
 */
void kxt_rec_code_nr(struct kxt_rec_coder *c, enum kxt_rec_stream s, unsigned int *nr,
		     unsigned int max);

/**
 * kxt_rec_code_string() - a string
 * @c: coder
 * @s: stream
 * @text: zero-terminated
 * @size: its room; what is longer is bad, and so is a zero in it
 */
void kxt_rec_code_string(struct kxt_rec_coder *c, enum kxt_rec_stream s, char *text,
			 size_t size);

#endif /* KXT_REC_CODER_H */
