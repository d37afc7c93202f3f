// SPDX-License-Identifier: GPL-2.0-only
/* One vCPU of a frame. */
#include "user/rec/frame.h"

/* Mask of a vCPU: what is there. */
#define HAS_ENTRIES	(1U << 0) /* counters of entries that differ */
#define HAS_GUEST	(1U << 1)
#define HAS_KVM_ENTRIES	(1U << 2)
#define HAS_OPEN	(1U << 3)
#define HAS_DETAILS	(1U << 4) /* anything of the details differs */
#define HAS_LIST	(1U << 5) /* other entries than before */
#define HAS_IDENTITY	(1U << 6)
#define HAS_BACKWARDS	(1U << 7)
#define HAS_ALL		((1U << 8) - 1)

static bool same_entry(const struct kxt_entry *a, const struct kxt_entry *b)
{
	if (a->hw_flags != b->hw_flags || a->count != b->count ||
	    a->unpaired != b->unpaired || a->timed != b->timed ||
	    a->total_ns != b->total_ns || a->max_ns != b->max_ns ||
	    a->idle_ns != b->idle_ns || a->poll_ns != b->poll_ns ||
	    a->runq_ns != b->runq_ns || a->vmm_ns != b->vmm_ns ||
	    a->vmm_count != b->vmm_count)
		return false;
	for (unsigned int i = 0; i < KVMEXIT_NR_BUCKETS; i++) {
		if (a->hist[i] != b->hist[i])
			return false;
	}
	return true;
}

static bool same_list(const struct kxt_vcpu *v, const struct kxt_vcpu *was)
{
	if (v->nr != was->nr)
		return false;
	for (unsigned int i = 0; i < v->nr; i++) {
		if (v->entry[i].code != was->entry[i].code ||
		    v->entry[i].level != was->entry[i].level)
			return false;
	}
	return true;
}

static bool same_entries(const struct kxt_vcpu *v, const struct kxt_vcpu *was)
{
	for (unsigned int i = 0; i < v->nr; i++) {
		if (!same_entry(&v->entry[i], &was->entry[i]))
			return false;
	}
	return true;
}

static bool same_open(const struct kxt_open *a, const struct kxt_open *b)
{
	return a->is == b->is && a->code == b->code && a->level == b->level &&
	       a->idle_ns == b->idle_ns && a->kernel_ns == b->kernel_ns &&
	       a->vmm_ns == b->vmm_ns;
}

static bool same_detail(const struct kxt_detail *a, const struct kxt_detail *b)
{
	return a->code == b->code && a->level == b->level && a->kind == b->kind &&
	       a->rest == b->rest && a->key == b->key && a->access == b->access &&
	       a->one_in == b->one_in && a->life == b->life && a->count == b->count &&
	       a->error == b->error && a->ns == b->ns && a->error_ns == b->error_ns;
}

static bool same_details(const struct kxt_vcpu *v, const struct kxt_vcpu *was)
{
	if (v->nr_details != was->nr_details)
		return false;
	for (unsigned int i = 0; i < v->nr_details; i++) {
		if (!same_detail(&v->detail[i], &was->detail[i]))
			return false;
	}
	return true;
}

static bool same_identity(const struct kxt_vcpu *v, const struct kxt_vcpu *was)
{
	return v->pid == was->pid && v->tid == was->tid && v->id == was->id &&
	       v->isa == was->isa && v->knows == was->knows && v->ended == was->ended;
}

static uint32_t changes(const struct kxt_vcpu *v, const struct kxt_vcpu *was)
{
	bool list = !same_list(v, was);
	uint32_t mask = list ? HAS_LIST : 0;

	mask |= list || !same_entries(v, was) ? HAS_ENTRIES : 0;
	mask |= v->guest_ns != was->guest_ns ? HAS_GUEST : 0;
	mask |= v->kvm_entries != was->kvm_entries ? HAS_KVM_ENTRIES : 0;
	mask |= v->backwards != was->backwards ? HAS_BACKWARDS : 0;
	mask |= !same_open(&v->open, &was->open) ? HAS_OPEN : 0;
	mask |= !same_details(v, was) ? HAS_DETAILS : 0;
	mask |= !same_identity(v, was) ? HAS_IDENTITY : 0;
	return mask;
}

static void code_identity(struct kxt_rec_coder *c, struct kxt_vcpu *v)
{
	kxt_rec_code32(c, KXT_REC_HEAD, &v->pid);
	kxt_rec_code32(c, KXT_REC_HEAD, &v->tid);
	kxt_rec_code32(c, KXT_REC_HEAD, &v->id);
	kxt_rec_code32(c, KXT_REC_HEAD, &v->isa);
	kxt_rec_code32(c, KXT_REC_HEAD, &v->knows);
	kxt_rec_code_flag(c, KXT_REC_HEAD, &v->ended);
}

static void code_open(struct kxt_rec_coder *c, struct kxt_open *o,
		      const struct kxt_open *was)
{
	kxt_rec_code_flag(c, KXT_REC_HEAD, &o->is);
	kxt_rec_code(c, KXT_REC_HEAD, &o->code);
	kxt_rec_code32(c, KXT_REC_HEAD, &o->level);
	kxt_rec_code_diff(c, KXT_REC_TIME, &o->idle_ns, was->idle_ns);
	kxt_rec_code_diff(c, KXT_REC_TIME, &o->kernel_ns, was->kernel_ns);
	kxt_rec_code_diff(c, KXT_REC_TIME, &o->vmm_ns, was->vmm_ns);
}

