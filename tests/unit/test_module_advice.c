// SPDX-License-Identifier: GPL-2.0-only
/* What is said of kvmexit.ko on hosts that were made up, and what to do about it. */
#include <stdio.h>

#include "tests/unit/build.h"
#include "tests/unit/doctor_hosts.h"
#include "user/module_advice.h"

static void check_text(const char *text, const char *words)
{
	if (!words[0])
		assert_string_equal(text, "");
	if (!strstr(text, words))
		fail_msg("'%s' does not say '%s'", text, words);
}

/* Of @h: what is said about loading it. */
static void check_loading(const struct host *h, const char *found, const char *todo)
{
	struct kxt_advice a;

	kxt_advise_loading(&a, &h->f);
	check_text(a.found, found);
	check_text(a.todo, todo);
}

static void check_signing(const struct host *h, enum kxt_fact goes, const char *found,
			  const char *todo)
{
	struct kxt_advice a;

	assert_int_equal(kxt_advise_signing(&a, &h->f), goes);
	check_text(a.found, found);
	check_text(a.todo, todo);
	/* What is in the way comes with what to do, and nothing else does. */
	assert_int_equal(goes == KXT_FACT_NO, a.todo[0] != '\0');
}

/* What the collector says: all of it. */
static void check_missing(const struct host *h, const char *sentences)
{
	struct kxt_advice a;
	char text[sizeof(a.found) + sizeof(a.todo) + 3];

	kxt_advise_missing(&a, &h->f);
	snprintf(text, sizeof(text), "%s. %s", a.found, a.todo);
	assert_string_equal(text, sentences);
}

static void test_loaded(void **state)
{
	struct host h = usual();

	(void)state;
	check_loading(&h, "loaded, version " KXT_VERSION, "");
	strcpy(h.f.module.version, "0.0.9");
	check_loading(&h, "loaded, version 0.0.9, but kvmexittop " KXT_VERSION " is newer",
		      "Install kvmexit " KXT_VERSION ", then run 'modprobe -r kvmexit'");
	/* An update that has not been loaded. */
	strcpy(h.f.module.installed, "/lib/modules/6.1.0-56-amd64/extra/kvmexit.ko");
	h.f.module.file.state = KXT_MODFILE_READ;
	strcpy(h.f.module.file.version, KXT_VERSION);
	check_loading(&h, "kvmexittop " KXT_VERSION " is newer",
		      "To load the one that is installed, run 'modprobe -r kvmexit'");
	strcpy(h.f.module.file.version, "0.0.9");
	check_loading(&h, "is newer", "Install kvmexit " KXT_VERSION);
	strcpy(h.f.module.version, "0.10.0");
	check_loading(&h, "version 0.10.0, which is newer than kvmexittop " KXT_VERSION,
		      "Install kvmexittop 0.10.0.");
}

/* It is installed for the running kernel, or looks like it. */
static void test_installed(void **state)
{
	struct host h = installed();
	struct kxt_module_facts *m = &h.f.module;

	(void)state;
	check_loading(&h, "not loaded, but installed for this kernel",
		      "Run 'modprobe kvmexit'.");
	m->indexed = false;
	check_loading(&h, "but installed", "Run 'depmod' and 'modprobe kvmexit'");
	strcpy(m->file.version, "0.0.9");
	check_loading(&h, "not loaded; version 0.0.9 is installed (kvmexittop has " KXT_VERSION,
		      "'depmod'");
	strcpy(m->file.release, "6.1.0-55-amd64");
	check_loading(&h, "kvmexit.ko was built for kernel 6.1.0-55-amd64, not for this one",
		      "Run 'dkms autoinstall -k 6.1.0-56-amd64' and 'modprobe kvmexit'.");
	m->file.state = KXT_MODFILE_BAD;
	check_loading(&h, "is damaged", "Run 'dkms autoinstall");
	m->file.state = KXT_MODFILE_GONE;
	check_loading(&h, "modprobe looks for /lib/modules/6.1.0-56-amd64/updates/dkms/kvmexit.ko, which is gone",
		      "Run 'dkms autoinstall");
	/* What cannot be read is taken to be all right. */
	m->file = (struct kxt_modfile){ .state = KXT_MODFILE_PACKED };
	m->indexed = true;
	check_loading(&h, "but installed for this kernel", "Run 'modprobe kvmexit'.");
}

static void test_upgraded(void **state)
{
	struct host h = upgraded();
	struct kxt_module_facts *m = &h.f.module;

	(void)state;
	check_loading(&h, "installed for kernel 6.1.0-55-amd64, but not for the running one",
		      "(Debian: linux-headers-6.1.0-56-amd64, Fedora: kernel-devel-6.1.0-56-amd64), run 'dkms autoinstall -k 6.1.0-56-amd64'");
	m->headers = KXT_FACT_YES;
	check_loading(&h, "6.1.0-55-amd64",
		      "Run 'dkms autoinstall -k 6.1.0-56-amd64' and 'modprobe kvmexit'.");
	strcpy(m->dkms_log, "/var/lib/dkms/kvmexit/0.1.0/build/make.log");
	check_loading(&h, "DKMS could not build it for this kernel",
		      "See /var/lib/dkms/kvmexit/0.1.0/build/make.log for");
	m->dkms_log[0] = m->other[0] = '\0';
	check_loading(&h, "DKMS has version " KXT_VERSION ", but not for this kernel",
		      "Run 'dkms autoinstall");
	m->dkms = KXT_DKMS_SOURCE;
	check_loading(&h, "DKMS has the source of " KXT_VERSION,
		      "Run 'dkms install kvmexit/" KXT_VERSION " -k 6.1.0-56-amd64'");
	m->folder = KXT_FACT_NO;
	check_loading(&h, "/lib/modules/6.1.0-56-amd64 is not here",
		      "Run 'modprobe kvmexit', and 'kvmexittop doctor' where");
	m->folder = KXT_FACT_YES;
	m->dkms = KXT_DKMS_NONE;
	check_loading(&h, "nor installed", "Install the package kvmexittop-dkms, or");
	strcpy(m->other, "6.1.0-55-amd64\033");
	m->headers = KXT_FACT_NO;
	check_loading(&h, "for kernel 6.1.0-55-amd64\\x1b,", "Install this kernel's headers");
}

