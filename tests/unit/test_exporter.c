// SPDX-License-Identifier: GPL-2.0-only
/* Scrapes of made-up hosts: what is shared, what is compressed, what never shrinks. */
#include "build.h"

#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include "user/metrics/exporter.h"

#define MS	1000000ULL
#define SEC	1000000000ULL

static uint64_t now_ns;

static uint64_t test_clock(void)
{
	return now_ns;
}

/**
 * struct run - an exporter on a fake host
 * @c: collector
 * @x: exporter
 * @err: of the last call
 */
struct run {
	struct kxt_collector c;
	struct kxt_exporter *x;
	struct kxt_err err;
};

static void open_run(struct run *r, const char *scenario, bool per_vcpu)
{
	const struct kxt_exporter_options o = {
		.per_vcpu = per_vcpu,
		.max_series = KXT_METRICS_MAX_SERIES,
		.linger_ns = KXT_EXPORTER_LINGER_NS,
		.clock_ns = test_clock,
	};

	assert_int_equal(kxt_collector_open(&r->c, scenario, &r->err), 0);
	assert_int_equal(kxt_exporter_open(&r->x, &r->c, &o, &r->err), 0);
}

static void close_run(struct run *r)
{
	kxt_exporter_close(r->x);
	kxt_collector_close(&r->c);
}

static void wait_run(struct run *r, uint64_t ns)
{
	now_ns += ns;
	assert_int_equal(r->c.ops->wait(&r->c, ns, &r->err), 0);
}

static struct kxt_exporter_text *get(struct run *r, enum kxt_metrics_format format, bool gzip)
{
	struct kxt_exporter_text *t = kxt_exporter_get(r->x, format, gzip, &r->err);

	if (!t)
		fail_msg("%s", r->err.msg);
	return t;
}

static void test_shared(void **state)
{
	struct kxt_exporter_text *a, *b, *c, *d;
	struct run r;

	(void)state;
	open_run(&r, "fake:two", false);
	a = get(&r, KXT_METRICS_PROMETHEUS, false);
	assert_null(a->gzip);
	wait_run(&r, KXT_EXPORTER_FRESH_NS - 1);
	b = get(&r, KXT_METRICS_PROMETHEUS, false);
	assert_ptr_equal(a, b);
	assert_int_equal(a->refs, 3);
	c = get(&r, KXT_METRICS_OPENMETRICS, false);
	assert_ptr_not_equal(a, c);
	wait_run(&r, 1);
	d = get(&r, KXT_METRICS_PROMETHEUS, false);
	assert_ptr_not_equal(a, d);
	/* Who still reads the old one has it. */
	assert_int_equal(a->refs, 2);
	assert_memory_equal(a->text, "# HELP kvmexittop_build_info ", 29);
	kxt_exporter_put(a);
	kxt_exporter_put(b);
	kxt_exporter_put(d);
	close_run(&r);
	/* Nor does the end of the exporter take it away. */
	assert_int_equal(c->refs, 1);
	assert_memory_equal(c->text + c->len - 6, "# EOF\n", 6);
	kxt_exporter_put(c);
	kxt_exporter_put(NULL);
	kxt_exporter_close(NULL);
}

static void test_gzip(void **state)
{
	struct kxt_exporter_text *t, *again;
	struct run r;
	z_stream z = { 0 };
	char *out;

	(void)state;
	open_run(&r, "fake:many,vms=20,vcpus=2,reasons=20", false);
	t = get(&r, KXT_METRICS_PROMETHEUS, true);
	assert_non_null(t->gzip);
	assert_true(t->gzip_len * 5 < t->len);
	out = malloc(t->len + 1);
	assert_non_null(out);
	assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
	z.next_in = t->gzip;
	z.avail_in = t->gzip_len;
	z.next_out = (unsigned char *)out;
	z.avail_out = t->len + 1;
	assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
	assert_int_equal(z.total_out, t->len);
	assert_memory_equal(out, t->text, t->len);
	inflateEnd(&z);
	free(out);
	again = get(&r, KXT_METRICS_PROMETHEUS, true);
	assert_ptr_equal(t, again);
	assert_int_equal(t->refs, 3);
	kxt_exporter_put(again);
	kxt_exporter_put(t);
	close_run(&r);
}

/* A snapshot fails: the error is said, and what others hold stays theirs. */
static void test_fail(void **state)
{
	struct kxt_exporter_text *t;
	struct run r;

	(void)state;
	open_run(&r, "fake:failsnap", false);
	t = get(&r, KXT_METRICS_PROMETHEUS, false);
	wait_run(&r, 3 * SEC);
	assert_null(kxt_exporter_get(r.x, KXT_METRICS_PROMETHEUS, false, &r.err));
	assert_non_null(strstr(r.err.msg, "told to fail"));
	assert_int_equal(kxt_exporter_look(r.x, &r.err), -1);
	assert_int_equal(t->refs, 2);
	kxt_exporter_put(t);
	close_run(&r);
}

