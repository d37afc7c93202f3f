// SPDX-License-Identifier: GPL-2.0-only
#include "user/confine.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>

/* Did kxt_confine_*() set a filter? The kernel's answer may mean a container's. */
static bool filtered;

static bool has(cap_t caps, cap_value_t cap, cap_flag_t set)
{
	cap_flag_value_t value;

	return cap_get_flag(caps, cap, set, &value) == 0 && value == CAP_SET;
}

static int no_memory(struct kxt_err *err)
{
	return kxt_err_set(err, KXT_EXIT_RUNTIME,
			   "out of memory while dropping privileges. Free some and start again.");
}

/* Those of @keep that are in @now, permitted and effective. */
static cap_t make_caps(cap_t now, const cap_value_t *keep, int nr)
{
	cap_t caps = cap_init();

	for (int i = 0; caps && i < nr; i++) {
		if (!has(now, keep[i], CAP_PERMITTED))
			continue;
		if (cap_set_flag(caps, CAP_PERMITTED, 1, &keep[i], CAP_SET) ||
		    cap_set_flag(caps, CAP_EFFECTIVE, 1, &keep[i], CAP_SET)) {
			cap_free(caps);
			return NULL;
		}
	}
	return caps;
}

/* A sandbox may refuse to change what is as it should be already. */
static bool is_as(cap_t wanted)
{
	cap_t now = cap_get_proc();
	bool same = now && cap_compare(now, wanted) == 0;

	cap_free(now);
	return same;
}

/* The ambient set goes with the inheritable one, in which @caps has nothing. */
static int set_caps(cap_t caps, struct kxt_err *err)
{
	int error = cap_set_proc(caps) ? errno : 0;

	if (is_as(caps))
		return 0;
	return kxt_err_set(err, KXT_EXIT_RUNTIME,
			   "cannot drop capabilities: %s. What kvmexittop runs in (a container, a service's SystemCallFilter=) has to let capset through.",
			   error ? strerror(error) : "they are still there");
}

/* All capabilities go but those of @keep. */
static int drop_caps(const cap_value_t *keep, int nr, struct kxt_err *err)
{
	cap_t now = cap_get_proc(), caps;
	int ret;

	if (!now)
		return no_memory(err);
	caps = make_caps(now, keep, nr);
	cap_free(now);
	if (!caps)
		return no_memory(err);
	ret = set_caps(caps, err);
	cap_free(caps);
	return ret;
}

static int no_new_privs(struct kxt_err *err)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
		return 0;
	return kxt_err_set(err, KXT_EXIT_RUNTIME,
			   "cannot set no_new_privs: %s. What kvmexittop runs in (a container, a service's SystemCallFilter=) has to let prctl through.",
			   strerror(errno));
}

/* @ret: of a kxt_confine_filter_*() */
static int note_filter(int ret)
{
	if (ret < 0)
		return -1;
	filtered = ret > 0;
	return 0;
}

static int drop_reader_caps(unsigned int flags, struct kxt_err *err)
{
	cap_value_t keep[3];
	int nr = 0;

	if (flags & KXT_CONFINE_KEEP_KILL)
		keep[nr++] = CAP_KILL;
	if (flags & KXT_CONFINE_KEEP_PTRACE) {
		keep[nr++] = CAP_SYS_PTRACE;
		keep[nr++] = CAP_DAC_READ_SEARCH;
	}
	return drop_caps(keep, nr, err);
}

int kxt_confine_reader(unsigned int flags, struct kxt_err *err)
{
	if (drop_reader_caps(flags, err) || no_new_privs(err))
		return -1;
	return note_filter(kxt_confine_filter_reader(err));
}

int kxt_confine_writer(unsigned int flags, int dir, struct kxt_err *err)
{
	if (drop_reader_caps(flags, err) || no_new_privs(err))
		return -1;
	return note_filter(kxt_confine_filter_writer(dir, err));
}

/* Takes CAP_SETPCAP. Who does not have it cannot execute anything all the same. */
static void drop_bounding_set(void)
{
	for (cap_value_t cap = 0; cap < cap_max_bits(); cap++) {
		if (cap_get_bound(cap) > 0 && cap_drop_bound(cap))
			return;
	}
}

static int drop_keeper_caps(struct kxt_err *err)
{
	static const cap_value_t bpf[] = { CAP_BPF, CAP_PERFMON };
	static const cap_value_t admin[] = { CAP_SYS_ADMIN };
	cap_t now = cap_get_proc();
	bool both;

	if (!now)
		return no_memory(err);
	/* To the kernel CAP_SYS_ADMIN is both of the others. */
	both = (has(now, CAP_BPF, CAP_PERMITTED) && has(now, CAP_PERFMON, CAP_PERMITTED)) ||
	       !has(now, CAP_SYS_ADMIN, CAP_PERMITTED);
	cap_free(now);
	return both ? drop_caps(bpf, 2, err) : drop_caps(admin, 1, err);
}

int kxt_confine_keeper(struct kxt_err *err)
{
	drop_bounding_set();
	if (drop_keeper_caps(err))
		return -1;
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return kxt_err_set(err, KXT_EXIT_RUNTIME,
				   "cannot keep the BPF collector's process from being traced: %s. What kvmexittop runs in (a container, a service's SystemCallFilter=) has to let prctl through.",
				   strerror(errno));
	if (no_new_privs(err))
		return -1;
	return note_filter(kxt_confine_filter_keeper(err));
}

static void append(char *buf, size_t size, const char *text)
{
	strncat(buf, text, size - strlen(buf) - 1);
}

static void append_caps(char *buf, size_t size)
{
	cap_t now = cap_get_proc();
	const char *sep = "";

	for (cap_value_t cap = 0; now && cap < cap_max_bits(); cap++) {
		char *name;

		if (!has(now, cap, CAP_PERMITTED))
			continue;
		name = cap_to_name(cap);
		append(buf, size, sep);
		append(buf, size, name ? name : "?");
		cap_free(name);
		sep = ", ";
	}
	if (!*sep)
		append(buf, size, now ? "none" : "unknown");
	cap_free(now);
}

void kxt_confine_text(char *buf, size_t size)
{
	bool nnp = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;

	buf[0] = '\0';
	append(buf, size, "capabilities: ");
	append_caps(buf, size);
	append(buf, size, nnp ? "; no_new_privs: on" : "; no_new_privs: off");
	append(buf, size, "; filter of system calls: ");
	append(buf, size, filtered ? "on" : "off");
}
