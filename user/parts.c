// SPDX-License-Identifier: GPL-2.0-only
/* Who had the time. */
#include "user/parts.h"

#include <stdio.h>
#include <string.h>

#include "user/stats.h"

/*
 * Shades for the three that work, little for the one that sleeps, and an alarm
 * for the one that cannot run though it wants to. Every console font has them.
 */
static const struct {
	const char *name;
	const char *block;
	const char *letter;
} part_names[KXT_PART_NR] = {
	[KXT_PART_GUEST] = { "guest", "\u2588", "g" },
	[KXT_PART_KERNEL] = { "kernel", "\u2593", "k" },
	[KXT_PART_VMM] = { "VMM", "\u2592", "v" },
	[KXT_PART_IDLE] = { "idle", "\u00b7", "i" },
	[KXT_PART_RUNQ] = { "run queue", "!", "r" },
};

const char *kxt_part_char(enum kxt_part part, bool ascii)
{
	return ascii ? part_names[part].letter : part_names[part].block;
}

const char *kxt_part_name(enum kxt_part part)
{
	return part_names[part].name;
}

void kxt_parts_make(struct kxt_parts *p, const struct kxt_entry *e, uint32_t knows)
{
	memset(p, 0, sizeof(*p));
	p->whole = e->total_ns;
	p->ns[KXT_PART_VMM] = e->vmm_ns;
	p->ns[KXT_PART_IDLE] = e->idle_ns;
	p->ns[KXT_PART_RUNQ] = e->runq_ns;
	p->known[KXT_PART_VMM] = knows & KXT_KNOWS_VMM;
	p->known[KXT_PART_IDLE] = knows & KXT_KNOWS_IDLE;
	p->known[KXT_PART_RUNQ] = knows & KXT_KNOWS_RUNQ;
	/* Without these two the rest is anything but the kernel's. */
	p->known[KXT_PART_KERNEL] = p->known[KXT_PART_VMM] && p->known[KXT_PART_IDLE];
	if (p->known[KXT_PART_KERNEL])
		p->ns[KXT_PART_KERNEL] = kxt_entry_kernel_ns(e);
}

void kxt_parts_add_guest(struct kxt_parts *p, uint64_t guest_ns)
{
	p->whole += guest_ns;
	p->ns[KXT_PART_GUEST] = guest_ns;
	p->known[KXT_PART_GUEST] = true;
}

bool kxt_parts_share(const struct kxt_parts *p, enum kxt_part part, double *share)
{
	*share = p->whole ? (double)p->ns[part] / (double)p->whole : 0;
	return p->known[part] && p->whole;
}

bool kxt_parts_bar(const struct kxt_parts *p, unsigned int cells,
		   unsigned int bar[KXT_PART_NR])
{
	uint64_t rest[KXT_PART_NR] = { 0 };
	unsigned __int128 whole = 0;
	unsigned int given = 0;

	memset(bar, 0, KXT_PART_NR * sizeof(*bar));
	for (unsigned int i = 0; i < KXT_PART_NR; i++)
		whole += p->ns[i];
	if (!p->known[KXT_PART_KERNEL] || !whole)
		return false;
	for (unsigned int i = 0; i < KXT_PART_NR; i++) {
		unsigned __int128 exact = (unsigned __int128)p->ns[i] * cells;

		bar[i] = (unsigned int)(exact / whole);
		rest[i] = (uint64_t)(exact % whole);
		given += bar[i];
	}
	for (; given < cells; given++) {
		unsigned int most = 0;

		for (unsigned int i = 1; i < KXT_PART_NR; i++)
			if (rest[i] > rest[most])
				most = i;
		bar[most]++;
		rest[most] = 0;
	}
	return true;
}

void kxt_parts_text(const struct kxt_parts *p, unsigned int cells, bool ascii, char *buf,
		    size_t len)
{
	unsigned int bar[KXT_PART_NR];
	size_t at = 0;

	if (!kxt_parts_bar(p, cells, bar)) {
		snprintf(buf, len, "-");
		return;
	}
	buf[0] = '\0';
	for (unsigned int i = 0; i < KXT_PART_NR; i++) {
		const char *c = kxt_part_char(i, ascii);
		size_t n = strlen(c);

		for (; bar[i] && at + n < len; bar[i]--) {
			memcpy(buf + at, c, n + 1);
			at += n;
		}
	}
}
