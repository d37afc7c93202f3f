/* SPDX-License-Identifier: GPL-2.0-only */
/* The latest slow exits, as many as fit in a fixed room. Pure. */
#ifndef KXT_SLOW_LOG_H
#define KXT_SLOW_LOG_H

#include <stdint.h>

#include "module/uapi/kvmexit.h"
#include "user/vm.h"

#define KXT_SLOW_LOG_MAX	1000

/**
 * struct kxt_slow - one slow exit, and what was known when it came
 * @ev: as the collector gave it; type is KVMEXIT_EVENT_SLOW
 * @seq: 1 for the first that ever came, then 2, ...
 * @wall_ns: when the exit ended, by the clock on the wall (CLOCK_REALTIME)
 * @name: of the VM, unescaped
 */
struct kxt_slow {
	struct kvmexit_event ev;
	uint64_t seq;
	uint64_t wall_ns;
	char name[KXT_VM_NAME_MAX];
};

/**
 * struct kxt_slow_log - the latest of them; zero it before use
 * @nr: how many ever came; the last KXT_SLOW_LOG_MAX of them are here
 * @lost: how many were lost on the way
 * @slow: exit number N is at N % KXT_SLOW_LOG_MAX
 */
struct kxt_slow_log {
	uint64_t nr;
	uint64_t lost;
	struct kxt_slow slow[KXT_SLOW_LOG_MAX];
};

/**
 * kxt_slow_log_add() - one more; the oldest makes room
 * @log: log
 * @slow: exit; @seq is given by the log
 */
void kxt_slow_log_add(struct kxt_slow_log *log, const struct kxt_slow *slow);

/**
 * kxt_slow_log_get() - look at one
 * @log: log
 * @back: 0 is the latest, 1 the one before it, ...
 *
 * Return: the exit, or NULL if there are not so many.
 */
const struct kxt_slow *kxt_slow_log_get(const struct kxt_slow_log *log, uint64_t back);

/** kxt_slow_service_ns() - latency without the idle part */
uint64_t kxt_slow_service_ns(const struct kvmexit_event *ev);

#endif /* KXT_SLOW_LOG_H */
