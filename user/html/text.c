// SPDX-License-Identifier: GPL-2.0-only
/* Text and numbers in a page. */
#include "user/html/text.h"

#include <inttypes.h>
#include <string.h>

#include "user/format.h"
#include "user/utf8.h"

/* The next character of @s: its length in bytes; -1 in @wc for what is no UTF-8. */
static size_t decode(const char *s, int32_t *wc)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t n = kxt_utf8_char(s);

	if (n < 2) {
		*wc = n ? p[0] : -1;
		return 1;
	}
	*wc = p[0] & (0xff >> (n + 1));
	for (size_t i = 1; i < n; i++)
		*wc = *wc << 6 | (p[i] & 0x3f);
	return n;
}

/* Draws nothing, but changes how others are drawn; or is no character at all. */
static bool is_unseen(int32_t wc)
{
	static const struct {
		int32_t first, last;
	} range[] = {
		{ 0x00, 0x1f }, { 0x7f, 0x9f }, { 0xad, 0xad }, { 0x34f, 0x34f },
		{ 0x61c, 0x61c }, { 0x115f, 0x1160 }, { 0x17b4, 0x17b5 },
		{ 0x180b, 0x180f }, { 0x200b, 0x200f }, { 0x2028, 0x202e },
		{ 0x2060, 0x206f }, { 0x3164, 0x3164 }, { 0xe000, 0xf8ff },
		{ 0xfdd0, 0xfdef }, { 0xfe00, 0xfe0f }, { 0xfeff, 0xfeff },
		{ 0xffa0, 0xffa0 }, { 0xfff0, 0xfffb }, { 0xfffe, 0xffff },
		{ 0xe0000, 0x10ffff },
	};

	for (size_t i = 0; i < sizeof(range) / sizeof(range[0]); i++) {
		if (wc >= range[i].first && wc <= range[i].last)
			return true;
	}
	return false;
}

static const char *reference(int32_t wc)
{
	switch (wc) {
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '&':
		return "&amp;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

void kxt_html_text(FILE *f, const char *s)
{
	while (*s) {
		int32_t wc;
		size_t n = decode(s, &wc);
		const char *ref = reference(wc);

		if (wc < 0)
			fprintf(f, "\\x%02x", (unsigned char)*s);
		else if (ref)
			fputs(ref, f);
		else if (!is_unseen(wc))
			fwrite(s, 1, n, f);
		else if (wc < 0x80)
			fprintf(f, "\\x%02x", (unsigned int)wc);
		else
			fprintf(f, wc > 0xffff ? "\\U%06x" : "\\u%04x", (unsigned int)wc);
		s += n;
	}
}

void kxt_html_name(FILE *f, const char *name)
{
	fputs("<bdi>", f);
	/* A row whose name cannot be seen could not be told from the next one. */
	if (*name)
		kxt_html_text(f, name);
	else
		fputs("(no name)", f);
	fputs("</bdi>", f);
}

void kxt_html_td_ns(FILE *f, bool known, uint64_t ns)
{
	char text[KXT_FMT_MAX];

	kxt_fmt_ns(text, ns);
	if (known)
		fprintf(f, "<td data-v=\"%" PRIu64 "\">%s", ns, text);
	else
		fputs("<td>-", f);
}

void kxt_html_td_count(FILE *f, uint64_t n)
{
	char text[KXT_FMT_MAX];

	kxt_fmt_count(text, n);
	/* A number that stands there in full is its own value. */
	if (strspn(text, "0123456789") == strlen(text))
		fprintf(f, "<td>%s", text);
	else
		fprintf(f, "<td data-v=\"%" PRIu64 "\">%s", n, text);
}

void kxt_html_td_rate(FILE *f, double per_s)
{
	char text[KXT_FMT_MAX];

	kxt_fmt_rate(text, per_s);
	fprintf(f, "<td data-v=\"%.5g\">%s", per_s, text);
}

void kxt_html_td_share(FILE *f, bool known, double share)
{
	char text[KXT_FMT_MAX];

	kxt_fmt_percent(text, share);
	if (known && share > 0)
		fprintf(f, "<td data-v=\"%.4g\">", share);
	else
		fputs("<td>", f);
	kxt_html_text(f, known ? text : "-");
}

void kxt_html_th(FILE *f, bool number, const char *text, const char *title)
{
	fprintf(f, "<th scope=\"col\"%s", number ? "" : " class=\"l\"");
	if (title)
		fprintf(f, " title=\"%s\"", title);
	fprintf(f, ">%s", text);
}

double kxt_html_per_s(double n, uint64_t ns)
{
	return ns ? n * 1e9 / (double)ns : 0;
}
