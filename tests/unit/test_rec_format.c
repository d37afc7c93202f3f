// SPDX-License-Identifier: GPL-2.0-only
/* What is recorded comes back, bit for bit; and how much room it takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "tests/unit/rec_made.h"

#define NR_FRAMES	150
/* Two whole blocks. */
#define LIKELY_FRAMES	22

static void check_detail(const struct kxt_detail *a, const struct kxt_detail *b)
{
	assert_int_equal(a->code, b->code);
	assert_int_equal(a->level, b->level);
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->rest, b->rest);
	assert_int_equal(a->key, b->key);
	assert_int_equal(a->access, b->access);
	assert_int_equal(a->one_in, b->one_in);
	assert_int_equal(a->count, b->count);
	assert_int_equal(a->error, b->error);
	assert_int_equal(a->ns, b->ns);
	assert_int_equal(a->error_ns, b->error_ns);
	assert_int_equal(a->life, b->life);
}

static void check_vcpu(const struct kxt_vcpu *a, const struct kxt_vcpu *b)
{
	assert_int_equal(a->key, b->key);
	assert_int_equal(a->pid, b->pid);
	assert_int_equal(a->tid, b->tid);
	assert_int_equal(a->id, b->id);
	assert_int_equal(a->isa, b->isa);
	assert_int_equal(a->ended, b->ended);
	assert_int_equal(a->knows, b->knows);
	assert_int_equal(a->guest_ns, b->guest_ns);
	assert_int_equal(a->kvm_entries, b->kvm_entries);
	assert_int_equal(a->backwards, b->backwards);
	assert_int_equal(a->open.is, b->open.is);
	assert_int_equal(a->open.code, b->open.code);
	assert_int_equal(a->open.level, b->open.level);
	assert_int_equal(a->open.idle_ns, b->open.idle_ns);
	assert_int_equal(a->open.kernel_ns, b->open.kernel_ns);
	assert_int_equal(a->open.vmm_ns, b->open.vmm_ns);
	assert_int_equal(a->nr, b->nr);
	/* No padding in it. */
	if (a->nr)
		assert_memory_equal(a->entry, b->entry, a->nr * sizeof(*a->entry));
	assert_int_equal(a->nr_details, b->nr_details);
	for (unsigned int i = 0; i < a->nr_details; i++)
		check_detail(&a->detail[i], &b->detail[i]);
}

static void check_snapshot(const struct kxt_snapshot *a, const struct kxt_snapshot *b)
{
	assert_int_equal(a->now_ns, b->now_ns);
	assert_int_equal(a->start_ns, b->start_ns);
	assert_int_equal(a->delta, b->delta);
	assert_int_equal(a->kvm_present, b->kvm_present);
	assert_int_equal(a->details, b->details);
	assert_memory_equal(&a->lost, &b->lost, sizeof(a->lost));
	assert_memory_equal(&a->cost, &b->cost, sizeof(a->cost));
	assert_int_equal(a->memory, b->memory);
	assert_int_equal(a->nr, b->nr);
	for (unsigned int i = 0; i < a->nr; i++)
		check_vcpu(&a->vcpu[i], &b->vcpu[i]);
}

static void copy(struct kxt_snapshot *to, const struct kxt_snapshot *from)
{
	struct kxt_err err;

	kxt_snapshot_init(to);
	assert_int_equal(kxt_snapshot_copy(to, from, &err), 0);
	to->memory = from->memory;
}

/**
 * struct random_recording - what was recorded, and the recording
 * @s: all snapshots
 * @slow: slow exits of each
 * @nr_slow: how many
 * @names: what VMs are called at the end
 * @made: the file
 */
struct random_recording {
	struct kxt_snapshot s[NR_FRAMES];
	struct kvmexit_event slow[NR_FRAMES][4];
	unsigned int nr_slow[NR_FRAMES];
	struct kxt_vm_names *names;
	struct made *made;
};

