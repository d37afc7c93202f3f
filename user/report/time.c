// SPDX-License-Identifier: GPL-2.0-only
#include "user/report/time.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define SEC		1000000000ULL
#define MINUTE		(60 * SEC)
#define HOUR		(60 * MINUTE)
#define DAY		(24 * HOUR)

/* No recording is longer: what is above is a mistake, and would overflow. */
#define MAX_NS		(100000ULL * HOUR)

/* Takes a number of at most @digits digits; *@p is then after it. */
static bool number(const char **p, unsigned int digits, uint64_t *value)
{
	unsigned int n = 0;

	for (*value = 0; n < digits && **p >= '0' && **p <= '9'; n++)
		*value = 10 * *value + (uint64_t)(*(*p)++ - '0');
	return n != 0 && !(**p >= '0' && **p <= '9');
}

/* Takes what may follow a dot, in ns; true also if there is none. */
static bool fraction(const char **p, uint64_t *ns)
{
	uint64_t place = SEC / 10;
	const char *from = *p + 1;

	*ns = 0;
	if (**p != '.')
		return true;
	for ((*p)++; **p >= '0' && **p <= '9'; (*p)++, place /= 10)
		*ns += (uint64_t)(**p - '0') * place;
	return *p != from;
}

/* Takes one character. */
static bool take(const char **p, char c)
{
	if (**p != c)
		return false;
	(*p)++;
	return true;
}

/* All of "90", "1.5", "1h2m3.5s": units from large to small, each once. */
static bool parse_units(const char *p, uint64_t *ns)
{
	static const struct {
		char name;
		uint64_t ns;
	} unit[] = { { 'h', HOUR }, { 'm', MINUTE }, { 's', SEC } };
	unsigned int next = 0;

	for (*ns = 0; *p || !next;) {
		uint64_t value, part, each;
		bool dot;

		if (!number(&p, 9, &value))
			return false;
		dot = *p == '.';
		if (!fraction(&p, &part))
			return false;
		while (next < 3 && *p && unit[next].name != *p)
			next++;
		/* Seconds alone need no unit; nothing else has a fraction. */
		if (next == 3 || (dot && *p && *p != 's') || (!*p && *ns))
			return false;
		each = *p ? unit[next].ns : SEC;
		if (value > MAX_NS / each)
			return false;
		*ns += value * each + part;
		next++;
		if (*p)
			p++;
	}
	return true;
}

/* Takes "1:30", "14:05:10.5"; returns how many numbers it were, 0 if it is wrong. */
static unsigned int parse_colons(const char **p, uint64_t *ns)
{
	uint64_t value[3] = { 0 }, part = 0;
	unsigned int nr = 0;

	do {
		if (nr == 3 || !number(p, nr ? 2 : 5, &value[nr]) ||
		    (nr && value[nr] > 59))
			return 0;
		nr++;
	} while (take(p, ':'));
	if (nr < 2 || !fraction(p, &part))
		return 0;
	if (nr == 2)
		*ns = value[0] * MINUTE + value[1] * SEC + part;
	else
		*ns = value[0] * HOUR + value[1] * MINUTE + value[2] * SEC + part;
	return *ns > MAX_NS ? 0 : nr;
}

/* All of "", "Z", "+01:00", "-0530", "+01", " UTC+01:00". */
static bool parse_zone(const char *p, int32_t *offset_s)
{
	uint64_t hours, minutes = 0;
	bool minus = false, utc;

	if (!*p)
		return true;
	take(&p, ' ');
	utc = strncmp(p, "UTC", 3) == 0;
	if (utc)
		p += 3;
	else
		utc = take(&p, 'Z');
	if (utc && !*p) {
		*offset_s = 0;
		return true;
	}
	minus = *p == '-';
	if (!take(&p, '+') && !take(&p, '-'))
		return false;
	if (strlen(p) == 4 && p[2] != ':') {
		const char hour[3] = { p[0], p[1], '\0' }, *h = hour;

		p += 2;
		if (!number(&h, 2, &hours) || !number(&p, 2, &minutes))
			return false;
	} else if (!number(&p, 2, &hours) || (take(&p, ':') && !number(&p, 2, &minutes))) {
		return false;
	}
	if (*p || hours > 14 || minutes > 59)
		return false;
	*offset_s = (int32_t)(hours * 3600 + minutes * 60) * (minus ? -1 : 1);
	return true;
}

