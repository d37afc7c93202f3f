// SPDX-License-Identifier: GPL-2.0-only
/* Modules' files: what is in them, packed or not, and damaged ones. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#ifdef KXT_HAVE_LZMA
#include <lzma.h>
#endif

#include "tests/unit/module_file.h"
#include "user/modfile.h"

static const char modinfo[] =
	"parm=max_vcpus:x (uint)\0version=0.1.0\0license=GPL v2\0srcversion=1234\0"
	"name=kvmexit\0vermagic=6.1.0-56-amd64 SMP preempt mod_unload modversions ";

static struct bytes plain(void)
{
	struct bytes b;

	make_module(&b, modinfo, sizeof(modinfo));
	return b;
}

static struct bytes by(const char *name, bool by_key_id)
{
	struct bytes b = plain();

	sign(&b, name, by_key_id);
	return b;
}

static struct kxt_modfile parse(const struct bytes *b)
{
	/* Of that size, so that the sanitizer sees who looks behind its end. */
	void *copy = malloc(b->len ? b->len : 1);
	struct kxt_modfile m;

	assert_non_null(copy);
	memcpy(copy, b->data, b->len);
	memset(&m, 0xff, sizeof(m));
	kxt_modfile_parse(&m, copy, b->len);
	free(copy);
	return m;
}

static void test_plain(void **state)
{
	struct bytes b = plain();
	struct kxt_modfile m = parse(&b);

	(void)state;
	assert_int_equal(m.state, KXT_MODFILE_READ);
	assert_string_equal(m.release, "6.1.0-56-amd64");
	assert_string_equal(m.version, "0.1.0");
	assert_false(m.has_signature);
	assert_string_equal(m.signer, "");
	assert_int_equal(m.key_id_len, 0);

	/* A string that is not ended is none. */
	make_module(&b, "version=0.1.0", 13);
	m = parse(&b);
	assert_int_equal(m.state, KXT_MODFILE_READ);
	assert_string_equal(m.version, "");
}

static void test_signed(void **state)
{
	struct bytes b = by(SIGNER, false);
	struct kxt_modfile m = parse(&b);

	(void)state;
	assert_int_equal(m.state, KXT_MODFILE_READ);
	assert_string_equal(m.version, "0.1.0");
	assert_true(m.has_signature);
	assert_string_equal(m.signer, SIGNER);
	assert_true(m.key_id_is_serial);
	assert_int_equal(m.key_id_len, SERIAL_LEN);
	assert_memory_equal(m.key_id, SERIAL, SERIAL_LEN);

	b = by(SIGNER, true);
	m = parse(&b);
	assert_true(m.has_signature);
	assert_string_equal(m.signer, "");
	assert_false(m.key_id_is_serial);
	assert_int_equal(m.key_id_len, KEY_ID_LEN);
	assert_memory_equal(m.key_id, KEY_ID, KEY_ID_LEN);

	/* A name that is too long is cut off. */
	b = by("0123456789012345678901234567890123456789012345678901234567890123456789", false);
	m = parse(&b);
	assert_int_equal(strlen(m.signer), sizeof(m.signer) - 1);
	assert_int_equal(m.key_id_len, SERIAL_LEN);

	/* Not the last bytes of the file: the kernel does not see it then, either. */
	add_bytes(&b, "x", 1);
	assert_false(parse(&b).has_signature);

	/* A signature that is longer than the file, or of another kind. */
	b = by(SIGNER, false);
	b.data[b.len - strlen(SIGNATURE_MAGIC) - 3] = 0xff;
	m = parse(&b);
	assert_true(m.has_signature);
	assert_string_equal(m.signer, "");
	b = by(SIGNER, false);
	b.data[b.len - strlen(SIGNATURE_MAGIC) - 10] = 1;
	m = parse(&b);
	assert_true(m.has_signature);
	assert_int_equal(m.key_id_len, 0);
}

/* Cut off anywhere, or with any byte changed: an answer, and nothing worse. */
static void test_damage(void **state)
{
	const struct bytes whole = by(SIGNER, false);
	struct bytes b = whole;
	struct kxt_modfile m;

	(void)state;
	for (b.len = 0; b.len < whole.len; b.len++) {
		m = parse(&b);
		assert_false(m.has_signature);
	}
	for (size_t i = 0; i < whole.len; i++) {
		for (unsigned int to = 1; to < 256; to++) {
			b = whole;
			b.data[i] ^= to;
			m = parse(&b);
			assert_true(m.state == KXT_MODFILE_READ ||
				    m.state == KXT_MODFILE_BAD);
			assert_true(m.key_id_len <= KXT_KEY_ID_MAX);
		}
	}
	b.len = 0;
	assert_int_equal(parse(&b).state, KXT_MODFILE_BAD);
}

