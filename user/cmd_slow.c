// SPDX-License-Identifier: GPL-2.0-only
/* kvmexittop slow: every exit whose service time passes a threshold. */
#include <getopt.h>
#include <inttypes.h>
#include <string.h>

#include "user/cmd.h"
#include "user/cmd_slow_run.h"
#include "user/format.h"

#define OVER_NS		1000000ULL

enum {
	OPT_JSON = KXT_OPT_VERB,
	OPT_OVER,
};

static const char help[] =
	"Usage: kvmexittop slow [--over TIME] [OPTION]... [-- COMMAND [ARG]...]\n"
	"Prints every exit whose service time (latency without what the vCPU slept) is at\n"
	"least TIME, one a line, as they come.\n"
	"\n"
	"      --over TIME        500us, 1.5ms, 2s; 1ms if not given\n"
	"      --json             one JSON object a line; times in ns, time_ns since 1970;\n"
	"                         {\"lost\":N} where N exits were lost\n"
	"  -n, --count N          end after N exits\n"
	"  -d, --delay SEC        end after SEC seconds\n"
	"  -- COMMAND             run COMMAND, end with it\n"
	KXT_COMMON_HELP
	"\n"
	"A line has time of day, VM, vCPU, reason, service time; then who had the time\n"
	"(kernel, vmm, idle, runq), what is behind the exit (port, mmio, msr, ...), the\n"
	"guest's instruction pointer, and the CPU it ended on. SIGINT (Ctrl-C) ends it.\n"
	"\n"
	"Exit status: 0 done or interrupted, 1 error while running or COMMAND cannot be\n"
	"started, 2 wrong use, 3 no collector is usable, it cannot tell slow exits, or KVM\n"
	"is not there. A COMMAND that fails passes on its own status, 128 + N if signal N\n"
	"ended it.\n";

/**
 * struct slow - the command line
 * @common: what all verbs have
 * @run: all else
 */
struct slow {
	struct kxt_common common;
	struct kxt_slow_run run;
};

/* Returns -1 to go on, else the exit status. */
static int parse_one(struct slow *s, int opt)
{
	struct kxt_err err;
	int status;

	switch (opt) {
	case OPT_JSON:
		s->run.json = true;
		return -1;
	case OPT_OVER:
		if (kxt_parse_duration(optarg, &s->run.over_ns, &err))
			return kxt_usage("slow", "--over: %s", err.msg);
		return -1;
	case 'n':
		if (kxt_parse_count(optarg, &s->run.count))
			return kxt_usage("slow", "-n wants a number from 1 on, not '%s'",
					 optarg);
		return -1;
	case 'd':
		if (kxt_parse_seconds(optarg, &s->run.length_ns))
			return kxt_usage("slow", "-d wants seconds, more than 0, at most 86400, not '%s'",
					 optarg);
		return -1;
	default:
		if (kxt_common_option(&s->common, opt, optarg, help, &status))
			return -1;
		return status;
	}
}

/* Returns -1 to go on, else the exit status. */
static int parse(struct slow *s, int argc, char **argv)
{
	static const struct option options[] = {
		KXT_COMMON_LONG,
		{ "over", required_argument, NULL, OPT_OVER },
		{ "json", no_argument, NULL, OPT_JSON },
		{ "count", required_argument, NULL, 'n' },
		{ "delay", required_argument, NULL, 'd' },
		{ NULL, 0, NULL, 0 },
	};
	int opt, status;

	while ((opt = getopt_long(argc, argv, "+" KXT_COMMON_SHORT "n:d:", options,
				  NULL)) != -1) {
		status = parse_one(s, opt);
		if (status >= 0)
			return status;
	}
	if (optind == argc)
		return strcmp(argv[argc - 1], "--") ? -1 :
		       kxt_usage("slow", "no command after --");
	if (strcmp(argv[optind - 1], "--"))
		return kxt_usage("slow", "unexpected '%s'; a command to run goes after --",
				 argv[optind]);
	if (s->run.length_ns)
		return kxt_usage("slow", "either -d or a command, not both");
	s->run.command = argv + optind;
	return -1;
}

static void print_sums(const struct kxt_slow_run *run)
{
	char over[KXT_FMT_MAX];

	if (run->seen && !run->shown && (run->filter->pid || run->filter->vm))
		fputs("kvmexittop: no slow exit was of a VM that matches -p or --vm\n", stderr);
	kxt_fmt_ns(over, run->over_ns);
	fprintf(stderr, "kvmexittop: exits of %s or more: %" PRIu64 " seen, %" PRIu64 " shown, %" PRIu64 " lost\n",
		over, run->seen, run->shown, run->lost);
}

static int drop_beside_command(void *arg, struct kxt_err *err)
{
	const struct slow *s = arg;

	return kxt_drop_privileges(&s->common, s->run.c, true, err);
}

static int slow(struct slow *s)
{
	struct kxt_err err;

	if (kxt_slow_run(&s->run, &err))
		return kxt_complain(&err);
	if (!s->run.unread)
		print_sums(&s->run);
	if (s->run.command)
		return kxt_command_status(s->run.command[0], s->run.command_status);
	return KXT_EXIT_OK;
}

int kxt_cmd_slow(int argc, char **argv)
{
	struct slow s = { .run = { .over_ns = OVER_NS, .out = stdout } };
	struct kxt_collector c;
	struct kxt_err err;
	int status = parse(&s, argc, argv);

	if (status >= 0)
		return status;
	if (kxt_collector_open(&c, s.common.collector, &err))
		return kxt_complain(&err);
	if (s.common.verbose)
		fprintf(stderr, "kvmexittop: collector %s, kernel %s\n", c.ops->name,
			c.kernel);
	s.run.c = &c;
	s.run.filter = &s.common.filter;
	s.run.started = drop_beside_command;
	s.run.started_arg = &s;
	/* A command is to have what we have now. */
	if (!s.run.command && kxt_drop_privileges(&s.common, &c, false, &err))
		status = kxt_complain(&err);
	else
		status = slow(&s);
	kxt_collector_close(&c);
	return status;
}
