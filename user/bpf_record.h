/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fields that are read from the records of KVM's tracepoints. Shared by the BPF
 * programs, which get the places, and the loader, which finds them in tracefs.
 */
#ifndef KXT_BPF_RECORD_H
#define KXT_BPF_RECORD_H

/* As much of a record as is looked at, the 8 bytes in front of it included. */
#define KXT_RECORD_SIZE		64

/**
 * enum kxt_bpf_field - a field of a record
 *
 * Names and meanings: TRACE_EVENT() in arch/x86/kvm/trace.h and
 * include/trace/events/kvm.h of the kernel.
 */
enum kxt_bpf_field {
	KXT_FIELD_EXIT_REASON,
	KXT_FIELD_EXIT_RIP,
	KXT_FIELD_EXIT_ISA,
	KXT_FIELD_EXIT_INFO1,
	KXT_FIELD_EXIT_INFO2,
	KXT_FIELD_EXIT_INTR,
	KXT_FIELD_EXIT_ERROR,
	KXT_FIELD_EXIT_VCPU,
	KXT_FIELD_ENTRY_VCPU,
	KXT_FIELD_FAULT_ADDRESS,
	KXT_FIELD_MMIO_GPA,
	KXT_FIELD_FAST_MMIO_GPA,
	KXT_FIELD_MSR_WRITE,
	KXT_FIELD_MSR_ECX,
	KXT_FIELD_CPUID_FUNCTION,
	KXT_FIELD_HYPERCALL_NR,
	KXT_FIELD_WAKEUP_NS,
	KXT_FIELD_WAKEUP_WAITED,
	KXT_FIELD_USERSPACE_ERRNO,
	KXT_FIELD_NR,
};

#endif /* KXT_BPF_RECORD_H */
