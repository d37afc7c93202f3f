// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/fake.h"

static const struct fake_reason svm_web[] = {
	{ 0x000, 2, 0, 0, { 900, 1400, 2100, 3000, 4000 } },
	{ 0x037, 3, 0, 0, { 800, 1200, 1600, 2600, 5000 } },
	{ 0x060, 1000, 0, 0, { 600, 900, 1500, 4000, 30000 } },
	{ 0x064, 200, 0, 0, { 500, 700, 950, 1800, 6000 } },
	{ 0x072, 25, 0, 0, { 900, 1250, 1700, 2900, 7000 } },
	{ 0x077, 90, 0, 0, { 700, 1600, 8000, 42000, 110000 } },
	{ 0x078, 400, 0, 1, { 20000, 600000, 1900000, 3800000, 9000000 } },
	{ 0x07b, 800, 0, 0, { 6000, 11000, 24000, 60000, 210000 } },
	{ 0x07c, 9000, 40, 0, { 700, 1100, 1800, 3500, 9000 } },
	{ 0x081, 60, 0, 0, { 650, 1000, 2200, 9000, 41000 } },
	{ 0x2f5, 1, 0, 0, { 1000, 1500, 2000, 2500, 3000 } },
	{ 0x400, 1200, 0, 0, { 1500, 2600, 6000, 21000, 95000 } },
	{ 0x401, 150, 0, 0, { 900, 1900, 3100, 5200, 14000 } },
};

static const struct fake_reason svm_db[] = {
	{ 0x060, 1100, 0, 0, { 600, 950, 1700, 5200, 38000 } },
	{ 0x072, 2, 0, 0, { 900, 1250, 1700, 2900, 7000 } },
	{ 0x077, 4000, 0, 0, { 700, 1300, 5500, 26000, 90000 } },
	{ 0x078, 50, 0, 1, { 15000, 300000, 2400000, 3900000, 7000000 } },
	{ 0x07b, 5000, 0, 0, { 7000, 14000, 31000, 88000, 400000 } },
	{ 0x07c, 700, 40, 0, { 700, 1150, 1900, 3700, 9500 } },
	{ 0x400, 6000, 0, 0, { 1800, 3900, 15000, 120000, 2500000 } },
};

static const struct fake_reason vmx_web[] = {
	{ 1, 1000, 0, 0, { 700, 1100, 1800, 4400, 32000 } },
	{ 7, 200, 0, 0, { 600, 850, 1200, 2100, 6500 } },
	{ 10, 25, 0, 0, { 1100, 1500, 2000, 3200, 7500 } },
	{ 12, 400, 0, 1, { 20000, 600000, 1900000, 3800000, 9000000 } },
	{ 18, 60, 0, 0, { 800, 1200, 2500, 9500, 42000 } },
	{ 28, 3, 0, 0, { 1000, 1500, 2200, 3300, 5000 } },
	{ 30, 800, 0, 0, { 7000, 12000, 25000, 61000, 215000 } },
	{ 31, 40, 0, 0, { 1000, 1400, 2000, 3600, 8000 } },
	{ 32, 9000, 40, 0, { 900, 1300, 2000, 3800, 9500 } },
	{ 40, 90, 0, 0, { 900, 1800, 8200, 43000, 112000 } },
	{ 48, 1200, 0, 0, { 1700, 2900, 6300, 22000, 96000 } },
	{ 49, 350, 0, 0, { 5000, 9800, 19000, 47000, 160000 } },
	{ 52, 250, 20, 0, { 700, 1000, 1500, 2700, 6900 } },
	{ 0xfe, 1, 0, 0, { 1000, 1500, 2000, 2500, 3000 } },
};

static const struct fake_reason vmx_db[] = {
	{ 1, 1100, 0, 0, { 700, 1150, 2000, 5600, 40000 } },
	{ 10, 2, 0, 0, { 1100, 1500, 2000, 3200, 7500 } },
	{ 12, 50, 0, 1, { 15000, 300000, 2400000, 3900000, 7000000 } },
	{ 30, 1500, 0, 0, { 8000, 15000, 32000, 90000, 410000 } },
	{ 32, 700, 40, 0, { 900, 1350, 2100, 4000, 9900 } },
	{ 40, 4000, 0, 0, { 900, 1500, 5700, 27000, 92000 } },
	{ 48, 6000, 0, 0, { 2000, 4200, 15500, 123000, 2550000 } },
	{ 49, 3500, 0, 0, { 6000, 13000, 29000, 85000, 390000 } },
};

