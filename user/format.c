// SPDX-License-Identifier: GPL-2.0-only
/* Numbers and names for people. */
#include "user/format.h"

#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "user/utf8.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* The largest value that three places still show, as "999". */
#define THREE_PLACES	999.5

/* The largest value that is worth a decimal: 9.9, then 10. */
#define ONE_PLACE	9.95

/* One decimal below ten, none above: never more than three places. */
static void put(char buf[KXT_FMT_MAX], double v, const char *unit, const char *suffix)
{
	snprintf(buf, KXT_FMT_MAX, "%.*f%s%s", v < ONE_PLACE ? 1 : 0, v, unit, suffix);
}

static void put_decimal(char buf[KXT_FMT_MAX], double v, const char *suffix)
{
	static const char *const unit[] = { "", "k", "M", "G", "T", "P", "E" };
	unsigned int i = 0;

	while (v >= THREE_PLACES && i < ARRAY_SIZE(unit) - 1) {
		v /= 1000;
		i++;
	}
	put(buf, v, unit[i], suffix);
}

void kxt_fmt_count(char buf[KXT_FMT_MAX], uint64_t n)
{
	if (n < 100000)
		snprintf(buf, KXT_FMT_MAX, "%u", (unsigned int)n);
	else
		put_decimal(buf, (double)n, "");
}

static void put_amount(char buf[KXT_FMT_MAX], double v, const char *suffix)
{
	if (v <= 0)
		snprintf(buf, KXT_FMT_MAX, "0%s", suffix);
	else if (v < 0.05)
		snprintf(buf, KXT_FMT_MAX, "<0.1%s", suffix);
	else
		put_decimal(buf, v, suffix);
}

void kxt_fmt_decimal(char buf[KXT_FMT_MAX], double v)
{
	put_amount(buf, v, "");
}

void kxt_fmt_rate(char buf[KXT_FMT_MAX], double per_s)
{
	put_amount(buf, per_s, "/s");
}

