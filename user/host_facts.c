// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/host_facts_int.h"

#define SECURE_BOOT_VAR \
	"sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"

#define UNPRIVILEGED_BPF	"proc/sys/kernel/unprivileged_bpf_disabled"

/* Inodes of the first namespaces, from linux/proc_ns.h: they never change. */
#define FIRST_PID_NS	"pid:[4026531836]"
#define FIRST_USER_NS	"user:[4026531837]"

enum kxt_fact kxt_fact_of(bool is)
{
	return is ? KXT_FACT_YES : KXT_FACT_NO;
}

enum kxt_fact kxt_facts_exists(int root, const char *path)
{
	if (faccessat(root, path, F_OK, AT_EACCESS) == 0)
		return KXT_FACT_YES;
	return errno == ENOENT || errno == ENOTDIR ? KXT_FACT_NO : KXT_FACT_UNKNOWN;
}

/* Bytes read, the zero byte at the end not among them; -1 with errno. */
static ssize_t read_file(int root, const char *path, char *buf, size_t size)
{
	int fd = openat(root, path, O_RDONLY | O_CLOEXEC);
	ssize_t len;
	int error;

	if (fd < 0)
		return -1;
	len = read(fd, buf, size - 1);
	error = errno;
	close(fd);
	errno = error;
	if (len >= 0)
		buf[len] = '\0';
	return len;
}

/* The first line; "" if there is none. */
bool kxt_facts_line(int root, const char *path, char *buf, size_t size)
{
	if (read_file(root, path, buf, size) <= 0)
		buf[0] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	return buf[0] != '\0';
}

FILE *kxt_facts_stream(int root, const char *path)
{
	int fd = openat(root, path, O_RDONLY | O_CLOEXEC);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "r");

	if (!f && fd >= 0)
		close(fd);
	return f;
}

char *kxt_facts_value(int root, const char *path, const char *key)
{
	FILE *f = kxt_facts_stream(root, path);
	char *line = NULL, *value = NULL;
	size_t size = 0, len = strlen(key);

	while (f && !value && getline(&line, &size, f) > 0) {
		if (strncmp(line, key, len) == 0)
			value = strdup(line + len + strspn(line + len, " \t:"));
	}
	if (f)
		fclose(f);
	free(line);
	return value;
}

static void read_release(struct kxt_host_facts *f, int root)
{
	char version[256];

	kxt_facts_line(root, "proc/sys/kernel/osrelease", f->release, sizeof(f->release));
	if (sscanf(f->release, "%u.%u", &f->major, &f->minor) != 2)
		f->major = f->minor = 0;
	if (kxt_facts_line(root, "sys/kernel/realtime", version, sizeof(version)))
		f->realtime = kxt_fact_of(version[0] == '1');
	else if (kxt_facts_line(root, "proc/version", version, sizeof(version)))
		f->realtime = kxt_fact_of(strstr(version, "PREEMPT_RT"));
}

static enum kxt_lockdown read_lockdown(int root)
{
	char text[128];

	if (read_file(root, "sys/kernel/security/lockdown", text, sizeof(text)) < 0) {
		/* This file is always there once securityfs is mounted. */
		if (errno == ENOENT &&
		    kxt_facts_exists(root, "sys/kernel/security/lsm") == KXT_FACT_YES)
			return KXT_LOCKDOWN_ABSENT;
		return KXT_LOCKDOWN_UNKNOWN;
	}
	if (strstr(text, "[confidentiality]"))
		return KXT_LOCKDOWN_CONFIDENTIALITY;
	if (strstr(text, "[integrity]"))
		return KXT_LOCKDOWN_INTEGRITY;
	return strstr(text, "[none]") ? KXT_LOCKDOWN_NONE : KXT_LOCKDOWN_UNKNOWN;
}

