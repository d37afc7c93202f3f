/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading all that a recording lets one read, whatever is in it. */
#ifndef REC_READ_H
#define REC_READ_H

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "user/rec/int.h"

#define REC_READ_UNUSED	__attribute__((unused))

static inline int rec_read_slow(void *arg, const struct kxt_slow *slow)
{
	*(uint64_t *)arg += strlen(slow->name) + slow->ev.key;
	return 0;
}

/* A failure has a message. */
static inline void rec_read_check(int ret, const struct kxt_err *err)
{
	if (ret && !*err->msg)
		abort();
}

/*
 * All frames forth, some back, a window over all of it, slow exits. Returns how many
 * frames could be read; *@frames gets how many there are. 0: it cannot be opened.
 */
REC_READ_UNUSED static unsigned int rec_read_all(const void *data, size_t size,
						 unsigned int *frames)
{
	struct kxt_err err = { 0 };
	struct kxt_recording *r;
	struct kxt_snapshot s;
	unsigned int nr, good = 0;
	uint64_t sum = 0, lost;
	int ret = kxt_recording_open_buffer(&r, data, size, &err);

	*frames = 0;
	rec_read_check(ret, &err);
	if (ret)
		return 0;
	kxt_snapshot_init(&s);
	nr = kxt_recording_frames(r);
	for (unsigned int i = 0; i < nr; i++) {
		err.msg[0] = '\0';
		ret = kxt_recording_frame(r, i, &s, &err);
		rec_read_check(ret, &err);
		good += ret == 0;
		if (i && kxt_recording_time(r, i) <= kxt_recording_time(r, i - 1))
			abort();
		if (kxt_recording_find(r, kxt_recording_time(r, i)) != i)
			abort();
	}
	for (unsigned int i = 0; i < 4 && i < nr; i++)
		kxt_recording_frame(r, i * 7919 % nr, &s, &err);
	err.msg[0] = '\0';
	rec_read_check(kxt_recording_window(r, 0, nr - 1, &s, &err), &err);
	rec_read_check(kxt_recording_slow(r, 0, nr - 1, rec_read_slow, &sum, &lost, &err),
		       &err);
	if (good < nr && !kxt_recording_trouble(r))
		abort();
	for (unsigned int i = 0; i < s.nr; i++)
		sum += strlen(kxt_vm_names_get(kxt_recording_names(r), s.vcpu[i].pid));
	kxt_snapshot_free(&s);
	kxt_recording_close(r);
	*frames = nr;
	return good;
}

/* Makes the checksums right that can be found, so that what is behind them is tried too. */
REC_READ_UNUSED static void rec_fix_up(uint8_t *data, size_t size)
{
	size_t at, facts;

	if (size < KXT_REC_HEAD_SIZE)
		return;
	facts = kxt_rec_get32(data + 16);
	if (facts > size - KXT_REC_HEAD_SIZE)
		return;
	kxt_rec_put32(data + 20, crc32(crc32(0, data, 20), data + KXT_REC_HEAD_SIZE, facts));
	at = KXT_REC_HEAD_SIZE + facts;
	while (size - at >= KXT_REC_BLOCK_SIZE) {
		uint8_t *head = data + at;
		size_t len = kxt_rec_get32(head + 8);

		if (kxt_rec_get32(head) != KXT_REC_BLOCK_MAGIC ||
		    len > size - at - KXT_REC_BLOCK_SIZE)
			break;
		kxt_rec_put32(head + 20, crc32(0, head + KXT_REC_BLOCK_SIZE, len));
		kxt_rec_put32(head + 40, crc32(0, head, 40));
		at += KXT_REC_BLOCK_SIZE + len;
	}
	if (size - at == KXT_REC_TRAILER_SIZE)
		kxt_rec_put32(data + at + 20, crc32(0, data + at, 20));
}

#endif /* REC_READ_H */
