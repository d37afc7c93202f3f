// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <glob.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "user/detail.h"
#include "user/detail_int.h"

#define READ		KVMEXIT_ACCESS_READ
#define WRITE		KVMEXIT_ACCESS_WRITE
#define FETCH		KVMEXIT_ACCESS_FETCH
#define PRESENT		KVMEXIT_ACCESS_PRESENT
#define VIRTUAL		KVMEXIT_ACCESS_VIRTUAL

#define MAX_DEFINES	4096

static const struct {
	uint32_t kind;
	const struct kxt_known_table *table;
	uint64_t max;
} tables[] = {
	{ KVMEXIT_KIND_PORT, &kxt_known_ports, 0xffff },
	{ KVMEXIT_KIND_MMIO, &kxt_known_mmio, 0xffffffff },
	{ KVMEXIT_KIND_MSR, &kxt_known_msrs, 0xffffffff },
	{ KVMEXIT_KIND_CPUID, &kxt_known_cpuid, 0xffffffff },
	{ KVMEXIT_KIND_HYPERCALL, &kxt_known_hypercalls, 0xffffffff },
};

#define NR_TABLES	(sizeof(tables) / sizeof(tables[0]))

/* Says which row it is about: cmocka only says which line of this file. */
#define check_row(cond, r) do { \
	if (!(cond)) \
		fail_msg("0x%" PRIx64 " %s: %s", (r)->first, (r)->name, #cond); \
} while (0)

static void test_tables(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR_TABLES; i++) {
		const struct kxt_known_table *t = tables[i].table;

		assert_true(t->nr > 0);
		for (size_t j = 0; j < t->nr; j++) {
			const struct kxt_known *r = &t->row[j];

			check_row(r->first <= r->last, r);
			check_row(r->last <= tables[i].max, r);
			check_row(j == 0 || r->first > r[-1].last, r);
			check_row(*r->name && strlen(r->name) <= KXT_KNOWN_MAX, r);
			check_row(r->name[0] != ' ' && !strstr(r->name, "  "), r);
			for (const char *p = r->name; *p; p++)
				check_row(*p >= ' ' && *p <= '~' && !strchr("\"\\", *p), r);
		}
	}
}

/* Every key of every row is found, and nothing beside it. */
static void test_find(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR_TABLES; i++) {
		const struct kxt_known_table *t = tables[i].table;
		uint32_t kind = tables[i].kind;

		for (size_t j = 0; j < t->nr; j++) {
			const struct kxt_known *r = &t->row[j];
			uint64_t middle = r->first + (r->last - r->first) / 2;

			check_row(kxt_detail_name(kind, r->first) == r->name, r);
			check_row(kxt_detail_name(kind, middle) == r->name, r);
			check_row(kxt_detail_name(kind, r->last) == r->name, r);
			if (j + 1 == t->nr || r->last + 1 < r[1].first)
				check_row(!kxt_detail_name(kind, r->last + 1), r);
			check_row(!kxt_detail_name(kind, r->first | 1ULL << 40), r);
		}
		assert_null(kxt_detail_name(kind, UINT64_MAX));
	}
	assert_null(kxt_detail_name(KVMEXIT_KIND_NONE, 0x3f8));
	assert_null(kxt_detail_name(KVMEXIT_KIND_GPA, 0xfee00000));
	assert_null(kxt_detail_name(KVMEXIT_KIND_RIP, 0x3f8));
	assert_null(kxt_detail_name(99, 1));
}

