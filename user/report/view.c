// SPDX-License-Identifier: GPL-2.0-only
#include "user/report/view.h"

#include <string.h>

#include "user/headline.h"

/* Of what a line of the head begins with. */
#define WORD_CELLS	10

static void put(FILE *f, const struct kxt_view_report *v, const char *word,
		const char *text)
{
	unsigned int cells = v->text.cells > WORD_CELLS ? v->text.cells - WORD_CELLS : 0;

	for (; *text || *word; word = "") {
		size_t len = cells ? kxt_fmt_wrap(text, cells) : strlen(text);

		fprintf(f, "%-*s%.*s\n", WORD_CELLS, word, (int)len, text);
		for (text += len; *text == ' '; text++)
			;
	}
}

static void put_cpu(FILE *f, const struct kxt_view_report *v)
{
	const struct kxt_recording_host *h = v->rep->host;
	char cpu[KXT_FMT_ESCAPED(sizeof(h->cpu))], text[sizeof(cpu) + 32];

	kxt_fmt_escape(cpu, sizeof(cpu), h->cpu[0] ? h->cpu : "-", v->text.ascii);
	snprintf(text, sizeof(text), "%s", cpu);
	if (h->cpus)
		snprintf(text, sizeof(text), "%s, %u online", cpu, h->cpus);
	put(f, v, "CPU", text);
}

/* "2026-11-22 14:05:10 UTC+01:00, 60s, 61 frames, one every 1.0s, by kvmexittop 0.1" */
static void put_recorded(FILE *f, const struct kxt_view_report *v)
{
	const struct kxt_report *rep = v->rep;
	char date[KXT_REPORT_TIME_MAX] = "", zone[KXT_REPORT_TIME_MAX] = "";
	char length[KXT_FMT_MAX], each[KXT_FMT_MAX], text[KXT_LINE_MAX];
	char tool[KXT_FMT_ESCAPED(sizeof(rep->host->tool))];

	if (rep->clock.wall) {
		kxt_report_date_text(rep->clock.begin_wall_ns, rep->clock.utc_offset_s, date);
		kxt_report_zone_text(rep->clock.utc_offset_s, zone);
	}
	kxt_fmt_seconds(length, rep->clock.length_ns);
	kxt_fmt_seconds(each, rep->host->interval_ns);
	kxt_fmt_escape(tool, sizeof(tool), rep->host->tool, v->text.ascii);
	snprintf(text, sizeof(text), "%s%s%s%s%s, %u frames, one every %s, by kvmexittop %s",
		 date, *date ? " " : "", zone, *date ? ", " : "", length, rep->frames, each,
		 tool);
	put(f, v, "recorded", text);
}

/* "00:00:10 to 00:00:20 (14:05:20 to 14:05:30), 10s" */
static void put_shown(FILE *f, const struct kxt_view_report *v)
{
	const struct kxt_report *rep = v->rep;
	const struct kxt_report_clock *c = &rep->clock;
	char from[KXT_REPORT_TIME_MAX], to[KXT_REPORT_TIME_MAX], text[KXT_LINE_MAX];
	char length[KXT_FMT_MAX], day[2 * KXT_REPORT_TIME_MAX + 16] = "";

	if (rep->from == 0 && rep->to == rep->frames - 1)
		return;
	if (c->wall) {
		kxt_report_day_text(c->begin_wall_ns + rep->from_ns, c->utc_offset_s, from);
		kxt_report_day_text(c->begin_wall_ns + rep->to_ns, c->utc_offset_s, to);
		snprintf(day, sizeof(day), " (%s to %s)", from, to);
	}
	kxt_report_offset_text(rep->from_ns, from);
	kxt_report_offset_text(rep->to_ns, to);
	kxt_fmt_seconds(length, rep->to_ns - rep->from_ns);
	snprintf(text, sizeof(text), "%s to %s%s, %s", from, to, day, length);
	put(f, v, "shown", text);
}

/* All of it is always said: that nothing was lost is news too. */
static void put_lost(FILE *f, const struct kxt_view_report *v)
{
	const char *why = kxt_headline_lost_why(&v->sum->lost);
	char lost[KXT_LINE_MAX], text[2 * KXT_LINE_MAX];

	kxt_headline_lost(&v->sum->lost, lost);
	/* The word stands in front of it already. */
	snprintf(text, sizeof(text), "%s%s%s",
		 strncmp(lost, "lost ", 5) == 0 ? lost + 5 : lost, why ? ". " : "",
		 why ? why : "");
	put(f, v, "lost", text);
}

void kxt_view_report_head(FILE *f, const struct kxt_view_report *v)
{
	const char *trouble = kxt_recording_trouble(v->rep->r);
	char host[KXT_LINE_MAX], load[KXT_LINE_MAX], cost[KXT_LINE_MAX];
	char text[2 * KXT_LINE_MAX + 8];

	kxt_headline_host(v->sum, v->text.ascii, host);
	put(f, v, "host", host);
	put_cpu(f, v);
	put_recorded(f, v);
	put_shown(f, v);
	kxt_headline_load(v->sum, load);
	kxt_headline_cost(v->sum, cost);
	snprintf(text, sizeof(text), "%s, %s", load, cost);
	put(f, v, "load", text);
	put_lost(f, v);
	if (trouble) {
		char clean[KXT_FMT_ESCAPED(KXT_LINE_MAX)];

		kxt_fmt_escape(clean, sizeof(clean), trouble, v->text.ascii);
		put(f, v, "trouble", clean);
	}
}

static void put_empty(FILE *f, const struct kxt_view_report *v)
{
	const char *text = "No VM had an exit in this time.";

	if (v->filter && (v->filter->pid || v->filter->vm))
		text = "No VM of this time matches --pid or --vm.";
	else if (!v->sum->kvm_present)
		text = "KVM was not loaded on this host in this time.";
	fputc('\n', f);
	kxt_text_lines(f, text, &v->text);
}

int kxt_view_report_vms(FILE *f, const struct kxt_view_report *v, struct kxt_err *err)
{
	kxt_view_report_head(f, v);
	if (v->sum->nr)
		return kxt_text_vms(f, v->sum, &v->text, err);
	put_empty(f, v);
	return 0;
}

int kxt_view_report_vcpus(FILE *f, const struct kxt_view_report *v, struct kxt_err *err)
{
	struct kxt_table t = {
		.kind = KXT_TABLE_VCPUS, .sort = v->text.sort, .ascii = v->text.ascii,
	};
	static const struct kxt_scope everything;

	kxt_view_report_head(f, v);
	if (!v->sum->nr) {
		put_empty(f, v);
		return 0;
	}
	if (kxt_table_build(&t, v->sum, &everything, err))
		return -1;
	kxt_text_legend(f, &t, &v->text);
	fputc('\n', f);
	kxt_text_table(f, &t, t.nr, "", &v->text);
	kxt_table_free(&t);
	return 0;
}
