// SPDX-License-Identifier: GPL-2.0-only
/* What "doctor" says of hosts that were made up. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/build.h"
#include "tests/unit/doctor_hosts.h"
#include "tests/unit/doctor_screens.h"

static char *screen_of(const struct host *h, bool verbose)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_non_null(f);
	kxt_doctor_print(f, &h->f, h->try, 2, verbose);
	fclose(f);
	return text;
}

static unsigned int longest_line(const char *text)
{
	unsigned int longest = 0;

	while (*text) {
		size_t len = strcspn(text, "\n");

		if (len > longest)
			longest = len;
		text += len + (text[len] == '\n');
	}
	return longest;
}

static void test_screens(void **state)
{
	static const struct {
		struct host (*host)(void);
		const char *screen;
		int status;
	} test[] = {
		{ usual, usual_screen, KXT_EXIT_OK },
		{ without_module, without_module_screen, KXT_EXIT_OK },
		{ without_kvm, without_kvm_screen, KXT_EXIT_NO_COLLECTOR },
		{ without_vendor, without_vendor_screen, KXT_EXIT_OK },
		{ other_hypervisor, other_hypervisor_screen, KXT_EXIT_OK },
		{ old_kernel, old_kernel_screen, KXT_EXIT_OK },
		{ upgraded, upgraded_screen, KXT_EXIT_OK },
		{ integrity, integrity_screen, KXT_EXIT_OK },
		{ confidentiality, confidentiality_screen, KXT_EXIT_NO_COLLECTOR },
		{ ordinary_user, ordinary_user_screen, KXT_EXIT_NO_COLLECTOR },
		{ no_tracefs, no_tracefs_screen, KXT_EXIT_NO_COLLECTOR },
		{ container, container_screen, KXT_EXIT_NO_COLLECTOR },
		{ nothing_known, nothing_known_screen, KXT_EXIT_NO_COLLECTOR },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(test) / sizeof(test[0]); i++) {
		struct host h = test[i].host();
		char *screen = screen_of(&h, false);

		assert_string_equal(screen, test[i].screen);
		assert_int_equal(kxt_doctor_status(h.try, 2), test[i].status);
		assert_true(longest_line(screen) <= KXT_DOCTOR_WIDTH);
		free(screen);
	}
}

/* The line about @subject of @h: its mark, and words that are in it. */
static void check_line(const struct host *h, const char *subject, enum kxt_mark mark,
		       const char *found, const char *todo)
{
	struct kxt_doctor d;

	kxt_doctor_examine(&d, &h->f);
	for (unsigned int i = 0; i < d.nr; i++) {
		const struct kxt_doctor_line *line = &d.line[i];

		/* What to do is said with every NO, and with nothing else. */
		assert_int_equal(line->mark == KXT_MARK_NO, line->todo[0] != '\0');
		if (strcmp(line->subject, subject))
			continue;
		assert_int_equal(line->mark, mark);
		if (!strstr(line->found, found))
			fail_msg("'%s' does not say '%s'", line->found, found);
		if (!strstr(line->todo, todo))
			fail_msg("'%s' does not say '%s'", line->todo, todo);
		return;
	}
	fail_msg("there is no line about %s", subject);
}

static void test_kvm(void **state)
{
	struct host h = without_kvm();

	(void)state;
	h.f.kvm.cpu = KXT_CPU_VMX;
	check_line(&h, "KVM", KXT_MARK_NO, "not loaded", "'modprobe kvm_intel' (VMX");
	h.f.kvm.cpu_known = false;
	h.f.kvm.cpu = 0;
	check_line(&h, "KVM", KXT_MARK_NO, "not loaded", "'modprobe kvm_amd' (virt");
	h.f.module.modules = KXT_FACT_NO;
	check_line(&h, "KVM", KXT_MARK_NO, "not loaded", "Boot a kernel with KVM");

	h = usual();
	h.f.kvm.core = h.f.kvm.amd = h.f.kvm.intel = KXT_PART_BUILTIN;
	check_line(&h, "KVM", KXT_MARK_OK, "kvm (built in) and kvm_amd", "");
	h.f.kvm.cpu = KXT_CPU_VMX;
	check_line(&h, "KVM", KXT_MARK_OK, "kvm (built in) and kvm_intel", "");
	h.f.kvm.device = KXT_FACT_NO;
	h.f.kvm.cpu = 0;
	check_line(&h, "KVM", KXT_MARK_NO, "no virtualization", "firmware");
	h.f.kvm.event = h.f.kvm.btf_event = KXT_FACT_NO;
	check_line(&h, "Tracepoints", KXT_MARK_NO, "no kvm_exit", "CONFIG_FTRACE");
}

