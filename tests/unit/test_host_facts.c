// SPDX-License-Identifier: GPL-2.0-only
/* Facts of hosts that are made of files in a temporary directory. */
#include "tests/unit/host_root.h"

#define EFIVAR "sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"

/* BTF is looked through for a name: a lot of it, the name across a piece's end. */
static void put_btf(const char *path, const char *name, size_t at)
{
	char *btf = calloc(1, 200000);

	assert_non_null(btf);
	memset(btf, 'x', 200000);
	memcpy(btf + at, name, strlen(name) + 1);
	btf[at - 1] = '\0';
	put_bytes(path, btf, 200000);
	free(btf);
}

/* A host on which all is well. */
static int make_host(void **state)
{
	(void)state;
	if (make_root())
		return -1;
	put("proc/sys/kernel/osrelease", "6.1.0-56-amd64\n");
	put("proc/sys/kernel/unprivileged_bpf_disabled", "2\n");
	put("proc/sys/kernel/modules_disabled", "0\n");
	put("proc/version", "Linux version 6.1.0-56-amd64 #1 SMP PREEMPT_DYNAMIC\n");
	put("proc/modules", "kvm 1\n");
	put("proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu svm_lock vme svm nx\nbugs\t\t: x\n");
	put("proc/self/status", "Name:\tx\nCapInh:\t0000000000000000\n"
	    "CapEff:\t000001ffffffffff\nSeccomp:\t0\nSeccomp_filters:\t5\n");
	put("proc/self/limits", "Limit                     Soft Limit           Hard Limit\n"
	    "Max locked memory         8388608              unlimited            bytes\n");
	put("proc/self/mounts", "tracefs /sys/kernel/tracing tracefs rw 0 0\n");
	put_link("proc/self/ns/pid", "pid:[4026531836]");
	put_link("proc/self/ns/user", "user:[4026531837]");
	put("sys/class/misc/kvm/dev", "10:232\n");
	put("sys/module/kvm/initstate", "live\n");
	put("sys/module/kvm_amd/initstate", "live\n");
	put("sys/module/module/parameters/sig_enforce", "N\n");
	put("sys/module/kvmexit/version", "0.1.0\n");
	put("sys/kernel/tracing/events/kvm/kvm_exit/id", "103\n");
	put("sys/kernel/security/lockdown", "[none] integrity confidentiality\n");
	put("sys/firmware/acpi/x", "");
	put_bytes(EFIVAR, "\6\0\0\0\0", 5);
	put_btf("sys/kernel/btf/vmlinux", "other", 100);
	put_btf("sys/kernel/btf/kvm", "btf_trace_kvm_exit", 65530);
	put_btf("sys/kernel/btf/kvm_amd", "other", 100);
	put("dev/kvmexit", "");
	set_mode("dev/kvmexit", 0640);
	put("lib/modules/6.1.0-56-amd64/modules.dep",
	    "kernel/a.ko.xz:\nupdates/dkms/kvmexit.ko.xz: kernel/a.ko.xz\n");
	put("lib/modules/6.1.0-56-amd64/build/Makefile", "");
	return 0;
}

