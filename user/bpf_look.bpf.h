/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is behind an exit, from what KVM's tracepoints record: for all that cannot be read
 * from KVM's memory. A record is a line of text to people and a struct to programs; its
 * layout differs between kernels, and is read from tracefs before the programs are loaded.
 */
#ifndef KXT_BPF_LOOK_H
#define KXT_BPF_LOOK_H

#include "user/bpf_record.h"
#include "user/bpf_watch.bpf.h"

/* Where the fields are, by enum kxt_bpf_field; 0: this kernel has no such field. */
const volatile __u16 kxt_field_at[KXT_FIELD_NR];

/* asm/vmx.h and asm/svm.h, in uapi since they are KVM's */
#define VMX_EXCEPTION_NMI	0
#define VMX_EXTERNAL_INTERRUPT	1
#define VMX_CPUID		10
#define VMX_VMCALL		18
#define VMX_IO_INSTRUCTION	30
#define VMX_MSR_READ		31
#define VMX_MSR_WRITE		32
#define VMX_APIC_ACCESS		44
#define VMX_EPT_VIOLATION	48
#define VMX_EPT_MISCONFIG	49
#define VMX_APIC_WRITE		56
#define SVM_EXCP_PF		0x04e
#define SVM_CPUID		0x072
#define SVM_IOIO		0x07b
#define SVM_MSR			0x07c
#define SVM_VMMCALL		0x081
#define SVM_NPF			0x400

#define APIC_BASE		0xfee00000ULL
#define PAGE_BITS		0xfffULL

/* Error code of a page fault: AMD APM vol. 2, 8.4.2; Intel SDM vol. 3, 4.7. */
#define PF_PRESENT		(1U << 0)
#define PF_WRITE		(1U << 1)
#define PF_RESERVED		(1U << 3)
#define PF_FETCH		(1U << 4)

/* VM-exit interruption information, Intel SDM vol. 3, 25.9.2: a valid #PF. */
#define VMX_INTR_PF		0x8000030eU
#define VMX_INTR_MASK		0x800007ffU

static __always_inline u32 kxt_read_or_write(bool write)
{
	return write ? KVMEXIT_ACCESS_WRITE : KVMEXIT_ACCESS_READ;
}

static __always_inline u32 kxt_fault_access(u64 error)
{
	u32 access = error & PF_PRESENT ? KVMEXIT_ACCESS_PRESENT : 0;

	if (error & PF_FETCH)
		return access | KVMEXIT_ACCESS_FETCH;
	return access | kxt_read_or_write(error & PF_WRITE);
}

/* EXITINFO1 and 2 by exit code: AMD APM vol. 2, 15.10.2, 15.11, 15.12, 15.25.6. */
static __always_inline void kxt_look_svm(struct kxt_bpf_slot *s, u64 code)
{
	u64 info1 = s->p.seen.info1;
	u64 info2 = s->p.seen.info2;

	if (code == SVM_IOIO)
		kxt_seen_key(s, KVMEXIT_KIND_PORT, (info1 >> 16) & 0xffff,
			     kxt_read_or_write(!(info1 & 1)));
	else if (code == SVM_NPF && info1 & PF_RESERVED)
		/* A page that KVM knows to be a device's. */
		kxt_seen_key(s, KVMEXIT_KIND_MMIO, info2,
			     kxt_read_or_write(info1 & PF_WRITE));
	else if (code == SVM_NPF)
		kxt_seen_key(s, KVMEXIT_KIND_GPA, info2 & ~PAGE_BITS,
			     kxt_fault_access(info1));
	else if (code == SVM_EXCP_PF)
		kxt_seen_key(s, KVMEXIT_KIND_GPA, info2 & ~PAGE_BITS,
			     kxt_fault_access(info1) | KVMEXIT_ACCESS_VIRTUAL);
}

/* Exit qualification of an EPT violation: Intel SDM vol. 3, table 28-7. */
static __always_inline u32 kxt_ept_access(u64 qualification)
{
	u32 access = qualification & 0x38 ? KVMEXIT_ACCESS_PRESENT : 0;

	if (qualification & 4)
		return access | KVMEXIT_ACCESS_FETCH;
	return access | kxt_read_or_write(qualification & 2);
}

