// SPDX-License-Identifier: GPL-2.0-only
/* What rows and reasons are called, and small questions about VMs. */
#include "user/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void kxt_reason_id_name(const struct kxt_reason_id *id, char buf[KXT_ROW_NAME_MAX])
{
	char made_up[64];

	if (id->grouped) {
		snprintf(buf, KXT_ROW_NAME_MAX, "%s", kxt_class_name(id->class));
		return;
	}
	snprintf(buf, KXT_ROW_NAME_MAX, "%s",
		 kxt_reason_name(id->isa, id->code, made_up, sizeof(made_up)));
	if (id->level) {
		size_t len = strlen(buf);

		snprintf(buf + len, KXT_ROW_NAME_MAX - len, " (L%u)", id->level);
	}
}

enum kxt_class kxt_reason_id_class(const struct kxt_reason_id *id)
{
	return id->grouped ? id->class : kxt_reason_class(id->isa, id->code);
}

const char *kxt_reason_id_text(const struct kxt_reason_id *id)
{
	const struct kxt_reason *r;

	if (id->grouped)
		return "All exit reasons of this class together; t shows them one by one.";
	if (id->code == KVMEXIT_CODE_OTHER)
		return "Exits whose reason found no entry of its own in the vCPU's slot.";
	if (id->code == KVMEXIT_CODE_UNREADABLE)
		return "Exits whose reason the collector could not read (nested or confidential guests).";
	r = kxt_reason_find(id->isa, id->code);
	return r && r->text ? r->text :
		"A reason that this version does not know: the number is the hardware's code.";
}

void kxt_vm_name(const struct kxt_vm *vm, bool ascii, char buf[KXT_ROW_NAME_MAX])
{
	kxt_fmt_escape(buf, KXT_ROW_NAME_MAX, vm->name[0] ? vm->name : "\"\"", ascii);
}

void kxt_row_name(const struct kxt_table *t, const struct kxt_row *r,
		  char buf[KXT_ROW_NAME_MAX])
{
	size_t len;

	if (!r->vm) {
		kxt_reason_id_name(&r->key.reason, buf);
		return;
	}
	kxt_vm_name(r->vm, t->ascii, buf);
	if (!r->vcpu)
		return;
	len = strlen(buf);
	snprintf(buf + len, KXT_ROW_NAME_MAX - len, "/vcpu%u", r->vcpu->id);
}

unsigned int kxt_vm_live_vcpus(const struct kxt_vm *vm)
{
	unsigned int live = 0;

	for (unsigned int i = 0; i < vm->nr_vcpus; i++)
		live += !vm->vcpu[i].ended;
	return live;
}

static int compare_pid(const void *key, const void *member)
{
	uint32_t pid = *(const uint32_t *)key;
	const struct kxt_vm *vm = member;

	return pid < vm->pid ? -1 : pid > vm->pid;
}

const struct kxt_vm *kxt_summary_vm(const struct kxt_summary *s, uint32_t pid)
{
	return s->nr ? bsearch(&pid, s->vm, s->nr, sizeof(*s->vm), compare_pid) : NULL;
}
