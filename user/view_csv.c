// SPDX-License-Identifier: GPL-2.0-only
/*
 * "dump --csv": one line a VM, vCPU and reason, the fields those of the JSON; a
 * vCPU without exits has one line whose reason fields are empty, and so is what
 * cannot be known. What is behind the reasons (details) is in the JSON only. RFC
 * 4180 but for the line ends, which are LF as in every other tool's output.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "module/bucket.h"
#include "user/parts.h"
#include "user/reason.h"
#include "user/stats.h"
#include "user/utf8.h"
#include "user/view.h"

/* New columns go to the end: scripts count on the places of these. */
static const char header[] =
	"vm,pid,vm_ended,vcpu,tid,vcpu_ended,guest_ns,isa,reason,code,class,"
	"count,unpaired,total_ns,max_ns,idle_ns,poll_ns,runq_ns,vmm_count,vmm_ns,"
	"kernel_ns,mean_ns,p50_ns,p90_ns,p99_ns,p999_ns,buckets,details,"
	"backwards,schema_version,collector,host,kernel,delta,interval_ns,"
	"lost_exits,lost_slots,lost_events,level,vcpu_kernel_ns,vcpu_vmm_ns,"
	"vcpu_idle_ns,vcpu_runq_ns,overhead_ns_per_exit,overhead_cpu_percent\n";

static void put_string(FILE *f, const char *text)
{
	char clean[3 * 72 + 1];

	kxt_utf8_clean(clean, text);
	if (!strpbrk(clean, ",\"\r\n") && *clean != ' ' && *clean != '\0') {
		fputs(clean, f);
		return;
	}
	fputc('"', f);
	for (const char *p = clean; *p; p++) {
		if (*p == '"')
			fputc('"', f);
		fputc(*p, f);
	}
	fputc('"', f);
}

static const char *boolean(bool value)
{
	return value ? "true" : "false";
}

/* A number and the comma after it, or only that. */
static void put_if(FILE *f, bool known, uint64_t value)
{
	if (known)
		fprintf(f, "%" PRIu64, value);
	fputc(',', f);
}

static void put_percentile(FILE *f, const struct kxt_entry *e, unsigned int permille)
{
	uint64_t ns;
	bool known = kxt_hist_percentile(e->hist, e->max_ns, permille, &ns);

	put_if(f, known, ns);
}

/* "1024:17;1280:3"; the bucket without an upper edge is ":1" */
static void put_buckets(FILE *f, const struct kxt_entry *e)
{
	const char *before = "";

	for (unsigned int i = 0; i < KVMEXIT_NR_BUCKETS; i++) {
		if (!e->hist[i])
			continue;
		fputs(before, f);
		if (i != KXT_BUCKET_OVER)
			fprintf(f, "%" PRIu64, (uint64_t)kxt_bucket_high(i));
		fprintf(f, ":%" PRIu64, e->hist[i]);
		before = ";";
	}
}

/* idle_ns to kernel_ns */
static void put_parts(FILE *f, const struct kxt_entry *e, uint32_t knows)
{
	struct kxt_parts p;

	kxt_parts_make(&p, e, knows);
	put_if(f, p.known[KXT_PART_IDLE], e->idle_ns);
	put_if(f, p.known[KXT_PART_IDLE], e->poll_ns);
	put_if(f, p.known[KXT_PART_RUNQ], e->runq_ns);
	put_if(f, p.known[KXT_PART_VMM], e->vmm_count);
	put_if(f, p.known[KXT_PART_VMM], e->vmm_ns);
	put_if(f, p.known[KXT_PART_KERNEL], p.ns[KXT_PART_KERNEL]);
}

