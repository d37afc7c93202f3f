// SPDX-License-Identifier: GPL-2.0-only
/*
 * Well-known I/O ports and device addresses of PC-compatible VMs.
 *
 * Ports of the PC: Intel 82801IR (ICH9) datasheet, sections 9.3 "I/O map" and 13
 * "LPC interface bridge registers"; VGA: IBM VGA and XGA technical reference.
 * Ports of PCI: PCI local bus specification 3.0, 3.2.2.3.2.
 * Ports of QEMU: docs/specs/{fw_cfg,acpi_cpu_hotplug,acpi_mem_hotplug,
 * acpi_pci_hotplug,acpi_nvdimm,pvpanic,standard-vga}.rst, hw/acpi/pcihp.c (q35's
 * 0xcc0), hw/i386/vmport.c, hw/i386/kvmvapic.c, hw/char/debugcon.c,
 * hw/misc/debugexit.c. The ACPI block is where firmware puts it: 0x600 and 0x700
 * for SMBus by SeaBIOS (acpi_pm_base) and, on q35, OVMF; 0xb000 by OVMF on pc
 * (OvmfPkg/Include/OvmfPlatforms.h).
 *
 * Not here: what firmware or the guest places freely (PCI BARs, virtio).
 */
#include "user/detail_int.h"

static const struct kxt_known ports[] = {
	{ 0x000, 0x00f, "DMA1" },
	{ 0x020, 0x020, "PIC1 command" },
	{ 0x021, 0x021, "PIC1 data" },
	{ 0x040, 0x040, "PIT counter 0" },
	{ 0x041, 0x041, "PIT counter 1" },
	{ 0x042, 0x042, "PIT counter 2" },
	{ 0x043, 0x043, "PIT command" },
	{ 0x060, 0x060, "i8042 data" },
	{ 0x061, 0x061, "speaker and NMI status" },
	{ 0x064, 0x064, "i8042 command" },
	{ 0x070, 0x070, "RTC index and NMI mask" },
	{ 0x071, 0x071, "RTC data" },
	{ 0x072, 0x072, "RTC extended index" },
	{ 0x073, 0x073, "RTC extended data" },
	{ 0x07e, 0x07f, "QEMU kvmvapic" },
	{ 0x080, 0x080, "POST code, I/O delay" },
	{ 0x081, 0x08f, "DMA page" },
	{ 0x092, 0x092, "fast A20 and reset" },
	{ 0x0a0, 0x0a0, "PIC2 command" },
	{ 0x0a1, 0x0a1, "PIC2 data" },
	{ 0x0b2, 0x0b2, "SMI command (APM)" },
	{ 0x0b3, 0x0b3, "SMI status (APM)" },
	{ 0x0c0, 0x0df, "DMA2" },
	{ 0x0e9, 0x0e9, "QEMU debugcon" },
	{ 0x0ed, 0x0ed, "I/O delay" },
	{ 0x0f0, 0x0f1, "FPU error" },
	{ 0x0f4, 0x0f4, "QEMU isa-debug-exit" },
	{ 0x170, 0x177, "IDE secondary" },
	{ 0x1ce, 0x1ce, "VBE index" },
	{ 0x1cf, 0x1d0, "VBE data" },
	{ 0x1f0, 0x1f7, "IDE primary" },
	{ 0x201, 0x201, "game port" },
	{ 0x278, 0x27f, "LPT2" },
	{ 0x2e8, 0x2ef, "COM4" },
	{ 0x2f8, 0x2ff, "COM2" },
	{ 0x376, 0x376, "IDE secondary control" },
	{ 0x378, 0x37f, "LPT1" },
	{ 0x3b0, 0x3bb, "VGA monochrome" },
	{ 0x3bc, 0x3bf, "LPT3" },
	{ 0x3c0, 0x3c1, "VGA attribute" },
	{ 0x3c2, 0x3c2, "VGA miscellaneous" },
	{ 0x3c3, 0x3c3, "VGA enable" },
	{ 0x3c4, 0x3c5, "VGA sequencer" },
	{ 0x3c6, 0x3c9, "VGA palette" },
	{ 0x3ca, 0x3cd, "VGA" },
	{ 0x3ce, 0x3cf, "VGA graphics" },
	{ 0x3d0, 0x3d3, "VGA" },
	{ 0x3d4, 0x3d5, "VGA CRTC" },
	{ 0x3d6, 0x3d9, "VGA" },
	{ 0x3da, 0x3da, "VGA status" },
	{ 0x3db, 0x3df, "VGA" },
	{ 0x3e8, 0x3ef, "COM3" },
	{ 0x3f0, 0x3f5, "floppy" },
	{ 0x3f6, 0x3f6, "IDE primary control" },
	{ 0x3f7, 0x3f7, "floppy" },
	{ 0x3f8, 0x3ff, "COM1" },
	{ 0x402, 0x402, "QEMU debugcon (firmware)" },
	{ 0x4d0, 0x4d0, "PIC1 edge/level" },
	{ 0x4d1, 0x4d1, "PIC2 edge/level" },
	{ 0x501, 0x502, "QEMU isa-debug-exit" },
	{ 0x505, 0x505, "QEMU pvpanic" },
	{ 0x510, 0x510, "QEMU fw_cfg selector" },
	{ 0x511, 0x511, "QEMU fw_cfg data" },
	{ 0x514, 0x51b, "QEMU fw_cfg DMA" },
	{ 0x600, 0x603, "ACPI PM event" },
	{ 0x604, 0x605, "ACPI PM control" },
	{ 0x608, 0x60b, "ACPI PM timer" },
	{ 0x620, 0x62f, "ACPI GPE (q35)" },
	{ 0x630, 0x637, "SMI control (q35)" },
	{ 0x660, 0x67f, "TCO watchdog (q35)" },
	{ 0x700, 0x73f, "SMBus" },
	{ 0xa00, 0xa17, "ACPI memory hotplug" },
	{ 0xa18, 0xa1b, "ACPI NVDIMM" },
	{ 0xca2, 0xca3, "IPMI KCS" },
	{ 0xcc0, 0xcd7, "ACPI PCI hotplug (q35)" },
	{ 0xcd8, 0xce3, "ACPI CPU hotplug (q35)" },
	{ 0xcf8, 0xcf8, "PCI config address" },
	{ 0xcf9, 0xcf9, "reset control" },
	{ 0xcfa, 0xcfb, "PCI config address" },
	{ 0xcfc, 0xcff, "PCI config data" },
	{ 0x5658, 0x5658, "QEMU vmport" },
	{ 0x5659, 0x5659, "VMware backdoor (bulk)" },
	{ 0x8900, 0x8900, "Bochs shutdown" },
	{ 0xae00, 0xae17, "ACPI PCI hotplug (pc)" },
	{ 0xaf00, 0xaf1f, "ACPI CPU hotplug (pc)" },
	{ 0xafe0, 0xafe3, "ACPI GPE (pc)" },
	{ 0xb000, 0xb003, "ACPI PM event" },
	{ 0xb004, 0xb005, "ACPI PM control" },
	{ 0xb008, 0xb00b, "ACPI PM timer" },
};

