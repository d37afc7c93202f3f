// SPDX-License-Identifier: GPL-2.0-only
/* The numbers of a page, from two walks over a recording. */
#include "user/html/data.h"

#include <stdlib.h>
#include <string.h>

#include "user/stats.h"

static int no_memory(struct kxt_err *err)
{
	return kxt_err_set(err, KXT_EXIT_RUNTIME,
			   "out of memory for the page. Ask for fewer VMs with --vm or --pid.");
}

void kxt_html_data_free(struct kxt_html_data *d)
{
	if (!d)
		return;
	for (unsigned int i = 0; i < KXT_HTML_VMS; i++)
		free(d->line[i].column);
	free(d->all.column);
	free(d->order);
	kxt_summary_free(&d->totals);
	free(d);
}

static int compare_exits(const void *pa, const void *pb, void *arg)
{
	const struct kxt_vm *vm = arg;
	const struct kxt_vm *a = &vm[*(const unsigned int *)pa];
	const struct kxt_vm *b = &vm[*(const unsigned int *)pb];

	if (a->all.count != b->all.count)
		return a->all.count > b->all.count ? -1 : 1;
	return a->pid < b->pid ? -1 : a->pid > b->pid;
}

static int order_vms(struct kxt_html_data *d)
{
	if (d->totals.nr == 0)
		return 0;
	d->order = calloc(d->totals.nr, sizeof(*d->order));
	if (!d->order)
		return -1;
	for (unsigned int i = 0; i < d->totals.nr; i++)
		d->order[i] = i;
	qsort_r(d->order, d->totals.nr, sizeof(*d->order), compare_exits, d->totals.vm);
	return 0;
}

static int line_begin(struct kxt_html_line *line, const struct kxt_vm *vm, unsigned int nr,
		      const struct kxt_html_line *page)
{
	int reasons = kxt_html_rank(line->reason, KXT_HTML_OTHERS, vm, nr);

	line->column = calloc(KXT_HTML_COLUMNS, sizeof(*line->column));
	if (!line->column || reasons < 0)
		return -1;
	line->nr_reasons = (unsigned int)reasons;
	line->knows = KXT_KNOWS_ALL;
	for (unsigned int i = 0; i < nr; i++)
		line->knows &= vm[i].knows;
	kxt_html_colours(line, page);
	return 0;
}

static int begin_lines(struct kxt_html_data *d)
{
	if (line_begin(&d->all, d->totals.vm, d->totals.nr, NULL))
		return -1;
	for (unsigned int i = 0; i < d->totals.nr && i < KXT_HTML_VMS; i++) {
		const struct kxt_vm *vm = &d->totals.vm[d->order[i]];

		if (line_begin(&d->line[i], vm, 1, &d->all))
			return -1;
		d->line[i].pid = vm->pid;
		d->nr_lines++;
	}
	return 0;
}

static int read_totals(struct kxt_html_data *d, struct kxt_recording *r, unsigned int from,
		       unsigned int to, const struct kxt_filter *filter, struct kxt_err *err)
{
	struct kxt_vm_names *names = kxt_recording_names(r);
	struct kxt_snapshot delta;
	int ret;

	kxt_snapshot_init(&delta);
	ret = kxt_recording_window(r, from, to, &delta, err);
	if (ret == 0)
		ret = kxt_summary_make(&d->totals, &delta, names, filter, err);
	kxt_snapshot_free(&delta);
	if (ret)
		return ret;
	if (order_vms(d) || begin_lines(d))
		return no_memory(err);
	return 0;
}

static bool is_wanted(const struct kxt_html_data *d, uint32_t pid)
{
	unsigned int low = 0, high = d->totals.nr;

	while (low < high) {
		unsigned int mid = low + (high - low) / 2;

		if (d->totals.vm[mid].pid == pid)
			return true;
		if (d->totals.vm[mid].pid < pid)
			low = mid + 1;
		else
			high = mid;
	}
	return false;
}

