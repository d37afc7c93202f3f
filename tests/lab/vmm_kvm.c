// SPDX-License-Identifier: GPL-2.0-only
/* The VM and its vCPUs: creation, registers, KVM's own counters, the end. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vmm_guest.h"

/* Headers before 5.14 lack these. */
#ifndef KVM_GET_STATS_FD
#define KVM_CAP_BINARY_STATS_FD 203
#define KVM_GET_STATS_FD	_IO(KVMIO, 0xce)
#endif

/*
 * struct kvm_stats_header and kvm_stats_desc under names of our own: their fields
 * differ between header versions.
 */
struct stats_header {
	uint32_t flags, name_size, num_desc, id_offset, desc_offset, data_offset;
};

struct stats_desc {
	uint32_t flags;
	int16_t exponent;
	uint16_t size;
	uint32_t offset;
	uint32_t bucket_size;
};

#define MAX_CPUID_ENTRIES 256
#define APIC_SPIV	  0xf0

#define APIC_BASE_X2APIC 0xfee00c00ull
#define SLOT_DIRTY	 1

bool vmm_param_is_off(const char *path)
{
	FILE *f = fopen(path, "re");
	int c;

	if (!f)
		return false;
	c = fgetc(f);
	fclose(f);
	return c == 'N' || c == '0';
}

static bool cpu_has_svm(void)
{
	char line[8192];
	FILE *f = fopen("/proc/cpuinfo", "re");
	bool found = false, svm = false;

	if (!f)
		vmm_die("cannot read /proc/cpuinfo: %m; mount /proc");
	while (!found && fgets(line, sizeof(line), f)) {
		svm = strstr(line, " svm ") || strstr(line, " svm\n");
		found = !strncmp(line, "flags", 5) && (svm || strstr(line, " vmx"));
	}
	fclose(f);
	if (!found)
		vmm_die("this processor has neither VMX nor SVM; run it in the lab: "
			"scripts/lab/run");
	return svm;
}

static bool guest_has_svm(const struct vmm *vmm)
{
	uint32_t i;

	for (i = 0; i < vmm->cpuid->nent; i++) {
		if (vmm->cpuid->entries[i].function == 0x80000001)
			return vmm->cpuid->entries[i].ecx & 1 << 2;
	}
	return false;
}

void vmm_kvm_open(struct vmm *vmm)
{
	int version, size;

	vmm->kvm_fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (vmm->kvm_fd < 0)
		vmm_die("cannot open /dev/kvm: %m; load kvm-amd or kvm-intel, or run "
			"it in the lab: scripts/lab/run");
	version = ioctl(vmm->kvm_fd, KVM_GET_API_VERSION, 0);
	if (version != KVM_API_VERSION)
		vmm_die("/dev/kvm has API version %d, not %d; run it on Linux 5.10 or "
			"later",
			version, KVM_API_VERSION);
	size = ioctl(vmm->kvm_fd, KVM_GET_VCPU_MMAP_SIZE, 0);
	if (size < 0)
		vmm_die("KVM_GET_VCPU_MMAP_SIZE: %m");
	vmm->run_size = size;

	vmm->svm = cpu_has_svm();
	vmm->tdp = !vmm_param_is_off(vmm->svm ? "/sys/module/kvm_amd/parameters/npt"
					      : "/sys/module/kvm_intel/parameters/ept");

	vmm->cpuid =
		calloc(1, sizeof(*vmm->cpuid) +
				  MAX_CPUID_ENTRIES * sizeof(vmm->cpuid->entries[0]));
	if (!vmm->cpuid)
		vmm_die("out of memory");
	vmm->cpuid->nent = MAX_CPUID_ENTRIES;
	if (ioctl(vmm->kvm_fd, KVM_GET_SUPPORTED_CPUID, vmm->cpuid) < 0)
		vmm_die("KVM_GET_SUPPORTED_CPUID: %m");
	if (vmm->opt.total[OP_VMRUN] && !guest_has_svm(vmm))
		vmm_die("this host gives its guests no SVM for --vmrun; load kvm-amd "
			"with nested=1");
}

static void set_slot(struct vmm *vmm, uint32_t slot, uint32_t gpa, const void *mem,
		     size_t size, uint32_t flags)
{
	struct kvm_userspace_memory_region region = {
		.slot = slot,
		.flags = flags,
		.guest_phys_addr = gpa,
		.memory_size = size,
		.userspace_addr = (uintptr_t)mem,
	};

	if (ioctl(vmm->vm_fd, KVM_SET_USER_MEMORY_REGION, &region) < 0)
		vmm_die("cannot give the VM %zu bytes of memory: %m; give fewer "
			"--vcpus or pages to --touch",
			size);
}