/* A hypervisor in a VM: what it exits for itself, then what its guests do. */
#define SVM_L2_REASONS	5
static const struct fake_reason svm_l1[] = {
	{ 0x060, 800, 0, 0, { 600, 900, 1500, 4000, 30000 } },
	{ 0x078, 200, 0, 1, { 20000, 600000, 1900000, 3800000, 9000000 } },
	{ 0x07b, 200, 0, 0, { 6000, 11000, 24000, 60000, 210000 } },
	{ 0x07c, 3000, 0, 0, { 700, 1100, 1800, 3500, 9000 } },
	{ 0x080, 2500, 0, 0, { 2500, 4100, 7200, 16000, 60000 } },
	{ 0x082, 400, 0, 0, { 900, 1300, 1900, 3000, 8000 } },
	{ 0x083, 400, 0, 0, { 900, 1300, 1900, 3000, 8000 } },
	{ 0x400, 900, 0, 0, { 1500, 2600, 6000, 21000, 95000 } },
	{ 0x060, 300, 0, 0, { 700, 1000, 1700, 4500, 33000 } },
	{ 0x072, 1200, 0, 0, { 3100, 4800, 8100, 17000, 64000 } },
	{ 0x07b, 300, 0, 0, { 3300, 5000, 8600, 19000, 70000 } },
	{ 0x07c, 900, 0, 0, { 3000, 4700, 8000, 16500, 61000 } },
	{ 0x400, 600, 0, 0, { 2100, 3900, 9000, 30000, 120000 } },
};

#define LIST(table)	(table), sizeof(table) / sizeof((table)[0])

static int no_memory(struct kxt_err *err)
{
	return kxt_err_set(err, KXT_EXIT_RUNTIME, "out of memory for the fake host");
}

/* A vCPU that was always there; NULL without memory. */
static struct fake_life *add_life(struct fake *f)
{
	struct fake_life *l;

	if (f->nr == f->cap) {
		unsigned int cap = f->cap ? 2 * f->cap : 16;

		l = reallocarray(f->life, cap, sizeof(*l));
		if (!l)
			return NULL;
		f->life = l;
		f->cap = cap;
	}
	l = &f->life[f->nr];
	memset(l, 0, sizeof(*l));
	l->slot = f->nr++;
	l->generation = 1;
	l->stop = FAKE_EVER;
	l->go = FAKE_EVER;
	l->end = FAKE_EVER;
	l->forget = FAKE_EVER;
	return l;
}

/* Adds a VM; its vCPUs are the last @vcpus of f->life. */
static int add_vm(struct fake *f, const char *name, uint32_t pid, unsigned int vcpus,
		  uint32_t isa, const struct fake_reason *reason,
		  unsigned int nr_reasons)
{
	for (unsigned int i = 0; i < vcpus; i++) {
		struct fake_life *l = add_life(f);

		if (!l)
			return -1;
		l->pid = pid;
		l->tid = pid + 10 + i;
		l->id = i;
		l->isa = isa;
		l->reason = reason;
		l->nr_reasons = nr_reasons;
		l->weight = 1000 / (1 + i % 4);
		l->guest = 500 + 100 * (i % 4);
	}
	return kxt_vm_names_set(f->names, pid, name);
}

static int add_two(struct fake *f, uint32_t isa)
{
	if (isa == KVMEXIT_ISA_VMX)
		return add_vm(f, "web1", 1201, 2, isa, LIST(vmx_web)) ||
		       add_vm(f, "db1", 2305, 4, isa, LIST(vmx_db));
	return add_vm(f, "web1", 1201, 2, isa, LIST(svm_web)) ||
	       add_vm(f, "db1", 2305, 4, isa, LIST(svm_db));
}

static int make_none(struct fake *f)
{
	(void)f;
	return 0;
}

static int make_nokvm(struct fake *f)
{
	f->kvm_present = false;
	return 0;
}

static int make_idle(struct fake *f)
{
	if (add_vm(f, "quiet", 777, 2, KVMEXIT_ISA_SVM, NULL, 0))
		return -1;
	f->life[1].stuck_in = 0x78;
	f->life[1].stop = FAKE_SEC;
	return 0;
}

/* All vCPUs of db1 have been with the VMM since their 5th second. */
static int make_paused(struct fake *f)
{
	if (add_two(f, KVMEXIT_ISA_SVM))
		return -1;
	for (unsigned int i = 0; i < f->nr; i++) {
		if (f->life[i].pid == 2305) {
			f->life[i].stuck_in = KVMEXIT_CODE_SIGNAL;
			f->life[i].stop = 5 * FAKE_SEC;
		}
	}
	return 0;
}