static void test_signatures(void **state)
{
	struct host h = integrity();

	(void)state;
	check_signing(&h, KXT_FACT_NO,
		      "required; kvmexit.ko is signed by 'DKMS module signing key', whose key is not enrolled",
		      "Run 'mokutil --import /var/lib/dkms/mok.pub', reboot,");
	h.f.keys.signer_key = KXT_KEY_WAITING;
	check_signing(&h, KXT_FACT_NO, "waits", "Reboot, and choose 'Enroll MOK'");
	h.f.keys.signer_key = KXT_KEY_IGNORED;
	check_signing(&h, KXT_FACT_NO, "not taken over", "Run 'mokutil --trust-mok'");
	h.f.keys.signer_key = KXT_KEY_UNKNOWN;
	check_signing(&h, KXT_FACT_UNKNOWN, "cannot be told", "");
	h.f.keys.signer_key = KXT_KEY_ENROLLED;
	check_signing(&h, KXT_FACT_YES, "whose key is enrolled", "");
	/* Another key than the one that is at hand. */
	h.f.keys.signer_key = KXT_KEY_ABSENT;
	h.f.keys.signed_by_cert = KXT_FACT_NO;
	h.f.module.file.signer[0] = '\0';
	check_signing(&h, KXT_FACT_NO, "signed by 'unknown'", "'mokutil --import CERTIFICATE'");

	h.f.module.file.has_signature = false;
	check_signing(&h, KXT_FACT_NO,
		      "required, and /lib/modules/6.1.0-56-amd64/updates/dkms/kvmexit.ko is not signed",
		      "Have DKMS sign it");
	h.f.secure_boot = KXT_SECURE_BOOT_NO_EFI;
	check_signing(&h, KXT_FACT_NO, "is not signed", "Boot it without lockdown, ");
	h.f.lockdown = KXT_LOCKDOWN_NONE;
	h.f.module.signed_only = KXT_FACT_YES;
	check_signing(&h, KXT_FACT_NO, "is not signed",
		      "Boot it without module.sig_enforce, or take a key that was built into the kernel; or use bpf.");
	h.f.lockdown = KXT_LOCKDOWN_UNKNOWN;
	h.f.module.signed_only = KXT_FACT_NO;
	check_signing(&h, KXT_FACT_UNKNOWN, "cannot be told", "");
}

/* There is no module yet: DKMS will sign it. */
static void test_future(void **state)
{
	struct host h = upgraded();

	(void)state;
	check_signing(&h, KXT_FACT_YES, "not required", "");
	h.f.lockdown = KXT_LOCKDOWN_INTEGRITY;
	check_signing(&h, KXT_FACT_NO, "required: an unsigned kvmexit.ko is refused",
		      "run 'mokutil --import /var/lib/dkms/mok.pub'");
	strcpy(h.f.keys.cert, "/var/lib/shim-signed/mok/MOK.der");
	h.f.keys.cert_key = KXT_KEY_ABSENT;
	check_signing(&h, KXT_FACT_NO,
		      "modules built here are signed by /var/lib/shim-signed/mok/MOK.der, whose key is not enrolled",
		      "'mokutil --import /var/lib/shim-signed/mok/MOK.der'");
	h.f.lockdown = KXT_LOCKDOWN_CONFIDENTIALITY;
	check_signing(&h, KXT_FACT_NO, "not enrolled", "(docs/secure-boot.md).");
	h.f.keys.cert_key = KXT_KEY_ENROLLED;
	check_signing(&h, KXT_FACT_YES, "whose key is enrolled", "");
}

static void test_missing(void **state)
{
	struct host h = installed();

	(void)state;
	check_missing(&h, "not loaded, but installed for this kernel. Run 'modprobe kvmexit'.");
	h.f.lockdown = KXT_LOCKDOWN_INTEGRITY;
	check_missing(&h,
		      "not loaded, and a signature is required; kvmexit.ko is signed by 'DKMS module signing key', whose key is not enrolled. Run 'mokutil --import /var/lib/dkms/mok.pub', reboot, and choose 'Enroll MOK' in MokManager (docs/secure-boot.md). Until then, use bpf.");
	h.f.process.first_user_ns = KXT_FACT_NO;
	check_missing(&h, "not loaded. Load it on the host, not in the container.");
	/* First things first. */
	h = upgraded();
	h.f.module.headers = KXT_FACT_YES;
	h.f.lockdown = KXT_LOCKDOWN_INTEGRITY;
	check_missing(&h,
		      "not loaded; installed for kernel 6.1.0-55-amd64, but not for the running one. Run 'dkms autoinstall -k 6.1.0-56-amd64' and 'modprobe kvmexit'.");
	h = other_hypervisor();
	check_missing(&h,
		      "not loaded: this kernel takes no modules. Use bpf: this kernel cannot be taught modules.");
	h = nothing_known();
	check_missing(&h,
		      "not loaded. Run 'modprobe kvmexit', or 'insmod kvmexit.ko' where it was built.");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loaded),
		cmocka_unit_test(test_installed),
		cmocka_unit_test(test_upgraded),
		cmocka_unit_test(test_signatures),
		cmocka_unit_test(test_future),
		cmocka_unit_test(test_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
