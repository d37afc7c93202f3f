/* SPDX-License-Identifier: GPL-2.0-only */
/* How frames look: the options that top and replay share. */
#ifndef KXT_CMD_TOP_LOOK_H
#define KXT_CMD_TOP_LOOK_H

#include <stdbool.h>

#include "user/columns.h"
#include "user/err.h"
#include "user/view_text.h"

/* How long the live view keeps a VM that ended. */
#define KXT_LINGER_NS	5000000000ULL

/* For a verb's help. */
#define KXT_LOOK_HELP \
	"  -s, --sort COLUMN      sort by COLUMN; '-s help' lists them\n" \
	"      --color WHEN       auto (default), always or never; auto obeys NO_COLOR\n" \
	"      --ascii            nothing but ASCII characters\n"

/**
 * enum kxt_color - --color
 * @KXT_COLOR_AUTO: on a terminal, unless NO_COLOR is set
 * @KXT_COLOR_ALWAYS: wherever
 * @KXT_COLOR_NEVER: nowhere
 */
enum kxt_color {
	KXT_COLOR_AUTO,
	KXT_COLOR_ALWAYS,
	KXT_COLOR_NEVER,
};

/**
 * struct kxt_look - how frames look
 * @sort: column
 * @color: enum kxt_color
 * @ascii: nothing but ASCII
 */
struct kxt_look {
	enum kxt_col sort;
	enum kxt_color color;
	bool ascii;
};

/**
 * kxt_look_sort() - -s COLUMN; "help" lists the columns on stdout
 *
 * Return: -1 to go on, or the exit status to end with; then all is said.
 */
int kxt_look_sort(struct kxt_look *look, const char *arg);

/** kxt_look_color() - --color WHEN; returns as kxt_look_sort() */
int kxt_look_color(struct kxt_look *look, const char *arg);

/** kxt_parse_frames() - -n N; returns as kxt_look_sort() */
int kxt_parse_frames(unsigned long *frames, const char *arg);

/** kxt_look_ascii() - only ASCII: asked for, or the locale or terminal has no more */
bool kxt_look_ascii(const struct kxt_look *look, bool live);

/** kxt_look_colored() - are colours wanted, on a terminal (@live) or in a batch? */
bool kxt_look_colored(const struct kxt_look *look, bool live);

/**
 * kxt_look_batch() - how batch frames look
 * @look: options
 * @details: what is behind the reasons is wanted too
 * @filter: which VMs are wanted; has to outlive @text
 * @text: result
 */
void kxt_look_batch(const struct kxt_look *look, bool details,
		    const struct kxt_filter *filter, struct kxt_text *text);

/**
 * kxt_flush_frame() - write a batch frame out
 * @err: set on failure
 *
 * Return: 1; 0 if nobody reads any more, which is no error; -1 with @err set.
 */
int kxt_flush_frame(struct kxt_err *err);

#endif /* KXT_CMD_TOP_LOOK_H */