static void set_memory(struct vmm *vmm)
{
	const unsigned int vcpus = vmm->opt.nr_vcpus;

	set_slot(vmm, 0, GUEST_BASE, vmm->mem, vmm->mem_stride * vcpus, 0);
	if (vmm->dirty)
		set_slot(vmm, SLOT_DIRTY, GUEST_DIRTY, vmm->dirty,
			 vmm->dirty_stride * vcpus, KVM_MEM_LOG_DIRTY_PAGES);
}

/* Asking which pages were stored to makes KVM watch out for the next store. */
void vmm_protect_dirty(struct vmm *vmm)
{
	uint64_t bits[(GUEST_MMIO - GUEST_DIRTY) / GUEST_PAGE / 64];
	struct kvm_dirty_log log = {
		.slot = SLOT_DIRTY,
		.dirty_bitmap = bits,
	};

	if (vmm->dirty && ioctl(vmm->vm_fd, KVM_GET_DIRTY_LOG, &log) < 0)
		vmm_die("KVM_GET_DIRTY_LOG: %m; try without --dirty");
}

static void set_cpuid(struct vcpu *vcpu)
{
	struct kvm_cpuid2 *cpuid = vcpu->vmm->cpuid;
	uint32_t i;

	for (i = 0; i < cpuid->nent; i++) {
		struct kvm_cpuid_entry2 *e = &cpuid->entries[i];

		if (e->function == 1)
			e->ebx = (e->ebx & 0x00ffffff) | vcpu->id << 24;
		else if (e->function == 0xb || e->function == 0x1f)
			e->edx = vcpu->id;
	}
	if (ioctl(vcpu->fd, KVM_SET_CPUID2, cpuid) < 0)
		vmm_die("vCPU %u: KVM_SET_CPUID2: %m", vcpu->id);
}

static void set_registers(struct vcpu *vcpu)
{
	struct kvm_segment code = {
		.limit = 0xffffffff,
		.selector = GUEST_CS,
		.type = 11,
		.present = 1,
		.db = 1,
		.s = 1,
		.g = 1,
	};
	struct kvm_regs regs = {
		.rip = vcpu->gpa + GUEST_CODE,
		.rsp = vcpu->gpa + GUEST_DATA + DATA_STACK_TOP,
		.rflags = 2,
	};
	struct kvm_segment data = code;
	struct kvm_sregs sregs;

	data.selector = GUEST_DS;
	data.type = 3;
	if (ioctl(vcpu->fd, KVM_GET_SREGS, &sregs) < 0)
		vmm_die("vCPU %u: KVM_GET_SREGS: %m", vcpu->id);
	sregs.cs = code;
	sregs.ds = sregs.es = sregs.fs = sregs.gs = sregs.ss = data;
	sregs.gdt.base = vcpu->gpa + GUEST_DATA + DATA_GDT;
	sregs.gdt.limit = GUEST_GDT_SIZE - 1;
	sregs.idt.base = vcpu->gpa + GUEST_DATA + DATA_IDT;
	sregs.idt.limit = GUEST_IDT_SIZE - 1;
	sregs.cr0 = GUEST_CR0;
	sregs.cr3 = vcpu->gpa + GUEST_PGD;
	sregs.cr4 = GUEST_CR4;
	sregs.efer = vcpu->vmm->opt.total[OP_VMRUN] ? EFER_SVME : 0;
	if (vcpu->vmm->opt.irqchip)
		sregs.apic_base = APIC_BASE_X2APIC | (sregs.apic_base & 0x100);
	if (ioctl(vcpu->fd, KVM_SET_SREGS, &sregs) < 0)
		vmm_die("vCPU %u: KVM_SET_SREGS: %m", vcpu->id);
	if (ioctl(vcpu->fd, KVM_SET_REGS, &regs) < 0)
		vmm_die("vCPU %u: KVM_SET_REGS: %m", vcpu->id);
}

/*
 * Switches the APIC on from outside, so that the guest needs no exits for it; wakes
 * vCPUs that wait for a SIPI.
 */
