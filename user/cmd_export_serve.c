// SPDX-License-Identifier: GPL-2.0-only
/* export as a server. */
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "user/cmd_export.h"
#include "user/web/accept.h"

#define DEFAULT_ADDRESS	"127.0.0.1:9985"
#define TEXT		"text/plain; charset=utf-8"

static void put(void *arg)
{
	kxt_exporter_put(arg);
}

static void say(struct kxt_web_answer *a, unsigned int status, const char *text)
{
	a->status = status;
	a->type = TEXT;
	a->body = text;
	a->len = strlen(text);
}

static void say_error(struct kxt_web_answer *a, const struct kxt_err *err)
{
	char *text;
	int len = asprintf(&text, "%s\n", err->msg);

	if (len < 0) {
		say(a, 500, "out of memory\n");
		return;
	}
	say(a, 500, text);
	a->done = free;
	a->arg = text;
}

static void metrics(struct kxt_export *e, const struct kxt_web_request *r,
		    struct kxt_web_answer *a)
{
	enum kxt_metrics_format format = kxt_web_accept_format(r->accept);
	struct kxt_exporter_text *t;
	struct kxt_err err;

	t = kxt_exporter_get(e->x, format, r->gzip, &err);
	if (!t) {
		/* That it works again is for who looks: a text may be from before. */
		kxt_export_failed(e, &err);
		say_error(a, &err);
		return;
	}
	e->scrapes++;
	e->last_len = t->len;
	a->status = 200;
	a->type = kxt_metrics_type(format);
	a->gzip = r->gzip && t->gzip;
	a->body = a->gzip ? (const void *)t->gzip : t->text;
	a->len = a->gzip ? t->gzip_len : t->len;
	a->done = put;
	a->arg = t;
}

static void page(const struct kxt_export *e, struct kxt_web_answer *a)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	int ret = f ? kxt_export_page(f, e) : -1;

	if (f && fclose(f))
		ret = -1;
	if (ret) {
		free(text);
		say(a, 500, "out of memory\n");
		return;
	}
	a->status = 200;
	a->type = "text/html; charset=utf-8";
	a->body = text;
	a->len = len;
	a->done = free;
	a->arg = text;
}

static void answer(void *arg, const struct kxt_web_request *r, struct kxt_web_answer *a)
{
	struct kxt_export *e = arg;

	if (strcmp(r->path, e->path) == 0)
		metrics(e, r, a);
	else if (strcmp(r->path, "/") == 0)
		page(e, a);
	else if (strcmp(r->path, "/-/healthy") == 0)
		say(a, 200, "kvmexittop is healthy.\n");
	else
		say(a, 404, "There is nothing here; see /.\n");
}

static int loop(struct kxt_export *e, struct kxt_web *w, struct kxt_err *err)
{
	struct kxt_export_loop l;
	uint64_t wait = 0;

	if (kxt_export_loop_open(&l, err))
		return -1;
	kxt_export_loop_ready(&l, "serving metrics");
	do {
		uint64_t now = kxt_export_clock();
		uint64_t until = wait == UINT64_MAX ? UINT64_MAX : now + wait;

		if (!kxt_export_loop_wait(&l, e, kxt_web_fd(w), until))
			break;
		wait = kxt_web_run(w);
	} while (true);
	kxt_export_loop_close(&l);
	return 0;
}

static void say_where(const struct kxt_export *e, const struct kxt_web *w,
		      const struct kxt_web_config *config)
{
	const char *scheme = config && kxt_web_config_tls(config) ? "https" : "http";
	const char *name;

	for (unsigned int i = 0; (name = kxt_web_listening(w, i)); i++)
		fprintf(stderr, "kvmexittop: metrics are at %s://%s%s\n", scheme, name, e->path);
}

static int serve(struct kxt_export *e, const struct kxt_web_config *config,
		 struct kxt_err *err)
{
	static const char *const otherwise[] = { DEFAULT_ADDRESS };
	bool given = e->nr_addresses || sd_listen_fds(0) > 0;
	const struct kxt_web_options o = {
		.address = given ? e->address : otherwise,
		.nr_addresses = given ? e->nr_addresses : 1,
		.config = config,
		.answer = answer,
		.arg = e,
	};
	struct kxt_web *w;
	int ret;

	if (kxt_web_open(&w, &o, err))
		return -1;
	ret = kxt_drop_privileges(&e->common, &e->c, false, err);
	if (ret == 0)
		ret = kxt_exporter_open(&e->x, &e->c, &e->o, err);
	if (ret == 0) {
		say_where(e, w, config);
		ret = loop(e, w, err);
	}
	/* Its answers are the exporter's texts. */
	kxt_web_close(w);
	return ret;
}

int kxt_export_serve(struct kxt_export *e, struct kxt_err *err)
{
	struct kxt_web_config *config = NULL;
	int ret;

	e->began_ns = kxt_export_clock();
	if (e->config_file && kxt_web_config_read(&config, e->config_file, err))
		return -1;
	ret = serve(e, config, err);
	kxt_web_config_free(config);
	return ret;
}
