// SPDX-License-Identifier: GPL-2.0-only
/*
 * kvmexit: per-vCPU histograms of KVM exit reasons and latencies.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/init.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/utsname.h>

#include "chardev.h"
#include "collect.h"
#include "events.h"
#include "fault.h"
#include "hooks.h"
#include "vcpu.h"

/*
 * Where things are in struct kvm_vcpu is known of one kernel. No symbol of KVM's is
 * imported, so modversions do not see that it changed, and with them vermagic is not
 * compared: the module would read something else, and count it.
 */
static int __init kxt_check_kernel(void)
{
	if (strcmp(init_utsname()->release, KXT_FAULT_RELEASE) == 0)
		return 0;
	pr_err("built for kernel %s, this is %s; build it for this one (dkms autoinstall)\n",
	       KXT_FAULT_RELEASE, init_utsname()->release);
	return -ENOEXEC;
}

static int __init kxt_init(void)
{
	int err;

	err = kxt_check_kernel();
	if (err)
		return err;
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
