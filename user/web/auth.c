// SPDX-License-Identifier: GPL-2.0-only
#include "user/web/auth.h"

#include <crypt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define MS	1000000ULL
/*
 * One check takes some 60 ms at cost 10: four a second are a quarter of a CPU. Each
 * cost above that takes twice as long.
 */
#define ALL_EVERY_NS	(250 * MS)
#define ALL_BURST	8
#define PEER_EVERY_NS	(1000 * MS)
#define PEER_BURST	4
#define FREE_COST	10
/* Remembered, so that a client with an old password takes nobody's checks. */
#define BAD_ONES	64
#define PEERS		64

/**
 * struct mac - user and password, not to be guessed back
 * @word: 0, 0 is nobody's
 */
struct mac {
	uint64_t word[2];
};

/**
 * struct peer - one who asks
 * @id: as kxt_web_auth_check() was told
 * @due: of its limit
 */
struct peer {
	uint64_t id, due;
};

/**
 * struct kxt_web_auth - what is known
 * @user: the caller's
 * @nr: how many
 * @key: of the hash, two of them: 128 bits come out
 * @good: the password of each user, once it was there
 * @bad: the last ones
 * @next_bad: place for the next one
 * @due: of the limit of all
 * @every_ns: of the limit of all
 * @peer: those who asked last
 * @checks: how many were made
 * @crypt: room for libcrypt, 32 KiB
 */
struct kxt_web_auth {
	const struct kxt_web_user *user;
	unsigned int nr;
	uint64_t key[2][2];
	struct mac *good;
	struct mac bad[BAD_ONES];
	unsigned int next_bad;
	uint64_t due, every_ns;
	struct peer peer[PEERS];
	uint64_t checks;
	struct crypt_data crypt;
};

static int cost_of(const char *hash)
{
	return (hash[4] - '0') * 10 + hash[5] - '0';
}

bool kxt_web_auth_is_bcrypt(const char *hash, const char **why)
{
	static const char letters[] =
		"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

	*why = "it is not bcrypt: 60 characters that begin with $2y$, $2b$ or $2a$, as 'htpasswd -nBC 10 USER' prints after the ':'";
	if (strlen(hash) != 60 || strncmp(hash, "$2", 2) || !strchr("aby", hash[2]) ||
	    hash[3] != '$' || hash[6] != '$' || strspn(hash + 4, "0123456789") < 2 ||
	    strspn(hash + 7, letters) != 53)
		return false;
	if (cost_of(hash) >= 4 && cost_of(hash) <= KXT_WEB_AUTH_MAX_COST)
		return true;
	*why = "its cost is not from 4 to 12, and above that a check holds up all clients; make one with 'htpasswd -nBC 10 USER'";
	return false;
}

struct kxt_web_auth *kxt_web_auth_new(const struct kxt_web_user *user, unsigned int nr)
{
	struct kxt_web_auth *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	a->user = user;
	a->nr = nr;
	a->every_ns = ALL_EVERY_NS;
	for (unsigned int i = 0; i < nr; i++) {
		int over = cost_of(user[i].hash) - FREE_COST;

		if (over > 0 && a->every_ns < ALL_EVERY_NS << over)
			a->every_ns = ALL_EVERY_NS << over;
	}
	a->good = calloc(nr, sizeof(*a->good));
	if (!a->good || getrandom(a->key, sizeof(a->key), 0) != sizeof(a->key)) {
		kxt_web_auth_free(a);
		return NULL;
	}
	return a;
}

void kxt_web_auth_free(struct kxt_web_auth *a)
{
	if (!a)
		return;
	free(a->good);
	explicit_bzero(a, sizeof(*a));
	free(a);
}

/*
 * At most @burst at once, and then one each @every ns: *@due is when the last one that
 * was taken would have come if they were evenly spread.
 */
static bool may(uint64_t due, uint64_t now, uint64_t every, unsigned int burst)
{
	return due <= now || due - now <= (burst - 1) * every;
}

static void take(uint64_t *due, uint64_t now, uint64_t every)
{
	*due = (*due > now ? *due : now) + every;
}

