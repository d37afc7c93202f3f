// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "user/bpf_slots.h"
#include "user/bpf_wire.h"

/* At least so many slots are ready; and as many as the host has CPUs. */
#define STOCK_MIN	KXT_BPF_CHUNK
#define STOCK_MAX	256

#define SEC		1000000000ULL
/* How long an exit that was in a program may take to get out of it. */
#define GRACE_NS	20000000
/* How often threads are looked for. */
#define REAP_NS		(10 * SEC)

#define LOAD(p)		__atomic_load_n(&(p), __ATOMIC_ACQUIRE)
#define STORE(p, v)	__atomic_store_n(&(p), v, __ATOMIC_RELEASE)

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * SEC + ts.tv_nsec;
}

static struct kxt_bpf_slot *slot_at(const struct kxt_bpf_slots *s, uint32_t number)
{
	return &s->chunk[number / KXT_BPF_CHUNK].slot[number % KXT_BPF_CHUNK];
}

/* What kvm_entry and kvm_exit find in a slot that is nobody's; see module/slot.c. */
static void clear_slot(struct kxt_bpf_slots *s, uint32_t number)
{
	struct kxt_bpf_chunk *chunk = &s->chunk[number / KXT_BPF_CHUNK];
	struct kxt_bpf_slot *slot = slot_at(s, number);
	uint32_t generation = slot->h.generation + 1;
	uint32_t i = number % KXT_BPF_CHUNK;

	/* Readers first: whatever they read from now on does not count. */
	STORE(slot->h.state, KVMEXIT_SLOT_FREE);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	memset(&slot->p, 0, sizeof(slot->p));
	memset(&slot->h, 0, sizeof(slot->h));
	memset(slot->entry, 0, sizeof(slot->entry));
	if (chunk->more)
		memset(&chunk->more[i], 0, sizeof(chunk->more[i]));
	for (unsigned int p = 0; p < chunk->pieces; p++)
		memset(&chunk->piece[p][i], 0, sizeof(chunk->piece[p][i]));
	STORE(slot->h.generation, generation);
	slot->p.number = number;
	slot->p.calm = KXT_BPF_NOT_CALM;
	memset(slot->p.index, KXT_BPF_NO_ENTRY, sizeof(slot->p.index));
	slot->p.odd = KXT_BPF_ODD_GAP;
	slot->entry[KXT_BPF_ENTRY_OTHER].code = KVMEXIT_CODE_OTHER;
	slot->entry[KXT_BPF_ENTRY_SIGNAL].code = KVMEXIT_CODE_SIGNAL;
	slot->h.nr_entries = KXT_BPF_ENTRY_FIRST;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static uint64_t in_stock(const struct kxt_bpf_slots *s)
{
	return s->pushed - LOAD(s->load->control->taken);
}

static void push(struct kxt_bpf_slots *s, uint32_t number)
{
	if (bpf_map_update_elem(s->load->maps.ready, NULL, &number, BPF_ANY) == 0)
		s->pushed++;
}

static int refuse(const char *what, struct kxt_err *err)
{
	return kxt_err_set(err, KXT_EXIT_RUNTIME, "cannot get memory for %s of vCPUs: %s",
			   what, strerror(errno));
}

/**
 * struct kind - a kind of map that programs are given
 * @kind: enum kxt_bpf_kind
 * @what: its name, for messages
 * @value_size: bytes of each of its KXT_BPF_CHUNK values
 */
struct kind {
	uint32_t kind;
	const char *what;
	uint32_t value_size;
};

static const struct kind chunk_kind = {
	KXT_BPF_KIND_CHUNK, "slots", sizeof(struct kxt_bpf_slot) };
static const struct kind more_kind = {
	KXT_BPF_KIND_MORE, "entries", sizeof(struct kxt_bpf_more) };
static const struct kind piece_kind = {
	KXT_BPF_KIND_PIECE, "details", sizeof(struct kxt_bpf_piece) };

/* The first chunks are there already. They go to the reader like all others. */
static int add_near_chunk(struct kxt_bpf_slots *s, uint32_t c, struct kxt_err *err)
{
	struct kxt_bpf_slot *slot = &s->load->near->slot[c * KXT_BPF_CHUNK];
	struct kxt_bpf_msg msg = {
		.type = KXT_BPF_MAP, .kind = KXT_BPF_KIND_CHUNK, .number = c,
		.value = s->load->near_at + ((char *)slot - (char *)s->load->near),
	};

	s->chunk[c] = (struct kxt_bpf_chunk){ .slot = slot };
	for (uint32_t i = 0; i < KXT_BPF_CHUNK; i++)
		clear_slot(s, c * KXT_BPF_CHUNK + i);
	return kxt_bpf_send(s->sock, &msg, s->load->near_fd) ?
	       refuse(chunk_kind.what, err) : 0;
}

static void unmap(const struct kind *k, void *p)
{
	munmap(p, (size_t)k->value_size * KXT_BPF_CHUNK);
}

/* A new map, mapped; NULL with @err set. */
static void *make(const struct kind *k, int *fd, struct kxt_err *err)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_MMAPABLE);
	void *p;

	*fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, NULL, sizeof(uint32_t), k->value_size,
			     KXT_BPF_CHUNK, &opts);
	if (*fd < 0) {
		refuse(k->what, err);
		return NULL;
	}
	p = mmap(NULL, (size_t)k->value_size * KXT_BPF_CHUNK, PROT_READ | PROT_WRITE,
		 MAP_SHARED, *fd, 0);
	if (p != MAP_FAILED)
		return p;
	refuse(k->what, err);
	close(*fd);
	return NULL;
}

