// SPDX-License-Identifier: GPL-2.0-only
/* Texts for those who scrape: made when asked for, shared while they are young. */
#include "user/metrics/exporter.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "user/metrics/exporter_state.h"
#include "user/metrics/out.h"

/* Of zlib: little work; a text of labels that repeat shrinks to a tenth all the same. */
#define GZIP_LEVEL	1
/* Also of zlib: the largest window, and the head of gzip. */
#define GZIP_WINDOW	(15 + 16)
#define GZIP_MEMORY	8	/* zlib's own choice */

/**
 * struct kxt_exporter - an open exporter
 * @c: collector, the caller's
 * @o: options
 * @state: what is exported
 * @text: the latest of each format, or NULL
 * @made_ns: when they were made
 */
struct kxt_exporter {
	struct kxt_collector *c;
	struct kxt_exporter_options o;
	struct kxt_exporter_state *state;
	struct kxt_exporter_text *text[KXT_METRICS_FORMATS];
	uint64_t made_ns[KXT_METRICS_FORMATS];
};

static uint64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

int kxt_exporter_look(struct kxt_exporter *x, struct kxt_err *err)
{
	struct kxt_snapshot s;
	int ret;

	kxt_snapshot_init(&s);
	ret = x->c->ops->snapshot(x->c, &s, err);
	if (ret == 0)
		ret = kxt_exporter_state_take(x->state, &s, err);
	kxt_snapshot_free(&s);
	return ret;
}

int kxt_exporter_open(struct kxt_exporter **x, struct kxt_collector *c,
		      const struct kxt_exporter_options *o, struct kxt_err *err)
{
	struct kxt_exporter *new = calloc(1, sizeof(*new));

	*x = NULL;
	if (new)
		new->state = kxt_exporter_state_new(o->filter, c->names, o->linger_ns);
	if (!new || !new->state) {
		kxt_exporter_close(new);
		return kxt_err_set(err, KXT_EXIT_RUNTIME, "out of memory for the exporter");
	}
	new->c = c;
	new->o = *o;
	if (!new->o.clock_ns)
		new->o.clock_ns = monotonic_ns;
	if (kxt_exporter_look(new, err)) {
		kxt_exporter_close(new);
		return -1;
	}
	*x = new;
	return 0;
}

void kxt_exporter_put(struct kxt_exporter_text *t)
{
	if (!t || --t->refs)
		return;
	free(t->text);
	free(t->gzip);
	free(t);
}

void kxt_exporter_close(struct kxt_exporter *x)
{
	if (!x)
		return;
	for (unsigned int i = 0; i < KXT_METRICS_FORMATS; i++)
		kxt_exporter_put(x->text[i]);
	kxt_exporter_state_free(x->state);
	free(x);
}

/* Field 2 of /proc/self/statm, in pages. 0 if it cannot be told. */
static uint64_t resident_bytes(void)
{
	char buf[128];
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	uint64_t pages = 0;
	ssize_t got;

	if (fd < 0)
		return 0;
	got = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	if (got <= 0)
		return 0;
	buf[got] = '\0';
	if (sscanf(buf, "%*u %" SCNu64, &pages) != 1)
		return 0;
	return pages * sysconf(_SC_PAGESIZE);
}

static uint64_t timeval_ns(const struct timeval *tv)
{
	return tv->tv_sec * 1000000000ULL + tv->tv_usec * 1000ULL;
}

static void look_at_own(struct kxt_metrics_own *own)
{
	struct rusage usage;

	if (getrusage(RUSAGE_SELF, &usage))
		return;
	own->known = true;
	own->cpu_ns = timeval_ns(&usage.ru_utime) + timeval_ns(&usage.ru_stime);
	own->memory = resident_bytes();
}

static int no_memory(struct kxt_err *err)
{
	return kxt_err_set(err, KXT_EXIT_RUNTIME, "out of memory for a scrape");
}

static int write_text(struct kxt_exporter_text *t, const struct kxt_metrics_totals *totals,
		      struct kxt_metrics *m, struct kxt_err *err)
{
	struct kxt_metrics_text text = { 0 };

	if (kxt_metrics_write_totals(&text, totals, m)) {
		free(text.s);
		return no_memory(err);
	}
	t->text = text.s;
	t->len = text.len;
	return 0;
}

static struct kxt_exporter_text *make_text(struct kxt_exporter *x,
					   enum kxt_metrics_format format,
					   uint64_t begin_ns, struct kxt_err *err)
{
	struct kxt_exporter_text *t;
	struct kxt_metrics_totals totals;
	struct kxt_metrics m = {
		.format = format,
		.per_vcpu = x->o.per_vcpu,
		.max_series = x->o.max_series,
	};
	int ret;

	if (kxt_exporter_look(x, err) ||
	    kxt_exporter_state_totals(x->state, &totals, x->o.per_vcpu, err))
		return NULL;
	snprintf(totals.collector, sizeof(totals.collector), "%s", x->c->ops->name);
	snprintf(totals.kernel, sizeof(totals.kernel), "%s", x->c->kernel);
	look_at_own(&totals.own);
	m.scrape_ns = x->o.clock_ns() - begin_ns;
	t = calloc(1, sizeof(*t));
	ret = t ? write_text(t, &totals, &m, err) : no_memory(err);
	kxt_metrics_totals_free(&totals);
	if (t)
		t->refs = 1;
	if (ret) {
		kxt_exporter_put(t);
		return NULL;
	}
	return t;
}

static int add_gzip(struct kxt_exporter_text *t, struct kxt_err *err)
{
	z_stream z = { 0 };
	unsigned char *out;
	size_t room;

	if (t->gzip)
		return 0;
	if (deflateInit2(&z, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW, GZIP_MEMORY,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		return no_memory(err);
	room = deflateBound(&z, t->len);
	out = malloc(room);
	if (!out || room > UINT32_MAX || t->len > UINT32_MAX) {
		free(out);
		deflateEnd(&z);
		return no_memory(err);
	}
	z.next_in = (unsigned char *)t->text;
	z.avail_in = t->len;
	z.next_out = out;
	z.avail_out = room;
	/* With that much room it is done in one go. */
	if (deflate(&z, Z_FINISH) != Z_STREAM_END) {
		free(out);
		deflateEnd(&z);
		return kxt_err_set(err, KXT_EXIT_RUNTIME, "zlib cannot compress a scrape");
	}
	t->gzip_len = z.total_out;
	deflateEnd(&z);
	/* That much room was for what cannot be compressed. */
	t->gzip = realloc(out, t->gzip_len);
	if (!t->gzip)
		t->gzip = out;
	return 0;
}

struct kxt_exporter_text *kxt_exporter_get(struct kxt_exporter *x,
					   enum kxt_metrics_format format, bool gzip,
					   struct kxt_err *err)
{
	uint64_t now = x->o.clock_ns();
	struct kxt_exporter_text *t = x->text[format];

	if (!t || now - x->made_ns[format] >= KXT_EXPORTER_FRESH_NS) {
		t = make_text(x, format, now, err);
		if (!t)
			return NULL;
		kxt_exporter_put(x->text[format]);
		x->text[format] = t;
		x->made_ns[format] = now;
	}
	if (gzip && add_gzip(t, err))
		return NULL;
	t->refs++;
	return t;
}
