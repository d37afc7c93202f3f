// SPDX-License-Identifier: GPL-2.0-only
/* A module's file: reading it, and its .modinfo. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/modfile.h"

/* Ours is below 1 MiB with all debugging information. */
#define FILE_MAX	(16U << 20)

/**
 * struct image - a module's file in memory
 * @data: contents
 * @len: bytes of them
 * @head: a copy of its header
 */
struct image {
	const unsigned char *data;
	size_t len;
	Elf64_Ehdr head;
};

static bool inside(const struct image *image, uint64_t offset, uint64_t len)
{
	return offset <= image->len && len <= image->len - offset;
}

static bool read_head(struct image *image)
{
	Elf64_Ehdr *head = &image->head;

	if (!inside(image, 0, sizeof(*head)))
		return false;
	memcpy(head, image->data, sizeof(*head));
	return memcmp(head->e_ident, ELFMAG, SELFMAG) == 0 &&
	       head->e_ident[EI_CLASS] == ELFCLASS64 &&
	       head->e_ident[EI_DATA] == ELFDATA2LSB &&
	       head->e_type == ET_REL && head->e_shentsize == sizeof(Elf64_Shdr);
}

static bool read_section(const struct image *image, unsigned int number,
			 Elf64_Shdr *section)
{
	uint64_t offset = image->head.e_shoff + (uint64_t)number * sizeof(*section);

	if (number >= image->head.e_shnum || offset < image->head.e_shoff ||
	    !inside(image, offset, sizeof(*section)))
		return false;
	memcpy(section, image->data + offset, sizeof(*section));
	return section->sh_type == SHT_NOBITS ||
	       inside(image, section->sh_offset, section->sh_size);
}

static bool find_section(const struct image *image, const char *name, Elf64_Shdr *section)
{
	size_t len = strlen(name) + 1;
	Elf64_Shdr names;

	if (!read_section(image, image->head.e_shstrndx, &names) ||
	    names.sh_type != SHT_STRTAB)
		return false;
	for (unsigned int i = 0; i < image->head.e_shnum; i++) {
		if (read_section(image, i, section) && section->sh_type == SHT_PROGBITS &&
		    section->sh_name <= names.sh_size &&
		    len <= names.sh_size - section->sh_name &&
		    !memcmp(image->data + names.sh_offset + section->sh_name, name, len))
			return true;
	}
	return false;
}

/* If @text is "KEY=VALUE" with this key: @value up to @end. */
static void take(const char *text, const char *key, const char *end, char *value,
		 size_t size)
{
	size_t len = strlen(key);

	if (strncmp(text, key, len) == 0)
		snprintf(value, size, "%.*s", (int)strcspn(text + len, end), text + len);
}

/* Strings, each with a zero byte at its end. */
static void read_modinfo(struct kxt_modfile *m, const char *text, size_t len)
{
	while (len > 0) {
		size_t used = strnlen(text, len) + 1;

		/* The last one has to be ended, too. */
		if (used > len)
			return;
		take(text, "vermagic=", " ", m->release, sizeof(m->release));
		take(text, "version=", "", m->version, sizeof(m->version));
		text += used;
		len -= used;
	}
}

void kxt_modfile_parse(struct kxt_modfile *m, const void *data, size_t len)
{
	struct image image = { .data = data, .len = len };
	Elf64_Shdr section;

	memset(m, 0, sizeof(*m));
	m->state = KXT_MODFILE_BAD;
	if (!read_head(&image) || !find_section(&image, ".modinfo", &section))
		return;
	m->state = KXT_MODFILE_READ;
	read_modinfo(m, (const char *)image.data + section.sh_offset, section.sh_size);
	kxt_modfile_signature(m, data, len);
}

/* All of the file, from malloc(); NULL with @state if that does not go. */
static void *read_all(int root, const char *path, size_t *len,
		      enum kxt_modfile_state *state)
{
	int fd = openat(root, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char *data = NULL;
	ssize_t got = 1;
	struct stat st;

	*len = 0;
	*state = KXT_MODFILE_DENIED;
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		*state = KXT_MODFILE_GONE;
	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) == 0 && (!S_ISREG(st.st_mode) || st.st_size > FILE_MAX))
		*state = KXT_MODFILE_BAD;
	else
		data = malloc(st.st_size + 1);
	while (data && got > 0 && *len < (size_t)st.st_size) {
		got = read(fd, data + *len, st.st_size - *len);
		if (got > 0)
			*len += got;
	}
	close(fd);
	if (got >= 0)
		return data;
	free(data);
	return NULL;
}

void kxt_modfile_read(struct kxt_modfile *m, int root, const char *path)
{
	size_t len;
	void *data;

	memset(m, 0, sizeof(*m));
	data = read_all(root, path, &len, &m->state);
	if (!data)
		return;
	m->state = kxt_modfile_unpack(&data, &len);
	if (m->state == KXT_MODFILE_READ)
		kxt_modfile_parse(m, data, len);
	free(data);
}
