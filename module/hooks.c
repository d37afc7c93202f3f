// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/build_bug.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "exitinfo.h"
/* Needs what exitinfo.h includes. */
#include <trace/events/kvm.h>

#include "hooks.h"
#include "parts.h"
#include "probe.h"
#include "uapi/kvmexit.h"

/**
 * struct kxt_hook - one tracepoint
 * @name: its name
 * @flag: KVMEXIT_INFO_* of what it alone tells; 0: nothing goes without it
 * @probe: callback of the right prototype
 * @tp: the tracepoint while KVM is there, else NULL
 * @attached: @probe is registered with @tp
 */
struct kxt_hook {
	const char *name;
	u32 flag;
	void *probe;
	struct tracepoint *tp;
	bool attached;
};

/*
 * Attached in this order, detached in the other: an exit is counted only while all
 * that can happen to it is seen. For an entry before that see kxt_parts_arm().
 */
static struct kxt_hook kxt_hooks[] = {
	{ .name = "kvm_entry" },
	{ .name = "kvm_vcpu_wakeup", .flag = KVMEXIT_INFO_IDLE, .probe = kxt_on_wakeup },
	{ .name = "kvm_userspace_exit", .flag = KVMEXIT_INFO_VMM,
	  .probe = kxt_on_userspace },
	{ .name = "kvm_exit" },
};

/* The prototypes that are in a public header are held against it. */
#define KXT_SAME_PROBE(name, ...)						\
	__same_type(&register_trace_##name,					\
		    (int (*)(void (*)(void *, __VA_ARGS__), void *))NULL)

static_assert(KXT_SAME_PROBE(kvm_vcpu_wakeup, __u64, bool, bool));
static_assert(KXT_SAME_PROBE(kvm_userspace_exit, __u32, int));

/*
 * Guards all of this. Taken inside of kxt_collect_lock, of kxt_slots_lock and of
 * the tracepoint core's list of modules (in the notifier).
 */
static DEFINE_MUTEX(kxt_hooks_lock);
static bool kxt_hooks_wanted;
static bool kxt_hooks_paused;

static void kxt_hook_detach(struct kxt_hook *hook)
{
	if (!hook->attached)
		return;
	tracepoint_probe_unregister(hook->tp, hook->probe, NULL);
	hook->attached = false;
}

/* False: it should be, and could not. */
static bool kxt_hook_attach(struct kxt_hook *hook)
{
	int err;

	if (!hook->tp || hook->attached)
		return true;
	err = tracepoint_probe_register(hook->tp, hook->probe, NULL);
	if (err)
		pr_err("cannot attach to the tracepoint %s: error %d\n", hook->name,
		       err);
	hook->attached = !err;
	return !err;
}

/* Bring the hooks into the state that is wanted. With kxt_hooks_lock. */
static void kxt_hooks_update(void)
{
	bool on = kxt_hooks_wanted && !kxt_hooks_paused;
	int i;

	if (on) {
		/* kvm_exit is the last one: without kvm_entry it would count nonsense. */
		for (i = 0; i < ARRAY_SIZE(kxt_hooks); i++)
			if (!kxt_hook_attach(&kxt_hooks[i]) && !kxt_hooks[i].flag)
				return;
		kxt_parts_arm(true);
	} else {
		kxt_parts_arm(false);
		for (i = ARRAY_SIZE(kxt_hooks) - 1; i >= 0; i--)
			kxt_hook_detach(&kxt_hooks[i]);
		tracepoint_synchronize_unregister();
	}
}

/**
 * kxt_hooks_attach() - have the probes called from now on
 *
 * If KVM is not there yet: as soon as it comes. Process context, sleeps.
 */
void kxt_hooks_attach(void)
{
	mutex_lock(&kxt_hooks_lock);
	kxt_hooks_wanted = true;
	kxt_hooks_update();
	mutex_unlock(&kxt_hooks_lock);
}

/**
 * kxt_hooks_detach() - have the probes called no more
 *
 * When it returns none is running. Process context, sleeps.
 */
void kxt_hooks_detach(void)
{
	mutex_lock(&kxt_hooks_lock);
	kxt_hooks_wanted = false;
	kxt_hooks_update();
	mutex_unlock(&kxt_hooks_lock);
}

/**
 * kxt_hooks_pause() - take the probes off for a while
 * @pause: whether; if so none is running when it returns
 *
 * Independent of attach and detach. Process context, sleeps.
 */
