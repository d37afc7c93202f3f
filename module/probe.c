// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/preempt.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "bucket.h"
#include "clock.h"
#include "exitinfo.h"
#include "probe.h"
#include "vcpu.h"

/*
 * The hot path. It runs at every exit and entry of every vCPU of the host, with
 * interrupts on or off, on PREEMPT_RT too. It touches: this CPU's struct
 * kxt_cpu; the vCPU's own slot (first line of the private page, one byte of its
 * index, first line of the header, two lines of one entry); KVM's struct
 * kvm_vcpu (stat.exits) and the VMCB or VMCS of the vCPU. No other CPU writes to
 * any of these lines, and nothing here waits for anybody.
 */

/* One instruction, so that a reader sees the old or the new value. */
static __always_inline void kxt_add(__u64 *p, u64 n)
{
	asm volatile("addq %1, %0" : "+m" (*p) : "er" (n) : "cc");
}

static __always_inline u64 kxt_elapsed(struct kvmexit_slot *h, u64 now)
{
	u64 ticks = now - h->mark;

	if (unlikely((s64)ticks < 0)) {
		kxt_add(&h->backwards, 1);
		return 0;
	}
	return kxt_clock_to_ns(ticks);
}

static __always_inline u64 kxt_code(struct kxt_slot *s, struct kvm_vcpu *vcpu,
				    u32 isa, u32 arg, u32 *flags)
{
	unsigned long reason;

	*flags = 0;
	if (KXT_EXIT_HAS_REASON && likely(s->how == KXT_HOW_ARG)) {
		reason = arg;
		if (isa != KVMEXIT_ISA_VMX)
			return reason;
	} else if (s->how == KXT_HOW_SVM) {
		return kxt_svm_code(vcpu);
	} else if (s->how != KXT_HOW_VMX || !kxt_vmread(VM_EXIT_REASON, &reason)) {
		return KVMEXIT_CODE_UNREADABLE;
	}
	*flags = reason & ~KXT_VMX_REASON_MASK;
	return reason & KXT_VMX_REASON_MASK;
}

/* Preemption is off. */
static __always_inline void kxt_exit_event(struct kvm_vcpu *vcpu, u32 isa, u32 arg)
{
	struct kxt_slot *s = kxt_slot_get(vcpu);
	struct kvmexit_entry *e;
	struct kvmexit_slot *h;
	u32 flags, n;
	u64 now;

	if (unlikely(!s)) {
		this_cpu_inc(kxt_cpu.lost_exits);
		return;
	}
	h = kxt_header(s);
	now = kxt_clock();
	if (unlikely(s->how == KXT_HOW_NEW) && !kxt_slot_prepare(s, vcpu, isa)) {
		this_cpu_inc(kxt_cpu.lost_exits);
		return;
	}
	if (likely(h->phase == KVMEXIT_PHASE_GUEST))
		kxt_add(&h->guest_ns, kxt_elapsed(h, now));

	n = kxt_slot_entry(s, kxt_code(s, vcpu, isa, arg, &flags));
	e = s->entry[n];
	if (unlikely(flags))
		e->hw_flags |= flags;
	kxt_add(&e->count, 1);

	WRITE_ONCE(h->open_entry, n);
	WRITE_ONCE(h->mark, now);
	WRITE_ONCE(h->phase, KVMEXIT_PHASE_EXIT);
}

/* Preemption is off. */
static __always_inline void kxt_entry_event(struct kvm_vcpu *vcpu)
{
	struct kxt_slot *s = kxt_slot_get(vcpu);
	u64 exits = kxt_kvm_exits(vcpu);
	struct kvmexit_slot *h;
	u64 now;

	if (unlikely(!s))
		return;
	if (unlikely(exits <= s->exits_floor)) {
		s = kxt_slot_replace(s, vcpu);
		if (!s)
			return;
	}
	s->exits_floor = exits ? exits - 1 : 0;
	h = kxt_header(s);
	now = kxt_clock();
	if (likely(h->phase == KVMEXIT_PHASE_EXIT)) {
		struct kvmexit_entry *e = s->entry[h->open_entry];
		u64 ns = kxt_elapsed(h, now);

		if (unlikely(ns > e->max_ns))
			WRITE_ONCE(e->max_ns, ns);
		kxt_add(&e->total_ns, ns);
		/* After count: x86 stores are seen in order. */
		kxt_add(&e->hist[kxt_bucket(ns)], 1);
	}
	WRITE_ONCE(h->mark, now);
	WRITE_ONCE(h->phase, KVMEXIT_PHASE_GUEST);
	kxt_add(&h->entries, 1);
}

/*
 * One callback for every prototype that the tracepoints have had: compat.h says
 * which is this kernel's, and kCFI checks it. Newer kernels run probes with
 * preemption on.
 */
static void kxt_on_exit(void *data, struct kvm_vcpu *vcpu, u32 isa)
{
	preempt_disable_notrace();
	kxt_exit_event(vcpu, isa, 0);
	preempt_enable_notrace();
}

static void kxt_on_exit_reason(void *data, unsigned int reason,
			       struct kvm_vcpu *vcpu, u32 isa)
{
	preempt_disable_notrace();
	kxt_exit_event(vcpu, isa, reason);
	preempt_enable_notrace();
}

static void kxt_on_entry(void *data, struct kvm_vcpu *vcpu)
{
	preempt_disable_notrace();
	kxt_entry_event(vcpu);
	preempt_enable_notrace();
}

static void kxt_on_entry_flag(void *data, struct kvm_vcpu *vcpu,
			      bool force_immediate_exit)
{
	preempt_disable_notrace();
	kxt_entry_event(vcpu);
	preempt_enable_notrace();
}

