/* SPDX-License-Identifier: GPL-2.0-only */
/* What is in a parsed JSON object. Includes cmocka. */
#ifndef KXT_TEST_JSON_H
#define KXT_TEST_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "tests/unit/build.h"

UNUSED static json_t *get(json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	if (!value)
		print_error("there is no \"%s\"\n", key);
	assert_non_null(value);
	return value;
}

UNUSED static uint64_t get_u64(json_t *object, const char *key)
{
	json_t *value = get(object, key);

	assert_true(json_is_integer(value));
	return json_integer_value(value);
}

UNUSED static const char *get_string(json_t *object, const char *key)
{
	json_t *value = get(object, key);

	assert_true(json_is_string(value));
	return json_string_value(value);
}

UNUSED static bool get_bool(json_t *object, const char *key)
{
	json_t *value = get(object, key);

	assert_true(json_is_boolean(value));
	return json_is_true(value);
}

UNUSED static void check_keys(json_t *object, const char *const *key)
{
	const char *have;
	json_t *value;

	json_object_foreach(object, have, value) {
		assert_non_null(*key);
		assert_string_equal(have, *key++);
	}
	assert_null(*key);
}

/* A number, or null if it is not known. */
UNUSED static void check_if(json_t *object, const char *key, bool known, uint64_t want)
{
	json_t *value = get(object, key);

	if (known) {
		assert_true(json_is_integer(value));
		assert_true((uint64_t)json_integer_value(value) == want);
	} else {
		assert_true(json_is_null(value));
	}
}

/* Null for NULL; of the fault, '_' stands for ' '. */
UNUSED static void check_word(json_t *object, const char *key, const char *want)
{
	char word[64];

	if (!want) {
		assert_true(json_is_null(get(object, key)));
		return;
	}
	snprintf(word, sizeof(word), "%s", want);
	for (char *p = word; *p && strcmp(key, "fault") == 0; p++) {
		if (*p == ' ')
			*p = '_';
	}
	assert_string_equal(get_string(object, key), word);
}

#endif /* KXT_TEST_JSON_H */
