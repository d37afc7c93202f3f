/* SPDX-License-Identifier: GPL-2.0-only */
/* What changed between two windows: reasons and VMs side by side. Pure. */
#ifndef KXT_REPORT_DIFF_H
#define KXT_REPORT_DIFF_H

#include "user/rows.h"

/* The two sides. */
enum {
	KXT_DIFF_A,
	KXT_DIFF_B,
	KXT_DIFF_SIDES,
};

/**
 * enum kxt_diff_num - what is compared
 * @KXT_DIFF_COUNT: exits
 * @KXT_DIFF_RATE: exits per second
 * @KXT_DIFF_COST: service time (latency without idle) in ns per second; not known of
 *	exits that may have been asleep where idle time is not known
 * @KXT_DIFF_SHARE: share of the time that its VM spent in exits, 0 to 1
 * @KXT_DIFF_P50: service time in ns
 * @KXT_DIFF_P99: the same
 * @KXT_DIFF_GUEST: share of the time, 0 to 1; of a reason there is none
 * @KXT_DIFF_KERNEL: the same; of a reason of the time of its exits
 * @KXT_DIFF_VMM: the same
 * @KXT_DIFF_IDLE: the same
 * @KXT_DIFF_RUNQ: the same
 */
enum kxt_diff_num {
	KXT_DIFF_COUNT,
	KXT_DIFF_RATE,
	KXT_DIFF_COST,
	KXT_DIFF_SHARE,
	KXT_DIFF_P50,
	KXT_DIFF_P99,
	KXT_DIFF_GUEST,
	KXT_DIFF_KERNEL,
	KXT_DIFF_VMM,
	KXT_DIFF_IDLE,
	KXT_DIFF_RUNQ,
	KXT_DIFF_NR,
};

/**
 * struct kxt_diff_side - one side of a row
 * @is: its VM is on this side
 * @e: the exits; all 0 if there were none
 * @knows: KXT_KNOWS_* of who had them
 * @guest_ns: of a VM
 * @known: which of @value mean something
 * @value: see enum kxt_diff_num
 */
struct kxt_diff_side {
	bool is;
	struct kxt_entry e;
	uint32_t knows;
	uint64_t guest_ns;
	bool known[KXT_DIFF_NR];
	double value[KXT_DIFF_NR];
};

/**
 * struct kxt_diff_row - a reason, or all of a VM
 * @id: the reason; of all of a VM nothing
 * @side: KXT_DIFF_A and KXT_DIFF_B
 */
struct kxt_diff_row {
	struct kxt_reason_id id;
	struct kxt_diff_side side[KXT_DIFF_SIDES];
};

/**
 * struct kxt_diff_vm - the VMs of one name, or all of them
 * @name: name, unescaped
 * @all: all reasons together
 * @nr: rows in @row
 * @row: reasons; those whose cost changed the most first, and where it is not known,
 *	those whose rate did
 */
struct kxt_diff_vm {
	char name[KXT_VM_NAME_MAX];
	struct kxt_diff_row all;
	unsigned int nr;
	struct kxt_diff_row *row;
};

/**
 * struct kxt_diff - two windows
 * @by_class: their reasons are of different ISAs, so they are matched by class
 * @no_levels: one of them does not know nesting levels, so these are not told apart
 * @isa: of both sides; KVMEXIT_ISA_UNKNOWN if there are no VMs
 * @all: all VMs together
 * @nr: VMs
 * @vm: those on both sides first, those whose cost changed the most before others
 */
struct kxt_diff {
	bool by_class;
	bool no_levels;
	uint32_t isa[KXT_DIFF_SIDES];
	struct kxt_diff_vm all;
	unsigned int nr;
	struct kxt_diff_vm *vm;
};

/**
 * kxt_diff_make() - compare
 * @d: result, zeroed; kxt_diff_free() is right in any case
 * @a: before
 * @b: after
 * @err: set on failure
 *
 * VMs are matched by name; those of one side with the same name are added up. What is
 * per second is so by each side's own length.
 *
 * Return: 0, or -1 with @err set (no memory).
 */
int kxt_diff_make(struct kxt_diff *d, const struct kxt_summary *a,
		  const struct kxt_summary *b, struct kxt_err *err);

/** kxt_diff_free() - release memory */
void kxt_diff_free(struct kxt_diff *d);

/** kxt_diff_both() - is the VM on both sides? */
bool kxt_diff_both(const struct kxt_diff_vm *vm);

/**
 * kxt_diff_change() - B less A
 * @row: row
 * @num: number
 * @change: result
 *
 * Return: true, or false if one of them is not known.
 */
bool kxt_diff_change(const struct kxt_diff_row *row, enum kxt_diff_num num,
		     double *change);

#endif /* KXT_REPORT_DIFF_H */
