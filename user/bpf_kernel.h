/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the BPF programs have to know of the kernel that runs before they are loaded, by
 * evidence of its types (BTF) and of its tracepoints (tracefs).
 */
#ifndef KXT_BPF_KERNEL_H
#define KXT_BPF_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "user/bpf_record.h"

/**
 * enum kxt_bpf_event - tracepoints of KVM that are used by their records
 */
enum kxt_bpf_event {
	KXT_EVENT_EXIT,
	KXT_EVENT_ENTRY,
	KXT_EVENT_FAULT,
	KXT_EVENT_MMIO,
	KXT_EVENT_FAST_MMIO,
	KXT_EVENT_MSR,
	KXT_EVENT_CPUID,
	KXT_EVENT_HYPERCALL,
	KXT_EVENT_WAKEUP,
	KXT_EVENT_USERSPACE,
	KXT_EVENT_NR,
};

/**
 * struct kxt_bpf_kernel - the kernel that runs
 * @core: there is BTF of KVM's tracepoints: the programs can have the vCPU itself
 * @exit_has_reason: kvm_exit has the reason as its first argument (before v5.16)
 * @records: the layout of all records is known that classic programs cannot do without
 * @field_at: by enum kxt_bpf_field: offset in the record; 0: there is none
 * @event_id: by enum kxt_bpf_event: number for perf_event_open(); 0: there is none
 * @run_delay_at: offset of sched_info.run_delay in struct task_struct; 0: not known
 * @pcount_at: of sched_info.pcount
 * @svm: names of programs end with this that can read the reason of an exit in the VMCB
 *	without a call (kvmexit.bpf.c); NULL: none can
 * @plain: kvm_amd's svm_data is none that programs can use: see kvmexit_plain.bpf.c
 * @intel: kvm_intel is there, on a CPU that it is for
 * @realtime: PREEMPT_RT
 * @preempts: programs at tracepoints can be preempted (v7.0), or that is not known
 */
struct kxt_bpf_kernel {
	bool core;
	bool exit_has_reason;
	bool records;
	uint16_t field_at[KXT_FIELD_NR];
	uint32_t event_id[KXT_EVENT_NR];
	uint32_t run_delay_at;
	uint32_t pcount_at;
	const char *svm;
	bool plain;
	bool intel;
	bool realtime;
	bool preempts;
};

/** kxt_bpf_event_name() - name of an enum kxt_bpf_event, as in tracefs below kvm/ */
const char *kxt_bpf_event_name(unsigned int event);

/**
 * kxt_bpf_format_field() - find a field in the description of a record
 * @format: text of a file "format" of tracefs
 * @name: of the field
 * @size: bytes that it must have: 1, 4 or 8
 *
 * Pure. Return: its offset, or 0 if there is no such field.
 */
uint32_t kxt_bpf_format_field(const char *format, const char *name, unsigned int size);

/** kxt_bpf_kernel_read() - look at the kernel; what cannot be found out is not there */
void kxt_bpf_kernel_read(struct kxt_bpf_kernel *k);

#endif /* KXT_BPF_KERNEL_H */
