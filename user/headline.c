// SPDX-License-Identifier: GPL-2.0-only
/* Sentences about a whole frame. */
#include "user/headline.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "user/format.h"
#include "user/parts.h"
#include "user/rows.h"

void kxt_headline_host(const struct kxt_summary *s, bool ascii, char buf[KXT_LINE_MAX])
{
	char host[128], kernel[128];

	/* A host name is whatever its owner made it. */
	kxt_fmt_escape(host, sizeof(host), s->host[0] ? s->host : "-", ascii);
	kxt_fmt_escape(kernel, sizeof(kernel), s->kernel[0] ? s->kernel : "-", ascii);
	snprintf(buf, KXT_LINE_MAX, "%s, Linux %s, collector %s", host, kernel,
		 s->collector);
}

void kxt_headline_load(const struct kxt_summary *s, char buf[KXT_LINE_MAX])
{
	unsigned int vms = 0, vcpus = 0;
	char rate[KXT_FMT_MAX];

	for (unsigned int i = 0; i < s->nr; i++) {
		vms += !s->vm[i].ended;
		vcpus += kxt_vm_live_vcpus(&s->vm[i]);
	}
	kxt_fmt_decimal(rate, s->interval_ns ?
			(double)s->exits * 1e9 / (double)s->interval_ns : 0);
	snprintf(buf, KXT_LINE_MAX, "%u VM%s, %u vCPU%s, %s exits/s", vms,
		 vms == 1 ? "" : "s", vcpus, vcpus == 1 ? "" : "s", rate);
}

void kxt_headline_cost(const struct kxt_summary *s, char buf[KXT_LINE_MAX])
{
	char each[KXT_FMT_MAX], all[KXT_FMT_MAX];
	double ns, share;

	if (!kxt_summary_cost_ns(s, &ns)) {
		snprintf(buf, KXT_LINE_MAX, "overhead -");
		return;
	}
	kxt_fmt_ns(each, (uint64_t)(ns + 0.5));
	if (kxt_summary_cost_share(s, &share))
		kxt_fmt_percent(all, share);
	else
		snprintf(all, sizeof(all), "-");
	snprintf(buf, KXT_LINE_MAX, "overhead %s/exit %s", each, all);
}

void kxt_headline_legend(bool ascii, char buf[KXT_LINE_MAX])
{
	size_t len = 0;

	for (unsigned int i = 0; i < KXT_PART_NR; i++)
		len += (size_t)snprintf(buf + len, KXT_LINE_MAX - len, "%s%s%s%s",
					i ? " " : "", kxt_part_char(i, ascii),
					ascii ? "=" : " ", kxt_part_name(i));
}

bool kxt_lost_any(const struct kxt_lost *lost)
{
	return lost->exits || lost->slots || lost->events;
}

void kxt_headline_lost(const struct kxt_lost *lost, char buf[KXT_LINE_MAX])
{
	char n[KXT_FMT_MAX];

	kxt_fmt_count(n, lost->exits);
	if (!kxt_lost_any(lost))
		snprintf(buf, KXT_LINE_MAX, "lost 0");
	else if (lost->exits)
		snprintf(buf, KXT_LINE_MAX, "lost %s exits", n);
	else
		snprintf(buf, KXT_LINE_MAX, "lost %" PRIu64 " slots, %" PRIu64 " events",
			 lost->slots, lost->events);
}

const char *kxt_headline_lost_why(const struct kxt_lost *lost)
{
	if (lost->exits || lost->slots)
		return "Some vCPUs found no free slot: their exits are missing below. Reload kvmexit with a larger max_vcpus=N.";
	if (lost->events)
		return "Some slow exits or details found no room and are missing; the counters are complete.";
	return NULL;
}

const char *kxt_headline_empty(const struct kxt_summary *s,
			       const struct kxt_filter *filter)
{
	if (!s->kvm_present)
		return "KVM is not loaded on this host. Load it with 'modprobe kvm_intel' or 'modprobe kvm_amd', then start a VM: it appears here by itself.";
	if (filter && (filter->pid || filter->vm))
		return "No running VM matches --pid or --vm. Without these options all VMs are shown; one that starts and matches appears here by itself.";
	return "No VM is running, or none has had an exit yet. Start one: it appears here by itself.";
}
