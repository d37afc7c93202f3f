/* SPDX-License-Identifier: GPL-2.0-only */
/* The live view on a terminal. It sees frames, never a collector. */
#ifndef KXT_VIEW_TUI_H
#define KXT_VIEW_TUI_H

#include <stdbool.h>
#include <stdint.h>

#include "user/columns.h"
#include "user/err.h"
#include "user/replay/place.h"
#include "user/slow_log.h"
#include "user/summary.h"

struct kxt_tui;

#define KXT_INTERVAL_MIN_NS	100000000ULL

/**
 * struct kxt_tui_opts - how the live view begins
 * @sort: column to sort by, in the tables that have it
 * @ascii: nothing but ASCII
 * @color: colours, if the terminal has them
 * @interval_ns: time between frames
 * @filter: which VMs there are, for the sentence that says why there is none
 * @details: details are being collected
 * @can_details: the collector has details
 * @can_slow: the collector has slow exits
 * @slow_ns: from which service time on an exit is slow; 0: as usual
 * @replay: numbers come from a recording, which has keys and sentences of its own
 * @paused: begin with a pause
 */
struct kxt_tui_opts {
	enum kxt_col sort;
	bool ascii;
	bool color;
	uint64_t interval_ns;
	const struct kxt_filter *filter;
	bool details;
	bool can_details;
	bool can_slow;
	uint64_t slow_ns;
	bool replay;
	bool paused;
};

/**
 * kxt_tui_open() - take the terminal on stdin and stdout
 * @opts: how; copied
 * @err: set on failure; the terminal is then as it was
 *
 * Return: the view, or NULL with @err set.
 */
struct kxt_tui *kxt_tui_open(const struct kxt_tui_opts *opts, struct kxt_err *err);

/** kxt_tui_close() - give the terminal back; NULL is fine */
void kxt_tui_close(struct kxt_tui *tui);

/**
 * kxt_tui_frame() - show a new frame
 * @tui: view
 * @sum: frame; has to live until the next one comes
 * @lost: what was lost since the view began
 * @err: set on failure
 *
 * Return: 0, or -1 with @err set (no memory).
 */
int kxt_tui_frame(struct kxt_tui *tui, const struct kxt_summary *sum,
		  const struct kxt_lost *lost, struct kxt_err *err);

/**
 * enum kxt_tui_wish - what the user's keys ask of the caller
 * @KXT_TUI_STAY: nothing
 * @KXT_TUI_QUIT: leave
 * @KXT_TUI_INTERVAL: kxt_tui_interval() has changed
 * @KXT_TUI_BACK: the window before; this one and those below only in a replay
 * @KXT_TUI_NEXT: the next window
 * @KXT_TUI_BEGIN: the first window
 * @KXT_TUI_END: the last window
 * @KXT_TUI_SLOWER: the next slower speed
 * @KXT_TUI_FASTER: the next faster speed
 * @KXT_TUI_GOTO: the place that kxt_tui_goto() says
 */
enum kxt_tui_wish {
	KXT_TUI_STAY,
	KXT_TUI_QUIT,
	KXT_TUI_INTERVAL,
	KXT_TUI_BACK,
	KXT_TUI_NEXT,
	KXT_TUI_BEGIN,
	KXT_TUI_END,
	KXT_TUI_SLOWER,
	KXT_TUI_FASTER,
	KXT_TUI_GOTO,
};

/**
 * kxt_tui_keys() - do what the keys that are waiting say, and draw
 * @tui: view
 * @err: set on failure
 *
 * In a replay only up to the first key with a wish: call it until there is none.
 *
 * Return: enum kxt_tui_wish, or -1 with @err set (no memory).
 */
int kxt_tui_keys(struct kxt_tui *tui, struct kxt_err *err);

/** kxt_tui_details() - does the user want details to be collected? */
bool kxt_tui_details(const struct kxt_tui *tui);

/** kxt_tui_no_details() - they cannot be had; @why is a sentence, and is shown */
void kxt_tui_no_details(struct kxt_tui *tui, const char *why);

/**
 * kxt_tui_slow_ns() - from which service time on the user wants to see exits
 *
 * Return: nanoseconds, or UINT64_MAX for none: their view is not open.
 */
uint64_t kxt_tui_slow_ns(const struct kxt_tui *tui);

/** kxt_tui_no_slow() - they cannot be had; @why is a sentence, and is shown */
void kxt_tui_no_slow(struct kxt_tui *tui, const char *why);

/** kxt_tui_slow_add() - one more slow exit; kxt_tui_slow_show() shows it */
void kxt_tui_slow_add(struct kxt_tui *tui, const struct kxt_slow *slow);

/**
 * kxt_tui_slow_show() - show the slow exits that were added, if their view is open
 * @tui: view
 * @lost: how many were lost since the last call
 * @err: set on failure
 *
 * Return: 0, or -1 with @err set (no memory).
 */
int kxt_tui_slow_show(struct kxt_tui *tui, uint64_t lost, struct kxt_err *err);

/** kxt_tui_slow_clear() - forget all slow exits, and those that were lost */
void kxt_tui_slow_clear(struct kxt_tui *tui);

/**
 * kxt_tui_place() - where in the recording the next frame is; drawn with it
 * @tui: view, opened with opts.replay
 * @place: copied; what it points to has to live until the next call
 */
void kxt_tui_place(struct kxt_tui *tui, const struct kxt_replay_place *place);

/** kxt_tui_goto() - what the user typed as a place to go to; valid until the next key */
const char *kxt_tui_goto(const struct kxt_tui *tui);

/** kxt_tui_message() - show a sentence until the next key */
void kxt_tui_message(struct kxt_tui *tui, const char *text);

/** kxt_tui_resize() - the terminal has another size: ask for it and draw */
void kxt_tui_resize(struct kxt_tui *tui);

/** kxt_tui_leave() - give the terminal back for a while (Ctrl-Z) */
void kxt_tui_leave(struct kxt_tui *tui);

/** kxt_tui_enter() - take the terminal again and draw everything */
void kxt_tui_enter(struct kxt_tui *tui);

/** kxt_tui_paused() - does the user want no new frames? */
bool kxt_tui_paused(const struct kxt_tui *tui);

/** kxt_tui_interval() - time between frames that the user wants, in ns */
uint64_t kxt_tui_interval(const struct kxt_tui *tui);

/** kxt_tui_pid() - the VM that the user looks into, 0: none */
uint32_t kxt_tui_pid(const struct kxt_tui *tui);

#endif /* KXT_VIEW_TUI_H */
