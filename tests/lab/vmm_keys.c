// SPDX-License-Identifier: GPL-2.0-only
/* What is behind the exits: ports, addresses, MSRs, leaves, numbers, pages. */
#include <stdlib.h>
#include <string.h>

#include "vmm_expect.h"
#include "vmm_guest.h"

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

/* Two steps may use the same key. */
static void add(struct keys *keys, const struct key *new)
{
	size_t i;

	if (!new->count)
		return;
	for (i = 0; i < keys->nr; i++) {
		struct key *old = &keys->key[i];

		if (old->reason == new->reason &&
		    old->key == new->key &&same(old->kind, new->kind) &&
		    same(old->dir, new->dir) && same(old->fault, new->fault)) {
			old->count += new->count;
			return;
		}
	}
	if (keys->nr == keys->room) {
		keys->room = keys->room ? 2 * keys->room : 64;
		keys->key = realloc(keys->key, keys->room * sizeof(*keys->key));
		if (!keys->key)
			vmm_die("out of memory");
	}
	keys->key[keys->nr++] = *new;
}

/* struct shape - how the keys of a kind of work look */
struct shape {
	enum expected reason;
	const char *kind;
	const char *dir;
	const char *fault;
};

static bool shape_of(const struct vmm *vmm, const struct op *op, struct shape *shape)
{
	static const struct shape shapes[OP_KINDS] = {
		[OP_CPUID] = {EXPECT_CPUID, "cpuid", NULL, NULL},
		[OP_PORT] = {EXPECT_IO, "port", "write", NULL},
		[OP_PORT_IN] = {EXPECT_IO, "port", "read", NULL},
		[OP_MMIO] = {EXPECT_MISCONFIG, "mmio", "write", NULL},
		[OP_MMIO_IN] = {EXPECT_MISCONFIG, "mmio", "read", NULL},
		[OP_RDMSR] = {EXPECT_RDMSR, "msr", "read", NULL},
		[OP_WRMSR] = {EXPECT_WRMSR, "msr", "write", NULL},
		[OP_HYPERCALL] = {EXPECT_HYPERCALL, "hypercall", NULL, NULL},
		[OP_TOUCH] = {EXPECT_PAGE_FAULT, "gpa", "write", "not_present"},
		[OP_DIRTY] = {EXPECT_PAGE_FAULT, "gpa", "write", "write_protection"},
	};

	*shape = shapes[op->kind];
	if (op_is_mmio(op->kind) && !vmm->tdp)
		/* Nothing tells an address without a device from a missing page. */
		*shape = (struct shape){EXPECT_PAGE_FAULT, "gpa", shape->dir,
					"not_present"};
	else if (op_is_mmio(op->kind) && !vmm->svm)
		shape->dir = NULL; /* a misconfiguration does not tell */
	return shape->kind;
}

static void add_op(const struct vmm *vmm, const struct vcpu *vcpu, const struct op *op,
		   uint32_t first, struct keys *keys)
{
	struct shape shape;
	uint32_t i, mask;

	if (!shape_of(vmm, op, &shape))
		return;
	mask = strcmp(shape.kind, "gpa") ? UINT32_MAX : -GUEST_PAGE;
	for (i = 0; i < op->spread; i++) {
		const struct key key = {
			.reason = shape.reason,
			.kind = shape.kind,
			.dir = shape.dir,
			.fault = shape.fault,
			.key = (first + i * op_key_step(op->kind)) & mask,
			.count = op->count * vcpu->rounds,
		};

		add(keys, &key);
	}
}

static void add_msr_write(struct keys *keys, uint32_t msr, uint64_t count)
{
	const struct key key = {
		.reason = EXPECT_WRMSR,
		.kind = "msr",
		.key = msr,
		.dir = "write",
		.count = count,
	};

	add(keys, &key);
}

static void add_timer(const struct vcpu *vcpu, const struct op *op, struct keys *keys)
{
	if (op->kind != OP_TICK || !op->count)
		return;
	add_msr_write(keys, MSR_X2APIC_TDCR, vcpu->rounds);
	add_msr_write(keys, MSR_X2APIC_LVTT, vcpu->rounds);
	add_msr_write(keys, MSR_X2APIC_TMICT, 2 * vcpu->rounds);
}

/* The first touch of a page, once a generation of the VM. */
static void add_warm_page(const struct vmm *vmm, uint32_t page, const char *dir,
			  const char *fault, struct keys *keys)
{
	const struct key key = {
		.reason = EXPECT_PAGE_FAULT,
		.kind = "gpa",
		.key = page & -GUEST_PAGE,
		.dir = dir,
		.fault = fault,
		.count = vmm->generations,
	};

	add(keys, &key);
}

static void add_warm_up(const struct vmm *vmm, const struct vcpu *vcpu,
			struct keys *keys)
{
	struct key_pages next = guest_key_pages(vcpu);
	unsigned int i;
	uint32_t n;

	add_warm_page(vmm, vcpu->gpa + GUEST_CODE, "fetch", "not_present", keys);
	add_warm_page(vmm, vcpu->gpa + GUEST_DATA, "write", "not_present", keys);
	/* Whether the processor reads or writes a page table is its own affair. */
	if (vmm->tdp)
		add_warm_page(vmm, vcpu->gpa + GUEST_PGD, NULL, "not_present", keys);
	for (i = 0; i < vmm->opt.nr_ops; i++) {
		const struct op *op = &vmm->opt.ops[i];
		uint32_t first = guest_first_key(vcpu, op, &next);

		if (op_is_mmio(op->kind) && op->count)
			add_warm_page(vmm, first, "write", "not_present", keys);
		for (n = 0; op->kind == OP_DIRTY && n < op->spread; n++)
			add_warm_page(vmm, first + n * GUEST_STRIDE, "write",
				      "not_present", keys);
	}
}

static void add_control(const struct vcpu *vcpu, struct keys *keys)
{
	const struct key key = {
		.reason = EXPECT_IO,
		.kind = "port",
		.key = GUEST_CONTROL_PORT,
		.dir = "write",
		.count = vcpu->seen_control,
	};

	add(keys, &key);
}

void vmm_keys(const struct vmm *vmm, const struct vcpu *vcpu, struct keys *keys)
{
	struct key_pages next = guest_key_pages(vcpu);
	struct expectation e;
	unsigned int i;

	vmm_expect(vmm, vcpu, &e);
	*keys = (struct keys){0};
	add_control(vcpu, keys);
	if (e.known[EXPECT_PAGE_FAULT])
		add_warm_up(vmm, vcpu, keys);
	if (vmm->svm ? e.known[EXPECT_RDMSR] : e.known[EXPECT_WRMSR])
		add_msr_write(keys, MSR_X2APIC_EOI, vcpu->eois);
	for (i = 0; i < vmm->opt.nr_ops; i++) {
		const struct op *op = &vmm->opt.ops[i];

		add_op(vmm, vcpu, op, guest_first_key(vcpu, op, &next), keys);
		add_timer(vcpu, op, keys);
	}
	if (e.count[EXPECT_CPUID_2]) {
		const struct key key = {
			.reason = EXPECT_CPUID_2,
			.kind = "cpuid",
			.key = VMRUN_LEAF,
			.count = e.count[EXPECT_CPUID_2],
		};

		add(keys, &key);
	}
}