static bool has_entries(int root, const char *path)
{
	int fd = openat(root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	bool has = false;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	while (!has && (entry = readdir(dir)))
		has = strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
	closedir(dir);
	return has;
}

static enum kxt_secure_boot read_secure_boot(int root)
{
	char data[8];
	ssize_t len = read_file(root, SECURE_BOOT_VAR, data, sizeof(data));

	/* Four bytes of attributes, then the value. */
	if (len == 5)
		return data[4] == 1 ? KXT_SECURE_BOOT_ON : KXT_SECURE_BOOT_OFF;
	if (len >= 0 || errno != ENOENT)
		return KXT_SECURE_BOOT_UNKNOWN;
	/* A firmware without Secure Boot has other variables. */
	if (has_entries(root, "sys/firmware/efi/efivars"))
		return KXT_SECURE_BOOT_OFF;
	/* Containers hide the whole folder, which is never empty. */
	if (kxt_facts_exists(root, "sys/firmware/efi") == KXT_FACT_NO &&
	    has_entries(root, "sys/firmware"))
		return KXT_SECURE_BOOT_NO_EFI;
	return KXT_SECURE_BOOT_UNKNOWN;
}

static enum kxt_fact is_namespace(int root, const char *path, const char *first)
{
	char is[64];
	ssize_t len = readlinkat(root, path, is, sizeof(is) - 1);

	if (len < 0)
		return KXT_FACT_UNKNOWN;
	is[len] = '\0';
	return kxt_fact_of(strcmp(is, first) == 0);
}

static void read_process(struct kxt_process_facts *p, int root)
{
	char *value = kxt_facts_value(root, "proc/self/status", "CapEff");

	p->caps_known = value && sscanf(value, "%" SCNx64, &p->caps) == 1;
	free(value);
	value = kxt_facts_value(root, "proc/self/status", "Seccomp:");
	if (value)
		p->seccomp = kxt_fact_of(value[0] != '0');
	free(value);
	value = kxt_facts_value(root, "proc/self/limits", "Max locked memory");
	if (value && strncmp(value, "unlimited", 9) == 0) {
		p->memlock_known = true;
		p->memlock = KXT_UNLIMITED;
	} else {
		p->memlock_known = value && sscanf(value, "%" SCNu64, &p->memlock) == 1;
	}
	free(value);
	p->first_pid_ns = is_namespace(root, "proc/self/ns/pid", FIRST_PID_NS);
	p->first_user_ns = is_namespace(root, "proc/self/ns/user", FIRST_USER_NS);
}

int kxt_host_facts_read(struct kxt_host_facts *f, const char *root, struct kxt_err *err)
{
	const char *path = root && root[0] ? root : "/";
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	char value[16];

	memset(f, 0, sizeof(*f));
	f->unprivileged_bpf = -1;
	if (fd < 0)
		return kxt_err_set(err, KXT_EXIT_RUNTIME,
				   "cannot open %s: %s. See that it is a directory that you may search.",
				   path, strerror(errno));
	f->proc = kxt_facts_exists(fd, "proc/self/status") == KXT_FACT_YES;
	f->sys = kxt_facts_exists(fd, "sys/module") == KXT_FACT_YES;
	read_release(f, fd);
	/* Its setting is there if and only if the kernel has it. */
	if (f->proc)
		f->bpf = kxt_facts_exists(fd, UNPRIVILEGED_BPF);
	if (kxt_facts_line(fd, UNPRIVILEGED_BPF, value, sizeof(value)))
		f->unprivileged_bpf = atoi(value);
	f->lockdown = read_lockdown(fd);
	f->secure_boot = read_secure_boot(fd);
	kxt_facts_read_kvm(&f->kvm, fd);
	kxt_facts_read_module(f, fd);
	kxt_facts_read_keys(&f->keys, &f->module, fd);
	read_process(&f->process, fd);
	close(fd);
	return 0;
}

bool kxt_host_has_cap(const struct kxt_host_facts *f, unsigned int cap)
{
	return f->process.caps_known && f->process.first_user_ns != KXT_FACT_NO &&
	       f->process.caps >> cap & 1;
}

enum kxt_fact kxt_host_charges_memlock(const struct kxt_host_facts *f)
{
	if (!f->major)
		return KXT_FACT_UNKNOWN;
	return kxt_fact_of(f->major < 5 || (f->major == 5 && f->minor < 11));
}

enum kxt_fact kxt_host_signed_only(const struct kxt_host_facts *f)
{
	if (f->module.signed_only == KXT_FACT_YES ||
	    f->lockdown == KXT_LOCKDOWN_INTEGRITY ||
	    f->lockdown == KXT_LOCKDOWN_CONFIDENTIALITY)
		return KXT_FACT_YES;
	if (f->module.signed_only == KXT_FACT_UNKNOWN || f->lockdown == KXT_LOCKDOWN_UNKNOWN)
		return KXT_FACT_UNKNOWN;
	return KXT_FACT_NO;
}
