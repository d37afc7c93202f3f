/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Giving up what is not needed any more. Root, or capabilities, are needed until a
 * collector is attached; after that a fault in the code that reads what VMs and their
 * users can write (names, command lines) shall not be one of a process that may do
 * everything.
 *
 * Two processes, two rules. The reader (a verb, with its terminal and its libraries)
 * has no capability, and a filter with a list of the system calls that it may not
 * make. The keeper of the BPF collector has to stay capable of BPF, so its filter is
 * a list of those that it may.
 *
 * Both are inherited, and under both nothing can be executed. So a command that a verb
 * runs for its user is started first.
 *
 * What this is not: a process of uid 0 without capabilities still owns root's files. It
 * can read them; that it cannot change them is the filter's doing.
 */
#ifndef KXT_CONFINE_H
#define KXT_CONFINE_H

#include <stddef.h>

#include "user/err.h"

/**
 * DOC: flags of kxt_confine_reader()
 *
 * KXT_CONFINE_KEEP_KILL - a command runs that is to be ended when we are interrupted.
 * It may have changed its user, so CAP_KILL stays; with it any process can be sent a
 * signal.
 *
 * KXT_CONFINE_KEEP_PTRACE - /proc/PID/task/TID/syscall of any VM is read. That takes
 * CAP_SYS_PTRACE, and, as the file has mode 0400 and is the VM's user's,
 * CAP_DAC_READ_SEARCH. The filter takes most of it back: no ptrace(2), no memory of
 * other processes, no file by handle, no file opened for writing.
 */
#define KXT_CONFINE_KEEP_KILL	(1U << 0)
#define KXT_CONFINE_KEEP_PTRACE	(1U << 1)

/**
 * kxt_confine_reader() - give up what a reader does not need
 * @flags: KXT_CONFINE_*
 * @err: set on failure (runtime)
 *
 * Of capabilities nothing is left but what @flags names, and of that what the process
 * had; it is no error to have had none. no_new_privs is set, and the filter of system
 * calls where libseccomp was there at build time and the kernel has filters.
 *
 * The filter stays for good. Under it nothing is executed, and no file is opened for
 * writing: a verb that writes one opens it before. It refuses (EPERM, and as said in
 * confine_filter.c) or ends the process with SIGSYS. Children can be ended and waited
 * for.
 *
 * Context: one thread; others would keep what they have.
 *
 * Return: 0, or -1 with @err set: then the process is not confined, or in part only.
 */
int kxt_confine_reader(unsigned int flags, struct kxt_err *err);

/**
 * kxt_confine_writer() - as kxt_confine_reader(), for who writes a file again and again
 * @flags: KXT_CONFINE_*
 * @dir: open directory where that file is
 * @err: set on failure (runtime)
 *
 * Beside what a reader may do, new files can be made with this descriptor (openat() with
 * O_WRONLY | O_CREAT | O_EXCL, mode 0644), renamed (the call renameat2, no flags) and
 * removed (unlinkat()): nothing that is there is opened for writing, but it can be
 * replaced. A filter sees no names: an absolute one goes past @dir, as far as the rights
 * of the user go.
 *
 * Context: one thread.
 *
 * Return: 0, or -1 with @err set: then the process is not confined, or in part only.
 */
int kxt_confine_writer(unsigned int flags, int dir, struct kxt_err *err);

/**
 * kxt_confine_keeper() - give up all but BPF
 * @err: set on failure (runtime)
 *
 * CAP_BPF and CAP_PERFMON stay, or CAP_SYS_ADMIN if one of them is missing and it is
 * there; of the bounding set nothing does, if the process may change that. It
 * cannot be traced or dumped (PR_SET_DUMPABLE), has no_new_privs, and the filter as
 * above: maps, programs for events that are open, and its socket; opening a file, loading a
 * program, starting a process fail with EPERM.
 *
 * What libbpf keeps after it has read it once (ids of tracepoints, the number of CPUs,
 * what the kernel can) has to be read before.
 *
 * Context: one thread.
 *
 * Return: 0, or -1 with @err set: then the process is not confined, or in part only.
 */
int kxt_confine_keeper(struct kxt_err *err);

/**
 * kxt_confine_text() - what this process has left, in one line
 * @buf: result, zero-terminated, cut if it is too long
 * @size: its size in bytes, more than 0
 *
 * "capabilities: none; no_new_privs: on; filter of system calls: on", from what the
 * kernel says. The filter is only on if it was set here.
 */
void kxt_confine_text(char *buf, size_t size);

/**
 * kxt_confine_filter_reader() - set the reader's filter, for confine.c
 * @err: set on failure (runtime)
 *
 * Context: no_new_privs is on.
 *
 * Return: 1 if it is set; 0 if there is none: built without libseccomp, or the kernel
 * has no filters; -1 with @err set.
 */
int kxt_confine_filter_reader(struct kxt_err *err);

/** kxt_confine_filter_writer() - set the filter of kxt_confine_writer(); as the reader's */
int kxt_confine_filter_writer(int dir, struct kxt_err *err);

/** kxt_confine_filter_keeper() - set the keeper's filter; as the reader's */
int kxt_confine_filter_keeper(struct kxt_err *err);

#endif /* KXT_CONFINE_H */
