// SPDX-License-Identifier: GPL-2.0-only
/* Metrics as text: both formats, labels, what is left out, what is dropped. */
#include "metrics_host.h"

static void test_edges(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < KXT_METRICS_EDGES; i++) {
		const struct kxt_metrics_edge *e = &kxt_metrics_edge[i];
		unsigned int bucket = kxt_bucket(e->ns);
		char *rest;

		/* It begins a bucket: none is on both sides of it. */
		assert_true(kxt_bucket_low(bucket) == e->ns);
		assert_true(i == 0 || e->ns > kxt_metrics_edge[i - 1].ns);
		assert_true(strtod(e->le, &rest) == (double)e->ns / 1e9);
		assert_string_equal(rest, "");
	}
}

static void test_buckets(void **state)
{
	uint64_t hist[KVMEXIT_NR_BUCKETS], out[KXT_METRICS_EDGES + 1];

	(void)state;
	for (unsigned int i = 0; i < KVMEXIT_NR_BUCKETS; i++) {
		unsigned int want = 0;

		memset(hist, 0, sizeof(hist));
		hist[i] = 3;
		kxt_metrics_buckets(out, hist);
		while (want < KXT_METRICS_EDGES &&
		       kxt_bucket_high(i) > kxt_metrics_edge[want].ns)
			want++;
		for (unsigned int j = 0; j <= KXT_METRICS_EDGES; j++)
			assert_int_equal(out[j], j == want ? 3 : 0);
	}
}

static void test_formats(void **state)
{
	struct kxt_metrics m = metrics(KXT_METRICS_PROMETHEUS);
	struct host h;
	char *text;

	(void)state;
	begin(&h);
	add_exits(&vcpu_of(&h, 100, "web1", 1)->entry[0], 5000, 7);
	finish(&h);
	text = text_of(&h, &m);
	assert_has(text, "# TYPE kvmexittop_exits_total counter\n");
	assert_has(text, "# TYPE kvmexittop_build_info gauge\n");
	assert_has(text, "\nkvmexittop_exits_total{domain=\"web1\",reason=\"npf\",class=\"page_fault\",isa=\"SVM\"} 7\n");
	assert_has_not(text, "# UNIT");
	assert_has_not(text, "# EOF");
	assert_has_not(text, "scrape_duration");
	assert_int_equal(m.series, count_samples(text));
	assert_int_equal(m.dropped, 0);
	free(text);

	m = metrics(KXT_METRICS_OPENMETRICS);
	m.scrape_ns = 1500000;
	text = text_of(&h, &m);
	assert_has(text, "# TYPE kvmexittop_exits counter\n");
	assert_has(text, "# TYPE kvmexittop_build info\n");
	assert_has(text, "# UNIT kvmexittop_exit_time_seconds seconds\n");
	assert_has(text, "\nkvmexittop_scrape_duration_seconds 0.0015\n");
	assert_has(text, "\nkvmexittop_exits_total{domain=\"web1\",");
	assert_string_equal(text + strlen(text) - 6, "# EOF\n");
	assert_int_equal(m.series, count_samples(text));
	free(text);
	end(&h);
	assert_string_equal(kxt_metrics_type(KXT_METRICS_PROMETHEUS),
			    "text/plain; version=0.0.4; charset=utf-8");
	assert_string_equal(kxt_metrics_type(KXT_METRICS_OPENMETRICS),
			    "application/openmetrics-text; version=1.0.0; charset=utf-8");
}

