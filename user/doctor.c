// SPDX-License-Identifier: GPL-2.0-only
/* From facts to lines: the host, and KVM. */
#include <stdarg.h>
#include <string.h>

#include "user/doctor.h"

struct kxt_doctor_line *kxt_doctor_add(struct kxt_doctor *d, enum kxt_mark mark,
				       const char *subject, const char *found, ...)
{
	/* There are fewer subjects than lines; one too many would replace the last. */
	unsigned int at = d->nr < KXT_DOCTOR_LINES ? d->nr++ : KXT_DOCTOR_LINES - 1;
	struct kxt_doctor_line *line = &d->line[at];
	va_list args;

	memset(line, 0, sizeof(*line));
	line->mark = mark;
	line->subject = subject;
	va_start(args, found);
	vsnprintf(line->found, sizeof(line->found), found, args);
	va_end(args);
	return line;
}

void kxt_doctor_todo(struct kxt_doctor_line *line, unsigned int stops, const char *todo,
		     ...)
{
	va_list args;

	line->stops = stops;
	va_start(args, todo);
	vsnprintf(line->todo, sizeof(line->todo), todo, args);
	va_end(args);
}

static void add_files(struct kxt_doctor *d, const struct kxt_host_facts *f)
{
	struct kxt_doctor_line *line;

	if (!f->proc) {
		line = kxt_doctor_add(d, KXT_MARK_NO, "/proc", "not mounted here");
		kxt_doctor_todo(line, 0, "Run 'mount -t proc proc /proc'.");
	}
	if (!f->sys) {
		line = kxt_doctor_add(d, KXT_MARK_NO, "/sys", "not mounted here");
		kxt_doctor_todo(line, 0, "Run 'mount -t sysfs sysfs /sys'.");
	}
}

static bool is_there(enum kxt_part part)
{
	return part == KXT_PART_MODULE || part == KXT_PART_BUILTIN;
}

/* The hypervisor that works, or would; NULL if there is none. */
static const char *vendor(const struct kxt_kvm_facts *kvm)
{
	/* Both can be built in: the CPU tells which of them it is. */
	if (is_there(kvm->amd) && is_there(kvm->intel))
		return kvm->cpu & KXT_CPU_VMX ? "kvm_intel" : "kvm_amd";
	if (is_there(kvm->amd))
		return "kvm_amd";
	return is_there(kvm->intel) ? "kvm_intel" : NULL;
}

static void advise_kvm(struct kxt_doctor_line *line, const struct kxt_host_facts *f)
{
	const struct kxt_kvm_facts *kvm = &f->kvm;

	if (f->module.modules == KXT_FACT_NO)
		kxt_doctor_todo(line, KXT_STOPS_ALL,
				"Boot a kernel with KVM: this one has none that works here, and takes no modules.");
	else if (kvm->cpu_known && !kvm->cpu)
		kxt_doctor_todo(line, KXT_STOPS_ALL,
				"The CPU offers neither VMX nor SVM. Turn it on in the firmware (in a VM: nested virtualization, on its host), then run 'modprobe kvm_intel' or 'modprobe kvm_amd'.");
	else if (kvm->cpu == KXT_CPU_VMX)
		kxt_doctor_todo(line, KXT_STOPS_ALL,
				"Run 'modprobe kvm_intel' (VMX has to be on in the firmware).");
	else if (kvm->cpu == KXT_CPU_SVM)
		kxt_doctor_todo(line, KXT_STOPS_ALL,
				"Run 'modprobe kvm_amd' (SVM has to be on in the firmware).");
	else
		kxt_doctor_todo(line, KXT_STOPS_ALL,
				"Run 'modprobe kvm_intel' or 'modprobe kvm_amd' (virtualization has to be on in the firmware).");
}

