/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The clock of the probes: the TSC while the kernel trusts it (one instruction),
 * else the kernel's NMI-safe monotonic clock. It is chosen while no probe is
 * attached, so two ticks that meet in a probe are always of one kind.
 */
#ifndef KXT_CLOCK_H
#define KXT_CLOCK_H

#include <linux/jump_label.h>
#include <linux/ktime.h>

#include "compat.h"

#define KXT_CLOCK_SHIFT	32

extern u64 kxt_clock_mult;
DECLARE_STATIC_KEY_FALSE(kxt_clock_is_tsc);

/**
 * kxt_clock() - now, in ticks
 *
 * Any context, NMI included. Touches nothing but the CPU's TSC, or the
 * timekeeper's latched copy.
 *
 * Return: ticks; kxt_clock_to_ns() has their length.
 */
static __always_inline u64 kxt_clock(void)
{
	if (static_branch_likely(&kxt_clock_is_tsc))
		return rdtsc();
	return ktime_get_mono_fast_ns();
}

/**
 * kxt_clock_to_ns() - ticks to nanoseconds
 * @ticks: a difference of two kxt_clock()
 *
 * One multiplication in 128 bits, no division. Any context. By hand, because the
 * compiler aligns the stack of every function in which it sees 128 bits.
 */
static __always_inline u64 kxt_clock_to_ns(u64 ticks)
{
	u64 high;

	asm("mulq %[mult]\n\t"
	    "shrdq %[shift], %[high], %[low]"
	    : [low] "+a" (ticks), [high] "=d" (high)
	    : [mult] "m" (kxt_clock_mult), [shift] "i" (KXT_CLOCK_SHIFT)
	    : "cc");
	return ticks;
}

void kxt_clock_select(void);
bool kxt_clock_check(void);

#endif /* KXT_CLOCK_H */
