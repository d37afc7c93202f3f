/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The format of a recording, version 1.0.
 *
 * A recording is a header, blocks, and, if it was ended in the usual way, an index and a
 * trailer:
 *
 *	header  block 0  block 1  ...  block N-1  [index  trailer]
 *
 * A block is written at once and can be read without any other. So whatever ends the
 * recorder, all blocks before that can be read: who finds no trailer goes through the
 * file from its beginning.
 *
 * Numbers. u8, u16, u32, u64 are unsigned and little-endian, on every host. A varint is an
 * unsigned number of up to 64 bits in groups of seven, the lowest first; each byte but the
 * last has bit 7 set (LEB128). Arithmetic is modulo 2^64. An *up* is a varint of new - old,
 * for what mostly grows; a *diff* is the same for what goes both ways: the difference d,
 * taken as signed, is written as 2d, or as -2d - 1 if it is negative (zigzag).
 * A string is a varint of its length and so many bytes, without a zero. Checksums (crc) are
 * CRC-32 as of zlib, IEEE 802.3.
 *
 * Header.
 *	 0	u8[8]	89 4b 58 54 52 0d 0a 1a, "\x89KXTR\r\n\x1a"
 *	 8	u16	major version: a reader refuses one that it does not know
 *	10	u16	minor version: raised by what an older reader can skip
 *	12	u32	01020304 hex, the byte order mark: 04 03 02 01 in the file
 *	16	u32	length of the facts, at most 65536
 *	20	u32	crc of bytes 0 to 19 and of the facts
 *	24		facts: any number of { varint tag, string value }. Tags are those of enum
 *			kxt_rec_fact; a number is a varint in its string. Unknown tags are
 *			skipped, what is missing is empty or 0.
 *
 * Block. Numbered from 0, the index among them.
 *	 0	u32	4254584b hex, "KXTB"
 *	 4	u8	type: 1 frames, 2 index; others are skipped
 *	 5	u8[3]	0
 *	 8	u32	bytes that follow the header
 *	12	u32	frames in it, at most 64; 0 for other types
 *	16	u32	number of the block
 *	20	u32	crc of what follows the header
 *	24	u64	now_ns of the first frame
 *	32	u64	now_ns of the last one
 *	40	u32	crc of bytes 0 to 39
 *
 * Frames (type 1): first the time of each but the first, a varint of its now_ns less that
 * of the frame before it, which is never 0. Then the number of streams, a varint, at most
 * 32, and for each a varint of its raw size and one of its stored size. Then the streams,
 * in the order of enum kxt_rec_stream; those after the last one are skipped. A stream is
 * a zstd frame, with its checksum, or the raw bytes if both sizes are the same. Of each
 * stream a frame takes as much as it needs; at the end nothing is left. What a stream holds
 * is the order in which frame.c, vcpu.c, entry.c and details.c take it, which write and
 * read with the same statements. The first frame of a block is a key frame:
 * differences to nothing. Others are differences to the frame before.
 *
 * Index (type 2): a varint of the number of blocks with frames, then for each
 *	varint	bytes between the end of the block before it (or of the header) and its start
 *	varint	its number
 *	varint	bytes that follow its header
 *	varint	frames in it
 *	diff	now_ns of its first frame, to the last one of the block before, or 0
 *	varint	for each other frame: now_ns less that of the one before
 *
 * Trailer.
 *	 0	u64	where the index block begins
 *	 8	u64	size of the file
 *	16	u32	0
 *	20	u32	crc of bytes 0 to 19
 *	24	u8[8]	"KXTREND\n"
 *
 * What one file can cost. A reader refuses a block whose streams have more than
 * KXT_REC_RAW_MAX bytes, and one that makes more of its bytes than KXT_REC_FRAME_UNITS and
 * KXT_REC_BLOCK_UNITS allow, where a vCPU, an entry, a name, a slow exit or up to
 * KXT_REC_UNIT_DETAILS details of a vCPU are one unit. Where zstd would go beyond that, a
 * writer stores the first two streams raw: they have a byte or more for each unit that is
 * new. What a slot has room for (63 entries, 64 sketches of 32 keys and a rest) holds for a
 * vCPU here too.
 *
 * Compatibility. A new fact, a new type of block or a stream after the last one raises the
 * minor version: a reader skips what it does not know. All else raises the major one.
 */
#ifndef KXT_REC_FORMAT_H
#define KXT_REC_FORMAT_H

#include "module/uapi/kvmexit.h"

