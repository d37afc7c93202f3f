// SPDX-License-Identifier: GPL-2.0-only
#include "user/replay/place.h"

#include <stdio.h>
#include <string.h>

#include "user/report/time.h"

#define SEC		1000000000ULL
#define TENTH		(SEC / 10)

/* Frames come a little late or early: 0.9999 s is to be a second. */
static void put_offset(char buf[KXT_REPORT_TIME_MAX], uint64_t ns, bool tenths)
{
	uint64_t unit = tenths ? TENTH : SEC;

	kxt_report_offset_text((ns + unit / 2) / unit * unit, buf);
}

void kxt_replay_place_text(const struct kxt_replay_place *place, bool speed,
			   char buf[KXT_PLACE_MAX])
{
	char at[KXT_REPORT_TIME_MAX], length[KXT_REPORT_TIME_MAX];
	char date[KXT_REPORT_TIME_MAX], zone[KXT_REPORT_TIME_MAX];
	char word[KXT_PLACE_MAX];
	size_t len;

	put_offset(at, place->at_ns, place->tenths);
	put_offset(length, place->length_ns, place->tenths);
	len = (size_t)snprintf(buf, KXT_PLACE_MAX, "%s / %s", at, length);
	if (place->wall_ns) {
		kxt_report_date_text(place->wall_ns, place->utc_offset_s, date);
		kxt_report_zone_text(place->utc_offset_s, zone);
		len += (size_t)snprintf(buf + len, KXT_PLACE_MAX - len, "  %.24s %.10s", date,
					zone);
	}
	kxt_speed_text(place->speed, word);
	if (speed)
		len += (size_t)snprintf(buf + len, KXT_PLACE_MAX - len, "  speed %.10s", word);
	snprintf(buf + len, KXT_PLACE_MAX - len, "  %u/%u", place->window, place->windows);
}

void kxt_speed_text(uint32_t speed, char buf[KXT_PLACE_MAX])
{
	if (speed == KXT_SPEED_MAX)
		snprintf(buf, KXT_PLACE_MAX, "max");
	else if (speed < KXT_SPEED_ONE && KXT_SPEED_ONE % speed == 0)
		snprintf(buf, KXT_PLACE_MAX, "1/%ux", KXT_SPEED_ONE / speed);
	else
		snprintf(buf, KXT_PLACE_MAX, "%gx", (double)speed / KXT_SPEED_ONE);
}

/* Up to three places after the point, in thousandths; NULL if it is no number. */
static const char *parse_number(const char *p, uint32_t *value)
{
	uint32_t place = KXT_SPEED_ONE;
	bool digits = false;

	*value = 0;
	for (; *p >= '0' && *p <= '9'; p++, digits = true) {
		*value = 10 * *value + (uint32_t)(*p - '0') * KXT_SPEED_ONE;
		if (*value > KXT_SPEED_TOP)
			return NULL;
	}
	if (*p == '.') {
		for (p++; *p >= '0' && *p <= '9'; p++, digits = true) {
			place /= 10;
			*value += (uint32_t)(*p - '0') * place;
		}
	}
	return digits ? p : NULL;
}

int kxt_speed_parse(const char *text, uint32_t *speed, struct kxt_err *err)
{
	const char *end;
	uint32_t value;

	if (strcmp(text, "max") == 0) {
		*speed = KXT_SPEED_MAX;
		return 0;
	}
	end = parse_number(text, &value);
	if (end && (strcmp(text, "1/2") == 0 || strcmp(text, "1/2x") == 0)) {
		value = KXT_SPEED_ONE / 2;
		end += 2;
	} else if (end && (strcmp(text, "1/4") == 0 || strcmp(text, "1/4x") == 0)) {
		value = KXT_SPEED_ONE / 4;
		end += 2;
	}
	if (end && *end == 'x')
		end++;
	if (!end || *end || value < KXT_SPEED_MIN || value > KXT_SPEED_TOP)
		return kxt_err_set(err, KXT_EXIT_USAGE,
				   "'%s' is no speed: write a number from 0.25 to 64, where 1 is as recorded, or max",
				   text);
	*speed = value;
	return 0;
}

uint32_t kxt_speed_step(uint32_t speed, bool faster)
{
	uint32_t step = KXT_SPEED_MIN;

	if (speed == KXT_SPEED_MAX)
		return faster ? speed : KXT_SPEED_TOP;
	if (faster) {
		while (step <= speed)
			step *= 2;
		return step > KXT_SPEED_TOP ? KXT_SPEED_MAX : step;
	}
	while (step * 2 < speed)
		step *= 2;
	return step;
}
