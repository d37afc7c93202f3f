/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Basic auth that costs little. Checking a password against bcrypt is made to be slow, and
 * there is one thread: so a good password is checked once and then known by a keyed
 * hash, and there are so few checks a second that others hardly notice them.
 */
#ifndef KXT_WEB_AUTH_H
#define KXT_WEB_AUTH_H

#include <stdbool.h>
#include <stdint.h>

/* 2^12 rounds take a quarter of a second; nobody else is served in that time. */
#define KXT_WEB_AUTH_MAX_COST	12
/* bcrypt does not look at what follows. */
#define KXT_WEB_AUTH_MAX_PASSWORD	72

/**
 * struct kxt_web_user - who may ask
 * @name: without ':'
 * @hash: bcrypt, as kxt_web_auth_is_bcrypt() likes it
 */
struct kxt_web_user {
	char *name;
	char *hash;
};

/** enum kxt_web_auth_result - what came of a check */
enum kxt_web_auth_result {
	KXT_WEB_AUTH_OK,
	KXT_WEB_AUTH_BAD,
	KXT_WEB_AUTH_BUSY,	/* not checked: too many were, lately */
};

struct kxt_web_auth;

/**
 * kxt_web_auth_is_bcrypt() - is this a hash that can be checked?
 * @hash: "$2y$10$..."
 * @why: if not: what is wrong
 */
bool kxt_web_auth_is_bcrypt(const char *hash, const char **why);

/**
 * kxt_web_auth_new() - nobody is known yet
 * @user: users, at least one; must outlive it
 * @nr: how many
 *
 * Return: NULL without memory, or without random numbers from the kernel.
 */
struct kxt_web_auth *kxt_web_auth_new(const struct kxt_web_user *user, unsigned int nr);

/** kxt_web_auth_free() - fine on NULL */
void kxt_web_auth_free(struct kxt_web_auth *a);

/**
 * kxt_web_auth_check() - may they?
 * @a: auth
 * @user: name
 * @password: password
 * @peer: where the question comes from: each peer has checks of its own
 * @now: ns, any clock that does not go back
 *
 * Takes as long for a user that there is not. A password that was found bad a moment ago
 * is bad without a check.
 */
enum kxt_web_auth_result kxt_web_auth_check(struct kxt_web_auth *a, const char *user,
					    const char *password, uint64_t peer,
					    uint64_t now);

/** kxt_web_auth_checks() - how many were made the slow way */
uint64_t kxt_web_auth_checks(const struct kxt_web_auth *a);

/**
 * kxt_siphash() - SipHash-2-4 of some bytes
 * @key: secret
 * @data: bytes
 * @len: their number
 */
uint64_t kxt_siphash(const uint64_t key[2], const void *data, uint64_t len);

#endif /* KXT_WEB_AUTH_H */
