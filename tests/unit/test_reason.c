// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "user/reason.h"

#define MAX_TEXT	200

struct table {
	uint32_t isa;
	const struct kxt_reason *rows;
	uint64_t max_code;
};

static const struct table tables[] = {
	{ KVMEXIT_ISA_VMX, kxt_reasons_vmx, 0xffff },
	{ KVMEXIT_ISA_SVM, kxt_reasons_svm, 0xffffffff },
};

#define NR_TABLES	(sizeof(tables) / sizeof(tables[0]))

/* Says which row it is about: cmocka only says which line of this file. */
#define check_row(cond, t, r) do { \
	if (!(cond)) \
		fail_msg("%s 0x%" PRIx64 " %s: %s", kxt_isa_name((t)->isa), \
			 (r)->code, (r)->name, #cond); \
} while (0)

static void test_sorted(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR_TABLES; i++) {
		const struct table *t = &tables[i];
		const struct kxt_reason *r = t->rows;

		assert_non_null(r->name);
		for (; r->name; r++) {
			check_row(r->code <= t->max_code, t, r);
			check_row(r == t->rows || r->code > (r - 1)->code, t, r);
		}
	}
}

static void test_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR_TABLES; i++) {
		const struct table *t = &tables[i];

		for (const struct kxt_reason *r = t->rows; r->name; r++) {
			check_row(*r->name && strlen(r->name) < 32, t, r);
			check_row(strcmp(r->name, "other"), t, r);
			check_row(strcmp(r->name, "unreadable"), t, r);
			check_row(strcmp(r->name, "signal_exit"), t, r);
			check_row(strncmp(r->name, "unknown_", 8), t, r);
			check_row(strspn(r->name, "abcdefghijklmnopqrstuvwxyz"
					 "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					 "0123456789_- ") == strlen(r->name), t, r);
			for (const struct kxt_reason *o = t->rows; o != r; o++)
				check_row(strcmp(r->name, o->name), t, r);
		}
	}
}

static void test_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR_TABLES; i++) {
		const struct table *t = &tables[i];

		for (const struct kxt_reason *r = t->rows; r->name; r++) {
			size_t len;

			check_row(r->text, t, r);
			len = strlen(r->text);
			check_row(len > 20 && len < MAX_TEXT, t, r);
			check_row(strchr("AET", r->text[0]), t, r);
			/* One sentence, one line, ASCII. */
			check_row(r->text[len - 1] == '.', t, r);
			check_row(!strstr(r->text, ". "), t, r);
			check_row(!strstr(r->text, "  "), t, r);
			check_row(r->text[len - 2] != ' ' && r->text[len - 2] != '.', t, r);
			for (const char *p = r->text; *p; p++)
				check_row(*p >= ' ' && *p <= '~', t, r);
		}
	}
}

static void test_classes(void **state)
{
	unsigned int used[KXT_CLASS_NR] = { 0 };

	(void)state;
	for (size_t i = 0; i < NR_TABLES; i++) {
		const struct table *t = &tables[i];

		for (const struct kxt_reason *r = t->rows; r->name; r++) {
			check_row((unsigned int)r->class < KXT_CLASS_NR, t, r);
			used[r->class]++;
		}
	}
	for (int c = 0; c < KXT_CLASS_NR; c++) {
		assert_true(used[c] > 0);
		for (int o = 0; o < c; o++)
			assert_string_not_equal(kxt_class_name(c), kxt_class_name(o));
	}
	assert_string_equal(kxt_class_name(KXT_CLASS_PAGE_FAULT), "page_fault");
	assert_string_equal(kxt_class_name(KXT_CLASS_CR_DR), "cr_dr");
	assert_string_equal(kxt_class_name(KXT_CLASS_OTHER), "other");
	assert_string_equal(kxt_class_name(KXT_CLASS_NR), "other");
	assert_string_equal(kxt_class_name((enum kxt_class)-1), "other");
}

/* Every row is found by its code, and nothing is found beside it. */
static void test_find(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR_TABLES; i++) {
		const struct table *t = &tables[i];

		for (const struct kxt_reason *r = t->rows; r->name; r++) {
			check_row(kxt_reason_find(t->isa, r->code) == r, t, r);
			check_row(kxt_reason_class(t->isa, r->code) == r->class, t, r);
			if ((r + 1)->name && (r + 1)->code > r->code + 1)
				check_row(!kxt_reason_find(t->isa, r->code + 1), t, r);
			/* The flags of a VMX reason do not belong in a code. */
			check_row(!kxt_reason_find(t->isa, r->code | 1ULL << 32), t, r);
		}
		assert_null(kxt_reason_find(t->isa, UINT64_MAX));
		assert_null(kxt_reason_find(t->isa, KVMEXIT_CODE_OTHER));
		assert_null(kxt_reason_find(t->isa, KVMEXIT_CODE_UNREADABLE));
		assert_null(kxt_reason_find(t->isa, KVMEXIT_CODE_SIGNAL));
	}
	assert_null(kxt_reason_find(KVMEXIT_ISA_UNKNOWN, 0));
	assert_null(kxt_reason_find(3, 0));
	assert_null(kxt_reason_find(UINT32_MAX, 48));
}

static void assert_name(uint32_t isa, uint64_t code, const char *name)
{
	char buf[32];

	assert_string_equal(kxt_reason_name(isa, code, buf, sizeof(buf)), name);
}

