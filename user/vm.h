/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pid -> name of its VM: QEMU's -name (guest=NAME or plain NAME), else the
 * process name with the pid. Names are remembered, since a VM that ended is
 * still shown.
 */
#ifndef KXT_VM_H
#define KXT_VM_H

#include <stdint.h>

#define KXT_VM_NAME_MAX	64

struct kxt_vm_names;

/**
 * kxt_vm_names_new() - an empty table
 * @proc: mount point of procfs, normally "/proc"; NULL: ask nobody, every pid
 *	is "pid N" unless set (tests, recordings)
 *
 * Return: the table or NULL without memory; kxt_vm_names_free() ends it.
 */
struct kxt_vm_names *kxt_vm_names_new(const char *proc);
void kxt_vm_names_free(struct kxt_vm_names *n);

/** kxt_vm_names_set() - say what the VM of @pid is called; 0 or -1 (no memory) */
int kxt_vm_names_set(struct kxt_vm_names *n, uint32_t pid, const char *name);

/**
 * kxt_vm_names_get() - name of the VM of a process
 * @n: table
 * @pid: process
 *
 * Reads /proc/PID/cmdline and comm at the first call for a pid, then remembers.
 * A process that is gone before it was asked for is "pid N".
 *
 * Return: name, valid as long as the table.
 */
const char *kxt_vm_names_get(struct kxt_vm_names *n, uint32_t pid);

/**
 * kxt_vm_names_forget() - drop what is known of a process
 * @n: table
 * @pid: process; fine if nobody ever asked for it
 *
 * For those who run for weeks: VMs come and go. The next kxt_vm_names_get() asks anew.
 */
void kxt_vm_names_forget(struct kxt_vm_names *n, uint32_t pid);

/**
 * kxt_vm_name_parse() - find the name in a QEMU command line. Pure.
 * @cmdline: arguments, each ended by a zero byte, as /proc/PID/cmdline has them
 * @len: bytes
 * @name: result
 *
 * Knows "-name X", "--name X", "-name guest=X,debug-threads=on", "-name
 * process=p,guest=X" and doubled commas (",,") in values.
 *
 * Return: 0, or -1 if there is no name.
 */
int kxt_vm_name_parse(const char *cmdline, unsigned long len,
		      char name[KXT_VM_NAME_MAX]);

#endif /* KXT_VM_H */
