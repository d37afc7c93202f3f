// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmm: a guest that makes an exact number of VM exits. The order of events; vmm.h
 * tells how it works.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "vmm_expect.h"
#include "vmm_guest.h"

#define NSEC_PER_SEC 1000000000ll

_Noreturn void vmm_die(const char *fmt, ...)
{
	char buf[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	fprintf(stderr, "vmm: %s\n", buf);
	_exit(1);
}

int64_t vmm_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

void vmm_sleep_until(int64_t ns)
{
	struct timespec ts = {.tv_sec = ns / NSEC_PER_SEC,
			      .tv_nsec = ns % NSEC_PER_SEC};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
}

/*
 * All signals go to this thread: vCPU threads never see one (but that of the pauser),
 * since a signal makes KVM leave the guest. A second signal ends the process at once,
 * with the guest as it is.
 */
static void *signal_thread(void *arg)
{
	struct vmm *vmm = arg;
	sigset_t set;
	int sig;

	sigfillset(&set);
	prctl(PR_SET_NAME, "vmm-signal");
	for (;;) {
		if (sigwait(&set, &sig) ||
		    (sig != SIGTERM && sig != SIGINT && sig != SIGHUP))
			continue;
		if (atomic_load(&vmm->phase) == PHASE_DONE)
			_exit(0);
		if (atomic_load(&vmm->phase) == PHASE_WAITING ||
		    atomic_exchange(&vmm->stop, true))
			_exit(128 + sig);
	}
}

static void start_signal_thread(struct vmm *vmm)
{
	pthread_t thread;
	sigset_t set;
	int err;

	sigfillset(&set);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	err = pthread_create(&thread, NULL, signal_thread, vmm);
	if (err)
		vmm_die("cannot start the thread for signals: %s; raise the limit of "
			"processes",
			strerror(err));
}

/*
 * Guest memory: a huge page would make one fault out of many. Kernels without huge
 * pages refuse to hear about them, which is as good.
 */
static uint8_t *get_memory(size_t size)
{
	uint8_t *mem;

	if (!size)
		return NULL;
	mem = mmap(NULL, size, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (mem == MAP_FAILED)
		vmm_die("cannot get %zu bytes of guest memory: %m; give fewer --vcpus "
			"or pages to --touch",
			size);
	madvise(mem, size, MADV_NOHUGEPAGE);
	return mem;
}

static void allocate(struct vmm *vmm)
{
	const struct options *opt = &vmm->opt;
	uint64_t touch = opt->total[OP_TOUCH] * GUEST_STRIDE;
	unsigned int i;

	vmm->mem_stride =
		GUEST_TOUCH + (touch + GUEST_PART - 1) / GUEST_PART * GUEST_PART;
	vmm->mem = get_memory(vmm->mem_stride * opt->nr_vcpus);
	vmm->dirty_stride = opt->total[OP_DIRTY] * GUEST_STRIDE;
	vmm->dirty = get_memory(vmm->dirty_stride * opt->nr_vcpus);
	vmm->vcpus = calloc(opt->nr_vcpus, sizeof(*vmm->vcpus));
	if (!vmm->vcpus)
		vmm_die("out of memory");
	for (i = 0; i < opt->nr_vcpus; i++) {
		struct vcpu *vcpu = &vmm->vcpus[i];

		vcpu->vmm = vmm;
		vcpu->id = i;
		vcpu->mem = vmm->mem + i * vmm->mem_stride;
		vcpu->gpa = GUEST_BASE + i * vmm->mem_stride;
		vcpu->dirty_gpa = GUEST_DIRTY + i * vmm->dirty_stride;
	}
	pthread_barrier_init(&vmm->gate, NULL, opt->nr_vcpus + 1);
	pthread_barrier_init(&vmm->lockstep, NULL, opt->nr_vcpus);
	pthread_mutex_init(&vmm->warm_up, NULL);
}

static void announce_and_hold(const struct vmm *vmm)
{
	unsigned int i;
	char c;

	for (i = 0; i < vmm->opt.nr_vcpus; i++)
		fprintf(stderr, "vmm: %s: pid %d vcpu %u tid %d\n", vmm->opt.name,
			getpid(), i, vmm->vcpus[i].tid);
	if (vmm->opt.hold) {
		fprintf(stderr, "vmm: %s: waiting for a line on stdin\n",
			vmm->opt.name);
		/* The end of the input starts the work too: whoever held it is gone. */
		while (read(STDIN_FILENO, &c, 1) == 1 && c != '\n')
			;
	}
	while (vmm->opt.wait_file && access(vmm->opt.wait_file, F_OK))
		vmm_sleep_until(vmm_now_ns() + NSEC_PER_SEC / 100);
}

/*
 * The gate opens twice for each VM: for the vCPU threads to begin, and for this thread
 * when all are done.
 */
static void run_vm(struct vmm *vmm)
{
	vmm_disturb_start(vmm);
	vmm->deadline_ns = vmm_now_ns() + vmm->opt.seconds * NSEC_PER_SEC;
	pthread_barrier_wait(&vmm->gate);
	pthread_barrier_wait(&vmm->gate);
	vmm_disturb_stop(vmm);
	vmm_vm_collect(vmm);
}

int main(int argc, char **argv)
{
	static struct vmm vmm;
	unsigned int i;

	vmm_parse_options(&vmm.opt, argc, argv);
	prctl(PR_SET_NAME, vmm.opt.name);
	start_signal_thread(&vmm);
	allocate(&vmm);
	vmm_kvm_open(&vmm);
	vmm_vm_create(&vmm);
	vmm_threads_start(&vmm);
	announce_and_hold(&vmm);

	atomic_store(&vmm.phase, PHASE_RUNNING);
	run_vm(&vmm);
	for (i = 0; i < vmm.opt.recreate && !atomic_load(&vmm.stop); i++) {
		vmm_vm_destroy(&vmm);
		vmm_vm_create(&vmm);
		run_vm(&vmm);
	}

	atomic_store(&vmm.phase, PHASE_DONE);
	vmm_check_seen(&vmm);
	vmm_report(&vmm);
	if (vmm.opt.linger)
		vmm_sleep_until(vmm_now_ns() + vmm.opt.linger * NSEC_PER_SEC);

	vmm.quit = true;
	pthread_barrier_wait(&vmm.gate);
	for (i = 0; i < vmm.opt.nr_vcpus; i++)
		pthread_join(vmm.vcpus[i].thread, NULL);
	vmm_vm_destroy(&vmm);
	return 0;
}
