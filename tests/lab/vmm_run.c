// SPDX-License-Identifier: GPL-2.0-only
/* The vCPU threads. */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "vmm_guest.h"

#define NSEC_PER_SEC  1000000000ll
#define NSEC_PER_MSEC 1000000ll

/* Where the signal of the pauser finds the vCPU of the thread that it is sent to. */
static __thread struct kvm_run *running;

/*
 * A signal that comes before KVM_RUN must not be missed: KVM then returns at once, with
 * EINTR as if it had come later.
 */
static void on_signal(int sig)
{
	(void)sig;
	if (running)
		running->immediate_exit = 1;
}

static void sleep_ms(unsigned int ms, uint64_t *times, int64_t *ns)
{
	int64_t begin = vmm_now_ns();

	vmm_sleep_until(begin + ms * NSEC_PER_MSEC);
	*ns += vmm_now_ns() - begin;
	(*times)++;
}

static void pause_if_asked(struct vcpu *vcpu)
{
	if (!atomic_load(&vcpu->pause))
		return;
	sleep_ms(vcpu->vmm->opt.pause_ms, &vcpu->paused, &vcpu->paused_ns);
	atomic_store(&vcpu->pause, false);
}

static void sleep_if_asked(struct vcpu *vcpu)
{
	const struct options *opt = &vcpu->vmm->opt;

	if (!opt->sleep_every)
		return;
	if (opt->sleep_port != NO_PORT && opt->sleep_port != vcpu->run->io.port)
		return;
	if (vcpu->sleep_calls++ % opt->sleep_every == 0)
		sleep_ms(opt->sleep_ms, &vcpu->slept, &vcpu->slept_ns);
}

static _Noreturn void die_of_exception(struct vcpu *vcpu)
{
	const struct kvm_run *run = vcpu->run;
	uint8_t vector = *((const uint8_t *)run + run->io.data_offset);
	char what[80];

	if (vector == GUEST_NO_EXCEPTION)
		snprintf(what, sizeof(what), "VMRUN ended for another reason");
	else
		snprintf(what, sizeof(what),
			 "exception %u in the guest (13: maybe an MSR unknown to KVM)",
			 vector);
	vmm_vcpu_die(vcpu, what);
}

/* Returns false once the guest says that it is ready, or has done a round. */
static bool handle_io(struct vcpu *vcpu)
{
	const struct kvm_run *run = vcpu->run;
	enum op_kind kind = OP_PORT;

	if (run->io.direction == KVM_EXIT_IO_IN) {
		kind = OP_PORT_IN;
		memset((uint8_t *)run + run->io.data_offset, 0, run->io.size);
	} else if (run->io.port == GUEST_CONTROL_PORT) {
		vcpu->seen_control++;
		return false;
	} else if (run->io.port == GUEST_EXCEPTION_PORT) {
		die_of_exception(vcpu);
	}
	vcpu->seen[kind] += run->io.count;
	sleep_if_asked(vcpu);
	return true;
}

static void handle_mmio(struct vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;

	vcpu->seen[run->mmio.is_write ? OP_MMIO : OP_MMIO_IN]++;
	if (!run->mmio.is_write)
		memset(run->mmio.data, 0, sizeof(run->mmio.data));
}

static void run_until_done(struct vcpu *vcpu)
{
	for (;;) {
		if (ioctl(vcpu->fd, KVM_RUN, 0) < 0) {
			if (errno != EINTR && errno != EAGAIN)
				vmm_vcpu_die(vcpu, strerror(errno));
			vcpu->signals += errno == EINTR;
			vcpu->run->immediate_exit = 0;
			pause_if_asked(vcpu);
			continue;
		}
		switch (vcpu->run->exit_reason) {
		case KVM_EXIT_IO:
			if (!handle_io(vcpu))
				return;
			break;
		case KVM_EXIT_MMIO:
			handle_mmio(vcpu);
			break;
		case KVM_EXIT_HLT:
			vcpu->seen[OP_HLT]++;
			break;
		case KVM_EXIT_SHUTDOWN:
			vmm_vcpu_die(vcpu, "the guest shut down (triple fault)");
		default:
			vmm_vcpu_die(vcpu, "an exit that this guest should not make");
		}
	}
}

static bool time_is_left(const struct vmm *vmm)
{
	if (atomic_load(&vmm->stop))
		return false;
	return vmm->opt.loop || (vmm->opt.seconds && vmm_now_ns() < vmm->deadline_ns);
}

/*
 * Pages are made fresh while no vCPU is in its guest: taking pages away makes KVM retry
 * the faults that other vCPUs have at that moment. @done: rounds of this generation.
 */
static bool another_round(struct vcpu *vcpu, unsigned int done)
{
	struct vmm *vmm = vcpu->vmm;

	if (vmm->opt.rounds ? done >= vmm->opt.rounds
			    : !vmm->opt.loop && !vmm->opt.seconds)
		return false;
	if (!vmm->opt.total[OP_TOUCH] && !vmm->opt.total[OP_DIRTY])
		return vmm->opt.rounds || time_is_left(vmm);
	pthread_barrier_wait(&vmm->lockstep);
	if (vcpu->id == 0) {
		vmm->again = vmm->opt.rounds || time_is_left(vmm);
		vmm_protect_dirty(vmm);
	}
	guest_refresh_touch(vcpu);
	pthread_barrier_wait(&vmm->lockstep);
	return vmm->again;
}

