// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys that modules are signed with: where the certificate is, and whether the kernel
 * has the key. What the kernel has is in /proc/keys, which shows its own keyrings to root
 * only; what the owner of the machine enrolled is in variables of the firmware, put there
 * by shim, with the certificates as they are in their files.
 */
#include <ctype.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/host_facts_int.h"

#define SHIM_GUID	"605dab50-e046-4300-abb6-3dd810dd8b23"

/* Certificates have some kilobytes; the firmware's variables together some hundred. */
#define FILE_MAX	(1U << 20)

/* Tags of DER: an INTEGER, as a serial number, and an OCTET STRING, as a key's id. */
#define DER_INTEGER		0x02
#define DER_OCTET_STRING	0x04
#define DER_SEQUENCE		0x30

/**
 * struct blob - a file in memory
 * @data: contents with a zero byte at the end, NULL if it cannot be read
 * @len: bytes of them
 */
struct blob {
	char *data;
	size_t len;
};

static const struct blob nothing;

/**
 * struct stores - where keys are, read once
 * @kernel: /proc/keys
 * @owner: enrolled by the machine's owner
 * @waiting: to be enrolled at the next boot
 */
struct stores {
	struct blob kernel;
	struct blob owner;
	struct blob waiting;
};

/* The files of /proc and of the firmware do not say how large they are. */
static struct blob read_blob(int root, const char *path)
{
	int fd = openat(root, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct blob b = { .data = fd < 0 ? NULL : malloc(FILE_MAX + 1) };
	ssize_t got = -1;

	while (b.data && (got = read(fd, b.data + b.len, FILE_MAX - b.len)) > 0)
		b.len += got;
	if (fd >= 0)
		close(fd);
	if (got < 0) {
		free(b.data);
		return (struct blob){ .data = NULL };
	}
	b.data[b.len] = '\0';
	return b;
}

static bool has(const struct blob *b, const void *what, size_t len)
{
	return b->data && len && memmem(b->data, b->len, what, len);
}

/* Does the certificate have this element, for example its serial number? */
static bool has_der(const struct blob *b, unsigned char tag, const unsigned char *value,
		    size_t len)
{
	unsigned char element[2 + KXT_KEY_ID_MAX] = { tag, len };

	if (len == 0 || len > KXT_KEY_ID_MAX)
		return false;
	memcpy(element + 2, value, len);
	return has(b, element, len + 2);
}

static bool has_key_id(const struct blob *b, const struct kxt_modfile *m)
{
	return has_der(b, m->key_id_is_serial ? DER_INTEGER : DER_OCTET_STRING, m->key_id,
		       m->key_id_len);
}

/* Two digits a byte. Returns bytes. */
static size_t from_hex(const char *hex, size_t digits, unsigned char *to)
{
	size_t len = 0;

	for (; len < KXT_KEY_ID_MAX && len * 2 + 1 < digits; len++)
		sscanf(hex + len * 2, "%2hhx", &to[len]);
	return len;
}

/**
 * struct kernel_key - a key in /proc/keys
 * @name: of its subject, not ended
 * @name_len: bytes of it
 * @id: the subject's key identifier, or the serial number if it has none
 * @id_len: bytes of it
 */
struct kernel_key {
	const char *name;
	size_t name_len;
	unsigned char id[KXT_KEY_ID_MAX];
	size_t id_len;
};

/*
 * A key in a line of /proc/keys:
 * "... asymmetri Debian Secure Boot CA: 6ccece7e4c6c...: X509.rsa a1f73e26 []"
 * Names can have colons, so it is read from the end.
 */
static bool parse_key(const char *line, size_t len, struct kernel_key *key)
{
	const char *name = memmem(line, len, " asymmetri ", 11), *end, *at;

	if (!name)
		return false;
	name += 11;
	at = memmem(name, line + len - name, ": X509.", 7);
	if (!at)
		return false;
	for (end = at; at > name && isxdigit((unsigned char)at[-1]); at--)
		;
	if (at - name < 2 || memcmp(at - 2, ": ", 2))
		return false;
	key->name = name;
	key->name_len = at - 2 - name;
	key->id_len = from_hex(at, end - at, key->id);
	return key->id_len > 0;
}

/* Is it the key of the certificate @cert or, if that is not at hand, of the signer? */
static bool is_key(const struct kernel_key *key, const struct blob *cert,
		   const struct kxt_modfile *m)
{
	if (cert->data)
		return has_der(cert, DER_OCTET_STRING, key->id, key->id_len) ||
		       has_der(cert, DER_INTEGER, key->id, key->id_len);
	return m->key_id_len == key->id_len && !memcmp(m->key_id, key->id, key->id_len);
}

/* "Organization: Common name", where there are both. */
static bool has_name(const struct kernel_key *key, const char *name)
{
	size_t len = strlen(name);

	return len && key->name_len >= len &&
	       !memcmp(key->name + key->name_len - len, name, len);
}

/**
 * struct kernel_has - what became of looking for a key among those of the kernel
 * @any: they can be seen
 * @key: it is one of them
 * @name: one of them has the name of the signer
 */
struct kernel_has {
	bool any;
	bool key;
	bool name;
};

static struct kernel_has look_in_kernel(const struct blob *keys, const struct blob *cert,
					const struct kxt_modfile *m)
{
	struct kernel_has has = { .any = false };
	const char *line = keys->data;

	while (line && *line) {
		size_t len = strcspn(line, "\n");
		struct kernel_key key;

		if (parse_key(line, len, &key)) {
			has.any = true;
			has.key = has.key || is_key(&key, cert, m);
			has.name = has.name || has_name(&key, m->signer);
		}
		line += len + (line[len] == '\n');
	}
	return has;
}

/* Of the certificate @cert. */
static enum kxt_key state_of_cert(const struct stores *s, const struct blob *cert,
				  const struct kxt_modfile *m)
{
	struct kernel_has kernel = look_in_kernel(&s->kernel, cert, m);

	if (kernel.key)
		return KXT_KEY_ENROLLED;
	if (has(&s->owner, cert->data, cert->len))
		return kernel.any ? KXT_KEY_IGNORED : KXT_KEY_ENROLLED;
	if (has(&s->waiting, cert->data, cert->len))
		return KXT_KEY_WAITING;
	return kernel.any || s->owner.data ? KXT_KEY_ABSENT : KXT_KEY_UNKNOWN;
}

/*
 * Of the key that signed @m, the certificate of which is not at hand. A signature names
 * the certificate, the kernel names the key: often only their common names are alike.
 */
static enum kxt_key state_of_signer(const struct stores *s, const struct kxt_modfile *m)
{
	struct kernel_has kernel = look_in_kernel(&s->kernel, &nothing, m);

