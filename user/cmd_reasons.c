// SPDX-License-Identifier: GPL-2.0-only
/* kvmexittop reasons: what the exit reasons mean. Needs no collector. */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "user/cmd.h"
#include "user/err.h"
#include "user/format.h"
#include "user/reason.h"

#define MAX_NAME	64	/* of anything that is matched, with its zero */
#define MAX_HINTS	6
#define MIN_TEXT_WIDTH	40	/* narrower, and the text goes below its row */
#define MIN_WRAP	20	/* narrower, and the terminal may wrap it itself */

static const char usage[] =
"Usage: kvmexittop reasons [--isa vmx|svm] [NAME...]\n"
"\n"
"Explain exit reasons: what each is, and its usual cause. Without NAME, all of\n"
"them. NAME is a reason (EPT_VIOLATION, npf), a code (48, 0x400) or a class\n"
"(mmio), in upper or lower case.\n"
"\n"
"Options:\n"
"      --isa vmx|svm      only the reasons of Intel VT-x (vmx) or AMD-V (svm)\n"
"  -h, --help             this text\n"
"      --version          version\n";

/* What kvmexittop itself puts where a reason is expected. */
static const char text_other[] =
	"Not a reason but the rest: exits of a vCPU that had more different reasons than a slot has room for.";
static const char text_unreadable[] =
	"The CPU's exit reason could not be read, as for TDX guests; the exit itself is counted and timed.";
static const char text_signal[] =
	"Not an exit but a return to the VMM because of a signal, to pause the VM or for a need of its own: only its time is counted.";
static const char text_unknown[] =
	"A code that this version has no name for; see Intel SDM vol. 3 or AMD APM vol. 2, appendix C of either.";

/* One line of output. isa is KVMEXIT_ISA_UNKNOWN for what no hardware reports. */
struct row {
	uint32_t isa;
	uint64_t code;
	char name[MAX_NAME];
	const char *class;
	const char *text;
	bool picked;
};

struct rows {
	struct row *row;
	size_t nr;
	size_t max;
};

static struct row *add_row(struct rows *rows)
{
	if (rows->nr == rows->max) {
		size_t max = rows->max ? 2 * rows->max : 256;
		struct row *row = reallocarray(rows->row, max, sizeof(*row));

		if (!row) {
			fprintf(stderr, "kvmexittop: out of memory\n");
			exit(KXT_EXIT_RUNTIME);
		}
		rows->row = row;
		rows->max = max;
	}
	memset(&rows->row[rows->nr], 0, sizeof(*rows->row));
	return &rows->row[rows->nr++];
}

static void add_table(struct rows *rows, uint32_t isa,
		      const struct kxt_reason *table)
{
	for (; table->name; table++) {
		struct row *row = add_row(rows);

		row->isa = isa;
		row->code = table->code;
		snprintf(row->name, sizeof(row->name), "%s", table->name);
		row->class = kxt_class_name(table->class);
		row->text = table->text;
	}
}

static void add_own(struct rows *rows, uint64_t code, const char *text)
{
	struct row *row = add_row(rows);
	char buf[MAX_NAME];

	row->isa = KVMEXIT_ISA_UNKNOWN;
	row->code = code;
	snprintf(row->name, sizeof(row->name), "%s",
		 kxt_reason_name(row->isa, code, buf, sizeof(buf)));
	row->class = kxt_class_name(KXT_CLASS_OTHER);
	row->text = text;
}

/* Lower case, and one sort of separator: "DE excp" is also de_excp. */
static void fold(const char *text, char out[MAX_NAME])
{
	size_t i;

	for (i = 0; text[i] && i < MAX_NAME - 1; i++)
		out[i] = strchr(" -", text[i]) ? '_' :
			 tolower((unsigned char)text[i]);
	out[i] = '\0';
}

