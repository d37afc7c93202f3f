// SPDX-License-Identifier: GPL-2.0-only
/* Which slow exits of a frame are recorded. */
#include <string.h>

#include "user/rec/slow.h"
#include "user/slow_log.h"

#define SEC	1000000000ULL

/* Takes the place of the shortest one of this second, if it took longer. */
static void replace(struct kxt_rec_slow *s, const struct kvmexit_event *ev)
{
	unsigned int shortest = s->first;

	s->lost++;
	for (unsigned int i = s->first + 1; i < s->nr; i++) {
		if (kxt_slow_service_ns(&s->event[i]) <
		    kxt_slow_service_ns(&s->event[shortest]))
			shortest = i;
	}
	if (s->first == s->nr ||
	    kxt_slow_service_ns(ev) <= kxt_slow_service_ns(&s->event[shortest]))
		return;
	/* They stay in the order of their time. */
	memmove(&s->event[shortest], &s->event[shortest + 1],
		(s->nr - shortest - 1) * sizeof(*s->event));
	s->event[s->nr - 1] = *ev;
}

void kxt_rec_slow_add(struct kxt_rec_slow *s, const struct kvmexit_event *ev)
{
	/* One that comes late, from another CPU, counts as of the second that is. */
	if (ev->time_ns / SEC > s->second) {
		s->second = ev->time_ns / SEC;
		s->first = s->nr;
		s->spent = 0;
	}
	if (s->nr < KXT_REC_SLOW_FRAME &&
	    s->nr - s->first + s->spent < KXT_REC_SLOW_SECOND)
		s->event[s->nr++] = *ev;
	else
		replace(s, ev);
}

void kxt_rec_slow_next(struct kxt_rec_slow *s)
{
	s->spent += s->nr - s->first;
	s->nr = 0;
	s->first = 0;
	s->lost = 0;
}
