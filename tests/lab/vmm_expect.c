// SPDX-License-Identifier: GPL-2.0-only
/*
 * What exits to expect, under the names that the kernel's uapi headers give them.
 */
#include <inttypes.h>

#include "vmm_expect.h"
#include "vmm_guest.h"

const char *vmm_reason_name(const struct vmm *vmm, enum expected i)
{
	/*
	 * SVM has one reason for both directions of an MSR access, and one for page
	 * faults and MMIO.
	 */
	static const char *const svm[EXPECTED] = {
		"cpuid", "io",	      "npf",   "npf",	"msr", "msr",
		"hlt",	 "hypercall", "vmrun", "cpuid", "hlt",
	};
	static const char *const vmx[EXPECTED] = {
		"CPUID",    "IO_INSTRUCTION", "EPT_MISCONFIG", "EPT_VIOLATION",
		"MSR_READ", "MSR_WRITE",      "HLT",	       "VMCALL",
	};

	/* With shadow paging they are exceptions. */
	if (!vmm->tdp && (i == EXPECT_PAGE_FAULT || i == EXPECT_MISCONFIG))
		return vmm->svm ? "PF excp" : "EXCEPTION_NMI";
	return vmm->svm ? svm[i] : vmx[i];
}

unsigned int vmm_reason_level(enum expected i)
{
	return i == EXPECT_CPUID_2 || i == EXPECT_HLT_2 ? 2 : 1;
}

static unsigned int mmio_pages(const struct options *opt)
{
	unsigned int i, pages = 0;

	for (i = 0; i < opt->nr_ops; i++)
		pages += op_is_mmio(opt->ops[i].kind) && opt->ops[i].count;
	return pages;
}

static unsigned int timer_steps(const struct options *opt)
{
	unsigned int i, steps = 0;

	for (i = 0; i < opt->nr_ops; i++)
		steps += opt->ops[i].kind == OP_TICK && opt->ops[i].count;
	return steps;
}

/* Where the hardware handles the end of an interrupt, it takes no exit. */
static bool eoi_exits(const struct vmm *vmm)
{
	return vmm_param_is_off(
		vmm->svm ? "/sys/module/kvm_amd/parameters/avic"
			 : "/sys/module/kvm_intel/parameters/enable_apicv");
}

/*
 * The first store to an MMIO page is a page fault, from which KVM learns that there is
 * nothing behind it. The stores after it are misconfigurations on VMX, page faults on
 * SVM and where KVM does not remember.
 */
static void expect_faults(const struct vmm *vmm, const struct vcpu *vcpu,
			  struct expectation *e)
{
	const uint64_t *total = vmm->opt.total;
	uint64_t mmio = (total[OP_MMIO] + total[OP_MMIO_IN]) * vcpu->rounds;
	uint64_t first_mmio = (uint64_t)vmm->generations * mmio_pages(&vmm->opt);
	/* With shadow paging the processor does not see the guest's page table. */
	uint64_t warm = GUEST_WARM_PAGES - !vmm->tdp + total[OP_DIRTY];
	bool misconfig = !vmm->svm && vmm->tdp &&
			 !vmm_param_is_off("/sys/module/kvm/parameters/mmio_caching");

	e->vmm[EXPECT_PAGE_FAULT] = first_mmio + (misconfig ? 0 : mmio);
	e->count[EXPECT_PAGE_FAULT] =
		e->vmm[EXPECT_PAGE_FAULT] + warm * vmm->generations +
		total[OP_TOUCH] * vcpu->rounds + total[OP_DIRTY] * vcpu->rounds;
	e->vmm[EXPECT_MISCONFIG] = e->count[EXPECT_MISCONFIG] = misconfig ? mmio : 0;
	/*
	 * A nested guest has faults of its own. VMX has one reason for all exceptions.
	 */
	e->known[EXPECT_PAGE_FAULT] = (vmm->tdp || vmm->svm) && !total[OP_VMRUN];
	e->known[EXPECT_MISCONFIG] = vmm->tdp && !vmm->svm;
}

