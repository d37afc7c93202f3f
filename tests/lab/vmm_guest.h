/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest: 32-bit protected mode with paging, one flat 4 GiB identity mapping of 4
 * MiB pages.
 *
 * This mode runs natively on every VMX and SVM processor (real mode needs "unrestricted
 * guest" on VMX, else KVM emulates it), and its page tables are a single page, so that
 * a vCPU needs just GUEST_WARM_PAGES page faults before it can work.
 */
#ifndef TESTS_LAB_VMM_GUEST_H
#define TESTS_LAB_VMM_GUEST_H

#include "vmm.h"

#define GUEST_BASE                                                                     \
	0x01000000u /* guest memory begins here: vCPU 0's part, vCPU 1's part, ... */
#define GUEST_DIRTY                                                                    \
	0xb0000000u /* and must end before the pages whose stores KVM tracks */
#define GUEST_MMIO 0xc0000000u /* from here on there are no pages */
#define GUEST_PAGE 0x1000u
#define GUEST_STRIDE                                                                   \
	(8 * GUEST_PAGE) /* one page used in each of KVM's prefetch groups */
#define GUEST_PART                                                                     \
	0x200000u /* a vCPU's part is a multiple of what one KVM page table maps */

/* Offsets in a vCPU's part. */
#define GUEST_PGD	 (0 * GUEST_STRIDE)
#define GUEST_CODE	 (1 * GUEST_STRIDE)
#define GUEST_DATA	 (2 * GUEST_STRIDE)
#define GUEST_WARM_PAGES 3		    /* the three above */
#define GUEST_VMCB	 (3 * GUEST_STRIDE) /* SVM's state of the guest's guest */
#define GUEST_HSAVE	 (4 * GUEST_STRIDE) /* and room for the guest's own */
#define GUEST_TOUCH	 GUEST_PART	    /* the pages to touch, GUEST_STRIDE apart */

/* Offsets in the data page. */
#define DATA_WAITS                                                                     \
	0x000 /* u32: how often the guest has begun to wait for an interrupt */
#define DATA_TAKEN     0x040 /* u32: how many interrupts it has taken */
#define DATA_GDT       0x100
#define DATA_IDT       0x200
#define DATA_STACK_TOP 0x1000

#define GUEST_CS	 0x08
#define GUEST_DS	 0x10
#define GUEST_GDT_SIZE	 0x18
#define GUEST_VECTOR	 0x30 /* the interrupt that ends an idle halt */
#define GUEST_EXCEPTIONS 32
#define GUEST_IDT_SIZE	 ((GUEST_VECTOR + 1) * 8)

#define GUEST_CONTROL_PORT 0xf4 /* OUT: the guest is ready, or has done a round */

#define GUEST_EXCEPTION_PORT                                                           \
	0xf5 /* OUT of n: exception n, which this guest should not have */

#define GUEST_NO_EXCEPTION 0xff /* its own guest left it for another reason */

#define DEFAULT_PORT	  0x3f8
#define DEFAULT_MSR	  0xfe /* MTRRcap: KVM answers it, always with an exit */
#define DEFAULT_MSR_WRITE 0x79 /* microcode update: KVM ignores it */
#define DEFAULT_MMIO	  0xd0000000u
#define DEFAULT_MMIO_IN	  0xd8000000u
#define DEFAULT_HYPERCALL 1 /* VAPIC_POLL_IRQ: does nothing */
#define DEFAULT_IDLE_US	  1000
#define DEFAULT_TICK_US	  10000

#define DEFAULT_VMRUN_CPUIDS 10
#define GUEST_REGS	     18
#define VMRUN_LEAF	     0x40000200u /* that the guest's guest asks for */

#define NO_PORT 0x10000u /* none of them */

#define MSR_X2APIC_EOI	   0x80b
#define MSR_X2APIC_LVTT	   0x832
#define MSR_X2APIC_TMICT   0x838
#define MSR_X2APIC_TDCR	   0x83e
#define MSR_SVM_HSAVE	   0xc0010117u
#define TIMER_START_WRITES 3 /* WRMSR that start the guest's timer */
#define TIMER_WRITES	   4 /* and stop it */

static inline bool op_is_mmio(enum op_kind kind)
{
	return kind == OP_MMIO || kind == OP_MMIO_IN;
}

/* From one key of a step to the next: pages of memory, 4-byte registers, numbers. */
static inline uint32_t op_key_step(enum op_kind kind)
{
	if (kind == OP_TOUCH || kind == OP_DIRTY)
		return GUEST_STRIDE;
	return op_is_mmio(kind) ? 4 : 1;
}

#define EFER_SVME 0x1000u
#define GUEST_CR0 0x80010033u /* PG WP NE ET MP PE */
#define GUEST_CR4 0x10u	      /* PSE: 4 MiB pages */

/* struct key_pages - the next pages that no step has used, as the guest sees them */
struct key_pages {
	uint32_t touch, dirty;
};

struct key_pages guest_key_pages(const struct vcpu *vcpu);

/* The first key of a step of this vCPU; its pages are then used. */
uint32_t guest_first_key(const struct vcpu *vcpu, const struct op *op,
			 struct key_pages *next);

/* Fills the vCPU's part of guest memory: page directory, code, descriptor tables. */
void guest_build(struct vcpu *vcpu);

/*
 * Gives the host's memory behind the pages to touch: KVM then need not wait for it, and
 * does not fault again.
 */
void guest_populate_touch(struct vcpu *vcpu);

/*
 * Takes the touched pages away from KVM's page tables, so that they are fresh again. No
 * guest may run.
 */
void guest_refresh_touch(struct vcpu *vcpu);

/* The nth word on the stack of a stopped guest. */
uint32_t guest_stack(const struct vcpu *vcpu, uint32_t esp, unsigned int n);

/* A counter in the data page, DATA_WAITS or DATA_TAKEN. */
uint32_t guest_counter(const struct vcpu *vcpu, unsigned int offset);

#endif
