/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Exits for which the kernel did not call the program, because something on that CPU shut
 * it out. The kernel counts them (v5.12; for records of tracepoints v6.7), and says so in
 * what /proc tells of the program's descriptor: reading that takes no privilege.
 */
#ifndef KXT_BPF_MISSED_H
#define KXT_BPF_MISSED_H

#include <stdint.h>

/**
 * struct kxt_bpf_missed - where to read it
 * @prog: the program at kvm_exit; -1: not known
 * @info: its file in /proc/self/fdinfo; -1: not known
 */
struct kxt_bpf_missed {
	int prog;
	int info;
};

/** kxt_bpf_missed_init() - nothing is known; always before anything else */
void kxt_bpf_missed_init(struct kxt_bpf_missed *m);

/**
 * kxt_bpf_missed_open() - get ready to read
 * @m: initialised
 * @prog: descriptor of the program; stays the caller's
 *
 * Without /proc there is nothing to read, and kxt_bpf_missed_read() says 0.
 *
 * Return: 0, or -1 with errno set if there are no descriptors left, or @m is open.
 */
int kxt_bpf_missed_open(struct kxt_bpf_missed *m, int prog);

/** kxt_bpf_missed_read() - how many since the program is there; 0 if the kernel is older */
uint64_t kxt_bpf_missed_read(const struct kxt_bpf_missed *m);

/** kxt_bpf_missed_find() - the same, in the text of such a file */
uint64_t kxt_bpf_missed_find(const char *text);

/** kxt_bpf_missed_close() - fine on an initialised one, too */
void kxt_bpf_missed_close(struct kxt_bpf_missed *m);

#endif /* KXT_BPF_MISSED_H */
