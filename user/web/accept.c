// SPDX-License-Identifier: GPL-2.0-only
#include "user/web/accept.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

/**
 * struct text - some bytes of a header, not terminated
 * @p: first
 * @len: their number
 */
struct text {
	const char *p;
	size_t len;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct text trim(struct text t)
{
	while (t.len && is_blank(t.p[0])) {
		t.p++;
		t.len--;
	}
	while (t.len && is_blank(t.p[t.len - 1]))
		t.len--;
	return t;
}

/* Takes what is before the next @sep off *@rest. False at the end. */
static bool next(struct text *rest, char sep, struct text *part)
{
	const char *end;

	if (!rest->p)
		return false;
	end = memchr(rest->p, sep, rest->len);
	part->p = rest->p;
	part->len = end ? (size_t)(end - rest->p) : rest->len;
	rest->len -= part->len + (end ? 1 : 0);
	rest->p = end ? end + 1 : NULL;
	*part = trim(*part);
	return true;
}

static bool is(struct text t, const char *word)
{
	return t.len == strlen(word) && strncasecmp(t.p, word, t.len) == 0;
}

/* "0.75" to 750; what is none counts as 0: who cannot say how much, does not want it. */
static unsigned int parse_q(struct text t)
{
	unsigned int q = 0, place = 100;

	if (!t.len || (t.p[0] != '0' && t.p[0] != '1') || (t.len > 1 && t.p[1] != '.'))
		return 0;
	q = t.p[0] == '1' ? 1000 : 0;
	for (size_t i = 2; i < t.len; i++, place /= 10) {
		if (t.p[i] < '0' || t.p[i] > '9')
			return 0;
		q += (t.p[i] - '0') * place;
	}
	return q > 1000 ? 0 : q;
}

/**
 * struct range - one element of the list
 * @name: media range or coding
 * @version: parameter; .p is NULL if there is none
 * @q: in 1/1000
 */
struct range {
	struct text name, version;
	unsigned int q;
};

static struct text unquote(struct text t)
{
	if (t.len >= 2 && t.p[0] == '"' && t.p[t.len - 1] == '"') {
		t.p++;
		t.len -= 2;
	}
	return t;
}

static struct range parse_range(struct text element)
{
	struct range r = { .q = 1000 };
	struct text param, name;

	next(&element, ';', &r.name);
	while (next(&element, ';', &param)) {
		if (!next(&param, '=', &name) || !param.p)
			continue;
		if (is(name, "q"))
			r.q = parse_q(trim(param));
		else if (is(name, "version"))
			r.version = unquote(trim(param));
	}
	return r;
}

static bool is_version(const struct range *r, const char *a, const char *b)
{
	return !r->version.p || is(r->version, a) || is(r->version, b);
}

/* KXT_METRICS_FORMATS: none of ours. */
static enum kxt_metrics_format format_of(const struct range *r)
{
	/* Before 1.0.0 was one, clients asked for 0.0.1 and took what is the same. */
	if (is(r->name, "application/openmetrics-text"))
		return is_version(r, "1.0.0", "0.0.1") ? KXT_METRICS_OPENMETRICS :
							 KXT_METRICS_FORMATS;
	if (is(r->name, "text/plain"))
		return is_version(r, "0.0.4", "0.0.4") ? KXT_METRICS_PROMETHEUS :
							 KXT_METRICS_FORMATS;
	if (is(r->name, "text/*") || is(r->name, "*/*"))
		return KXT_METRICS_PROMETHEUS;
	return KXT_METRICS_FORMATS;
}

enum kxt_metrics_format kxt_web_accept_format(const char *accept)
{
	enum kxt_metrics_format best = KXT_METRICS_PROMETHEUS;
	struct text rest = { accept, accept ? strlen(accept) : 0 }, element;
	unsigned int best_q = 0;

	while (next(&rest, ',', &element)) {
		struct range r = parse_range(element);
		enum kxt_metrics_format format = format_of(&r);

		if (format == KXT_METRICS_FORMATS || r.q <= best_q)
			continue;
		best = format;
		best_q = r.q;
	}
	return best;
}

bool kxt_web_accept_gzip(const char *encoding)
{
	struct text rest = { encoding, encoding ? strlen(encoding) : 0 }, element;
	bool any = false, named = false, gzip = false;

	while (next(&rest, ',', &element)) {
		struct range r = parse_range(element);

		if (is(r.name, "gzip") || is(r.name, "x-gzip")) {
			named = true;
			gzip = r.q > 0;
		} else if (is(r.name, "*")) {
			any = r.q > 0;
		}
	}
	return named ? gzip : any;
}
