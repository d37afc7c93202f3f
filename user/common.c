// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "user/cmd.h"
#include "user/confine.h"

#define SEC		1000000000ULL
#define MAX_SECONDS	86400ULL

static int parse_pid(const char *text, uint32_t *pid)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 10);
	/* strtoul() would take blanks and a sign. */
	if (*text < '0' || *text > '9' || *end || errno || value == 0 ||
	    value > INT32_MAX)
		return -1;
	*pid = value;
	return 0;
}

bool kxt_common_option(struct kxt_common *common, int opt, const char *arg,
		       const char *help, int *status)
{
	switch (opt) {
	case 'C':
		common->collector = arg;
		return true;
	case 'p':
		if (parse_pid(arg, &common->filter.pid) == 0)
			return true;
		fprintf(stderr, "kvmexittop: -p wants the number of a process, not '%s'\n",
			arg);
		*status = KXT_EXIT_USAGE;
		return false;
	case KXT_OPT_VM:
		common->filter.vm = arg;
		return true;
	case 'v':
		common->verbose = true;
		kxt_collector_verbose = true;
		return true;
	case 'h':
		fputs(help, stdout);
		*status = KXT_EXIT_OK;
		return false;
	case KXT_OPT_VERSION:
		printf("kvmexittop %s (module interface %d.%d)\n", KXT_VERSION,
		       KVMEXIT_ABI_MAJOR, KVMEXIT_ABI_MINOR);
		*status = KXT_EXIT_OK;
		return false;
	case '?':
		/* getopt_long() has said what is wrong. */
		fputs("kvmexittop: see --help for what there is\n", stderr);
		*status = KXT_EXIT_USAGE;
		return false;
	default:
		*status = -1;
		return false;
	}
}

/*
 * A decimal number of units of @unit ns, a power of ten; *@text is then after it.
 * Not strtod(): it takes "inf", "0x1p3", and the locale's comma.
 */
static int parse_decimal(const char **text, uint64_t unit, uint64_t *ns)
{
	uint64_t whole = 0, part = 0, place = unit;
	const char *p = *text;
	bool digits = false;

	for (; *p >= '0' && *p <= '9'; p++, digits = true) {
		whole = 10 * whole + (*p - '0');
		if (whole > MAX_SECONDS * SEC)
			return -1;
	}
	if (*p == '.') {
		for (p++; *p >= '0' && *p <= '9'; p++, digits = true) {
			place /= 10;
			part += (*p - '0') * place;
		}
	}
	*text = p;
	if (!digits || whole > MAX_SECONDS * SEC / unit)
		return -1;
	*ns = whole * unit + part;
	return *ns > MAX_SECONDS * SEC ? -1 : 0;
}

int kxt_parse_seconds(const char *text, uint64_t *ns)
{
	uint64_t value;

	if (parse_decimal(&text, SEC, &value) || *text || value == 0)
		return -1;
	*ns = value;
	return 0;
}

int kxt_parse_duration(const char *text, uint64_t *ns, struct kxt_err *err)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} unit[] = { { "ns", 1 }, { "us", 1000 }, { "ms", 1000000 }, { "s", SEC } };
	size_t len = strspn(text, "0123456789.");
	const char *end = text;
	uint64_t value;

	for (size_t i = 0; i < sizeof(unit) / sizeof(unit[0]); i++) {
		if (strcmp(text + len, unit[i].name))
			continue;
		if (parse_decimal(&end, unit[i].ns, &value) || end != text + len)
			break;
		*ns = value;
		return 0;
	}
	end = text;
	if (parse_decimal(&end, 1000, &value) == 0 && !*end)
		return kxt_err_set(err, KXT_EXIT_USAGE,
				   "'%s' has no unit: write %sus, or with ns, ms or s", text,
				   text);
	return kxt_err_set(err, KXT_EXIT_USAGE,
			   "'%s' is no duration: write a number and ns, us, ms or s, as in 500us or 1.5ms; 86400s is the most",
			   text);
}

int kxt_parse_count(const char *text, uint64_t *n)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 10);
	/* strtoull() would take blanks and a sign. */
	if (*text < '0' || *text > '9' || *end || errno || value == 0)
		return -1;
	*n = value;
	return 0;
}

int kxt_no_kvm(struct kxt_err *err)
{
	return kxt_err_set(err, KXT_EXIT_NO_COLLECTOR,
			   "KVM is not loaded, so there is nothing to count. Run 'modprobe kvm_amd' or 'modprobe kvm_intel' (virtualization has to be on in the firmware).");
}

int kxt_drop_privileges(const struct kxt_common *common, const struct kxt_collector *c,
			bool beside_command, struct kxt_err *err)
{
	unsigned int keep = c->ops->confine | (beside_command ? KXT_CONFINE_KEEP_KILL : 0);
	char text[512];

	if (kxt_confine_reader(keep, err))
		return -1;
	if (common->verbose) {
		kxt_confine_text(text, sizeof(text));
		fprintf(stderr, "kvmexittop: privileges dropped; left: %s\n", text);
	}
	return 0;
}

int kxt_start_details(struct kxt_collector *c, struct kxt_err *err)
{
	if (!c->ops->details)
		return kxt_err_set(err, KXT_EXIT_RUNTIME,
				   "the collector %s cannot tell details. Leave out --details, or use -C module.",
				   c->ops->name);
	return c->ops->details(c, true, err);
}

int kxt_command_status(const char *name, int status)
{
	if (WIFSIGNALED(status)) {
		fprintf(stderr, "kvmexittop: %s was ended by signal %d (%s)\n", name,
			WTERMSIG(status), strsignal(WTERMSIG(status)));
		return 128 + WTERMSIG(status);
	}
	if (WEXITSTATUS(status))
		fprintf(stderr, "kvmexittop: %s ended with exit status %d\n", name,
			WEXITSTATUS(status));
	return WEXITSTATUS(status);
}

int kxt_usage(const char *verb, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "kvmexittop %s: ", verb);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputs("\nkvmexittop: see --help for what there is\n", stderr);
	return KXT_EXIT_USAGE;
}

int kxt_complain(const struct kxt_err *err)
{
	fprintf(stderr, "kvmexittop: %s\n", err->msg);
	return err->status;
}
