// SPDX-License-Identifier: GPL-2.0-only
#include "user/view_slow.h"

#include <errno.h>
#include <inttypes.h>
#include <time.h>

#include "user/detail.h"
#include "user/format.h"
#include "user/json.h"
#include "user/parts.h"
#include "user/reason.h"
#include "user/utf8.h"

#define SEC		1000000000ULL
/* Columns that hold what is usual; a longer text shifts the rest of its line. */
#define NAME_CELLS	12
#define REASON_CELLS	18
#define TIME_CELLS	5

static void make_parts(struct kxt_parts *p, const struct kvmexit_event *ev, uint32_t knows)
{
	const struct kxt_entry e = {
		.total_ns = ev->total_ns,
		.idle_ns = ev->idle_ns,
		.runq_ns = ev->runq_ns,
		.vmm_ns = ev->vmm_ns,
	};

	kxt_parts_make(p, &e, knows);
}

static void put_time_of_day(FILE *f, uint64_t wall_ns, bool utc)
{
	time_t seconds = (time_t)(wall_ns / SEC);
	struct tm tm;

	if (utc)
		gmtime_r(&seconds, &tm);
	else
		localtime_r(&seconds, &tm);
	fprintf(f, "%02d:%02d:%02d.%06u", tm.tm_hour, tm.tm_min, tm.tm_sec,
		(unsigned int)(wall_ns % SEC / 1000));
}

static void put_padded(FILE *f, const char *text, unsigned int cells)
{
	unsigned int width = kxt_fmt_width(text);

	fprintf(f, "  %s%*s", text, width < cells ? (int)(cells - width) : 0, "");
}

static void put_parts(FILE *f, const struct kvmexit_event *ev, uint32_t knows)
{
	static const struct {
		const char *word;
		enum kxt_part part;
	} part[] = {
		{ "kernel", KXT_PART_KERNEL },
		{ "vmm", KXT_PART_VMM },
		{ "idle", KXT_PART_IDLE },
		{ "runq", KXT_PART_RUNQ },
	};
	const char *before = "  ";
	struct kxt_parts p;

	make_parts(&p, ev, knows);
	for (size_t i = 0; i < sizeof(part) / sizeof(part[0]); i++) {
		char text[KXT_FMT_MAX];

		if (!p.known[part[i].part] || !p.ns[part[i].part])
			continue;
		kxt_fmt_ns(text, p.ns[part[i].part]);
		fprintf(f, "%s%s %s", before, part[i].word, text);
		before = " ";
	}
}

static void put_detail(FILE *f, const struct kvmexit_event *ev)
{
	const char *word[3] = {
		kxt_access_dir(ev->kind, ev->access),
		kxt_access_fault(ev->kind, ev->access),
		kxt_detail_name(ev->kind, ev->key),
	};
	char key[32];

	if (ev->kind == KVMEXIT_KIND_NONE)
		return;
	kxt_detail_key(ev->kind, ev->key, key, sizeof(key));
	fprintf(f, "  %s %s", kxt_kind_name(ev->kind), key);
	for (size_t i = 0; i < sizeof(word) / sizeof(word[0]); i++) {
		if (word[i])
			fprintf(f, " %s", word[i]);
	}
}

void kxt_view_slow_text(FILE *f, const struct kxt_slow *slow, uint32_t knows,
			const struct kxt_view_slow *view)
{
	const struct kvmexit_event *ev = &slow->ev;
	char name[KXT_FMT_ESCAPED(KXT_VM_NAME_MAX)], reason[32], full[48];
	char service[KXT_FMT_MAX];

	put_time_of_day(f, slow->wall_ns, view->utc);
	kxt_fmt_escape(name, sizeof(name), slow->name, view->ascii);
	put_padded(f, name, NAME_CELLS);
	fprintf(f, "  vcpu %-2" PRIu32, ev->vcpu_id);
	snprintf(full, sizeof(full), "%s%s",
		 kxt_reason_name(ev->isa, ev->code, reason, sizeof(reason)),
		 ev->level == 2 ? " (L2)" : "");
	put_padded(f, full, REASON_CELLS);
	kxt_fmt_ns(service, kxt_slow_service_ns(ev));
	fprintf(f, "  %*s", TIME_CELLS, service);
	put_parts(f, ev, knows);
	put_detail(f, ev);
	if (ev->rip)
		fprintf(f, "  rip 0x%" PRIx64, (uint64_t)ev->rip);
	fprintf(f, "  cpu %" PRIu32 "\n", ev->cpu);
}

int kxt_view_slow_json(FILE *f, const struct kxt_slow *slow, uint32_t knows)
{
	const struct kvmexit_event *ev = &slow->ev;
	bool kind = ev->kind != KVMEXIT_KIND_NONE;
	char name[3 * KXT_VM_NAME_MAX + 1], reason[32];
	struct kxt_parts p;
	json_t *line;
	int ret;

	make_parts(&p, ev, knows);
	kxt_utf8_clean(name, slow->name);
	line = json_pack("{s:o, s:o, s:s, s:o, s:o, s:o, s:s, s:s, s:o, s:s, s:o, s:o, s:o,"
			 " s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
			 "time_ns", kxt_json_number(slow->wall_ns),
			 "cpu", kxt_json_number(ev->cpu),
			 "vm", name,
			 "pid", kxt_json_number(ev->pid),
			 "tid", kxt_json_number(ev->tid),
			 "vcpu", kxt_json_number(ev->vcpu_id),
			 "isa", kxt_isa_name(ev->isa),
			 "reason", kxt_reason_name(ev->isa, ev->code, reason, sizeof(reason)),
			 "code", kxt_json_number_if(!kxt_reason_is_own(ev->code), ev->code),
			 "class", kxt_class_name(kxt_reason_class(ev->isa, ev->code)),
			 "level", kxt_json_number_if(ev->level, ev->level),
			 "service_ns", kxt_json_number(kxt_slow_service_ns(ev)),
			 "total_ns", kxt_json_number(ev->total_ns),
			 "kernel_ns", kxt_json_number_if(p.known[KXT_PART_KERNEL],
							 p.ns[KXT_PART_KERNEL]),
			 "vmm_ns", kxt_json_number_if(p.known[KXT_PART_VMM], ev->vmm_ns),
			 "idle_ns", kxt_json_number_if(p.known[KXT_PART_IDLE], ev->idle_ns),
			 "runq_ns", kxt_json_number_if(p.known[KXT_PART_RUNQ], ev->runq_ns),
			 "rip", ev->rip ? kxt_json_hex(ev->rip) : json_null(),
			 "info1", kxt_json_hex(ev->info1),
			 "info2", kxt_json_hex(ev->info2),
			 "kind", kxt_json_string_if(kind ? kxt_kind_name(ev->kind) : NULL),
			 "key", kind ? kxt_json_hex(ev->key) : json_null(),
			 "dir", kxt_json_string_if(kxt_access_dir(ev->kind, ev->access)),
			 "fault", kxt_json_fault(ev->kind, ev->access),
			 "virtual", kxt_json_virtual(ev->kind, ev->access),
			 "name", kxt_json_string_if(kxt_detail_name(ev->kind, ev->key)));
	/* What jansson fails with when it is not the stream: it does not say. */
	errno = ENOMEM;
	ret = line ? json_dumpf(line, f, JSON_COMPACT) : -1;
	json_decref(line);
	if (ret == 0)
		fputc('\n', f);
	return ret || ferror(f) ? -1 : 0;
}

void kxt_view_slow_lost_json(FILE *f, uint64_t lost)
{
	fprintf(f, "{\"lost\":%" PRIu64 "}\n", lost);
}
