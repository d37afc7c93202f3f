#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: tests/golden/dump.sh [--update]
#
# "kvmexittop dump" on the hosts of the fake collector, against
# tests/golden/dump/CASE.txt.

# shellcheck source-path=SCRIPTDIR source=lib.bash
. "$(dirname "$0")/lib.bash"

# check_status STATUS WORDS ARG...: what depends on the host it runs on.
check_status()
{
	local want=$1 words=$2

	shift 2
	run "$@"
	if [ "$status" -ne "$want" ]; then
		fail "$*: status $status, not $want"
	elif ! grep -qF -- "$words" "$tmp/stderr"; then
		cat "$tmp/stderr"
		fail "$*: nothing about '$words'"
	else
		echo "ok: $*: $words"
	fi
}

# JSON and CSV of a scenario are what other programs take for such, agree, and
# add up.
check_formats()
{
	local scenario=$1

	shift
	run -C "fake:$scenario" "$@" --details
	cp "$tmp/stdout" "$tmp/json"
	run -C "fake:$scenario" "$@" --csv
	if python3 "$golden/../dump-check.py" "$tmp/json" "$tmp/stdout" "$*"; then
		echo "ok: formats of $scenario $*"
	else
		fail "formats of $scenario $*"
	fi
}

check_write_errors()
{
	local rc=0

	"$tool" dump -C fake >/dev/full 2>"$tmp/stderr" || rc=$?
	if [ $rc -ne 1 ] || ! grep -q 'No space left' "$tmp/stderr"; then
		fail "full disk: status $rc"
	fi
	# A reader that leaves is no error: 141 is a quiet end by SIGPIPE.
	{ "$tool" dump -C fake:many 2>"$tmp/stderr" || [ $? -eq 141 ]; } | head -n 1 >/dev/null ||
		fail "closed pipe: status"
	[ ! -s "$tmp/stderr" ] || fail "closed pipe: messages"
	# The same where SIGPIPE is ignored.
	(
		trap '' PIPE
		"$tool" dump -C fake:many 2>"$tmp/stderr" || [ $? -eq 1 ]
	) | head -n 1 >/dev/null || fail "closed pipe, SIGPIPE ignored: status"
	[ ! -s "$tmp/stderr" ] || fail "closed pipe, SIGPIPE ignored: messages"
	echo "ok: write errors"
}

# A signal ends the window early; what was counted is printed.
check_signal()
{
	local signal=$1 rc=0 start=$SECONDS

	timeout --preserve-status -s "$signal" 1.5 "$tool" dump -C fake -- \
		sleep 60.1234 >"$tmp/stdout" 2>"$tmp/stderr" || rc=$?
	[ $rc -eq 0 ] || fail "SIG$signal: status $rc"
	[ $((SECONDS - start)) -lt 20 ] || fail "SIG$signal: waited"
	[ ! -s "$tmp/stderr" ] || fail "SIG$signal: messages"
	python3 -c 'import json, sys; assert json.load(sys.stdin)["delta"]' \
		<"$tmp/stdout" || fail "SIG$signal: output"
	! pgrep -f 'sleep 60\.1234' >/dev/null || fail "SIG$signal: the command still runs"
	echo "ok: SIG$signal"
}

check two -C fake --vm db1
check two-csv -C fake --csv
check vmx-delta -C fake:vmx --vm 'web*' -d 2.5
check none -C fake:none
check idle -C fake:idle
check idle-csv -C fake:idle --csv
check lost -C fake:lost -d 3 -p 1201 --csv
check evil-csv -C fake:evil -d 0.001 --csv
# Ends after 3 s, is forgotten after 8, and must still be in it.
check ended-csv -C fake:ended -d 12 --vm db1 --csv
check reuse-csv -C fake:reuse -d 4 --vm web1 --csv
check restart-csv -C fake:restart -d 5 --vm web1 --csv
check no-match -C fake --vm nobody
check fresh -C fake:none,age=0
check nokvm -C fake:nokvm
check nokvm-command -C fake:nokvm -- echo not run
check fail -C fake:fail
check failsnap -C fake:failsnap -d 5
check command -C fake:none -- sh -c 'echo from the command'
check command-fails -C fake:none -- sh -c 'exit 7'
check command-killed -C fake:none -- sh -c 'kill -9 $$'
check command-missing -C fake:none -- /nowhere/command
check help --help
check unknown-option --xml
check details -C fake:many,vms=1,vcpus=1,reasons=13 -d 2 --details
check details-idle -C fake:idle -d 1 --details
check details-csv -C fake:many,vms=1,vcpus=1,reasons=2 -d 2 --details --csv
check details-totals -C fake:many,vms=1,vcpus=1,reasons=2 --details
check nested -C fake:nested --vm l1host
check noparts -C fake:noparts --vm web1 -d 1
check noparts-csv -C fake:noparts --vm web1 -d 1 --csv
check norunq-csv -C fake:norunq --vm web1 -d 1 --csv
check paused -C fake:paused --vm db1 -d 2
check resumed-csv -C fake:resumed --vm db1 -d 4 --csv
check bad-seconds -C fake -d 0
check bad-pid -C fake -p -5
check argument -C fake web1
check no-command -C fake --
check both -C fake -d 1 -- true
check unknown-collector -C nothing
export KVMEXIT_DEVICE=/nowhere/kvmexit
check_status 3 'module kvmexit is not loaded' -C module
export KVMEXIT_DEVICE=/dev/null
check_status 3 'not the device' -C module
unset KVMEXIT_DEVICE
if command -v python3 >/dev/null; then
	for scenario in two vmx none idle lost evil reuse many nested norunq noparts paused; do
		check_formats $scenario
	done
	for scenario in two vmx ended reuse restart evil nested norunq noparts paused resumed; do
		check_formats $scenario -d 6
	done
	check_signal INT
	check_signal TERM
else
	echo "SKIP: formats and signals: there is no python3; run: scripts/deps check"
fi
check_write_errors
exit $failed
