// SPDX-License-Identifier: GPL-2.0-only
#include "user/bpf_missed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void kxt_bpf_missed_init(struct kxt_bpf_missed *m)
{
	m->prog = m->info = -1;
}

int kxt_bpf_missed_open(struct kxt_bpf_missed *m, int prog)
{
	char path[64];

	if (m->prog >= 0) {
		errno = EEXIST;
		return -1;
	}
	/* The file is about this number: it has to stay open. */
	m->prog = fcntl(prog, F_DUPFD_CLOEXEC, 0);
	if (m->prog < 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", m->prog);
	m->info = open(path, O_RDONLY | O_CLOEXEC);
	return 0;
}

uint64_t kxt_bpf_missed_find(const char *text)
{
	static const char name[] = "\nrecursion_misses:";
	const char *at = strstr(text, name);

	return at ? strtoull(at + sizeof(name) - 1, NULL, 10) : 0;
}

/* Some 300 bytes. Read from its beginning it is written anew. */
uint64_t kxt_bpf_missed_read(const struct kxt_bpf_missed *m)
{
	char text[2048];
	ssize_t len = m->info < 0 ? 0 : pread(m->info, text, sizeof(text) - 1, 0);

	if (len <= 0)
		return 0;
	text[len] = '\0';
	return kxt_bpf_missed_find(text);
}

void kxt_bpf_missed_close(struct kxt_bpf_missed *m)
{
	if (m->info >= 0)
		close(m->info);
	if (m->prog >= 0)
		close(m->prog);
	kxt_bpf_missed_init(m);
}
