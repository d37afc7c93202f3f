// SPDX-License-Identifier: GPL-2.0-only
/* Does kvmexit.ko have to be signed, is it, and does the kernel know the key? */
#include <string.h>

#include "user/module_advice_int.h"

#define DKMS_CERT	"/var/lib/dkms/mok.pub"

/* Lockdown in its strict mode leaves nothing for BPF either. */
static const char *meanwhile(const struct kxt_host_facts *f)
{
	return f->lockdown == KXT_LOCKDOWN_CONFIDENTIALITY ? "" : " Until then, use bpf.";
}

/* Where keys of the owner are enrolled in the firmware, this host has none. */
static bool no_firmware(struct kxt_advice *a, const struct kxt_host_facts *f)
{
	if (f->secure_boot != KXT_SECURE_BOOT_NO_EFI)
		return false;
	kxt_advice_todo(a,
			"Keys are enrolled by EFI, which this host was not booted by. Boot it without %s, or take a key that was built into the kernel%s.",
			f->module.signed_only == KXT_FACT_YES ? "module.sig_enforce" :
								"lockdown",
			f->lockdown == KXT_LOCKDOWN_CONFIDENTIALITY ? "" : "; or use bpf");
	return true;
}

static void enroll(struct kxt_advice *a, const struct kxt_host_facts *f, const char *cert)
{
	if (!no_firmware(a, f))
		kxt_advice_todo(a,
				"Run 'mokutil --import %s', reboot, and choose 'Enroll MOK' in MokManager (docs/secure-boot.md).%s",
				cert, meanwhile(f));
}

/* A key in state @key, which is no good. */
static void advise_key(struct kxt_advice *a, const struct kxt_host_facts *f,
		       enum kxt_key key, const char *cert)
{
	switch (key) {
	case KXT_KEY_WAITING:
		kxt_advice_todo(a,
				"Reboot, and choose 'Enroll MOK' in MokManager; it asks for the password that mokutil was given.%s",
				meanwhile(f));
		break;
	case KXT_KEY_IGNORED:
		kxt_advice_todo(a,
				"Run 'mokutil --trust-mok', and reboot: this kernel takes enrolled keys for modules only then (docs/secure-boot.md).%s",
				meanwhile(f));
		break;
	default:
		enroll(a, f, cert);
	}
}

static const char *key_state(enum kxt_key key)
{
	static const char *const text[] = {
		[KXT_KEY_UNKNOWN] = "whether its key is enrolled cannot be told (as root it can)",
		[KXT_KEY_ABSENT] = "whose key is not enrolled",
		[KXT_KEY_WAITING] = "whose key waits to be enrolled",
		[KXT_KEY_IGNORED] = "whose key is enrolled, but not taken over by the kernel",
		[KXT_KEY_ENROLLED] = "whose key is enrolled",
	};

	return text[key];
}

static enum kxt_fact verdict(enum kxt_key key)
{
	if (key == KXT_KEY_UNKNOWN)
		return KXT_FACT_UNKNOWN;
	return key == KXT_KEY_ENROLLED ? KXT_FACT_YES : KXT_FACT_NO;
}

static enum kxt_fact advise_signed(struct kxt_advice *a, const struct kxt_host_facts *f)
{
	const struct kxt_modfile *file = &f->module.file;
	bool known = f->keys.signed_by_cert == KXT_FACT_YES;
	enum kxt_key key = f->keys.signer_key;

	kxt_advice_found(a, "required; kvmexit.ko is signed by '%s', %s",
			 file->signer[0] ? file->signer : "unknown", key_state(key));
	if (verdict(key) == KXT_FACT_NO)
		advise_key(a, f, key, known ? f->keys.cert : "CERTIFICATE");
	return verdict(key);
}

static enum kxt_fact advise_unsigned(struct kxt_advice *a, const struct kxt_host_facts *f)
{
	kxt_advice_found(a, "required, and %s is not signed", f->module.installed);
	if (!no_firmware(a, f))
		kxt_advice_todo(a,
				"Have DKMS sign it, which from version 3 on it does by itself (docs/secure-boot.md), run 'mokutil --import %s', and reboot.%s",
				f->keys.cert[0] ? f->keys.cert : DKMS_CERT, meanwhile(f));
	return KXT_FACT_NO;
}

/* There is no module yet, or it cannot be read: will the next one be taken? */
static enum kxt_fact advise_future(struct kxt_advice *a, const struct kxt_host_facts *f)
{
	const struct kxt_key_facts *k = &f->keys;

	if (k->cert[0]) {
		kxt_advice_found(a, "required; modules built here are signed by %s, %s",
				 k->cert, key_state(k->cert_key));
		if (verdict(k->cert_key) == KXT_FACT_NO)
			advise_key(a, f, k->cert_key, k->cert);
		return verdict(k->cert_key);
	}
	kxt_advice_found(a, "required: an unsigned kvmexit.ko is refused");
	if (!no_firmware(a, f))
		kxt_advice_todo(a,
				"Install it by DKMS, which from version 3 on signs it, run 'mokutil --import " DKMS_CERT "', and reboot (docs/secure-boot.md).%s",
				meanwhile(f));
	return KXT_FACT_NO;
}

enum kxt_fact kxt_advise_signing(struct kxt_advice *a, const struct kxt_host_facts *f)
{
	const struct kxt_modfile *file = &f->module.file;

	memset(a, 0, sizeof(*a));
	if (f->module.modules == KXT_FACT_NO) {
		kxt_advice_found(a, "this kernel takes no modules");
		return KXT_FACT_UNKNOWN;
	}
	switch (kxt_host_signed_only(f)) {
	case KXT_FACT_UNKNOWN:
		kxt_advice_found(a, "cannot be told");
		return KXT_FACT_UNKNOWN;
	case KXT_FACT_NO:
		kxt_advice_found(a, "not required");
		return KXT_FACT_YES;
	case KXT_FACT_YES:
		break;
	}
	if (f->module.loaded == KXT_FACT_YES) {
		kxt_advice_found(a, "required; kvmexit.ko has been let in");
		return KXT_FACT_YES;
	}
	if (file->state != KXT_MODFILE_READ)
		return advise_future(a, f);
	return file->has_signature ? advise_signed(a, f) : advise_unsigned(a, f);
}
