// SPDX-License-Identifier: GPL-2.0-only
/*
 * Exit reasons of AMD-V: the VMCB field EXITCODE, low 32 bits, zero-extended, so
 * that the kernel's SVM_EXIT_ERR, -1, is 0xffffffff here.
 *
 * Codes and names: SVM_EXIT_REASONS in arch/x86/include/uapi/asm/svm.h of Linux
 * 7.3, which has all that 5.10 to 6.12 have; tests/reason-tables.sh compares.
 * Meaning: AMD64 APM vol. 2, chapter 15 and appendix C "SVM intercept exit
 * codes"; 0x80000001 and up: "SEV-ES guest-hypervisor communication block
 * standardization". What KVM does about them: arch/x86/kvm/svm/.
 *
 * Not named by the kernel, so not in perf's or trace-cmd's output either:
 *  - defined in its header without a name: mwait_cond, rdpru, the write traps of
 *    CR2 and CR3, vmgexit_snp_run_vmpl, vmgexit_savic, vmgexit_term_request,
 *    vmgexit_unsupported_event, sw. Left out are the write traps of control
 *    registers that no CPU has (CR1, CR5-7, CR9-15);
 *  - only in appendix C: the exceptions CP, HV, VC and SX, 0xa0, 0xa1, 0xa3, 0xa4
 *    and -2 to -4. Their names are the APM's in the kernel's style.
 *
 * The vmgexit_* codes are what an SEV-ES guest puts into its GHCB. KVM fires
 * kvm_exit before it reads that, so these normally show as plain vmgexit.
 */
#include "user/reason.h"

#define READ_DR(n) \
	{ 0x020 + (n), "read_dr" #n, KXT_CLASS_CR_DR, \
	  "The guest read debug register DR" #n \
	  ", which KVM then lends it until its next exit; usual cause is a debugger in the guest." }
#define WRITE_DR(n) \
	{ 0x030 + (n), "write_dr" #n, KXT_CLASS_CR_DR, \
	  "The guest wrote debug register DR" #n \
	  ", which KVM then lends it until its next exit; usual cause is a debugger or watchpoint." }
/* An exception that KVM leaves to the guest. */
#define EXCP(vector, mnemonic, what) \
	{ 0x040 + (vector), mnemonic " excp", KXT_CLASS_OTHER, \
	  "The guest raised " what "; KVM leaves this to the guest, so a nested hypervisor asked for it." }
#define SYSREG(code, name, what) \
	{ code, name, KXT_CLASS_OTHER, \
	  "The guest " what "; KVM does not trap this, so a nested hypervisor asked for it." }

