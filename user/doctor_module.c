// SPDX-License-Identifier: GPL-2.0-only
/* From facts to lines: kvmexit.ko, and what the kernel says to modules. */
#include <string.h>

#include "user/doctor.h"
#include "user/format.h"

static bool in_container(const struct kxt_host_facts *f)
{
	return f->process.first_pid_ns == KXT_FACT_NO ||
	       f->process.first_user_ns == KXT_FACT_NO;
}

static void advise_loading(struct kxt_doctor_line *line, const struct kxt_host_facts *f)
{
	const struct kxt_module_facts *m = &f->module;
	const unsigned int stops = KXT_STOPS_MODULE;

	if (m->modules == KXT_FACT_NO)
		kxt_doctor_todo(line, stops, "Use bpf: this kernel cannot be taught modules.");
	else if (m->disabled == KXT_FACT_YES)
		kxt_doctor_todo(line, stops,
				"Reboot, and load it before kernel.modules_disabled is set, or use bpf.");
	else if (in_container(f))
		kxt_doctor_todo(line, stops, "Load it on the host, not in the container.");
	else if (m->indexed)
		kxt_doctor_todo(line, stops, "Run 'modprobe kvmexit'.");
	else if (m->installed[0])
		kxt_doctor_todo(line, stops,
				"Run 'depmod' and 'modprobe kvmexit': modprobe does not know it yet.");
	else if (m->headers == KXT_FACT_YES)
		kxt_doctor_todo(line, stops,
				"Run 'make module' and 'insmod kvmexit.ko' where its source is: this kernel's headers are here.");
	else
		kxt_doctor_todo(line, stops,
				"Install this kernel's headers (Debian: linux-headers-%s), then run 'make module' and 'insmod kvmexit.ko' where its source is.",
				f->release[0] ? f->release : "RELEASE");
}

static void add_loaded(struct kxt_doctor *d, const struct kxt_host_facts *f)
{
	const struct kxt_module_facts *m = &f->module;
	char version[KXT_FMT_ESCAPED(sizeof(m->version))];
	const char *subject = "kvmexit.ko";
	const char *why = "";

	kxt_fmt_escape(version, sizeof(version), m->version, true);
	if (m->loaded == KXT_FACT_UNKNOWN) {
		kxt_doctor_add(d, KXT_MARK_NONE, subject, "cannot be told");
		return;
	}
	if (m->loaded == KXT_FACT_YES) {
		kxt_doctor_add(d, KXT_MARK_OK, subject, "loaded%s%s%s",
			       version[0] ? ", version " : "", version,
			       version[0] && strcmp(version, KXT_VERSION) ?
			       " (kvmexittop has " KXT_VERSION ")" : "");
		return;
	}
	if (m->modules == KXT_FACT_NO)
		why = ": this kernel takes no modules";
	else if (m->disabled == KXT_FACT_YES)
		why = ": kernel.modules_disabled is set";
	else if (m->installed[0])
		why = ", but installed for this kernel";
	else if (!in_container(f))
		why = ", nor installed for this kernel";
	advise_loading(kxt_doctor_add(d, KXT_MARK_NO, subject, "not loaded%s", why), f);
}

static void add_node(struct kxt_doctor *d, const struct kxt_host_facts *f)
{
	const struct kxt_module_facts *m = &f->module;
	const char *subject = "Device node";
	struct kxt_doctor_line *line;

	if (m->node == KXT_FACT_YES && m->loaded == KXT_FACT_NO) {
		kxt_doctor_add(d, KXT_MARK_NONE, subject,
			       "/dev/kvmexit is left over: its module is not loaded");
	} else if (m->node == KXT_FACT_YES && m->node_readable) {
		kxt_doctor_add(d, KXT_MARK_OK, subject, "/dev/kvmexit, mode %04o, readable",
			       m->node_mode);
	} else if (m->node == KXT_FACT_YES) {
		line = kxt_doctor_add(d, KXT_MARK_NO, subject,
				      "/dev/kvmexit, mode %04o, not readable by this user",
				      m->node_mode);
		kxt_doctor_todo(line, KXT_STOPS_MODULE, m->node_mode & 0040 ?
				"Run as root, or as a member of its group." : "Run as root.");
	} else if (m->loaded == KXT_FACT_YES && m->node == KXT_FACT_NO) {
		line = kxt_doctor_add(d, KXT_MARK_NO, subject, "there is no /dev/kvmexit here");
		kxt_doctor_todo(line, KXT_STOPS_MODULE,
				"In a container, start it with --device /dev/kvmexit. Else load the module again.");
	} else if (m->loaded == KXT_FACT_NO) {
		kxt_doctor_add(d, KXT_MARK_NONE, subject, "/dev/kvmexit comes with the module");
	} else {
		kxt_doctor_add(d, KXT_MARK_NONE, subject, "cannot be told");
	}
}

