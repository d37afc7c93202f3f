// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "user/cmd.h"
#include "user/collector_file.h"
#include "user/metrics/metrics.h"
#include "user/view.h"
#include "user/window.h"

enum {
	OPT_JSON = KXT_OPT_VERB,
	OPT_CSV,
	OPT_OPENMETRICS,
	OPT_DETAILS,
};

static const char help[] =
	"Usage: kvmexittop dump [OPTION]... [-- COMMAND [ARG]...]\n"
	"Prints the counters of all VMs once. Without -d and COMMAND they are totals\n"
	"since the collector started.\n"
	"\n"
	"      --json             JSON, schema 1 (default)\n"
	"      --csv              CSV, one line a VM, vCPU and reason\n"
	"      --openmetrics      OpenMetrics 1.0, as \"kvmexittop export\" serves it. With -d or\n"
	"                         COMMAND its counters begin at 0 with the counting: do not\n"
	"                         mix them with those of other runs\n"
	"  -d, --delay SEC        count for SEC seconds; VMs that end meanwhile are in it\n"
	"  -- COMMAND             run COMMAND, count until it ends\n"
	"      --details          also what is behind each reason: ports, MMIO addresses,\n"
	"                         MSRs, CPUID leaves, hypercalls, guest pages and guest\n"
	"                         code. They are collected from now on, and each exit\n"
	"                         costs a little more meanwhile\n"
	KXT_COMMON_HELP
	"\n"
	"SIGINT (Ctrl-C) ends the counting early and prints what there is.\n"
	"\n"
	"Exit status: 0 printed, 1 error while running or COMMAND cannot be started,\n"
	"2 wrong use, 3 no collector is usable or KVM is not there. A COMMAND that fails\n"
	"passes on its own status, 128 + N if signal N ended it; the counters are\n"
	"printed all the same.\n";

/**
 * struct dump - the command line
 * @common: what all verbs have
 * @c: collector, once it is open
 * @view: JSON, CSV or OpenMetrics
 * @details: --details
 * @length_ns: -d, 0 if not given
 * @command: what follows --, or NULL
 */
struct dump {
	struct kxt_common common;
	struct kxt_collector c;
	int (*view)(FILE *f, const struct kxt_summary *s);
	bool details;
	uint64_t length_ns;
	char **command;
};

/* Returns -1 to go on, else the exit status. */
static int parse(struct dump *d, int argc, char **argv)
{
	static const struct option options[] = {
		KXT_COMMON_LONG,
		{ "json", no_argument, NULL, OPT_JSON },
		{ "csv", no_argument, NULL, OPT_CSV },
		{ "openmetrics", no_argument, NULL, OPT_OPENMETRICS },
		{ "details", no_argument, NULL, OPT_DETAILS },
		{ "delay", required_argument, NULL, 'd' },
		{ NULL, 0, NULL, 0 },
	};
	int opt, status;

	while ((opt = getopt_long(argc, argv, "+" KXT_COMMON_SHORT "d:", options,
				  NULL)) != -1) {
		switch (opt) {
		case OPT_JSON:
			d->view = kxt_view_json;
			break;
		case OPT_CSV:
			d->view = kxt_view_csv;
			break;
		case OPT_OPENMETRICS:
			d->view = kxt_view_openmetrics;
			break;
		case OPT_DETAILS:
			d->details = true;
			break;
		case 'd':
			if (kxt_parse_seconds(optarg, &d->length_ns))
				return kxt_usage("dump", "-d wants seconds, more than 0, at most 86400, not '%s'",
						 optarg);
			break;
		default:
			if (!kxt_common_option(&d->common, opt, optarg, help, &status))
				return status;
		}
	}
	if (optind == argc)
		return strcmp(argv[argc - 1], "--") ? -1 :
		       kxt_usage("dump", "no command after --");
	if (strcmp(argv[optind - 1], "--"))
		return kxt_usage("dump", "unexpected '%s'; a command to run goes after --",
				 argv[optind]);
	if (d->length_ns)
		return kxt_usage("dump", "either -d or a command, not both");
	d->command = argv + optind;
	return -1;
}

/* stdout was closed by who reads it: not our error, nothing to say. */
static int complain_output(int error)
{
	if (error != EPIPE)
		fprintf(stderr, "kvmexittop: cannot write the output: %s\n",
			strerror(error));
	return KXT_EXIT_RUNTIME;
}

static bool any_details(const struct kxt_summary *s)
{
	for (unsigned int i = 0; i < s->nr; i++) {
		if (s->vm[i].nr_details)
			return true;
	}
	return false;
}