static void test_loading(void **state)
{
	struct host h = installed();

	(void)state;
	check_line(&h, "kvmexit.ko", KXT_MARK_NO, "but installed", "Run 'modprobe kvmexit'.");
	h.f.process.first_pid_ns = KXT_FACT_NO;
	check_line(&h, "kvmexit.ko", KXT_MARK_NO, "not loaded", "on the host");
	h.f.module.disabled = KXT_FACT_YES;
	check_line(&h, "kvmexit.ko", KXT_MARK_NO, "modules_disabled", "Reboot");
	h.f.module.node = KXT_FACT_YES;
	check_line(&h, "Device node", KXT_MARK_NONE, "left over", "");

	h = usual();
	strcpy(h.f.module.version, "0.0.1\033[1m");
	check_line(&h, "kvmexit.ko", KXT_MARK_NO,
		   "version 0.0.1\\x1b[1m, but kvmexittop " KXT_VERSION " is newer",
		   "Install kvmexit " KXT_VERSION);
	/* It works all the same. */
	assert_int_equal(kxt_doctor_status(h.try, 2), KXT_EXIT_OK);
	h.f.module.version[0] = '\0';
	check_line(&h, "kvmexit.ko", KXT_MARK_OK, "loaded", "");
	h.f.module.node_mode = 0640;
	h.f.module.node_readable = false;
	check_line(&h, "Device node", KXT_MARK_NO, "mode 0640", "member of its group");
}

static void test_signing(void **state)
{
	struct host h = usual();

	(void)state;
	h.f.module.signed_only = KXT_FACT_YES;
	check_line(&h, "Module signing", KXT_MARK_OK, "required; kvmexit.ko has been", "");
	h.f.lockdown = KXT_LOCKDOWN_CONFIDENTIALITY;
	check_line(&h, "Lockdown", KXT_MARK_NO, "confidentiality", "Use module");
	h.f.lockdown = KXT_LOCKDOWN_ABSENT;
	check_line(&h, "Lockdown", KXT_MARK_OK, "has none", "");

	/* Without lockdown it is the kernel's own setting. */
	h = installed();
	h.f.module.signed_only = KXT_FACT_YES;
	check_line(&h, "Module signing", KXT_MARK_NO, "not enrolled", "use bpf");
	check_line(&h, "kvmexit.ko", KXT_MARK_NO, "but installed", "First do what 'Module");
	h.f.keys.signer_key = KXT_KEY_UNKNOWN;
	check_line(&h, "Module signing", KXT_MARK_NONE, "cannot be told (as root", "");
	check_line(&h, "kvmexit.ko", KXT_MARK_NO, "but installed", "Run 'modprobe kvmexit'.");
	h.f.keys.signer_key = KXT_KEY_ENROLLED;
	check_line(&h, "Module signing", KXT_MARK_OK, "whose key is enrolled", "");

	/* Secure Boot alone forbids nothing: the kernel does. */
	h = installed();
	h.f.secure_boot = KXT_SECURE_BOOT_ON;
	check_line(&h, "Secure Boot", KXT_MARK_NONE, "on; but this kernel is not locked", "");
	check_line(&h, "Module signing", KXT_MARK_OK, "not required", "");
	h.f.lockdown = KXT_LOCKDOWN_INTEGRITY;
	check_line(&h, "Secure Boot", KXT_MARK_NONE, "on: what it forbids", "");
}

static void test_bpf(void **state)
{
	struct host h = usual();

	(void)state;
	h.f.process.caps = 1ULL << KXT_CAP_BPF | 1ULL << KXT_CAP_PERFMON;
	check_line(&h, "Capabilities", KXT_MARK_NO, "not CAP_SYS_ADMIN", "BTF of KVM takes");
	h.f.kvm.core = KXT_PART_BUILTIN;
	check_line(&h, "Capabilities", KXT_MARK_NO, "CAP_BPF, CAP_PERFMON, not CAP_SYS_ADMIN",
		   "Run as root");
	h.f.process.caps = 1ULL << KXT_CAP_BPF;
	check_line(&h, "Capabilities", KXT_MARK_NO, "CAP_BPF; not enough", "CAP_PERFMON.");
	h.f.process.caps = 1ULL << KXT_CAP_SYS_ADMIN;
	check_line(&h, "Capabilities", KXT_MARK_OK, "CAP_SYS_ADMIN", "");
	/* root of a rootless container */
	h.f.process.caps = ALL_CAPS;
	h.f.process.first_user_ns = KXT_FACT_NO;
	check_line(&h, "Capabilities", KXT_MARK_NO, "user namespace", "rootless");
	h.f.bpf = KXT_FACT_NO;
	check_line(&h, "BPF", KXT_MARK_NO, "none", "CONFIG_BPF_SYSCALL");

	h = usual();
	h.f.kvm.btf_vendor = KXT_FACT_NO;
	check_line(&h, "BTF", KXT_MARK_OK, "kvm; but not of kvm_amd", "");
	h.f.kvm.tracefs = KXT_TRACEFS_DENIED;
	h.f.lockdown = KXT_LOCKDOWN_CONFIDENTIALITY;
	check_line(&h, "tracefs", KXT_MARK_NO, "no details", "even then");
	h.f.kvm.tracefs = KXT_TRACEFS_EMPTY;
	h.f.lockdown = KXT_LOCKDOWN_NONE;
	check_line(&h, "tracefs", KXT_MARK_NO, "without events", "CONFIG_FTRACE");

	h = old_kernel();
	h.f.process.memlock = KXT_UNLIMITED;
	check_line(&h, "Locked memory", KXT_MARK_OK, "no limit", "");
	h.f.major = 0;
	check_line(&h, "Locked memory", KXT_MARK_NONE, "before 5.11", "");
}

