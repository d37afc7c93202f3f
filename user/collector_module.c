// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "user/collector.h"
#include "user/confine.h"
#include "user/module_advice.h"
#include "user/slot.h"
#include "user/thread.h"

/**
 * struct module - the open device
 * @fd: device
 * @path: its name
 * @slots: mapping of all slots there may ever be
 * @max_slots: slots mapped
 * @sees_pids: the pids in the slots mean here what they mean there
 * @details_fd: the device once more: while it is open, details are collected; -1
 *	if they are not
 * @details: mapping of the details of all slots, or NULL
 * @slow_fd: the device once more, for slow exits; -1 if nobody wants them
 * @slow_lost: slow exits that we were too late for
 */
struct module {
	int fd;
	const char *path;
	const char *slots;
	uint32_t max_slots;
	bool sees_pids;
	int details_fd;
	const char *details;
	int slow_fd;
	uint64_t slow_lost;
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

/* With what "doctor" says of it. */
static int refuse_missing(const char *path, struct kxt_err *err)
{
	struct kxt_host_facts facts;
	struct kxt_advice advice;

	if (kxt_host_facts_read(&facts, NULL, err))
		return -1;
	kxt_advise_missing(&advice, &facts);
	return kxt_err_set(err, KXT_EXIT_NO_COLLECTOR,
			   "there is no %s: the module kvmexit is %s. %s%s", path,
			   advice.found, advice.todo, kvm_hint());
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
		if (is_loaded("kvmexit"))
			return kxt_err_set(err, KXT_EXIT_NO_COLLECTOR,
					   "the module kvmexit is loaded, but there is no %s here: a container has to be given that device, elsewhere udev makes it.",
					   path);
		return refuse_missing(path, err);
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
	    info->detail_size != KVMEXIT_DETAIL_SIZE ||
	    info->sketch_size != KVMEXIT_SKETCH_SIZE ||
	    info->event_size != sizeof(struct kvmexit_event) ||
	    info->max_slots == 0 || info->nr_slots > info->max_slots ||
	    info->clock_shift > 127 || info->clock_mult == 0)
		return kxt_err_set(err, KXT_EXIT_NO_COLLECTOR,
				   "the module kvmexit %.32s has slots of another size than kvmexittop %s reads. Install both of the same version, then unload kvmexit and load it again.",
				   info->version, KXT_VERSION);
	if (info->flags & KVMEXIT_INFO_LAYOUT_BAD)
		return refuse_layout(err);
	return 0;
}

static size_t slots_size(const struct module *m)
{
	return (size_t)m->max_slots * KVMEXIT_SLOT_SIZE;
}

static size_t details_size(const struct module *m)
{
	return (size_t)m->max_slots * KVMEXIT_DETAIL_SIZE;
}

static const void *map(const struct module *m, int fd, size_t size, size_t offset,
		       const char *what, struct kxt_err *err)
{
	void *p = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, offset);

	if (p != MAP_FAILED)
		return p;
	kxt_err_set(err, KXT_EXIT_RUNTIME,
		    "cannot map the %s of %u slots of %s: %s. Raise the limit of address space (ulimit -v), or load kvmexit with a smaller max_vcpus.",
		    what, m->max_slots, m->path, strerror(errno));
	return NULL;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void stop_details(struct module *m)
{
	if (m->details)
		munmap((void *)m->details, details_size(m));
	m->details = NULL;
	close_fd(&m->details_fd);
}

static void module_close(struct kxt_collector *c)
{
	struct module *m = c->priv;

	stop_details(m);
	close_fd(&m->slow_fd);
	if (m->slots)
		munmap((void *)m->slots, slots_size(m));
	close_fd(&m->fd);
	free(m);
	c->priv = NULL;
}

static int open_device(const struct module *m, int flags, struct kxt_err *err)
{
	int fd = open(m->path, O_RDONLY | O_CLOEXEC | flags);

	if (fd < 0)
		refuse_open(m->path, errno, err);
	return fd;
}

