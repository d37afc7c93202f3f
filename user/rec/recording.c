// SPDX-License-Identifier: GPL-2.0-only
/* Opening a recording. */
#include "user/rec/recording.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "user/rec/int.h"

#define SEC	1000000000ULL

int kxt_rec_source_read(const struct kxt_rec_source *s, void *data, size_t len,
			uint64_t at)
{
	char *to = data;

	if (at > s->size || len > s->size - at)
		return -1;
	if (s->fd < 0) {
		memcpy(data, s->data + at, len);
		return 0;
	}
	while (len) {
		ssize_t got = pread(s->fd, to, len, (off_t)at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return -1;
		to += got;
		at += got;
		len -= got;
	}
	return 0;
}

int kxt_rec_block_at(struct kxt_recording *r, uint64_t at, uint64_t end,
		     struct kxt_rec_block *block)
{
	uint8_t head[KXT_REC_BLOCK_SIZE];

	if (end - at < sizeof(head) ||
	    kxt_rec_source_read(&r->source, head, sizeof(head), at) ||
	    kxt_rec_block_read(block, head) || block->size > end - at - sizeof(head))
		return 1;
	r->data.len = 0;
	if (kxt_rec_bytes_room(&r->data, block->size))
		return -1;
	if (kxt_rec_source_read(&r->source, r->data.data, block->size, at + sizeof(head)))
		return 1;
	r->data.len = block->size;
	return kxt_rec_block_right(block, r->data.data) ? 0 : 1;
}

void kxt_rec_time_text(const struct kxt_recording *r, uint64_t now_ns, char text[32])
{
	uint64_t s = r->map.nr_times ? (now_ns - r->map.time[0]) / SEC : 0;

	snprintf(text, 32, "%02" PRIu64 ":%02u:%02u", s / 3600,
		 (unsigned int)(s / 60 % 60), (unsigned int)(s % 60));
}

/* The index, if there is one and it is right. 1: there is none. */
static int read_index(struct kxt_recording *r)
{
	uint8_t trailer[KXT_REC_TRAILER_SIZE];
	uint64_t size = r->source.size, at;
	struct kxt_rec_block b;
	int ret;

	if (size < r->head_size + sizeof(trailer) ||
	    kxt_rec_source_read(&r->source, trailer, sizeof(trailer),
				size - sizeof(trailer)) ||
	    kxt_rec_trailer_read(trailer, size, &at) || at < r->head_size)
		return 1;
	ret = kxt_rec_block_at(r, at, size - sizeof(trailer), &b);
	if (ret || b.type != KXT_REC_INDEX)
		return ret < 0 ? -1 : 1;
	if (kxt_rec_index_read(&r->map, r->data.data, b.size, r->head_size, at) == 0)
		return 0;
	kxt_rec_map_free(&r->map);
	return 1;
}

/* Adds the block at @at, if it is one of frames. 0: go on; 1: here it ends; -1: memory. */
static int scan_block(struct kxt_recording *r, uint64_t at, struct kxt_rec_block *b)
{
	uint64_t times[KXT_REC_FRAMES_MAX];
	int ret = kxt_rec_block_at(r, at, r->source.size, b);

	if (ret || b->type != KXT_REC_FRAMES)
		return ret;
	if (kxt_rec_unpack(&r->c, times, b, r->data.data, NULL))
		return 1;
	return kxt_rec_map_add(&r->map, at, b, times);
}

/* From block to block, up to the first one that is not whole. */
static int scan(struct kxt_recording *r)
{
	uint64_t at = r->head_size, size = r->source.size;
	struct kxt_rec_block b = { .type = KXT_REC_FRAMES };
	char text[32];
	int ret = 0;

	while (at < size && ret == 0 && b.type != KXT_REC_INDEX) {
		ret = scan_block(r, at, &b);
		if (ret == 0)
			at += KXT_REC_BLOCK_SIZE + b.size;
	}
	if (ret < 0)
		return -1;
	kxt_rec_time_text(r, r->map.nr_times ? r->map.time[r->map.nr_times - 1] : 0, text);
	if (ret == 0 && b.type == KXT_REC_INDEX)
		snprintf(r->trouble, sizeof(r->trouble),
			 "the end of the recording is damaged, but all of its %u frames are there",
			 r->map.nr_times);
	else if (ret == 0)
		snprintf(r->trouble, sizeof(r->trouble),
			 "the recording was not ended (killed, or still going on): it has %s, up to its last whole block",
			 text);
	else
		snprintf(r->trouble, sizeof(r->trouble),
			 "the recording was cut off or damaged after %s: the %" PRIu64 " bytes from byte %" PRIu64 " on cannot be read",
			 text, size - at, at);
	return 0;
}

int kxt_rec_find_blocks(struct kxt_recording *r)
{
	int ret = read_index(r);

	return ret > 0 ? scan(r) : ret;
}

static int no_memory(const struct kxt_recording *r, struct kxt_err *err)
{
	return kxt_err_set(err, KXT_EXIT_RUNTIME, "out of memory for the recording %s",
			   r->path);
}

static int read_head(struct kxt_recording *r, struct kxt_err *err)
{
	uint8_t head[KXT_REC_HEAD_SIZE];
	struct kxt_err why;

	if (r->source.size == 0)
		return kxt_err_set(err, KXT_EXIT_RUNTIME,
				   "%s is empty: nothing was recorded.", r->path);
	/* What is not a recording is told so, however short it is. */
	memset(head, 0, sizeof(head));
	if (kxt_rec_source_read(&r->source, head, r->source.size < sizeof(head) ?
				r->source.size : sizeof(head), 0))
		goto cut;
	if (r->source.size < sizeof(head) &&
	    memcmp(head, KXT_REC_MAGIC, KXT_REC_MAGIC_SIZE) == 0)
		goto cut;
	if (kxt_rec_head_size(head, &r->head_size, &why))
		return kxt_err_set(err, why.status, "%s %s", r->path, why.msg);
	if (r->head_size > r->source.size)
		goto cut;
	r->data.len = 0;
	if (kxt_rec_bytes_room(&r->data, r->head_size))
		return no_memory(r, err);
	if (kxt_rec_source_read(&r->source, r->data.data, r->head_size, 0))
		goto cut;
	if (kxt_rec_head_read(&r->host, r->data.data, r->head_size, &why))
		return kxt_err_set(err, why.status, "%s %s", r->path, why.msg);
	return 0;
cut:
	return kxt_err_set(err, KXT_EXIT_RUNTIME,
			   "%s was cut off in its header. Get it again.", r->path);
}

static int open_source(struct kxt_recording *r, struct kxt_err *err)
{
	if (read_head(r, err))
		return -1;
	r->names = kxt_vm_names_new(NULL);
	r->zstd = ZSTD_createDCtx();
	if (!r->names || !r->zstd || kxt_rec_find_blocks(r))
		return no_memory(r, err);
	if (r->map.nr_times)
		return 0;
	if (*r->trouble)
		return kxt_err_set(err, KXT_EXIT_RUNTIME,
				   "%s has no block that can be read: %s.", r->path,
				   r->trouble);
	return kxt_err_set(err, KXT_EXIT_RUNTIME,
			   "%s has no frames: it was ended before the first one.", r->path);
}

static int open_any(struct kxt_recording **result, const char *path,
		    const struct kxt_rec_source *source, struct kxt_err *err)
{
	struct kxt_recording *r = calloc(1, sizeof(*r));

	if (r) {
		r->source = *source;
		r->block = -1;
		r->path = strdup(path);
	}
	if (!r || !r->path) {
		kxt_err_set(err, KXT_EXIT_RUNTIME, "out of memory for the recording %s",
			    path);
		free(r);
		return -1;
	}
	if (open_source(r, err)) {
		/* The file is the caller's until it is open. */
		r->source.fd = -1;
		kxt_recording_close(r);
		return -1;
	}
	*result = r;
	return 0;
}

int kxt_recording_open_buffer(struct kxt_recording **r, const void *data, size_t size,
			      struct kxt_err *err)
{
	struct kxt_rec_source source = { .fd = -1, .data = data, .size = size };

	return open_any(r, "(memory)", &source, err);
}

/* A FIFO without a writer is not to be waited for: see fstat() below. */
int kxt_recording_open(struct kxt_recording **r, const char *path, struct kxt_err *err)
{
	struct kxt_rec_source source = {
		.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) };
	struct stat st;
	int ret;

	if (source.fd < 0)
		return kxt_err_set(err, KXT_EXIT_RUNTIME, "cannot open the recording %s: %s",
				   path, strerror(errno));
	if (fstat(source.fd, &st)) {
		ret = kxt_err_set(err, KXT_EXIT_RUNTIME, "cannot look at %s: %s", path,
				  strerror(errno));
	} else if (!S_ISREG(st.st_mode)) {
		ret = kxt_err_set(err, KXT_EXIT_RUNTIME,
				  "%s is %s, not a file. A recording is read back and forth: put it into a file first.",
				  path, S_ISDIR(st.st_mode) ? "a directory" :
				  S_ISFIFO(st.st_mode) ? "a pipe" : "a device");
	} else {
		source.size = (uint64_t)st.st_size;
		ret = open_any(r, path, &source, err);
	}
	if (ret)
		close(source.fd);
	return ret;
}

void kxt_recording_close(struct kxt_recording *r)
{
	if (!r)
		return;
	if (r->source.fd >= 0)
		close(r->source.fd);
	kxt_rec_frame_free(&r->frame);
	kxt_rec_coder_free(&r->c);
	kxt_rec_bytes_free(&r->data);
	kxt_rec_map_free(&r->map);
	kxt_vm_names_free(r->names);
	ZSTD_freeDCtx(r->zstd);
	free(r->named);
	free(r->path);
	free(r);
}
