// SPDX-License-Identifier: GPL-2.0-only
/*
 * JSON and CSV of the same summary have the same fields with the same values. Each key of
 * the JSON leads to a column by a rule; one that does not, or a column that no key led
 * to, is a field that only one of them has.
 */
#include <inttypes.h>
#include <stdbool.h>

#include "tests/unit/csv.h"
#include "tests/unit/json_summary.h"
#include "user/collector.h"

#define MAX_COLUMNS	100

/**
 * struct pair - a summary in both forms
 * @c: as CSV
 * @line: the line that is compared
 * @used: columns that a key led to
 */
struct pair {
	struct csv c;
	size_t line;
	bool used[MAX_COLUMNS];
};

/* As CSV has it: nothing for null. */
static void value_text(json_t *value, char *buf, size_t size)
{
	switch (json_typeof(value)) {
	case JSON_STRING:
		snprintf(buf, size, "%s", json_string_value(value));
		break;
	case JSON_INTEGER:
		snprintf(buf, size, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		snprintf(buf, size, "%s", json_is_true(value) ? "true" : "false");
		break;
	case JSON_NULL:
		buf[0] = '\0';
		break;
	default:
		fail();
	}
}

/* Where the value of @key, in the object that is called @of, has to be in CSV. */
static void column_of(const char *of, const char *key, char buf[64])
{
	static const char *const other[][3] = {
		{ "frame", "details", "details_collected" },
		{ "vm", "name", "vm" }, { "vm", "pid", "pid" },
		{ "vcpu", "id", "vcpu" }, { "vcpu", "tid", "tid" },
		{ "vcpu", "guest_ns", "guest_ns" }, { "vcpu", "backwards", "backwards" },
	};

	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
		if (!strcmp(of, other[i][0]) && !strcmp(key, other[i][1])) {
			snprintf(buf, 64, "%s", other[i][2]);
			return;
		}
	}
	if (!strcmp(of, "frame") || !strcmp(of, "reason"))
		snprintf(buf, 64, "%s", key);
	else
		snprintf(buf, 64, "%s_%s", of, key);
}

static const char *take(struct pair *p, const char *of, const char *key)
{
	char name[64];
	size_t i;

	column_of(of, key, name);
	i = column(&p->c, name);
	assert_true(i < MAX_COLUMNS);
	p->used[i] = true;
	return at(&p->c, p->line, name);
}

static void same(struct pair *p, const char *of, const char *key, json_t *value)
{
	const char *have = take(p, of, key);
	char want[256];

	if (json_is_real(value)) {
		assert_true(*have);
		assert_true(strtod(have, NULL) == json_real_value(value));
		return;
	}
	value_text(value, want, sizeof(want));
	if (strcmp(have, want))
		print_error("%s %s\n", of, key);
	assert_string_equal(have, want);
}

/* The next field of @text up to @end; *@text is then after it. */
static const char *next(char **text, char end)
{
	char *field = *text, *at_end = strchr(field, end);

	*text = at_end ? at_end + 1 : field + strlen(field);
	if (at_end)
		*at_end = '\0';
	return field;
}

static void unescape(const char *in, char *out)
{
	for (; *in; in++) {
		unsigned int c;

		if (*in == '%') {
			assert_int_equal(sscanf(in + 1, "%2x", &c), 1);
			*out++ = (char)c;
			in += 2;
		} else {
			*out++ = *in;
		}
	}
	*out = '\0';
}

/* Each key of each detail is a field, in the order of the keys. */
static void same_details(struct pair *p, json_t *list)
{
	char *text = strdup(take(p, "reason", "details")), *rest = text;
	size_t i;
	json_t *detail, *value;
	const char *key;

	assert_non_null(text);
	json_array_foreach(list, i, detail) {
		char *one = (char *)(uintptr_t)next(&rest, ';');
		char have[256], want[256];

		json_object_foreach(detail, key, value) {
			value_text(value, want, sizeof(want));
			unescape(next(&one, ':'), have);
			assert_string_equal(have, want);
		}
		assert_string_equal(one, "");
	}
	assert_string_equal(rest, "");
	free(text);
}

static void same_buckets(struct pair *p, json_t *list)
{
	char *text = strdup(take(p, "reason", "buckets")), *rest = text;
	json_t *pair;
	size_t i;

	assert_non_null(text);
	json_array_foreach(list, i, pair) {
		char *one = (char *)(uintptr_t)next(&rest, ';'), want[64];

		value_text(json_array_get(pair, 0), want, sizeof(want));
		assert_string_equal(next(&one, ':'), want);
		value_text(json_array_get(pair, 1), want, sizeof(want));
		assert_string_equal(one, want);
	}
	assert_string_equal(rest, "");
	free(text);
}

