// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the filters of system calls refuse, and what they let through. Most of it is
 * tried as root with all capabilities where that is possible: what fails there with
 * EPERM was refused by the filter.
 */
#include "confine_child.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>

#ifdef KXT_HAVE_SECCOMP

/* No address, no descriptor. */
#define BAD	(-1L)

static int only_filter(int (*filter)(struct kxt_err *err), struct kxt_err *err)
{
	CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	return filter(err) == 1 ? 0 : -1;
}

/* The filter and nothing else. */
static int reader_filter(struct kxt_err *err)
{
	return only_filter(kxt_confine_filter_reader, err);
}

static int keeper_filter(struct kxt_err *err)
{
	return only_filter(kxt_confine_filter_keeper, err);
}

/* Its directory is this descriptor. */
#define WRITER_DIR	50

static int writer_filter(struct kxt_err *err)
{
	CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	return kxt_confine_filter_writer(WRITER_DIR, err) == 1 ? 0 : -1;
}

/**
 * struct call - a system call that would do no harm
 * @name: its name
 * @nr: its number
 * @arg: arguments
 * @error: what errno says of it
 */
struct call {
	const char *name;
	long nr;
	long arg[5];
	int error;
};

#define REFUSED(call, ...)	{ #call, SYS_##call, { __VA_ARGS__ }, EPERM }
#define FAILS(error, call, ...)	{ #call, SYS_##call, { __VA_ARGS__ }, error }

static const struct call reader_refuses[] = {
	REFUSED(bpf, BPF_MAP_CREATE, BAD), REFUSED(perf_event_open, BAD),
	REFUSED(mount, BAD, BAD), REFUSED(umount2, BAD), REFUSED(pivot_root, BAD, BAD),
	REFUSED(chroot, BAD), REFUSED(fsopen, BAD), REFUSED(fsconfig, BAD),
	REFUSED(fsmount, BAD), REFUSED(fspick, BAD), REFUSED(move_mount, BAD),
	REFUSED(open_tree, BAD), REFUSED(mount_setattr, BAD),
	REFUSED(setuid, BAD), REFUSED(setgid, BAD), REFUSED(setresuid, BAD, BAD, BAD),
	REFUSED(setgroups, BAD), REFUSED(capset, BAD), REFUSED(setreuid, BAD, BAD),
	REFUSED(unshare, 0), REFUSED(setns, BAD), REFUSED(personality, 0xffffffff),
	REFUSED(add_key, BAD), REFUSED(request_key, BAD), REFUSED(keyctl, BAD),
	REFUSED(io_uring_setup, 0, BAD), REFUSED(io_uring_enter, BAD),
	REFUSED(userfaultfd, BAD), REFUSED(fanotify_init, BAD),
	REFUSED(pidfd_getfd, BAD), REFUSED(kcmp, 0, 0, BAD),
	REFUSED(open_by_handle_at, BAD, BAD), REFUSED(name_to_handle_at, BAD, BAD),
	REFUSED(swapon, BAD), REFUSED(swapoff, BAD), REFUSED(reboot, BAD),
	REFUSED(acct, BAD), REFUSED(quotactl, BAD), REFUSED(syslog, BAD),
	REFUSED(settimeofday, BAD), REFUSED(clock_settime, BAD, BAD),
	REFUSED(adjtimex, BAD), REFUSED(sethostname, BAD, BAD), REFUSED(iopl, BAD),
	REFUSED(modify_ldt, BAD),
	FAILS(ENOSYS, clone3, BAD, 0), FAILS(ENOSYS, openat2, BAD, BAD),
	FAILS(EAFNOSUPPORT, socket, AF_NETLINK, SOCK_RAW, 0),
	FAILS(EAFNOSUPPORT, socket, AF_PACKET, SOCK_RAW, 0),
	FAILS(EAFNOSUPPORT, socket, AF_VSOCK, SOCK_STREAM, 0),
	REFUSED(clone, CLONE_NEWUSER | SIGCHLD), REFUSED(clone, CLONE_NEWNET | SIGCHLD),
	/* Where the kernel looks at 32 bits, so does the filter. */
	REFUSED(ioctl, BAD, TIOCSTI, BAD), REFUSED(ioctl, BAD, TIOCSTI | 1L << 32, BAD),
	REFUSED(open, BAD, O_WRONLY), REFUSED(open, BAD, O_RDWR),
	REFUSED(openat, AT_FDCWD, BAD, O_WRONLY), REFUSED(openat, AT_FDCWD, BAD, O_RDWR),
	REFUSED(openat, AT_FDCWD, BAD, O_CREAT), REFUSED(openat, AT_FDCWD, BAD, O_TRUNC),
	REFUSED(openat, AT_FDCWD, BAD, O_WRONLY | 1L << 32),
	REFUSED(creat, BAD), REFUSED(truncate, BAD), REFUSED(rename, BAD, BAD),
	REFUSED(renameat2, BAD, BAD), REFUSED(unlink, BAD), REFUSED(unlinkat, BAD, BAD),
	REFUSED(link, BAD, BAD), REFUSED(symlink, BAD, BAD), REFUSED(mkdir, BAD),
	REFUSED(mknod, BAD), REFUSED(chmod, BAD), REFUSED(fchmodat, BAD, BAD),
	{ "fchmodat2", 452, { BAD, BAD }, EPERM },
	REFUSED(chown, BAD), REFUSED(fchownat, BAD, BAD), REFUSED(setxattr, BAD, BAD),
	REFUSED(utimensat, BAD, BAD),
};

