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

/*
 * The TSC. With rdtsc() the compiler chooses the register in which the halves come
 * together, and takes another instruction.
 */
static __always_inline u64 kxt_tsc(void)
{
	u64 tsc;

	asm volatile("rdtsc\n\t"
		     "shlq $32, %%rdx\n\t"
		     "orq %%rdx, %%rax"
		     : "=a" (tsc) : : "rdx", "cc");
	return tsc;
}

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

/**
 * kxt_clock_to_ns_log2() - the same, and the highest bit that is set
 * @ticks: a difference of two kxt_clock()
 * @log2: result: number of that bit; 0 also if no bit is set
 *
 * The upper half of the product, which is 0 if the result is, is where BSR leaves the
 * register alone when there is no bit; the kernel's fls64() relies on that, too.
 */
static __always_inline u64 kxt_clock_to_ns_log2(u64 ticks, u64 *log2)
{
	asm("mulq %[mult]\n\t"
	    "shrdq %[shift], %[high], %[low]\n\t"
	    "bsrq %[low], %[high]"
	    : [low] "+a" (ticks), [high] "=d" (*log2)
	    : [mult] "m" (kxt_clock_mult), [shift] "i" (KXT_CLOCK_SHIFT)
	    : "cc");
	return ticks;
}

void kxt_clock_select(void);
bool kxt_clock_check(void);

#endif /* KXT_CLOCK_H */
