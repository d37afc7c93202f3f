/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers and names for people: "1.2M/s", "3.4us", "12%", names without
 * control characters, text cut and padded to terminal cells. Pure, except that
 * the width of a character is the C library's (LC_CTYPE must be UTF-8 for more
 * than ASCII).
 */
#ifndef KXT_FORMAT_H
#define KXT_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room for any number below, its unit and the zero byte. */
#define KXT_FMT_MAX	24

/* Room for a name of @n bytes in which every byte becomes an escape. */
#define KXT_FMT_ESCAPED(n)	((n) * 4 + 1)

/** kxt_fmt_count() - "0", "48213", "123k", "1.2M" */
void kxt_fmt_count(char buf[KXT_FMT_MAX], uint64_t n);

/** kxt_fmt_decimal() - any amount in three places: "0", "0.3", "1.2M" */
void kxt_fmt_decimal(char buf[KXT_FMT_MAX], double v);

/** kxt_fmt_rate() - events per second: "0/s", "0.3/s", "1.2M/s" */
void kxt_fmt_rate(char buf[KXT_FMT_MAX], double per_s);

/** kxt_fmt_ns() - a duration: "512ns", "3.4us", "12ms", "1.2s", "17min" */
void kxt_fmt_ns(char buf[KXT_FMT_MAX], uint64_t ns);

/** kxt_fmt_ns_per_s() - time spent per second: "340ms/s" */
void kxt_fmt_ns_per_s(char buf[KXT_FMT_MAX], double ns_per_s);

/** kxt_fmt_percent() - a share of 1: "0%", "<.1%", "3.4%", "12%", "100%" */
void kxt_fmt_percent(char buf[KXT_FMT_MAX], double share);

/** kxt_fmt_seconds() - the length of a window: "1.0s", "0.25s", "60s" */
void kxt_fmt_seconds(char buf[KXT_FMT_MAX], uint64_t ns);

/**
 * kxt_fmt_escape() - make text of unknown origin fit for a terminal
 * @dst: result, always ended; KXT_FMT_ESCAPED(strlen(src)) is always enough
 * @len: its size
 * @src: bytes, meant to be UTF-8
 * @ascii: nothing above 0x7e in the result
 *
 * Control characters and bytes that are not UTF-8 become \xNN; characters
 * without a width of their own where they stand, those that turn the direction
 * of writing, and with @ascii all beyond ASCII become \uNNNN or \UNNNNNN.
 */
void kxt_fmt_escape(char *dst, size_t len, const char *src, bool ascii);

/**
 * kxt_fmt_width() - terminal cells of an escaped string
 * @s: what kxt_fmt_escape() gave, or text of our own
 *
 * Return: cells.
 */
unsigned int kxt_fmt_width(const char *s);

enum kxt_align {
	KXT_LEFT,
	KXT_RIGHT,
};

/**
 * kxt_fmt_cell() - cut or pad to an exact number of cells
 * @dst: result, always ended
 * @len: its size
 * @src: escaped text
 * @cells: width of the result; what is cut off leaves an ellipsis ("~" in ASCII)
 * @align: on which side the text is
 * @ascii: see kxt_fmt_escape()
 */
void kxt_fmt_cell(char *dst, size_t len, const char *src, unsigned int cells,
		  enum kxt_align align, bool ascii);

/**
 * kxt_fmt_wrap() - where the next line of a text ends
 * @s: escaped text
 * @cells: width of a line, at least 1
 *
 * Return: bytes of @s that go on this line: up to the last space that fits, or
 * as many characters as fit if there is none. Skip the spaces after it. 0 only
 * at the end of @s.
 */
size_t kxt_fmt_wrap(const char *s, unsigned int cells);

#endif /* KXT_FORMAT_H */
