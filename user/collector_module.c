// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "user/collector.h"
#include "user/slot.h"

/**
 * struct module - the open device
 * @fd: device
 * @path: its name
 * @slots: mapping of all slots there may ever be
 * @size: bytes mapped
 * @max_slots: slots mapped
 * @sees_pids: the pids in the slots mean here what they mean there
 */
struct module {
	int fd;
	const char *path;
	const char *slots;
	size_t size;
	uint32_t max_slots;
	bool sees_pids;
};

static bool is_loaded(const char *module)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/module/%s", module);
	return access(path, F_OK) == 0;
}

/* " KVM ... ." if it is not there, else "". */
static const char *kvm_hint(void)
{
	if (is_loaded("kvm_amd") || is_loaded("kvm_intel") ||
	    access("/dev/kvm", F_OK) == 0)
		return "";
	return " KVM is not loaded either: run 'modprobe kvm_amd' or 'modprobe kvm_intel'"
	       " (virtualization has to be on in the firmware).";
}

static int refuse_access(const char *path, struct kxt_err *err)
{
	const struct passwd *user;
	const struct group *group;
	struct stat st;

	if (stat(path, &st))
		return kxt_err_set(err, KXT_EXIT_NO_COLLECTOR,
				   "no permission for %s. Run as root.", path);
	user = getpwuid(st.st_uid);
	group = getgrgid(st.st_gid);
	return kxt_err_set(err, KXT_EXIT_NO_COLLECTOR,
			   "no permission to read %s (mode %04o, owner %s, group %s). Run as root%s.",
			   path, (unsigned int)(st.st_mode & 07777),
			   user ? user->pw_name : "unknown",
			   group ? group->gr_name : "unknown",
			   st.st_mode & S_IRGRP ? " or as a member of the group" : "");
}

static int refuse_open(const char *path, int error, struct kxt_err *err)
{
	switch (error) {
	case ENOENT:
	case ENODEV:
	case ENXIO:
		return kxt_err_set(err, KXT_EXIT_NO_COLLECTOR,
				   "there is no %s: the module kvmexit is not loaded. Run 'modprobe kvmexit', or 'insmod kvmexit.ko' where it was built.%s",
				   path, kvm_hint());
	case EACCES:
	case EPERM:
		return refuse_access(path, err);
	case ENOMEM:
		return kxt_err_set(err, KXT_EXIT_RUNTIME,
				   "the kernel has no memory for the slots. Free some, or load kvmexit with a smaller max_vcpus.");
	default:
		return kxt_err_set(err, KXT_EXIT_NO_COLLECTOR, "cannot open %s: %s.", path,
				   strerror(error));
	}
}

/* Also gives the versions when the module refuses ours. */
static int ask(const struct module *m, struct kvmexit_info *info, struct kxt_err *err)
{
	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	if (ioctl(m->fd, KVMEXIT_IOC_INFO, info) == 0)
		return 0;
	if (errno == ENOTTY)
		return kxt_err_set(err, KXT_EXIT_NO_COLLECTOR,
				   "%s is not the device of the module kvmexit. See what it is, and load kvmexit.",
				   m->path);
	return kxt_err_set(err, KXT_EXIT_NO_COLLECTOR,
			   "%s does not answer: %s. Install kvmexit and kvmexittop of the same version, then unload kvmexit and load it again.",
			   m->path, strerror(errno));
}

static int refuse_layout(struct kxt_err *err)
{
	return kxt_err_set(err, KXT_EXIT_NO_COLLECTOR,
			   "kvmexit has turned itself off: KVM on this kernel is not laid out as the headers say that kvmexit was built with. Update kvmexit, build it for the running kernel and load it again (the kernel log has the details).");
}

/* Nothing of what the module says is used before this. */
static int check(const struct kvmexit_info *info, struct kxt_err *err)
{
	if (info->abi_major != KVMEXIT_ABI_MAJOR)
		return kxt_err_set(err, KXT_EXIT_NO_COLLECTOR,
				   "the module kvmexit %.32s speaks interface version %u.%u, kvmexittop %s speaks %u.%u. Install both of the same version, then unload kvmexit and load it again.",
				   info->version, info->abi_major, info->abi_minor,
				   KXT_VERSION, KVMEXIT_ABI_MAJOR, KVMEXIT_ABI_MINOR);
	if (info->slot_size != KVMEXIT_SLOT_SIZE ||
	    info->header_size != KVMEXIT_HEADER_SIZE ||
	    info->entry_size != KVMEXIT_ENTRY_SIZE ||
	    info->max_entries != KVMEXIT_MAX_ENTRIES ||
	    info->nr_buckets != KVMEXIT_NR_BUCKETS ||
	    info->max_slots == 0 || info->nr_slots > info->max_slots ||
	    info->clock_shift > 127 || info->clock_mult == 0)
		return kxt_err_set(err, KXT_EXIT_NO_COLLECTOR,
				   "the module kvmexit %.32s has slots of another size than kvmexittop %s reads. Install both of the same version, then unload kvmexit and load it again.",
				   info->version, KXT_VERSION);
	if (info->flags & KVMEXIT_INFO_LAYOUT_BAD)
		return refuse_layout(err);
	return 0;
}

