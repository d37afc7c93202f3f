// SPDX-License-Identifier: GPL-2.0-only
/* The page at "/", for who opens the address in a browser. */
#include <inttypes.h>

#include "user/cmd_export.h"

static const char head[] =
	"<!DOCTYPE html>\n"
	"<html lang=\"en\">\n"
	"<head>\n"
	"<meta charset=\"utf-8\">\n"
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	"<meta name=\"color-scheme\" content=\"light dark\">\n"
	"<link rel=\"icon\" href=\"data:,\">\n"
	"<title>kvmexittop</title>\n"
	"<style>\n"
	":root { color-scheme: light dark; --fg: #1a1a1a; --bg: #fff; --dim: #595959; --line: #d0d0d0; --link: #0b57d0 }\n"
	"@media (prefers-color-scheme: dark) { :root { --fg: #e6e6e6; --bg: #161616; --dim: #a8a8a8; --line: #3c3c3c; --link: #8ab4f8 } }\n"
	"body { margin: 3rem auto; max-width: 40rem; padding: 0 1rem; font: 16px/1.5 system-ui, sans-serif; color: var(--fg); background: var(--bg) }\n"
	"h1 { font-size: 1.5rem; margin: 0 0 .25rem }\n"
	"p { margin: 0 0 1.25rem } .dim { color: var(--dim) }\n"
	"a { color: var(--link) }\n"
	"table { border-collapse: collapse; width: 100%; margin: 0 0 1.25rem }\n"
	"th, td { text-align: left; padding: .35rem 0; border-top: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere }\n"
	"th { font-weight: normal; color: var(--dim); width: 11rem }\n"
	"</style>\n"
	"</head>\n"
	"<body>\n"
	"<h1>kvmexittop</h1>\n"
	"<p class=\"dim\">Which exits the KVM guests of this host make, how many, and how long they take: as metrics for Prometheus.</p>\n";

static void put_escaped(FILE *f, const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		if (*p < ' ' || *p == 0x7f || *p == '<' || *p == '>' || *p == '&' ||
		    *p == '"' || *p == '\'')
			fprintf(f, "&#%d;", *p < ' ' || *p == 0x7f ? 0xfffd : *p);
		else
			putc(*p, f);
	}
}

static void row(FILE *f, const char *name, const char *value)
{
	fprintf(f, "<tr><th scope=\"row\">%s</th><td>", name);
	put_escaped(f, value);
	fputs("</td></tr>\n", f);
}

static void rows(FILE *f, const struct kxt_export *e)
{
	uint64_t up = (kxt_export_clock() - e->began_ns) / 1000000000;
	char text[128];

	row(f, "Version", KXT_VERSION);
	row(f, "Host", e->c.host);
	row(f, "Kernel", e->c.kernel);
	row(f, "Collector", e->c.ops->name);
	snprintf(text, sizeof(text), "%" PRIu64 " h %02" PRIu64 " min %02" PRIu64 " s", up / 3600,
		 up / 60 % 60, up % 60);
	row(f, "Running for", text);
	snprintf(text, sizeof(text), "%" PRIu64, e->scrapes);
	row(f, "Scrapes answered", text);
	if (e->last_len) {
		snprintf(text, sizeof(text), "%.1f kB", e->last_len / 1000.0);
		row(f, "Size of the last one", text);
	}
	row(f, "State", e->failing ? "the collector fails; a scrape says why" : "good");
}

int kxt_export_page(FILE *f, const struct kxt_export *e)
{
	fputs(head, f);
	fputs("<p><a href=\"", f);
	put_escaped(f, e->path);
	fputs("\">Metrics</a> &middot; <a href=\"/-/healthy\">Health</a></p>\n<table>\n", f);
	rows(f, e);
	fputs("</table>\n"
	      "<p class=\"dim\">The manual is <code>man kvmexittop-export</code>.</p>\n"
	      "</body>\n"
	      "</html>\n", f);
	return ferror(f) ? -1 : 0;
}
