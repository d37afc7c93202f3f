// SPDX-License-Identifier: GPL-2.0-only
/* Where the blocks are: the index, and the trailer that leads to it. */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "user/rec/block.h"

void kxt_rec_map_free(struct kxt_rec_map *m)
{
	free(m->place);
	free(m->time);
	memset(m, 0, sizeof(*m));
}

static int grow(void **list, unsigned int *cap, unsigned int need, size_t size)
{
	unsigned int to = *cap ? *cap : 16;
	void *p;

	if (need <= *cap)
		return 0;
	while (to < need) {
		if (to > UINT32_MAX / 2)
			return -1;
		to *= 2;
	}
	p = reallocarray(*list, to, size);
	if (!p)
		return -1;
	*list = p;
	*cap = to;
	return 0;
}

int kxt_rec_map_add(struct kxt_rec_map *m, uint64_t offset,
		    const struct kxt_rec_block *block, const uint64_t *times)
{
	const struct kxt_rec_block *last = m->nr ? &m->place[m->nr - 1].block : NULL;
	void *place = m->place, *time = m->time;
	int ret;

	if (last && (block->number <= last->number || block->first_ns <= last->last_ns))
		return 1;
	if (m->nr_times > INT32_MAX - block->frames)
		return 1;
	ret = grow(&place, &m->cap, m->nr + 1, sizeof(*m->place));
	m->place = place;
	if (ret == 0)
		ret = grow(&time, &m->cap_times, m->nr_times + block->frames,
			   sizeof(*m->time));
	m->time = time;
	if (ret)
		return -1;
	m->place[m->nr++] = (struct kxt_rec_place){ offset, *block, m->nr_times };
	memcpy(&m->time[m->nr_times], times, block->frames * sizeof(*times));
	m->nr_times += block->frames;
	return 0;
}

static uint64_t place_end(const struct kxt_rec_place *p)
{
	return p->offset + KXT_REC_BLOCK_SIZE + p->block.size;
}

int kxt_rec_index_make(struct kxt_rec_bytes *out, const struct kxt_rec_map *m,
		       uint64_t head_size)
{
	uint64_t end = head_size, last_ns = 0;
	int bad;

	out->len = 0;
	bad = kxt_rec_bytes_varint(out, m->nr);
	for (unsigned int i = 0; i < m->nr; i++) {
		const struct kxt_rec_place *p = &m->place[i];
		const uint64_t *time = &m->time[p->first];

		bad |= kxt_rec_bytes_varint(out, p->offset - end);
		bad |= kxt_rec_bytes_varint(out, p->block.number);
		bad |= kxt_rec_bytes_varint(out, p->block.size);
		bad |= kxt_rec_bytes_varint(out, p->block.frames);
		bad |= kxt_rec_bytes_varint(out, kxt_rec_zigzag(time[0] - last_ns));
		for (unsigned int j = 1; j < p->block.frames; j++)
			bad |= kxt_rec_bytes_varint(out, time[j] - time[j - 1]);
		end = place_end(p);
		last_ns = p->block.last_ns;
	}
	return bad ? -1 : 0;
}

/* The numbers of one block; they may be anything. */
static int read_place(struct kxt_rec_bytes *in, struct kxt_rec_place *p,
		      uint64_t time[KXT_REC_FRAMES_MAX])
{
	uint64_t skip, number, size, frames, diff;

	if (kxt_rec_bytes_read_varint(in, &skip) ||
	    kxt_rec_bytes_read_varint(in, &number) ||
	    kxt_rec_bytes_read_varint(in, &size) ||
	    kxt_rec_bytes_read_varint(in, &frames) ||
	    kxt_rec_bytes_read_varint(in, &diff))
		return -1;
	/* No file is that long. */
	if (skip > INT64_MAX - p->offset - KXT_REC_BLOCK_SIZE - KXT_REC_STORED_MAX ||
	    number > UINT32_MAX || size > KXT_REC_STORED_MAX || frames == 0 ||
	    frames > KXT_REC_FRAMES_MAX)
		return -1;
	p->offset += skip;
	time[0] = p->block.last_ns + kxt_rec_unzigzag(diff);
	for (unsigned int i = 1; i < frames; i++) {
		if (kxt_rec_bytes_read_varint(in, &diff) || diff == 0 ||
		    diff > UINT64_MAX - time[i - 1])
			return -1;
		time[i] = time[i - 1] + diff;
	}
	p->block = (struct kxt_rec_block) {
		.type = KXT_REC_FRAMES, .size = size, .frames = frames,
		.number = number, .first_ns = time[0], .last_ns = time[frames - 1],
	};
	return 0;
}

int kxt_rec_index_read(struct kxt_rec_map *m, const uint8_t *data, size_t size,
		       uint64_t head_size, uint64_t end)
{
	/* Only read. */
	struct kxt_rec_bytes in = { .data = (uint8_t *)data, .len = size };
	struct kxt_rec_place place = { .offset = head_size };
	uint64_t nr, time[KXT_REC_FRAMES_MAX];

	if (kxt_rec_bytes_read_varint(&in, &nr))
		return -1;
	for (; nr; nr--) {
		if (read_place(&in, &place, time) || place_end(&place) > end ||
		    kxt_rec_map_add(m, place.offset, &place.block, time))
			return -1;
		place.offset = place_end(&place);
	}
	return in.at == in.len && place.offset <= end ? 0 : -1;
}

int kxt_rec_trailer_make(struct kxt_rec_bytes *out, uint64_t index, uint64_t size)
{
	uint8_t t[KXT_REC_TRAILER_SIZE] = { 0 };

	kxt_rec_put64(t, index);
	kxt_rec_put64(t + 8, size);
	kxt_rec_put32(t + 20, crc32(0, t, 20));
	memcpy(t + 24, KXT_REC_TRAILER_MAGIC, 8);
	return kxt_rec_bytes_add(out, t, sizeof(t));
}

int kxt_rec_trailer_read(const uint8_t *data, uint64_t size, uint64_t *index)
{
	if (memcmp(data + 24, KXT_REC_TRAILER_MAGIC, 8) ||
	    kxt_rec_get32(data + 20) != crc32(0, data, 20) ||
	    kxt_rec_get64(data + 8) != size)
		return -1;
	*index = kxt_rec_get64(data);
	return *index > size - KXT_REC_TRAILER_SIZE ? -1 : 0;
}