static void set_apic(struct vcpu *vcpu)
{
	struct kvm_mp_state state = {.mp_state = KVM_MP_STATE_RUNNABLE};
	struct kvm_lapic_state apic;
	uint32_t spiv = 0x1ff;

	if (ioctl(vcpu->fd, KVM_GET_LAPIC, &apic) < 0)
		vmm_die("vCPU %u: KVM_GET_LAPIC: %m", vcpu->id);
	memcpy(apic.regs + APIC_SPIV, &spiv, sizeof(spiv));
	if (ioctl(vcpu->fd, KVM_SET_LAPIC, &apic) < 0)
		vmm_die("vCPU %u: KVM_SET_LAPIC: %m", vcpu->id);
	if (ioctl(vcpu->fd, KVM_SET_MP_STATE, &state) < 0)
		vmm_die("vCPU %u: KVM_SET_MP_STATE: %m", vcpu->id);
}

/* Where SVM puts the state of a guest while its own guest runs. */
static void set_hsave(struct vcpu *vcpu)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entry;
	} msrs = {
		.head.nmsrs = 1,
		.entry = {.index = MSR_SVM_HSAVE, .data = vcpu->gpa + GUEST_HSAVE},
	};

	if (ioctl(vcpu->fd, KVM_SET_MSRS, &msrs) != 1)
		vmm_die("vCPU %u: KVM_SET_MSRS: %m; try without --vmrun", vcpu->id);
}

/* Else KVM lets the guest have its debug registers after the first access. */
static void watch_debug_registers(struct vcpu *vcpu)
{
	struct kvm_guest_debug debug = {.control = KVM_GUESTDBG_ENABLE};

	if (ioctl(vcpu->fd, KVM_SET_GUEST_DEBUG, &debug) < 0)
		vmm_die("vCPU %u: KVM_SET_GUEST_DEBUG: %m; try without --regs", vcpu->id);
}

static void create_vcpu(struct vmm *vmm, struct vcpu *vcpu)
{
	vcpu->fd = ioctl(vmm->vm_fd, KVM_CREATE_VCPU, (unsigned long)vcpu->id);
	if (vcpu->fd < 0)
		vmm_die("cannot create vCPU %u: %m; give fewer --vcpus", vcpu->id);
	vcpu->run = mmap(NULL, vmm->run_size, PROT_READ | PROT_WRITE, MAP_SHARED,
			 vcpu->fd, 0);
	if (vcpu->run == MAP_FAILED)
		vmm_die("vCPU %u: cannot map its kvm_run: %m", vcpu->id);
	guest_build(vcpu);
	guest_populate_touch(vcpu);
	set_cpuid(vcpu);
	set_registers(vcpu);
	if (vmm->opt.irqchip)
		set_apic(vcpu);
	if (vmm->opt.total[OP_VMRUN])
		set_hsave(vcpu);
	if (vmm->opt.total[OP_REGS])
		watch_debug_registers(vcpu);
}

void vmm_vm_create(struct vmm *vmm)
{
	unsigned int i;

	vmm->vm_fd = ioctl(vmm->kvm_fd, KVM_CREATE_VM, 0ul);
	if (vmm->vm_fd < 0)
		vmm_die("cannot create a VM: KVM_CREATE_VM: %m");
	/*
	 * Three pages that VMX without "unrestricted guest" wants somewhere outside
	 * memory. SVM ignores it.
	 */
	if (ioctl(vmm->vm_fd, KVM_SET_TSS_ADDR, 0xfffbd000ul) < 0)
		vmm_die("KVM_SET_TSS_ADDR: %m");
	if (vmm->opt.irqchip && ioctl(vmm->vm_fd, KVM_CREATE_IRQCHIP, 0) < 0)
		vmm_die("cannot create the in-kernel irqchip: %m; try without "
			"--irqchip and --idle");
	set_memory(vmm);
	for (i = 0; i < vmm->opt.nr_vcpus; i++)
		create_vcpu(vmm, &vmm->vcpus[i]);
}

static bool read_at(int fd, void *buf, size_t size, off_t offset)
{
	return pread(fd, buf, size, offset) == (ssize_t)size;
}

static bool find_exits(int fd, uint64_t *exits)
{
	struct stats_header header;
	struct stats_desc desc;
	char name[64] = "";
	off_t at;
	uint32_t i;

	if (!read_at(fd, &header, sizeof(header), 0) || header.name_size > sizeof(name))
		return false;
	for (i = 0; i < header.num_desc; i++) {
		at = header.desc_offset + i * (sizeof(desc) + header.name_size);
		if (!read_at(fd, &desc, sizeof(desc), at) ||
		    !read_at(fd, name, header.name_size, at + sizeof(desc)))
			return false;
		if (!strncmp(name, "exits", sizeof(name)))
			return read_at(fd, exits, sizeof(*exits),
				       header.data_offset + desc.offset);
	}
	return false;
}