static int open_slots(struct module *m, struct kxt_err *err)
{
	struct kvmexit_info info;

	m->fd = open_device(m, 0, err);
	if (m->fd < 0 || ask(m, &info, err) || check(&info, err))
		return -1;
	m->max_slots = info.max_slots;
	m->slots = map(m, m->fd, slots_size(m), 0, "counters", err);
	return m->slots ? 0 : -1;
}

/* Tests point this at something else. */
static const char *device(void)
{
	const char *path = getenv("KVMEXIT_DEVICE");

	return path ? path : KVMEXIT_DEVICE;
}

bool kxt_collector_module_is_there(void)
{
	return access(device(), F_OK) == 0;
}

static int module_open(struct kxt_collector *c, const char *arg, struct kxt_err *err)
{
	struct module *m = calloc(1, sizeof(*m));
	struct utsname uts;

	(void)arg;
	if (!m)
		return kxt_err_set(err, KXT_EXIT_RUNTIME, "out of memory");
	c->priv = m;
	m->fd = m->details_fd = m->slow_fd = -1;
	m->path = device();
	if (open_slots(m, err)) {
		module_close(c);
		return -1;
	}
	m->sees_pids = kxt_in_first_pid_namespace();
	if (uname(&uts) == 0) {
		snprintf(c->kernel, sizeof(c->kernel), "%s", uts.release);
		snprintf(c->host, sizeof(c->host), "%s", uts.nodename);
	}
	return 0;
}

/* Of the host; what a slot knows of its own is in its flags. */
static uint32_t knows(const struct kvmexit_info *info)
{
	return (info->flags & KVMEXIT_INFO_IDLE ? KXT_KNOWS_IDLE : 0) |
	       (info->flags & KVMEXIT_INFO_VMM ? KXT_KNOWS_VMM : 0);
}

static void read_head(struct kxt_snapshot *out, const struct module *m,
		      const struct kvmexit_info *info)
{
	out->kvm_present = info->flags & KVMEXIT_INFO_KVM;
	out->details = m->details;
	out->now_ns = info->now_ns;
	out->start_ns = info->start_ns;
	out->lost.exits = info->lost_exits;
	out->lost.slots = info->lost_slots;
	out->lost.events = info->lost_events + m->slow_lost;
	out->cost.samples = info->cost_samples;
	out->cost.ns = info->cost_ns;
	out->memory = info->memory;
}

static int read_slots(struct kxt_snapshot *out, const struct module *m,
		      const struct kvmexit_info *info)
{
	uint32_t nr = info->nr_slots < m->max_slots ? info->nr_slots : m->max_slots;
	struct kxt_clock clock = {
		.mult = info->clock_mult,
		.shift = info->clock_shift & 127,
		.now = info->clock_now,
	};

	for (uint32_t i = 0; i < nr; i++) {
		struct kxt_slot_place place = {
			.slot = m->slots + (size_t)i * KVMEXIT_SLOT_SIZE,
			.number = i,
			.knows = knows(info),
		};

		if (m->details)
			place.detail = m->details + (size_t)i * KVMEXIT_DETAIL_SIZE;
		if (kxt_slot_read(out, &place, &clock))
			return -1;
	}
	return 0;
}

static int module_snapshot(struct kxt_collector *c, struct kxt_snapshot *out,
			   struct kxt_err *err)
{
	const struct module *m = c->priv;
	struct kvmexit_info info;

	kxt_snapshot_free(out);
	/* Before the slots: what happens after now must not look as if before. */
	if (ask(m, &info, err))
		return -1;
	/* It is found out at the first exit, which can be long after open. */
	if (info.flags & KVMEXIT_INFO_LAYOUT_BAD)
		return refuse_layout(err);
	read_head(out, m, &info);
	if (read_slots(out, m, &info)) {
		kxt_snapshot_free(out);
		return kxt_err_set(err, KXT_EXIT_RUNTIME, "out of memory for a snapshot");
	}
	if (m->sees_pids)
		kxt_threads_look(out, NULL, NULL);
	kxt_snapshot_sort(out);
	return 0;
}

