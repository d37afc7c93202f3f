// SPDX-License-Identifier: GPL-2.0-only
/*
 * The web config file: the keys of Prometheus' exporter-toolkit, so that one file is good
 * for all exporters of a host. What it knows and we don't is refused: a setting that
 * is there and does nothing would be trusted.
 */
#include "user/web/config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <yaml.h>

#define NR(array)	(sizeof(array) / sizeof((array)[0]))
#define NO_MEMORY	"out of memory for the web config file. Free some and start again."

/**
 * struct reader - a file that is read
 * @c: result
 * @doc: its tree
 * @path: its name
 * @err: gets what is wrong
 * @cert_file: cert_file, as the next ones
 * @verify: clients have to show a certificate
 */
struct reader {
	struct kxt_web_config *c;
	yaml_document_t doc;
	const char *path;
	struct kxt_err *err;
	const char *cert_file, *key_file, *client_ca_file;
	bool verify;
};

/**
 * struct key - a key of a mapping
 * @name: its name
 * @take: what to do with its value; NULL: the toolkit knows it, we don't
 */
struct key {
	const char *name;
	int (*take)(struct reader *r, const char *key, const yaml_node_t *value);
};

static size_t line_of(const yaml_node_t *n)
{
	return n->start_mark.line + 1;
}

static int fail(struct reader *r, const yaml_node_t *n, const char *key, const char *what)
{
	return kxt_err_set(r->err, KXT_EXIT_USAGE, "%s, line %zu: '%.100s' %s", r->path,
			   line_of(n), key, what);
}

static const char *scalar(const yaml_node_t *n)
{
	return (const char *)n->data.scalar.value;
}

/* A text without zeroes in it. NULL with r->err set if it is something else. */
static const char *get_text(struct reader *r, const char *key, const yaml_node_t *n)
{
	if (n->type == YAML_SCALAR_NODE && strlen(scalar(n)) == n->data.scalar.length)
		return scalar(n);
	fail(r, n, key, "wants one text, and has something else");
	return NULL;
}

static int get_bool(struct reader *r, const char *key, const yaml_node_t *n, bool *value)
{
	const char *text = get_text(r, key, n);

	if (!text)
		return -1;
	*value = strcasecmp(text, "true") == 0;
	if (*value || strcasecmp(text, "false") == 0)
		return 0;
	return fail(r, n, key, "is either true or false");
}

static int unknown_key(struct reader *r, const yaml_node_t *n, const struct key *known,
		       size_t nr)
{
	char list[512] = "";

	for (size_t i = 0; i < nr; i++) {
		if (!known[i].take)
			continue;
		if (*list)
			strncat(list, ", ", sizeof(list) - strlen(list) - 1);
		strncat(list, known[i].name, sizeof(list) - strlen(list) - 1);
	}
	return kxt_err_set(r->err, KXT_EXIT_USAGE,
			   "%s, line %zu: unknown key '%.100s'; known here are %s", r->path,
			   line_of(n), scalar(n), list);
}

static int take_pair(struct reader *r, const yaml_node_t *name, const yaml_node_t *value,
		     const struct key *known, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		if (strcmp(scalar(name), known[i].name))
			continue;
		if (known[i].take)
			return known[i].take(r, known[i].name, value);
		return fail(r, name, scalar(name), "is a key of other exporters that kvmexittop does not have; take it out");
	}
	return unknown_key(r, name, known, nr);
}