/* reason to details */
static void put_reason(FILE *f, const struct kxt_vcpu *v, const struct kxt_entry *e)
{
	char name[32];

	put_string(f, kxt_reason_name(v->isa, e->code, name, sizeof(name)));
	fputc(',', f);
	put_if(f, !kxt_reason_is_own(e->code), e->code);
	fprintf(f, "%s,%" PRIu64 ",%" PRId64 ",%" PRIu64 ",%" PRIu64 ",",
		kxt_class_name(kxt_reason_class(v->isa, e->code)), e->count, e->unpaired,
		e->total_ns, e->max_ns);
	put_parts(f, e, v->knows);
	put_if(f, e->timed, kxt_entry_mean_ns(e));
	put_percentile(f, e, 500);
	put_percentile(f, e, 900);
	put_percentile(f, e, 990);
	put_percentile(f, e, 999);
	put_buckets(f, e);
	fputs(",,", f);
}

/* The sums of the vCPU's parts. */
static void put_vcpu_parts(FILE *f, const struct kxt_vcpu *v, const struct kxt_entry *all)
{
	struct kxt_parts p;

	kxt_parts_make(&p, all, v->knows);
	put_if(f, p.known[KXT_PART_KERNEL], p.ns[KXT_PART_KERNEL]);
	put_if(f, p.known[KXT_PART_VMM], p.ns[KXT_PART_VMM]);
	put_if(f, p.known[KXT_PART_IDLE], p.ns[KXT_PART_IDLE]);
	put_if(f, p.known[KXT_PART_RUNQ], p.ns[KXT_PART_RUNQ]);
}

static void put_overhead(FILE *f, const struct kxt_summary *s)
{
	double ns, share;

	if (kxt_summary_cost_ns(s, &ns))
		fprintf(f, "%.1f", ns);
	fputc(',', f);
	if (kxt_summary_cost_share(s, &share))
		fprintf(f, "%.4f", 100 * share);
	fputc('\n', f);
}

/* backwards to lost_events */
static void put_frame(FILE *f, const struct kxt_summary *s, const struct kxt_vcpu *v)
{
	fprintf(f, "%" PRIu64 ",1,", v->backwards);
	put_string(f, s->collector);
	fputc(',', f);
	put_string(f, s->host);
	fputc(',', f);
	put_string(f, s->kernel);
	fprintf(f, ",%s,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",",
		boolean(s->delta), s->interval_ns, s->lost.exits, s->lost.slots,
		s->lost.events);
}

/* Reason number @i of vCPU number @n; a vCPU without any has one empty one. */
static void put_line(FILE *f, const struct kxt_summary *s, const struct kxt_vm *vm,
		     unsigned int n, unsigned int i)
{
	const struct kxt_vcpu *v = &vm->vcpu[n];
	const struct kxt_entry *e = i < v->nr ? &v->entry[i] : NULL;

	put_string(f, vm->name);
	fprintf(f, ",%" PRIu32 ",%s,%" PRIu32 ",%" PRIu32 ",%s,%" PRIu64 ",%s,",
		vm->pid, boolean(vm->ended), v->id, v->tid, boolean(v->ended),
		v->guest_ns, kxt_isa_name(v->isa));
	if (e)
		put_reason(f, v, e);
	else
		fputs(",,,,,,,,,,,,,,,,,,,,", f);
	put_frame(f, s, v);
	put_if(f, e && e->level && v->knows & KXT_KNOWS_LEVEL, e ? e->level : 0);
	put_vcpu_parts(f, v, &vm->vcpu_all[n]);
	put_overhead(f, s);
}

static void put_vm(FILE *f, const struct kxt_summary *s, const struct kxt_vm *vm)
{
	for (unsigned int n = 0; n < vm->nr_vcpus; n++) {
		unsigned int lines = vm->vcpu[n].nr ? vm->vcpu[n].nr : 1;

		for (unsigned int i = 0; i < lines; i++)
			put_line(f, s, vm, n, i);
	}
}

int kxt_view_csv(FILE *f, const struct kxt_summary *s)
{
	fputs(header, f);
	for (unsigned int i = 0; i < s->nr; i++)
		put_vm(f, s, &s->vm[i]);
	return ferror(f) ? -1 : 0;
}
