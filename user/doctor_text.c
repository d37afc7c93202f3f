// SPDX-License-Identifier: GPL-2.0-only
/* The screen: lines, collectors, and which of them "auto" takes. */
#include <string.h>

#include "user/doctor.h"
#include "user/format.h"

#define INDENT		20	/* of what was found */
#define TODO_INDENT	6
/* The log of a verifier can be long; -v prints all of it. */
#define WHY_LINES	4

static const char *mark_name(enum kxt_mark mark)
{
	static const char *const name[] = {
		[KXT_MARK_NONE] = "--",
		[KXT_MARK_OK] = "ok",
		[KXT_MARK_NO] = "NO",
	};

	return name[mark];
}

/*
 * Print @text in lines, the first one where the cursor is, in column @indent, and at
 * most @max of them (0: all).
 */
static void print_wrapped(FILE *out, const char *text, unsigned int indent,
			  unsigned int max)
{
	const unsigned int cells = KXT_DOCTOR_WIDTH - indent;

	for (unsigned int nr = 1;; nr++) {
		bool last = nr == max;
		/* Room for the dots, should they be needed. */
		size_t len = kxt_fmt_wrap(text, last && strlen(text) > cells ? cells - 4 :
									       cells);
		const char *next = text + len + strspn(text + len, " ");

		fprintf(out, "%.*s%s\n", (int)len, text, last && *next ? " ..." : "");
		if (last || !*next)
			return;
		fprintf(out, "%*s", (int)indent, "");
		text = next;
	}
}

/* Each line of @text by itself, in column INDENT. */
static void print_why(FILE *out, const char *text, bool verbose)
{
	char raw[sizeof(((struct kxt_err *)0)->msg)];
	char clean[KXT_FMT_ESCAPED(sizeof(raw))];

	for (bool first = true; *text; first = false) {
		size_t len = strcspn(text, "\n");

		snprintf(raw, sizeof(raw), "%.*s", (int)len, text);
		kxt_fmt_escape(clean, sizeof(clean), raw, true);
		if (!first)
			fprintf(out, "%*s", INDENT, "");
		print_wrapped(out, clean, INDENT, verbose ? 0 : WHY_LINES);
		text += len + (text[len] == '\n');
		if (!verbose)
			return;
	}
}

static void print_line(FILE *out, const struct kxt_doctor_line *line)
{
	fprintf(out, "%s  %-*s", mark_name(line->mark), INDENT - 4, line->subject);
	print_wrapped(out, line->found, INDENT, 0);
	if (!line->todo[0])
		return;
	fprintf(out, "%*s", TODO_INDENT, "-> ");
	print_wrapped(out, line->todo, TODO_INDENT, 0);
}

/* Is there a NO above that is in the way of this collector? */
static bool explained(const struct kxt_doctor *d, unsigned int stops)
{
	for (unsigned int i = 0; i < d->nr; i++) {
		if (d->line[i].stops & stops)
			return true;
	}
	return false;
}

/* Cut off what comes after the first sentence: what to do, which was said above. */
static void first_sentence(char *text)
{
	char *end = strstr(text, ". ");

	if (end)
		end[1] = '\0';
}

static void print_working(FILE *out, const struct kxt_doctor_try *try)
{
	char seen[KXT_FMT_MAX], text[256];

	kxt_fmt_seconds(seen, try->seen_ns);
	snprintf(text, sizeof(text), "works; %u vCPU%s seen in %s", try->nr_vcpus,
		 try->nr_vcpus == 1 ? "" : "s", seen);
	print_wrapped(out, text, INDENT, 0);
	if (!try->memory)
		return;
	snprintf(text, sizeof(text),
		 "%.1f MiB of kernel memory now: 32 KiB a vCPU, and a stock for new ones; it grows with the vCPUs that exist",
		 (double)try->memory / (1 << 20));
	fprintf(out, "%*s", INDENT, "");
	print_wrapped(out, text, INDENT, 0);
}

static bool counts(const struct kxt_doctor_try *try)
{
	return try->opened && try->works && try->kvm_present;
}

static void print_try(FILE *out, const struct kxt_doctor *d,
		      const struct kxt_doctor_try *try, bool verbose)
{
	struct kxt_err err = try->err;

	fprintf(out, "%s  %-*s", mark_name(counts(try) ? KXT_MARK_OK : KXT_MARK_NO),
		INDENT - 4, try->name);
	if (counts(try)) {
		print_working(out, try);
		return;
	}
	if (try->opened && try->works)
		strcpy(err.msg, "it is there, but there is no KVM to count exits of.");
	if (!verbose && explained(d, try->stops))
		first_sentence(err.msg);
	print_why(out, err.msg, verbose);
}

/* What kxt_collector_open() makes of "auto". */
static void print_choice(FILE *out, const struct kxt_doctor_try *try, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++) {
		if (try[i].opened) {
			fprintf(out, "auto takes %s: ", try[i].name);
			if (!counts(&try[i]))
				fputs("it can be opened, but cannot count now, see above.\n", out);
			else if (i)
				fprintf(out, "it works, and %s does not.\n", try[0].name);
			else
				fputs("it works, and costs the guests the least.\n", out);
			return;
		}
		if (try[i].err.status != KXT_EXIT_NO_COLLECTOR) {
			fprintf(out, "auto ends at %s, which fails for another reason than not being usable.\n",
				try[i].name);
			return;
		}
	}
	fputs("auto finds no collector: do what the lines with NO say.\n", out);
}

void kxt_doctor_print(FILE *out, const struct kxt_host_facts *f,
		      const struct kxt_doctor_try *try, unsigned int nr, bool verbose)
{
	char release[KXT_FMT_ESCAPED(sizeof(f->release))];
	struct kxt_doctor d;

	kxt_doctor_examine(&d, f);
	kxt_fmt_escape(release, sizeof(release), f->release, true);
	fprintf(out, "kvmexittop %s, kernel %.50s%s\n\n", KXT_VERSION,
		release[0] ? release : "unknown",
		f->realtime == KXT_FACT_YES ? ", realtime" : "");
	for (unsigned int i = 0; i < d.nr; i++)
		print_line(out, &d.line[i]);
	fputs("\nCollectors\n", out);
	for (unsigned int i = 0; i < nr; i++)
		print_try(out, &d, &try[i], verbose);
	print_choice(out, try, nr);
}

int kxt_doctor_status(const struct kxt_doctor_try *try, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++) {
		if (counts(&try[i]))
			return KXT_EXIT_OK;
	}
	return KXT_EXIT_NO_COLLECTOR;
}
