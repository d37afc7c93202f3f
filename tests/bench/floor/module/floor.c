// SPDX-License-Identifier: GPL-2.0-only
/*
 * The floor of what any collector at KVM's tracepoints costs: a probe at kvm_exit and one
 * at kvm_entry which do nothing. Only for tests/bench; load it after KVM, and unload it
 * before.
 */
#include <linux/module.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

static struct tracepoint *kxt_floor_tp[2];

static noinline void kxt_floor_probe(void *data)
{
	/* Arguments beyond the first are not looked at, however many there are. */
	asm volatile("");
}

static void kxt_floor_find(struct tracepoint *tp)
{
	if (!strcmp(tp->name, "kvm_exit"))
		kxt_floor_tp[0] = tp;
	else if (!strcmp(tp->name, "kvm_entry"))
		kxt_floor_tp[1] = tp;
}

static int kxt_floor_coming(struct notifier_block *nb, unsigned long action, void *data)
{
	struct tp_module *m = data;
	int i;

	for (i = 0; action == MODULE_STATE_COMING && i < m->mod->num_tracepoints; i++)
		kxt_floor_find(tracepoint_ptr_deref(&m->mod->tracepoints_ptrs[i]));
	return NOTIFY_OK;
}

/* Registering it tells of every module that is there already. */
static struct notifier_block kxt_floor_nb = { .notifier_call = kxt_floor_coming };

static int __init kxt_floor_init(void)
{
	int i, err = register_tracepoint_module_notifier(&kxt_floor_nb);

	if (err)
		return err;
	unregister_tracepoint_module_notifier(&kxt_floor_nb);
	for (i = 0; i < 2; i++) {
		if (!kxt_floor_tp[i])
			return -ENOENT;
	}
	for (i = 0; i < 2; i++) {
		err = tracepoint_probe_register(kxt_floor_tp[i], kxt_floor_probe, NULL);
		if (err && i)
			tracepoint_probe_unregister(kxt_floor_tp[0], kxt_floor_probe, NULL);
		if (err)
			return err;
	}
	return 0;
}

static void __exit kxt_floor_exit(void)
{
	int i;

	for (i = 0; i < 2; i++)
		tracepoint_probe_unregister(kxt_floor_tp[i], kxt_floor_probe, NULL);
	tracepoint_synchronize_unregister();
}

module_init(kxt_floor_init);
module_exit(kxt_floor_exit);
MODULE_DESCRIPTION("empty probes at kvm_exit and kvm_entry, for measurements");
MODULE_LICENSE("GPL");
