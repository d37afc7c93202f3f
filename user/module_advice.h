/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is with kvmexit.ko on a host, in sentences: what was found, and what to do to get
 * it loaded. "doctor" prints them, and the collector that cannot find the module. Pure.
 */
#ifndef KXT_MODULE_ADVICE_H
#define KXT_MODULE_ADVICE_H

#include "user/host_facts.h"

/**
 * struct kxt_advice - one matter
 * @found: what was found; part of a sentence, without a full stop
 * @todo: what to do about it, whole sentences; "" if there is nothing to do
 */
struct kxt_advice {
	char found[300];
	char todo[400];
};

/**
 * kxt_advise_loading() - what is with the module, and how to load it
 * @a: result; a module that is loaded has a @todo only if it is not of our version
 * @f: facts
 *
 * Does not say that it has to be signed: kxt_advise_signing() does.
 */
void kxt_advise_loading(struct kxt_advice *a, const struct kxt_host_facts *f);

/**
 * kxt_advise_signing() - does the module have to be signed, and is it
 * @a: result; a @todo if it cannot be loaded for that reason
 * @f: facts
 *
 * Return: yes if nothing is in the way, no if the kernel will refuse it, unknown if that
 * cannot be told.
 */
enum kxt_fact kxt_advise_signing(struct kxt_advice *a, const struct kxt_host_facts *f);

/**
 * kxt_advise_missing() - both, for who finds that there is no module
 * @a: result
 * @f: facts
 */
void kxt_advise_missing(struct kxt_advice *a, const struct kxt_host_facts *f);

#endif /* KXT_MODULE_ADVICE_H */
