#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: tests/golden/slow.sh [--update]
#
# "kvmexittop slow" on the hosts of the fake collector, against
# tests/golden/slow/CASE.txt. How it lives with real time and files:
# tests/unit/test_slow.c.

# shellcheck source-path=SCRIPTDIR source=lib.bash
. "$(dirname "$0")/lib.bash"

# A line of JSON and the line of text for the same exit say the same.
check_formats()
{
	local scenario=$1

	run -C "fake:$scenario" --over 1us -d 20 --json
	cp "$tmp/stdout" "$tmp/json"
	run -C "fake:$scenario" --over 1us -d 20
	if python3 - "$tmp/json" "$tmp/stdout" "$tmp/stderr" <<-'END'
		import json, re, sys
		lines = [json.loads(l) for l in open(sys.argv[1], encoding='utf-8')]
		exits = [l for l in lines if 'lost' not in l]
		lost = sum(l['lost'] for l in lines if 'lost' in l)
		text = open(sys.argv[2], encoding='utf-8').read().splitlines()
		assert len(exits) == len(text) > 20
		for e, t in zip(exits, text):
		    s = e['time_ns'] // 10**9
		    assert t.startswith('%02d:%02d:%02d.' % (s // 3600, s // 60 % 60, s % 60)), t
		    for word in 'vcpu %d' % e['vcpu'], e['reason'], 'rip ' + e['rip'], 'cpu %d' % e['cpu']:
		        assert ' ' + word in t, (word, t)
		    if e['key']:
		        detail = [e['kind'], e['key'], e['dir'], e['fault'], e['name']]
		        assert ' '.join(d.replace('_', ' ') if d is e['fault'] else d
		                        for d in detail if d) in t, t
		    parts = [e['kernel_ns'], e['vmm_ns'], e['idle_ns'], e['runq_ns']]
		    if None not in parts:
		        assert sum(parts) == e['total_ns'] == e['service_ns'] + e['idle_ns']
		        for word, ns in zip(('kernel', 'vmm', 'idle', 'runq'), parts):
		            assert (' %s ' % word in t) == (ns != 0), (word, t)
		sums = open(sys.argv[3]).read().splitlines()[-1]
		want = '%d seen, %d shown, %d lost' % (len(exits), len(exits), lost)
		assert sums.endswith(want), (sums, want)
	END
	then
		echo "ok: formats of $scenario"
	else
		fail "formats of $scenario"
	fi
}

check_write_errors()
{
	local rc=0

	"$tool" slow -C fake --over 1us >/dev/full 2>"$tmp/stderr" || rc=$?
	if [ $rc -ne 1 ] || ! grep -q 'No space left' "$tmp/stderr"; then
		fail "full disk: status $rc"
	fi
	# A reader that leaves ends it without a word.
	{ timeout 20 "$tool" slow -C fake --over 1us 2>"$tmp/stderr" ||
		fail "closed pipe: status $?"; } | head -n 1 >/dev/null
	[ ! -s "$tmp/stderr" ] || fail "closed pipe: messages"
	# But not the command, which has a status to give.
	{ timeout 20 "$tool" slow -C fake --over 1us -- \
		sh -c 'sleep 0.5; exit 6' 2>"$tmp/stderr" || echo "$?" >"$tmp/status"
	} | head -n 1 >/dev/null
	[ "$(cat "$tmp/status")" = 6 ] || fail "closed pipe: status of the command"
	echo "ok: write errors"
}

# A signal ends it; what came until then has been printed.
check_signal()
{
	local signal=$1 rc=0 start=$SECONDS

	timeout --preserve-status -s "$signal" 1.5 "$tool" slow -C fake --over 1us -- \
		sleep 60.1357 >"$tmp/stdout" 2>"$tmp/stderr" || rc=$?
	[ $rc -eq 0 ] || fail "SIG$signal: status $rc"
	[ $((SECONDS - start)) -lt 20 ] || fail "SIG$signal: waited"
	grep -q 'shown' "$tmp/stderr" || fail "SIG$signal: no sums"
	[ -s "$tmp/stdout" ] || fail "SIG$signal: no output"
	! pgrep -f 'sleep 60\.1357' >/dev/null || fail "SIG$signal: the command still runs"
	echo "ok: SIG$signal"
}

check two -C fake -d 5 --over 20us
check two-json -C fake -d 5 --over 20us --json
check vmx -C fake:vmx -d 4 --over 5us
check nested -C fake:nested -d 3 --over 5us
check norunq -C fake:norunq -d 2 --over 1us
check noparts-json -C fake:noparts -d 2 --over 10us --json
check lost -C fake:lost -d 4 --over 5us
check lost-json -C fake:lost -d 4 --over 5us --json
check evil -C fake:evil -d 4 --over 1us
check count -C fake -n 2 --over 1us
check pid -C fake -p 1201 -d 5 --over 5us
check vm -C fake --vm 'web*' -d 5 --over 5us --json
check no-match -C fake --vm nobody -d 5 --over 5us
check default-over -C fake -d 60
check none -C fake:none -d 5
check nokvm -C fake:nokvm
check fail -C fake:fail
check command -C fake:none -- sh -c 'echo from the command'
check command-fails -C fake:none -- sh -c 'exit 7'
check command-killed -C fake:none -- sh -c 'kill -9 $$'
check command-missing -C fake:none -- /nowhere/command
check help --help
check no-unit --over 500
check bad-over --over 1min
check bad-count -n 0
check bad-seconds -d 1s
check unknown-option --details
check argument 500us
check both -C fake -d 1 -- true
check no-command -C fake --
if command -v python3 >/dev/null; then
	for scenario in two vmx nested norunq noparts lost reuse ended; do
		check_formats $scenario
	done
else
	echo "SKIP: formats: there is no python3; run: scripts/deps check"
fi
check_signal INT
check_signal TERM
check_write_errors
exit $failed
