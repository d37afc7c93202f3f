// SPDX-License-Identifier: GPL-2.0-only
/* What rows and reasons are called, and small questions about VMs. */
#include "user/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/detail.h"

void kxt_reason_id_name(const struct kxt_reason_id *id, char buf[KXT_ROW_NAME_MAX])
{
	char made_up[64];

	if (id->grouped) {
		snprintf(buf, KXT_ROW_NAME_MAX, "%s", kxt_class_name(id->class));
		return;
	}
	snprintf(buf, KXT_ROW_NAME_MAX, "%s",
		 kxt_reason_name(id->isa, id->code, made_up, sizeof(made_up)));
	/* Level 1 is the rule, and not worth a word. */
	if (id->level > 1) {
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
	if (id->code == KVMEXIT_CODE_SIGNAL)
		return "The VMM had the vCPU though no exit asked for it: KVM_RUN was interrupted by a signal (the VM is paused, or the VMM kicked it).";
	r = kxt_reason_find(id->isa, id->code);
	return r && r->text ? r->text :
		"A reason that this version does not know: the number is the hardware's code.";
}

void kxt_vm_name_escape(const char *vm, bool ascii, char buf[KXT_ROW_NAME_MAX])
{
	kxt_fmt_escape(buf, KXT_ROW_NAME_MAX, *vm ? vm : "\"\"", ascii);
}

void kxt_vm_name(const struct kxt_vm *vm, bool ascii, char buf[KXT_ROW_NAME_MAX])
{
	kxt_vm_name_escape(vm->name, ascii, buf);
}

void kxt_detail_id_text(const struct kxt_detail_id *id, char buf[KXT_ROW_NAME_MAX])
{
	const char *dir = kxt_access_dir(id->kind, id->access);
	const char *fault = kxt_access_fault(id->kind, id->access);
	const char *name = kxt_detail_name(id->kind, id->key);
	char key[64];

	if (id->rest) {
		snprintf(buf, KXT_ROW_NAME_MAX, "%s other", kxt_kind_name(id->kind));
		return;
	}
	kxt_detail_key(id->kind, id->key, key, sizeof(key));
	snprintf(buf, KXT_ROW_NAME_MAX, "%s %s%s%s%s%s%s%s", kxt_kind_name(id->kind), key,
		 dir ? " " : "", dir ? dir : "", fault ? ", " : "", fault ? fault : "",
		 name ? " " : "", name ? name : "");
}

static void slow_name(const struct kxt_table *t, const struct kxt_row *r,
		      char buf[KXT_ROW_NAME_MAX])
{
	char reason[KXT_ROW_NAME_MAX];
	size_t len;

	kxt_vm_name_escape(r->slow->name, t->ascii, buf);
	kxt_reason_id_name(&r->key.reason, reason);
	len = strlen(buf);
	snprintf(buf + len, KXT_ROW_NAME_MAX - len, "/vcpu%u %s", r->slow->ev.vcpu_id,
		 reason);
}

void kxt_row_name(const struct kxt_table *t, const struct kxt_row *r,
		  char buf[KXT_ROW_NAME_MAX])
{
	size_t len;

	if (r->slow) {
		slow_name(t, r, buf);
		return;
	}
	if (r->detail) {
		kxt_detail_id_text(&r->key.detail, buf);
		return;
	}
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
