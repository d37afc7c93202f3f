#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: tests/reason-tables.sh [HEADER_DIR...]
#
# Are the tables of exit reasons complete? Every code and name of the macros
# VMX_EXIT_REASONS and SVM_EXIT_REASONS, and every code that is only defined,
# must be in ours. HEADER_DIR is a kernel source tree, a linux-headers-*-common
# directory or an include directory. Without one: all that the system and the
# lab have.
#
# Exit status: 0 complete, 1 something is missing, 2 wrong use, 77 no headers.

set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
CC=${CC:-cc}
cache=${KVMEXIT_CACHE:-${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/kvmexittop}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# The directory with vmx.h and svm.h in $1, if it has one.
asm_dir() {
	for sub in arch/x86/include/uapi/asm include/asm asm .; do
		if [ -f "$1/$sub/vmx.h" ] && [ -f "$1/$sub/svm.h" ]; then
			echo "$1/$sub"
			return
		fi
	done
	return 1
}

version_of() {
	v=$(sed -n 's/^\(VERSION\|PATCHLEVEL\|SUBLEVEL\) *= *\([0-9][0-9]*\).*/\2/p' \
		"$1/Makefile" 2>/dev/null | head -n 3 | paste -sd .) || v=
	echo "${v:-unknown version}"
}

find_dirs() {
	{
		ls -d /usr/src/linux-headers-*-common*/ 2>/dev/null || :
		# Links are not followed: a root's /proc or /dev may be in there.
		find "$cache" -xdev -type d -name 'linux-headers-*common*' \
			-path '*/usr/src/*' -prune -print 2>/dev/null || :
	} | while read -r dir; do
		if asm_dir "$dir" >/dev/null; then
			echo "${dir%/}"
		fi
	done
}

# What the headers only define: "EXIT_REASON_X" and so on, as {code, name} rows.
defines() {
	sed -n "s/^#define[[:space:]]\{1,\}\($1_[A-Z0-9_]*\)[[:space:]]\{1,\}[-0-9~(].*/{ \1, \"\1\" },/p" "$2"
}

write_program() {
	# The exception vectors, without all that kvm.h includes.
	sed -n 's/^#define[[:space:]]\{1,\}\([A-Z]\{2\}_VECTOR\)[[:space:]]\{1,\}\([0-9]\{1,\}\).*/#define \1 \2/p' \
		"$1/kvm.h"
	echo "#include \"$1/vmx.h\""
	echo "#include \"$1/svm.h\""
	cat <<'END'
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "user/reason.h"

struct pair {
	unsigned long long code;
	const char *name;
};

static const struct pair vmx_named[] = { VMX_EXIT_REASONS };
static const struct pair svm_named[] = { SVM_EXIT_REASONS };
static const struct pair vmx_defined[] = {
END
	defines EXIT_REASON "$1/vmx.h"
	echo "};"
	echo "static const struct pair svm_defined[] = {"
	defines SVM_EXIT "$1/svm.h"
	defines SVM_VMGEXIT "$1/svm.h"
	echo "};"
	cat <<'END'

static int failed;

static void check(uint32_t isa, const struct pair *p, int named)
{
	/* A negative code of SVM is kept as its low 32 bits. */
	uint64_t code = isa == KVMEXIT_ISA_SVM ? (uint32_t)p->code : p->code;
	const struct kxt_reason *r = kxt_reason_find(isa, code);

	if (!r)
		printf("missing: %s 0x%" PRIx64 " %s\n", kxt_isa_name(isa), code, p->name);
	else if (named && strcmp(r->name, p->name))
		printf("differs: %s 0x%" PRIx64 " is %s, we say %s\n",
		       kxt_isa_name(isa), code, p->name, r->name);
	else
		return;
	failed = 1;
}

static int expected(const struct pair *p)
{
	unsigned int n;
	int end = 0;

	/* Limits of a range, not codes. */
	if (!strcmp(p->name, "SVM_EXIT_EXCP_BASE") || !strcmp(p->name, "SVM_EXIT_LAST_EXCP"))
		return 0;
	/* Arguments of a code, not codes. */
	if (!strncmp(p->name, "SVM_VMGEXIT_", 12))
		return p->code >= 0x80000000ULL && p->code <= 0xffffffffULL;
	/* Registers that no CPU has. */
	sscanf(p->name, "SVM_EXIT_CR%u_WRITE_TRAP%n", &n, &end);
	if (end)
		return n == 0 || (n >= 2 && n <= 4) || n == 8;
	return 1;
}

#define NR(a) (sizeof(a) / sizeof(*(a)))

int main(void)
{
	size_t i;

	for (i = 0; i < NR(vmx_named); i++)
		check(KVMEXIT_ISA_VMX, &vmx_named[i], 1);
	for (i = 0; i < NR(svm_named); i++)
		check(KVMEXIT_ISA_SVM, &svm_named[i], 1);
	for (i = 0; i < NR(vmx_defined); i++)
		if (expected(&vmx_defined[i]))
			check(KVMEXIT_ISA_VMX, &vmx_defined[i], 0);
	for (i = 0; i < NR(svm_defined); i++)
		if (expected(&svm_defined[i]))
			check(KVMEXIT_ISA_SVM, &svm_defined[i], 0);
	printf("%zu of VMX and %zu of SVM named, %zu and %zu defined\n",
	       NR(vmx_named), NR(svm_named), NR(vmx_defined), NR(svm_defined));
	if (NR(vmx_defined) < 50 || NR(svm_defined) < 80) {
		puts("the definitions in the headers were not recognized");
		failed = 1;
	}
	return failed;
}
END
}

check_dir() {
	asm=$(asm_dir "$1")
	write_program "$asm" >"$tmp/check.c"
	if ! "$CC" -std=gnu11 -w -I"$here" -o "$tmp/check" "$tmp/check.c" \
		"$here"/user/reason.c "$here"/user/reason_vmx.c "$here"/user/reason_svm.c; then
		echo "reason-tables: cannot compile the check of $asm" >&2
		return 1
	fi
	echo "reason-tables: $(version_of "$1") ($1)"
	if "$tmp/check" >"$tmp/out"; then
		sed 's/^/    ok: /' "$tmp/out"
	else
		sed 's/^/    /' "$tmp/out"
		return 1
	fi
}

if [ $# -eq 0 ]; then
	find_dirs >"$tmp/dirs"
	if ! [ -s "$tmp/dirs" ]; then
		echo "SKIP: no kernel headers in /usr/src or $cache: install" \
			"linux-headers-amd64, run 'make lab' once, or name a HEADER_DIR" >&2
		exit 77
	fi
else
	for dir; do
		dir=$(cd "$dir" && pwd) || exit 2
		if ! asm_dir "$dir" >/dev/null; then
			echo "reason-tables: no asm/vmx.h and asm/svm.h in $dir" >&2
			exit 2
		fi
		echo "$dir"
	done >"$tmp/dirs"
fi

status=0
while read -r dir; do
	check_dir "$dir" || status=1
done <"$tmp/dirs"
exit $status
