// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "user/collector.h"
#include "user/collector_file.h"

/* What "auto" tries, best first. */
static const struct kxt_collector_ops *const real[] = {
	&kxt_collector_module,
	&kxt_collector_bpf,
};

bool kxt_collector_verbose;

#define NR_REAL	(sizeof(real) / sizeof(real[0]))

static int open_one(struct kxt_collector *c, const struct kxt_collector_ops *ops,
		    const char *arg, struct kxt_err *err)
{
	memset(c, 0, sizeof(*c));
	c->ops = ops;
	if (ops->open(c, arg, err))
		goto fail;
	if (!c->names)
		c->names = kxt_vm_names_new("/proc");
	if (c->names)
		return 0;
	ops->close(c);
	kxt_err_set(err, KXT_EXIT_RUNTIME, "out of memory for VM names");
fail:
	kxt_vm_names_free(c->names);
	memset(c, 0, sizeof(*c));
	return -1;
}

static void append(char *to, size_t size, const char *text)
{
	strncat(to, text, size - strlen(to) - 1);
}

static int open_auto(struct kxt_collector *c, struct kxt_err *err)
{
	struct kxt_err why;
	char all[sizeof(why.msg)] = "";

	for (size_t i = 0; i < NR_REAL; i++) {
		if (open_one(c, real[i], NULL, &why) == 0) {
			/* It costs the VMs more: who loaded the module is to know why. */
			if (i > 0 && kxt_collector_module_is_there())
				fprintf(stderr,
					"kvmexittop: going on with %s, as the module is there but cannot be used.%s\n",
					real[i]->name, all);
			return 0;
		}
		/* Not a matter of which collector it is: the next would fail too. */
		if (why.status != KXT_EXIT_NO_COLLECTOR) {
			kxt_err_set(err, why.status, "%s", why.msg);
			return -1;
		}
		append(all, sizeof(all), "\n");
		append(all, sizeof(all), real[i]->name);
		append(all, sizeof(all), ": ");
		append(all, sizeof(all), why.msg);
	}
	return kxt_err_set(err, KXT_EXIT_NO_COLLECTOR, "no collector is usable here.%s",
			   all);
}

/* "NAME" or "NAME:ARG"; *@arg is then ARG or NULL. */
static bool named(const char *spec, const char *name, const char **arg)
{
	size_t len = strlen(name);

	if (strncmp(spec, name, len) || (spec[len] && spec[len] != ':'))
		return false;
	*arg = spec[len] ? spec + len + 1 : NULL;
	return true;
}

int kxt_collector_open(struct kxt_collector *c, const char *spec, struct kxt_err *err)
{
	const char *arg;

	memset(c, 0, sizeof(*c));
	if (!spec || strcmp(spec, "auto") == 0)
		return open_auto(c, err);
	if (strcmp(spec, "module") == 0)
		return open_one(c, &kxt_collector_module, NULL, err);
	if (named(spec, "bpf", &arg))
		return open_one(c, &kxt_collector_bpf, arg, err);
	if (named(spec, "fake", &arg))
		return open_one(c, &kxt_collector_fake, arg, err);
	if (kxt_collector_is_file(spec))
		return open_one(c, &kxt_collector_file, spec, err);
	return kxt_err_set(err, KXT_EXIT_USAGE,
			   "unknown collector '%s'; known: auto, module, bpf, or the file of a recording, which is not there",
			   spec);
}

void kxt_collector_close(struct kxt_collector *c)
{
	if (!c->ops)
		return;
	c->ops->close(c);
	kxt_vm_names_free(c->names);
	memset(c, 0, sizeof(*c));
}

static uint64_t clock_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

uint64_t kxt_collector_to_wall(const struct kxt_collector *c)
{
	uint64_t recorded;

	if (kxt_collector_file_to_wall(c, &recorded))
		return recorded;
	return c->ops->wait ? 0 : clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_MONOTONIC);
}
