/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files of export: command line, server, page, textfile. */
#ifndef KXT_CMD_EXPORT_H
#define KXT_CMD_EXPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "user/cmd.h"
#include "user/metrics/exporter.h"
#include "user/web/web.h"

#define KXT_EXPORT_ADDRESSES	16

/**
 * struct kxt_export - one run of export
 * @common: what all verbs have
 * @o: what is exported
 * @address: --web.listen-address
 * @nr_addresses: how many
 * @path: --web.telemetry-path
 * @config_file: --web.config.file, or NULL
 * @textfile: --textfile, or NULL
 * @every_ns: -i
 * @once: --once
 * @openmetrics: --openmetrics
 * @c: collector, once it is open
 * @x: exporter, once it is open
 * @began_ns: when it was, CLOCK_MONOTONIC
 * @scrapes: how many were answered
 * @last_len: size of the last one, before compression
 * @failing: the collector failed when it was asked last
 */
struct kxt_export {
	struct kxt_common common;
	struct kxt_exporter_options o;
	const char *address[KXT_EXPORT_ADDRESSES];
	unsigned int nr_addresses;
	const char *path;
	const char *config_file;
	const char *textfile;
	uint64_t every_ns;
	bool once, openmetrics;
	struct kxt_collector c;
	struct kxt_exporter *x;
	uint64_t began_ns;
	uint64_t scrapes;
	size_t last_len;
	bool failing;
};

/**
 * struct kxt_export_loop - what both kinds of export wait for
 * @signal: signalfd
 * @watchdog_ns: how often systemd wants to hear of us, 0: never
 * @next_watchdog: when it shall next
 * @next_look: when the collector is to be looked at
 */
struct kxt_export_loop {
	int signal;
	uint64_t watchdog_ns;
	uint64_t next_watchdog, next_look;
};

/** kxt_export_clock() - CLOCK_MONOTONIC in ns */
uint64_t kxt_export_clock(void);

/**
 * kxt_export_loop_open() - SIGINT, SIGTERM and SIGHUP are events from now on
 * @l: result
 * @err: set on failure
 *
 * Return: 0, or -1 with @err set.
 */
int kxt_export_loop_open(struct kxt_export_loop *l, struct kxt_err *err);

/** kxt_export_loop_close() - undo open; the signals stay blocked */
void kxt_export_loop_close(struct kxt_export_loop *l);

/**
 * kxt_export_loop_ready() - tell systemd that we are at work
 * @l: loop
 * @status: one line
 */
void kxt_export_loop_ready(struct kxt_export_loop *l, const char *status);

/**
 * kxt_export_loop_wait() - sleep; look at the collector, ping the watchdog meanwhile
 * @l: loop
 * @e: export
 * @fd: wake up when it can be read; -1: none
 * @until: and at this time; UINT64_MAX: never
 *
 * Return: false if a signal says that it is over.
 */
bool kxt_export_loop_wait(struct kxt_export_loop *l, struct kxt_export *e, int fd,
			  uint64_t until);

/** kxt_export_failed() - say that the collector fails, or no more: once each time */
void kxt_export_failed(struct kxt_export *e, const struct kxt_err *err);

/**
 * kxt_export_note() - say on stderr if there is nothing to count, or nothing yet
 * @e: open collector
 * @err: set on failure
 *
 * For --once: fresh counters look like a host where nothing happens.
 *
 * Return: 0, or -1 with @err set.
 */
int kxt_export_note(struct kxt_export *e, struct kxt_err *err);

/**
 * kxt_export_serve() - be a server until a signal ends it
 * @e: open collector, no exporter yet; the server is opened before privileges go
 * @err: set on failure
 *
 * Return: 0, or -1 with @err set.
 */
int kxt_export_serve(struct kxt_export *e, struct kxt_err *err);

/** kxt_export_textfile() - the same for --textfile: write until a signal comes, or once */
int kxt_export_textfile(struct kxt_export *e, struct kxt_err *err);

/** kxt_export_page() - what is at "/"; 0, or -1 with errno */
int kxt_export_page(FILE *f, const struct kxt_export *e);

/**
 * struct kxt_textfile - a file that is replaced again and again
 * @path: as it was given
 * @dir: its directory, open
 * @name: its name there
 * @temp: name of the one that is to take its place
 */
struct kxt_textfile {
	const char *path;
	int dir;
	char name[256], temp[256];
};

/**
 * kxt_textfile_open() - find the directory
 * @t: result
 * @path: file, need not be there
 * @err: set on failure
 *
 * Return: 0, or -1 with @err set.
 */
int kxt_textfile_open(struct kxt_textfile *t, const char *path, struct kxt_err *err);

/** kxt_textfile_close() - done */
void kxt_textfile_close(struct kxt_textfile *t);

/**
 * kxt_textfile_write() - replace the file
 * @t: file
 * @text: what is to be in it
 * @len: its length
 * @err: set on failure; the file is then what it was
 *
 * Who reads it sees the old one or the new one, whole. Its mode is 0644 with umask 022.
 *
 * Return: 0, or -1 with @err set.
 */
int kxt_textfile_write(struct kxt_textfile *t, const char *text, size_t len,
		       struct kxt_err *err);

#endif /* KXT_CMD_EXPORT_H */
