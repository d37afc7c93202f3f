// SPDX-License-Identifier: GPL-2.0-only
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "chardev.h"
#include "collect.h"
#include "events.h"
#include "fault.h"
#include "vcpu.h"

static bool always;
module_param(always, bool, 0444);
MODULE_PARM_DESC(always,
		 "count from load to unload, not only while a reader has the device open: 0 or 1 (default 0)");

/**
 * kxt_always() - was collection asked for without a reader?
 */
bool kxt_always(void)
{
	return always;
}

/**
 * struct kxt_file - an open file
 * @lock: guards what follows against another thread of the reader's
 * @details: it wants details
 * @reader: of slow exits, NULL until it wants some; then it stays
 */
struct kxt_file {
	struct mutex lock;
	bool details;
	struct kxt_reader *reader;
};

/* Who may open it is what the mode of the device node says, nothing else. */
static int kxt_open(struct inode *inode, struct file *file)
{
	struct kxt_file *f = kzalloc(sizeof(*f), GFP_KERNEL);
	int err;

	if (!f)
		return -ENOMEM;
	mutex_init(&f->lock);
	err = kxt_collect_get();
	if (err)
		kfree(f);
	else
		file->private_data = f;
	return err;
}

static int kxt_release(struct inode *inode, struct file *file)
{
	struct kxt_file *f = file->private_data;

	if (f->reader)
		kxt_events_stop(f->reader);
	if (f->details)
		kxt_slots_drop_details();
	kxt_collect_put();
	kfree(f);
	return 0;
}

static long kxt_ioctl_details(struct kxt_file *f)
{
	int err = 0;

	mutex_lock(&f->lock);
	if (!f->details)
		err = kxt_slots_want_details();
	if (!err)
		WRITE_ONCE(f->details, true);
	mutex_unlock(&f->lock);
	return err;
}

static long kxt_ioctl_slow(struct kxt_file *f, void __user *arg)
{
	int err = 0;
	u64 ns;

	if (copy_from_user(&ns, arg, sizeof(ns)))
		return -EFAULT;
	mutex_lock(&f->lock);
	/* Complete before read(), poll() or info of another thread can find it. */
	if (!f->reader)
		smp_store_release(&f->reader, kxt_events_start());
	if (f->reader)
		kxt_events_threshold(f->reader, ns);
	else
		err = -ENOMEM;
	mutex_unlock(&f->lock);
	return err;
}

static long kxt_ioctl_info(struct kxt_file *f, void __user *arg)
{
	struct kvmexit_info info = {};
	u32 size;
	u16 major;

	BUILD_BUG_ON(sizeof(info) != KVMEXIT_INFO_SIZE_V1);

	if (get_user(size, &((struct kvmexit_info __user *)arg)->size) ||
	    get_user(major, &((struct kvmexit_info __user *)arg)->abi_major))
		return -EFAULT;
	if (size < KVMEXIT_INFO_SIZE_V1 || size > PAGE_SIZE)
		return -EINVAL;

	info.size = sizeof(info);
	info.abi_major = KVMEXIT_ABI_MAJOR;
	info.abi_minor = KVMEXIT_ABI_MINOR;
	info.slot_size = KVMEXIT_SLOT_SIZE;
	info.header_size = KVMEXIT_HEADER_SIZE;
	info.entry_size = KVMEXIT_ENTRY_SIZE;
	info.max_entries = KVMEXIT_MAX_ENTRIES;
	info.nr_buckets = KVMEXIT_NR_BUCKETS;
	strscpy(info.version, KXT_VERSION KXT_FAULT_NAME, sizeof(info.version));
	if (always)
		info.flags |= KVMEXIT_INFO_ALWAYS;
	kxt_slots_info(&info);
	kxt_collect_info(&info);
	kxt_events_info(smp_load_acquire(&f->reader), &info); /* kxt_ioctl_slow() */
	if (copy_to_user(arg, &info, sizeof(info)))
		return -EFAULT;
	return major && major != KVMEXIT_ABI_MAJOR ? -EINVAL : 0;
}

static long kxt_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct kxt_file *f = file->private_data;

	/* Its size is told inside. */
	if (_IOC_TYPE(cmd) == KVMEXIT_IOC_MAGIC && _IOC_NR(cmd) == KVMEXIT_IOC_NR_INFO)
		return kxt_ioctl_info(f, (void __user *)arg);
	switch (cmd) {
	case KVMEXIT_IOC_DETAILS:
		return kxt_ioctl_details(f);
	case KVMEXIT_IOC_SLOW:
		return kxt_ioctl_slow(f, (void __user *)arg);
	}
	return -ENOTTY;
}

static ssize_t kxt_read(struct file *file, char __user *buf, size_t len, loff_t *pos)
{
	struct kxt_file *f = file->private_data;
	struct kxt_reader *r = smp_load_acquire(&f->reader); /* kxt_ioctl_slow() */

	return r ? kxt_events_read(r, buf, len, !(file->f_flags & O_NONBLOCK)) : -EINVAL;
}

static __poll_t kxt_poll(struct file *file, poll_table *wait)
{
	struct kxt_file *f = file->private_data;
	struct kxt_reader *r = smp_load_acquire(&f->reader); /* kxt_ioctl_slow() */

	return r ? kxt_events_poll(r, file, wait) : EPOLLERR;
}

/*
 * The mapping holds its file open, so there are slots (and details, if the mapping
 * goes that far) as long as there is a mapping; the page's reference is the
 * mapping's.
 */
static vm_fault_t kxt_fault(struct vm_fault *vmf)
{
	/* Again, since mremap() can make a mapping longer. */
	struct kxt_file *f = vmf->vma->vm_file->private_data;
	struct page *page = kxt_slots_page(vmf->pgoff, READ_ONCE(f->details));

	if (!page)
		return VM_FAULT_SIGBUS;
	get_page(page);
	vmf->page = page;
	return 0;
}

static const struct vm_operations_struct kxt_vm_ops = {
	.fault = kxt_fault,
};

/*
 * Read-only, also after mprotect(): VM_MAYWRITE is set for every mapping that
 * could be made writable, that is for a private one or a file open for writing.
 */
static int kxt_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct kxt_file *f = file->private_data;
	unsigned long pages = kxt_slots_map_size(READ_ONCE(f->details)) >> PAGE_SHIFT;

	if (vma->vm_flags & (VM_WRITE | VM_MAYWRITE | VM_EXEC))
		return -EPERM;
	if (vma->vm_pgoff >= pages || vma_pages(vma) > pages - vma->vm_pgoff)
		return -EINVAL;
	vma->vm_ops = &kxt_vm_ops;
	return 0;
}

static const struct file_operations kxt_fops = {
	.owner		= THIS_MODULE,
	.open		= kxt_open,
	.release	= kxt_release,
	.read		= kxt_read,
	.poll		= kxt_poll,
	.unlocked_ioctl	= kxt_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
	.mmap		= kxt_mmap,
	.llseek		= noop_llseek,
};

static struct miscdevice kxt_misc = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "kvmexit",
	.fops	= &kxt_fops,
	.mode	= 0600,
};

/**
 * kxt_chardev_init() - make /dev/kvmexit
 *
 * Last of all: a reader can come in before it returns.
 *
 * Return: 0 or a negative error.
 */
int kxt_chardev_init(void)
{
	return misc_register(&kxt_misc);
}

/**
 * kxt_chardev_exit() - remove /dev/kvmexit
 *
 * No file is open: they hold the module.
 */
void kxt_chardev_exit(void)
{
	misc_deregister(&kxt_misc);
}