static void pack_gzip(struct bytes *to, const struct bytes *from)
{
	z_stream stream = { .next_in = (unsigned char *)from->data, .avail_in = from->len,
			    .next_out = to->data, .avail_out = sizeof(to->data) };

	assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, MAX_WBITS + 16, 8,
				      Z_DEFAULT_STRATEGY), Z_OK);
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	to->len = sizeof(to->data) - stream.avail_out;
	deflateEnd(&stream);
}

static void pack_zstd(struct bytes *to, const struct bytes *from)
{
	to->len = ZSTD_compress(to->data, sizeof(to->data), from->data, from->len, 3);
	assert_false(ZSTD_isError(to->len));
}

static void pack_xz(struct bytes *to, const struct bytes *from)
{
#ifdef KXT_HAVE_LZMA
	to->len = 0;
	assert_int_equal(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC32, NULL, from->data,
						 from->len, to->data, &to->len,
						 sizeof(to->data)), LZMA_OK);
#else
	(void)from;
	memcpy(to->data, "\xfd" "7zXZ\0.....", 12);
	to->len = 12;
#endif
}

static enum kxt_modfile_state unpack(const struct bytes *packed, struct bytes *result)
{
	size_t len = packed->len;
	void *data = malloc(len ? len : 1);
	enum kxt_modfile_state is;

	assert_non_null(data);
	memcpy(data, packed->data, len);
	is = kxt_modfile_unpack(&data, &len);
	if (len <= sizeof(result->data)) {
		result->len = len;
		memcpy(result->data, data, len);
	}
	free(data);
	return is;
}

static void test_packed(void **state)
{
	static void (*const pack[])(struct bytes *to, const struct bytes *from) = {
		pack_gzip, pack_zstd, pack_xz,
	};
	const struct bytes whole = by(SIGNER, false);
	struct bytes packed, result;

	(void)state;
	assert_int_equal(unpack(&whole, &result), KXT_MODFILE_READ);
	assert_int_equal(result.len, whole.len);
	for (size_t i = 0; i < 3; i++) {
		pack[i](&packed, &whole);
#ifndef KXT_HAVE_LZMA
		if (pack[i] == pack_xz) {
			assert_int_equal(unpack(&packed, &result), KXT_MODFILE_PACKED);
			continue;
		}
#endif
		assert_int_equal(unpack(&packed, &result), KXT_MODFILE_READ);
		assert_int_equal(result.len, whole.len);
		assert_memory_equal(result.data, whole.data, whole.len);
		/* Cut off: not half of a module, and the data stays as it was. */
		packed.len -= 20;
		assert_int_equal(unpack(&packed, &result), KXT_MODFILE_BAD);
		assert_int_equal(result.len, packed.len);
		packed.data[30] ^= 0xff;
		assert_int_equal(unpack(&packed, &result), KXT_MODFILE_BAD);
	}
}

/* A few kilobytes that become more than any module has. */
static void test_bomb(void **state)
{
	const size_t size = 40 << 20;
	char *zeros = calloc(1, size);
	size_t len = ZSTD_compressBound(size);
	void *packed = malloc(len);

	(void)state;
	assert_non_null(zeros);
	assert_non_null(packed);
	len = ZSTD_compress(packed, len, zeros, size, 1);
	assert_true(len < 100000);
	assert_int_equal(kxt_modfile_unpack(&packed, &len), KXT_MODFILE_BAD);
	free(packed);
	free(zeros);
}

static void test_read(void **state)
{
	char dir[] = "/tmp/kvmexittop-test-XXXXXX", path[64];
	struct bytes b = by(SIGNER, false), packed, none = { .len = 0 };
	const struct bytes *const file[] = { &b, &packed, &none };
	struct kxt_modfile m;
	int root;

	(void)state;
	assert_non_null(mkdtemp(dir));
	root = open(dir, O_PATH | O_DIRECTORY);
	snprintf(path, sizeof(path), "%s/a.ko", dir);
	kxt_modfile_read(&m, root, "a.ko");
	assert_int_equal(m.state, KXT_MODFILE_GONE);
	pack_zstd(&packed, &b);
	for (int i = 0; i < 3; i++) {
		FILE *f = fopen(path, "w");

		assert_non_null(f);
		assert_int_equal(fwrite(file[i]->data, 1, file[i]->len, f), file[i]->len);
		fclose(f);
		kxt_modfile_read(&m, root, "a.ko");
		assert_int_equal(m.state, i < 2 ? KXT_MODFILE_READ : KXT_MODFILE_BAD);
		assert_string_equal(m.signer, i < 2 ? SIGNER : "");
	}
	/* Nothing waits for who never comes. */
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	kxt_modfile_read(&m, root, "a.ko");
	assert_int_equal(m.state, KXT_MODFILE_BAD);
	unlink(path);
	close(root);
	rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_signed),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_packed),
		cmocka_unit_test(test_bomb),
		cmocka_unit_test(test_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