static const struct {
	uint32_t kind;
	uint64_t key;
	const char *name;
} known[] = {
	{ KVMEXIT_KIND_PORT, 0x3f8, "COM1" },
	{ KVMEXIT_KIND_PORT, 0x3fd, "COM1" },
	{ KVMEXIT_KIND_PORT, 0x2ef, "COM4" },
	{ KVMEXIT_KIND_PORT, 0xcf8, "PCI config address" },
	{ KVMEXIT_KIND_PORT, 0xcf9, "reset control" },
	{ KVMEXIT_KIND_PORT, 0xcfb, "PCI config address" },
	{ KVMEXIT_KIND_PORT, 0xcff, "PCI config data" },
	{ KVMEXIT_KIND_PORT, 0x1f0, "IDE primary" },
	{ KVMEXIT_KIND_PORT, 0x3f6, "IDE primary control" },
	{ KVMEXIT_KIND_PORT, 0x3f7, "floppy" },
	{ KVMEXIT_KIND_PORT, 0x608, "ACPI PM timer" },
	{ KVMEXIT_KIND_PORT, 0xb2, "SMI command (APM)" },
	{ KVMEXIT_KIND_PORT, 0x514, "QEMU fw_cfg DMA" },
	{ KVMEXIT_KIND_PORT, 0x80, "POST code, I/O delay" },
	{ KVMEXIT_KIND_PORT, 0x90, NULL },
	{ KVMEXIT_KIND_PORT, 0xc000, NULL },
	{ KVMEXIT_KIND_MMIO, 0xfee000b0, "local APIC EOI" },
	{ KVMEXIT_KIND_MMIO, 0xfee00300, "local APIC ICR low" },
	{ KVMEXIT_KIND_MMIO, 0xfee00380, "local APIC timer count" },
	{ KVMEXIT_KIND_MMIO, 0xfee01000, NULL },
	{ KVMEXIT_KIND_MMIO, 0xfec00000, "I/O APIC select" },
	{ KVMEXIT_KIND_MMIO, 0xfed000f0, "HPET counter" },
	{ KVMEXIT_KIND_MMIO, 0xfed40000, "TPM" },
	{ KVMEXIT_KIND_MMIO, 0xb8000, "VGA memory" },
	{ KVMEXIT_KIND_MMIO, 0x3f8, NULL },
	{ KVMEXIT_KIND_MSR, 0x6e0, "TSC_DEADLINE" },
	{ KVMEXIT_KIND_MSR, 0x830, "x2APIC ICR" },
	{ KVMEXIT_KIND_MSR, 0x831, NULL },
	{ KVMEXIT_KIND_MSR, 0x48, "SPEC_CTRL" },
	{ KVMEXIT_KIND_MSR, 0x10, "TSC" },
	{ KVMEXIT_KIND_MSR, 0xc2, "PMC1" },
	{ KVMEXIT_KIND_MSR, 0x4b564d00, "KVM WALL_CLOCK" },
	{ KVMEXIT_KIND_MSR, 0x40000073, "Hyper-V VP_ASSIST_PAGE" },
	{ KVMEXIT_KIND_MSR, 0xc0000080, "EFER" },
	{ KVMEXIT_KIND_MSR, 0xc0000103, "TSC_AUX" },
	{ KVMEXIT_KIND_MSR, 0xc0010015, "HWCR" },
	{ KVMEXIT_KIND_CPUID, 0, "vendor, highest leaf" },
	{ KVMEXIT_KIND_CPUID, 0xd, "XSAVE state" },
	{ KVMEXIT_KIND_CPUID, 0x40000000, "hypervisor vendor" },
	{ KVMEXIT_KIND_CPUID, 0x80000008, "address sizes" },
	{ KVMEXIT_KIND_CPUID, 8, NULL },
	{ KVMEXIT_KIND_HYPERCALL, 5, "KICK_CPU" },
	{ KVMEXIT_KIND_HYPERCALL, 10, "SEND_IPI" },
	{ KVMEXIT_KIND_HYPERCALL, 4, NULL },	/* PowerPC's */
};

static void test_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		const char *name = kxt_detail_name(known[i].kind, known[i].key);

		if (!known[i].name && name)
			fail_msg("0x%" PRIx64 " is %s", known[i].key, name);
		if (!known[i].name)
			continue;
		if (!name)
			fail_msg("0x%" PRIx64 " is not %s", known[i].key, known[i].name);
		assert_string_equal(name, known[i].name);
	}
}

