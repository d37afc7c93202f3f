// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/btf.h>
#include <cpuid.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/bpf_kernel.h"

static const char *const event_name[KXT_EVENT_NR] = {
	[KXT_EVENT_EXIT] = "kvm_exit",
	[KXT_EVENT_ENTRY] = "kvm_entry",
	[KXT_EVENT_FAULT] = "kvm_page_fault",
	[KXT_EVENT_MMIO] = "kvm_mmio",
	[KXT_EVENT_FAST_MMIO] = "kvm_fast_mmio",
	[KXT_EVENT_MSR] = "kvm_msr",
	[KXT_EVENT_CPUID] = "kvm_cpuid",
	[KXT_EVENT_HYPERCALL] = "kvm_hypercall",
	[KXT_EVENT_WAKEUP] = "kvm_vcpu_wakeup",
	[KXT_EVENT_USERSPACE] = "kvm_userspace_exit",
};

/* By enum kxt_bpf_field. */
static const struct {
	unsigned int event;
	const char *name;
	unsigned int size;
} field[KXT_FIELD_NR] = {
	[KXT_FIELD_EXIT_REASON] = { KXT_EVENT_EXIT, "exit_reason", 4 },
	[KXT_FIELD_EXIT_RIP] = { KXT_EVENT_EXIT, "guest_rip", 8 },
	[KXT_FIELD_EXIT_ISA] = { KXT_EVENT_EXIT, "isa", 4 },
	[KXT_FIELD_EXIT_INFO1] = { KXT_EVENT_EXIT, "info1", 8 },
	[KXT_FIELD_EXIT_INFO2] = { KXT_EVENT_EXIT, "info2", 8 },
	[KXT_FIELD_EXIT_INTR] = { KXT_EVENT_EXIT, "intr_info", 4 },
	[KXT_FIELD_EXIT_ERROR] = { KXT_EVENT_EXIT, "error_code", 4 },
	[KXT_FIELD_EXIT_VCPU] = { KXT_EVENT_EXIT, "vcpu_id", 4 },
	[KXT_FIELD_ENTRY_VCPU] = { KXT_EVENT_ENTRY, "vcpu_id", 4 },
	[KXT_FIELD_FAULT_ADDRESS] = { KXT_EVENT_FAULT, "fault_address", 8 },
	[KXT_FIELD_MMIO_GPA] = { KXT_EVENT_MMIO, "gpa", 8 },
	[KXT_FIELD_FAST_MMIO_GPA] = { KXT_EVENT_FAST_MMIO, "gpa", 8 },
	[KXT_FIELD_MSR_WRITE] = { KXT_EVENT_MSR, "write", 4 },
	[KXT_FIELD_MSR_ECX] = { KXT_EVENT_MSR, "ecx", 4 },
	[KXT_FIELD_CPUID_FUNCTION] = { KXT_EVENT_CPUID, "function", 4 },
	[KXT_FIELD_HYPERCALL_NR] = { KXT_EVENT_HYPERCALL, "nr", 8 },
	[KXT_FIELD_WAKEUP_NS] = { KXT_EVENT_WAKEUP, "ns", 8 },
	[KXT_FIELD_WAKEUP_WAITED] = { KXT_EVENT_WAKEUP, "waited", 1 },
	[KXT_FIELD_USERSPACE_ERRNO] = { KXT_EVENT_USERSPACE, "errno", 4 },
};

const char *kxt_bpf_event_name(unsigned int event)
{
	return event_name[event];
}

/* "	field:unsigned int exit_reason;	offset:8;	size:4;	signed:0;" */
uint32_t kxt_bpf_format_field(const char *format, const char *name, unsigned int size)
{
	size_t len = strlen(name);

	for (const char *p = strstr(format, "field:"); p; p = strstr(p + 1, "field:")) {
		const char *end = strchr(p, ';');
		unsigned int at, its_size;

		if (!end)
			break;
		if ((size_t)(end - p) <= len || strncmp(end - len, name, len) ||
		    end[-(long)len - 1] != ' ')
			continue;
		if (sscanf(end, "; offset:%u; size:%u;", &at, &its_size) == 2 &&
		    its_size == size && at % size == 0 && at + size <= KXT_RECORD_SIZE)
			return at;
		break;
	}
	return 0;
}

static int read_text(const char *path, char *text, size_t size)
{
	FILE *f = fopen(path, "re");
	size_t len;

	if (!f)
		return -1;
	len = fread(text, 1, size - 1, f);
	text[len] = '\0';
	fclose(f);
	return 0;
}

/* A file of an event, below whichever of the places tracefs is at. */
static int read_event(const char *event, const char *file, char *text, size_t size)
{
	static const char *const place[] = { "/sys/kernel/tracing",
					     "/sys/kernel/debug/tracing" };
	char path[128];

	for (size_t i = 0; i < sizeof(place) / sizeof(place[0]); i++) {
		snprintf(path, sizeof(path), "%s/events/kvm/%s/%s", place[i], event, file);
		if (read_text(path, text, size) == 0)
			return 0;
	}
	return -1;
}

