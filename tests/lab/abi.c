// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does /dev/kvmexit keep what uapi/kvmexit.h promises, for good input and bad?
 * Runs on the lab host with the module loaded. TAP.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "module/uapi/kvmexit.h"

static int tests, failed;
static sigjmp_buf on_bus;

static void ok(int good, const char *what)
{
	printf("%sok %d - %s\n", good ? "" : "not ", ++tests, what);
	if (!good) {
		printf("# errno %d (%s)\n", errno, strerror(errno));
		failed++;
	}
}

static void ok_errno(long ret, int want, const char *what)
{
	ok(ret == -1 && errno == want, what);
}

static void handle_bus(int sig)
{
	(void)sig;
	siglongjmp(on_bus, 1);
}

static struct kvmexit_info ask(void)
{
	struct kvmexit_info info = { .size = sizeof(info) };

	return info;
}

static void test_ioctl(int fd)
{
	struct kvmexit_info info = ask();
	unsigned long big_cmd = _IOC(_IOC_READ | _IOC_WRITE, KVMEXIT_IOC_MAGIC,
				     KVMEXIT_IOC_NR_INFO, 512);
	struct {
		struct kvmexit_info info;
		char more[256];
	} big = { .info = { .size = sizeof(big) } };

	ok(ioctl(fd, KVMEXIT_IOC_INFO, &info) == 0, "info");
	ok(info.size == sizeof(info) && info.abi_major == KVMEXIT_ABI_MAJOR &&
	   info.slot_size == KVMEXIT_SLOT_SIZE &&
	   info.nr_buckets == KVMEXIT_NR_BUCKETS && info.version[0] &&
	   info.nr_slots >= 1 && info.nr_slots <= info.max_slots,
	   "info says what the header says");
	ok(info.detail_size == KVMEXIT_DETAIL_SIZE &&
	   info.sketch_size == KVMEXIT_SKETCH_SIZE &&
	   info.event_size == sizeof(struct kvmexit_event) && info.slow_ns == ~0ULL,
	   "also about details and slow exits");
	ok(info.start_ns && info.now_ns >= info.start_ns, "clock runs");
	ok(ioctl(fd, big_cmd, &big) == 0 && big.info.size == sizeof(info),
	   "a newer, larger caller gets what there is");

	ok_errno(ioctl(fd, _IO(KVMEXIT_IOC_MAGIC, 99)), ENOTTY, "unknown number");
	ok_errno(ioctl(fd, _IO('x', KVMEXIT_IOC_NR_INFO)), ENOTTY, "unknown type");
	ok_errno(ioctl(fd, KVMEXIT_IOC_INFO, NULL), EFAULT, "no pointer");
	info = ask();
	info.size = KVMEXIT_INFO_SIZE_V1 - 1;
	ok_errno(ioctl(fd, KVMEXIT_IOC_INFO, &info), EINVAL, "size too small");
	info.size = 1 << 20;
	ok_errno(ioctl(fd, KVMEXIT_IOC_INFO, &info), EINVAL, "size too large");
	info = ask();
	info.abi_major = KVMEXIT_ABI_MAJOR + 1;
	ok(ioctl(fd, KVMEXIT_IOC_INFO, &info) == -1 && errno == EINVAL &&
	   info.abi_major == KVMEXIT_ABI_MAJOR, "another major version");
	info = ask();
	info.abi_major = KVMEXIT_ABI_MAJOR;
	ok(ioctl(fd, KVMEXIT_IOC_INFO, &info) == 0, "our major version");
}

