// SPDX-License-Identifier: GPL-2.0-only
/*
 * kvmexittop complete: what can stand where the cursor is. user/completions asks it, for
 * bash, zsh and fish; options come from the help of the verbs, so there is no list of
 * them anywhere else. No collector is opened, and on errors nothing is said: the user is
 * in the middle of a line.
 */
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "user/cmd_complete.h"
#include "user/collector_file.h"
#include "user/complete.h"
#include "user/help_text.h"

#define HELP_MAX	(64 * 1024)

static const char help[] =
	"Usage: kvmexittop complete -- WORD...\n"
	"What can stand in place of the last WORD, for the completions of bash, zsh and fish.\n"
	"WORDs are those of a command line after 'kvmexittop'; the last one may be empty.\n"
	"\n"
	"  -h, --help             this text\n"
	"\n"
	"Each line is one of these; fields are separated by tabs:\n"
	"  word WORD TEXT         a word, and what it means\n"
	"  file PREFIX GLOB       PREFIX, then the name of a file, GLOB first\n"
	"  command N              the N-th WORD, from 0, begins a command of its own\n"
	"  hint NAME TEXT         what has to be written here, whether words are known or not\n";

/* What an option's argument is, by the option's name: every one that takes any. */
static const struct {
	const char *option;
	enum kxt_complete kind;
} argument[] = {
	{ "collector", KXT_COMPLETE_COLLECTORS },
	{ "pid", KXT_COMPLETE_PIDS },
	{ "vm", KXT_COMPLETE_VMS },
	{ "reason", KXT_COMPLETE_REASONS },
	{ "sort", KXT_COMPLETE_COLUMNS },
	{ "color", KXT_COMPLETE_COLORS },
	{ "isa", KXT_COMPLETE_ISAS },
	{ "output", KXT_COMPLETE_FILES },
	{ "textfile", KXT_COMPLETE_TEXTFILES },
	{ "web.config.file", KXT_COMPLETE_FILES },
	{ "web.listen-address", KXT_COMPLETE_NONE },
	{ "web.telemetry-path", KXT_COMPLETE_NONE },
	{ "max-series", KXT_COMPLETE_NONE },
	{ "max-size", KXT_COMPLETE_NONE },
	{ "linger", KXT_COMPLETE_NONE },
	{ "interval", KXT_COMPLETE_NONE },
	{ "delay", KXT_COMPLETE_NONE },
	{ "frames", KXT_COMPLETE_NONE },
	{ "count", KXT_COMPLETE_NONE },
	{ "over", KXT_COMPLETE_NONE },
	{ "from", KXT_COMPLETE_NONE },
	{ "to", KXT_COMPLETE_NONE },
	{ "speed", KXT_COMPLETE_NONE },
};

/* The same for what is no option, by verb, and how many of them it takes. */
static const struct {
	const char *verb;
	enum kxt_complete kind;
	unsigned int max;
} operand[] = {
	{ "report", KXT_COMPLETE_STRETCHES, 2 },
	{ "replay", KXT_COMPLETE_RECORDINGS, 1 },
	{ "reasons", KXT_COMPLETE_REASONS, UINT32_MAX },
};

/**
 * struct line - a command line, as far as it goes
 * @word: words after "kvmexittop"
 * @nr: their number; the last one is to be completed
 * @verb: name of the verb
 * @help: its options
 * @recording: what it is about, or NULL
 * @operands: words so far that are no options
 * @value_of: the last word is this option's argument; NULL: it is none
 */
struct line {
	char **word;
	int nr;
	const char *verb;
	struct kxt_help help;
	const char *recording;
	unsigned int operands;
	const struct kxt_help_option *value_of;
};

/* What a verb prints for --help, to be freed; NULL if that cannot be had. */
static char *verb_help(const struct kxt_cmd *verb)
{
	char name[32], option[] = "--help";
	char *argv[] = { name, option, NULL };
	char *text = calloc(1, HELP_MAX);
	int out = dup(STDOUT_FILENO);
	int fd = memfd_create("help", MFD_CLOEXEC);

	snprintf(name, sizeof(name), "%s", verb->name);
	fflush(stdout);
	if (!text || out < 0 || fd < 0 || dup2(fd, STDOUT_FILENO) < 0) {
		free(text);
		return NULL;
	}
	optind = 0;
	verb->run(2, argv);
	fflush(stdout);
	if (dup2(out, STDOUT_FILENO) < 0 || pread(fd, text, HELP_MAX - 1, 0) <= 0) {
		free(text);
		text = NULL;
	}
	close(fd);
	close(out);
	return text;
}

static int read_help(struct line *l, const struct kxt_cmd *verb)
{
	char *text = verb_help(verb);

	if (!text)
		return -1;
	kxt_help_parse(&l->help, text);
	free(text);
	return 0;
}

/*
 * The option whose argument @word is the end of, if it has one: "--vm=web", "-Cbpf", "-bd2".
 * *@value is where the argument begins; the end of @word, if it has to be the next one.
 */
