// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPUID leaves, by EAX. Intel's: SDM vol. 2, CPUID, table "Information Returned
 * by CPUID Instruction". AMD's (0x8000000a and up, but for what both have): APM
 * vol. 3, appendix E. Hypervisors': arch/x86/include/uapi/asm/kvm_para.h and
 * include/hyperv/hvgdk_mini.h of Linux 7.3; 0x40000010: "Proposal for common
 * hypervisor CPUID leaves" (VMware). With Hyper-V's leaves on, KVM's own move from
 * 0x40000000 to 0x40000100.
 */
#include "user/detail_int.h"

static const struct kxt_known cpuid[] = {
	{ 0x00, 0x00, "vendor, highest leaf" },
	{ 0x01, 0x01, "family and features" },
	{ 0x02, 0x02, "cache descriptors" },
	{ 0x03, 0x03, "serial number" },
	{ 0x04, 0x04, "caches" },
	{ 0x05, 0x05, "MONITOR/MWAIT" },
	{ 0x06, 0x06, "thermal and power" },
	{ 0x07, 0x07, "extended features" },
	{ 0x09, 0x09, "direct cache access" },
	{ 0x0a, 0x0a, "performance monitoring" },
	{ 0x0b, 0x0b, "topology" },
	{ 0x0d, 0x0d, "XSAVE state" },
	{ 0x0f, 0x0f, "RDT monitoring" },
	{ 0x10, 0x10, "RDT allocation" },
	{ 0x12, 0x12, "SGX" },
	{ 0x14, 0x14, "processor trace" },
	{ 0x15, 0x15, "TSC frequency" },
	{ 0x16, 0x16, "CPU frequency" },
	{ 0x17, 0x17, "SoC vendor" },
	{ 0x18, 0x18, "TLB parameters" },
	{ 0x19, 0x19, "key locker" },
	{ 0x1a, 0x1a, "hybrid core type" },
	{ 0x1b, 0x1b, "PCONFIG" },
	{ 0x1c, 0x1c, "last branch records" },
	{ 0x1d, 0x1d, "AMX tiles" },
	{ 0x1e, 0x1e, "AMX multiplier" },
	{ 0x1f, 0x1f, "topology (V2)" },
	{ 0x20, 0x20, "history reset" },
	{ 0x21, 0x21, "TDX" },
	{ 0x23, 0x23, "performance monitoring (V2)" },
	{ 0x24, 0x24, "AVX10" },
	{ 0x40000000, 0x40000000, "hypervisor vendor" },
	{ 0x40000001, 0x40000001, "hypervisor interface" },
	{ 0x40000002, 0x40000002, "Hyper-V version" },
	{ 0x40000003, 0x40000003, "Hyper-V features" },
	{ 0x40000004, 0x40000004, "Hyper-V enlightenments" },
	{ 0x40000005, 0x40000005, "Hyper-V limits" },
	{ 0x40000006, 0x40000006, "Hyper-V hardware features" },
	{ 0x40000007, 0x40000007, "Hyper-V CPU management" },
	{ 0x4000000a, 0x4000000a, "Hyper-V nested features" },
	{ 0x4000000c, 0x4000000c, "Hyper-V isolation" },
	{ 0x40000010, 0x40000010, "hypervisor timing" },
	{ 0x40000100, 0x40000100, "KVM vendor" },
	{ 0x40000101, 0x40000101, "KVM features" },
	{ 0x80000000, 0x80000000, "highest extended leaf" },
	{ 0x80000001, 0x80000001, "extended features (AMD)" },
	{ 0x80000002, 0x80000004, "CPU name" },
	{ 0x80000005, 0x80000005, "L1 cache and TLB (AMD)" },
	{ 0x80000006, 0x80000006, "L2 cache" },
	{ 0x80000007, 0x80000007, "power, invariant TSC" },
	{ 0x80000008, 0x80000008, "address sizes" },
	{ 0x8000000a, 0x8000000a, "SVM features" },
	{ 0x80000019, 0x80000019, "TLB of 1G pages" },
	{ 0x8000001a, 0x8000001a, "performance hints" },
	{ 0x8000001b, 0x8000001b, "IBS" },
	{ 0x8000001c, 0x8000001c, "lightweight profiling" },
	{ 0x8000001d, 0x8000001d, "caches (AMD)" },
	{ 0x8000001e, 0x8000001e, "topology (AMD)" },
	{ 0x8000001f, 0x8000001f, "SEV" },
	{ 0x80000020, 0x80000020, "QoS bandwidth (AMD)" },
	{ 0x80000021, 0x80000021, "extended features 2 (AMD)" },
	{ 0x80000022, 0x80000022, "perf. monitoring 2 (AMD)" },
	{ 0x80000023, 0x80000023, "multi-key encryption" },
	{ 0x80000026, 0x80000026, "topology 2 (AMD)" },
};

const struct kxt_known_table kxt_known_cpuid = KXT_KNOWN_TABLE(cpuid);
