// SPDX-License-Identifier: GPL-2.0-only
/* Passwords: who is let in, what is remembered, and how many are checked a second. */
#include "web_test.h"

#include <stdio.h>

#include "user/web/auth.h"

#define SEC	1000000000ULL

static const struct kxt_web_user users[] = {
	{ (char *)"alice", (char *)SECRET_HASH },
	{ (char *)"bob", (char *)SECRET_HASH },
};

static struct kxt_web_auth *make(void)
{
	struct kxt_web_auth *a = kxt_web_auth_new(users, NR(users));

	assert_non_null(a);
	return a;
}

static void test_check(void **state)
{
	struct kxt_web_auth *a = make();
	char text[400];

	(void)state;
	assert_int_equal(kxt_web_auth_check(a, "alice", "secret", 1, 0), KXT_WEB_AUTH_OK);
	assert_int_equal(kxt_web_auth_check(a, "alice", "Secret", 1, 0), KXT_WEB_AUTH_BAD);
	assert_int_equal(kxt_web_auth_check(a, "carol", "secret", 2, 0), KXT_WEB_AUTH_BAD);
	/* As long as for one that there is: it was checked. */
	assert_int_equal(kxt_web_auth_checks(a), 3);
	/* Names and passwords do not run into each other. */
	assert_int_equal(kxt_web_auth_check(a, "alice:secret", "", 3, 0), KXT_WEB_AUTH_BAD);
	assert_int_equal(kxt_web_auth_check(a, "", "alice:secret", 3, 0), KXT_WEB_AUTH_BAD);
	/* Too long to be one. */
	memset(text, 'x', sizeof(text));
	text[73] = '\0';
	assert_int_equal(kxt_web_auth_check(a, "alice", text, 3, 0), KXT_WEB_AUTH_BAD);
	text[73] = 'x';
	text[399] = '\0';
	assert_int_equal(kxt_web_auth_check(a, text, "secret", 3, 0), KXT_WEB_AUTH_BAD);
	assert_int_equal(kxt_web_auth_checks(a), 4);
	text[255] = '\0';
	text[300 + 72] = '\0';
	assert_int_equal(kxt_web_auth_check(a, text, text + 300, 4, 0), KXT_WEB_AUTH_BAD);
	kxt_web_auth_free(a);
	kxt_web_auth_free(NULL);
}

static void test_remembers(void **state)
{
	struct kxt_web_auth *a = make();

	(void)state;
	for (unsigned int i = 0; i < 1000; i++) {
		assert_int_equal(kxt_web_auth_check(a, "alice", "secret", 1, 0),
				 KXT_WEB_AUTH_OK);
		assert_int_equal(kxt_web_auth_check(a, "alice", "wrong", 1, 0),
				 KXT_WEB_AUTH_BAD);
	}
	assert_int_equal(kxt_web_auth_checks(a), 2);
	/* That of one user is not that of another. */
	assert_int_equal(kxt_web_auth_check(a, "bob", "secret", 1, 0), KXT_WEB_AUTH_OK);
	assert_int_equal(kxt_web_auth_checks(a), 3);
	kxt_web_auth_free(a);
}

/* So many guesses from @peer; returns how many were checked. */
static uint64_t guess(struct kxt_web_auth *a, uint64_t peer, unsigned int nr, uint64_t now)
{
	uint64_t before = kxt_web_auth_checks(a);
	static unsigned int serial;
	char password[32];

	while (nr--) {
		snprintf(password, sizeof(password), "guess%u", serial++);
		assert_int_not_equal(kxt_web_auth_check(a, "alice", password, peer, now),
				     KXT_WEB_AUTH_OK);
	}
	return kxt_web_auth_checks(a) - before;
}

