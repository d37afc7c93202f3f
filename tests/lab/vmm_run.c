// SPDX-License-Identifier: GPL-2.0-only
/* The vCPU threads, and the thread that ends their idle halts. */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "vmm_guest.h"

#define NSEC_PER_SEC 1000000000ll

/* Returns false once the guest says that it is ready, or has done a round. */
static bool handle_io(struct vcpu *vcpu)
{
	const struct kvm_run *run = vcpu->run;

	if (run->io.direction != KVM_EXIT_IO_OUT)
		vmm_vcpu_die(vcpu, "the guest reads from a port");
	if (run->io.port == GUEST_CONTROL_PORT)
		return false;
	if (run->io.port == GUEST_EXCEPTION_PORT) {
		char what[64];

		snprintf(what, sizeof(what),
			 "exception %u in the guest (13: maybe an MSR unknown to KVM)",
			 *((const uint8_t *)run + run->io.data_offset));
		vmm_vcpu_die(vcpu, what);
	}
	vcpu->seen[OP_PORT] += run->io.count;
	return true;
}

static void run_until_done(struct vcpu *vcpu)
{
	for (;;) {
		if (ioctl(vcpu->fd, KVM_RUN, 0) < 0) {
			if (errno == EINTR || errno == EAGAIN)
				continue;
			vmm_vcpu_die(vcpu, strerror(errno));
		}
		switch (vcpu->run->exit_reason) {
		case KVM_EXIT_IO:
			if (!handle_io(vcpu))
				return;
			break;
		case KVM_EXIT_MMIO:
			vcpu->seen[OP_MMIO]++;
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
 * the faults that other vCPUs have at that moment.
 */
static bool another_round(struct vcpu *vcpu)
{
	struct vmm *vmm = vcpu->vmm;

	if (!vmm->opt.loop && !vmm->opt.seconds)
		return false;
	if (!vmm->opt.total[OP_TOUCH])
		return time_is_left(vmm);
	pthread_barrier_wait(&vmm->lockstep);
	if (vcpu->id == 0)
		vmm->again = time_is_left(vmm);
	guest_refresh_touch(vcpu);
	pthread_barrier_wait(&vmm->lockstep);
	return vmm->again;
}

static void run_generation(struct vcpu *vcpu)
{
	struct vmm *vmm = vcpu->vmm;
	int64_t next;

	pthread_mutex_lock(&vmm->warm_up);
	run_until_done(vcpu);
	pthread_mutex_unlock(&vmm->warm_up);
	pthread_barrier_wait(&vmm->lockstep);

	next = vmm_now_ns();
	do {
		if (vmm->opt.rate) {
			vmm_sleep_until(next);
			next += NSEC_PER_SEC / vmm->opt.rate;
		}
		run_until_done(vcpu);
		vcpu->rounds++;
	} while (another_round(vcpu));
}

static void pin_to_cpu(unsigned int id)
{
	cpu_set_t allowed, one;
	int cpu, nth;

	if (sched_getaffinity(0, sizeof(allowed), &allowed))
		vmm_die("cannot read the CPUs to pin to: %m; try without --pin");
	nth = id % CPU_COUNT(&allowed);
	for (cpu = 0; !CPU_ISSET(cpu, &allowed) || nth--; cpu++)
		;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	if (sched_setaffinity(0, sizeof(one), &one))
		vmm_die("cannot pin vCPU %u to CPU %d: %m; try without --pin", id, cpu);
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
		pin_to_cpu(vcpu->id);
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

static void wake(struct vcpu *vcpu)
{
	struct kvm_msi msi = {
		.address_lo = 0xfee00000 |
			      vcpu->id << 12, /* physical destination, fixed delivery */
		.data = GUEST_VECTOR,
	};

	if (ioctl(vcpu->vmm->vm_fd, KVM_SIGNAL_MSI, &msi) < 0)
		vmm_die("cannot interrupt vCPU %u: KVM_SIGNAL_MSI: %m; try without "
			"--idle",
			vcpu->id);
}

static uint32_t idle_us(const struct options *opt)
{
	unsigned int i;

	for (i = 0; i < opt->nr_ops; i++) {
		if (opt->ops[i].kind == OP_IDLE)
			return opt->ops[i].arg;
	}
	return DEFAULT_IDLE_US;
}

/*
 * One interrupt for each wait that a guest has begun, so that each is taken and each
 * halt ends once.
 */
static void *waker_thread(void *arg)
{
	struct vmm *vmm = arg;
	const int64_t period = idle_us(&vmm->opt) * 1000ll;
	unsigned int i;

	prctl(PR_SET_NAME, "vmm-waker");
	while (!atomic_load(&vmm->waker_stop)) {
		vmm_sleep_until(vmm_now_ns() + period);
		for (i = 0; i < vmm->opt.nr_vcpus; i++) {
			struct vcpu *vcpu = &vmm->vcpus[i];
			uint32_t waits = guest_counter(vcpu, DATA_WAITS);

			if (waits == vcpu->woken)
				continue;
			vcpu->woken = waits;
			wake(vcpu);
		}
	}
	return NULL;
}

void vmm_waker_start(struct vmm *vmm)
{
	unsigned int i;
	int err;

	if (!vmm->opt.total[OP_IDLE])
		return;
	for (i = 0; i < vmm->opt.nr_vcpus; i++)
		vmm->vcpus[i].woken = 0;
	atomic_store(&vmm->waker_stop, false);
	err = pthread_create(&vmm->waker, NULL, waker_thread, vmm);
	if (err)
		vmm_die("cannot start the thread that ends halts: %s; raise the limit "
			"of processes",
			strerror(err));
}

void vmm_waker_stop(struct vmm *vmm)
{
	if (!vmm->opt.total[OP_IDLE])
		return;
	atomic_store(&vmm->waker_stop, true);
	pthread_join(vmm->waker, NULL);
}