static void test_words(void **state)
{
	static const char *const kind[] = { "port", "mmio", "msr", "cpuid", "hypercall",
					    "gpa", "rip" };
	char key[32];

	(void)state;
	for (uint32_t i = 0; i < sizeof(kind) / sizeof(kind[0]); i++)
		assert_string_equal(kxt_kind_name(KVMEXIT_KIND_PORT + i), kind[i]);
	assert_string_equal(kxt_kind_name(KVMEXIT_KIND_NONE), "unknown");
	assert_string_equal(kxt_kind_name(77), "unknown");
	kxt_detail_key(KVMEXIT_KIND_PORT, 0x3f8, key, sizeof(key));
	assert_string_equal(key, "0x3f8");
	kxt_detail_key(KVMEXIT_KIND_CPUID, 0, key, sizeof(key));
	assert_string_equal(key, "0x0");
	kxt_detail_key(KVMEXIT_KIND_RIP, UINT64_MAX, key, sizeof(key));
	assert_string_equal(key, "0xffffffffffffffff");
	kxt_detail_key(KVMEXIT_KIND_RIP, UINT64_MAX, key, 5);
	assert_string_equal(key, "0xff");
}

static void assert_text(const char *have, const char *want)
{
	if (!want)
		assert_null(have);
	else
		assert_string_equal(have ? have : "NULL", want);
}

static void test_access(void **state)
{
	static const struct {
		uint32_t kind, access;
		const char *dir, *fault;
	} try[] = {
		{ KVMEXIT_KIND_PORT, READ, "read", NULL },
		{ KVMEXIT_KIND_PORT, WRITE, "write", NULL },
		{ KVMEXIT_KIND_PORT, 0, NULL, NULL },
		{ KVMEXIT_KIND_MMIO, READ | WRITE, "write", NULL },
		{ KVMEXIT_KIND_MMIO, FETCH, "fetch", NULL },
		{ KVMEXIT_KIND_MSR, READ, "read", NULL },
		{ KVMEXIT_KIND_CPUID, READ, NULL, NULL },
		{ KVMEXIT_KIND_HYPERCALL, WRITE, NULL, NULL },
		{ KVMEXIT_KIND_RIP, FETCH, NULL, NULL },
		{ KVMEXIT_KIND_NONE, READ, NULL, NULL },
		{ KVMEXIT_KIND_GPA, READ, "read", "not present" },
		{ KVMEXIT_KIND_GPA, WRITE, "write", "not present" },
		{ KVMEXIT_KIND_GPA, FETCH, "fetch", "not present" },
		{ KVMEXIT_KIND_GPA, READ | PRESENT, "read", "protection" },
		{ KVMEXIT_KIND_GPA, WRITE | PRESENT, "write", "write protection" },
		{ KVMEXIT_KIND_GPA, READ | WRITE | PRESENT, "write", "write protection" },
		{ KVMEXIT_KIND_GPA, FETCH | PRESENT, "fetch", "instruction fetch" },
		{ KVMEXIT_KIND_GPA, VIRTUAL | WRITE, "write", "not present" },
		{ KVMEXIT_KIND_GPA, 0, NULL, NULL },	/* not known */
		{ KVMEXIT_KIND_GPA, PRESENT, NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(try) / sizeof(try[0]); i++) {
		assert_text(kxt_access_dir(try[i].kind, try[i].access), try[i].dir);
		assert_text(kxt_access_fault(try[i].kind, try[i].access), try[i].fault);
	}
}

/**
 * struct define - a number that the kernel's headers have a name for
 * @msr: it
 * @name: the macro, without its prefix
 */
struct define {
	uint64_t msr;
	char name[64];
};

static struct define defines[MAX_DEFINES];
static size_t nr_defines;

/* "HV_X64_MSR_EOI" is Hyper-V's; vendors and families say nothing in a table. */
static void add_define(const char *macro, uint64_t msr)
{
	static const char *const drop[] = {
		"IA32_", "AMD64_", "AMD_", "ARCH_", "K7_", "K8_", "CORE_PERF_",
		"F15H_", "F17H_", "F16H_", "FAM10H_" };
	struct define *d = &defines[nr_defines];
	const char *of = "";

	if (nr_defines == MAX_DEFINES)
		return;
	if (strncmp(macro, "HV_X64_", 7) == 0) {
		of = "Hyper-V ";
		macro += 7;
	}
	macro += strlen("MSR_");
	if (strncmp(macro, "KVM_", 4) == 0) {
		of = "KVM ";
		macro += 4;
	}
	for (size_t i = 0; i < sizeof(drop) / sizeof(drop[0]); i++) {
		if (strncmp(macro, drop[i], strlen(drop[i])) == 0) {
			macro += strlen(drop[i]);
			break;
		}
	}
	d->msr = msr;
	snprintf(d->name, sizeof(d->name), "%s%.48s", of, macro);
	nr_defines++;
}

static void read_header(const char *path)
{
	char line[512], macro[128];
	FILE *f = fopen(path, "r");
	uint64_t msr;

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "#define %127s 0x%" SCNx64, macro, &msr) == 2 &&
		    (!strncmp(macro, "MSR_", 4) || !strncmp(macro, "HV_X64_MSR_", 11)))
			add_define(macro, msr);
	}
	if (f)
		fclose(f);
}

