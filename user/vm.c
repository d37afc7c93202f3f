// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uthash.h>

#include "user/vm.h"

/* Far above any QEMU command line; bounds what one process can make us read. */
#define CMDLINE_MAX	(256 * 1024)

/**
 * struct vm_name - what one pid is called
 * @pid: key
 * @born: start time of the process, 0 if the name was set or the process is gone
 * @name: its name
 */
struct vm_name {
	uint32_t pid;
	unsigned long long born;
	char name[KXT_VM_NAME_MAX];
	UT_hash_handle hh;
};

struct kxt_vm_names {
	char *proc;
	struct vm_name *table;
	char spare[KXT_VM_NAME_MAX];
};

struct kxt_vm_names *kxt_vm_names_new(const char *proc)
{
	struct kxt_vm_names *n = calloc(1, sizeof(*n));

	if (!n)
		return NULL;
	if (proc) {
		n->proc = strdup(proc);
		if (!n->proc) {
			free(n);
			return NULL;
		}
	}
	return n;
}

void kxt_vm_names_free(struct kxt_vm_names *n)
{
	struct vm_name *e, *next;

	if (!n)
		return;
	HASH_ITER(hh, n->table, e, next) {
		HASH_DEL(n->table, e);
		free(e);
	}
	free(n->proc);
	free(n);
}

