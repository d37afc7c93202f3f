// SPDX-License-Identifier: GPL-2.0-only
/* What of the BPF collector can be tested without a kernel that takes its programs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* Buckets as the BPF machine computes them, without clz. */
#define __bpf__
#include "module/bucket.h"
#undef __bpf__

#include "user/bpf_kernel.h"
#include "user/bpf_missed.h"
#include "user/bpf_wire.h"

static void test_log2(void **state)
{
	(void)state;
	for (unsigned int bit = 0; bit < 64; bit++) {
		uint64_t n = 1ULL << bit;

		assert_int_equal(kxt_log2(n), bit);
		assert_int_equal(kxt_log2(n | (n - 1)), bit);
		assert_int_equal(kxt_log2(n | n >> 1), bit);
	}
}

static void test_buckets(void **state)
{
	(void)state;
	for (uint32_t b = 0; b < KXT_BUCKET_OVER; b++) {
		assert_int_equal(kxt_bucket(kxt_bucket_low(b)), b);
		assert_int_equal(kxt_bucket(kxt_bucket_high(b) - 1), b);
	}
	assert_int_equal(kxt_bucket(1ULL << 35), KXT_BUCKET_OVER);
	assert_int_equal(kxt_bucket(~0ULL), KXT_BUCKET_OVER);
}

/* As tracefs has it on Linux 6.1, shortened, and with traps. */
static const char format[] =
	"name: kvm_exit\n"
	"ID: 1834\n"
	"format:\n"
	"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
	"\n"
	"\tfield:unsigned int exit_reason;\toffset:8;\tsize:4;\tsigned:0;\n"
	"\tfield:unsigned long guest_rip;\toffset:16;\tsize:8;\tsigned:0;\n"
	"\tfield:u32 isa;\toffset:24;\tsize:4;\tsigned:0;\n"
	"\tfield:u64 not_info1;\toffset:32;\tsize:8;\tsigned:0;\n"
	"\tfield:u64 info1;\toffset:40;\tsize:8;\tsigned:0;\n"
	"\tfield:u64 uneven;\toffset:44;\tsize:8;\tsigned:0;\n"
	"\tfield:u64 beyond;\toffset:64;\tsize:8;\tsigned:0;\n"
	"\tfield:unsigned int vcpu_id;\toffset:60;\tsize:4;\tsigned:0;\n"
	"\tfield:u64 broken\toffset:48;\tsize:8;\tsigned:0;\n";

static void test_format(void **state)
{
	(void)state;
	assert_int_equal(kxt_bpf_format_field(format, "exit_reason", 4), 8);
	assert_int_equal(kxt_bpf_format_field(format, "guest_rip", 8), 16);
	assert_int_equal(kxt_bpf_format_field(format, "isa", 4), 24);
	assert_int_equal(kxt_bpf_format_field(format, "info1", 8), 40);
	assert_int_equal(kxt_bpf_format_field(format, "vcpu_id", 4), 60);
	/* Another size, or out of what is read of a record: as if it were not there. */
	assert_int_equal(kxt_bpf_format_field(format, "exit_reason", 8), 0);
	assert_int_equal(kxt_bpf_format_field(format, "guest_rip", 4), 0);
	assert_int_equal(kxt_bpf_format_field(format, "uneven", 8), 0);
	assert_int_equal(kxt_bpf_format_field(format, "beyond", 8), 0);
	assert_int_equal(kxt_bpf_format_field(format, "broken", 8), 0);
	assert_int_equal(kxt_bpf_format_field(format, "reason", 4), 0);
	assert_int_equal(kxt_bpf_format_field(format, "", 4), 0);
	assert_int_equal(kxt_bpf_format_field("", "isa", 4), 0);
	assert_int_equal(kxt_bpf_format_field("field:", "isa", 4), 0);
	assert_int_equal(kxt_bpf_format_field("field:u32 isa", "isa", 4), 0);
}