static void add_signing(struct kxt_doctor *d, const struct kxt_host_facts *f)
{
	bool strict = f->lockdown == KXT_LOCKDOWN_CONFIDENTIALITY;
	const char *subject = "Module signing";
	struct kxt_doctor_line *line;

	if (f->module.modules == KXT_FACT_NO) {
		kxt_doctor_add(d, KXT_MARK_NONE, subject, "this kernel takes no modules");
		return;
	}
	switch (kxt_host_signed_only(f)) {
	case KXT_FACT_UNKNOWN:
		kxt_doctor_add(d, KXT_MARK_NONE, subject, "cannot be told");
		break;
	case KXT_FACT_NO:
		kxt_doctor_add(d, KXT_MARK_OK, subject, "not required");
		break;
	case KXT_FACT_YES:
		if (f->module.loaded == KXT_FACT_YES) {
			kxt_doctor_add(d, KXT_MARK_OK, subject,
				       "required; kvmexit.ko has been let in");
			break;
		}
		line = kxt_doctor_add(d, KXT_MARK_NO, subject,
				      "required: an unsigned kvmexit.ko is refused");
		kxt_doctor_todo(line, KXT_STOPS_MODULE,
				"Sign it with a key that the kernel trusts ('mokutil --import KEY.der' adds one)%s.",
				strict ? "" : ", or use bpf");
		break;
	}
}

static void add_lockdown(struct kxt_doctor *d, const struct kxt_host_facts *f)
{
	bool loaded = f->module.loaded == KXT_FACT_YES;
	const char *subject = "Lockdown";
	struct kxt_doctor_line *line;

	switch (f->lockdown) {
	case KXT_LOCKDOWN_UNKNOWN:
		kxt_doctor_add(d, KXT_MARK_NONE, subject,
			       "cannot be told (no /sys/kernel/security/lockdown)");
		break;
	case KXT_LOCKDOWN_ABSENT:
		kxt_doctor_add(d, KXT_MARK_OK, subject, "this kernel has none");
		break;
	case KXT_LOCKDOWN_NONE:
		kxt_doctor_add(d, KXT_MARK_OK, subject, "none");
		break;
	case KXT_LOCKDOWN_INTEGRITY:
		kxt_doctor_add(d, KXT_MARK_NONE, subject,
			       "integrity: signed modules only; BPF is let in");
		break;
	case KXT_LOCKDOWN_CONFIDENTIALITY:
		line = kxt_doctor_add(d, KXT_MARK_NO, subject,
				      "confidentiality: signed modules only, and no BPF program that reads kernel memory");
		kxt_doctor_todo(line, KXT_STOPS_BPF, loaded ?
				"Use module, which is loaded. For bpf, boot with lockdown=integrity." :
				"Load a signed kvmexit.ko, or boot with lockdown=integrity for bpf.");
		break;
	}
}

static void add_secure_boot(struct kxt_doctor *d, const struct kxt_host_facts *f)
{
	const char *subject = "Secure Boot";

	switch (f->secure_boot) {
	case KXT_SECURE_BOOT_UNKNOWN:
		kxt_doctor_add(d, KXT_MARK_NONE, subject,
			       "cannot be told (no EFI variables here)");
		break;
	case KXT_SECURE_BOOT_NO_EFI:
		kxt_doctor_add(d, KXT_MARK_OK, subject, "none: this host was not booted by EFI");
		break;
	case KXT_SECURE_BOOT_OFF:
		kxt_doctor_add(d, KXT_MARK_OK, subject, "off");
		break;
	case KXT_SECURE_BOOT_ON:
		kxt_doctor_add(d, KXT_MARK_NONE, subject,
			       "on: what it forbids, lockdown and module signing say");
		break;
	}
}

void kxt_doctor_add_module(struct kxt_doctor *d, const struct kxt_host_facts *f)
{
	add_loaded(d, f);
	add_node(d, f);
	add_signing(d, f);
	add_lockdown(d, f);
	add_secure_boot(d, f);
}
