// SPDX-License-Identifier: GPL-2.0-only
/* One frame of a recording. */
#include "user/rec/frame.h"

#include <stdlib.h>
#include <string.h>

/* What a snapshot says beside its numbers. */
#define FLAG_KVM	(1U << 0)
#define FLAG_DETAILS	(1U << 1)
#define FLAG_DELTA	(1U << 2)
#define FLAG_KEYS	(1U << 3) /* other vCPUs than before */
#define FLAG_ALL	((1U << 4) - 1)

void kxt_rec_frame_free(struct kxt_rec_frame *f)
{
	kxt_snapshot_free(&f->s);
	free(f->name);
	free(f->slow);
	memset(f, 0, sizeof(*f));
}

static bool same_keys(const struct kxt_snapshot *s, const struct kxt_snapshot *was)
{
	if (s->nr != was->nr)
		return false;
	for (unsigned int i = 0; i < s->nr; i++) {
		if (s->vcpu[i].key != was->vcpu[i].key)
			return false;
	}
	return true;
}

static uint32_t code_flags(struct kxt_rec_coder *c, struct kxt_snapshot *s,
			   const struct kxt_snapshot *was)
{
	uint32_t flags = 0;

	if (c->writing) {
		flags |= s->kvm_present ? FLAG_KVM : 0;
		flags |= s->details ? FLAG_DETAILS : 0;
		flags |= s->delta ? FLAG_DELTA : 0;
		flags |= !same_keys(s, was) ? FLAG_KEYS : 0;
	}
	kxt_rec_code32(c, KXT_REC_HEAD, &flags);
	if (flags & ~FLAG_ALL)
		c->bad = true;
	s->kvm_present = flags & FLAG_KVM;
	s->details = flags & FLAG_DETAILS;
	s->delta = flags & FLAG_DELTA;
	return flags;
}

static void code_head(struct kxt_rec_coder *c, struct kxt_snapshot *s,
		      const struct kxt_snapshot *was)
{
	kxt_rec_code_diff(c, KXT_REC_HEAD, &s->start_ns, was->start_ns);
	kxt_rec_code_diff(c, KXT_REC_HEAD, &s->lost.exits, was->lost.exits);
	kxt_rec_code_diff(c, KXT_REC_HEAD, &s->lost.slots, was->lost.slots);
	kxt_rec_code_diff(c, KXT_REC_HEAD, &s->lost.events, was->lost.events);
	kxt_rec_code_diff(c, KXT_REC_HEAD, &s->cost.samples, was->cost.samples);
	kxt_rec_code_diff(c, KXT_REC_HEAD, &s->cost.ns, was->cost.ns);
	kxt_rec_code_diff(c, KXT_REC_HEAD, &s->memory, was->memory);
}

/* Room for what is to be read, which is never more than there are bytes. */
static void *room(struct kxt_rec_coder *c, unsigned int nr, size_t size)
{
	void *p = nr ? calloc(nr, size) : NULL;

	if (nr && !p)
		c->bad = true;
	return p;
}

static void code_names(struct kxt_rec_coder *c, struct kxt_rec_frame *f)
{
	unsigned int nr = f->nr_names;

	kxt_rec_code_nr(c, KXT_REC_HEAD, &nr, UINT32_MAX);
	if (!c->writing)
		f->name = room(c, nr, sizeof(*f->name));
	kxt_rec_coder_units(c, nr);
	if (c->bad)
		return;
	f->nr_names = nr;
	for (unsigned int i = 0; i < nr && !c->bad; i++) {
		kxt_rec_code32(c, KXT_REC_HEAD, &f->name[i].pid);
		kxt_rec_code_string(c, KXT_REC_HEAD, f->name[i].name,
				    sizeof(f->name[i].name));
	}
}

static void code_byte(struct kxt_rec_coder *c, uint8_t *v)
{
	uint32_t value = *v;

	kxt_rec_code32(c, KXT_REC_HEAD, &value);
	if (value > UINT8_MAX)
		c->bad = true;
	*v = (uint8_t)value;
}

/* The kernel's types are those of the compiler's, not of stdint.h. */
static void code_u64(struct kxt_rec_coder *c, __u64 *v)
{
	uint64_t value = *v;

	kxt_rec_code(c, KXT_REC_HEAD, &value);
	*v = value;
}

