// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>

#include "user/thread.h"

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
