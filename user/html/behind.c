// SPDX-License-Identifier: GPL-2.0-only
/* What is behind exits: keys of a reason, and slow exits one by one. */
#include <inttypes.h>
#include <string.h>

#include "user/detail.h"
#include "user/html/int.h"
#include "user/html/text.h"
#include "user/parts.h"

/* Keys of a reason that are shown, of each kind. */
#define MAX_KEYS	16

/* Is @a shown above @b? What has no key of its own is last. */
static bool comes_first(const struct kxt_detail *a, const struct kxt_detail *b)
{
	if (a->rest != b->rest)
		return b->rest;
	if (a->count != b->count)
		return a->count > b->count;
	return a->key != b->key ? a->key < b->key : a->access < b->access;
}

/* The most frequent keys, and the rest behind them; how many these are. */
static unsigned int pick_keys(const struct kxt_detail **key, const struct kxt_detail *first,
			      unsigned int nr)
{
	const struct kxt_detail *rest = NULL;
	unsigned int have = 0;

	for (unsigned int i = 0; i < nr; i++) {
		unsigned int at = have;

		if (first[i].rest) {
			rest = &first[i];
			continue;
		}
		while (at > 0 && comes_first(&first[i], key[at - 1]))
			at--;
		if (at == MAX_KEYS)
			continue;
		have += have < MAX_KEYS;
		memmove(&key[at + 1], &key[at], (have - at - 1) * sizeof(*key));
		key[at] = &first[i];
	}
	if (rest)
		key[have++] = rest;
	return have;
}

static void put_known(FILE *f, const struct kxt_detail *k)
{
	const char *word[] = {
		k->rest ? NULL : kxt_detail_name(k->kind, k->key),
		k->rest ? NULL : kxt_access_dir(k->kind, k->access),
		k->rest ? NULL : kxt_access_fault(k->kind, k->access),
		!k->rest && k->kind == KVMEXIT_KIND_GPA &&
			k->access & KVMEXIT_ACCESS_VIRTUAL ? "virtual address" : NULL,
	};
	const char *before = "";

	fputs("<td class=\"l\">", f);
	for (unsigned int i = 0; i < sizeof(word) / sizeof(word[0]); i++) {
		if (!word[i])
			continue;
		fputs(before, f);
		kxt_html_text(f, word[i]);
		before = ", ";
	}
}

static void key_row(FILE *f, const struct kxt_detail *k, uint64_t whole)
{
	char text[KXT_FMT_MAX], key[32];

	kxt_detail_key(k->kind, k->key, key, sizeof(key));
	fprintf(f, "<tr><th scope=\"row\">%s", k->rest ? "other" : key);
	put_known(f, k);
	kxt_html_td_count(f, k->count);
	kxt_html_td_share(f, whole != 0, whole ? (double)k->count / (double)whole : 0);
	kxt_html_td_ns(f, k->count != 0, k->count ? k->ns / k->count : 0);
	kxt_fmt_count(text, k->error);
	fprintf(f, "<td>%s%s\n", k->error ? "+" : "", text);
}

static void kind_table(FILE *f, const struct kxt_detail *first, unsigned int nr)
{
	const struct kxt_detail *key[MAX_KEYS + 1];
	unsigned int shown = pick_keys(key, first, nr);
	uint64_t whole = 0;

	for (unsigned int i = 0; i < nr; i++)
		whole += first[i].count;
	fprintf(f, "<div class=\"wide\" tabindex=\"0\"><table class=\"sort\"><thead><tr>"
		"<th scope=\"col\" class=\"l\">%s", kxt_kind_name(first->kind));
	kxt_html_th(f, false, "what it is", NULL);
	kxt_html_th(f, true, first->one_in > 1 ? "in sample" : "exits", NULL);
	kxt_html_th(f, true, "share", NULL);
	kxt_html_th(f, true, "mean", "mean service time");
	kxt_html_th(f, true, "error", "by how much the number can be too low");
	fputs("</thead><tbody>\n", f);
	for (unsigned int i = 0; i < shown; i++)
		key_row(f, key[i], whole);
	fputs("</tbody></table></div>\n", f);
	if (nr > shown)
		fprintf(f, "<p>%u more are not shown here: report --reason.</p>\n", nr - shown);
	if (first->one_in > 1)
		fprintf(f, "<p>A sample: one exit in %" PRIu32 ".</p>\n", first->one_in);
}

void kxt_html_details(FILE *f, const struct kxt_vm *vm, const struct kxt_entry *e)
{
	unsigned int found, n;
	const struct kxt_detail *k = kxt_details_of(vm->detail, vm->nr_details, e, &found);

	if (!k)
		return;
	fputs("<h4>What is behind it</h4>\n", f);
	for (unsigned int i = 0; i < found; i += n) {
		for (n = 1; i + n < found && k[i + n].kind == k[i].kind; n++)
			;
		kind_table(f, &k[i], n);
	}
}

