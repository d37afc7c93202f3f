// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/capability.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "module/bucket.h"
#include "user/bpf_load.h"
#include "user/kvmexit.skel.h"
#include "user/kvmexit_plain.skel.h"
#include "user/kvmexit_tp.skel.h"

/* vCPUs for each CPU of the host for which there is an address, not memory. */
#define SLOTS_PER_CPU	64
#define MIN_SLOTS	1024

static bool log_verbose;
/* What libbpf says of a failure, for the hints; its end is what counts. */
static char log_text[4096];

static int take_log(enum libbpf_print_level level, const char *fmt, va_list args)
{
	size_t len, have = strlen(log_text);
	va_list again;
	char *text;

	if (log_verbose) {
		va_copy(again, args);
		vfprintf(stderr, fmt, again);
		va_end(again);
	}
	/* All that the verifier has to say may be one message. */
	if (level > LIBBPF_WARN || vasprintf(&text, fmt, args) < 0)
		return 0;
	len = strlen(text);
	if (len >= sizeof(log_text)) {
		strcpy(log_text, text + len - sizeof(log_text) + 1);
	} else {
		if (have + len >= sizeof(log_text)) {
			size_t gone = have + len - sizeof(log_text) + 1;

			memmove(log_text, log_text + gone, have - gone + 1);
		}
		strcat(log_text, text);
	}
	free(text);
	return 0;
}

/* Where securityfs is not mounted, the verifier says that it has no such function. */
static bool locked_down(void)
{
	char text[64] = "";
	FILE *f = fopen("/sys/kernel/security/lockdown", "re");

	if (!f)
		return strstr(log_text, "unknown func bpf_probe_read") ||
		       strstr(log_text, "cannot use helper bpf_probe_read");
	if (!fgets(text, sizeof(text), f))
		text[0] = '\0';
	fclose(f);
	return strstr(text, "[confidentiality]");
}

/* CAP_SYS_ADMIN; without it libbpf cannot look at the types of modules. */
static bool is_admin(void)
{
	unsigned long long caps = 0;
	char line[128];
	FILE *f = fopen("/proc/self/status", "re");

	if (!f)
		return false;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "CapEff: %llx", &caps) == 1)
			break;
	}
	fclose(f);
	return caps >> CAP_SYS_ADMIN & 1;
}

static int refuse_rights(const char *what, struct kxt_err *err)
{
	if (geteuid() == 0)
		return kxt_err_set(err, KXT_EXIT_NO_COLLECTOR,
				   "the kernel does not let root %s BPF programs: it is locked down to 'confidentiality', or a container or a security module has taken CAP_BPF, CAP_PERFMON or CAP_SYS_ADMIN away. Boot with lockdown=integrity, run it on the host itself, or use the module kvmexit.",
				   what);
	return kxt_err_set(err, KXT_EXIT_NO_COLLECTOR,
			   "no permission to %s BPF programs. Run as root, or with the capabilities CAP_BPF, CAP_PERFMON and CAP_SYS_ADMIN (the last for the types of KVM; without it tracefs has to be readable).",
			   what);
}

static int refuse_lockdown(struct kxt_err *err)
{
	return kxt_err_set(err, KXT_EXIT_NO_COLLECTOR,
			   "the kernel is locked down to 'confidentiality', which forbids BPF programs to read its memory. Boot with lockdown=integrity, or use a signed module kvmexit.");
}

