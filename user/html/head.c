// SPDX-License-Identifier: GPL-2.0-only
/* The head of a page: what was recorded where and when, and what is missing. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "user/format.h"
#include "user/headline.h"
#include "user/html/int.h"
#include "user/html/text.h"
#include "user/stats.h"

static void put(FILE *f, const char *name, const char *value)
{
	fprintf(f, "<div><dt>%s<dd>", name);
	kxt_html_text(f, value);
	fputs("</div>\n", f);
}

/**
 * struct sums - of all VMs on the page
 * @vcpus: vCPUs
 * @unpaired: exits without an entry after them
 * @service_ns: service time of their exits
 */
struct sums {
	unsigned int vcpus;
	uint64_t unpaired;
	uint64_t service_ns;
};

static void sum_up(struct sums *s, const struct kxt_summary *totals)
{
	*s = (struct sums){ 0 };
	for (unsigned int i = 0; i < totals->nr; i++) {
		const struct kxt_vm *vm = &totals->vm[i];

		s->vcpus += vm->nr_vcpus;
		/* Below zero is an exit from before that ended in this window. */
		s->unpaired += vm->all.unpaired > 0 ? (uint64_t)vm->all.unpaired : 0;
		s->service_ns += kxt_entry_service_ns(&vm->all);
	}
}

static void put_figures(FILE *f, const struct kxt_html_data *d)
{
	const struct kxt_summary *t = &d->totals;
	char text[KXT_LINE_MAX], n[KXT_FMT_MAX];
	double share;
	struct sums s;

	sum_up(&s, t);
	fputs("<dl class=\"figures\">\n", f);
	snprintf(text, sizeof(text), "%u", t->nr);
	put(f, "VMs", text);
	snprintf(text, sizeof(text), "%u", s.vcpus);
	put(f, "vCPUs", text);
	kxt_fmt_rate(n, kxt_html_per_s((double)t->exits, t->interval_ns));
	put(f, "exits", n);
	kxt_fmt_percent(n, t->interval_ns ? (double)s.service_ns / (double)t->interval_ns : 0);
	put(f, "of a CPU: exits, without idle", n);
	if (kxt_summary_cost_share(t, &share))
		kxt_fmt_percent(n, share);
	else
		strcpy(n, "-");
	put(f, "of a CPU: the collector", n);
	kxt_fmt_count(n, s.unpaired);
	put(f, "unpaired: counted, not timed", n);
	kxt_fmt_count(n, t->lost.exits);
	put(f, "exits lost", n);
	fputs("</dl>\n", f);
}

static void put_offset(FILE *f, const struct kxt_html_data *d)
{
	int minutes = abs(d->host->utc_offset_s / 60);

	if (!d->clock.wall)
		fputs(" since the beginning (its clock has no time of day)", f);
	else if (minutes == 0)
		fputs(" UTC", f);
	else
		fprintf(f, " UTC%c%d:%02d", d->host->utc_offset_s < 0 ? '-' : '+', minutes / 60,
			minutes % 60);
}

static void put_when(FILE *f, const struct kxt_html_data *d)
{
	char begin[KXT_MOMENT_MAX], end[KXT_MOMENT_MAX], length[KXT_MOMENT_MAX];
	uint64_t ns = d->clock.end_ns - d->clock.begin_ns;

	kxt_html_date(begin, &d->clock, 0);
	kxt_html_date(end, &d->clock, ns);
	kxt_html_length(length, ns);
	fprintf(f, "<p class=\"when\">%s to %s", begin, end);
	put_offset(f, d);
	fprintf(f, " &middot; %s</p>\n", length);
}

static void put_facts(FILE *f, const struct kxt_html_data *d)
{
	const struct kxt_recording_host *h = d->host;
	char text[160], step[KXT_MOMENT_MAX];

	fputs("<dl class=\"facts\">\n", f);
	put(f, "kernel", *h->kernel ? h->kernel : "-");
	if (h->cpus)
		snprintf(text, sizeof(text), "%s%s%u online", h->cpu, *h->cpu ? ", " : "",
			 h->cpus);
	else
		snprintf(text, sizeof(text), "%s", *h->cpu ? h->cpu : "-");
	put(f, "CPU", text);
	put(f, "collector", *h->collector ? h->collector : "-");
	kxt_html_length(step, h->interval_ns);
	put(f, "interval", step);
	if (d->grid.step_ns) {
		kxt_html_length(step, d->grid.step_ns);
		put(f, "a column of the charts", step);
	}
	snprintf(text, sizeof(text), "kvmexittop %s", *h->tool ? h->tool : "-");
	put(f, "recorded by", text);
	put(f, "page by", "kvmexittop " KXT_VERSION);
	put(f, "details", h->details ? "recorded" : "not recorded: record --details");
	fputs("</dl>\n", f);
}

static void put_missing(FILE *f, const struct kxt_html_data *d)
{
	const struct kxt_lost *lost = &d->totals.lost;
	char text[KXT_LINE_MAX];

	if (d->trouble) {
		fputs("<p class=\"warn\"><strong>Incomplete:</strong> ", f);
		kxt_html_text(f, d->trouble);
		fputs("</p>\n", f);
	}
	if (kxt_lost_any(lost)) {
		kxt_headline_lost(lost, text);
		fprintf(f, "<p class=\"warn\"><strong>%s.</strong> ", text);
		kxt_html_text(f, kxt_headline_lost_why(lost));
		fputs("</p>\n", f);
	}
	if (d->slow_lost)
		fprintf(f, "<p class=\"warn\"><strong>%" PRIu64 " slow exits were not recorded."
			"</strong> They are counted in all other numbers.</p>\n", d->slow_lost);
	if (!d->trouble && !kxt_lost_any(lost) && !d->slow_lost)
		fputs("<p class=\"fine\">Nothing was lost, and the recording is whole.</p>\n", f);
}

void kxt_html_head(FILE *f, const struct kxt_html_data *d)
{
	fputs("<header>\n<h1>", f);
	kxt_html_name(f, *d->host->host ? d->host->host : "unknown host");
	fputs(" <small>VM exits</small></h1>\n", f);
	put_when(f, d);
	put_missing(f, d);
	put_figures(f, d);
	put_facts(f, d);
	fputs("</header>\n", f);
}
