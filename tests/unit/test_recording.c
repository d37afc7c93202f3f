// SPDX-License-Identifier: GPL-2.0-only
/* Recordings as files: what is refused and how it is said, windows, what is newer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "tests/unit/rec_made.h"
#include "user/collector.h"
#include "user/rec/slow.h"

static char dir[] = "/tmp/kvmexittop-recording-XXXXXX";
static char path[sizeof(dir) + 16];

static int make_dir(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/file", dir);
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(dir);
}

static void put(const void *data, size_t size)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, size, f), size);
	assert_int_equal(fclose(f), 0);
}

/* @sentence is what is said of the file. */
static void check_refused(const char *file, const char *sentence)
{
	struct kxt_recording *r;
	struct kxt_err err = { 0 };

	assert_int_equal(kxt_recording_open(&r, file, &err), -1);
	assert_int_equal(err.status, KXT_EXIT_RUNTIME);
	if (!strstr(err.msg, sentence) || !strstr(err.msg, file))
		fail_msg("'%s' is not in: %s", sentence, err.msg);
}

/* Of the fake host, a frame a second; the snapshots themselves are kept. */
static struct made *record(const char *scenario, unsigned int frames,
			   struct kxt_snapshot *keep)
{
	struct kxt_recording_host host = made_host();
	struct made *made = calloc(1, sizeof(*made));
	struct kxt_rec_sink sink = { .write = made_write, .arg = made };
	struct kxt_rec_writer *w;
	struct kxt_collector c;
	struct kxt_snapshot s;
	struct kxt_err err;

	assert_int_equal(kxt_collector_open(&c, scenario, &err), 0);
	assert_int_equal(kxt_rec_writer_new(&w, &host, &sink, &err), 0);
	kxt_snapshot_init(&s);
	for (unsigned int i = 0; i < frames; i++) {
		struct kxt_rec_input in = { .s = &s, .names = c.names };

		assert_int_equal(c.ops->snapshot(&c, &s, &err), 0);
		if (keep) {
			kxt_snapshot_init(&keep[i]);
			assert_int_equal(kxt_snapshot_copy(&keep[i], &s, &err), 0);
		}
		assert_int_equal(kxt_rec_writer_frame(w, &in, &err), 0);
		assert_int_equal(c.ops->wait(&c, SEC, &err), 0);
	}
	assert_int_equal(kxt_rec_writer_end(w, &err), 0);
	kxt_rec_writer_free(w);
	kxt_collector_close(&c);
	return made;
}

static void test_refused(void **state)
{
	struct made *made = record("fake:two", 3, NULL);
	uint8_t *data = made->b.data;

	(void)state;
	check_refused("/nonexistent/file", "No such file");
	check_refused("/", "is a directory, not a file");
	check_refused("/dev/null", "is a device, not a file");
	assert_int_equal(mkfifo(path, 0600), 0);
	check_refused(path, "is a pipe, not a file");
	unlink(path);
	put("", 0);
	check_refused(path, "is empty: nothing was recorded");
	put("no", 2);
	check_refused(path, "is not a recording of kvmexittop");
	put("PERFILE2 and what follows it in a file of perf", 46);
	check_refused(path, "is not a recording of kvmexittop");
	put(data, 5);
	check_refused(path, "is not a recording of kvmexittop");
	put(data, 20);
	check_refused(path, "was cut off in its header");
	put(data, 60);
	check_refused(path, "was cut off in its header");
	put(data, made->end[0]);
	check_refused(path, "has no block that can be read");
	data[30] ^= 1;
	put(data, made->b.len);
	check_refused(path, "its header has a wrong checksum");
	data[30] ^= 1;
	kxt_rec_put32(data + 12, __builtin_bswap32(KXT_REC_ORDER));
	put(data, made->b.len);
	check_refused(path, "big-endian byte order");
	kxt_rec_put32(data + 12, 0);
	put(data, made->b.len);
	check_refused(path, "its byte order mark is wrong");
	kxt_rec_put32(data + 12, KXT_REC_ORDER);
	kxt_rec_put32(data + 8, 7 << 16 | (KXT_REC_MAJOR + 1));
	put(data, made->b.len);
	check_refused(path, "is a recording in format 2.7; this kvmexittop");
	kxt_rec_put32(data + 8, KXT_REC_MAJOR);
	kxt_rec_put32(data + 16, KXT_REC_FACTS_MAX + 1);
	put(data, made->b.len);
	check_refused(path, "its header is too long");
	made_free(made);
}

