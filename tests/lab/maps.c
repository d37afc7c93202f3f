// SPDX-License-Identifier: GPL-2.0-only
/*
 * Somebody else who uses BPF: writes big values into maps of its own all the time, on
 * every CPU. While it does, the kernel calls no BPF program for records of tracepoints on
 * that CPU; on a preemptible kernel that lasts on while other threads run there.
 */
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define VALUE_SIZE	(1U << 20)

static long bpf(int cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static int work(void)
{
	union bpf_attr map = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = 4,
		.value_size = VALUE_SIZE,
		.max_entries = 1,
	};
	union bpf_attr update = { 0 };
	int key = 0, fd = (int)bpf(BPF_MAP_CREATE, &map);
	void *value = calloc(1, VALUE_SIZE);

	if (fd < 0 || !value) {
		perror("maps: no BPF map");
		return 1;
	}
	update.map_fd = (unsigned int)fd;
	update.key = (unsigned long)&key;
	update.value = (unsigned long)value;
	while (!bpf(BPF_MAP_UPDATE_ELEM, &update))
		;
	perror("maps: cannot write into a map");
	return 1;
}

/* Two for each CPU, so that they take each other's. */
int main(void)
{
	/* Before v5.11 maps count as locked memory. */
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	long nr = 2 * sysconf(_SC_NPROCESSORS_ONLN);

	setrlimit(RLIMIT_MEMLOCK, &all);
	for (long i = 1; i < nr; i++) {
		if (fork() == 0)
			return work();
	}
	return work();
}
