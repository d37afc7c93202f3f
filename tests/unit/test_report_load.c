// SPDX-License-Identifier: GPL-2.0-only
/* Stretches of a recording that was made at a known time of day. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/build.h"
#include "user/rec/write.h"
#include "user/report/load.h"
#include "user/report/slow.h"
#include "user/report/view.h"

#define SEC	1000000000ULL
/* 2026-11-22 13:05:10 UTC */
#define BEGIN	(1795352710ULL * SEC)
/* The clock of the frames when it was that. */
#define CLOCK	(50 * SEC)

static char path[] = "/tmp/kxt-report-XXXXXX";
static char other[] = "/tmp/kxt-report@XXXXXX";

static int to_file(void *arg, const void *data, size_t len, struct kxt_err *err)
{
	(void)err;
	return fwrite(data, 1, len, arg) == len ? 0 : -1;
}

/* @frames one and a half seconds apart; in each, 100 more exits, and a slow one. */
static void make(const char *file, unsigned int frames, bool wall)
{
	struct kxt_recording_host host = {
		.collector = "module", .kernel = "6.1.0", .host = "host1",
		.cpu = "A CPU", .cpus = 4, .tool = "1.2.3", .clock = "monotonic",
		.to_wall_ns = wall ? BEGIN - CLOCK : 0, .utc_offset_s = 3600,
		.interval_ns = 3 * SEC / 2, .over_ns = 1000,
	};
	struct kxt_vm_names *names = kxt_vm_names_new(NULL);
	FILE *f = fopen(file, "wb");
	struct kxt_rec_sink sink = { .write = to_file, .arg = f };
	struct kxt_rec_writer *w;
	struct kxt_err err;

	assert_non_null(f);
	assert_int_equal(kxt_vm_names_set(names, 100, "web1"), 0);
	assert_int_equal(kxt_rec_writer_new(&w, &host, &sink, &err), 0);
	for (unsigned int i = 0; i < frames; i++) {
		uint64_t now = CLOCK + i * (3 * SEC / 2);
		struct kvmexit_event ev = {
			.type = KVMEXIT_EVENT_SLOW, .time_ns = now - SEC / 2, .pid = 100,
			.tid = 200, .isa = KVMEXIT_ISA_SVM, .code = 0x7b, .total_ns = 5000,
		};
		struct kxt_snapshot s;
		struct kxt_rec_input in = { .s = &s, .names = names, .slow = &ev,
					    .nr_slow = i != 0 };
		struct kxt_vcpu *v;

		new_snapshot(&s, 0, now);
		v = add_vcpu(&s, 0, 1, 1);
		v->knows = KXT_KNOWS_ALL;
		v->entry[0].code = 0x7b;
		add_exits(&v->entry[0], 1000, 100 * (i + 1));
		assert_int_equal(kxt_rec_writer_frame(w, &in, &err), 0);
		kxt_snapshot_free(&s);
	}
	assert_int_equal(kxt_rec_writer_end(w, &err), 0);
	kxt_rec_writer_free(w);
	kxt_vm_names_free(names);
	fclose(f);
}

static void stretch(const char *file, const char *from, const char *to, unsigned int first,
		    unsigned int last)
{
	const struct kxt_report_want want = { .file = file, .from = from, .to = to };
	struct kxt_report rep;
	struct kxt_err err = { 0 };

	if (kxt_report_open(&rep, &want, &err))
		print_error("%s\n", err.msg);
	assert_int_equal(err.status, 0);
	assert_int_equal(rep.from, first);
	assert_int_equal(rep.to, last);
	assert_int_equal(rep.from_ns, first * (3 * SEC / 2));
	assert_int_equal(rep.to_ns, last * (3 * SEC / 2));
	kxt_report_close(&rep);
}

static void refused(const char *file, const char *from, const char *to, int status,
		    const char *words)
{
	const struct kxt_report_want want = { .file = file, .from = from, .to = to };
	struct kxt_report rep;
	struct kxt_err err = { 0 };

	assert_int_equal(kxt_report_open(&rep, &want, &err), -1);
	assert_int_equal(err.status, status);
	if (!strstr(err.msg, words))
		print_error("%s\n", err.msg);
	assert_non_null(strstr(err.msg, words));
	kxt_report_close(&rep);
}

/* 11 frames: 15 s from 14:05:10 on. */
static void test_stretch(void **state)
{
	char text[64];

	(void)state;
	make(path, 11, true);
	stretch(path, NULL, NULL, 0, 10);
	stretch(path, "3", "6", 2, 4);
	/* between frames: nothing is left out */
	stretch(path, "3.1", "5.9", 2, 4);
	stretch(path, "2.9", "6.1", 1, 5);
	stretch(path, "3.1", "3.2", 2, 3);
	stretch(path, "-0.1", NULL, 9, 10);
	stretch(path, "14:05:13", "14:05:16", 2, 4);
	stretch(path, "14:05:10", "14:05:25", 0, 10);
	stretch(path, "2026-11-22 13:05:13Z", "2026-11-22T14:05:16", 2, 4);
	snprintf(text, sizeof(text), "%s@3..6", path);
	stretch(text, NULL, NULL, 2, 4);
	stretch(text, "0", "15", 2, 4);
	snprintf(text, sizeof(text), "%s@..6", path);
	stretch(text, NULL, NULL, 0, 4);
	stretch(text, "3", "9", 2, 4);
	snprintf(text, sizeof(text), "%s@-3..", path);
	stretch(text, NULL, NULL, 8, 10);
	snprintf(text, sizeof(text), "%s@14:05:13..14:05:16", path);
	stretch(text, NULL, NULL, 2, 4);
	refused(path, "14:05:26", NULL, KXT_EXIT_USAGE, "from 2026-11-22 14:05:10 to 2026-11-22 14:05:25 UTC+01:00");
	refused(path, "6", "3", KXT_EXIT_USAGE, "'6' and '3'");
	refused(path, "-0", NULL, KXT_EXIT_USAGE, "'-0' and '-0'");
	snprintf(text, sizeof(text), "%s@3", path);
	refused(text, NULL, NULL, KXT_EXIT_USAGE, "FILE@FROM..TO");
	/* a name with an "@" in it is a name */
	make(other, 11, true);
	stretch(other, NULL, NULL, 0, 10);
	snprintf(text, sizeof(text), "%s@3..6", other);
	stretch(text, NULL, NULL, 2, 4);
}

