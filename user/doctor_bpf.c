// SPDX-License-Identifier: GPL-2.0-only
/* From facts to lines: what BPF programs need. */
#include <inttypes.h>
#include <string.h>

#include "user/doctor.h"

/* Without BTF of KVM; goes on from "bpf ". */
#define CLASSIC \
	"takes classic tracepoints: they cost more, tell no nesting level, and know a vCPU by its thread only"

static const char *vendor_with_btf(const struct kxt_kvm_facts *kvm)
{
	return kvm->amd == KXT_PART_MODULE ? "kvm_amd" : "kvm_intel";
}

static void add_missing_btf(struct kxt_doctor *d, const struct kxt_kvm_facts *kvm)
{
	struct kxt_doctor_line *line;

	if (kvm->btf_kernel == KXT_FACT_NO) {
		line = kxt_doctor_add(d, KXT_MARK_NO, "BTF",
				      "there is no /sys/kernel/btf/vmlinux");
		kxt_doctor_todo(line, 0,
				"Use module, or a kernel with CONFIG_DEBUG_INFO_BTF. Without, bpf " CLASSIC ".");
	} else {
		line = kxt_doctor_add(d, KXT_MARK_NO, "BTF", "of the kernel, but not of kvm");
		kxt_doctor_todo(line, 0,
				"Use module, or a kernel from 5.11 on with CONFIG_DEBUG_INFO_BTF_MODULES. Without, bpf "
				CLASSIC ".");
	}
}

static void add_btf(struct kxt_doctor *d, const struct kxt_host_facts *f)
{
	const struct kxt_kvm_facts *kvm = &f->kvm;

	if (kvm->btf_kernel == KXT_FACT_NO || kvm->btf_kvm == KXT_FACT_NO)
		add_missing_btf(d, kvm);
	else if (kvm->btf_kernel == KXT_FACT_UNKNOWN)
		kxt_doctor_add(d, KXT_MARK_NONE, "BTF", "cannot be told");
	else if (kvm->core == KXT_PART_BUILTIN)
		kxt_doctor_add(d, KXT_MARK_OK, "BTF", "of the kernel, with KVM in it");
	else if (kvm->btf_kvm == KXT_FACT_UNKNOWN)
		kxt_doctor_add(d, KXT_MARK_NONE, "BTF", "of the kernel; kvm brings its own");
	else if (kvm->btf_vendor == KXT_FACT_UNKNOWN)
		kxt_doctor_add(d, KXT_MARK_OK, "BTF", "of the kernel and kvm");
	else
		kxt_doctor_add(d, KXT_MARK_OK, "BTF", "of the kernel, kvm%s %s",
			       kvm->btf_vendor == KXT_FACT_YES ? " and" : "; but not of",
			       vendor_with_btf(kvm));
}

static void add_tracefs(struct kxt_doctor *d, const struct kxt_host_facts *f)
{
	const struct kxt_kvm_facts *kvm = &f->kvm;
	bool needed = kvm->btf_kvm == KXT_FACT_NO;
	const char *without = needed ? "bpf needs it where BTF is missing" :
				       "bpf tells no details on Intel then";
	const char *subject = "tracefs";
	struct kxt_doctor_line *line;

	switch (kvm->tracefs) {
	case KXT_TRACEFS_UNKNOWN:
		kxt_doctor_add(d, KXT_MARK_NONE, subject, "cannot be told");
		return;
	case KXT_TRACEFS_READABLE:
		kxt_doctor_add(d, KXT_MARK_OK, subject, "%s", kvm->tracefs_path);
		return;
	case KXT_TRACEFS_UNMOUNTED:
		line = kxt_doctor_add(d, KXT_MARK_NO, subject, "not mounted; %s", without);
		kxt_doctor_todo(line, needed ? KXT_STOPS_BPF : 0,
				"Run 'mount -t tracefs tracefs /sys/kernel/tracing'.");
		return;
	case KXT_TRACEFS_DENIED:
		line = kxt_doctor_add(d, KXT_MARK_NO, subject, "not readable; %s", without);
		kxt_doctor_todo(line, needed ? KXT_STOPS_BPF : 0,
				f->lockdown == KXT_LOCKDOWN_CONFIDENTIALITY ?
				"Run as root; lockdown=confidentiality may refuse it even then." :
				"Run as root.");
		return;
	case KXT_TRACEFS_EMPTY:
		line = kxt_doctor_add(d, KXT_MARK_NO, subject, "without events; %s", without);
		kxt_doctor_todo(line, needed ? KXT_STOPS_BPF : 0,
				f->lockdown == KXT_LOCKDOWN_CONFIDENTIALITY ?
				"Boot with lockdown=integrity: confidentiality keeps them out." :
				"Boot a kernel with event tracing (CONFIG_FTRACE).");
		return;
	}
}