#define NEW	(O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC)

static const struct call writer_refuses[] = {
	REFUSED(bpf, BPF_MAP_CREATE, BAD), REFUSED(mount, BAD, BAD), REFUSED(setuid, BAD),
	REFUSED(open, BAD, O_WRONLY), REFUSED(open, BAD, NEW), REFUSED(creat, BAD),
	/* Elsewhere. */
	REFUSED(openat, AT_FDCWD, BAD, NEW, 0644), REFUSED(openat, 51, BAD, NEW, 0644),
	/* What is there. */
	REFUSED(openat, WRITER_DIR, BAD, O_WRONLY), REFUSED(openat, WRITER_DIR, BAD, O_RDWR),
	REFUSED(openat, WRITER_DIR, BAD, O_WRONLY | O_CREAT, 0644),
	REFUSED(openat, WRITER_DIR, BAD, O_WRONLY | O_EXCL, 0644),
	REFUSED(openat, WRITER_DIR, BAD, NEW | O_TRUNC, 0644),
	REFUSED(openat, WRITER_DIR, BAD, O_RDONLY | O_TRUNC),
	REFUSED(openat, WRITER_DIR, BAD, O_RDONLY | O_CREAT, 0644),
	REFUSED(openat, WRITER_DIR, BAD, O_RDWR | O_CREAT | O_EXCL, 0644),
	/* A program with the rights of its owner. */
	REFUSED(openat, WRITER_DIR, BAD, NEW, 04755), REFUSED(openat, WRITER_DIR, BAD, NEW, 0666),
	REFUSED(rename, BAD, BAD), REFUSED(renameat, WRITER_DIR, BAD, WRITER_DIR, BAD),
	REFUSED(renameat2, AT_FDCWD, BAD, WRITER_DIR, BAD, 0),
	REFUSED(renameat2, WRITER_DIR, BAD, AT_FDCWD, BAD, 0),
	REFUSED(renameat2, WRITER_DIR, BAD, WRITER_DIR, BAD, 2),
	REFUSED(unlink, BAD), REFUSED(unlinkat, AT_FDCWD, BAD, 0),
	REFUSED(unlinkat, WRITER_DIR, BAD, AT_REMOVEDIR),
	REFUSED(link, BAD, BAD), REFUSED(symlinkat, BAD, WRITER_DIR, BAD),
	REFUSED(mkdirat, WRITER_DIR, BAD, 0755), REFUSED(fchmodat, WRITER_DIR, BAD),
	/* These get as far as the name, which is none. */
	FAILS(EFAULT, openat, WRITER_DIR, BAD, NEW, 0644),
	FAILS(EFAULT, openat, AT_FDCWD, BAD, O_RDONLY),
	FAILS(EFAULT, renameat2, WRITER_DIR, BAD, WRITER_DIR, BAD, 0),
	FAILS(EFAULT, unlinkat, WRITER_DIR, BAD, 0),
};

