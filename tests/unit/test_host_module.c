// SPDX-License-Identifier: GPL-2.0-only
/* Facts about kvmexit.ko as it is installed, about DKMS, and about keys. */
#include "tests/unit/host_root.h"
#include "tests/unit/module_file.h"

#define RELEASE		"6.1.0-56-amd64"
#define INSTALLED	"lib/modules/" RELEASE "/updates/dkms/kvmexit.ko"
#define SHIM		"605dab50-e046-4300-abb6-3dd810dd8b23"
#define MOK_LIST	"sys/firmware/efi/mok-variables/MokListRT"
#define MOK_LIST_EFIVAR	"sys/firmware/efi/efivars/MokListRT-" SHIM
#define MOK_NEW		"sys/firmware/efi/efivars/MokNew-" SHIM
#define DKMS_CERT	"var/lib/dkms/mok.pub"
#define UBUNTU_CERT	"var/lib/shim-signed/mok/MOK.der"
#define OTHER_SERIAL	"\x21\x22\x33\x44\x55\x66\x77\x88"
#define OTHER_KEY_ID	"\x7c\xce\xce\x7e\x4c\x6c\x0d\x1f\x61\x49\xf3\xdd\x27\xdf\xcc\x5c\xbb\x41\x9e\xa1"

/* What root sees: keyrings, and keys with names that have colons. */
#define KEYS_BEFORE \
	"01a0eb6d I------     1 perm 1f030000     0     0 keyring   .platform: 1\n" \
	"0225ff3c I------     1 perm 1f010000     0     0 asymmetri A: b: c: 0011: X509.rsa 00000011 []\n"
#define KEY_LINE(NAME, ID) \
	"0a25ff3c I------     1 perm 1f010000     0     0 asymmetri " NAME ": " ID \
	": X509.rsa bb419ea1 []\n"
#define KEYS_AFTER \
	"1b25ff3c I--Q---     1 perm 1f030000     0 65534 keyring   _uid.0: empty\n"
#define HEX_KEY_ID	"6ccece7e4c6c0d1f6149f3dd27dfcc5cbb419ea1"

static void put_module(const char *path, const char *release, bool is_signed,
		       bool by_key_id)
{
	struct bytes b;
	char modinfo[128];
	int len = snprintf(modinfo, sizeof(modinfo), "version=0.1.0%cvermagic=%s SMP ", 0,
			   release);

	make_module(&b, modinfo, len + 1);
	if (is_signed)
		sign(&b, SIGNER, by_key_id);
	put_bytes(path, b.data, b.len);
}

static void put_cert(const char *path, const char *before, const char *serial,
		     const char *key_id)
{
	struct bytes cert, b = { .len = 0 };

	make_cert(&cert, serial, key_id);
	add_bytes(&b, before, strlen(before));
	add_bytes(&b, cert.data, cert.len);
	put_bytes(path, b.data, b.len);
}

/* An installed module that DKMS has signed; nothing is known of its key. */
static int make_host(void **state)
{
	(void)state;
	if (make_root())
		return -1;
	put("proc/sys/kernel/osrelease", RELEASE "\n");
	put_module(INSTALLED, RELEASE, true, false);
	return 0;
}

static void test_installed(void **state)
{
	struct kxt_host_facts f = look();

	(void)state;
	assert_int_equal(f.module.folder, KXT_FACT_YES);
	assert_string_equal(f.module.installed, "/" INSTALLED);
	assert_int_equal(f.module.file.state, KXT_MODFILE_READ);
	assert_string_equal(f.module.file.release, RELEASE);
	assert_string_equal(f.module.file.version, "0.1.0");
	assert_true(f.module.file.has_signature);
	assert_string_equal(f.module.other, "");
	assert_int_equal(f.module.dkms, KXT_DKMS_NONE);

	/* The index knows a file that is gone. */
	put("lib/modules/" RELEASE "/modules.dep", "extra/kvmexit.ko.xz:\n");
	f = look();
	assert_true(f.module.indexed);
	assert_int_equal(f.module.file.state, KXT_MODFILE_GONE);
	put("lib/modules/" RELEASE "/modules.dep", "weak-updates/kvmexit.ko:\n");
	put_module("lib/modules/" RELEASE "/weak-updates/kvmexit.ko", "6.1.0-1-amd64", false,
		   false);
	f = look();
	assert_string_equal(f.module.file.release, "6.1.0-1-amd64");
	put("lib/modules/" RELEASE "/weak-updates/kvmexit.ko", "nonsense");
	assert_int_equal(look().module.file.state, KXT_MODFILE_BAD);
	set_mode("lib/modules/" RELEASE "/weak-updates/kvmexit.ko", 0);
	assert_int_equal(look_as_nobody().module.file.state, KXT_MODFILE_DENIED);
}

