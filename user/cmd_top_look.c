// SPDX-License-Identifier: GPL-2.0-only
#include "user/cmd_top_look.h"

#include <errno.h>
#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Reasons, and what is behind them, that a batch frame lists for each VM. */
#define BATCH_REASONS	10
#define BATCH_DETAILS	8

#define MIN_CELLS	60

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

int kxt_look_sort(struct kxt_look *look, const char *arg)
{
	if (strcmp(arg, "help") == 0) {
		list_columns();
		return KXT_EXIT_OK;
	}
	look->sort = kxt_col_find(arg);
	if (look->sort != KXT_COL_NR)
		return -1;
	fprintf(stderr, "kvmexittop: there is no column '%s' to sort by; -s help lists them\n",
		arg);
	return KXT_EXIT_USAGE;
}

int kxt_look_color(struct kxt_look *look, const char *arg)
{
	static const char *const word[] = { "auto", "always", "never" };

	for (unsigned int i = 0; i < sizeof(word) / sizeof(word[0]); i++) {
		if (strcmp(arg, word[i]) == 0) {
			look->color = i;
			return -1;
		}
	}
	fprintf(stderr, "kvmexittop: --color is auto, always or never, not '%s'\n", arg);
	return KXT_EXIT_USAGE;
}

int kxt_parse_frames(unsigned long *frames, const char *arg)
{
	char *end;

	errno = 0;
	*frames = strtoul(arg, &end, 10);
	/* strtoul() would take blanks and a sign. */
	if (*arg >= '0' && *arg <= '9' && !*end && !errno && *frames)
		return -1;
	fprintf(stderr, "kvmexittop: -n wants a number of frames from 1 on, not '%s'\n",
		arg);
	return KXT_EXIT_USAGE;
}

/* A vt100 has no other characters, whatever the locale says. */
bool kxt_look_ascii(const struct kxt_look *look, bool live)
{
	const char *term = getenv("TERM");

	if (look->ascii || strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		return true;
	return live && term && (strncmp(term, "vt", 2) == 0 || strcmp(term, "ansi") == 0);
}

bool kxt_look_colored(const struct kxt_look *look, bool live)
{
	const char *no = getenv("NO_COLOR");

	if (look->color != KXT_COLOR_AUTO)
		return look->color == KXT_COLOR_ALWAYS;
	return live && !(no && *no);
}

static unsigned int batch_cells(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col)
		return 0;
	return size.ws_col < MIN_CELLS ? MIN_CELLS : size.ws_col;
}

void kxt_look_batch(const struct kxt_look *look, bool details,
		    const struct kxt_filter *filter, struct kxt_text *text)
{
	*text = (struct kxt_text){
		.sort = look->sort,
		.ascii = kxt_look_ascii(look, false),
		.color = kxt_look_colored(look, false),
		.cells = batch_cells(),
		.reasons = BATCH_REASONS,
		.details = details ? BATCH_DETAILS : 0,
		.filter = filter,
	};
}

/* A reader that has seen enough is no error, all else is. */
int kxt_flush_frame(struct kxt_err *err)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 1;
	if (errno == EPIPE)
		return 0;
	return kxt_err_set(err, KXT_EXIT_RUNTIME, "cannot write to stdout: %s",
			   strerror(errno));
}
