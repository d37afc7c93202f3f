/* SPDX-License-Identifier: GPL-2.0-only */
/* One frame of a recording: a snapshot, and what came since the one before. Pure. */
#ifndef KXT_REC_FRAME_H
#define KXT_REC_FRAME_H

#include "user/rec/coder.h"
#include "user/snapshot.h"
#include "user/vm.h"

/**
 * struct kxt_rec_name - what the VM of a process is called from this frame on
 * @pid: process
 * @name: unescaped
 */
struct kxt_rec_name {
	uint32_t pid;
	char name[KXT_VM_NAME_MAX];
};

/**
 * struct kxt_rec_frame - one frame
 * @s: all counters
 * @nr_names: names that are new since the beginning of the block
 * @name: they
 * @nr_slow: slow exits since the frame before
 * @slow: they, oldest first
 * @slow_lost: slow exits since then that are not here
 */
struct kxt_rec_frame {
	struct kxt_snapshot s;
	unsigned int nr_names;
	struct kxt_rec_name *name;
	unsigned int nr_slow;
	struct kvmexit_event *slow;
	uint64_t slow_lost;
};

/** kxt_rec_frame_free() - release memory and make it empty; fine on a zeroed one */
void kxt_rec_frame_free(struct kxt_rec_frame *f);

/**
 * kxt_rec_frame_code() - write a frame, or read one
 * @c: coder; at the beginning of the frame in all streams
 * @f: frame; s.now_ns is not coded. Reading: empty but for that
 * @was: snapshot before it; an empty one for a key frame
 *
 * Writing, the frame has to be sorted as struct kxt_snapshot says; reading, it is.
 *
 * Return: 0, or -1: nothing of this frame is there or can be, or there is no memory. The
 * coder is bad then, and @f to be freed.
 */
int kxt_rec_frame_code(struct kxt_rec_coder *c, struct kxt_rec_frame *f,
		       const struct kxt_snapshot *was);

/**
 * kxt_rec_vcpu_code() - write a vCPU, or add the one that is read to a snapshot
 * @c: coder
 * @s: snapshot
 * @at: number of the vCPU in it; reading: those before it are there
 * @key: its key
 * @was: the same vCPU in the frame before, or one with nothing in it
 *
 * Return: 0, or -1 as above.
 */
int kxt_rec_vcpu_code(struct kxt_rec_coder *c, struct kxt_snapshot *s, unsigned int at,
		      uint64_t key, const struct kxt_vcpu *was);

/**
 * kxt_rec_entry_code() - write or read the counters of an entry
 * @c: coder
 * @e: entry; code and level are there. Reading: all else is 0
 * @was: the same entry before, or one with nothing in it
 */
void kxt_rec_entry_code(struct kxt_rec_coder *c, struct kxt_entry *e,
			const struct kxt_entry *was);

/**
 * kxt_rec_details_code() - write or read which details a vCPU has, and their counters
 * @c: coder
 * @v: vCPU. Reading: without details
 * @was: see kxt_rec_vcpu_code()
 *
 * Return: 0, or -1 as above.
 */
int kxt_rec_details_code(struct kxt_rec_coder *c, struct kxt_vcpu *v,
			 const struct kxt_vcpu *was);

/** kxt_rec_details_copy() - reading: the details are those of before; 0, or -1 as above */
int kxt_rec_details_copy(struct kxt_rec_coder *c, struct kxt_vcpu *v,
			 const struct kxt_vcpu *was);

#endif /* KXT_REC_FRAME_H */
