/* SPDX-License-Identifier: GPL-2.0-only */
/* A slow exit for tests. */
#ifndef KXT_TEST_SLOW_EVENT_H
#define KXT_TEST_SLOW_EVENT_H

#include <stdint.h>

#include "module/uapi/kvmexit.h"

#define MS	1000000ULL
#define SEC	1000000000ULL

/* An exit of VM 100 that took 5 ms, 4 of them in the VMM. */
static inline struct kvmexit_event make_event(uint64_t time_ns)
{
	return (struct kvmexit_event) {
		.type = KVMEXIT_EVENT_SLOW,
		.cpu = 3,
		.time_ns = time_ns,
		.generation = 1,
		.pid = 100,
		.tid = 101,
		.vcpu_id = 1,
		.isa = KVMEXIT_ISA_SVM,
		.level = 1,
		.code = 0x7b,
		.total_ns = 5 * MS,
		.vmm_ns = 4 * MS,
		.rip = 0xffffffff81000000,
		.info1 = 0x3f80110,
		.info2 = 0xffffffff81000002,
		.kind = KVMEXIT_KIND_PORT,
		.key = 0x3f8,
		.access = KVMEXIT_ACCESS_WRITE,
	};
}

#endif /* KXT_TEST_SLOW_EVENT_H */
