/* SPDX-License-Identifier: GPL-2.0-only */
/* Hosts that are made of files in a temporary directory, and what is found out of them. */
#ifndef KXT_TEST_HOST_ROOT_H
#define KXT_TEST_HOST_ROOT_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/build.h"
#include "user/host_facts.h"

static char root[] = "/tmp/kvmexittop-test-XXXXXX";

/* Make the folders on the way to @path, and itself if it ends with a slash. */
UNUSED static void make_folders(const char *path)
{
	char full[256];

	snprintf(full, sizeof(full), "%s/%s", root, path);
	for (char *p = full + strlen(root) + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		assert_true(mkdir(full, 0755) == 0 || errno == EEXIST);
		*p = '/';
	}
}

UNUSED static void put_bytes(const char *path, const void *data, size_t len)
{
	char full[256];
	FILE *f;

	make_folders(path);
	snprintf(full, sizeof(full), "%s/%s", root, path);
	f = fopen(full, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	fclose(f);
}

UNUSED static void put(const char *path, const char *text)
{
	put_bytes(path, text, strlen(text));
}

UNUSED static void put_link(const char *path, const char *text)
{
	char full[256];

	make_folders(path);
	snprintf(full, sizeof(full), "%s/%s", root, path);
	unlink(full);
	assert_int_equal(symlink(text, full), 0);
}

UNUSED static void set_mode(const char *path, mode_t mode)
{
	char full[256];

	snprintf(full, sizeof(full), "%s/%s", root, path);
	assert_int_equal(chmod(full, mode), 0);
}

UNUSED static void drop(const char *path)
{
	char command[320];

	snprintf(command, sizeof(command), "rm -r '%s/%s'", root, path);
	assert_int_equal(system(command), 0);
}

UNUSED static struct kxt_host_facts look(void)
{
	struct kxt_host_facts f;
	struct kxt_err err = { 0 };

	memset(&f, 0xff, sizeof(f));
	assert_int_equal(kxt_host_facts_read(&f, root, &err), 0);
	return f;
}

/* As somebody who may not read all that root may. */
UNUSED static struct kxt_host_facts look_as_nobody(void)
{
	struct kxt_host_facts f;
	uid_t me = geteuid();

	if (me == 0)
		assert_int_equal(seteuid(65534), 0);
	f = look();
	assert_int_equal(seteuid(me), 0);
	/* Else the sanitizer cannot look for leaks. */
	assert_int_equal(prctl(PR_SET_DUMPABLE, 1), 0);
	return f;
}

UNUSED static int make_root(void)
{
	strcpy(root + strlen(root) - 6, "XXXXXX");
	return !mkdtemp(root) || chmod(root, 0755) ? -1 : 0;
}

UNUSED static int remove_host(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "chmod -R u+rwX %s && rm -r %s", root, root);
	return system(command);
}

#endif /* KXT_TEST_HOST_ROOT_H */