/* All values of an object but for lists, which are handled by who calls. */
static void same_object(struct pair *p, const char *of, json_t *object)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value) {
		if (json_is_object(value))
			same_object(p, key, value);
		else if (!strcmp(of, "reason") && !strcmp(key, "details"))
			same_details(p, value);
		else if (!strcmp(of, "reason") && !strcmp(key, "buckets"))
			same_buckets(p, value);
		else if (!json_is_array(value))
			same(p, of, key, value);
		else
			assert_true(!strcmp(key, "vms") || !strcmp(key, "vcpus") ||
				    !strcmp(key, "reasons"));
	}
}

static void same_line(struct pair *p, json_t *root, json_t *vm, json_t *vcpu,
		      json_t *reason)
{
	same_object(p, "frame", root);
	same_object(p, "vm", vm);
	same_object(p, "vcpu", vcpu);
	if (reason)
		same_object(p, "reason", reason);
	else
		assert_string_equal(at(&p->c, p->line, "reason"), "");
	p->line++;
}

static void compare(const struct kxt_summary *s)
{
	struct pair p = { .line = 0 };
	json_t *root = print_and_parse(s), *vm, *vcpu, *reason;
	size_t i, k, n;
	bool any = false;

	print_csv(&p.c, s);
	json_array_foreach(get(root, "vms"), i, vm) {
		json_array_foreach(get(vm, "vcpus"), k, vcpu) {
			json_t *reasons = get(vcpu, "reasons");

			json_array_foreach(reasons, n, reason)
				same_line(&p, root, vm, vcpu, reason);
			any = any || json_array_size(reasons);
			if (!json_array_size(reasons))
				same_line(&p, root, vm, vcpu, NULL);
		}
	}
	assert_int_equal(p.c.nr, (p.line + 1) * p.c.columns);
	for (size_t c = 0; any && c < p.c.columns; c++) {
		if (!p.used[c])
			print_error("column %s is not in the JSON\n", p.c.field[c]);
		assert_true(p.used[c]);
	}
	json_decref(root);
	free_csv(&p.c);
}

/* Two seconds of a made-up host, or all since it began. */
static void check_fake(const char *spec, bool details, bool window)
{
	struct kxt_summary sum = { 0 };
	struct kxt_collector c;
	struct kxt_snapshot from, to, delta;
	struct kxt_err err;

	kxt_snapshot_init(&from);
	kxt_snapshot_init(&to);
	kxt_snapshot_init(&delta);
	assert_int_equal(kxt_collector_open(&c, spec, &err), 0);
	assert_int_equal(c.ops->details(&c, details, &err), 0);
	assert_int_equal(c.ops->snapshot(&c, &from, &err), 0);
	assert_int_equal(c.ops->wait(&c, 2000000000, &err), 0);
	assert_int_equal(c.ops->snapshot(&c, &to, &err), 0);
	assert_int_equal(kxt_snapshot_delta(&delta, window ? &from : NULL, &to, &err), 0);
	assert_int_equal(kxt_summary_make(&sum, &delta, c.names, NULL, &err), 0);
	snprintf(sum.collector, sizeof(sum.collector), "fake");
	snprintf(sum.host, sizeof(sum.host), "a,\"b\"");
	snprintf(sum.kernel, sizeof(sum.kernel), "%s", c.kernel);
	if (window) {
		sum.begin_time_ns = 1795352710000000001;
		sum.end_time_ns = 1795352712000000001;
	}
	compare(&sum);
	kxt_snapshot_free(&from);
	kxt_snapshot_free(&to);
	kxt_snapshot_free(&delta);
	kxt_summary_free(&sum);
	kxt_collector_close(&c);
}

static void test_scenarios(void **state)
{
	static const char *const spec[] = {
		"fake:two", "fake:vmx", "fake:none", "fake:idle", "fake:lost", "fake:evil",
		"fake:many,vms=2,vcpus=3,reasons=62", "fake:two,age=100000000",
		"fake:nested", "fake:norunq", "fake:noparts", "fake:paused",
		"fake:resumed" };

	(void)state;
	for (size_t i = 0; i < sizeof(spec) / sizeof(spec[0]); i++) {
		for (unsigned int how = 0; how < 4; how++)
			check_fake(spec[i], how & 1, how & 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scenarios),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
