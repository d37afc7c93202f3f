// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "user/thread.h"

static void test_lines(void **state)
{
	(void)state;
	assert_true(kxt_syscall_is_kvm_run(
		"16 0xe 0xae80 0x0 0x0 0x0 0x0 0x7f1d1a7fb4d8 0x7f1d1b2f5c5b\n"));
	/* KVM_GET_REGS, another call with such an argument, and no call at all */
	assert_false(kxt_syscall_is_kvm_run("16 0xe 0x8090ae81 0x0 0x0 0x0 0x0 0x7f 0x7f\n"));
	assert_false(kxt_syscall_is_kvm_run("202 0xe 0xae80 0x0 0x0 0x0 0x0 0x7f 0x7f\n"));
	assert_false(kxt_syscall_is_kvm_run("-1 0x7ffd 0x7f1d\n"));
	assert_false(kxt_syscall_is_kvm_run("running\n"));
	assert_false(kxt_syscall_is_kvm_run("16 0xe"));
	assert_false(kxt_syscall_is_kvm_run(""));
}

static void test_threads(void **state)
{
	(void)state;
	assert_false(kxt_thread_sleeps_in_kvm_run(getpid(), getpid()));
	assert_false(kxt_thread_sleeps_in_kvm_run(0, 0));
	assert_false(kxt_thread_sleeps_in_kvm_run(UINT32_MAX, UINT32_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests_name("thread", tests, NULL, NULL);
}
