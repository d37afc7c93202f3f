/* SPDX-License-Identifier: GPL-2.0-only */
/* The options that a verb's --help lists: what is completed is what the help says. Pure. */
#ifndef KXT_HELP_TEXT_H
#define KXT_HELP_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#define KXT_HELP_OPTIONS	48

/**
 * struct kxt_help_option - one option
 * @letter: 'd' of "-d", 0 if it has none
 * @name: "delay" of "--delay", "" if it has none
 * @meta: what its argument is called in the help ("SEC"), "" if it takes none
 * @text: what it does: the first part of the help's sentence
 */
struct kxt_help_option {
	char letter;
	char name[32];
	char meta[32];
	char text[100];
};

/**
 * struct kxt_help - options of a verb
 * @command: it takes "-- COMMAND"
 * @nr: options
 * @option: in the order of the help
 */
struct kxt_help {
	bool command;
	unsigned int nr;
	struct kxt_help_option option[KXT_HELP_OPTIONS];
};

/**
 * kxt_help_parse() - find the options in the text of --help
 * @help: result
 * @text: lines such as "  -d, --delay SEC        count for SEC seconds", and the lines
 *	below them that go on where this one's text began
 *
 * What does not fit into @help is left out.
 */
void kxt_help_parse(struct kxt_help *help, const char *text);

/**
 * kxt_help_shorten() - cut a sentence to what a list of completions has room for
 * @text: goes up to its first semicolon, and at most to some 70 bytes
 */
void kxt_help_shorten(char *text);

/**
 * kxt_help_long() - option by its long name
 * @help: options
 * @name: name, or as much of it as getopt_long() needs
 * @len: its length
 *
 * Return: the option; NULL if there is none, or several begin like that.
 */
const struct kxt_help_option *kxt_help_long(const struct kxt_help *help, const char *name,
					    size_t len);

/** kxt_help_short() - option by its letter, or NULL */
const struct kxt_help_option *kxt_help_short(const struct kxt_help *help, char letter);

#endif /* KXT_HELP_TEXT_H */
