// SPDX-License-Identifier: GPL-2.0-only
/* All facts as "key: value", for reports of bugs. */
#include <inttypes.h>

#include "user/doctor.h"
#include "user/format.h"

static const char *yes_no(enum kxt_fact fact)
{
	static const char *const name[] = {
		[KXT_FACT_UNKNOWN] = "unknown",
		[KXT_FACT_NO] = "no",
		[KXT_FACT_YES] = "yes",
	};

	return name[fact];
}

static const char *part_name(enum kxt_part part)
{
	static const char *const name[] = {
		[KXT_PART_UNKNOWN] = "unknown",
		[KXT_PART_ABSENT] = "absent",
		[KXT_PART_MODULE] = "module",
		[KXT_PART_BUILTIN] = "built in",
	};

	return name[part];
}

static void print_text(FILE *out, const char *key, const char *text)
{
	char clean[KXT_FMT_ESCAPED(256)];

	kxt_fmt_escape(clean, sizeof(clean), text, true);
	fprintf(out, "%s: %s\n", key, clean[0] ? clean : "unknown");
}

static void print_fact(FILE *out, const char *key, enum kxt_fact fact)
{
	fprintf(out, "%s: %s\n", key, yes_no(fact));
}

static void print_kvm(FILE *out, const struct kxt_kvm_facts *kvm)
{
	static const char *const tracefs[] = {
		[KXT_TRACEFS_UNKNOWN] = "unknown",
		[KXT_TRACEFS_UNMOUNTED] = "not mounted",
		[KXT_TRACEFS_DENIED] = "not readable",
		[KXT_TRACEFS_EMPTY] = "without events",
		[KXT_TRACEFS_READABLE] = "readable",
	};
	static const char *const cpu[] = { "none", "vmx", "svm", "vmx and svm" };

	fprintf(out, "kvm: %s\n", part_name(kvm->core));
	fprintf(out, "kvm_amd: %s\n", part_name(kvm->amd));
	fprintf(out, "kvm_intel: %s\n", part_name(kvm->intel));
	print_fact(out, "kvm_device_registered", kvm->device);
	fprintf(out, "cpu_virtualization: %s\n", kvm->cpu_known ? cpu[kvm->cpu] : "unknown");
	fprintf(out, "tracefs: %s\n", tracefs[kvm->tracefs]);
	if (kvm->tracefs_path[0])
		print_text(out, "tracefs_path", kvm->tracefs_path);
	print_fact(out, "tracefs_has_kvm_exit", kvm->event);
	print_fact(out, "btf_has_kvm_exit", kvm->btf_event);
	print_fact(out, "btf_of_kernel", kvm->btf_kernel);
	print_fact(out, "btf_of_kvm", kvm->btf_kvm);
	print_fact(out, "btf_of_kvm_vendor", kvm->btf_vendor);
}

static void print_installed(FILE *out, const struct kxt_module_facts *m)
{
	static const char *const state[] = {
		[KXT_MODFILE_NONE] = "unknown",
		[KXT_MODFILE_GONE] = "gone",
		[KXT_MODFILE_DENIED] = "not readable",
		[KXT_MODFILE_PACKED] = "compressed by xz, which this kvmexittop cannot read",
		[KXT_MODFILE_BAD] = "damaged",
		[KXT_MODFILE_READ] = "readable",
	};

	print_text(out, "kvmexit_installed", m->installed[0] ? m->installed : "no");
	fprintf(out, "kvmexit_known_to_modprobe: %s\n", m->indexed ? "yes" : "no");
	if (m->installed[0])
		fprintf(out, "kvmexit_installed_file: %s\n", state[m->file.state]);
	if (m->file.state != KXT_MODFILE_READ)
		return;
	print_text(out, "kvmexit_installed_version", m->file.version);
	print_text(out, "kvmexit_installed_for_kernel", m->file.release);
	fprintf(out, "kvmexit_installed_signed: %s\n", m->file.has_signature ? "yes" : "no");
	if (m->file.has_signature)
		print_text(out, "kvmexit_installed_signer", m->file.signer);
}