static void test_no_frames(void **state)
{
	struct made *made = record("fake:two", 0, NULL);

	(void)state;
	put(made->b.data, made->b.len);
	check_refused(path, "has no frames: it was ended before the first one");
	made_free(made);
}

/* The block of @made, as a later minor version may write it: with a stream more. */
static void add_stream(struct kxt_rec_bytes *out, const struct made *made)
{
	const uint8_t *block = made->b.data + made->end[0];
	struct kxt_rec_bytes old = { 0 }, payload = { 0 };
	struct kxt_rec_block b;
	uint64_t value;

	assert_int_equal(kxt_rec_block_read(&b, block), 0);
	assert_int_equal(kxt_rec_bytes_add(&old, block + KXT_REC_BLOCK_SIZE, b.size), 0);
	for (unsigned int i = 1; i < b.frames; i++)
		assert_int_equal(kxt_rec_bytes_read_varint(&old, &value), 0);
	kxt_rec_bytes_add(&payload, old.data, old.at);
	assert_int_equal(kxt_rec_bytes_read_varint(&old, &value), 0);
	assert_int_equal(value, KXT_REC_STREAMS);
	kxt_rec_bytes_varint(&payload, KXT_REC_STREAMS + 1);
	value = old.at;
	for (unsigned int i = 0; i < 2 * KXT_REC_STREAMS; i++) {
		uint64_t size;

		assert_int_equal(kxt_rec_bytes_read_varint(&old, &size), 0);
	}
	kxt_rec_bytes_add(&payload, old.data + value, old.at - value);
	kxt_rec_bytes_varint(&payload, 4);
	kxt_rec_bytes_varint(&payload, 4);
	kxt_rec_bytes_add(&payload, old.data + old.at, old.len - old.at);
	kxt_rec_bytes_add(&payload, "more", 4);
	b.number++;
	assert_int_equal(kxt_rec_block_make(out, &b, &payload), 0);
	kxt_rec_bytes_free(&old);
	kxt_rec_bytes_free(&payload);
}

/* A file of a later minor version: one fact, one type of block, one stream more. */
static void test_newer_minor(void **state)
{
	static const uint8_t fact[] = { 99, 3, 'n', 'e', 'w' };
	struct kxt_rec_block b = { .type = 77, .number = 0 };
	struct kxt_rec_bytes out = { 0 }, payload = { 0 };
	struct made *made = record("fake:two", 3, NULL);
	size_t head = made->end[0], facts = head - KXT_REC_HEAD_SIZE;
	struct kxt_recording *r;
	struct kxt_snapshot s;
	struct kxt_err err;

	(void)state;
	kxt_rec_bytes_add(&out, made->b.data, head);
	kxt_rec_bytes_add(&out, fact, sizeof(fact));
	kxt_rec_put32(out.data + 8, KXT_REC_MAJOR | 9 << 16);
	kxt_rec_put32(out.data + 16, facts + sizeof(fact));
	kxt_rec_put32(out.data + 20, crc32(crc32(0, out.data, 20), out.data + 24,
					   facts + sizeof(fact)));
	kxt_rec_bytes_add(&payload, "what is it", 10);
	assert_int_equal(kxt_rec_block_make(&out, &b, &payload), 0);
	add_stream(&out, made);
	put(out.data, out.len);
	assert_int_equal(kxt_recording_open(&r, path, &err), 0);
	assert_int_equal(kxt_recording_frames(r), 3);
	kxt_snapshot_init(&s);
	assert_int_equal(kxt_recording_frame(r, 2, &s, &err), 0);
	assert_int_equal(s.nr, 6);
	kxt_snapshot_free(&s);
	assert_string_equal(kxt_recording_host(r)->kernel, "6.1.0-made");
	kxt_recording_close(r);
	kxt_rec_bytes_free(&out);
	kxt_rec_bytes_free(&payload);
	made_free(made);
}