/* Those of the system and of the lab's kernels, see tests/reason-tables.sh. */
static void read_headers(void)
{
	static const char *const file[] = {
		"arch/x86/include/asm/msr-index.h",
		"arch/x86/include/asm/hyperv-tlfs.h",
		"arch/x86/include/uapi/asm/kvm_para.h",
		"include/hyperv/hvgdk_mini.h" };
	static const char *const dir[] = {
		"/usr/src/linux-headers-*-common*",
		"%s%s/kernel/*/usr/src/linux-headers-*-common*" };
	const char *home = getenv("HOME"), *cache = getenv("KVMEXIT_CACHE");
	char pattern[512];

	for (size_t i = 0; i < 2 * sizeof(file) / sizeof(file[0]); i++) {
		glob_t found;
		int len = i % 2 ? snprintf(pattern, sizeof(pattern), dir[1],
					   cache || !home ? "" : home,
					   cache ? cache : "/.cache/kvmexittop") :
				  snprintf(pattern, sizeof(pattern), "%s", dir[0]);

		snprintf(pattern + len, sizeof(pattern) - len, "/%s", file[i / 2]);
		if (glob(pattern, 0, NULL, &found))
			continue;
		for (size_t j = 0; j < found.gl_pathc; j++)
			read_header(found.gl_pathv[j]);
		globfree(&found);
	}
}

