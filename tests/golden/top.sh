#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: tests/golden/top.sh [--update]
#
# Batch frames of "kvmexittop top" over the hosts of the fake collector, against
# tests/golden/top/CASE.txt.

# shellcheck source-path=SCRIPTDIR source=lib.bash
. "$(dirname "$0")/lib.bash"
export LC_ALL=C.UTF-8

# No byte of a name may reach a terminal as what it is not: a command.
check_harmless()
{
	if LC_ALL=C grep -q "$(printf '[\001-\011\013-\037\177]')" "$tmp/out"; then
		fail "$1: control characters"
	fi
}

# A reader that leaves ends an endless run, quietly.
check_closed_pipe()
{
	local status=0

	{ timeout 20 "$tool" top -C fake:two -b 2>"$tmp/err" || echo $? >"$tmp/status"; } |
		head -n 1 >/dev/null
	[ ! -e "$tmp/status" ] || status=$(cat "$tmp/status")
	# 141 is what a shell says of SIGPIPE.
	if [ ! -s "$tmp/err" ] && { [ "$status" -eq 0 ] || [ "$status" -eq 141 ]; }; then
		echo "ok: closed pipe"
	else
		fail "closed pipe: status $status: $(cat "$tmp/err")"
	fi
	if "$tool" top -C fake:two -b -n 1 >/dev/full 2>"$tmp/err"; then
		fail "full disk: status 0"
	elif ! grep -q 'cannot write' "$tmp/err"; then
		fail "full disk: no message"
	else
		echo "ok: full disk"
	fi
}

# Signals end an endless run quietly.
check_signals()
{
	local signal pid status

	for signal in TERM HUP; do
		# Output of a run before is no sign that this one has begun.
		rm -f "$tmp/out"
		# Under nohup SIGHUP is ignored, and the tool leaves it at that. Should
		# the signal have no effect, the limit (in KiB) ends the run.
		(
			ulimit -f 1000000
			exec env --default-signal=HUP,TERM "$tool" top -C fake:two -b \
				>"$tmp/out" 2>"$tmp/err"
		) &
		pid=$!
		for _ in $(seq 100); do
			[ -s "$tmp/out" ] && break
			sleep 0.1
		done
		kill -"$signal" $pid
		status=0
		wait $pid || status=$?
		if [ $status -eq 0 ] && [ ! -s "$tmp/err" ]; then
			echo "ok: SIG$signal"
		else
			fail "SIG$signal: status $status: $(cat "$tmp/err")"
		fi
	done
}

check two -C fake:two -b -n 2 -d 1
# Without -b: no terminal, so batch anyway. The verb is the default one.
check two-auto -C fake:two -n 1
check vmx -C fake:vmx -b -n 1 -d 2
check none -C fake:none -b -n 1
check nokvm -C fake:nokvm -b -n 1
check idle -C fake:idle -b -n 1
check ended -C fake:ended -b -n 5 -d 1
check lost -C fake:lost -b -n 2 -d 0.5
check reuse -C fake:reuse -b -n 3
check restart -C fake:restart -b -n 4
check evil -C fake:evil -b -n 1
check_harmless evil
check evil-ascii -C fake:evil -b -n 1 --ascii
check_harmless evil-ascii
LC_ALL=C check evil-c-locale -C fake:evil -b -n 1
check_harmless evil-c-locale
for name in evil-ascii evil-c-locale; do
	[ ! -e "$golden/$name.txt" ] || ! LC_ALL=C grep -q '[^ -~]' "$golden/$name.txt" ||
		fail "$name: not only ASCII"
done
check many -C fake:many,vms=3,vcpus=2,reasons=20 -b -n 1
check paused -C fake:paused -b -n 2
check nested -C fake:nested -b -n 1
check norunq -C fake:norunq -b -n 1
check noparts -C fake:noparts -b -n 1
check details -C fake:two -b -n 1 --details
check details-vmx -C fake:vmx -b -n 2 -d 2 --details
check details-idle -C fake:idle -b -n 1 --details
check sort-vmm -C fake:two -b -n 1 -s VMM
check sort-tovmm -C fake:two -b -n 1 -s to-vmm
check sort-old-head -C fake:two -b -n 1 -s 'IDLE%'
check sort-name -C fake:two -b -n 1 -s name
check sort-p99 -C fake:two -b -n 1 --sort P99
check vm-glob -C fake:two -b -n 1 --vm 'web*'
check pid -C fake:two -b -n 1 -p 2305
check no-match -C fake:two -b -n 1 --vm 'mail*'
check color -C fake:ended -b -n 4 --color always
NO_COLOR=1 check no-color -C fake:two -b -n 1
check fail -C fake:fail -b -n 1
check failsnap -C fake:failsnap -b -n 5
check sort-help -s help
check sort-unknown -C fake:two -b -s size
check bad-delay -C fake:two -b -d 0.05
check bad-frames -C fake:two -b -n 0
check bad-color -C fake:two -b --color sometimes
check bad-option --bogus
check bad-argument -C fake:two -b web1
check help --help
check_tty details-80 80 -b -C fake:vmx -n 1 --details
check_tty nested-80 80 -b -C fake:nested -n 1
check_tty width-60 60 -b -C fake:two -n 1
check_tty width-80 80 -b -C fake:two -n 1
check_tty width-120 120 -b -C fake:vmx -n 1
check_closed_pipe
check_signals
exit $failed
