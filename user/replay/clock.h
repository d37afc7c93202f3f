/* SPDX-License-Identifier: GPL-2.0-only */
/* A clock that goes at a speed of its own: recorded time as a replay plays it. Pure. */
#ifndef KXT_REPLAY_CLOCK_H
#define KXT_REPLAY_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct kxt_replay_clock - a clock
 * @real_ns: a moment by our clock (CLOCK_MONOTONIC)
 * @at_ns: the same moment in recorded time
 * @speed: in thousandths, or KXT_SPEED_MAX: it then has no time of its own
 * @runs: else it stands at @at_ns
 */
struct kxt_replay_clock {
	uint64_t real_ns;
	uint64_t at_ns;
	uint32_t speed;
	bool runs;
};

/** kxt_replay_clock_at() - recorded time at @real_ns of our clock */
uint64_t kxt_replay_clock_at(const struct kxt_replay_clock *c, uint64_t real_ns);

/**
 * kxt_replay_clock_until() - how long until it is @at_ns
 * @c: clock
 * @real_ns: now, by our clock
 * @at_ns: recorded time
 *
 * Return: ns of our clock, 0 if it has come; UINT64_MAX if the clock stands.
 */
uint64_t kxt_replay_clock_until(const struct kxt_replay_clock *c, uint64_t real_ns,
				uint64_t at_ns);

/** kxt_replay_clock_set() - it is @at_ns now */
void kxt_replay_clock_set(struct kxt_replay_clock *c, uint64_t real_ns, uint64_t at_ns);

/** kxt_replay_clock_speed() - from now on it goes at this speed */
void kxt_replay_clock_speed(struct kxt_replay_clock *c, uint64_t real_ns, uint32_t speed);

/** kxt_replay_clock_run() - from now on it goes, or stands */
void kxt_replay_clock_run(struct kxt_replay_clock *c, uint64_t real_ns, bool runs);

#endif /* KXT_REPLAY_CLOCK_H */