const struct kxt_reason kxt_reasons_svm[] = {
	{
		0x000, "read_cr0", KXT_CLASS_CR_DR,
		"The guest read CR0; KVM traps this only while the real value differs from what the guest should see, as with shadow paging.",
	}, {
		0x002, "read_cr2", KXT_CLASS_CR_DR,
		"The guest read CR2 (page fault address); KVM does not trap this, so a nested hypervisor asked for it.",
	}, {
		0x003, "read_cr3", KXT_CLASS_CR_DR,
		"The guest read its page table's address; KVM traps this only with shadow paging, so check that NPT is on (kvm_amd parameter npt).",
	}, {
		0x004, "read_cr4", KXT_CLASS_CR_DR,
		"The guest read CR4, as systems do before they change a bit of it; usual at boot, later from guests that flush their TLB through it.",
	}, {
		0x008, "read_cr8", KXT_CLASS_CR_DR,
		"The guest read its task priority (CR8); KVM does not trap this, so a nested hypervisor asked for it.",
	}, {
		0x010, "write_cr0", KXT_CLASS_CR_DR,
		"The guest wrote CR0 (paging, caching, protection); usual at boot, later only from a guest that toggles such bits often.",
	}, {
		0x012, "write_cr2", KXT_CLASS_CR_DR,
		"The guest wrote CR2 (page fault address); KVM does not trap this, so a nested hypervisor asked for it.",
	}, {
		0x013, "write_cr3", KXT_CLASS_CR_DR,
		"The guest switched its page table; KVM traps this only with shadow paging, so check that NPT is on (kvm_amd parameter npt).",
	}, {
		0x014, "write_cr4", KXT_CLASS_CR_DR,
		"The guest wrote CR4 (CPU features); usual at boot, later from guests that flush their TLB by toggling CR4.PGE.",
	}, {
		0x018, "write_cr8", KXT_CLASS_CR_DR,
		"The guest changed its task priority (CR8) while an interrupt is pending; usual for Windows guests, and AVIC avoids it.",
	},
	READ_DR(0),
	READ_DR(1),
	READ_DR(2),
	READ_DR(3),
	READ_DR(4),
	READ_DR(5),
	READ_DR(6),
	READ_DR(7),
	WRITE_DR(0),
	WRITE_DR(1),
	WRITE_DR(2),
	WRITE_DR(3),
	WRITE_DR(4),
	WRITE_DR(5),
	WRITE_DR(6),
	WRITE_DR(7),
	EXCP(0, "DE", "a divide error"),
	{
		0x041, "DB excp", KXT_CLASS_DEBUG,
		"The guest raised a debug exception: a single step or a hardware breakpoint; usual cause is a debugger in the guest or the VMM.",
	}, {
		0x043, "BP excp", KXT_CLASS_DEBUG,
		"The guest hit a breakpoint instruction (INT3) while its VMM debugs it, as with QEMU's gdb stub.",
	},
	EXCP(4, "OF", "an overflow trap (INTO)"),
	EXCP(5, "BR", "a bound range exception"),
	{
		0x046, "UD excp", KXT_CLASS_OTHER,
		"The guest ran an invalid instruction, which KVM traps to emulate some, as for a guest made to see another CPU vendor.",
	},
	EXCP(7, "NM", "a device not available exception (FPU off)"),
	EXCP(8, "DF", "a double fault"),
	EXCP(10, "TS", "an invalid TSS fault"),
	EXCP(11, "NP", "a segment not present fault"),
	EXCP(12, "SS", "a stack segment fault"),
	{
		0x04d, "GP excp", KXT_CLASS_OTHER,
		"The guest raised a general protection fault, which KVM traps for the VMware backdoor, or on some CPUs for nested guests.",
	}, {
		0x04e, "PF excp", KXT_CLASS_PAGE_FAULT,
		"The guest raised a page fault; KVM traps this only with shadow paging, so check that NPT is on (kvm_amd parameter npt).",
	},
	EXCP(16, "MF", "an x87 floating-point error"),
	{
		0x051, "AC excp", KXT_CLASS_OTHER,
		"The guest raised an alignment check, which KVM traps so that endless ones cannot hang the host, and hands back to the guest.",
	}, {
		0x052, "MC excp", KXT_CLASS_OTHER,
		"A machine check hit the host CPU while the guest ran, a hardware error; look at the host's kernel log, rasdaemon or mcelog.",
	},
	EXCP(19, "XF", "a SIMD floating-point exception"),
	EXCP(21, "CP", "a control protection fault (shadow stack)"),
	EXCP(28, "HV", "a hypervisor injection exception (SEV-SNP)"),
	EXCP(29, "VC", "a VMM communication exception (SEV-ES)"),
	EXCP(30, "SX", "a security exception (INIT redirection)"),
	{
		0x060, "interrupt", KXT_CLASS_INTERRUPT,
		"The host got an interrupt (timer tick, IPI, device) while the guest ran; if many, move IRQs and other load off this CPU.",
	}, {
		0x061, "nmi", KXT_CLASS_INTERRUPT,
		"The host got an NMI while the guest ran; usual cause is profiling on the host (perf) or its NMI watchdog.",
	}, {
		0x062, "smi", KXT_CLASS_INTERRUPT,
		"A system management interrupt of the host's firmware; many steal time from all guests, so look at BIOS settings.",
	}, {
		0x063, "init", KXT_CLASS_INTERRUPT,
		"An INIT signal hit the CPU in guest mode; expect it only when the host is reset, or from a hypervisor below this one.",
	}, {
		0x064, "vintr", KXT_CLASS_INTERRUPT,
		"The guest became ready for an interrupt that KVM has pending for it; many mean injection without AVIC (kvm_amd parameter avic).",
	}, {
		0x065, "cr0_sel_write", KXT_CLASS_CR_DR,
		"The guest changed bits of CR0 other than TS and MP, such as caching or write protection; usual at boot.",
	},
	SYSREG(0x066, "read_idtr", "read IDTR (SIDT)"),
	SYSREG(0x067, "read_gdtr", "read GDTR (SGDT)"),
	SYSREG(0x068, "read_ldtr", "read LDTR (SLDT)"),
	/* "rt" is the kernel's spelling of TR, the task register. */
	SYSREG(0x069, "read_rt", "read the task register (STR)"),
	SYSREG(0x06a, "write_idtr", "loaded IDTR (LIDT)"),
	SYSREG(0x06b, "write_gdtr", "loaded GDTR (LGDT)"),
	SYSREG(0x06c, "write_ldtr", "loaded LDTR (LLDT)"),
	SYSREG(0x06d, "write_rt", "loaded the task register (LTR)"),
	{
		0x06e, "rdtsc", KXT_CLASS_OTHER,
		"The guest read the TSC while that is trapped; KVM does not trap it, so a nested hypervisor asked for it.",
	}, {
		0x06f, "rdpmc", KXT_CLASS_OTHER,
		"The guest read a performance counter, which KVM emulates with host perf events; usual cause is a profiler in the guest.",
	},
	SYSREG(0x070, "pushf", "saved its flags (PUSHF)"),
	SYSREG(0x071, "popf", "restored its flags (POPF)"),
	{
		0x072, "cpuid", KXT_CLASS_CPUID,
		"The guest ran CPUID, which KVM always traps; if frequent, some program uses it to serialize or asks for CPU features in a loop.",
	}, {
		0x073, "rsm", KXT_CLASS_OTHER,
		"The guest's firmware left system management mode (RSM), which KVM emulates; usual with UEFI Secure Boot variables.",
	}, {
		0x074, "iret", KXT_CLASS_INTERRUPT,
		"The guest left an NMI handler and KVM has another NMI for it; usual cause is perf or an NMI watchdog in the guest.",
	},
	SYSREG(0x075, "swint", "ran a software interrupt (INT n)"),
	{
		0x076, "invd", KXT_CLASS_OTHER,
		"The guest asked to drop its caches without writing back, which KVM skips; only firmware does this, at boot.",
	}, {
		0x077, "pause", KXT_CLASS_PAUSE,
		"The guest spins on a lock (pause filter), likely because the holder's vCPU waits for a CPU; reduce vCPU overcommit.",
	}, {
		0x078, "hlt", KXT_CLASS_HALT,
		"The vCPU is idle and waits for an interrupt: time here is no loss; if many and short, look at halt_poll_ns or guest haltpoll.",
	}, {
		0x079, "invlpg", KXT_CLASS_OTHER,
		"The guest flushed a page from the TLB; KVM traps this only with shadow paging, so check that NPT is on (kvm_amd parameter npt).",
	}, {
		0x07a, "invlpga", KXT_CLASS_NESTED,
		"The guest is a hypervisor and flushes a page of its own guest from the TLB.",
	}, {
		0x07b, "io", KXT_CLASS_IO,
		"The guest accessed an I/O port of an emulated device (serial port, VGA, PCI setup, ACPI timer, IDE); prefer virtio and kvm-clock.",
	}, {
		0x07c, "msr", KXT_CLASS_MSR,
		"The guest read or wrote a trapped MSR; nearly always TSC_DEADLINE to set its timer or the x2APIC ICR to send an IPI.",
	}, {
		0x07d, "task_switch", KXT_CLASS_OTHER,
		"The guest did a hardware task switch, which KVM emulates; only very old 32-bit systems or their fault handlers do this.",
	},
	SYSREG(0x07e, "ferr_freeze", "froze on an x87 error (FERR)"),
	{
		0x07f, "shutdown", KXT_CLASS_SHUTDOWN,
		"The guest failed to handle a double fault, which resets a PC; some guests reboot this way, otherwise the guest crashed.",
	}, {
		0x080, "vmrun", KXT_CLASS_NESTED,
		"The guest is a hypervisor and enters its own guest; one for each exit of the nested guest that it handled.",
	}, {
		0x081, "hypercall", KXT_CLASS_HYPERCALL,
		"The guest called the hypervisor (VMMCALL): multicast IPIs, waking a vCPU that waits for a lock, or Hyper-V and Xen hypercalls.",
	}, {
		0x082, "vmload", KXT_CLASS_NESTED,
		"The guest is a hypervisor and loads state of its own guest; many mean virtual VMLOAD/VMSAVE is off (kvm_amd parameter vls).",
	}, {
		0x083, "vmsave", KXT_CLASS_NESTED,
		"The guest is a hypervisor and saves state of its own guest; many mean virtual VMLOAD/VMSAVE is off (kvm_amd parameter vls).",
	}, {
		0x084, "stgi", KXT_CLASS_NESTED,
		"The guest is a hypervisor and allows interrupts again (STGI); many mean virtual GIF is off (kvm_amd parameter vgif).",
	}, {
		0x085, "clgi", KXT_CLASS_NESTED,
		"The guest is a hypervisor and holds off interrupts (CLGI); many mean virtual GIF is off (kvm_amd parameter vgif).",
	}, {
		0x086, "skinit", KXT_CLASS_NESTED,
		"The guest tried a secure loader launch (SKINIT), which KVM does not offer to guests.",
	}, {
		0x087, "rdtscp", KXT_CLASS_OTHER,
		"The guest ran RDTSCP while that is trapped; KVM does not trap it, so a nested hypervisor asked for it.",
	}, {
		0x088, "icebp", KXT_CLASS_DEBUG,
		"The guest ran the debug instruction INT1; KVM does not trap it, so a nested hypervisor asked for it.",
	}, {
		0x089, "wbinvd", KXT_CLASS_OTHER,
		"The guest wrote back all caches, which KVM traps; usual at boot, and slow with an assigned device whose DMA is not coherent.",
	}, {
		0x08a, "monitor", KXT_CLASS_HALT,
		"The guest ran MONITOR to arm an MWAIT, which KVM treats as a no-op; its idle loop should use HLT or get MWAIT passed through.",
	}, {
		0x08b, "mwait", KXT_CLASS_HALT,
		"The guest ran MWAIT, which KVM does not let it sleep in, so it spins; use HLT, or give it the CPU (QEMU -overcommit cpu-pm=on).",
	}, {
		0x08c, "mwait_cond", KXT_CLASS_HALT,
		"The guest ran MWAIT with its monitor armed; KVM does not use this trap, so a nested hypervisor asked for it.",
	}, {
		0x08d, "xsetbv", KXT_CLASS_OTHER,
		"The guest set XCR0 to enable FPU features; usually a few times a vCPU at boot, or at each switch of a nested guest.",
	}, {
		0x08e, "rdpru", KXT_CLASS_OTHER,
		"The guest read a performance register with RDPRU, which KVM does not offer, so it raises #UD; look at what runs in the guest.",
	}, {
		0x08f, "write_efer_trap", KXT_CLASS_MSR,
		"An SEV-ES guest changed EFER (CPU modes), which KVM is told afterwards; usual at boot only.",
	}, {
		0x090, "write_cr0_trap", KXT_CLASS_CR_DR,
		"An SEV-ES guest changed CR0, which KVM is told afterwards; usual at boot only.",
	}, {
		0x092, "write_cr2_trap", KXT_CLASS_CR_DR,
		"An SEV-ES guest changed CR2, which KVM does not ask to be told.",
	}, {
		0x093, "write_cr3_trap", KXT_CLASS_CR_DR,
		"An SEV-ES guest switched its page table, which KVM does not ask to be told.",
	}, {
		0x094, "write_cr4_trap", KXT_CLASS_CR_DR,
		"An SEV-ES guest changed CR4, which KVM is told afterwards; usual at boot, later if it flushes its TLB through CR4.",
	}, {
		0x098, "write_cr8_trap", KXT_CLASS_CR_DR,
		"An SEV-ES guest changed its task priority (CR8), which KVM is told afterwards; usual for Windows guests.",
	},
	SYSREG(0x0a0, "invlpgb", "flushed TLBs of all CPUs with INVLPGB"),
	{
		0x0a1, "invlpgb_illegal", KXT_CLASS_OTHER,
		"The guest ran INVLPGB with operands that are not allowed in a guest; look at what runs in it.",
	}, {
		0x0a2, "invpcid", KXT_CLASS_OTHER,
		"The guest ran INVPCID with shadow paging, or though its CPUID hides it; check that NPT is on.",
	},
	SYSREG(0x0a3, "mcommit", "waited for its stores to persistent memory (MCOMMIT)"),
	SYSREG(0x0a4, "tlbsync", "waited for its TLB flushes (TLBSYNC)"),
	{
		0x0a5, "buslock", KXT_CLASS_OTHER,
		"The guest locked the bus (an atomic access across cache lines or to uncached memory), slowing all CPUs; find the guest program.",
	}, {
		0x0a6, "idle-halt", KXT_CLASS_HALT,
		"The vCPU is idle with nothing pending and waits for an interrupt: time here is no loss; if many and short, look at halt_poll_ns.",
	}, {
		0x400, "npf", KXT_CLASS_PAGE_FAULT,
		"The guest touched memory the host has not mapped (first use, swap, migration, dirty logging) or an emulated device (MMIO).",
	}, {
		0x401, "avic_incomplete_ipi", KXT_CLASS_INTERRUPT,
		"AVIC could not deliver an IPI by itself, usually because the target vCPU was not running; KVM wakes it.",
	}, {
		0x402, "avic_unaccelerated_access", KXT_CLASS_INTERRUPT,
		"The guest accessed an APIC register that AVIC leaves to KVM, usually its timer or the end of a level-triggered interrupt.",
	}, {
		0x403, "vmgexit", KXT_CLASS_HYPERCALL,
		"An SEV-ES or SEV-SNP guest asks for a service through its GHCB: an MSR, I/O port, MMIO, CPUID or page state change.",
	}, {
		0x80000001, "vmgexit_mmio_read", KXT_CLASS_MMIO,
		"An SEV-ES guest reads a device register (MMIO) through its GHCB; usual for emulated and virtio devices.",
	}, {
		0x80000002, "vmgexit_mmio_write", KXT_CLASS_MMIO,
		"An SEV-ES guest writes a device register (MMIO) through its GHCB; usual for emulated devices and virtio doorbells.",
	}, {
		0x80000003, "vmgexit_nmi_complete", KXT_CLASS_INTERRUPT,
		"An SEV-ES guest finished an NMI and can take the next one.",
	}, {
		0x80000004, "vmgexit_ap_hlt_loop", KXT_CLASS_HALT,
		"An SEV-ES guest parks a CPU until it is started again; usual at boot, reboot and when CPUs go offline.",
	}, {
		0x80000005, "vmgexit_ap_jump_table", KXT_CLASS_HYPERCALL,
		"An SEV-ES guest sets or asks for the table through which it starts its CPUs; usual at boot.",
	}, {
		0x80000010, "vmgexit_page_state_change", KXT_CLASS_HYPERCALL,
		"An SEV-SNP guest makes pages private or shared; usual at boot and for DMA buffers, and slow if it happens all the time.",
	}, {
		0x80000011, "vmgexit_guest_request", KXT_CLASS_HYPERCALL,
		"An SEV-SNP guest sends a message to the AMD secure processor, usually for an attestation report.",
	}, {
		0x80000012, "vmgexit_ext_guest_request", KXT_CLASS_HYPERCALL,
		"An SEV-SNP guest asks for an attestation report with the certificates of the host.",
	}, {
		0x80000013, "vmgexit_ap_creation", KXT_CLASS_HYPERCALL,
		"An SEV-SNP guest creates or destroys a vCPU's state to start or stop a CPU; usual at boot.",
	}, {
		0x80000018, "vmgexit_snp_run_vmpl", KXT_CLASS_HYPERCALL,
		"An SEV-SNP guest asks to run another privilege level (VMPL), as guests with a secure service module (SVSM) do.",
	}, {
		0x8000001a, "vmgexit_savic", KXT_CLASS_HYPERCALL,
		"An SEV-SNP guest tells where its Secure AVIC backing page is; usual when a CPU starts.",
	}, {
		0x8000fffd, "vmgexit_hypervisor_feature", KXT_CLASS_HYPERCALL,
		"An SEV-ES guest asks which GHCB features the hypervisor has; usual at boot.",
	}, {
		0x8000fffe, "vmgexit_term_request", KXT_CLASS_SHUTDOWN,
		"An SEV-ES guest gives up and asks to be terminated; look at the guest's console and the VMM's log for the reason.",
	}, {
		0x8000ffff, "vmgexit_unsupported_event", KXT_CLASS_OTHER,
		"An SEV-ES guest met an exit that it cannot translate for the hypervisor; see the host's kernel log.",
	}, {
		0xf0000000, "sw", KXT_CLASS_OTHER,
		"A code that hardware never uses, reserved for software; Hyper-V uses it to notify a KVM that runs on it.",
	}, {
		0xfffffffc, "invalid_pmc", KXT_CLASS_SHUTDOWN,
		"Entry failed because the CPU refuses the guest's performance counter state; a KVM, VMM or nested hypervisor bug.",
	}, {
		0xfffffffd, "idle_required", KXT_CLASS_OTHER,
		"Entry of an SEV-SNP guest was refused because it asks for an idle sibling thread and that one is busy.",
	}, {
		0xfffffffe, "busy", KXT_CLASS_OTHER,
		"Entry of an SEV-ES or SEV-SNP guest was refused because its vCPU state (VMSA) is marked as in use.",
	}, {
		0xffffffff, "invalid_guest_state", KXT_CLASS_SHUTDOWN,
		"Entry failed because the CPU refuses the guest state; a KVM, VMM or nested hypervisor bug, see the kernel log (dump_invalid_vmcb).",
	}, {
		0, NULL, KXT_CLASS_OTHER, NULL,
	},
};
