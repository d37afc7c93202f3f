// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/kvm.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "user/thread.h"

/* A VMM that takes longer is worth a look whether it really has the vCPU. */
#define LONG_NS		50000000ULL

/* Its number never changes: PROC_PID_INIT_INO of the kernel. */
#define FIRST_PID_NAMESPACE	0xeffffffc

bool kxt_in_first_pid_namespace(void)
{
	struct stat st;

	return stat("/proc/self/ns/pid", &st) == 0 && st.st_ino == FIRST_PID_NAMESPACE;
}

bool kxt_syscall_is_kvm_run(const char *line)
{
	unsigned long fd, request;
	long nr;

	return sscanf(line, "%ld %lx %lx", &nr, &fd, &request) == 3 && nr == SYS_ioctl &&
	       request == KVM_RUN;
}

bool kxt_thread_sleeps_in_kvm_run(uint32_t pid, uint32_t tid)
{
	char path[64], line[256];
	bool is = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%u/task/%u/syscall", pid, tid);
	f = fopen(path, "re");
	if (!f)
		return false;
	if (fgets(line, sizeof(line), f))
		is = kxt_syscall_is_kvm_run(line);
	fclose(f);
	return is;
}

/*
 * Dead threads are found out once a second at worst. That is too late for who asks
 * right after a VM has ended, "dump -- COMMAND" for one.
 */
static void end_vcpus_of_dead(struct kxt_snapshot *s)
{
	uint32_t pid = 0;
	bool dead = false;

	for (unsigned int i = 0; i < s->nr; i++) {
		if (s->vcpu[i].pid != pid) {
			pid = s->vcpu[i].pid;
			dead = pid && kill(pid, 0) && errno == ESRCH;
		}
		if (dead) {
			s->vcpu[i].ended = true;
			s->vcpu[i].open.is = false;
		}
	}
}

/*
 * A halted vCPU that a signal took out of KVM_RUN, and that is back in it, sleeps on
 * without an event. Until it wakes up a collector cannot tell it from one that the VMM
 * keeps.
 */
static void find_sleepers(struct kxt_snapshot *s,
			  bool (*sleeps)(void *arg, const struct kxt_vcpu *v), void *arg)
{
	for (unsigned int i = 0; i < s->nr; i++) {
		struct kxt_open *open = &s->vcpu[i].open;

		if (!open->is || open->code != KVMEXIT_CODE_SIGNAL ||
		    open->vmm_ns < LONG_NS ||
		    !sleeps(arg, &s->vcpu[i]))
			continue;
		open->idle_ns += open->vmm_ns;
		open->vmm_ns = 0;
	}
}

static bool proc_says_it_sleeps(void *arg, const struct kxt_vcpu *v)
{
	(void)arg;
	return kxt_thread_sleeps_in_kvm_run(v->pid, v->tid);
}

void kxt_threads_look(struct kxt_snapshot *s,
		      bool (*sleeps)(void *arg, const struct kxt_vcpu *v), void *arg)
{
	end_vcpus_of_dead(s);
	find_sleepers(s, sleeps ? sleeps : proc_says_it_sleeps, arg);
}
