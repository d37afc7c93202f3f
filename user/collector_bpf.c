// SPDX-License-Identifier: GPL-2.0-only
/*
 * The reader's half of the BPF collector. The keeper (bpf_keeper.c), its child, has the
 * programs; here is only memory that both have mapped, a ring buffer and a socket. No
 * privilege is needed once it is open.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "user/bpf_keeper.h"
#include "user/bpf_missed.h"
#include "user/bpf_wire.h"
#include "user/collector.h"
#include "user/slot.h"
#include "user/thread.h"

#define BASE_SIZE	(sizeof(struct kxt_bpf_slot) - KXT_BPF_PAGE)
#define SLOTS_SIZE	((size_t)KXT_BPF_MAX_SLOTS * KVMEXIT_SLOT_SIZE)
#define DETAILS_SIZE	((size_t)KXT_BPF_MAX_SLOTS * KVMEXIT_DETAIL_SIZE)

/**
 * struct bpf - an open collector
 * @keeper: process
 * @sock: socket to it
 * @slots: address space for all slots there may ever be, as the module maps them. Where
 *	no map is there is memory that reads as zero: nobody's slot, an unused entry
 * @details: the same for their details; NULL until somebody asks
 * @cpu: mapped
 * @nr_cpus: how many
 * @nr_chunks: chunks mapped in @slots
 * @ring: slow exits; NULL on a kernel that cannot
 * @look: socket to ask and to be answered whether a vCPU sleeps; -1 without
 * @missed: exits that the kernel kept from the program
 * @memory: bytes of kernel memory, without details
 * @details_memory: of these
 * @start_ns: CLOCK_MONOTONIC when all programs were attached
 * @sees_pids: the pids in the slots mean here what they mean there
 * @watch: what the keeper was asked for
 * @over_ns: threshold of slow exits
 * @lost_told: slow exits lost, as told by slow_read
 * @out: where slow_read puts records
 * @out_nr: how many there are
 * @out_max: room
 */
