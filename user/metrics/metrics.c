// SPDX-License-Identifier: GPL-2.0-only
/*
 * The writer: a family's head, its samples, and how many of them there may be. Both
 * formats come from the same table; they differ in the heads and the end.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "user/metrics/out.h"

static const char *const kind_name[KXT_METRICS_FORMATS][KXT_METRICS_KINDS] = {
	[KXT_METRICS_PROMETHEUS] = {
		[KXT_METRICS_COUNTER] = "counter",
		[KXT_METRICS_GAUGE] = "gauge",
		[KXT_METRICS_HISTOGRAM] = "histogram",
		[KXT_METRICS_SUMMARY] = "summary",
		[KXT_METRICS_INFO] = "gauge",
	},
	[KXT_METRICS_OPENMETRICS] = {
		[KXT_METRICS_COUNTER] = "counter",
		[KXT_METRICS_GAUGE] = "gauge",
		[KXT_METRICS_HISTOGRAM] = "histogram",
		[KXT_METRICS_SUMMARY] = "summary",
		[KXT_METRICS_INFO] = "info",
	},
};

const char *kxt_metrics_type(enum kxt_metrics_format format)
{
	return format == KXT_METRICS_OPENMETRICS ?
	       "application/openmetrics-text; version=1.0.0; charset=utf-8" :
	       "text/plain; version=0.0.4; charset=utf-8";
}

/* What the older format has at the end of a family's name, and OpenMetrics has not. */
static const char *head_suffix(const struct kxt_metrics_out *o)
{
	if (o->m->format == KXT_METRICS_OPENMETRICS)
		return "";
	if (o->family->kind == KXT_METRICS_COUNTER)
		return "_total";
	return o->family->kind == KXT_METRICS_INFO ? "_info" : "";
}

static void put_all(struct kxt_metrics_text *t, const char *const part[], size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		kxt_metrics_put_str(t, part[i]);
}

#define PUT(text, ...)								\
	put_all(text, (const char *const[]){ __VA_ARGS__ },			\
		sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *))

static void put_head(struct kxt_metrics_out *o)
{
	const struct kxt_metrics_family *fam = o->family;
	const char *suffix = head_suffix(o);

	PUT(o->text, "# HELP ", fam->name, suffix, " ", fam->help, "\n# TYPE ", fam->name,
	    suffix, " ", kind_name[o->m->format][fam->kind], "\n");
	if (fam->unit && o->m->format == KXT_METRICS_OPENMETRICS)
		PUT(o->text, "# UNIT ", fam->name, " ", fam->unit, "\n");
}

void kxt_metrics_sample(struct kxt_metrics_out *o, const char *suffix)
{
	o->series++;
	o->labels = false;
	if (!o->text)
		return;
	if (!o->begun)
		put_head(o);
	o->begun = true;
	PUT(o->text, o->family->name, suffix);
}

void kxt_metrics_share(struct kxt_metrics_out *o, bool begin)
{
	o->sharing = begin;
	o->labels = false;
	if (begin)
		o->shared.len = 0;
}

void kxt_metrics_sample_shared(struct kxt_metrics_out *o, const char *suffix)
{
	kxt_metrics_sample(o, suffix);
	o->labels = true;
	if (o->text)
		kxt_metrics_put(o->text, o->shared.s, o->shared.len);
}

static void put_escaped(struct kxt_metrics_text *t, const char *value)
{
	size_t plain;

	while (value[plain = strcspn(value, "\\\"\n")]) {
		kxt_metrics_put(t, value, plain);
		value += plain;
		kxt_metrics_put_str(t, *value == '\n' ? "\\n" : *value == '"' ? "\\\"" : "\\\\");
		value++;
	}
	kxt_metrics_put_str(t, value);
}

void kxt_metrics_label(struct kxt_metrics_out *o, const char *key, const char *value)
{
	struct kxt_metrics_text *to = o->sharing ? &o->shared : o->text;

	if (!o->text)
		return;
	PUT(to, o->labels ? "," : "{", key, "=\"");
	o->labels = true;
	put_escaped(to, value);
	kxt_metrics_put_str(to, "\"");
}

void kxt_metrics_label_uint(struct kxt_metrics_out *o, const char *key, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	kxt_metrics_label(o, key, text);
}

void kxt_metrics_uint(struct kxt_metrics_out *o, uint64_t value)
{
	if (!o->text)
		return;
	kxt_metrics_put_str(o->text, o->labels ? "} " : " ");
	kxt_metrics_put_uint(o->text, value);
	kxt_metrics_put_str(o->text, "\n");
}

