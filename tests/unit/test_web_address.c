// SPDX-License-Identifier: GPL-2.0-only
/* Addresses to listen on, and what a client takes. */
#include "web_test.h"

#include <stdio.h>

#include "user/web/accept.h"
#include "user/web/address.h"

static void test_good(void **state)
{
	static const struct {
		const char *text, *host, *port;
	} good[] = {
		{ "127.0.0.1:9985", "127.0.0.1", "9985" },
		{ "[::1]:9985", "::1", "9985" },
		{ "[fe80::1%eth0]:1", "fe80::1%eth0", "1" },
		{ "[::ffff:1.2.3.4]:80", "::ffff:1.2.3.4", "80" },
		{ ":9985", "", "9985" },
		{ ":0", "", "0" },
		{ "localhost:65535", "localhost", "65535" },
		{ "a-b.example:00080", "a-b.example", "00080" },
	};

	(void)state;
	for (size_t i = 0; i < NR(good); i++) {
		struct kxt_web_address a;
		struct kxt_err err = { 0 };

		if (kxt_web_address_parse(&a, good[i].text, &err))
			fail_msg("%s", err.msg);
		assert_string_equal(a.host, good[i].host);
		assert_string_equal(a.port, good[i].port);
	}
}

static void test_bad(void **state)
{
	static const char *const bad[] = {
		"", "9985", "127.0.0.1", "127.0.0.1:", ":", ":65536", ":999999", ":-1", ":+1",
		":0x50", ":80 ", "::1:9985", "::1", "[::1]", "[::1]9985", "[::1:9985", "[]:1",
		"[", "[:", "]:1", "[]", "[127.0.0.1]:1", "[::1]]:1", "[[::1]]:1", "1.2.3:1",
		"1.2.3.4.5:1", "256.1.1.1:1", "a b:1", "a/b:1", "http://a:1", "user@a:1",
		"a\n:1", "\303\244:1", "[::1%]x:1", "[1::2::3]:1",
	};
	char text[400];

	(void)state;
	for (size_t i = 0; i < NR(bad); i++) {
		struct kxt_web_address a;
		struct kxt_err err = { 0 };

		if (kxt_web_address_parse(&a, bad[i], &err) == 0)
			fail_msg("'%s' was taken", bad[i]);
		assert_int_equal(err.status, KXT_EXIT_USAGE);
		assert_non_null(strstr(err.msg, "127.0.0.1:9985"));
	}
	for (size_t len = 250; len < 260; len++) {
		struct kxt_web_address a;

		memset(text, 'a', len);
		strcpy(text + len, ":1");
		assert_int_equal(kxt_web_address_parse(&a, text, NULL), len < 256 ? 0 : -1);
	}
}

static void test_format(void **state)
{
	static const struct {
		const char *accept;
		enum kxt_metrics_format format;
	} list[] = {
		{ "", KXT_METRICS_PROMETHEUS },
		{ "*/*", KXT_METRICS_PROMETHEUS },
		{ "text/plain", KXT_METRICS_PROMETHEUS },
		{ "application/json", KXT_METRICS_PROMETHEUS },
		{ "application/openmetrics-text", KXT_METRICS_OPENMETRICS },
		{ "Application/OpenMetrics-Text", KXT_METRICS_OPENMETRICS },
		{ "application/openmetrics-text; version=1.0.0", KXT_METRICS_OPENMETRICS },
		{ "application/openmetrics-text; version=\"1.0.0\"", KXT_METRICS_OPENMETRICS },
		{ "application/openmetrics-text;version=0.0.1", KXT_METRICS_OPENMETRICS },
		{ "application/openmetrics-text;version=2.0.0", KXT_METRICS_PROMETHEUS },
		{ "application/openmetrics-text;q=0", KXT_METRICS_PROMETHEUS },
		{ "application/openmetrics-text;q=0.5,text/plain", KXT_METRICS_PROMETHEUS },
		{ "application/openmetrics-text;q=0.5,text/plain;q=0.4", KXT_METRICS_OPENMETRICS },
		{ "text/plain;q=0.4,application/openmetrics-text;q=0.5", KXT_METRICS_OPENMETRICS },
		{ "text/plain,application/openmetrics-text", KXT_METRICS_PROMETHEUS },
		{ "application/openmetrics-text,text/plain", KXT_METRICS_OPENMETRICS },
		{ "application/openmetrics-text;q=0.5,text/plain;version=1.0.0", KXT_METRICS_OPENMETRICS },
		{ "application/openmetrics-text;q=0.5,text/plain;version=0.0.4;q=0.501", KXT_METRICS_PROMETHEUS },
		{ "application/openmetrics-text ; q = 0.9 , */* ; q=0.1", KXT_METRICS_OPENMETRICS },
		{ "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2", KXT_METRICS_OPENMETRICS },
		/* nonsense */
		{ "application/openmetrics-text;q=x", KXT_METRICS_PROMETHEUS },
		{ "application/openmetrics-text;q=2", KXT_METRICS_PROMETHEUS },
		{ "application/openmetrics-text;q=1.5", KXT_METRICS_PROMETHEUS },
		{ "application/openmetrics-text;q=", KXT_METRICS_PROMETHEUS },
		{ "application/openmetrics-text;q", KXT_METRICS_OPENMETRICS },
		{ ",;,;=,=;q=,", KXT_METRICS_PROMETHEUS },
		{ "\"", KXT_METRICS_PROMETHEUS },
	};

	(void)state;
	assert_int_equal(kxt_web_accept_format(NULL), KXT_METRICS_PROMETHEUS);
	for (size_t i = 0; i < NR(list); i++) {
		if (kxt_web_accept_format(list[i].accept) != list[i].format)
			fail_msg("%s", list[i].accept);
	}
}

static void test_gzip(void **state)
{
	static const char *const yes[] = { "gzip", "GZIP", "x-gzip", "deflate, gzip;q=0.1",
					   "*", "br;q=1.0, *;q=0.5", "identity;q=0, gzip" };
	static const char *const no[] = { "", "deflate", "gzip;q=0", "gzip;q=0.000", "*;q=0",
					  "gzip;q=0, *", "*, gzip;q=0", "gzipped", "gzi", ",",
					  "gzip;q=-1" };

	(void)state;
	assert_false(kxt_web_accept_gzip(NULL));
	for (size_t i = 0; i < NR(yes); i++) {
		if (!kxt_web_accept_gzip(yes[i]))
			fail_msg("%s", yes[i]);
	}
	for (size_t i = 0; i < NR(no); i++) {
		if (kxt_web_accept_gzip(no[i]))
			fail_msg("%s", no[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_gzip),
	};

	return cmocka_run_group_tests_name("web_address", tests, NULL, NULL);
}
