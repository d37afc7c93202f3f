// SPDX-License-Identifier: GPL-2.0-only
#include "user/replay/slow.h"

#include <stdlib.h>
#include <string.h>

/**
 * struct reading - slow exits on their way from a recording
 * @s: where to
 * @filter: which of them
 */
struct reading {
	struct kxt_replay_slow *s;
	const struct kxt_filter *filter;
};

int kxt_replay_slow_open(struct kxt_replay_slow *s, unsigned int first, unsigned int last,
			 struct kxt_err *err)
{
	size_t frames = (size_t)last - first + 1;

	s->exit = calloc(KXT_SLOW_LOG_MAX, sizeof(*s->exit));
	s->came = calloc(frames, sizeof(*s->came));
	s->lost = calloc(frames, sizeof(*s->lost));
	s->first = s->at = first;
	if (s->exit && s->came && s->lost)
		return 0;
	return kxt_err_set(err, KXT_EXIT_RUNTIME, "out of memory for slow exits");
}

void kxt_replay_slow_close(struct kxt_replay_slow *s)
{
	free(s->exit);
	free(s->came);
	free(s->lost);
	memset(s, 0, sizeof(*s));
}

static int add(void *arg, const struct kxt_slow *slow)
{
	struct reading *r = arg;
	struct kxt_replay_slow *s = r->s;

	if (!r->filter || kxt_filter_wants(r->filter, slow->ev.pid, slow->name))
		s->exit[s->nr++ % KXT_SLOW_LOG_MAX] = *slow;
	return 0;
}

static uint64_t oldest(uint64_t nr)
{
	return nr < KXT_SLOW_LOG_MAX ? 0 : nr - KXT_SLOW_LOG_MAX;
}

static int read_frame(struct kxt_replay_slow *s, struct kxt_recording *rec,
		      const struct kxt_filter *filter, struct kxt_err *err)
{
	struct reading r = { .s = s, .filter = filter };
	uint64_t lost = 0, nr = s->nr;
	int ret = kxt_recording_slow(rec, s->at, s->at + 1, add, &r, &lost, err);

	if (s->held < oldest(s->nr))
		s->held = oldest(s->nr);
	/* Half a frame is none. */
	if (ret) {
		s->nr = nr;
		return ret;
	}
	s->at++;
	s->came[s->at - s->first] = s->nr;
	s->lost[s->at - s->first] = s->lost[s->at - s->first - 1] + lost;
	return 0;
}

/* The last frame before @frame with no more than @nr exits up to it. */
static unsigned int find(const struct kxt_replay_slow *s, unsigned int frame, uint64_t nr)
{
	unsigned int low = 0, high = frame - s->first;

	while (low < high) {
		unsigned int mid = low + (high - low + 1) / 2;

		if (s->came[mid] <= nr)
			low = mid;
		else
			high = mid - 1;
	}
	return s->first + low;
}

int kxt_replay_slow_seek(struct kxt_replay_slow *s, struct kxt_recording *rec,
			 const struct kxt_filter *filter, unsigned int frame,
			 struct kxt_err *err)
{
	if (frame < s->at) {
		uint64_t from = oldest(s->came[frame - s->first]);

		s->at = s->held <= from ? frame : find(s, frame, from);
		s->nr = s->came[s->at - s->first];
		if (s->held > s->nr || s->at != frame)
			s->held = s->nr;
	}
	while (s->at < frame)
		if (read_frame(s, rec, filter, err))
			return -1;
	return 0;
}

const struct kxt_slow *kxt_replay_slow_get(const struct kxt_replay_slow *s, unsigned int n)
{
	uint64_t from = oldest(s->nr);

	if (from < s->held)
		from = s->held;
	return n < s->nr - from ? &s->exit[(from + n) % KXT_SLOW_LOG_MAX] : NULL;
}

uint64_t kxt_replay_slow_lost(const struct kxt_replay_slow *s)
{
	return s->lost[s->at - s->first];
}
