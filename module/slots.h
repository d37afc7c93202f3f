/* SPDX-License-Identifier: GPL-2.0-only */
/* What the two halves of vcpu.h share: vcpu.c (probes), slots.c and slot.c (worker). */
#ifndef KXT_SLOTS_H
#define KXT_SLOTS_H

#include "vcpu.h"

/*
 * Slots that are ready to be given out. At most one vCPU runs on a CPU, so this
 * is how many new vCPUs can show up before the worker comes to fill it up.
 */
#define KXT_READY		64

/* Allocation failures are ours to live with: no warning, no OOM killer. */
#define KXT_GFP		(GFP_KERNEL | __GFP_ZERO | __GFP_NORETRY | __GFP_NOWARN)

extern struct kxt_slot *kxt_ready[KXT_READY];
extern u64 kxt_ready_epoch;

/* The same of second pieces: for vCPUs that come to need one at the same time. */
#define KXT_READY_MORE		16

extern struct kvmexit_entry *kxt_ready_more[KXT_READY_MORE];

/* How far from its hash a vCPU can stand in the table. */
#define KXT_TABLE_REACH		64
/* Mark of a place whose slot was taken out; the search goes on behind it. */
#define KXT_TABLE_GONE		((struct kxt_slot *)1UL)

extern struct kxt_slot **kxt_table;
extern unsigned int kxt_table_bits;

struct kxt_slot *kxt_slot_alloc(u32 number);
void kxt_slot_free(struct kxt_slot *s);
void kxt_slot_clear(struct kxt_slot *s);
bool kxt_slot_orphaned(struct kxt_slot *s);
bool kxt_slot_unused(struct kxt_slot *s);
void kxt_more_refill(void);
void kxt_more_free(void);
u64 kxt_more_memory(void);
u64 kxt_slot_memory(struct kxt_slot *s);

void kxt_table_remove(struct kxt_slot *s, unsigned int i);

void kxt_slots_kick(void);
void kxt_slots_report_bad(void);

#endif /* KXT_SLOTS_H */
