// SPDX-License-Identifier: GPL-2.0-only
/*
 * The filters of system calls. Both end the process where only code that somebody has
 * put there would call: what starts another program, or takes over a process or the
 * kernel. Everything else fails with EPERM, so that a library which tries something
 * gets an answer that it can handle, and a message says what was refused: bpf(2)
 * is one, as libbpf is in the reader too.
 */
#include "user/confine.h"

#ifndef KXT_HAVE_SECCOMP

int kxt_confine_filter_reader(struct kxt_err *err)
{
	(void)err;
	return 0;
}

int kxt_confine_filter_writer(int dir, struct kxt_err *err)
{
	(void)dir;
	(void)err;
	return 0;
}

int kxt_confine_filter_keeper(struct kxt_err *err)
{
	(void)err;
	return 0;
}

#else

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define NR(array)	(sizeof(array) / sizeof((array)[0]))
#define REFUSE		SCMP_ACT_ERRNO(EPERM)
/* Ints are compared as the kernel takes them: without what is above 32 bits. */
#define INT_MASK	0xffffffffU

/* Newer than the headers of some who build this. */
enum {
	NR_FCHMODAT2		= 452,
	NR_SETXATTRAT		= 463,
	NR_REMOVEXATTRAT	= 466,
	NR_OPEN_TREE_ATTR	= 467,
	NR_FILE_SETATTR		= 469,
};

/**
 * struct rule - a system call by one of its arguments
 * @nr: SCMP_SYS()
 * @arg: which argument, from 0
 * @mask: bits of it that count
 * @value: what they are
 */
struct rule {
	int nr;
	unsigned int arg;
	uint64_t mask, value;
};

static const int kills[] = {
	SCMP_SYS(execve), SCMP_SYS(execveat),
	SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev),
	SCMP_SYS(init_module), SCMP_SYS(finit_module), SCMP_SYS(delete_module),
	SCMP_SYS(kexec_load), SCMP_SYS(kexec_file_load),
};

/* Most of it takes a capability; but the less of the kernel is in reach, the better. */
static const int refused[] = {
	SCMP_SYS(bpf), SCMP_SYS(perf_event_open),
	SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(pivot_root), SCMP_SYS(chroot),
	SCMP_SYS(fsopen), SCMP_SYS(fsconfig), SCMP_SYS(fsmount), SCMP_SYS(fspick),
	SCMP_SYS(move_mount), SCMP_SYS(open_tree), SCMP_SYS(mount_setattr),
	NR_OPEN_TREE_ATTR,
	SCMP_SYS(setuid), SCMP_SYS(setgid), SCMP_SYS(setreuid), SCMP_SYS(setregid),
	SCMP_SYS(setresuid), SCMP_SYS(setresgid), SCMP_SYS(setfsuid), SCMP_SYS(setfsgid),
	SCMP_SYS(setgroups), SCMP_SYS(capset),
	SCMP_SYS(unshare), SCMP_SYS(setns), SCMP_SYS(personality),
	SCMP_SYS(add_key), SCMP_SYS(request_key), SCMP_SYS(keyctl),
	SCMP_SYS(io_uring_setup), SCMP_SYS(io_uring_enter), SCMP_SYS(io_uring_register),
	SCMP_SYS(userfaultfd), SCMP_SYS(fanotify_init),
	SCMP_SYS(pidfd_getfd), SCMP_SYS(process_madvise), SCMP_SYS(kcmp),
	SCMP_SYS(migrate_pages), SCMP_SYS(move_pages),
	SCMP_SYS(open_by_handle_at), SCMP_SYS(name_to_handle_at),
	SCMP_SYS(swapon), SCMP_SYS(swapoff), SCMP_SYS(reboot), SCMP_SYS(acct),
	SCMP_SYS(quotactl), SCMP_SYS(quotactl_fd), SCMP_SYS(syslog), SCMP_SYS(vhangup),
	SCMP_SYS(settimeofday), SCMP_SYS(clock_settime), SCMP_SYS(clock_adjtime),
	SCMP_SYS(adjtimex), SCMP_SYS(sethostname), SCMP_SYS(setdomainname),
	SCMP_SYS(iopl), SCMP_SYS(ioperm), SCMP_SYS(modify_ldt),
	SCMP_SYS(lookup_dcookie), SCMP_SYS(uselib), SCMP_SYS(sysfs),
};

