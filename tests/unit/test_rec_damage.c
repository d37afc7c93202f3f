// SPDX-License-Identifier: GPL-2.0-only
/* Files that are cut off, damaged, or made to hurt: an error or a part, never a crash. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "tests/unit/rec_file.h"
#include "tests/unit/rec_read.h"

#define DAMAGES	10000

/* Of memory that ends where the bytes end, so that reading on is noticed. */
static unsigned int read_copy(const uint8_t *data, size_t size, unsigned int *frames)
{
	uint8_t *copy = malloc(size);
	unsigned int good;

	assert_true(copy || size == 0);
	if (size)
		memcpy(copy, data, size);
	good = rec_read_all(copy, size, frames);
	free(copy);
	return good;
}

/* Frames of the blocks that are whole in the first @size bytes. */
static unsigned int whole_frames(const struct file *f, size_t size)
{
	unsigned int frames = 0;

	for (unsigned int i = 0; i + 2 < f->made->writes; i++) {
		const uint8_t *head = f->made->b.data + f->made->end[i];

		if (f->made->end[i + 1] <= size)
			frames += kxt_rec_get32(head + 12);
	}
	return frames;
}

static void check_prefix(const struct file *f, size_t size)
{
	unsigned int frames, want = whole_frames(f, size);

	assert_int_equal(read_copy(f->made->b.data, size, &frames), want);
	assert_int_equal(frames, want);
}

static void test_prefixes(void **state)
{
	struct file f = make_file(14, 3, 5);

	(void)state;
	print_message("every prefix of %zu bytes\n", f.made->b.len);
	for (size_t size = 0; size <= f.made->b.len; size++)
		check_prefix(&f, size);
	made_free(f.made);
	/* Many blocks, of ten seconds and one frame each. */
	f = make_file(230, 4, 6);
	assert_true(f.made->writes > 20);
	for (unsigned int i = 0; i < f.made->writes; i++) {
		check_prefix(&f, f.made->end[i] - 1);
		check_prefix(&f, f.made->end[i]);
		if (i + 1 < f.made->writes)
			check_prefix(&f, f.made->end[i] + 1);
	}
	made_free(f.made);
}

static void test_trouble(void **state)
{
	struct file f = make_file(40, 3, 9);
	struct kxt_recording *r;
	struct kxt_err err;
	uint8_t *data = f.made->b.data;
	size_t size = f.made->b.len;

	(void)state;
	assert_int_equal(kxt_recording_open_buffer(&r, data, size, &err), 0);
	assert_null(kxt_recording_trouble(r));
	kxt_recording_close(r);
	assert_int_equal(kxt_recording_open_buffer(&r, data, f.made->end[2], &err), 0);
	assert_string_equal(kxt_recording_trouble(r),
		"the recording was not ended (killed, or still going on): it has 00:00:21, up to its last whole block");
	kxt_recording_close(r);
	assert_int_equal(kxt_recording_open_buffer(&r, data, f.made->end[1] + 10, &err), 0);
	assert_non_null(strstr(kxt_recording_trouble(r), "damaged after 00:00:10"));
	kxt_recording_close(r);
	data[size - 1] ^= 1;
	assert_int_equal(kxt_recording_open_buffer(&r, data, size, &err), 0);
	assert_string_equal(kxt_recording_trouble(r),
		"the end of the recording is damaged, but all of its 40 frames are there");
	kxt_recording_close(r);
	made_free(f.made);
}