static bool same_name(const char *a, const char *b)
{
	char x[MAX_NAME], y[MAX_NAME];

	fold(a, x);
	fold(b, y);
	return !strcmp(x, y);
}

/* "48", "0x400", "unknown_0x52" */
static bool parse_code(const char *text, bool *unknown, uint64_t *code)
{
	static const char prefix[] = "unknown_0x";
	bool hex;
	char *end;

	*unknown = !strncasecmp(text, prefix, sizeof(prefix) - 1);
	if (*unknown)
		text += sizeof(prefix) - 3;
	hex = !strncasecmp(text, "0x", 2);
	if (!isxdigit((unsigned char)text[hex ? 2 : 0]))
		return false;
	errno = 0;
	*code = strtoull(text, &end, hex ? 16 : 10);
	return !*end && !errno;
}

static bool code_matches(const struct row *row, uint64_t code)
{
	if (row->isa == KVMEXIT_ISA_UNKNOWN)
		return false;
	/* The kernel prints SVM's negative codes with 64 bits, we keep 32. */
	if (row->isa == KVMEXIT_ISA_SVM && code >> 32 == UINT32_MAX)
		code = (uint32_t)code;
	return row->code == code;
}

/* --isa: what no hardware reports is shown with all of them. */
static bool visible(const struct row *row, uint32_t isa)
{
	return !isa || !row->isa || row->isa == isa;
}

/* Copy to @out what @name means and is not there yet; how many it means. */
static size_t pick(struct rows *all, const char *name, uint32_t isa,
		   struct rows *out)
{
	size_t found = 0, i;
	bool unknown, numeric;
	uint64_t code = 0;

	numeric = parse_code(name, &unknown, &code);
	/* What is unknown on one ISA may be a code of the other. */
	if (numeric && unknown) {
		add_own(out, code, text_unknown);
		return 1;
	}
	/* Reasons come first: "pause" is one of SVM, and then a class. */
	for (int pass = 0; pass < 2; pass++) {
		for (i = 0; i < all->nr; i++) {
			struct row *row = &all->row[i];
			bool match = pass ? same_name(name, row->class) :
				     (numeric && code_matches(row, code)) ||
				     same_name(name, row->name);

			if (!match || !visible(row, isa))
				continue;
			found++;
			if (row->picked)
				continue;
			row->picked = true;
			*add_row(out) = *row;
		}
	}
	return found;
}

/*
 * Edits from @query to the beginning of @name that is nearest to it, so that
 * "tripple" finds TRIPLE_FAULT. Both are folded.
 */
static size_t distance(const char *query, const char *name)
{
	size_t line[MAX_NAME], best, len = strlen(name), i, j;

	for (j = 0; j <= len; j++)
		line[j] = j;
	for (i = 1; query[i - 1]; i++) {
		size_t diagonal = line[0];

		line[0] = i;
		for (j = 1; j <= len; j++) {
			size_t cost = diagonal + (query[i - 1] != name[j - 1]);

			diagonal = line[j];
			if (line[j] + 1 < cost)
				cost = line[j] + 1;
			if (line[j - 1] + 1 < cost)
				cost = line[j - 1] + 1;
			line[j] = cost;
		}
	}
	best = line[0];
	for (j = 1; j <= len; j++)
		if (line[j] < best)
			best = line[j];
	return best;
}

/* 0: contains it, else number of typing errors; MAX_NAME: nothing like it. */
static size_t unlikeness(const char *query, const char *name)
{
	char q[MAX_NAME], n[MAX_NAME];
	size_t len, edits;

	fold(query, q);
	fold(name, n);
	len = strlen(q);
	if (len < 2)
		return MAX_NAME;
	if (strstr(n, q) || (strlen(n) > 2 && strstr(q, n)))
		return 0;
	edits = distance(q, n);
	return edits <= (len < 3 ? 0 : len < 6 ? 1 : 2) ? edits : MAX_NAME;
}