static const struct call keeper_refuses[] = {
	REFUSED(bpf, BPF_PROG_LOAD, BAD), REFUSED(bpf, BPF_OBJ_PIN, BAD),
	REFUSED(bpf, BPF_OBJ_GET, BAD), REFUSED(bpf, BPF_PROG_GET_FD_BY_ID, BAD),
	REFUSED(bpf, BPF_MAP_GET_FD_BY_ID, BAD), REFUSED(bpf, BPF_BTF_GET_FD_BY_ID, BAD),
	REFUSED(bpf, BPF_PROG_ATTACH, BAD), REFUSED(bpf, BPF_BTF_LOAD, BAD),
	REFUSED(open, BAD, O_RDONLY), REFUSED(openat, AT_FDCWD, BAD, O_RDONLY),
	REFUSED(openat2, BAD, BAD), REFUSED(creat, BAD), REFUSED(unlink, BAD),
	REFUSED(socket, AF_UNIX, SOCK_STREAM, 0), REFUSED(connect, BAD, BAD),
	REFUSED(clone, SIGCHLD), REFUSED(clone3, BAD, 0), REFUSED(fork), REFUSED(vfork),
	REFUSED(ioctl, BAD, TIOCSTI, BAD), REFUSED(ioctl, BAD, TIOCGWINSZ, BAD),
	REFUSED(ioctl, BAD, PERF_EVENT_IOC_SET_FILTER, BAD),
	REFUSED(ioctl, BAD, PERF_EVENT_IOC_ENABLE, 0), REFUSED(perf_event_open, BAD),
	REFUSED(bpf, BPF_RAW_TRACEPOINT_OPEN, BAD), REFUSED(bpf, BPF_LINK_CREATE, BAD),
	REFUSED(bpf, BPF_MAP_FREEZE, BAD), REFUSED(bpf, BPF_MAP_GET_NEXT_KEY, BAD),
	REFUSED(mmap, 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, BAD),
	REFUSED(mprotect, 0, 4096, PROT_EXEC), REFUSED(pkey_mprotect, 0, 0, PROT_EXEC),
	REFUSED(kill, 0x7fffffff, SIGTERM), REFUSED(tgkill, 0x7fffffff, 0x7fffffff, SIGURG),
	REFUSED(prctl, PR_GET_DUMPABLE), REFUSED(setuid, BAD), REFUSED(capset, BAD),
	REFUSED(unshare, 0), REFUSED(setns, BAD), REFUSED(io_uring_setup, 0, BAD),
	REFUSED(memfd_create, BAD), REFUSED(pidfd_getfd, BAD), REFUSED(getuid),
};

/**
 * struct calls - a list of them
 * @call: the list
 * @nr: its length
 */
struct calls {
	const struct call *call;
	size_t nr;
};

static void try_calls(const void *arg)
{
	const struct calls *calls = arg;
	char text[160];
	bool good = true;

	for (size_t i = 0; i < calls->nr; i++) {
		const struct call *c = &calls->call[i];
		long ret;

		errno = 0;
		ret = syscall(c->nr, c->arg[0], c->arg[1], c->arg[2], c->arg[3], c->arg[4]);
		if (ret == -1 && errno == c->error)
			continue;
		good = false;
		snprintf(text, sizeof(text), "%s (entry %zu) gave %ld, errno %d; ", c->name,
			 i, ret, errno);
		say(text);
	}
	_exit(good ? 0 : 1);
}

#define CALLS(list)	{ list, sizeof(list) / sizeof((list)[0]) }

static void test_reader_refuses(void **state)
{
	static const struct calls calls = CALLS(reader_refuses);
	struct child c = { .confine = reader_filter, .after = try_calls, .arg = &calls };

	(void)state;
	run_well(&c);
	assert_int_equal(c.status.seccomp, 2);
}

static void test_writer_refuses(void **state)
{
	static const struct calls calls = CALLS(writer_refuses);
	struct child c = { .confine = writer_filter, .after = try_calls, .arg = &calls };

	(void)state;
	run_well(&c);
	assert_int_equal(c.status.seccomp, 2);
}

static void test_keeper_refuses(void **state)
{
	static const struct calls calls = CALLS(keeper_refuses);
	struct child c = { .confine = keeper_filter, .after = try_calls, .arg = &calls };

	(void)state;
	run_well(&c);
	assert_int_equal(c.status.seccomp, 2);
}

