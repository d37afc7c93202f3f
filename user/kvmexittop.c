// SPDX-License-Identifier: GPL-2.0-only
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "user/cmd.h"
#include "user/cmd_complete.h"

static const struct kxt_cmd verb[] = {
	{ "top", kxt_cmd_top, "live view of the exits of all VMs (default)" },
	{ "dump", kxt_cmd_dump, "print the counters once, as JSON or CSV" },
	{ "slow", kxt_cmd_slow, "print every slow exit as it comes" },
	{ "record", kxt_cmd_record, "write the counters to a file, again and again" },
	{ "report", kxt_cmd_report, "tables, differences or a page from a recording" },
	{ "replay", kxt_cmd_replay, "the live view on a recording" },
	{ "export", kxt_cmd_export, "serve the counters to Prometheus" },
	{ "reasons", kxt_cmd_reasons, "explain exit reasons" },
	{ "doctor", kxt_cmd_doctor, "say what works on this host, and what to do" },
};

#define NR_VERBS	(sizeof(verb) / sizeof(verb[0]))

static void print_help(FILE *f)
{
	fputs("Usage: kvmexittop [VERB] [OPTION]...\n"
	      "Shows which exits KVM guests make, how many, and how long they take.\n"
	      "\n"
	      "Verbs:\n", f);
	for (size_t i = 0; i < NR_VERBS; i++)
		fprintf(f, "  %-22s %s\n", verb[i].name, verb[i].text);
	fputs("\n"
	      "Every verb has a --help of its own. Without a verb the options are those of\n"
	      "top.\n"
	      "\n"
	      "Exit status: 0 done, 1 error while running, 2 wrong use, 3 no collector is\n"
	      "usable (the message says why and what to do).\n", f);
}

int main(int argc, char **argv)
{
	/* Without it ncurses would show the bytes of UTF-8 one by one. */
	setlocale(LC_CTYPE, "");

	if (argc == 2 && (!strcmp(argv[1], "-h") || !strcmp(argv[1], "--help") ||
			  !strcmp(argv[1], "help"))) {
		print_help(stdout);
		return fflush(stdout) ? KXT_EXIT_RUNTIME : KXT_EXIT_OK;
	}
	if (argc < 2 || argv[1][0] == '-')
		return kxt_cmd_top(argc, argv);
	/* For shells, not for people: not among the verbs. */
	if (!strcmp(argv[1], "complete"))
		return kxt_cmd_complete(verb, NR_VERBS, argc - 1, argv + 1);
	for (size_t i = 0; i < NR_VERBS; i++) {
		char name[32];

		if (strcmp(argv[1], verb[i].name))
			continue;
		/* getopt_long() puts argv[0] before its complaints. */
		snprintf(name, sizeof(name), "kvmexittop %s", verb[i].name);
		argv[1] = name;
		return verb[i].run(argc - 1, argv + 1);
	}
	fprintf(stderr, "kvmexittop: there is no verb '%s'. Known are:", argv[1]);
	for (size_t i = 0; i < NR_VERBS; i++)
		fprintf(stderr, " %s", verb[i].name);
	fputs(". See kvmexittop --help\n", stderr);
	return KXT_EXIT_USAGE;
}
