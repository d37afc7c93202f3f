// SPDX-License-Identifier: GPL-2.0-only
/* kvmexittop top: the live view, and batch frames where there is no terminal. */
#include <errno.h>
#include <getopt.h>
#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "user/cmd_top.h"
#include "user/view_text.h"

/* Reasons, and what is behind them, that a batch frame lists for each VM. */
#define BATCH_REASONS	10
#define BATCH_DETAILS	8

/* How long the live view keeps a VM that ended. */
#define LINGER_NS	5000000000ULL

#define MIN_CELLS	60

enum color {
	COLOR_AUTO,
	COLOR_ALWAYS,
	COLOR_NEVER,
};

enum {
	OPT_COLOR = KXT_OPT_VERB,
	OPT_ASCII,
	OPT_DETAILS,
};

/**
 * struct top - the command line
 * @common: options that every verb has
 * @interval_ns: time between frames
 * @frames: how many to show, 0: no end
 * @batch: batch frames wanted
 * @sort: column
 * @color: enum color
 * @ascii: nothing but ASCII
 * @details: have details collected
 */
struct top {
	struct kxt_common common;
	uint64_t interval_ns;
	unsigned long frames;
	bool batch;
	enum kxt_col sort;
	enum color color;
	bool ascii;
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
	"  -s, --sort COLUMN      sort by COLUMN; '-s help' lists them\n"
	"      --color WHEN       auto (default), always or never; auto obeys NO_COLOR\n"
	"      --ascii            nothing but ASCII characters\n"
	"      --details          also what is behind each reason: ports, MMIO addresses,\n"
	"                         MSRs, CPUID leaves, hypercalls, guest pages and guest\n"
	"                         code; each exit costs a little more meanwhile. In the\n"
	"                         live view D does the same\n"
	KXT_COMMON_HELP
	"\n"
	"Keys of the live view: h shows them, q leaves.\n";

static void list_columns(void)
{
	static const struct {
		enum kxt_table_kind kind;
		const char *title;
	} table[] = {
		{ KXT_TABLE_VMS, "VMs" },
		{ KXT_TABLE_VCPUS, "vCPUs" },
		{ KXT_TABLE_REASONS, "reasons" },
	};

	puts("Columns to sort by:");
	for (unsigned int col = 0; col < KXT_COL_NR; col++) {
		const char *sep = "";

		/* Some columns are only in tables that are not sorted with -s. */
		if (!kxt_col_name(col) || kxt_col_find(kxt_col_name(col)) != col)
			continue;
		printf("  %-10s %s (", kxt_col_name(col), kxt_col_text(col));
		for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
			if (!kxt_col_in(table[i].kind, col))
				continue;
			printf("%s%s", sep, table[i].title);
			sep = ", ";
		}
		puts(")");
	}
}

static int parse_sort(struct top *top, const char *arg)
{
	if (strcmp(arg, "help") == 0) {
		list_columns();
		return KXT_EXIT_OK;
	}
	top->sort = kxt_col_find(arg);
	if (top->sort != KXT_COL_NR)
		return -1;
	fprintf(stderr, "kvmexittop: there is no column '%s' to sort by; -s help lists them\n",
		arg);
	return KXT_EXIT_USAGE;
}

static int parse_color(struct top *top, const char *arg)
{
	static const char *const word[] = { "auto", "always", "never" };

	for (unsigned int i = 0; i < sizeof(word) / sizeof(word[0]); i++) {
		if (strcmp(arg, word[i]) == 0) {
			top->color = i;
			return -1;
		}
	}
	fprintf(stderr, "kvmexittop: --color is auto, always or never, not '%s'\n", arg);
	return KXT_EXIT_USAGE;
}

static int parse_frames(struct top *top, const char *arg)
{
	char *end;

	errno = 0;
	top->frames = strtoul(arg, &end, 10);
	/* strtoul() would take blanks and a sign. */
	if (*arg >= '0' && *arg <= '9' && !*end && !errno && top->frames)
		return -1;
	fprintf(stderr, "kvmexittop: -n wants a number of frames from 1 on, not '%s'\n",
		arg);
	return KXT_EXIT_USAGE;
}

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
		return parse_frames(top, arg);
	case 'b':
		top->batch = true;
		return -1;
	case 's':
		return parse_sort(top, arg);
	case OPT_COLOR:
		return parse_color(top, arg);
	case OPT_ASCII:
		top->ascii = true;
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

/* A vt100 has no other characters, whatever the locale says. */
static bool only_ascii(const struct top *top, bool live)
{
	const char *term = getenv("TERM");

	if (top->ascii || strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		return true;
	return live && term && (strncmp(term, "vt", 2) == 0 || strcmp(term, "ansi") == 0);
}

static bool want_color(const struct top *top, bool live)
{
	const char *no = getenv("NO_COLOR");

	if (top->color != COLOR_AUTO)
		return top->color == COLOR_ALWAYS;
	return live && !(no && *no);
}

static unsigned int batch_cells(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col)
		return 0;
	return size.ws_col < MIN_CELLS ? MIN_CELLS : size.ws_col;
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

/* A reader that has seen enough is no error, all else is. */
static int flush_frame(struct kxt_err *err)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 1;
	if (errno == EPIPE)
		return 0;
	return kxt_err_set(err, KXT_EXIT_RUNTIME, "cannot write to stdout: %s",
			   strerror(errno));
}

static int batch_loop(struct kxt_frames *f, struct kxt_loop *loop, const struct top *top,
		      struct kxt_err *err)
{
	struct kxt_text text = {
		.sort = top->sort,
		.ascii = only_ascii(top, false),
		.color = want_color(top, false),
		.cells = batch_cells(),
		.reasons = BATCH_REASONS,
		.details = top->details ? BATCH_DETAILS : 0,
		.filter = &top->common.filter,
	};
	int ret;

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
		ret = flush_frame(err);
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
		.sort = top->sort,
		.ascii = only_ascii(top, true),
		.color = want_color(top, true),
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
		ret = kxt_frames_open(&f, c, &top->common.filter, live ? LINGER_NS : 0, err);
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

int kxt_cmd_top(int argc, char **argv)
{
	struct top top = { .interval_ns = 1000000000ULL, .sort = KXT_COL_EXITS };
	struct kxt_err err = { 0 };
	struct kxt_collector c;
	int status = parse(&top, argc, argv);
	bool live;

	if (status >= 0)
		return status;
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
