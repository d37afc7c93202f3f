// SPDX-License-Identifier: GPL-2.0-only
/* What clients ask, and what they are told. */
#include <stdio.h>
#include <string.h>

#include "user/web/accept.h"
#include "user/web/int.h"
#include "user/web/tls.h"

#define TEXT	"text/plain; charset=utf-8"

static void done_nothing(void *arg)
{
	(void)arg;
}

static void add_header(struct MHD_Response *r, const char *name, const char *value)
{
	/* What can fail is memory; the client gets on without. */
	if (value && *value)
		MHD_add_response_header(r, name, value);
}

/* Nothing of ours is to be framed, run or guessed at; the config file may say otherwise. */
static void add_security(const struct kxt_web *w, struct MHD_Response *r)
{
	static const struct kxt_web_header def[] = {
		{ "Content-Security-Policy",
		  (char *)"default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'" },
		{ "X-Frame-Options", (char *)"DENY" },
		{ "X-Content-Type-Options", (char *)"nosniff" },
		{ "X-XSS-Protection", NULL },
		{ "Strict-Transport-Security", NULL },
	};

	for (unsigned int i = 0; i < KXT_WEB_HEADERS; i++) {
		const struct kxt_web_config *c = w->o.config;
		const char *set = c ? c->header[i].value : NULL;

		add_header(r, def[i].name, set ? set : def[i].value);
	}
	add_header(r, "Referrer-Policy", "no-referrer");
	add_header(r, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
}

/**
 * struct reply - an answer with what only the server says
 * @a: answer
 * @let_in: the client had the right to ask
 * @close: the connection is of no more use
 * @extra: name and value of one more header, or NULL
 */
struct reply {
	struct kxt_web_answer a;
	bool let_in, close;
	const char *extra[2];
};

static enum MHD_Result queue(struct kxt_web *w, struct MHD_Connection *mhd,
			     struct kxt_web_conn *c, const struct reply *reply)
{
	const struct kxt_web_answer *a = &reply->a;
	struct MHD_Response *r;
	enum MHD_Result ret;

	r = MHD_create_response_from_buffer_with_free_callback_cls(
		a->len, (void *)a->body, a->done ? a->done : done_nothing, a->arg);
	if (!r) {
		if (a->done)
			a->done(a->arg);
		return MHD_NO;
	}
	add_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, a->type);
	add_header(r, MHD_HTTP_HEADER_CONTENT_ENCODING, a->gzip ? "gzip" : NULL);
	add_header(r, MHD_HTTP_HEADER_VARY, "Accept, Accept-Encoding");
	if (reply->extra[0])
		add_header(r, reply->extra[0], reply->extra[1]);
	if (reply->close)
		add_header(r, MHD_HTTP_HEADER_CONNECTION, "close");
	add_security(w, r);
	ret = MHD_queue_response(mhd, a->status, r);
	MHD_destroy_response(r);
	if (ret == MHD_YES) {
		uint64_t now = kxt_web_now();

		kxt_web_conn_answer(&w->conns, c, a->body, a->len, reply->let_in, now);
		kxt_web_conns_trim(&w->conns, a->body, now);
	}
	return ret;
}

/* @text is a constant. */
static enum MHD_Result refuse(struct kxt_web *w, struct MHD_Connection *mhd,
			      struct kxt_web_conn *c, unsigned int status,
			      const char *text, const char *name, const char *value)
{
	struct reply reply = {
		.a = { .status = status, .type = TEXT, .body = text, .len = strlen(text) },
		/* What still comes of the request is not worth reading. */
		.close = status != MHD_HTTP_UNAUTHORIZED && status != MHD_HTTP_TOO_MANY_REQUESTS,
		.extra = { name, value },
	};

	return queue(w, mhd, c, &reply);
}

static const char *header(struct MHD_Connection *mhd, const char *name)
{
	const char *value = MHD_lookup_connection_value(mhd, MHD_HEADER_KIND, name);

	return value ? value : "";
}