static void call_it(const void *arg)
{
	const struct call *c = arg;

	syscall(c->nr, c->arg[0], c->arg[1], c->arg[2], c->arg[3], c->arg[4]);
	CHECK(!"the process was killed");
}

/* Neither of them is to make one of these, whoever it is and whatever it has. */
static void test_kills(void **state)
{
	static const struct call kills[] = {
		REFUSED(execve, BAD), REFUSED(execveat, BAD, BAD), REFUSED(ptrace, BAD),
		REFUSED(process_vm_readv, BAD), REFUSED(process_vm_writev, BAD),
		REFUSED(init_module, BAD), REFUSED(finit_module, BAD),
		REFUSED(delete_module, BAD), REFUSED(kexec_load, BAD, 0x7fffffff),
		REFUSED(kexec_file_load, BAD),
#ifdef __x86_64__
		/* x32: other numbers for the same calls */
		{ "x32 getpid", SYS_getpid | 0x40000000, { 0 }, EPERM },
#endif
	};
	int (*const confine[])(struct kxt_err *err) = {
		reader_filter, keeper_filter, writer_filter };

	(void)state;
	for (size_t i = 0; i < 3 * sizeof(kills) / sizeof(kills[0]); i++) {
		struct child c = {
			.confine = confine[i % 3], .after = call_it, .arg = &kills[i / 3] };

		run_child(&c);
		if (!WIFSIGNALED(c.end) || WTERMSIG(c.end) != SIGSYS)
			fail_msg("%s, filter %zu: ended with %#x: %s", kills[i / 3].name,
				 i % 3, (unsigned int)c.end, c.said);
	}
}

static void *do_nothing(void *arg)
{
	return arg;
}

/* A child is told to end, looked at and waited for, in each of the ways there are. */
static void end_child(void)
{
	siginfo_t info;
	pid_t pid = fork();

	if (pid == 0) {
		for (;;)
			pause();
	}
	CHECK(pid > 0);
	CHECK(waitpid(pid, NULL, WNOHANG) == 0);
	CHECK(kill(pid, SIGTERM) == 0);
	CHECK(waitid(P_PID, pid, &info, WEXITED | WNOWAIT) == 0);
	CHECK(info.si_code == CLD_KILLED && info.si_status == SIGTERM);
	CHECK(waitpid(pid, NULL, 0) == pid);
}

/* What verbs do, and what libraries do for them. */
static void work_as_reader(const void *arg)
{
	const int ready[] = { 0 };
	int pair[2], fd, status;
	pthread_t thread;
	void *library;
	char byte;

	(void)arg;
	fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	CHECK(fd >= 0 && read(fd, &byte, 1) == 1 && close(fd) == 0);
	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0);
	CHECK(send(pair[0], ready, sizeof(ready), 0) == sizeof(ready));
	CHECK(socket(AF_INET, SOCK_STREAM, 0) >= 0);
	/* A kernel may have been built without. */
	CHECK(socket(AF_INET6, SOCK_STREAM, 0) >= 0 || errno == EAFNOSUPPORT);
	CHECK(epoll_create1(0) >= 0);
	CHECK(timerfd_create(CLOCK_MONOTONIC, 0) >= 0);
	CHECK(kill(getpid(), 0) == 0);
	library = dlopen("libm.so.6", RTLD_NOW);
	CHECK(library && dlsym(library, "cos"));
	CHECK(pthread_create(&thread, NULL, do_nothing, NULL) == 0);
	CHECK(pthread_join(thread, NULL) == 0);
	status = fork();
	if (status == 0)
		_exit(7);
	CHECK(status > 0 && waitpid(status, &status, 0) > 0 && WEXITSTATUS(status) == 7);
	end_child();
}

static int whole_reader(struct kxt_err *err)
{
	return kxt_confine_reader(0, err);
}

static void test_reader_works(void **state)
{
	struct child c = { .confine = whole_reader, .after = work_as_reader };

	(void)state;
	run_well(&c);
}

static int keeper_socket[2];

static int keeper_after_socket(struct kxt_err *err)
{
	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, keeper_socket) == 0);
	return kxt_confine_keeper(err);
}

