// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest's code, put together byte by byte from the list of work: no assembler, no
 * second binary.
 */
#include <string.h>
#include <sys/mman.h>

#include "vmm_guest.h"

#define MSR_X2APIC_EOI 0x80b

struct code {
	uint8_t *base;
	uint32_t used;
	uint32_t gpa;
};

static void emit(struct code *c, const uint8_t *bytes, size_t size)
{
	if (c->used + size > GUEST_PAGE)
		vmm_die("the list of work needs more than one page of guest code; give "
			"fewer kinds of exits");
	memcpy(c->base + c->used, bytes, size);
	c->used += size;
}

#define EMIT(c, ...)                                                                   \
	emit(c, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static void emit32(struct code *c, uint32_t value)
{
	EMIT(c, value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, value >> 24);
}

enum reg { EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI };

static void emit_mov(struct code *c, enum reg reg, uint32_t value)
{
	EMIT(c, 0xb8 + reg); /* mov reg, value */
	emit32(c, value);
}

static void emit_lock_inc(struct code *c, uint32_t gpa)
{
	EMIT(c, 0xf0, 0xff, 0x05); /* lock inc dword [gpa] */
	emit32(c, gpa);
}

/*
 * What the guest repeats. The counter is in esi, because CPUID and RDMSR overwrite eax
 * to edx.
 */
static void emit_body(struct code *c, const struct vcpu *vcpu, const struct op *op)
{
	switch (op->kind) {
	case OP_CPUID:
		emit_mov(c, EAX, op->arg);
		EMIT(c, 0x31, 0xc9); /* xor ecx, ecx */
		EMIT(c, 0x0f, 0xa2); /* cpuid */
		break;
	case OP_PORT:
		EMIT(c, 0xee); /* out dx, al */
		break;
	case OP_MMIO:
		EMIT(c, 0x89, 0x07); /* mov [edi], eax */
		break;
	case OP_RDMSR:
		emit_mov(c, ECX, op->arg);
		EMIT(c, 0x0f, 0x32); /* rdmsr */
		break;
	case OP_TOUCH:
		EMIT(c, 0x89, 0x37); /* mov [edi], esi */
		EMIT(c, 0x81, 0xc7); /* add edi, GUEST_STRIDE */
		emit32(c, GUEST_STRIDE);
		break;
	case OP_HLT:
		EMIT(c, 0xf4); /* hlt */
		break;
	case OP_IDLE:
		/*
		 * Interrupts are let in only by STI, which takes effect after the HLT:
		 * one interrupt for each wait, and none of them before the HLT, where
		 * it would be missed.
		 */
		emit_lock_inc(c, vcpu->gpa + GUEST_DATA + DATA_WAITS);
		EMIT(c, 0xfb, 0xf4, 0xfa); /* sti; hlt; cli */
		break;
	default: /* OP_SPIN: the loop itself */
		break;
	}
}

/* Returns the offset of the next fresh page after this step. */
static uint32_t emit_op(struct code *c, const struct vcpu *vcpu, const struct op *op,
			uint32_t touch)
{
	uint32_t start;

	if (!op->count)
		return touch;
	emit_mov(c, ESI, op->count);
	if (op->kind == OP_PORT)
		emit_mov(c, EDX, op->arg);
	if (op->kind == OP_MMIO)
		emit_mov(c, EDI, op->arg + vcpu->id * GUEST_PAGE);
	if (op->kind == OP_TOUCH)
		emit_mov(c, EDI, vcpu->gpa + touch);
	start = c->used;
	emit_body(c, vcpu, op);
	EMIT(c, 0x4e);			      /* dec esi */
	EMIT(c, 0x75, start - (c->used + 2)); /* jnz start */
	return op->kind == OP_TOUCH ? touch + op->count * GUEST_STRIDE : touch;
}

static void emit_done(struct code *c)
{
	EMIT(c, 0xe6, GUEST_CONTROL_PORT); /* out GUEST_CONTROL_PORT, al */
}

/*
 * The first touch of everything the work needs, so that the work itself has only the
 * exits that it asks for.
 */
static void emit_warm_up(struct code *c, const struct vcpu *vcpu)
{
	const struct options *opt = &vcpu->vmm->opt;
	unsigned int i;

	EMIT(c, 0xa3); /* mov [data page], eax; eax is 0 */
	emit32(c, vcpu->gpa + GUEST_DATA + DATA_WAITS);
	for (i = 0; i < opt->nr_ops; i++) {
		if (opt->ops[i].kind != OP_MMIO || !opt->ops[i].count)
			continue;
		EMIT(c, 0xa3); /* mov [mmio page], eax */
		emit32(c, opt->ops[i].arg + vcpu->id * GUEST_PAGE);
	}
	emit_done(c);
}

/*
 * The end of an idle halt. The EOI goes to the x2APIC: an MSR write, never a page
 * fault.
 *
 * QEMU's SVM forgets that interrupts wait for the instruction after STI when a host
 * interrupt falls in between. An interrupt that comes before the HLT is spent, and the
 * halt needs another one.
 */
static uint32_t emit_interrupt_handler(struct code *c, const struct vcpu *vcpu)
{
	uint32_t start = c->used;

	emit_lock_inc(c, vcpu->gpa + GUEST_DATA + DATA_TAKEN);
	EMIT(c, 0x8b, 0x04, 0x24); /* mov eax, [esp]: where it goes on */
	EMIT(c, 0x80, 0x38, 0xf4); /* cmp byte [eax], hlt */
	EMIT(c, 0x75, 0x07);	   /* jne over the next one */
	emit_lock_inc(c, vcpu->gpa + GUEST_DATA + DATA_WAITS);
	emit_mov(c, ECX, MSR_X2APIC_EOI);
	EMIT(c, 0x31, 0xc0, 0x31, 0xd2); /* xor eax, eax; xor edx, edx */
	EMIT(c, 0x0f, 0x30);		 /* wrmsr */
	EMIT(c, 0xcf);			 /* iret */
	return c->gpa + start;
}

/*
 * Without these any exception would shut the guest down, and SVM then shows the
 * registers of a reset vCPU.
 */
static uint32_t emit_exception_handlers(struct code *c)
{
	uint32_t start = c->used;
	uint8_t vector;

	for (vector = 0; vector < GUEST_EXCEPTIONS; vector++) {
		EMIT(c, 0xb0, vector);		     /* mov al, vector */
		EMIT(c, 0xe6, GUEST_EXCEPTION_PORT); /* out GUEST_EXCEPTION_PORT, al */
	}
	return c->gpa + start;
}
#define EXCEPTION_HANDLER_SIZE 4

static void set_gate(struct vcpu *vcpu, unsigned int vector, uint32_t handler)
{
	uint32_t gate[2];

	gate[0] = GUEST_CS << 16 | (handler & 0xffff);
	gate[1] = (handler & 0xffff0000) | 0x8e00; /* present, 32-bit interrupt gate */
	memcpy(vcpu->mem + GUEST_DATA + DATA_IDT + vector * sizeof(gate), gate,
	       sizeof(gate));
}

static void build_tables(struct vcpu *vcpu)
{
	/* Accessed is set everywhere: the processor then has nothing to write. */
	const uint64_t code_segment = 0x00cf9b000000ffff,
		       data_segment = 0x00cf93000000ffff;
	uint32_t *pgd = (uint32_t *)(vcpu->mem + GUEST_PGD);
	uint8_t *data = vcpu->mem + GUEST_DATA;
	uint32_t i;

	for (i = 0; i < GUEST_PAGE / sizeof(*pgd); i++)
		pgd[i] = i << 22 | 0xe3; /* 4 MiB, dirty, accessed, writable, present */

	memset(data, 0, GUEST_PAGE);
	memcpy(data + DATA_GDT + GUEST_CS, &code_segment, sizeof(code_segment));
	memcpy(data + DATA_GDT + GUEST_DS, &data_segment, sizeof(data_segment));
}

void guest_build(struct vcpu *vcpu)
{
	const struct options *opt = &vcpu->vmm->opt;
	struct code c = {.base = vcpu->mem + GUEST_CODE, .gpa = vcpu->gpa + GUEST_CODE};
	uint32_t work, handlers, touch = GUEST_TOUCH;
	unsigned int i;

	memset(c.base, 0xcc, GUEST_PAGE);
	emit_warm_up(&c, vcpu);
	work = c.used;
	for (i = 0; i < opt->nr_ops; i++)
		touch = emit_op(&c, vcpu, &opt->ops[i], touch);
	emit_done(&c);
	EMIT(&c, 0xe9); /* jmp work */
	emit32(&c, work - (c.used + 4));

	build_tables(vcpu);
	set_gate(vcpu, GUEST_VECTOR, emit_interrupt_handler(&c, vcpu));
	handlers = emit_exception_handlers(&c);
	for (i = 0; i < GUEST_EXCEPTIONS; i++)
		set_gate(vcpu, i, handlers + i * EXCEPTION_HANDLER_SIZE);
}

void guest_populate_touch(struct vcpu *vcpu)
{
	volatile uint8_t *page = vcpu->mem + GUEST_TOUCH;
	uint64_t i;

	for (i = 0; i < vcpu->vmm->opt.total[OP_TOUCH]; i++)
		page[i * GUEST_STRIDE] = 0;
}

void guest_refresh_touch(struct vcpu *vcpu)
{
	if (madvise(vcpu->mem + GUEST_TOUCH, vcpu->vmm->mem_stride - GUEST_TOUCH,
		    MADV_DONTNEED))
		vmm_die("cannot give back the guest's touched pages: %m; try without "
			"--touch");
	guest_populate_touch(vcpu);
}

uint32_t guest_stack(const struct vcpu *vcpu, uint32_t esp, unsigned int n)
{
	uint32_t value = 0, offset = esp - vcpu->gpa + n * sizeof(value);

	if (offset >= GUEST_DATA &&
	    offset <= GUEST_DATA + DATA_STACK_TOP - sizeof(value))
		memcpy(&value, vcpu->mem + offset, sizeof(value));
	return value;
}

uint32_t guest_counter(const struct vcpu *vcpu, unsigned int offset)
{
	const void *counter = vcpu->mem + GUEST_DATA + offset;

	return atomic_load((const _Atomic uint32_t *)counter);
}
