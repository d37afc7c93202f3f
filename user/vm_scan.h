/* SPDX-License-Identifier: GPL-2.0-only */
/* Which processes are VMs, without a collector and without privileges. */
#ifndef KXT_VM_SCAN_H
#define KXT_VM_SCAN_H

#include <stdint.h>

/**
 * kxt_vm_scan() - find the processes that have a VM
 * @proc: mount point of procfs, normally "/proc"
 * @each: called for each of them; not 0 ends the scan
 * @arg: for it
 *
 * A process whose files can be seen (one's own; all of them for root) is a VM if it has
 * KVM's file for one open. Of others only the names of program and threads are known:
 * those that VMMs give to vCPUs tell, and QEMU by its own name, so that one without KVM
 * is taken for a VM too. What cannot be read is passed over.
 *
 * Return: 0, what @each returned, or -1 if there is no procfs at @proc.
 */
int kxt_vm_scan(const char *proc, int (*each)(void *arg, uint32_t pid), void *arg);

#endif /* KXT_VM_SCAN_H */
