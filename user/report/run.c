// SPDX-License-Identifier: GPL-2.0-only
/* What kvmexittop report does once it is known what is wanted. */
#include "user/report/report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "user/confine.h"
#include "user/html/html.h"
#include "user/report/diff.h"
#include "user/report/slow.h"
#include "user/view.h"
#include "user/report/view.h"
#include "user/report/view_diff.h"

/**
 * struct window - a stretch of a recording, and what happened in it
 * @rep: recording
 * @delta: all counters
 * @sum: of the VMs that are wanted
 * @said: what is missing in it has been said
 */
struct window {
	struct kxt_report rep;
	struct kxt_snapshot delta;
	struct kxt_summary sum;
	bool said;
};

static int complain(const struct kxt_err *err)
{
	fprintf(stderr, "kvmexittop: %s\n", err->msg);
	return err->status;
}

/* stdout was closed by who reads it: not our error, nothing to say. */
static int complain_output(int error)
{
	if (error != EPIPE)
		fprintf(stderr, "kvmexittop: cannot write the output: %s\n",
			strerror(error));
	return KXT_EXIT_RUNTIME;
}

/* All that has been printed has to have arrived. @failed: errno tells why. */
static int finish(bool failed)
{
	if (failed || ferror(stdout) || fflush(stdout))
		return complain_output(errno);
	return KXT_EXIT_OK;
}

/* Can come up while it is read, too. */
static void say_trouble(struct window *w, const char *file)
{
	const char *trouble = w->rep.r ? kxt_recording_trouble(w->rep.r) : NULL;

	if (trouble && !w->said)
		fprintf(stderr, "kvmexittop: %s: %s\n", file, trouble);
	w->said = w->said || trouble;
}

static void say_window(const struct kxt_report_cmd *cmd, const struct window *w,
		       const char *file)
{
	char from[KXT_REPORT_TIME_MAX], to[KXT_REPORT_TIME_MAX];

	if (!cmd->verbose)
		return;
	kxt_report_offset_text(w->rep.from_ns, from);
	kxt_report_offset_text(w->rep.to_ns, to);
	fprintf(stderr, "kvmexittop: %s: frames %u to %u of %u, %s to %s\n", file,
		w->rep.from + 1, w->rep.to + 1, w->rep.frames, from, to);
}

static int open_window(struct window *w, const struct kxt_report_cmd *cmd,
		       const struct kxt_report_want *want, struct kxt_err *err)
{
	memset(w, 0, sizeof(*w));
	kxt_snapshot_init(&w->delta);
	if (kxt_report_open(&w->rep, want, err)) {
		/* Why there is so little is said in the error. */
		w->said = true;
		return -1;
	}
	say_window(cmd, w, want->file);
	return 0;
}

static void close_window(struct window *w)
{
	kxt_summary_free(&w->sum);
	kxt_snapshot_free(&w->delta);
	kxt_report_close(&w->rep);
}

/* Nothing but reading, and writing what is open, from here on. */
static int drop(const struct kxt_report_cmd *cmd, struct kxt_err *err)
{
	char text[512];

	if (kxt_confine_reader(0, err))
		return -1;
	if (cmd->verbose) {
		kxt_confine_text(text, sizeof(text));
		fprintf(stderr, "kvmexittop: privileges dropped; left: %s\n", text);
	}
	return 0;
}

static void note_empty(const struct kxt_report_cmd *cmd, const struct window *w)
{
	if (w->delta.nr && !w->sum.nr && (cmd->filter.pid || cmd->filter.vm))
		fputs("kvmexittop: no VM of this time matches -p or --vm\n", stderr);
}

static int print_text(const struct kxt_report_cmd *cmd, const struct window *w,
		      const struct kxt_report_reasons *reasons, struct kxt_err *err)
{
	struct kxt_view_report v = {
		.rep = &w->rep, .sum = &w->sum, .filter = &cmd->filter, .text = cmd->text,
	};
	int ret;

	if (!w->sum.details)
		v.text.details = 0;
	if (reasons)
		ret = kxt_view_report_reason(stdout, &v, reasons, err);
	else if (cmd->vcpus)
		ret = kxt_view_report_vcpus(stdout, &v, err);
	else
		ret = kxt_view_report_vms(stdout, &v, err);
	return ret ? complain(err) : finish(false);
}