void kxt_metrics_seconds(struct kxt_metrics_out *o, uint64_t ns)
{
	if (!o->text)
		return;
	kxt_metrics_put_str(o->text, o->labels ? "} " : " ");
	kxt_metrics_put_seconds(o->text, ns);
	kxt_metrics_put_str(o->text, "\n");
}

/* Only counts if @o has no text. */
static void put_vm(struct kxt_metrics_out *o, const struct kxt_metrics_family *fam,
		   const struct kxt_metrics_vm *vm)
{
	if (fam->vm && (o->m->per_vcpu || !fam->per_vcpu))
		fam->vm(o, vm);
}

static unsigned int vm_series(const struct kxt_metrics *m, const struct kxt_metrics_vm *vm)
{
	struct kxt_metrics_out o = { .m = m };

	for (o.family = kxt_metrics_family; o.family->name; o.family++)
		put_vm(&o, o.family, vm);
	return o.series;
}

static unsigned int host_series(const struct kxt_metrics *m,
				const struct kxt_metrics_totals *t)
{
	struct kxt_metrics_out o = { .m = m };

	for (o.family = kxt_metrics_family; o.family->name; o.family++) {
		if (o.family->host)
			o.family->host(&o, t);
	}
	return o.series;
}

/* Most exits first; equal ones in the order that they were in, the pid's. */
static int compare_exits(const void *pa, const void *pb)
{
	const struct kxt_metrics_vm *a = *(const struct kxt_metrics_vm *const *)pa;
	const struct kxt_metrics_vm *b = *(const struct kxt_metrics_vm *const *)pb;

	if (a->exits != b->exits)
		return a->exits > b->exits ? -1 : 1;
	return a < b ? -1 : a > b;
}

static int compare_place(const void *pa, const void *pb)
{
	const struct kxt_metrics_vm *a = *(const struct kxt_metrics_vm *const *)pa;
	const struct kxt_metrics_vm *b = *(const struct kxt_metrics_vm *const *)pb;

	return a < b ? -1 : a > b;
}

/* Those that fit, in their order; counts the samples of all. Returns how many fit. */
static unsigned int choose(const struct kxt_metrics_vm **vm,
			   const struct kxt_metrics_totals *t, struct kxt_metrics *m)
{
	unsigned int n = 0;

	m->series = host_series(m, t);
	m->dropped = 0;
	for (unsigned int i = 0; i < t->nr; i++)
		vm[i] = &t->vm[i];
	if (t->nr == 0)
		return 0;
	qsort(vm, t->nr, sizeof(*vm), compare_exits);
	for (unsigned int i = 0; i < t->nr; i++) {
		unsigned int series = vm_series(m, vm[i]);

		if (m->dropped || series > m->max_series ||
		    m->series > m->max_series - series) {
			m->dropped += series;
			continue;
		}
		m->series += series;
		n++;
	}
	qsort(vm, n, sizeof(*vm), compare_place);
	return n;
}

int kxt_metrics_write_totals(struct kxt_metrics_text *text,
			     const struct kxt_metrics_totals *t, struct kxt_metrics *m)
{
	struct kxt_metrics_out o = { .text = text, .m = m };
	const struct kxt_metrics_vm **vm = calloc(t->nr ? t->nr : 1, sizeof(*vm));
	unsigned int nr;

	if (!vm)
		return -1;
	nr = choose(vm, t, m);
	for (o.family = kxt_metrics_family; o.family->name; o.family++) {
		o.begun = false;
		if (o.family->host)
			o.family->host(&o, t);
		for (unsigned int i = 0; i < nr; i++)
			put_vm(&o, o.family, vm[i]);
	}
	if (m->format == KXT_METRICS_OPENMETRICS)
		kxt_metrics_put_str(text, "# EOF\n");
	free(vm);
	free(o.shared.s);
	return text->failed || o.shared.failed ? -1 : 0;
}

int kxt_metrics_write(FILE *f, const struct kxt_summary *s, struct kxt_metrics *m)
{
	struct kxt_metrics_text text = { 0 };
	struct kxt_metrics_totals t;
	int ret;

	if (kxt_metrics_totals_make(&t, s, m->per_vcpu))
		return -1;
	ret = kxt_metrics_write_totals(&text, &t, m);
	kxt_metrics_totals_free(&t);
	if (ret == 0)
		fwrite(text.s, 1, text.len, f);
	free(text.s);
	return ret || ferror(f) ? -1 : 0;
}

int kxt_view_openmetrics(FILE *f, const struct kxt_summary *s)
{
	struct kxt_metrics m = {
		.format = KXT_METRICS_OPENMETRICS,
		.max_series = KXT_METRICS_MAX_SERIES,
		.scrape_ns = UINT64_MAX,
	};

	return kxt_metrics_write(f, s, &m);
}