static void test_no_kvm(void **state)
{
	struct kxt_exporter_text *t;
	struct run r;

	(void)state;
	open_run(&r, "fake:nokvm", false);
	t = get(&r, KXT_METRICS_OPENMETRICS, false);
	assert_non_null(memmem(t->text, t->len, "\nkvmexittop_kvm_present 0\n", 26));
	assert_non_null(memmem(t->text, t->len, "\nkvmexittop_vms 0\n", 18));
	assert_non_null(memmem(t->text, t->len, "\nkvmexittop_scrape_duration_seconds 0\n", 38));
	assert_non_null(memmem(t->text, t->len, "\nkvmexittop_exporter_cpu_seconds_total ", 39));
	kxt_exporter_put(t);
	close_run(&r);
}

/**
 * struct series - one line of a scrape
 * @name: with its labels; not terminated
 * @len: of @name
 * @value: as it is written
 */
struct series {
	const char *name;
	size_t len;
	double value;
};

static int compare_series(const void *pa, const void *pb)
{
	const struct series *a = pa, *b = pb;
	int order = memcmp(a->name, b->name, a->len < b->len ? a->len : b->len);

	return order ? order : a->len < b->len ? -1 : a->len > b->len;
}

static unsigned int parse(struct series *out, unsigned int room,
			  const struct kxt_exporter_text *t)
{
	const char *end = t->text + t->len, *next;
	unsigned int n = 0;

	for (const char *line = t->text; line < end; line = next + 1) {
		const char *value;

		next = memchr(line, '\n', end - line);
		assert_non_null(next);
		if (*line == '#')
			continue;
		value = memrchr(line, ' ', next - line);
		assert_non_null(value);
		assert_true(n < room);
		out[n++] = (struct series) { line, value - line, strtod(value, NULL) };
	}
	qsort(out, n, sizeof(*out), compare_series);
	for (unsigned int i = 1; i < n; i++)
		assert_true(compare_series(&out[i - 1], &out[i]) < 0);
	return n;
}

static bool is_counter(const struct series *s)
{
	const char *labels = memchr(s->name, '{', s->len);
	size_t len = labels ? (size_t)(labels - s->name) : s->len;
	static const char *const end[] = { "_total", "_bucket", "_sum", "_count" };

	for (unsigned int i = 0; i < sizeof(end) / sizeof(end[0]); i++) {
		size_t n = strlen(end[i]);

		if (len > n && memcmp(s->name + len - n, end[i], n) == 0)
			return true;
	}
	return false;
}

#define MAX_SERIES	4000

/* Every counter of @a is in @b, and not less there. */
static unsigned int check_grows(const struct kxt_exporter_text *a,
				const struct kxt_exporter_text *b)
{
	static struct series sa[MAX_SERIES], sb[MAX_SERIES];
	unsigned int na = parse(sa, MAX_SERIES, a), nb = parse(sb, MAX_SERIES, b), seen = 0;

	for (unsigned int i = 0; i < na; i++) {
		const struct series *other;

		if (!is_counter(&sa[i]))
			continue;
		other = bsearch(&sa[i], sb, nb, sizeof(*sb), compare_series);
		if (!other)
			fail_msg("'%.*s' is gone", (int)sa[i].len, sa[i].name);
		if (other->value < sa[i].value)
			fail_msg("'%.*s' went from %.9f to %.9f", (int)sa[i].len, sa[i].name,
				 sa[i].value, other->value);
		seen++;
	}
	return seen;
}

static void check_scenario(const char *scenario)
{
	struct kxt_exporter_text *before, *after;
	struct run r;

	open_run(&r, scenario, true);
	before = get(&r, KXT_METRICS_PROMETHEUS, false);
	for (int i = 0; i < 60; i++) {
		wait_run(&r, 300 * MS);
		after = get(&r, KXT_METRICS_PROMETHEUS, false);
		assert_true(check_grows(before, after) > 3);
		kxt_exporter_put(before);
		before = after;
	}
	kxt_exporter_put(before);
	close_run(&r);
}

static void test_grows(void **state)
{
	static const char *const scenario[] = {
		"fake:two", "fake:vmx", "fake:idle", "fake:ended", "fake:lost", "fake:evil",
		"fake:reuse", "fake:restart", "fake:paused", "fake:resumed", "fake:nested",
		"fake:norunq", "fake:noparts",
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(scenario) / sizeof(scenario[0]); i++) {
		print_message("%s\n", scenario[i]);
		check_scenario(scenario[i]);
	}
}

/* It ends after 3 s; the fake host forgets it after 8; we after 5 min. */
static void test_linger(void **state)
{
	static const char ended[] = "\nkvmexittop_vm_ended{domain=\"db1\"} ";
	struct run r;

	(void)state;
	open_run(&r, "fake:ended", false);
	for (int s = 0; s < 320; s += 2) {
		struct kxt_exporter_text *t = get(&r, KXT_METRICS_PROMETHEUS, false);
		const char *at = memmem(t->text, t->len, ended, sizeof(ended) - 1);

		assert_int_equal(!!at, s < 4 + 300);
		if (at)
			assert_int_equal(at[sizeof(ended) - 1], s < 4 ? '0' : '1');
		kxt_exporter_put(t);
		wait_run(&r, KXT_EXPORTER_LOOK_NS);
	}
	close_run(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shared),
		cmocka_unit_test(test_gzip),
		cmocka_unit_test(test_fail),
		cmocka_unit_test(test_no_kvm),
		cmocka_unit_test(test_grows),
		cmocka_unit_test(test_linger),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