static void test_histogram(void **state)
{
	struct kxt_metrics m = metrics(KXT_METRICS_PROMETHEUS);
	struct host h;
	struct kxt_vcpu *v;
	char *text;

	(void)state;
	begin(&h);
	v = vcpu_of(&h, 100, "web1", 1);
	add_exits(&v->entry[0], 1000, 2);
	add_exits(&v->entry[0], 1024, 1);	/* the edge itself: above it */
	add_exits(&v->entry[0], 5000000000, 1);
	add_unpaired(&v->entry[0], 10);
	finish(&h);
	text = text_of(&h, &m);
#define NPF_LABELS	"{domain=\"web1\",reason=\"npf\",class=\"page_fault\",isa=\"SVM\""
#define DURATION	"\nkvmexittop_exit_duration_seconds"
	assert_has(text, DURATION "_bucket" NPF_LABELS ",le=\"1.024e-06\"} 2\n");
	assert_has(text, DURATION "_bucket" NPF_LABELS ",le=\"2.048e-06\"} 3\n");
	assert_has(text, DURATION "_bucket" NPF_LABELS ",le=\"1.073741824\"} 3\n");
	assert_has(text, DURATION "_bucket" NPF_LABELS ",le=\"+Inf\"} 4\n");
	assert_has(text, DURATION "_count" NPF_LABELS "} 4\n");
	assert_has(text, DURATION "_sum" NPF_LABELS "} 5.000003024\n");
	assert_has(text, "\nkvmexittop_exits_total" NPF_LABELS "} 14\n");
	free(text);
	end(&h);
}

/* An open exit has been in the kernel for an hour; the four that are over took 4 us. */
static void test_open_sum(void **state)
{
	struct kxt_metrics m = metrics(KXT_METRICS_PROMETHEUS);
	struct host h;
	struct kxt_vcpu *v;
	char *text;

	(void)state;
	begin(&h);
	v = vcpu_of(&h, 100, "web1", 1);
	add_exits(&v->entry[0], 1000, 4);
	v->entry[0].total_ns += 3600000000000;
	finish(&h);
	text = text_of(&h, &m);
	assert_has(text, DURATION "_sum" NPF_LABELS "} 0.000004096\n");
	assert_has(text, "\nkvmexittop_exit_time_seconds_total" NPF_LABELS
			 ",part=\"kernel\"} 3600.000004\n");
	free(text);
	end(&h);
}

static void test_seconds(void **state)
{
	static const struct {
		uint64_t ns;
		const char *text;
	} row[] = {
		{ 0, " 0\n" },
		{ 1, " 0.000000001\n" },
		{ 10, " 0.00000001\n" },
		{ 999999999, " 0.999999999\n" },
		{ 1000000000, " 1\n" },
		{ 100000000000, " 100\n" },
		{ 1500000000, " 1.5\n" },
		/* 2^53 + 1 ns: a double has no such number */
		{ 9007199254740993, " 9007199.254740993\n" },
		{ UINT64_MAX, " 18446744073.709551615\n" },
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct kxt_metrics_text text = { 0 };
		struct kxt_metrics_out o = { .text = &text };

		kxt_metrics_seconds(&o, row[i].ns);
		assert_int_equal(text.len, strlen(row[i].text));
		assert_memory_equal(text.s, row[i].text, text.len);
		free(text.s);
	}
}

/* Pieces of every length, over the edges of the memory that is there at first. */
static void test_text_grows(void **state)
{
	struct kxt_metrics_text text = { 0 };
	char piece[300];
	size_t len = 0;

	(void)state;
	for (unsigned int i = 0; i < 3000; i++) {
		unsigned int n = i % sizeof(piece);

		memset(piece, 'a' + i % 26, sizeof(piece));
		kxt_metrics_put(&text, piece, n);
		len += n;
		assert_int_equal(text.len, len);
		assert_true(text.room >= len);
		if (n)
			assert_memory_equal(text.s + len - n, piece, n);
	}
	kxt_metrics_put_uint(&text, 0);
	kxt_metrics_put_uint(&text, UINT64_MAX);
	assert_memory_equal(text.s + len, "018446744073709551615", 21);
	assert_false(text.failed);
	free(text.s);
}