static void test_short(void **state)
{
	(void)state;
	make(path, 1, true);
	refused(path, NULL, NULL, KXT_EXIT_RUNTIME, "only one frame");
	make(path, 2, false);
	stretch(path, NULL, NULL, 0, 1);
	refused(path, "2026-11-22 14:05:10", NULL, KXT_EXIT_USAGE, "is a date");
	refused("/nowhere/x@1..2", NULL, NULL, KXT_EXIT_RUNTIME, "/nowhere/x");
}

static void open_all(struct kxt_report *rep, struct kxt_snapshot *delta,
		     struct kxt_summary *sum, const char *from, const char *to)
{
	const struct kxt_report_want want = { .file = path, .from = from, .to = to };
	struct kxt_err err;

	kxt_snapshot_init(delta);
	memset(sum, 0, sizeof(*sum));
	assert_int_equal(kxt_report_open(rep, &want, &err), 0);
	assert_int_equal(kxt_report_summary(rep, rep->from, rep->to, NULL, delta, sum, &err),
			 0);
}

static void close_all(struct kxt_report *rep, struct kxt_snapshot *delta,
		      struct kxt_summary *sum)
{
	kxt_snapshot_free(delta);
	kxt_summary_free(sum);
	kxt_report_close(rep);
}

static void test_summary(void **state)
{
	struct kxt_snapshot delta;
	struct kxt_summary sum;
	struct kxt_report rep;

	(void)state;
	make(path, 11, true);
	open_all(&rep, &delta, &sum, "3", "6");
	assert_int_equal(sum.exits, 200);
	assert_int_equal(sum.interval_ns, 3 * SEC);
	assert_int_equal(sum.begin_time_ns, BEGIN + 3 * SEC);
	assert_int_equal(sum.end_time_ns, BEGIN + 6 * SEC);
	assert_string_equal(sum.collector, "module");
	assert_string_equal(sum.kernel, "6.1.0");
	assert_string_equal(sum.host, "host1");
	assert_string_equal(sum.vm[0].name, "web1");
	close_all(&rep, &delta, &sum);
	make(path, 11, false);
	open_all(&rep, &delta, &sum, "3", "6");
	assert_int_equal(sum.begin_time_ns, 0);
	assert_int_equal(sum.end_time_ns, 0);
	close_all(&rep, &delta, &sum);
}

static void test_head(void **state)
{
	struct kxt_snapshot delta;
	struct kxt_summary sum;
	struct kxt_report rep;
	struct kxt_view_report v = { .rep = &rep, .sum = &sum };
	char *text = NULL;
	size_t len;
	FILE *f;

	(void)state;
	make(path, 11, true);
	open_all(&rep, &delta, &sum, "14:05:13", "-9");
	f = open_memstream(&text, &len);
	kxt_view_report_head(f, &v);
	fclose(f);
	assert_string_equal(text,
		"host      host1, Linux 6.1.0, collector module\n"
		"CPU       A CPU, 4 online\n"
		"recorded  2026-11-22 14:05:10 UTC+01:00, 15.0s, 11 frames, one every 1.5s, by kvmexittop 1.2.3\n"
		"shown     00:00:03 to 00:00:06 (14:05:13 to 14:05:16), 3.0s\n"
		"load      1 VM, 1 vCPU, 67 exits/s, overhead -\n"
		"lost      0\n");
	free(text);
	close_all(&rep, &delta, &sum);
}

/* Times of day are those of the host it was on, not those of this one. */
static void test_slow(void **state)
{
	struct kxt_snapshot delta;
	struct kxt_summary sum;
	struct kxt_report rep;
	struct kxt_report_slow s = { .rep = &rep, .delta = &delta };

	(void)state;
	for (unsigned int wall = 0; wall < 2; wall++) {
		char *text = NULL;
		struct kxt_err err;
		size_t len;
		FILE *f = open_memstream(&text, &len);

		make(path, 11, wall);
		open_all(&rep, &delta, &sum, "3", "6");
		assert_int_equal(kxt_report_slow(f, &s, &err), 0);
		fclose(f);
		assert_int_equal(s.seen, 2);
		assert_int_equal(s.shown, 2);
		assert_int_equal(strncmp(text, wall ? "14:05:14.000000  web1 " :
					 "00:00:04.000000  web1 ", 22), 0);
		free(text);
		close_all(&rep, &delta, &sum);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stretch),
		cmocka_unit_test(test_short),
		cmocka_unit_test(test_summary),
		cmocka_unit_test(test_head),
		cmocka_unit_test(test_slow),
	};
	int fd[2] = { mkstemp(path), mkstemp(other) }, ret;

	if (fd[0] < 0 || fd[1] < 0)
		return 1;
	/* Another zone than the recording's. */
	setenv("TZ", "XYZ-9", 1);
	ret = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	unlink(other);
	return ret;
}
