// SPDX-License-Identifier: GPL-2.0-only
/*
 * All that is exported. Times are in seconds. What the collector cannot know is left
 * out, never 0.
 *
 * name						labels			type
 *
 * The host:
 * kvmexittop_build_info			version			info, 1
 * kvmexittop_collector_info			collector, kernel	info, 1
 * kvmexittop_kvm_present						gauge, 0 or 1
 * kvmexittop_vms							gauge
 * kvmexittop_lost_total			kind			counter
 * kvmexittop_probe_duration_seconds_sum				summary
 * kvmexittop_probe_duration_seconds_count
 * kvmexittop_collector_memory_bytes					gauge
 * kvmexittop_exporter_cpu_seconds_total				counter
 * kvmexittop_exporter_memory_bytes					gauge
 * kvmexittop_scrape_duration_seconds					gauge
 * kvmexittop_series							gauge
 * kvmexittop_series_dropped						gauge
 *
 * kind: exits, slots, events. The exporter's own and the scrape's are not in "dump".
 *
 * Each VM:
 * kvmexittop_vm_info				domain, pid, isa	info, 1
 * kvmexittop_vm_ended				domain			gauge, 0 or 1
 * kvmexittop_vm_vcpus				domain			gauge
 * kvmexittop_guest_seconds_total		domain			counter
 * kvmexittop_nested_exits_total		domain			counter
 * kvmexittop_vmm_returns_total			domain			counter
 *
 * Each VM and reason:
 * kvmexittop_exits_total			domain, reason, class, isa	counter
 * kvmexittop_exit_duration_seconds_bucket	the same, le		histogram
 * kvmexittop_exit_duration_seconds_sum		the same
 * kvmexittop_exit_duration_seconds_count	the same
 * kvmexittop_exit_time_seconds_total		the same, part		counter
 *
 * part: kernel, vmm, idle, runqueue. The reason signal_exit, which is no exit but has
 * time, is only in the last one.
 *
 * Each vCPU, if asked for:
 * kvmexittop_vcpu_exits_total			domain, vcpu		counter
 * kvmexittop_vcpu_guest_seconds_total		domain, vcpu		counter
 * kvmexittop_vcpu_exit_time_seconds_total	domain, vcpu, part	counter
 */
#include <inttypes.h>

#include "user/metrics/out.h"
#include "user/reason.h"

static const struct {
	enum kxt_part part;
	uint32_t needs;		/* all of them, to know it */
	const char *name;
} part_label[] = {
	/* Without the VMM's and idle time the rest is anything but the kernel's. */
	{ KXT_PART_KERNEL, KXT_KNOWS_VMM | KXT_KNOWS_IDLE, "kernel" },
	{ KXT_PART_VMM, KXT_KNOWS_VMM, "vmm" },
	{ KXT_PART_IDLE, KXT_KNOWS_IDLE, "idle" },
	{ KXT_PART_RUNQ, KXT_KNOWS_RUNQ, "runqueue" },
};

#define NR_PARTS	(sizeof(part_label) / sizeof(part_label[0]))

static void host_uint(struct kxt_metrics_out *o, uint64_t value)
{
	kxt_metrics_sample(o, "");
	kxt_metrics_uint(o, value);
}

static void build_info(struct kxt_metrics_out *o, const struct kxt_metrics_totals *t)
{
	(void)t;
	kxt_metrics_sample(o, "_info");
	kxt_metrics_label(o, "version", KXT_VERSION);
	kxt_metrics_uint(o, 1);
}

static void collector_info(struct kxt_metrics_out *o, const struct kxt_metrics_totals *t)
{
	kxt_metrics_sample(o, "_info");
	kxt_metrics_label(o, "collector", t->collector);
	kxt_metrics_label(o, "kernel", t->kernel);
	kxt_metrics_uint(o, 1);
}

static void kvm_present(struct kxt_metrics_out *o, const struct kxt_metrics_totals *t)
{
	host_uint(o, t->kvm_present);
}

/* Those too that are left out for lack of room. */
static void vms(struct kxt_metrics_out *o, const struct kxt_metrics_totals *t)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < t->nr; i++)
		n += !t->vm[i].ended;
	host_uint(o, n);
}