	if (kernel.key)
		return KXT_KEY_ENROLLED;
	if (has_key_id(&s->owner, m))
		return kernel.any && !kernel.name ? KXT_KEY_IGNORED : KXT_KEY_ENROLLED;
	if (has_key_id(&s->waiting, m))
		return KXT_KEY_WAITING;
	/* Each DKMS names its key the same: with an owner's list it could be another's. */
	if (kernel.name)
		return s->owner.data ? KXT_KEY_UNKNOWN : KXT_KEY_ENROLLED;
	return kernel.any ? KXT_KEY_ABSENT : KXT_KEY_UNKNOWN;
}

/* The last one counts, as in a shell. What has a variable in it is not followed. */
static void read_config(int root, const char *path, char *cert, size_t size)
{
	FILE *f = kxt_facts_stream(root, path);
	char *line = NULL;
	size_t line_size = 0;

	while (f && getline(&line, &line_size, f) > 0) {
		char *value = line + strspn(line, " \t");

		if (strncmp(value, "mok_certificate=", 16))
			continue;
		value += 16;
		value += strspn(value, "\"'");
		value[strcspn(value, "\"' \t\n")] = '\0';
		if (value[0] == '/' && !strchr(value, '$'))
			snprintf(cert, size, "%s", value + 1);
	}
	if (f)
		fclose(f);
	free(line);
}

/* Where dkms(8) is told that its certificate is; "" if it is not. */
static void configured(int root, char *cert, size_t size)
{
	char pattern[64];
	glob_t found;

	cert[0] = '\0';
	read_config(root, "etc/dkms/framework.conf", cert, size);
	/* The descriptor's own path, for glob() knows no other. */
	snprintf(pattern, sizeof(pattern), "/proc/self/fd/%d/etc/dkms/framework.conf.d/*.conf",
		 root);
	if (glob(pattern, 0, NULL, &found))
		return;
	for (size_t i = 0; i < found.gl_pathc; i++)
		read_config(root, found.gl_pathv[i], cert, size);
	globfree(&found);
}

/* Something else than DER tells nothing about its key. */
static struct blob read_cert(int root, const char *path)
{
	struct blob cert = path[0] ? read_blob(root, path) : nothing;

	if (cert.data && cert.data[0] == DER_SEQUENCE)
		return cert;
	free(cert.data);
	return nothing;
}

/*
 * The certificate that the module was signed with, or else the first there is: that of
 * DKMS's configuration, of DKMS, Ubuntu's, and akmods' of Fedora.
 */
static struct blob find_cert(struct kxt_key_facts *k, const struct kxt_modfile *m, int root)
{
	char config[sizeof(k->cert) - 1];
	const char *const path[] = {
		config, "var/lib/dkms/mok.pub", "var/lib/shim-signed/mok/MOK.der",
		"etc/pki/akmods/certs/public_key.der",
	};
	struct blob found = nothing;

	configured(root, config, sizeof(config));
	for (size_t i = 0; i < sizeof(path) / sizeof(path[0]); i++) {
		struct blob cert = read_cert(root, path[i]);
		bool signer = has_key_id(&cert, m);

		if (!cert.data || (found.data && !signer)) {
			free(cert.data);
			continue;
		}
		free(found.data);
		found = cert;
		snprintf(k->cert, sizeof(k->cert), "/%s", path[i]);
		k->signed_by_cert = m->key_id_len ? kxt_fact_of(signer) : KXT_FACT_UNKNOWN;
		if (signer)
			break;
	}
	return found;
}

void kxt_facts_read_keys(struct kxt_key_facts *k, const struct kxt_module_facts *m, int root)
{
	struct blob cert = find_cert(k, &m->file, root);
	struct stores s = {
		.kernel = read_blob(root, "proc/keys"),
		.owner = read_blob(root, "sys/firmware/efi/mok-variables/MokListRT"),
		.waiting = read_blob(root, "sys/firmware/efi/efivars/MokNew-" SHIM_GUID),
	};

	/* Others than root, and kernels before 5.10, have the first part of it here. */
	if (!s.owner.data)
		s.owner = read_blob(root, "sys/firmware/efi/efivars/MokListRT-" SHIM_GUID);
	if (cert.data)
		k->cert_key = state_of_cert(&s, &cert, &m->file);
	if (k->signed_by_cert == KXT_FACT_YES)
		k->signer_key = k->cert_key;
	else if (m->file.has_signature)
		k->signer_key = state_of_signer(&s, &m->file);
	free(cert.data);
	free(s.kernel.data);
	free(s.owner.data);
	free(s.waiting.data);
}
