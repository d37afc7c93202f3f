// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a scrape takes. Usage: scrape [SCENARIO [ROUNDS [FILE-FOR-THE-TEXT]]]
 *
 * A snapshot of the fake collector, made once, is what every scrape reads: it is copied
 * as a real collector copies the counters out of the mapped slots, while making one up
 * takes far longer.
 *
 * Prints lines "NAME VALUE"; tests/bench/scrape.sh knows what is too much.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "user/metrics/exporter.h"

/**
 * struct frozen - the collector of this program
 * @s: its only snapshot
 */
struct frozen {
	struct kxt_snapshot s;
};

static int frozen_snapshot(struct kxt_collector *c, struct kxt_snapshot *out,
			   struct kxt_err *err)
{
	const struct frozen *f = c->priv;

	return kxt_snapshot_copy(out, &f->s, err);
}

static const struct kxt_collector_ops frozen = {
	.name = "frozen",
	.snapshot = frozen_snapshot,
};

/* Each call is a while later: no text is young enough to be given out once more. */
static uint64_t later(void)
{
	static uint64_t now;

	now += KXT_EXPORTER_FRESH_NS;
	return now;
}

static double user_ms(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_utime.tv_sec * 1e3 + u.ru_utime.tv_usec / 1e3;
}

static long max_rss_kib(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_maxrss;
}

static int complain(const struct kxt_err *err)
{
	fprintf(stderr, "scrape: %s\n", err->msg);
	return 1;
}

/* User CPU time of one scrape in ms; -1 if one failed. The last text stays in *@text. */
static double measure(struct kxt_exporter *x, enum kxt_metrics_format format, bool gzip,
		      int rounds, struct kxt_exporter_text **text, struct kxt_err *err)
{
	double begin = user_ms();

	for (int i = 0; i < rounds; i++) {
		kxt_exporter_put(*text);
		*text = kxt_exporter_get(x, format, gzip, err);
		if (!*text)
			return -1;
	}
	return (user_ms() - begin) / rounds;
}

static unsigned int count_series(const struct kxt_exporter_text *t)
{
	unsigned int n = 0;
	bool head = false;

	for (size_t i = 0; i < t->len; i++) {
		if (i == 0 || t->text[i - 1] == '\n')
			head = t->text[i] == '#';
		n += t->text[i] == '\n' && !head;
	}
	return n;
}

static int run(struct kxt_collector *c, int rounds, FILE *metrics)
{
	const struct kxt_exporter_options o = {
		.max_series = KXT_METRICS_MAX_SERIES,
		.linger_ns = KXT_EXPORTER_LINGER_NS,
		.clock_ns = later,
	};
	struct kxt_exporter_text *text = NULL;
	struct kxt_exporter *x;
	struct kxt_err err;
	double plain, gzip;

	if (kxt_exporter_open(&x, c, &o, &err))
		return complain(&err);
	plain = measure(x, KXT_METRICS_PROMETHEUS, false, rounds, &text, &err);
	gzip = plain < 0 ? -1 :
	       measure(x, KXT_METRICS_PROMETHEUS, true, rounds, &text, &err);
	if (gzip < 0)
		return complain(&err);
	printf("series %u\nbytes %zu\ngzip_bytes %zu\n", count_series(text), text->len,
	       text->gzip_len);
	printf("user_ms %.2f\nuser_gzip_ms %.2f\nmax_rss_kib %ld\n", plain, gzip,
	       max_rss_kib());
	if (metrics)
		fwrite(text->text, 1, text->len, metrics);
	kxt_exporter_put(text);
	kxt_exporter_close(x);
	return 0;
}

int main(int argc, char **argv)
{
	const char *scenario = argc > 1 ? argv[1] : "fake:two";
	int rounds = argc > 2 ? atoi(argv[2]) : 20, status;
	FILE *metrics = argc > 3 ? fopen(argv[3], "w") : NULL;
	struct kxt_collector fake, c;
	struct frozen f;
	struct kxt_err err;

	kxt_snapshot_init(&f.s);
	if (rounds < 1 || (argc > 3 && !metrics)) {
		fputs("usage: scrape [SCENARIO [ROUNDS [FILE-FOR-THE-TEXT]]]\n", stderr);
		return 2;
	}
	if (kxt_collector_open(&fake, scenario, &err) ||
	    fake.ops->snapshot(&fake, &f.s, &err))
		return complain(&err);
	c = fake;
	c.ops = &frozen;
	c.priv = &f;
	status = run(&c, rounds, metrics);
	if (metrics && fclose(metrics))
		status = 1;
	kxt_snapshot_free(&f.s);
	kxt_collector_close(&fake);
	return status;
}