static void lost(struct kxt_metrics_out *o, const struct kxt_metrics_totals *t)
{
	const struct {
		const char *kind;
		uint64_t value;
	} row[] = {
		{ "exits", t->lost.exits },
		{ "slots", t->lost.slots },
		{ "events", t->lost.events },
	};

	for (unsigned int i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		kxt_metrics_sample(o, "_total");
		kxt_metrics_label(o, "kind", row[i].kind);
		kxt_metrics_uint(o, row[i].value);
	}
}

static void probes(struct kxt_metrics_out *o, const struct kxt_metrics_totals *t)
{
	if (!t->cost.samples)
		return;
	kxt_metrics_sample(o, "_sum");
	kxt_metrics_seconds(o, t->cost.ns);
	kxt_metrics_sample(o, "_count");
	kxt_metrics_uint(o, t->cost.samples);
}

static void collector_memory(struct kxt_metrics_out *o, const struct kxt_metrics_totals *t)
{
	if (t->memory)
		host_uint(o, t->memory);
}

static void own_cpu(struct kxt_metrics_out *o, const struct kxt_metrics_totals *t)
{
	if (!t->own.known)
		return;
	kxt_metrics_sample(o, "_total");
	kxt_metrics_seconds(o, t->own.cpu_ns);
}

static void own_memory(struct kxt_metrics_out *o, const struct kxt_metrics_totals *t)
{
	if (t->own.known && t->own.memory)
		host_uint(o, t->own.memory);
}

static void scrape(struct kxt_metrics_out *o, const struct kxt_metrics_totals *t)
{
	(void)t;
	if (o->m->scrape_ns == UINT64_MAX)
		return;
	kxt_metrics_sample(o, "");
	kxt_metrics_seconds(o, o->m->scrape_ns);
}

static void series(struct kxt_metrics_out *o, const struct kxt_metrics_totals *t)
{
	(void)t;
	host_uint(o, o->m->series);
}

static void series_dropped(struct kxt_metrics_out *o, const struct kxt_metrics_totals *t)
{
	(void)t;
	host_uint(o, o->m->dropped);
}

static void vm_sample(struct kxt_metrics_out *o, const char *suffix,
		      const struct kxt_metrics_vm *vm)
{
	kxt_metrics_sample(o, suffix);
	kxt_metrics_label(o, "domain", vm->domain);
}

static void vm_info(struct kxt_metrics_out *o, const struct kxt_metrics_vm *vm)
{
	vm_sample(o, "_info", vm);
	kxt_metrics_label_uint(o, "pid", vm->pid);
	kxt_metrics_label(o, "isa", kxt_isa_name(vm->isa));
	kxt_metrics_uint(o, 1);
}

static void vm_ended(struct kxt_metrics_out *o, const struct kxt_metrics_vm *vm)
{
	vm_sample(o, "", vm);
	kxt_metrics_uint(o, vm->ended);
}

static void vm_vcpus(struct kxt_metrics_out *o, const struct kxt_metrics_vm *vm)
{
	vm_sample(o, "", vm);
	kxt_metrics_uint(o, vm->live);
}

static void guest_seconds(struct kxt_metrics_out *o, const struct kxt_metrics_vm *vm)
{
	vm_sample(o, "_total", vm);
	kxt_metrics_seconds(o, vm->guest_ns);
}

static void nested_exits(struct kxt_metrics_out *o, const struct kxt_metrics_vm *vm)
{
	if (!(vm->knows & KXT_KNOWS_LEVEL))
		return;
	vm_sample(o, "_total", vm);
	kxt_metrics_uint(o, vm->nested);
}

static void vmm_returns(struct kxt_metrics_out *o, const struct kxt_metrics_vm *vm)
{
	if (!(vm->knows & KXT_KNOWS_VMM))
		return;
	vm_sample(o, "_total", vm);
	kxt_metrics_uint(o, vm->vmm_count);
}

static void reason_labels(struct kxt_metrics_out *o, const struct kxt_metrics_vm *vm,
			  uint64_t code)
{
	char name[32];

	kxt_metrics_label(o, "domain", vm->domain);
	kxt_metrics_label(o, "reason", kxt_reason_name(vm->isa, code, name, sizeof(name)));
	kxt_metrics_label(o, "class", kxt_class_name(kxt_reason_class(vm->isa, code)));
	kxt_metrics_label(o, "isa", kxt_isa_name(vm->isa));
}

