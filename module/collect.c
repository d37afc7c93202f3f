// SPDX-License-Identifier: GPL-2.0-only
#include <linux/mutex.h>

#include "clock.h"
#include "collect.h"
#include "hooks.h"
#include "vcpu.h"

/* Guards the two below. Outermost lock; see also hooks.c and slots.c. */
static DEFINE_MUTEX(kxt_collect_lock);
static unsigned int kxt_collect_users;
static u64 kxt_collect_since;

/**
 * kxt_collect_get() - want numbers
 *
 * The first one takes memory for slots and attaches the probes. Process
 * context, sleeps. Every success is followed by one kxt_collect_put().
 *
 * Return: 0 or -ENOMEM.
 */
int kxt_collect_get(void)
{
	int err = 0;

	mutex_lock(&kxt_collect_lock);
	if (!kxt_collect_users) {
		kxt_clock_select();
		err = kxt_slots_start();
		if (err)
			goto out;
		WRITE_ONCE(kxt_collect_since, ktime_get_mono_fast_ns());
		kxt_hooks_attach();
	}
	kxt_collect_users++;
out:
	mutex_unlock(&kxt_collect_lock);
	return err;
}

/**
 * kxt_collect_put() - want no more numbers
 *
 * The last one detaches the probes, waits for those that are running, and
 * frees all slots: nobody has them mapped, a mapping holds its file open.
 * Process context, sleeps.
 */
void kxt_collect_put(void)
{
	mutex_lock(&kxt_collect_lock);
	if (!--kxt_collect_users) {
		kxt_hooks_detach();
		kxt_slots_stop();
	}
	mutex_unlock(&kxt_collect_lock);
}

/**
 * kxt_collect_info() - clock and state for KVMEXIT_IOC_INFO
 * @info: filled in part
 *
 * The caller holds a kxt_collect_get(). The clock can be exchanged meanwhile
 * (kxt_clock_select()), so take the values between two looks at which it is.
 */
void kxt_collect_info(struct kvmexit_info *info)
{
	bool tsc;

	do {
		tsc = static_key_enabled(&kxt_clock_is_tsc);
		info->clock_mult = READ_ONCE(kxt_clock_mult);
		info->clock_now = kxt_clock();
		info->now_ns = ktime_get_mono_fast_ns();
	} while (tsc != static_key_enabled(&kxt_clock_is_tsc));
	info->start_ns = READ_ONCE(kxt_collect_since);
	info->clock_shift = KXT_CLOCK_SHIFT;
	if (tsc)
		info->flags |= KVMEXIT_INFO_CLOCK_TSC;
	info->flags |= kxt_hooks_flags();
	if (kxt_slots_off())
		info->flags |= KVMEXIT_INFO_LAYOUT_BAD;
}