struct bpf {
	pid_t keeper;
	int sock;
	char *slots;
	char *details;
	const struct kxt_bpf_cpu *cpu;
	uint32_t nr_cpus;
	uint32_t nr_chunks;
	struct ring_buffer *ring;
	int look[2];
	struct kxt_bpf_missed missed;
	uint64_t memory;
	uint64_t details_memory;
	uint64_t start_ns;
	bool sees_pids;
	uint32_t watch;
	uint64_t over_ns;
	uint64_t lost_told;
	struct kvmexit_event *out;
	unsigned int out_nr, out_max;
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static int keep_record(void *ctx, void *data, size_t size)
{
	struct bpf *b = ctx;

	if (size >= sizeof(*b->out) && b->out_nr < b->out_max)
		memcpy(&b->out[b->out_nr++], data, sizeof(*b->out));
	/* Full: libbpf stops behind the record that said so. */
	return b->out_nr < b->out_max ? 0 : -ENOSPC;
}

static void *reserve(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		       -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

/* Map a part of a map of the keeper's into one of our address ranges. */
static int place(void *where, size_t size, int fd, size_t offset)
{
	return mmap(where, size, PROT_READ, MAP_SHARED | MAP_FIXED, fd, offset) ==
	       MAP_FAILED ? -1 : 0;
}

/* In each slot: what it has behind its private page, and its other entries after that. */
static int place_chunk(struct bpf *b, const struct kxt_bpf_msg *msg, int fd)
{
	bool more = msg->kind == KXT_BPF_KIND_MORE;
	size_t size = more ? sizeof(struct kxt_bpf_more) : BASE_SIZE;
	size_t stride = more ? sizeof(struct kxt_bpf_more) : sizeof(struct kxt_bpf_slot);

	if (msg->number >= KXT_BPF_MAX_CHUNKS)
		return -1;
	for (uint32_t i = 0; i < KXT_BPF_CHUNK; i++) {
		size_t slot = (size_t)msg->number * KXT_BPF_CHUNK + i;
		char *where = b->slots + slot * KVMEXIT_SLOT_SIZE + (more ? BASE_SIZE : 0);

		if (place(where, size, fd,
			  msg->value + i * stride + (more ? 0 : KXT_BPF_PAGE)))
			return -1;
	}
	if (!more)
		b->nr_chunks = msg->number + 1;
	/* One that is a part of another map is counted with it. */
	if (!msg->value)
		b->memory += stride * KXT_BPF_CHUNK;
	return 0;
}

static int place_piece(struct bpf *b, const struct kxt_bpf_msg *msg, int fd)
{
	size_t chunk = msg->number / KXT_BPF_PIECES, piece = msg->number % KXT_BPF_PIECES;

	if (chunk >= KXT_BPF_MAX_CHUNKS || !b->details)
		return -1;
	for (uint32_t i = 0; i < KXT_BPF_CHUNK; i++) {
		char *where = b->details +
			      (chunk * KXT_BPF_CHUNK + i) * KVMEXIT_DETAIL_SIZE +
			      piece * sizeof(struct kxt_bpf_piece);

		if (place(where, sizeof(struct kxt_bpf_piece), fd,
			  i * sizeof(struct kxt_bpf_piece)))
			return -1;
	}
	b->details_memory += sizeof(struct kxt_bpf_piece) * KXT_BPF_CHUNK;
	return 0;
}

static int take_look(struct bpf *b, uint32_t end, int fd)
{
	if (end > 1 || b->look[end] >= 0)
		return -1;
	b->look[end] = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	return b->look[end] < 0 ? -1 : 0;
}

/* The number of the slot comes back through the program kxt_on_look if it does. */
static bool vcpu_sleeps(void *arg, const struct kxt_vcpu *v)
{
	const struct bpf *b = arg;
	uint32_t number = v->key >> 32, back;

	return send(b->look[0], &number, sizeof(number), MSG_NOSIGNAL) ==
	       (ssize_t)sizeof(number) &&
	       recv(b->look[1], &back, sizeof(back), 0) == (ssize_t)sizeof(back) &&
	       back == number;
}

static int take_map(struct bpf *b, const struct kxt_bpf_msg *msg, int fd)
{
	switch (msg->kind) {
	case KXT_BPF_KIND_CPUS:
		b->nr_cpus = msg->number;
		b->cpu = mmap(NULL, b->nr_cpus * sizeof(*b->cpu), PROT_READ, MAP_SHARED,
			      fd, 0);
		if (b->cpu != MAP_FAILED)
			return 0;
		b->cpu = NULL;
		return -1;
	case KXT_BPF_KIND_EVENTS:
		b->ring = ring_buffer__new(fd, keep_record, b, NULL);
		return b->ring ? 0 : -1;
	case KXT_BPF_KIND_LOOK:
		return take_look(b, msg->number, fd);
	case KXT_BPF_KIND_PROGRAM:
		return kxt_bpf_missed_open(&b->missed, fd);
	case KXT_BPF_KIND_CHUNK:
	case KXT_BPF_KIND_MORE:
		return place_chunk(b, msg, fd);
	case KXT_BPF_KIND_PIECE:
		return place_piece(b, msg, fd);
	default:
		return -1;
	}
}

static int keeper_gone(struct kxt_err *err)
{
	return kxt_err_set(err, KXT_EXIT_RUNTIME,
			   "the process that keeps the BPF programs (kvmexittop-bpf) has ended: somebody killed it, or the kernel did for lack of memory. Start kvmexittop again.");
}

/*
 * Take what the keeper has sent, until it says @until (then it waits for that), or, with
 * KXT_BPF_MAP, until there is nothing more. Returns -1 with @err set.
 */
static int listen_to_keeper(struct bpf *b, uint32_t until, struct kxt_bpf_msg *msg,
			    struct kxt_err *err)
{
	int fd, got, bad;

	while ((got = kxt_bpf_receive(b->sock, msg, &fd, until != KXT_BPF_MAP)) > 0) {
		bad = msg->type == KXT_BPF_MAP && (fd < 0 || take_map(b, msg, fd));
		if (fd >= 0)
			close(fd);
		if (bad)
			return kxt_err_set(err, KXT_EXIT_RUNTIME,
					   "cannot map the counters of the BPF programs: %s. Raise the limit of address space (ulimit -v), or of mappings (sysctl vm.max_map_count).",
					   strerror(errno));
		if (msg->type == KXT_BPF_FAILED) {
			*err = msg->err;
			return -1;
		}
		if (msg->type == until && until != KXT_BPF_MAP)
			return 0;
	}
	return got < 0 ? keeper_gone(err) : 0;
}

static void bpf_close(struct kxt_collector *c)
{
	struct bpf *b = c->priv;

	if (b->sock >= 0)
		close(b->sock);
	if (b->keeper > 0)
		waitpid(b->keeper, NULL, 0);
	for (int i = 0; i < 2; i++) {
		if (b->look[i] >= 0)
			close(b->look[i]);
	}
	kxt_bpf_missed_close(&b->missed);
	ring_buffer__free(b->ring);
	if (b->cpu)
		munmap((void *)b->cpu, b->nr_cpus * sizeof(*b->cpu));
	if (b->slots)
		munmap(b->slots, SLOTS_SIZE);
	if (b->details)
		munmap(b->details, DETAILS_SIZE);
	free(b);
	c->priv = NULL;
}

static int start_keeper(struct bpf *b, enum kxt_bpf_flavor flavor, struct kxt_err *err)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return kxt_err_set(err, KXT_EXIT_RUNTIME, "cannot make a socket: %s",
				   strerror(errno));
	b->keeper = fork();
	if (b->keeper == 0) {
		/* Not where standard files are, if they were closed: it opens these. */
		int sock = fcntl(pair[1], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

		kxt_bpf_keeper(sock < 0 ? pair[1] : sock, flavor, kxt_collector_verbose);
	}
	close(pair[1]);
	b->sock = pair[0];
	if (b->keeper > 0)
		return 0;
	return kxt_err_set(err, KXT_EXIT_RUNTIME, "cannot start a process: %s",
			   strerror(errno));
}

static int start(struct bpf *b, enum kxt_bpf_flavor flavor, struct kxt_err *err)
{
	struct kxt_bpf_msg msg;

	b->slots = reserve(SLOTS_SIZE);
	if (!b->slots)
		return kxt_err_set(err, KXT_EXIT_RUNTIME,
				   "cannot reserve address space for counters: %s. Raise the limit (ulimit -v).",
				   strerror(errno));
	if (start_keeper(b, flavor, err) ||
	    listen_to_keeper(b, KXT_BPF_ATTACHED, &msg, err))
		return -1;
	b->memory += msg.value;
	b->start_ns = now_ns();
	b->sees_pids = kxt_in_first_pid_namespace();
	return 0;
}

static int bpf_open(struct kxt_collector *c, const char *arg, struct kxt_err *err)
{
	enum kxt_bpf_flavor flavor = KXT_BPF_AUTO;
	struct utsname uts;
	struct bpf *b;

	if (arg && strcmp(arg, "core") == 0)
		flavor = KXT_BPF_CORE;
	else if (arg && strcmp(arg, "classic") == 0)
		flavor = KXT_BPF_CLASSIC;
	else if (arg)
		return kxt_err_set(err, KXT_EXIT_USAGE,
				   "there are no BPF programs '%s'; known: bpf:core, bpf:classic",
				   arg);
	b = calloc(1, sizeof(*b));
	if (!b)
		return kxt_err_set(err, KXT_EXIT_RUNTIME, "out of memory");
	c->priv = b;
	b->sock = b->look[0] = b->look[1] = -1;
	kxt_bpf_missed_init(&b->missed);
	b->over_ns = UINT64_MAX;
	if (start(b, flavor, err)) {
		bpf_close(c);
		return -1;
	}
	if (uname(&uts) == 0) {
		snprintf(c->kernel, sizeof(c->kernel), "%s", uts.release);
		snprintf(c->host, sizeof(c->host), "%s", uts.nodename);
	}
	return 0;
}

/* Returns slow exits that found no room; the rest goes into @out. */
static uint64_t add_cpus(const struct bpf *b, struct kxt_snapshot *out)
{
	uint64_t events = 0, details = 0;

	for (uint32_t i = 0; i < b->nr_cpus; i++) {
		const volatile struct kxt_bpf_cpu *cpu = &b->cpu[i];

		events += cpu->lost_events;
		details += cpu->lost_details;
		if (!out)
			continue;
		out->lost.exits += cpu->lost_exits;
		out->lost.slots += cpu->lost_slots;
		out->cost.samples += cpu->cost_samples;
		out->cost.ns += cpu->cost_ns;
	}
	if (out)
		out->lost.events = events + details;
	return events;
}

static int read_slots(const struct bpf *b, struct kxt_snapshot *out,
		      const struct kxt_clock *clock)
{
	for (uint32_t i = 0; i < b->nr_chunks * KXT_BPF_CHUNK; i++) {
		struct kxt_slot_place at = {
			.slot = b->slots + (size_t)i * KVMEXIT_SLOT_SIZE,
			.number = i,
			.knows = KXT_KNOWS_IDLE | KXT_KNOWS_VMM,
		};

		if (b->watch & KXT_BPF_WATCH_DETAILS)
			at.detail = b->details + (size_t)i * KVMEXIT_DETAIL_SIZE;
		if (kxt_slot_read(out, &at, clock))
			return -1;
	}
	return 0;
}

static int bpf_snapshot(struct kxt_collector *c, struct kxt_snapshot *out,
			struct kxt_err *err)
{
	struct kxt_clock clock = { .mult = 1, .shift = 0 };
	struct bpf *b = c->priv;
	struct kxt_bpf_msg msg;

	kxt_snapshot_free(out);
	if (listen_to_keeper(b, KXT_BPF_MAP, &msg, err))
		return -1;
	/* Before the slots: what happens after now must not look as if before. */
	clock.now = now_ns();
	out->now_ns = clock.now;
	out->start_ns = b->start_ns;
	out->kvm_present = true;
	out->details = b->watch & KXT_BPF_WATCH_DETAILS;
	out->memory = b->memory + b->details_memory;
	add_cpus(b, out);
	out->lost.exits += kxt_bpf_missed_read(&b->missed);
	if (read_slots(b, out, &clock)) {
		kxt_snapshot_free(out);
		return kxt_err_set(err, KXT_EXIT_RUNTIME, "out of memory for a snapshot");
	}
	if (b->sees_pids)
		kxt_threads_look(out, b->look[1] >= 0 ? vcpu_sleeps : NULL, b);
	kxt_snapshot_sort(out);
	return 0;
}

static int ask_watch(struct bpf *b, uint32_t watch, struct kxt_err *err)
{
	struct kxt_bpf_msg msg = {
		.type = KXT_BPF_WATCH, .number = watch, .value = b->over_ns };

	if (kxt_bpf_send(b->sock, &msg, -1))
		return keeper_gone(err);
	if (listen_to_keeper(b, KXT_BPF_DONE, &msg, err))
		return -1;
	b->watch = watch;
	return 0;
}

static int bpf_details(struct kxt_collector *c, bool on, struct kxt_err *err)
{
	struct bpf *b = c->priv;
	int ret;

	if (on == !!(b->watch & KXT_BPF_WATCH_DETAILS))
		return 0;
	if (on && !b->details)
		b->details = reserve(DETAILS_SIZE);
	if (on && !b->details)
		return kxt_err_set(err, KXT_EXIT_RUNTIME,
				   "cannot reserve address space for details: %s. Raise the limit (ulimit -v).",
				   strerror(errno));
	ret = ask_watch(b, b->watch ^ KXT_BPF_WATCH_DETAILS, err);
	/* The keeper has taken back what it gave before it had to give up. */
	if (b->details && (ret ? on : !on)) {
		munmap(b->details, DETAILS_SIZE);
		b->details = NULL;
		b->details_memory = 0;
	}
	return ret;
}

static int bpf_slow(struct kxt_collector *c, uint64_t over_ns, struct kxt_err *err)
{
	struct bpf *b = c->priv;
	uint32_t watch = b->watch & ~KXT_BPF_WATCH_SLOW;

	b->over_ns = over_ns;
	if (!(b->watch & KXT_BPF_WATCH_SLOW))
		b->lost_told = add_cpus(b, NULL);
	return ask_watch(b, over_ns == UINT64_MAX ? watch : watch | KXT_BPF_WATCH_SLOW, err);
}

static int bpf_slow_fd(struct kxt_collector *c)
{
	const struct bpf *b = c->priv;

	return b->ring ? ring_buffer__epoll_fd(b->ring) : -1;
}

static int bpf_slow_read(struct kxt_collector *c, struct kvmexit_event *event,
			 unsigned int max, uint64_t *lost, struct kxt_err *err)
{
	struct bpf *b = c->priv;
	uint64_t all;
	int ret;

	if (!b->ring || max == 0)
		return 0;
	b->out = event;
	b->out_nr = 0;
	b->out_max = max;
	ret = ring_buffer__consume(b->ring);
	if (ret < 0 && ret != -ENOSPC && ret != -EINTR)
		return kxt_err_set(err, KXT_EXIT_RUNTIME,
				   "cannot read slow exits from the BPF ring buffer: %s. Start kvmexittop again.",
				   strerror(-ret));
	all = add_cpus(b, NULL);
	*lost += all - b->lost_told;
	b->lost_told = all;
	return (int)b->out_nr;
}

const struct kxt_collector_ops kxt_collector_bpf = {
	.name = "bpf",
	.open = bpf_open,
	.snapshot = bpf_snapshot,
	.details = bpf_details,
	.slow = bpf_slow,
	.slow_fd = bpf_slow_fd,
	.slow_read = bpf_slow_read,
	.close = bpf_close,
};
