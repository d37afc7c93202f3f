/* SPDX-License-Identifier: GPL-2.0-only */
/* The BPF programs and maps: which ones, loading them, attaching them. */
#ifndef KXT_BPF_LOAD_H
#define KXT_BPF_LOAD_H

#include "user/bpf_abi.h"
#include "user/bpf_kernel.h"
#include "user/err.h"

struct bpf_object;

/**
 * enum kxt_bpf_flavor - which programs
 * @KXT_BPF_AUTO: core ones if the kernel has what they need, else classic ones
 * @KXT_BPF_CORE: with BTF of KVM (kvmexit.bpf.c)
 * @KXT_BPF_CLASSIC: classic tracepoints (kvmexit_tp.bpf.c)
 */
enum kxt_bpf_flavor {
	KXT_BPF_AUTO,
	KXT_BPF_CORE,
	KXT_BPF_CLASSIC,
};

/**
 * struct kxt_bpf_maps - descriptors of the maps, see bpf_abi.h
 * @chunks: array of maps
 * @more: array of maps
 * @pieces: array of maps
 * @ready: queue
 * @vcpus: hash
 * @threads: hash
 * @cpus: array, by CPU
 * @wake: ring buffer
 * @events: ring buffer
 */
struct kxt_bpf_maps {
	int chunks;
	int more;
	int pieces;
	int ready;
	int vcpus;
	int threads;
	int cpus;
	int wake;
	int events;
};

/**
 * struct kxt_bpf_load - loaded programs
 * @kernel: the kernel that they were chosen for
 * @core: they are the core ones
 * @core_skel: of these; else NULL
 * @classic_skel: of the classic ones; else NULL
 * @obj: of either
 * @maps: see there
 * @control: mapped
 * @near: mapped: the first slots, of the core ones; else NULL
 * @near_fd: the map that it is in
 * @near_at: where, in bytes
 * @nr_cpus: CPUs that there may ever be
 * @max_slots: slots that there may ever be
 * @exit_fd: the program at kvm_exit, once it is attached
 * @watch_fd: events for programs that see records of tracepoints; -1: not wanted, or not
 *	to be had
 * @watch_error: errno of those
 * @watched: these programs are attached
 */
struct kxt_bpf_load {
	struct kxt_bpf_kernel kernel;
	bool core;
	struct kvmexit_bpf *core_skel;
	struct kvmexit_tp_bpf *classic_skel;
	struct bpf_object *obj;
	struct kxt_bpf_maps maps;
	struct kxt_bpf_control *control;
	struct kxt_bpf_near *near;
	int near_fd;
	uint64_t near_at;
	uint32_t nr_cpus;
	uint32_t max_slots;
	int exit_fd;
	int watch_fd[KXT_EVENT_NR];
	int watch_error[KXT_EVENT_NR];
	bool watched;
};

/**
 * kxt_bpf_load() - load the programs, attached to nothing yet
 * @l: result, zeroed by this call
 * @flavor: which ones
 * @verbose: all that libbpf says goes to standard error
 * @err: set on failure: one sentence and what to do
 *
 * Return: 0, or -1 with @err set.
 */
int kxt_bpf_load(struct kxt_bpf_load *l, enum kxt_bpf_flavor flavor, bool verbose,
		 struct kxt_err *err);

/**
 * kxt_bpf_attach() - have the programs called
 * @l: loaded; there are slots in @ready
 * @err: set on failure
 *
 * Return: 0, or -1 with @err set.
 */
int kxt_bpf_attach(struct kxt_bpf_load *l, struct kxt_err *err);

/**
 * kxt_bpf_attach_watch() - attach what is needed only while something is watched
 * @l: attached
 * @err: set on failure
 *
 * Once; it stays attached, and these programs do nothing while nothing is watched. Needs
 * no file system and no privilege: it can be called after the keeper was confined.
 *
 * Return: 0, or -1 with @err set.
 */
int kxt_bpf_attach_watch(struct kxt_bpf_load *l, struct kxt_err *err);

/** kxt_bpf_look_fd() - the program of KXT_BPF_KIND_LOOK, or -1 if there is none */
int kxt_bpf_look_fd(const struct kxt_bpf_load *l);

/** kxt_bpf_fixed_memory() - bytes of kernel memory of all maps but slots */
uint64_t kxt_bpf_fixed_memory(const struct kxt_bpf_load *l);

/** kxt_bpf_unload() - forget what was loaded and not attached; fine on a zeroed one */
void kxt_bpf_unload(struct kxt_bpf_load *l);

#endif /* KXT_BPF_LOAD_H */