static void notes(const struct dump *d, const struct kxt_summary *s, bool any)
{
	const struct kxt_filter *filter = &d->common.filter;

	if (any && s->nr == 0 && (filter->pid || filter->vm))
		fputs("kvmexittop: no VM matches -p or --vm\n", stderr);
	else if (!s->delta && s->exits == 0 && s->interval_ns < 1000000000)
		fputs("kvmexittop: collection has only just begun, so the totals are still 0. Use -d SEC, or load kvmexit with always=1 to have it count all the time.\n",
		      stderr);
	else if (d->details && !s->delta && s->nr && !any_details(s))
		fputs("kvmexittop: details are collected from when they are asked for, which was just now, so there are none yet. Use -d SEC, or -- COMMAND.\n",
		      stderr);
}

static int print(const struct dump *d, const struct kxt_snapshot *s)
{
	const struct kxt_collector *c = &d->c;
	uint64_t to_wall = kxt_collector_to_wall(c);
	struct kxt_summary sum = { 0 };
	struct kxt_err err;
	int error = 0;

	if (kxt_summary_make(&sum, s, c->names, &d->common.filter, &err))
		return kxt_complain(&err);
	snprintf(sum.collector, sizeof(sum.collector), "%s", c->ops->name);
	snprintf(sum.kernel, sizeof(sum.kernel), "%s", c->kernel);
	snprintf(sum.host, sizeof(sum.host), "%s", c->host);
	if (to_wall) {
		sum.begin_time_ns = s->start_ns + to_wall;
		sum.end_time_ns = s->now_ns + to_wall;
	}
	notes(d, &sum, s->nr != 0);
	if (d->view(stdout, &sum) || fflush(stdout))
		error = errno;
	kxt_summary_free(&sum);
	return error ? complain_output(error) : KXT_EXIT_OK;
}

static int drop_beside_command(void *arg, struct kxt_err *err)
{
	const struct dump *d = arg;

	return kxt_drop_privileges(&d->common, &d->c, true, err);
}

static int dump_window(struct dump *d, const struct kxt_snapshot *from)
{
	struct kxt_window w = {
		.c = &d->c,
		.from = from,
		.length_ns = d->length_ns,
		.command = d->command,
		.started = drop_beside_command,
		.started_arg = d,
	};
	struct kxt_err err;
	int status;

	kxt_snapshot_init(&w.delta);
	if (kxt_window_run(&w, &err))
		return kxt_complain(&err);
	status = print(d, &w.delta);
	kxt_snapshot_free(&w.delta);
	if (status == KXT_EXIT_OK && d->command)
		status = kxt_command_status(d->command[0], w.command_status);
	return status;
}

/* All since the collector started; open exits and what has no key are in it. */
static int dump_totals(const struct dump *d, const struct kxt_snapshot *s)
{
	struct kxt_snapshot totals;
	struct kxt_err err;
	int status;

	kxt_snapshot_init(&totals);
	if (kxt_snapshot_delta(&totals, NULL, s, &err))
		return kxt_complain(&err);
	totals.delta = false;
	status = print(d, &totals);
	kxt_snapshot_free(&totals);
	return status;
}

static int dump(struct dump *d)
{
	struct kxt_collector *c = &d->c;
	struct kxt_snapshot s;
	struct kxt_err err;
	int status;

	kxt_snapshot_init(&s);
	if (!d->length_ns && !d->command)
		kxt_collector_file_last(c);
	if ((d->details && kxt_start_details(c, &err)) || c->ops->snapshot(c, &s, &err))
		return kxt_complain(&err);
	if (!s.kvm_present) {
		kxt_no_kvm(&err);
		status = kxt_complain(&err);
	} else if (d->length_ns || d->command) {
		status = dump_window(d, &s);
	} else {
		status = dump_totals(d, &s);
	}
	kxt_snapshot_free(&s);
	return status;
}

int kxt_cmd_dump(int argc, char **argv)
{
	struct dump d = { .view = kxt_view_json };
	struct kxt_err err;
	int status = parse(&d, argc, argv);

	if (status >= 0)
		return status;
	if (kxt_collector_open(&d.c, d.common.collector, &err))
		return kxt_complain(&err);
	if (d.common.verbose)
		fprintf(stderr, "kvmexittop: collector %s, kernel %s\n",
			d.c.ops->name, d.c.kernel);
	/* A command is to have what we have now. */
	if (!d.command && kxt_drop_privileges(&d.common, &d.c, false, &err))
		status = kxt_complain(&err);
	else
		status = dump(&d);
	kxt_collector_close(&d.c);
	return status;
}