static void check_screen(const struct host *h, bool verbose, const char *text)
{
	char *screen = screen_of(h, verbose);

	if (!strstr(screen, text))
		fail_msg("there is no '%s' in\n%s", text, screen);
	assert_true(longest_line(screen) <= KXT_DOCTOR_WIDTH);
	free(screen);
}

static void check_screen_lacks(const struct host *h, bool verbose, const char *text)
{
	char *screen = screen_of(h, verbose);

	if (strstr(screen, text))
		fail_msg("there is '%s' in\n%s", text, screen);
	free(screen);
}

static void test_choice(void **state)
{
	struct host h = usual();

	(void)state;
	/* Not a matter of the host: "auto" does not go on to bpf. */
	refused(&h.try[0], "the kernel has no memory for the slots. Free some.");
	h.try[0].err.status = KXT_EXIT_RUNTIME;
	check_screen(&h, false, "\nauto ends at module,");
	assert_int_equal(kxt_doctor_status(h.try, 2), KXT_EXIT_OK);

	h = usual();
	h.try[0].works = false;
	kxt_err_set(&h.try[0].err, KXT_EXIT_NO_COLLECTOR, "kvmexit has turned itself off.");
	check_screen(&h, false, "NO  module          kvmexit has turned itself off.\n");
	check_screen(&h, false, "\nauto takes module: it can be opened, but");
	h = usual();
	h.try[1].memory = 0;
	h.f.realtime = KXT_FACT_YES;
	check_screen(&h, false, "amd64, realtime\n");
	check_screen(&h, false, "ok  bpf             works; 3 vCPUs seen in 0.25s\nauto");
}

/* What the lines above do not explain is told in full, but not without end. */
static void test_refusals(void **state)
{
	struct host h = usual();
	char text[1000];

	(void)state;
	refused(&h.try[1], "the verifier refuses it. Please report that.\nline two\033\n");
	check_screen(&h, false, "refuses it. Please report that.\n");
	check_screen_lacks(&h, false, "line two");
	check_screen(&h, true, "                    line two\\x1b\n");
	h.f.process.caps = 0;
	check_screen_lacks(&h, false, "Please report");
	check_screen(&h, true, "Please report");

	h = usual();
	memset(text, 0, sizeof(text));
	for (unsigned int i = 0; i < 150; i++)
		strcat(text, "word ");
	strcpy(text + 750, "end");
	refused(&h.try[1], text);
	check_screen(&h, false, " ...\n");
	check_screen_lacks(&h, false, "end");
	check_screen(&h, true, "word end\n");
	memset(text, '\1', 999);
	refused(&h.try[1], text);
	check_screen(&h, false, " ...\n");
	check_screen_lacks(&h, true, "...");
}

static void check_facts(const struct kxt_host_facts *f, const char *line)
{
	char *text = NULL, *at;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	kxt_doctor_print_facts(out, f);
	fclose(out);
	if (!strstr(text, line))
		fail_msg("there is no '%s' in\n%s", line, text);
	for (at = strtok(text, "\n"); at; at = strtok(NULL, "\n")) {
		const char *colon = strstr(at, ": ");

		assert_non_null(colon);
		assert_true(colon > at && colon[2]);
	}
	free(text);
}

static void test_facts(void **state)
{
	struct host h = nothing_known();

	(void)state;
	check_facts(&h.f, "kernel: unknown\n");
	check_facts(&h.f, "capabilities: unknown\n");
	h = usual();
	check_facts(&h.f, "kvm_amd: module\n");
	check_facts(&h.f, "capabilities: 000001ffffffffff\n");
	check_facts(&h.f, "kvmexit_node_mode: 0600\n");
	h.f.process.memlock = KXT_UNLIMITED;
	check_facts(&h.f, "locked_memory_limit: none\n");
	h.f.unprivileged_bpf = 2;
	check_facts(&h.f, "unprivileged_bpf_disabled: 2\n");
	h = installed();
	check_facts(&h.f, "kvmexit_installed_for_kernel: 6.1.0-56-amd64\n");
	check_facts(&h.f, "kvmexit_installed_signer: DKMS module signing key\n");
	check_facts(&h.f, "kvmexit_installed_key: not enrolled\n");
	check_facts(&h.f, "signing_certificate: /var/lib/dkms/mok.pub\n");
	check_facts(&h.f, "dkms: has built it for this kernel\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_screens),
		cmocka_unit_test(test_kvm),
		cmocka_unit_test(test_loading),
		cmocka_unit_test(test_signing),
		cmocka_unit_test(test_bpf),
		cmocka_unit_test(test_choice),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_facts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
