// SPDX-License-Identifier: GPL-2.0-only
/* Look-up in the tables of exit reasons. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "user/reason.h"

static const char *const class_names[KXT_CLASS_NR] = {
	[KXT_CLASS_PAGE_FAULT]	= "page_fault",
	[KXT_CLASS_IO]		= "io",
	[KXT_CLASS_MMIO]	= "mmio",
	[KXT_CLASS_MSR]		= "msr",
	[KXT_CLASS_CPUID]	= "cpuid",
	[KXT_CLASS_HALT]	= "halt",
	[KXT_CLASS_PAUSE]	= "pause",
	[KXT_CLASS_INTERRUPT]	= "interrupt",
	[KXT_CLASS_CR_DR]	= "cr_dr",
	[KXT_CLASS_HYPERCALL]	= "hypercall",
	[KXT_CLASS_NESTED]	= "nested",
	[KXT_CLASS_DEBUG]	= "debug",
	[KXT_CLASS_SHUTDOWN]	= "shutdown",
	[KXT_CLASS_OTHER]	= "other",
};

static size_t table_len(const struct kxt_reason *table)
{
	size_t n = 0;

	while (table[n].name)
		n++;
	return n;
}

static int compare_code(const void *key, const void *row)
{
	uint64_t a = *(const uint64_t *)key;
	uint64_t b = ((const struct kxt_reason *)row)->code;

	return (a > b) - (a < b);
}

const struct kxt_reason *kxt_reason_find(uint32_t isa, uint64_t code)
{
	/* The tables are constant: count their rows once. */
	static size_t nr_vmx, nr_svm;
	const struct kxt_reason *table;
	size_t *nr;

	switch (isa) {
	case KVMEXIT_ISA_VMX:
		table = kxt_reasons_vmx;
		nr = &nr_vmx;
		break;
	case KVMEXIT_ISA_SVM:
		table = kxt_reasons_svm;
		nr = &nr_svm;
		break;
	default:
		return NULL;
	}
	if (!*nr)
		*nr = table_len(table);
	return bsearch(&code, table, *nr, sizeof(*table), compare_code);
}

bool kxt_reason_is_own(uint64_t code)
{
	return code == KVMEXIT_CODE_OTHER || code == KVMEXIT_CODE_UNREADABLE ||
	       code == KVMEXIT_CODE_SIGNAL;
}

const char *kxt_reason_name(uint32_t isa, uint64_t code, char *buf, size_t len)
{
	const struct kxt_reason *reason;

	if (code == KVMEXIT_CODE_OTHER)
		return "other";
	if (code == KVMEXIT_CODE_UNREADABLE)
		return "unreadable";
	if (code == KVMEXIT_CODE_SIGNAL)
		return "signal_exit";
	reason = kxt_reason_find(isa, code);
	if (reason)
		return reason->name;
	snprintf(buf, len, "unknown_0x%" PRIx64, code);
	return buf;
}

enum kxt_class kxt_reason_class(uint32_t isa, uint64_t code)
{
	const struct kxt_reason *reason = kxt_reason_find(isa, code);

	return reason ? reason->class : KXT_CLASS_OTHER;
}

const char *kxt_class_name(enum kxt_class class)
{
	/* A class from a recording may be anything. */
	if ((unsigned int)class >= KXT_CLASS_NR)
		return class_names[KXT_CLASS_OTHER];
	return class_names[class];
}

const char *kxt_isa_name(uint32_t isa)
{
	switch (isa) {
	case KVMEXIT_ISA_VMX:
		return "VMX";
	case KVMEXIT_ISA_SVM:
		return "SVM";
	default:
		return "unknown";
	}
}
