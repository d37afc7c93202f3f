// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/bpf_keeper.h"
#include "user/bpf_slots.h"
#include "user/bpf_wire.h"
#include "user/confine.h"
#include "user/thread.h"

/* Without a word from programs. Where they cannot say one (PREEMPT_RT) more often. */
#define TEND_MS		1000
#define TEND_RT_MS	20

/**
 * struct keeper - all of it
 * @sock: to the reader
 * @load: programs
 * @slots: their memory
 * @wake: ring buffer in which programs say that something is to be done
 */
struct keeper {
	int sock;
	struct kxt_bpf_load load;
	struct kxt_bpf_slots slots;
	struct ring_buffer *wake;
};

/* It is large: not on the stack. */
static struct keeper keeper;

/* That a program woke us is all it says. */
static int on_wake(void *ctx, void *data, size_t size)
{
	(void)ctx;
	(void)data;
	(void)size;
	return 0;
}

/*
 * On our own from now on: a Ctrl-C or Ctrl-Z is the reader's, and its standard output
 * must not be kept open by us.
 */
static void detach_from_terminal(bool verbose)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	setsid();
	prctl(PR_SET_NAME, "kvmexittop-bpf");
	if (null < 0)
		return;
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	if (!verbose)
		dup2(null, STDERR_FILENO);
	if (null > STDERR_FILENO)
		close(null);
}

static int fail(struct keeper *k, const struct kxt_err *err)
{
	struct kxt_bpf_msg msg = { .type = KXT_BPF_FAILED, .err = *err };

	kxt_bpf_send(k->sock, &msg, -1);
	return -1;
}

static int send_map(struct keeper *k, enum kxt_bpf_kind kind, uint32_t number, int fd)
{
	struct kxt_bpf_msg msg = { .type = KXT_BPF_MAP, .kind = kind, .number = number };

	return kxt_bpf_send(k->sock, &msg, fd);
}

/* Without it a vCPU that sleeps again after a signal looks as if its VMM had it. */
static int send_look(struct keeper *k, struct kxt_err *err)
{
	int prog = kxt_bpf_look_fd(&k->load);
	int pair[2], ret = -1;

	if (prog < 0)
		return 0;
	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair))
		return kxt_err_set(err, KXT_EXIT_RUNTIME, "cannot make a socket: %s",
				   strerror(errno));
	if (setsockopt(pair[1], SOL_SOCKET, SO_ATTACH_BPF, &prog, sizeof(prog)) == 0 &&
	    send_map(k, KXT_BPF_KIND_LOOK, 0, pair[0]) == 0)
		ret = send_map(k, KXT_BPF_KIND_LOOK, 1, pair[1]);
	if (ret)
		kxt_err_set(err, KXT_EXIT_RUNTIME, "cannot set up a socket: %s",
			    strerror(errno));
	close(pair[0]);
	close(pair[1]);
	return ret;
}

static int start(struct keeper *k, enum kxt_bpf_flavor flavor, bool verbose,
		 struct kxt_err *err)
{
	struct kxt_bpf_msg msg = { .type = KXT_BPF_ATTACHED };

	if (kxt_bpf_load(&k->load, flavor, verbose, err))
		return -1;
	k->slots.load = &k->load;
	k->slots.sock = k->sock;
	k->slots.sees_pids = kxt_in_first_pid_namespace();
	if (!k->load.kernel.realtime)
		k->wake = ring_buffer__new(k->load.maps.wake, on_wake, NULL, NULL);
	if (!k->wake && !k->load.kernel.realtime)
		return kxt_err_set(err, KXT_EXIT_RUNTIME,
				   "cannot map a BPF ring buffer. Raise the limit of address space (ulimit -v).");
	if (send_map(k, KXT_BPF_KIND_CPUS, k->load.nr_cpus, k->load.maps.cpus) ||
	    send_look(k, err) ||
	    (!k->load.kernel.realtime &&
	     send_map(k, KXT_BPF_KIND_EVENTS, 0, k->load.maps.events)) ||
	    kxt_bpf_slots_tend(&k->slots, err) || kxt_bpf_attach(&k->load, err) ||
	    send_map(k, KXT_BPF_KIND_PROGRAM, 0, k->load.exit_fd))
		return -1;
	msg.number = k->load.core ? KXT_BPF_IS_CORE : 0;
	msg.value = kxt_bpf_fixed_memory(&k->load);
	if (kxt_confine_keeper(err))
		return -1;
	return kxt_bpf_send(k->sock, &msg, -1);
}

