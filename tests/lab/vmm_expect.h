/* SPDX-License-Identifier: GPL-2.0-only */
/* What a vCPU did, as an observer of its exits should see it. */
#ifndef TESTS_LAB_VMM_EXPECT_H
#define TESTS_LAB_VMM_EXPECT_H

#include "vmm.h"

/*
 * Exits that a vCPU made, by reason. Only reasons with an exact count: never
 * interrupts, which come as they like, and never raw totals. On SVM several of them are
 * the same reason.
 */
enum expected {
	EXPECT_CPUID,
	EXPECT_IO,
	EXPECT_MISCONFIG,
	EXPECT_PAGE_FAULT,
	EXPECT_RDMSR,
	EXPECT_WRMSR,
	EXPECT_HLT,
	EXPECT_HYPERCALL,
	EXPECT_VMRUN,
	/* Of a guest of the guest. */
	EXPECT_CPUID_2,
	EXPECT_HLT_2,
	EXPECTED
};

/*
 * struct expectation - @known[i]: @count[i] is exact on this host; @vmm[i] of them went
 * to user space.
 */
struct expectation {
	uint64_t count[EXPECTED];
	uint64_t vmm[EXPECTED];
	bool known[EXPECTED];
};

/* The kernel's name of the reason, and the nesting level of its exits. */
const char *vmm_reason_name(const struct vmm *vmm, enum expected i);
unsigned int vmm_reason_level(enum expected i);

void vmm_expect(const struct vmm *vmm, const struct vcpu *vcpu, struct expectation *e);

/*
 * The kinds that reach user space are counted there too: a guest that did not do its
 * work must not look as if it did. Ends the process if they are not what was asked for.
 */
void vmm_check_seen(const struct vmm *vmm);

/*
 * struct key - @count exits of one @reason have @key behind them. @dir and @fault are
 * NULL where they have no meaning or depend on the processor.
 */
struct key {
	enum expected reason;
	const char *kind;
	uint32_t key;
	const char *dir;
	const char *fault;
	uint64_t count;
};

struct keys {
	struct key *key;
	size_t nr, room;
};

/* All keys of a vCPU with an exact count. Free keys->key. */
void vmm_keys(const struct vmm *vmm, const struct vcpu *vcpu, struct keys *keys);

#endif
