/* SPDX-License-Identifier: GPL-2.0-only */
/* A recording as a collector. */
#ifndef KXT_COLLECTOR_FILE_H
#define KXT_COLLECTOR_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "user/err.h"

struct kxt_collector;
struct kxt_collector_ops;

/* Its argument is the path; its name, once it is open, that of the recorded collector. */
extern const struct kxt_collector_ops kxt_collector_file;

/**
 * kxt_collector_is_file() - does this name a recording?
 * @spec: of kxt_collector_open(); may be NULL
 *
 * A collector's own name comes first, whatever files there are; then what has a '/' or
 * '.' in it is a file's name, and what a file is called that is there.
 */
bool kxt_collector_is_file(const char *spec);

/**
 * kxt_collector_file_last() - go to the end of the recording
 * @c: open collector, of any kind; of others it does nothing
 *
 * What was asked for at once, without a time to wait for, is what there is in the end.
 */
void kxt_collector_file_last(struct kxt_collector *c);

/** kxt_collector_file_over() - is it at the end of a recording? False of other kinds */
bool kxt_collector_file_over(const struct kxt_collector *c);

/**
 * kxt_collector_file_to_wall() - from its clock to the time of day
 * @c: open collector
 * @to_wall_ns: result: what to add for CLOCK_REALTIME, modulo 2^64; 0: not known
 *
 * Return: true, or false if @c is not of this kind.
 */
bool kxt_collector_file_to_wall(const struct kxt_collector *c, uint64_t *to_wall_ns);

#endif /* KXT_COLLECTOR_FILE_H */