/* On whatever machine this is: what was found is within what programs read. */
static void test_this_kernel(void **state)
{
	struct kxt_bpf_kernel k;

	(void)state;
	kxt_bpf_kernel_read(&k);
	for (unsigned int i = 0; i < KXT_FIELD_NR; i++)
		assert_true(k.field_at[i] + 4 <= KXT_RECORD_SIZE);
	if (k.records)
		assert_true(k.event_id[KXT_EVENT_EXIT] && k.event_id[KXT_EVENT_ENTRY]);
	for (unsigned int i = 0; i < KXT_EVENT_NR; i++)
		assert_int_equal(strncmp(kxt_bpf_event_name(i), "kvm_", 4), 0);
}

static void test_wire(void **state)
{
	struct kxt_bpf_msg out = { .type = KXT_BPF_MAP, .kind = KXT_BPF_KIND_MORE,
				   .number = 77, .value = 1ULL << 40 };
	struct kxt_bpf_msg in;
	int pair[2], pipes[2], fd;
	char c = 0;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(kxt_bpf_receive(pair[1], &in, &fd, 0), 0);
	assert_int_equal(kxt_bpf_send(pair[0], &out, -1), 0);
	assert_int_equal(kxt_bpf_receive(pair[1], &in, &fd, 1), 1);
	assert_memory_equal(&in, &out, sizeof(in));
	assert_int_equal(fd, -1);

	/* What comes along is the same file. */
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(kxt_bpf_send(pair[0], &out, pipes[1]), 0);
	assert_int_equal(kxt_bpf_receive(pair[1], &in, &fd, 0), 1);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "x", 1), 1);
	assert_int_equal(read(pipes[0], &c, 1), 1);
	assert_int_equal(c, 'x');
	close(fd);
	close(pipes[0]);
	close(pipes[1]);

	/* Something that is no message is as bad as nobody. */
	assert_int_equal(send(pair[0], "x", 1, 0), 1);
	assert_int_equal(kxt_bpf_receive(pair[1], &in, &fd, 0), -1);
	close(pair[0]);
	assert_int_equal(kxt_bpf_receive(pair[1], &in, &fd, 1), -1);
	assert_int_equal(kxt_bpf_send(pair[1], &out, -1), -1);
	close(pair[1]);
}

/* The other end does not read: that is said, not waited for. */
static void test_wire_full(void **state)
{
	struct kxt_bpf_msg msg = { .type = KXT_BPF_DONE };
	int pair[2], sent = 0;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	while (sent < 100000 && kxt_bpf_send(pair[0], &msg, -1) == 0)
		sent++;
	assert_true(sent > 16 && sent < 100000);
	close(pair[0]);
	close(pair[1]);
}

static void test_missed(void **state)
{
	struct kxt_bpf_missed m;

	(void)state;
	assert_int_equal(kxt_bpf_missed_find("pos:\t0\nprog_type:\t5\nrun_cnt:\t0\nrecursion_misses:\t4818\nverified_insns:\t9\n"), 4818);
	assert_int_equal(kxt_bpf_missed_find("recursion_misses:\t7\n"), 0);
	assert_int_equal(kxt_bpf_missed_find("pos:\t0\nrun_cnt:\t3\n"), 0);
	assert_int_equal(kxt_bpf_missed_find(""), 0);

	kxt_bpf_missed_init(&m);
	assert_int_equal(kxt_bpf_missed_read(&m), 0);
	kxt_bpf_missed_close(&m);
	/* of something that is no program there is a file, too */
	assert_int_equal(kxt_bpf_missed_open(&m, STDIN_FILENO), 0);
	assert_true(m.prog > STDERR_FILENO);
	assert_true(m.info >= 0);
	assert_int_equal(kxt_bpf_missed_read(&m), 0);
	assert_int_equal(kxt_bpf_missed_open(&m, STDIN_FILENO), -1);
	kxt_bpf_missed_close(&m);
	assert_int_equal(m.prog, -1);
	assert_int_equal(kxt_bpf_missed_open(&m, -1), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_log2),
		cmocka_unit_test(test_buckets),
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_this_kernel),
		cmocka_unit_test(test_wire),
		cmocka_unit_test(test_wire_full),
		cmocka_unit_test(test_missed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
