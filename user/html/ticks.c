// SPDX-License-Identifier: GPL-2.0-only
/* Where axes have their marks, and how moments read. */
#include "user/html/ticks.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define US		1000ULL
#define MS		1000000ULL
#define SEC		1000000000ULL
#define MIN		(60 * SEC)
#define HOUR		(60 * MIN)
#define DAY		(24 * HOUR)

/* Five marks of values, seven of time, are what fits without touching. */
#define LINEAR_MARKS	5
#define TIME_MARKS	7

/* Values that an axis is made for; nothing that is counted is outside of them. */
#define LEAST		1e-12
#define MOST		1e24

static void add(struct kxt_ticks *t, double at)
{
	if (t->nr < KXT_TICKS_MAX)
		t->at[t->nr++] = at;
}

double kxt_ticks_linear(struct kxt_ticks *t, double max)
{
	double step, power = 1;
	unsigned int steps = 1;

	memset(t, 0, sizeof(*t));
	if (!(max >= LEAST && max <= MOST))
		max = max > MOST ? MOST : 1;
	step = max / LINEAR_MARKS;
	for (; power > step; power /= 10)
		;
	for (; power * 10 <= step; power *= 10)
		;
	step /= power;
	step = (step <= 1 ? 1 : step <= 2 ? 2 : step <= 5 ? 5 : 10) * power;
	/* Rounding must not make one more of what is a whole number of steps. */
	while (steps * step < max * (1 - 1e-9))
		steps++;
	t->step = step;
	for (unsigned int i = 0; i <= steps; i++)
		add(t, i * step);
	return steps * step;
}

static void add_powers(struct kxt_ticks *t, uint64_t low, uint64_t high, bool fine)
{
	static const unsigned int times[] = { 1, 2, 5 };

	t->nr = 0;
	for (uint64_t power = 1; power <= high && power <= 100 * SEC; power *= 10) {
		for (unsigned int i = 0; i < (fine ? 3 : 1); i++) {
			uint64_t at = times[i] * power;

			if (at >= low && at <= high)
				add(t, (double)at);
		}
	}
}

void kxt_ticks_latency(struct kxt_ticks *t, uint64_t low, uint64_t high)
{
	memset(t, 0, sizeof(*t));
	add_powers(t, low, high, false);
	if (t->nr < 3)
		add_powers(t, low, high, true);
}

void kxt_html_clock_make(struct kxt_html_clock *c, uint64_t begin_ns, uint64_t end_ns,
			 uint64_t to_wall_ns, int32_t utc_offset_s)
{
	c->begin_ns = begin_ns;
	c->end_ns = end_ns > begin_ns ? end_ns : begin_ns;
	c->wall = to_wall_ns != 0;
	c->to_local_ns = to_wall_ns + (uint64_t)((int64_t)utc_offset_s * (int64_t)SEC);
}

uint64_t kxt_html_round_step(uint64_t ns)
{
	static const uint64_t clock[] = {
		SEC, 2 * SEC, 5 * SEC, 10 * SEC, 15 * SEC, 20 * SEC, 30 * SEC,
		MIN, 2 * MIN, 5 * MIN, 10 * MIN, 15 * MIN, 20 * MIN, 30 * MIN,
		HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY,
	};

	for (uint64_t power = 1; power < SEC; power *= 10) {
		for (unsigned int i = 0; i < 3; i++) {
			static const unsigned int times[] = { 1, 2, 5 };

			if (times[i] * power >= ns)
				return times[i] * power;
		}
	}
	for (unsigned int i = 0; i < sizeof(clock) / sizeof(clock[0]); i++) {
		if (clock[i] >= ns)
			return clock[i];
	}
	return (ns / DAY + (ns % DAY != 0)) * DAY;
}

void kxt_ticks_time(struct kxt_ticks *t, const struct kxt_html_clock *c)
{
	uint64_t length = c->end_ns - c->begin_ns;
	uint64_t step = kxt_html_round_step(length / TIME_MARKS + 1);
	uint64_t local = c->wall ? c->begin_ns + c->to_local_ns : 0;
	uint64_t at = local % step ? step - local % step : 0;

	memset(t, 0, sizeof(*t));
	t->step = (double)step;
	for (; at <= length; at += step) {
		add(t, (double)at);
		if (length - at < step)
			break;
	}
}

static void put_fraction(char buf[KXT_MOMENT_MAX], uint64_t ns, uint64_t step_ns)
{
	size_t len = strlen(buf);

	if (step_ns >= SEC || step_ns == 0)
		return;
	if (step_ns >= MS)
		snprintf(buf + len, KXT_MOMENT_MAX - len, ".%03u",
			 (unsigned int)(ns % SEC / MS));
	else
		snprintf(buf + len, KXT_MOMENT_MAX - len, ".%06u",
			 (unsigned int)(ns % SEC / US));
}

static void put_elapsed(char buf[KXT_MOMENT_MAX], uint64_t ns)
{
	unsigned int s = (unsigned int)(ns / SEC % 60), min = (unsigned int)(ns / MIN % 60);

	if (ns >= HOUR)
		snprintf(buf, KXT_MOMENT_MAX, "%" PRIu64 ":%02u:%02u", (uint64_t)(ns / HOUR),
			 min, s);
	else
		snprintf(buf, KXT_MOMENT_MAX, "%u:%02u", min, s);
}

static void split_time(struct tm *tm, const struct kxt_html_clock *c, uint64_t ns)
{
	time_t s = (time_t)((c->begin_ns + c->to_local_ns + ns) / SEC);

	if (!gmtime_r(&s, tm))
		memset(tm, 0, sizeof(*tm));
}

void kxt_html_moment(char buf[KXT_MOMENT_MAX], const struct kxt_html_clock *c, uint64_t ns,
		     uint64_t step_ns)
{
	uint64_t at = c->wall ? c->begin_ns + c->to_local_ns + ns : ns;
	struct tm tm;

	if (!c->wall) {
		put_elapsed(buf, ns);
	} else {
		split_time(&tm, c, ns);
		strftime(buf, KXT_MOMENT_MAX,
			 step_ns >= DAY ? "%d %b" : step_ns >= MIN ? "%H:%M" : "%H:%M:%S",
			 &tm);
	}
	put_fraction(buf, at, step_ns);
}

void kxt_html_date(char buf[KXT_MOMENT_MAX], const struct kxt_html_clock *c, uint64_t ns)
{
	struct tm tm;

	if (!c->wall) {
		put_elapsed(buf, ns);
		return;
	}
	split_time(&tm, c, ns);
	strftime(buf, KXT_MOMENT_MAX, "%Y-%m-%d %H:%M:%S", &tm);
}

void kxt_html_length(char buf[KXT_MOMENT_MAX], uint64_t ns)
{
	if (ns < 10 * SEC)
		snprintf(buf, KXT_MOMENT_MAX, "%.2f s", (double)ns / 1e9);
	else if (ns < MIN)
		snprintf(buf, KXT_MOMENT_MAX, "%.1f s", (double)ns / 1e9);
	else if (ns < HOUR)
		snprintf(buf, KXT_MOMENT_MAX, "%u min %u s", (unsigned int)(ns / MIN),
			 (unsigned int)(ns / SEC % 60));
	else
		snprintf(buf, KXT_MOMENT_MAX, "%" PRIu64 " h %u min", (uint64_t)(ns / HOUR),
			 (unsigned int)(ns / MIN % 60));
}