/* Hand a map out. The reader is told before programs can use it. Closes @fd. */
static int hand_out(struct kxt_bpf_slots *s, const struct kind *k, int outer,
		    uint32_t number, int fd, struct kxt_err *err)
{
	struct kxt_bpf_msg msg = {
		.type = KXT_BPF_MAP, .kind = k->kind, .number = number };
	int ret = 0;

	if (kxt_bpf_send(s->sock, &msg, fd) ||
	    bpf_map_update_elem(outer, &number, &fd, BPF_ANY))
		ret = refuse(k->what, err);
	close(fd);
	return ret;
}

static int give_piece(struct kxt_bpf_slots *s, uint32_t c, struct kxt_err *err)
{
	struct kxt_bpf_chunk *chunk = &s->chunk[c];
	uint32_t number = c * KXT_BPF_PIECES + chunk->pieces;
	void *p;
	int fd;

	p = make(&piece_kind, &fd, err);
	if (!p)
		return -1;
	if (hand_out(s, &piece_kind, s->load->maps.pieces, number, fd, err)) {
		unmap(&piece_kind, p);
		return -1;
	}
	chunk->piece[chunk->pieces++] = p;
	return 0;
}

static int give_entries(struct kxt_bpf_slots *s, uint32_t c, struct kxt_err *err)
{
	void *p;
	int fd;

	p = make(&more_kind, &fd, err);
	if (!p)
		return -1;
	if (hand_out(s, &more_kind, s->load->maps.more, c, fd, err)) {
		unmap(&more_kind, p);
		return -1;
	}
	s->chunk[c].more = p;
	return 0;
}

static int add_far_chunk(struct kxt_bpf_slots *s, uint32_t c, struct kxt_err *err)
{
	void *p;
	int fd;

	p = make(&chunk_kind, &fd, err);
	if (!p)
		return -1;
	s->chunk[c] = (struct kxt_bpf_chunk){ .slot = p };
	for (uint32_t i = 0; i < KXT_BPF_CHUNK; i++)
		clear_slot(s, c * KXT_BPF_CHUNK + i);
	if (hand_out(s, &chunk_kind, s->load->maps.chunks, c, fd, err)) {
		unmap(&chunk_kind, p);
		return -1;
	}
	return 0;
}

static int add_chunk(struct kxt_bpf_slots *s, struct kxt_err *err)
{
	uint32_t c = s->nr_chunks;

	if (s->load->near && c < KXT_BPF_NEAR_CHUNKS ? add_near_chunk(s, c, err) :
	    add_far_chunk(s, c, err))
		return -1;
	s->nr_chunks++;
	/* Without it details of its vCPUs are lost, and counted as such. */
	if (s->details)
		give_piece(s, c, err);
	for (uint32_t i = 0; i < KXT_BPF_CHUNK; i++)
		push(s, c * KXT_BPF_CHUNK + i);
	return 0;
}

/* Slots that ended go back into the stock once nobody can want them any more. */
static void recycle(struct kxt_bpf_slots *s, uint64_t min_age)
{
	uint64_t now = now_ns();

	for (uint32_t n = 0; n < s->nr_chunks * KXT_BPF_CHUNK; n++) {
		const struct kxt_bpf_slot *slot = slot_at(s, n);

		if (LOAD(slot->h.state) != KVMEXIT_SLOT_ENDED ||
		    (int64_t)(now - slot->h.end_ns) < (int64_t)min_age)
			continue;
		clear_slot(s, n);
		push(s, n);
	}
}

static int refill(struct kxt_bpf_slots *s, struct kxt_err *err)
{
	uint64_t want = s->load->nr_cpus;
	uint64_t before = s->pushed;
	int ret = 0;

	if (want < STOCK_MIN)
		want = STOCK_MIN;
	if (want > STOCK_MAX)
		want = STOCK_MAX;
	recycle(s, KVMEXIT_LINGER_NS);
	while (in_stock(s) < want && ret == 0) {
		if ((s->nr_chunks + 1) * KXT_BPF_CHUNK > s->load->max_slots) {
			recycle(s, KVMEXIT_LINGER_MIN_NS);
			break;
		}
		ret = add_chunk(s, err);
	}
	if (s->pushed != before)
		STORE(s->load->control->epoch, s->load->control->epoch + 1);
	return ret;
}