static void test_usual(void **state)
{
	struct kxt_host_facts f = look();

	(void)state;
	assert_string_equal(f.release, "6.1.0-56-amd64");
	assert_int_equal(f.major, 6);
	assert_int_equal(f.minor, 1);
	assert_int_equal(f.realtime, KXT_FACT_NO);
	assert_true(f.proc && f.sys);
	assert_int_equal(f.bpf, KXT_FACT_YES);
	assert_int_equal(f.unprivileged_bpf, 2);
	assert_int_equal(f.lockdown, KXT_LOCKDOWN_NONE);
	assert_int_equal(f.secure_boot, KXT_SECURE_BOOT_OFF);
	assert_int_equal(f.kvm.core, KXT_PART_MODULE);
	assert_int_equal(f.kvm.amd, KXT_PART_MODULE);
	assert_int_equal(f.kvm.intel, KXT_PART_ABSENT);
	assert_int_equal(f.kvm.device, KXT_FACT_YES);
	assert_true(f.kvm.cpu_known);
	assert_int_equal(f.kvm.cpu, KXT_CPU_SVM);
	assert_int_equal(f.kvm.tracefs, KXT_TRACEFS_READABLE);
	assert_string_equal(f.kvm.tracefs_path, "/sys/kernel/tracing");
	assert_int_equal(f.kvm.event, KXT_FACT_YES);
	assert_int_equal(f.kvm.btf_event, KXT_FACT_YES);
	assert_int_equal(f.kvm.btf_kernel, KXT_FACT_YES);
	assert_int_equal(f.kvm.btf_kvm, KXT_FACT_YES);
	assert_int_equal(f.kvm.btf_vendor, KXT_FACT_YES);
	assert_int_equal(f.module.loaded, KXT_FACT_YES);
	assert_string_equal(f.module.version, "0.1.0");
	assert_int_equal(f.module.node, KXT_FACT_YES);
	assert_int_equal(f.module.node_mode, 0640);
	assert_true(f.module.node_readable);
	assert_int_equal(f.module.modules, KXT_FACT_YES);
	assert_int_equal(f.module.disabled, KXT_FACT_NO);
	assert_int_equal(f.module.signed_only, KXT_FACT_NO);
	assert_string_equal(f.module.installed,
			    "/lib/modules/6.1.0-56-amd64/updates/dkms/kvmexit.ko.xz");
	assert_true(f.module.indexed);
	assert_int_equal(f.module.headers, KXT_FACT_YES);
	assert_true(f.process.caps_known);
	assert_int_equal(f.process.caps, 0x1ffffffffff);
	assert_true(f.process.memlock_known);
	assert_int_equal(f.process.memlock, 8388608);
	assert_int_equal(f.process.seccomp, KXT_FACT_NO);
	assert_int_equal(f.process.first_pid_ns, KXT_FACT_YES);
	assert_int_equal(f.process.first_user_ns, KXT_FACT_YES);
	assert_int_equal(kxt_host_signed_only(&f), KXT_FACT_NO);
	assert_int_equal(kxt_host_charges_memlock(&f), KXT_FACT_NO);
	assert_true(kxt_host_has_cap(&f, KXT_CAP_BPF));
}

static void test_kvm(void **state)
{
	struct kxt_host_facts f;

	(void)state;
	drop("sys/module/kvm_amd");
	drop("sys/class/misc/kvm");
	f = look();
	assert_int_equal(f.kvm.amd, KXT_PART_ABSENT);
	assert_int_equal(f.kvm.device, KXT_FACT_NO);
	assert_int_equal(f.kvm.btf_vendor, KXT_FACT_UNKNOWN);

	/* Built in: all is in the kernel's own BTF. */
	drop("sys/module/kvm/initstate");
	put("sys/module/kvm_intel/parameters/ept", "Y\n");
	f = look();
	assert_int_equal(f.kvm.core, KXT_PART_BUILTIN);
	assert_int_equal(f.kvm.intel, KXT_PART_BUILTIN);
	assert_int_equal(f.kvm.btf_kvm, KXT_FACT_YES);
	assert_int_equal(f.kvm.btf_vendor, KXT_FACT_YES);
	assert_int_equal(f.kvm.btf_event, KXT_FACT_NO);
	/* Only the whole name counts. */
	put_btf("sys/kernel/btf/vmlinux", "btf_trace_kvm_exit_more", 65530);
	assert_int_equal(look().kvm.btf_event, KXT_FACT_NO);
	put_btf("sys/kernel/btf/vmlinux", "btf_trace_kvm_exit", 199980);
	assert_int_equal(look().kvm.btf_event, KXT_FACT_YES);

	put("sys/module/kvm_intel/initstate", "live\n");
	assert_int_equal(look().kvm.btf_vendor, KXT_FACT_NO);
	put("proc/cpuinfo", "flags\t\t: fpu vmx\n");
	assert_int_equal(look().kvm.cpu, KXT_CPU_VMX);
	put("proc/cpuinfo", "flags\t\t: fpu xvmx\n");
	assert_int_equal(look().kvm.cpu, 0);
	drop("sys/module/kvm");
	drop("sys/kernel/btf");
	f = look();
	assert_int_equal(f.kvm.core, KXT_PART_ABSENT);
	assert_int_equal(f.kvm.btf_kernel, KXT_FACT_NO);
	assert_int_equal(f.kvm.btf_kvm, KXT_FACT_UNKNOWN);
}

static void test_tracefs(void **state)
{
	struct kxt_host_facts f;

	(void)state;
	drop("sys/kernel/tracing/events/kvm");
	f = look();
	assert_int_equal(f.kvm.tracefs, KXT_TRACEFS_READABLE);
	assert_int_equal(f.kvm.event, KXT_FACT_NO);
	/* It is mounted, but lockdown has kept all files out of it. */
	drop("sys/kernel/tracing/events");
	f = look();
	assert_int_equal(f.kvm.tracefs, KXT_TRACEFS_EMPTY);
	assert_int_equal(f.kvm.event, KXT_FACT_UNKNOWN);
	put("proc/self/mounts", "tracefs /sys/kernel/tracing2 tracefs rw 0 0\n"
	    "tmpfs /sys/kernel/tracing tmpfs rw 0 0\n");
	f = look();
	assert_int_equal(f.kvm.tracefs, KXT_TRACEFS_UNMOUNTED);
	assert_string_equal(f.kvm.tracefs_path, "");
	put("sys/kernel/debug/tracing/events/kvm/kvm_exit/id", "103\n");
	f = look();
	assert_int_equal(f.kvm.tracefs, KXT_TRACEFS_READABLE);
	assert_string_equal(f.kvm.tracefs_path, "/sys/kernel/debug/tracing");
	assert_int_equal(f.kvm.event, KXT_FACT_YES);
}