struct hints {
	const char *name[MAX_HINTS];
	size_t nr;
};

static void add_hint(struct hints *hints, const char *name)
{
	for (size_t i = 0; i < hints->nr; i++)
		if (same_name(hints->name[i], name))
			return;
	if (hints->nr < MAX_HINTS)
		hints->name[hints->nr++] = name;
}

static void find_hints(struct hints *hints, const struct rows *all,
		       const char *name, uint32_t isa)
{
	size_t edits, i;
	int class;

	for (edits = 0; edits <= 2; edits++) {
		for (i = 0; i < all->nr; i++)
			if (visible(&all->row[i], isa) &&
			    unlikeness(name, all->row[i].name) == edits)
				add_hint(hints, all->row[i].name);
		for (class = 0; class < KXT_CLASS_NR; class++)
			if (unlikeness(name, kxt_class_name(class)) == edits)
				add_hint(hints, kxt_class_name(class));
	}
}

static void complain_unknown(struct rows *all, const char *name, uint32_t isa)
{
	struct hints hints = { .nr = 0 };
	struct rows other = { .nr = 0 };
	char shown[KXT_FMT_ESCAPED(MAX_NAME)];
	size_t i;

	kxt_fmt_escape(shown, sizeof(shown), name, false);
	if (isa && pick(all, name, KVMEXIT_ISA_UNKNOWN, &other)) {
		free(other.row);
		fprintf(stderr, "kvmexittop: '%s' is not on %s; leave out --isa to see it\n",
			shown, kxt_isa_name(isa));
		return;
	}
	find_hints(&hints, all, name, isa);
	fprintf(stderr, "kvmexittop: there is no exit reason, code or class '%s'", shown);
	for (i = 0; i < hints.nr; i++)
		fprintf(stderr, "%s '%s'", i ? "," : "; did you mean", hints.name[i]);
	if (hints.nr)
		fputs("?\n", stderr);
	else
		fputs("; 'kvmexittop reasons' lists them all\n", stderr);
}

static const char *row_isa(const struct row *row)
{
	return row->isa ? kxt_isa_name(row->isa) : "any";
}

/* As the manuals write them: Intel's decimal, AMD's hexadecimal. */
static const char *row_code(const struct row *row, char buf[MAX_NAME])
{
	if (row->isa == KVMEXIT_ISA_VMX)
		snprintf(buf, MAX_NAME, "%" PRIu64, row->code);
	else if (row->isa == KVMEXIT_ISA_SVM)
		snprintf(buf, MAX_NAME, "0x%03" PRIx64, row->code);
	else
		strcpy(buf, "-");
	return buf;
}

/* Columns of the terminal, 0 if stdout is none: then nothing is wrapped. */
static int stdout_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;

	if (!isatty(STDOUT_FILENO))
		return 0;
	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col)
		return size.ws_col;
	if (columns && atoi(columns) > 0)
		return atoi(columns);
	return 80;
}

/* @text from column @indent on, where the cursor is; width 0: in one line. */
static void print_wrapped(const char *text, int indent, int width)
{
	size_t bytes;

	if (!width) {
		puts(text);
		return;
	}
	width = width > indent + MIN_WRAP ? width - indent : MIN_WRAP;
	for (;;) {
		bytes = kxt_fmt_wrap(text, width);
		printf("%.*s\n", (int)bytes, text);
		text += bytes;
		text += strspn(text, " ");
		if (!*text)
			return;
		printf("%*s", indent, "");
	}
}

/* Widths of the columns. */
struct widths {
	int code, name, class;
};

static void widen(int *width, const char *text)
{
	int len = strlen(text);

	if (len > *width)
		*width = len;
}

