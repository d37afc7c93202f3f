/* SPDX-License-Identifier: GPL-2.0-only */
/* A recording and the stretch of it that is wanted. */
#ifndef KXT_REPORT_LOAD_H
#define KXT_REPORT_LOAD_H

#include "user/rec/recording.h"
#include "user/report/time.h"
#include "user/summary.h"

/**
 * struct kxt_report - an open recording, and a stretch of it
 * @r: recording
 * @host: facts about it
 * @clock: the time that it covers
 * @frames: it has so many
 * @from: first frame of the stretch
 * @to: its last one, after @from
 * @from_ns: when @from was, after the begin of the recording
 * @to_ns: when @to was
 */
struct kxt_report {
	struct kxt_recording *r;
	const struct kxt_recording_host *host;
	struct kxt_report_clock clock;
	unsigned int frames;
	unsigned int from, to;
	uint64_t from_ns, to_ns;
};

/**
 * struct kxt_report_want - which stretch
 * @file: "FILE" or "FILE@FROM..TO", where FROM or TO may be missing; what is not there
 *	is @from and @to. A file whose name has an "@" in it is found first
 * @from: as in kxt_report_time(), NULL: the begin
 * @to: the same, NULL: the end
 */
struct kxt_report_want {
	const char *file;
	const char *from;
	const char *to;
};

/**
 * kxt_report_open() - open a recording and find the stretch
 * @rep: result; kxt_report_close() is right in any case
 * @want: what
 * @err: set on failure: runtime if there is nothing to read in the file, usage if the
 *	stretch is not in it
 *
 * Times lie between frames: the stretch goes from the last frame at or before its begin
 * to the first one at or after its end, so that nothing of it is left out.
 *
 * Return: 0, or -1 with @err set.
 */
int kxt_report_open(struct kxt_report *rep, const struct kxt_report_want *want,
		    struct kxt_err *err);

/** kxt_report_close() - fine on one that is zeroed */
void kxt_report_close(struct kxt_report *rep);

/**
 * kxt_report_summary() - what happened between two frames
 * @rep: report
 * @from: frame
 * @to: a later one
 * @filter: which VMs
 * @delta: initialised: gets what is behind @sum
 * @sum: result; zero it before its first use
 * @err: set on failure
 *
 * Return: 0, or -1 with @err set.
 */
int kxt_report_summary(const struct kxt_report *rep, unsigned int from, unsigned int to,
		       const struct kxt_filter *filter, struct kxt_snapshot *delta,
		       struct kxt_summary *sum, struct kxt_err *err);

/**
 * kxt_report_fill() - the summary of a delta that is there already
 *
 * As kxt_report_summary(), but @delta goes in.
 *
 * Return: 0, or -1 with @err set.
 */
int kxt_report_fill(const struct kxt_report *rep, unsigned int from, unsigned int to,
		    const struct kxt_filter *filter, const struct kxt_snapshot *delta,
		    struct kxt_summary *sum, struct kxt_err *err);

#endif /* KXT_REPORT_LOAD_H */
