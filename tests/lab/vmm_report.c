// SPDX-License-Identifier: GPL-2.0-only
/*
 * What exits to expect, under the names that the kernel's uapi headers give them, and
 * the output.
 */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "vmm_guest.h"

/*
 * Exits that a vCPU made, by reason. Only reasons with an exact count: never
 * interrupts, which come as they like, and never raw totals.
 */
enum expected {
	EXPECT_CPUID,
	EXPECT_IO,
	EXPECT_MISCONFIG,
	EXPECT_PAGE_FAULT,
	EXPECT_RDMSR,
	EXPECT_WRMSR,
	EXPECT_HLT,
	EXPECTED
};

/*
 * SVM has one reason for both directions of an MSR access, and one for page faults and
 * MMIO.
 */
static const char *const names_svm[EXPECTED] = {"cpuid", "io", NULL, "npf",
						"msr",	 NULL, "hlt"};
static const char *const names_vmx[EXPECTED] = {
	"CPUID",    "IO_INSTRUCTION", "EPT_MISCONFIG", "EPT_VIOLATION",
	"MSR_READ", "MSR_WRITE",      "HLT",
};

/* struct expectation - @known[i]: @count[i] is exact on this host. */
struct expectation {
	uint64_t count[EXPECTED];
	bool known[EXPECTED];
};

static unsigned int mmio_pages(const struct options *opt)
{
	unsigned int i, pages = 0;

	for (i = 0; i < opt->nr_ops; i++)
		pages += opt->ops[i].kind == OP_MMIO && opt->ops[i].count;
	return pages;
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
	uint64_t mmio = total[OP_MMIO] * vcpu->rounds;
	uint64_t warm =
		(uint64_t)vmm->generations * (GUEST_WARM_PAGES + mmio_pages(&vmm->opt));
	bool misconfig = !vmm->svm &&
			 !vmm_param_is_off("/sys/module/kvm/parameters/mmio_caching");

	e->count[EXPECT_PAGE_FAULT] =
		warm + total[OP_TOUCH] * vcpu->rounds + (misconfig ? 0 : mmio);
	e->count[EXPECT_MISCONFIG] = misconfig ? mmio : 0;
	/*
	 * With shadow paging both are exceptions, mixed with those for the guest's own
	 * page tables.
	 */
	e->known[EXPECT_PAGE_FAULT] = vmm->tdp;
	e->known[EXPECT_MISCONFIG] = vmm->tdp && !vmm->svm;
}

static void expect(const struct vmm *vmm, const struct vcpu *vcpu,
		   struct expectation *e)
{
	const uint64_t *total = vmm->opt.total;
	bool eois_known = eoi_exits(vmm) || !total[OP_IDLE];

	*e = (struct expectation){0};
	e->count[EXPECT_CPUID] = total[OP_CPUID] * vcpu->rounds;
	/* One for each end of a round, one for the end of each warm-up. */
	e->count[EXPECT_IO] = (total[OP_PORT] + 1) * vcpu->rounds + vmm->generations;
	e->count[EXPECT_RDMSR] = total[OP_RDMSR] * vcpu->rounds;
	e->count[EXPECT_WRMSR] = vcpu->eois;
	e->count[EXPECT_HLT] = (total[OP_HLT] + total[OP_IDLE]) * vcpu->rounds;
	e->known[EXPECT_CPUID] = e->known[EXPECT_IO] = e->known[EXPECT_HLT] = true;
	e->known[EXPECT_RDMSR] = !vmm->svm || eois_known;
	e->known[EXPECT_WRMSR] = !vmm->svm && eois_known;
	if (vmm->svm)
		e->count[EXPECT_RDMSR] += vcpu->eois;
	expect_faults(vmm, vcpu, e);
}

static const char *expect_name(const struct vmm *vmm, const struct expectation *e,
			       unsigned int i)
{
	if (!e->known[i] || !e->count[i])
		return NULL;
	return vmm->svm ? names_svm[i] : names_vmx[i];
}

static void print_string(const char *s)
{
	putchar('"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			printf("\\%c", *s);
		else if ((unsigned char)*s < 0x20)
			printf("\\u%04x", *s);
		else
			putchar(*s);
	}
	putchar('"');
}

