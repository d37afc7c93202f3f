// SPDX-License-Identifier: GPL-2.0-only
/* kvmexit.ko: loaded, installed for this kernel or another one, known to DKMS. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/host_facts_int.h"

#define SIG_ENFORCE	"sys/module/module/parameters/sig_enforce"

static void read_node(struct kxt_module_facts *m, int root)
{
	struct stat st;

	m->node = kxt_facts_exists(root, "dev/kvmexit");
	if (m->node != KXT_FACT_YES || fstatat(root, "dev/kvmexit", &st, 0))
		return;
	m->node_mode = st.st_mode & 07777;
	m->node_readable = faccessat(root, "dev/kvmexit", R_OK, AT_EACCESS) == 0;
}

/*
 * The index of modprobe, below @dir, has a line "PATH: PATHS" for each module. Gives
 * our PATH, from / on.
 */
static bool find_in_index(int root, const char *dir, char *path, size_t size)
{
	char file[128], *line = NULL;
	size_t line_size = 0;
	bool found = false;
	FILE *f;

	snprintf(file, sizeof(file), "%s/modules.dep", dir);
	f = kxt_facts_stream(root, file);
	while (f && !found && getline(&line, &line_size, f) > 0) {
		const char *name;

		line[strcspn(line, ":")] = '\0';
		name = strrchr(line, '/');
		found = strncmp(name ? name + 1 : line, "kvmexit.ko", 10) == 0;
		if (found && line[0] == '/')
			snprintf(path, size, "%s", line);
		else if (found)
			snprintf(path, size, "/%.95s/%.127s", dir, line);
	}
	if (f)
		fclose(f);
	free(line);
	return found;
}

/* Where "make modules_install", DKMS and akmods put it, though depmod has not run. */
static bool find_file(int root, const char *dir, char *path, size_t size)
{
	static const char *const folder[] = {
		"updates/dkms", "updates", "extra", "extra/kvmexit", "weak-updates", "misc",
	};
	static const char *const end[] = { "", ".xz", ".zst", ".gz" };
	char file[160];

	for (unsigned int i = 0; i < 4 * sizeof(folder) / sizeof(folder[0]); i++) {
		snprintf(file, sizeof(file), "%s/%s/kvmexit.ko%s", dir, folder[i / 4],
			 end[i % 4]);
		if (kxt_facts_exists(root, file) != KXT_FACT_YES)
			continue;
		snprintf(path, size, "/%s", file);
		return true;
	}
	return false;
}

/* Calls @look for each entry of the folder @path. */
static void each_entry(int root, const char *path,
		       void (*look)(struct kxt_host_facts *f, int root, const char *name),
		       struct kxt_host_facts *f)
{
	int fd = openat(root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!dir && fd >= 0)
		close(fd);
	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] != '.')
			look(f, root, entry->d_name);
	}
	if (dir)
		closedir(dir);
}

/* Keep the newer one of two versions or releases. */
static void keep_newer(char *have, size_t size, const char *name)
{
	if (strlen(name) < size && strverscmp(name, have) > 0)
		strcpy(have, name);
}

static void look_at_kernel(struct kxt_host_facts *f, int root, const char *release)
{
	char dir[96], path[256];

	if (!strcmp(release, f->release) || strlen(release) >= sizeof(f->release))
		return;
	snprintf(dir, sizeof(dir), "lib/modules/%s", release);
	if (find_file(root, dir, path, sizeof(path)))
		keep_newer(f->module.other, sizeof(f->module.other), release);
}

