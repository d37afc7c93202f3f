// SPDX-License-Identifier: GPL-2.0-only
/*
 * A module's file: who signed it. At the end of a signed module there are the signature,
 * PKCS#7 in DER, then a struct module_signature, then a line of text (module_signature.h
 * of the kernel; admin-guide/module-signing).
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "user/modfile.h"

static const char magic[] = "~Module signature appended~\n";

#define MAGIC_LEN	(sizeof(magic) - 1)
/* Its bytes: three kinds, of which the last one says PKCS#7; two lengths, which are 0
 * with that; three zeros; the length of the signature, high byte first.
 */
#define TRAILER_LEN	12
#define ID_PKCS7	2

/* Tags of DER. */
#define INTEGER		0x02
#define OID		0x06
#define SEQUENCE	0x30
#define SET		0x31
#define CONTEXT(n)	(0xa0 | (n))	/* with something inside */
#define IMPLICIT(n)	(0x80 | (n))	/* bytes */

/**
 * struct der - a stretch of DER, or what is inside of one element
 * @at: the first byte
 * @len: how many
 */
struct der {
	const unsigned char *at;
	size_t len;
};

/* Take the next element off @from. Returns its tag, 0 if there is none. */
static unsigned int next(struct der *from, struct der *inside)
{
	const unsigned char *p = from->at;
	size_t used = 2, len;
	unsigned int tag;

	if (from->len < 2)
		return 0;
	tag = p[0];
	len = p[1];
	if (len & 0x80) {
		unsigned int bytes = len & 0x7f;

		/* A signature is a few kilobytes at most; 0 means "until it ends". */
		if (bytes < 1 || bytes > 3 || from->len < 2 + bytes)
			return 0;
		for (len = 0; used < 2 + bytes; used++)
			len = len << 8 | p[used];
	}
	if (len > from->len - used)
		return 0;
	inside->at = p + used;
	inside->len = len;
	from->at += used + len;
	from->len -= used + len;
	return tag;
}

/* Take the next element, which has to have this tag, off @from. */
static bool want(struct der *from, unsigned int tag, struct der *inside)
{
	return next(from, inside) == tag;
}

/* The last common name in a Name: a SEQUENCE of SETs of SEQUENCEs of type and value. */
static void take_name(struct kxt_modfile *m, struct der name)
{
	static const unsigned char common_name[] = { 0x55, 0x04, 0x03 };
	struct der set, pair, type, value;

	while (want(&name, SET, &set)) {
		if (!want(&set, SEQUENCE, &pair) || !want(&pair, OID, &type) ||
		    !next(&pair, &value) || type.len != sizeof(common_name) ||
		    memcmp(type.at, common_name, sizeof(common_name)))
			continue;
		snprintf(m->signer, sizeof(m->signer), "%.*s", (int)value.len, value.at);
	}
}

static void take_key_id(struct kxt_modfile *m, struct der id, bool is_serial)
{
	if (id.len > sizeof(m->key_id))
		return;
	memcpy(m->key_id, id.at, id.len);
	m->key_id_len = id.len;
	m->key_id_is_serial = is_serial;
}

/* RFC 5652: ContentInfo, with SignedData, with the first of its SignerInfos. */
static void take_signer(struct kxt_modfile *m, struct der all)
{
	struct der info, data, list, signer, part, name, number;
	unsigned int tag;

	if (!want(&all, SEQUENCE, &info) || !want(&info, OID, &part) ||
	    !want(&info, CONTEXT(0), &part) || !want(&part, SEQUENCE, &data) ||
	    !want(&data, INTEGER, &part) || !want(&data, SET, &part) ||
	    !want(&data, SEQUENCE, &part))
		return;
	/* Certificates and lists of what was revoked, where there are any. */
	do
		tag = next(&data, &list);
	while (tag == CONTEXT(0) || tag == CONTEXT(1));
	if (tag != SET || !want(&list, SEQUENCE, &signer) ||
	    !want(&signer, INTEGER, &part))
		return;
	switch (next(&signer, &part)) {
	case SEQUENCE:
		if (!want(&part, SEQUENCE, &name) || !want(&part, INTEGER, &number))
			return;
		take_name(m, name);
		take_key_id(m, number, true);
		break;
	case IMPLICIT(0):
		take_key_id(m, part, false);
		break;
	}
}

void kxt_modfile_signature(struct kxt_modfile *m, const void *data, size_t len)
{
	const unsigned char *end = (const unsigned char *)data + len - MAGIC_LEN;
	const unsigned char *trailer = end - TRAILER_LEN;
	struct der der;

	if (len < MAGIC_LEN + TRAILER_LEN || memcmp(end, magic, MAGIC_LEN))
		return;
	m->has_signature = true;
	der.len = (size_t)trailer[8] << 24 | trailer[9] << 16 | trailer[10] << 8 |
		  trailer[11];
	if (trailer[2] != ID_PKCS7 || der.len > len - MAGIC_LEN - TRAILER_LEN)
		return;
	der.at = trailer - der.len;
	take_signer(m, der);
}
