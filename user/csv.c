// SPDX-License-Identifier: GPL-2.0-only
#include "user/csv.h"

#include <string.h>

#include "user/utf8.h"

void kxt_csv_string(FILE *f, const char *text)
{
	char clean[3 * 72 + 1];

	kxt_utf8_clean(clean, text);
	if (!strpbrk(clean, ",\"\r\n") && *clean != ' ' && *clean != '\0') {
		fputs(clean, f);
		return;
	}
	fputc('"', f);
	for (const char *p = clean; *p; p++) {
		if (*p == '"')
			fputc('"', f);
		fputc(*p, f);
	}
	fputc('"', f);
}
