// SPDX-License-Identifier: GPL-2.0-only
/* kvmexittop record: the counters of all VMs, again and again, into a file. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/cmd.h"
#include "user/cmd_record_run.h"

#define SEC		1000000000ULL
#define INTERVAL_MIN_NS	(SEC / 100)
/* A header and an index have to fit below it. */
#define SIZE_MIN	(64ULL << 10)

enum {
	OPT_DETAILS = KXT_OPT_VERB,
	OPT_OVER,
	OPT_MAX_SIZE,
};

static const char help[] =
	"Usage: kvmexittop record -o FILE [OPTION]... [-- COMMAND [ARG]...]\n"
	"Writes the counters of all VMs to FILE, again and again, until SIGINT (Ctrl-C).\n"
	"'kvmexittop report FILE' and 'kvmexittop replay FILE' read it, on any machine.\n"
	"\n"
	"  -o, --output FILE      the recording; - writes it to a pipe\n"
	"  -i, --interval SEC     time between two looks; 1 if not given, 0.01 at least\n"
	"  -d, --delay SEC        end after SEC seconds\n"
	"  -- COMMAND             run COMMAND, end with it\n"
	"      --details          also what is behind each reason; each exit costs a little\n"
	"                         more meanwhile\n"
	"      --over TIME        also slow exits: those with a service time of TIME (500us,\n"
	"                         1.5ms) or more, at most 64 a second\n"
	"      --max-size SIZE    end before FILE gets larger: 500K, 100M, 2G\n"
	"  -f, --force            overwrite FILE if it is there\n"
	KXT_COMMON_HELP
	"\n"
	"Size: 650 KB a minute for 10 busy VMs with 40 vCPUs and 10 exit reasons each, 120 KB\n"
	"if they idle; it grows with vCPUs and reasons, not with exits. --details adds 300\n"
	"bytes a minute for each key, a slow exit some tens. An interval of 10 s makes 100 KB.\n"
	"\n"
	"Exit status: 0 recorded, 1 error while running or COMMAND cannot be started,\n"
	"2 wrong use, 3 no collector is usable or KVM is not there. A COMMAND that fails\n"
	"passes on its own status, 128 + N if signal N ended it; FILE is complete all the\n"
	"same.\n";

/**
 * struct record - the command line, and the output
 * @common: what all verbs have
 * @c: collector, once it is open
 * @run: all else
 * @path: -o
 * @force: -f
 * @fd: output
 * @good: bytes of it that are whole
 * @broken: nothing more can be written
 * @unread: because nobody reads it
 */
struct record {
	struct kxt_common common;
	struct kxt_collector c;
	struct kxt_record_run run;
	const char *path;
	bool force;
	int fd;
	uint64_t good;
	bool broken, unread;
};

/* "100M": with K, M or G, of 1024. */
static int parse_size(const char *text, uint64_t *size)
{
	static const char unit[] = "KMG";
	size_t len = strspn(text, "0123456789");
	const char *u = text[len] ? strchr(unit, text[len]) : NULL;
	unsigned int shift = u ? 10 * (unsigned int)(u - unit + 1) : 0;
	char digits[20];

	if (len == 0 || len >= sizeof(digits) || (text[len] && (!u || text[len + 1])))
		return -1;
	snprintf(digits, sizeof(digits), "%.*s", (int)len, text);
	if (kxt_parse_count(digits, size) || *size > UINT64_MAX >> 1 >> shift)
		return -1;
	*size <<= shift;
	return *size < SIZE_MIN ? -1 : 0;
}

static int parse_interval(const char *text, uint64_t *ns)
{
	return kxt_parse_seconds(text, ns) || *ns < INTERVAL_MIN_NS ? -1 : 0;
}

