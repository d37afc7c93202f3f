// SPDX-License-Identifier: GPL-2.0-only
/* Installing and loading kvmexit.ko; that it has to be signed is module_signing.c's. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "user/format.h"
#include "user/module_advice_int.h"

/* Names and versions can have anything in them; our own text stays as it is. */
static void put(char *to, size_t size, const char *format, va_list args)
{
	char raw[512];

	vsnprintf(raw, sizeof(raw), format, args);
	kxt_fmt_escape(to, size, raw, true);
}

void kxt_advice_found(struct kxt_advice *a, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	put(a->found, sizeof(a->found), format, args);
	va_end(args);
}

void kxt_advice_todo(struct kxt_advice *a, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	put(a->todo, sizeof(a->todo), format, args);
	va_end(args);
}

static bool in_container(const struct kxt_host_facts *f)
{
	return f->process.first_pid_ns == KXT_FACT_NO ||
	       f->process.first_user_ns == KXT_FACT_NO;
}

static const char *release_of(const struct kxt_host_facts *f)
{
	return f->release[0] ? f->release : "RELEASE";
}

static bool is_installed(const struct kxt_module_facts *m)
{
	return m->installed[0] && m->file.state != KXT_MODFILE_GONE;
}

/* The kernel refuses it; or the module does, where modversions let it pass. */
static bool is_for_other_kernel(const struct kxt_host_facts *f)
{
	const struct kxt_modfile *file = &f->module.file;

	return file->state == KXT_MODFILE_READ && file->release[0] && f->release[0] &&
	       strcmp(file->release, f->release);
}

/* An installed file of our version, or one that cannot be read, can be loaded anew. */
static bool is_current(const struct kxt_modfile *file)
{
	return file->state != KXT_MODFILE_READ || !strcmp(file->version, KXT_VERSION);
}

static void advise_loaded(struct kxt_advice *a, const struct kxt_module_facts *m)
{
	const char *reload =
		"run 'modprobe -r kvmexit' and 'modprobe kvmexit' when nobody uses it";
	int order = strverscmp(m->version, KXT_VERSION);

	if (!m->version[0]) {
		kxt_advice_found(a, "loaded");
	} else if (order == 0) {
		kxt_advice_found(a, "loaded, version %s", m->version);
	} else if (order > 0) {
		kxt_advice_found(a, "loaded, version %s, which is newer than kvmexittop %s",
				 m->version, KXT_VERSION);
		kxt_advice_todo(a, "Install kvmexittop %s.", m->version);
	} else if (is_installed(m) && is_current(&m->file)) {
		kxt_advice_found(a, "loaded, version %s, but kvmexittop %s is newer",
				 m->version, KXT_VERSION);
		kxt_advice_todo(a, "To load the one that is installed, %s.", reload);
	} else {
		kxt_advice_found(a, "loaded, version %s, but kvmexittop %s is newer",
				 m->version, KXT_VERSION);
		kxt_advice_todo(a, "Install kvmexit %s, then %s.", KXT_VERSION, reload);
	}
}

/* Build it for this kernel, for which DKMS may be there or not. */
static void advise_build(struct kxt_advice *a, const struct kxt_host_facts *f)
{
	const struct kxt_module_facts *m = &f->module;
	const char *release = release_of(f);

	if (m->dkms_log[0])
		kxt_advice_todo(a,
				"See %s for what went wrong, then run 'dkms autoinstall -k %s' and 'modprobe kvmexit'.",
				m->dkms_log, release);
	else if (m->dkms >= KXT_DKMS_ADDED && m->headers == KXT_FACT_YES)
		kxt_advice_todo(a, "Run 'dkms autoinstall -k %s' and 'modprobe kvmexit'.",
				release);
	else if (m->dkms >= KXT_DKMS_ADDED)
		kxt_advice_todo(a,
				"Install this kernel's headers (Debian: linux-headers-%s, Fedora: kernel-devel-%s), run 'dkms autoinstall -k %s' if DKMS has not built it then, and 'modprobe kvmexit'.",
				release, release, release);
	else if (m->dkms == KXT_DKMS_SOURCE)
		kxt_advice_todo(a,
				"Run 'dkms install kvmexit/%s -k %s' and 'modprobe kvmexit': DKMS then builds it for later kernels, too.",
				m->dkms_version, release);
	else if (m->headers == KXT_FACT_YES)
		kxt_advice_todo(a,
				"Install the package kvmexittop-dkms, or run 'make dkms-install' where its source is; then 'modprobe kvmexit'. To try it only: 'make module' and 'insmod kvmexit.ko'.");
	else
		kxt_advice_todo(a,
				"Install this kernel's headers (Debian: linux-headers-%s, Fedora: kernel-devel-%s) and the package kvmexittop-dkms, or run 'make dkms-install' where its source is; then 'modprobe kvmexit'. To try it only: 'make module' and 'insmod kvmexit.ko'.",
				release, release);
}

