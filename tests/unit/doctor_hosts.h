/* SPDX-License-Identifier: GPL-2.0-only */
/* Hosts for the tests of "doctor": what was found out, and what became of collectors. */
#ifndef KXT_TEST_DOCTOR_HOSTS_H
#define KXT_TEST_DOCTOR_HOSTS_H

#include <stdio.h>
#include <string.h>

#include "tests/unit/build.h"
#include "user/doctor.h"

#define ALL_CAPS	0x1ffffffffffULL

/**
 * struct host - a host, and its collectors
 * @f: facts
 * @try: module, then bpf
 */
struct host {
	struct kxt_host_facts f;
	struct kxt_doctor_try try[2];
};

UNUSED static void works(struct kxt_doctor_try *try, unsigned int nr_vcpus)
{
	try->opened = try->works = try->kvm_present = true;
	try->nr_vcpus = nr_vcpus;
	try->seen_ns = 250000000;
	try->memory = (64 + nr_vcpus) * 32768;
}

UNUSED static void refused(struct kxt_doctor_try *try, const char *why)
{
	try->opened = try->works = try->kvm_present = false;
	kxt_err_set(&try->err, KXT_EXIT_NO_COLLECTOR, "%s", why);
}

#define NO_MODULE \
	"there is no /dev/kvmexit: the module kvmexit is not loaded. Run 'modprobe kvmexit'."

/* Debian's 6.1 on AMD, root, the module loaded, nothing amiss. */
UNUSED static struct host usual(void)
{
	struct host h = { .try = { { .name = "module", .stops = KXT_STOPS_MODULE },
				   { .name = "bpf", .stops = KXT_STOPS_BPF } } };
	struct kxt_host_facts *f = &h.f;

	strcpy(f->release, "6.1.0-56-amd64");
	f->major = 6;
	f->minor = 1;
	f->realtime = KXT_FACT_NO;
	f->proc = f->sys = true;
	f->bpf = KXT_FACT_YES;
	f->lockdown = KXT_LOCKDOWN_NONE;
	f->secure_boot = KXT_SECURE_BOOT_OFF;
	f->kvm = (struct kxt_kvm_facts){
		.core = KXT_PART_MODULE, .amd = KXT_PART_MODULE,
		.intel = KXT_PART_ABSENT, .device = KXT_FACT_YES,
		.cpu_known = true, .cpu = KXT_CPU_SVM,
		.tracefs = KXT_TRACEFS_READABLE, .tracefs_path = "/sys/kernel/tracing",
		.event = KXT_FACT_YES, .btf_event = KXT_FACT_YES,
		.btf_kernel = KXT_FACT_YES, .btf_kvm = KXT_FACT_YES,
		.btf_vendor = KXT_FACT_YES,
	};
	f->module = (struct kxt_module_facts){
		.loaded = KXT_FACT_YES, .version = KXT_VERSION, .node = KXT_FACT_YES,
		.node_mode = 0600, .node_readable = true, .modules = KXT_FACT_YES,
		.disabled = KXT_FACT_NO, .signed_only = KXT_FACT_NO,
		.folder = KXT_FACT_YES, .headers = KXT_FACT_YES,
	};
	f->process = (struct kxt_process_facts){
		.caps_known = true, .caps = ALL_CAPS, .memlock_known = true,
		.memlock = 8 << 20, .seccomp = KXT_FACT_NO,
		.first_pid_ns = KXT_FACT_YES, .first_user_ns = KXT_FACT_YES,
	};
	works(&h.try[0], 3);
	works(&h.try[1], 3);
	return h;
}

UNUSED static struct host without_module(void)
{
	struct host h = usual();

	h.f.module.loaded = h.f.module.node = h.f.module.headers = KXT_FACT_NO;
	h.f.module.version[0] = '\0';
	refused(&h.try[0], NO_MODULE);
	return h;
}

UNUSED static struct host without_kvm(void)
{
	struct host h = usual();
	struct kxt_kvm_facts *kvm = &h.f.kvm;

	kvm->core = kvm->amd = KXT_PART_ABSENT;
	kvm->device = kvm->event = KXT_FACT_NO;
	kvm->btf_event = kvm->btf_kvm = kvm->btf_vendor = KXT_FACT_UNKNOWN;
	h.try[0].kvm_present = false;
	refused(&h.try[1],
		"KVM is not loaded, so there is nothing to attach to. Run 'modprobe kvm_amd'.");
	return h;
}

/* kvm alone: its tracepoints are there, its hypervisor is not. */
UNUSED static struct host without_vendor(void)
{
	struct host h = without_module();
	struct kxt_kvm_facts *kvm = &h.f.kvm;

	kvm->amd = KXT_PART_ABSENT;
	kvm->device = KXT_FACT_NO;
	kvm->btf_vendor = KXT_FACT_UNKNOWN;
	kvm->cpu = 0;
	h.f.module.headers = KXT_FACT_YES;
	works(&h.try[1], 0);
	return h;
}

/* KVM is built in, with a hypervisor of its own; no modules at all. */
UNUSED static struct host other_hypervisor(void)
{
	struct host h = without_module();
	struct kxt_kvm_facts *kvm = &h.f.kvm;

	kvm->core = KXT_PART_BUILTIN;
	kvm->amd = KXT_PART_ABSENT;
	kvm->cpu = 0;
	kvm->btf_vendor = KXT_FACT_UNKNOWN;
	h.f.module.modules = KXT_FACT_NO;
	h.f.module.disabled = h.f.module.signed_only = KXT_FACT_UNKNOWN;
	h.f.lockdown = KXT_LOCKDOWN_UNKNOWN;
	h.f.secure_boot = KXT_SECURE_BOOT_NO_EFI;
	works(&h.try[1], 1);
	return h;
}

