// SPDX-License-Identifier: GPL-2.0-only
/* From facts to lines: kvmexit.ko, and what the kernel says to modules. */
#include "user/doctor.h"
#include "user/module_advice.h"

/* A line that says @a; it stops the module if it has something to do. */
static struct kxt_doctor_line *add_advice(struct kxt_doctor *d, const char *subject,
					  enum kxt_mark mark, unsigned int stops,
					  const struct kxt_advice *a)
{
	struct kxt_doctor_line *line;

	if (a->todo[0])
		mark = KXT_MARK_NO;
	line = kxt_doctor_add(d, mark, subject, "%s", a->found);
	if (a->todo[0])
		kxt_doctor_todo(line, stops, "%s", a->todo);
	return line;
}

static void add_loaded(struct kxt_doctor *d, const struct kxt_host_facts *f)
{
	bool loaded = f->module.loaded == KXT_FACT_YES;
	struct kxt_doctor_line *line;
	struct kxt_advice a, signing;

	kxt_advise_loading(&a, f);
	/* Another version works as long as the interface is the same. */
	line = add_advice(d, "kvmexit.ko", loaded ? KXT_MARK_OK : KXT_MARK_NONE,
			  loaded ? 0 : KXT_STOPS_MODULE, &a);
	if (!loaded && a.todo[0] && kxt_advise_signing(&signing, f) == KXT_FACT_NO)
		kxt_doctor_todo(line, KXT_STOPS_MODULE,
				"First do what 'Module signing' says. %s", a.todo);
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
	enum kxt_mark mark = KXT_MARK_NONE;
	struct kxt_advice a;

	if (kxt_advise_signing(&a, f) == KXT_FACT_YES)
		mark = KXT_MARK_OK;
	add_advice(d, "Module signing", mark, KXT_STOPS_MODULE, &a);
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
		kxt_doctor_add(d, KXT_MARK_NONE, subject, "%s",
			       kxt_host_signed_only(f) == KXT_FACT_NO ?
			       "on; but this kernel is not locked down: it takes any module" :
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
