// SPDX-License-Identifier: GPL-2.0-only
#include "user/report/slow.h"

#include "user/view_slow.h"

/**
 * struct run - while they are printed
 * @f: where to
 * @s: what is wanted
 */
struct run {
	FILE *f;
	struct kxt_report_slow *s;
};

/* What is not known of a vCPU that is not there, of others is not known either. */
static uint32_t knows_of(const struct kxt_snapshot *delta, const struct kvmexit_event *ev)
{
	uint32_t knows = delta->nr ? KXT_KNOWS_ALL : 0;

	for (unsigned int i = 0; i < delta->nr; i++) {
		const struct kxt_vcpu *v = &delta->vcpu[i];

		if (v->pid == ev->pid && v->tid == ev->tid && v->id == ev->vcpu_id)
			return v->knows;
		knows &= v->knows;
	}
	return knows;
}

/* Local time of the host it was on, as if it were UTC: here it may be another one. */
static uint64_t local_ns(const struct kxt_report *rep, const struct kxt_slow *slow)
{
	if (!rep->clock.wall)
		return slow->ev.time_ns - kxt_recording_time(rep->r, 0);
	return slow->wall_ns + (uint64_t)((int64_t)rep->clock.utc_offset_s * 1000000000);
}

static int show(void *arg, const struct kxt_slow *slow)
{
	const struct run *r = arg;
	struct kxt_report_slow *s = r->s;
	const struct kvmexit_event *ev = &slow->ev;
	const struct kxt_view_slow view = { .utc = true, .ascii = s->ascii };
	uint32_t knows = knows_of(s->delta, ev);
	struct kxt_slow line = *slow;

	s->seen++;
	if (!kxt_filter_wants(s->filter, ev->pid, slow->name))
		return 0;
	if (s->reasons && !kxt_report_reasons_is(s->reasons, ev->isa, ev->level, ev->code))
		return 0;
	s->shown++;
	if (s->json)
		return kxt_view_slow_json(r->f, &line, knows) ? 1 : 0;
	line.wall_ns = local_ns(s->rep, slow);
	kxt_view_slow_text(r->f, &line, knows, &view);
	return ferror(r->f) ? 1 : 0;
}

int kxt_report_slow(FILE *f, struct kxt_report_slow *s, struct kxt_err *err)
{
	struct run r = { .f = f, .s = s };
	int ret;

	s->seen = s->shown = s->lost = 0;
	ret = kxt_recording_slow(s->rep->r, s->rep->from, s->rep->to, show, &r, &s->lost,
				 err);
	if (ret == 0 && s->lost && s->json)
		kxt_view_slow_lost_json(f, s->lost);
	return ret;
}