/*
 * KVM's own count of this vCPU's exits, where the kernel has per-vCPU statistics
 * (5.14).
 */
static bool read_stats_fd(const struct vcpu *vcpu, uint64_t *exits)
{
	int fd = ioctl(vcpu->fd, KVM_GET_STATS_FD, 0);
	bool found;

	if (fd < 0)
		return false;
	found = find_exits(fd, exits);
	close(fd);
	return found;
}

/* And of the whole VM's, in every version; lost when the VM goes away. */
static bool read_debugfs(const struct vmm *vmm, uint64_t *exits)
{
	char path[128];
	bool found;
	FILE *f;

	snprintf(path, sizeof(path), "/sys/kernel/debug/kvm/%d-%d/exits", getpid(),
		 vmm->vm_fd);
	f = fopen(path, "re");
	if (!f)
		return false;
	found = fscanf(f, "%" SCNu64, exits) == 1;
	fclose(f);
	return found;
}

void vmm_vm_collect(struct vmm *vmm)
{
	bool per_vcpu =
		ioctl(vmm->kvm_fd, KVM_CHECK_EXTENSION, KVM_CAP_BINARY_STATS_FD) > 0;
	uint64_t exits = 0;
	unsigned int i;

	for (i = 0; i < vmm->opt.nr_vcpus; i++) {
		struct vcpu *vcpu = &vmm->vcpus[i];

		vcpu->eois += guest_counter(vcpu, DATA_TAKEN);
		if (!per_vcpu)
			continue;
		if (!read_stats_fd(vcpu, &exits))
			vmm_die("vCPU %u: cannot read KVM's statistics: %m", vcpu->id);
		vcpu->kvm_exits += exits;
		vmm->kvm_exits += exits;
	}
	vmm->generations++;
	if (per_vcpu) {
		vmm->exits_source = EXITS_STATS_FD;
	} else if (read_debugfs(vmm, &exits)) {
		vmm->kvm_exits += exits;
		vmm->exits_source = EXITS_DEBUGFS;
	}
}

/* The VM goes away with the last reference to it: each vCPU has two. */
void vmm_vm_destroy(struct vmm *vmm)
{
	unsigned int i;

	for (i = 0; i < vmm->opt.nr_vcpus; i++) {
		munmap(vmm->vcpus[i].run, vmm->run_size);
		close(vmm->vcpus[i].fd);
	}
	close(vmm->vm_fd);
}

_Noreturn void vmm_vcpu_die(struct vcpu *vcpu, const char *what)
{
	struct kvm_sregs s = {0};
	struct kvm_regs r = {0};

	ioctl(vcpu->fd, KVM_GET_REGS, &r);
	ioctl(vcpu->fd, KVM_GET_SREGS, &s);
	fprintf(stderr,
		"vmm: vCPU %u stopped: exit_reason %u, hardware 0x%llx, suberror %u\n"
		"vmm: rip %08llx rsp %08llx rflags %08llx eax %08llx ebx %08llx ecx "
		"%08llx edx %08llx esi %08llx edi %08llx\n"
		"vmm: stack %08x %08x %08x %08x\n"
		"vmm: cr0 %08llx cr2 %08llx cr3 %08llx cr4 %08llx cs %04x ss %04x; "
		"code at %08x, data at %08x\n",
		vcpu->id, vcpu->run->exit_reason, vcpu->run->hw.hardware_exit_reason,
		vcpu->run->internal.suberror, r.rip, r.rsp, r.rflags, r.rax, r.rbx,
		r.rcx, r.rdx, r.rsi, r.rdi, guest_stack(vcpu, r.rsp, 0),
		guest_stack(vcpu, r.rsp, 1), guest_stack(vcpu, r.rsp, 2),
		guest_stack(vcpu, r.rsp, 3), s.cr0, s.cr2, s.cr3, s.cr4, s.cs.selector,
		s.ss.selector, vcpu->gpa + GUEST_CODE, vcpu->gpa + GUEST_DATA);
	vmm_die("KVM_RUN of vCPU %u: %s; look at the kernel log", vcpu->id, what);
}
