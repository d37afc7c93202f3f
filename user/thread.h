/* SPDX-License-Identifier: GPL-2.0-only */
/* What /proc tells of a vCPU's thread. */
#ifndef KXT_THREAD_H
#define KXT_THREAD_H

#include <stdbool.h>
#include <stdint.h>

#include "user/snapshot.h"

/**
 * kxt_in_first_pid_namespace() - do the pids in slots mean here what they mean there?
 *
 * Slots have pids of the first PID namespace.
 */
bool kxt_in_first_pid_namespace(void);

/**
 * kxt_threads_look() - what has no event, but can be looked up
 * @s: snapshot; vCPUs of processes that are gone become ended, and those that sleep in
 *	KVM_RUN after a signal idle
 * @sleeps: does a vCPU sleep in KVM_RUN? NULL: kxt_thread_sleeps_in_kvm_run()
 * @arg: for @sleeps
 *
 * Only where kxt_in_first_pid_namespace(). What may not be looked at stays as it is.
 */
void kxt_threads_look(struct kxt_snapshot *s,
		      bool (*sleeps)(void *arg, const struct kxt_vcpu *v), void *arg);

/**
 * kxt_syscall_is_kvm_run() - does a line of /proc/PID/syscall say ioctl(KVM_RUN)?
 * @line: "16 0xe 0xae80 0x0 ...", "running", "-1 0x... 0x..."
 *
 * Pure. Return: true if the thread sleeps inside of KVM_RUN.
 */
bool kxt_syscall_is_kvm_run(const char *line);

/**
 * kxt_thread_sleeps_in_kvm_run() - is a vCPU halted in the kernel?
 * @pid: process, in our PID namespace
 * @tid: thread
 *
 * Return: true if it is; false also if that cannot be found out.
 */
bool kxt_thread_sleeps_in_kvm_run(uint32_t pid, uint32_t tid);

#endif /* KXT_THREAD_H */
