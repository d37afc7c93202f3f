// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdio.h>

#include "user/detail.h"
#include "user/json.h"

json_t *kxt_json_number(uint64_t value)
{
	/* A counter that large does not exist. */
	return json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value);
}

json_t *kxt_json_number_if(bool known, uint64_t value)
{
	return known ? kxt_json_number(value) : json_null();
}

json_t *kxt_json_string_if(const char *text)
{
	return text ? json_string(text) : json_null();
}

json_t *kxt_json_hex(uint64_t value)
{
	char text[32];

	snprintf(text, sizeof(text), "0x%" PRIx64, value);
	return json_string(text);
}

json_t *kxt_json_fault(uint32_t kind, uint32_t access)
{
	const char *text = kxt_access_fault(kind, access);
	char word[32];

	if (!text)
		return json_null();
	snprintf(word, sizeof(word), "%s", text);
	for (char *p = word; *p; p++) {
		if (*p == ' ')
			*p = '_';
	}
	return json_string(word);
}

json_t *kxt_json_virtual(uint32_t kind, uint32_t access)
{
	if (kind != KVMEXIT_KIND_GPA)
		return json_null();
	return json_boolean(access & KVMEXIT_ACCESS_VIRTUAL);
}
