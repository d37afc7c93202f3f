// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "user/cmd.h"

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

int kxt_parse_seconds(const char *text, uint64_t *ns)
{
	uint64_t whole = 0, part = 0, unit = 1000000000;
	const char *p = text;
	bool digits = false;

	/* Not strtod(): it takes "inf", "0x1p3", and the locale's comma. */
	for (; *p >= '0' && *p <= '9'; p++, digits = true) {
		whole = 10 * whole + (*p - '0');
		if (whole > 86400)
			return -1;
	}
	if (*p == '.') {
		for (p++; *p >= '0' && *p <= '9'; p++, digits = true) {
			unit /= 10;
			part += (*p - '0') * unit;
		}
	}
	part += whole * 1000000000;
	if (*p || !digits || part == 0 || part > 86400 * 1000000000ULL)
		return -1;
	*ns = part;
	return 0;
}

int kxt_complain(const struct kxt_err *err)
{
	fprintf(stderr, "kvmexittop: %s\n", err->msg);
	return err->status;
}
