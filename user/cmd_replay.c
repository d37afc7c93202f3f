// SPDX-License-Identifier: GPL-2.0-only
/* kvmexittop replay: the live view on a recording. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "user/cmd.h"
#include "user/cmd_replay.h"
#include "user/confine.h"
#include "user/replay/live.h"

enum {
	OPT_COLOR = KXT_OPT_VERB,
	OPT_ASCII,
	OPT_SPEED,
	OPT_FROM,
	OPT_TO,
	OPT_PAUSED,
};

static const char help[] =
	"Usage: kvmexittop replay [OPTION]... FILE\n"
	"Live view of a recording, which can be of any other host. It is played at the\n"
	"speed it was made, and can be paused, stepped through and searched.\n"
	"\n"
	"      --speed N          N times as fast, from 0.25 to 64 (default 1), or max\n"
	"      --from TIME        begin here: 90, 1:30 or 1m30s after the beginning of\n"
	"                         the recording, -10 before its end, or 14:05:10 by the\n"
	"                         clock of its host\n"
	"      --to TIME          end here\n"
	"      --paused           begin with a pause\n"
	"  -d, --delay SEC        put recorded intervals together to SEC seconds each\n"
	"  -n, --frames N         leave after N intervals\n"
	"  -b, --batch            plain text, one interval after the other without waiting;\n"
	"                         also when stdin or stdout is no terminal\n"
	KXT_LOOK_HELP
	KXT_RECORDED_HELP
	"\n"
	"Keys: Space pauses, . and , step, + and - change the speed, g goes to a place;\n"
	"h shows all of them, q leaves.\n";

/* A terminal and the part of a recording that is wanted. */
static int run_live(struct kxt_replay *r, struct kxt_loop *loop,
		    const struct kxt_replay_opts *o, struct kxt_err *err)
{
	const struct kxt_recording_host *host = kxt_recording_host(r->rec);
	struct kxt_tui_opts opts = {
		.sort = o->look.sort,
		.ascii = kxt_look_ascii(&o->look, true),
		.color = kxt_look_colored(&o->look, true),
		.interval_ns = o->range.window_ns ? o->range.window_ns : host->interval_ns,
		.filter = &o->filter,
		.details = o->details && host->details,
		.can_details = host->details,
		.can_slow = host->over_ns != UINT64_MAX,
		.slow_ns = host->over_ns,
		.replay = true,
		.paused = o->paused,
	};
	struct kxt_tui *tui = kxt_tui_open(&opts, err);
	struct kxt_replay_live live = {
		.r = r, .loop = loop, .tui = tui, .filter = &o->filter,
		.clock = { .speed = o->speed, .runs = !o->paused },
	};
	int ret = tui ? kxt_replay_live(&live, o->frames, err) : -1;

	/* Before anything is said on stderr: it would go with the other screen. */
	kxt_tui_close(tui);
	return ret;
}

static int live(struct kxt_replay *r, const struct kxt_replay_opts *o, struct kxt_err *err)
{
	struct kxt_loop loop;
	int ret;

	if (kxt_loop_open(&loop, true, err))
		return -1;
	ret = run_live(r, &loop, o, err);
	kxt_loop_close(&loop);
	return ret;
}

/* 1: it is printed; 0: nobody reads any more; -1: @err says what failed. */
static int print_window(struct kxt_replay *r, const struct kxt_text *text,
			struct kxt_err *err)
{
	struct kxt_replay_place place = { .speed = KXT_SPEED_ONE };
	char line[KXT_PLACE_MAX];

	kxt_replay_place(r, &place);
	kxt_replay_place_text(&place, false, line);
	puts(line);
	if (kxt_view_text(stdout, &r->frames.sum, text, err))
		return -1;
	return kxt_flush_frame(err);
}

/* What cannot be read is passed over, said once, and makes it a failure in the end. */
static int batch(struct kxt_replay *r, const struct kxt_replay_opts *o, struct kxt_err *err)
{
	bool details = o->details && kxt_recording_host(r->rec)->details;
	struct kxt_err why = { 0 };
	struct kxt_text text;
	unsigned long shown = 0;
	int ret = 1;

	kxt_look_batch(&o->look, details, &o->filter, &text);
	for (unsigned int i = 1; i < r->nr && ret > 0; i++) {
		if (o->frames && shown == o->frames)
			break;
		if (kxt_replay_show(r, i, err)) {
			if (strcmp(why.msg, err->msg))
				kxt_complain(err);
			why = *err;
			continue;
		}
		if (shown++)
			putchar('\n');
		ret = print_window(r, &text, err);
	}
	return ret < 0 ? -1 : 0;
}

static int drop_privileges(const struct kxt_replay_opts *o, struct kxt_err *err)
{
	char text[512];

	if (kxt_confine_reader(0, err))
		return -1;
	if (o->verbose) {
		kxt_confine_text(text, sizeof(text));
		fprintf(stderr, "kvmexittop: privileges dropped; left: %s\n", text);
	}
	return 0;
}

