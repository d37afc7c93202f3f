/* SPDX-License-Identifier: GPL-2.0-only */
/* Moments of a recording as people write them: "90", "-1m30s", "14:05:10". Pure. */
#ifndef KXT_REPORT_TIME_H
#define KXT_REPORT_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include "user/err.h"

/* Room for "2026-11-22 14:05:10.123456 UTC+01:00" and its zero byte. */
#define KXT_REPORT_TIME_MAX	48

/**
 * struct kxt_report_clock - the time that a recording covers
 * @length_ns: from its first frame to its last one
 * @wall: it is known when that was
 * @begin_wall_ns: CLOCK_REALTIME of its first frame
 * @utc_offset_s: what its host's local time was ahead of UTC
 */
struct kxt_report_clock {
	uint64_t length_ns;
	bool     wall;
	uint64_t begin_wall_ns;
	int32_t  utc_offset_s;
};

/**
 * kxt_report_time() - find a moment in a recording
 * @clock: its time
 * @text: "90", "1.5", "1:30", "1m30s": after the begin; the same with "-" in front:
 *	before the end. "14:05:10": the first such time of day. "2026-11-22 14:05:10",
 *	also with "T", without seconds, with a fraction, and with "Z" or "+01:00": that
 *	moment. Times of day are the recording host's own; without @wall three numbers
 *	are hours, minutes and seconds after the begin
 * @ns: result: after the begin, at most @length_ns. A time of day or date without a
 *	fraction that is less than a second too early is the begin: times are shown
 *	without fractions too
 * @err: set on failure (usage): what is wanted, or what the recording covers
 *
 * Return: 0, or -1 with @err set.
 */
int kxt_report_time(const struct kxt_report_clock *clock, const char *text, uint64_t *ns,
		    struct kxt_err *err);

/** kxt_report_offset_text() - "00:01:30", "00:01:30.25"; 26 hours are "26:00:00" */
void kxt_report_offset_text(uint64_t ns, char buf[KXT_REPORT_TIME_MAX]);

/** kxt_report_zone_text() - "UTC", "UTC+01:00" */
void kxt_report_zone_text(int32_t utc_offset_s, char buf[KXT_REPORT_TIME_MAX]);

/** kxt_report_date_text() - CLOCK_REALTIME as "2026-11-22 14:05:10", local time */
void kxt_report_date_text(uint64_t wall_ns, int32_t utc_offset_s,
			  char buf[KXT_REPORT_TIME_MAX]);

/** kxt_report_day_text() - only the time of day: "14:05:10" */
void kxt_report_day_text(uint64_t wall_ns, int32_t utc_offset_s,
			 char buf[KXT_REPORT_TIME_MAX]);

#endif /* KXT_REPORT_TIME_H */
