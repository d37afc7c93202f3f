/* SPDX-License-Identifier: GPL-2.0-only */
/* Errors travel as text plus exit status; nothing below a verb prints. */
#ifndef KXT_ERR_H
#define KXT_ERR_H

/**
 * enum kxt_exit - exit status of the tool (part of its command line contract)
 * @KXT_EXIT_OK: done
 * @KXT_EXIT_RUNTIME: something failed while running
 * @KXT_EXIT_USAGE: the command line makes no sense
 * @KXT_EXIT_NO_COLLECTOR: no collector is usable; the message says why and what to do
 */
enum kxt_exit {
	KXT_EXIT_OK		= 0,
	KXT_EXIT_RUNTIME	= 1,
	KXT_EXIT_USAGE		= 2,
	KXT_EXIT_NO_COLLECTOR	= 3,
};

/**
 * struct kxt_err - what failed, on what, what to do next
 * @status: enum kxt_exit that the process should end with
 * @msg: one or more sentences, no newline at the end; empty if nothing failed
 */
struct kxt_err {
	int  status;
	char msg[1024];
};

/**
 * kxt_err_set() - fill an error
 * @err: where; may be NULL
 * @status: enum kxt_exit
 * @fmt: printf format of the message
 *
 * Return: -1, so that a function can end with it.
 */
int kxt_err_set(struct kxt_err *err, int status, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif /* KXT_ERR_H */