/* What a header says is shown on terminals. */
static void test_hostile_host(void **state)
{
	struct kxt_recording_host host = made_host();
	struct made *made = record("fake:two", 2, NULL);
	struct kxt_rec_bytes out = { 0 };
	struct kxt_recording *r;
	struct kxt_err err;

	(void)state;
	memset(host.host, '\033', sizeof(host.host));
	snprintf(host.cpu, sizeof(host.cpu), "a\n\tb\177\302\233c");
	assert_int_equal(kxt_rec_head_make(&out, &host), 0);
	kxt_rec_bytes_add(&out, made->b.data + made->end[0], made->end[1] - made->end[0]);
	assert_int_equal(kxt_recording_open_buffer(&r, out.data, out.len, &err), 0);
	assert_int_equal(strlen(kxt_recording_host(r)->host), sizeof(host.host) - 1);
	assert_int_equal(kxt_recording_host(r)->host[5], '?');
	assert_string_equal(kxt_recording_host(r)->cpu, "a??b???c");
	kxt_recording_close(r);
	kxt_rec_bytes_free(&out);
	made_free(made);
}

/* The file gets shorter while it is open: an error, no SIGBUS. */
static void test_shrinks(void **state)
{
	struct made *made = record("fake:two", 30, NULL);
	struct kxt_recording *r;
	struct kxt_snapshot s;
	struct kxt_err err;

	(void)state;
	put(made->b.data, made->b.len);
	assert_int_equal(kxt_recording_open(&r, path, &err), 0);
	assert_int_equal(truncate(path, made->end[1] + 100), 0);
	kxt_snapshot_init(&s);
	assert_int_equal(kxt_recording_frame(r, 10, &s, &err), 0);
	assert_null(kxt_recording_trouble(r));
	assert_int_equal(kxt_recording_frame(r, 11, &s, &err), -1);
	assert_non_null(kxt_recording_trouble(r));
	assert_int_equal(kxt_recording_frame(r, 3, &s, &err), 0);
	kxt_snapshot_free(&s);
	kxt_recording_close(r);
	made_free(made);
}

#define NR_REUSE	20

static void check_delta(const struct kxt_snapshot *a, const struct kxt_snapshot *b)
{
	assert_int_equal(a->now_ns, b->now_ns);
	assert_int_equal(a->start_ns, b->start_ns);
	assert_int_equal(a->nr, b->nr);
	for (unsigned int i = 0; i < a->nr; i++) {
		const struct kxt_vcpu *v = &a->vcpu[i], *w = &b->vcpu[i];

		assert_int_equal(v->key, w->key);
		assert_int_equal(v->ended, w->ended);
		assert_int_equal(v->guest_ns, w->guest_ns);
		assert_int_equal(v->nr, w->nr);
		if (v->nr)
			assert_memory_equal(v->entry, w->entry, v->nr * sizeof(*v->entry));
	}
}

/* Slots get other vCPUs meanwhile: the window has all that lived in it, as dump's has. */
static void test_window(void **state)
{
	struct kxt_snapshot s[NR_REUSE], last, delta, want;
	struct made *made = record("fake:reuse", NR_REUSE, s);
	struct kxt_recording *r;
	struct kxt_err err;

	(void)state;
	kxt_snapshot_init(&last);
	kxt_snapshot_init(&delta);
	kxt_snapshot_init(&want);
	put(made->b.data, made->b.len);
	assert_int_equal(kxt_recording_open(&r, path, &err), 0);
	for (unsigned int from = 0; from < NR_REUSE; from += 7) {
		assert_int_equal(kxt_snapshot_copy(&last, &s[from], &err), 0);
		for (unsigned int to = from; to < NR_REUSE; to++) {
			struct kxt_snapshot next;

			kxt_snapshot_init(&next);
			assert_int_equal(kxt_snapshot_copy(&next, &s[to], &err), 0);
			assert_int_equal(kxt_snapshot_carry(&next, &last, &err), 0);
			kxt_snapshot_free(&last);
			last = next;
			assert_int_equal(kxt_snapshot_delta(&want, &s[from], &last, &err), 0);
			assert_int_equal(kxt_recording_window(r, from, to, &delta, &err), 0);
			check_delta(&delta, &want);
		}
	}
	/* 6 vCPUs, and 2 more each 2 s. */
	assert_int_equal(kxt_recording_window(r, 0, 19, &delta, &err), 0);
	assert_true(delta.nr > 20);
	kxt_recording_close(r);
	for (unsigned int i = 0; i < NR_REUSE; i++)
		kxt_snapshot_free(&s[i]);
	kxt_snapshot_free(&last);
	kxt_snapshot_free(&delta);
	kxt_snapshot_free(&want);
	made_free(made);
}

