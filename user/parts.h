/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who had the time: guest, kernel, VMM, idle, run queue; as shares that add up,
 * and as a bar of an exact width. Pure.
 */
#ifndef KXT_PARTS_H
#define KXT_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "user/snapshot.h"

/* In the order in which tables and bars have them, from left to right. */
enum kxt_part {
	KXT_PART_GUEST,
	KXT_PART_KERNEL,
	KXT_PART_VMM,
	KXT_PART_IDLE,
	KXT_PART_RUNQ,
	KXT_PART_NR,
};

/**
 * struct kxt_parts - a time and its parts
 * @whole: the time in ns
 * @ns: its parts; what is not known is 0, and inside of the kernel's if that is
 *	known
 * @known: which of @ns mean something
 */
struct kxt_parts {
	uint64_t whole;
	uint64_t ns[KXT_PART_NR];
	bool     known[KXT_PART_NR];
};

/**
 * kxt_parts_make() - parts of the time of some exits
 * @p: result
 * @e: the exits: total_ns, idle_ns, runq_ns and vmm_ns are looked at
 * @knows: KXT_KNOWS_* of whoever had them
 *
 * There is no guest time in it: see kxt_parts_add_guest().
 */
void kxt_parts_make(struct kxt_parts *p, const struct kxt_entry *e, uint32_t knows);

/** kxt_parts_add_guest() - the time in guest mode is a part too */
void kxt_parts_add_guest(struct kxt_parts *p, uint64_t guest_ns);

/**
 * kxt_parts_share() - share of one part
 * @p: parts
 * @part: which
 * @share: result, 0 to 1
 *
 * Return: true, or false if it is not known, or there was no time at all.
 */
bool kxt_parts_share(const struct kxt_parts *p, enum kxt_part part, double *share);

/**
 * kxt_parts_bar() - how many cells of a bar each part gets
 * @p: parts
 * @cells: width of the bar
 * @bar: result; its sum is @cells. Cells that nobody has in full go to the parts
 *	that miss the least for one: no share is off by a whole cell
 *
 * Return: true, or false if there is no bar: the parts are not known, or there
 * was no time at all.
 */
bool kxt_parts_bar(const struct kxt_parts *p, unsigned int cells,
		   unsigned int bar[KXT_PART_NR]);

/**
 * kxt_parts_text() - the bar as text
 * @p: parts
 * @cells: width of the bar, in cells of a terminal
 * @ascii: letters in place of blocks
 * @buf: result; "-" if there is no bar
 * @len: its size: 3 * @cells + 1 is enough
 */
void kxt_parts_text(const struct kxt_parts *p, unsigned int cells, bool ascii, char *buf,
		    size_t len);

/** kxt_part_char() - what a cell of a bar is drawn with, one cell wide */
const char *kxt_part_char(enum kxt_part part, bool ascii);

/** kxt_part_name() - "guest", "kernel", "VMM", "idle", "run queue" */
const char *kxt_part_name(enum kxt_part part);

#endif /* KXT_PARTS_H */
