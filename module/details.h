/* SPDX-License-Identifier: GPL-2.0-only */
/* What is behind the reasons of a vCPU: sketches, while a reader wants them. */
#ifndef KXT_DETAILS_H
#define KXT_DETAILS_H

#include <linux/compiler.h>
#include <linux/types.h>

#include "vcpu.h"

struct page;

extern bool kxt_details_enabled;

/* Any context. */
static __always_inline bool kxt_details_on(void)
{
	return READ_ONCE(kxt_details_enabled);
}

/* Does a slot with @used of @cap sketches in use need another piece? */
static inline bool kxt_details_low(u32 used, u32 cap)
{
	return cap < KVMEXIT_MAX_SKETCHES && used + KXT_SKETCHES_LOW > cap;
}

/* probes */
void kxt_details_exit(struct kxt_slot *s, u32 entry);
void kxt_details_close(struct kxt_slot *s, u64 ns);

/* the worker's half, with kxt_slots_lock */
int kxt_details_alloc(struct kxt_slot *s);
void kxt_details_clear(struct kxt_slot *s);
void kxt_details_free(struct kxt_slot *s);
void kxt_details_enable(bool on);

/* chardev */
struct page *kxt_details_page(struct kxt_slot *s, unsigned long at);

#endif /* KXT_DETAILS_H */