static void list_caps(const struct kxt_host_facts *f, char *list, size_t size)
{
	static const struct {
		unsigned int number;
		const char *name;
	} cap[] = {
		{ KXT_CAP_BPF, "CAP_BPF" },
		{ KXT_CAP_PERFMON, "CAP_PERFMON" },
		{ KXT_CAP_SYS_ADMIN, "CAP_SYS_ADMIN" },
	};

	list[0] = '\0';
	for (size_t i = 0; i < sizeof(cap) / sizeof(cap[0]); i++) {
		if (!kxt_host_has_cap(f, cap[i].number))
			continue;
		if (list[0])
			strncat(list, ", ", size - strlen(list) - 1);
		strncat(list, cap[i].name, size - strlen(list) - 1);
	}
}

static void add_caps(struct kxt_doctor *d, const struct kxt_host_facts *f)
{
	bool admin = kxt_host_has_cap(f, KXT_CAP_SYS_ADMIN);
	bool bpf = kxt_host_has_cap(f, KXT_CAP_BPF) && kxt_host_has_cap(f, KXT_CAP_PERFMON);
	bool types = f->kvm.btf_kvm == KXT_FACT_YES || f->kvm.core == KXT_PART_BUILTIN;
	const char *subject = "Capabilities";
	struct kxt_doctor_line *line;
	char list[64];

	list_caps(f, list, sizeof(list));
	if (!f->process.caps_known) {
		kxt_doctor_add(d, KXT_MARK_NONE, subject, "cannot be told");
	} else if (f->process.first_user_ns == KXT_FACT_NO) {
		line = kxt_doctor_add(d, KXT_MARK_NO, subject,
				      "those of a user namespace, which do not count for BPF");
		kxt_doctor_todo(line, KXT_STOPS_BPF,
				"Run as root of the host (a rootless container has another root).");
	} else if (admin || (bpf && !types)) {
		kxt_doctor_add(d, KXT_MARK_OK, subject, "%s", list);
	} else if (bpf) {
		line = kxt_doctor_add(d, KXT_MARK_NO, subject, "%s, not CAP_SYS_ADMIN", list);
		kxt_doctor_todo(line, 0,
				"Run as root: BTF of KVM takes CAP_SYS_ADMIN. Without, bpf "
				CLASSIC ".");
	} else {
		line = kxt_doctor_add(d, KXT_MARK_NO, subject, "%s; not enough for BPF",
				      list[0] ? list : "none");
		kxt_doctor_todo(line, KXT_STOPS_BPF, "%s with CAP_BPF and CAP_PERFMON%s.",
				f->process.first_pid_ns == KXT_FACT_NO ?
				"Run on the host, or start the container" :
				"Run as root, or",
				f->kvm.core == KXT_PART_MODULE ?
				" (and CAP_SYS_ADMIN for BTF of kvm, a module)" : "");
	}
}

static void add_memlock(struct kxt_doctor *d, const struct kxt_host_facts *f)
{
	const struct kxt_process_facts *p = &f->process;
	const char *subject = "Locked memory";
	struct kxt_doctor_line *line;
	char limit[32] = "no limit";

	if (!p->memlock_known) {
		kxt_doctor_add(d, KXT_MARK_NONE, subject, "limit cannot be told");
		return;
	}
	if (p->memlock != KXT_UNLIMITED)
		snprintf(limit, sizeof(limit), "%" PRIu64 " KiB", p->memlock / 1024);
	switch (kxt_host_charges_memlock(f)) {
	case KXT_FACT_UNKNOWN:
		kxt_doctor_add(d, KXT_MARK_NONE, subject,
			       "%s; kernels before 5.11 count BPF maps", limit);
		return;
	case KXT_FACT_NO:
		kxt_doctor_add(d, KXT_MARK_OK, subject,
			       "%s; from 5.11 on kernels do not count BPF maps", limit);
		return;
	case KXT_FACT_YES:
		break;
	}
	if (p->memlock == KXT_UNLIMITED) {
		kxt_doctor_add(d, KXT_MARK_OK, subject, "no limit");
	} else if (kxt_host_has_cap(f, KXT_CAP_SYS_RESOURCE)) {
		kxt_doctor_add(d, KXT_MARK_OK, subject,
			       "%s, which bpf raises (CAP_SYS_RESOURCE)", limit);
	} else {
		line = kxt_doctor_add(d, KXT_MARK_NO, subject,
				      "%s; before 5.11 kernels count BPF maps for it", limit);
		kxt_doctor_todo(line, 0, "Run as root, or after 'ulimit -l unlimited'.");
	}
}

void kxt_doctor_add_bpf(struct kxt_doctor *d, const struct kxt_host_facts *f)
{
	struct kxt_doctor_line *line;

	if (f->bpf == KXT_FACT_NO) {
		line = kxt_doctor_add(d, KXT_MARK_NO, "BPF", "this kernel has none");
		kxt_doctor_todo(line, KXT_STOPS_BPF,
				"Use module, or boot a kernel with CONFIG_BPF_SYSCALL.");
	}
	add_btf(d, f);
	add_tracefs(d, f);
	add_caps(d, f);
	add_memlock(d, f);
	if (f->process.seccomp == KXT_FACT_YES)
		kxt_doctor_add(d, KXT_MARK_NONE, "System calls",
			       "filtered (seccomp): the filter may refuse bpf");
}
