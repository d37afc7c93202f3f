/* SPDX-License-Identifier: GPL-2.0-only */
/* Where in a recording one is, and how fast one goes, for people. Pure. */
#ifndef KXT_REPLAY_PLACE_H
#define KXT_REPLAY_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "user/err.h"

/* Speeds are in thousandths of the recorded one; 0 is as fast as it goes. */
#define KXT_SPEED_ONE	1000U
#define KXT_SPEED_MIN	(KXT_SPEED_ONE / 4)
#define KXT_SPEED_TOP	(KXT_SPEED_ONE * 64)
#define KXT_SPEED_MAX	0U

/* Room for the text of a place, or of a speed. */
#define KXT_PLACE_MAX	160

/**
 * struct kxt_replay_place - a place in a recording
 * @at_ns: end of the window that is shown, since the recording began
 * @length_ns: of the recording
 * @tenths: windows are so short that whole seconds do not tell them apart
 * @window: number of the window, from 1 on
 * @windows: how many there are
 * @wall_ns: the same moment by CLOCK_REALTIME; 0: not known
 * @utc_offset_s: seconds that the recorded host was ahead of UTC
 * @speed: how fast time goes
 * @end: there is no window after it
 * @trouble: a sentence on what the recording misses, or NULL; has to outlive the place
 */
struct kxt_replay_place {
	uint64_t at_ns;
	uint64_t length_ns;
	bool tenths;
	unsigned int window;
	unsigned int windows;
	uint64_t wall_ns;
	int32_t utc_offset_s;
	uint32_t speed;
	bool end;
	const char *trouble;
};

/**
 * kxt_replay_place_text() - "00:01:30 / 00:10:00  2026-11-22 14:05:10 UTC+01:00  90/600"
 * @place: place
 * @speed: say the speed too, as the live view does
 * @buf: result
 *
 * A replay goes by the local time of the host that was recorded, as its clock said it.
 */
void kxt_replay_place_text(const struct kxt_replay_place *place, bool speed,
			   char buf[KXT_PLACE_MAX]);

/** kxt_speed_text() - "1x", "1/4x", "2.5x", "max" */
void kxt_speed_text(uint32_t speed, char buf[KXT_PLACE_MAX]);

/**
 * kxt_speed_parse() - "1", "0.5", "1/4", "16x", "max"
 * @text: what the user wrote
 * @speed: result
 * @err: set on failure (usage): says what is wanted
 *
 * Return: 0, or -1 with @err set.
 */
int kxt_speed_parse(const char *text, uint32_t *speed, struct kxt_err *err);

/**
 * kxt_speed_step() - the next faster or slower speed
 * @speed: from where
 * @faster: or slower
 *
 * Doubles or halves, onto a power of two; above KXT_SPEED_TOP there is KXT_SPEED_MAX.
 *
 * Return: speed; the same at either end.
 */
uint32_t kxt_speed_step(uint32_t speed, bool faster);

#endif /* KXT_REPLAY_PLACE_H */
