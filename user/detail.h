/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is behind an exit, for people: kinds, keys and the names of well-known
 * ports, MSRs, CPUID leaves and hypercalls. Pure.
 */
#ifndef KXT_DETAIL_H
#define KXT_DETAIL_H

#include <stddef.h>
#include <stdint.h>

#include "module/uapi/kvmexit.h"

/** kxt_kind_name() - "port", "mmio", "msr", "cpuid", "hypercall", "gpa", "rip" */
const char *kxt_kind_name(uint32_t kind);

/**
 * kxt_detail_name() - name of a well-known key
 * @kind: enum kvmexit_kind
 * @key: key
 *
 * Return: "COM1", "PCI config address", "TSC_DEADLINE", ... or NULL.
 */
const char *kxt_detail_name(uint32_t kind, uint64_t key);

/** kxt_detail_key() - a key in hexadecimal, as JSON and views show it: "0x3f8" */
void kxt_detail_key(uint32_t kind, uint64_t key, char *buf, size_t len);

/**
 * kxt_access_dir() - which way it went
 *
 * Return: "read", "write", "fetch", or NULL if the kind has no direction or it
 * is not known.
 */
const char *kxt_access_dir(uint32_t kind, uint32_t access);

/**
 * kxt_access_fault() - error kind of a page fault
 *
 * Return: "not present", "write protection", "instruction fetch" or "protection"
 * for KVMEXIT_KIND_GPA, else NULL. JSON has them with '_' for ' '.
 */
const char *kxt_access_fault(uint32_t kind, uint32_t access);

#endif /* KXT_DETAIL_H */