/* uid 0 owns root's files: for these it needs no capability. */
static const int changes_files[] = {
	SCMP_SYS(creat), SCMP_SYS(truncate), SCMP_SYS(rename), SCMP_SYS(renameat),
	SCMP_SYS(link), SCMP_SYS(linkat), SCMP_SYS(symlink),
	SCMP_SYS(symlinkat), SCMP_SYS(unlink), SCMP_SYS(mkdir),
	SCMP_SYS(mkdirat), SCMP_SYS(rmdir), SCMP_SYS(mknod), SCMP_SYS(mknodat),
	SCMP_SYS(chmod), SCMP_SYS(fchmod), SCMP_SYS(fchmodat),
	NR_FCHMODAT2, NR_SETXATTRAT, NR_REMOVEXATTRAT, NR_FILE_SETATTR,
	SCMP_SYS(chown), SCMP_SYS(fchown), SCMP_SYS(lchown), SCMP_SYS(fchownat),
	SCMP_SYS(setxattr), SCMP_SYS(lsetxattr), SCMP_SYS(fsetxattr),
	SCMP_SYS(removexattr), SCMP_SYS(lremovexattr), SCMP_SYS(fremovexattr),
	SCMP_SYS(utime), SCMP_SYS(utimes), SCMP_SYS(futimesat), SCMP_SYS(utimensat),
};

/* The same, but for who writes a file: see add_writer(). */
static const int changes_names[] = { SCMP_SYS(renameat2), SCMP_SYS(unlinkat) };

/* What they are asked for is in memory, where a filter cannot look: as in old kernels. */
static const int unknown[] = { SCMP_SYS(clone3), SCMP_SYS(openat2) };

static const struct rule refused_if[] = {
	{ SCMP_SYS(open), 1, O_ACCMODE, O_WRONLY },
	{ SCMP_SYS(open), 1, O_ACCMODE, O_RDWR },
	{ SCMP_SYS(open), 1, O_ACCMODE, O_ACCMODE },
	{ SCMP_SYS(open), 1, O_CREAT, O_CREAT },
	{ SCMP_SYS(open), 1, O_TRUNC, O_TRUNC },
	{ SCMP_SYS(openat), 2, O_ACCMODE, O_RDWR },
	{ SCMP_SYS(openat), 2, O_ACCMODE, O_ACCMODE },
	{ SCMP_SYS(openat), 2, O_TRUNC, O_TRUNC },
	/* A namespace of one's own is full of capabilities. */
	{ SCMP_SYS(clone), 0, CLONE_NEWUSER, CLONE_NEWUSER },
	{ SCMP_SYS(clone), 0, CLONE_NEWNS, CLONE_NEWNS },
	{ SCMP_SYS(clone), 0, CLONE_NEWPID, CLONE_NEWPID },
	{ SCMP_SYS(clone), 0, CLONE_NEWNET, CLONE_NEWNET },
	{ SCMP_SYS(clone), 0, CLONE_NEWIPC, CLONE_NEWIPC },
	{ SCMP_SYS(clone), 0, CLONE_NEWUTS, CLONE_NEWUTS },
	{ SCMP_SYS(clone), 0, CLONE_NEWCGROUP, CLONE_NEWCGROUP },
	/* They type into the terminal: its shell would run it when we are gone. */
	{ SCMP_SYS(ioctl), 1, INT_MASK, TIOCSTI },
	{ SCMP_SYS(ioctl), 1, INT_MASK, TIOCLINUX },
};

static const struct rule writes_files[] = {
	{ SCMP_SYS(openat), 2, O_ACCMODE, O_WRONLY },
	{ SCMP_SYS(openat), 2, O_CREAT, O_CREAT },
};

/* A file is made anew for writing, or not at all. */
static const struct rule writes_old_files[] = {
	{ SCMP_SYS(openat), 2, O_ACCMODE | O_CREAT, O_WRONLY },
	{ SCMP_SYS(openat), 2, O_ACCMODE | O_EXCL, O_WRONLY },
	{ SCMP_SYS(openat), 2, O_ACCMODE | O_CREAT, O_RDONLY | O_CREAT },
};

