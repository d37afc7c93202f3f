// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kernel.h>
#include <linux/math64.h>

#include "clock.h"
#include "fault.h"

DEFINE_STATIC_KEY_FALSE(kxt_clock_is_tsc);

/* ns = ticks * kxt_clock_mult >> KXT_CLOCK_SHIFT; written by the worker */
u64 kxt_clock_mult __read_mostly = 1ULL << KXT_CLOCK_SHIFT;

static unsigned int kxt_clock_rounds;

static bool kxt_tsc_usable(void)
{
	if (KXT_FAULT_CLOCK_ROUNDS && kxt_clock_rounds > KXT_FAULT_CLOCK_ROUNDS)
		return false;
	return tsc_khz && !check_tsc_unstable();
}

/* 10^6 << 32 is 2^52 and fits; tsc_khz is at least some 10^5, at most 2^32. */
static u64 kxt_tsc_mult(void)
{
	return div_u64(1000000ULL << KXT_CLOCK_SHIFT, tsc_khz);
}

/**
 * kxt_clock_select() - choose the clock
 *
 * Call while no probe is attached: ticks from before and after do not compare.
 * Process context, may sleep.
 */
void kxt_clock_select(void)
{
	if (kxt_tsc_usable()) {
		WRITE_ONCE(kxt_clock_mult, kxt_tsc_mult());
		static_branch_enable(&kxt_clock_is_tsc);
	} else {
		WRITE_ONCE(kxt_clock_mult, 1ULL << KXT_CLOCK_SHIFT);
		static_branch_disable(&kxt_clock_is_tsc);
	}
}

/**
 * kxt_clock_check() - is the chosen clock still good?
 *
 * Also follows tsc_khz, which the kernel refines in its first seconds.
 * Process context.
 *
 * Return: false if the TSC is in use and the kernel stopped trusting it; then
 * the probes have to be detached for kxt_clock_select().
 */
bool kxt_clock_check(void)
{
	if (KXT_FAULT_CLOCK_ROUNDS)
		kxt_clock_rounds++;
	if (!static_key_enabled(&kxt_clock_is_tsc))
		return true;
	if (!kxt_tsc_usable())
		return false;
	WRITE_ONCE(kxt_clock_mult, kxt_tsc_mult());
	return true;
}