static int map_slots(struct module *m, const struct kvmexit_info *info,
		     struct kxt_err *err)
{
	void *p;

	m->max_slots = info->max_slots;
	m->size = (size_t)info->max_slots * KVMEXIT_SLOT_SIZE;
	p = mmap(NULL, m->size, PROT_READ, MAP_SHARED, m->fd, 0);
	if (p == MAP_FAILED)
		return kxt_err_set(err, KXT_EXIT_RUNTIME,
				   "cannot map the %u slots of %s: %s. Raise the limit of address space (ulimit -v), or load kvmexit with a smaller max_vcpus.",
				   info->max_slots, m->path, strerror(errno));
	m->slots = p;
	return 0;
}

/* Slots have pids of the first PID namespace, whose number never changes. */
static bool in_first_pid_namespace(void)
{
	struct stat st;

	return stat("/proc/self/ns/pid", &st) == 0 && st.st_ino == 0xeffffffc;
}

static void module_close(struct kxt_collector *c)
{
	struct module *m = c->priv;

	if (m->slots)
		munmap((void *)m->slots, m->size);
	if (m->fd >= 0)
		close(m->fd);
	free(m);
	c->priv = NULL;
}

static int module_open(struct kxt_collector *c, const char *arg, struct kxt_err *err)
{
	struct module *m = calloc(1, sizeof(*m));
	struct kvmexit_info info;
	struct utsname uts;

	(void)arg;
	if (!m)
		return kxt_err_set(err, KXT_EXIT_RUNTIME, "out of memory");
	c->priv = m;
	/* Tests point this at something else. */
	m->path = getenv("KVMEXIT_DEVICE");
	if (!m->path)
		m->path = KVMEXIT_DEVICE;
	m->fd = open(m->path, O_RDONLY | O_CLOEXEC);
	if (m->fd < 0) {
		refuse_open(m->path, errno, err);
		goto fail;
	}
	if (ask(m, &info, err) || check(&info, err) || map_slots(m, &info, err))
		goto fail;
	m->sees_pids = in_first_pid_namespace();
	if (uname(&uts) == 0) {
		snprintf(c->kernel, sizeof(c->kernel), "%s", uts.release);
		snprintf(c->host, sizeof(c->host), "%s", uts.nodename);
	}
	return 0;
fail:
	module_close(c);
	return -1;
}

/*
 * The module looks for dead threads once a second. That is too late for who asks
 * right after a VM has ended, "dump -- COMMAND" for one.
 */
static void end_vcpus_of_dead(struct kxt_snapshot *s)
{
	uint32_t pid = 0;
	bool dead = false;

	for (unsigned int i = 0; i < s->nr; i++) {
		if (s->vcpu[i].pid != pid) {
			pid = s->vcpu[i].pid;
			dead = pid && kill(pid, 0) && errno == ESRCH;
		}
		s->vcpu[i].ended |= dead;
	}
}

static int module_snapshot(struct kxt_collector *c, struct kxt_snapshot *out,
			   struct kxt_err *err)
{
	const struct module *m = c->priv;
	struct kvmexit_info info;
	struct kxt_clock clock;

	kxt_snapshot_free(out);
	/* Before the slots: what happens after now must not look as if before. */
	if (ask(m, &info, err))
		return -1;
	/* It is found out at the first exit, which can be long after open. */
	if (info.flags & KVMEXIT_INFO_LAYOUT_BAD)
		return refuse_layout(err);
	clock.mult = info.clock_mult;
	clock.shift = info.clock_shift & 127;
	clock.now = info.clock_now;
	out->kvm_present = info.flags & KVMEXIT_INFO_KVM;
	out->now_ns = info.now_ns;
	out->start_ns = info.start_ns;
	out->lost.exits = info.lost_exits;
	out->lost.slots = info.lost_slots;
	out->lost.events = info.lost_events;
	if (info.nr_slots > m->max_slots)
		info.nr_slots = m->max_slots;
	for (uint32_t i = 0; i < info.nr_slots; i++) {
		const char *slot = m->slots + (size_t)i * KVMEXIT_SLOT_SIZE;

		if (kxt_slot_read(out, slot, i, &clock)) {
			kxt_snapshot_free(out);
			return kxt_err_set(err, KXT_EXIT_RUNTIME,
					   "out of memory for a snapshot");
		}
	}
	if (m->sees_pids)
		end_vcpus_of_dead(out);
	kxt_snapshot_sort(out);
	return 0;
}

const struct kxt_collector_ops kxt_collector_module = {
	.name = "module",
	.open = module_open,
	.snapshot = module_snapshot,
	.close = module_close,
};
