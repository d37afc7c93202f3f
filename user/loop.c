// SPDX-License-Identifier: GPL-2.0-only
/* What top waits for. */
#include "user/loop.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* Blocked signals reach a signalfd even if they are ignored: leave those out. */
static void want_signal(sigset_t *set, int signo)
{
	struct sigaction now;

	if (sigaction(signo, NULL, &now) == 0 && now.sa_handler == SIG_IGN)
		return;
	sigaddset(set, signo);
}

static void want_signals(sigset_t *set, bool live)
{
	static const int always[] = { SIGINT, SIGTERM, SIGHUP };
	static const int terminal[] = { SIGQUIT, SIGWINCH, SIGTSTP, SIGCONT };

	sigemptyset(set);
	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		want_signal(set, always[i]);
	for (size_t i = 0; live && i < sizeof(terminal) / sizeof(terminal[0]); i++)
		want_signal(set, terminal[i]);
}

static int watch(struct kxt_loop *l, int fd, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.fd = fd };

	return epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &ev);
}

static void close_all(struct kxt_loop *l)
{
	if (l->timer >= 0)
		close(l->timer);
	if (l->signal >= 0)
		close(l->signal);
	if (l->breath >= 0)
		close(l->breath);
	if (l->epoll >= 0)
		close(l->epoll);
}

int kxt_loop_open(struct kxt_loop *l, bool live, struct kxt_err *err)
{
	sigset_t set;
	int ret;

	want_signals(&set, live);
	sigprocmask(SIG_BLOCK, &set, &l->old);
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	l->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	l->signal = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	l->breath = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	l->watched = -1;
	ret = l->epoll < 0 || l->timer < 0 || l->signal < 0 || l->breath < 0;
	if (!ret)
		ret = watch(l, l->timer, EPOLLIN) || watch(l, l->signal, EPOLLIN) ||
		      watch(l, l->breath, EPOLLIN) ||
		      (live && watch(l, STDIN_FILENO, EPOLLIN));
	if (ret) {
		kxt_err_set(err, KXT_EXIT_RUNTIME, "cannot wait for events: %s",
			    strerror(errno));
		close_all(l);
		sigprocmask(SIG_SETMASK, &l->old, NULL);
		return -1;
	}
	/* Not possible for a file, which has no reader that could go. */
	if (!live)
		watch(l, STDOUT_FILENO, 0);
	return 0;
}

void kxt_loop_close(struct kxt_loop *l)
{
	close_all(l);
	sigprocmask(SIG_SETMASK, &l->old, NULL);
}

static struct timespec to_timespec(uint64_t ns)
{
	return (struct timespec){ .tv_sec = (time_t)(ns / 1000000000),
				  .tv_nsec = (long)(ns % 1000000000) };
}

void kxt_loop_timer(struct kxt_loop *l, uint64_t first_ns, uint64_t every_ns)
{
	struct itimerspec its = {
		.it_value = to_timespec(first_ns), .it_interval = to_timespec(every_ns),
	};

	timerfd_settime(l->timer, 0, &its, NULL);
}

int kxt_loop_watch(struct kxt_loop *l, int fd, struct kxt_err *err)
{
	if (l->watched >= 0)
		epoll_ctl(l->epoll, EPOLL_CTL_DEL, l->watched, NULL);
	l->watched = -1;
	if (fd < 0)
		return 0;
	if (watch(l, fd, EPOLLIN | EPOLLONESHOT))
		return kxt_err_set(err, KXT_EXIT_RUNTIME,
				   "cannot wait for the collector's events: %s",
				   strerror(errno));
	l->watched = fd;
	return 0;
}

/* It is disarmed by its event (EPOLLONESHOT) and armed again after a breath. */
static void take_breath(struct kxt_loop *l)
{
	struct itimerspec its = { .it_value = to_timespec(KXT_LOOP_BREATH_NS) };

	timerfd_settime(l->breath, 0, &its, NULL);
}

static void after_breath(struct kxt_loop *l)
{
	struct epoll_event ev = {
		.events = EPOLLIN | EPOLLONESHOT, .data.fd = l->watched,
	};
	uint64_t expirations;

	if (read(l->breath, &expirations, sizeof(expirations)) > 0 && l->watched >= 0)
		epoll_ctl(l->epoll, EPOLL_CTL_MOD, l->watched, &ev);
}

static unsigned int read_signals(struct kxt_loop *l)
{
	struct signalfd_siginfo info;
	unsigned int events = 0;

	while (read(l->signal, &info, sizeof(info)) == sizeof(info)) {
		switch (info.ssi_signo) {
		case SIGWINCH:
			events |= KXT_EVENT_RESIZE;
			break;
		case SIGTSTP:
			events |= KXT_EVENT_SUSPEND;
			break;
		case SIGCONT:
			events |= KXT_EVENT_CONTINUE;
			break;
		default:
			events |= KXT_EVENT_QUIT;
		}
	}
	return events;
}

static unsigned int read_event(struct kxt_loop *l, const struct epoll_event *ev)
{
	uint64_t expirations;

	if (ev->data.fd == l->timer)
		return read(l->timer, &expirations, sizeof(expirations)) > 0 ?
			KXT_EVENT_TICK : 0;
	if (ev->data.fd == l->signal)
		return read_signals(l);
	if (ev->data.fd == l->breath) {
		after_breath(l);
		return 0;
	}
	/* Whatever else is wrong with it, reading says so. */
	if (ev->data.fd == l->watched) {
		take_breath(l);
		return KXT_EVENT_READY;
	}
	if (ev->events & (EPOLLERR | EPOLLHUP))
		return KXT_EVENT_GONE;
	return KXT_EVENT_INPUT;
}

unsigned int kxt_loop_wait(struct kxt_loop *l, bool block)
{
	struct epoll_event ev[6];
	unsigned int events = 0;
	int nr = epoll_wait(l->epoll, ev, 6, block ? -1 : 0);

	for (int i = 0; i < nr; i++)
		events |= read_event(l, &ev[i]);
	return events;
}

void kxt_loop_stop(void)
{
	struct sigaction dfl = { .sa_handler = SIG_DFL }, old;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTSTP);
	sigaction(SIGTSTP, &dfl, &old);
	kill(getpid(), SIGTSTP);
	/* Here it is delivered: the next line runs when the shell says so. */
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigaction(SIGTSTP, &old, NULL);
}
