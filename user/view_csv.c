// SPDX-License-Identifier: GPL-2.0-only
/*
 * "dump --csv": one line a VM, vCPU and reason, the fields those of the JSON; a
 * vCPU without exits has one line whose reason fields are empty. RFC 4180 but
 * for the line ends, which are LF as in every other tool's output.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "module/bucket.h"
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
	"lost_exits,lost_slots,lost_events\n";

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

static void put_percentile(FILE *f, const struct kxt_entry *e, unsigned int permille)
{
	uint64_t ns;

	if (kxt_hist_percentile(e->hist, e->max_ns, permille, &ns))
		fprintf(f, "%" PRIu64, ns);
	fputc(',', f);
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

/* reason to details */
static void put_reason(FILE *f, const struct kxt_entry *e, uint32_t isa)
{
	char name[32];

	put_string(f, kxt_reason_name(isa, e->code, name, sizeof(name)));
	if (e->code == KVMEXIT_CODE_OTHER || e->code == KVMEXIT_CODE_UNREADABLE)
		fputs(",,", f);
	else
		fprintf(f, ",%" PRIu64 ",", e->code);
	fprintf(f, "%s,%" PRIu64 ",%" PRId64 ",%" PRIu64 ",%" PRIu64 ",,,,,,,",
		kxt_class_name(kxt_reason_class(isa, e->code)), e->count, e->unpaired,
		e->total_ns, e->max_ns);
	if (e->timed)
		fprintf(f, "%" PRIu64, kxt_entry_mean_ns(e));
	fputc(',', f);
	put_percentile(f, e, 500);
	put_percentile(f, e, 900);
	put_percentile(f, e, 990);
	put_percentile(f, e, 999);
	put_buckets(f, e);
	fputs(",,", f);
}

static void put_line(FILE *f, const struct kxt_summary *s, const struct kxt_vm *vm,
		     const struct kxt_vcpu *v, const struct kxt_entry *e)
{
	put_string(f, vm->name);
	fprintf(f, ",%" PRIu32 ",%s,%" PRIu32 ",%" PRIu32 ",%s,%" PRIu64 ",%s,",
		vm->pid, boolean(vm->ended), v->id, v->tid, boolean(v->ended),
		v->guest_ns, kxt_isa_name(v->isa));
	if (e)
		put_reason(f, e, v->isa);
	else
		fputs(",,,,,,,,,,,,,,,,,,,,", f);
	fprintf(f, "%" PRIu64 ",1,", v->backwards);
	put_string(f, s->collector);
	fputc(',', f);
	put_string(f, s->host);
	fputc(',', f);
	put_string(f, s->kernel);
	fprintf(f, ",%s,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 "\n",
		boolean(s->delta), s->interval_ns, s->lost.exits, s->lost.slots,
		s->lost.events);
}

static void put_vm(FILE *f, const struct kxt_summary *s, const struct kxt_vm *vm)
{
	for (unsigned int i = 0; i < vm->nr_vcpus; i++) {
		const struct kxt_vcpu *v = &vm->vcpu[i];

		if (v->nr == 0)
			put_line(f, s, vm, v, NULL);
		for (unsigned int j = 0; j < v->nr; j++)
			put_line(f, s, vm, v, &v->entry[j]);
	}
}

int kxt_view_csv(FILE *f, const struct kxt_summary *s)
{
	fputs(header, f);
	for (unsigned int i = 0; i < s->nr; i++)
		put_vm(f, s, &s->vm[i]);
	return ferror(f) ? -1 : 0;
}