static const struct kxt_help_option *with_argument(const struct kxt_help *h, const char *word,
						   const char **value)
{
	const struct kxt_help_option *o;
	size_t len;

	if (!strncmp(word, "--", 2)) {
		len = strcspn(word + 2, "=");
		o = len ? kxt_help_long(h, word + 2, len) : NULL;
		*value = word + 2 + len + (word[2 + len] == '=');
		return o && *o->meta ? o : NULL;
	}
	for (const char *p = word + 1; *p; p++) {
		o = kxt_help_short(h, *p);
		*value = p + 1;
		if (!o || *o->meta)
			return o;
	}
	return NULL;
}

static void note_recording(struct line *l, const struct kxt_help_option *o, const char *value)
{
	if (!strcmp(o->name, "collector"))
		l->recording = kxt_collector_is_file(value) ? value : NULL;
}

/* Goes through the words before the last. Returns true if they end in a command: *@at. */
static bool read_words(struct line *l, int from, int *at)
{
	for (int i = from; i < l->nr - 1; i++) {
		const struct kxt_help_option *o;
		const char *word = l->word[i], *value;

		if (!strcmp(word, "--")) {
			*at = i + 1;
			return l->help.command;
		}
		if (word[0] != '-' || !word[1]) {
			if (!l->operands++ && strcmp(l->verb, "reasons"))
				l->recording = word;
			continue;
		}
		o = with_argument(&l->help, word, &value);
		if (!o)
			continue;
		if (!*value && value[-1] != '=') {
			value = l->word[++i];
			if (i == l->nr - 1) {
				l->value_of = o;
				return false;
			}
		}
		note_recording(l, o, value);
	}
	return false;
}

static void offer_argument(const struct line *l, const struct kxt_help_option *o,
			   const char *prefix, const char *typed)
{
	const struct kxt_complete_at at = {
		.prefix = prefix, .typed = typed, .recording = l->recording
	};

	for (size_t i = 0; i < sizeof(argument) / sizeof(argument[0]); i++) {
		if (strcmp(argument[i].option, o->name))
			continue;
		printf("hint\t%s\t%s\n", o->meta, o->text);
		kxt_complete_values(argument[i].kind, &at);
	}
}

static void offer_options(const struct line *l)
{
	char letter[2] = "";

	for (unsigned int i = 0; i < l->help.nr; i++) {
		const struct kxt_help_option *o = &l->help.option[i];

		letter[0] = o->letter;
		if (o->letter)
			kxt_complete_word("-", letter, o->text);
		if (*o->name)
			kxt_complete_word("--", o->name, o->text);
	}
	if (l->help.command)
		kxt_complete_word("", "--", "a command to run follows");
}

/* The last word begins with a "-". */
static void offer_dashed(const struct line *l, const char *word)
{
	const struct kxt_help_option *o;
	const char *value;
	char *prefix;

	o = word[1] ? with_argument(&l->help, word, &value) : NULL;
	/* "-d" is complete; "--vm" may become another option, "-dx" and "--vm=x" not. */
	if (!o || (!*value && value[-1] != '=')) {
		offer_options(l);
		return;
	}
	prefix = strndup(word, value - word);
	if (prefix)
		offer_argument(l, o, prefix, value);
	free(prefix);
}

static void offer_operand(const struct line *l, const char *word)
{
	const struct kxt_complete_at at = { .prefix = "", .typed = word };

	for (size_t i = 0; i < sizeof(operand) / sizeof(operand[0]); i++) {
		if (strcmp(operand[i].verb, l->verb))
			continue;
		if (l->operands < operand[i].max)
			kxt_complete_values(operand[i].kind, &at);
		return;
	}
	/* It takes none: all that can follow is an option. */
	if (!*word)
		offer_options(l);
}

static const struct kxt_cmd *find_verb(const struct kxt_cmd *verb, size_t nr, const char *name)
{
	for (size_t i = 0; i < nr; i++)
		if (!strcmp(verb[i].name, name))
			return &verb[i];
	return NULL;
}

static void complete(struct line *l, const struct kxt_cmd *verb, size_t nr)
{
	bool named = *l->word[0] && *l->word[0] != '-';
	const char *word = l->word[l->nr - 1];
	const struct kxt_cmd *v;
	int command;

	if (l->nr == 1 && *word != '-') {
		for (size_t i = 0; i < nr; i++)
			kxt_complete_word("", verb[i].name, verb[i].text);
		return;
	}
	v = find_verb(verb, nr, named ? l->word[0] : "top");
	if (!v || read_help(l, v))
		return;
	l->verb = v->name;
	if (read_words(l, named, &command))
		printf("command\t%d\n", command);
	else if (l->value_of)
		offer_argument(l, l->value_of, "", word);
	else if (*word == '-')
		offer_dashed(l, word);
	else
		offer_operand(l, word);
}

int kxt_cmd_complete(const struct kxt_cmd *verb, size_t nr, int argc, char **argv)
{
	struct line l = { .word = argv + 2, .nr = argc - 2 };

	if (argc == 2 && (!strcmp(argv[1], "-h") || !strcmp(argv[1], "--help"))) {
		fputs(help, stdout);
		return fflush(stdout) ? KXT_EXIT_RUNTIME : KXT_EXIT_OK;
	}
	if (argc < 3 || strcmp(argv[1], "--"))
		return kxt_usage("complete", "it wants '--' and the words of a command line");
	complete(&l, verb, nr);
	return fflush(stdout) ? KXT_EXIT_RUNTIME : KXT_EXIT_OK;
}
