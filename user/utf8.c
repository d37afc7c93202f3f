// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "user/utf8.h"

size_t kxt_utf8_char(const char *s)
{
	const unsigned char *p = (const unsigned char *)s;
	unsigned char low = 0x80, high = 0xbf;
	size_t len;

	if (p[0] < 0x80)
		return p[0] != 0;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	len = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	/* Unicode 15.0, table 3-7: only the second byte has other limits. */
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xed)
		high = 0x9f;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f;
	if (p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	}
	return len;
}

void kxt_utf8_clean(char *out, const char *in)
{
	while (*in) {
		size_t len = kxt_utf8_char(in);

		if (len) {
			memcpy(out, in, len);
			out += len;
			in += len;
		} else {
			memcpy(out, "\357\277\275", 3);
			out += 3;
			in++;
		}
	}
	*out = '\0';
}
