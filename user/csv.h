/* SPDX-License-Identifier: GPL-2.0-only */
/* What more than one CSV view has. Pure. */
#ifndef KXT_CSV_H
#define KXT_CSV_H

#include <stdio.h>

/**
 * kxt_csv_string() - a field of text, in quotes where RFC 4180 wants them
 * @f: where to
 * @text: at most 72 bytes; a byte that is no UTF-8 becomes U+FFFD
 */
void kxt_csv_string(FILE *f, const char *text);

#endif /* KXT_CSV_H */
