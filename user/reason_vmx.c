// SPDX-License-Identifier: GPL-2.0-only
/*
 * Exit reasons of Intel VT-x: the "basic exit reason", bits 15:0 of the VMCS
 * field EXIT_REASON.
 *
 * Codes and names: VMX_EXIT_REASONS in arch/x86/include/uapi/asm/vmx.h of Linux
 * 7.3, which has all that 5.10 to 6.12 have; tests/reason-tables.sh compares.
 * Meaning: Intel SDM vol. 3, chapters "VMX non-root operation", "VM entries",
 * "VM exits" and appendix C "VMX basic exit reasons". What KVM does about them:
 * arch/x86/kvm/vmx/.
 *
 * Not named by the kernel, so not in perf's or trace-cmd's output either:
 * OTHER_SMI and SEAMCALL, which the header defines without a name, and 5, 11,
 * 65, 66, 69, 70, 72, 73 and 78-81, which only the SDM has. Their names are the
 * SDM's in the kernel's style.
 */
#include "user/reason.h"

const struct kxt_reason kxt_reasons_vmx[] = {
	{
		0, "EXCEPTION_NMI", KXT_CLASS_INTERRUPT,
		"A host NMI, usually from perf or the watchdog, or a guest exception KVM intercepts (#UD, #DB, #AC, #MC, and #PF without EPT).",
	}, {
		1, "EXTERNAL_INTERRUPT", KXT_CLASS_INTERRUPT,
		"The host got an interrupt (timer tick, IPI, device) while the guest ran; if many, move IRQs and other load off this CPU.",
	}, {
		2, "TRIPLE_FAULT", KXT_CLASS_SHUTDOWN,
		"The guest failed to handle a double fault, which resets a PC; some guests reboot this way, otherwise the guest crashed.",
	}, {
		3, "INIT_SIGNAL", KXT_CLASS_INTERRUPT,
		"An INIT signal hit the CPU in guest mode; expect it only when the host is reset, or from a hypervisor below this one.",
	}, {
		4, "SIPI_SIGNAL", KXT_CLASS_INTERRUPT,
		"A start-up IPI hit a CPU that waited for one in guest mode; KVM starts vCPUs itself, so expect none.",
	}, {
		5, "IO_SMI", KXT_CLASS_INTERRUPT,
		"A system management interrupt right after an I/O instruction, for a firmware monitor (STM); KVM does not use this.",
	}, {
		6, "OTHER_SMI", KXT_CLASS_INTERRUPT,
		"A system management interrupt of the host's firmware; KVM only gets to see it from TDX guests.",
	}, {
		7, "INTERRUPT_WINDOW", KXT_CLASS_INTERRUPT,
		"The guest became ready for an interrupt that KVM has pending for it; many mean injection without APICv (see enable_apicv).",
	}, {
		8, "NMI_WINDOW", KXT_CLASS_INTERRUPT,
		"The guest became ready for an NMI that KVM has pending for it; usual cause is perf or an NMI watchdog in the guest.",
	}, {
		9, "TASK_SWITCH", KXT_CLASS_OTHER,
		"The guest did a hardware task switch, which KVM emulates; only very old 32-bit systems or their fault handlers do this.",
	}, {
		10, "CPUID", KXT_CLASS_CPUID,
		"The guest ran CPUID, which always exits; if frequent, some program uses it to serialize or asks for CPU features in a loop.",
	}, {
		11, "GETSEC", KXT_CLASS_OTHER,
		"The guest ran GETSEC (trusted execution, SMX), which always exits; KVM guests do not have SMX, so expect none.",
	}, {
		12, "HLT", KXT_CLASS_HALT,
		"The vCPU is idle and waits for an interrupt: time here is no loss; if many and short, look at halt_poll_ns or guest haltpoll.",
	}, {
		13, "INVD", KXT_CLASS_OTHER,
		"The guest asked to drop its caches without writing back, which KVM skips; only firmware does this, at boot.",
	}, {
		14, "INVLPG", KXT_CLASS_OTHER,
		"The guest flushed a page from the TLB; KVM traps this only with shadow paging, so check that EPT is on (kvm_intel parameter ept).",
	}, {
		15, "RDPMC", KXT_CLASS_OTHER,
		"The guest read a performance counter, which KVM emulates with host perf events; usual cause is a profiler in the guest.",
	}, {
		16, "RDTSC", KXT_CLASS_OTHER,
		"The guest read the TSC while that is trapped; KVM does not trap it, so a nested hypervisor asked for it.",
	}, {
		18, "VMCALL", KXT_CLASS_HYPERCALL,
		"The guest called the hypervisor: multicast IPIs, waking a vCPU that waits for a lock, or Hyper-V and Xen hypercalls.",
	}, {
		19, "VMCLEAR", KXT_CLASS_NESTED,
		"The guest is a hypervisor and releases a VMCS; usual when it moves a vCPU of its own guest to another CPU.",
	}, {
		20, "VMLAUNCH", KXT_CLASS_NESTED,
		"The guest is a hypervisor and enters its own guest for the first time after a VMCLEAR; KVM emulates the entry.",
	}, {
		21, "VMPTRLD", KXT_CLASS_NESTED,
		"The guest is a hypervisor and makes another VMCS current; usual when it switches between vCPUs of its own guests.",
	}, {
		22, "VMPTRST", KXT_CLASS_NESTED,
		"The guest is a hypervisor and asks which VMCS is current; rare.",
	}, {
		23, "VMREAD", KXT_CLASS_NESTED,
		"The guest is a hypervisor and reads a VMCS field that VMCS shadowing does not cover; many mean shadowing is off.",
	}, {
		24, "VMRESUME", KXT_CLASS_NESTED,
		"The guest is a hypervisor and enters its own guest; one for each exit of the nested guest that it handled.",
	}, {
		25, "VMWRITE", KXT_CLASS_NESTED,
		"The guest is a hypervisor and writes a VMCS field that VMCS shadowing does not cover; many mean shadowing is off.",
	}, {
		26, "VMOFF", KXT_CLASS_NESTED,
		"The guest is a hypervisor and leaves VMX operation; once for each CPU when it shuts down or unloads.",
	}, {
		27, "VMON", KXT_CLASS_NESTED,
		"The guest is a hypervisor and enters VMX operation; once for each CPU when it starts.",
	}, {
		28, "CR_ACCESS", KXT_CLASS_CR_DR,
		"The guest accessed a control register bit that KVM guards; usual: CR0 and CR4 at boot, CR3 without EPT, CR8 without TPR shadow.",
	}, {
		29, "DR_ACCESS", KXT_CLASS_CR_DR,
		"The guest touched a debug register, which KVM then lends it until its next exit; usual cause is a debugger or watchpoints.",
	}, {
		30, "IO_INSTRUCTION", KXT_CLASS_IO,
		"The guest accessed an I/O port of an emulated device (serial port, VGA, PCI setup, ACPI timer, IDE); prefer virtio and kvm-clock.",
	}, {
		31, "MSR_READ", KXT_CLASS_MSR,
		"The guest read a trapped MSR; usual causes are the x2APIC timer count, performance counters and Hyper-V clock MSRs.",
	}, {
		32, "MSR_WRITE", KXT_CLASS_MSR,
		"The guest wrote a trapped MSR; nearly always TSC_DEADLINE to set its timer or the x2APIC ICR to send an IPI to another vCPU.",
	}, {
		33, "INVALID_STATE", KXT_CLASS_SHUTDOWN,
		"Entry failed because the CPU refuses the guest state; a KVM, VMM or nested hypervisor bug, see the kernel log (dump_invalid_vmcs).",
	}, {
		34, "MSR_LOAD_FAIL", KXT_CLASS_SHUTDOWN,
		"Entry failed while loading the guest's MSRs from the VMCS list; a bug in KVM or a nested hypervisor, see the kernel log.",
	}, {
		36, "MWAIT_INSTRUCTION", KXT_CLASS_HALT,
		"The guest ran MWAIT, which KVM does not let it sleep in, so it spins; use HLT, or give it the CPU (QEMU -overcommit cpu-pm=on).",
	}, {
		37, "MONITOR_TRAP_FLAG", KXT_CLASS_DEBUG,
		"The guest ran one instruction and stopped as asked; usual cause is a nested hypervisor that single-steps its guest.",
	}, {
		39, "MONITOR_INSTRUCTION", KXT_CLASS_HALT,
		"The guest ran MONITOR to arm an MWAIT, which KVM treats as a no-op; its idle loop should use HLT or get MWAIT passed through.",
	}, {
		40, "PAUSE_INSTRUCTION", KXT_CLASS_PAUSE,
		"The guest spins on a lock (pause-loop exiting), likely because the holder's vCPU waits for a CPU; reduce vCPU overcommit.",
	}, {
		41, "MCE_DURING_VMENTRY", KXT_CLASS_OTHER,
		"A machine check hit the host CPU during entry, a hardware error; look at the host's kernel log, rasdaemon or mcelog.",
	}, {
		43, "TPR_BELOW_THRESHOLD", KXT_CLASS_INTERRUPT,
		"The guest lowered its task priority below that of a pending interrupt; usual for Windows guests on hosts without APICv.",
	}, {
		44, "APIC_ACCESS", KXT_CLASS_INTERRUPT,
		"The guest accessed its local APIC (EOI, ICR, timer) and KVM emulates that; APICv on the host or x2APIC in the guest avoids many.",
	}, {
		45, "EOI_INDUCED", KXT_CLASS_INTERRUPT,
		"The guest ended an interrupt that KVM must pass on to the virtual I/O APIC; usual for level-triggered devices, so prefer MSI.",
	}, {
		46, "GDTR_IDTR", KXT_CLASS_OTHER,
		"The guest accessed GDTR or IDTR while that is trapped; KVM does so only to emulate UMIP on CPUs that lack it.",
	}, {
		47, "LDTR_TR", KXT_CLASS_OTHER,
		"The guest accessed LDTR or TR while that is trapped; KVM does so only to emulate UMIP on CPUs that lack it.",
	}, {
		48, "EPT_VIOLATION", KXT_CLASS_PAGE_FAULT,
		"The guest touched memory the host has not mapped: first use, swap, ballooning, migration, dirty logging; huge pages reduce it.",
	}, {
		49, "EPT_MISCONFIG", KXT_CLASS_MMIO,
		"The guest accessed a device register in memory (MMIO), which KVM marks by a misconfigured entry; usual: virtio doorbells, HPET, VGA.",
	}, {
		50, "INVEPT", KXT_CLASS_NESTED,
		"The guest is a hypervisor and flushes translations of its own EPT tables; usual after it changed memory of its guests.",
	}, {
		51, "RDTSCP", KXT_CLASS_OTHER,
		"The guest ran RDTSCP while RDTSC is trapped; KVM does not trap it, so a nested hypervisor asked for it.",
	}, {
		52, "PREEMPTION_TIMER", KXT_CLASS_INTERRUPT,
		"The guest's APIC timer expired while it ran: KVM times it with the VMX-preemption timer; the rate is the guest's tick rate.",
	}, {
		53, "INVVPID", KXT_CLASS_NESTED,
		"The guest is a hypervisor and flushes TLB entries of its own guest by VPID.",
	}, {
		54, "WBINVD", KXT_CLASS_OTHER,
		"The guest wrote back all caches; exits only with an assigned device whose DMA is not coherent, and is slow on every host CPU.",
	}, {
		55, "XSETBV", KXT_CLASS_OTHER,
		"The guest set XCR0 to enable FPU features; always exits, usually a few times a vCPU at boot, or at each switch of a nested guest.",
	}, {
		56, "APIC_WRITE", KXT_CLASS_INTERRUPT,
		"The guest wrote an APIC register that APICv passes to KVM, usually the ICR to send an IPI or the timer; IPI virtualization helps.",
	}, {
		57, "RDRAND", KXT_CLASS_OTHER,
		"The guest ran RDRAND though its CPUID hides it, so KVM raises #UD; a program there does not check CPU features.",
	}, {
		58, "INVPCID", KXT_CLASS_OTHER,
		"The guest ran INVPCID with shadow paging, or though its CPUID hides it; check that EPT is on.",
	}, {
		59, "VMFUNC", KXT_CLASS_NESTED,
		"The guest called a VM function, such as EPTP switching, which KVM emulates for nested guests only.",
	}, {
		60, "ENCLS", KXT_CLASS_OTHER,
		"The guest's kernel manages SGX enclaves with a leaf that KVM traps (ECREATE, EINIT); usual when enclaves start.",
	}, {
		61, "RDSEED", KXT_CLASS_OTHER,
		"The guest ran RDSEED though its CPUID hides it, so KVM raises #UD; a program there does not check CPU features.",
	}, {
		62, "PML_FULL", KXT_CLASS_PAGE_FAULT,
		"The CPU's log of 512 written guest pages is full and KVM collects it; only while dirty pages are tracked, as in live migration.",
	}, {
		63, "XSAVES", KXT_CLASS_OTHER,
		"The guest ran XSAVES for a state component that is trapped; KVM traps none, so a nested hypervisor asked for it.",
	}, {
		64, "XRSTORS", KXT_CLASS_OTHER,
		"The guest ran XRSTORS for a state component that is trapped; KVM traps none, so a nested hypervisor asked for it.",
	}, {
		65, "PCONFIG", KXT_CLASS_OTHER,
		"The guest ran PCONFIG (memory encryption keys) while that is trapped; KVM does not offer it to guests.",
	}, {
		66, "SPP_EVENT", KXT_CLASS_PAGE_FAULT,
		"The CPU found no usable entry for sub-page write permissions; KVM does not use them.",
	}, {
		67, "UMWAIT", KXT_CLASS_PAUSE,
		"The guest ran UMWAIT while RDTSC is trapped; KVM does not trap it, so a nested hypervisor asked for it.",
	}, {
		68, "TPAUSE", KXT_CLASS_PAUSE,
		"The guest ran TPAUSE while RDTSC is trapped; KVM does not trap it, so a nested hypervisor asked for it.",
	}, {
		69, "LOADIWKEY", KXT_CLASS_OTHER,
		"The guest loaded a Key Locker wrapping key while that is trapped; KVM does not offer Key Locker to guests.",
	}, {
		70, "ENCLV", KXT_CLASS_OTHER,
		"The guest ran an SGX leaf for oversubscribed enclave memory while that is trapped; KVM does not offer it to guests.",
	}, {
		72, "ENQCMD", KXT_CLASS_OTHER,
		"The guest ran ENQCMD and its PASID could not be translated; KVM does not use PASID translation.",
	}, {
		73, "ENQCMDS", KXT_CLASS_OTHER,
		"The guest ran ENQCMDS and its PASID could not be translated; KVM does not use PASID translation.",
	}, {
		74, "BUS_LOCK", KXT_CLASS_OTHER,
		"The guest locked the bus (an atomic access across cache lines or to uncached memory), slowing all CPUs; find the guest program.",
	}, {
		75, "NOTIFY", KXT_CLASS_OTHER,
		"The guest left no chance to interrupt it for too long (notify window); a CPU erratum or an attempt to hang the host.",
	}, {
		76, "SEAMCALL", KXT_CLASS_HYPERCALL,
		"The guest ran SEAMCALL, which is for TDX hosts; KVM raises #UD, so look at what runs in the guest.",
	}, {
		77, "TDCALL", KXT_CLASS_HYPERCALL,
		"A TDX guest asks its host for a service (MSR, port, MMIO, CPUID, page conversion), or an ordinary guest tried to and gets #UD.",
	}, {
		78, "RDMSRLIST", KXT_CLASS_MSR,
		"The guest read a list of MSRs in one instruction while that is trapped; KVM does not offer it to guests.",
	}, {
		79, "WRMSRLIST", KXT_CLASS_MSR,
		"The guest wrote a list of MSRs in one instruction while that is trapped; KVM does not offer it to guests.",
	}, {
		80, "URDMSR", KXT_CLASS_MSR,
		"A user program in the guest read an MSR with URDMSR while that is trapped; KVM does not offer it to guests.",
	}, {
		81, "UWRMSR", KXT_CLASS_MSR,
		"A user program in the guest wrote an MSR with UWRMSR while that is trapped; KVM does not offer it to guests.",
	}, {
		84, "MSR_READ_IMM", KXT_CLASS_MSR,
		"The guest read a trapped MSR with the immediate form of RDMSR; same causes as MSR_READ.",
	}, {
		85, "MSR_WRITE_IMM", KXT_CLASS_MSR,
		"The guest wrote a trapped MSR with the immediate form of WRMSRNS; usually to set its timer or send an IPI, as MSR_WRITE.",
	}, {
		0, NULL, KXT_CLASS_OTHER, NULL,
	},
};