static bool is_date(const char *text)
{
	return strlen(text) >= 10 && strspn(text, "0123456789") == 4 && text[4] == '-';
}

/* "2026-11-22 14:05[:10[.5]][ZONE]" to CLOCK_REALTIME. */
static bool parse_date(const char *p, int32_t utc_offset_s, uint64_t *wall_ns)
{
	uint64_t year, month, day, clock;
	unsigned int numbers;
	struct tm tm;
	int64_t s;

	if (!number(&p, 4, &year) || !take(&p, '-') || !number(&p, 2, &month) ||
	    !take(&p, '-') || !number(&p, 2, &day) || (!take(&p, ' ') && !take(&p, 'T')))
		return false;
	if (year < 1970 || year > 2200)
		return false;
	numbers = parse_colons(&p, &clock);
	/* "14:05" is hours and minutes here. */
	if (numbers == 2)
		clock *= 60;
	if (!numbers || clock >= DAY || !parse_zone(p, &utc_offset_s))
		return false;
	tm = (struct tm){ .tm_year = (int)year - 1900, .tm_mon = (int)month - 1,
			  .tm_mday = (int)day };
	s = timegm(&tm);
	/* timegm() makes March of the 30th of February. */
	if (tm.tm_mon != (int)month - 1 || tm.tm_mday != (int)day)
		return false;
	s += (int64_t)(clock / SEC) - utc_offset_s;
	if (s < 0)
		return false;
	*wall_ns = (uint64_t)s * SEC + clock % SEC;
	return true;
}

static uint64_t local_ns(uint64_t wall_ns, int32_t utc_offset_s)
{
	int64_t ahead = (int64_t)utc_offset_s * (int64_t)SEC;

	return ahead < 0 && wall_ns < (uint64_t)-ahead ? 0 : wall_ns + (uint64_t)ahead;
}

static int outside(const struct kxt_report_clock *c, const char *text,
		   struct kxt_err *err)
{
	char begin[KXT_REPORT_TIME_MAX], end[KXT_REPORT_TIME_MAX];
	char zone[KXT_REPORT_TIME_MAX], length[KXT_REPORT_TIME_MAX];

	kxt_report_offset_text(c->length_ns, length);
	if (!c->wall)
		return kxt_err_set(err, KXT_EXIT_USAGE,
				   "'%s' is outside of the recording, which goes from 00:00:00 to %s",
				   text, length);
	kxt_report_date_text(c->begin_wall_ns, c->utc_offset_s, begin);
	kxt_report_date_text(c->begin_wall_ns + c->length_ns, c->utc_offset_s, end);
	kxt_report_zone_text(c->utc_offset_s, zone);
	return kxt_err_set(err, KXT_EXIT_USAGE,
			   "'%s' is outside of the recording, which goes from %s to %s %s and is %s long",
			   text, begin, end, zone, length);
}

static int no_time(const char *text, struct kxt_err *err)
{
	return kxt_err_set(err, KXT_EXIT_USAGE,
			   "'%s' is no time: write seconds (90), 1:30 or 1m30s after the begin, the same with '-' before the end, a time of day (14:05:10), or a date and time (2026-11-22 14:05:10)",
			   text);
}

/* @late: ns after the begin, modulo a day or not; negative ones are just before it. */
static int at_wall(const struct kxt_report_clock *c, const char *text, int64_t late,
		   uint64_t *ns, struct kxt_err *err)
{
	if (late < 0 && late > -(int64_t)SEC && !strchr(text, '.'))
		late = 0;
	if (late < 0 || (uint64_t)late > c->length_ns)
		return outside(c, text, err);
	*ns = (uint64_t)late;
	return 0;
}

static int at_date(const struct kxt_report_clock *c, const char *text, uint64_t *ns,
		   struct kxt_err *err)
{
	uint64_t wall_ns;