static void code_event(struct kxt_rec_coder *c, struct kvmexit_event *e, uint64_t now_ns)
{
	uint64_t time_ns = e->time_ns;

	kxt_rec_code_diff(c, KXT_REC_HEAD, &time_ns, now_ns);
	e->time_ns = time_ns;
	kxt_rec_code32(c, KXT_REC_HEAD, &e->cpu);
	kxt_rec_code32(c, KXT_REC_HEAD, &e->slot);
	kxt_rec_code32(c, KXT_REC_HEAD, &e->generation);
	kxt_rec_code32(c, KXT_REC_HEAD, &e->pid);
	kxt_rec_code32(c, KXT_REC_HEAD, &e->tid);
	kxt_rec_code32(c, KXT_REC_HEAD, &e->vcpu_id);
	code_byte(c, &e->isa);
	code_byte(c, &e->level);
	code_u64(c, &e->code);
	code_u64(c, &e->total_ns);
	code_u64(c, &e->idle_ns);
	code_u64(c, &e->runq_ns);
	code_u64(c, &e->vmm_ns);
	code_u64(c, &e->rip);
	code_u64(c, &e->info1);
	code_u64(c, &e->info2);
	code_u64(c, &e->key);
	kxt_rec_code32(c, KXT_REC_HEAD, &e->kind);
	kxt_rec_code32(c, KXT_REC_HEAD, &e->access);
	e->type = KVMEXIT_EVENT_SLOW;
}

static void code_slow(struct kxt_rec_coder *c, struct kxt_rec_frame *f)
{
	unsigned int nr = f->nr_slow;

	kxt_rec_code(c, KXT_REC_HEAD, &f->slow_lost);
	kxt_rec_code_nr(c, KXT_REC_HEAD, &nr, KXT_REC_SLOW_FRAME);
	if (!c->writing)
		f->slow = room(c, nr, sizeof(*f->slow));
	kxt_rec_coder_units(c, nr);
	if (c->bad)
		return;
	f->nr_slow = nr;
	for (unsigned int i = 0; i < nr && !c->bad; i++)
		code_event(c, &f->slow[i], f->s.now_ns);
}

/* Keys of the vCPUs of a frame. NULL: bad, or no vCPU. */
static uint64_t *code_keys(struct kxt_rec_coder *c, const struct kxt_snapshot *s,
			   unsigned int *nr)
{
	uint64_t *key, last = 0;

	*nr = s->nr;
	kxt_rec_code_nr(c, KXT_REC_HEAD, nr, KXT_REC_ENTRIES_MAX);
	key = room(c, *nr, sizeof(*key));
	for (unsigned int i = 0; i < *nr && !c->bad; i++) {
		key[i] = c->writing ? s->vcpu[i].key : 0;
		kxt_rec_code_up(c, KXT_REC_HEAD, &key[i], last);
		if (i && key[i] <= last)
			c->bad = true;
		last = key[i];
	}
	return key;
}

/* The same keys as before. */
static uint64_t *copy_keys(struct kxt_rec_coder *c, const struct kxt_snapshot *was,
			   unsigned int *nr)
{
	uint64_t *key = room(c, was->nr, sizeof(*key));

	*nr = c->bad ? 0 : was->nr;
	for (unsigned int i = 0; i < *nr; i++)
		key[i] = was->vcpu[i].key;
	return key;
}

static void code_vcpus(struct kxt_rec_coder *c, struct kxt_snapshot *s,
		       const struct kxt_snapshot *was, bool new_keys)
{
	static const struct kxt_vcpu nothing;
	unsigned int nr, at = 0, entries = 0, details = 0;
	uint64_t *key = new_keys ? code_keys(c, s, &nr) : copy_keys(c, was, &nr);

	for (unsigned int i = 0; i < nr && !c->bad; i++) {
		const struct kxt_vcpu *old = &nothing;

		while (at < was->nr && was->vcpu[at].key < key[i])
			at++;
		if (at < was->nr && was->vcpu[at].key == key[i])
			old = &was->vcpu[at];
		if (kxt_rec_vcpu_code(c, s, i, key[i], old)) {
			c->bad = true;
			break;
		}
		entries += s->vcpu[i].nr;
		details += s->vcpu[i].nr_details;
		if (entries > KXT_REC_ENTRIES_MAX || details > KXT_REC_DETAILS_MAX)
			c->bad = true;
	}
	free(key);
}

int kxt_rec_frame_code(struct kxt_rec_coder *c, struct kxt_rec_frame *f,
		       const struct kxt_snapshot *was)
{
	uint32_t flags;

	c->frame_units = 0;
	flags = code_flags(c, &f->s, was);
	code_head(c, &f->s, was);
	code_names(c, f);
	code_slow(c, f);
	code_vcpus(c, &f->s, was, flags & FLAG_KEYS);
	return c->bad ? -1 : 0;
}