/* Returns -1 to go on, else the exit status. */
static int parse_one(struct record *r, int opt)
{
	struct kxt_err err;
	int status;

	switch (opt) {
	case 'o':
		r->path = optarg;
		return -1;
	case 'f':
		r->force = true;
		return -1;
	case 'i':
		if (parse_interval(optarg, &r->run.host.interval_ns) == 0)
			return -1;
		return kxt_usage("record", "-i wants seconds, 0.01 to 86400, not '%s'",
				 optarg);
	case 'd':
		if (kxt_parse_seconds(optarg, &r->run.length_ns) == 0)
			return -1;
		return kxt_usage("record", "-d wants seconds, more than 0, at most 86400, not '%s'",
				 optarg);
	case OPT_DETAILS:
		r->run.host.details = true;
		return -1;
	case OPT_OVER:
		if (kxt_parse_duration(optarg, &r->run.host.over_ns, &err) == 0)
			return -1;
		return kxt_usage("record", "--over: %s", err.msg);
	case OPT_MAX_SIZE:
		if (parse_size(optarg, &r->run.sink.max_bytes) == 0)
			return -1;
		return kxt_usage("record", "--max-size wants a number with K, M or G, 64K at least, not '%s'",
				 optarg);
	default:
		return kxt_common_option(&r->common, opt, optarg, help, &status) ? -1 :
		       status;
	}
}

/* Returns -1 to go on, else the exit status. */
static int parse(struct record *r, int argc, char **argv)
{
	static const struct option options[] = {
		KXT_COMMON_LONG,
		{ "output", required_argument, NULL, 'o' },
		{ "interval", required_argument, NULL, 'i' },
		{ "delay", required_argument, NULL, 'd' },
		{ "details", no_argument, NULL, OPT_DETAILS },
		{ "over", required_argument, NULL, OPT_OVER },
		{ "max-size", required_argument, NULL, OPT_MAX_SIZE },
		{ "force", no_argument, NULL, 'f' },
		{ NULL, 0, NULL, 0 },
	};
	int opt, status;

	while ((opt = getopt_long(argc, argv, "+" KXT_COMMON_SHORT "o:i:d:f", options,
				  NULL)) != -1) {
		status = parse_one(r, opt);
		if (status >= 0)
			return status;
	}
	if (!r->path)
		return kxt_usage("record", "where to? -o FILE is missing");
	if (optind == argc)
		return strcmp(argv[argc - 1], "--") ? -1 :
		       kxt_usage("record", "no command after --");
	if (strcmp(argv[optind - 1], "--"))
		return kxt_usage("record", "unexpected '%s'; a command to run goes after --",
				 argv[optind]);
	if (r->run.length_ns)
		return kxt_usage("record", "either -d or a command, not both");
	r->run.command = argv + optind;
	return -1;
}

/* Waits for a reader that is slower than we are, where stdout does not do so itself. */
static int write_all(int fd, const uint8_t *data, size_t len)
{
	while (len) {
		ssize_t done = write(fd, data, len);

		if (done < 0 && errno == EAGAIN) {
			struct pollfd p = { .fd = fd, .events = POLLOUT };

			poll(&p, 1, -1);
		} else if (done < 0 && errno != EINTR) {
			return -1;
		} else if (done > 0) {
			data += done;
			len -= done;
		}
	}
	return 0;
}

/* Half a block is of no use, and no block can follow it. */
static int sink_write(void *arg, const void *data, size_t len, struct kxt_err *err)
{
	struct record *r = arg;
	int error;

	if (r->broken)
		return -1;
	if (write_all(r->fd, data, len) == 0) {
		r->good += len;
		return 0;
	}
	error = errno;
	r->broken = true;
	r->unread = error == EPIPE;
	if (ftruncate(r->fd, (off_t)r->good))
		return kxt_err_set(err, KXT_EXIT_RUNTIME,
				   "cannot write the recording to %s: %s. What was written before can be read: its last block is cut off.",
				   r->path, strerror(error));
	return kxt_err_set(err, KXT_EXIT_RUNTIME,
			   "cannot write the recording to %s: %s. What was written before can be read.",
			   r->path, strerror(error));
}

static int open_output(struct record *r, struct kxt_err *err)
{
	int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | (r->force ? O_TRUNC : O_EXCL);

	if (strcmp(r->path, "-") == 0) {
		r->path = "standard output";
		r->fd = STDOUT_FILENO;
		return isatty(r->fd) ? kxt_err_set(err, KXT_EXIT_USAGE,
			"a recording is not for a terminal: write it to a file with -o FILE, or to a pipe") : 0;
	}
	/* As perf's: what VMs do, and where in their memory, is not for everybody. */
	r->fd = open(r->path, flags, 0600);
	if (r->fd >= 0)
		return 0;
	if (errno == EEXIST)
		return kxt_err_set(err, KXT_EXIT_RUNTIME,
				   "%s is there already. Choose another name, or overwrite it with --force.",
				   r->path);
	return kxt_err_set(err, KXT_EXIT_RUNTIME, "cannot write %s: %s", r->path,
			   strerror(errno));
}