static int make_resumed(struct fake *f)
{
	if (make_paused(f))
		return -1;
	for (unsigned int i = 0; i < f->nr; i++) {
		if (f->life[i].stop != FAKE_EVER)
			f->life[i].go = f->opened + 2 * FAKE_SEC;
	}
	return 0;
}

static int make_nested(struct fake *f)
{
	if (add_vm(f, "l1host", 4100, 2, KVMEXIT_ISA_SVM, LIST(svm_l1)))
		return -1;
	for (unsigned int i = 0; i < f->nr; i++)
		f->life[i].nested = SVM_L2_REASONS;
	return add_vm(f, "web1", 1201, 1, KVMEXIT_ISA_SVM, LIST(svm_web));
}

static int make_norunq(struct fake *f)
{
	f->knows &= ~KXT_KNOWS_RUNQ;
	return add_two(f, KVMEXIT_ISA_SVM);
}

static int make_noparts(struct fake *f)
{
	f->knows = 0;
	return add_two(f, KVMEXIT_ISA_SVM);
}

static int make_two(struct fake *f)
{
	return add_two(f, KVMEXIT_ISA_SVM);
}

static int make_vmx(struct fake *f)
{
	return add_two(f, KVMEXIT_ISA_VMX);
}

static int make_ended(struct fake *f)
{
	if (add_two(f, KVMEXIT_ISA_SVM))
		return -1;
	for (unsigned int i = 0; i < f->nr; i++) {
		if (f->life[i].pid == 2305) {
			f->life[i].end = f->opened + 3 * FAKE_SEC;
			f->life[i].forget = f->life[i].end + KVMEXIT_LINGER_MIN_NS;
		}
	}
	return 0;
}

static int make_lost(struct fake *f)
{
	f->lost_exits = 1234;
	f->lost_slots = 7;
	f->lost_slow = 4;
	return add_two(f, KVMEXIT_ISA_SVM);
}

static int make_evil(struct fake *f)
{
	static const char *const name[] = {
		"tab\tbell\a",
		"\033[31mred\033[0m\033]0;title\a",
		"say \"hi\", twice; 'ok'",
		"two\nlines\r\nthree",
		"\303\251t\303\251-\346\227\245\346\234\254\350\252\236",	/* été-日本語 */
		"bad\377\376\200utf8\300\257",
		"c1\302\23331m",			/* CSI as one C1 character */
		"\342\200\256right-to-left",
		"\001\002\037\177",
		"",
		"=1+1",
		"--help",
		"  spaces  ",
		"back\\slash\\x1b%s%n",
		"a-name-that-is-much-longer-than-any-column-and-longer-than-what-we-keep",
		"\346\227\245\346\227\245\346\227\245\346\227\245\346\227\245\346\227\245"
		"\346\227\245\346\227\245\346\227\245\346\227\245\346\227\245\346\227\245"
		"\346\227\245\346\227\245\346\227\245\346\227\245\346\227\245\346\227\245"
		"\346\227\245\346\227\245\346\227\245\346\227\245",
	};

	for (unsigned int i = 0; i < sizeof(name) / sizeof(name[0]); i++) {
		if (add_vm(f, name[i], 100 + i, 1, KVMEXIT_ISA_SVM, LIST(svm_db)))
			return -1;
	}
	return 0;
}

static int make_many(struct fake *f)
{
	const unsigned int known = sizeof(svm_web) / sizeof(svm_web[0]);
	char name[32];

	for (unsigned int i = 0; i < f->reasons; i++) {
		f->made[i] = svm_web[i % known];
		if (i >= known)
			f->made[i].code = 0x80 + i;
	}
	for (unsigned int i = 0; i < f->vms; i++) {
		snprintf(name, sizeof(name), "vm%04u", i + 1);
		if (add_vm(f, name, 10000 + i * 1000, f->vcpus, KVMEXIT_ISA_SVM,
			   f->made, f->reasons))
			return -1;
	}
	return 0;
}

/* Slot 0 and 1 get another vCPU every 2 s and are idle for one of them. */
static int make_reuse(struct fake *f)
{
	const unsigned int lives = 500;

	if (add_two(f, KVMEXIT_ISA_SVM))
		return -1;
	for (unsigned int i = 0; i < 2 * lives; i++) {
		struct fake_life *l = add_life(f);
		unsigned int g = i / 2;

		if (!l)
			return -1;
		*l = f->life[i % 2];
		l->generation = g + 2;
		l->tid = 20000 + i;
		l->begin = g * 2 * FAKE_SEC;
		l->end = l->begin + FAKE_SEC;
		l->forget = l->end + FAKE_SEC;
	}
	/* The first two served as patterns. */
	f->life[0].forget = 0;
	f->life[1].forget = 0;
	return 0;
}