static int watch(struct keeper *k, const struct kxt_bpf_msg *request, struct kxt_err *err)
{
	uint32_t wanted = request->number & (KXT_BPF_WATCH_DETAILS | KXT_BPF_WATCH_SLOW);
	struct kxt_bpf_control *control = k->load.control;
	bool details = wanted & KXT_BPF_WATCH_DETAILS;
	uint32_t watched;

	if (wanted & KXT_BPF_WATCH_SLOW && k->load.kernel.realtime)
		return kxt_err_set(err, KXT_EXIT_RUNTIME,
				   "this is a PREEMPT_RT kernel, on which BPF programs have no ring buffer: the collector bpf cannot tell slow exits. Use -C module.");
	if (wanted && kxt_bpf_attach_watch(&k->load, err))
		return -1;
	if (details && kxt_bpf_slots_details(&k->slots, true, err))
		return -1;
	__atomic_store_n(&control->over_ns, request->value, __ATOMIC_RELEASE);
	watched = control->watch;
	__atomic_store_n(&control->watch, wanted, __ATOMIC_SEQ_CST);
	if (wanted && !watched)
		kxt_bpf_slots_alarm(&k->slots);
	if (!details)
		kxt_bpf_slots_details(&k->slots, false, err);
	return 0;
}

/* Returns false when the reader is gone. */
static bool serve(struct keeper *k)
{
	struct kxt_bpf_msg msg;
	struct kxt_err err;
	int fd, got;

	while ((got = kxt_bpf_receive(k->sock, &msg, &fd, 0)) > 0) {
		if (fd >= 0)
			close(fd);
		if (msg.type != KXT_BPF_WATCH)
			continue;
		memset(&err, 0, sizeof(err));
		if (watch(k, &msg, &err)) {
			fail(k, &err);
			continue;
		}
		msg = (struct kxt_bpf_msg){ .type = KXT_BPF_DONE };
		kxt_bpf_send(k->sock, &msg, -1);
	}
	return got == 0;
}

static void run(struct keeper *k)
{
	struct pollfd fd[2] = { { .fd = k->sock, .events = POLLIN } };
	struct kxt_err err;
	int nr = 1;

	if (k->wake)
		fd[nr++] = (struct pollfd){ .fd = ring_buffer__epoll_fd(k->wake),
					    .events = POLLIN };
	for (;;) {
		poll(fd, nr, k->wake ? TEND_MS : TEND_RT_MS);
		if (!serve(k))
			return;
		if (k->wake)
			ring_buffer__consume(k->wake);
		/* If it fails, what is lost is counted, and it is tried again. */
		kxt_bpf_slots_tend(&k->slots, &err);
	}
}

/* A file that a recorder writes, sockets that systemd handed over: not ours to hold. */
static void close_inherited(int sock)
{
	if (sock > STDERR_FILENO + 1)
		close_range(STDERR_FILENO + 1, sock - 1, 0);
	close_range(sock + 1, ~0U, 0);
}

void kxt_bpf_keeper(int sock, enum kxt_bpf_flavor flavor, bool verbose)
{
	struct kxt_err err = { .status = KXT_EXIT_RUNTIME };

	keeper.sock = sock;
	close_inherited(sock);
	detach_from_terminal(verbose);
	if (start(&keeper, flavor, verbose, &err))
		fail(&keeper, &err);
	else
		run(&keeper);
	/* The kernel detaches and frees all that was ours. */
	_exit(0);
}
