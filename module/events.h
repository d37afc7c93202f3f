/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Slow exits: a ring of records a CPU, written by probes, read by any number of
 * readers, each at its own place and with its own threshold. A record that is
 * overwritten before a reader came to it is lost for that reader; no probe ever
 * waits for one.
 */
#ifndef KXT_EVENTS_H
#define KXT_EVENTS_H

#include <linux/compiler.h>
#include <linux/poll.h>
#include <linux/types.h>

#include "parts.h"

struct kxt_reader;

/* The lowest threshold of all readers, ~0 if there is none. */
extern u64 kxt_events_over_ns;

/* Any context. */
static __always_inline u64 kxt_events_over(void)
{
	return READ_ONCE(kxt_events_over_ns);
}

void kxt_events_put(struct kxt_slot *s, u32 entry, const struct kxt_parts *p);

void kxt_events_init(void);
struct kxt_reader *kxt_events_start(void);
void kxt_events_stop(struct kxt_reader *r);
void kxt_events_threshold(struct kxt_reader *r, u64 ns);
ssize_t kxt_events_read(struct kxt_reader *r, char __user *buf, size_t len, bool wait);
__poll_t kxt_events_poll(struct kxt_reader *r, struct file *file, poll_table *wait);
void kxt_events_info(struct kxt_reader *r, struct kvmexit_info *info);

#endif /* KXT_EVENTS_H */