/* One sentence, and what to do. @what: "load" or "attach". */
static int refuse(const char *what, int error, struct kxt_err *err)
{
	if (locked_down())
		return refuse_lockdown(err);
	if (strstr(log_text, "END PROG LOAD LOG"))
		return kxt_err_set(err, KXT_EXIT_NO_COLLECTOR,
				   "the kernel's BPF verifier refuses a program of kvmexittop %s. That is a bug: please report it with what -v prints; use the module kvmexit meanwhile.",
				   KXT_VERSION);
	if (error == EINVAL && !is_admin())
		return refuse_rights(what, err);
	switch (error) {
	case EPERM:
	case EACCES:
		return refuse_rights(what, err);
	case ENOMEM:
	case E2BIG:
		return kxt_err_set(err, KXT_EXIT_NO_COLLECTOR,
				   "the kernel has no memory for BPF maps. Free some; before Linux 5.11 also raise the limit of locked memory (ulimit -l unlimited).");
	case ENOSYS:
		return kxt_err_set(err, KXT_EXIT_NO_COLLECTOR,
				   "this kernel has no BPF. Use one with CONFIG_BPF_SYSCALL and CONFIG_BPF_EVENTS, or the module kvmexit.");
	default:
		return kxt_err_set(err, KXT_EXIT_NO_COLLECTOR,
				   "cannot %s the BPF programs: %s. Run it with -v to see what libbpf and the kernel say; use the module kvmexit meanwhile.",
				   what, strerror(error));
	}
}

static int set_sizes(struct kxt_bpf_load *l)
{
	static const char *const by_slot[] = { "ready", "vcpus", "threads" };
	struct bpf_map *map;

	for (size_t i = 0; i < sizeof(by_slot) / sizeof(by_slot[0]); i++) {
		map = bpf_object__find_map_by_name(l->obj, by_slot[i]);
		if (!map || bpf_map__set_max_entries(map, l->max_slots))
			return -1;
	}
	map = bpf_object__find_map_by_name(l->obj, "cpus");
	return map ? bpf_map__set_max_entries(map, l->nr_cpus) : -1;
}

static void want(const struct kxt_bpf_load *l, const char *name, bool wanted)
{
	struct bpf_program *prog = bpf_object__find_program_by_name(l->obj, name);

	if (prog)
		bpf_program__set_autoload(prog, wanted);
}

/*
 * Each of these costs time at start, and a little at each event, so that one is taken
 * where it is called always: bpf_look.bpf.h says when it is not.
 */
static void choose_ways(const struct kxt_bpf_load *l)
{
	bool more = l->kernel.preempts;

	want(l, "kxt_on_wakeup1", more);
	want(l, "kxt_on_wakeup2", more);
	want(l, "kxt_on_wakeup_record", more && l->kernel.records);
	want(l, "kxt_on_userspace1", more);
	want(l, "kxt_on_userspace2", more);
	want(l, "kxt_on_userspace_record", more && l->kernel.records);
}

#define SIZE(skel, section) sizeof(*((struct skel *)0)->section)
_Static_assert(SIZE(kvmexit_bpf, bss) == SIZE(kvmexit_plain_bpf, bss) &&
	       SIZE(kvmexit_bpf, rodata) == SIZE(kvmexit_plain_bpf, rodata), "same variables");

/* As kvmexit_bpf__open(), but for the object, which is made of the same source. */
static struct kvmexit_bpf *open_plain(void)
{
	struct kvmexit_bpf *skel = calloc(1, sizeof(*skel));

	if (!skel || kvmexit_bpf__create_skeleton(skel))
		goto fail;
	skel->skeleton->data = (void *)kvmexit_plain_bpf__elf_bytes(&skel->skeleton->data_sz);
	if (bpf_object__open_skeleton(skel->skeleton, NULL) == 0)
		return skel;
fail:
	kvmexit_bpf__destroy(skel);
	return NULL;
}