static void add_frame(struct kxt_rec_writer *w, struct random_recording *x, unsigned int i)
{
	struct kxt_snapshot s;
	struct kxt_rec_input in = {
		.s = &s, .names = x->names, .slow = x->slow[i], .nr_slow = x->nr_slow[i],
		.slow_lost = i };
	struct kxt_err err;

	copy(&s, &x->s[i]);
	assert_int_equal(kxt_rec_writer_frame(w, &in, &err), 0);
	assert_int_equal(s.nr, 0);
}

static void make_random(struct random_recording *x, uint64_t seed)
{
	struct kxt_recording_host host = made_host();
	struct kxt_rec_sink sink = { .write = made_write };
	struct kxt_rec_writer *w;
	struct kxt_snapshot now;
	struct kxt_err err;
	char name[32];

	x->made = calloc(1, sizeof(*x->made));
	x->names = kxt_vm_names_new(NULL);
	sink.arg = x->made;
	assert_int_equal(kxt_rec_writer_new(&w, &host, &sink, &err), 0);
	kxt_snapshot_init(&now);
	for (unsigned int i = 0; i < NR_FRAMES; i++) {
		change_snapshot(&seed, &now);
		copy(&x->s[i], &now);
		x->nr_slow[i] = (unsigned int)below(&seed, 5);
		for (unsigned int j = 0; j < x->nr_slow[i]; j++)
			x->slow[i][j] = random_event(&seed, now.now_ns);
		snprintf(name, sizeof(name), "vm of frame %u", i);
		kxt_vm_names_set(x->names, (uint32_t)below(&seed, 40), name);
		add_frame(w, x, i);
	}
	kxt_snapshot_free(&now);
	assert_int_equal(kxt_rec_writer_end(w, &err), 0);
	assert_int_equal(kxt_rec_writer_written(w).frames, NR_FRAMES);
	assert_int_equal(kxt_rec_writer_written(w).bytes, x->made->b.len);
	kxt_rec_writer_free(w);
}

static void free_random(struct random_recording *x)
{
	for (unsigned int i = 0; i < NR_FRAMES; i++)
		kxt_snapshot_free(&x->s[i]);
	kxt_vm_names_free(x->names);
	made_free(x->made);
	free(x);
}

static void check_frame(struct kxt_recording *r, const struct random_recording *x,
			unsigned int i)
{
	struct kxt_snapshot s;
	struct kxt_err err;

	kxt_snapshot_init(&s);
	assert_int_equal(kxt_recording_frame(r, i, &s, &err), 0);
	check_snapshot(&s, &x->s[i]);
	kxt_snapshot_free(&s);
}

static void test_random(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 3; seed++) {
		struct random_recording *x = calloc(1, sizeof(*x));
		uint64_t order = seed;
		struct kxt_recording *r;
		struct kxt_err err;

		make_random(x, seed);
		assert_int_equal(kxt_recording_open_buffer(&r, x->made->b.data,
							   x->made->b.len, &err), 0);
		assert_null(kxt_recording_trouble(r));
		assert_int_equal(kxt_recording_frames(r), NR_FRAMES);
		for (unsigned int i = 0; i < NR_FRAMES; i++) {
			assert_int_equal(kxt_recording_time(r, i), x->s[i].now_ns);
			check_frame(r, x, i);
		}
		/* The names, at the end, of those that the last block has. */
		for (unsigned int i = 0; i < x->s[NR_FRAMES - 1].nr; i++) {
			uint32_t pid = x->s[NR_FRAMES - 1].vcpu[i].pid;

			assert_string_equal(kxt_vm_names_get(kxt_recording_names(r), pid),
					    kxt_vm_names_get(x->names, pid));
		}
		for (unsigned int i = 0; i < 100; i++)
			check_frame(r, x, (unsigned int)below(&order, NR_FRAMES));
		kxt_recording_close(r);
		free_random(x);
	}
}

/**
 * struct expected - the slow exits that are to come
 * @x: all of them
 * @frame: where the next one is
 * @at: number in the frame
 * @seen: how many came
 */
struct expected {
	const struct random_recording *x;
	unsigned int frame, at, seen;
};

