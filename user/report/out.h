/* SPDX-License-Identifier: GPL-2.0-only */
/* A file that is there in whole or not at all. */
#ifndef KXT_REPORT_OUT_H
#define KXT_REPORT_OUT_H

#include <stdbool.h>

/**
 * struct kxt_report_out - what is to be written
 * @path: file
 * @force: also if it is there already
 * @inputs: files that it must not be; ended by NULL
 * @work: writes to stdout what is to be in the file; returns an exit status
 * @arg: for it
 */
struct kxt_report_out {
	const char *path;
	bool force;
	const char *const *inputs;
	int (*work)(void *arg);
	void *arg;
};

/**
 * kxt_report_out() - run @work in a child with stdout in a file
 * @o: what
 *
 * It is written under another name in the same directory, which becomes its own when all
 * of it is there and @work returned 0. @work gives up its privileges, among them that of
 * giving a file a name: that is why it is a child, and what is left here is only that.
 * What goes wrong here is said on stderr.
 *
 * Return: an enum kxt_exit: that of @work, or what went wrong here. If a signal ended the
 * child, it ends this process too.
 */
int kxt_report_out(const struct kxt_report_out *o);

#endif /* KXT_REPORT_OUT_H */
