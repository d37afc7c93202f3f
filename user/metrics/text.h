/* SPDX-License-Identifier: GPL-2.0-only */
/* Text that grows: megabytes of short pieces, for which stdio does too much. Pure. */
#ifndef KXT_METRICS_TEXT_H
#define KXT_METRICS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct kxt_metrics_text - bytes, not terminated
 * @s: they, to be freed; NULL while there are none
 * @len: their number
 * @room: for how many there is memory
 * @failed: there was no memory for some: the rest is not added either
 */
struct kxt_metrics_text {
	char *s;
	size_t len, room;
	bool failed;
};

/** kxt_metrics_put() - append @len bytes */
void kxt_metrics_put(struct kxt_metrics_text *t, const char *s, size_t len);

/** kxt_metrics_put_str() - append a string */
void kxt_metrics_put_str(struct kxt_metrics_text *t, const char *s);

/** kxt_metrics_put_uint() - append a number, decimal */
void kxt_metrics_put_uint(struct kxt_metrics_text *t, uint64_t value);

/**
 * kxt_metrics_put_seconds() - append nanoseconds as seconds, all digits, no zeros at the end
 *
 * Not by way of a double, which has 53 bits, nor of the locale's point.
 */
void kxt_metrics_put_seconds(struct kxt_metrics_text *t, uint64_t ns);

#endif /* KXT_METRICS_TEXT_H */
