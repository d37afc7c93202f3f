/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Exit reasons: code -> the kernel's name, our class, and a sentence for
 * people. The tables of all ISAs are always compiled in.
 */
#ifndef KXT_REASON_H
#define KXT_REASON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "module/uapi/kvmexit.h"

/**
 * enum kxt_class - vendor-neutral grouping, so that hosts of different vendors
 * share a dashboard
 */
enum kxt_class {
	KXT_CLASS_PAGE_FAULT,
	KXT_CLASS_IO,
	KXT_CLASS_MMIO,
	KXT_CLASS_MSR,
	KXT_CLASS_CPUID,
	KXT_CLASS_HALT,
	KXT_CLASS_PAUSE,
	KXT_CLASS_INTERRUPT,
	KXT_CLASS_CR_DR,
	KXT_CLASS_HYPERCALL,
	KXT_CLASS_NESTED,
	KXT_CLASS_DEBUG,
	KXT_CLASS_SHUTDOWN,
	KXT_CLASS_OTHER,
	KXT_CLASS_NR,
};

/**
 * struct kxt_reason - one exit reason
 * @code: as in struct kvmexit_entry
 * @name: the kernel's name: VMX_EXIT_REASONS ("EPT_VIOLATION"),
 *	SVM_EXIT_REASONS ("npf")
 * @class: see above
 * @text: one sentence: what it is and what usually causes it
 */
struct kxt_reason {
	uint64_t code;
	const char *name;
	enum kxt_class class;
	const char *text;
};

/* Ended by a row whose name is NULL; sorted by code. */
extern const struct kxt_reason kxt_reasons_vmx[];
extern const struct kxt_reason kxt_reasons_svm[];

/** kxt_reason_find() - the row of a code, or NULL if the ISA has no such code */
const struct kxt_reason *kxt_reason_find(uint32_t isa, uint64_t code);

/** kxt_reason_is_own() - a KVMEXIT_CODE_*: no hardware has it, JSON says null */
bool kxt_reason_is_own(uint64_t code);

/**
 * kxt_reason_name() - name of a code, never NULL
 * @isa: enum kvmexit_isa
 * @code: code
 * @buf: room for a made-up name
 * @len: its size, at least 32
 *
 * Return: the kernel's name, "other" for KVMEXIT_CODE_OTHER, "unreadable" for
 * KVMEXIT_CODE_UNREADABLE, "signal_exit" for KVMEXIT_CODE_SIGNAL, else
 * "unknown_0xNN" written to @buf.
 */
const char *kxt_reason_name(uint32_t isa, uint64_t code, char *buf, size_t len);

/** kxt_reason_class() - class of a code; KXT_CLASS_OTHER if it is not known */
enum kxt_class kxt_reason_class(uint32_t isa, uint64_t code);

/** kxt_class_name() - "page_fault", "io", ... as in JSON and metrics */
const char *kxt_class_name(enum kxt_class class);

/** kxt_isa_name() - "VMX", "SVM" or "unknown" */
const char *kxt_isa_name(uint32_t isa);

#endif /* KXT_REASON_H */