/* The first look: at the headers, before anything that may follow them. */
static enum MHD_Result begin(struct kxt_web *w, struct MHD_Connection *mhd,
			     struct kxt_web_conn *c, const char *method)
{
	const char *length = header(mhd, MHD_HTTP_HEADER_CONTENT_LENGTH);

	if (strcmp(method, MHD_HTTP_METHOD_GET) && strcmp(method, MHD_HTTP_METHOD_HEAD))
		return refuse(w, mhd, c, MHD_HTTP_METHOD_NOT_ALLOWED,
			      "Only GET and HEAD are answered here.\n", MHD_HTTP_HEADER_ALLOW,
			      "GET, HEAD");
	if (*header(mhd, MHD_HTTP_HEADER_TRANSFER_ENCODING) ||
	    (*length && strspn(length, "0") != strlen(length)))
		return refuse(w, mhd, c, MHD_HTTP_CONTENT_TOO_LARGE,
			      "A request without a body, please.\n", NULL, NULL);
	return MHD_YES;
}

static bool has_certificate(const struct kxt_web *w, struct MHD_Connection *mhd)
{
	const union MHD_ConnectionInfo *info;

	if (!w->o.config || !w->o.config->client_ca)
		return true;
	info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION);
	return info && kxt_web_tls_verified(info->tls_session);
}

static enum kxt_web_auth_result check_password(struct kxt_web *w, struct MHD_Connection *mhd,
					       const struct kxt_web_conn *c)
{
	enum kxt_web_auth_result result = KXT_WEB_AUTH_BAD;
	char *user, *password = NULL;

	if (!w->auth)
		return KXT_WEB_AUTH_OK;
	user = MHD_basic_auth_get_username_password(mhd, &password);
	if (user && password)
		result = kxt_web_auth_check(w->auth, user, password, c->peer, kxt_web_now());
	if (password)
		explicit_bzero(password, strlen(password));
	MHD_free(password);
	MHD_free(user);
	return result;
}

static enum MHD_Result answer(struct kxt_web *w, struct MHD_Connection *mhd,
			      struct kxt_web_conn *c, const char *url)
{
	struct kxt_web_request r = {
		.path = url,
		.accept = header(mhd, MHD_HTTP_HEADER_ACCEPT),
		.gzip = kxt_web_accept_gzip(header(mhd, MHD_HTTP_HEADER_ACCEPT_ENCODING)),
	};
	struct reply reply = { .let_in = true };

	w->o.answer(w->o.arg, &r, &reply.a);
	return queue(w, mhd, c, &reply);
}

enum MHD_Result kxt_web_handle(void *cls, struct MHD_Connection *mhd, const char *url,
			       const char *method, const char *version,
			       const char *upload, size_t *upload_size, void **request)
{
	struct kxt_web_conn *c = kxt_web_conn_of(mhd);
	struct kxt_web *w = cls;

	(void)version;
	(void)upload;
	if (!c || c->ended)
		return MHD_NO;
	if (!*request) {
		*request = c;
		return begin(w, mhd, c, method);
	}
	if (*upload_size) {
		*upload_size = 0;
		return MHD_YES;
	}
	if (!has_certificate(w, mhd))
		return refuse(w, mhd, c, MHD_HTTP_FORBIDDEN,
			      "A certificate of yours is needed here.\n", NULL, NULL);
	switch (check_password(w, mhd, c)) {
	case KXT_WEB_AUTH_OK:
		return answer(w, mhd, c, url);
	case KXT_WEB_AUTH_BUSY:
		return refuse(w, mhd, c, MHD_HTTP_TOO_MANY_REQUESTS,
			      "Too many passwords were tried. Come again in a second.\n",
			      MHD_HTTP_HEADER_RETRY_AFTER, "1");
	default:
		return refuse(w, mhd, c, MHD_HTTP_UNAUTHORIZED,
			      "User and password, please.\n",
			      MHD_HTTP_HEADER_WWW_AUTHENTICATE,
			      "Basic realm=\"kvmexittop\", charset=\"UTF-8\"");
	}
}
