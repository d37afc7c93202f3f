// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "user/help_text.h"

/* Options begin left of it; what they do, and lines that go on with it, at or after it. */
#define TEXT_COLUMN	20

/* A sentence ends where a list of completions has no more room for it. */
#define TEXT_CELLS	72

/* Copies up to a byte of @stop or the end of the line; returns where it ended. */
static const char *take(char *to, size_t size, const char *from, const char *stop)
{
	size_t len = strcspn(from, stop);

	snprintf(to, size, "%.*s", (int)(len < size ? len : size - 1), from);
	return from + len;
}

/* "-d, --delay SEC", "--web.listen-address=ADDR:PORT"; returns where it ended. */
static const char *parse_names(struct kxt_help_option *o, const char *p)
{
	memset(o, 0, sizeof(*o));
	if (p[1] != '-') {
		o->letter = p[1];
		p += 2;
		if (!strncmp(p, ", --", 4))
			p += 2;
	}
	if (p[0] == '-' && p[1] == '-')
		p = take(o->name, sizeof(o->name), p + 2, " =\n");
	if (*p == '=' || (p[0] == ' ' && p[1] != ' '))
		p = take(o->meta, sizeof(o->meta), p + 1, " \n");
	return p;
}

/* Adds the words of a line to what there is. */
static void add_text(struct kxt_help_option *o, const char *p)
{
	size_t have = strlen(o->text), len;

	p += strspn(p, " ");
	len = strcspn(p, "\n");
	snprintf(o->text + have, sizeof(o->text) - have, "%s%.*s", have && len ? " " : "",
		 (int)len, p);
}

void kxt_help_shorten(char *text)
{
	size_t at = strcspn(text, ";");
	char *space;

	text[at] = '\0';
	if (at <= TEXT_CELLS)
		return;
	text[TEXT_CELLS - 3] = '\0';
	space = strrchr(text, ' ');
	strcpy(space ? space : text + TEXT_CELLS - 3, "...");
}

void kxt_help_parse(struct kxt_help *help, const char *text)
{
	struct kxt_help_option *o = NULL;

	memset(help, 0, sizeof(*help));
	for (const char *p = text; *p; p += strcspn(p, "\n"), p += *p == '\n') {
		size_t indent = strspn(p, " ");

		if (o && indent >= TEXT_COLUMN) {
			add_text(o, p);
			continue;
		}
		o = NULL;
		if (indent < 2 || indent >= TEXT_COLUMN || p[indent] != '-')
			continue;
		if (!strncmp(p + indent, "-- ", 3)) {
			help->command = true;
			continue;
		}
		if (help->nr == KXT_HELP_OPTIONS)
			break;
		o = &help->option[help->nr++];
		add_text(o, parse_names(o, p + indent));
	}
	for (unsigned int i = 0; i < help->nr; i++)
		kxt_help_shorten(help->option[i].text);
}

const struct kxt_help_option *kxt_help_long(const struct kxt_help *help, const char *name,
					    size_t len)
{
	const struct kxt_help_option *found = NULL;

	for (unsigned int i = 0; i < help->nr; i++) {
		const struct kxt_help_option *o = &help->option[i];

		if (!*o->name || strncmp(o->name, name, len))
			continue;
		if (!o->name[len])
			return o;
		if (found)
			return NULL;
		found = o;
	}
	return found;
}

const struct kxt_help_option *kxt_help_short(const struct kxt_help *help, char letter)
{
	for (unsigned int i = 0; i < help->nr; i++)
		if (help->option[i].letter == letter)
			return &help->option[i];
	return NULL;
}
