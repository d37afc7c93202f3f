// SPDX-License-Identifier: GPL-2.0-only
/* KVM, and where its tracepoints can be found. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/host_facts_int.h"

/* In BTF a tracepoint is a type of this name; a zero byte is before and after it. */
static const char tracepoint[] = "\0btf_trace_kvm_exit";

/* A part that is built in has a folder too if it has parameters, as these all have. */
static enum kxt_part read_part(int root, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "sys/module/%s", name);
	switch (kxt_facts_exists(root, path)) {
	case KXT_FACT_UNKNOWN:
		return KXT_PART_UNKNOWN;
	case KXT_FACT_NO:
		if (kxt_facts_exists(root, "sys/module") == KXT_FACT_YES)
			return KXT_PART_ABSENT;
		return KXT_PART_UNKNOWN;
	case KXT_FACT_YES:
		break;
	}
	snprintf(path, sizeof(path), "sys/module/%s/initstate", name);
	if (kxt_facts_exists(root, path) == KXT_FACT_YES)
		return KXT_PART_MODULE;
	return KXT_PART_BUILTIN;
}

static bool has_word(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = strstr(list, word); p; p = strstr(p + 1, word)) {
		if ((p == list || p[-1] == ' ') && strchr(" \n", p[len]))
			return true;
	}
	return false;
}

static void read_cpu(struct kxt_kvm_facts *kvm, int root)
{
	char *flags = kxt_facts_value(root, "proc/cpuinfo", "flags");

	kvm->cpu_known = flags;
	if (!flags)
		return;
	kvm->cpu = (has_word(flags, "vmx") ? KXT_CPU_VMX : 0) |
		   (has_word(flags, "svm") ? KXT_CPU_SVM : 0);
	free(flags);
}

static bool tracefs_is_at(int root, const char *dir)
{
	FILE *f = kxt_facts_stream(root, "proc/self/mounts");
	char *line = NULL;
	char where[128], type[32];
	bool is = false;
	size_t size = 0;

	while (f && !is && getline(&line, &size, f) > 0) {
		is = sscanf(line, "%*s %127s %31s", where, type) == 2 && where[0] == '/' &&
		     !strcmp(where + 1, dir) && !strcmp(type, "tracefs");
	}
	if (f)
		fclose(f);
	free(line);
	return is;
}

static enum kxt_tracefs look_at_tracefs(struct kxt_kvm_facts *kvm, int root,
					const char *dir)
{
	char path[96];
	int fd;

	/* Opened, not asked about: lockdown refuses what the mode allows. */
	snprintf(path, sizeof(path), "%s/events/kvm/kvm_exit/id", dir);
	fd = openat(root, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && (errno == EACCES || errno == EPERM))
		return KXT_TRACEFS_DENIED;
	if (fd < 0) {
		kvm->event = KXT_FACT_NO;
		snprintf(path, sizeof(path), "%s/events", dir);
		fd = openat(root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	} else {
		kvm->event = KXT_FACT_YES;
	}
	if (fd >= 0) {
		close(fd);
		return KXT_TRACEFS_READABLE;
	}
	kvm->event = KXT_FACT_UNKNOWN;
	if (errno == EACCES || errno == EPERM)
		return KXT_TRACEFS_DENIED;
	if (errno != ENOENT)
		return KXT_TRACEFS_UNKNOWN;
	return tracefs_is_at(root, dir) ? KXT_TRACEFS_EMPTY : KXT_TRACEFS_UNMOUNTED;
}

static void read_tracefs(struct kxt_kvm_facts *kvm, int root)
{
	static const char *const dir[] = { "sys/kernel/tracing", "sys/kernel/debug/tracing" };

	for (unsigned int i = 0; i < 2; i++) {
		kvm->tracefs = look_at_tracefs(kvm, root, dir[i]);
		if (kvm->tracefs == KXT_TRACEFS_UNMOUNTED)
			continue;
		snprintf(kvm->tracefs_path, sizeof(kvm->tracefs_path), "/%s", dir[i]);
		break;
	}
	/* Nothing can be seen below a debugfs that is root's, be it there or not. */
	if (kvm->tracefs == KXT_TRACEFS_DENIED && !strcmp(kvm->tracefs_path + 1, dir[1]) &&
	    !tracefs_is_at(root, dir[1])) {
		kvm->tracefs = KXT_TRACEFS_UNKNOWN;
		kvm->tracefs_path[0] = '\0';
	}
}

/* In pieces: the kernel's own BTF is megabytes. */
static enum kxt_fact btf_has_tracepoint(int root, const char *path)
{
	int fd = openat(root, path, O_RDONLY | O_CLOEXEC);
	const size_t keep = sizeof(tracepoint) - 1;
	char buf[65536];
	size_t have = 0;
	bool found = false;
	ssize_t len = 0;

	if (fd < 0)
		return KXT_FACT_UNKNOWN;
	while (!found && (len = read(fd, buf + have, sizeof(buf) - have)) > 0) {
		have += len;
		found = memmem(buf, have, tracepoint, sizeof(tracepoint));
		if (have > keep) {
			memmove(buf, buf + have - keep, keep);
			have = keep;
		}
	}
	close(fd);
	return len < 0 ? KXT_FACT_UNKNOWN : kxt_fact_of(found);
}

static void read_btf(struct kxt_kvm_facts *kvm, int root)
{
	const char *path = "sys/kernel/btf/vmlinux";

	kvm->btf_kernel = kxt_facts_exists(root, path);
	if (kvm->amd == KXT_PART_MODULE)
		kvm->btf_vendor = kxt_facts_exists(root, "sys/kernel/btf/kvm_amd");
	else if (kvm->intel == KXT_PART_MODULE)
		kvm->btf_vendor = kxt_facts_exists(root, "sys/kernel/btf/kvm_intel");
	else if (kvm->amd == KXT_PART_BUILTIN || kvm->intel == KXT_PART_BUILTIN)
		kvm->btf_vendor = kvm->btf_kernel;
	if (kvm->core == KXT_PART_MODULE) {
		path = "sys/kernel/btf/kvm";
		kvm->btf_kvm = kxt_facts_exists(root, path);
	} else if (kvm->core == KXT_PART_BUILTIN) {
		kvm->btf_kvm = kvm->btf_kernel;
	}
	if (kvm->btf_kvm == KXT_FACT_YES)
		kvm->btf_event = btf_has_tracepoint(root, path);
}

void kxt_facts_read_kvm(struct kxt_kvm_facts *kvm, int root)
{
	kvm->core = read_part(root, "kvm");
	kvm->amd = read_part(root, "kvm_amd");
	kvm->intel = read_part(root, "kvm_intel");
	/* Not /dev/kvm: that node is also made for a KVM that is not loaded yet. */
	if (kxt_facts_exists(root, "sys/class/misc") == KXT_FACT_YES)
		kvm->device = kxt_facts_exists(root, "sys/class/misc/kvm");
	read_cpu(kvm, root);
	read_tracefs(kvm, root);
	read_btf(kvm, root);
}
