// SPDX-License-Identifier: GPL-2.0-only
/*
 * "dump --csv", "report --csv": one line a VM, vCPU and reason. The fields are those of
 * the JSON, but for what is a sum over the vCPUs of a VM's reason: that is left to who
 * adds up the lines. A vCPU without exits has one line whose reason fields are empty, and
 * so is what cannot be known. RFC 4180 but for the line ends, which are LF as in every
 * other tool's output.
 *
 * The cell "details" has all keys behind the reason, in the order of the JSON, with ";"
 * between them. Each is
 *
 *	kind:key:dir:fault:virtual:name:count:error:total_ns:error_ns:one_in
 *
 * with the values of the JSON, nothing for null. In a name, each of % : ; , " is a % and
 * its code in two hexadecimal digits: the cell never needs quotes. The cell is empty if there are none; "details_collected" says whether anybody
 * looked.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "module/bucket.h"
#include "user/csv.h"
#include "user/detail.h"
#include "user/parts.h"
#include "user/reason.h"
#include "user/stats.h"
#include "user/view.h"
#include "user/view_details.h"

/* New columns go to the end: scripts count on the places of these. */
static const char header[] =
	"vm,pid,vm_ended,vcpu,tid,vcpu_ended,guest_ns,isa,reason,code,class,"
	"count,unpaired,total_ns,max_ns,idle_ns,poll_ns,runq_ns,vmm_count,vmm_ns,"
	"kernel_ns,mean_ns,p50_ns,p90_ns,p99_ns,p999_ns,buckets,details,"
	"backwards,schema_version,collector,host,kernel,delta,interval_ns,"
	"lost_exits,lost_slots,lost_events,level,vcpu_kernel_ns,vcpu_vmm_ns,"
	"vcpu_idle_ns,vcpu_runq_ns,overhead_ns_per_exit,overhead_cpu_percent,"
	"details_collected,vcpu_exits,vm_exits,vm_guest_ns,vm_kernel_ns,vm_vmm_ns,"
	"vm_idle_ns,vm_runq_ns,begin_time_ns,end_time_ns\n";

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

/* A name, with what separates fields in another form. */
static void put_name(FILE *f, const char *name)
{
	for (; *name; name++) {
		if (strchr("%:;,\"", *name))
			fprintf(f, "%%%02X", (unsigned char)*name);
		else
			fputc(*name, f);
	}
}

/* The words of a fault are joined as in JSON. */
static void put_fault(FILE *f, const char *fault)
{
	for (; *fault; fault++)
		fputc(*fault == ' ' ? '_' : *fault, f);
}

static void put_detail(FILE *f, const struct kxt_detail *d)
{
	const char *dir = kxt_access_dir(d->kind, d->access);
	const char *fault = kxt_access_fault(d->kind, d->access);
	const char *name = kxt_detail_name(d->kind, d->key);
	char key[32];

	fprintf(f, "%s:", kxt_kind_name(d->kind));
	if (d->rest) {
		fputs("other::::", f);
	} else {
		kxt_detail_key(d->kind, d->key, key, sizeof(key));
		fprintf(f, "%s:%s:", key, dir ? dir : "");
		put_fault(f, fault ? fault : "");
		fputc(':', f);
		if (d->kind == KVMEXIT_KIND_GPA)
			fputs(boolean(d->access & KVMEXIT_ACCESS_VIRTUAL), f);
		fputc(':', f);
		put_name(f, name ? name : "");
	}
	fprintf(f, ":%" PRIu64 ":%" PRIu64 ":%" PRIu64 ":%" PRIu64 ":%" PRIu32, d->count,
		d->error, d->ns, d->error_ns, d->one_in);
}

/* Returns 0, or -1 with errno. */
static int put_details(FILE *f, const struct kxt_vcpu *v, const struct kxt_entry *e)
{
	const struct kxt_detail **sorted;
	int nr = kxt_view_details(v->detail, v->nr_details, e, &sorted);

	for (int i = 0; i < nr; i++) {
		if (i)
			fputc(';', f);
		put_detail(f, sorted[i]);
	}
	free(sorted);
	return nr < 0 ? -1 : 0;
}

