// SPDX-License-Identifier: GPL-2.0-only
/* Writes the seeds of fuzz_recording into a folder: whole files, small ones. */
#include "tests/unit/rec_file.h"

static int write_file(const char *dir, const char *name, const struct file *f)
{
	char path[4096];
	size_t size = f->made->b.len;
	FILE *out;
	int bad;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	out = fopen(path, "w");
	if (!out) {
		perror(path);
		return -1;
	}
	bad = fwrite(f->made->b.data, 1, size, out) != size;
	bad |= fclose(out);
	if (bad)
		perror(path);
	return bad ? -1 : 0;
}

/* As it is written; and with its streams as they are, where damage gets further. */
static int write_both(const char *dir, const char *name, struct file f)
{
	struct file raw = make_raw(&f);
	char both[64];
	int ret;

	snprintf(both, sizeof(both), "%s-zstd", name);
	ret = write_file(dir, both, &f);
	snprintf(both, sizeof(both), "%s-raw", name);
	if (ret == 0)
		ret = write_file(dir, both, &raw);
	made_free(f.made);
	made_free(raw.made);
	return ret;
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
		return 2;
	}
	return write_both(argv[1], "one-frame", make_file(1, 1, 1)) ||
	       write_both(argv[1], "few-frames", make_file(5, 2, 2)) ||
	       write_both(argv[1], "two-blocks", make_file(13, 1, 3)) ||
	       write_both(argv[1], "details", make_file(10, 3, 5));
}
