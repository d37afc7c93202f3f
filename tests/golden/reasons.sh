#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: tests/golden/reasons.sh [--update]
#
# Output of "kvmexittop reasons" against tests/golden/reasons/CASE.txt.

# shellcheck source-path=SCRIPTDIR source=lib.bash
. "$(dirname "$0")/lib.bash"

# All rows, one a line, five columns, nothing on stderr.
check_all()
{
	local rows

	"$tool" reasons >"$tmp/out" 2>"$tmp/err" || fail "all: status $?"
	[ ! -s "$tmp/err" ] || fail "all: messages"
	rows=$(($(wc -l <"$tmp/out") - 1))
	# Those that are not in a table: signal_exit, unreadable and other.
	[ "$rows" -eq $(($("$tool" reasons --isa vmx | grep -c ^VMX) +
		$("$tool" reasons --isa svm | grep -c ^SVM) + 3)) ] ||
		fail "all: $rows rows do not add up"
	awk -F '  +' 'NF != 5 || $5 !~ /\.$/ && NR > 1 { print; exit 1 }' \
		"$tmp/out" || fail "all: not five columns"
	# A reader that leaves is no error: a quiet end, 141 is that of SIGPIPE.
	{ "$tool" reasons 2>"$tmp/err" || [ $? -eq 141 ]; } | head -n 1 >/dev/null ||
		fail "all: closed pipe: status"
	[ ! -s "$tmp/err" ] || fail "all: closed pipe: messages"
	echo "ok: all ($rows rows)"
}

check names EPT_VIOLATION npf
check case ept_violation NPF Idle_Halt 'de excp'
check codes 0x400 48 0xffffffffffffffff
check code-isa --isa vmx 48
check class mmio
check name-before-class pause
check twice npf npf page_fault --isa svm
check own unreadable unknown_0x52 signal_exit
check isa --isa SVM hlt
check wrong-isa --isa svm EPT_VIOLATION
check unknown xyzzy ''
check unknown-code 0x999
check typo EPT_VOILATION tripple mssr
check some-unknown npf xyzzy
check escape $'a\e[1mb'
check bad-option --bogus
check bad-isa --isa arm
check help --help
check_tty wide 120 hlt page_fault --isa vmx
check_tty narrow 60 hlt npf
check_all
exit $failed
