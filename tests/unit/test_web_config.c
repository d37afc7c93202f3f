// SPDX-License-Identifier: GPL-2.0-only
/* Web config files, good ones and others. */
#include "web_test.h"

#include <stdio.h>
#include <unistd.h>

#include "user/web/config.h"

static char dir[] = "/tmp/kxt-web-XXXXXX";

static void write_file(const char *name, const char *text)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "we");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	write_file("a.pem", "certificate");
	write_file("a.key", "key");
	write_file("ca.pem", "ca");
	return 0;
}

static int teardown(void **state)
{
	static const char *const name[] = { "a.pem", "a.key", "ca.pem", "big", "web.yml" };
	char path[128];

	(void)state;
	for (size_t i = 0; i < NR(name); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, name[i]);
		unlink(path);
	}
	return rmdir(dir);
}

static int parse(struct kxt_web_config **c, const char *text, struct kxt_err *err)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/web.yml", dir);
	memset(err, 0, sizeof(*err));
	return kxt_web_config_parse(c, text, strlen(text), path, err);
}

static struct kxt_web_config *good(const char *text)
{
	struct kxt_web_config *c;
	struct kxt_err err;

	if (parse(&c, text, &err))
		fail_msg("%s", err.msg);
	return c;
}

static void test_nothing(void **state)
{
	static const char *const text[] = {
		"", "# only this\n", "---\n", "{}", "tls_server_config:\n",
		"basic_auth_users: {}\nhttp_server_config:\n  headers:\n",
		"tls_server_config: ~\nbasic_auth_users: null\n",
	};

	(void)state;
	for (size_t i = 0; i < NR(text); i++) {
		struct kxt_web_config *c = good(text[i]);

		assert_false(c->tls);
		assert_int_equal(c->nr_users, 0);
		kxt_web_config_free(c);
	}
	kxt_web_config_free(NULL);
}

static void test_all(void **state)
{
	struct kxt_web_config *c = good(
		"tls_server_config:\n"
		"  cert_file: a.pem\n"
		"  key_file: a.key\n"
		"  client_ca_file: ca.pem\n"
		"  client_auth_type: RequireAndVerifyClientCert\n"
		"  min_version: TLS13\n"
		"http_server_config:\n"
		"  http2: false\n"
		"  headers:\n"
		"    x-frame-options: deny\n"
		"    Content-Security-Policy: ''\n"
		"basic_auth_users:\n"
		"  alice: " SECRET_HASH "\n"
		"  bob: '" SECRET_HASH "'\n");

	(void)state;
	assert_true(c->tls && c->tls13 && kxt_web_config_tls(c));
	assert_string_equal(c->cert, "certificate");
	assert_string_equal(c->key, "key");
	assert_string_equal(c->client_ca, "ca");
	assert_string_equal(c->header[0].value, "");
	assert_string_equal(c->header[1].value, "deny");
	assert_null(c->header[2].value);
	assert_int_equal(c->nr_users, 2);
	assert_string_equal(c->user[1].name, "bob");
	assert_string_equal(c->user[1].hash, SECRET_HASH);
	kxt_web_config_free(c);
}

#define TLS	"tls_server_config:\n  cert_file: a.pem\n  key_file: a.key\n"

