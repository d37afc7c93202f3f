/* SPDX-License-Identifier: GPL-2.0-only */
/* Values that more than one JSON view has. Pure. */
#ifndef KXT_JSON_H
#define KXT_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/** kxt_json_number() - a counter; jansson's integers are signed: capped there */
json_t *kxt_json_number(uint64_t value);

/** kxt_json_number_if() - a counter, or null if it is not @known */
json_t *kxt_json_number_if(bool known, uint64_t value);

/** kxt_json_string_if() - UTF-8, or null for NULL */
json_t *kxt_json_string_if(const char *text);

/** kxt_json_hex() - a string "0x1f": addresses and bits do not fit in integers */
json_t *kxt_json_hex(uint64_t value);

/** kxt_json_fault() - kxt_access_fault() as one word ("not_present"), or null */
json_t *kxt_json_fault(uint32_t kind, uint32_t access);

/** kxt_json_virtual() - is the address of a page fault a virtual one? Or null */
json_t *kxt_json_virtual(uint32_t kind, uint32_t access);

#endif /* KXT_JSON_H */