/* Its entry; that of who has been quiet for longest is taken for one who has none. */
static struct peer *find_peer(struct kxt_web_auth *a, uint64_t id)
{
	struct peer *oldest = &a->peer[0];

	for (unsigned int i = 0; i < PEERS; i++) {
		if (a->peer[i].id == id)
			return &a->peer[i];
		if (a->peer[i].due < oldest->due)
			oldest = &a->peer[i];
	}
	oldest->id = id;
	oldest->due = 0;
	return oldest;
}

static bool take_check(struct kxt_web_auth *a, uint64_t id, uint64_t now)
{
	struct peer *peer = find_peer(a, id);

	if (!may(peer->due, now, PEER_EVERY_NS, PEER_BURST) ||
	    !may(a->due, now, a->every_ns, ALL_BURST))
		return false;
	take(&peer->due, now, PEER_EVERY_NS);
	take(&a->due, now, a->every_ns);
	return true;
}

/* Constant time: what differs is not told by how long it takes. */
static bool is_one_of(const struct mac *m, const struct mac *list, unsigned int nr)
{
	bool found = false;

	for (unsigned int i = 0; i < nr; i++) {
		uint64_t differ = (m->word[0] ^ list[i].word[0]) | (m->word[1] ^ list[i].word[1]);

		found |= differ == 0;
	}
	return found;
}

static struct mac mac_of(const struct kxt_web_auth *a, const char *user,
			 const char *password)
{
	char text[256 + 1 + KXT_WEB_AUTH_MAX_PASSWORD];
	size_t user_len = strlen(user), len = user_len + 1 + strlen(password);
	struct mac m;

	/* A name has no ':', so it is clear where it ends. */
	memcpy(text, user, user_len);
	text[user_len] = ':';
	memcpy(text + user_len + 1, password, strlen(password));
	for (unsigned int i = 0; i < 2; i++)
		m.word[i] = kxt_siphash(a->key[i], text, len);
	m.word[0] |= 1;
	explicit_bzero(text, sizeof(text));
	return m;
}

/* Returns the user's number, or -1. */
static int check_slowly(struct kxt_web_auth *a, const char *user, const char *password)
{
	unsigned int who = 0;
	const char *hash;
	bool known = false, same = false;

	for (unsigned int i = 0; i < a->nr; i++) {
		if (strcmp(a->user[i].name, user) == 0) {
			known = true;
			who = i;
		}
	}
	/* Somebody's, if there is no such user: it takes the same time. */
	hash = crypt_r(password, a->user[who].hash, &a->crypt);
	a->checks++;
	if (hash && strlen(hash) == 60) {
		unsigned char differ = 0;

		for (unsigned int i = 0; i < 60; i++)
			differ |= hash[i] ^ a->user[who].hash[i];
		same = differ == 0;
	}
	explicit_bzero(&a->crypt, sizeof(a->crypt));
	return known && same ? (int)who : -1;
}

enum kxt_web_auth_result kxt_web_auth_check(struct kxt_web_auth *a, const char *user,
					    const char *password, uint64_t peer,
					    uint64_t now)
{
	struct mac m;
	int who;

	/* No user has such a one. It tells nobody anything. */
	if (strlen(user) > 255 || strchr(user, ':') ||
	    strlen(password) > KXT_WEB_AUTH_MAX_PASSWORD)
		return KXT_WEB_AUTH_BAD;
	m = mac_of(a, user, password);
	if (is_one_of(&m, a->good, a->nr))
		return KXT_WEB_AUTH_OK;
	if (is_one_of(&m, a->bad, BAD_ONES))
		return KXT_WEB_AUTH_BAD;
	if (!take_check(a, peer, now))
		return KXT_WEB_AUTH_BUSY;
	who = check_slowly(a, user, password);
	if (who >= 0) {
		a->good[who] = m;
		return KXT_WEB_AUTH_OK;
	}
	a->bad[a->next_bad++ % BAD_ONES] = m;
	return KXT_WEB_AUTH_BAD;
}

uint64_t kxt_web_auth_checks(const struct kxt_web_auth *a)
{
	return a->checks;
}