static void print_dkms(FILE *out, const struct kxt_module_facts *m)
{
	static const char *const dkms[] = {
		[KXT_DKMS_NONE] = "does not know it",
		[KXT_DKMS_SOURCE] = "was not told of its source",
		[KXT_DKMS_ADDED] = "knows it",
		[KXT_DKMS_BUILT] = "has built it for this kernel",
	};

	print_text(out, "kvmexit_for_other_kernel", m->other[0] ? m->other : "no");
	print_fact(out, "folder_of_kernel_modules", m->folder);
	print_fact(out, "kernel_headers", m->headers);
	fprintf(out, "dkms: %s\n", dkms[m->dkms]);
	if (m->dkms != KXT_DKMS_NONE)
		print_text(out, "dkms_version_of_kvmexit", m->dkms_version);
	if (m->dkms_log[0])
		print_text(out, "dkms_log_of_failed_build", m->dkms_log);
}

static void print_keys(FILE *out, const struct kxt_host_facts *f)
{
	static const char *const key[] = {
		[KXT_KEY_UNKNOWN] = "unknown",
		[KXT_KEY_ABSENT] = "not enrolled",
		[KXT_KEY_WAITING] = "waits to be enrolled",
		[KXT_KEY_IGNORED] = "enrolled, but not taken over by the kernel",
		[KXT_KEY_ENROLLED] = "enrolled",
	};

	if (f->module.file.has_signature)
		fprintf(out, "kvmexit_installed_key: %s\n", key[f->keys.signer_key]);
	print_text(out, "signing_certificate", f->keys.cert[0] ? f->keys.cert : "none");
	if (f->keys.cert[0])
		fprintf(out, "signing_certificate_key: %s\n", key[f->keys.cert_key]);
}

static void print_module(FILE *out, const struct kxt_module_facts *m)
{
	print_fact(out, "kernel_takes_modules", m->modules);
	print_fact(out, "modules_disabled", m->disabled);
	print_fact(out, "module_sig_enforce", m->signed_only);
	print_fact(out, "kvmexit_loaded", m->loaded);
	if (m->loaded == KXT_FACT_YES)
		print_text(out, "kvmexit_version", m->version);
	print_fact(out, "kvmexit_node", m->node);
	if (m->node == KXT_FACT_YES)
		fprintf(out, "kvmexit_node_mode: %04o\nkvmexit_node_readable: %s\n",
			m->node_mode, m->node_readable ? "yes" : "no");
	print_installed(out, m);
	print_dkms(out, m);
}

static void print_process(FILE *out, const struct kxt_process_facts *p)
{
	if (p->caps_known)
		fprintf(out, "capabilities: %016" PRIx64 "\n", p->caps);
	else
		fputs("capabilities: unknown\n", out);
	if (!p->memlock_known)
		fputs("locked_memory_limit: unknown\n", out);
	else if (p->memlock == KXT_UNLIMITED)
		fputs("locked_memory_limit: none\n", out);
	else
		fprintf(out, "locked_memory_limit: %" PRIu64 "\n", p->memlock);
	print_fact(out, "seccomp_filter", p->seccomp);
	print_fact(out, "first_pid_namespace", p->first_pid_ns);
	print_fact(out, "first_user_namespace", p->first_user_ns);
}

void kxt_doctor_print_facts(FILE *out, const struct kxt_host_facts *f)
{
	static const char *const lockdown[] = {
		[KXT_LOCKDOWN_UNKNOWN] = "unknown",
		[KXT_LOCKDOWN_ABSENT] = "absent",
		[KXT_LOCKDOWN_NONE] = "none",
		[KXT_LOCKDOWN_INTEGRITY] = "integrity",
		[KXT_LOCKDOWN_CONFIDENTIALITY] = "confidentiality",
	};
	static const char *const secure_boot[] = {
		[KXT_SECURE_BOOT_UNKNOWN] = "unknown",
		[KXT_SECURE_BOOT_NO_EFI] = "no EFI",
		[KXT_SECURE_BOOT_OFF] = "off",
		[KXT_SECURE_BOOT_ON] = "on",
	};

	print_text(out, "kernel", f->release);
	print_fact(out, "realtime", f->realtime);
	fprintf(out, "proc: %s\nsys: %s\n", f->proc ? "yes" : "no", f->sys ? "yes" : "no");
	print_kvm(out, &f->kvm);
	print_module(out, &f->module);
	print_keys(out, f);
	fprintf(out, "lockdown: %s\n", lockdown[f->lockdown]);
	fprintf(out, "secure_boot: %s\n", secure_boot[f->secure_boot]);
	print_fact(out, "bpf", f->bpf);
	if (f->unprivileged_bpf >= 0)
		fprintf(out, "unprivileged_bpf_disabled: %d\n", f->unprivileged_bpf);
	else
		fputs("unprivileged_bpf_disabled: unknown\n", out);
	print_process(out, &f->process);
}
