/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Charts of a page. The drawing is an SVG image that is stretched to where it stands;
 * what is written on it is HTML in its place, so that letters keep their size on every
 * screen. Each chart has a table with the same numbers.
 */
#ifndef KXT_HTML_CHART_H
#define KXT_HTML_CHART_H

#include <stdio.h>

#include "user/format.h"
#include "user/html/grid.h"
#include "user/html/ticks.h"
#include "user/rows.h"

/* Size of a drawing in its own units. */
#define KXT_CHART_WIDTH		2000
#define KXT_CHART_HEIGHT	1000

/* Bands of a stack. */
#define KXT_BANDS_MAX		8

/**
 * struct kxt_html_band - one of the values that are stacked
 * @name: what it is; escaped when written
 * @class: CSS class with its colour
 * @value: a value a column, 0 or more
 */
struct kxt_html_band {
	char name[KXT_ROW_NAME_MAX];
	char class[8];
	double value[KXT_HTML_COLUMNS];
};

/**
 * struct kxt_html_stack - values over time on top of each other
 * @title: what it shows
 * @note: of what, and in which unit
 * @clock: time axis
 * @grid: columns
 * @nr: bands
 * @band: the lowest first
 * @fmt: a value as text
 * @unit: behind it where there is room, "" if @fmt has it
 * @top: end of the axis; 0: as the values are
 */
struct kxt_html_stack {
	const char *title;
	const char *note;
	const struct kxt_html_clock *clock;
	const struct kxt_html_grid *grid;
	unsigned int nr;
	struct kxt_html_band band[KXT_BANDS_MAX];
	void (*fmt)(char buf[KXT_FMT_MAX], double v);
	const char *unit;
	double top;
};

/** kxt_html_stack_top() - the highest column, all bands together */
double kxt_html_stack_top(const struct kxt_html_stack *s);

/**
 * kxt_html_stack_label() - where a band has room for its name
 * @s: chart
 * @band: which
 * @top: end of the axis
 * @x: result: share of the width
 * @y: result: share of the height, from below
 *
 * In the middle of the longest stretch in which it is nearly as thick as it gets.
 *
 * Return: true, or false if it is nowhere thick enough.
 */
bool kxt_html_stack_label(const struct kxt_html_stack *s, unsigned int band, double top,
			  double *x, double *y);

/** kxt_html_stack() - write the chart */
void kxt_html_stack(FILE *f, const struct kxt_html_stack *s);

/**
 * kxt_html_x() - where a moment is
 * @c: time axis
 * @ns: by the collector's clock
 *
 * Return: 0 to KXT_CHART_WIDTH.
 */
unsigned int kxt_html_x(const struct kxt_html_clock *c, uint64_t ns);

/** kxt_html_figure() - begin of a chart: its title, and what it is of */
void kxt_html_figure(FILE *f, const char *title, const char *note);

/** kxt_html_x_axis() - what is written below a chart over time */
void kxt_html_x_axis(FILE *f, const struct kxt_html_clock *c);

/**
 * kxt_html_mark_x() - one text below a chart
 * @f: where to
 * @share: of its width
 * @text: text
 * @spare: it is left out on narrow screens
 */
void kxt_html_mark_x(FILE *f, double share, const char *text, bool spare);

/** kxt_html_mark_y() - one text beside it, at a share of its height from below */
void kxt_html_mark_y(FILE *f, double share, const char *text);

/** kxt_html_data_begin() - begin of the table; a row of heads is to follow */
void kxt_html_data_begin(FILE *f);

/** kxt_html_data_end() - end of the table, and of the chart */
void kxt_html_data_end(FILE *f);

/** kxt_html_data_row() - begin of the row of a column: when it began */
void kxt_html_data_row(FILE *f, const struct kxt_html_clock *c,
		       const struct kxt_html_grid *g, unsigned int column);

/**
 * kxt_html_heat() - service times over time, as a map: the more, the stronger
 * @f: where to
 * @clock: time axis
 * @grid: columns
 * @hist: histogram of a column
 * @arg: for it
 */
void kxt_html_heat(FILE *f, const struct kxt_html_clock *clock,
		   const struct kxt_html_grid *grid,
		   const struct kxt_entry *(*hist)(const void *arg, unsigned int column),
		   const void *arg);

/** kxt_html_hist() - service times of some exits, as a row of bars */
void kxt_html_hist(FILE *f, const struct kxt_entry *e);

/**
 * kxt_html_bar() - who had the time, in one bar
 * @f: where to
 * @p: parts
 * @words: say the shares, too; else they stand beside it
 *
 * Nothing is written if there was no time at all.
 */
void kxt_html_bar(FILE *f, const struct kxt_parts *p, bool words);

/**
 * kxt_html_part() - one of the parts that can be told apart
 * @p: parts
 * @i: 0 to KXT_PART_NR - 1, in the order of enum kxt_part
 * @name: result
 * @ns: result: the time
 *
 * If the kernel's part is not known, its place is taken by all exits together, and the
 * others are not known either.
 *
 * Return: true, or false if this one is not known.
 */
bool kxt_html_part(const struct kxt_parts *p, unsigned int i, const char **name,
		   uint64_t *ns);

/* Number of the colour of exits whose parts cannot be told apart. */
#define KXT_HTML_WHOLE	KXT_PART_NR

/** kxt_html_part_colour() - number of its colour: CSS class pN */
unsigned int kxt_html_part_colour(const struct kxt_parts *p, unsigned int i);

#endif /* KXT_HTML_CHART_H */
