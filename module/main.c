// SPDX-License-Identifier: GPL-2.0-only
/*
 * kvmexit: per-vCPU histograms of KVM exit reasons and latencies.
 */
#include <linux/init.h>
#include <linux/module.h>

#include "chardev.h"
#include "collect.h"
#include "events.h"
#include "fault.h"
#include "hooks.h"
#include "vcpu.h"

static int __init kxt_init(void)
{
	int err;

	err = kxt_slots_check_param();
	if (err)
		return err;
	kxt_events_init();
	err = kxt_hooks_init();
	if (err)
		return err;
	if (kxt_always()) {
		err = kxt_collect_get();
		if (err)
			goto err_hooks;
	}
	err = kxt_chardev_init();
	if (err)
		goto err_collect;
	return 0;

err_collect:
	if (kxt_always())
		kxt_collect_put();
err_hooks:
	kxt_hooks_exit();
	return err;
}

static void __exit kxt_exit(void)
{
	kxt_chardev_exit();
	if (kxt_always())
		kxt_collect_put();
	kxt_hooks_exit();
}

module_init(kxt_init);
module_exit(kxt_exit);

MODULE_DESCRIPTION("Histograms of KVM exit reasons and latencies per vCPU");
MODULE_AUTHOR("The kvmexittop developers");
MODULE_LICENSE("GPL");
MODULE_VERSION(KXT_VERSION KXT_FAULT_NAME);