static int open_core(struct kxt_bpf_load *l)
{
	const struct kxt_bpf_kernel *k = &l->kernel;

	l->core_skel = k->plain ? open_plain() : kvmexit_bpf__open();
	if (!l->core_skel)
		return -1;
	l->obj = l->core_skel->obj;
	want(l, "kxt_on_exit_reason", k->exit_has_reason);
	want(l, "kxt_on_exit", !k->exit_has_reason && !k->svm);
	want(l, "kxt_on_exit_svm5", k->svm && strcmp(k->svm, "svm5") == 0);
	want(l, "kxt_on_exit_svm0", k->svm && strcmp(k->svm, "svm0") == 0);
	choose_ways(l);
	/* These only for what is behind exits on VMX. */
	want(l, "kxt_on_exit_record", k->records);
	want(l, "kxt_on_page_fault", k->records);
	want(l, "kxt_on_mmio", k->records);
	want(l, "kxt_on_fast_mmio", k->records);
	memcpy((void *)l->core_skel->rodata->kxt_field_at, k->field_at, sizeof(k->field_at));
	l->core_skel->rodata->kxt_has_run_delay = k->run_delay_at && k->pcount_at;
	l->core_skel->rodata->kxt_no_ring = k->realtime;
	return 0;
}

static int open_classic(struct kxt_bpf_load *l)
{
	const struct kxt_bpf_kernel *k = &l->kernel;

	l->classic_skel = kvmexit_tp_bpf__open();
	if (!l->classic_skel)
		return -1;
	l->obj = l->classic_skel->obj;
	choose_ways(l);
	memcpy((void *)l->classic_skel->rodata->kxt_field_at, k->field_at,
	       sizeof(k->field_at));
	l->classic_skel->rodata->kxt_run_delay_at = k->run_delay_at;
	l->classic_skel->rodata->kxt_pcount_at = k->pcount_at;
	l->classic_skel->rodata->kxt_no_ring = k->realtime;
	return 0;
}

static int map_fd(const struct kxt_bpf_load *l, const char *name)
{
	return bpf_object__find_map_fd_by_name(l->obj, name);
}

static void find_maps(struct kxt_bpf_load *l)
{
	l->maps = (struct kxt_bpf_maps){
		.chunks = map_fd(l, "chunks"),
		.more = map_fd(l, "more"),
		.pieces = map_fd(l, "pieces"),
		.ready = map_fd(l, "ready"),
		.vcpus = map_fd(l, "vcpus"),
		.threads = map_fd(l, "threads"),
		.cpus = map_fd(l, "cpus"),
		.wake = map_fd(l, "wake"),
		.events = map_fd(l, "events"),
	};
}

/* Returns 0 or an errno. */
static int load_one(struct kxt_bpf_load *l, bool core)
{
	uint8_t *bucket;
	int ret;

	log_text[0] = '\0';
	l->core = core;
	errno = 0;
	if ((core ? open_core(l) : open_classic(l)) || set_sizes(l))
		return errno ? errno : EINVAL;
	ret = core ? kvmexit_bpf__load(l->core_skel) : kvmexit_tp_bpf__load(l->classic_skel);
	if (ret)
		return -ret;
	find_maps(l);
	l->control = core ? (void *)&l->core_skel->data->control :
			    (void *)&l->classic_skel->data->control;
	if (core) {
		l->near = &l->core_skel->bss->near;
		l->near_at = (char *)l->near - (char *)l->core_skel->bss;
		l->near_fd = bpf_map__fd(l->core_skel->maps.bss);
	}
	bucket = core ? l->near->bucket : l->classic_skel->bss->kxt_buckets;
	for (uint64_t i = 0; i < KXT_BPF_NEAR_BUCKETS; i++)
		bucket[i] = kxt_bucket(i << KXT_BPF_NEAR_BUCKET_LOG2);
	return 0;
}

static int refuse_no_kvm(const struct kxt_bpf_load *l, bool core, struct kxt_err *err)
{
	if (locked_down())
		return refuse_lockdown(err);
	if (access("/sys/module/kvm", F_OK) && !l->kernel.event_id[KXT_EVENT_EXIT])
		return kxt_err_set(err, KXT_EXIT_NO_COLLECTOR,
				   "KVM is not loaded, so there is nothing to attach to. Run 'modprobe kvm_amd' or 'modprobe kvm_intel' (virtualization has to be on in the firmware).");
	if (core)
		return kxt_err_set(err, KXT_EXIT_NO_COLLECTOR,
				   "this kernel has no BTF of KVM (/sys/kernel/btf/kvm, or vmlinux if KVM is built in). Use -C bpf, which then takes the classic tracepoints.");
	return kxt_err_set(err, KXT_EXIT_NO_COLLECTOR,
			   "%sthe tracepoints of KVM are not to be seen in tracefs. Run as root, and 'mount -t tracefs tracefs /sys/kernel/tracing' if it is not mounted.",
			   l->kernel.core ? "" : "this kernel has no BTF of KVM, and ");
}

