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

static void put_head(struct kxt_metrics_out *o)
{
	const struct kxt_metrics_family *fam = o->family;
	const char *suffix = head_suffix(o);

	fprintf(o->f, "# HELP %s%s %s\n# TYPE %s%s %s\n", fam->name, suffix, fam->help,
		fam->name, suffix, kind_name[o->m->format][fam->kind]);
	if (fam->unit && o->m->format == KXT_METRICS_OPENMETRICS)
		fprintf(o->f, "# UNIT %s %s\n", fam->name, fam->unit);
}

void kxt_metrics_sample(struct kxt_metrics_out *o, const char *suffix)
{
	o->series++;
	o->labels = false;
	if (!o->f)
		return;
	if (!o->begun)
		put_head(o);
	o->begun = true;
	fputs(o->family->name, o->f);
	fputs(suffix, o->f);
}

static void put_escaped(FILE *f, const char *value)
{
	size_t plain;

	while (value[plain = strcspn(value, "\\\"\n")]) {
		fwrite(value, 1, plain, f);
		value += plain;
		fputs(*value == '\n' ? "\\n" : *value == '"' ? "\\\"" : "\\\\", f);
		value++;
	}
	fputs(value, f);
}

void kxt_metrics_label(struct kxt_metrics_out *o, const char *key, const char *value)
{
	if (!o->f)
		return;
	fputc(o->labels ? ',' : '{', o->f);
	o->labels = true;
	fputs(key, o->f);
	fputs("=\"", o->f);
	put_escaped(o->f, value);
	fputc('"', o->f);
}

void kxt_metrics_label_uint(struct kxt_metrics_out *o, const char *key, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	kxt_metrics_label(o, key, text);
}

void kxt_metrics_uint(struct kxt_metrics_out *o, uint64_t value)
{
	if (o->f)
		fprintf(o->f, "%s%" PRIu64 "\n", o->labels ? "} " : " ", value);
}

/* Not by way of a double, which has 53 bits, nor of the locale's point. */
void kxt_metrics_seconds(struct kxt_metrics_out *o, uint64_t ns)
{
	char text[32];
	int len = snprintf(text, sizeof(text), "%" PRIu64 ".%09" PRIu64, ns / 1000000000,
			   ns % 1000000000);

	while (text[len - 1] == '0')
		len--;
	len -= text[len - 1] == '.';
	text[len] = '\0';
	if (o->f)
		fprintf(o->f, "%s%s\n", o->labels ? "} " : " ", text);
}

/* Only counts if @o has no file. */
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

int kxt_metrics_write_totals(FILE *f, const struct kxt_metrics_totals *t,
			     struct kxt_metrics *m)
{
	struct kxt_metrics_out o = { .f = f, .m = m };
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
		fputs("# EOF\n", f);
	free(vm);
	return ferror(f) ? -1 : 0;
}

int kxt_metrics_write(FILE *f, const struct kxt_summary *s, struct kxt_metrics *m)
{
	struct kxt_metrics_totals t;
	int ret;

	if (kxt_metrics_totals_make(&t, s, m->per_vcpu))
		return -1;
	ret = kxt_metrics_write_totals(f, &t, m);
	kxt_metrics_totals_free(&t);
	return ret;
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