static void put_ns(char buf[KXT_FMT_MAX], double ns, const char *suffix)
{
	/* up to which value a unit is used, and how many of it make the next */
	static const struct {
		const char *name;
		double limit;
		double next;
	} unit[] = {
		{ "ns",  THREE_PLACES, 1000 },
		{ "us",  THREE_PLACES, 1000 },
		{ "ms",  THREE_PLACES, 1000 },
		{ "s",   THREE_PLACES, 60 },
		{ "min", 99.5,         60 },
		{ "h",   99.5,         24 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(unit); i++) {
		if (ns < unit[i].limit)
			break;
		ns /= unit[i].next;
	}
	if (i == 0)
		snprintf(buf, KXT_FMT_MAX, "%.0fns%s", ns, suffix);
	else
		put(buf, ns, i < ARRAY_SIZE(unit) ? unit[i].name : "d", suffix);
}

void kxt_fmt_ns(char buf[KXT_FMT_MAX], uint64_t ns)
{
	put_ns(buf, (double)ns, "");
}

void kxt_fmt_ns_per_s(char buf[KXT_FMT_MAX], double ns_per_s)
{
	if (ns_per_s <= 0)
		snprintf(buf, KXT_FMT_MAX, "0s/s");
	else
		put_ns(buf, ns_per_s, "/s");
}

void kxt_fmt_percent(char buf[KXT_FMT_MAX], double share)
{
	double v = share * 100;

	if (v <= 0)
		snprintf(buf, KXT_FMT_MAX, "0%%");
	else if (v < 0.05)
		snprintf(buf, KXT_FMT_MAX, "<.1%%");
	else
		put(buf, v, "%", "");
}

void kxt_fmt_seconds(char buf[KXT_FMT_MAX], uint64_t ns)
{
	double s = (double)ns / 1e9;

	snprintf(buf, KXT_FMT_MAX, "%.*fs", s < 0.995 ? 2 : s < 59.95 ? 1 : 0, s);
}

/*
 * The next character of UTF-8 text: its length in bytes, its code in @wc. A
 * byte that begins no valid character is -1 and its length 1.
 */
static unsigned int decode(const char *s, int32_t *wc)
{
	const unsigned char *p = (const unsigned char *)s;
	unsigned int n = (unsigned int)kxt_utf8_char(s);

	if (n < 2) {
		*wc = n ? p[0] : -1;
		return 1;
	}
	*wc = p[0] & (0xff >> (n + 1));
	for (unsigned int i = 1; i < n; i++)
		*wc = *wc << 6 | (p[i] & 0x3f);
	return n;
}

/* Characters that draw nothing but change how others are drawn. */
static bool is_format(int32_t wc)
{
	return wc == 0xad || wc == 0x61c || wc == 0x180e ||
	       (wc >= 0x200b && wc <= 0x200f) || (wc >= 0x2028 && wc <= 0x202e) ||
	       (wc >= 0x2060 && wc <= 0x206f) || wc == 0xfeff ||
	       (wc >= 0xfff9 && wc <= 0xfffb) || wc >= 0xe0000;
}

/* A combining character is shown on the one before it, so there must be one. */
static bool is_shown(int32_t wc, bool has_base, bool ascii)
{
	int w;

	if (wc < 0x80)
		return wc >= 0x20 && wc < 0x7f;
	if (ascii || is_format(wc))
		return false;
	w = wcwidth((wchar_t)wc);
	return w > 0 || (w == 0 && has_base);
}

static int escape_one(char esc[16], const char *s, int32_t wc)
{
	if (wc < 0)
		return snprintf(esc, 16, "\\x%02x", (unsigned char)*s);
	if (wc < 0x80)
		return snprintf(esc, 16, "\\x%02x", (unsigned int)wc);
	return snprintf(esc, 16, wc > 0xffff ? "\\U%06x" : "\\u%04x", (unsigned int)wc);
}

void kxt_fmt_escape(char *dst, size_t len, const char *src, bool ascii)
{
	bool has_base = false;
	size_t at = 0;

	if (!len)
		return;
	while (*src) {
		char esc[16];
		int32_t wc;
		unsigned int n = decode(src, &wc);
		const char *piece = src;
		size_t piece_len = n;

		if (!is_shown(wc, has_base, ascii)) {
			piece_len = (size_t)escape_one(esc, src, wc);
			piece = esc;
		}
		/* Half an escape or half a character would be another one. */
		if (at + piece_len >= len)
			break;
		memcpy(dst + at, piece, piece_len);
		at += piece_len;
		src += n;
		has_base = true;
	}
	dst[at] = '\0';
}

static unsigned int char_width(int32_t wc)
{
	int w;

	/* Nearly all there is. */
	if (wc >= 0x20 && wc < 0x7f)
		return 1;
	w = wc < 0 ? -1 : wcwidth((wchar_t)wc);
	/* What the locale does not know takes a cell as "?" or a box does. */
	return w < 0 ? 1 : (unsigned int)w;
}

unsigned int kxt_fmt_width(const char *s)
{
	unsigned int cells = 0;

	while (*s) {
		int32_t wc;

		s += decode(s, &wc);
		cells += char_width(wc);
	}
	return cells;
}

/* Bytes of @s that fit in @cells; how many cells they take goes to @used. */
static size_t fit(const char *s, unsigned int cells, unsigned int *used)
{
	size_t bytes = 0;

	*used = 0;
	while (s[bytes]) {
		int32_t wc;
		unsigned int n = decode(s + bytes, &wc);
		unsigned int w = char_width(wc);

		if (*used + w > cells)
			break;
		*used += w;
		bytes += n;
	}
	return bytes;
}

static size_t add(char *dst, size_t len, size_t at, const char *s, size_t n)
{
	if (at + n >= len)
		return at;
	memcpy(dst + at, s, n);
	return at + n;
}

void kxt_fmt_cell(char *dst, size_t len, const char *src, unsigned int cells,
		  enum kxt_align align, bool ascii)
{
	const char *dots = "";
	unsigned int used, pad;
	size_t at = 0, bytes;

	if (!len)
		return;
	bytes = fit(src, cells, &used);
	if (src[bytes] && cells) {
		dots = ascii ? "~" : "\u2026";
		bytes = fit(src, cells - 1, &used);
		used++;
	}
	pad = cells - used;
	for (; align == KXT_RIGHT && pad; pad--)
		at = add(dst, len, at, " ", 1);
	at = add(dst, len, at, src, bytes);
	at = add(dst, len, at, dots, strlen(dots));
	for (; pad; pad--)
		at = add(dst, len, at, " ", 1);
	dst[at] = '\0';
}

size_t kxt_fmt_wrap(const char *s, unsigned int cells)
{
	unsigned int used;
	size_t bytes = fit(s, cells, &used), at;
	int32_t wc;

	if (!s[bytes] || s[bytes] == ' ')
		return bytes;
	for (at = bytes; at > 0; at--)
		if (s[at] == ' ')
			return at;
	/* A character wider than the line must not stop the text for ever. */
	return bytes ? bytes : decode(s, &wc);
}
