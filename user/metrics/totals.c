// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "module/bucket.h"
#include "user/metrics/totals.h"
#include "user/stats.h"
#include "user/utf8.h"

/* Close together where exits that the kernel handles are, wide where the VMM's are. */
const struct kxt_metrics_edge kxt_metrics_edge[KXT_METRICS_EDGES] = {
	{ 1ULL << 10, "1.024e-06" },
	{ 1ULL << 11, "2.048e-06" },
	{ 1ULL << 12, "4.096e-06" },
	{ 1ULL << 13, "8.192e-06" },
	{ 1ULL << 14, "1.6384e-05" },
	{ 1ULL << 15, "3.2768e-05" },
	{ 1ULL << 17, "0.000131072" },
	{ 1ULL << 20, "0.001048576" },
	{ 1ULL << 23, "0.008388608" },
	{ 1ULL << 26, "0.067108864" },
	{ 1ULL << 30, "1.073741824" },
};

void kxt_metrics_list_free(struct kxt_metrics_list *l)
{
	free(l->entry);
	memset(l, 0, sizeof(*l));
}

struct kxt_metrics_entry *kxt_metrics_list_get(struct kxt_metrics_list *l, uint64_t code,
					       uint32_t level)
{
	struct kxt_metrics_entry *e;

	/* At most KVMEXIT_MAX_ENTRIES of a vCPU, usually a dozen. */
	for (unsigned int i = 0; i < l->nr; i++) {
		if (l->entry[i].code == code && l->entry[i].level == level)
			return &l->entry[i];
	}
	if (l->nr == l->cap) {
		unsigned int cap = l->cap ? 2 * l->cap : 8;

		e = reallocarray(l->entry, cap, sizeof(*e));
		if (!e)
			return NULL;
		l->entry = e;
		l->cap = cap;
	}
	e = &l->entry[l->nr++];
	memset(e, 0, sizeof(*e));
	e->code = code;
	e->level = level;
	return e;
}

static int compare_entry(const void *pa, const void *pb)
{
	const struct kxt_metrics_entry *a = pa, *b = pb;

	if (a->code != b->code)
		return a->code < b->code ? -1 : 1;
	return a->level < b->level ? -1 : a->level > b->level;
}

void kxt_metrics_list_sort(struct kxt_metrics_list *l)
{
	if (l->nr)
		qsort(l->entry, l->nr, sizeof(*l->entry), compare_entry);
}

int kxt_metrics_list_add(struct kxt_metrics_list *to, const struct kxt_metrics_list *from,
			 bool levels)
{
	for (unsigned int i = 0; i < from->nr; i++) {
		const struct kxt_metrics_entry *e = &from->entry[i];
		struct kxt_metrics_entry *sum;

		sum = kxt_metrics_list_get(to, e->code, levels ? e->level : 0);
		if (!sum)
			return -1;
		sum->count += e->count;
		sum->vmm_count += e->vmm_count;
		sum->sum_ns += e->sum_ns;
		for (unsigned int j = 0; j <= KXT_METRICS_EDGES; j++)
			sum->bucket[j] += e->bucket[j];
		for (unsigned int j = 0; j < KXT_PART_NR; j++)
			sum->part_ns[j] += e->part_ns[j];
	}
	return 0;
}

void kxt_metrics_buckets(uint64_t out[KXT_METRICS_EDGES + 1],
			 const uint64_t hist[KVMEXIT_NR_BUCKETS])
{
	unsigned int i = 0;

	for (unsigned int edge = 0; edge <= KXT_METRICS_EDGES; edge++) {
		unsigned int end = edge < KXT_METRICS_EDGES ?
				   kxt_bucket(kxt_metrics_edge[edge].ns) :
				   KVMEXIT_NR_BUCKETS;
		uint64_t sum = 0;

		for (; i < end; i++)
			sum += hist[i];
		out[edge] = sum;
	}
}

void kxt_metrics_vm_sums(struct kxt_metrics_vm *vm, const struct kxt_metrics_list *from)
{
	for (unsigned int i = 0; i < from->nr; i++) {
		const struct kxt_metrics_entry *e = &from->entry[i];

		vm->exits += e->count;
		vm->nested += e->level >= 2 ? e->count : 0;
		vm->vmm_count += e->vmm_count;
	}
}

void kxt_metrics_vcpu_sums(struct kxt_metrics_vcpu *v, const struct kxt_metrics_list *from)
{
	for (unsigned int i = 0; i < from->nr; i++) {
		v->exits += from->entry[i].count;
		for (unsigned int j = 0; j < KXT_PART_NR; j++)
			v->part_ns[j] += from->entry[i].part_ns[j];
	}
}

/*
 * Control characters (C0, DEL, C1), line and paragraph separators, and those that
 * change the direction of what follows. @p is at the start of a character.
 */
static bool is_bad(const unsigned char *p)
{
	if (*p < 0x20 || *p == 0x7f)
		return true;
	if (*p == 0xc2)
		return p[1] < 0xa0;
	if (*p != 0xe2)
		return false;
	/* U+200E..F, U+2028..E and U+2066..9 */
	return (p[1] == 0x80 && ((p[2] >= 0xa8 && p[2] <= 0xae) ||
				 p[2] == 0x8e || p[2] == 0x8f)) ||
	       (p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9);
}

void kxt_metrics_domain(char out[KXT_METRICS_DOMAIN_MAX], const char *name, uint32_t pid)
{
	char clean[3 * KXT_VM_NAME_MAX + 1], short_name[KXT_VM_NAME_MAX];
	size_t len;

	snprintf(short_name, sizeof(short_name), "%s", name);
	kxt_utf8_clean(clean, short_name);
	*out = '\0';
	for (const char *p = clean; *p; p += len) {
		len = kxt_utf8_char(p);
		if (is_bad((const unsigned char *)p))
			strcat(out, "\357\277\275");
		else
			strncat(out, p, len);
	}
	if (!*out)
		snprintf(out, KXT_METRICS_DOMAIN_MAX, "pid %" PRIu32, pid);
}

void kxt_metrics_domain_other(char domain[KXT_METRICS_DOMAIN_MAX], uint32_t pid)
{
	size_t len = strlen(domain);

	snprintf(domain + len, KXT_METRICS_DOMAIN_MAX - len, " (%" PRIu32 ")", pid);
}

void kxt_metrics_totals_free(struct kxt_metrics_totals *t)
{
	for (unsigned int i = 0; i < t->nr; i++) {
		kxt_metrics_list_free(&t->vm[i].reason);
		free(t->vm[i].vcpu);
	}
	free(t->vm);
	memset(t, 0, sizeof(*t));
}
