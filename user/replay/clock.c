// SPDX-License-Identifier: GPL-2.0-only
#include "user/replay/clock.h"

#include "user/replay/place.h"

/* @ns * @of / @whole: no overflow for less than nine years at any speed. */
static uint64_t scale(uint64_t ns, uint64_t of, uint64_t whole)
{
	return ns / whole * of + ns % whole * of / whole;
}

uint64_t kxt_replay_clock_at(const struct kxt_replay_clock *c, uint64_t real_ns)
{
	if (!c->runs || c->speed == KXT_SPEED_MAX || real_ns < c->real_ns)
		return c->at_ns;
	return c->at_ns + scale(real_ns - c->real_ns, c->speed, KXT_SPEED_ONE);
}

uint64_t kxt_replay_clock_until(const struct kxt_replay_clock *c, uint64_t real_ns,
				uint64_t at_ns)
{
	uint64_t now = kxt_replay_clock_at(c, real_ns);

	if (!c->runs)
		return UINT64_MAX;
	if (now >= at_ns || c->speed == KXT_SPEED_MAX)
		return 0;
	/* Rounded up: what is asked for then has come. */
	return scale(at_ns - now, KXT_SPEED_ONE, c->speed) + 1;
}

void kxt_replay_clock_set(struct kxt_replay_clock *c, uint64_t real_ns, uint64_t at_ns)
{
	c->real_ns = real_ns;
	c->at_ns = at_ns;
}

void kxt_replay_clock_speed(struct kxt_replay_clock *c, uint64_t real_ns, uint32_t speed)
{
	kxt_replay_clock_set(c, real_ns, kxt_replay_clock_at(c, real_ns));
	c->speed = speed;
}

void kxt_replay_clock_run(struct kxt_replay_clock *c, uint64_t real_ns, bool runs)
{
	kxt_replay_clock_set(c, real_ns, kxt_replay_clock_at(c, real_ns));
	c->runs = runs;
}
