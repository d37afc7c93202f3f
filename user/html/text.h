/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text and numbers in a page. All that comes from a recording goes through
 * kxt_html_text(); all else that is written is the tool's own. Pure but for the stream.
 */
#ifndef KXT_HTML_TEXT_H
#define KXT_HTML_TEXT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/**
 * kxt_html_text() - text of unknown origin, between tags or in a quoted attribute
 * @f: where to
 * @s: bytes, meant to be UTF-8
 *
 * What has a meaning in HTML becomes a reference. Control characters and bytes that are
 * no UTF-8 become \xNN; characters that draw nothing, or turn the direction of
 * writing, become \uNNNN or \UNNNNNN. It does not depend on the locale.
 */
void kxt_html_text(FILE *f, const char *s);

/** kxt_html_name() - a name, kept from changing the direction of what is around it */
void kxt_html_name(FILE *f, const char *name);

/*
 * Cells of a table: a number as format.h writes it, and its exact value for scripts that
 * sort, unless that is what is written. "-" if @known is false.
 */

/** kxt_html_td_ns() - a duration */
void kxt_html_td_ns(FILE *f, bool known, uint64_t ns);

/** kxt_html_td_count() - a number of events */
void kxt_html_td_count(FILE *f, uint64_t n);

/** kxt_html_td_rate() - events per second */
void kxt_html_td_rate(FILE *f, double per_s);

/** kxt_html_td_share() - a share of 1, as a percentage */
void kxt_html_td_share(FILE *f, bool known, double share);

/**
 * kxt_html_th() - head of a column
 * @f: where to
 * @number: its cells are numbers
 * @text: what it says; own text
 * @title: what it means, a few words; own text; NULL: nothing to say
 */
void kxt_html_th(FILE *f, bool number, const char *text, const char *title);

/** kxt_html_per_s() - events or ns per second; 0 for an empty window */
double kxt_html_per_s(double n, uint64_t ns);

#endif /* KXT_HTML_TEXT_H */
