/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmm: a small VMM on /dev/kvm whose guest makes an exact number of VM exits of chosen
 * kinds.
 *
 *   vmm.c          order of events
 *   vmm_options.c  command line
 *   vmm_kvm.c      the VM and its vCPUs: creation, registers, KVM's own counters
 *   vmm_run.c      the vCPU threads
 *   vmm_disturb.c  threads that wake, pause and move the vCPUs
 *   vmm_guest.c    the guest's code
 *   vmm_nested.c   a guest of that guest
 *   vmm_keys.c     what is behind the exits: ports, addresses, MSRs, ...
 *   vmm_expect.c   what exits to expect, under the kernel's names
 *   vmm_report.c   the output
 *
 * What makes the counts exact:
 * - No signal is sent to a vCPU thread unless --pause asks for it, and nothing in
 *   the process unmaps or protects memory while a guest runs: on 5.10 any such
 *   change makes KVM retry the page faults it is handling, one more exit each.
 * - Each page that a guest touches is alone in its group of eight, because KVM maps
 *   the neighbours of a faulting page in advance where it can.
 * - Before the work each vCPU touches its own pages once, one vCPU after the other:
 *   two vCPUs that fault in the same part of KVM's page tables at the same time can
 *   make one of them fault again. These faults are part of what is expected.
 *
 * An exit to user space is always I/O, MMIO or HLT. Anything else, and any exception in
 * the guest, ends the process with the vCPU's registers on stderr.
 */
#ifndef TESTS_LAB_VMM_H
#define TESTS_LAB_VMM_H

#include <linux/kvm.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAUSE_SIGNAL  SIGUSR1
#define VMM_MAX_OPS   32
#define VMM_MAX_VCPUS 1024
/* An MSI names its target in eight bits, and 255 means all. */
#define VMM_MAX_IRQCHIP_VCPUS 255

enum op_kind {
	OP_CPUID,
	OP_PORT,
	OP_PORT_IN,
	OP_MMIO,
	OP_MMIO_IN,
	OP_RDMSR,
	OP_WRMSR,
	OP_HYPERCALL,
	OP_TOUCH,
	OP_DIRTY,
	OP_HLT,
	OP_IDLE,
	OP_TICK,
	OP_VMRUN,
	OP_REGS,
	OP_SPIN,
	OP_KINDS
};

/*
 * struct op - one step of the work: @count times @kind for each of the @spread keys
 * (ports, addresses, MSRs, leaves, numbers or pages) that begin with @arg. For the
 * other kinds @spread is 1, and @arg is microseconds or instructions.
 */
struct op {
	enum op_kind kind;
	uint32_t count;
	uint32_t arg;
	uint32_t spread;
};

struct options {
	const char *name;
	const char *wait_file;
	struct op ops[VMM_MAX_OPS];
	unsigned int nr_ops;
	unsigned int nr_vcpus;
	unsigned int recreate;
	unsigned int seconds;
	unsigned int rounds;
	unsigned int linger;
	unsigned int rate;	  /* rounds a second and vCPU, 0: no limit */
	unsigned int sleep_ms;	  /* of the VMM, at every sleep_every-th access */
	unsigned int sleep_every; /* 0: never */
	uint32_t sleep_port;	  /* to this port */
	unsigned int pause_ms;	  /* how long, how often */
	unsigned int pauses;
	int pin_cpu;		  /* -1: vCPU n on the nth CPU */
	uint64_t total[OP_KINDS]; /* sum over keys and steps, for one round */
	bool loop;
	bool hold;
	bool pin;
	bool migrate;
	bool json;
	bool irqchip;
};

/* struct times - where a thread was, as the scheduler tells */
struct times {
	int64_t wall_ns;
	int64_t run_ns;
	int64_t delay_ns; /* could have run, but had no CPU */
};

struct vmm;