static void test_unknown_parts(void **state)
{
	static const struct {
		uint32_t knows;
		bool kernel, vmm, idle, runqueue;
	} row[] = {
		{ KXT_KNOWS_ALL, true, true, true, true },
		{ KXT_KNOWS_IDLE | KXT_KNOWS_VMM, true, true, true, false },
		{ KXT_KNOWS_IDLE, false, false, true, false },
		{ KXT_KNOWS_VMM | KXT_KNOWS_RUNQ, false, true, false, true },
		{ 0, false, false, false, false },
	};
	struct kxt_metrics m = metrics(KXT_METRICS_PROMETHEUS);

	(void)state;
	m.per_vcpu = true;
	for (unsigned int i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct host h;
		struct kxt_vcpu *v;
		char *text;

		begin(&h);
		v = vcpu_of(&h, 100, "web", 1);
		add_split(&v->entry[0], 1000, 100, 10, 1);
		v->knows = row[i].knows;
		finish(&h);
		text = text_of(&h, &m);
		assert_int_equal(!!strstr(text, "part=\"kernel\"} 0.000000889\n"), row[i].kernel);
		assert_int_equal(!!strstr(text, "part=\"kernel\""), row[i].kernel);
		assert_int_equal(!!strstr(text, "part=\"vmm\"} 0.000000001\n"), row[i].vmm);
		assert_int_equal(!!strstr(text, "part=\"vmm\""), row[i].vmm);
		assert_int_equal(!!strstr(text, "part=\"idle\""), row[i].idle);
		assert_int_equal(!!strstr(text, "part=\"runqueue\""), row[i].runqueue);
		assert_int_equal(!!strstr(text, "vmm_returns"), row[i].vmm);
		assert_int_equal(!!strstr(text, "nested_exits"),
				 !!(row[i].knows & KXT_KNOWS_LEVEL));
		free(text);
		end(&h);
	}
}

static void test_signal_and_levels(void **state)
{
	struct kxt_metrics m = metrics(KXT_METRICS_PROMETHEUS);
	struct host h;
	struct kxt_vcpu *v;
	char *text;

	(void)state;
	begin(&h);
	v = vcpu_of(&h, 100, "web1", 3);
	add_exits(&v->entry[0], 1000, 2);
	v->entry[1].code = NPF;
	v->entry[1].level = 2;
	add_exits(&v->entry[1], 1000, 3);
	v->entry[2].code = KVMEXIT_CODE_SIGNAL;
	v->entry[2].total_ns = v->entry[2].vmm_ns = 5000000000;
	v->entry[2].vmm_count = 1;
	finish(&h);
	text = text_of(&h, &m);
	assert_has(text, "\nkvmexittop_exits_total" NPF_LABELS "} 5\n");
	assert_has(text, "\nkvmexittop_nested_exits_total{domain=\"web1\"} 3\n");
	assert_has(text, DURATION "_count" NPF_LABELS "} 5\n");
	assert_has(text, "\nkvmexittop_exit_time_seconds_total{domain=\"web1\",reason=\"signal_exit\",class=\"other\",isa=\"SVM\",part=\"vmm\"} 5\n");
	assert_has(text, "\nkvmexittop_vmm_returns_total{domain=\"web1\"} 1\n");
	assert_has_not(text, "_bucket{domain=\"web1\",reason=\"signal_exit\"");
	assert_has_not(text, "exits_total{domain=\"web1\",reason=\"signal_exit\"");
	free(text);
	end(&h);
}

static void test_per_vcpu(void **state)
{
	struct kxt_metrics m = metrics(KXT_METRICS_PROMETHEUS);
	struct host h;
	char *text;

	(void)state;
	begin(&h);
	for (uint32_t i = 0; i < 3; i++) {
		struct kxt_vcpu *v = vcpu_of(&h, 100, "web1", 1);

		/* Two threads have been vCPU 1. */
		v->id = i == 2 ? 1 : i;
		v->guest_ns = 1000000000;
		add_split(&v->entry[0], 1000, 0, 0, 100);
	}
	finish(&h);
	text = text_of(&h, &m);
	assert_has_not(text, "_vcpu_");
	free(text);
	m.per_vcpu = true;
	text = text_of(&h, &m);
	assert_has(text, "\nkvmexittop_vcpu_exits_total{domain=\"web1\",vcpu=\"0\"} 1\n");
	assert_has(text, "\nkvmexittop_vcpu_exits_total{domain=\"web1\",vcpu=\"1\"} 2\n");
	assert_has(text, "\nkvmexittop_vcpu_guest_seconds_total{domain=\"web1\",vcpu=\"1\"} 2\n");
	assert_has(text, "\nkvmexittop_vcpu_exit_time_seconds_total{domain=\"web1\",vcpu=\"1\",part=\"vmm\"} 0.0000002\n");
	assert_int_equal(m.series, count_samples(text));
	free(text);
	end(&h);
}

