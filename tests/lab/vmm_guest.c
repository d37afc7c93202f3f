// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest's code, put together byte by byte from the list of work: no assembler, no
 * second binary.
 */
#include <string.h>
#include <sys/mman.h>

#include "vmm_code.h"

struct key_pages guest_key_pages(const struct vcpu *vcpu)
{
	return (struct key_pages){
		.touch = vcpu->gpa + GUEST_TOUCH,
		.dirty = vcpu->dirty_gpa,
	};
}

uint32_t guest_first_key(const struct vcpu *vcpu, const struct op *op,
			 struct key_pages *next)
{
	uint32_t first = op->arg;

	if (op_is_mmio(op->kind))
		first += vcpu->id * GUEST_PAGE;
	if (op->kind == OP_TOUCH) {
		first = next->touch;
		next->touch += op->spread * GUEST_STRIDE;
	}
	if (op->kind == OP_DIRTY) {
		first = next->dirty;
		next->dirty += op->spread * GUEST_STRIDE;
	}
	return first;
}

/*
 * Interrupts are let in only by STI, which takes effect after the HLT: one interrupt
 * for each wait, and none of them before the HLT, where it would be missed.
 */
static void emit_sleep(struct code *c)
{
	EMIT(c, 0xfb, 0xf4, 0xfa); /* sti; hlt; cli */
}

void emit_regs(struct code *c, uint32_t regs)
{
	uint32_t i;

	EMIT(c, 0x31, 0xc0); /* xor eax, eax */
	for (i = 0; i < regs && i < 8; i++)
		EMIT(c, 0x0f, 0x21, 0xc0 + i * 8 + ECX); /* mov ecx, dri */
	for (; i < regs && i < 16; i++)
		EMIT(c, 0x0f, 0x23, 0xc0 + (i - 8) * 8 + EAX); /* mov dri, eax */
	for (; i < regs && i < 17; i++)
		EMIT(c, 0x0f, 0x20, 0xe1); /* mov ecx, cr4 */
	emit_mov(c, ECX, GUEST_CR4);
	for (; i < regs; i++)
		EMIT(c, 0x0f, 0x22, 0xe1); /* mov cr4, ecx */
}

/*
 * What the guest repeats, with the key in edi. The counters are in esi and ebp, because
 * CPUID and RDMSR overwrite eax to edx.
 */
static void emit_body(struct code *c, const struct vcpu *vcpu, const struct op *op)
{
	switch (op->kind) {
	case OP_CPUID:
		emit_mov_reg(c, EAX, EDI);
		EMIT(c, 0x31, 0xc9); /* xor ecx, ecx */
		EMIT(c, 0x0f, 0xa2); /* cpuid */
		break;
	case OP_PORT:
		emit_mov_reg(c, EDX, EDI);
		EMIT(c, 0xee); /* out dx, al */
		break;
	case OP_PORT_IN:
		emit_mov_reg(c, EDX, EDI);
		EMIT(c, 0xec); /* in al, dx */
		break;
	case OP_MMIO:
		EMIT(c, 0x89, 0x07); /* mov [edi], eax */
		break;
	case OP_MMIO_IN:
		EMIT(c, 0x8b, 0x07); /* mov eax, [edi] */
		break;
	case OP_RDMSR:
		emit_mov_reg(c, ECX, EDI);
		EMIT(c, 0x0f, 0x32); /* rdmsr */
		break;
	case OP_WRMSR:
		EMIT(c, 0x31, 0xc0, 0x31, 0xd2); /* xor eax, eax; xor edx, edx */
		emit_mov_reg(c, ECX, EDI);
		EMIT(c, 0x0f, 0x30); /* wrmsr */
		break;
	case OP_HYPERCALL:
		emit_mov_reg(c, EAX, EDI);
		EMIT(c, 0x0f, 0x01, vcpu->vmm->svm ? 0xd9 : 0xc1); /* vm(m)call */
		break;
	case OP_TOUCH:
	case OP_DIRTY:
		EMIT(c, 0x89, 0x37); /* mov [edi], esi */
		break;
	case OP_HLT:
		EMIT(c, 0xf4); /* hlt */
		break;
	case OP_IDLE:
		emit_lock_inc(c, vcpu->gpa + GUEST_DATA + DATA_WAITS);
		emit_sleep(c);
		break;
	case OP_TICK:
		emit_sleep(c);
		break;
	case OP_VMRUN:
		emit_vmrun(c, vcpu, op);
		break;
	case OP_REGS:
		emit_regs(c, op->arg);
		break;
	default: /* OP_SPIN: the loop itself */
		break;
	}
}

