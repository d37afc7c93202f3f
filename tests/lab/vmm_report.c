// SPDX-License-Identifier: GPL-2.0-only
/* The output. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "vmm_expect.h"
#include "vmm_guest.h"

static const char *expect_name(const struct vmm *vmm, const struct expectation *e,
			       unsigned int i)
{
	if (!e->known[i] || !e->count[i])
		return NULL;
	return vmm_reason_name(vmm, i);
}

static void print_string(const char *s)
{
	putchar('"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			printf("\\%c", *s);
		else if ((unsigned char)*s < 0x20)
			printf("\\u%04x", *s);
		else
			putchar(*s);
	}
	putchar('"');
}

static void print_number_or_null(bool known, uint64_t value)
{
	if (known)
		printf("%" PRIu64, value);
	else
		printf("null");
}

/* "name": {"REASON": NUMBER, ...}: the exits of one level, or those to user space. */
static void print_reasons(const struct vmm *vmm, const struct expectation *e,
			  const char *name, unsigned int level, bool user)
{
	const char *separator = "", *reason;
	unsigned int i;

	printf(", \"%s\": {", name);
	for (i = 0; i < EXPECTED; i++) {
		reason = expect_name(vmm, e, i);
		if (!reason || vmm_reason_level(i) != level || (user && !e->vmm[i]))
			continue;
		printf("%s\"%s\": %" PRIu64, separator, reason,
		       user ? e->vmm[i] : e->count[i]);
		separator = ", ";
	}
	printf("}");
}

static void print_string_or_null(const char *name, const char *value)
{
	printf(", \"%s\": ", name);
	if (value)
		print_string(value);
	else
		printf("null");
}

static void print_keys(const struct vmm *vmm, const struct vcpu *vcpu)
{
	struct keys keys;
	size_t i;

	vmm_keys(vmm, vcpu, &keys);
	printf(", \"keys\": [");
	for (i = 0; i < keys.nr; i++) {
		const struct key *key = &keys.key[i];

		printf("%s{\"reason\": \"%s\", \"level\": %u, \"kind\": \"%s\"",
		       i ? ", " : "", vmm_reason_name(vmm, key->reason),
		       vmm_reason_level(key->reason), key->kind);
		printf(", \"key\": \"0x%x\"", key->key);
		print_string_or_null("dir", key->dir);
		print_string_or_null("fault", key->fault);
		printf(", \"count\": %" PRIu64 "}", key->count);
	}
	printf("]");
	free(keys.key);
}

static void print_times(const struct vcpu *vcpu)
{
	const struct times *t = &vcpu->work;

	printf(", \"signals\": %" PRIu64 ", \"pauses\": %" PRIu64
	       ", \"paused_ns\": %" PRId64 ", \"sleeps\": %" PRIu64
	       ", \"slept_ns\": %" PRId64,
	       vcpu->signals, vcpu->paused, vcpu->paused_ns, vcpu->slept,
	       vcpu->slept_ns);
	printf(", \"wall_ns\": %" PRId64 ", \"run_ns\": %" PRId64
	       ", \"delay_ns\": %" PRId64,
	       t->wall_ns, t->run_ns, t->delay_ns);
}

static void print_vcpu_json(const struct vmm *vmm, const struct vcpu *vcpu)
{
	struct expectation e;

	vmm_expect(vmm, vcpu, &e);
	printf("\n{\"id\": %u, \"tid\": %d, \"rounds\": %" PRIu64 ", \"kvm_exits\": ",
	       vcpu->id, vcpu->tid, vcpu->rounds);
	print_number_or_null(vmm->exits_source == EXITS_STATS_FD, vcpu->kvm_exits);
	printf(", \"code\": [%u, %u]", vcpu->gpa + GUEST_CODE,
	       vcpu->gpa + GUEST_CODE + vcpu->code_size);
	print_times(vcpu);
	print_reasons(vmm, &e, "expect", 1, false);
	print_reasons(vmm, &e, "expect2", 2, false);
	print_reasons(vmm, &e, "vmm", 1, true);
	print_keys(vmm, vcpu);
	printf("}");
}

static void report_json(const struct vmm *vmm)
{
	static const char *const sources[] = {"null", "\"stats_fd\"", "\"debugfs\""};
	unsigned int i;

	printf("{\"name\": ");
	print_string(vmm->opt.name);
	printf(", \"pid\": %d, \"isa\": \"%s\", \"tdp\": %s, \"generations\": %u, "
	       "\"moves\": %" PRIu64 ", \"kvm_exits\": ",
	       getpid(), vmm->svm ? "SVM" : "VMX", vmm->tdp ? "true" : "false",
	       vmm->generations, vmm->moves);
	print_number_or_null(vmm->exits_source != EXITS_NONE, vmm->kvm_exits);
	printf(", \"kvm_exits_source\": %s, \"vcpus\": [", sources[vmm->exits_source]);
	for (i = 0; i < vmm->opt.nr_vcpus; i++) {
		printf("%s", i ? ", " : "");
		print_vcpu_json(vmm, &vmm->vcpus[i]);
	}
	printf("]}\n");
}

static void report_text(const struct vmm *vmm)
{
	const char *name;
	unsigned int i, j;

	for (i = 0; i < vmm->opt.nr_vcpus; i++) {
		const struct vcpu *vcpu = &vmm->vcpus[i];
		struct expectation e;

		vmm_expect(vmm, vcpu, &e);
		printf("vCPU %u (tid %d), %" PRIu64 " rounds:", vcpu->id, vcpu->tid,
		       vcpu->rounds);
		for (j = 0; j < EXPECTED; j++) {
			name = expect_name(vmm, &e, j);
			if (name)
				printf(" %s %" PRIu64, name, e.count[j]);
		}
		if (vmm->exits_source == EXITS_STATS_FD)
			printf("; all exits, by KVM's count: %" PRIu64,
			       vcpu->kvm_exits);
		printf("\n");
	}
	if (vmm->exits_source != EXITS_NONE)
		printf("%s: all exits, by KVM's count: %" PRIu64 "\n", vmm->opt.name,
		       vmm->kvm_exits);
}

void vmm_report(const struct vmm *vmm)
{
	if (vmm->opt.json)
		report_json(vmm);
	else
		report_text(vmm);
	if (fflush(stdout) || ferror(stdout))
		vmm_die("cannot write the report: %m");
}
