/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Things that do not go wrong by themselves when a test needs them to. In a
 * normal build all of these are constants and vanish. A build with one of them
 * says so in its version, so that it cannot be taken for a release.
 *
 *   KXT_FAULT=layout	the VMCB pointer is looked for in the wrong place
 *   KXT_FAULT=clock	the TSC is called unstable a few seconds after the start
 *   KXT_FAULT=memory	two of three allocations of slots fail
 *   KXT_FAULT=runq	the kernel does not account time on run queues
 *   KXT_FAULT=release	it was built for another kernel, but vermagic does not say so
 */
#ifndef KXT_FAULT_H
#define KXT_FAULT_H

#include <generated/utsrelease.h>
#include <linux/types.h>

#ifdef KXT_FAULT_layout
#define KXT_FAULT_LAYOUT_SHIFT	64
#define KXT_FAULT_NAME		"-fault-layout"
#else
#define KXT_FAULT_LAYOUT_SHIFT	0
#endif

#ifdef KXT_FAULT_clock
#define KXT_FAULT_NAME		"-fault-clock"
/* Worker only. Three seconds after the first question, and from then on. */
static inline bool kxt_fault_clock(u64 now_ns)
{
	static u64 since;

	if (!since)
		since = now_ns;
	return now_ns - since > 3000000000ULL;
}
#else
static inline bool kxt_fault_clock(u64 now_ns)
{
	return false;
}
#endif

#ifdef KXT_FAULT_memory
#define KXT_FAULT_NAME		"-fault-memory"
/* Worker only. The first allocation succeeds, or nothing would start. */
static inline bool kxt_fault_memory(void)
{
	static unsigned int calls;

	return calls++ % 3;
}
#else
static inline bool kxt_fault_memory(void)
{
	return false;
}
#endif

#ifdef KXT_FAULT_runq
#define KXT_FAULT_RUNQ		true
#define KXT_FAULT_NAME		"-fault-runq"
#else
#define KXT_FAULT_RUNQ		false
#endif

#ifdef KXT_FAULT_release
#define KXT_FAULT_RELEASE	"5.4.0-other"
#define KXT_FAULT_NAME		"-fault-release"
#else
#define KXT_FAULT_RELEASE	UTS_RELEASE
#endif

#ifndef KXT_FAULT_NAME
#define KXT_FAULT_NAME		""
#endif

#endif /* KXT_FAULT_H */
