// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "user/metrics/text.h"

#define FIRST_ROOM	65536

static void grow(struct kxt_metrics_text *t, size_t len)
{
	size_t room = t->room ? t->room : FIRST_ROOM;
	char *s;

	while (room - t->len < len)
		room *= 2;
	s = realloc(t->s, room);
	if (!s) {
		t->failed = true;
		return;
	}
	t->s = s;
	t->room = room;
}

void kxt_metrics_put(struct kxt_metrics_text *t, const char *s, size_t len)
{
	if (t->room - t->len < len && !t->failed)
		grow(t, len);
	if (t->failed || len == 0)
		return;
	memcpy(t->s + t->len, s, len);
	t->len += len;
}

void kxt_metrics_put_str(struct kxt_metrics_text *t, const char *s)
{
	kxt_metrics_put(t, s, strlen(s));
}

/* Writes the digits of @value before @end, at least @digits; returns where they begin. */
static char *put_digits(char *end, uint64_t value, int digits)
{
	do {
		*--end = '0' + value % 10;
		value /= 10;
		digits--;
	} while (value || digits > 0);
	return end;
}

void kxt_metrics_put_uint(struct kxt_metrics_text *t, uint64_t value)
{
	char digits[20], *end = digits + sizeof(digits), *begin = put_digits(end, value, 1);

	kxt_metrics_put(t, begin, end - begin);
}

void kxt_metrics_put_seconds(struct kxt_metrics_text *t, uint64_t ns)
{
	char digits[10], *end = digits + sizeof(digits);

	kxt_metrics_put_uint(t, ns / 1000000000);
	put_digits(end, ns % 1000000000, 9);
	while (end > digits + 1 && end[-1] == '0')
		end--;
	if (end == digits + 1)
		return;
	digits[0] = '.';
	kxt_metrics_put(t, digits, end - digits);
}