/* struct vcpu - a thread, and the KVM vCPU that it has in this generation of the VM. */
struct vcpu {
	struct vmm *vmm;
	pthread_t thread;
	unsigned int id;
	pid_t tid;
	int fd;
	struct kvm_run *run;
	uint8_t *mem;	    /* this vCPU's part of guest memory */
	uint32_t gpa;	    /* where the guest sees it */
	uint32_t dirty_gpa; /* and its pages for --dirty */
	uint32_t code_size; /* bytes of guest code */
	uint32_t woken;	    /* last wait of the guest that the waker answered */
	atomic_bool pause;  /* the pauser wants it to pause */
	uint64_t sleep_calls;

	/* Totals over all generations. */
	uint64_t rounds;
	uint64_t eois;		 /* interrupts that the guest took, by its own count */
	uint64_t seen[OP_KINDS]; /* exits that reached user space */
	uint64_t seen_control;	 /* and those to GUEST_CONTROL_PORT */
	uint64_t kvm_exits;
	uint64_t signals; /* KVM_RUN was interrupted */
	uint64_t paused;
	int64_t paused_ns;
	uint64_t slept; /* --vmm-sleep */
	int64_t slept_ns;
	struct times work; /* the rounds, without the warm-up */
};

enum phase { PHASE_WAITING, PHASE_RUNNING, PHASE_DONE };

enum exits_source { EXITS_NONE, EXITS_STATS_FD, EXITS_DEBUGFS };

struct vmm {
	struct options opt;
	int kvm_fd;
	int vm_fd;
	size_t run_size;
	struct kvm_cpuid2 *cpuid;
	uint8_t *mem;
	size_t mem_stride; /* bytes of guest memory a vCPU */
	uint8_t *dirty;
	size_t dirty_stride;
	struct vcpu *vcpus;
	bool svm;
	bool tdp; /* NPT or EPT in use: page faults are countable */

	pthread_barrier_t gate;	    /* main and all vCPU threads */
	pthread_barrier_t lockstep; /* all vCPU threads */
	pthread_mutex_t warm_up;
	pthread_t disturber[3]; /* waker, pauser, mover: see vmm_disturb.c */
	atomic_bool disturb_stop;
	uint64_t moves;	  /* of a vCPU to another CPU */
	atomic_bool stop; /* SIGTERM: finish the round */
	atomic_int phase;
	bool quit;  /* written by main before it opens the gate */
	bool again; /* written by vCPU 0 between two lockstep barriers */
	int64_t deadline_ns;

	unsigned int generations;
	uint64_t kvm_exits; /* whole VM, over all generations */
	enum exits_source exits_source;
};

/*
 * Prints "vmm: ..." on stderr and ends the process with status 1. May be called from
 * any thread.
 */
_Noreturn void vmm_die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* vmm.c */
int64_t vmm_now_ns(void);
void vmm_sleep_until(int64_t ns);

/* vmm_options.c: ends the process with status 2 if something is wrong */
void vmm_parse_options(struct options *opt, int argc, char **argv);

/* vmm_kvm.c: all of it from the main thread, while no vCPU runs */
void vmm_kvm_open(struct vmm *vmm);
void vmm_vm_create(struct vmm *vmm);
void vmm_vm_collect(struct vmm *vmm);
void vmm_vm_destroy(struct vmm *vmm);
bool vmm_param_is_off(const char *path);
_Noreturn void vmm_vcpu_die(struct vcpu *vcpu, const char *what);
/* Makes the pages of --dirty read-only until the next store. While no vCPU runs. */
void vmm_protect_dirty(struct vmm *vmm);

/* vmm_run.c */
void vmm_threads_start(struct vmm *vmm);
/* CPUs that the process may use: their number, or the nth of them. */
unsigned int vmm_nr_cpus(void);
void vmm_move_to_cpu(pid_t tid, unsigned int nth);

/* vmm_disturb.c: for one generation of the VM */
void vmm_disturb_start(struct vmm *vmm);
void vmm_disturb_stop(struct vmm *vmm);

/* vmm_report.c */
void vmm_report(const struct vmm *vmm);

#endif
