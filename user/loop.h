/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What top waits for: a timer, signals, keys. One epoll over all of them, so
 * that nothing happens in a signal handler.
 */
#ifndef KXT_LOOP_H
#define KXT_LOOP_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "user/err.h"

/**
 * enum kxt_event - what happened, as a set
 * @KXT_EVENT_TICK: the timer came round (once, however late we are)
 * @KXT_EVENT_INPUT: stdin can be read
 * @KXT_EVENT_QUIT: SIGINT, SIGTERM, SIGHUP or SIGQUIT
 * @KXT_EVENT_GONE: the terminal, or the reader of the pipe, is gone
 * @KXT_EVENT_RESIZE: SIGWINCH
 * @KXT_EVENT_SUSPEND: SIGTSTP (Ctrl-Z)
 * @KXT_EVENT_CONTINUE: SIGCONT
 * @KXT_EVENT_READY: the file of kxt_loop_watch() can be read
 */
enum kxt_event {
	KXT_EVENT_TICK		= 1 << 0,
	KXT_EVENT_INPUT		= 1 << 1,
	KXT_EVENT_QUIT		= 1 << 2,
	KXT_EVENT_GONE		= 1 << 3,
	KXT_EVENT_RESIZE	= 1 << 4,
	KXT_EVENT_SUSPEND	= 1 << 5,
	KXT_EVENT_CONTINUE	= 1 << 6,
	KXT_EVENT_READY		= 1 << 7,
};

/* After KXT_EVENT_READY there is no other one for so long, however much there is. */
#define KXT_LOOP_BREATH_NS	100000000ULL

/**
 * struct kxt_loop - an open loop
 * @epoll: epoll instance
 * @timer: timerfd
 * @signal: signalfd
 * @breath: timerfd, runs from KXT_EVENT_READY until the next one may come
 * @watched: file of kxt_loop_watch(), -1: none
 * @old: signal mask to go back to
 */
struct kxt_loop {
	int epoll;
	int timer;
	int signal;
	int breath;
	int watched;
	sigset_t old;
};

/**
 * kxt_loop_open() - block the signals and watch everything
 * @l: result
 * @live: also watch stdin and the terminal's signals; else only watch stdout for
 *	its reader going away
 * @err: set on failure
 *
 * Signals that are ignored (nohup) stay ignored.
 *
 * Return: 0, or -1 with @err set; kxt_loop_close() is right only after 0.
 */
int kxt_loop_open(struct kxt_loop *l, bool live, struct kxt_err *err);

/** kxt_loop_close() - undo open */
void kxt_loop_close(struct kxt_loop *l);

/**
 * kxt_loop_timer() - start the timer anew
 * @l: loop
 * @first_ns: until the first tick, not 0
 * @every_ns: between the following ones
 */
void kxt_loop_timer(struct kxt_loop *l, uint64_t first_ns, uint64_t every_ns);

/**
 * kxt_loop_watch() - wait for one more file too
 * @l: loop
 * @fd: file that is to be read on KXT_EVENT_READY; takes the place of the one
 *	before; -1: none. It stays the caller's, who must not close it before
 * @err: set on failure; there is then none
 *
 * Return: 0, or -1 with @err set.
 */
int kxt_loop_watch(struct kxt_loop *l, int fd, struct kxt_err *err);

/**
 * kxt_loop_wait() - sleep until something happens
 * @l: loop
 * @block: false: only look
 *
 * Return: set of enum kxt_event; 0 if nothing happened.
 */
unsigned int kxt_loop_wait(struct kxt_loop *l, bool block);

/** kxt_loop_stop() - stop this process as Ctrl-Z does; returns when it goes on */
void kxt_loop_stop(void);

#endif /* KXT_LOOP_H */