static void add_delta(struct kxt_html_data *d, const struct kxt_snapshot *delta,
		      unsigned int column)
{
	for (unsigned int i = 0; i < delta->nr; i++) {
		const struct kxt_vcpu *v = &delta->vcpu[i];

		if (!is_wanted(d, v->pid))
			continue;
		kxt_html_line_add(&d->all, column, v);
		for (unsigned int l = 0; l < d->nr_lines; l++) {
			if (d->line[l].pid == v->pid)
				kxt_html_line_add(&d->line[l], column, v);
		}
	}
}

/*
 * Frame by frame, not column by column: so a collector that began anew within a column
 * takes nothing with it. A vCPU whose slot has gone by the next frame had ended before.
 * What is damaged stays empty: nobody knows at which time of it something happened. The
 * head of the page says that it is.
 */
static int walk(struct kxt_html_data *d, struct kxt_recording *r, unsigned int from,
		unsigned int to, struct kxt_err *err)
{
	struct kxt_snapshot a, b, delta, *last = &a, *now = &b;
	bool have = true;
	int ret;

	kxt_snapshot_init(&a);
	kxt_snapshot_init(&b);
	kxt_snapshot_init(&delta);
	ret = kxt_recording_frame(r, from, last, err);
	for (unsigned int i = from + 1; ret == 0 && i <= to; i++) {
		struct kxt_snapshot *other = last;

		if (kxt_recording_frame(r, i, now, err)) {
			have = false;
			ret = kxt_recording_trouble(r) ? 0 : -1;
			continue;
		}
		if (have)
			ret = kxt_snapshot_delta(&delta, last, now, err);
		if (have && ret == 0)
			add_delta(d, &delta, kxt_html_grid_frame(&d->grid, now->now_ns));
		have = true;
		last = now;
		now = other;
	}
	kxt_snapshot_free(&a);
	kxt_snapshot_free(&b);
	kxt_snapshot_free(&delta);
	return ret;
}

/**
 * struct slow_walk - for the callback
 * @d: gets them
 * @filter: which VMs are wanted
 */
struct slow_walk {
	struct kxt_html_data *d;
	const struct kxt_filter *filter;
};

void kxt_html_slow_add(struct kxt_html_data *d, const struct kxt_slow *slow)
{
	uint64_t ns = kxt_slow_service_ns(&slow->ev);
	unsigned int at = d->nr_slow;

	d->slow_seen++;
	while (at > 0 && kxt_slow_service_ns(&d->slow[at - 1].ev) < ns)
		at--;
	if (at == KXT_HTML_SLOW)
		return;
	if (d->nr_slow < KXT_HTML_SLOW)
		d->nr_slow++;
	memmove(&d->slow[at + 1], &d->slow[at], (d->nr_slow - at - 1) * sizeof(*slow));
	d->slow[at] = *slow;
}

static int add_slow(void *arg, const struct kxt_slow *slow)
{
	struct slow_walk *w = arg;

	if (kxt_filter_wants(w->filter, slow->ev.pid, slow->name))
		kxt_html_slow_add(w->d, slow);
	return 0;
}

int kxt_html_data_new(struct kxt_html_data **out, struct kxt_recording *r, unsigned int from,
		      unsigned int to, const struct kxt_filter *filter, struct kxt_err *err)
{
	struct kxt_html_data *d = calloc(1, sizeof(*d));
	struct slow_walk w = { d, filter };
	uint64_t begin = kxt_recording_time(r, from), end = kxt_recording_time(r, to);
	int ret;

	*out = NULL;
	if (!d)
		return no_memory(err);
	d->host = kxt_recording_host(r);
	kxt_html_clock_make(&d->clock, begin, end, d->host->to_wall_ns,
			    d->host->utc_offset_s);
	kxt_html_grid_begin(&d->grid, begin, end, to - from);
	ret = read_totals(d, r, from, to, filter, err);
	if (ret == 0)
		ret = walk(d, r, from, to, err);
	if (ret == 0)
		ret = kxt_recording_slow(r, from, to, add_slow, &w, &d->slow_lost, err);
	if (ret) {
		kxt_html_data_free(d);
		return -1;
	}
	d->trouble = kxt_recording_trouble(r);
	*out = d;
	return 0;
}