/* They are the same for all samples of the reason in a family. */
static void share_reason(struct kxt_metrics_out *o, const struct kxt_metrics_vm *vm,
			 uint64_t code)
{
	kxt_metrics_share(o, true);
	reason_labels(o, vm, code);
	kxt_metrics_share(o, false);
}

static void exits(struct kxt_metrics_out *o, const struct kxt_metrics_vm *vm)
{
	for (unsigned int i = 0; i < vm->reason.nr; i++) {
		const struct kxt_metrics_entry *e = &vm->reason.entry[i];

		if (e->code == KVMEXIT_CODE_SIGNAL)
			continue;
		kxt_metrics_sample(o, "_total");
		reason_labels(o, vm, e->code);
		kxt_metrics_uint(o, e->count);
	}
}

static void histogram(struct kxt_metrics_out *o, const struct kxt_metrics_vm *vm,
		      const struct kxt_metrics_entry *e)
{
	uint64_t sum = 0;

	share_reason(o, vm, e->code);
	for (unsigned int i = 0; i <= KXT_METRICS_EDGES; i++) {
		sum += e->bucket[i];
		kxt_metrics_sample_shared(o, "_bucket");
		kxt_metrics_label(o, "le", i < KXT_METRICS_EDGES ?
				  kxt_metrics_edge[i].le : "+Inf");
		kxt_metrics_uint(o, sum);
	}
	kxt_metrics_sample_shared(o, "_sum");
	kxt_metrics_seconds(o, e->sum_ns);
	kxt_metrics_sample_shared(o, "_count");
	kxt_metrics_uint(o, sum);
}

static void exit_duration(struct kxt_metrics_out *o, const struct kxt_metrics_vm *vm)
{
	for (unsigned int i = 0; i < vm->reason.nr; i++) {
		if (vm->reason.entry[i].code != KVMEXIT_CODE_SIGNAL)
			histogram(o, vm, &vm->reason.entry[i]);
	}
}

static void exit_time(struct kxt_metrics_out *o, const struct kxt_metrics_vm *vm)
{
	for (unsigned int i = 0; i < vm->reason.nr; i++) {
		const struct kxt_metrics_entry *e = &vm->reason.entry[i];

		share_reason(o, vm, e->code);
		for (unsigned int j = 0; j < NR_PARTS; j++) {
			if (part_label[j].needs & ~vm->knows)
				continue;
			kxt_metrics_sample_shared(o, "_total");
			kxt_metrics_label(o, "part", part_label[j].name);
			kxt_metrics_seconds(o, e->part_ns[part_label[j].part]);
		}
	}
}

static void vcpu_sample(struct kxt_metrics_out *o, const struct kxt_metrics_vm *vm,
			const struct kxt_metrics_vcpu *v)
{
	vm_sample(o, "_total", vm);
	kxt_metrics_label_uint(o, "vcpu", v->id);
}

static void vcpu_exits(struct kxt_metrics_out *o, const struct kxt_metrics_vm *vm)
{
	for (unsigned int i = 0; i < vm->nr_vcpus; i++) {
		vcpu_sample(o, vm, &vm->vcpu[i]);
		kxt_metrics_uint(o, vm->vcpu[i].exits);
	}
}

static void vcpu_guest(struct kxt_metrics_out *o, const struct kxt_metrics_vm *vm)
{
	for (unsigned int i = 0; i < vm->nr_vcpus; i++) {
		vcpu_sample(o, vm, &vm->vcpu[i]);
		kxt_metrics_seconds(o, vm->vcpu[i].guest_ns);
	}
}

static void vcpu_time(struct kxt_metrics_out *o, const struct kxt_metrics_vm *vm)
{
	for (unsigned int i = 0; i < vm->nr_vcpus; i++) {
		const struct kxt_metrics_vcpu *v = &vm->vcpu[i];

		for (unsigned int j = 0; j < NR_PARTS; j++) {
			if (part_label[j].needs & ~v->knows)
				continue;
			vcpu_sample(o, vm, v);
			kxt_metrics_label(o, "part", part_label[j].name);
			kxt_metrics_seconds(o, v->part_ns[part_label[j].part]);
		}
	}
}

