// SPDX-License-Identifier: GPL-2.0-only
#include "user/report/reason.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static char fold(char c)
{
	return strchr(" -", c) && c ? '_' : (char)tolower((unsigned char)c);
}

static bool same_name(const char *a, const char *b)
{
	while (*a && fold(*a) == fold(*b)) {
		a++;
		b++;
	}
	return !*a && !*b;
}

static bool is_called(const char *name, uint32_t isa, uint64_t code)
{
	char buf[32];

	return same_name(name, kxt_reason_name(isa, code, buf, sizeof(buf)));
}

static bool in_table(const char *name, const struct kxt_reason *r)
{
	for (; r->name; r++) {
		if (same_name(name, r->name))
			return true;
	}
	return false;
}

/* "unknown_0x52": every code is one. */
static bool is_made_up(const char *name)
{
	static const char prefix[] = "unknown_0x";
	const size_t len = sizeof(prefix) - 1;
	char *end;

	if (strncasecmp(name, prefix, len) || !isxdigit((unsigned char)name[len]))
		return false;
	strtoull(name + len, &end, 16);
	return !*end;
}

static bool is_known(const char *name)
{
	return in_table(name, kxt_reasons_vmx) || in_table(name, kxt_reasons_svm) ||
	       is_called(name, KVMEXIT_ISA_UNKNOWN, KVMEXIT_CODE_OTHER) ||
	       is_called(name, KVMEXIT_ISA_UNKNOWN, KVMEXIT_CODE_UNREADABLE) ||
	       is_called(name, KVMEXIT_ISA_UNKNOWN, KVMEXIT_CODE_SIGNAL) ||
	       is_made_up(name);
}

static bool find_class(const char *name, enum kxt_class *class)
{
	for (unsigned int i = 0; i < KXT_CLASS_NR; i++) {
		*class = (enum kxt_class)i;
		if (same_name(name, kxt_class_name(*class)))
			return true;
	}
	return false;
}

/* In the order of levels: the guest's own first. */
static void add(struct kxt_report_reasons *r, uint32_t isa, const struct kxt_entry *e)
{
	struct kxt_reason_id id = {
		.class = kxt_reason_class(isa, e->code),
		.isa = isa, .level = e->level, .code = e->code,
	};
	unsigned int at = r->nr;

	if (kxt_report_reasons_is(r, isa, e->level, e->code) ||
	    r->nr == KXT_REPORT_REASONS_MAX)
		return;
	while (at && r->id[at - 1].level > id.level)
		at--;
	memmove(&r->id[at + 1], &r->id[at], (r->nr - at) * sizeof(id));
	r->id[at] = id;
	r->nr++;
}

static bool has_class(const struct kxt_summary *s, enum kxt_class class)
{
	for (unsigned int i = 0; i < s->nr; i++) {
		for (unsigned int k = 0; k < s->vm[i].nr_reasons; k++) {
			if (kxt_reason_class(s->vm[i].isa, s->vm[i].reason[k].code) == class)
				return true;
		}
	}
	return false;
}

int kxt_report_reasons_find(struct kxt_report_reasons *r, const struct kxt_summary *s,
			    const char *name, struct kxt_err *err)
{
	enum kxt_class class;

	memset(r, 0, sizeof(*r));
	for (unsigned int i = 0; i < s->nr; i++) {
		const struct kxt_vm *vm = &s->vm[i];

		for (unsigned int k = 0; k < vm->nr_reasons; k++) {
			if (is_called(name, vm->isa, vm->reason[k].code))
				add(r, vm->isa, &vm->reason[k]);
		}
	}
	if (r->nr)
		return 0;
	if (find_class(name, &class)) {
		r->id[0] = (struct kxt_reason_id){ .grouped = true, .class = class };
		r->nr = has_class(s, class);
		return 0;
	}
	if (is_known(name))
		return 0;
	return kxt_err_set(err, KXT_EXIT_USAGE,
			   "there is no exit reason or class '%s'; 'kvmexittop reasons' lists them all",
			   name);
}

bool kxt_report_reasons_is(const struct kxt_report_reasons *r, uint32_t isa,
			   uint32_t level, uint64_t code)
{
	for (unsigned int i = 0; i < r->nr; i++) {
		if (kxt_reason_id_is(&r->id[i], isa, level, code))
			return true;
	}
	return false;
}

static unsigned int keep(const struct kxt_report_reasons *r, uint32_t isa,
			 struct kxt_entry *e, unsigned int nr)
{
	unsigned int left = 0;

	for (unsigned int i = 0; i < nr; i++) {
		if (!kxt_report_reasons_is(r, isa, e[i].level, e[i].code))
			continue;
		if (left != i)
			e[left] = e[i];
		left++;
	}
	return left;
}

int kxt_report_reasons_keep(const struct kxt_report_reasons *r, struct kxt_summary *s,
			    struct kxt_err *err)
{
	for (unsigned int i = 0; i < s->nr; i++) {
		struct kxt_vm *vm = &s->vm[i];

		if (kxt_vm_keep_sums(vm))
			return kxt_err_set(err, KXT_EXIT_RUNTIME,
					   "out of memory for a report");
		vm->nr_reasons = keep(r, vm->isa, vm->reason, vm->nr_reasons);
		for (unsigned int k = 0; k < vm->nr_vcpus; k++) {
			struct kxt_vcpu *v = &vm->vcpu[k];

			v->nr = keep(r, v->isa, v->entry, v->nr);
		}
	}
	return 0;
}
