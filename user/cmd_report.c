// SPDX-License-Identifier: GPL-2.0-only
/* kvmexittop report: tables, differences or a page from a recording. */
#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

#include "user/cmd.h"
#include "user/cmd_top_look.h"
#include "user/report/report.h"
#include "user/report/out.h"

enum {
	OPT_VCPUS = KXT_OPT_VERB,
	OPT_REASON,
	OPT_FROM,
	OPT_TO,
	OPT_SLOW,
	OPT_JSON,
	OPT_CSV,
	OPT_HTML,
	OPT_FRAMES,
	OPT_DIFF,
	OPT_FORCE,
	OPT_ASCII,
	OPT_COLOR,
};

static const char help[] =
	"Usage: kvmexittop report [OPTION]... FILE\n"
	"       kvmexittop report --diff [OPTION]... A B\n"
	"What is in a recording of 'kvmexittop record'. No collector and no privilege is\n"
	"needed, and the recording may come from any host.\n"
	"\n"
	"      --vcpus            a row a vCPU\n"
	"      --reason R         all about a reason or class: who had it, its histogram,\n"
	"                         what is behind it; with --json and --csv only its rows\n"
	"      --slow             the slow exits, where they were recorded\n"
	"      --from TIME        not what came before: 90, 1:30, 1m30s after the begin,\n"
	"                         -90 before the end, 14:05:10, 2026-11-22 14:05:10\n"
	"      --to TIME          and not what came after\n"
	"      --diff             what changed from A to B\n"
	"      --json             JSON, schema 1, the same as of dump\n"
	"      --csv              CSV, the same\n"
	"      --frames           with these: one for each interval of the recording\n"
	"      --html             a page that is complete in itself\n"
	"  -o, --output OUT       write to a file instead of stdout\n"
	"      --force            also if OUT is there already\n"
	KXT_LOOK_HELP
	KXT_RECORDED_HELP
	"\n"
	"In place of a FILE, FILE@FROM..TO is a stretch of it: 'report --diff x.kxr@0..60\n"
	"x.kxr@60..120'. Exit status: 0 printed, also if the recording was cut off (then\n"
	"stderr says where), 1 nothing can be read or written, 2 wrong use.\n";

/**
 * struct line - the command line
 * @common: options that other verbs have too
 * @cmd: what is wanted
 * @formats: how many of --json, --csv and --html there were
 * @look: --sort, --color and --ascii
 * @output: -o, or NULL
 * @force: --force
 * @nr: recordings
 */
struct line {
	struct kxt_common common;
	struct kxt_report_cmd cmd;
	unsigned int formats;
	struct kxt_look look;
	const char *output;
	bool force;
	int nr;
};

static void set_format(struct line *l, enum kxt_report_format format)
{
	l->formats += l->cmd.format != format;
	l->cmd.format = format;
}

/* Those without a value; false: it is another one. */
static bool parse_flag(struct line *l, int opt)
{
	switch (opt) {
	case OPT_VCPUS:
		l->cmd.vcpus = true;
		return true;
	case OPT_SLOW:
		l->cmd.slow = true;
		return true;
	case OPT_JSON:
		set_format(l, KXT_REPORT_JSON);
		return true;
	case OPT_CSV:
		set_format(l, KXT_REPORT_CSV);
		return true;
	case OPT_HTML:
		set_format(l, KXT_REPORT_HTML);
		return true;
	case OPT_FRAMES:
		l->cmd.frames = true;
		return true;
	case OPT_DIFF:
		l->cmd.diff = true;
		return true;
	case OPT_FORCE:
		l->force = true;
		return true;
	case OPT_ASCII:
		l->look.ascii = true;
		return true;
	default:
		return false;
	}
}

/* Returns -1 to go on, else the exit status. */
static int parse_option(struct line *l, int opt, const char *arg)
{
	int status = -1;

	if (parse_flag(l, opt))
		return -1;
	switch (opt) {
	case OPT_REASON:
		l->cmd.reason = arg;
		return -1;
	case OPT_FROM:
		l->cmd.want[0].from = l->cmd.want[1].from = arg;
		return -1;
	case OPT_TO:
		l->cmd.want[0].to = l->cmd.want[1].to = arg;
		return -1;
	case OPT_COLOR:
		return kxt_look_color(&l->look, arg);
	case 'o':
		l->output = arg;
		return -1;
	case 's':
		return kxt_look_sort(&l->look, arg);
	default:
		if (kxt_common_option(&l->common, opt, arg, help, &status))
			return -1;
		return status < 0 ? KXT_EXIT_USAGE : status;
	}
}

