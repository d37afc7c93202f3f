// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads that do something to the vCPUs while they run: the waker ends their idle
 * halts, the pauser interrupts them, the mover sends them from CPU to CPU.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>

#include "vmm_guest.h"

#define NSEC_PER_MSEC 1000000ll
#define PAUSE_GAP_NS  (100 * NSEC_PER_MSEC) /* between two pauses */
#define PAUSE_POLL_NS NSEC_PER_MSEC
#define MOVE_EVERY_NS NSEC_PER_MSEC

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
	while (!atomic_load(&vmm->disturb_stop)) {
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

/* Until the vCPU has slept, or never will because its work is done. */
static void wait_for_pause(struct vmm *vmm, const struct vcpu *vcpu)
{
	while (atomic_load(&vcpu->pause) && !atomic_load(&vmm->disturb_stop))
		vmm_sleep_until(vmm_now_ns() + PAUSE_POLL_NS);
}

static void *pauser_thread(void *arg)
{
	struct vmm *vmm = arg;
	unsigned int i, n;

	prctl(PR_SET_NAME, "vmm-pauser");
	for (n = 0; n < vmm->opt.pauses; n++) {
		vmm_sleep_until(vmm_now_ns() + PAUSE_GAP_NS);
		for (i = 0; i < vmm->opt.nr_vcpus; i++) {
			if (atomic_load(&vmm->disturb_stop))
				return NULL;
			atomic_store(&vmm->vcpus[i].pause, true);
			pthread_kill(vmm->vcpus[i].thread, PAUSE_SIGNAL);
		}
		for (i = 0; i < vmm->opt.nr_vcpus; i++)
			wait_for_pause(vmm, &vmm->vcpus[i]);
	}
	return NULL;
}

static void *mover_thread(void *arg)
{
	struct vmm *vmm = arg;
	unsigned int i, n;

	prctl(PR_SET_NAME, "vmm-mover");
	for (n = 0; !atomic_load(&vmm->disturb_stop); n++) {
		vmm_sleep_until(vmm_now_ns() + MOVE_EVERY_NS);
		for (i = 0; i < vmm->opt.nr_vcpus; i++)
			vmm_move_to_cpu(vmm->vcpus[i].tid, n + i);
		vmm->moves += vmm->opt.nr_vcpus;
	}
	return NULL;
}

static bool wants(const struct vmm *vmm, unsigned int which)
{
	return which == 0   ? vmm->opt.total[OP_IDLE]
	       : which == 1 ? vmm->opt.pauses
			    : vmm->opt.migrate;
}

void vmm_disturb_start(struct vmm *vmm)
{
	static void *(*const run[])(void *) = {waker_thread, pauser_thread,
					       mover_thread};
	unsigned int i;
	int err;

	if (vmm->opt.migrate && vmm_nr_cpus() < 2)
		vmm_die("--migrate needs a second CPU");
	for (i = 0; i < vmm->opt.nr_vcpus; i++)
		vmm->vcpus[i].woken = 0;
	atomic_store(&vmm->disturb_stop, false);
	for (i = 0; i < sizeof(run) / sizeof(run[0]); i++) {
		if (!wants(vmm, i))
			continue;
		err = pthread_create(&vmm->disturber[i], NULL, run[i], vmm);
		if (err)
			vmm_die("cannot start a thread: %s; raise the limit of "
				"processes",
				strerror(err));
	}
}

void vmm_disturb_stop(struct vmm *vmm)
{
	unsigned int i;

	atomic_store(&vmm->disturb_stop, true);
	for (i = 0; i < sizeof(vmm->disturber) / sizeof(vmm->disturber[0]); i++) {
		if (wants(vmm, i))
			pthread_join(vmm->disturber[i], NULL);
	}
}
