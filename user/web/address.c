// SPDX-License-Identifier: GPL-2.0-only
#include "user/web/address.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define HOW	"write HOST:PORT, as in 127.0.0.1:9985, [::1]:9985 or :9985 (every address)"

static int fail(struct kxt_err *err, const char *text, const char *what)
{
	return kxt_err_set(err, KXT_EXIT_USAGE, "'%.300s' %s; " HOW, text, what);
}

static bool is_port(const char *port)
{
	size_t len = strlen(port);

	return len >= 1 && len <= 5 && strspn(port, "0123456789") == len &&
	       atoi(port) <= 65535;
}

/* With the index or name of a link behind it: fe80::1%eth0. */
static bool is_ipv6(const char *host)
{
	char number[INET6_ADDRSTRLEN];
	size_t len = strcspn(host, "%");
	struct in6_addr in6;

	if (len >= sizeof(number))
		return false;
	memcpy(number, host, len);
	number[len] = '\0';
	return inet_pton(AF_INET6, number, &in6) == 1;
}

/* What only numbers and dots make up is no name. */
static bool is_name_or_ipv4(const char *host)
{
	struct in_addr in;

	for (const char *p = host; *p; p++) {
		if (*p <= ' ' || *p > '~' || strchr("[]:/?#@\\\"", *p))
			return false;
	}
	return host[strspn(host, "0123456789.")] || inet_pton(AF_INET, host, &in) == 1;
}

int kxt_web_address_parse(struct kxt_web_address *a, const char *text,
			  struct kxt_err *err)
{
	const char *host = text, *colon = strrchr(text, ':');
	bool brackets = *text == '[';
	size_t len;

	if (!colon || (brackets && colon > text && colon[-1] != ']'))
		return fail(err, text, "has no port");
	len = colon - text;
	if (brackets) {
		host++;
		len -= 2;
	} else if (memchr(text, ':', len)) {
		return fail(err, text, "has more than one ':', and IPv6 goes in brackets");
	}
	if (len >= sizeof(a->host))
		return fail(err, text, "has a host that is too long");
	if (!is_port(colon + 1))
		return fail(err, text, "has no port from 0 to 65535");
	memset(a, 0, sizeof(*a));
	memcpy(a->host, host, len);
	memcpy(a->port, colon + 1, strlen(colon + 1));
	if (brackets && !is_ipv6(a->host))
		return fail(err, text, "has no IPv6 address in its brackets");
	if (!brackets && len && !is_name_or_ipv4(a->host))
		return fail(err, text, "has no host that could be one");
	return 0;
}
