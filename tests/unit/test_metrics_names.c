// SPDX-License-Identifier: GPL-2.0-only
/* Names: of VMs, whatever they are called, of reasons, and of families. */
#include "metrics_host.h"

#include "user/reason.h"

static void test_labels(void **state)
{
	static const struct {
		const char *name, *label;
	} row[] = {
		{ "plain", "domain=\"plain\"" },
		{ "say \"hi\"", "domain=\"say \\\"hi\\\"\"" },
		{ "back\\slash\\", "domain=\"back\\\\slash\\\\\"" },
		{ "new\nline\t", "domain=\"new\357\277\275line\357\277\275\"" },
		{ "\377bad", "domain=\"\357\277\275bad\"" },
		{ "c1\302\23331m", "domain=\"c1\357\277\27531m\"" },
		{ "no\302\240break", "domain=\"no\302\240break\"" },
		{ "\342\200\256rtl", "domain=\"\357\277\275rtl\"" },
		{ "\342\201\246x\342\201\251", "domain=\"\357\277\275x\357\277\275\"" },
		{ "\342\202\254", "domain=\"\342\202\254\"" },
		{ "{a=\"b\",}", "domain=\"{a=\\\"b\\\",}\"" },
		{ "", "domain=\"pid 108\"" },
	};
	struct kxt_metrics m = metrics(KXT_METRICS_PROMETHEUS);

	(void)state;
	for (unsigned int i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct host h;
		char *text;

		begin(&h);
		vcpu_of(&h, 108, row[i].name, 0);
		finish(&h);
		text = text_of(&h, &m);
		assert_has(text, row[i].label);
		/* Whatever is in it, it is one line. */
		assert_int_equal(m.series, count_samples(text));
		free(text);
		end(&h);
	}
}

/* Every byte of the longest name is one that takes three. */
static void test_long_label(void **state)
{
	char name[KXT_VM_NAME_MAX], domain[KXT_METRICS_DOMAIN_MAX];

	(void)state;
	memset(name, '\001', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	kxt_metrics_domain(domain, name, 1);
	assert_int_equal(strlen(domain), 3 * (sizeof(name) - 1));
	for (int i = 0; i < 4; i++)
		kxt_metrics_domain_other(domain, UINT32_MAX);
	assert_int_equal(strlen(domain), 3 * (sizeof(name) - 1) + 4 * strlen(" (4294967295)"));
}

static void test_same_name(void **state)
{
	struct kxt_metrics m = metrics(KXT_METRICS_PROMETHEUS);
	struct host h;
	char *text;

	(void)state;
	begin(&h);
	vcpu_of(&h, 100, "web", 0)->ended = true;
	vcpu_of(&h, 200, "web", 0);
	vcpu_of(&h, 300, "web", 0);
	vcpu_of(&h, 400, "web (300)", 0);
	vcpu_of(&h, 500, "bad\001", 0);
	vcpu_of(&h, 600, "bad\002", 0);
	finish(&h);
	text = text_of(&h, &m);
	assert_has(text, "_vm_info{domain=\"web (100)\",pid=\"100\"");
	assert_has(text, "_vm_info{domain=\"web\",pid=\"200\"");
	assert_has(text, "_vm_info{domain=\"web (300)\",pid=\"300\"");
	assert_has(text, "_vm_info{domain=\"web (300) (400)\",pid=\"400\"");
	assert_has(text, "_vm_info{domain=\"bad\357\277\275\",pid=\"500\"");
	assert_has(text, "_vm_info{domain=\"bad\357\277\275 (600)\",pid=\"600\"");
	assert_has(text, "kvmexittop_vm_ended{domain=\"web (100)\"} 1\n");
	assert_has(text, "kvmexittop_vm_ended{domain=\"web\"} 0\n");
	assert_has(text, "kvmexittop_vms 5\n");
	free(text);
	end(&h);
}

/* Two codes of one name would be one series, twice. */
static void check_names(uint32_t isa, const struct kxt_reason *r)
{
	for (; r->name; r++) {
		char name[32];

		for (const struct kxt_reason *o = r + 1; o->name; o++)
			assert_string_not_equal(r->name, o->name);
		assert_string_not_equal(r->name, "other");
		assert_string_not_equal(r->name, "unreadable");
		assert_string_not_equal(r->name, "signal_exit");
		assert_ptr_equal(kxt_reason_name(isa, r->code, name, sizeof(name)), r->name);
	}
}

static void test_reason_names(void **state)
{
	(void)state;
	check_names(KVMEXIT_ISA_VMX, kxt_reasons_vmx);
	check_names(KVMEXIT_ISA_SVM, kxt_reasons_svm);
}

/* What OpenMetrics asks of the names. */
static void test_families(void **state)
{
	(void)state;
	for (const struct kxt_metrics_family *fam = kxt_metrics_family; fam->name; fam++) {
		size_t len = strlen(fam->name), unit = fam->unit ? strlen(fam->unit) : 0;

		assert_memory_equal(fam->name, "kvmexittop_", 11);
		assert_int_equal(!!strstr(fam->name, "_total"), 0);
		assert_true(!unit || strcmp(fam->name + len - unit, fam->unit) == 0);
		assert_int_equal(!!fam->unit, strstr(fam->name, "_seconds") ||
					      strstr(fam->name, "_bytes"));
		assert_null(strpbrk(fam->help, "\\\n\""));
		for (const struct kxt_metrics_family *o = fam + 1; o->name; o++)
			assert_string_not_equal(o->name, fam->name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_labels),
		cmocka_unit_test(test_long_label),
		cmocka_unit_test(test_same_name),
		cmocka_unit_test(test_reason_names),
		cmocka_unit_test(test_families),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
