/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Types, maps and small tools of the BPF programs. The maps are described in
 * bpf_abi.h. All programs run in tracepoints, in the thread that the event is about;
 * none waits, and each loop has a bound that the verifier sees.
 */
#ifndef KXT_BPF_MAPS_H
#define KXT_BPF_MAPS_H

#include <linux/bpf.h>
#include <linux/errno.h>
#include <stdbool.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "user/bpf_abi.h"

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s64 s64;

#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)

/* One store, in this place: a reader looks on. x86 keeps the order of stores. */
#define SET(to, value)	(*(volatile typeof(to) *)&(to) = (value))
#define GET(from)	(*(volatile typeof(from) *)&(from))
#define ADD(to, n)	SET(to, (to) + (n))
#define ORDER()		asm volatile("" : : : "memory")

/*
 * An index below @max, or 0. In assembly, because the compiler checks one copy of an
 * index and uses another, which the verifier cannot follow.
 */
#define INDEX(value, max) ({						\
	u64 index_ = (value);						\
	asm volatile("if %[reg] < %[lim] goto +1; %[reg] = 0"		\
		     : [reg] "+r"(index_) : [lim] "i"(max));		\
	index_;								\
})

struct kxt_chunk {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, KXT_BPF_CHUNK);
	__type(key, u32);
	__uint(value_size, sizeof(struct kxt_bpf_slot));
};

struct kxt_more {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, KXT_BPF_CHUNK);
	__type(key, u32);
	__uint(value_size, sizeof(struct kxt_bpf_more));
};

struct kxt_piece {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, KXT_BPF_CHUNK);
	__type(key, u32);
	__uint(value_size, sizeof(struct kxt_bpf_piece));
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, KXT_BPF_MAX_CHUNKS);
	__type(key, u32);
	__array(values, struct kxt_chunk);
} chunks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, KXT_BPF_MAX_CHUNKS);
	__type(key, u32);
	__array(values, struct kxt_more);
} more SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, KXT_BPF_MAX_CHUNKS * KXT_BPF_PIECES);
	__type(key, u32);
	__array(values, struct kxt_piece);
} pieces SEC(".maps");

/* The real sizes of these are set before they are made. */
struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 1024);
	__type(value, u32);
} ready SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, u64);
	__type(value, u32);
} vcpus SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, u64);
	__type(value, u32);
} threads SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct kxt_bpf_cpu);
} cpus SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} wake SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 262144);
} events SEC(".maps");

/* Written by the keeper, read by programs; @taken the other way. */
volatile struct kxt_bpf_control control = { .over_ns = ~0ULL };

/* In memory that programs can address: the fastest there is. */
struct kxt_bpf_last last[KXT_BPF_LAST] __attribute__((aligned(64)));

#ifdef KXT_NO_NEAR
__u8 kxt_buckets[KXT_BPF_NEAR_BUCKETS];
#else
/* Some of its pages are mapped by the reader. */
struct kxt_bpf_near near __attribute__((aligned(KXT_BPF_PAGE)));
#define kxt_buckets	near.bucket
#endif

/*
 * The ring buffer takes a lock that sleeps on PREEMPT_RT before v6.12: then it is not
 * used, the keeper looks by itself, and there are no slow exits.
 */
const volatile bool kxt_no_ring;

static __always_inline struct kxt_bpf_cpu *kxt_this_cpu(void)
{
	u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&cpus, &cpu);
}

static __always_inline struct kxt_bpf_last *kxt_last(void)
{
	return &last[bpf_get_smp_processor_id() & (KXT_BPF_LAST - 1)];
}

#ifndef KXT_NO_NEAR
/* near.slot, in one instruction; all that is in @near is addressed relative to it. */
static __always_inline char *kxt_near(void)
{
	char *base;

	asm("%[base] = near + %c[at] ll"
	    : [base] "=r"(base) : [at] "i"(__builtin_offsetof(struct kxt_bpf_near, slot)));
	return base;
}

/* The compiler would copy @base first. */
static __always_inline void *kxt_at(char *base, u64 at)
{
	asm("%[at] += %[base]" : [at] "+r"(at) : [base] "r"(base));
	return (void *)at;
}

#define KXT_NEAR_CELL	(__builtin_offsetof(struct kxt_bpf_near, slot) -		\
			 __builtin_offsetof(struct kxt_bpf_near, cell))
#define KXT_NEAR_BUCKET	(__builtin_offsetof(struct kxt_bpf_near, slot) -		\
			 __builtin_offsetof(struct kxt_bpf_near, bucket))
#define KXT_NEAR_MASK	((KXT_BPF_NEAR_SLOTS - 1) * (u32)sizeof(struct kxt_bpf_slot))
#endif

static __always_inline struct kxt_bpf_slot *kxt_slot_at(u32 number)
{
	u32 chunk = number / KXT_BPF_CHUNK;
	u32 at = number % KXT_BPF_CHUNK;
	void *map;

#ifndef KXT_NO_NEAR
	if (number < KXT_BPF_NEAR_SLOTS)
		return &near.slot[INDEX(number, KXT_BPF_NEAR_SLOTS)];
#endif
	map = bpf_map_lookup_elem(&chunks, &chunk);
	return map ? bpf_map_lookup_elem(map, &at) : NULL;
}

/*
 * A function that the verifier looks at once, by itself, and not each time it is called.
 * v5.10 wants that it takes numbers only: a slot is then given by its number.
 */
#define KXT_GLOBAL	__attribute__((noinline))

/* The keeper has something to do: fill up the stock, or give more memory. */
static __always_inline void kxt_wake_keeper(u32 number)
{
	if (!kxt_no_ring)
		bpf_ringbuf_output(&wake, &number, sizeof(number), BPF_RB_FORCE_WAKEUP);
}

#endif /* KXT_BPF_MAPS_H */