static void test_find(void **state)
{
	struct made *made = record("fake:two", 25, NULL);
	struct kxt_recording *r;
	struct kxt_err err;

	(void)state;
	assert_int_equal(kxt_recording_open_buffer(&r, made->b.data, made->b.len, &err), 0);
	for (unsigned int i = 0; i < 25; i++) {
		uint64_t now = kxt_recording_time(r, i);

		assert_int_equal(kxt_recording_find(r, now), i);
		assert_int_equal(kxt_recording_find(r, now + SEC - 1), i);
		assert_int_equal(kxt_recording_find(r, now - 1), i ? i - 1 : 0);
	}
	assert_int_equal(kxt_recording_find(r, 0), 0);
	assert_int_equal(kxt_recording_find(r, UINT64_MAX), 24);
	kxt_recording_close(r);
	made_free(made);
}

/* A limit: what is there fits, can be read, and has its index. */
static void test_max_size(void **state)
{
	struct kxt_recording_host host = made_host();
	struct made *made = calloc(1, sizeof(*made));
	struct kxt_rec_sink sink = { .write = made_write, .arg = made,
				     .max_bytes = 512 << 10 };
	struct kxt_vm_names *names = kxt_vm_names_new(NULL);
	struct kxt_rec_writer *w;
	struct kxt_snapshot now, s;
	struct kxt_rec_input in = { .s = &s, .names = names };
	struct kxt_recording *r;
	struct kxt_err err;
	uint64_t seed = 8;
	int ret = 0;

	(void)state;
	kxt_snapshot_init(&now);
	kxt_snapshot_init(&s);
	assert_int_equal(kxt_rec_writer_new(&w, &host, &sink, &err), 0);
	for (unsigned int i = 0; ret == 0 && i < 10000; i++) {
		change_snapshot(&seed, &now);
		assert_int_equal(kxt_snapshot_copy(&s, &now, &err), 0);
		ret = kxt_rec_writer_frame(w, &in, &err);
	}
	assert_int_equal(ret, 1);
	assert_int_equal(kxt_rec_writer_end(w, &err), 1);
	assert_true(made->b.len <= sink.max_bytes && made->b.len > sink.max_bytes / 2);
	assert_int_equal(kxt_recording_open_buffer(&r, made->b.data, made->b.len, &err), 0);
	assert_null(kxt_recording_trouble(r));
	assert_int_equal(kxt_recording_frames(r), kxt_rec_writer_written(w).frames);
	kxt_recording_close(r);
	kxt_rec_writer_free(w);
	kxt_snapshot_free(&now);
	kxt_vm_names_free(names);
	made_free(made);
}

static void add_slow(struct kxt_rec_slow *s, uint64_t time_ns, uint64_t total_ns)
{
	struct kvmexit_event ev = { .type = KVMEXIT_EVENT_SLOW, .time_ns = time_ns,
				    .total_ns = total_ns };

	kxt_rec_slow_add(s, &ev);
}

/* 64 a second, the slowest ones, in the order of their time. */
static void test_slow(void **state)
{
	struct kxt_rec_slow *s = calloc(1, sizeof(*s));

	(void)state;
	for (unsigned int i = 0; i < 100; i++)
		add_slow(s, 5 * SEC + i, 1000 + i * 37 % 100);
	assert_int_equal(s->nr, 64);
	assert_int_equal(s->lost, 36);
	for (unsigned int i = 0; i < 64; i++) {
		assert_true(s->event[i].total_ns >= 1036);
		assert_true(i == 0 || s->event[i].time_ns > s->event[i - 1].time_ns);
	}
	/* The next frame of the same second has no room left; another second has. */
	kxt_rec_slow_next(s);
	add_slow(s, 5 * SEC + 200, SEC);
	assert_int_equal(s->nr, 0);
	assert_int_equal(s->lost, 1);
	add_slow(s, 6 * SEC, 10);
	/* Late, from another CPU. */
	add_slow(s, 5 * SEC + 300, 11);
	assert_int_equal(s->nr, 2);
	/* A frame of an hour is bounded all the same. */
	for (unsigned int i = 0; i < 3600; i++) {
		add_slow(s, (10 + i) * SEC, 10);
		add_slow(s, (10 + i) * SEC + 1, 10);
	}
	assert_int_equal(s->nr, KXT_REC_SLOW_FRAME);
	assert_int_equal(s->nr + s->lost, 1 + 2 + 7200);
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_no_frames),
		cmocka_unit_test(test_newer_minor),
		cmocka_unit_test(test_hostile_host),
		cmocka_unit_test(test_shrinks),
		cmocka_unit_test(test_window),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_max_size),
		cmocka_unit_test(test_slow),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