static struct times read_times(void)
{
	struct times t = {.wall_ns = vmm_now_ns(), .delay_ns = -1};
	FILE *f = fopen("/proc/thread-self/schedstat", "re");
	struct timespec run;

	if (f && fscanf(f, "%*d %" SCNd64, &t.delay_ns) != 1)
		t.delay_ns = -1;
	if (f)
		fclose(f);
	/* Exact; what the file has of it is as old as the last tick. */
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &run);
	t.run_ns = run.tv_sec * 1000000000ll + run.tv_nsec;
	return t;
}

static void add_times(struct times *sum, const struct times *begin)
{
	const struct times end = read_times();

	sum->wall_ns += end.wall_ns - begin->wall_ns;
	sum->run_ns += end.run_ns - begin->run_ns;
	sum->delay_ns += end.delay_ns - begin->delay_ns;
}

static void warm_up(struct vcpu *vcpu)
{
	struct vmm *vmm = vcpu->vmm;

	pthread_mutex_lock(&vmm->warm_up);
	run_until_done(vcpu);
	pthread_mutex_unlock(&vmm->warm_up);
	pthread_barrier_wait(&vmm->lockstep);
	if (vcpu->id == 0)
		vmm_protect_dirty(vmm);
	pthread_barrier_wait(&vmm->lockstep);
}

static void run_generation(struct vcpu *vcpu)
{
	const unsigned int rate = vcpu->vmm->opt.rate;
	unsigned int done = 0;
	struct times begin;
	int64_t next;

	running = vcpu->run;
	pause_if_asked(vcpu); /* its signal may have come too early */
	warm_up(vcpu);
	begin = read_times();
	next = begin.wall_ns;
	do {
		if (rate) {
			vmm_sleep_until(next);
			next += NSEC_PER_SEC / rate;
		}
		run_until_done(vcpu);
		vcpu->rounds++;
	} while (another_round(vcpu, ++done));
	add_times(&vcpu->work, &begin);
	running = NULL;
}

unsigned int vmm_nr_cpus(void)
{
	cpu_set_t allowed;

	if (sched_getaffinity(getpid(), sizeof(allowed), &allowed))
		vmm_die("cannot read which CPUs there are: %m; try without --pin and "
			"--migrate");
	return CPU_COUNT(&allowed);
}

void vmm_move_to_cpu(pid_t tid, unsigned int nth)
{
	cpu_set_t allowed, one;
	int cpu;

	/* The main thread is never moved. */
	if (sched_getaffinity(getpid(), sizeof(allowed), &allowed))
		vmm_die("cannot read which CPUs there are: %m; try without --pin and "
			"--migrate");
	nth %= CPU_COUNT(&allowed);
	for (cpu = 0; !CPU_ISSET(cpu, &allowed) || nth--; cpu++)
		;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	if (sched_setaffinity(tid, sizeof(one), &one))
		vmm_die("cannot move thread %d to CPU %d: %m; try without --pin and "
			"--migrate",
			tid, cpu);
}

/* The pauser's signal is for vCPU threads only; all others leave it blocked. */
static void let_signal_in(void)
{
	struct sigaction action = {.sa_handler = on_signal};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, PAUSE_SIGNAL);
	sigaction(PAUSE_SIGNAL, &action, NULL);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

/*
 * Lives as long as the process, through all generations of the VM: a thread that ends
 * gives its stack back, which on 5.10 makes KVM retry the page faults of the others.
 */
static void *vcpu_thread(void *arg)
{
	struct vcpu *vcpu = arg;
	struct vmm *vmm = vcpu->vmm;
	char name[16];

	snprintf(name, sizeof(name), "CPU %u/KVM", vcpu->id);
	prctl(PR_SET_NAME, name);
	vcpu->tid = syscall(SYS_gettid);
	if (vmm->opt.pin)
		vmm_move_to_cpu(vcpu->tid, vmm->opt.pin_cpu < 0
						   ? vcpu->id
						   : (unsigned int)vmm->opt.pin_cpu);
	if (vmm->opt.pauses)
		let_signal_in();
	for (pthread_barrier_wait(&vmm->gate);; pthread_barrier_wait(&vmm->gate)) {
		pthread_barrier_wait(&vmm->gate);
		if (vmm->quit)
			return NULL;
		run_generation(vcpu);
	}
}

void vmm_threads_start(struct vmm *vmm)
{
	unsigned int i;
	int err;

	for (i = 0; i < vmm->opt.nr_vcpus; i++) {
		err = pthread_create(&vmm->vcpus[i].thread, NULL, vcpu_thread,
				     &vmm->vcpus[i]);
		if (err)
			vmm_die("cannot start a thread for vCPU %u: %s; give fewer "
				"--vcpus",
				i, strerror(err));
	}
	pthread_barrier_wait(&vmm->gate);
}