const struct kxt_known_table kxt_known_ports = KXT_KNOWN_TABLE(ports);

/*
 * Local APIC by register: Intel SDM vol. 3, table "Local APIC Register Address
 * Map"; AMD's extension at 0x400: AMD APM vol. 2, table "APIC Registers". I/O
 * APIC: Intel 82093AA datasheet. HPET, TPM, chipset (RCBA), flash: ICH9
 * datasheet, "Memory map". TPM also: QEMU docs/specs/tpm.rst. IOMMUs: QEMU
 * include/hw/i386/intel_iommu.h, hw/i386/amd_iommu.h.
 */
#define APIC_BASE	0xfee00000ULL
#define APIC(reg, name)	{ APIC_BASE + (reg), APIC_BASE + (reg) + 0xf, "local APIC " name }
#define APIC_N(reg, end, name) \
	{ APIC_BASE + (reg), APIC_BASE + (end) + 0xf, "local APIC " name }

static const struct kxt_known mmio[] = {
	{ 0xa0000, 0xbffff, "VGA memory" },
	{ 0xfec00000, 0xfec0000f, "I/O APIC select" },
	{ 0xfec00010, 0xfec0001f, "I/O APIC data" },
	{ 0xfec00020, 0xfec0003f, "I/O APIC" },
	{ 0xfec00040, 0xfec0004f, "I/O APIC EOI" },
	{ 0xfec00050, 0xfec00fff, "I/O APIC" },
	{ 0xfed00000, 0xfed000ef, "HPET" },
	{ 0xfed000f0, 0xfed000f7, "HPET counter" },
	{ 0xfed000f8, 0xfed003ff, "HPET" },
	{ 0xfed1c000, 0xfed1ffff, "chipset config (RCBA)" },
	{ 0xfed40000, 0xfed44fff, "TPM" },
	{ 0xfed80000, 0xfed83fff, "AMD IOMMU" },
	{ 0xfed90000, 0xfed90fff, "Intel IOMMU" },
	APIC_N(0x000, 0x010, "reserved"),
	APIC(0x020, "ID"),
	APIC(0x030, "version"),
	APIC_N(0x040, 0x070, "reserved"),
	APIC(0x080, "TPR"),
	APIC(0x090, "APR"),
	APIC(0x0a0, "PPR"),
	APIC(0x0b0, "EOI"),
	APIC(0x0c0, "RRD"),
	APIC(0x0d0, "LDR"),
	APIC(0x0e0, "DFR"),
	APIC(0x0f0, "SVR"),
	APIC_N(0x100, 0x170, "ISR"),
	APIC_N(0x180, 0x1f0, "TMR"),
	APIC_N(0x200, 0x270, "IRR"),
	APIC(0x280, "ESR"),
	APIC_N(0x290, 0x2e0, "reserved"),
	APIC(0x2f0, "LVT CMCI"),
	APIC(0x300, "ICR low"),
	APIC(0x310, "ICR high"),
	APIC(0x320, "LVT timer"),
	APIC(0x330, "LVT thermal"),
	APIC(0x340, "LVT PMI"),
	APIC(0x350, "LVT LINT0"),
	APIC(0x360, "LVT LINT1"),
	APIC(0x370, "LVT error"),
	APIC(0x380, "timer count"),
	APIC(0x390, "timer current"),
	APIC_N(0x3a0, 0x3d0, "reserved"),
	APIC(0x3e0, "timer divide"),
	APIC(0x3f0, "reserved"),
	APIC_N(0x400, 0xff0, "extended"),
	{ 0xffc00000, 0xffffffff, "firmware flash" },
};

const struct kxt_known_table kxt_known_mmio = KXT_KNOWN_TABLE(mmio);
