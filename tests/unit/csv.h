/* SPDX-License-Identifier: GPL-2.0-only */
/* A CSV text, parsed as RFC 4180 has it. Includes cmocka. */
#ifndef KXT_TEST_CSV_H
#define KXT_TEST_CSV_H

#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/build.h"
#include "user/view.h"

/**
 * struct csv - a parsed text
 * @text: cut up in place
 * @field: all fields, line after line, the header's first
 * @nr: how many
 * @columns: how many each line has
 */
struct csv {
	char *text;
	char **field;
	size_t nr, columns;
};

UNUSED static void add_field(struct csv *c, char *field)
{
	c->field = reallocarray(c->field, c->nr + 1, sizeof(*c->field));
	assert_non_null(c->field);
	c->field[c->nr++] = field;
}

/* Ends the field at *@p with a zero byte; returns the character that ended it. */
UNUSED static char parse_field(struct csv *c, char **p)
{
	char *in = *p, *out = *p, end;

	add_field(c, out);
	if (*in == '"') {
		for (in++; *in != '"' || in[1] == '"'; in++) {
			assert_true(*in != '\0');
			if (*in == '"')
				in++;
			*out++ = *in;
		}
		in++;
	} else {
		while (!strchr(",\n\"\r", *in))
			*out++ = *in++;
	}
	end = *in;
	/* after a quoted field, and in a plain one, nothing else may stand */
	assert_true(end == ',' || end == '\n');
	*out = '\0';
	*p = in + 1;
	return end;
}

/* c->text is there; all lines have to have as many fields as the first. */
UNUSED static void parse_csv(struct csv *c)
{
	size_t columns = 0;

	c->field = NULL;
	c->nr = c->columns = 0;
	for (char *p = c->text; *p;) {
		columns++;
		if (parse_field(c, &p) == ',')
			continue;
		if (!c->columns)
			c->columns = columns;
		assert_int_equal(columns, c->columns);
		columns = 0;
	}
	assert_int_equal(columns, 0);
}

UNUSED static void print_csv(struct csv *c, const struct kxt_summary *s)
{
	size_t len;
	FILE *f = open_memstream(&c->text, &len);

	assert_non_null(f);
	assert_int_equal(kxt_view_csv(f, s), 0);
	assert_int_equal(fclose(f), 0);
	parse_csv(c);
}

UNUSED static void free_csv(struct csv *c)
{
	free(c->text);
	free(c->field);
}

/* The place of a column; fails if there is none. */
UNUSED static size_t column(const struct csv *c, const char *name)
{
	for (size_t i = 0; i < c->columns; i++) {
		if (strcmp(c->field[i], name) == 0)
			return i;
	}
	print_error("there is no column %s\n", name);
	fail();
	return 0;
}

/* Field of line @line (0 is the first after the header) under @name. */
UNUSED static const char *at(const struct csv *c, size_t line, const char *name)
{
	size_t field = (line + 1) * c->columns + column(c, name);

	assert_true(field < c->nr);
	return c->field[field];
}

#endif /* KXT_TEST_CSV_H */