/* Is it one of the bytes after the first of a UTF-8 character? */
static bool is_inner(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

/* Copies what fits; does not cut a UTF-8 character in two. */
static void copy_name(char name[KXT_VM_NAME_MAX], const char *from, size_t len)
{
	if (len >= KXT_VM_NAME_MAX) {
		size_t cut = KXT_VM_NAME_MAX - 1;

		len = cut;
		while (len > cut - 3 && is_inner(from[len]))
			len--;
		if (is_inner(from[len]))
			len = cut;	/* no UTF-8 at all */
	}
	memcpy(name, from, len);
	name[len] = '\0';
}

/* Undoes ",," -> ",". Returns the bytes of the value's text, up to its end. */
static size_t option_value(const char *text, char *value)
{
	size_t i = 0, n = 0;

	while (text[i]) {
		if (text[i] == ',') {
			if (text[i + 1] != ',')
				break;
			i++;
		}
		value[n++] = text[i++];
	}
	value[n] = '\0';
	return i;
}

/* As QEMU reads it: the first item may be the guest's name without "guest=". */
static int parse_name_option(const char *text, char name[KXT_VM_NAME_MAX])
{
	char *value = malloc(strlen(text) + 1);
	bool first = true;
	int ret = -1;

	if (!value)
		return -1;
	while (*text) {
		size_t key = strcspn(text, "=,");
		bool is_guest;

		if (text[key] == '=') {
			is_guest = key == 5 && memcmp(text, "guest", 5) == 0;
			text += key + 1;
		} else {
			is_guest = first;
		}
		text += option_value(text, value);
		if (is_guest && *value) {
			copy_name(name, value, strlen(value));
			ret = 0;
		}
		if (*text == ',')
			text++;
		first = false;
	}
	free(value);
	return ret;
}

int kxt_vm_name_parse(const char *cmdline, unsigned long len,
		      char name[KXT_VM_NAME_MAX])
{
	char *copy = malloc(len + 1);
	bool is_value = false;
	int ret = -1;

	if (!copy)
		return -1;
	memcpy(copy, cmdline, len);
	copy[len] = '\0';	/* a cut command line has no zero at its end */
	for (unsigned long at = 0; at < len; at += strlen(copy + at) + 1) {
		const char *arg = copy + at;

		/* No break: of several names QEMU takes the last. */
		if (is_value) {
			if (parse_name_option(arg, name) == 0)
				ret = 0;
			is_value = false;
		} else {
			is_value = at && (!strcmp(arg, "-name") ||
					  !strcmp(arg, "--name"));
		}
	}
	free(copy);
	return ret;
}

/* Returns the number of bytes read, or -1; @buf is zero-terminated. */
static ssize_t read_proc(const struct kxt_vm_names *n, uint32_t pid, const char *file,
			 char *buf, size_t size)
{
	char path[512];
	size_t len = 0;
	ssize_t got = 0;
	int fd;

	if ((size_t)snprintf(path, sizeof(path), "%s/%u/%s", n->proc, pid, file) >=
	    sizeof(path))
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	while (len < size - 1) {
		got = read(fd, buf + len, size - 1 - len);
		if (got <= 0)
			break;
		len += got;
	}
	close(fd);
	buf[len] = '\0';
	return got < 0 ? -1 : (ssize_t)len;
}

/* Field 22 of /proc/PID/stat; the fields are counted from after "(comm)". */
static unsigned long long process_born(const struct kxt_vm_names *n, uint32_t pid)
{
	unsigned long long born = 0;
	char buf[1024];
	const char *p;

	if (read_proc(n, pid, "stat", buf, sizeof(buf)) <= 0)
		return 0;
	p = strrchr(buf, ')');
	for (int field = 2; p && field < 22; field++)
		p = strchr(p + 1, ' ');
	if (!p || sscanf(p, "%llu", &born) != 1)
		return 0;
	return born;
}

static int read_qemu_name(const struct kxt_vm_names *n, uint32_t pid,
			  char name[KXT_VM_NAME_MAX])
{
	char *buf = malloc(CMDLINE_MAX);
	ssize_t len;
	int ret = -1;

	if (!buf)
		return -1;
	len = read_proc(n, pid, "cmdline", buf, CMDLINE_MAX);
	if (len > 0)
		ret = kxt_vm_name_parse(buf, len, name);
	free(buf);
	return ret;
}

/*
 * A VM without -name is "COMM (PID)": two of the same program stay apart, and
 * the parentheses tell it from a name that somebody gave.
 */
static void read_name(const struct kxt_vm_names *n, uint32_t pid,
		      char name[KXT_VM_NAME_MAX])
{
	char comm[32];
	ssize_t len;

	if (read_qemu_name(n, pid, name) == 0)
		return;
	len = read_proc(n, pid, "comm", comm, sizeof(comm));
	if (len > 0 && comm[len - 1] == '\n')
		comm[--len] = '\0';
	if (len > 0)
		snprintf(name, KXT_VM_NAME_MAX, "%s (%u)", comm, pid);
	else
		snprintf(name, KXT_VM_NAME_MAX, "pid %u", pid);
}

static struct vm_name *find_or_add(struct kxt_vm_names *n, uint32_t pid, bool *is_new)
{
	struct vm_name *e;

	HASH_FIND(hh, n->table, &pid, sizeof(pid), e);
	*is_new = !e;
	if (e)
		return e;
	e = calloc(1, sizeof(*e));
	if (!e)
		return NULL;
	e->pid = pid;
	snprintf(e->name, sizeof(e->name), "pid %u", pid);
	HASH_ADD(hh, n->table, pid, sizeof(e->pid), e);
	return e;
}

int kxt_vm_names_set(struct kxt_vm_names *n, uint32_t pid, const char *name)
{
	bool is_new;
	struct vm_name *e = find_or_add(n, pid, &is_new);

	if (!e)
		return -1;
	copy_name(e->name, name, strlen(name));
	e->born = 0;
	return 0;
}

void kxt_vm_names_forget(struct kxt_vm_names *n, uint32_t pid)
{
	struct vm_name *e;

	HASH_FIND(hh, n->table, &pid, sizeof(pid), e);
	if (!e)
		return;
	HASH_DEL(n->table, e);
	free(e);
}

const char *kxt_vm_names_get(struct kxt_vm_names *n, uint32_t pid)
{
	bool is_new;
	struct vm_name *e = find_or_add(n, pid, &is_new);
	unsigned long long born;

	if (!e) {
		snprintf(n->spare, sizeof(n->spare), "pid %u", pid);
		return n->spare;
	}
	if (!n->proc || !(is_new || e->born))
		return e->name;
	/*
	 * A pid comes back in another process when the numbers have gone round;
	 * a view that runs for weeks must not show the old VM's name then. A
	 * process that is gone keeps the name it had.
	 */
	born = process_born(n, pid);
	if (is_new || (born && born != e->born)) {
		read_name(n, pid, e->name);
		e->born = born;
	}
	return e->name;
}
