// SPDX-License-Identifier: GPL-2.0-only
/* The table of slow exits. */
#include <stdlib.h>
#include <string.h>

#include "user/rows_int.h"

/* What all VMs can tell, a VM that is gone could too: it is the host's doing. */
static uint32_t host_knows(const struct kxt_summary *s)
{
	uint32_t knows = KXT_KNOWS_ALL;

	for (unsigned int i = 0; i < s->nr; i++)
		knows &= s->vm[i].knows;
	return knows;
}

static bool is_wanted(const struct kxt_table *t, const struct kxt_scope *scope,
		      const struct kxt_slow *slow)
{
	const struct kvmexit_event *ev = &slow->ev;

	if (slow->seq > t->log_until || kxt_slow_service_ns(ev) < t->log_from_ns)
		return false;
	if (scope->pid && scope->pid != ev->pid)
		return false;
	return kxt_scope_vcpu(scope, ev->vcpu_id, ev->tid);
}

int kxt_table_add_slow(struct kxt_table *t, const struct kxt_summary *s,
		       const struct kxt_scope *scope)
{
	uint32_t knows = host_knows(s);
	const struct kxt_slow *slow;

	if (!t->log)
		return 0;
	if (!t->slow)
		t->slow = calloc(KXT_SLOW_LOG_MAX, sizeof(*t->slow));
	if (!t->slow || kxt_table_reserve(t, KXT_SLOW_LOG_MAX, 0))
		return -1;
	for (uint64_t back = 0; (slow = kxt_slow_log_get(t->log, back)); back++) {
		const struct kvmexit_event *ev = &slow->ev;
		struct kxt_row *r;

		if (!is_wanted(t, scope, slow))
			continue;
		t->slow[t->nr] = *slow;
		r = kxt_table_add_row(t, kxt_summary_vm(s, ev->pid), NULL, NULL);
		r->slow = &t->slow[t->nr - 1];
		r->ended = false;
		r->isa = ev->isa;
		r->knows = r->vm ? r->vm->knows : knows;
		r->key.pid = ev->pid;
		r->key.tid = ev->tid;
		r->key.vcpu_id = ev->vcpu_id;
		r->key.seq = slow->seq;
		r->key.reason = kxt_table_reason_id(t, ev->isa, ev->level, ev->code);
	}
	return 0;
}