#define COUNTER		KXT_METRICS_COUNTER
#define GAUGE		KXT_METRICS_GAUGE
#define HISTOGRAM	KXT_METRICS_HISTOGRAM
#define SUMMARY		KXT_METRICS_SUMMARY
#define INFO		KXT_METRICS_INFO
#define NAME(name)	"kvmexittop_" name

/* Names, labels and meanings that were once shipped stay. */
const struct kxt_metrics_family kxt_metrics_family[] = {
	{ NAME("build"), INFO, NULL, "Version of kvmexittop.", build_info, NULL, false },
	{ NAME("collector"), INFO, NULL,
	  "Where the numbers come from, and the release of the kernel.",
	  collector_info, NULL, false },
	{ NAME("kvm_present"), GAUGE, NULL,
	  "1 if KVM is loaded, so that there can be exits.", kvm_present, NULL, false },
	{ NAME("vms"), GAUGE, NULL, "VMs that run.", vms, NULL, false },
	{ NAME("lost"), COUNTER, NULL,
	  "What was not counted for lack of room: exits; slots, of vCPUs; events, which are slow exits and details.",
	  lost, NULL, false },
	{ NAME("probe_duration_seconds"), SUMMARY, "seconds",
	  "Time that the collector itself took at an exit and its entry; about one in 1024 is timed.",
	  probes, NULL, false },
	{ NAME("collector_memory_bytes"), GAUGE, "bytes",
	  "Kernel memory that the collector has taken.", collector_memory, NULL, false },
	{ NAME("exporter_cpu_seconds"), COUNTER, "seconds",
	  "CPU time of the exporter's process.", own_cpu, NULL, false },
	{ NAME("exporter_memory_bytes"), GAUGE, "bytes",
	  "Resident memory of the exporter's process.", own_memory, NULL, false },
	{ NAME("scrape_duration_seconds"), GAUGE, "seconds",
	  "How long it took to collect these numbers.", scrape, NULL, false },
	{ NAME("series"), GAUGE, NULL, "Samples in this scrape.", series, NULL, false },
	{ NAME("series_dropped"), GAUGE, NULL,
	  "Samples left out of this scrape: they would have been more than is allowed.",
	  series_dropped, NULL, false },
	{ NAME("vm"), INFO, NULL,
	  "Process of a VM, and whose exit reasons it has: VMX or SVM.",
	  NULL, vm_info, false },
	{ NAME("vm_ended"), GAUGE, NULL,
	  "1 if the VM is gone: its last numbers stay for some minutes.",
	  NULL, vm_ended, false },
	{ NAME("vm_vcpus"), GAUGE, NULL, "vCPUs of a VM that are not gone.",
	  NULL, vm_vcpus, false },
	{ NAME("guest_seconds"), COUNTER, "seconds",
	  "Time of all vCPUs in guest mode.", NULL, guest_seconds, false },
	{ NAME("nested_exits"), COUNTER, NULL,
	  "Exits of guests of the guest; exits_total has them too.",
	  NULL, nested_exits, false },
	{ NAME("vmm_returns"), COUNTER, NULL,
	  "Times that a vCPU went to the VMM in user mode.", NULL, vmm_returns, false },
	{ NAME("exits"), COUNTER, NULL, "VM exits.", NULL, exits, false },
	{ NAME("exit_duration_seconds"), HISTOGRAM, "seconds",
	  "Service time of exits: from the exit to the next entry, without idle time.",
	  NULL, exit_duration, false },
	{ NAME("exit_time_seconds"), COUNTER, "seconds",
	  "Time between exits and entries, by who had it: kernel, vmm (in user mode), idle (asleep or polling in a halt), runqueue (waiting for a CPU).",
	  NULL, exit_time, false },
	{ NAME("vcpu_exits"), COUNTER, NULL, "VM exits of a vCPU.",
	  NULL, vcpu_exits, true },
	{ NAME("vcpu_guest_seconds"), COUNTER, "seconds",
	  "Time of a vCPU in guest mode.", NULL, vcpu_guest, true },
	{ NAME("vcpu_exit_time_seconds"), COUNTER, "seconds",
	  "Time of a vCPU between exits and entries, by who had it.",
	  NULL, vcpu_time, true },
	{ NULL, 0, NULL, NULL, NULL, NULL, false },
};
