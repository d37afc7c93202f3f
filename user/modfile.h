/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A module's file: which kernel it was built for, its version, and who signed it, as
 * modinfo(8) tells them. Nothing is loaded, nothing is verified. The file is
 * not trusted: sizes are checked, and a damaged one is KXT_MODFILE_BAD.
 */
#ifndef KXT_MODFILE_H
#define KXT_MODFILE_H

#include <stdbool.h>
#include <stddef.h>

/* Longer identifiers of keys are left out: they are a number of 20 bytes at most. */
#define KXT_KEY_ID_MAX	32

/**
 * enum kxt_modfile_state - could it be read
 * @KXT_MODFILE_NONE: nobody has looked
 * @KXT_MODFILE_GONE: there is no such file
 * @KXT_MODFILE_DENIED: it may not be read
 * @KXT_MODFILE_PACKED: it is compressed in a way that this kvmexittop cannot undo
 * @KXT_MODFILE_BAD: it is no kernel module, or damaged
 * @KXT_MODFILE_READ: it was read
 */
enum kxt_modfile_state {
	KXT_MODFILE_NONE,
	KXT_MODFILE_GONE,
	KXT_MODFILE_DENIED,
	KXT_MODFILE_PACKED,
	KXT_MODFILE_BAD,
	KXT_MODFILE_READ,
};

/**
 * struct kxt_modfile - what is known of it
 * @state: all else is set with KXT_MODFILE_READ only
 * @release: of the kernel that it was built for, the first word of its vermagic; ""
 *	if it does not say so
 * @version: its version, "" if it has none
 * @has_signature: a signature is appended to it
 * @signer: common name of who issued the signer's certificate: the signer's own
 *	if that is signed by itself, as those of DKMS are; "" if not known
 * @key_id: identifier of the key: the certificate's serial number, or the subject's
 *	key identifier
 * @key_id_len: bytes of it, 0 if not known
 * @key_id_is_serial: which of the two it is
 */
struct kxt_modfile {
	enum kxt_modfile_state state;
	char release[72];
	char version[64];
	bool has_signature;
	char signer[64];
	unsigned char key_id[KXT_KEY_ID_MAX];
	unsigned int key_id_len;
	bool key_id_is_serial;
};

/**
 * kxt_modfile_read() - read a module's file
 * @m: result; all of it is set
 * @root: open directory
 * @path: below it; may be compressed
 */
void kxt_modfile_read(struct kxt_modfile *m, int root, const char *path);

/**
 * kxt_modfile_parse() - the same of its contents in memory, not compressed
 * @m: result; all of it is set
 * @data: contents
 * @len: bytes of them
 */
void kxt_modfile_parse(struct kxt_modfile *m, const void *data, size_t len);

/**
 * kxt_modfile_unpack() - undo the compression of a module's file
 * @data: memory from malloc(), which is replaced if it was compressed
 * @len: bytes of it
 *
 * Return: KXT_MODFILE_READ if @data is not compressed (any more), else
 * KXT_MODFILE_PACKED or KXT_MODFILE_BAD, with @data as it was.
 */
enum kxt_modfile_state kxt_modfile_unpack(void **data, size_t *len);

/**
 * kxt_modfile_signature() - find the signature, for modfile*.c
 * @m: gets what is about it; its other fields are left alone
 * @data: contents of the module's file
 * @len: bytes of them
 */
void kxt_modfile_signature(struct kxt_modfile *m, const void *data, size_t len);

#endif /* KXT_MODFILE_H */