static const int keeper_calls[] = {
	SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(brk),
	SCMP_SYS(sendmsg), SCMP_SYS(recvmsg), SCMP_SYS(sendto), SCMP_SYS(recvfrom),
	SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl),
	SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait),
	SCMP_SYS(timerfd_create), SCMP_SYS(timerfd_settime), SCMP_SYS(timerfd_gettime),
	SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(close),
	SCMP_SYS(fcntl), SCMP_SYS(fstat), SCMP_SYS(newfstatat),
	SCMP_SYS(clock_gettime), SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep),
	SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(getrandom),
	SCMP_SYS(futex), SCMP_SYS(sched_yield), SCMP_SYS(rseq), SCMP_SYS(membarrier),
	SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
	SCMP_SYS(sigaltstack), SCMP_SYS(restart_syscall),
	SCMP_SYS(exit), SCMP_SYS(exit_group),
};

static const struct rule keeper_if[] = {
	{ SCMP_SYS(bpf), 0, INT_MASK, BPF_MAP_CREATE },
	{ SCMP_SYS(bpf), 0, INT_MASK, BPF_MAP_LOOKUP_ELEM },
	{ SCMP_SYS(bpf), 0, INT_MASK, BPF_MAP_UPDATE_ELEM },
	{ SCMP_SYS(bpf), 0, INT_MASK, BPF_MAP_DELETE_ELEM },
	{ SCMP_SYS(bpf), 0, INT_MASK, BPF_OBJ_GET_INFO_BY_FD },
	/* Is a thread still there? */
	{ SCMP_SYS(kill), 1, INT_MASK, 0 },
	{ SCMP_SYS(ioctl), 1, INT_MASK, PERF_EVENT_IOC_SET_BPF },
	/* Memory that is written is never executed. */
	{ SCMP_SYS(mmap), 2, PROT_EXEC, 0 },
	{ SCMP_SYS(mprotect), 2, PROT_EXEC, 0 },
};

/* All of these return 0 or -errno. */
static int add_calls(scmp_filter_ctx ctx, uint32_t action, const int *nr, size_t count)
{
	int ret = 0;

	for (size_t i = 0; !ret && i < count; i++)
		ret = seccomp_rule_add(ctx, action, nr[i], 0);
	return ret;
}

static int add_if(scmp_filter_ctx ctx, uint32_t action, int nr, struct scmp_arg_cmp cmp)
{
	return seccomp_rule_add_array(ctx, action, nr, 1, &cmp);
}

static int add_rules(scmp_filter_ctx ctx, uint32_t action, const struct rule *rule,
		     size_t count)
{
	int ret = 0;

	for (size_t i = 0; !ret && i < count; i++) {
		struct scmp_arg_cmp cmp = {
			.arg = rule[i].arg,
			.op = SCMP_CMP_MASKED_EQ,
			.datum_a = rule[i].mask,
			.datum_b = rule[i].value & rule[i].mask,
		};

		ret = add_if(ctx, action, rule[i].nr, cmp);
	}
	return ret;
}

/* Only local sockets and those of the Internet. */
static int add_socket(scmp_filter_ctx ctx)
{
	/* To a caller it is a kernel without the others. */
	const uint32_t action = SCMP_ACT_ERRNO(EAFNOSUPPORT);
	struct scmp_arg_cmp cmp = { .op = SCMP_CMP_GT, .datum_a = AF_INET6 };
	int ret = add_if(ctx, action, SCMP_SYS(socket), cmp);

	cmp.op = SCMP_CMP_EQ;
	for (int family = 0; !ret && family < AF_INET6; family++) {
		cmp.datum_a = family;
		if (family != AF_UNIX && family != AF_INET)
			ret = add_if(ctx, action, SCMP_SYS(socket), cmp);
	}
	return ret;
}

/* What readers and writers have in common. */
static int add_refused(scmp_filter_ctx ctx)
{
	int ret = add_calls(ctx, REFUSE, refused, NR(refused));

	if (!ret)
		ret = add_calls(ctx, REFUSE, changes_files, NR(changes_files));
	if (!ret)
		ret = add_calls(ctx, SCMP_ACT_ERRNO(ENOSYS), unknown, NR(unknown));
	if (!ret)
		ret = add_rules(ctx, REFUSE, refused_if, NR(refused_if));
	if (!ret)
		ret = add_socket(ctx);
	return ret;
}

static int add_reader(scmp_filter_ctx ctx, int dir)
{
	int ret = add_refused(ctx);

	(void)dir;
	if (!ret)
		ret = add_calls(ctx, REFUSE, changes_names, NR(changes_names));
	if (!ret)
		ret = add_rules(ctx, REFUSE, writes_files, NR(writes_files));
	return ret;
}

