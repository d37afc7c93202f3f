// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest of the guest (SVM only): it shares memory, page tables and code page with the
 * guest, and does nothing but CPUID and HLT.
 *
 * Offsets, bits and codes: AMD64 APM vol. 2, appendices B "VMCB layout" and C "SVM
 * intercept exit codes".
 */
#include "vmm_code.h"

#define VMCB_INTERCEPTS3    0x00c
#define VMCB_INTERCEPTS4    0x010
#define VMCB_ASID	    0x058
#define VMCB_EXITCODE	    0x070
#define INTERCEPT3_CPUID    (1u << 18)
#define INTERCEPT3_HLT	    (1u << 24)
#define INTERCEPT3_SHUTDOWN (1u << 31)
#define INTERCEPT4_VMRUN    (1u << 0)
#define EXITCODE_CPUID	    0x72
#define EXITCODE_HLT	    0x78

#define VMCB_ES	    0x400 /* then CS, SS, DS, FS, GS, 16 bytes each */
#define VMCB_CS	    0x410
#define VMCB_GS	    0x450
#define VMCB_GDTR   0x460
#define VMCB_IDTR   0x480
#define VMCB_EFER   0x4d0
#define VMCB_CR4    0x548
#define VMCB_CR3    0x550
#define VMCB_CR0    0x558
#define VMCB_DR7    0x560
#define VMCB_DR6    0x568
#define VMCB_RFLAGS 0x570
#define VMCB_RIP    0x578
#define VMCB_PAT    0x668

/* The counter is in esp: CPUID leaves it alone, and VMRUN gives the guest its own back.
 */
static uint32_t emit_nested_guest(struct code *c, const struct vcpu *vcpu,
				  const struct op *op)
{
	uint32_t start = c->used, loop;

	emit_mov(c, ESP, op->arg ? op->arg : 1);
	loop = c->used;
	emit_mov(c, EAX, VMRUN_LEAF);
	EMIT(c, 0x0f, 0xa2); /* cpuid */
	emit_loop(c, ESP, loop);
	if (vcpu->vmm->opt.total[OP_REGS])
		emit_regs(c, GUEST_REGS);
	EMIT(c, 0xf4); /* hlt */
	return c->gpa + start;
}

void emit_vmrun(struct code *c, const struct vcpu *vcpu, const struct op *op)
{
	const uint32_t vmcb = vcpu->gpa + GUEST_VMCB;
	uint32_t jump, entry;

	EMIT(c, 0xeb, 0x00); /* jmp over the nested guest */
	jump = c->used;
	entry = emit_nested_guest(c, vcpu, op);
	c->base[jump - 1] = c->used - jump;

	emit_store(c, vmcb + VMCB_RIP, entry);
	emit_store(c, vmcb + VMCB_INTERCEPTS3,
		   INTERCEPT3_SHUTDOWN | (op->arg ? INTERCEPT3_HLT : INTERCEPT3_CPUID));
	emit_mov(c, EAX, vmcb);
	EMIT(c, 0x0f, 0x01, 0xd8); /* vmrun */
	EMIT(c, 0x83, 0x3d);	   /* cmp dword [exit code], what it should be */
	emit32(c, vmcb + VMCB_EXITCODE);
	EMIT(c, op->arg ? EXITCODE_HLT : EXITCODE_CPUID);
	EMIT(c, 0x74, 0x04);		     /* je over the next two */
	EMIT(c, 0xb0, GUEST_NO_EXCEPTION);   /* mov al, GUEST_NO_EXCEPTION */
	EMIT(c, 0xe6, GUEST_EXCEPTION_PORT); /* out GUEST_EXCEPTION_PORT, al */
}

static void put32(uint8_t *vmcb, unsigned int at, uint32_t value)
{
	memcpy(vmcb + at, &value, sizeof(value));
}

static void put_segment(uint8_t *vmcb, unsigned int at, uint16_t selector,
			uint16_t attributes)
{
	put32(vmcb, at, selector | (uint32_t)attributes << 16);
	put32(vmcb, at + 4, 0xffffffff); /* limit */
}

void nested_build(struct vcpu *vcpu)
{
	uint8_t *vmcb = vcpu->mem + GUEST_VMCB;
	unsigned int at;

	memset(vmcb, 0, GUEST_PAGE);
	put32(vmcb, VMCB_INTERCEPTS4, INTERCEPT4_VMRUN);
	put32(vmcb, VMCB_ASID, 1);
	for (at = VMCB_ES; at <= VMCB_GS; at += 16)
		put_segment(vmcb, at, GUEST_DS, 0xc93);
	put_segment(vmcb, VMCB_CS, GUEST_CS, 0xc9b);
	put32(vmcb, VMCB_GDTR + 4, GUEST_GDT_SIZE - 1);
	put32(vmcb, VMCB_GDTR + 8, vcpu->gpa + GUEST_DATA + DATA_GDT);
	put32(vmcb, VMCB_IDTR + 4, GUEST_IDT_SIZE - 1);
	put32(vmcb, VMCB_IDTR + 8, vcpu->gpa + GUEST_DATA + DATA_IDT);
	put32(vmcb, VMCB_EFER, EFER_SVME);
	put32(vmcb, VMCB_CR4, GUEST_CR4);
	put32(vmcb, VMCB_CR3, vcpu->gpa + GUEST_PGD);
	put32(vmcb, VMCB_CR0, GUEST_CR0);
	put32(vmcb, VMCB_DR7, 0x400);
	put32(vmcb, VMCB_DR6, 0xffff0ff0);
	put32(vmcb, VMCB_RFLAGS, 2);
	put32(vmcb, VMCB_PAT, 0x00070406);
	put32(vmcb, VMCB_PAT + 4, 0x00070406);
}