/**
 * struct kxt_hook - one tracepoint
 * @name: its name
 * @probe: callback of the right prototype
 * @tp: the tracepoint while KVM is there, else NULL
 * @attached: @probe is registered with @tp
 */
struct kxt_hook {
	const char *name;
	void *probe;
	struct tracepoint *tp;
	bool attached;
};

/* Entry first: an exit is open only when an entry can close it. */
static struct kxt_hook kxt_hooks[] = {
	{ .name = "kvm_entry" },
	{ .name = "kvm_exit" },
};

/*
 * Guards all of this. Taken inside of kxt_collect_lock, of kxt_slots_lock and of
 * the tracepoint core's list of modules (in the notifier).
 */
static DEFINE_MUTEX(kxt_probe_lock);
static bool kxt_probe_wanted;
static bool kxt_probe_paused;

static void kxt_hook_detach(struct kxt_hook *hook)
{
	if (!hook->attached)
		return;
	tracepoint_probe_unregister(hook->tp, hook->probe, NULL);
	hook->attached = false;
}

static void kxt_hook_attach(struct kxt_hook *hook)
{
	int err;

	if (!hook->tp || hook->attached)
		return;
	err = tracepoint_probe_register(hook->tp, hook->probe, NULL);
	if (err)
		pr_err("cannot attach to the tracepoint %s: error %d\n", hook->name,
		       err);
	hook->attached = !err;
}

/* Bring the hooks into the state that is wanted. With kxt_probe_lock. */
static void kxt_probe_update(void)
{
	bool on = kxt_probe_wanted && !kxt_probe_paused;
	int i;

	for (i = 0; i < ARRAY_SIZE(kxt_hooks); i++) {
		if (on)
			kxt_hook_attach(&kxt_hooks[i]);
		else
			kxt_hook_detach(&kxt_hooks[i]);
	}
	if (!on)
		tracepoint_synchronize_unregister();
}

/**
 * kxt_probe_attach() - have the probes called from now on
 *
 * If KVM is not there yet: as soon as it comes. Process context, sleeps.
 */
void kxt_probe_attach(void)
{
	mutex_lock(&kxt_probe_lock);
	kxt_probe_wanted = true;
	kxt_probe_update();
	mutex_unlock(&kxt_probe_lock);
}

/**
 * kxt_probe_detach() - have the probes called no more
 *
 * When it returns none is running. Process context, sleeps.
 */
void kxt_probe_detach(void)
{
	mutex_lock(&kxt_probe_lock);
	kxt_probe_wanted = false;
	kxt_probe_update();
	mutex_unlock(&kxt_probe_lock);
}

/**
 * kxt_probe_pause() - take the probes off for a while
 * @pause: whether; if so none is running when it returns
 *
 * Independent of attach and detach. Process context, sleeps.
 */
void kxt_probe_pause(bool pause)
{
	mutex_lock(&kxt_probe_lock);
	kxt_probe_paused = pause;
	kxt_probe_update();
	mutex_unlock(&kxt_probe_lock);
}

/**
 * kxt_probe_present() - are KVM's tracepoints there?
 *
 * Process context, sleeps.
 */
bool kxt_probe_present(void)
{
	bool all = true;
	int i;

	mutex_lock(&kxt_probe_lock);
	for (i = 0; i < ARRAY_SIZE(kxt_hooks); i++)
		all &= !!kxt_hooks[i].tp;
	mutex_unlock(&kxt_probe_lock);
	return all;
}

/**
 * kxt_probe_attached() - are all probes attached?
 *
 * Process context, sleeps.
 */
bool kxt_probe_attached(void)
{
	bool all = true;
	int i;

	mutex_lock(&kxt_probe_lock);
	for (i = 0; i < ARRAY_SIZE(kxt_hooks); i++)
		all &= kxt_hooks[i].attached;
	mutex_unlock(&kxt_probe_lock);
	return all;
}

/* A tracepoint has come or is going; with kxt_probe_lock. */
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
	mutex_lock(&kxt_probe_lock);
	for (i = 0; i < mod->num_tracepoints; i++)
		kxt_tracepoint_seen(tracepoint_ptr_deref(&mod->tracepoints_ptrs[i]),
				    event == MODULE_STATE_COMING);
	if (event == MODULE_STATE_COMING && kxt_probe_wanted)
		kxt_probe_update();
	mutex_unlock(&kxt_probe_lock);
	return NOTIFY_OK;
}

static struct notifier_block kxt_tracepoint_nb = {
	.notifier_call = kxt_tracepoint_notify,
};

/**
 * kxt_probe_init() - look for the tracepoints, now and from now on
 *
 * Return: 0 or a negative error.
 */
int kxt_probe_init(void)
{
	kxt_hooks[0].probe = kxt_entry_has_flag() ? (void *)kxt_on_entry_flag :
						    (void *)kxt_on_entry;
	kxt_hooks[1].probe = KXT_EXIT_HAS_REASON ? (void *)kxt_on_exit_reason :
						   (void *)kxt_on_exit;
	/* KVM built into the kernel */
	mutex_lock(&kxt_probe_lock);
	for_each_kernel_tracepoint(kxt_tracepoint_builtin, NULL);
	mutex_unlock(&kxt_probe_lock);
	/* KVM as a module */
	return register_tracepoint_module_notifier(&kxt_tracepoint_nb);
}

/**
 * kxt_probe_exit() - look for them no more
 *
 * The probes are detached already.
 */
void kxt_probe_exit(void)
{
	unregister_tracepoint_module_notifier(&kxt_tracepoint_nb);
	tracepoint_synchronize_unregister();
}