static void test_mmap(int fd, size_t size)
{
	size_t page = sysconf(_SC_PAGESIZE);
	int rw = open(KVMEXIT_DEVICE, O_RDWR);
	void *p;

	p = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	ok(p != MAP_FAILED, "map all slots");
	ok_errno(mprotect(p, page, PROT_READ | PROT_WRITE), EACCES,
		 "it cannot be made writable");
	munmap(p, size);
	p = mmap(NULL, KVMEXIT_SLOT_SIZE, PROT_READ, MAP_SHARED, fd, size - KVMEXIT_SLOT_SIZE);
	ok(p != MAP_FAILED, "map the last slot");
	munmap(p, KVMEXIT_SLOT_SIZE);

#define REFUSED(want, len, prot, flags, f, off, what) do { \
	errno = 0; \
	p = mmap(NULL, (len), (prot), (flags), (f), (off)); \
	ok(p == MAP_FAILED && errno == (want), what); \
} while (0)
	REFUSED(EPERM, page, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0, "private writable");
	REFUSED(EPERM, page, PROT_READ, MAP_PRIVATE, fd, 0, "private");
	REFUSED(EACCES, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0,
		"shared writable, file read-only");
	REFUSED(EPERM, page, PROT_READ | PROT_WRITE, MAP_SHARED, rw, 0, "shared writable");
	REFUSED(EPERM, page, PROT_READ, MAP_SHARED, rw, 0, "could be made writable");
	REFUSED(EPERM, page, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0, "executable");
	REFUSED(EINVAL, size + page, PROT_READ, MAP_SHARED, fd, 0, "too long");
	REFUSED(EINVAL, page, PROT_READ, MAP_SHARED, fd, size, "behind the end");
	REFUSED(EINVAL, 2 * page, PROT_READ, MAP_SHARED, fd, size - page, "over the end");
	REFUSED(EINVAL, page, PROT_READ, MAP_SHARED, fd, 1L << 46, "far out");
	close(rw);
}

/* Does reading a byte raise SIGBUS? */
static int raises_bus(const volatile char *p)
{
	if (sigsetjmp(on_bus, 1))
		return 1;
	(void)*p;
	return 0;
}

static void test_slots(int fd, size_t size)
{
	volatile const char *base;
	const struct kvmexit_slot *h;
	struct kvmexit_info info = ask();
	unsigned int i, bad = 0;

	ioctl(fd, KVMEXIT_IOC_INFO, &info);
	base = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	for (i = 0; i < info.nr_slots; i++) {
		h = (const void *)(base + (size_t)i * KVMEXIT_SLOT_SIZE);
		bad += h->state > KVMEXIT_SLOT_ENDED || h->nr_entries < 1 ||
		       h->nr_entries > KVMEXIT_MAX_ENTRIES || !h->generation ||
		       h->reserved1[0] || h->pad0;
	}
	ok(!bad, "every slot below nr_slots is there and sane");
	ok(((const struct kvmexit_entry *)(base + KVMEXIT_HEADER_SIZE))->code ==
	   KVMEXIT_CODE_OTHER, "entry 0 is the one for the rest");

	if (info.nr_slots < info.max_slots)
		ok(raises_bus(base + (size_t)info.nr_slots * KVMEXIT_SLOT_SIZE),
		   "a slot that is not there raises SIGBUS");
	munmap((void *)base, size);
}