static int print_slow(const struct kxt_report_cmd *cmd, const struct window *w,
		      const struct kxt_report_reasons *reasons, struct kxt_err *err)
{
	struct kxt_report_slow s = {
		.rep = &w->rep, .delta = &w->delta, .filter = &cmd->filter,
		.reasons = reasons, .json = cmd->format == KXT_REPORT_JSON,
		.ascii = cmd->text.ascii,
	};
	char over[KXT_FMT_MAX];
	int ret;

	if (w->rep.host->over_ns == UINT64_MAX) {
		fputs("kvmexittop: no slow exits are in this recording. 'kvmexittop record --over' records them.\n",
		      stderr);
		return KXT_EXIT_OK;
	}
	ret = kxt_report_slow(stdout, &s, err);
	if (ret < 0)
		return complain(err);
	ret = finish(ret > 0);
	kxt_fmt_ns(over, w->rep.host->over_ns);
	if (ret == KXT_EXIT_OK)
		fprintf(stderr, "kvmexittop: exits of %s or more: %" PRIu64 " recorded, %" PRIu64 " shown, %" PRIu64 " lost\n",
			over, s.seen, s.shown, s.lost);
	return ret;
}

/* One summary as data. @first: of the output, which may have a header. */
static int print_data(const struct kxt_report_cmd *cmd, const struct kxt_summary *sum,
		      bool first)
{
	if (cmd->format == KXT_REPORT_JSON)
		return kxt_view_json(stdout, sum);
	return first ? kxt_view_csv(stdout, sum) : kxt_view_csv_lines(stdout, sum);
}

static void swap(struct kxt_snapshot *a, struct kxt_snapshot *b)
{
	struct kxt_snapshot tmp = *a;

	*a = *b;
	*b = tmp;
}

/* From one frame to a later one. Returns -1 to go on, else the exit status. */
static int print_frame(const struct kxt_report_cmd *cmd, struct window *w,
		       const struct kxt_report_reasons *reasons, unsigned int from,
		       unsigned int to, bool first, struct kxt_err *err)
{
	if (kxt_report_fill(&w->rep, from, to, &cmd->filter, &w->delta, &w->sum, err))
		return complain(err);
	if (reasons && kxt_report_reasons_keep(reasons, &w->sum, err))
		return complain(err);
	return print_data(cmd, &w->sum, first) ? complain_output(errno) : -1;
}

/*
 * Each interval of the stretch. Every frame is read once. Over frames that are damaged it
 * is one long interval: counters only grow, so nothing is missing.
 */
static int each_frame(const struct kxt_report_cmd *cmd, struct window *w,
		      const struct kxt_report_reasons *reasons, struct kxt_err *err)
{
	struct kxt_snapshot prev, cur;
	unsigned int from = 0, printed = 0;
	int status = -1;
	bool have = false;

	kxt_snapshot_init(&prev);
	kxt_snapshot_init(&cur);
	for (unsigned int i = w->rep.from; status < 0 && i <= w->rep.to; i++) {
		if (kxt_recording_frame(w->rep.r, i, &cur, err)) {
			/* What is damaged is said at the end. */
			if (!kxt_recording_trouble(w->rep.r))
				status = complain(err);
			continue;
		}
		if (have && kxt_snapshot_delta(&w->delta, &prev, &cur, err))
			status = complain(err);
		else if (have)
			status = print_frame(cmd, w, reasons, from, i, !printed++, err);
		have = true;
		from = i;
		swap(&prev, &cur);
	}
	kxt_snapshot_free(&prev);
	kxt_snapshot_free(&cur);
	if (status < 0 && !printed)
		status = complain(err);
	return status >= 0 ? status : finish(false);
}