int kxt_bpf_load(struct kxt_bpf_load *l, enum kxt_bpf_flavor flavor, bool verbose,
		 struct kxt_err *err)
{
	int cpus = libbpf_num_possible_cpus();
	int error = ENOENT;

	memset(l, 0, sizeof(*l));
	l->exit_fd = -1;
	log_verbose = verbose;
	libbpf_set_print(take_log);
	kxt_bpf_kernel_read(&l->kernel);
	l->nr_cpus = cpus > 0 ? cpus : 1;
	l->max_slots = l->nr_cpus * SLOTS_PER_CPU;
	if (l->max_slots < MIN_SLOTS)
		l->max_slots = MIN_SLOTS;
	if (l->max_slots > KXT_BPF_MAX_SLOTS)
		l->max_slots = KXT_BPF_MAX_SLOTS;
	if (flavor != KXT_BPF_CLASSIC && l->kernel.core) {
		error = load_one(l, true);
		if (!error)
			return 0;
		refuse("load", error, err);
		kxt_bpf_unload(l);
		/* v5.10 with KVM built in has the types, but not the helpers. */
		if (flavor == KXT_BPF_CORE || !l->kernel.records || error == EPERM)
			return -1;
	}
	if (flavor == KXT_BPF_CORE || !l->kernel.records)
		return refuse_no_kvm(l, flavor == KXT_BPF_CORE, err);
	error = load_one(l, false);
	if (!error)
		return 0;
	refuse("load", error, err);
	kxt_bpf_unload(l);
	return -1;
}

/*
 * An exit is counted only while all that can happen to it is seen: kvm_exit is last. Of
 * those that are told of the same event, the one at the record is called first, as it
 * cannot be preempted before it has looked at the clock. Those that were not loaded for
 * this kernel are left out.
 */
static const char *const attach_order[] = {
	"kxt_on_entry", "kxt_on_wakeup_record", "kxt_on_wakeup0", "kxt_on_wakeup1",
	"kxt_on_wakeup2", "kxt_on_userspace_record", "kxt_on_userspace0",
	"kxt_on_userspace1", "kxt_on_userspace2", "kxt_on_thread_exit",
	"kxt_on_exit_reason", "kxt_on_exit", "kxt_on_exit_svm5", "kxt_on_exit_svm0",
};

static struct bpf_program *program(const struct kxt_bpf_load *l, const char *name)
{
	return bpf_object__find_program_by_name(l->obj, name);
}

/* Programs that see records of tracepoints while something is watched. */
static const struct {
	const char *name;
	enum kxt_bpf_event event;
	bool core, classic;
} record[] = {
	{ "kxt_on_exit_record", KXT_EVENT_EXIT, true, false },
	{ "kxt_on_page_fault", KXT_EVENT_FAULT, true, true },
	{ "kxt_on_mmio", KXT_EVENT_MMIO, true, true },
	{ "kxt_on_fast_mmio", KXT_EVENT_FAST_MMIO, true, true },
	{ "kxt_on_msr", KXT_EVENT_MSR, false, true },
	{ "kxt_on_cpuid", KXT_EVENT_CPUID, false, true },
	{ "kxt_on_hypercall", KXT_EVENT_HYPERCALL, false, true },
};

#define NR_RECORDS	(sizeof(record) / sizeof(record[0]))

static bool wants_record(const struct kxt_bpf_load *l, size_t i)
{
	/* With BTF, SVM tells all by itself. */
	return l->core ? record[i].core && l->kernel.intel : record[i].classic;
}

