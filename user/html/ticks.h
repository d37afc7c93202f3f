/* SPDX-License-Identifier: GPL-2.0-only */
/* Where axes have their marks, and how moments read. Pure. */
#ifndef KXT_HTML_TICKS_H
#define KXT_HTML_TICKS_H

#include <stdbool.h>
#include <stdint.h>

#define KXT_TICKS_MAX	16
#define KXT_MOMENT_MAX	48

/**
 * struct kxt_ticks - marks of an axis
 * @nr: marks
 * @at: where, in the axis' unit, growing
 * @step: between two of them; with a logarithmic axis 0
 */
struct kxt_ticks {
	unsigned int nr;
	double at[KXT_TICKS_MAX];
	double step;
};

/**
 * kxt_ticks_linear() - an axis from 0 to a round number
 * @t: result: from 0 to the end of the axis, 1, 2 or 5 times a power of ten apart
 * @max: largest value, 0 or more; what is no number is 0
 *
 * Return: end of the axis, not below @max; 1 if @max is 0 (or below 1e-12).
 */
double kxt_ticks_linear(struct kxt_ticks *t, double max);

/**
 * kxt_ticks_latency() - a logarithmic axis of durations
 * @t: result: powers of ten of a nanosecond; with 1, 2 and 5 times them if there
 *	would be less than three
 * @low: begin of the axis in ns
 * @high: its end, not below @low
 */
void kxt_ticks_latency(struct kxt_ticks *t, uint64_t low, uint64_t high);

/**
 * struct kxt_html_clock - what the collector's clock means
 * @begin_ns: begin of the window, by the collector's clock
 * @end_ns: its end
 * @wall: there is a time of day; else moments are times since @begin_ns
 * @to_local_ns: what to add for local time since 1970, modulo 2^64
 */
struct kxt_html_clock {
	uint64_t begin_ns;
	uint64_t end_ns;
	bool wall;
	uint64_t to_local_ns;
};

/**
 * kxt_html_clock_make() - from what a recording says
 * @c: result
 * @begin_ns: begin of the window
 * @end_ns: its end
 * @to_wall_ns: see struct kxt_recording_host
 * @utc_offset_s: see there
 */
void kxt_html_clock_make(struct kxt_html_clock *c, uint64_t begin_ns, uint64_t end_ns,
			 uint64_t to_wall_ns, int32_t utc_offset_s);

/**
 * kxt_ticks_time() - an axis of time
 * @t: result: round times of day, or of the time since the begin; in ns since the
 *	begin. Seven of them or less
 * @c: the window
 */
void kxt_ticks_time(struct kxt_ticks *t, const struct kxt_html_clock *c);

/**
 * kxt_html_moment() - a moment as text
 * @buf: result: "14:03:20", "14:03", "2:05", "1:02:05", with a fraction or a date where
 *	@step_ns asks for it
 * @c: the window
 * @ns: since its begin
 * @step_ns: how far apart moments are that have to read differently
 */
void kxt_html_moment(char buf[KXT_MOMENT_MAX], const struct kxt_html_clock *c, uint64_t ns,
		     uint64_t step_ns);

/**
 * kxt_html_date() - a moment with its date, for text
 * @buf: result: "2026-03-01 14:03:20", or the time since the begin
 * @c: the window
 * @ns: since its begin
 */
void kxt_html_date(char buf[KXT_MOMENT_MAX], const struct kxt_html_clock *c, uint64_t ns);

/** kxt_html_length() - a length of time: "0.50 s", "20 s", "3 min 20 s", "2 h 5 min" */
void kxt_html_length(char buf[KXT_MOMENT_MAX], uint64_t ns);

/**
 * kxt_html_round_step() - a step of time that reads well
 * @ns: at least so long
 *
 * Return: 1, 2 or 5 times a power of ten ns, above a second what clocks have: 10, 15, 20,
 * 30 s, 1, 2, 5, ... min, h, days.
 */
uint64_t kxt_html_round_step(uint64_t ns);

#endif /* KXT_HTML_TICKS_H */