static int make_restart(struct fake *f)
{
	unsigned int nr;

	f->restart_at = f->opened + 3 * FAKE_SEC;
	if (add_two(f, KVMEXIT_ISA_SVM))
		return -1;
	nr = f->nr;
	for (unsigned int i = 0; i < nr; i++) {
		struct fake_life *l = add_life(f);

		if (!l)
			return -1;
		*l = f->life[i];
		l->begin = f->restart_at;
		f->life[i].forget = f->restart_at;
	}
	return 0;
}

static int make_failsnap(struct fake *f)
{
	f->fail_at = f->opened + 2 * FAKE_SEC;
	return add_two(f, KVMEXIT_ISA_SVM);
}

static const struct {
	const char *name;
	int (*make)(struct fake *f);
	unsigned int age;	/* in seconds, 0 for the usual */
} scenario[] = {
	{ "two", make_two, 0 },		/* the first is the default */
	{ "vmx", make_vmx, 0 },
	{ "none", make_none, 0 },
	{ "nokvm", make_nokvm, 0 },
	{ "idle", make_idle, 0 },
	{ "ended", make_ended, 0 },
	{ "lost", make_lost, 0 },
	{ "evil", make_evil, 0 },
	{ "many", make_many, 0 },
	{ "reuse", make_reuse, 0 },
	{ "restart", make_restart, 0 },
	{ "failsnap", make_failsnap, 0 },
	{ "paused", make_paused, 300 },
	{ "resumed", make_resumed, 300 },
	{ "nested", make_nested, 0 },
	{ "norunq", make_norunq, 0 },
	{ "noparts", make_noparts, 0 },
};

#define NR_SCENARIOS	(sizeof(scenario) / sizeof(scenario[0]))

static int parse_option(struct fake *f, const char *text, struct kxt_err *err)
{
	const struct {
		const char *key;
		uint32_t *value;
		unsigned long max;
	} known[] = {
		{ "vms=", &f->vms, 5000 },
		{ "vcpus=", &f->vcpus, 900 },
		{ "reasons=", &f->reasons, FAKE_MAX_REASONS },
	};
	char *end;

	if (strncmp(text, "age=", 4) == 0) {
		f->opened = strtoul(text + 4, &end, 10) * FAKE_SEC;
		if (end != text + 4 && !*end)
			return 0;
	}
	for (unsigned int i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		size_t len = strlen(known[i].key);
		unsigned long value;

		if (strncmp(text, known[i].key, len))
			continue;
		value = strtoul(text + len, &end, 10);
		if (end != text + len && !*end && value <= known[i].max) {
			*known[i].value = value;
			return 0;
		}
	}
	return kxt_err_set(err, KXT_EXIT_USAGE, "fake collector: bad option '%s'", text);
}

static int make_scenario(struct fake *f, const char *name, struct kxt_err *err)
{
	if (strcmp(name, "fail") == 0)
		return kxt_err_set(err, KXT_EXIT_NO_COLLECTOR,
				   "the fake collector was told to refuse. Use another scenario.");
	for (unsigned int i = 0; i < NR_SCENARIOS; i++) {
		if (strcmp(name, scenario[i].name))
			continue;
		if (f->opened == FAKE_EVER)
			f->opened = (scenario[i].age ? scenario[i].age : 10) * FAKE_SEC;
		f->now = f->opened;
		return scenario[i].make(f) ? no_memory(err) : 0;
	}
	return kxt_err_set(err, KXT_EXIT_USAGE, "fake collector: no scenario '%s'", name);
}

int kxt_fake_make(struct fake *f, const char *arg, struct kxt_err *err)
{
	char text[256], *save = NULL, *name, *option;

	f->opened = FAKE_EVER;
	f->fail_at = FAKE_EVER;
	f->restart_at = FAKE_EVER;
	f->details_at = FAKE_EVER;
	f->slow_ns = UINT64_MAX;
	f->kvm_present = true;
	f->knows = KXT_KNOWS_ALL;
	f->vms = 50;
	f->vcpus = 8;
	f->reasons = 20;
	snprintf(text, sizeof(text), "%s", arg && *arg ? arg : scenario[0].name);
	name = strtok_r(text, ",", &save);
	while ((option = strtok_r(NULL, ",", &save))) {
		if (parse_option(f, option, err))
			return -1;
	}
	return make_scenario(f, name ? name : "", err);
}