static int open_record(const struct kxt_bpf_load *l, enum kxt_bpf_event event)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT,
		.size = sizeof(attr),
		.config = l->kernel.event_id[event],
		.sample_period = 1,
		.wakeup_events = 1,
		.disabled = 1,
	};

	if (!attr.config) {
		errno = ENOENT;
		return -1;
	}
	/*
	 * One CPU's event is enough, and it stays disabled: a program that is attached to it
	 * runs on all CPUs, and nothing is sampled.
	 */
	return syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
}

/*
 * Some distributions let only CAP_SYS_ADMIN open events (kernel.perf_event_paranoid
 * above 2), which is gone by the time somebody wants them: so they are opened now, with
 * no program attached yet.
 */
static void open_records(struct kxt_bpf_load *l)
{
	for (size_t i = 0; i < NR_RECORDS; i++) {
		l->watch_fd[i] = wants_record(l, i) ? open_record(l, record[i].event) : -1;
		if (l->watch_fd[i] < 0)
			l->watch_error[i] = errno;
	}
}

/* Links end with this process: nothing is left attached, however it ends. */
int kxt_bpf_attach(struct kxt_bpf_load *l, struct kxt_err *err)
{
	for (size_t i = 0; i < sizeof(attach_order) / sizeof(attach_order[0]); i++) {
		struct bpf_program *prog = program(l, attach_order[i]);

		if (!prog || bpf_program__fd(prog) < 0)
			continue;
		if (!bpf_program__attach(prog))
			return refuse("attach", errno, err);
		l->exit_fd = bpf_program__fd(prog);
	}
	open_records(l);
	__atomic_store_n(&l->control->armed, 1, __ATOMIC_RELEASE);
	return 0;
}

int kxt_bpf_attach_watch(struct kxt_bpf_load *l, struct kxt_err *err)
{
	for (size_t i = 0; i < NR_RECORDS && !l->watched; i++) {
		struct bpf_program *prog = program(l, record[i].name);
		int fd = l->watch_fd[i];

		if (!wants_record(l, i))
			continue;
		errno = fd < 0 ? l->watch_error[i] : ENOENT;
		if (fd >= 0 && prog && bpf_program__fd(prog) >= 0 &&
		    ioctl(fd, PERF_EVENT_IOC_SET_BPF, bpf_program__fd(prog)) == 0)
			continue;
		return kxt_err_set(err, KXT_EXIT_RUNTIME,
				   "cannot attach to KVM's tracepoint %s to see what is behind exits: %s. Mount tracefs (mount -t tracefs tracefs /sys/kernel/tracing), start again as root, or do without details.",
				   kxt_bpf_event_name(record[i].event), strerror(errno));
	}
	l->watched = true;
	return 0;
}

int kxt_bpf_look_fd(const struct kxt_bpf_load *l)
{
	return l->core ? bpf_program__fd(l->core_skel->progs.kxt_on_look) : -1;
}

/* "memlock:	4096" in the description of a map's descriptor */
static uint64_t map_memory(int fd)
{
	unsigned long long bytes = 0;
	char path[64], line[128];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	f = fopen(path, "re");
	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "memlock: %llu", &bytes) == 1)
			break;
	}
	fclose(f);
	return bytes;
}

uint64_t kxt_bpf_fixed_memory(const struct kxt_bpf_load *l)
{
	struct bpf_map *map;
	uint64_t bytes = 0;

	bpf_object__for_each_map(map, l->obj)
		bytes += map_memory(bpf_map__fd(map));
	return bytes;
}

void kxt_bpf_unload(struct kxt_bpf_load *l)
{
	kvmexit_bpf__destroy(l->core_skel);
	kvmexit_tp_bpf__destroy(l->classic_skel);
	l->core_skel = NULL;
	l->classic_skel = NULL;
	l->obj = NULL;
}
