// SPDX-License-Identifier: GPL-2.0-only
/* kvmexittop top: the live view, and batch frames where there is no terminal. */
#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

#include "user/cmd_replay.h"
#include "user/cmd_top.h"
#include "user/cmd_top_look.h"
#include "user/collector_file.h"

#define INTERVAL_NS	1000000000ULL

enum {
	OPT_COLOR = KXT_OPT_VERB,
	OPT_ASCII,
	OPT_DETAILS,
};

/**
 * struct top - the command line
 * @common: options that every verb has
 * @interval_ns: time between frames; 0: as usual
 * @frames: how many to show, 0: no end
 * @batch: batch frames wanted
 * @look: how frames look
 * @details: have details collected
 */
struct top {
	struct kxt_common common;
	uint64_t interval_ns;
	unsigned long frames;
	bool batch;
	struct kxt_look look;
	bool details;
};

static const char help[] =
	"Usage: kvmexittop [top] [OPTION]...\n"
	"Live view of the exits of all VMs of this host.\n"
	"\n"
	"  -d, --delay SEC        seconds between frames (default 1, at least 0.1)\n"
	"  -n, --frames N         leave after N frames\n"
	"  -b, --batch            plain text, frame after frame; also when stdin or\n"
	"                         stdout is no terminal\n"
	KXT_LOOK_HELP
	"      --details          also what is behind each reason: ports, MMIO addresses,\n"
	"                         MSRs, CPUID leaves, hypercalls, guest pages and guest\n"
	"                         code; each exit costs a little more meanwhile. In the\n"
	"                         live view D does the same\n"
	KXT_COMMON_HELP
	"\n"
	"Keys of the live view: h shows them, q leaves.\n";

static int parse_delay(struct top *top, const char *arg)
{
	if (kxt_parse_seconds(arg, &top->interval_ns) == 0 &&
	    top->interval_ns >= KXT_INTERVAL_MIN_NS)
		return -1;
	fprintf(stderr, "kvmexittop: -d wants seconds from 0.1 to 86400, not '%s'\n", arg);
	return KXT_EXIT_USAGE;
}

/* An exit status to end with, or -1 to go on. */
static int parse_option(struct top *top, int opt, const char *arg)
{
	int status = -1;

	switch (opt) {
	case 'd':
		return parse_delay(top, arg);
	case 'n':
		return kxt_parse_frames(&top->frames, arg);
	case 'b':
		top->batch = true;
		return -1;
	case 's':
		return kxt_look_sort(&top->look, arg);
	case OPT_COLOR:
		return kxt_look_color(&top->look, arg);
	case OPT_ASCII:
		top->look.ascii = true;
		return -1;
	case OPT_DETAILS:
		top->details = true;
		return -1;
	default:
		if (kxt_common_option(&top->common, opt, arg, help, &status))
			return -1;
		return status < 0 ? KXT_EXIT_USAGE : status;
	}
}

static int parse(struct top *top, int argc, char **argv)
{
	static const struct option options[] = {
		KXT_COMMON_LONG,
		{ "delay",  required_argument, NULL, 'd' },
		{ "frames", required_argument, NULL, 'n' },
		{ "batch",  no_argument,       NULL, 'b' },
		{ "sort",   required_argument, NULL, 's' },
		{ "color",  required_argument, NULL, OPT_COLOR },
		{ "ascii",  no_argument,       NULL, OPT_ASCII },
		{ "details", no_argument,      NULL, OPT_DETAILS },
		{ 0 },
	};
	int opt, status;

	while ((opt = getopt_long(argc, argv, KXT_COMMON_SHORT "d:n:bs:", options, NULL)) != -1) {
		status = parse_option(top, opt, optarg);
		if (status >= 0)
			return status;
	}
	if (optind < argc) {
		fprintf(stderr, "kvmexittop: top takes no argument '%s'. See --help\n",
			argv[optind]);
		return KXT_EXIT_USAGE;
	}
	return -1;
}

/* 1: the window is over; 0: the user has had enough; -1: @err says what failed. */
static int batch_wait(struct kxt_frames *f, struct kxt_loop *loop, uint64_t ns,
		      struct kxt_err *err)
{
	const struct kxt_collector_ops *ops = f->collector->ops;
	bool late = false;
	unsigned int events;