static int show(struct kxt_recording *rec, const struct kxt_replay_opts *o,
		struct kxt_err *err)
{
	bool screen = !o->batch && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	struct kxt_replay r = { 0 };
	int ret;

	if (o->need_details && !kxt_recording_host(rec)->details)
		return kxt_err_set(err, KXT_EXIT_RUNTIME,
				   "details were not recorded. Leave out --details, or record them: kvmexittop record --details.");
	ret = kxt_replay_open(&r, rec, &o->range, &o->filter, screen ? KXT_LINGER_NS : 0,
			      err);
	if (ret == 0)
		ret = screen ? live(&r, o, err) : batch(&r, o, err);
	kxt_replay_close(&r);
	return ret;
}

int kxt_replay_run(const struct kxt_replay_opts *o)
{
	struct kxt_recording *rec;
	struct kxt_err err = { 0 };
	int status = KXT_EXIT_OK;

	if (kxt_recording_open(&rec, o->file, &err))
		return kxt_complain(&err);
	kxt_replay_zone(kxt_recording_host(rec));
	if (drop_privileges(o, &err) || show(rec, o, &err))
		status = kxt_complain(&err);
	else
		status = err.status;
	if (kxt_recording_trouble(rec))
		fprintf(stderr, "kvmexittop: %s\n", kxt_recording_trouble(rec));
	kxt_recording_close(rec);
	return status;
}

/* An exit status to end with, or -1 to go on. */
static int parse_look(struct kxt_replay_opts *o, int opt, const char *arg)
{
	struct kxt_common common = { .filter = o->filter };
	int status = -1;

	switch (opt) {
	case 's':
		return kxt_look_sort(&o->look, arg);
	case OPT_COLOR:
		return kxt_look_color(&o->look, arg);
	case OPT_ASCII:
		o->look.ascii = true;
		return -1;
	default:
		if (!kxt_common_option(&common, opt, arg, help, &status))
			return status < 0 ? KXT_EXIT_USAGE : status;
		o->filter = common.filter;
		o->verbose = o->verbose || common.verbose;
		return -1;
	}
}

/* An exit status to end with, or -1 to go on. */
static int parse_option(struct kxt_replay_opts *o, int opt, const char *arg)
{
	struct kxt_err err;

	switch (opt) {
	case OPT_SPEED:
		if (kxt_speed_parse(arg, &o->speed, &err))
			return kxt_usage("replay", "--speed: %s", err.msg);
		return -1;
	case OPT_FROM:
		o->range.from = arg;
		return -1;
	case OPT_TO:
		o->range.to = arg;
		return -1;
	case OPT_PAUSED:
		o->paused = true;
		return -1;
	case 'd':
		if (kxt_parse_seconds(arg, &o->range.window_ns))
			return kxt_usage("replay", "-d wants seconds, more than 0, at most 86400, not '%s'",
					 arg);
		return -1;
	case 'n':
		return kxt_parse_frames(&o->frames, arg);
	case 'b':
		o->batch = true;
		return -1;
	default:
		return parse_look(o, opt, arg);
	}
}

static int parse(struct kxt_replay_opts *o, int argc, char **argv)
{
	static const struct option options[] = {
		{ "speed",   required_argument, NULL, OPT_SPEED },
		{ "from",    required_argument, NULL, OPT_FROM },
		{ "to",      required_argument, NULL, OPT_TO },
		{ "paused",  no_argument,       NULL, OPT_PAUSED },
		{ "delay",   required_argument, NULL, 'd' },
		{ "frames",  required_argument, NULL, 'n' },
		{ "batch",   no_argument,       NULL, 'b' },
		{ "sort",    required_argument, NULL, 's' },
		{ "color",   required_argument, NULL, OPT_COLOR },
		{ "ascii",   no_argument,       NULL, OPT_ASCII },
		{ "pid",     required_argument, NULL, 'p' },
		{ "vm",      required_argument, NULL, KXT_OPT_VM },
		{ "help",    no_argument,       NULL, 'h' },
		{ "verbose", no_argument,       NULL, 'v' },
		{ "version", no_argument,       NULL, KXT_OPT_VERSION },
		{ 0 },
	};
	int opt, status;

	while ((opt = getopt_long(argc, argv, "d:n:bs:p:hv", options, NULL)) != -1) {
		status = parse_option(o, opt, optarg);
		if (status >= 0)
			return status;
	}
	if (optind == argc)
		return kxt_usage("replay", "which recording? kvmexittop record -o FILE makes one");
	if (optind + 1 < argc)
		return kxt_usage("replay", "one recording at a time, not also '%s'",
				 argv[optind + 1]);
	o->file = argv[optind];
	return -1;
}

int kxt_cmd_replay(int argc, char **argv)
{
	struct kxt_replay_opts o = {
		.look.sort = KXT_COL_EXITS, .speed = KXT_SPEED_ONE, .details = true,
	};
	int status = parse(&o, argc, argv);

	return status >= 0 ? status : kxt_replay_run(&o);
}