/*
 * Exit qualification by reason: Intel SDM vol. 3, 28.2.1. The guest-physical address of
 * EPT exits comes later, with kvm_page_fault, kvm_mmio or kvm_fast_mmio.
 */
static __always_inline void kxt_look_vmx(struct kxt_bpf_slot *s, u64 code, u32 intr,
					 u32 error)
{
	u64 info1 = s->p.seen.info1;

	if (code == VMX_IO_INSTRUCTION)
		kxt_seen_key(s, KVMEXIT_KIND_PORT, (info1 >> 16) & 0xffff,
			     kxt_read_or_write(!(info1 & 8)));
	else if (code == VMX_APIC_ACCESS || code == VMX_APIC_WRITE)
		kxt_seen_key(s, KVMEXIT_KIND_MMIO, APIC_BASE + (info1 & PAGE_BITS), 0);
	else if (code == VMX_EXCEPTION_NMI && (intr & VMX_INTR_MASK) == VMX_INTR_PF)
		kxt_seen_key(s, KVMEXIT_KIND_GPA, info1 & ~PAGE_BITS,
			     kxt_fault_access(error) | KVMEXIT_ACCESS_VIRTUAL);
	/* What the record calls info2 is something else than in uapi/kvmexit_watch.h. */
	s->p.seen.info2 = code == VMX_EXCEPTION_NMI || code == VMX_EXTERNAL_INTERRUPT ?
			  intr : 0;
}

/* The slot of this thread's vCPU, if its exit is looked at and has no key yet. */
static __always_inline struct kxt_bpf_slot *kxt_look_slot(void)
{
	struct kxt_bpf_slot *s;

	if (!control.watch)
		return NULL;
	s = kxt_slot_of_current();
	return s && s->p.seen.mark == s->h.mark && !s->p.seen.counted &&
	       s->h.phase == KVMEXIT_PHASE_EXIT ? s : NULL;
}

/* The code of the open exit; ~0 if that cannot be told. */
static __always_inline u64 kxt_look_code(struct kxt_bpf_slot *s)
{
	struct kvmexit_entry *e = kxt_entry_at(s, s->p.seen.entry);

	return e ? e->code : ~0ULL;
}

/**
 * struct kxt_record - the beginning of a record, which has what is wanted
 * @byte: as the kernel wrote it
 */
struct kxt_record {
	u8 byte[KXT_RECORD_SIZE];
};

static __always_inline bool kxt_record_read(struct kxt_record *r, void *ctx)
{
	return !bpf_probe_read_kernel(r, sizeof(*r), ctx);
}

/* A field of 32 or 64 bits; the place is a constant when the program is loaded. */
static __always_inline u32 kxt_record_u32(const struct kxt_record *r, u32 field)
{
	u32 at = kxt_field_at[field];

	return at && at <= KXT_RECORD_SIZE - 4 ? *(u32 *)&r->byte[at & ~3U] : 0;
}

static __always_inline u8 kxt_record_u8(const struct kxt_record *r, u32 field)
{
	u32 at = kxt_field_at[field];

	return at && at < KXT_RECORD_SIZE ? r->byte[at] : 0;
}

static __always_inline u64 kxt_record_u64(const struct kxt_record *r, u32 field)
{
	u32 at = kxt_field_at[field];

	return at && at <= KXT_RECORD_SIZE - 8 ? *(u64 *)&r->byte[at & ~7U] : 0;
}

/* What a record of kvm_exit says of the exit. */
static __always_inline void kxt_look_record(struct kxt_bpf_slot *s,
					    const struct kxt_record *r, u64 code)
{
	s->p.seen.rip = kxt_record_u64(r, KXT_FIELD_EXIT_RIP);
	s->p.seen.info1 = kxt_record_u64(r, KXT_FIELD_EXIT_INFO1);
	s->p.seen.info2 = kxt_record_u64(r, KXT_FIELD_EXIT_INFO2);
	if (s->h.isa == KVMEXIT_ISA_SVM)
		kxt_look_svm(s, code);
	else if (s->h.isa == KVMEXIT_ISA_VMX)
		kxt_look_vmx(s, code, kxt_record_u32(r, KXT_FIELD_EXIT_INTR),
			     kxt_record_u32(r, KXT_FIELD_EXIT_ERROR));
}