static int check_slow(void *arg, const struct kxt_slow *slow)
{
	struct expected *e = arg;

	while (e->at == e->x->nr_slow[e->frame]) {
		e->frame++;
		e->at = 0;
	}
	assert_memory_equal(&slow->ev, &e->x->slow[e->frame][e->at], sizeof(slow->ev));
	assert_int_equal(slow->wall_ns, slow->ev.time_ns - 6);
	e->at++;
	assert_int_equal(slow->seq, ++e->seen);
	return e->seen == 240 ? 7 : 0;
}

static void test_random_slow(void **state)
{
	struct random_recording *x = calloc(1, sizeof(*x));
	struct expected e = { .x = x, .frame = 1 };
	unsigned int nr = 0;
	struct kxt_recording *r;
	struct kxt_err err;
	uint64_t lost;

	(void)state;
	make_random(x, 77);
	assert_int_equal(kxt_recording_open_buffer(&r, x->made->b.data, x->made->b.len,
						   &err), 0);
	for (unsigned int i = 1; i <= 100; i++)
		nr += x->nr_slow[i];
	assert_int_equal(kxt_recording_slow(r, 0, 100, check_slow, &e, &lost, &err), 0);
	assert_int_equal(e.seen, nr);
	assert_int_equal(lost, 100 * 101 / 2);
	e = (struct expected){ .x = x, .frame = 11 };
	assert_int_equal(kxt_recording_slow(r, 10, NR_FRAMES - 1, check_slow, &e, NULL,
					    &err), 7);
	e = (struct expected){ .x = x, .frame = 11 };
	assert_int_equal(kxt_recording_slow(r, 10, 10, check_slow, &e, &lost, &err), 0);
	assert_int_equal(e.seen, 0);
	assert_int_equal(lost, 0);
	kxt_recording_close(r);
	free_random(x);
}

static void test_host(void **state)
{
	struct kxt_recording_host host = made_host();
	struct random_recording *x = calloc(1, sizeof(*x));
	struct kxt_recording *r;
	struct kxt_err err;

	(void)state;
	make_random(x, 3);
	assert_int_equal(kxt_recording_open_buffer(&r, x->made->b.data, x->made->b.len,
						   &err), 0);
	/* Both were zeroed before, padding included. */
	assert_memory_equal(kxt_recording_host(r), &host, sizeof(host));
	kxt_recording_close(r);
	free_random(x);
}

/* The goal that the help and the man page state. */
static void test_size(void **state)
{
	struct kxt_recording_host host = made_host();
	struct made *made = calloc(1, sizeof(*made));
	struct kxt_rec_sink sink = { .write = made_write, .arg = made };
	struct kxt_vm_names *names = kxt_vm_names_new(NULL);
	struct kxt_rec_writer *w;
	struct kxt_snapshot now, s;
	struct kxt_rec_input in = { .s = &s, .names = names };
	struct kxt_err err;
	uint64_t seed = 42, begin;

	(void)state;
	likely_host(&now, 10, 4);
	assert_int_equal(kxt_rec_writer_new(&w, &host, &sink, &err), 0);
	/* It has been on for a while: counters are large. */
	for (unsigned int i = 0; i < 5; i++)
		likely_snapshot(&seed, &now);
	begin = kxt_rec_writer_written(w).bytes;
	for (unsigned int i = 0; i < LIKELY_FRAMES; i++) {
		likely_snapshot(&seed, &now);
		copy(&s, &now);
		assert_int_equal(kxt_rec_writer_frame(w, &in, &err), 0);
	}
	assert_int_equal(kxt_rec_writer_end(w, &err), 0);
	print_message("10 VMs, 40 vCPUs, %u reasons, 1 s: %zu bytes a minute\n", NR_LIKELY,
		      (size_t)(kxt_rec_writer_written(w).bytes - begin) * 60 / LIKELY_FRAMES);
	assert_true((kxt_rec_writer_written(w).bytes - begin) * 60 / LIKELY_FRAMES < 1000000);
	kxt_rec_writer_free(w);
	kxt_snapshot_free(&now);
	kxt_vm_names_free(names);
	made_free(made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_random_slow),
		cmocka_unit_test(test_host),
		cmocka_unit_test(test_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