static void advise_absent(struct kxt_advice *a, const struct kxt_host_facts *f)
{
	const struct kxt_module_facts *m = &f->module;

	/* A service that may not see modules, or a root of its own. */
	if (m->folder != KXT_FACT_YES) {
		kxt_advice_found(a,
				 "not loaded; /lib/modules/%s is not here to see whether it is installed",
				 release_of(f));
		kxt_advice_todo(a,
				"Run 'modprobe kvmexit', and 'kvmexittop doctor' where that folder is.");
		return;
	}
	if (m->file.state == KXT_MODFILE_GONE)
		kxt_advice_found(a, "not loaded: modprobe looks for %s, which is gone",
				 m->installed);
	else if (m->dkms_log[0])
		kxt_advice_found(a, "not loaded: DKMS could not build it for this kernel");
	else if (m->other[0])
		kxt_advice_found(a,
				 "not loaded; installed for kernel %s, but not for the running one",
				 m->other);
	else if (m->dkms != KXT_DKMS_NONE)
		kxt_advice_found(a, "not loaded; DKMS has %s %s, but not for this kernel",
				 m->dkms == KXT_DKMS_SOURCE ? "the source of" : "version",
				 m->dkms_version);
	else
		kxt_advice_found(a, "not loaded, nor installed for this kernel");
	advise_build(a, f);
}

static void advise_installed(struct kxt_advice *a, const struct kxt_host_facts *f)
{
	const struct kxt_module_facts *m = &f->module;

	if (is_for_other_kernel(f)) {
		kxt_advice_found(a,
				 "not loaded: %s was built for kernel %s, not for this one",
				 m->installed, m->file.release);
		advise_build(a, f);
		return;
	}
	if (m->file.state == KXT_MODFILE_BAD) {
		kxt_advice_found(a, "not loaded: %s is damaged, or no kernel module",
				 m->installed);
		advise_build(a, f);
		return;
	}
	if (is_current(&m->file))
		kxt_advice_found(a, "not loaded, but installed for this kernel");
	else
		kxt_advice_found(a, "not loaded; version %s is installed (kvmexittop has %s)",
				 m->file.version[0] ? m->file.version : "unknown",
				 KXT_VERSION);
	if (m->indexed)
		kxt_advice_todo(a, "Run 'modprobe kvmexit'.");
	else
		kxt_advice_todo(a,
				"Run 'depmod' and 'modprobe kvmexit': modprobe does not know it yet.");
}

void kxt_advise_loading(struct kxt_advice *a, const struct kxt_host_facts *f)
{
	const struct kxt_module_facts *m = &f->module;

	memset(a, 0, sizeof(*a));
	if (m->loaded == KXT_FACT_UNKNOWN) {
		kxt_advice_found(a, "cannot be told");
	} else if (m->loaded == KXT_FACT_YES) {
		advise_loaded(a, m);
	} else if (m->modules == KXT_FACT_NO) {
		kxt_advice_found(a, "not loaded: this kernel takes no modules");
		kxt_advice_todo(a, "Use bpf: this kernel cannot be taught modules.");
	} else if (m->disabled == KXT_FACT_YES) {
		kxt_advice_found(a, "not loaded: kernel.modules_disabled is set");
		kxt_advice_todo(a,
				"Reboot, and load it before kernel.modules_disabled is set, or use bpf.");
	} else if (in_container(f)) {
		kxt_advice_found(a, "not loaded");
		kxt_advice_todo(a, "Load it on the host, not in the container.");
	} else if (is_installed(m)) {
		advise_installed(a, f);
	} else {
		advise_absent(a, f);
	}
}

void kxt_advise_missing(struct kxt_advice *a, const struct kxt_host_facts *f)
{
	struct kxt_advice signing;

	kxt_advise_loading(a, f);
	if (f->module.loaded == KXT_FACT_UNKNOWN) {
		kxt_advice_found(a, "not loaded");
		kxt_advice_todo(a,
				"Run 'modprobe kvmexit', or 'insmod kvmexit.ko' where it was built.");
		return;
	}
	/* What is in the way of building it comes first, then what is in that of loading. */
	if (f->module.modules == KXT_FACT_NO || f->module.disabled == KXT_FACT_YES ||
	    in_container(f) || !is_installed(&f->module) || is_for_other_kernel(f) ||
	    kxt_advise_signing(&signing, f) != KXT_FACT_NO)
		return;
	kxt_advice_found(a, "not loaded, and a signature is %s", signing.found);
	kxt_advice_todo(a, "%s", signing.todo);
}