/* With EPT the address is guest physical; the access is in the qualification. */
static __always_inline void kxt_look_fault(void *ctx)
{
	struct kxt_bpf_slot *s = kxt_look_slot();
	struct kxt_record r;

	if (!s || s->h.isa != KVMEXIT_ISA_VMX || s->p.seen.kind ||
	    kxt_look_code(s) != VMX_EPT_VIOLATION || !kxt_record_read(&r, ctx))
		return;
	s->p.seen.info2 = kxt_record_u64(&r, KXT_FIELD_FAULT_ADDRESS);
	kxt_seen_key(s, KVMEXIT_KIND_GPA, s->p.seen.info2 & ~PAGE_BITS,
		     kxt_ept_access(s->p.seen.info1));
}

/* The hardware does not tell loads from stores in an EPT misconfiguration. */
static __always_inline void kxt_look_mmio(void *ctx, u32 field)
{
	struct kxt_bpf_slot *s = kxt_look_slot();
	struct kxt_record r;

	if (!s || s->h.isa != KVMEXIT_ISA_VMX || s->p.seen.kind ||
	    kxt_look_code(s) != VMX_EPT_MISCONFIG || !kxt_record_read(&r, ctx))
		return;
	s->p.seen.info2 = kxt_record_u64(&r, field);
	kxt_seen_key(s, KVMEXIT_KIND_MMIO, s->p.seen.info2, 0);
}

/*
 * These two come where the thread can be preempted. Before v7.0 a program at the tracepoint
 * itself has preemption off, and is always called: one does. From then on any way to be
 * told can be shut while other threads have this CPU, and there are several:
 *
 * - A program at the tracepoint can be preempted, and is not called for other threads on
 *   that CPU until it goes on. Copies of it are.
 * - Records are written with preemption off, but no program is called for them while a
 *   thread on that CPU is inside of a bpf(2) that writes to a map, anybody's, and has
 *   been preempted there.
 *
 * kxt_told_first() lets one of them through. kvm_entry and kvm_exit come with interrupts
 * off on v7.0.
 */
#define KXT_RAW_PROGRAMS(copy)								\
SEC("raw_tp/kvm_vcpu_wakeup")								\
int kxt_on_wakeup##copy(struct bpf_raw_tracepoint_args *ctx)				\
{											\
	kxt_wakeup_event(KXT_WAY_RAW + copy, ctx->args[0], (bool)ctx->args[1]);		\
	return 0;									\
}											\
SEC("raw_tp/kvm_userspace_exit")							\
int kxt_on_userspace##copy(struct bpf_raw_tracepoint_args *ctx)			\
{											\
	kxt_userspace_event(KXT_WAY_RAW + copy, (int)ctx->args[1]);			\
	return 0;									\
}
KXT_RAW_PROGRAMS(0)
KXT_RAW_PROGRAMS(1)
KXT_RAW_PROGRAMS(2)

SEC("tp/kvm/kvm_vcpu_wakeup")
int kxt_on_wakeup_record(void *ctx)
{
	struct kxt_record r;

	if (kxt_record_read(&r, ctx))
		kxt_wakeup_event(KXT_WAY_RECORD, kxt_record_u64(&r, KXT_FIELD_WAKEUP_NS),
				 kxt_record_u8(&r, KXT_FIELD_WAKEUP_WAITED));
	return 0;
}

SEC("tp/kvm/kvm_userspace_exit")
int kxt_on_userspace_record(void *ctx)
{
	struct kxt_record r;

	if (kxt_record_read(&r, ctx))
		kxt_userspace_event(KXT_WAY_RECORD,
				    (int)kxt_record_u32(&r, KXT_FIELD_USERSPACE_ERRNO));
	return 0;
}

SEC("tp/kvm/kvm_page_fault")
int kxt_on_page_fault(void *ctx)
{
	kxt_look_fault(ctx);
	return 0;
}

SEC("tp/kvm/kvm_mmio")
int kxt_on_mmio(void *ctx)
{
	kxt_look_mmio(ctx, KXT_FIELD_MMIO_GPA);
	return 0;
}

SEC("tp/kvm/kvm_fast_mmio")
int kxt_on_fast_mmio(void *ctx)
{
	kxt_look_mmio(ctx, KXT_FIELD_FAST_MMIO_GPA);
	return 0;
}

#endif /* KXT_BPF_LOOK_H */