/* reason to details */
static int put_reason(FILE *f, const struct kxt_vcpu *v, const struct kxt_entry *e,
		      bool details)
{
	char name[32];

	kxt_csv_string(f, kxt_reason_name(v->isa, e->code, name, sizeof(name)));
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
	fputc(',', f);
	if (details && put_details(f, v, e))
		return -1;
	fputc(',', f);
	return 0;
}

/* The sums of a vCPU's or a VM's parts. */
static void put_sums(FILE *f, const struct kxt_entry *all, uint32_t knows)
{
	struct kxt_parts p;

	kxt_parts_make(&p, all, knows);
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
	fputc(',', f);
}

/* backwards to lost_events */
static void put_frame(FILE *f, const struct kxt_summary *s, const struct kxt_vcpu *v)
{
	fprintf(f, "%" PRIu64 ",1,", v->backwards);
	kxt_csv_string(f, s->collector);
	fputc(',', f);
	kxt_csv_string(f, s->host);
	fputc(',', f);
	kxt_csv_string(f, s->kernel);
	fprintf(f, ",%s,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",",
		boolean(s->delta), s->interval_ns, s->lost.exits, s->lost.slots,
		s->lost.events);
}

/* details_collected to end_time_ns */
static void put_rest(FILE *f, const struct kxt_summary *s, const struct kxt_vm *vm,
		     const struct kxt_entry *all)
{
	fprintf(f, "%s,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",", boolean(s->details),
		all->count, vm->all.count, vm->guest_ns);
	put_sums(f, &vm->all, vm->knows);
	put_if(f, s->begin_time_ns, s->begin_time_ns);
	if (s->end_time_ns)
		fprintf(f, "%" PRIu64, s->end_time_ns);
	fputc('\n', f);
}

/* A reason of a vCPU, NULL if it has none; @all: its sums. */
static int put_line(FILE *f, const struct kxt_summary *s, const struct kxt_vm *vm,
		    const struct kxt_vcpu *v, const struct kxt_entry *all,
		    const struct kxt_entry *e)
{
	kxt_csv_string(f, vm->name);
	fprintf(f, ",%" PRIu32 ",%s,%" PRIu32 ",%" PRIu32 ",%s,%" PRIu64 ",%s,",
		vm->pid, boolean(vm->ended), v->id, v->tid, boolean(v->ended),
		v->guest_ns, kxt_isa_name(v->isa));
	if (!e)
		fputs(",,,,,,,,,,,,,,,,,,,,", f);
	else if (put_reason(f, v, e, s->details))
		return -1;
	put_frame(f, s, v);
	put_if(f, e && e->level && v->knows & KXT_KNOWS_LEVEL, e ? e->level : 0);
	put_sums(f, all, v->knows);
	put_overhead(f, s);
	put_rest(f, s, vm, all);
	return 0;
}

static int put_vm(FILE *f, const struct kxt_summary *s, const struct kxt_vm *vm)
{
	for (unsigned int n = 0; n < vm->nr_vcpus; n++) {
		const struct kxt_vcpu *v = &vm->vcpu[n];
		unsigned int i = 0;
		struct kxt_entry all;

		kxt_vm_vcpu_sum(vm, n, &all);
		do {
			if (put_line(f, s, vm, v, &all, i < v->nr ? &v->entry[i] : NULL))
				return -1;
		} while (++i < v->nr);
	}
	return 0;
}

int kxt_view_csv_lines(FILE *f, const struct kxt_summary *s)
{
	for (unsigned int i = 0; i < s->nr; i++) {
		if (put_vm(f, s, &s->vm[i]))
			return -1;
	}
	return ferror(f) ? -1 : 0;
}

int kxt_view_csv(FILE *f, const struct kxt_summary *s)
{
	fputs(header, f);
	return kxt_view_csv_lines(f, s);
}
