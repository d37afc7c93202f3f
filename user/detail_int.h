/* SPDX-License-Identifier: GPL-2.0-only */
/* The tables behind detail.c. */
#ifndef KXT_DETAIL_INT_H
#define KXT_DETAIL_INT_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct kxt_known - a key, or a range of them, that has a name
 * @first: lowest key
 * @last: highest, the same for a single one
 * @name: ASCII, at most KXT_KNOWN_MAX characters so that columns can show it
 */
struct kxt_known {
	uint64_t first;
	uint64_t last;
	const char *name;
};

#define KXT_KNOWN_MAX	28

/**
 * struct kxt_known_table - rows, sorted, none overlapping another
 * @row: first one
 * @nr: how many
 */
struct kxt_known_table {
	const struct kxt_known *row;
	size_t nr;
};

extern const struct kxt_known_table kxt_known_ports;
extern const struct kxt_known_table kxt_known_mmio;
extern const struct kxt_known_table kxt_known_msrs;
extern const struct kxt_known_table kxt_known_cpuid;
extern const struct kxt_known_table kxt_known_hypercalls;

#define KXT_KNOWN_TABLE(rows)	{ rows, sizeof(rows) / sizeof((rows)[0]) }

#endif /* KXT_DETAIL_INT_H */