	if (ops->wait) {
		if (ops->wait(f->collector, ns, err))
			return -1;
		late = true;
	}
	do {
		events = kxt_loop_wait(loop, !late);
		if (events & (KXT_EVENT_QUIT | KXT_EVENT_GONE))
			return 0;
	} while (!late && !(events & KXT_EVENT_TICK));
	return 1;
}

static int batch_loop(struct kxt_frames *f, struct kxt_loop *loop, const struct top *top,
		      struct kxt_err *err)
{
	struct kxt_text text;
	int ret;

	kxt_look_batch(&top->look, top->details, &top->common.filter, &text);
	kxt_loop_timer(loop, top->interval_ns, top->interval_ns);
	for (unsigned long i = 0; !top->frames || i < top->frames; i++) {
		ret = batch_wait(f, loop, top->interval_ns, err);
		if (ret <= 0)
			return ret;
		if (kxt_frames_next(f, err))
			return -1;
		if (i)
			putchar('\n');
		if (kxt_view_text(stdout, &f->sum, &text, err))
			return -1;
		ret = kxt_flush_frame(err);
		if (ret <= 0)
			return ret;
	}
	return 0;
}

static int run_live(struct kxt_frames *f, struct kxt_loop *loop, const struct top *top,
		    struct kxt_err *err)
{
	const struct kxt_collector_ops *ops = f->collector->ops;
	struct kxt_tui_opts opts = {
		.sort = top->look.sort,
		.ascii = kxt_look_ascii(&top->look, true),
		.color = kxt_look_colored(&top->look, true),
		.interval_ns = top->interval_ns,
		.filter = &top->common.filter,
		.details = top->details,
		.can_details = ops->details,
		.can_slow = ops->slow && ops->slow_read,
	};
	struct kxt_tui *tui = kxt_tui_open(&opts, err);
	struct kxt_top_live live = {
		.frames = f, .loop = loop, .tui = tui, .filter = &top->common.filter,
		.details = top->details, .slow_ns = UINT64_MAX,
	};
	int ret = tui ? kxt_top_live(&live, top->frames, err) : -1;

	/* Before anything is said on stderr: it would go with the other screen. */
	kxt_tui_close(tui);
	return ret;
}

static int run(struct kxt_collector *c, const struct top *top, bool live,
	       struct kxt_err *err)
{
	struct kxt_frames f = { 0 };
	struct kxt_loop loop;
	int ret = top->details ? kxt_start_details(c, err) : 0;

	if (!ret)
		ret = kxt_frames_open(&f, c, &top->common.filter,
				      live ? KXT_LINGER_NS : 0, err);
	if (!ret) {
		ret = kxt_loop_open(&loop, live, err);
		if (!ret) {
			ret = live ? run_live(&f, &loop, top, err) :
				batch_loop(&f, &loop, top, err);
			kxt_loop_close(&loop);
		}
	}
	kxt_frames_close(&f);
	return ret;
}

/* A recording is played as replay does it. */
static int run_replay(const struct top *top)
{
	struct kxt_replay_opts opts = {
		.file = top->common.collector,
		.range.window_ns = top->interval_ns,
		.filter = top->common.filter,
		.look = top->look,
		.speed = KXT_SPEED_ONE,
		.batch = top->batch,
		.details = top->details,
		.need_details = top->details,
		.frames = top->frames,
		.verbose = top->common.verbose,
	};

	return kxt_replay_run(&opts);
}

int kxt_cmd_top(int argc, char **argv)
{
	struct top top = { .look.sort = KXT_COL_EXITS };
	struct kxt_err err = { 0 };
	struct kxt_collector c;
	int status = parse(&top, argc, argv);
	bool live;

	if (status >= 0)
		return status;
	if (kxt_collector_is_file(top.common.collector))
		return run_replay(&top);
	if (!top.interval_ns)
		top.interval_ns = INTERVAL_NS;
	live = !top.batch && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	if (kxt_collector_open(&c, top.common.collector, &err))
		return kxt_complain(&err);
	if (kxt_drop_privileges(&top.common, &c, false, &err) || run(&c, &top, live, &err))
		status = kxt_complain(&err);
	else
		status = KXT_EXIT_OK;
	kxt_collector_close(&c);
	return status;
}
