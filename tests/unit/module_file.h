/* SPDX-License-Identifier: GPL-2.0-only */
/* Module files for tests: as little of an ELF file as kxt_modfile_parse() looks at. */
#ifndef KXT_TEST_MODULE_FILE_H
#define KXT_TEST_MODULE_FILE_H

#include <arpa/inet.h>
#include <elf.h>
#include <string.h>

#include "tests/unit/build.h"

#define SIGNATURE_MAGIC	"~Module signature appended~\n"
#define SIGNER		"DKMS module signing key"
/* With a first byte that is not 0, so that DER has them as they are. */
#define SERIAL		"\x11\x22\x33\x44\x55\x66\x77\x88"
#define SERIAL_LEN	8
#define KEY_ID		"\x6c\xce\xce\x7e\x4c\x6c\x0d\x1f\x61\x49\xf3\xdd\x27\xdf\xcc\x5c\xbb\x41\x9e\xa1"
#define KEY_ID_LEN	20

/**
 * struct bytes - a file that is being made
 * @data: contents
 * @len: bytes in use
 */
struct bytes {
	unsigned char data[4096];
	size_t len;
};

static void add_bytes(struct bytes *b, const void *data, size_t len)
{
	assert_true(b->len + len <= sizeof(b->data));
	memcpy(b->data + b->len, data, len);
	b->len += len;
}

/* A module with @modinfo, strings with a zero byte after each, in its .modinfo. */
UNUSED static void make_module(struct bytes *b, const char *modinfo, size_t len)
{
	static const char names[] = "\0.modinfo\0.shstrtab";
	Elf64_Ehdr head = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB },
		.e_type = ET_REL, .e_machine = EM_X86_64, .e_ehsize = sizeof(head),
		.e_shentsize = sizeof(Elf64_Shdr), .e_shnum = 3, .e_shstrndx = 2,
		.e_shoff = sizeof(head),
	};
	size_t at = sizeof(head) + 3 * sizeof(Elf64_Shdr);
	Elf64_Shdr section[3] = {
		{ .sh_type = SHT_NULL },
		{ .sh_name = 1, .sh_type = SHT_PROGBITS, .sh_offset = at, .sh_size = len },
		{ .sh_name = 10, .sh_type = SHT_STRTAB, .sh_offset = at + len,
		  .sh_size = sizeof(names) },
	};

	b->len = 0;
	add_bytes(b, &head, sizeof(head));
	add_bytes(b, section, sizeof(section));
	add_bytes(b, modinfo, len);
	add_bytes(b, names, sizeof(names));
}

/* Make what is in @b from byte @from on the inside of an element of DER. */
static void wrap(struct bytes *b, size_t from, unsigned char tag)
{
	size_t len = b->len - from;
	unsigned char head[4] = { tag, 0x82, len >> 8, len };
	/* Lengths have a short form, below 128, and a long one. */
	size_t head_len = len < 128 ? 2 : 4;

	if (len < 128)
		head[1] = len;
	assert_true(b->len + head_len <= sizeof(b->data));
	memmove(b->data + from + head_len, b->data + from, len);
	memcpy(b->data + from, head, head_len);
	b->len += head_len;
}

/* An element with these bytes. */
static void element(struct bytes *b, unsigned char tag, const void *data, size_t len)
{
	size_t from = b->len;

	add_bytes(b, data, len);
	wrap(b, from, tag);
}

/* Of an organization, and with this common name. */
static void add_name(struct bytes *b, const char *name)
{
	const char *const type[] = { "\x55\x04\x0a", "\x55\x04\x03" };
	const char *const value[] = { "Somebody", name };
	size_t from = b->len;

	for (int i = 0; i < 2; i++) {
		size_t set = b->len;

		element(b, 0x06, type[i], 3);
		element(b, 0x0c, value[i], strlen(value[i]));
		wrap(b, set, 0x30);
		wrap(b, set, 0x31);
	}
	wrap(b, from, 0x30);
}

/* Who signed: issuer and serial number, or with @by_key_id the key's identifier. */
static void add_signer(struct bytes *b, const char *name, bool by_key_id)
{
	size_t from = b->len, sid;

	element(b, 0x02, by_key_id ? "\3" : "\1", 1);
	sid = b->len;
	if (by_key_id) {
		element(b, 0x80, KEY_ID, KEY_ID_LEN);
	} else {
		add_name(b, name);
		element(b, 0x02, SERIAL, SERIAL_LEN);
		wrap(b, sid, 0x30);
	}
	element(b, 0x30, "\x06\1\1", 3);
	/* The signature itself, which nobody looks at: long, so that lengths are. */
	add_bytes(b, (unsigned char[300]){ 0x04, 0x82, 1, 40 }, 300);
	wrap(b, from, 0x30);
	wrap(b, from, 0x31);
}

/* Append a signature as scripts/sign-file of the kernel does. */
UNUSED static void sign(struct bytes *b, const char *name, bool by_key_id)
{
	unsigned char trailer[12] = { 0, 0, 2 };
	size_t start = b->len, from, inner;
	uint32_t len;

	element(b, 0x06, "\x2a\x86\x48\x86\xf7\x0d\1\7\2", 9);
	from = b->len;
	element(b, 0x02, by_key_id ? "\3" : "\1", 1);
	element(b, 0x31, "\x30\1\5", 3);
	inner = b->len;
	element(b, 0x06, "\x2a\x86\x48\x86\xf7\x0d\1\7\1", 9);
	wrap(b, inner, 0x30);
	if (by_key_id)
		element(b, 0xa0, "some certificate", 16);
	add_signer(b, name, by_key_id);
	wrap(b, from, 0x30);
	wrap(b, from, 0xa0);
	wrap(b, start, 0x30);
	len = htonl(b->len - start);
	memcpy(trailer + 8, &len, 4);
	add_bytes(b, trailer, sizeof(trailer));
	add_bytes(b, SIGNATURE_MAGIC, strlen(SIGNATURE_MAGIC));
}

/* As much of a certificate as tells whose it is. */
UNUSED static void make_cert(struct bytes *b, const char *serial, const char *key_id)
{
	size_t inner;

	b->len = 0;
	element(b, 0x02, serial, SERIAL_LEN);
	add_name(b, SIGNER);
	inner = b->len;
	element(b, 0x06, "\x55\x1d\x0e", 3);
	element(b, 0x04, key_id, KEY_ID_LEN);
	wrap(b, inner, 0x30);
	/* The issuer's, which is no sign of the key itself. */
	element(b, 0x80, "\x99\x98\x97\x96\x95\x94\x93\x92\x91\x90\x89\x88\x87\x86\x85\x84\x83\x82\x81\x80",
		KEY_ID_LEN);
	wrap(b, 0, 0x30);
}

#endif /* KXT_TEST_MODULE_FILE_H */