static bool is_nothing(const yaml_node_t *n)
{
	return n->type == YAML_SCALAR_NODE &&
	       (!*scalar(n) || !strcmp(scalar(n), "null") || !strcmp(scalar(n), "~")) &&
	       n->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

/* Does a key come once more after @first? */
static bool comes_again(struct reader *r, const yaml_node_t *map,
			const yaml_node_pair_t *first)
{
	const char *name = scalar(yaml_document_get_node(&r->doc, first->key));

	for (const yaml_node_pair_t *p = first + 1; p < map->data.mapping.pairs.top; p++) {
		const yaml_node_t *n = yaml_document_get_node(&r->doc, p->key);

		if (n->type == YAML_SCALAR_NODE && strcmp(scalar(n), name) == 0)
			return true;
	}
	return false;
}

/* Calls @each for all pairs of a mapping; "key:" and nothing behind it is an empty one. */
static int each_pair(struct reader *r, const char *key, const yaml_node_t *map,
		     int (*each)(struct reader *r, const yaml_node_t *name,
				 const yaml_node_t *value))
{
	if (is_nothing(map))
		return 0;
	if (map->type != YAML_MAPPING_NODE)
		return fail(r, map, key, "wants keys and values below it, and has something else");
	for (const yaml_node_pair_t *p = map->data.mapping.pairs.start;
	     p < map->data.mapping.pairs.top; p++) {
		const yaml_node_t *name = yaml_document_get_node(&r->doc, p->key);
		const yaml_node_t *value = yaml_document_get_node(&r->doc, p->value);

		if (!get_text(r, key, name))
			return -1;
		if (comes_again(r, map, p))
			return fail(r, name, scalar(name), "is there more than once");
		if (each(r, name, value))
			return -1;
	}
	return 0;
}

static int take_cert_file(struct reader *r, const char *key, const yaml_node_t *value)
{
	r->cert_file = get_text(r, key, value);
	return r->cert_file ? 0 : -1;
}

static int take_key_file(struct reader *r, const char *key, const yaml_node_t *value)
{
	r->key_file = get_text(r, key, value);
	return r->key_file ? 0 : -1;
}

static int take_client_ca_file(struct reader *r, const char *key, const yaml_node_t *value)
{
	r->client_ca_file = get_text(r, key, value);
	return r->client_ca_file ? 0 : -1;
}

static int take_client_auth_type(struct reader *r, const char *key, const yaml_node_t *value)
{
	const char *text = get_text(r, key, value);

	if (!text)
		return -1;
	r->verify = strcmp(text, "RequireAndVerifyClientCert") == 0;
	if (r->verify || !*text || strcmp(text, "NoClientCert") == 0)
		return 0;
	return fail(r, value, key, "is either NoClientCert or RequireAndVerifyClientCert here: a certificate that is not asked for, or that nobody verifies, keeps no one out");
}

static int take_min_version(struct reader *r, const char *key, const yaml_node_t *value)
{
	const char *text = get_text(r, key, value);

	if (!text)
		return -1;
	r->c->tls13 = strcmp(text, "TLS13") == 0;
	if (r->c->tls13 || strcmp(text, "TLS12") == 0)
		return 0;
	return fail(r, value, key, "is either TLS12 or TLS13: what is older is broken");
}

static const struct key tls_keys[] = {
	{ "cert_file", take_cert_file },
	{ "key_file", take_key_file },
	{ "client_ca_file", take_client_ca_file },
	{ "client_auth_type", take_client_auth_type },
	{ "min_version", take_min_version },
	{ "cert", NULL }, { "key", NULL }, { "client_ca", NULL },
	{ "client_allowed_sans", NULL }, { "max_version", NULL }, { "cipher_suites", NULL },
	{ "prefer_server_cipher_suites", NULL }, { "curve_preferences", NULL },
};

static int tls_pair(struct reader *r, const yaml_node_t *name, const yaml_node_t *value)
{
	return take_pair(r, name, value, tls_keys, NR(tls_keys));
}

static int take_tls(struct reader *r, const char *key, const yaml_node_t *value)
{
	if (is_nothing(value))
		return 0;
	if (each_pair(r, key, value, tls_pair))
		return -1;
	r->c->tls = true;
	if (!r->cert_file || !*r->cert_file)
		return fail(r, value, key, "has no cert_file: the file with the certificate, PEM");
	if (!r->key_file || !*r->key_file)
		return fail(r, value, key, "has no key_file: the file with the certificate's key, PEM");
	if (r->verify && !r->client_ca_file)
		return fail(r, value, key, "has no client_ca_file: RequireAndVerifyClientCert needs the certificate of who signs those of clients");
	if (!r->verify && r->client_ca_file)
		return fail(r, value, key, "has a client_ca_file that nothing uses: write client_auth_type: RequireAndVerifyClientCert, or take it out");
	return 0;
}

static int header_pair(struct reader *r, const yaml_node_t *name, const yaml_node_t *value)
{
	struct key known[KXT_WEB_HEADERS];
	const char *text = get_text(r, scalar(name), value);

	if (!text)
		return -1;
	if (text[strcspn(text, "\r\n")])
		return fail(r, value, scalar(name), "has a line break in it");
	for (unsigned int i = 0; i < KXT_WEB_HEADERS; i++) {
		struct kxt_web_header *h = &r->c->header[i];

		known[i].name = h->name;
		/* Only its name is looked at. */
		known[i].take = take_cert_file;
		if (strcasecmp(scalar(name), h->name))
			continue;
		free(h->value);
		h->value = strdup(text);
		return h->value ? 0 : kxt_err_set(r->err, KXT_EXIT_RUNTIME, NO_MEMORY);
	}
	return unknown_key(r, name, known, NR(known));
}

static int take_headers(struct reader *r, const char *key, const yaml_node_t *value)
{
	return each_pair(r, key, value, header_pair);
}

/* HTTP/1.1 is what there is; a client that knows HTTP/2 asks first. */
static int take_http2(struct reader *r, const char *key, const yaml_node_t *value)
{
	bool ignored;

	return get_bool(r, key, value, &ignored);
}

static const struct key http_keys[] = {
	{ "http2", take_http2 },
	{ "headers", take_headers },
};

static int http_pair(struct reader *r, const yaml_node_t *name, const yaml_node_t *value)
{
	return take_pair(r, name, value, http_keys, NR(http_keys));
}

static int take_http(struct reader *r, const char *key, const yaml_node_t *value)
{
	return each_pair(r, key, value, http_pair);
}

static int user_pair(struct reader *r, const yaml_node_t *name, const yaml_node_t *value)
{
	const char *hash = get_text(r, scalar(name), value), *why;
	struct kxt_web_user *more, *u;

	if (!hash)
		return -1;
	if (!*scalar(name) || strlen(scalar(name)) > 255 || strchr(scalar(name), ':'))
		return fail(r, name, scalar(name), "is no name of a user: 1 to 255 characters, no ':'");
	if (!kxt_web_auth_is_bcrypt(hash, &why))
		return kxt_err_set(r->err, KXT_EXIT_USAGE,
				   "%s, line %zu: the password of user '%.100s' cannot be used: %s",
				   r->path, line_of(value), scalar(name), why);
	more = realloc(r->c->user, (r->c->nr_users + 1) * sizeof(*more));
	if (!more)
		return kxt_err_set(r->err, KXT_EXIT_RUNTIME, NO_MEMORY);
	r->c->user = more;
	u = &more[r->c->nr_users++];
	u->name = strdup(scalar(name));
	u->hash = strdup(hash);
	return u->name && u->hash ? 0 : kxt_err_set(r->err, KXT_EXIT_RUNTIME, NO_MEMORY);
}

static int take_users(struct reader *r, const char *key, const yaml_node_t *value)
{
	return each_pair(r, key, value, user_pair);
}

static const struct key top_keys[] = {
	{ "tls_server_config", take_tls },
	{ "http_server_config", take_http },
	{ "basic_auth_users", take_users },
	{ "rate_limit", NULL },
};

static int top_pair(struct reader *r, const yaml_node_t *name, const yaml_node_t *value)
{
	return take_pair(r, name, value, top_keys, NR(top_keys));
}

/* Relative to the config file, wherever we are. */
static char *read_beside(struct reader *r, const char *file, const char *what)
{
	const char *slash = strrchr(r->path, '/');
	char *path = NULL, *text;
	int dir = slash && *file != '/' ? (int)(slash - r->path) + 1 : 0;

	if (asprintf(&path, "%.*s%s", dir, r->path, file) < 0) {
		kxt_err_set(r->err, KXT_EXIT_RUNTIME, NO_MEMORY);
		return NULL;
	}
	text = kxt_web_read_file(path, what, NULL, r->err);
	free(path);
	return text;
}

static int read_files(struct reader *r)
{
	struct kxt_web_config *c = r->c;

	if (!c->tls)
		return 0;
	c->cert = read_beside(r, r->cert_file, "the certificate");
	c->key = c->cert ? read_beside(r, r->key_file, "the certificate's key") : NULL;
	if (c->key && r->verify)
		c->client_ca = read_beside(r, r->client_ca_file, "the clients' CA");
	return c->key && (!r->verify || c->client_ca) ? 0 : -1;
}

static int read_tree(struct reader *r)
{
	yaml_node_t *root = yaml_document_get_root_node(&r->doc);

	/* An empty file asks for nothing. */
	if (!root)
		return 0;
	return each_pair(r, "the file", root, top_pair) || read_files(r) ? -1 : 0;
}

static int parse_error(struct reader *r, const yaml_parser_t *p)
{
	if (p->error == YAML_MEMORY_ERROR)
		return kxt_err_set(r->err, KXT_EXIT_RUNTIME, NO_MEMORY);
	return kxt_err_set(r->err, KXT_EXIT_USAGE, "%s, line %zu: this is no YAML: %s%s%s",
			   r->path, p->problem_mark.line + 1, p->context ? p->context : "",
			   p->context ? ", " : "", p->problem ? p->problem : "unreadable");
}

static int parse(struct reader *r, const char *text, size_t len)
{
	yaml_parser_t p;
	int ret;

	if (!yaml_parser_initialize(&p))
		return kxt_err_set(r->err, KXT_EXIT_RUNTIME, NO_MEMORY);
	yaml_parser_set_input_string(&p, (const unsigned char *)text, len);
	if (yaml_parser_load(&p, &r->doc)) {
		ret = read_tree(r);
		yaml_document_delete(&r->doc);
	} else {
		ret = parse_error(r, &p);
	}
	yaml_parser_delete(&p);
	return ret;
}

int kxt_web_config_parse(struct kxt_web_config **c, const char *text, size_t len,
			 const char *path, struct kxt_err *err)
{
	static const char *const header[KXT_WEB_HEADERS] = {
		"Content-Security-Policy", "X-Frame-Options", "X-Content-Type-Options",
		"X-XSS-Protection", "Strict-Transport-Security",
	};
	struct reader r = { .path = path, .err = err };

	r.c = calloc(1, sizeof(*r.c));
	if (!r.c)
		return kxt_err_set(err, KXT_EXIT_RUNTIME, NO_MEMORY);
	for (unsigned int i = 0; i < KXT_WEB_HEADERS; i++)
		r.c->header[i].name = header[i];
	if (parse(&r, text, len)) {
		kxt_web_config_free(r.c);
		return -1;
	}
	*c = r.c;
	return 0;
}

int kxt_web_config_read(struct kxt_web_config **c, const char *path, struct kxt_err *err)
{
	size_t len;
	char *text = kxt_web_read_file(path, "the web config file", &len, err);
	int ret;

	if (!text)
		return -1;
	ret = kxt_web_config_parse(c, text, len, path, err);
	free(text);
	return ret;
}