/* Samples of a VM with so many reasons. */
#define VM_SERIES(reasons)	(6 + (reasons) * (1 + KXT_METRICS_EDGES + 3 + 4))

/* Three VMs, the busiest in the middle; the one after it has the most series. */
static void make_three(struct host *h)
{
	begin(h);
	add_exits(&vcpu_of(h, 100, "little", 1)->entry[0], 1000, 1);
	add_exits(&vcpu_of(h, 200, "much", 1)->entry[0], 1000, 100);
	add_exits(&vcpu_of(h, 300, "some", 3)->entry[0], 1000, 10);
	finish(h);
}

/* Are those there, and no others; does the count agree? */
static void check_cap(const struct host *h, unsigned int max, unsigned int series,
		      unsigned int dropped, const char *who)
{
	static const char *const name[] = { "little", "much", "some" };
	struct kxt_metrics m = metrics(KXT_METRICS_PROMETHEUS);
	char *text, line[64];

	m.max_series = max;
	text = text_of(h, &m);
	assert_int_equal(m.series, series);
	assert_int_equal(m.dropped, dropped);
	assert_int_equal(count_samples(text), series);
	for (unsigned int i = 0; i < 3; i++) {
		snprintf(line, sizeof(line), "kvmexittop_vm_ended{domain=\"%s\"} 0\n", name[i]);
		assert_int_equal(!!strstr(text, line), !!strstr(who, name[i]));
	}
	/* The host is always there, and all of its VMs are counted. */
	assert_has(text, "\nkvmexittop_lost_total{kind=\"exits\"} 0\n");
	assert_has(text, "\nkvmexittop_vms 3\n");
	snprintf(line, sizeof(line), "\nkvmexittop_series_dropped %u\n", dropped);
	assert_has(text, line);
	snprintf(line, sizeof(line), "\nkvmexittop_series %u\n", series);
	assert_has(text, line);
	free(text);
}

static void test_cap(void **state)
{
	const unsigned int one = VM_SERIES(1), three = VM_SERIES(3);
	struct kxt_metrics m = metrics(KXT_METRICS_PROMETHEUS);
	unsigned int all;
	struct host h;

	(void)state;
	make_three(&h);
	free(text_of(&h, &m));
	all = m.series;
	check_cap(&h, all, all, 0, "little much some");
	check_cap(&h, all - 1, all - one, one, "much some");
	check_cap(&h, all - one, all - one, one, "much some");
	/* There is room for the one with the fewest exits, but others come first. */
	check_cap(&h, all - one - 1, all - one - three, one + three, "much");
	check_cap(&h, all - one - three - 1, all - 2 * one - three, 2 * one + three, "");
	check_cap(&h, 0, all - 2 * one - three, 2 * one + three, "");
	end(&h);
}

static void test_full_disk(void **state)
{
	struct kxt_metrics m = metrics(KXT_METRICS_PROMETHEUS);
	struct host h;
	FILE *f = fopen("/dev/full", "w");

	(void)state;
	if (!f)
		skip();
	setvbuf(f, NULL, _IONBF, 0);
	make_three(&h);
	assert_int_equal(kxt_metrics_write(f, &h.sum, &m), -1);
	fclose(f);
	end(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_buckets),
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_histogram),
		cmocka_unit_test(test_open_sum),
		cmocka_unit_test(test_seconds),
		cmocka_unit_test(test_text_grows),
		cmocka_unit_test(test_unknown_parts),
		cmocka_unit_test(test_signal_and_levels),
		cmocka_unit_test(test_per_vcpu),
		cmocka_unit_test(test_cap),
		cmocka_unit_test(test_full_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
