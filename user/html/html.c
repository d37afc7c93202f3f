// SPDX-License-Identifier: GPL-2.0-only
/* A stretch of a recording as one self-contained page. */
#include "user/html/html.h"

#include <inttypes.h>

#include "user/html/chart.h"
#include "user/html/int.h"
#include "user/html/text.h"

/* Where the columns are, for the script that shows their values under the pointer. */
static void put_edges(FILE *f, const struct kxt_html_data *d)
{
	for (unsigned int c = 0; c <= d->grid.nr; c++)
		fprintf(f, "%s%u", c ? "," : "", kxt_html_x(&d->clock, d->grid.edge[c]));
}

/*
 * Nothing may be loaded from anywhere, and no script may run but the one that is known by
 * its digest: not even if a name found a way to be taken for one.
 */
static void put_begin(FILE *f, const struct kxt_html_data *d)
{
	char begin[KXT_MOMENT_MAX];

	kxt_html_date(begin, &d->clock, 0);
	fprintf(f, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		"style-src 'unsafe-inline'; img-src data:; script-src '%s'; base-uri 'none'; "
		"form-action 'none'\">\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		"<meta name=\"color-scheme\" content=\"light dark\">\n"
		"<meta name=\"generator\" content=\"kvmexittop %s\">\n"
		"<link rel=\"icon\" href=\"data:,\">\n<title>kvmexittop: ",
		kxt_html_script_hash, KXT_VERSION);
	kxt_html_text(f, d->host->host);
	fprintf(f, ", %s</title>\n<style>\n%s</style>\n</head>\n<body>\n<main data-x=\"", begin,
		kxt_html_style);
	put_edges(f, d);
	fputs("\">\n", f);
}

/* Shown by the script: without it they would do nothing. */
static void put_tools(FILE *f)
{
	fputs("<div id=\"tools\" hidden><label>Only VMs with <input id=\"filter\" type=\"search\" "
	      "autocomplete=\"off\" placeholder=\"part of a name\"></label> "
	      "<button type=\"button\" id=\"open\">Open all</button> "
	      "<button type=\"button\" id=\"close\">Close all</button></div>\n", f);
}

static int put_vm(FILE *f, const struct kxt_html_data *d, unsigned int i)
{
	const struct kxt_vm *vm = &d->totals.vm[d->order[i]];
	char rate[KXT_FMT_MAX];

	kxt_fmt_rate(rate, kxt_html_per_s((double)vm->all.count, d->totals.interval_ns));
	/* The busiest is what most people want to see. */
	fprintf(f, "<details class=\"vm\" data-vm=\"%" PRIu32 "\" id=\"vm-%" PRIu32 "\"%s>"
		"<summary><h2>", vm->pid, vm->pid, i == 0 ? " open" : "");
	kxt_html_name(f, vm->name);
	fprintf(f, "</h2> <span>pid %" PRIu32 ", %u vCPU%s, exits ", vm->pid, vm->nr_vcpus,
		vm->nr_vcpus == 1 ? "" : "s");
	kxt_html_text(f, rate);
	fprintf(f, "%s</span></summary>\n", vm->ended ? ", ended" : "");
	kxt_html_charts(f, d, &d->line[i]);
	if (kxt_html_reasons(f, d, vm))
		return -1;
	fputs("</details>\n", f);
	return 0;
}

static void put_end(FILE *f)
{
	fprintf(f, "<footer>Latency of an exit: from leaving the guest to entering it again. "
		"Service time: latency without idle, and what percentiles and histograms are "
		"of; they are within 12.5 %%. Made by kvmexittop %s.</footer>\n</main>\n"
		"<div id=\"tip\" aria-hidden=\"true\" hidden></div>\n<script>%s</script>\n"
		"</body>\n</html>\n", KXT_VERSION, kxt_html_script);
}

int kxt_html_report(FILE *f, struct kxt_recording *r, unsigned int from, unsigned int to,
		    const struct kxt_filter *filter, struct kxt_err *err)
{
	struct kxt_html_data *d;
	int ret = 0;

	if (kxt_html_data_new(&d, r, from, to, filter, err))
		return -1;
	put_begin(f, d);
	kxt_html_head(f, d);
	put_tools(f);
	kxt_html_vms(f, d);
	/* One VM is all of them. */
	if (d->totals.nr > 1) {
		fputs("<section id=\"all\">\n<h2>All VMs</h2>\n", f);
		kxt_html_charts(f, d, &d->all);
		fputs("</section>\n", f);
	}
	for (unsigned int i = 0; ret == 0 && i < d->nr_lines; i++)
		ret = put_vm(f, d, i);
	if (ret == 0) {
		kxt_html_slow(f, d);
		put_end(f);
	} else {
		kxt_err_set(err, KXT_EXIT_RUNTIME,
			    "out of memory for the page, which is not complete. Ask for fewer VMs with --vm or --pid.");
	}
	kxt_html_data_free(d);
	return ret;
}
