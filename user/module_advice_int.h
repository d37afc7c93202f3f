/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by module_advice.c and module_signing.c. */
#ifndef KXT_MODULE_ADVICE_INT_H
#define KXT_MODULE_ADVICE_INT_H

#include "user/module_advice.h"

/** kxt_advice_found() - set what was found: a printf format, escaped after that */
void kxt_advice_found(struct kxt_advice *a, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** kxt_advice_todo() - set what to do: a printf format, escaped after that */
void kxt_advice_todo(struct kxt_advice *a, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif /* KXT_MODULE_ADVICE_INT_H */