static void test_details(int fd, size_t slots)
{
	const size_t length = slots / KVMEXIT_SLOT_SIZE * KVMEXIT_DETAIL_SIZE;
	struct kvmexit_info before = ask(), during = ask(), after = ask();
	const char *p;
	int other, third;

	ioctl(fd, KVMEXIT_IOC_INFO, &before);
	p = mmap(NULL, length, PROT_READ, MAP_SHARED, fd, slots);
	ok_errno(p == MAP_FAILED ? -1 : 0, EINVAL, "no details before they are asked for");

	other = open(KVMEXIT_DEVICE, O_RDONLY);
	third = open(KVMEXIT_DEVICE, O_RDONLY);
	ok(ioctl(other, KVMEXIT_IOC_DETAILS) == 0 && ioctl(other, KVMEXIT_IOC_DETAILS) == 0 &&
	   ioctl(third, KVMEXIT_IOC_DETAILS) == 0, "two readers want details");
	ioctl(fd, KVMEXIT_IOC_INFO, &during);
	ok(!(before.flags & KVMEXIT_INFO_DETAILS) && (during.flags & KVMEXIT_INFO_DETAILS) &&
	   during.memory > before.memory, "they are on and take memory");
	p = mmap(NULL, length, PROT_READ, MAP_SHARED, fd, slots);
	ok(p == MAP_FAILED && errno == EINVAL, "another reader still cannot map them");
	p = mmap(NULL, length, PROT_READ, MAP_SHARED, other, slots);
	ok(p != MAP_FAILED, "who asked can");
	ok(!raises_bus(p), "the first sketch of slot 0 is there");
	ok(raises_bus(p + KVMEXIT_DETAIL_SIZE - 1), "the last one is not");
	ok(raises_bus(p + length - 1), "nor those of a slot that is not there");

	close(third);
	close(other);
	ioctl(fd, KVMEXIT_IOC_INFO, &after);
	ok((after.flags & KVMEXIT_INFO_DETAILS) && !raises_bus(p),
	   "they stay on while they are mapped");
	munmap((void *)p, length);
	ioctl(fd, KVMEXIT_IOC_INFO, &after);
	ok(!(after.flags & KVMEXIT_INFO_DETAILS) && after.memory == before.memory,
	   "then they go, and their memory");
}

static void test_slow(void)
{
	int fd = open(KVMEXIT_DEVICE, O_RDONLY | O_NONBLOCK);
	struct kvmexit_event event[2];
	struct kvmexit_info info = ask();
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	__u64 ns = 1000;

	ok_errno(read(fd, event, sizeof(event)), EINVAL, "no records without a threshold");
	ok(poll(&poll_fd, 1, 0) == 1 && (poll_fd.revents & POLLERR), "poll says so too");
	ok_errno(ioctl(fd, KVMEXIT_IOC_SLOW, NULL), EFAULT, "no pointer to a threshold");
	ok(ioctl(fd, KVMEXIT_IOC_SLOW, &ns) == 0, "a threshold");
	ns = 2000;
	ok(ioctl(fd, KVMEXIT_IOC_SLOW, &ns) == 0, "another one");
	ok(ioctl(fd, KVMEXIT_IOC_INFO, &info) == 0 && info.slow_ns == 2000 &&
	   info.lost_events == 0, "info has it");
	ok_errno(read(fd, event, sizeof(event[0]) - 1), EINVAL, "too little room");
	ok_errno(read(fd, event, sizeof(event)), EAGAIN, "nothing there yet");
	ok(poll(&poll_fd, 1, 50) == 0, "nothing comes without a VM");
	close(fd);
}

static void test_file(int fd)
{
	struct stat st;
	char c;
	int other;

	ok(fstat(fd, &st) == 0 && (st.st_mode & 0777) == 0600, "mode 0600");
	ok(read(fd, &c, 1) == -1, "nothing to read");
	ok(write(fd, &c, 1) == -1, "nothing to write");
	other = open(KVMEXIT_DEVICE, O_RDONLY);
	ok(other >= 0, "a second reader");
	close(other);
}

int main(void)
{
	int fd = open(KVMEXIT_DEVICE, O_RDONLY | O_CLOEXEC);
	struct kvmexit_info info = ask();
	size_t size;

	ok(fd >= 0, "open " KVMEXIT_DEVICE);
	if (fd < 0)
		return 1;
	signal(SIGBUS, handle_bus);
	ioctl(fd, KVMEXIT_IOC_INFO, &info);
	size = (size_t)info.max_slots * KVMEXIT_SLOT_SIZE;
	test_file(fd);
	test_ioctl(fd);
	test_mmap(fd, size);
	test_slots(fd, size);
	test_details(fd, size);
	test_slow();
	printf("1..%d\n", tests);
	return failed ? 1 : 0;
}