static void read_installed(struct kxt_host_facts *f, int root)
{
	struct kxt_module_facts *m = &f->module;
	char dir[96], path[128];

	if (!f->release[0])
		return;
	snprintf(dir, sizeof(dir), "lib/modules/%s", f->release);
	m->folder = kxt_facts_exists(root, dir);
	m->indexed = find_in_index(root, dir, m->installed, sizeof(m->installed));
	if (!m->indexed)
		find_file(root, dir, m->installed, sizeof(m->installed));
	if (m->installed[0])
		kxt_modfile_read(&m->file, root, m->installed + 1);
	snprintf(path, sizeof(path), "%s/build/Makefile", dir);
	m->headers = kxt_facts_exists(root, path);
	each_entry(root, "lib/modules", look_at_kernel, f);
}

static void look_at_source(struct kxt_host_facts *f, int root, const char *name)
{
	const char *version = name + strlen("kvmexit-");
	char path[384];

	snprintf(path, sizeof(path), "usr/src/%s/dkms.conf", name);
	if (strncmp(name, "kvmexit-", strlen("kvmexit-")) ||
	    kxt_facts_exists(root, path) != KXT_FACT_YES)
		return;
	keep_newer(f->module.dkms_version, sizeof(f->module.dkms_version), version);
	if (f->module.dkms == KXT_DKMS_NONE)
		f->module.dkms = KXT_DKMS_SOURCE;
}

/* A build that failed leaves this behind, one that went well takes it away. */
static void look_at_log(struct kxt_host_facts *f, int root, const char *version)
{
	char path[128], line[256], release[80];

	snprintf(path, sizeof(path), "var/lib/dkms/kvmexit/%.63s/build/make.log", version);
	snprintf(release, sizeof(release), "kernel %s ", f->release);
	/* "DKMS make.log for kvmexit-0.1.0 for kernel 6.1.0-56-amd64 (x86_64)" */
	if (kxt_facts_line(root, path, line, sizeof(line)) && strstr(line, release))
		snprintf(f->module.dkms_log, sizeof(f->module.dkms_log), "/%.120s", path);
}

static void look_at_added(struct kxt_host_facts *f, int root, const char *version)
{
	struct kxt_module_facts *m = &f->module;
	char path[384];

	/* Beside versions there are links to what is installed, "kernel-...". */
	snprintf(path, sizeof(path), "var/lib/dkms/kvmexit/%s/source", version);
	if (kxt_facts_exists(root, path) != KXT_FACT_YES)
		return;
	keep_newer(m->dkms_version, sizeof(m->dkms_version), version);
	if (m->dkms < KXT_DKMS_ADDED)
		m->dkms = KXT_DKMS_ADDED;
	snprintf(path, sizeof(path), "var/lib/dkms/kvmexit/%s/%s", version, f->release);
	if (f->release[0] && kxt_facts_exists(root, path) == KXT_FACT_YES)
		m->dkms = KXT_DKMS_BUILT;
	look_at_log(f, root, version);
}

void kxt_facts_read_module(struct kxt_host_facts *f, int root)
{
	struct kxt_module_facts *m = &f->module;
	char value[16];

	if (f->sys)
		m->loaded = kxt_facts_exists(root, "sys/module/kvmexit");
	kxt_facts_line(root, "sys/module/kvmexit/version", m->version, sizeof(m->version));
	read_node(m, root);
	if (f->proc)
		m->modules = kxt_facts_exists(root, "proc/modules");
	if (kxt_facts_line(root, "proc/sys/kernel/modules_disabled", value, sizeof(value)))
		m->disabled = kxt_fact_of(value[0] == '1');
	/* Kernels that know signatures have this parameter. */
	if (kxt_facts_line(root, SIG_ENFORCE, value, sizeof(value)))
		m->signed_only = kxt_fact_of(value[0] == 'Y' || value[0] == '1');
	else if (f->sys && m->modules == KXT_FACT_YES &&
		 kxt_facts_exists(root, SIG_ENFORCE) == KXT_FACT_NO)
		m->signed_only = KXT_FACT_NO;
	read_installed(f, root);
	each_entry(root, "usr/src", look_at_source, f);
	each_entry(root, "var/lib/dkms/kvmexit", look_at_added, f);
}
