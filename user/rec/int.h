/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files that read recordings share, and tests. */
#ifndef KXT_REC_INT_H
#define KXT_REC_INT_H

#include <sys/types.h>

#include "user/rec/block.h"
#include "user/rec/frame.h"

/**
 * struct kxt_rec_source - where the bytes come from
 * @fd: file, or -1: @data
 * @data: bytes; the caller's
 * @size: their number. A file may get shorter meanwhile
 */
struct kxt_rec_source {
	int fd;
	const uint8_t *data;
	uint64_t size;
};

/**
 * struct kxt_recording - an open recording
 * @path: what it is called in messages
 * @source: its bytes
 * @head_size: where the blocks begin
 * @host: facts
 * @names: names of all VMs of the frames that were read
 * @named: a bit for each pid that has one; NULL: none has
 * @nr_named: how many they are
 * @map: blocks and frames
 * @trouble: what is missing; empty if nothing is
 * @zstd: decompressor (ZSTD_DCtx)
 * @data: the payload that was read last
 * @c: streams of the block that is being read
 * @block: its number in @map; -1 if there is none
 * @next: the frame that comes next in the streams
 * @frame: the one before it
 */
struct kxt_recording {
	char *path;
	struct kxt_rec_source source;
	size_t head_size;
	struct kxt_recording_host host;
	struct kxt_vm_names *names;
	uint8_t *named;
	unsigned int nr_named;
	struct kxt_rec_map map;
	char trouble[256];
	void *zstd;
	struct kxt_rec_bytes data;
	struct kxt_rec_coder c;
	int block;
	unsigned int next;
	struct kxt_rec_frame frame;
};

/**
 * kxt_recording_open_buffer() - as kxt_recording_open(), from memory
 * @r: result
 * @data: bytes of a recording; the caller's, valid until close
 * @size: their number
 * @err: set on failure
 *
 * Return: 0, or -1 with @err set.
 */
int kxt_recording_open_buffer(struct kxt_recording **r, const void *data, size_t size,
			      struct kxt_err *err);

/**
 * kxt_rec_source_read() - get bytes
 * @s: source
 * @data: room for them
 * @len: how many
 * @at: from where
 *
 * Return: 0, or -1 if they are not all there.
 */
int kxt_rec_source_read(const struct kxt_rec_source *s, void *data, size_t len,
			uint64_t at);

/**
 * kxt_rec_block_at() - read the block at a place, and its payload
 * @r: recording; @data gets the payload
 * @at: where
 * @end: where it has to end at the latest
 * @block: gets its header
 *
 * Return: 0; 1 if there is no whole block; -1 without memory.
 */
int kxt_rec_block_at(struct kxt_recording *r, uint64_t at, uint64_t end,
		     struct kxt_rec_block *block);

/**
 * kxt_rec_find_blocks() - fill the map, from the index or by going through the file
 * @r: recording; @map is empty, @head_size set. @trouble is set if something is missing
 *
 * Return: 0, or -1 without memory.
 */
int kxt_rec_find_blocks(struct kxt_recording *r);

/** kxt_rec_time_text() - "00:03:20" from the first frame to a time */
void kxt_rec_time_text(const struct kxt_recording *r, uint64_t now_ns, char text[32]);

#endif /* KXT_REC_INT_H */
