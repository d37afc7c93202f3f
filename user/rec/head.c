// SPDX-License-Identifier: GPL-2.0-only
/* The header of a recording: what it is, and where it was made. */
#include <stddef.h>
#include <string.h>
#include <zlib.h>

#include "user/rec/block.h"

/* A fact that is text: its tag, and its place in struct kxt_recording_host. */
#define TEXT(tag, field) { tag, offsetof(struct kxt_recording_host, field), \
			   sizeof(((struct kxt_recording_host *)0)->field) }

static const struct {
	enum kxt_rec_fact tag;
	size_t at, size;
} text[] = {
	TEXT(KXT_REC_COLLECTOR, collector),
	TEXT(KXT_REC_KERNEL, kernel),
	TEXT(KXT_REC_HOST, host),
	TEXT(KXT_REC_CPU, cpu),
	TEXT(KXT_REC_BOOT_ID, boot_id),
	TEXT(KXT_REC_TOOL, tool),
	TEXT(KXT_REC_CLOCK, clock),
};

#define NR_TEXT	(sizeof(text) / sizeof(text[0]))

static int add_text(struct kxt_rec_bytes *out, enum kxt_rec_fact tag, const char *value,
		    size_t size)
{
	size_t len = strnlen(value, size);

	return kxt_rec_bytes_varint(out, tag) || kxt_rec_bytes_varint(out, len) ||
	       kxt_rec_bytes_add(out, value, len) ? -1 : 0;
}

static int add_number(struct kxt_rec_bytes *out, enum kxt_rec_fact tag, uint64_t value)
{
	struct kxt_rec_bytes number = { 0 };
	int ret = kxt_rec_bytes_varint(&number, value);

	if (ret == 0)
		ret = kxt_rec_bytes_varint(out, tag);
	if (ret == 0)
		ret = kxt_rec_bytes_varint(out, number.len);
	if (ret == 0)
		ret = kxt_rec_bytes_add(out, number.data, number.len);
	kxt_rec_bytes_free(&number);
	return ret;
}

static int add_facts(struct kxt_rec_bytes *out, const struct kxt_recording_host *host)
{
	uint64_t offset = kxt_rec_zigzag((uint64_t)(int64_t)host->utc_offset_s);
	int bad = 0;

	for (unsigned int i = 0; i < NR_TEXT; i++)
		bad |= add_text(out, text[i].tag, (const char *)host + text[i].at,
				text[i].size);
	bad |= add_number(out, KXT_REC_CPUS, host->cpus);
	bad |= add_number(out, KXT_REC_TO_WALL, host->to_wall_ns);
	bad |= add_number(out, KXT_REC_UTC_OFFSET, offset);
	bad |= add_number(out, KXT_REC_INTERVAL, host->interval_ns);
	bad |= add_number(out, KXT_REC_DETAILS, host->details);
	bad |= add_number(out, KXT_REC_OVER, host->over_ns);
	return bad;
}

static uint32_t head_crc(const uint8_t *head, const uint8_t *facts, size_t size)
{
	return crc32(crc32(0, head, 20), facts, size);
}

int kxt_rec_head_make(struct kxt_rec_bytes *out, const struct kxt_recording_host *host)
{
	uint8_t head[KXT_REC_HEAD_SIZE];
	struct kxt_rec_bytes facts = { 0 };
	int ret = add_facts(&facts, host);

	if (ret == 0) {
		memcpy(head, KXT_REC_MAGIC, KXT_REC_MAGIC_SIZE);
		kxt_rec_put32(head + 8, KXT_REC_MAJOR | KXT_REC_MINOR << 16);
		kxt_rec_put32(head + 12, KXT_REC_ORDER);
		kxt_rec_put32(head + 16, facts.len);
		kxt_rec_put32(head + 20, head_crc(head, facts.data, facts.len));
		ret = kxt_rec_bytes_add(out, head, sizeof(head));
	}
	if (ret == 0)
		ret = kxt_rec_bytes_add(out, facts.data, facts.len);
	kxt_rec_bytes_free(&facts);
	return ret;
}

