/* SPDX-License-Identifier: GPL-2.0-only */
/* Recordings of made-up hosts, in a file that is gone with the test. Includes cmocka. */
#ifndef KXT_TEST_REPLAY_FIXTURE_H
#define KXT_TEST_REPLAY_FIXTURE_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/build.h"
#include "user/collector.h"
#include "user/rec/write.h"
#include "user/rec/recording.h"

#define SEC		1000000000ULL
#define WALL_NS		(1700000000ULL * SEC)
#define SLOW_MAX	256

/**
 * struct tape - what to record
 * @spec: of the fake collector
 * @frames: how many
 * @interval_ns: between them
 * @details: details too
 * @over_ns: slow exits too, from there on; 0: none
 * @wall: the frames' clock has a time of day
 */
struct tape {
	const char *spec;
	unsigned int frames;
	uint64_t interval_ns;
	bool details;
	uint64_t over_ns;
	bool wall;
};

/* TAPE("fake:two", 10, SEC, .details = true): what is not said is left out. */
#define TAPE(what, many, every, ...) \
	{ .spec = (what), .frames = (many), .interval_ns = (every), __VA_ARGS__ }

static char tape_path[64];

UNUSED static int tape_write(void *arg, const void *data, size_t len, struct kxt_err *err)
{
	(void)err;
	assert_int_equal(write(*(int *)arg, data, len), len);
	return 0;
}

UNUSED static void tape_host(struct kxt_recording_host *host, const struct tape *t,
			     const struct kxt_collector *c)
{
	memset(host, 0, sizeof(*host));
	snprintf(host->collector, sizeof(host->collector), "module");
	snprintf(host->kernel, sizeof(host->kernel), "%s", c->kernel);
	snprintf(host->host, sizeof(host->host), "%s", c->host);
	host->interval_ns = t->interval_ns;
	host->details = t->details;
	host->over_ns = t->over_ns ? t->over_ns : UINT64_MAX;
	host->to_wall_ns = t->wall ? WALL_NS : 0;
	host->utc_offset_s = t->wall ? 3600 : 0;
}

UNUSED static void tape_frame(struct kxt_rec_writer *w, const struct tape *t,
			      struct kxt_collector *c)
{
	struct kvmexit_event ev[SLOW_MAX];
	struct kxt_snapshot s;
	struct kxt_rec_input in = { .s = &s, .names = c->names, .slow = ev };
	struct kxt_err err;

	kxt_snapshot_init(&s);
	assert_int_equal(c->ops->snapshot(c, &s, &err), 0);
	if (t->over_ns) {
		int nr = c->ops->slow_read(c, ev, SLOW_MAX, &in.slow_lost, &err);

		assert_in_range(nr, 0, SLOW_MAX - 1);
		in.nr_slow = (unsigned int)nr;
	}
	assert_int_equal(kxt_rec_writer_frame(w, &in, &err), 0);
	kxt_snapshot_free(&s);
}

/* Makes the file tape_path. */
UNUSED static void tape_record(const struct tape *t)
{
	struct kxt_rec_sink sink = { .write = tape_write };
	struct kxt_recording_host host;
	struct kxt_rec_writer *w;
	struct kxt_collector c;
	struct kxt_err err;
	int fd;

	snprintf(tape_path, sizeof(tape_path), "/tmp/kxt-replay-XXXXXX");
	fd = mkstemp(tape_path);
	assert_true(fd >= 0);
	sink.arg = &fd;
	assert_int_equal(kxt_collector_open(&c, t->spec, &err), 0);
	tape_host(&host, t, &c);
	if (t->details)
		assert_int_equal(c.ops->details(&c, true, &err), 0);
	if (t->over_ns)
		assert_int_equal(c.ops->slow(&c, t->over_ns, &err), 0);
	assert_int_equal(kxt_rec_writer_new(&w, &host, &sink, &err), 0);
	for (unsigned int i = 0; i < t->frames; i++) {
		if (i)
			assert_int_equal(c.ops->wait(&c, t->interval_ns, &err), 0);
		tape_frame(w, t, &c);
	}
	assert_int_equal(kxt_rec_writer_end(w, &err), 0);
	kxt_rec_writer_free(w);
	kxt_collector_close(&c);
	close(fd);
}

UNUSED static void tape_remove(void)
{
	unlink(tape_path);
}

#endif /* KXT_TEST_REPLAY_FIXTURE_H */