static void test_other_kernel(void **state)
{
	struct kxt_host_facts f;

	(void)state;
	drop("lib/modules/" RELEASE);
	put_module("lib/modules/6.1.0-9-amd64/updates/dkms/kvmexit.ko", "6.1.0-9-amd64", false,
		   false);
	put("lib/modules/6.1.0-55-amd64/extra/kvmexit.ko.xz", "");
	put("lib/modules/6.1.0-99-amd64/extra/other.ko", "");
	f = look();
	assert_int_equal(f.module.folder, KXT_FACT_NO);
	assert_string_equal(f.module.installed, "");
	assert_int_equal(f.module.file.state, KXT_MODFILE_NONE);
	/* The newest: as numbers, not as text. */
	assert_string_equal(f.module.other, "6.1.0-55-amd64");
}

static void test_dkms(void **state)
{
	struct kxt_host_facts f;

	(void)state;
	put("usr/src/kvmexit-0.0.9/dkms.conf", "");
	put("usr/src/kvmexit-9/nothing", "");
	put("usr/src/linux-headers-1/dkms.conf", "");
	f = look();
	assert_int_equal(f.module.dkms, KXT_DKMS_SOURCE);
	assert_string_equal(f.module.dkms_version, "0.0.9");
	put_link("var/lib/dkms/kvmexit/0.1.0/source", ".");
	put_link("var/lib/dkms/kvmexit/kernel-6.1.0-9-amd64-x86_64", "0.1.0/6.1.0-9-amd64");
	f = look();
	assert_int_equal(f.module.dkms, KXT_DKMS_ADDED);
	assert_string_equal(f.module.dkms_version, "0.1.0");
	assert_string_equal(f.module.dkms_log, "");

	/* What versions 3.0 and 3.2 begin their logs with. */
	put("var/lib/dkms/kvmexit/0.1.0/build/make.log",
	    "DKMS make.log for kvmexit-0.1.0 for kernel 6.1.0-56-amd64-x (x86_64)\n");
	assert_string_equal(look().module.dkms_log, "");
	put("var/lib/dkms/kvmexit/0.1.0/build/make.log",
	    "DKMS make.log for kvmexit-0.1.0 for kernel " RELEASE " (x86_64)\nMon Nov 23\n");
	assert_string_equal(look().module.dkms_log,
			    "/var/lib/dkms/kvmexit/0.1.0/build/make.log");
	put("var/lib/dkms/kvmexit/0.1.0/build/make.log",
	    "DKMS (dkms-3.2.2) make.log for kvmexit/0.1.0 for kernel " RELEASE " (x86_64)\n");
	assert_string_equal(look().module.dkms_log,
			    "/var/lib/dkms/kvmexit/0.1.0/build/make.log");
	drop("var/lib/dkms/kvmexit/0.1.0/build");
	make_folders("var/lib/dkms/kvmexit/0.1.0/" RELEASE "/x86_64/module/");
	f = look();
	assert_int_equal(f.module.dkms, KXT_DKMS_BUILT);
	assert_string_equal(f.module.dkms_log, "");
}

/* The certificate is at hand, so that its key is known for sure. */
static void test_cert(void **state)
{
	struct kxt_host_facts f;

	(void)state;
	put_cert(DKMS_CERT, "", SERIAL, KEY_ID);
	f = look();
	assert_string_equal(f.keys.cert, "/" DKMS_CERT);
	assert_int_equal(f.keys.signed_by_cert, KXT_FACT_YES);
	assert_int_equal(f.keys.cert_key, KXT_KEY_UNKNOWN);
	assert_int_equal(f.keys.signer_key, KXT_KEY_UNKNOWN);

	/* The same name is not the same key: that of each DKMS has it. */
	put("proc/keys", KEYS_BEFORE KEY_LINE(SIGNER, "1111") KEYS_AFTER);
	assert_int_equal(look().keys.signer_key, KXT_KEY_ABSENT);
	/* Nor is that of its issuer. */
	put("proc/keys", KEYS_BEFORE
	    KEY_LINE("Issuer", "9998979695949392919089888786858483828180") KEYS_AFTER);
	assert_int_equal(look().keys.signer_key, KXT_KEY_ABSENT);
	put("proc/keys", KEYS_BEFORE KEY_LINE("O: " SIGNER, HEX_KEY_ID) KEYS_AFTER);
	f = look();
	assert_int_equal(f.keys.cert_key, KXT_KEY_ENROLLED);
	assert_int_equal(f.keys.signer_key, KXT_KEY_ENROLLED);
	/* A certificate without the one has the other. */
	put("proc/keys", KEY_LINE(SIGNER, "1122334455667788"));
	assert_int_equal(look().keys.signer_key, KXT_KEY_ENROLLED);

	put("proc/keys", KEYS_BEFORE KEYS_AFTER);
	put_cert(MOK_NEW, "\6...some bytes", SERIAL, KEY_ID);
	assert_int_equal(look().keys.signer_key, KXT_KEY_WAITING);
	put_cert(MOK_LIST_EFIVAR, "\6...some bytes", OTHER_SERIAL, KEY_ID);
	assert_int_equal(look().keys.signer_key, KXT_KEY_WAITING);
	put_cert(MOK_LIST, "some bytes", SERIAL, KEY_ID);
	assert_int_equal(look().keys.signer_key, KXT_KEY_IGNORED);
	/* Somebody who does not see the kernel's keys. */
	put("proc/keys", KEYS_AFTER);
	assert_int_equal(look().keys.signer_key, KXT_KEY_ENROLLED);
	drop("sys");
	put_cert(MOK_LIST_EFIVAR, "\6...some bytes", OTHER_SERIAL, KEY_ID);
	assert_int_equal(look().keys.signer_key, KXT_KEY_ABSENT);
}