static int refuse_request(const struct module *m, const char *what, int error,
			  struct kxt_err *err)
{
	switch (error) {
	case ENOMEM:
		return kxt_err_set(err, KXT_EXIT_RUNTIME,
				   "the kernel has no memory for %s. Free some, or do without them.",
				   what);
	case ENOTTY:
		return kxt_err_set(err, KXT_EXIT_RUNTIME,
				   "the module kvmexit does not know %s: it is older than kvmexittop %s. Install both of the same version, then unload kvmexit and load it again.",
				   what, KXT_VERSION);
	default:
		return kxt_err_set(err, KXT_EXIT_RUNTIME, "cannot ask %s for %s: %s.",
				   m->path, what, strerror(error));
	}
}

static int module_details(struct kxt_collector *c, bool on, struct kxt_err *err)
{
	struct module *m = c->priv;

	if (on == (m->details != NULL))
		return 0;
	stop_details(m);
	if (!on)
		return 0;
	m->details_fd = open_device(m, 0, err);
	if (m->details_fd < 0)
		return -1;
	if (ioctl(m->details_fd, KVMEXIT_IOC_DETAILS, 0))
		refuse_request(m, "details", errno, err);
	else
		m->details = map(m, m->details_fd, details_size(m), slots_size(m),
				 "details", err);
	if (m->details)
		return 0;
	stop_details(m);
	return -1;
}

static int module_slow(struct kxt_collector *c, uint64_t over_ns, struct kxt_err *err)
{
	struct module *m = c->priv;
	__u64 over = over_ns;

	if (over_ns == UINT64_MAX) {
		close_fd(&m->slow_fd);
		return 0;
	}
	if (m->slow_fd < 0)
		m->slow_fd = open_device(m, O_NONBLOCK, err);
	if (m->slow_fd < 0)
		return -1;
	if (ioctl(m->slow_fd, KVMEXIT_IOC_SLOW, &over) == 0)
		return 0;
	refuse_request(m, "slow exits", errno, err);
	close_fd(&m->slow_fd);
	return -1;
}

static int module_slow_fd(struct kxt_collector *c)
{
	const struct module *m = c->priv;

	return m->slow_fd;
}

/* Takes out the records that say how many are missing. Returns what is left. */
static unsigned int take_lost(struct kvmexit_event *event, unsigned int nr,
			      uint64_t *lost)
{
	unsigned int used = 0;

	for (unsigned int i = 0; i < nr; i++) {
		if (event[i].type == KVMEXIT_EVENT_LOST)
			*lost += event[i].lost;
		else if (event[i].type == KVMEXIT_EVENT_SLOW)
			event[used++] = event[i];
	}
	return used;
}

static int module_slow_read(struct kxt_collector *c, struct kvmexit_event *event,
			    unsigned int max, uint64_t *lost, struct kxt_err *err)
{
	struct module *m = c->priv;
	uint64_t missing = 0;
	unsigned int nr;
	ssize_t len;

	if (m->slow_fd < 0 || max == 0)
		return 0;
	len = read(m->slow_fd, event, max * sizeof(*event));
	if (len < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (len < 0)
		return kxt_err_set(err, KXT_EXIT_RUNTIME,
				   "cannot read slow exits from %s: %s. Unload kvmexit, load it again and start anew.",
				   m->path, strerror(errno));
	if (len % sizeof(*event))
		return kxt_err_set(err, KXT_EXIT_RUNTIME,
				   "%s gave %zd bytes, which is no whole number of slow exits. Install kvmexit and kvmexittop of the same version, then unload kvmexit and load it again.",
				   m->path, len);
	nr = take_lost(event, len / sizeof(*event), &missing);
	m->slow_lost += missing;
	*lost += missing;
	return nr;
}

const struct kxt_collector_ops kxt_collector_module = {
	.name = "module",
	.open = module_open,
	.snapshot = module_snapshot,
	.details = module_details,
	.slow = module_slow,
	.slow_fd = module_slow_fd,
	.slow_read = module_slow_read,
	.close = module_close,
	.confine = KXT_CONFINE_KEEP_PTRACE,
};
