// SPDX-License-Identifier: GPL-2.0-only
/* The latest slow exits. */
#include "user/slow_log.h"

#include <stddef.h>

void kxt_slow_log_add(struct kxt_slow_log *log, const struct kxt_slow *slow)
{
	struct kxt_slow *to = &log->slow[++log->nr % KXT_SLOW_LOG_MAX];

	*to = *slow;
	to->seq = log->nr;
}

const struct kxt_slow *kxt_slow_log_get(const struct kxt_slow_log *log, uint64_t back)
{
	if (back >= log->nr || back >= KXT_SLOW_LOG_MAX)
		return NULL;
	return &log->slow[(log->nr - back) % KXT_SLOW_LOG_MAX];
}

uint64_t kxt_slow_service_ns(const struct kvmexit_event *ev)
{
	return ev->total_ns > ev->idle_ns ? ev->total_ns - ev->idle_ns : 0;
}
