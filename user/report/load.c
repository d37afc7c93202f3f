// SPDX-License-Identifier: GPL-2.0-only
#include "user/report/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Cuts "FILE@FROM..TO" up in place; @want may then point into @text. */
static int split(char *text, struct kxt_report_want *want, struct kxt_err *err)
{
	char *at = strrchr(text, '@'), *dots;

	if (!at || access(text, F_OK) == 0)
		return 0;
	dots = strstr(at, "..");
	if (!dots)
		return kxt_err_set(err, KXT_EXIT_USAGE,
				   "there is no file '%s', and for a stretch of one write FILE@FROM..TO, as in %.*s@1:30..2:00",
				   text, (int)(at - text), text);
	*at = *dots = '\0';
	if (at[1])
		want->from = at + 1;
	if (dots[2])
		want->to = dots + 2;
	return 0;
}

static void fill(struct kxt_report *rep)
{
	const struct kxt_recording_host *host = rep->host;
	uint64_t first = kxt_recording_time(rep->r, 0);

	rep->clock.length_ns = kxt_recording_time(rep->r, rep->frames - 1) - first;
	/* A clock of its own, as of a made-up host, is in no time zone. */
	rep->clock.wall = host->to_wall_ns != 0;
	rep->clock.begin_wall_ns = first + host->to_wall_ns;
	rep->clock.utc_offset_s = host->utc_offset_s;
}

static uint64_t offset(const struct kxt_report *rep, unsigned int frame)
{
	return kxt_recording_time(rep->r, frame) - kxt_recording_time(rep->r, 0);
}

static int find(struct kxt_report *rep, const struct kxt_report_want *want,
		struct kxt_err *err)
{
	uint64_t first = kxt_recording_time(rep->r, 0), from = 0;
	uint64_t to = rep->clock.length_ns;

	if (want->from && kxt_report_time(&rep->clock, want->from, &from, err))
		return -1;
	if (want->to && kxt_report_time(&rep->clock, want->to, &to, err))
		return -1;
	if (from >= to)
		return kxt_err_set(err, KXT_EXIT_USAGE,
				   "nothing lies between '%s' and '%s': the first has to be before the second",
				   want->from ? want->from : "0", want->to ? want->to : "-0");
	rep->from = kxt_recording_find(rep->r, first + from);
	rep->to = kxt_recording_find(rep->r, first + to);
	if (offset(rep, rep->to) < to && rep->to + 1 < rep->frames)
		rep->to++;
	rep->from_ns = offset(rep, rep->from);
	rep->to_ns = offset(rep, rep->to);
	return 0;
}

static int open_file(struct kxt_report *rep, const char *path, struct kxt_err *err)
{
	const char *trouble;

	if (kxt_recording_open(&rep->r, path, err)) {
		rep->r = NULL;
		return -1;
	}
	rep->host = kxt_recording_host(rep->r);
	rep->frames = kxt_recording_frames(rep->r);
	trouble = kxt_recording_trouble(rep->r);
	if (rep->frames < 2)
		return kxt_err_set(err, KXT_EXIT_RUNTIME,
				   "'%s' has only one frame, and what happened is the difference of two. Record for longer.%s%s",
				   path, trouble ? " " : "", trouble ? trouble : "");
	fill(rep);
	return 0;
}

int kxt_report_open(struct kxt_report *rep, const struct kxt_report_want *want,
		    struct kxt_err *err)
{
	struct kxt_report_want w = *want;
	char *path = strdup(want->file);
	int ret;

	memset(rep, 0, sizeof(*rep));
	if (!path)
		return kxt_err_set(err, KXT_EXIT_RUNTIME, "out of memory for a file name");
	ret = split(path, &w, err);
	if (!ret)
		ret = open_file(rep, path, err);
	if (!ret)
		ret = find(rep, &w, err);
	free(path);
	return ret;
}

void kxt_report_close(struct kxt_report *rep)
{
	kxt_recording_close(rep->r);
	memset(rep, 0, sizeof(*rep));
}

int kxt_report_fill(const struct kxt_report *rep, unsigned int from, unsigned int to,
		    const struct kxt_filter *filter, const struct kxt_snapshot *delta,
		    struct kxt_summary *sum, struct kxt_err *err)
{
	if (kxt_summary_make(sum, delta, kxt_recording_names(rep->r), filter, err))
		return -1;
	snprintf(sum->collector, sizeof(sum->collector), "%s", rep->host->collector);
	snprintf(sum->kernel, sizeof(sum->kernel), "%s", rep->host->kernel);
	snprintf(sum->host, sizeof(sum->host), "%s", rep->host->host);
	if (rep->clock.wall) {
		sum->begin_time_ns = kxt_recording_time(rep->r, from) + rep->host->to_wall_ns;
		sum->end_time_ns = kxt_recording_time(rep->r, to) + rep->host->to_wall_ns;
	}
	return 0;
}

int kxt_report_summary(const struct kxt_report *rep, unsigned int from, unsigned int to,
		       const struct kxt_filter *filter, struct kxt_snapshot *delta,
		       struct kxt_summary *sum, struct kxt_err *err)
{
	if (kxt_recording_window(rep->r, from, to, delta, err))
		return -1;
	return kxt_report_fill(rep, from, to, filter, delta, sum, err);
}