static void test_bad(void **state)
{
	static const struct {
		const char *text, *line, *says;
	} bad[] = {
		{ "a: b\n", "line 1", "unknown key 'a'; known here are tls_server_config, http_server_config, basic_auth_users" },
		{ "\n\ntls: {}\n", "line 3", "unknown key" },
		{ "- a\n", "line 1", "wants keys and values" },
		{ "tls_server_config: a.pem\n", "line 1", "wants keys and values" },
		{ "a: [\n", "line 2", "no YAML" },
		{ "a: b\n c: d\n", "line 2", "no YAML" },
		{ "\ttab: 1\n", "line 1", "no YAML" },
		{ "{}: 1\n", "line 1", "wants one text" },
		{ "rate_limit: {}\n", "line 1", "take it out" },
		{ TLS "  max_version: TLS13\n", "line 4", "take it out" },
		{ TLS "  nonsense: 1\n", "line 4", "known here are cert_file, key_file, client_ca_file, client_auth_type, min_version" },
		{ TLS "  cert_file: b.pem\n", "line 2", "more than once" },
		{ TLS "  min_version: TLS10\n", "line 4", "TLS12 or TLS13" },
		{ TLS "  client_auth_type: RequestClientCert\n", "line 4", "NoClientCert or" },
		{ TLS "  client_auth_type: RequireAndVerifyClientCert\n", "line 2", "no client_ca_file" },
		{ TLS "  client_ca_file: ca.pem\n", "line 2", "nothing uses" },
		{ "tls_server_config:\n  cert_file: a.pem\n", "line 2", "no key_file" },
		{ "tls_server_config:\n  key_file: a.key\n", "line 2", "no cert_file" },
		{ "tls_server_config:\n  cert_file: [a]\n", "line 2", "wants one text" },
		{ "tls_server_config:\n  cert_file: \"a\\0b\"\n", "line 2", "wants one text" },
		{ "http_server_config:\n  http2: maybe\n", "line 2", "true or false" },
		{ "http_server_config:\n  http3: true\n", "line 2", "known here are http2, headers" },
		{ "http_server_config:\n  headers:\n    Server: x\n", "line 3", "X-Frame-Options" },
		{ "http_server_config:\n  headers:\n    X-Frame-Options: \"a\\r\\nb: c\"\n", "line 3", "line break" },
		{ "basic_auth_users:\n  a: secret\n", "line 2", "not bcrypt" },
		{ "basic_auth_users:\n  a:\n", "line 2", "not bcrypt" },
		{ "basic_auth_users:\n  'a:b': " SECRET_HASH "\n", "line 2", "no name" },
		{ "basic_auth_users:\n  '': " SECRET_HASH "\n", "line 2", "no name" },
		{ "basic_auth_users:\n  a: $2y$13$EM8sM1Cgp9CjPwgqTBEHe.2PS4dUQtpQ3aRIpWoj5OAs6NJpPWV9q\n", "line 2", "cost" },
		{ "basic_auth_users:\n  a: " SECRET_HASH "\n  a: " SECRET_HASH "\n", "line 2", "more than once" },
	};

	(void)state;
	for (size_t i = 0; i < NR(bad); i++) {
		struct kxt_web_config *c;
		struct kxt_err err;

		if (parse(&c, bad[i].text, &err) == 0)
			fail_msg("taken: %s", bad[i].text);
		if (!strstr(err.msg, bad[i].line) || !strstr(err.msg, bad[i].says) ||
		    !strstr(err.msg, "/web.yml"))
			fail_msg("of %s it says: %s", bad[i].text, err.msg);
		assert_int_equal(err.status, KXT_EXIT_USAGE);
	}
}

static void test_files(void **state)
{
	struct kxt_web_config *c;
	struct kxt_err err;
	char text[256], path[128];

	(void)state;
	assert_int_equal(parse(&c, "tls_server_config:\n  cert_file: no.pem\n  key_file: a.key\n",
			       &err), -1);
	assert_non_null(strstr(err.msg, "/no.pem': No such file"));
	snprintf(text, sizeof(text),
		 "tls_server_config:\n  cert_file: %s/a.pem\n  key_file: a.key\n", dir);
	kxt_web_config_free(good(text));

	assert_int_equal(kxt_web_config_read(&c, dir, &err), -1);
	assert_non_null(strstr(err.msg, "is a directory"));
	snprintf(path, sizeof(path), "%s/big", dir);
	write_file("big", "");
	assert_int_equal(truncate(path, (1 << 20) + 1), 0);
	assert_int_equal(kxt_web_config_read(&c, path, &err), -1);
	assert_non_null(strstr(err.msg, "more than 1 MiB"));
	snprintf(path, sizeof(path), "%s/web.yml", dir);
	write_file("web.yml", TLS);
	assert_int_equal(kxt_web_config_read(&c, path, &err), 0);
	assert_string_equal(c->cert, "certificate");
	kxt_web_config_free(c);
}

/* Cut off anywhere it is refused, or something else; never read beyond its end. */
static void test_cut(void **state)
{
	static const char whole[] = TLS "  min_version: TLS12\nhttp_server_config:\n  headers: {X-Frame-Options: a}\nbasic_auth_users: {a: '" SECRET_HASH "'}\n";

	(void)state;
	for (size_t len = 0; len < sizeof(whole); len++) {
		char *text = malloc(len + 1);
		struct kxt_web_config *c;
		struct kxt_err err;

		assert_non_null(text);
		memcpy(text, whole, len);
		text[len] = '\0';
		if (parse(&c, text, &err) == 0)
			kxt_web_config_free(c);
		else
			assert_true(*err.msg);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_cut),
	};

	return cmocka_run_group_tests_name("web_config", tests, setup, teardown);
}