/* The manuals' name where it is not just the macro's. */
static const struct {
	const char *macro, *name;
} alias[] = {
	{ "KVM WALL_CLOCK", "KVM WALL_CLOCK (old)" },
	{ "KVM SYSTEM_TIME", "KVM SYSTEM_TIME (old)" },
	{ "KVM WALL_CLOCK_NEW", "KVM WALL_CLOCK" },
	{ "KVM SYSTEM_TIME_NEW", "KVM SYSTEM_TIME" },
	{ "APICBASE", "APIC_BASE" },
	{ "FEAT_CTL", "FEATURE_CONTROL" },
	{ "UCODE_WRITE", "BIOS_UPDT_TRIG" },
	{ "UCODE_REV", "BIOS_SIGN_ID" },
	{ "PERFCTR0", "PMC0" },
	{ "PERFCTR1", "PMC1" },
	{ "PERFCTR0", "PERF_LEGACY_CTR0" },
	{ "PERFCTR1", "PERF_LEGACY_CTR1" },
	{ "PERFCTR2", "PERF_LEGACY_CTR2" },
	{ "PERFCTR3", "PERF_LEGACY_CTR3" },
	{ "EVNTSEL0", "PERF_LEGACY_CTL0" },
	{ "EVNTSEL1", "PERF_LEGACY_CTL1" },
	{ "EVNTSEL2", "PERF_LEGACY_CTL2" },
	{ "EVNTSEL3", "PERF_LEGACY_CTL3" },
	{ "P6_EVNTSEL0", "PERFEVTSEL0" },
	{ "P6_EVNTSEL1", "PERFEVTSEL1" },
	/* the numbers of these are others on a Pentium 4 */
	{ "MCG_EFLAGS", "PERFEVTSEL2" },
	{ "MCG_EIP", "PERFEVTSEL3" },
	{ "MCG_RESERVED", "PERFEVTSEL4" },
	{ "PMC0", "A_PMC0" },
	{ "CORE_CAPS", "CORE_CAPABILITIES" },
	{ "MTRRcap", "MTRRCAP" },
	{ "MTRRfix64K_00000", "MTRR_FIX64K" },
	{ "MTRRdefType", "MTRR_DEF_TYPE" },
	{ "THERM_CONTROL", "CLOCK_MODULATION" },
	{ "DEBUGCTLMSR", "DEBUGCTL" },
	{ "CR_PAT", "PAT" },
	{ "GLOBAL_STATUS", "PERF_GLOBAL_STATUS" },
	{ "GLOBAL_CTRL", "PERF_GLOBAL_CTRL" },
	{ "GLOBAL_OVF_CTRL", "PERF_GLOBAL_OVF_CTRL" },
	{ "GLOBAL_STATUS_SET", "PERF_GLOBAL_STATUS_SET" },
	{ "INT_SSP_TAB", "INTERRUPT_SSP_TABLE" },
	{ "Hyper-V TSC_INVARIANT_CONTROL", "Hyper-V TSC_INVARIANT" },
	{ "SYSCALL_MASK", "FMASK" },
	{ "TOP_MEM1", "TOP_MEM" },
	{ "FID_VID_CTL", "FIDVID_CTL" },
	{ "FID_VID_STATUS", "FIDVID_STATUS" },
	{ "MMIO_CONF_BASE", "MMIO_CFG_BASE" },
	{ "PERF_CTL", "PSTATE_CTL" },
	{ "PERF_STATUS", "PSTATE_STATUS" },
	{ "SEV", "SEV_STATUS" },
	{ "PERF_CTL", "PERF_CTL0" },
	{ "PERF_CTR", "PERF_CTR0" },
	{ "CPUID_FN_7", "CPUID_7_FEATURES" },
	{ "CPUID_FN_1", "CPUID_FEATURES" },
	{ "CPUID_EXT_FEAT", "CPUID_EXT_FEATURES" },
	{ "IBSCTL", "IBS_CTL" },
};

static bool same_name(const char *macro, const char *name)
{
	if (strcmp(macro, name) == 0)
		return true;
	for (size_t i = 0; i < sizeof(alias) / sizeof(alias[0]); i++) {
		if (strcmp(alias[i].macro, macro) == 0 && strcmp(alias[i].name, name) == 0)
			return true;
	}
	return false;
}

/* Numbers and names that the kernel has are the same here; true if it has them. */
static bool compare_row(const struct kxt_known *r)
{
	const char *theirs = NULL;
	uint64_t number = 0;
	bool same = false;

	for (size_t i = 0; i < nr_defines; i++) {
		const struct define *d = &defines[i];
		bool named = same_name(d->name, r->name);

		if (d->msr == r->first)
			theirs = d->name;
		if (named)
			number = d->msr;
		same = same || (named && d->msr == r->first);
	}
	if (theirs && !same)
		fail_msg("0x%" PRIx64 " is %s here, %s there", r->first, r->name, theirs);
	if (number && !same)
		fail_msg("%s is 0x%" PRIx64 " here, 0x%" PRIx64 " there", r->name,
			 r->first, number);
	return same;
}

static void test_kernel_headers(void **state)
{
	unsigned int compared = 0;

	(void)state;
	read_headers();
	if (!nr_defines) {
		print_message("there are no kernel headers here to compare with\n");
		skip();
	}
	assert_true(nr_defines < MAX_DEFINES);
	for (size_t i = 0; i < kxt_known_msrs.nr; i++) {
		const struct kxt_known *r = &kxt_known_msrs.row[i];

		if (r->first == r->last)
			compared += compare_row(r);
	}
	print_message("%u names compared\n", compared);
	assert_true(compared > 150);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_access),
		cmocka_unit_test(test_kernel_headers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