static void print_number_or_null(bool known, uint64_t value)
{
	if (known)
		printf("%" PRIu64, value);
	else
		printf("null");
}

static void print_vcpu_json(const struct vmm *vmm, const struct vcpu *vcpu)
{
	const char *separator = "", *name;
	struct expectation e;
	unsigned int i;

	expect(vmm, vcpu, &e);
	printf("{\"id\": %u, \"tid\": %d, \"rounds\": %" PRIu64 ", \"kvm_exits\": ",
	       vcpu->id, vcpu->tid, vcpu->rounds);
	print_number_or_null(vmm->exits_source == EXITS_STATS_FD, vcpu->kvm_exits);
	printf(", \"expect\": {");
	for (i = 0; i < EXPECTED; i++) {
		name = expect_name(vmm, &e, i);
		if (!name)
			continue;
		printf("%s\"%s\": %" PRIu64, separator, name, e.count[i]);
		separator = ", ";
	}
	printf("}}");
}

static void report_json(const struct vmm *vmm)
{
	static const char *const sources[] = {"null", "\"stats_fd\"", "\"debugfs\""};
	unsigned int i;

	printf("{\"name\": ");
	print_string(vmm->opt.name);
	printf(", \"pid\": %d, \"isa\": \"%s\", \"tdp\": %s, \"generations\": %u, "
	       "\"kvm_exits\": ",
	       getpid(), vmm->svm ? "SVM" : "VMX", vmm->tdp ? "true" : "false",
	       vmm->generations);
	print_number_or_null(vmm->exits_source != EXITS_NONE, vmm->kvm_exits);
	printf(", \"kvm_exits_source\": %s, \"vcpus\": [", sources[vmm->exits_source]);
	for (i = 0; i < vmm->opt.nr_vcpus; i++) {
		printf("%s", i ? ", " : "");
		print_vcpu_json(vmm, &vmm->vcpus[i]);
	}
	printf("]}\n");
}

static void report_text(const struct vmm *vmm)
{
	const char *name;
	unsigned int i, j;

	for (i = 0; i < vmm->opt.nr_vcpus; i++) {
		const struct vcpu *vcpu = &vmm->vcpus[i];
		struct expectation e;

		expect(vmm, vcpu, &e);
		printf("vCPU %u (tid %d), %" PRIu64 " rounds:", vcpu->id, vcpu->tid,
		       vcpu->rounds);
		for (j = 0; j < EXPECTED; j++) {
			name = expect_name(vmm, &e, j);
			if (name)
				printf(" %s %" PRIu64, name, e.count[j]);
		}
		if (vmm->exits_source == EXITS_STATS_FD)
			printf("; all exits, by KVM's count: %" PRIu64,
			       vcpu->kvm_exits);
		printf("\n");
	}
	if (vmm->exits_source != EXITS_NONE)
		printf("%s: all exits, by KVM's count: %" PRIu64 "\n", vmm->opt.name,
		       vmm->kvm_exits);
}

void vmm_report(const struct vmm *vmm)
{
	if (vmm->opt.json)
		report_json(vmm);
	else
		report_text(vmm);
	if (fflush(stdout) || ferror(stdout))
		vmm_die("cannot write the report: %m");
}

/*
 * The kinds that reach user space are counted there too: a guest that did not do its
 * work must not look as if it did.
 */
void vmm_check_seen(const struct vmm *vmm)
{
	static const enum op_kind kinds[] = {OP_PORT, OP_MMIO, OP_HLT};
	static const char *const what[] = {"OUT", "MMIO store", "HLT"};
	unsigned int i, j;

	for (i = 0; i < vmm->opt.nr_vcpus; i++) {
		const struct vcpu *vcpu = &vmm->vcpus[i];

		for (j = 0; j < sizeof(kinds) / sizeof(kinds[0]); j++) {
			uint64_t want = vmm->opt.total[kinds[j]] * vcpu->rounds;

			if (kinds[j] == OP_MMIO)
				want += (uint64_t)vmm->generations *
					mmio_pages(&vmm->opt);
			if (vcpu->seen[kinds[j]] != want)
				vmm_die("vCPU %u: %" PRIu64
					" exits to user space for %s, not %" PRIu64
					"; is an in-kernel device at that address?",
					i, vcpu->seen[kinds[j]], what[j], want);
		}
	}
}
