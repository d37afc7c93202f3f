// SPDX-License-Identifier: GPL-2.0-only
/* What an exporter does while nobody asks. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

#include "user/cmd_export.h"

#define LOOK_NS		(KXT_EXPORTER_LOOK_NS / 2)
#define SEC		1000000000ULL

uint64_t kxt_export_clock(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * SEC + ts.tv_nsec;
}

int kxt_export_loop_open(struct kxt_export_loop *l, struct kxt_err *err)
{
	uint64_t now = kxt_export_clock(), usec = 0;
	sigset_t set;

	memset(l, 0, sizeof(*l));
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	/* A client that is gone is no reason to end. */
	signal(SIGPIPE, SIG_IGN);
	l->signal = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (l->signal < 0)
		return kxt_err_set(err, KXT_EXIT_RUNTIME, "cannot wait for signals: %s",
				   strerror(errno));
	if (sd_watchdog_enabled(0, &usec) > 0)
		l->watchdog_ns = usec * 1000 / 2;
	l->next_watchdog = l->watchdog_ns ? now + l->watchdog_ns : UINT64_MAX;
	l->next_look = now + LOOK_NS;
	return 0;
}

void kxt_export_loop_close(struct kxt_export_loop *l)
{
	sd_notify(0, "STOPPING=1");
	close(l->signal);
}

void kxt_export_loop_ready(struct kxt_export_loop *l, const char *status)
{
	(void)l;
	/* Nobody may want to know; then it does nothing. */
	sd_notifyf(0, "READY=1\nSTATUS=%s", status);
}

void kxt_export_failed(struct kxt_export *e, const struct kxt_err *err)
{
	if (err && !e->failing)
		kxt_complain(err);
	else if (!err && e->failing)
		fputs("kvmexittop: the collector works again\n", stderr);
	e->failing = err;
}

/* A collector with a clock of its own gets on only if it is told to. */
static void look(struct kxt_export *e)
{
	struct kxt_err err;
	int ret = 0;

	if (e->c.ops->wait)
		ret = e->c.ops->wait(&e->c, LOOK_NS, &err);
	if (ret == 0)
		ret = kxt_exporter_look(e->x, &err);
	kxt_export_failed(e, ret ? &err : NULL);
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static bool is_over(struct kxt_export_loop *l, short revents)
{
	struct signalfd_siginfo info;

	return revents && read(l->signal, &info, sizeof(info)) == sizeof(info);
}

bool kxt_export_loop_wait(struct kxt_export_loop *l, struct kxt_export *e, int fd,
			  uint64_t until)
{
	struct pollfd fds[2] = { { .fd = l->signal, .events = POLLIN },
				 { .fd = fd, .events = POLLIN } };
	uint64_t now = kxt_export_clock();
	uint64_t next = sooner(until, sooner(l->next_look, l->next_watchdog));
	uint64_t left = next > now ? next - now : 0;
	struct timespec ts = { .tv_sec = left / SEC, .tv_nsec = left % SEC };

	if (ppoll(fds, 2, &ts, NULL) > 0 && is_over(l, fds[0].revents))
		return false;
	now = kxt_export_clock();
	if (now >= l->next_look) {
		look(e);
		/* From the end of this one: a host that is too slow does other things too. */
		l->next_look = kxt_export_clock() + LOOK_NS;
	}
	if (now >= l->next_watchdog) {
		sd_notify(0, "WATCHDOG=1");
		l->next_watchdog = now + l->watchdog_ns;
	}
	return true;
}