static void add_kvm(struct kxt_doctor *d, const struct kxt_host_facts *f)
{
	const struct kxt_kvm_facts *kvm = &f->kvm;
	const char *core = kvm->core == KXT_PART_MODULE ? "kvm" : "kvm (built in)";
	const char *name = vendor(kvm);
	struct kxt_doctor_line *line;

	if (kvm->core == KXT_PART_UNKNOWN) {
		kxt_doctor_add(d, KXT_MARK_NONE, "KVM", "cannot be told");
		return;
	}
	if (name && kvm->device != KXT_FACT_NO) {
		kxt_doctor_add(d, KXT_MARK_OK, "KVM", "%s and %s", core, name);
		return;
	}
	if (kvm->core != KXT_PART_ABSENT && kvm->device == KXT_FACT_YES) {
		kxt_doctor_add(d, KXT_MARK_OK, "KVM",
			       "%s; its hypervisor is neither VMX nor SVM, so exit reasons have no names",
			       core);
		return;
	}
	if (kvm->core == KXT_PART_ABSENT)
		line = kxt_doctor_add(d, KXT_MARK_NO, "KVM", "not loaded");
	else if (name)
		line = kxt_doctor_add(d, KXT_MARK_NO, "KVM",
				      "%s and %s, but no virtualization that they could use",
				      core, name);
	else
		line = kxt_doctor_add(d, KXT_MARK_NO, "KVM",
				      "%s, but neither kvm_intel nor kvm_amd", core);
	advise_kvm(line, f);
}

static void add_tracepoints(struct kxt_doctor *d, const struct kxt_host_facts *f)
{
	const struct kxt_kvm_facts *kvm = &f->kvm;
	const char *subject = "Tracepoints";
	struct kxt_doctor_line *line;

	if (kvm->event == KXT_FACT_YES || kvm->btf_event == KXT_FACT_YES) {
		kxt_doctor_add(d, KXT_MARK_OK, subject, "kvm_exit is in %s%s%s",
			       kvm->event == KXT_FACT_YES ? "tracefs" : "",
			       kvm->event == kvm->btf_event ? " and in " : "",
			       kvm->btf_event == KXT_FACT_YES ? "BTF" : "");
	} else if (kvm->core == KXT_PART_ABSENT) {
		kxt_doctor_add(d, KXT_MARK_NONE, subject, "they come with KVM");
	} else if (kvm->event == KXT_FACT_NO || kvm->btf_event == KXT_FACT_NO) {
		line = kxt_doctor_add(d, KXT_MARK_NO, subject, "KVM has no kvm_exit");
		kxt_doctor_todo(line, KXT_STOPS_ALL,
				"Boot a kernel with tracepoints (CONFIG_FTRACE).");
	} else {
		kxt_doctor_add(d, KXT_MARK_NONE, subject,
			       "cannot be told without BTF of KVM and without tracefs");
	}
}

static void add_processes(struct kxt_doctor *d, const struct kxt_host_facts *f)
{
	const char *subject = "PID namespace";
	struct kxt_doctor_line *line;

	switch (f->process.first_pid_ns) {
	case KXT_FACT_UNKNOWN:
		kxt_doctor_add(d, KXT_MARK_NONE, subject, "cannot be told");
		break;
	case KXT_FACT_YES:
		kxt_doctor_add(d, KXT_MARK_OK, subject, "the first one");
		break;
	case KXT_FACT_NO:
		line = kxt_doctor_add(d, KXT_MARK_NO, subject,
				      "not the first one: the names of VMs are not known here");
		kxt_doctor_todo(line, 0,
				"Run it on the host, or start the container with the host's processes (--pid=host).");
		break;
	}
}

void kxt_doctor_examine(struct kxt_doctor *d, const struct kxt_host_facts *f)
{
	d->nr = 0;
	add_files(d, f);
	add_kvm(d, f);
	add_tracepoints(d, f);
	kxt_doctor_add_module(d, f);
	kxt_doctor_add_bpf(d, f);
	add_processes(d, f);
}