static void test_name(void **state)
{
	(void)state;
	assert_name(KVMEXIT_ISA_VMX, 0, "EXCEPTION_NMI");
	assert_name(KVMEXIT_ISA_VMX, 10, "CPUID");
	assert_name(KVMEXIT_ISA_VMX, 48, "EPT_VIOLATION");
	assert_name(KVMEXIT_ISA_VMX, 85, "MSR_WRITE_IMM");
	assert_name(KVMEXIT_ISA_SVM, 0, "read_cr0");
	assert_name(KVMEXIT_ISA_SVM, 0x40, "DE excp");
	assert_name(KVMEXIT_ISA_SVM, 0x60, "interrupt");
	assert_name(KVMEXIT_ISA_SVM, 0x400, "npf");
	assert_name(KVMEXIT_ISA_SVM, 0x80000001, "vmgexit_mmio_read");
	assert_name(KVMEXIT_ISA_SVM, 0xffffffff, "invalid_guest_state");
}

static void test_name_made_up(void **state)
{
	uint32_t isas[] = { KVMEXIT_ISA_UNKNOWN, KVMEXIT_ISA_VMX, KVMEXIT_ISA_SVM };

	(void)state;
	assert_name(KVMEXIT_ISA_VMX, 17, "unknown_0x11");
	assert_name(KVMEXIT_ISA_VMX, 0xffff, "unknown_0xffff");
	assert_name(KVMEXIT_ISA_SVM, 0x3ff, "unknown_0x3ff");
	assert_name(KVMEXIT_ISA_SVM, UINT64_MAX, "unknown_0xffffffffffffffff");
	assert_name(KVMEXIT_ISA_UNKNOWN, 48, "unknown_0x30");
	assert_name(77, 0, "unknown_0x0");
	for (size_t i = 0; i < 3; i++) {
		assert_name(isas[i], KVMEXIT_CODE_OTHER, "other");
		assert_name(isas[i], KVMEXIT_CODE_UNREADABLE, "unreadable");
		assert_name(isas[i], KVMEXIT_CODE_SIGNAL, "signal_exit");
		assert_int_equal(kxt_reason_class(isas[i], KVMEXIT_CODE_SIGNAL),
				 KXT_CLASS_OTHER);
		assert_int_equal(kxt_reason_class(isas[i], KVMEXIT_CODE_OTHER),
				 KXT_CLASS_OTHER);
	}
	assert_int_equal(kxt_reason_class(KVMEXIT_ISA_VMX, 17), KXT_CLASS_OTHER);
	assert_int_equal(kxt_reason_class(KVMEXIT_ISA_UNKNOWN, 48), KXT_CLASS_OTHER);
}

/* Codes that JSON has as null. */
static void test_own(void **state)
{
	(void)state;
	assert_true(kxt_reason_is_own(KVMEXIT_CODE_OTHER));
	assert_true(kxt_reason_is_own(KVMEXIT_CODE_UNREADABLE));
	assert_true(kxt_reason_is_own(KVMEXIT_CODE_SIGNAL));
	assert_false(kxt_reason_is_own(UINT64_MAX));
	assert_false(kxt_reason_is_own(KVMEXIT_CODE_SIGNAL - 1));
	assert_false(kxt_reason_is_own(0xffffffff));
	assert_false(kxt_reason_is_own(0));
}

/* The classes that dashboards of both vendors meet in. */
static void test_class_pairs(void **state)
{
	static const struct {
		uint64_t vmx, svm;
		enum kxt_class class;
	} pairs[] = {
		{ 48, 0x400, KXT_CLASS_PAGE_FAULT },	/* EPT_VIOLATION, npf */
		{ 30, 0x07b, KXT_CLASS_IO },
		{ 49, 0x80000001, KXT_CLASS_MMIO },	/* EPT_MISCONFIG */
		{ 32, 0x07c, KXT_CLASS_MSR },
		{ 10, 0x072, KXT_CLASS_CPUID },
		{ 12, 0x078, KXT_CLASS_HALT },
		{ 12, 0x0a6, KXT_CLASS_HALT },		/* idle-halt */
		{ 40, 0x077, KXT_CLASS_PAUSE },
		{ 1, 0x060, KXT_CLASS_INTERRUPT },
		{ 7, 0x064, KXT_CLASS_INTERRUPT },
		{ 28, 0x010, KXT_CLASS_CR_DR },
		{ 29, 0x037, KXT_CLASS_CR_DR },
		{ 18, 0x081, KXT_CLASS_HYPERCALL },
		{ 24, 0x080, KXT_CLASS_NESTED },
		{ 2, 0x07f, KXT_CLASS_SHUTDOWN },
		{ 54, 0x089, KXT_CLASS_OTHER },		/* WBINVD */
		{ 55, 0x08d, KXT_CLASS_OTHER },		/* XSETBV */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		assert_int_equal(kxt_reason_class(KVMEXIT_ISA_VMX, pairs[i].vmx),
				 pairs[i].class);
		assert_int_equal(kxt_reason_class(KVMEXIT_ISA_SVM, pairs[i].svm),
				 pairs[i].class);
	}
}

static void test_isa_name(void **state)
{
	(void)state;
	assert_string_equal(kxt_isa_name(KVMEXIT_ISA_VMX), "VMX");
	assert_string_equal(kxt_isa_name(KVMEXIT_ISA_SVM), "SVM");
	assert_string_equal(kxt_isa_name(KVMEXIT_ISA_UNKNOWN), "unknown");
	assert_string_equal(kxt_isa_name(9), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sorted),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_classes),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_name),
		cmocka_unit_test(test_name_made_up),
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_class_pairs),
		cmocka_unit_test(test_isa_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