static void test_denied(void **state)
{
	struct kxt_host_facts f;

	(void)state;
	set_mode("sys/kernel/tracing", 0);
	set_mode("dev/kvmexit", 0);
	f = look_as_nobody();
	assert_int_equal(f.kvm.tracefs, KXT_TRACEFS_DENIED);
	assert_int_equal(f.kvm.event, KXT_FACT_UNKNOWN);
	assert_string_equal(f.kvm.tracefs_path, "/sys/kernel/tracing");
	assert_int_equal(f.module.node, KXT_FACT_YES);
	assert_false(f.module.node_readable);

	/* Behind a closed debugfs there may be tracefs or not. */
	set_mode("sys/kernel/tracing", 0755);
	drop("sys/kernel/tracing");
	put("proc/self/mounts", "");
	make_folders("sys/kernel/debug/");
	set_mode("sys/kernel/debug", 0);
	f = look_as_nobody();
	assert_int_equal(f.kvm.tracefs, KXT_TRACEFS_UNKNOWN);
	assert_string_equal(f.kvm.tracefs_path, "");
}

static void test_lockdown(void **state)
{
	struct kxt_host_facts f;

	(void)state;
	put("sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
	f = look();
	assert_int_equal(f.lockdown, KXT_LOCKDOWN_INTEGRITY);
	assert_int_equal(kxt_host_signed_only(&f), KXT_FACT_YES);
	put("sys/kernel/security/lockdown", "none integrity [confidentiality]\n");
	assert_int_equal(look().lockdown, KXT_LOCKDOWN_CONFIDENTIALITY);
	put("sys/kernel/security/lockdown", "something else\n");
	assert_int_equal(look().lockdown, KXT_LOCKDOWN_UNKNOWN);
	drop("sys/kernel/security/lockdown");
	f = look();
	assert_int_equal(f.lockdown, KXT_LOCKDOWN_UNKNOWN);
	assert_int_equal(kxt_host_signed_only(&f), KXT_FACT_UNKNOWN);
	/* securityfs is mounted, so that it is known that there is none. */
	put("sys/kernel/security/lsm", "capability,apparmor");
	f = look();
	assert_int_equal(f.lockdown, KXT_LOCKDOWN_ABSENT);
	assert_int_equal(kxt_host_signed_only(&f), KXT_FACT_NO);
	put("sys/module/module/parameters/sig_enforce", "Y\n");
	f = look();
	assert_int_equal(kxt_host_signed_only(&f), KXT_FACT_YES);
	/* A kernel that knows no signatures. */
	drop("sys/module/module");
	assert_int_equal(look().module.signed_only, KXT_FACT_NO);
	drop("proc/modules");
	assert_int_equal(look().module.signed_only, KXT_FACT_UNKNOWN);
}

static void test_secure_boot(void **state)
{
	(void)state;
	put_bytes(EFIVAR, "\6\0\0\0\1", 5);
	assert_int_equal(look().secure_boot, KXT_SECURE_BOOT_ON);
	put_bytes(EFIVAR, "\6\0\0\0", 4);
	assert_int_equal(look().secure_boot, KXT_SECURE_BOOT_UNKNOWN);
	drop(EFIVAR);
	assert_int_equal(look().secure_boot, KXT_SECURE_BOOT_UNKNOWN);
	put("sys/firmware/efi/efivars/BootOrder-8be4df61", "x");
	assert_int_equal(look().secure_boot, KXT_SECURE_BOOT_OFF);
	drop("sys/firmware/efi");
	assert_int_equal(look().secure_boot, KXT_SECURE_BOOT_NO_EFI);
	/* Hidden, as in a container. */
	drop("sys/firmware/acpi");
	assert_int_equal(look().secure_boot, KXT_SECURE_BOOT_UNKNOWN);
}

static void test_installed(void **state)
{
	struct kxt_host_facts f;

	(void)state;
	put("lib/modules/6.1.0-56-amd64/modules.dep", "extra/kvmexit2.ko:\nkvmexit.ko:\n");
	f = look();
	assert_true(f.module.indexed);
	assert_string_equal(f.module.installed, "/lib/modules/6.1.0-56-amd64/kvmexit.ko");
	put("lib/modules/6.1.0-56-amd64/modules.dep", "extra/other.ko: extra/kvmexit.ko\n");
	f = look();
	assert_false(f.module.indexed);
	assert_string_equal(f.module.installed, "");
	put("lib/modules/6.1.0-56-amd64/extra/kvmexit.ko.zst", "");
	drop("lib/modules/6.1.0-56-amd64/build/Makefile");
	drop("sys/module/kvmexit");
	drop("dev/kvmexit");
	f = look();
	assert_false(f.module.indexed);
	assert_string_equal(f.module.installed,
			    "/lib/modules/6.1.0-56-amd64/extra/kvmexit.ko.zst");
	assert_int_equal(f.module.headers, KXT_FACT_NO);
	assert_int_equal(f.module.loaded, KXT_FACT_NO);
	assert_int_equal(f.module.node, KXT_FACT_NO);
	assert_string_equal(f.module.version, "");
}

static void test_process(void **state)
{
	struct kxt_host_facts f;

	(void)state;
	put("proc/self/status", "CapEff:\t0000008000000000\nSeccomp:\t2\n");
	put("proc/self/limits", "Max locked memory         unlimited            unlimited\n");
	put_link("proc/self/ns/pid", "pid:[4026532000]");
	f = look();
	assert_int_equal(f.process.caps, 1ULL << KXT_CAP_BPF);
	assert_true(kxt_host_has_cap(&f, KXT_CAP_BPF));
	assert_false(kxt_host_has_cap(&f, KXT_CAP_PERFMON));
	assert_int_equal(f.process.seccomp, KXT_FACT_YES);
	assert_int_equal(f.process.memlock, KXT_UNLIMITED);
	assert_int_equal(f.process.first_pid_ns, KXT_FACT_NO);
	/* Those of a user namespace are none. */
	put_link("proc/self/ns/user", "user:[4026532001]");
	f = look();
	assert_false(kxt_host_has_cap(&f, KXT_CAP_BPF));

	put("proc/sys/kernel/osrelease", "5.10.0-39-amd64\n");
	put("proc/version", "Linux version 5.10.0 #1 SMP PREEMPT_RT Debian\n");
	f = look();
	assert_int_equal(f.realtime, KXT_FACT_YES);
	assert_int_equal(kxt_host_charges_memlock(&f), KXT_FACT_YES);
	put("sys/kernel/realtime", "0\n");
	assert_int_equal(look().realtime, KXT_FACT_NO);
	put("proc/sys/kernel/osrelease", "5.11\n");
	f = look();
	assert_int_equal(kxt_host_charges_memlock(&f), KXT_FACT_NO);
}

static void test_nothing(void **state)
{
	struct kxt_host_facts f;
	struct kxt_err err;

	(void)state;
	drop("proc");
	drop("sys");
	drop("dev");
	f = look();
	assert_false(f.proc || f.sys);
	assert_string_equal(f.release, "");
	assert_int_equal(f.bpf, KXT_FACT_UNKNOWN);
	assert_int_equal(f.unprivileged_bpf, -1);
	assert_int_equal(f.kvm.core, KXT_PART_UNKNOWN);
	assert_int_equal(f.kvm.device, KXT_FACT_UNKNOWN);
	assert_int_equal(f.module.loaded, KXT_FACT_UNKNOWN);
	assert_int_equal(f.module.modules, KXT_FACT_UNKNOWN);
	assert_int_equal(f.module.signed_only, KXT_FACT_UNKNOWN);
	assert_int_equal(f.lockdown, KXT_LOCKDOWN_UNKNOWN);
	assert_int_equal(f.secure_boot, KXT_SECURE_BOOT_UNKNOWN);
	assert_false(f.process.caps_known || f.process.memlock_known);
	assert_int_equal(kxt_host_charges_memlock(&f), KXT_FACT_UNKNOWN);
	assert_int_equal(kxt_host_facts_read(&f, "/nowhere", &err), -1);
	assert_non_null(strstr(err.msg, "/nowhere"));
	/* The real thing: all that is certain is that there is a /proc. */
	assert_int_equal(kxt_host_facts_read(&f, NULL, &err), 0);
	assert_true(f.proc && f.release[0] && f.process.caps_known);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, make_host, remove_host)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_usual),
		TEST(test_kvm),
		TEST(test_tracefs),
		TEST(test_denied),
		TEST(test_lockdown),
		TEST(test_secure_boot),
		TEST(test_installed),
		TEST(test_process),
		TEST(test_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
