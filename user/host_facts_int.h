/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by host_facts*.c: reading small files below a directory. */
#ifndef KXT_HOST_FACTS_INT_H
#define KXT_HOST_FACTS_INT_H

#include <stdio.h>

#include "user/host_facts.h"

/** kxt_fact_of() - yes or no */
enum kxt_fact kxt_fact_of(bool is);

/**
 * kxt_facts_exists() - is there such a file?
 * @root: open directory
 * @path: below it
 *
 * Return: unknown if a folder on the way cannot be searched.
 */
enum kxt_fact kxt_facts_exists(int root, const char *path);

/**
 * kxt_facts_line() - the first line of a file
 * @root: open directory
 * @path: below it
 * @buf: gets it without its end; "" if there is none
 * @size: of @buf
 *
 * Return: true if there is one that is not empty.
 */
bool kxt_facts_line(int root, const char *path, char *buf, size_t size);

/** kxt_facts_stream() - open the file @path below @root, or NULL */
FILE *kxt_facts_stream(int root, const char *path);

/**
 * kxt_facts_value() - a value from a file of lines "KEY: VALUE" or "KEY VALUE"
 * @root: open directory
 * @path: below it
 * @key: what the line begins with
 *
 * Return: the rest of the first such line, to be freed; NULL if there is none.
 */
char *kxt_facts_value(int root, const char *path, const char *key);

/**
 * kxt_facts_read_kvm() - fill in what is about KVM
 * @kvm: zeroed
 * @root: open directory
 */
void kxt_facts_read_kvm(struct kxt_kvm_facts *kvm, int root);

/**
 * kxt_facts_read_module() - fill in what is about kvmexit.ko
 * @f: facts; has the release already, @f->module is zeroed
 * @root: open directory
 */
void kxt_facts_read_module(struct kxt_host_facts *f, int root);

/**
 * kxt_facts_read_keys() - fill in what is about the keys that modules are signed with
 * @k: zeroed
 * @m: has the installed module
 * @root: open directory
 */
void kxt_facts_read_keys(struct kxt_key_facts *k, const struct kxt_module_facts *m,
			 int root);

#endif /* KXT_HOST_FACTS_INT_H */
