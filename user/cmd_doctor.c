// SPDX-License-Identifier: GPL-2.0-only
/* kvmexittop doctor: what works on this host, what does not, and what to do about it. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "user/cmd.h"
#include "user/doctor.h"
#include "user/host_facts.h"

/* Long enough for a guest that does anything to make an exit. */
#define LOOK_NS		250000000L

static const char help[] =
	"Usage: kvmexittop doctor [OPTION]...\n"
	"Says on one screen what of KVM, kvmexit.ko and BPF works on this host, which\n"
	"collector 'auto' takes and why, and what to do about each \"NO\".\n"
	"\n"
	"  -v, --verbose          also print all facts, all of what a collector says that\n"
	"                         does not work, and, on stderr, what libbpf says\n"
	"  -h, --help             this text\n"
	"      --version          version\n"
	"\n"
	"Each line begins with ok, NO, or -- for what does not matter here or cannot be\n"
	"told. To be sure, each collector is opened for a quarter of a second: its probes\n"
	"are attached for that time, if they can be.\n"
	"\n"
	"Exit status: 0 a collector is usable, 1 error while running, 2 wrong use, 3 no\n"
	"collector is usable.\n";

/* Returns -1 to go on, else the exit status. */
static int parse(int argc, char **argv, struct kxt_common *common)
{
	static const struct option options[] = {
		{ "help",    no_argument, NULL, 'h' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "version", no_argument, NULL, KXT_OPT_VERSION },
		{ NULL,      0,           NULL, 0 },
	};
	int status, opt;

	optind = 0;
	while ((opt = getopt_long(argc, argv, "hv", options, NULL)) != -1) {
		if (!kxt_common_option(common, opt, optarg, help, &status))
			return status;
	}
	if (optind < argc)
		return kxt_usage("doctor", "there is no argument '%s'", argv[optind]);
	return -1;
}

/* Open it as any verb would, look for a moment, and let it go. */
static void try_collector(struct kxt_doctor_try *try)
{
	struct timespec left = { .tv_nsec = LOOK_NS };
	struct kxt_collector c;
	struct kxt_snapshot s;

	try->opened = kxt_collector_open(&c, try->name, &try->err) == 0;
	if (!try->opened)
		return;
	while (nanosleep(&left, &left) && errno == EINTR)
		;
	kxt_snapshot_init(&s);
	try->works = c.ops->snapshot(&c, &s, &try->err) == 0;
	if (try->works) {
		try->kvm_present = s.kvm_present;
		try->nr_vcpus = s.nr;
		try->seen_ns = s.now_ns - s.start_ns;
		try->memory = s.memory;
	}
	kxt_snapshot_free(&s);
	kxt_collector_close(&c);
}

int kxt_cmd_doctor(int argc, char **argv)
{
	/* As "auto" tries them; bpf last, because it may give up privileges for good. */
	struct kxt_doctor_try try[] = {
		{ .name = "module", .stops = KXT_STOPS_MODULE },
		{ .name = "bpf", .stops = KXT_STOPS_BPF },
	};
	const unsigned int nr = sizeof(try) / sizeof(try[0]);
	struct kxt_common common = { .collector = NULL };
	struct kxt_host_facts facts;
	struct kxt_err err;
	int status;

	status = parse(argc, argv, &common);
	if (status >= 0)
		return status;
	if (kxt_host_facts_read(&facts, NULL, &err))
		return kxt_complain(&err);
	for (unsigned int i = 0; i < nr; i++)
		try_collector(&try[i]);
	kxt_doctor_print(stdout, &facts, try, nr, common.verbose);
	if (common.verbose) {
		fputs("\nFacts\n", stdout);
		kxt_doctor_print_facts(stdout, &facts);
	}
	if (!fflush(stdout) && !ferror(stdout))
		return kxt_doctor_status(try, nr);
	kxt_err_set(&err, KXT_EXIT_RUNTIME, "cannot write: %s.", strerror(errno));
	return kxt_complain(&err);
}