/* TIMER_START_WRITES: a period of KVM's APIC timer is counted in nanoseconds. */
static void emit_timer_start(struct code *c, const struct op *op)
{
	emit_wrmsr(c, MSR_X2APIC_TDCR, 0xb);			/* divide by 1 */
	emit_wrmsr(c, MSR_X2APIC_LVTT, 0x20000 | GUEST_VECTOR); /* periodic */
	emit_wrmsr(c, MSR_X2APIC_TMICT, op->arg * 1000);
}

static void emit_op(struct code *c, const struct vcpu *vcpu, const struct op *op,
		    struct key_pages *next)
{
	uint32_t first = guest_first_key(vcpu, op, next), all_keys, one_key;

	if (!op->count)
		return;
	if (op->kind == OP_TICK)
		emit_timer_start(c, op);
	/* Bochs lets no interrupt of the host end a guest that has them masked. */
	if (op->kind == OP_SPIN)
		EMIT(c, 0xfb); /* sti */
	emit_mov(c, EBP, op->count);
	all_keys = c->used;
	emit_mov(c, ESI, op->spread);
	emit_mov(c, EDI, first);
	one_key = c->used;
	emit_body(c, vcpu, op);
	if (op->spread > 1) {
		EMIT(c, 0x81, 0xc7); /* add edi, step */
		emit32(c, op_key_step(op->kind));
		emit_loop(c, ESI, one_key);
	}
	emit_loop(c, EBP, all_keys);
	if (op->kind == OP_TICK)
		emit_wrmsr(c, MSR_X2APIC_TMICT, 0);
	if (op->kind == OP_SPIN)
		EMIT(c, 0xfa); /* cli */
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
	struct key_pages next = guest_key_pages(vcpu);
	unsigned int i;

	EMIT(c, 0xa3); /* mov [data page], eax; eax is 0 */
	emit32(c, vcpu->gpa + GUEST_DATA + DATA_WAITS);
	if (opt->total[OP_VMRUN]) {
		EMIT(c, 0xa3); /* mov [VMCB], eax */
		emit32(c, vcpu->gpa + GUEST_VMCB);
	}
	for (i = 0; i < opt->nr_ops; i++) {
		struct op op = opt->ops[i];
		uint32_t first = guest_first_key(vcpu, &op, &next);

		if (op_is_mmio(op.kind) && op.count) {
			EMIT(c, 0xa3); /* mov [mmio page], eax */
			emit32(c, first);
		}
	}
	if (opt->total[OP_DIRTY]) {
		struct op all = {
			.kind = OP_DIRTY, .count = 1, .spread = opt->total[OP_DIRTY]};

		next = guest_key_pages(vcpu);
		emit_op(c, vcpu, &all, &next);
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
	struct key_pages next = guest_key_pages(vcpu);
	uint32_t work, handlers;
	unsigned int i;

	memset(c.base, 0xcc, GUEST_PAGE);
	emit_warm_up(&c, vcpu);
	work = c.used;
	for (i = 0; i < opt->nr_ops; i++)
		emit_op(&c, vcpu, &opt->ops[i], &next);
	emit_done(&c);
	EMIT(&c, 0xe9); /* jmp work */
	emit32(&c, work - (c.used + 4));

	build_tables(vcpu);
	set_gate(vcpu, GUEST_VECTOR, emit_interrupt_handler(&c, vcpu));
	handlers = emit_exception_handlers(&c);
	for (i = 0; i < GUEST_EXCEPTIONS; i++)
		set_gate(vcpu, i, handlers + i * EXCEPTION_HANDLER_SIZE);
	vcpu->code_size = c.used;
	if (opt->total[OP_VMRUN])
		nested_build(vcpu);
}

void guest_populate_touch(struct vcpu *vcpu)
{
	volatile uint8_t *page = vcpu->mem + GUEST_TOUCH;
	uint64_t i;

	for (i = 0; i < vcpu->vmm->opt.total[OP_TOUCH]; i++)
		page[i * GUEST_STRIDE] = 0;
	page = vcpu->vmm->dirty + vcpu->id * vcpu->vmm->dirty_stride;
	for (i = 0; i < vcpu->vmm->opt.total[OP_DIRTY]; i++)
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