static void print_row(const struct row *row, const struct widths *w, int width)
{
	int indent = 3 + 2 + w->code + 2 + w->name + 2 + w->class + 2;
	bool below = width && width - indent < MIN_TEXT_WIDTH;
	char buf[MAX_NAME];

	printf("%-3s  %-*s  %-*s  ", row_isa(row), w->code,
	       row_code(row, buf), w->name, row->name);
	if (below) {
		indent = 5;
		printf("%s\n%*s", row->class, indent, "");
	} else {
		printf("%-*s  ", w->class, row->class);
	}
	print_wrapped(row->text, indent, width);
}

static void print_rows(const struct rows *rows, uint32_t isa)
{
	struct widths w = { strlen("CODE"), strlen("NAME"), strlen("CLASS") };
	int width = stdout_width();
	char buf[MAX_NAME];
	size_t i;

	for (i = 0; i < rows->nr; i++) {
		widen(&w.code, row_code(&rows->row[i], buf));
		widen(&w.name, rows->row[i].name);
		widen(&w.class, rows->row[i].class);
	}
	printf("%-3s  %-*s  %-*s  %-*s  %s\n", "ISA", w.code, "CODE",
	       w.name, "NAME", w.class, "CLASS", "MEANING");
	for (i = 0; i < rows->nr; i++)
		if (visible(&rows->row[i], isa))
			print_row(&rows->row[i], &w, width);
}

static int print_end(int status)
{
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	/* A reader that has seen enough is no error. */
	if (errno == EPIPE)
		return status;
	fprintf(stderr, "kvmexittop: cannot write: %s\n", strerror(errno));
	return KXT_EXIT_RUNTIME;
}

/* Returns an exit status, or -1 to go on with the arguments from optind. */
static int parse_options(int argc, char **argv, uint32_t *isa)
{
	enum { OPT_ISA = KXT_OPT_VERB };
	struct kxt_common common = { .collector = NULL };
	static const struct option options[] = {
		{ "isa",     required_argument, NULL, OPT_ISA },
		{ "help",    no_argument,       NULL, 'h' },
		{ "version", no_argument,       NULL, KXT_OPT_VERSION },
		{ NULL,      0,                 NULL, 0 },
	};
	int status = -1;
	int opt;

	optind = 0;
	while ((opt = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (opt != OPT_ISA) {
			/* Help, version, or what getopt_long() complained about. */
			kxt_common_option(&common, opt, optarg, usage, &status);
			return print_end(status);
		}
		if (!strcasecmp(optarg, "vmx")) {
			*isa = KVMEXIT_ISA_VMX;
		} else if (!strcasecmp(optarg, "svm")) {
			*isa = KVMEXIT_ISA_SVM;
		} else {
			fprintf(stderr, "kvmexittop: --isa wants vmx (Intel) or svm (AMD), not '%s'\n",
				optarg);
			return KXT_EXIT_USAGE;
		}
	}
	return status;
}

int kxt_cmd_reasons(int argc, char **argv)
{
	struct rows all = { .nr = 0 }, picked = { .nr = 0 };
	uint32_t isa = KVMEXIT_ISA_UNKNOWN;
	int status;

	status = parse_options(argc, argv, &isa);
	if (status >= 0)
		return status;
	status = KXT_EXIT_OK;
	add_table(&all, KVMEXIT_ISA_VMX, kxt_reasons_vmx);
	add_table(&all, KVMEXIT_ISA_SVM, kxt_reasons_svm);
	add_own(&all, KVMEXIT_CODE_SIGNAL, text_signal);
	add_own(&all, KVMEXIT_CODE_UNREADABLE, text_unreadable);
	add_own(&all, KVMEXIT_CODE_OTHER, text_other);
	for (int i = optind; i < argc; i++) {
		if (!pick(&all, argv[i], isa, &picked)) {
			complain_unknown(&all, argv[i], isa);
			status = KXT_EXIT_USAGE;
		}
	}
	if (optind == argc)
		print_rows(&all, isa);
	else if (picked.nr)
		print_rows(&picked, isa);
	free(all.row);
	free(picked.row);
	return print_end(status);
}