	if (!parse_date(text, c->utc_offset_s, &wall_ns))
		return no_time(text, err);
	if (!c->wall)
		return kxt_err_set(err, KXT_EXIT_USAGE,
				   "'%s' is a date, and it is not known when this recording was made: write seconds (90), 1:30 or 1m30s after its begin",
				   text);
	return at_wall(c, text, (int64_t)(wall_ns - c->begin_wall_ns), ns, err);
}

static int at_time_of_day(const struct kxt_report_clock *c, const char *text, uint64_t day_ns,
			  uint64_t *ns, struct kxt_err *err)
{
	uint64_t begin = local_ns(c->begin_wall_ns, c->utc_offset_s) % DAY;
	int64_t late = (int64_t)((day_ns + DAY - begin) % DAY);

	/* The end of a day before the begin, rather than a day after it. */
	if ((uint64_t)late > DAY - SEC && (uint64_t)late > c->length_ns)
		late -= (int64_t)DAY;
	return at_wall(c, text, late, ns, err);
}

int kxt_report_time(const struct kxt_report_clock *c, const char *text, uint64_t *ns,
		    struct kxt_err *err)
{
	bool minus = *text == '-';
	const char *p = text + minus;
	unsigned int numbers = 0;
	uint64_t value;

	if (is_date(text))
		return at_date(c, text, ns, err);
	if (strchr(p, ':')) {
		numbers = parse_colons(&p, &value);
		if (!numbers || *p)
			return no_time(text, err);
	} else if (!parse_units(p, &value)) {
		return no_time(text, err);
	}
	if (numbers == 3 && !minus && c->wall) {
		if (value >= DAY)
			return no_time(text, err);
		return at_time_of_day(c, text, value, ns, err);
	}
	if (value > c->length_ns)
		return outside(c, text, err);
	*ns = minus ? c->length_ns - value : value;
	return 0;
}

void kxt_report_offset_text(uint64_t ns, char buf[KXT_REPORT_TIME_MAX])
{
	int len = snprintf(buf, KXT_REPORT_TIME_MAX, "%02llu:%02llu:%02llu", ns / HOUR,
			   ns / MINUTE % 60, ns / SEC % 60);

	/* To the millisecond, and only as far as there is something. */
	if (!(ns % SEC / 1000000))
		return;
	len += snprintf(buf + len, KXT_REPORT_TIME_MAX - (size_t)len, ".%03u",
			(unsigned int)(ns % SEC / 1000000));
	while (buf[len - 1] == '0')
		buf[--len] = '\0';
}

void kxt_report_zone_text(int32_t utc_offset_s, char buf[KXT_REPORT_TIME_MAX])
{
	unsigned int s = (unsigned int)(utc_offset_s < 0 ? -(int64_t)utc_offset_s :
					utc_offset_s);

	if (utc_offset_s)
		snprintf(buf, KXT_REPORT_TIME_MAX, "UTC%c%02u:%02u",
			 utc_offset_s < 0 ? '-' : '+', s / 3600, s / 60 % 60);
	else
		snprintf(buf, KXT_REPORT_TIME_MAX, "UTC");
}

static void print(uint64_t wall_ns, int32_t utc_offset_s, const char *format,
		  char buf[KXT_REPORT_TIME_MAX])
{
	time_t s = (time_t)(local_ns(wall_ns, utc_offset_s) / SEC);
	struct tm tm;

	gmtime_r(&s, &tm);
	if (!strftime(buf, KXT_REPORT_TIME_MAX, format, &tm))
		buf[0] = '\0';
}

void kxt_report_date_text(uint64_t wall_ns, int32_t utc_offset_s,
			  char buf[KXT_REPORT_TIME_MAX])
{
	print(wall_ns, utc_offset_s, "%Y-%m-%d %H:%M:%S", buf);
}

void kxt_report_day_text(uint64_t wall_ns, int32_t utc_offset_s,
			 char buf[KXT_REPORT_TIME_MAX])
{
	print(wall_ns, utc_offset_s, "%H:%M:%S", buf);
}