static void size_text(char text[32], uint64_t bytes)
{
	if (bytes < 10000)
		snprintf(text, 32, "%" PRIu64 " bytes", bytes);
	else if (bytes < 10000000)
		snprintf(text, 32, "%" PRIu64 " KB", bytes / 1000);
	else
		snprintf(text, 32, "%" PRIu64 ".%" PRIu64 " MB", bytes / 1000000,
			 bytes / 100000 % 10);
}

static void print_sums(const struct record *r)
{
	const struct kxt_record_run *run = &r->run;
	const struct kxt_filter *filter = &r->common.filter;
	char size[32];

	if (!run->any && (filter->pid || filter->vm))
		fputs("kvmexittop: no VM matched -p or --vm\n", stderr);
	if (run->full)
		fputs("kvmexittop: the recording ended early, at --max-size\n", stderr);
	if (run->host.over_ns != UINT64_MAX)
		fprintf(stderr, "kvmexittop: slow exits: %" PRIu64 " recorded, %" PRIu64 " not\n",
			run->slow, run->slow_lost);
	size_text(size, run->done.bytes);
	fprintf(stderr, "kvmexittop: recorded %u frame%s, %.1f s, %s in %s\n",
		run->done.frames, run->done.frames == 1 ? "" : "s",
		(double)run->done.ns / SEC, size, r->path);
}

static int drop_beside_command(void *arg, struct kxt_err *err)
{
	const struct record *r = arg;

	return kxt_drop_privileges(&r->common, &r->c, true, err);
}

/* Returns -1 with @err set; nothing of a file is there then that was not before. */
static int prepare(struct record *r, struct kxt_snapshot *first, struct kxt_err *err)
{
	struct kxt_collector *c = &r->c;

	if (r->run.host.details && kxt_start_details(c, err))
		return -1;
	if (c->ops->snapshot(c, first, err))
		return -1;
	if (!first->kvm_present)
		return kxt_no_kvm(err);
	kxt_record_host(&r->run.host, c);
	return open_output(r, err);
}

/*
 * Nothing came of it: who tries again is not to be told that the file is there already.
 * Where the filter of system calls is on it stays, as an empty recording.
 */
static void remove_output(const struct record *r)
{
	struct stat st;

	if (r->fd != STDOUT_FILENO && fstat(r->fd, &st) == 0 && S_ISREG(st.st_mode))
		unlink(r->path);
}

static int run(struct record *r, struct kxt_snapshot *first)
{
	struct kxt_record_run *w = &r->run;
	struct kxt_err err;

	if (!w->command && kxt_drop_privileges(&r->common, &r->c, false, &err)) {
		remove_output(r);
		return kxt_complain(&err);
	}
	w->c = &r->c;
	w->first = first;
	w->filter = &r->common.filter;
	w->sink.write = sink_write;
	w->sink.arg = r;
	w->started = drop_beside_command;
	w->started_arg = r;
	if (kxt_record_run(w, &err)) {
		if (!r->unread)
			kxt_complain(&err);
		if (w->done.frames)
			print_sums(r);
		else
			remove_output(r);
		return err.status;
	}
	print_sums(r);
	return w->command ? kxt_command_status(w->command[0], w->command_status) :
	       KXT_EXIT_OK;
}

int kxt_cmd_record(int argc, char **argv)
{
	struct record r = { .run = { .host = { .interval_ns = SEC, .over_ns = UINT64_MAX } },
			    .fd = -1 };
	int status = parse(&r, argc, argv);
	struct kxt_snapshot first;
	struct kxt_err err;

	if (status >= 0)
		return status;
	if (kxt_collector_open(&r.c, r.common.collector, &err))
		return kxt_complain(&err);
	if (r.common.verbose)
		fprintf(stderr, "kvmexittop: collector %s, kernel %s\n", r.c.ops->name,
			r.c.kernel);
	kxt_snapshot_init(&first);
	status = prepare(&r, &first, &err) ? kxt_complain(&err) : run(&r, &first);
	kxt_snapshot_free(&first);
	kxt_collector_close(&r.c);
	if (r.fd >= 0 && close(r.fd) && status == KXT_EXIT_OK) {
		fprintf(stderr, "kvmexittop: cannot write the recording to %s: %s\n",
			r.path, strerror(errno));
		status = KXT_EXIT_RUNTIME;
	}
	return status;
}