static uint32_t knows_of(const struct kxt_html_data *d, uint32_t pid)
{
	for (unsigned int i = 0; i < d->totals.nr; i++) {
		if (d->totals.vm[i].pid == pid)
			return d->totals.vm[i].knows;
	}
	return d->all.knows;
}

static void slow_key(FILE *f, const struct kvmexit_event *ev)
{
	const char *name = kxt_detail_name(ev->kind, ev->key);
	const char *dir = kxt_access_dir(ev->kind, ev->access);
	char key[32];

	fputs("<td class=\"l\">", f);
	if (ev->kind == KVMEXIT_KIND_NONE)
		return;
	kxt_detail_key(ev->kind, ev->key, key, sizeof(key));
	fprintf(f, "%s %s", kxt_kind_name(ev->kind), key);
	if (dir)
		fprintf(f, " %s", dir);
	if (name) {
		fputc(' ', f);
		kxt_html_text(f, name);
	}
}

static void slow_row(FILE *f, const struct kxt_html_data *d, const struct kxt_slow *slow)
{
	const struct kvmexit_event *ev = &slow->ev;
	const struct kxt_reason_id id = {
		.isa = ev->isa, .level = ev->level, .code = ev->code,
	};
	const struct kxt_entry e = {
		.total_ns = ev->total_ns, .idle_ns = ev->idle_ns,
		.runq_ns = ev->runq_ns, .vmm_ns = ev->vmm_ns,
	};
	uint64_t since = ev->time_ns > d->clock.begin_ns ? ev->time_ns - d->clock.begin_ns : 0;
	char text[KXT_ROW_NAME_MAX], moment[KXT_MOMENT_MAX];
	struct kxt_parts p;

	kxt_html_moment(moment, &d->clock, since, 1000000);
	fprintf(f, "<tr data-vm=\"%" PRIu32 "\"><th scope=\"row\" data-v=\"%" PRIu64 "\">%s"
		"<td class=\"l\">", ev->pid, since, moment);
	kxt_html_name(f, slow->name);
	fprintf(f, "<td>%" PRIu32 "<td class=\"l\">", ev->vcpu_id);
	kxt_reason_id_name(&id, text);
	kxt_html_text(f, text);
	kxt_html_td_ns(f, true, kxt_slow_service_ns(ev));
	kxt_parts_make(&p, &e, knows_of(d, ev->pid));
	for (unsigned int i = KXT_PART_KERNEL; i < KXT_PART_NR; i++)
		kxt_html_td_ns(f, p.known[i], p.ns[i]);
	slow_key(f, ev);
	fputs("<td class=\"l\">", f);
	if (ev->rip)
		fprintf(f, "0x%" PRIx64, (uint64_t)ev->rip);
	fprintf(f, "<td>%" PRIu32 "\n", ev->cpu);
}

static void slow_table(FILE *f, const struct kxt_html_data *d)
{
	fputs("<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Slow exits\">"
	      "<table class=\"sort\"><thead><tr>", f);
	kxt_html_th(f, false, "ended", "when the exit was over");
	kxt_html_th(f, false, "VM", NULL);
	kxt_html_th(f, true, "vCPU", NULL);
	kxt_html_th(f, false, "reason", NULL);
	kxt_html_th(f, true, "took", "service time: latency without idle");
	for (unsigned int i = KXT_PART_KERNEL; i < KXT_PART_NR; i++)
		kxt_html_th(f, true, kxt_part_name(i), NULL);
	kxt_html_th(f, false, "what was behind it", NULL);
	kxt_html_th(f, false, "rip", "guest instruction pointer");
	kxt_html_th(f, true, "CPU", "where it ended");
	fputs("</thead><tbody>\n", f);
	for (unsigned int i = 0; i < d->nr_slow; i++)
		slow_row(f, d, &d->slow[i]);
	fputs("</tbody></table></div>\n", f);
}

void kxt_html_slow(FILE *f, const struct kxt_html_data *d)
{
	char over[KXT_FMT_MAX], seen[KXT_FMT_MAX], lost[KXT_FMT_MAX];

	if (d->host->over_ns == UINT64_MAX && d->slow_seen == 0)
		return;
	kxt_fmt_ns(over, d->host->over_ns);
	kxt_fmt_count(seen, d->slow_seen);
	kxt_fmt_count(lost, d->slow_lost);
	fprintf(f, "<section id=\"slow\">\n<h2>Slow exits</h2>\n<p>%s exits took %s or more, "
		"without idle", seen, over);
	if (d->slow_seen > d->nr_slow)
		fprintf(f, "; here are the %u slowest", d->nr_slow);
	fprintf(f, ". %s%s more were not recorded.%s</p>\n", d->slow_lost ? "<strong>" : "",
		lost, d->slow_lost ? "</strong>" : "");
	if (d->nr_slow)
		slow_table(f, d);
	fputs("</section>\n", f);
}
