// SPDX-License-Identifier: GPL-2.0-only
/* Facts about this host, for a recording that is made on it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "user/cmd_record_run.h"

static void take_line(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%.*s", (int)strcspn(from, "\n"), from);
}

/* "model name	: ..." of the first CPU that has one. */
static void read_cpu(char *to, size_t size)
{
	FILE *f = fopen("/proc/cpuinfo", "re");
	char line[256];

	if (!f)
		return;
	while (!*to && fgets(line, sizeof(line), f)) {
		const char *value = strchr(line, ':');

		if (value && strncmp(line, "model name", 10) == 0)
			take_line(to, size, value + 1 + strspn(value + 1, " \t"));
	}
	fclose(f);
}

static void read_boot_id(char *to, size_t size)
{
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");
	char line[64];

	if (!f)
		return;
	if (fgets(line, sizeof(line), f))
		take_line(to, size, line);
	fclose(f);
}

static int32_t utc_offset(void)
{
	time_t now = time(NULL);
	struct tm tm;

	return localtime_r(&now, &tm) ? (int32_t)tm.tm_gmtoff : 0;
}

void kxt_record_host(struct kxt_recording_host *host, const struct kxt_collector *c)
{
	long cpus;

	snprintf(host->collector, sizeof(host->collector), "%s", c->ops->name);
	snprintf(host->kernel, sizeof(host->kernel), "%s", c->kernel);
	snprintf(host->host, sizeof(host->host), "%s", c->host);
	snprintf(host->tool, sizeof(host->tool), "%s", KXT_VERSION);
	host->to_wall_ns = kxt_collector_to_wall(c);
	if (c->ops->wait) {
		snprintf(host->clock, sizeof(host->clock), "the collector's own");
		return;
	}
	snprintf(host->clock, sizeof(host->clock), "CLOCK_MONOTONIC");
	read_cpu(host->cpu, sizeof(host->cpu));
	read_boot_id(host->boot_id, sizeof(host->boot_id));
	cpus = sysconf(_SC_NPROCESSORS_ONLN);
	host->cpus = cpus > 0 ? (unsigned int)cpus : 0;
	host->utc_offset_s = utc_offset();
}
