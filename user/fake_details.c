// SPDX-License-Identifier: GPL-2.0-only
/* What is behind the exits of a made-up host. */
#include "user/detail_list.h"
#include "user/fake.h"

#define READ		KVMEXIT_ACCESS_READ
#define WRITE		KVMEXIT_ACCESS_WRITE
#define FETCH		KVMEXIT_ACCESS_FETCH
#define PRESENT		KVMEXIT_ACCESS_PRESENT

#define MAX_KEYS	6
/* How long the key that comes and goes keeps its place; it came in second 1. */
#define STAY_NS		(5 * FAKE_SEC)
#define CAME_NS		FAKE_SEC

/**
 * struct fake_key - one key of a sketch
 * @key: as in struct kxt_detail
 * @access: as there
 * @weight: share of the sketch's exits, in 1/1000; 0 ends the list
 * @comes: it has to make room for the key one above it, and comes back
 */
struct fake_key {
	uint64_t key;
	uint32_t access;
	uint32_t weight;
	bool     comes;
};

/**
 * struct fake_sketch - what is behind the reasons of a class
 * @class: class; KXT_CLASS_NR: of any
 * @isa: only there; KVMEXIT_ISA_UNKNOWN: everywhere
 * @code: only this reason; 0: all of the class
 * @kind: of the keys
 * @of: share of the exits that have such a key, in 1/1000
 * @one_in: as in struct kxt_detail
 * @key: the keys
 */
struct fake_sketch {
	enum kxt_class class;
	uint32_t isa;
	uint64_t code;
	uint32_t kind;
	uint32_t of;
	uint32_t one_in;
	struct fake_key key[MAX_KEYS];
};

static const struct fake_sketch sketches[] = {
	{ KXT_CLASS_IO, 0, 0, KVMEXIT_KIND_PORT, 1000, 1, {
		{ 0x1f7, READ, 420, false }, { 0x3f8, WRITE, 300, false },
		{ 0x3fd, READ, 150, false }, { 0xcf8, WRITE, 60, false },
		{ 0xcfc, READ, 30, false }, { 0x70, WRITE, 25, true } } },
	{ KXT_CLASS_MSR, KVMEXIT_ISA_VMX, 31, KVMEXIT_KIND_MSR, 1000, 1, {
		{ 0x1b, READ, 500, false }, { 0x10, READ, 400, false },
		{ 0x3b, READ, 50, true } } },
	{ KXT_CLASS_MSR, KVMEXIT_ISA_VMX, 32, KVMEXIT_KIND_MSR, 1000, 1, {
		{ 0x6e0, WRITE, 640, false }, { 0x830, WRITE, 250, false },
		{ 0x80b, WRITE, 60, false }, { 0x48, WRITE, 20, true } } },
	{ KXT_CLASS_MSR, KVMEXIT_ISA_SVM, 0, KVMEXIT_KIND_MSR, 1000, 1, {
		{ 0x6e0, WRITE, 600, false }, { 0x830, WRITE, 250, false },
		{ 0x1b, READ, 80, false }, { 0xc0010015, READ, 30, false },
		{ 0xc0000102, WRITE, 20, true } } },
	{ KXT_CLASS_CPUID, 0, 0, KVMEXIT_KIND_CPUID, 1000, 1, {
		{ 0x1, 0, 350, false }, { 0xd, 0, 300, false },
		{ 0x7, 0, 150, false }, { 0x40000001, 0, 100, false },
		{ 0x80000007, 0, 40, true } } },
	{ KXT_CLASS_HYPERCALL, 0, 0, KVMEXIT_KIND_HYPERCALL, 1000, 1, {
		{ 5, 0, 600, false }, { 10, 0, 300, false }, { 11, 0, 60, false } } },
	{ KXT_CLASS_PAGE_FAULT, 0, 0, KVMEXIT_KIND_GPA, 900, 1, {
		{ 0x7f3a2000, WRITE, 300, false }, { 0x7f3a3000, READ, 250, false },
		{ 0x1c40000, WRITE | PRESENT, 200, false },
		{ 0x1000000, FETCH, 100, false }, { 0x3fe41000, WRITE, 50, true } } },
	{ KXT_CLASS_PAGE_FAULT, KVMEXIT_ISA_SVM, 0x400, KVMEXIT_KIND_MMIO, 100, 1, {
		{ 0xfebd1000, WRITE, 900, false }, { 0xfebd1014, READ, 100, false } } },
	{ KXT_CLASS_MMIO, 0, 0, KVMEXIT_KIND_MMIO, 1000, 1, {
		{ 0xfebd2004, WRITE, 500, false }, { 0xfed000f0, READ, 300, false },
		{ 0xfee000b0, WRITE, 150, false }, { 0xfebd1014, READ, 30, true } } },
	{ KXT_CLASS_NR, 0, 0, KVMEXIT_KIND_RIP, 1000, 16, {
		{ 0xffffffff81a0b3c4, 0, 400, false },
		{ 0xffffffff8106d2f8, 0, 250, false },
		{ 0x7f12a9c4e01b, 0, 100, false },
		{ 0xffffffffc04510aa, 0, 60, true } } },
};

