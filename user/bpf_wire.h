/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the keeper (bpf_keeper.h) and the reader (collector_bpf.c) say to each other, over
 * a socket that keeps messages apart. A file descriptor may come along with a message.
 */
#ifndef KXT_BPF_WIRE_H
#define KXT_BPF_WIRE_H

#include <stdint.h>

#include "user/err.h"

/**
 * enum kxt_bpf_type - type of a message
 * @KXT_BPF_FAILED: to the reader: @err; at the beginning the keeper ends after it
 * @KXT_BPF_MAP: to the reader: a map of kind @kind, number @number, and its descriptor.
 *	Programs use it only after this has been sent
 * @KXT_BPF_ATTACHED: to the reader: all programs are attached; @value: bytes of kernel
 *	memory that do not depend on vCPUs, @number: KXT_BPF_IS_*
 * @KXT_BPF_WATCH: to the keeper: from now on watch @number (KXT_BPF_WATCH_*), with
 *	@value as threshold of slow exits. Answered by _DONE or _FAILED
 * @KXT_BPF_DONE: to the reader: so it is
 */
enum kxt_bpf_type {
	KXT_BPF_FAILED,
	KXT_BPF_MAP,
	KXT_BPF_ATTACHED,
	KXT_BPF_WATCH,
	KXT_BPF_DONE,
};

/* kxt_bpf_msg.number of KXT_BPF_ATTACHED */
#define KXT_BPF_IS_CORE		(1U << 0) /* programs with BTF of KVM, not classic ones */

/**
 * enum kxt_bpf_kind - which map it is; see bpf_abi.h
 * @KXT_BPF_KIND_CPUS: cpus; @number of the message: CPUs
 * @KXT_BPF_KIND_EVENTS: events
 * @KXT_BPF_KIND_LOOK: no map, but the ends of a socket: the first (@number of the
 *	message 0) to send the number of a slot to, the second (1) to get it back from if its
 *	vCPU is blocked. Not there with classic programs
 * @KXT_BPF_KIND_PROGRAM: no map, but the program at kvm_exit, for bpf_missed.h
 * @KXT_BPF_KIND_CHUNK: a chunk, by its number; @value of the message: where in the map
 * @KXT_BPF_KIND_MORE: the other entries of a chunk
 * @KXT_BPF_KIND_PIECE: sketches of a chunk: chunk * KXT_BPF_PIECES + piece
 */
enum kxt_bpf_kind {
	KXT_BPF_KIND_CPUS,
	KXT_BPF_KIND_EVENTS,
	KXT_BPF_KIND_LOOK,
	KXT_BPF_KIND_PROGRAM,
	KXT_BPF_KIND_CHUNK,
	KXT_BPF_KIND_MORE,
	KXT_BPF_KIND_PIECE,
};

/**
 * struct kxt_bpf_msg - a message
 * @type: enum kxt_bpf_type
 * @kind: enum kxt_bpf_kind
 * @number: see @type
 * @value: see @type
 * @err: what went wrong
 */
struct kxt_bpf_msg {
	uint32_t type;
	uint32_t kind;
	uint32_t number;
	uint64_t value;
	struct kxt_err err;
};

/**
 * kxt_bpf_send() - send a message
 * @sock: socket
 * @msg: message
 * @fd: descriptor to send along, or -1
 *
 * Does not wait. Return: 0, or -1 with errno set (EAGAIN: the other end is behind).
 */
int kxt_bpf_send(int sock, const struct kxt_bpf_msg *msg, int fd);

/**
 * kxt_bpf_receive() - get a message
 * @sock: socket
 * @msg: result
 * @fd: the descriptor that came along, or -1
 * @wait: sleep until there is one
 *
 * Return: 1; 0 if there is none now; -1 if the other end is gone.
 */
int kxt_bpf_receive(int sock, struct kxt_bpf_msg *msg, int *fd, int wait);

#endif /* KXT_BPF_WIRE_H */