static void read_events(struct kxt_bpf_kernel *k)
{
	char text[8192];

	for (unsigned int e = 0; e < KXT_EVENT_NR; e++) {
		if (read_event(event_name[e], "id", text, sizeof(text)) == 0)
			k->event_id[e] = strtoul(text, NULL, 10);
		if (read_event(event_name[e], "format", text, sizeof(text)))
			continue;
		for (unsigned int i = 0; i < KXT_FIELD_NR; i++) {
			if (field[i].event == e)
				k->field_at[i] = kxt_bpf_format_field(text, field[i].name,
								      field[i].size);
		}
	}
	k->records = k->field_at[KXT_FIELD_EXIT_REASON] &&
		     k->field_at[KXT_FIELD_EXIT_ISA] && k->field_at[KXT_FIELD_EXIT_VCPU] &&
		     k->field_at[KXT_FIELD_ENTRY_VCPU] &&
		     k->field_at[KXT_FIELD_WAKEUP_NS] &&
		     k->field_at[KXT_FIELD_WAKEUP_WAITED] &&
		     k->field_at[KXT_FIELD_USERSPACE_ERRNO];
}

/* Offset of a member, a struct or not, in bytes; -1 if there is none. */
static long member_at(const struct btf *btf, uint32_t type, const char *name, uint32_t *its)
{
	const struct btf_type *t = btf__type_by_id(btf, type);
	const struct btf_member *m;

	if (!t || !btf_is_composite(t))
		return -1;
	m = btf_members(t);
	for (unsigned int i = 0; i < btf_vlen(t); i++, m++) {
		const char *its_name = btf__name_by_offset(btf, m->name_off);

		if (!its_name || strcmp(its_name, name))
			continue;
		*its = m->type;
		return btf_member_bit_offset(t, i) / 8;
	}
	return -1;
}

static void find_run_delay(struct kxt_bpf_kernel *k, const struct btf *btf)
{
	int task = btf__find_by_name_kind(btf, "task_struct", BTF_KIND_STRUCT);
	uint32_t sched_info, leaf;
	long at, in;

	if (task < 0)
		return;
	at = member_at(btf, task, "sched_info", &sched_info);
	if (at < 0)
		return;
	in = member_at(btf, sched_info, "run_delay", &leaf);
	if (in >= 0)
		k->run_delay_at = at + in;
	in = member_at(btf, sched_info, "pcount", &leaf);
	if (in >= 0)
		k->pcount_at = at + in;
}

/* typedef void (*btf_trace_kvm_exit)(void *, [unsigned int,] struct kvm_vcpu *, u32) */
static bool find_exit(struct kxt_bpf_kernel *k, const struct btf *btf)
{
	int id = btf__find_by_name_kind(btf, "btf_trace_kvm_exit", BTF_KIND_TYPEDEF);
	const struct btf_type *t = id < 0 ? NULL : btf__type_by_id(btf, id);

	while (t && (btf_is_typedef(t) || btf_is_ptr(t)))
		t = btf__type_by_id(btf, t->type);
	if (!t || !btf_is_func_proto(t) || btf_vlen(t) < 3)
		return false;
	k->exit_has_reason = btf_vlen(t) > 3;
	k->core = true;
	return true;
}

static long struct_member(const struct btf *btf, const char *type, const char *name)
{
	int id = btf__find_by_name_kind(btf, type, BTF_KIND_STRUCT);
	uint32_t its;

	return id < 0 ? -1 : member_at(btf, id, name, &its);
}

/* AMD APM vol. 3, appendix E: CPUID function 8000_0001h, ECX bit 2. */
static bool cpu_has_svm(void)
{
	unsigned int eax, ebx, ecx, edx;

	return __get_cpuid(0x80000001, &eax, &ebx, &ecx, &edx) && ecx & 1U << 2;
}

/*
 * What kvmexit.bpf.c:kxt_on_svm_exit() takes for granted. Types say nothing of the CPU:
 * kvm_amd and kvm_intel can both be built in.
 */
static void find_svm(struct kxt_bpf_kernel *k, const struct btf *btf)
{
	int var = btf__find_by_name_kind(btf, "svm_data", BTF_KIND_VAR);
	const struct btf_type *t = var < 0 ? NULL : btf__type_by_id(btf, var);

	if (!t)
		return;
	if (!btf_is_struct(btf__type_by_id(btf, t->type))) {
		k->plain = true;
		return;
	}
	if (!cpu_has_svm() || k->exit_has_reason ||
	    struct_member(btf, "svm_cpu_data", "current_vmcb") < 0 ||
	    btf__find_by_name_kind(btf, "x86_emulate_ops", BTF_KIND_STRUCT) < 0)
		return;
	k->svm = struct_member(btf, "x86_emulate_ops", "get_hflags") < 0 ? "svm0" : "svm5";
}

static void read_btf(struct kxt_bpf_kernel *k)
{
	struct btf *base = btf__load_vmlinux_btf();
	struct btf *kvm;

	if (!base)
		return;
	find_run_delay(k, base);
	/*
	 * The guard that tracepoints are under in place of disabled preemption was made for
	 * them: v7.0, include/linux/srcu.h and tracepoint.h.
	 */
	k->preempts = btf__find_by_name_kind(base, "class_srcu_fast_notrace_t",
					     BTF_KIND_TYPEDEF) >= 0;
	if (!find_exit(k, base)) {
		kvm = btf__load_module_btf("kvm", base);
		if (kvm)
			find_exit(k, kvm);
		btf__free(kvm);
	}
	kvm = btf__load_module_btf("kvm_amd", base);
	find_svm(k, kvm ? kvm : base);
	btf__free(kvm);
	btf__free(base);
}

void kxt_bpf_kernel_read(struct kxt_bpf_kernel *k)
{
	char text[16];

	memset(k, 0, sizeof(*k));
	k->preempts = true;
	k->realtime = read_text("/sys/kernel/realtime", text, sizeof(text)) == 0 &&
		      text[0] == '1';
	k->intel = access("/sys/module/kvm_intel", F_OK) == 0 && !cpu_has_svm();
	read_events(k);
	read_btf(k);
}