/* With an index, what is after a damaged block can be read, and windows go over it. */
static void test_hole(void **state)
{
	struct file f = make_file(40, 3, 10);
	uint8_t *data = f.made->b.data;
	struct kxt_recording *r;
	struct kxt_snapshot s;
	struct kxt_err err;

	(void)state;
	data[f.made->end[1] + KXT_REC_BLOCK_SIZE + 9] ^= 0x10;
	assert_int_equal(kxt_recording_open_buffer(&r, data, f.made->b.len, &err), 0);
	assert_null(kxt_recording_trouble(r));
	assert_int_equal(kxt_recording_frames(r), 40);
	kxt_snapshot_init(&s);
	for (unsigned int i = 0; i < 40; i++)
		assert_int_equal(kxt_recording_frame(r, i, &s, &err),
				 i >= 11 && i < 22 ? -1 : 0);
	assert_string_equal(kxt_recording_trouble(r),
		"a block of the recording is damaged: what is from 00:00:11 to 00:00:21 cannot be read");
	assert_int_equal(kxt_recording_window(r, 5, 30, &s, &err), 0);
	assert_int_equal(s.now_ns - s.start_ns, 25 * SEC);
	assert_int_equal(kxt_recording_window(r, 5, 15, &s, &err), -1);
	assert_int_equal(kxt_recording_window(r, 15, 30, &s, &err), -1);
	assert_int_equal(kxt_recording_window(r, 30, 29, &s, &err), -1);
	assert_int_equal(kxt_recording_window(r, 0, 40, &s, &err), -1);
	assert_int_equal(kxt_recording_frame(r, 40, &s, &err), -1);
	kxt_snapshot_free(&s);
	kxt_recording_close(r);
	made_free(f.made);
}

/* A bit, a byte, a piece of somewhere else, two blocks exchanged. */
static void damage(uint64_t *seed, const struct file *f, uint8_t *data, size_t size)
{
	size_t at = below(seed, size), len, from;
	unsigned int i;

	switch (below(seed, 4)) {
	case 0:
		data[at] ^= 1U << below(seed, 8);
		break;
	case 1:
		data[at] = (uint8_t)rnd(seed);
		break;
	case 2:
		len = 1 + below(seed, 16);
		from = below(seed, size);
		if (at + len <= size && from + len <= size)
			memmove(data + at, data + from, len);
		break;
	default:
		/* Puts a block where the one before it was; what was there goes behind it. */
		i = 1 + (unsigned int)below(seed, f->made->writes - 2);
		len = f->made->end[i] - f->made->end[i - 1];
		from = f->made->end[i + 1] - f->made->end[i];
		memcpy(data + f->made->end[i - 1], f->made->b.data + f->made->end[i], from);
		memcpy(data + f->made->end[i - 1] + from,
		       f->made->b.data + f->made->end[i - 1], len);
		break;
	}
}

static void damage_often(const struct file *f, unsigned int times, uint64_t seed)
{
	size_t size = f->made->b.len;
	uint8_t *data = malloc(size);
	unsigned int refused = 0, part = 0, whole = 0, frames;

	for (unsigned int i = 0; i < times; i++) {
		unsigned int good, nr = 1 + (unsigned int)below(&seed, 3);

		memcpy(data, f->made->b.data, size);
		for (unsigned int j = 0; j < nr; j++)
			damage(&seed, f, data, size);
		if (f->raw)
			rec_fix_up(data, size);
		good = rec_read_all(data, size, &frames);
		refused += good == 0;
		part += good > 0 && good < f->frames;
		whole += good >= f->frames;
	}
	print_message("%u damages%s: %u refused, %u read in part, %u whole\n", times,
		      f->raw ? " behind right checksums" : "", refused, part, whole);
	/* Most of them hurt; checksums let none pass but what is not part of a frame. */
	assert_true(refused > 0 && part > 0);
	assert_true(f->raw || whole < times / 20);
	free(data);
}

static void test_damages(void **state)
{
	struct file f = make_file(14, 2, 11), raw = make_raw(&f);

	(void)state;
	raw.raw = true;
	damage_often(&f, DAMAGES / 2, 1);
	damage_often(&raw, DAMAGES / 2, 2);
	made_free(f.made);
	made_free(raw.made);
}

/* A header, a block of one frame whose streams are @c, and nothing else. */
static struct made *one_block(const struct kxt_rec_coder *c, bool compress)
{
	struct kxt_recording_host host = made_host();
	struct kxt_rec_block b = { .type = KXT_REC_FRAMES, .frames = 1, .first_ns = 1,
				   .last_ns = 1 };
	struct kxt_rec_bytes payload = { 0 }, out = { 0 }, all = { 0 };
	struct made *made = calloc(1, sizeof(*made));
	struct kxt_err err;

