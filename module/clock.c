// SPDX-License-Identifier: GPL-2.0-only
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/math64.h>

#include "clock.h"
#include "fault.h"

DEFINE_STATIC_KEY_FALSE(kxt_clock_is_tsc);

/* ns = ticks * kxt_clock_mult >> KXT_CLOCK_SHIFT; written by the worker */
u64 kxt_clock_mult __read_mostly = 1ULL << KXT_CLOCK_SHIFT;

static bool kxt_tsc_usable(void)
{
	if (kxt_fault_clock(ktime_get_mono_fast_ns()))
		return false;
	return tsc_khz && !check_tsc_unstable();
}

/* 10^6 << 32 is 2^52 and fits; tsc_khz is at least some 10^5, at most 2^32. */
static u64 kxt_tsc_mult(void)
{
	return div_u64(1000000ULL << KXT_CLOCK_SHIFT, tsc_khz);
}

/*
 * tsc_khz says how fast the TSC runs, but the kernel's clock is disciplined (NTP)
 * and drifts from it by up to some 100 ppm. Idle time comes in the kernel's
 * nanoseconds (kvm_vcpu_wakeup): 100 ppm of a sleep of a second is 100 us, more
 * than the rest of most exits. So the rate is measured against the kernel's clock,
 * over 8 s at least once it has run that long.
 */
#define KXT_RATE_SPAN_NS	8000000000ULL
#define KXT_RATE_MIN_NS		500000000ULL
/* Of the nominal rate; what is further off is a bad measurement. */
#define KXT_RATE_TOLERANCE	1024

/**
 * struct kxt_clock_point - the two clocks at one moment
 * @ticks: TSC
 * @ns: CLOCK_MONOTONIC; 0: there is no such point
 */
struct kxt_clock_point {
	u64 ticks;
	u64 ns;
};

/* Of the worker only: two points, 8 s apart or more, and the older one is used. */
static struct kxt_clock_point kxt_clock_old;
static struct kxt_clock_point kxt_clock_new;

static struct kxt_clock_point kxt_clock_now(void)
{
	struct kxt_clock_point p;
	unsigned long flags;
	u64 end;

	local_irq_save(flags);
	p.ticks = rdtsc_ordered();
	p.ns = ktime_get_ns();
	end = rdtsc_ordered();
	local_irq_restore(flags);
	/* Was something in between after all (SMI, hypervisor)? More than 20 us. */
	if (end - p.ticks > tsc_khz / 50)
		p.ns = 0;
	p.ticks += (end - p.ticks) / 2;
	return p;
}

static u64 kxt_clock_rate(void)
{
	struct kxt_clock_point now = kxt_clock_now();
	u64 nominal = kxt_tsc_mult();
	u64 mult, span;

	if (!now.ns)
		return READ_ONCE(kxt_clock_mult);
	span = now.ns - kxt_clock_old.ns;
	if (!kxt_clock_old.ns || span > 8 * KXT_RATE_SPAN_NS) {
		kxt_clock_old = now;
		kxt_clock_new = now;
		return nominal;
	}
	if (span < KXT_RATE_MIN_NS)
		return READ_ONCE(kxt_clock_mult);
	/* span is below 2^36, and there have been ticks in half a second. */
	mult = div64_u64(span << (KXT_CLOCK_SHIFT - 4), now.ticks - kxt_clock_old.ticks) << 4;
	if (now.ns - kxt_clock_new.ns >= KXT_RATE_SPAN_NS) {
		kxt_clock_old = kxt_clock_new;
		kxt_clock_new = now;
	}
	if (mult - nominal + nominal / KXT_RATE_TOLERANCE >
	    2 * (nominal / KXT_RATE_TOLERANCE))
		return nominal;
	return mult;
}

/**
 * kxt_clock_select() - choose the clock
 *
 * Call while no probe is attached: ticks from before and after do not compare.
 * Process context, may sleep.
 */
void kxt_clock_select(void)
{
	kxt_clock_old.ns = 0;
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
 * Also follows the rate of the TSC as the kernel's clock sees it.
 * Process context.
 *
 * Return: false if the TSC is in use and the kernel stopped trusting it; then
 * the probes have to be detached for kxt_clock_select().
 */
bool kxt_clock_check(void)
{
	if (!static_key_enabled(&kxt_clock_is_tsc))
		return true;
	if (!kxt_tsc_usable())
		return false;
	WRITE_ONCE(kxt_clock_mult, kxt_clock_rate());
	return true;
}