#define KXT_REC_MAGIC		"\x89KXTR\r\n\x1a"
#define KXT_REC_MAGIC_SIZE	8
#define KXT_REC_MAJOR		1
#define KXT_REC_MINOR		0
#define KXT_REC_ORDER		0x01020304U
#define KXT_REC_HEAD_SIZE	24
#define KXT_REC_FACTS_MAX	65536

/* Streams that a block may have, those of later minor versions included. */
#define KXT_REC_STREAMS_MAX	32

#define KXT_REC_BLOCK_MAGIC	0x4254584bU
#define KXT_REC_BLOCK_SIZE	44

#define KXT_REC_TRAILER_MAGIC	"KXTREND\n"
#define KXT_REC_TRAILER_SIZE	32

/* In bytes: of all streams of a block, and of what follows a block's header. */
#define KXT_REC_RAW_MAX		(64U << 20)
#define KXT_REC_STORED_MAX	(KXT_REC_RAW_MAX + (1U << 20))

/* Frames of a block, and how much time it covers before it is written. */
#define KXT_REC_FRAMES_MAX	64
#define KXT_REC_BLOCK_NS	10000000000ULL

/* Streams above this size end a block, in bytes. */
#define KXT_REC_RAW_GOAL	(4U << 20)

/*
 * Units for each stored byte: of one frame, which is memory, and of all frames of a block,
 * which is time. Each takes a byte of the first two streams when it is new, so that a block
 * of 64 frames that has these raw stays below.
 */
#define KXT_REC_FRAME_UNITS	4
#define KXT_REC_UNIT_DETAILS	8
#define KXT_REC_BLOCK_UNITS	64

/* Of all vCPUs of a frame, whatever its bytes. */
#define KXT_REC_ENTRIES_MAX	(1U << 19)
#define KXT_REC_DETAILS_MAX	(1U << 21)
/* VMs of a recording that have a name, and one more than the highest number of a process. */
#define KXT_REC_NAMES_MAX	(1U << 17)
#define KXT_REC_PID_MAX		(1U << 22)
/* Of one vCPU. */
#define KXT_REC_VCPU_DETAILS	(KVMEXIT_MAX_SKETCHES * (KVMEXIT_MAX_WAYS + 1))

/* Slow exits: kept of each second, and of each frame. */
#define KXT_REC_SLOW_SECOND	64
#define KXT_REC_SLOW_FRAME	4096

/**
 * enum kxt_rec_type - type of a block
 * @KXT_REC_FRAMES: frames
 * @KXT_REC_INDEX: index
 */
enum kxt_rec_type {
	KXT_REC_FRAMES	= 1,
	KXT_REC_INDEX	= 2,
};

/**
 * enum kxt_rec_fact - tags of the header
 * @KXT_REC_COLLECTOR: string, as all up to @KXT_REC_CLOCK: struct kxt_recording_host
 * @KXT_REC_UTC_OFFSET: diff to 0, in seconds
 * @KXT_REC_DETAILS: 0 or 1
 */
enum kxt_rec_fact {
	KXT_REC_COLLECTOR	= 1,
	KXT_REC_KERNEL		= 2,
	KXT_REC_HOST		= 3,
	KXT_REC_CPU		= 4,
	KXT_REC_BOOT_ID		= 5,
	KXT_REC_TOOL		= 6,
	KXT_REC_CLOCK		= 7,
	KXT_REC_CPUS		= 8,
	KXT_REC_TO_WALL		= 9,
	KXT_REC_UTC_OFFSET	= 10,
	KXT_REC_INTERVAL	= 11,
	KXT_REC_DETAILS		= 12,
	KXT_REC_OVER		= 13,
};

/**
 * enum kxt_rec_stream - numbers of a kind, which compress better among themselves
 * @KXT_REC_HEAD: of a frame, names, slow exits, which vCPUs and entries there are
 * @KXT_REC_MASK: which fields of a vCPU, entry, detail changed
 * @KXT_REC_TIME: times
 * @KXT_REC_BUCKET: which buckets changed
 * @KXT_REC_COUNT: by how much
 * @KXT_REC_DETAIL: details
 * @KXT_REC_STREAMS: how many there are
 */
enum kxt_rec_stream {
	KXT_REC_HEAD,
	KXT_REC_MASK,
	KXT_REC_TIME,
	KXT_REC_BUCKET,
	KXT_REC_COUNT,
	KXT_REC_DETAIL,
	KXT_REC_STREAMS,
};

#endif /* KXT_REC_FORMAT_H */