/* A descriptor goes over the socket. */
static void pass_descriptor(int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 }, byte = 'x';
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *head = CMSG_FIRSTHDR(&msg);

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(head), &fd, sizeof(fd));
	CHECK(sendmsg(keeper_socket[0], &msg, MSG_NOSIGNAL) == 1);
	CHECK(recvmsg(keeper_socket[1], &msg, MSG_CMSG_CLOEXEC) == 1);
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	CHECK(close(fd) == 0);
}

static void work_as_keeper(const void *arg)
{
	struct pollfd none = { .fd = keeper_socket[0], .events = POLLIN };
	struct timespec ts = { 0, 1000 };
	char *memory;

	(void)arg;
	pass_descriptor(keeper_socket[0]);
	CHECK(poll(&none, 1, 0) == 0);
	CHECK(nanosleep(&ts, NULL) == 0);
	CHECK(clock_gettime(CLOCK_MONOTONIC, &ts) == 0);
	memory = malloc(1 << 20);
	CHECK(memory);
	free(memory);
	memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(memory != MAP_FAILED);
	CHECK(mprotect(memory, 4096, PROT_READ) == 0 && munmap(memory, 4096) == 0);
	CHECK(fcntl(keeper_socket[0], F_GETFL) & O_NONBLOCK);
	/* ESRCH is what tells that a vCPU's thread is gone. */
	CHECK(kill(getpid(), 0) == 0);
	CHECK(kill(0x7fffffff, 0) < 0 && errno == ESRCH);
	CHECK(ioctl(-1, PERF_EVENT_IOC_SET_BPF, -1) < 0 && errno == EBADF);
	abort();
}

static void test_keeper_works(void **state)
{
	struct child c = { .confine = keeper_after_socket, .after = work_as_keeper };

	(void)state;
	run_child(&c);
	if (!WIFSIGNALED(c.end) || WTERMSIG(c.end) != SIGABRT)
		fail_msg("the child ended with %#x: %s", (unsigned int)c.end, c.said);
}

static int sys_bpf(int command, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static int make_map(void)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_type = BPF_MAP_TYPE_ARRAY;
	attr.key_size = sizeof(uint32_t);
	attr.value_size = 4096;
	attr.max_entries = 1;
	attr.map_flags = BPF_F_MMAPABLE;
	return sys_bpf(BPF_MAP_CREATE, &attr);
}

/* With the two capabilities that are left. */
static void work_with_bpf(const void *arg)
{
	int map = make_map();
	uint32_t key = 0;
	char value[4096] = "hello";
	union bpf_attr attr;
	const char *mapped;

	(void)arg;
	CHECK(map >= 0);
	memset(&attr, 0, sizeof(attr));
	attr.map_fd = map;
	attr.key = (uintptr_t)&key;
	attr.value = (uintptr_t)value;
	CHECK(sys_bpf(BPF_MAP_UPDATE_ELEM, &attr) == 0);
	mapped = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
	CHECK(mapped != MAP_FAILED && strcmp(mapped, "hello") == 0);
}

static void test_keeper_has_bpf(void **state)
{
	const unsigned long long both = BIT(CAP_BPF) | BIT(CAP_PERFMON);
	struct child c = { .confine = kxt_confine_keeper, .after = work_with_bpf };
	int map;

	(void)state;
	need_root();
	map = make_map();
	close(map);
	if (mine(both) != both || map < 0)
		leave_out("BPF maps cannot be had here");
	run_well(&c);
	assert_int_equal(c.status.eff, both);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reader_refuses),
		cmocka_unit_test(test_writer_refuses),
		cmocka_unit_test(test_keeper_refuses),
		cmocka_unit_test(test_kills),
		cmocka_unit_test(test_reader_works),
		cmocka_unit_test(test_keeper_works),
		cmocka_unit_test(test_keeper_has_bpf),
	};

	return cmocka_run_group_tests_name("confine_filter", tests, NULL, NULL);
}

#else

static void test_no_filter(void **state)
{
	struct kxt_err err = { 0 };

	(void)state;
	assert_int_equal(kxt_confine_filter_reader(&err), 0);
	assert_int_equal(kxt_confine_filter_writer(3, &err), 0);
	assert_int_equal(kxt_confine_filter_keeper(&err), 0);
	leave_out("built without libseccomp");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_no_filter) };

	return cmocka_run_group_tests_name("confine_filter", tests, NULL, NULL);
}

#endif
