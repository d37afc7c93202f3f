// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/build.h"
#include "user/html/text.h"
#include "user/utf8.h"

static char *out;
static size_t len;

static FILE *begin(void)
{
	FILE *f;

	free(out);
	out = NULL;
	f = open_memstream(&out, &len);
	assert_non_null(f);
	return f;
}

static const char *text(const char *s)
{
	FILE *f = begin();

	kxt_html_text(f, s);
	fclose(f);
	return out;
}

static void test_markup(void **state)
{
	(void)state;
	assert_string_equal(text(""), "");
	assert_string_equal(text("web1"), "web1");
	assert_string_equal(text("<script>alert(1)</script>"),
			    "&lt;script&gt;alert(1)&lt;/script&gt;");
	assert_string_equal(text("a & b &lt; \"c\" 'd'"),
			    "a &amp; b &amp;lt; &quot;c&quot; &#39;d&#39;");
	assert_string_equal(text("\" onload=x "), "&quot; onload=x ");
	assert_string_equal(text("]]><!-- -->"), "]]&gt;&lt;!-- --&gt;");
}

static void test_unseen(void **state)
{
	(void)state;
	assert_string_equal(text("a\tb\nc\r\x1b[31m\x7f"), "a\\x09b\\x0ac\\x0d\\x1b[31m\\x7f");
	assert_string_equal(text("c1 \302\233"), "c1 \\u009b");
	assert_string_equal(text("\342\200\256abc"), "\\u202eabc");	/* right to left */
	assert_string_equal(text("a\342\200\213b"), "a\\u200bb");	/* no width */
	assert_string_equal(text("\357\273\277"), "\\ufeff");
	assert_string_equal(text("\363\240\200\201"), "\\U0e0001");	/* a tag */
	assert_string_equal(text("\357\277\277"), "\\uffff");		/* no character */
}

static void test_utf8(void **state)
{
	(void)state;
	assert_string_equal(text("\303\251t\303\251 \346\227\245\346\234\254 \360\237\230\200"),
			    "\303\251t\303\251 \346\227\245\346\234\254 \360\237\230\200");
	assert_string_equal(text("\377\376\200"), "\\xff\\xfe\\x80");
	assert_string_equal(text("\300\274script"), "\\xc0\\xbcscript");	/* '<', overlong */
	assert_string_equal(text("\355\240\200"), "\\xed\\xa0\\x80");	/* a surrogate */
	assert_string_equal(text("cut \346\227"), "cut \\xe6\\x97");
	assert_string_equal(text("\302<"), "\\xc2&lt;");
}

/* Whatever the bytes are: no markup, nothing unseen, and UTF-8. */
static void test_any_bytes(void **state)
{
	uint64_t seed = 0x9e3779b97f4a7c15ULL;

	(void)state;
	for (unsigned int i = 0; i < 20000; i++) {
		char s[16] = "";

		for (unsigned int j = 0; j < sizeof(s) - 1; j++) {
			seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
			s[j] = (char)(seed >> 56);
		}
		text(s);
		for (const char *p = out; *p;) {
			size_t n = kxt_utf8_char(p);

			assert_true(n > 0);
			assert_null(strchr("<>\"'", *p));
			assert_true((unsigned char)*p >= 0x20 && *p != 0x7f);
			p += n;
		}
	}
}

static void test_cells(void **state)
{
	FILE *f = begin();

	(void)state;
	kxt_html_td_ns(f, true, 3400);
	kxt_html_td_ns(f, false, 3400);
	kxt_html_td_count(f, 99999);
	kxt_html_td_count(f, 1234567);
	kxt_html_td_rate(f, 0);
	kxt_html_td_rate(f, 1234.5);
	kxt_html_td_share(f, true, 0.0001);
	kxt_html_td_share(f, true, 0);
	kxt_html_td_share(f, false, 0.5);
	kxt_html_name(f, "");
	fclose(f);
	assert_string_equal(out,
			    "<td data-v=\"3400\">3.4us<td>-<td>99999<td data-v=\"1234567\">1.2M"
			    "<td data-v=\"0\">0/s<td data-v=\"1234.5\">1.2k/s"
			    "<td data-v=\"0.0001\">&lt;.1%<td>0%<td>-<bdi>(no name)</bdi>");
	assert_true(kxt_html_per_s(5, 0) == 0);
	assert_true(kxt_html_per_s(5, 500000000) == 10);
}

static int end(void **state)
{
	(void)state;
	free(out);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_markup),
		cmocka_unit_test(test_unseen),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_any_bytes),
		cmocka_unit_test(test_cells),
	};

	return cmocka_run_group_tests(tests, NULL, end);
}