/* 5.10 has no BTF of modules, and counts BPF maps as locked memory. */
UNUSED static struct host old_kernel(void)
{
	struct host h = without_module();

	strcpy(h.f.release, "5.10.0-39-amd64");
	h.f.major = 5;
	h.f.minor = 10;
	h.f.kvm.btf_kvm = h.f.kvm.btf_vendor = KXT_FACT_NO;
	h.f.kvm.btf_event = KXT_FACT_UNKNOWN;
	h.f.module.headers = KXT_FACT_YES;
	h.f.process.memlock = 65536;
	return h;
}

/* A new kernel has been booted, and its headers have not been installed. */
UNUSED static struct host upgraded(void)
{
	struct host h = without_module();

	h.f.module.dkms = KXT_DKMS_ADDED;
	strcpy(h.f.module.dkms_version, KXT_VERSION);
	strcpy(h.f.module.other, "6.1.0-55-amd64");
	return h;
}

/* DKMS has built and signed it for this kernel, and it is not loaded yet. */
UNUSED static struct host installed(void)
{
	struct host h = without_module();
	struct kxt_module_facts *m = &h.f.module;

	strcpy(m->installed, "/lib/modules/6.1.0-56-amd64/updates/dkms/kvmexit.ko");
	m->indexed = true;
	m->headers = KXT_FACT_YES;
	m->dkms = KXT_DKMS_BUILT;
	m->file = (struct kxt_modfile){
		.state = KXT_MODFILE_READ, .release = "6.1.0-56-amd64",
		.version = KXT_VERSION, .has_signature = true,
		.signer = "DKMS module signing key", .key_id_len = 20,
		.key_id_is_serial = true,
	};
	strcpy(h.f.keys.cert, "/var/lib/dkms/mok.pub");
	h.f.keys.signed_by_cert = KXT_FACT_YES;
	h.f.keys.cert_key = h.f.keys.signer_key = KXT_KEY_ABSENT;
	return h;
}

/* Secure Boot, as distributions do it; the key of DKMS has not been enrolled. */
UNUSED static struct host integrity(void)
{
	struct host h = installed();

	h.f.lockdown = KXT_LOCKDOWN_INTEGRITY;
	h.f.secure_boot = KXT_SECURE_BOOT_ON;
	return h;
}

UNUSED static struct host confidentiality(void)
{
	struct host h = integrity();

	h.f.lockdown = KXT_LOCKDOWN_CONFIDENTIALITY;
	h.f.kvm.tracefs = KXT_TRACEFS_EMPTY;
	h.f.kvm.event = KXT_FACT_UNKNOWN;
	refused(&h.try[1],
		"the kernel is locked down to 'confidentiality', which forbids BPF programs to read its memory. Boot with lockdown=integrity.");
	return h;
}

/* Somebody without any capability. */
UNUSED static struct host ordinary_user(void)
{
	struct host h = usual();

	h.f.kvm.tracefs = KXT_TRACEFS_DENIED;
	h.f.kvm.event = KXT_FACT_UNKNOWN;
	h.f.module.node_readable = false;
	h.f.process.caps = 0;
	refused(&h.try[0],
		"no permission to read /dev/kvmexit (mode 0600, owner root, group root). Run as root.");
	refused(&h.try[1], "no permission to load BPF programs. Run as root.");
	return h;
}

/* Neither BTF of KVM nor tracefs: nothing left for BPF. */
UNUSED static struct host no_tracefs(void)
{
	struct host h = old_kernel();

	h.f.kvm.tracefs = KXT_TRACEFS_UNMOUNTED;
	h.f.kvm.tracefs_path[0] = '\0';
	h.f.kvm.event = KXT_FACT_UNKNOWN;
	h.f.process.caps &= ~(1ULL << KXT_CAP_SYS_RESOURCE);
	refused(&h.try[1],
		"this kernel has no BTF of KVM, and the tracepoints of KVM are not to be seen in tracefs. Run as root.");
	return h;
}

/* The module is the host's; the container has neither its node nor the host's pids. */
UNUSED static struct host container(void)
{
	struct host h = usual();

	h.f.kvm.btf_kernel = h.f.kvm.btf_kvm = h.f.kvm.btf_vendor = KXT_FACT_NO;
	h.f.kvm.btf_event = h.f.kvm.event = KXT_FACT_UNKNOWN;
	h.f.kvm.tracefs = KXT_TRACEFS_UNMOUNTED;
	h.f.module.node = KXT_FACT_NO;
	h.f.module.headers = KXT_FACT_NO;
	h.f.lockdown = KXT_LOCKDOWN_UNKNOWN;
	h.f.secure_boot = KXT_SECURE_BOOT_UNKNOWN;
	h.f.process.caps = 0;
	h.f.process.seccomp = KXT_FACT_YES;
	h.f.process.first_pid_ns = KXT_FACT_NO;
	refused(&h.try[0], NO_MODULE);
	refused(&h.try[1], "no permission to load BPF programs. Run as root.");
	return h;
}

/* A chroot without /proc and /sys. */
UNUSED static struct host nothing_known(void)
{
	struct host h = usual();

	memset(&h.f, 0, sizeof(h.f));
	h.f.unprivileged_bpf = -1;
	h.f.module.node = KXT_FACT_NO;
	refused(&h.try[0], NO_MODULE);
	refused(&h.try[1],
		"KVM is not loaded, so there is nothing to attach to. Run 'modprobe kvm_amd'.");
	return h;
}

#endif /* KXT_TEST_DOCTOR_HOSTS_H */
