// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/vm_scan.h"

/* What is looked at of one process: its owner chooses how much there is. */
#define MAX_FILES	4096
#define MAX_THREADS	4096

/* Room for "/task/4294967295/comm" and the name of a process after the mount point. */
#define PATH_SIZE	512

/* "1234", and nothing else, to a number; 0: it is none. */
static uint32_t parse_pid(const char *name)
{
	unsigned long pid;
	char *end;

	if (*name < '1' || *name > '9')
		return 0;
	pid = strtoul(name, &end, 10);
	return *end || pid > INT32_MAX ? 0 : pid;
}

/* Name of a process or thread, "" if it is not to be had. */
static void read_comm(const char *dir, const char *file, char comm[32])
{
	char path[PATH_SIZE + 64];
	ssize_t len;
	int fd;

	*comm = '\0';
	snprintf(path, sizeof(path), "%s/%s", dir, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	len = read(fd, comm, 31);
	close(fd);
	if (len > 0 && comm[len - 1] == '\n')
		len--;
	comm[len > 0 ? len : 0] = '\0';
}

/* 1: it has a VM, 0: it has none, -1: we are not allowed to know. */
static int look_at_files(const char *dir)
{
	char path[PATH_SIZE + 8], target[32];
	struct dirent *e;
	int found = 0;
	DIR *d;

	snprintf(path, sizeof(path), "%s/fd", dir);
	d = opendir(path);
	if (!d)
		return -1;
	for (int n = 0; !found && n < MAX_FILES && (e = readdir(d)); n++) {
		ssize_t len = readlinkat(dirfd(d), e->d_name, target, sizeof(target));

		found = len == strlen("anon_inode:kvm-vm") &&
			!memcmp(target, "anon_inode:kvm-vm", len);
	}
	closedir(d);
	return found;
}

/*
 * QEMU (with debug-threads=on, as libvirt has it), Firecracker, Cloud Hypervisor,
 * crosvm, kvmtool.
 */
static bool is_vcpu_name(const char *comm)
{
	unsigned int id;
	int end = 0;

	if (sscanf(comm, "CPU %u/KVM%n", &id, &end) == 1 && end && !comm[end])
		return true;
	return sscanf(comm, "fc_vcpu %u", &id) == 1 || sscanf(comm, "vcpu%u", &id) == 1 ||
	       sscanf(comm, "crosvm_vcpu%u", &id) == 1 ||
	       sscanf(comm, "kvm-vcpu-%u", &id) == 1;
}

static bool look_at_threads(const char *dir)
{
	char path[PATH_SIZE + 8], file[sizeof(((struct dirent *)0)->d_name) + 8], comm[32];
	bool found = false;
	struct dirent *e;
	DIR *d;

	snprintf(path, sizeof(path), "%s/task", dir);
	d = opendir(path);
	if (!d)
		return false;
	for (int n = 0; !found && n < MAX_THREADS && (e = readdir(d)); n++) {
		if (!parse_pid(e->d_name))
			continue;
		snprintf(file, sizeof(file), "%s/comm", e->d_name);
		read_comm(path, file, comm);
		found = is_vcpu_name(comm);
	}
	closedir(d);
	return found;
}

/* "qemu-kvm" is RHEL's name of QEMU, "kvm" that of Proxmox and an old one of Debian's. */
static bool is_qemu_name(const char *comm)
{
	return !strncmp(comm, "qemu-system-", strlen("qemu-system-")) ||
	       !strcmp(comm, "qemu-kvm") || !strcmp(comm, "kvm");
}

static bool is_vm(const char *proc, const char *pid)
{
	char dir[PATH_SIZE], comm[32];
	int sure;

	if ((size_t)snprintf(dir, sizeof(dir), "%s/%s", proc, pid) >= sizeof(dir))
		return false;
	sure = look_at_files(dir);
	if (sure >= 0)
		return sure;
	read_comm(dir, "comm", comm);
	return is_qemu_name(comm) || look_at_threads(dir);
}

int kxt_vm_scan(const char *proc, int (*each)(void *arg, uint32_t pid), void *arg)
{
	DIR *d = opendir(proc);
	struct dirent *e;
	int ret = 0;

	if (!d)
		return -1;
	while (!ret && (e = readdir(d))) {
		uint32_t pid = parse_pid(e->d_name);

		if (pid && is_vm(proc, e->d_name))
			ret = each(arg, pid);
	}
	closedir(d);
	return ret;
}