/* What does not go together. Returns -1 to go on. */
static int check(const struct line *l)
{
	const struct kxt_report_cmd *c = &l->cmd;
	bool data = c->format == KXT_REPORT_JSON || c->format == KXT_REPORT_CSV;

	if (l->formats > 1)
		return kxt_usage("report", "only one of --json, --csv and --html");
	if (c->vcpus && (c->slow || c->reason))
		return kxt_usage("report", "--vcpus goes with neither --reason nor --slow");
	if (c->diff && (c->vcpus || c->slow || c->reason || c->frames))
		return kxt_usage("report", "--diff goes with none of --vcpus, --reason, --slow and --frames");
	if (c->format == KXT_REPORT_HTML &&
	    (c->diff || c->vcpus || c->slow || c->reason || c->frames))
		return kxt_usage("report", "--html is a page with all of it: without --diff, --vcpus, --reason, --slow and --frames");
	if (c->frames && (!data || c->slow))
		return kxt_usage("report", "--frames goes with --json or --csv");
	if (c->slow && c->format == KXT_REPORT_CSV)
		return kxt_usage("report", "slow exits are text or --json");
	if (l->nr != (c->diff ? 2 : 1))
		return kxt_usage("report", c->diff ? "--diff wants two recordings, not %d" :
				 "report wants one recording, not %d", l->nr);
	return -1;
}

/* Returns -1 to go on, else the exit status. */
static int parse(struct line *l, int argc, char **argv)
{
	static const struct option options[] = {
		{ "vcpus",   no_argument,       NULL, OPT_VCPUS },
		{ "reason",  required_argument, NULL, OPT_REASON },
		{ "from",    required_argument, NULL, OPT_FROM },
		{ "to",      required_argument, NULL, OPT_TO },
		{ "slow",    no_argument,       NULL, OPT_SLOW },
		{ "json",    no_argument,       NULL, OPT_JSON },
		{ "csv",     no_argument,       NULL, OPT_CSV },
		{ "html",    no_argument,       NULL, OPT_HTML },
		{ "frames",  no_argument,       NULL, OPT_FRAMES },
		{ "diff",    no_argument,       NULL, OPT_DIFF },
		{ "output",  required_argument, NULL, 'o' },
		{ "force",   no_argument,       NULL, OPT_FORCE },
		{ "sort",    required_argument, NULL, 's' },
		{ "color",   required_argument, NULL, OPT_COLOR },
		{ "ascii",   no_argument,       NULL, OPT_ASCII },
		{ "pid",     required_argument, NULL, 'p' },
		{ "vm",      required_argument, NULL, KXT_OPT_VM },
		{ "help",    no_argument,       NULL, 'h' },
		{ "verbose", no_argument,       NULL, 'v' },
		{ "version", no_argument,       NULL, KXT_OPT_VERSION },
		{ NULL, 0, NULL, 0 },
	};
	int opt, status;

	while ((opt = getopt_long(argc, argv, "p:s:o:hv", options, NULL)) != -1) {
		status = parse_option(l, opt, optarg);
		if (status >= 0)
			return status;
	}
	l->nr = argc - optind;
	for (int i = 0; i < l->nr && i < 2; i++)
		l->cmd.want[i].file = argv[optind + i];
	return check(l);
}

/* How text looks depends on where it goes to. */
static void look(struct line *l)
{
	bool terminal = !l->output && isatty(STDOUT_FILENO);

	kxt_look_batch(&l->look, true, &l->common.filter, &l->cmd.text);
	l->cmd.text.color = kxt_look_colored(&l->look, terminal);
	if (!terminal)
		l->cmd.text.cells = 0;
}

int kxt_cmd_report(int argc, char **argv)
{
	struct line l = { .look = { .sort = KXT_COL_EXITS } };
	int status = parse(&l, argc, argv);

	if (status >= 0)
		return status;
	look(&l);
	l.cmd.filter = l.common.filter;
	l.cmd.verbose = l.common.verbose;
	if (l.output) {
		const char *const inputs[] = { l.cmd.want[0].file, l.cmd.want[1].file, NULL };
		const struct kxt_report_out out = {
			.path = l.output, .force = l.force, .inputs = inputs,
			.work = kxt_report_run, .arg = &l.cmd,
		};

		return kxt_report_out(&out);
	}
	return kxt_report_run(&l.cmd);
}