static void expect_msr(const struct vmm *vmm, const struct vcpu *vcpu,
		       struct expectation *e)
{
	const uint64_t *total = vmm->opt.total;
	bool eois_known = eoi_exits(vmm) || !(total[OP_IDLE] || total[OP_TICK]);
	uint64_t timer = (uint64_t)TIMER_WRITES * timer_steps(&vmm->opt);

	e->count[EXPECT_RDMSR] = total[OP_RDMSR] * vcpu->rounds;
	e->count[EXPECT_WRMSR] = (total[OP_WRMSR] + timer) * vcpu->rounds + vcpu->eois;
	e->known[EXPECT_RDMSR] = !vmm->svm || eois_known;
	e->known[EXPECT_WRMSR] = !vmm->svm && eois_known;
	if (vmm->svm)
		e->count[EXPECT_RDMSR] += e->count[EXPECT_WRMSR];
}

static void expect_nested(const struct vmm *vmm, const struct vcpu *vcpu,
			  struct expectation *e)
{
	unsigned int i;

	for (i = 0; i < vmm->opt.nr_ops; i++) {
		const struct op *op = &vmm->opt.ops[i];
		uint64_t count = op->count * vcpu->rounds;

		if (op->kind != OP_VMRUN)
			continue;
		e->count[EXPECT_VMRUN] += count;
		e->count[EXPECT_CPUID_2] += op->arg ? count * op->arg : count;
		e->count[EXPECT_HLT_2] += op->arg ? count : 0;
	}
	e->known[EXPECT_VMRUN] = true;
	e->known[EXPECT_CPUID_2] = e->known[EXPECT_HLT_2] = true;
}

void vmm_expect(const struct vmm *vmm, const struct vcpu *vcpu, struct expectation *e)
{
	const uint64_t *total = vmm->opt.total;

	*e = (struct expectation){0};
	e->count[EXPECT_CPUID] = total[OP_CPUID] * vcpu->rounds;
	e->count[EXPECT_HYPERCALL] = total[OP_HYPERCALL] * vcpu->rounds;
	/* One for each end of a round, one for the end of each warm-up. */
	e->count[EXPECT_IO] = (total[OP_PORT] + total[OP_PORT_IN] + 1) * vcpu->rounds +
			      vmm->generations;
	e->vmm[EXPECT_IO] = e->count[EXPECT_IO];
	e->vmm[EXPECT_HLT] = total[OP_HLT] * vcpu->rounds;
	e->count[EXPECT_HLT] =
		e->vmm[EXPECT_HLT] + (total[OP_IDLE] + total[OP_TICK]) * vcpu->rounds;
	e->known[EXPECT_CPUID] = e->known[EXPECT_IO] = e->known[EXPECT_HLT] = true;
	e->known[EXPECT_HYPERCALL] = true;
	expect_faults(vmm, vcpu, e);
	expect_msr(vmm, vcpu, e);
	expect_nested(vmm, vcpu, e);
}

static void check(const struct vcpu *vcpu, const char *what, uint64_t seen,
		  uint64_t want)
{
	if (seen != want)
		vmm_die("vCPU %u: %" PRIu64 " exits to user space for %s, not %" PRIu64
			"; is an in-kernel device at that address?",
			vcpu->id, seen, what, want);
}

void vmm_check_seen(const struct vmm *vmm)
{
	const uint64_t *total = vmm->opt.total;
	unsigned int i;

	for (i = 0; i < vmm->opt.nr_vcpus; i++) {
		const struct vcpu *vcpu = &vmm->vcpus[i];
		const uint64_t *seen = vcpu->seen;

		check(vcpu, "OUT", seen[OP_PORT], total[OP_PORT] * vcpu->rounds);
		check(vcpu, "IN", seen[OP_PORT_IN], total[OP_PORT_IN] * vcpu->rounds);
		check(vcpu, "HLT", seen[OP_HLT], total[OP_HLT] * vcpu->rounds);
		check(vcpu, "MMIO stores", seen[OP_MMIO],
		      total[OP_MMIO] * vcpu->rounds +
			      (uint64_t)vmm->generations * mmio_pages(&vmm->opt));
		check(vcpu, "MMIO loads", seen[OP_MMIO_IN],
		      total[OP_MMIO_IN] * vcpu->rounds);
	}
}
