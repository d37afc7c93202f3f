/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tables of the live view and of the batch frames, without the drawing:
 * which rows there are, in which order, which one is selected. Pure.
 */
#ifndef KXT_ROWS_H
#define KXT_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "user/columns.h"
#include "user/parts.h"
#include "user/reason.h"
#include "user/slow_log.h"
#include "user/summary.h"

#define KXT_FILTER_MAX	64
/* A row's name: an escaped VM name and "/vcpu4294967295", or a reason. */
#define KXT_ROW_NAME_MAX	320

/**
 * struct kxt_reason_id - one exit reason, or all of a class
 * @grouped: all reasons of @class; the other fields are 0
 * @class: class
 * @isa: enum kvmexit_isa
 * @level: nesting level
 * @code: code
 */
struct kxt_reason_id {
	bool grouped;
	enum kxt_class class;
	uint32_t isa;
	uint32_t level;
	uint64_t code;
};

/**
 * struct kxt_scope - what a table is about; all zero: everything
 * @pid: only this VM; 0: all
 * @one_vcpu: only this vCPU of it
 * @vcpu_id: its id
 * @tid: its thread
 * @one_reason: only this reason
 * @reason: which
 */
struct kxt_scope {
	uint32_t pid;
	bool one_vcpu;
	uint32_t vcpu_id;
	uint32_t tid;
	bool one_reason;
	struct kxt_reason_id reason;
};

/**
 * struct kxt_detail_id - what is behind an exit
 * @kind: enum kvmexit_kind
 * @access: KVMEXIT_ACCESS_*
 * @rest: all keys that have no row of their own
 * @key: see enum kvmexit_kind
 */
struct kxt_detail_id {
	uint32_t kind;
	uint32_t access;
	bool rest;
	uint64_t key;
};

/**
 * struct kxt_row_key - who a row is, the same from frame to frame
 * @pid: VM, 0 for rows about all VMs
 * @tid: thread of the vCPU, else 0
 * @vcpu_id: vCPU, else 0
 * @reason: reason, else all zero
 * @detail: what is behind it, else all zero
 * @seq: number of a slow exit, else 0
 */
struct kxt_row_key {
	uint32_t pid;
	uint32_t tid;
	uint32_t vcpu_id;
	struct kxt_reason_id reason;
	struct kxt_detail_id detail;
	uint64_t seq;
};

/**
 * struct kxt_row - one row; pointers are into the summary and the table
 * @key: who it is
 * @vm: its VM; NULL in a table of reasons, for a detail of all VMs together, and
 *	for a slow exit of a VM that is gone
 * @vcpu: its vCPU, or NULL
 * @e: its counters; NULL in tables of details and of slow exits
 * @detail: only in a table of details: the numbers
 * @of: only there: exits of the same reason, whatever is behind them (samples
 *	apart)
 * @slow: only in a table of slow exits: the exit
 * @isa: enum kvmexit_isa
 * @knows: KXT_KNOWS_* of all who are in it
 * @ended: the VM or vCPU is gone; numbers are of its last window
 * @known: @value means something
 * @value: what the table is sorted by, if that is a number
 */
struct kxt_row {
	struct kxt_row_key key;
	const struct kxt_vm *vm;
	const struct kxt_vcpu *vcpu;
	const struct kxt_entry *e;
	const struct kxt_detail *detail;
	uint64_t of;
	const struct kxt_slow *slow;
	uint32_t isa;
	uint32_t knows;
	bool ended;
	bool known;
	double value;
};

/**
 * struct kxt_table - a table and what the user did to it; zero it before use
 * @kind: which table
 * @sort: column it is sorted by
 * @reverse: against the natural direction (numbers: largest first)
 * @group: reasons by class
 * @ascii: names in ASCII
 * @marked: the sorted column's head needs a cell more, for a mark
 * @filter: what has to be in the name: part of it, or a glob; empty: anything
 * @log: where a table of slow exits has them from; NULL: there are none
 * @log_from_ns: only those with so much service time
 * @log_until: only those up to this number
 * @row: rows, @nr of them
 * @nr: rows
 * @cap: room in @row
 * @total: rows before the filter
 * @own: counters that no summary has (merged ones)
 * @own_cap: room in @own
 * @own_nr: used of it
 * @sum: all rows before the filter merged; for REASONS and SPLIT
 * @knows: KXT_KNOWS_* of all who are in @sum
 * @detail: merged details, in a table of them
 * @detail_cap: room in @detail
 * @flat: the details are of more than one reason
 * @slow: copies of the slow exits in a table of them: the log goes on
 * @interval_ns: length of the window
 * @one_vm: the table is about one VM
 * @pinned: the selection belongs to a row, not to a place
 * @sel: selected row, 0 if there is none
 * @sel_key: who that is
 * @top: first row on the screen
 */
struct kxt_table {
	enum kxt_table_kind kind;
	enum kxt_col sort;
	bool reverse;
	bool group;
	bool ascii;
	bool marked;
	char filter[KXT_FILTER_MAX];
	const struct kxt_slow_log *log;
	uint64_t log_from_ns;
	uint64_t log_until;