static void test_limit(void **state)
{
	struct kxt_web_auth *a = make();
	uint64_t now = 1000 * SEC, checked;

	(void)state;
	assert_int_equal(kxt_web_auth_check(a, "alice", "secret", 1, now), KXT_WEB_AUTH_OK);
	/* A peer has four at once, and then one a second. */
	assert_int_equal(guess(a, 1, 100, now), 3);
	assert_int_equal(guess(a, 1, 100, now + SEC - 1), 0);
	assert_int_equal(guess(a, 1, 100, now + SEC), 1);
	/* Who is known does not notice. */
	assert_int_equal(kxt_web_auth_check(a, "alice", "secret", 1, now), KXT_WEB_AUTH_OK);
	/* Neither does who comes from elsewhere. */
	assert_int_equal(kxt_web_auth_check(a, "bob", "secret", 2, now + SEC), KXT_WEB_AUTH_OK);
	/* All together have eight at once, and then four a second. */
	now += 100 * SEC;
	checked = 0;
	for (uint64_t peer = 10; peer < 500; peer++)
		checked += guess(a, peer, 10, now);
	assert_int_equal(checked, 8);
	checked = 0;
	for (uint64_t ms = 1; ms <= 10000; ms += 10)
		checked += guess(a, 1000 + ms, 1, now + ms * 1000000);
	assert_in_range(checked, 38, 41);
	kxt_web_auth_free(a);
}

static void test_bcrypt(void **state)
{
	static const char *const bad[] = {
		"", "secret", "$2y$", "$1$abc$xyz",
		"$2x$04$EM8sM1Cgp9CjPwgqTBEHe.2PS4dUQtpQ3aRIpWoj5OAs6NJpPWV9q",
		"$2b$03$EM8sM1Cgp9CjPwgqTBEHe.2PS4dUQtpQ3aRIpWoj5OAs6NJpPWV9q",
		"$2b$13$EM8sM1Cgp9CjPwgqTBEHe.2PS4dUQtpQ3aRIpWoj5OAs6NJpPWV9q",
		"$2b$4$$EM8sM1Cgp9CjPwgqTBEHe.2PS4dUQtpQ3aRIpWoj5OAs6NJpPWV9q",
		"$2b$04$EM8sM1Cgp9CjPwgqTBEHe.2PS4dUQtpQ3aRIpWoj5OAs6NJpPWV9",
		"$2b$04$EM8sM1Cgp9CjPwgqTBEHe.2PS4dUQtpQ3aRIpWoj5OAs6NJpPWV9qq",
		"$2b$04$EM8sM1Cgp9CjPwgqTBEHe.2PS4dUQtpQ3aRIpWoj5OAs6NJpPWV9:",
	};
	const char *why = NULL;

	(void)state;
	assert_true(kxt_web_auth_is_bcrypt(SECRET_HASH, &why));
	assert_true(kxt_web_auth_is_bcrypt(
		"$2y$12$EM8sM1Cgp9CjPwgqTBEHe.2PS4dUQtpQ3aRIpWoj5OAs6NJpPWV9q", &why));
	for (size_t i = 0; i < NR(bad); i++) {
		why = NULL;
		assert_false(kxt_web_auth_is_bcrypt(bad[i], &why));
		assert_non_null(strstr(why, "htpasswd"));
	}
}

/* From the paper's appendix, and the table that comes with its program. */
static void test_siphash(void **state)
{
	const uint64_t key[2] = { 0x0706050403020100, 0x0f0e0d0c0b0a0908 };
	unsigned char data[16];

	(void)state;
	for (unsigned int i = 0; i < sizeof(data); i++)
		data[i] = i;
	assert_int_equal(kxt_siphash(key, data, 0), 0x726fdb47dd0e0e31);
	assert_int_equal(kxt_siphash(key, data, 1), 0x74f839c593dc67fd);
	assert_int_equal(kxt_siphash(key, data, 8), 0x93f5f5799a932462);
	assert_int_equal(kxt_siphash(key, data, 15), 0xa129ca6149be45e5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_remembers),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_bcrypt),
		cmocka_unit_test(test_siphash),
	};

	return cmocka_run_group_tests_name("web_auth", tests, NULL, NULL);
}
