/* SPDX-License-Identifier: GPL-2.0-only */
/* Names come from command lines: any bytes. JSON has to be UTF-8. Pure. */
#ifndef KXT_UTF8_H
#define KXT_UTF8_H

#include <stddef.h>

/**
 * kxt_utf8_char() - length of the character at the start of a string
 * @s: zero-terminated
 *
 * Return: 1 to 4; 0 if what is there is no UTF-8 (overlong forms, surrogates and
 * numbers above U+10FFFF are none) or the string is at its end.
 */
size_t kxt_utf8_char(const char *s);

/**
 * kxt_utf8_clean() - copy with U+FFFD in place of every byte that is no UTF-8
 * @out: room for 3 * strlen(@in) + 1 bytes
 * @in: zero-terminated
 */
void kxt_utf8_clean(char *out, const char *in);

#endif /* KXT_UTF8_H */
