/* SPDX-License-Identifier: GPL-2.0-only */
/* The memory of the slots of the BPF collector, as its keeper sees it. */
#ifndef KXT_BPF_SLOTS_H
#define KXT_BPF_SLOTS_H

#include "user/bpf_load.h"

/**
 * struct kxt_bpf_chunk - a chunk that there is
 * @slot: KXT_BPF_CHUNK slots, mapped as all of these
 * @more: their other entries, or NULL
 * @piece: their sketches
 * @pieces: how many of @piece there are
 */
struct kxt_bpf_chunk {
	struct kxt_bpf_slot *slot;
	struct kxt_bpf_more *more;
	struct kxt_bpf_piece *piece[KXT_BPF_PIECES];
	unsigned int pieces;
};

/**
 * struct kxt_bpf_slots - all slots
 * @load: programs and maps
 * @sock: where the reader is told of new maps
 * @chunk: chunks
 * @nr_chunks: how many
 * @pushed: slots ever put into the stock
 * @details: sketches are wanted
 * @sees_pids: the PID namespace is the one in which programs count
 * @reaped_ns: CLOCK_MONOTONIC when threads were last looked for
 */
struct kxt_bpf_slots {
	struct kxt_bpf_load *load;
	int sock;
	struct kxt_bpf_chunk chunk[KXT_BPF_MAX_CHUNKS];
	uint32_t nr_chunks;
	uint64_t pushed;
	bool details;
	bool sees_pids;
	uint64_t reaped_ns;
};

/**
 * kxt_bpf_slots_tend() - see that there is what the programs need
 * @s: slots
 * @err: set on failure
 *
 * Fills up the stock, gives more entries and sketches to slots that run out of them, and
 * takes slots back whose vCPU ended long enough ago. Called whenever a program says so,
 * and once a second.
 *
 * Return: 0, or -1 with @err set: no memory, or the reader is behind. It is tried again
 * at the next call.
 */
int kxt_bpf_slots_tend(struct kxt_bpf_slots *s, struct kxt_err *err);

/**
 * kxt_bpf_slots_alarm() - have each vCPU's next event notice that something is watched
 * @s: slots; kxt_bpf_control.watch has been set, and was 0
 */
void kxt_bpf_slots_alarm(struct kxt_bpf_slots *s);

/**
 * kxt_bpf_slots_details() - have memory for details, or throw it away
 * @s: slots
 * @on: whether; if not, no program counts details any more
 * @err: set on failure
 *
 * Return: 0, or -1 with @err set.
 */
int kxt_bpf_slots_details(struct kxt_bpf_slots *s, bool on, struct kxt_err *err);

#endif /* KXT_BPF_SLOTS_H */
