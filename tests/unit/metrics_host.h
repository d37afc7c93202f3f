/* SPDX-License-Identifier: GPL-2.0-only */
/* Hosts for tests of metrics, and a look at the text that comes out. */
#ifndef KXT_TEST_METRICS_HOST_H
#define KXT_TEST_METRICS_HOST_H

#include "build.h"

#include <stdio.h>
#include <stdlib.h>

#include "user/metrics/out.h"

#define NPF	0x400

/**
 * struct host - a summary on its way
 * @s: snapshot, of totals
 * @names: names of its VMs
 * @sum: result
 */
struct host {
	struct kxt_snapshot s;
	struct kxt_vm_names *names;
	struct kxt_summary sum;
};

UNUSED static void begin(struct host *h)
{
	memset(h, 0, sizeof(*h));
	new_snapshot(&h->s, 0, 1000);
	h->names = kxt_vm_names_new(NULL);
	assert_non_null(h->names);
}

UNUSED static struct kxt_vcpu *vcpu_of(struct host *h, uint32_t pid, const char *name,
				unsigned int nr)
{
	struct kxt_vcpu *v = add_vcpu(&h->s, h->s.nr, 1, nr);

	v->pid = pid;
	v->knows = KXT_KNOWS_ALL;
	for (unsigned int i = 0; i < nr; i++) {
		v->entry[i].code = NPF + i;
		v->entry[i].level = 1;
	}
	assert_int_equal(kxt_vm_names_set(h->names, pid, name), 0);
	return v;
}

UNUSED static void finish(struct host *h)
{
	struct kxt_err err;

	kxt_snapshot_sort(&h->s);
	assert_int_equal(kxt_summary_make(&h->sum, &h->s, h->names, NULL, &err), 0);
	snprintf(h->sum.collector, sizeof(h->sum.collector), "module");
	snprintf(h->sum.kernel, sizeof(h->sum.kernel), "6.1.0-test");
}

UNUSED static void end(struct host *h)
{
	kxt_summary_free(&h->sum);
	kxt_snapshot_free(&h->s);
	kxt_vm_names_free(h->names);
}

UNUSED static struct kxt_metrics metrics(enum kxt_metrics_format format)
{
	return (struct kxt_metrics) {
		.format = format,
		.max_series = KXT_METRICS_MAX_SERIES,
		.scrape_ns = UINT64_MAX,
	};
}

/* The text, to be freed. */
UNUSED static char *text_of(const struct host *h, struct kxt_metrics *m)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	assert_int_equal(kxt_metrics_write(f, &h->sum, m), 0);
	assert_int_equal(fclose(f), 0);
	return text;
}

UNUSED static void assert_has(const char *text, const char *what)
{
	if (!strstr(text, what))
		fail_msg("there is no '%s' in:\n%s", what, text);
}

UNUSED static void assert_has_not(const char *text, const char *what)
{
	if (strstr(text, what))
		fail_msg("there is '%s' in:\n%s", what, text);
}

UNUSED static unsigned int count_samples(const char *text)
{
	unsigned int n = 0;

	for (const char *line = text; *line; line = strchr(line, '\n') + 1)
		n += *line != '#';
	return n;
}

#endif /* KXT_TEST_METRICS_HOST_H */
