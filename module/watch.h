/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is looked at only while a reader asks for it: what is behind an exit
 * (details.h) and slow exits (events.h). A static key keeps it out of the hot
 * path otherwise.
 */
#ifndef KXT_WATCH_H
#define KXT_WATCH_H

#include <linux/jump_label.h>

#include "exitinfo.h"
#include "uapi/kvmexit.h"

struct kxt_parts;
struct kxt_slot;

/* Counts those who want something; see kxt_details_get(), kxt_events_start(). */
DECLARE_STATIC_KEY_FALSE(kxt_watched);

/**
 * struct kxt_seen - what was seen at the exit that is open
 * @mark: of that exit, to know it again
 * @info: what is behind it
 * @sketch: where it was counted: for its key, for its instruction pointer; NULL
 *	if it was not
 * @way: with which key
 */
struct kxt_seen {
	u64 mark;
	struct kxt_exitinfo info;
	struct kvmexit_sketch *sketch[2];
	u32 way[2];
};

void kxt_watch_exit(struct kxt_slot *s, struct kvm_vcpu *vcpu, u32 entry, u64 now);
void kxt_watch_over(struct kxt_slot *s, u32 entry, u64 mark, u64 ns);
void kxt_watch_close(struct kxt_slot *s, u32 entry, u64 mark,
		     const struct kxt_parts *p);

#endif /* KXT_WATCH_H */
