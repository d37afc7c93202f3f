/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A collector is where numbers come from: the module, BPF programs, the fake one of
 * the tests, a recording. Verbs talk to this vtable, views never do.
 */
#ifndef KXT_COLLECTOR_H
#define KXT_COLLECTOR_H

#include "user/err.h"
#include "user/snapshot.h"
#include "user/vm.h"

struct kxt_collector;

/**
 * struct kxt_collector_ops - one kind of collector
 * @name: as in --collector and in the JSON field "collector"
 * @open: make it ready. @arg is what followed NAME: on the command line, or
 *	NULL. Sets c->priv, c->kernel and c->host; may set c->names to a table of
 *	its own. Returns 0, or -1 with @err set; status KXT_EXIT_NO_COLLECTOR
 *	means "not usable here" and the message says why and what to do
 * @snapshot: fill @out (initialised, old contents are freed or reused) with all
 *	counters. Returns 0, or -1 with @err set
 * @wait: let @ns nanoseconds pass for this collector. NULL: the caller sleeps.
 *	The fake collector's time moves only here
 * @details: have details collected (true) or no more for us (false). They are in
 *	the snapshots taken after it. Returns 0, or -1 with @err set. NULL: this
 *	collector has none
 * @slow: from now on keep exits with at least @over_ns service time for
 *	@slow_read; UINT64_MAX: none. Returns 0, or -1 with @err set. NULL: this
 *	collector cannot
 * @slow_fd: file that poll() says is readable when @slow_read has something, or
 *	-1 if there is none and it is to be asked after @wait. May be NULL
 * @slow_read: take up to @max records, oldest first for each CPU, without
 *	waiting; what was lost is added to @lost. Returns their number or -1
 *	with @err set
 * @close: undo open; c->priv is not used afterwards
 * @confine: what the others need after @open: KXT_CONFINE_KEEP_*, see confine.h; 0:
 *	no privilege at all
 */
struct kxt_collector_ops {
	const char *name;
	int (*open)(struct kxt_collector *c, const char *arg, struct kxt_err *err);
	int (*snapshot)(struct kxt_collector *c, struct kxt_snapshot *out,
			struct kxt_err *err);
	int (*wait)(struct kxt_collector *c, uint64_t ns, struct kxt_err *err);
	int (*details)(struct kxt_collector *c, bool on, struct kxt_err *err);
	int (*slow)(struct kxt_collector *c, uint64_t over_ns, struct kxt_err *err);
	int (*slow_fd)(struct kxt_collector *c);
	int (*slow_read)(struct kxt_collector *c, struct kvmexit_event *event,
			 unsigned int max, uint64_t *lost, struct kxt_err *err);
	void (*close)(struct kxt_collector *c);
	unsigned int confine;
};

/**
 * struct kxt_collector - an open collector
 * @ops: its kind
 * @priv: its own
 * @names: VM names, owned here
 * @kernel: release of the kernel the numbers come from
 * @host: its host name
 */
struct kxt_collector {
	const struct kxt_collector_ops *ops;
	void *priv;
	struct kxt_vm_names *names;
	char kernel[72];
	char host[72];
};

extern const struct kxt_collector_ops kxt_collector_module;
extern const struct kxt_collector_ops kxt_collector_bpf;
extern const struct kxt_collector_ops kxt_collector_fake;

/** kxt_collector_module_is_there() - is there a device of the module, usable or not? */
bool kxt_collector_module_is_there(void);

/* -v: a collector says all it knows about what it does on standard error. */
extern bool kxt_collector_verbose;

/**
 * kxt_collector_open() - open by name
 * @c: result, zeroed by this call
 * @spec: "auto" (NULL is the same), "module", "bpf" ("bpf:core" and "bpf:classic"
 *	insist on one kind of programs), "fake:SCENARIO" (tests only, not in the
 *	help), or the file of a recording
 * @err: set on failure
 *
 * auto tries each kind that could work on a host and says of every one why it
 * was refused. That the module is there but not usable it says on standard error also
 * when another one is.
 *
 * Return: 0, or -1 with @err set: usage for an unknown name, no collector if
 * none was usable.
 */
int kxt_collector_open(struct kxt_collector *c, const char *spec, struct kxt_err *err);

/** kxt_collector_close() - close and zero @c; fine on a zeroed one */
void kxt_collector_close(struct kxt_collector *c);

/**
 * kxt_collector_to_wall() - from the collector's clock to the time of day
 * @c: open collector
 *
 * Return: what to add to kvmexit_event.time_ns for CLOCK_REALTIME, modulo 2^64; 0
 * for a collector with a clock of its own, which has no other time than that, and for a
 * recording that does not tell.
 */
uint64_t kxt_collector_to_wall(const struct kxt_collector *c);

#endif /* KXT_COLLECTOR_H */