#define NR_SKETCHES	(sizeof(sketches) / sizeof(sketches[0]))

static bool is_behind(const struct fake_sketch *s, uint32_t isa, uint64_t code)
{
	return (s->class == KXT_CLASS_NR || s->class == kxt_reason_class(isa, code)) &&
	       (!s->isa || s->isa == isa) && (!s->code || s->code == code);
}

/**
 * struct behind - one sketch of one reason of a vCPU
 * @f: host
 * @l: vCPU
 * @r: reason
 * @s: sketch
 * @ns: service time that one exit is taken for
 */
struct behind {
	const struct fake *f;
	const struct fake_life *l;
	const struct fake_reason *r;
	const struct fake_sketch *s;
	uint64_t ns;
};

/* Exits in the sketch that were made since details are collected until @now. */
static uint64_t collected(const struct behind *b, uint64_t now)
{
	uint64_t before = kxt_fake_count(b->l, b->r, b->f->details_at);
	uint64_t count = kxt_fake_count(b->l, b->r, now);

	count = count > before ? count - before : 0;
	return kxt_fake_share(count, b->s->of, 1000) / b->s->one_in;
}

static struct kxt_detail new_row(const struct behind *b, uint64_t count)
{
	return (struct kxt_detail) {
		.code = b->r->code,
		.level = kxt_fake_level(b->f, b->l, b->r),
		.kind = b->s->kind,
		.one_in = b->s->one_in,
		.count = count,
		.ns = count * b->ns,
	};
}

/*
 * How many of @times exits have a key of so much weight, when those before it have
 * @from of 1000. Drawn in rounds of 1000 in a fixed order, as their latencies are:
 * so no count shrinks, and all together are never more than @times.
 */
static uint64_t drawn(uint64_t times, uint32_t from, uint32_t weight)
{
	uint64_t count = times / 1000 * weight;

	for (unsigned int i = 0; i < times % 1000; i++) {
		uint32_t rank = i * 617 % 1000;

		count += rank >= from && rank < from + weight;
	}
	return count;
}

static struct kxt_detail make_key(const struct behind *b, const struct fake_key *key,
				  uint32_t from)
{
	uint64_t stays = key->comes ? (b->f->now + STAY_NS - CAME_NS) / STAY_NS : 0;
	uint64_t before = collected(b, stays ? (stays - 1) * STAY_NS + CAME_NS : 0);
	struct kxt_detail d = new_row(b, drawn(collected(b, b->f->now), from, key->weight) -
					 drawn(before, from, key->weight));

	d.key = key->key + stays % 2;
	d.access = key->access;
	d.error = kxt_fake_share(before, key->weight, 4000);
	d.error_ns = d.error * b->ns;
	d.life = (stays + 1) << 32 | (uint32_t)(key - b->s->key);
	return d;
}

static void add_sketch(struct kxt_vcpu *v, const struct behind *b)
{
	struct kxt_detail d = new_row(b, collected(b, b->f->now));
	uint32_t from = 0;

	if (!d.count)
		return;
	d.rest = true;
	v->detail[v->nr_details++] = d;
	for (unsigned int i = 0; i < MAX_KEYS && b->s->key[i].weight; i++) {
		d = make_key(b, &b->s->key[i], from);
		from += b->s->key[i].weight;
		if (d.count)
			v->detail[v->nr_details++] = d;
	}
}

int kxt_fake_details(struct kxt_vcpu *v, const struct fake *f, const struct fake_life *l)
{
	/* No reason has more than two kinds and its instruction pointers. */
	if (kxt_details_room(v, l->nr_reasons * 3 * (MAX_KEYS + 1)))
		return -1;
	for (unsigned int i = 0; i < l->nr_reasons; i++) {
		const struct fake_reason *r = &l->reason[i];
		struct fake_exit e = kxt_fake_exit(f->knows,
						   kxt_reason_class(l->isa, r->code),
						   r, 500);

		for (unsigned int s = 0; s < NR_SKETCHES; s++) {
			struct behind b = { f, l, r, &sketches[s],
					    e.total_ns - e.idle_ns };

			if (is_behind(b.s, l->isa, r->code))
				add_sketch(v, &b);
		}
	}
	return 0;
}

uint64_t kxt_fake_key(uint32_t isa, uint64_t code, struct kvmexit_event *e)
{
	for (unsigned int i = 0; i < NR_SKETCHES; i++) {
		if (sketches[i].class != KXT_CLASS_NR &&
		    is_behind(&sketches[i], isa, code)) {
			e->kind = sketches[i].kind;
			e->key = sketches[i].key[0].key;
			e->access = sketches[i].key[0].access;
			break;
		}
	}
	return sketches[NR_SKETCHES - 1].key[0].key;
}