static bool is_before(const struct kxt_entry *a, const struct kxt_entry *b)
{
	return a->level != b->level ? a->level < b->level : a->code < b->code;
}

static void code_list(struct kxt_rec_coder *c, struct kxt_vcpu *v)
{
	for (unsigned int i = 0; i < v->nr && !c->bad; i++) {
		struct kxt_entry *e = &v->entry[i];

		kxt_rec_code32(c, KXT_REC_HEAD, &e->level);
		kxt_rec_code(c, KXT_REC_HEAD, &e->code);
		if (i && is_before(e, e - 1))
			c->bad = true;
	}
}

/* As it was; the list, if that is another one, comes on top. */
static void copy_list(struct kxt_vcpu *v, const struct kxt_vcpu *was)
{
	for (unsigned int i = 0; i < v->nr; i++) {
		v->entry[i].level = was->entry[i].level;
		v->entry[i].code = was->entry[i].code;
	}
}

/* Both are sorted; of entries that are alike each has one of its own, or none. */
static const struct kxt_entry *find(const struct kxt_vcpu *was, unsigned int *at,
				    const struct kxt_entry *like)
{
	static const struct kxt_entry nothing;

	while (*at < was->nr && is_before(&was->entry[*at], like))
		++*at;
	return *at < was->nr && !is_before(like, &was->entry[*at]) ?
	       &was->entry[(*at)++] : &nothing;
}

static void code_entries(struct kxt_rec_coder *c, struct kxt_vcpu *v,
			 const struct kxt_vcpu *was)
{
	unsigned int at = 0;

	for (unsigned int i = 0; i < v->nr && !c->bad; i++)
		kxt_rec_entry_code(c, &v->entry[i], find(was, &at, &v->entry[i]));
}

/* The same without a byte: reading only. */
static void copy_entries(struct kxt_vcpu *v, const struct kxt_vcpu *was)
{
	for (unsigned int i = 0; i < v->nr; i++)
		v->entry[i] = was->entry[i];
}

/* What of a vCPU is there before its entries have room. NULL: bad. */
static struct kxt_vcpu *begin(struct kxt_rec_coder *c, struct kxt_snapshot *s,
			      unsigned int at, const struct kxt_vcpu *was, uint32_t *mask)
{
	unsigned int nr;

	*mask = c->writing ? changes(&s->vcpu[at], was) : 0;
	kxt_rec_code32(c, KXT_REC_MASK, mask);
	if (*mask & ~HAS_ALL || ((*mask & HAS_LIST) && !(*mask & HAS_ENTRIES)))
		c->bad = true;
	nr = c->writing ? s->vcpu[at].nr : was->nr;
	if (*mask & HAS_LIST)
		kxt_rec_code_nr(c, KXT_REC_HEAD, &nr, KVMEXIT_MAX_ENTRIES);
	kxt_rec_coder_units(c, 1 + nr);
	if (c->bad)
		return NULL;
	if (c->writing)
		return &s->vcpu[at];
	return kxt_snapshot_add(s, nr);
}

/* What did not change; reading only. */
static void copy_head(struct kxt_vcpu *v, const struct kxt_vcpu *was)
{
	v->pid = was->pid;
	v->tid = was->tid;
	v->id = was->id;
	v->isa = was->isa;
	v->knows = was->knows;
	v->ended = was->ended;
	v->guest_ns = was->guest_ns;
	v->kvm_entries = was->kvm_entries;
	v->backwards = was->backwards;
	v->open = was->open;
}

int kxt_rec_vcpu_code(struct kxt_rec_coder *c, struct kxt_snapshot *s, unsigned int at,
		      uint64_t key, const struct kxt_vcpu *was)
{
	uint32_t mask;
	struct kxt_vcpu *v = begin(c, s, at, was, &mask);

	if (!v)
		return -1;
	if (!c->writing) {
		v->key = key;
		copy_head(v, was);
	}
	if (mask & HAS_IDENTITY)
		code_identity(c, v);
	if (mask & HAS_GUEST)
		kxt_rec_code_diff(c, KXT_REC_TIME, &v->guest_ns, was->guest_ns);
	if (mask & HAS_KVM_ENTRIES)
		kxt_rec_code_diff(c, KXT_REC_COUNT, &v->kvm_entries, was->kvm_entries);
	if (mask & HAS_BACKWARDS)
		kxt_rec_code_up(c, KXT_REC_COUNT, &v->backwards, was->backwards);
	if (mask & HAS_OPEN)
		code_open(c, &v->open, &was->open);
	if (mask & HAS_LIST)
		code_list(c, v);
	else if (!c->writing)
		copy_list(v, was);
	if (mask & HAS_ENTRIES)
		code_entries(c, v, was);
	else if (!c->writing)
		copy_entries(v, was);
	if (mask & HAS_DETAILS)
		return kxt_rec_details_code(c, v, was);
	if (!c->writing && kxt_rec_details_copy(c, v, was))
		return -1;
	return c->bad ? -1 : 0;
}