	struct kxt_row *row;
	unsigned int nr;
	unsigned int cap;
	unsigned int total;
	struct kxt_entry *own;
	unsigned int own_cap;
	unsigned int own_nr;
	struct kxt_entry sum;
	uint32_t knows;
	struct kxt_detail *detail;
	unsigned int detail_cap;
	bool flat;
	struct kxt_slow *slow;
	uint64_t interval_ns;
	bool one_vm;

	bool pinned;
	unsigned int sel;
	struct kxt_row_key sel_key;
	unsigned int top;
};

/**
 * kxt_table_build() - fill a table from a summary: filter, sort, find selection
 * @t: table; @kind, @sort, @reverse, @group, @ascii, @filter and @log say how
 * @s: summary; has to outlive the rows
 * @scope: what it is about
 * @err: set on failure
 *
 * Return: 0, or -1 with @err set (no memory); the table is then empty.
 */
int kxt_table_build(struct kxt_table *t, const struct kxt_summary *s,
		    const struct kxt_scope *scope, struct kxt_err *err);

/** kxt_table_free() - release memory; settings stay */
void kxt_table_free(struct kxt_table *t);

/** kxt_table_sort() - put the rows in order again after @sort or @reverse changed */
void kxt_table_sort(struct kxt_table *t);

/**
 * kxt_table_move() - move the selection by @by rows, stopping at the ends
 *
 * From then on the selection follows its row.
 */
void kxt_table_move(struct kxt_table *t, long by);

/**
 * kxt_table_search() - select the next row whose name has @text in it
 * @t: table
 * @text: what to look for, in upper or lower case, or a glob
 * @from: offset from the selected row where to begin: 0 itself, 1 the next, -1
 *	the one before (backwards then); goes round at the end
 *
 * Return: true if there is one.
 */
bool kxt_table_search(struct kxt_table *t, const char *text, int from);

/** kxt_table_view() - choose @top so that the selection is among @lines lines */
void kxt_table_view(struct kxt_table *t, unsigned int lines);

/** kxt_table_selected() - the selected row, NULL if there is none */
const struct kxt_row *kxt_table_selected(const struct kxt_table *t);

/**
 * kxt_table_pick() - a few rows of a table of details that say the most
 * @t: table
 * @at: result: places in @t->row, upwards
 * @max: room in @at
 *
 * Each kind gets its first rows, all of them as many as there is room for; what
 * one kind does not need goes to the others.
 *
 * Return: how many.
 */
unsigned int kxt_table_pick(const struct kxt_table *t, unsigned int *at, unsigned int max);

/** kxt_table_one_in() - 1 in how many exits a row of samples counts; 0: has none */
unsigned int kxt_table_one_in(const struct kxt_table *t);

/**
 * kxt_row_parts() - who had the time of a row
 * @t: its table, none of details
 * @r: row
 * @p: result; of VMs and vCPUs the guest's time is in it
 */
void kxt_row_parts(const struct kxt_table *t, const struct kxt_row *r,
		   struct kxt_parts *p);

/** kxt_name_matches() - does a name have @text in it, or match it as a glob */
bool kxt_name_matches(const char *name, const char *text);

/**
 * kxt_row_name() - the escaped name by which people know a row
 * @t: its table
 * @r: row
 * @buf: result: VM name; "VM/vcpuN" of a vCPU; name of a reason or class; "port
 *	0x3f8 write COM1" of a detail; "VM/vcpuN REASON" of a slow exit
 */
void kxt_row_name(const struct kxt_table *t, const struct kxt_row *r,
		  char buf[KXT_ROW_NAME_MAX]);

/** kxt_vm_name() - the escaped name of a VM; one without a name is called "" */
void kxt_vm_name(const struct kxt_vm *vm, bool ascii, char buf[KXT_ROW_NAME_MAX]);

/** kxt_vm_name_escape() - the same of a name alone */
void kxt_vm_name_escape(const char *vm, bool ascii, char buf[KXT_ROW_NAME_MAX]);

/** kxt_detail_id_text() - "port 0x3f8 write COM1" */
void kxt_detail_id_text(const struct kxt_detail_id *id, char buf[KXT_ROW_NAME_MAX]);

/** kxt_reason_id_is() - is the reason @id, or one of its class? */
bool kxt_reason_id_is(const struct kxt_reason_id *id, uint32_t isa, uint32_t level,
		      uint64_t code);

/** kxt_reason_id_compare() - as strcmp() */
int kxt_reason_id_compare(const struct kxt_reason_id *a, const struct kxt_reason_id *b);

/** kxt_reason_id_name() - name of a reason or class, "HLT (L2)" when nested */
void kxt_reason_id_name(const struct kxt_reason_id *id, char buf[KXT_ROW_NAME_MAX]);

/** kxt_reason_id_class() - class of a reason */
enum kxt_class kxt_reason_id_class(const struct kxt_reason_id *id);

/** kxt_reason_id_text() - a sentence on a reason; never NULL */
const char *kxt_reason_id_text(const struct kxt_reason_id *id);

/** kxt_vm_live_vcpus() - vCPUs of a VM that have not ended */
unsigned int kxt_vm_live_vcpus(const struct kxt_vm *vm);

/** kxt_summary_vm() - the VM of a process, or NULL */
const struct kxt_vm *kxt_summary_vm(const struct kxt_summary *s, uint32_t pid);

#endif /* KXT_ROWS_H */
