// SPDX-License-Identifier: GPL-2.0-only
/* export --textfile: for node_exporter's textfile collector. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "user/cmd_export.h"
#include "user/confine.h"

static int fail(const struct kxt_textfile *t, struct kxt_err *err, const char *what)
{
	const char *todo = "Make room, or name another file.";

	if (errno == EACCES || errno == EPERM)
		todo = "Its directory has to be writable for the user who runs kvmexittop by plain permissions: also as root it has given up the right to write everywhere.";
	else if (errno == ENOENT || errno == ENOTDIR)
		todo = "Name a file in a directory that is there.";
	else if (errno == EISDIR)
		todo = "A directory has that name: name a file.";
	return kxt_err_set(err, KXT_EXIT_RUNTIME, "cannot %s '%.500s': %s. %s", what, t->path,
			   strerror(errno), todo);
}

int kxt_textfile_open(struct kxt_textfile *t, const char *path, struct kxt_err *err)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	char *dir;

	memset(t, 0, sizeof(*t));
	t->path = path;
	t->dir = -1;
	if (!*name || !strcmp(name, ".") || !strcmp(name, "..") || strlen(name) > 240)
		return kxt_err_set(err, KXT_EXIT_USAGE,
				   "'%.300s' is not the path of a file; --textfile wants one, as in /var/lib/prometheus/node-exporter/kvmexittop.prom",
				   path);
	strcpy(t->name, name);
	/* Hidden, and not *.prom: node_exporter does not look at it. */
	snprintf(t->temp, sizeof(t->temp), ".%s.new", name);
	dir = slash ? strndup(path, slash - path + 1) : strdup(".");
	if (!dir)
		return fail(t, err, "write");
	t->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(dir);
	return t->dir < 0 ? fail(t, err, "write") : 0;
}

void kxt_textfile_close(struct kxt_textfile *t)
{
	if (t->dir >= 0)
		close(t->dir);
	t->dir = -1;
}

static int write_all(int fd, const char *text, size_t len)
{
	while (len) {
		ssize_t ret = write(fd, text, len);

		if (ret < 0 && errno == EINTR)
			continue;
		if (ret < 0)
			return -1;
		text += ret;
		len -= ret;
	}
	/* A host that dies now is not to come up with an empty file. */
	return fsync(fd);
}

/* The filter of kxt_confine_writer() lets this through, and not much else. */
static int make_temp(struct kxt_textfile *t, const char *text, size_t len)
{
	int fd, ret;

	/* One that was killed may have left it. */
	if (unlinkat(t->dir, t->temp, 0) && errno != ENOENT)
		return -1;
	fd = openat(t->dir, t->temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return -1;
	ret = write_all(fd, text, len);
	return close(fd) || ret ? -1 : 0;
}

/* Not renameat2(): without flags glibc makes another call of it, which is refused. */
static int put_in_place(struct kxt_textfile *t)
{
	return syscall(SYS_renameat2, t->dir, t->temp, t->dir, t->name, 0) ? -1 : 0;
}

int kxt_textfile_write(struct kxt_textfile *t, const char *text, size_t len,
		       struct kxt_err *err)
{
	if (make_temp(t, text, len) == 0 && put_in_place(t) == 0)
		return 0;
	fail(t, err, "write");
	unlinkat(t->dir, t->temp, 0);
	return -1;
}

/* One scrape into the file. Returns 1 if it is the collector that failed. */
static int write_one(struct kxt_export *e, struct kxt_textfile *t, struct kxt_err *err)
{
	struct kxt_exporter_text *text;
	int ret;

	text = kxt_exporter_get(e->x, KXT_METRICS_PROMETHEUS, false, err);
	if (!text)
		return 1;
	ret = kxt_textfile_write(t, text->text, text->len, err);
	kxt_exporter_put(text);
	return ret;
}

/* What fails now may work the next time: a disk has room again. Once is enough to say so. */
static void write_again(struct kxt_export *e, struct kxt_textfile *t, bool *failing)
{
	struct kxt_err err;
	int ret = write_one(e, t, &err);

	if (ret > 0) {
		kxt_export_failed(e, &err);
		return;
	}
	if (ret && !*failing)
		kxt_complain(&err);
	else if (!ret && *failing)
		fprintf(stderr, "kvmexittop: '%s' can be written again\n", t->path);
	*failing = ret;
}

static int write_until_signal(struct kxt_export *e, struct kxt_textfile *t,
			      struct kxt_err *err)
{
	uint64_t next = kxt_export_clock() + e->every_ns;
	struct kxt_export_loop l;
	bool failing = false;

	if (kxt_export_loop_open(&l, err))
		return -1;
	kxt_export_loop_ready(&l, "writing metrics to a file");
	while (kxt_export_loop_wait(&l, e, -1, next)) {
		if (kxt_export_clock() < next)
			continue;
		write_again(e, t, &failing);
		next += e->every_ns;
		if (next < kxt_export_clock())
			next = kxt_export_clock() + e->every_ns;
	}
	kxt_export_loop_close(&l);
	return 0;
}

/* As kxt_drop_privileges(), but that files can be made in one directory. */
static int drop_privileges(const struct kxt_export *e, const struct kxt_textfile *t,
			   struct kxt_err *err)
{
	char text[512];

	if (kxt_confine_writer(e->c.ops->confine, t->dir, err))
		return -1;
	if (e->common.verbose) {
		kxt_confine_text(text, sizeof(text));
		fprintf(stderr, "kvmexittop: privileges dropped; left: %s\n", text);
	}
	return 0;
}

static int run(struct kxt_export *e, struct kxt_textfile *t, struct kxt_err *err)
{
	if (drop_privileges(e, t, err) || (e->once && kxt_export_note(e, err)) ||
	    kxt_exporter_open(&e->x, &e->c, &e->o, err))
		return -1;
	if (write_one(e, t, err))
		return -1;
	return e->once ? 0 : write_until_signal(e, t, err);
}

int kxt_export_textfile(struct kxt_export *e, struct kxt_err *err)
{
	size_t len = strlen(e->textfile);
	struct kxt_textfile t;
	int ret;

	if (kxt_textfile_open(&t, e->textfile, err))
		return -1;
	if (len < 5 || strcmp(e->textfile + len - 5, ".prom"))
		fprintf(stderr, "kvmexittop: node_exporter only reads files whose name ends in .prom, which '%s' does not\n",
			e->textfile);
	/* node_exporter is another user. */
	umask(022);
	ret = run(e, &t, err);
	kxt_textfile_close(&t);
	return ret;
}
