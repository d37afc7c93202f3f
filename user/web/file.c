// SPDX-License-Identifier: GPL-2.0-only
/* What a web config is made of, and what becomes of it. */
#include "user/web/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_FILE	(1U << 20)

static char *fail(struct kxt_err *err, const char *path, const char *what, const char *why)
{
	kxt_err_set(err, KXT_EXIT_RUNTIME,
		    "cannot read %s from '%.600s': %s. Name a file that the user who runs kvmexittop can read.",
		    what, path, why);
	return NULL;
}

/* Returns how many bytes there are, or -1 with errno. */
static ssize_t read_all(int fd, char *buf, size_t size)
{
	size_t len = 0;
	ssize_t got;

	while (len < size && (got = read(fd, buf + len, size - len)) != 0) {
		if (got < 0 && errno != EINTR)
			return -1;
		len += got > 0 ? got : 0;
	}
	return len;
}

static char *read_fd(int fd, const char *path, const char *what, size_t *len,
		     struct kxt_err *err)
{
	struct stat st;
	ssize_t got;
	char *text;

	if (fstat(fd, &st))
		return fail(err, path, what, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return fail(err, path, what, "it is a directory");
	text = malloc(MAX_FILE + 1);
	got = text ? read_all(fd, text, MAX_FILE + 1) : -1;
	if (got < 0 || got > (ssize_t)MAX_FILE) {
		fail(err, path, what, got < 0 ? strerror(errno) : "it has more than 1 MiB");
		free(text);
		return NULL;
	}
	text[got] = '\0';
	if (len)
		*len = got;
	return text;
}

char *kxt_web_read_file(const char *path, const char *what, size_t *len,
			struct kxt_err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	char *text;

	if (fd < 0)
		return fail(err, path, what, strerror(errno));
	text = read_fd(fd, path, what, len, err);
	close(fd);
	return text;
}

static void forget(char *secret)
{
	if (secret)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}

void kxt_web_config_free(struct kxt_web_config *c)
{
	if (!c)
		return;
	free(c->cert);
	forget(c->key);
	free(c->client_ca);
	for (unsigned int i = 0; i < KXT_WEB_HEADERS; i++)
		free(c->header[i].value);
	for (unsigned int i = 0; i < c->nr_users; i++) {
		free(c->user[i].name);
		forget(c->user[i].hash);
	}
	free(c->user);
	free(c);
}

bool kxt_web_config_tls(const struct kxt_web_config *c)
{
	return c->tls;
}