int kxt_rec_head_size(const uint8_t *data, size_t *size, struct kxt_err *err)
{
	uint32_t version = kxt_rec_get32(data + 8), order = kxt_rec_get32(data + 12);

	if (memcmp(data, KXT_REC_MAGIC, KXT_REC_MAGIC_SIZE))
		return kxt_err_set(err, KXT_EXIT_RUNTIME,
				   "is not a recording of kvmexittop. 'kvmexittop record -o FILE' makes one.");
	if (order == __builtin_bswap32(KXT_REC_ORDER))
		return kxt_err_set(err, KXT_EXIT_RUNTIME,
				   "is a recording in big-endian byte order, which no kvmexittop writes. Get it again, without conversion.");
	if (order != KXT_REC_ORDER)
		return kxt_err_set(err, KXT_EXIT_RUNTIME,
				   "is damaged: its byte order mark is wrong. Get it again.");
	if ((version & 0xffff) != KXT_REC_MAJOR)
		return kxt_err_set(err, KXT_EXIT_RUNTIME,
				   "is a recording in format %u.%u; this kvmexittop (%s) reads format %d. Use the kvmexittop that made it, or a newer one.",
				   version & 0xffff, version >> 16, KXT_VERSION,
				   KXT_REC_MAJOR);
	*size = kxt_rec_get32(data + 16);
	if (*size > KXT_REC_FACTS_MAX)
		return kxt_err_set(err, KXT_EXIT_RUNTIME,
				   "is damaged: its header is too long. Get it again.");
	*size += KXT_REC_HEAD_SIZE;
	return 0;
}

/* What stands in a header is shown on terminals. */
static void take_text(char *to, size_t size, const struct kxt_rec_bytes *value)
{
	size_t len = value->len < size ? value->len : size - 1;

	for (size_t i = 0; i < len; i++)
		to[i] = value->data[i] < 0x20 || value->data[i] >= 0x7f ? '?' :
			(char)value->data[i];
	to[len] = '\0';
}

static void take_number(struct kxt_recording_host *host, uint64_t tag, uint64_t number)
{
	switch (tag) {
	case KXT_REC_CPUS:
		host->cpus = number > INT32_MAX ? INT32_MAX : (unsigned int)number;
		break;
	case KXT_REC_TO_WALL:
		host->to_wall_ns = number;
		break;
	case KXT_REC_UTC_OFFSET:
		host->utc_offset_s = (int32_t)kxt_rec_unzigzag(number);
		break;
	case KXT_REC_INTERVAL:
		host->interval_ns = number;
		break;
	case KXT_REC_DETAILS:
		host->details = number;
		break;
	case KXT_REC_OVER:
		host->over_ns = number;
		break;
	default:
		break;
	}
}

static int take_fact(struct kxt_recording_host *host, struct kxt_rec_bytes *in)
{
	struct kxt_rec_bytes value = { 0 };
	uint64_t tag, size, number;

	if (kxt_rec_bytes_read_varint(in, &tag) || kxt_rec_bytes_read_varint(in, &size) ||
	    size > in->len - in->at)
		return -1;
	value.data = in->data + in->at;
	value.len = size;
	in->at += size;
	for (unsigned int i = 0; i < NR_TEXT; i++) {
		if (text[i].tag != tag)
			continue;
		take_text((char *)host + text[i].at, text[i].size, &value);
		return 0;
	}
	if (tag < KXT_REC_CPUS || tag > KXT_REC_OVER)
		return 0;	/* of a newer minor version */
	if (kxt_rec_bytes_read_varint(&value, &number))
		return -1;
	take_number(host, tag, number);
	return 0;
}

int kxt_rec_head_read(struct kxt_recording_host *host, const uint8_t *data, size_t size,
		      struct kxt_err *err)
{
	/* Only read. */
	struct kxt_rec_bytes in = { .data = (uint8_t *)data, .len = size,
				    .at = KXT_REC_HEAD_SIZE };

	memset(host, 0, sizeof(*host));
	host->over_ns = UINT64_MAX;
	if (kxt_rec_get32(data + 20) !=
	    head_crc(data, data + KXT_REC_HEAD_SIZE, size - KXT_REC_HEAD_SIZE))
		goto damaged;
	while (in.at < in.len) {
		if (take_fact(host, &in))
			goto damaged;
	}
	return 0;
damaged:
	return kxt_err_set(err, KXT_EXIT_RUNTIME,
			   "is damaged: its header has a wrong checksum. Get it again.");
}
