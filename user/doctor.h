/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What "doctor" says: from facts about the host, and from what became of opening each
 * collector, to one screen of text. Pure, except that it prints to a given file.
 */
#ifndef KXT_DOCTOR_H
#define KXT_DOCTOR_H

#include <stdio.h>

#include "user/err.h"
#include "user/host_facts.h"

#define KXT_DOCTOR_LINES	20
#define KXT_DOCTOR_WIDTH	80

/**
 * enum kxt_mark - what a line comes to
 * @KXT_MARK_NONE: "--": it does not matter here, or cannot be told
 * @KXT_MARK_OK: "ok"
 * @KXT_MARK_NO: "NO": it is in the way of something; the line says what to do
 */
enum kxt_mark {
	KXT_MARK_NONE,
	KXT_MARK_OK,
	KXT_MARK_NO,
};

/* kxt_doctor_line.stops: the collector does not work because of it. */
#define KXT_STOPS_MODULE	(1U << 0)
#define KXT_STOPS_BPF		(1U << 1)
#define KXT_STOPS_ALL		(KXT_STOPS_MODULE | KXT_STOPS_BPF)

/**
 * struct kxt_doctor_line - one subject
 * @mark: see there
 * @subject: its name, 14 cells at most
 * @found: what was found
 * @todo: what to do about it; with KXT_MARK_NO only
 * @stops: KXT_STOPS_*, with KXT_MARK_NO only
 */
struct kxt_doctor_line {
	enum kxt_mark mark;
	const char *subject;
	char found[300];
	char todo[460];
	unsigned int stops;
};

/**
 * struct kxt_doctor - all subjects, in the order in which they are printed
 * @nr: how many
 * @line: they
 */
struct kxt_doctor {
	unsigned int nr;
	struct kxt_doctor_line line[KXT_DOCTOR_LINES];
};

/**
 * struct kxt_doctor_try - what became of opening a collector
 * @name: as in --collector
 * @stops: its KXT_STOPS_*
 * @opened: it could be opened
 * @works: and it gave a snapshot
 * @err: why not, if not both
 * @kvm_present: of the snapshot: KVM's tracepoints are there
 * @nr_vcpus: in it
 * @seen_ns: for how long the counters had been running
 * @memory: bytes of kernel memory for slots, 0 if not known
 */
struct kxt_doctor_try {
	const char *name;
	unsigned int stops;
	bool opened;
	bool works;
	struct kxt_err err;
	bool kvm_present;
	unsigned int nr_vcpus;
	uint64_t seen_ns;
	uint64_t memory;
};

/** kxt_doctor_examine() - make @d out of the facts @f */
void kxt_doctor_examine(struct kxt_doctor *d, const struct kxt_host_facts *f);

/**
 * kxt_doctor_add() - add a line, for doctor*.c
 * @d: where
 * @mark: of the line
 * @subject: of the line
 * @found: printf format of what was found
 *
 * Return: the line, which has no @todo and stops nothing yet.
 */
struct kxt_doctor_line *kxt_doctor_add(struct kxt_doctor *d, enum kxt_mark mark,
				       const char *subject, const char *found, ...)
	__attribute__((format(printf, 4, 5)));

/**
 * kxt_doctor_todo() - say what to do about a line
 * @line: of KXT_MARK_NO
 * @stops: KXT_STOPS_*
 * @todo: printf format of it
 */
void kxt_doctor_todo(struct kxt_doctor_line *line, unsigned int stops, const char *todo,
		     ...)
	__attribute__((format(printf, 3, 4)));

/** kxt_doctor_add_module() - the lines about kvmexit.ko, for doctor*.c */
void kxt_doctor_add_module(struct kxt_doctor *d, const struct kxt_host_facts *f);

/** kxt_doctor_add_bpf() - the lines about BPF, for doctor*.c */
void kxt_doctor_add_bpf(struct kxt_doctor *d, const struct kxt_host_facts *f);

/**
 * kxt_doctor_print() - print the screen
 * @out: where
 * @f: facts
 * @try: collectors, in the order in which "auto" tries them
 * @nr: how many
 * @verbose: all of what a collector that does not work says
 *
 * Lines have KXT_DOCTOR_WIDTH cells at most. Write errors are left in @out.
 */
void kxt_doctor_print(FILE *out, const struct kxt_host_facts *f,
		      const struct kxt_doctor_try *try, unsigned int nr, bool verbose);

/** kxt_doctor_print_facts() - print all facts as lines "key: value" */
void kxt_doctor_print_facts(FILE *out, const struct kxt_host_facts *f);

/**
 * kxt_doctor_status() - exit status of the verb
 * @try: collectors
 * @nr: how many
 *
 * Return: KXT_EXIT_OK if one of them can count, else KXT_EXIT_NO_COLLECTOR.
 */
int kxt_doctor_status(const struct kxt_doctor_try *try, unsigned int nr);

#endif /* KXT_DOCTOR_H */
