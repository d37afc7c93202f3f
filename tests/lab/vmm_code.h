/* SPDX-License-Identifier: GPL-2.0-only */
/* An assembler of sorts: appends machine code, 32-bit, to the guest's page of code. */
#ifndef TESTS_LAB_VMM_CODE_H
#define TESTS_LAB_VMM_CODE_H

#include <string.h>

#include "vmm_guest.h"

struct code {
	uint8_t *base;
	uint32_t used;
	uint32_t gpa;
};

enum reg { EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI };

static inline void emit(struct code *c, const uint8_t *bytes, size_t size)
{
	if (c->used + size > GUEST_PAGE)
		vmm_die("the list of work needs more than one page of guest code; give "
			"fewer kinds of exits");
	memcpy(c->base + c->used, bytes, size);
	c->used += size;
}

#define EMIT(c, ...)                                                                   \
	emit(c, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static inline void emit32(struct code *c, uint32_t value)
{
	EMIT(c, value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, value >> 24);
}

static inline void emit_mov(struct code *c, enum reg reg, uint32_t value)
{
	EMIT(c, 0xb8 + reg); /* mov reg, value */
	emit32(c, value);
}

static inline void emit_mov_reg(struct code *c, enum reg to, enum reg from)
{
	EMIT(c, 0x89, 0xc0 + from * 8 + to); /* mov to, from */
}

static inline void emit_store(struct code *c, uint32_t gpa, uint32_t value)
{
	EMIT(c, 0xc7, 0x05); /* mov dword [gpa], value */
	emit32(c, gpa);
	emit32(c, value);
}

static inline void emit_lock_inc(struct code *c, uint32_t gpa)
{
	EMIT(c, 0xf0, 0xff, 0x05); /* lock inc dword [gpa] */
	emit32(c, gpa);
}

static inline void emit_wrmsr(struct code *c, uint32_t msr, uint32_t value)
{
	emit_mov(c, ECX, msr);
	emit_mov(c, EAX, value);
	EMIT(c, 0x31, 0xd2); /* xor edx, edx */
	EMIT(c, 0x0f, 0x30); /* wrmsr */
}

/* A place to jump back to, and the jump: dec reg; jnz place. */
static inline void emit_loop(struct code *c, enum reg reg, uint32_t place)
{
	EMIT(c, 0x48 + reg);
	EMIT(c, 0x0f, 0x85);
	emit32(c, place - (c->used + 4));
}

/* vmm_guest.c: accesses to DR0 to DR7, which get 0, and to CR4, which gets what it has */
void emit_regs(struct code *c, uint32_t regs);

/* vmm_nested.c: one VMRUN, and what its guest does */
void emit_vmrun(struct code *c, const struct vcpu *vcpu, const struct op *op);
/* Fills the page with the state of the guest's guest. */
void nested_build(struct vcpu *vcpu);

#endif
