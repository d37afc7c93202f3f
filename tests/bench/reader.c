// SPDX-License-Identifier: GPL-2.0-only
/*
 * What readers take. Usage: reader WHAT [SCENARIO [ROUNDS]]
 *
 * WHAT: refresh, a batch frame of top; json, what dump prints; record, a snapshot in a
 * recording. A snapshot of the fake collector, made once, is what every round begins
 * with: it goes on by a second, and is copied as a real collector copies the counters out
 * of the mapped slots. What going on takes does not count.
 *
 * Prints lines "NAME VALUE"; tests/bench/readers knows what is too much.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "module/bucket.h"
#include "user/frames.h"
#include "user/rec/write.h"
#include "user/view.h"
#include "user/view_text.h"

#define SECOND_NS	1000000000ULL

static double cpu_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec * 1e3 + ts.tv_nsec / 1e6;
}

/* Exits of a reason in a second, on average; buckets that they are in. */
#define EACH		100
#define SPREAD		8

/**
 * struct going - the collector of this program
 * @s: its counters
 * @random: of this generator: no second is like the one before
 * @going_ms: CPU time that it took to go on
 */
struct going {
	struct kxt_snapshot s;
	uint32_t random;
	double going_ms;
};

static uint32_t dice(struct going *g, uint32_t sides)
{
	/* Numerical Recipes' constants; the low bits are not random. */
	g->random = g->random * 1664525 + 1013904223;
	return (g->random >> 8) % sides;
}

/* A second of a reason: of what it does in SPREAD buckets in a row, from @low on. */
static void go_on(struct going *g, struct kxt_entry *e, unsigned int low)
{
	for (unsigned int i = 0; i < SPREAD; i++) {
		uint32_t n = dice(g, 2 * EACH / SPREAD);

		e->count += n;
		e->timed += n;
		e->hist[low + i] += n;
		e->total_ns += n * kxt_bucket_low(low + i);
	}
}

static int going_snapshot(struct kxt_collector *c, struct kxt_snapshot *out,
			  struct kxt_err *err)
{
	struct going *g = c->priv;
	struct kxt_snapshot *s = &g->s;
	double begin = cpu_ms();

	s->now_ns += SECOND_NS;
	for (unsigned int i = 0; i < s->nr; i++) {
		struct kxt_vcpu *v = &s->vcpu[i];

		v->guest_ns += SECOND_NS / 2;
		for (unsigned int j = 0; j < v->nr; j++)
			go_on(g, &v->entry[j], 20 + j);
	}
	g->going_ms += cpu_ms() - begin;
	return kxt_snapshot_copy(out, s, err);
}

static const struct kxt_collector_ops going = {
	.name = "going",
	.snapshot = going_snapshot,
};

/* CPU time so far, without that of counters that go on. */
static double reader_ms(const struct kxt_collector *c)
{
	const struct going *g = c->priv;

	return cpu_ms() - g->going_ms;
}

static long max_rss_kib(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_maxrss;
}

static int complain(const struct kxt_err *err)
{
	fprintf(stderr, "reader: %s\n", err->msg);
	return 1;
}

/* The text goes to a file that forgets it: what writing it takes is part of it. */
static int measure_frames(struct kxt_collector *c, const char *what, int rounds, FILE *f)
{
	const struct kxt_filter all = { 0 };
	struct kxt_text text = { .sort = KXT_COL_EXITS, .reasons = 5, .filter = &all };
	struct kxt_frames frames = { 0 };
	struct kxt_err err;
	int ret = kxt_frames_open(&frames, c, &all, 0, &err);
	/* What is allocated at first is not what a refresh takes. */
	double begin = 0;

	for (int i = -1; i < rounds && ret == 0; i++) {
		if (i == 0)
			begin = reader_ms(c);
		ret = kxt_frames_next(&frames, &err);
		if (ret == 0 && strcmp(what, "json") == 0)
			ret = kxt_view_json(f, &frames.sum);
		else if (ret == 0)
			ret = kxt_view_text(f, &frames.sum, &text, &err);
	}
	if (ret)
		return complain(&err);
	printf("cpu_ms %.2f\n", (reader_ms(c) - begin) / rounds);
	kxt_frames_close(&frames);
	return 0;
}

static int count_bytes(void *arg, const void *data, size_t len, struct kxt_err *err)
{
	uint64_t *bytes = arg;

	(void)data;
	(void)err;
	*bytes += len;
	return 0;
}

/* A snapshot a second; the blocks of ten of them are compressed, but not written. */
static int measure_record(struct kxt_collector *c, int rounds)
{
	const struct kxt_recording_host host = { .collector = "going" };
	struct kxt_snapshot s;
	struct kxt_rec_input in = { .s = &s, .names = c->names };
	uint64_t bytes = 0, first = 0;
	const struct kxt_rec_sink sink = { .write = count_bytes, .arg = &bytes };
	struct kxt_rec_writer *w;
	struct kxt_err err;
	double begin = reader_ms(c);

	kxt_snapshot_init(&s);
	if (kxt_rec_writer_new(&w, &host, &sink, &err))
		return complain(&err);
	for (int i = 0; i < rounds; i++) {
		if (c->ops->snapshot(c, &s, &err) || kxt_rec_writer_frame(w, &in, &err))
			return complain(&err);
		if (!first)
			first = bytes;
	}
	if (kxt_rec_writer_end(w, &err))
		return complain(&err);
	printf("cpu_ms %.2f\nbytes_per_frame %.0f\n", (reader_ms(c) - begin) / rounds,
	       (double)(bytes - first) / rounds);
	kxt_rec_writer_free(w);
	kxt_snapshot_free(&s);
	return 0;
}

static int run(struct kxt_collector *c, const char *what, int rounds)
{
	FILE *null;
	int ret;

	if (strcmp(what, "record") == 0)
		return measure_record(c, rounds);
	null = fopen("/dev/null", "w");
	if (!null)
		return 1;
	ret = measure_frames(c, what, rounds, null);
	fclose(null);
	return ret;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "refresh";
	const char *scenario = argc > 2 ? argv[2] : "fake:two";
	int rounds = argc > 3 ? atoi(argv[3]) : 20, status;
	struct kxt_collector fake, c;
	struct going g = { .random = 1 };
	struct kxt_err err;

	if (rounds < 1) {
		fputs("usage: reader refresh|json|record [SCENARIO [ROUNDS]]\n", stderr);
		return 2;
	}
	kxt_snapshot_init(&g.s);
	if (kxt_collector_open(&fake, scenario, &err) ||
	    fake.ops->snapshot(&fake, &g.s, &err))
		return complain(&err);
	c = fake;
	c.ops = &going;
	c.priv = &g;
	status = run(&c, what, rounds);
	printf("vcpus %u\nmax_rss_kib %ld\n", g.s.nr, max_rss_kib());
	kxt_snapshot_free(&g.s);
	kxt_collector_close(&fake);
	return status;
}
