/* SPDX-License-Identifier: GPL-2.0-only */
/* What completion has to offer for a value, printed in the form of cmd_complete.c. */
#ifndef KXT_COMPLETE_H
#define KXT_COMPLETE_H

#include <stdbool.h>

#include "user/vm.h"

/* Room for a VM's name as a pattern: a byte becomes at most three. */
#define KXT_COMPLETE_GLOB_MAX	(3 * KXT_VM_NAME_MAX + 1)

/**
 * enum kxt_complete - kinds of values
 * @KXT_COMPLETE_NONE: any text: nothing is known of it
 * @KXT_COMPLETE_FILES: names of files
 * @KXT_COMPLETE_RECORDINGS: names of recordings
 * @KXT_COMPLETE_STRETCHES: the same, also FILE@FROM..TO
 * @KXT_COMPLETE_TEXTFILES: NAME.prom
 * @KXT_COMPLETE_COLLECTORS: -C
 * @KXT_COMPLETE_VMS: patterns for --vm that match one of the VMs there are
 * @KXT_COMPLETE_PIDS: their processes
 * @KXT_COMPLETE_REASONS: exit reasons, and their classes
 * @KXT_COMPLETE_COLUMNS: -s
 * @KXT_COMPLETE_COLORS: --color
 * @KXT_COMPLETE_ISAS: --isa
 */
enum kxt_complete {
	KXT_COMPLETE_NONE,
	KXT_COMPLETE_FILES,
	KXT_COMPLETE_RECORDINGS,
	KXT_COMPLETE_STRETCHES,
	KXT_COMPLETE_TEXTFILES,
	KXT_COMPLETE_COLLECTORS,
	KXT_COMPLETE_VMS,
	KXT_COMPLETE_PIDS,
	KXT_COMPLETE_REASONS,
	KXT_COMPLETE_COLUMNS,
	KXT_COMPLETE_COLORS,
	KXT_COMPLETE_ISAS,
};

/**
 * struct kxt_complete_at - where a value stands
 * @prefix: what stands in front of it in the same word: "--vm=", "-C", or ""
 * @typed: what there is of it
 * @recording: recording that the command is about; NULL: this host
 */
struct kxt_complete_at {
	const char *prefix;
	const char *typed;
	const char *recording;
};

/** kxt_complete_values() - print what there is of a kind */
void kxt_complete_values(enum kxt_complete kind, const struct kxt_complete_at *at);

/** kxt_complete_word() - print one word, unless it would not be one line of text */
void kxt_complete_word(const char *prefix, const char *word, const char *text);

/**
 * kxt_complete_glob() - a pattern for --vm that matches a name
 * @glob: result
 * @name: any bytes
 * @ascii: use nothing but ASCII
 *
 * The name as it is, where it can be shown; what cannot, control characters above all,
 * becomes "?" or "*", and what means something in a pattern is put into brackets.
 */
void kxt_complete_glob(char glob[KXT_COMPLETE_GLOB_MAX], const char *name, bool ascii);

#endif /* KXT_COMPLETE_H */