/* An argument has this value, or the call is refused. */
static int add_only(scmp_filter_ctx ctx, int nr, unsigned int arg, uint64_t value)
{
	return add_if(ctx, REFUSE, nr, (struct scmp_arg_cmp){
		.arg = arg, .op = SCMP_CMP_NE, .datum_a = value });
}

/* The same for an openat() that can write. */
static int add_only_for_writing(scmp_filter_ctx ctx, unsigned int arg, uint64_t value)
{
	const struct scmp_arg_cmp cmp[] = {
		{ .arg = 2, .op = SCMP_CMP_MASKED_EQ, .datum_a = O_ACCMODE,
		  .datum_b = O_WRONLY },
		{ .arg = arg, .op = SCMP_CMP_NE, .datum_a = value },
	};

	return seccomp_rule_add_array(ctx, REFUSE, SCMP_SYS(openat), 2, cmp);
}

static int add_writer(scmp_filter_ctx ctx, int dir)
{
	int ret = add_refused(ctx);

	if (!ret)
		ret = add_rules(ctx, REFUSE, writes_old_files, NR(writes_old_files));
	if (!ret)
		ret = add_only_for_writing(ctx, 0, dir);
	if (!ret)
		ret = add_only_for_writing(ctx, 3, 0644);
	if (!ret)
		ret = add_only(ctx, SCMP_SYS(renameat2), 0, dir);
	if (!ret)
		ret = add_only(ctx, SCMP_SYS(renameat2), 2, dir);
	if (!ret)
		ret = add_only(ctx, SCMP_SYS(renameat2), 4, 0);
	if (!ret)
		ret = add_only(ctx, SCMP_SYS(unlinkat), 0, dir);
	if (!ret)
		ret = add_only(ctx, SCMP_SYS(unlinkat), 2, 0);
	return ret;
}

static int add_keeper(scmp_filter_ctx ctx, int dir)
{
	/* abort() is for us, not for somebody else. */
	struct scmp_arg_cmp self = { .op = SCMP_CMP_EQ, .datum_a = getpid() };
	int ret = add_if(ctx, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), self);

	(void)dir;
	if (!ret)
		ret = add_calls(ctx, SCMP_ACT_ALLOW, keeper_calls, NR(keeper_calls));
	if (!ret)
		ret = add_rules(ctx, SCMP_ACT_ALLOW, keeper_if, NR(keeper_if));
	return ret;
}

/* Asked for a filter at address 0, a kernel that has filters says that it is bad. */
static bool kernel_has_filters(void)
{
	return prctl(PR_SET_SECCOMP, 2 /* SECCOMP_MODE_FILTER */, NULL, 0, 0) == 0 ||
	       errno != EINVAL;
}

static int set_filter(uint32_t otherwise, int (*add)(scmp_filter_ctx ctx, int dir), int dir,
		      struct kxt_err *err)
{
	scmp_filter_ctx ctx;
	int ret;

	if (!kernel_has_filters())
		return 0;
	ctx = seccomp_init(otherwise);
	if (!ctx)
		return kxt_err_set(err, KXT_EXIT_RUNTIME,
				   "out of memory for the filter of system calls. Free some and start again.");
	/* Another machine's calls (i386, x32) have other numbers. */
	ret = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (!ret)
		ret = add_calls(ctx, SCMP_ACT_KILL_PROCESS, kills, NR(kills));
	if (!ret)
		ret = add(ctx, dir);
	if (!ret)
		ret = seccomp_load(ctx);
	seccomp_release(ctx);
	if (!ret)
		return 1;
	return kxt_err_set(err, KXT_EXIT_RUNTIME,
			   "cannot set the filter of system calls: %s. What kvmexittop runs in (a container, a service's SystemCallFilter=) has to let seccomp through; or build it where there is no libseccomp.",
			   strerror(-ret));
}

int kxt_confine_filter_reader(struct kxt_err *err)
{
	return set_filter(SCMP_ACT_ALLOW, add_reader, -1, err);
}

int kxt_confine_filter_writer(int dir, struct kxt_err *err)
{
	return set_filter(SCMP_ACT_ALLOW, add_writer, dir, err);
}

int kxt_confine_filter_keeper(struct kxt_err *err)
{
	return set_filter(REFUSE, add_keeper, -1, err);
}

#endif /* KXT_HAVE_SECCOMP */