void kxt_hooks_pause(bool pause)
{
	mutex_lock(&kxt_hooks_lock);
	kxt_hooks_paused = pause;
	kxt_hooks_update();
	mutex_unlock(&kxt_hooks_lock);
}

/**
 * kxt_hooks_flags() - which tracepoints are there, which probes attached
 *
 * Process context, sleeps.
 *
 * Return: KVMEXIT_INFO_KVM, _ATTACHED, _IDLE and _VMM.
 */
u32 kxt_hooks_flags(void)
{
	u32 flags = KVMEXIT_INFO_KVM | KVMEXIT_INFO_ATTACHED;
	int i;

	mutex_lock(&kxt_hooks_lock);
	for (i = 0; i < ARRAY_SIZE(kxt_hooks); i++) {
		const struct kxt_hook *hook = &kxt_hooks[i];

		if (hook->flag)
			flags |= hook->attached ? hook->flag : 0;
		else if (!hook->tp)
			flags &= ~(KVMEXIT_INFO_KVM | KVMEXIT_INFO_ATTACHED);
		else if (!hook->attached)
			flags &= ~KVMEXIT_INFO_ATTACHED;
	}
	mutex_unlock(&kxt_hooks_lock);
	return flags;
}

/* A tracepoint has come or is going; with kxt_hooks_lock. */
static void kxt_tracepoint_seen(struct tracepoint *tp, bool coming)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(kxt_hooks); i++) {
		struct kxt_hook *hook = &kxt_hooks[i];

		if (strcmp(tp->name, hook->name))
			continue;
		if (coming && !hook->tp) {
			hook->tp = tp;
		} else if (!coming && hook->tp == tp) {
			kxt_hook_detach(hook);
			hook->tp = NULL;
		}
	}
}

static void kxt_tracepoint_builtin(struct tracepoint *tp, void *unused)
{
	kxt_tracepoint_seen(tp, true);
}

/*
 * The core calls this for every module with tracepoints that is there when we
 * register, and then whenever one comes or goes.
 */
static int kxt_tracepoint_notify(struct notifier_block *nb, unsigned long event,
				 void *data)
{
	struct tp_module *tp_mod = data;
	struct module *mod = tp_mod->mod;
	unsigned int i;

	if (event != MODULE_STATE_COMING && event != MODULE_STATE_GOING)
		return NOTIFY_OK;
	mutex_lock(&kxt_hooks_lock);
	for (i = 0; i < mod->num_tracepoints; i++)
		kxt_tracepoint_seen(tracepoint_ptr_deref(&mod->tracepoints_ptrs[i]),
				    event == MODULE_STATE_COMING);
	if (event == MODULE_STATE_COMING && kxt_hooks_wanted)
		kxt_hooks_update();
	mutex_unlock(&kxt_hooks_lock);
	return NOTIFY_OK;
}

static struct notifier_block kxt_tracepoint_nb = {
	.notifier_call = kxt_tracepoint_notify,
};

static void *kxt_hook_exit_probe(void)
{
	switch (kxt_how_usual()) {
	case KXT_HOW_ARG:
		return kxt_on_exit_reason;
	case KXT_HOW_SVM:
		return kxt_on_exit_svm;
	default:
		return kxt_on_exit_vmx;
	}
}

/**
 * kxt_hooks_init() - look for the tracepoints, now and from now on
 *
 * Return: 0 or a negative error.
 */
int kxt_hooks_init(void)
{
	kxt_hooks[0].probe = kxt_entry_has_flag() ? (void *)kxt_on_entry_flag :
						    (void *)kxt_on_entry;
	kxt_hooks[ARRAY_SIZE(kxt_hooks) - 1].probe = kxt_hook_exit_probe();
	/* KVM built into the kernel */
	mutex_lock(&kxt_hooks_lock);
	for_each_kernel_tracepoint(kxt_tracepoint_builtin, NULL);
	mutex_unlock(&kxt_hooks_lock);
	/* KVM as a module */
	return register_tracepoint_module_notifier(&kxt_tracepoint_nb);
}

/**
 * kxt_hooks_exit() - look for them no more
 *
 * The probes are detached already.
 */
void kxt_hooks_exit(void)
{
	unregister_tracepoint_module_notifier(&kxt_tracepoint_nb);
	tracepoint_synchronize_unregister();
}