/* Which of several certificates? */
static void test_certs(void **state)
{
	struct kxt_host_facts f;

	(void)state;
	put("etc/dkms/framework.conf", "# mok_certificate=/etc/no\n"
	    "sign_file=/x\n mok_certificate=\"/etc/a.der\"\nmok_certificate=/etc/$kernelver\n");
	put_cert("etc/a.der", "", OTHER_SERIAL, OTHER_KEY_ID);
	f = look();
	assert_string_equal(f.keys.cert, "/etc/a.der");
	assert_int_equal(f.keys.signed_by_cert, KXT_FACT_NO);
	put("etc/dkms/framework.conf.d/b.conf", "mok_certificate='/etc/b.der'\n");
	put_cert("etc/b.der", "", OTHER_SERIAL, OTHER_KEY_ID);
	assert_string_equal(look().keys.cert, "/etc/b.der");
	put(DKMS_CERT, "-----BEGIN CERTIFICATE-----\n");
	put_cert(UBUNTU_CERT, "", SERIAL, KEY_ID);
	f = look();
	assert_string_equal(f.keys.cert, "/" UBUNTU_CERT);
	assert_int_equal(f.keys.signed_by_cert, KXT_FACT_YES);
	/* None is signed: what will be is what counts. */
	put_module(INSTALLED, RELEASE, false, false);
	f = look();
	assert_string_equal(f.keys.cert, "/etc/b.der");
	assert_int_equal(f.keys.signed_by_cert, KXT_FACT_UNKNOWN);
	assert_int_equal(f.keys.signer_key, KXT_KEY_UNKNOWN);
	drop("etc");
	assert_string_equal(look().keys.cert, "/" UBUNTU_CERT);
}

/* Only the signature is there to go by. */
static void test_signer(void **state)
{
	struct kxt_host_facts f = look();

	(void)state;
	assert_string_equal(f.keys.cert, "");
	assert_int_equal(f.keys.signer_key, KXT_KEY_UNKNOWN);
	put("proc/keys", KEYS_BEFORE KEYS_AFTER);
	assert_int_equal(look().keys.signer_key, KXT_KEY_ABSENT);
	put("proc/keys", KEYS_BEFORE KEY_LINE("O: " SIGNER, HEX_KEY_ID));
	assert_int_equal(look().keys.signer_key, KXT_KEY_ENROLLED);
	/* Another one of that name can have been enrolled. */
	put_cert(MOK_LIST, "", OTHER_SERIAL, OTHER_KEY_ID);
	assert_int_equal(look().keys.signer_key, KXT_KEY_UNKNOWN);
	put_cert(MOK_LIST, "", SERIAL, KEY_ID);
	assert_int_equal(look().keys.signer_key, KXT_KEY_ENROLLED);
	put("proc/keys", KEYS_BEFORE);
	assert_int_equal(look().keys.signer_key, KXT_KEY_IGNORED);
	drop("sys");
	put_cert(MOK_NEW, "", SERIAL, KEY_ID);
	assert_int_equal(look().keys.signer_key, KXT_KEY_WAITING);

	put_module(INSTALLED, RELEASE, true, true);
	drop("sys");
	assert_int_equal(look().keys.signer_key, KXT_KEY_ABSENT);
	put("proc/keys", KEYS_BEFORE KEY_LINE("other", HEX_KEY_ID));
	assert_int_equal(look().keys.signer_key, KXT_KEY_ENROLLED);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, make_host, remove_host)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_installed),
		TEST(test_other_kernel),
		TEST(test_dkms),
		TEST(test_cert),
		TEST(test_certs),
		TEST(test_signer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