static int print_one(const struct kxt_report_cmd *cmd, struct window *w, struct kxt_err *err)
{
	struct kxt_report_reasons found, *reasons = NULL;
	struct kxt_report *rep = &w->rep;

	if (cmd->format == KXT_REPORT_HTML) {
		if (kxt_html_report(stdout, rep->r, rep->from, rep->to, &cmd->filter, err))
			return complain(err);
		return finish(false);
	}
	if (kxt_report_summary(rep, rep->from, rep->to, &cmd->filter, &w->delta, &w->sum,
			       err))
		return complain(err);
	if (cmd->reason) {
		if (kxt_report_reasons_find(&found, &w->sum, cmd->reason, err))
			return complain(err);
		reasons = &found;
	}
	if (cmd->slow)
		return print_slow(cmd, w, reasons, err);
	if (cmd->format == KXT_REPORT_TEXT)
		return print_text(cmd, w, reasons, err);
	note_empty(cmd, w);
	if (cmd->frames)
		return each_frame(cmd, w, reasons, err);
	if (reasons && kxt_report_reasons_keep(reasons, &w->sum, err))
		return complain(err);
	return finish(print_data(cmd, &w->sum, true));
}

static int run_one(const struct kxt_report_cmd *cmd)
{
	struct kxt_err err = { 0 };
	struct window w;
	int status;

	if (open_window(&w, cmd, &cmd->want[0], &err) || drop(cmd, &err)) {
		status = complain(&err);
	} else {
		say_trouble(&w, cmd->want[0].file);
		status = print_one(cmd, &w, &err);
		say_trouble(&w, cmd->want[0].file);
	}
	close_window(&w);
	return status;
}

static int print_diff(const struct kxt_report_cmd *cmd, struct window w[KXT_DIFF_SIDES],
		      struct kxt_err *err)
{
	struct kxt_diff diff = { 0 };
	struct kxt_view_diff v = { .diff = &diff, .text = cmd->text };
	int ret = 0;

	for (unsigned int i = 0; i < KXT_DIFF_SIDES && !ret; i++) {
		v.file[i] = cmd->want[i].file;
		v.rep[i] = &w[i].rep;
		v.sum[i] = &w[i].sum;
		ret = kxt_report_summary(&w[i].rep, w[i].rep.from, w[i].rep.to,
					 &cmd->filter, &w[i].delta, &w[i].sum, err);
	}
	if (!ret)
		ret = kxt_diff_make(&diff, &w[KXT_DIFF_A].sum, &w[KXT_DIFF_B].sum, err);
	if (ret) {
		ret = complain(err);
	} else {
		if (cmd->format == KXT_REPORT_TEXT)
			kxt_view_diff_text(stdout, &v);
		else if (cmd->format == KXT_REPORT_JSON)
			ret = kxt_view_diff_json(stdout, &v);
		else
			ret = kxt_view_diff_csv(stdout, &v);
		ret = finish(ret);
	}
	kxt_diff_free(&diff);
	return ret;
}

static int run_diff(const struct kxt_report_cmd *cmd)
{
	struct window w[KXT_DIFF_SIDES] = { 0 };
	struct kxt_err err = { 0 };
	int ret = 0, status;

	for (unsigned int i = 0; i < KXT_DIFF_SIDES && !ret; i++)
		ret = open_window(&w[i], cmd, &cmd->want[i], &err);
	if (ret || drop(cmd, &err)) {
		status = complain(&err);
	} else {
		for (unsigned int i = 0; i < KXT_DIFF_SIDES; i++)
			say_trouble(&w[i], cmd->want[i].file);
		status = print_diff(cmd, w, &err);
		for (unsigned int i = 0; i < KXT_DIFF_SIDES; i++)
			say_trouble(&w[i], cmd->want[i].file);
	}
	for (unsigned int i = 0; i < KXT_DIFF_SIDES; i++)
		close_window(&w[i]);
	return status;
}

int kxt_report_run(void *arg)
{
	const struct kxt_report_cmd *cmd = arg;

	return cmd->diff ? run_diff(cmd) : run_one(cmd);
}
