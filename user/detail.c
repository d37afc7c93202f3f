// SPDX-License-Identifier: GPL-2.0-only
/* Look-up in the tables of well-known keys, and words for the rest. */
#include "user/detail.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "user/detail_int.h"

const char *kxt_kind_name(uint32_t kind)
{
	switch (kind) {
	case KVMEXIT_KIND_PORT:
		return "port";
	case KVMEXIT_KIND_MMIO:
		return "mmio";
	case KVMEXIT_KIND_MSR:
		return "msr";
	case KVMEXIT_KIND_CPUID:
		return "cpuid";
	case KVMEXIT_KIND_HYPERCALL:
		return "hypercall";
	case KVMEXIT_KIND_GPA:
		return "gpa";
	case KVMEXIT_KIND_RIP:
		return "rip";
	default:
		return "unknown";
	}
}

static int compare_key(const void *key, const void *row)
{
	uint64_t k = *(const uint64_t *)key;
	const struct kxt_known *r = row;

	return k < r->first ? -1 : k > r->last;
}

const char *kxt_detail_name(uint32_t kind, uint64_t key)
{
	const struct kxt_known_table *table;
	const struct kxt_known *row;

	switch (kind) {
	case KVMEXIT_KIND_PORT:
		table = &kxt_known_ports;
		break;
	case KVMEXIT_KIND_MMIO:
		table = &kxt_known_mmio;
		break;
	case KVMEXIT_KIND_MSR:
		table = &kxt_known_msrs;
		break;
	case KVMEXIT_KIND_CPUID:
		table = &kxt_known_cpuid;
		break;
	case KVMEXIT_KIND_HYPERCALL:
		table = &kxt_known_hypercalls;
		break;
	default:
		return NULL;
	}
	row = bsearch(&key, table->row, table->nr, sizeof(*row), compare_key);
	return row ? row->name : NULL;
}

void kxt_detail_key(uint32_t kind, uint64_t key, char *buf, size_t len)
{
	/* All kinds are alike so far: addresses, indexes and numbers. */
	(void)kind;
	snprintf(buf, len, "0x%" PRIx64, key);
}

const char *kxt_access_dir(uint32_t kind, uint32_t access)
{
	switch (kind) {
	case KVMEXIT_KIND_PORT:
	case KVMEXIT_KIND_MMIO:
	case KVMEXIT_KIND_MSR:
	case KVMEXIT_KIND_GPA:
		break;
	default:
		return NULL;
	}
	if (access & KVMEXIT_ACCESS_FETCH)
		return "fetch";
	/* Both: it reads, changes and writes back. */
	if (access & KVMEXIT_ACCESS_WRITE)
		return "write";
	if (access & KVMEXIT_ACCESS_READ)
		return "read";
	return NULL;
}

const char *kxt_access_fault(uint32_t kind, uint32_t access)
{
	if (kind != KVMEXIT_KIND_GPA || !kxt_access_dir(kind, access))
		return NULL;
	if (!(access & KVMEXIT_ACCESS_PRESENT))
		return "not present";
	if (access & KVMEXIT_ACCESS_FETCH)
		return "instruction fetch";
	if (access & KVMEXIT_ACCESS_WRITE)
		return "write protection";
	return "protection";
}