	kxt_rec_bytes_varint(&payload, KXT_REC_STREAMS);
	for (unsigned int i = 0; i < KXT_REC_STREAMS; i++) {
		size_t len = c->stream[i].len;

		kxt_rec_bytes_varint(&payload, len);
		kxt_rec_bytes_room(&all, ZSTD_compressBound(len));
		if (compress && len)
			len = ZSTD_compress(all.data + all.len, all.cap - all.len,
					    c->stream[i].data, len, 1);
		else if (len)
			memcpy(all.data + all.len, c->stream[i].data, len);
		kxt_rec_bytes_varint(&payload, len);
		all.len += len;
	}
	kxt_rec_bytes_add(&payload, all.data, all.len);
	assert_int_equal(kxt_rec_head_make(&out, &host), 0);
	assert_int_equal(kxt_rec_block_make(&out, &b, &payload), 0);
	made_write(made, out.data, out.len, &err);
	kxt_rec_bytes_free(&payload);
	kxt_rec_bytes_free(&out);
	kxt_rec_bytes_free(&all);
	return made;
}

static void fill(struct kxt_rec_bytes *b, uint8_t byte, size_t len)
{
	assert_int_equal(kxt_rec_bytes_room(b, len), 0);
	memset(b->data + b->len, byte, len);
	b->len += len;
}

static void check_refused(const struct kxt_rec_coder *c)
{
	struct made *made = one_block(c, true);
	unsigned int frames;

	assert_true(made->b.len < 100000);
	assert_int_equal(rec_read_all(made->b.data, made->b.len, &frames), 0);
	made_free(made);
}

/* Few bytes that would become many: bytes, vCPUs, names. */
static void test_bombs(void **state)
{
	struct kxt_rec_coder c = { 0 };
	struct kxt_rec_bytes *head = &c.stream[KXT_REC_HEAD];

	(void)state;
	/* More than a block may have, said and meant. */
	fill(head, 0, KXT_REC_RAW_MAX + 1);
	check_refused(&c);
	/* As much as it may have, and a million vCPUs in it. */
	head->len = 0;
	kxt_rec_bytes_varint(head, 1 << 3);
	fill(head, 0, 9);
	kxt_rec_bytes_varint(head, 500000);
	fill(head, 1, 500000);
	fill(&c.stream[KXT_REC_MASK], 0, 500000);
	check_refused(&c);
	/* The same as names. */
	head->len = 0;
	fill(head, 0, 8);
	kxt_rec_bytes_varint(head, 500000);
	fill(head, 0, 1000000);
	check_refused(&c);
	kxt_rec_coder_free(&c);
}

/* A host that is so dull that zstd makes nothing of it is not taken for a bomb. */
static void test_dull(void **state)
{
	struct kxt_snapshot now, s;
	struct kxt_vm_names *names = kxt_vm_names_new(NULL);
	struct kxt_rec_input in = { .s = &s, .names = names };
	struct kxt_rec_writer *w;
	unsigned int frames;
	struct kxt_err err;
	struct file f;

	(void)state;
	likely_host(&now, 1, 300);
	begin_file(&f, &w, KXT_REC_FRAMES_MAX);
	for (unsigned int i = 0; i < KXT_REC_FRAMES_MAX; i++) {
		now.now_ns += SEC / 10;
		kxt_snapshot_init(&s);
		assert_int_equal(kxt_snapshot_copy(&s, &now, &err), 0);
		assert_int_equal(kxt_rec_writer_frame(w, &in, &err), 0);
	}
	kxt_snapshot_free(&now);
	assert_int_equal(kxt_rec_writer_end(w, &err), 0);
	kxt_rec_writer_free(w);
	/* As it is: a byte or more for each vCPU and frame. */
	assert_true(f.made->b.len > 300 * KXT_REC_FRAMES_MAX);
	assert_int_equal(rec_read_all(f.made->b.data, f.made->b.len, &frames),
			 KXT_REC_FRAMES_MAX);
	kxt_vm_names_free(names);
	made_free(f.made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_trouble),
		cmocka_unit_test(test_hole),
		cmocka_unit_test(test_damages),
		cmocka_unit_test(test_bombs),
		cmocka_unit_test(test_dull),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