/* How many entries and sketches do the slots of a chunk use at most? */
static void used(const struct kxt_bpf_chunk *chunk, uint32_t *entries, uint32_t *sketches)
{
	*entries = 0;
	*sketches = 0;
	for (uint32_t i = 0; i < KXT_BPF_CHUNK; i++) {
		uint32_t e = LOAD(chunk->slot[i].h.nr_entries);
		uint32_t k = LOAD(chunk->slot[i].h.nr_sketches);

		if (e > *entries)
			*entries = e;
		if (k > *sketches)
			*sketches = k;
	}
}

static int give_more(struct kxt_bpf_slots *s, struct kxt_err *err)
{
	int ret = 0;

	for (uint32_t c = 0; c < s->nr_chunks; c++) {
		struct kxt_bpf_chunk *chunk = &s->chunk[c];
		uint32_t entries, sketches;

		used(chunk, &entries, &sketches);
		if (!chunk->more &&
		    entries + KXT_BPF_ENTRIES_LOW > KXT_BPF_BASE_ENTRIES &&
		    give_entries(s, c, err))
			ret = -1;
		while (s->details && chunk->pieces < KXT_BPF_PIECES &&
		       sketches + KXT_BPF_SKETCHES_LOW >
		       chunk->pieces * KXT_BPF_PIECE_SKETCHES) {
			if (give_piece(s, c, err)) {
				ret = -1;
				break;
			}
		}
	}
	return ret;
}

/*
 * Threads that have ended say so themselves (kxt_on_thread_exit). The kernel leaves a
 * program out when it has interrupted itself, so once in a while it is checked.
 */
static void reap(struct kxt_bpf_slots *s)
{
	uint64_t now = now_ns();

	if (!s->sees_pids || now - s->reaped_ns < REAP_NS)
		return;
	s->reaped_ns = now;
	for (uint32_t n = 0; n < s->nr_chunks * KXT_BPF_CHUNK; n++) {
		struct kxt_bpf_slot *slot = slot_at(s, n);
		uint64_t vcpu = slot->p.vcpu, task = slot->p.task;

		if (LOAD(slot->h.state) != KVMEXIT_SLOT_LIVE ||
		    kill((pid_t)(uint32_t)task, 0) == 0 || errno != ESRCH)
			continue;
		bpf_map_delete_elem(s->load->maps.vcpus, &vcpu);
		bpf_map_delete_elem(s->load->maps.threads, &task);
		STORE(slot->p.vcpu, 0);
		slot->h.end_ns = now;
		STORE(slot->h.state, KVMEXIT_SLOT_ENDED);
	}
}

int kxt_bpf_slots_tend(struct kxt_bpf_slots *s, struct kxt_err *err)
{
	int ret;

	reap(s);
	ret = refill(s, err);
	if (give_more(s, err))
		ret = -1;
	return ret;
}

static void grace(void)
{
	struct timespec t = { 0, GRACE_NS };

	nanosleep(&t, NULL);
}

/*
 * A program that ran when something began to be watched may yet say that all is calm. When
 * all of these are over, none does, and what others have said is taken back.
 */
void kxt_bpf_slots_alarm(struct kxt_bpf_slots *s)
{
	grace();
	for (uint32_t n = 0; n < s->nr_chunks * KXT_BPF_CHUNK; n++)
		STORE(slot_at(s, n)->p.calm, KXT_BPF_NOT_CALM);
}

static void forget_details(struct kxt_bpf_slots *s)
{
	for (uint32_t n = 0; n < s->nr_chunks * KXT_BPF_CHUNK; n++) {
		struct kxt_bpf_slot *slot = slot_at(s, n);

		STORE(slot->h.nr_sketches, 0);
		memset(slot->p.sketch_of, 0, sizeof(slot->p.sketch_of));
		STORE(slot->p.seen.mark, 0);
	}
}

/* No program counts details any more when it returns, and none is in the middle of it. */
static void stop_details(struct kxt_bpf_slots *s)
{
	s->details = false;
	grace();
	forget_details(s);
	for (uint32_t c = 0; c < s->nr_chunks; c++) {
		struct kxt_bpf_chunk *chunk = &s->chunk[c];

		while (chunk->pieces) {
			uint32_t key = c * KXT_BPF_PIECES + --chunk->pieces;

			bpf_map_delete_elem(s->load->maps.pieces, &key);
			unmap(&piece_kind, chunk->piece[chunk->pieces]);
		}
	}
}

int kxt_bpf_slots_details(struct kxt_bpf_slots *s, bool on, struct kxt_err *err)
{
	if (on == s->details)
		return 0;
	if (!on) {
		stop_details(s);
		return 0;
	}
	s->details = true;
	/* From v7.0 on one can have been preempted all that time, and gone on since. */
	forget_details(s);
	if (give_more(s, err) == 0)
		return 0;
	stop_details(s);
	return -1;
}
