#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: tests/golden/report.sh [--update]
#
# "kvmexittop report" over recordings of the hosts of the fake collector, against
# tests/golden/report/CASE.txt. Their clock is no time of day: those are tested in
# tests/unit/test_report_time.c and test_report_load.c.

# shellcheck source-path=SCRIPTDIR source=lib.bash
. "$(dirname "$0")/lib.bash"
export LC_ALL=C.UTF-8
cd "$tmp"

# record NAME SCENARIO [OPTION]...: NAME.kxr
record()
{
	local name=$1 scenario=$2

	shift 2
	"$tool" record -C "fake:$scenario" -o "$name.kxr" -f "$@" 2>record.err || {
		cat record.err
		echo "not ok: cannot record $name"
		exit 1
	}
}

# As in lib.bash, but the version, which recordings have in them, is no part of a case.
version=$("$tool" report --version | sed 's/^kvmexittop \([^ ]*\).*/\1/')
run()
{
	status=0
	"$tool" report "$@" >stdout 2>stderr </dev/null || status=$?
	sed -i "s/by kvmexittop $version\$/by kvmexittop VERSION/" stdout
}

# No byte of a name may reach a terminal as what it is not: a command.
check_harmless()
{
	if LC_ALL=C grep -q "$(printf '[\001-\011\013-\037\177]')" out; then
		fail "$1: control characters"
	fi
}

# What a report says of all of a recording is what dump says of the same window.
check_same()
{
	local scenario=$1 format=$2

	"$tool" dump -C "fake:$scenario" -d 6 --details "--$format" >dump.out
	record same "$scenario" -d 6 --details
	run same.kxr "--$format"
	if [ $status -eq 0 ] && cmp dump.out stdout; then
		echo "ok: $format of $scenario is dump's"
	else
		fail "$format of $scenario is not dump's: status $status"
	fi
}

# The counts of all intervals add up to those of all of it; JSON and CSV agree.
check_frames()
{
	"$tool" report two.kxr --json >all.json
	"$tool" report two.kxr --json --frames >frames.json
	"$tool" report two.kxr --csv --frames >frames.csv
	if python3 - <<-'END'
		import csv, json
		def counts(root, sums):
		    for vm in root['vms']:
		        for vcpu in vm['vcpus']:
		            for r in vcpu['reasons']:
		                key = vm['name'], vcpu['id'], r['reason'], r['level']
		                have = sums.setdefault(key, [0, 0])
		                have[0] += r['count']
		                have[1] += r['total_ns']
		whole, parts, lines = {}, {}, {}
		with open('all.json', encoding='utf-8') as f:
		    counts(json.load(f), whole)
		with open('frames.json', encoding='utf-8') as f:
		    text, at, nr = f.read(), 0, 0
		while at < len(text):
		    root, at = json.JSONDecoder().raw_decode(text, at)
		    at += 1
		    nr += 1
		    assert root['interval_ns'] == 10**9
		    counts(root, parts)
		assert nr == 10, nr
		assert whole == parts
		with open('frames.csv', encoding='utf-8', newline='') as f:
		    for row in csv.DictReader(f, strict=True):
		        key = (row['vm'], int(row['vcpu']), row['reason'], int(row['level']))
		        have = lines.setdefault(key, [0, 0])
		        have[0] += int(row['count'])
		        have[1] += int(row['total_ns'])
		assert lines == whole
	END
	then
		echo "ok: frames add up"
	else
		fail "frames do not add up"
	fi
}

# "-o": the same as on stdout, and nothing of it where it went wrong.
check_output()
{
	local pid i status

	"$tool" report two.kxr >want
	run two.kxr -o new.txt
	if [ "$status" -eq 0 ] && cmp want new.txt && [ ! -s stdout ] &&
	   [ "$(stat -c %a new.txt)" = "$(printf %o $((0666 & ~$(umask))))" ]; then
		echo "ok: -o"
	else
		fail "-o: status $status"
	fi
	echo mine >there.txt
	check there two.kxr -o there.txt
	[ "$(cat there.txt)" = mine ] || fail "-o: wrote over a file"
	run two.kxr -o there.txt --force
	cmp want there.txt || fail "-o --force: did not write"
	ln -s there.txt link.txt
	run two.kxr -o link.txt --force
	if [ "$status" -ne 0 ] || [ ! -L link.txt ]; then
		fail "-o --force: took the place of a link"
	fi
	check itself two.kxr -o two.kxr --force
	check itself-stretch two.kxr@..3 -o two.kxr --force
	check device two.kxr -o /dev/null --force
	check no-folder two.kxr -o /nowhere/x.txt
	check output-wrong nothing.kxr -o gone.txt
	run --html two.kxr -o page.html
	grep -q '</html>' page.html || fail "--html -o: no page"
	# A signal to the one that waits.
	record long two -d 3000
	"$tool" report long.kxr --json --frames -o gone.txt 2>stderr &
	pid=$!
	for ((i = 0; i < 1000; i++)); do
		compgen -G 'gone.txt.*' >/dev/null && break
		sleep 0.005
	done
	kill -TERM $pid
	status=0
	wait $pid 2>/dev/null || status=$?
	[ $status -eq 143 ] || fail "-o: SIGTERM: status $status"
	if compgen -G 'gone.txt*'; then
		fail "-o: something was left"
	else
		echo "ok: -o leaves nothing behind"
	fi
}

check_write_errors()
{
	local rc=0

	"$tool" report two.kxr >/dev/full 2>stderr || rc=$?
	if [ $rc -ne 1 ] || ! grep -q 'No space left' stderr; then
		fail "full disk: status $rc"
	fi
	# A reader that leaves is no error: 141 is a quiet end by SIGPIPE.
	{ "$tool" report long.kxr --frames --csv 2>stderr || [ $? -eq 141 ]; } |
		head -n 1 >/dev/null || fail "closed pipe: status"
	[ ! -s stderr ] || fail "closed pipe: messages"
	echo "ok: write errors"
}

# Without privileges, in a folder that it cannot write to.
check_nobody()
{
	command -v setpriv >/dev/null || return 0
	[ "$(id -u)" -eq 0 ] || return 0
	cp "$tool" tool
	chmod 755 . tool
	chmod 644 two.kxr
	"$tool" report two.kxr >want
	if setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all \
		./tool report two.kxr >stdout 2>stderr && cmp want stdout && [ ! -s stderr ]; then
		echo "ok: nobody"
	else
		fail "nobody: $(cat stderr)"
	fi
}

# What was there when it was cut off is reported, and that it was.
check_cut()
{
	local size

	size=$(stat -c %s long.kxr)
	head -c $((size / 2)) long.kxr >cut.kxr
	run cut.kxr
	if [ $status -eq 0 ] && [ "$(grep -c 'cut off' stderr)" -eq 1 ] &&
	   grep -q '^trouble .*cut off' stdout && grep -q '^web1 .*msr 70%' stdout; then
		echo "ok: cut off"
	else
		fail "cut off: status $status: $(cat stderr)"
	fi
	run cut.kxr --json
	if [ $status -eq 0 ] && python3 -c 'import json, sys; json.load(sys.stdin)' <stdout; then
		echo "ok: cut off: JSON"
	else
		fail "cut off: JSON: status $status"
	fi
}

# Of one with a damaged block, the rest is there; over the gap it is one interval.
check_damaged()
{
	printf '\377\377\377\377' |
		dd of=long.kxr bs=1 seek=$(($(stat -c %s long.kxr) / 2)) conv=notrunc status=none
	run long.kxr
	if [ $status -eq 0 ] && [ "$(grep -c 'is damaged' stderr)" -eq 1 ] &&
	   grep -q '^trouble .*is damaged' stdout && grep -q '^web1 .*msr 70%' stdout; then
		echo "ok: damaged"
	else
		fail "damaged: status $status: $(cat stderr)"
	fi
	run long.kxr --frames --csv --reason cpuid
	cp stdout frames.csv
	run long.kxr --csv --reason cpuid
	if python3 - <<-'END'
		import csv
		def total(name):
		    with open(name, encoding='utf-8', newline='') as f:
		        rows = list(csv.DictReader(f))
		    return sum(int(r['count'] or 0) for r in rows), {r['interval_ns'] for r in rows}
		parts, lengths = total('frames.csv')
		assert parts == total('stdout')[0] > 0
		assert len(lengths) == 2, lengths
	END
	then
		echo "ok: damaged: frames"
	else
		fail "damaged: frames"
	fi
}

record two two -d 10 --details --over 100us
record vmx vmx -d 5
record nested nested -d 5
record ended ended -d 12
record evil evil -d 2 --over 1us
record none none -d 3
record lost lost -d 3
record noparts noparts -d 3
record many many,vms=1,vcpus=2,reasons=13 -d 2 --details

check two two.kxr
check two-ascii two.kxr --ascii
check vcpus two.kxr --vcpus
check sort two.kxr --vcpus -s p99
check color ended.kxr --color always
check vm two.kxr --vm 'web*'
check pid two.kxr -p 2305 --vcpus
check no-match two.kxr --vm 'mail*'
check no-match-json two.kxr --vm 'mail*' --json
check none none.kxr
check ended ended.kxr
check evil evil.kxr --vcpus
check_harmless evil
LC_ALL=C check evil-c-locale evil.kxr --slow
check_harmless evil-c-locale
check lost lost.kxr
check noparts noparts.kxr --vcpus
check reason two.kxr --reason NPF
check reason-class two.kxr --reason page-fault --vm web1
check reason-levels nested.kxr --reason hlt
check reason-idle noparts.kxr --reason hlt --ascii
check reason-absent two.kxr --reason EPT_VIOLATION
check reason-unknown two.kxr --reason npv
check reason-json vmx.kxr --reason hypercall --json
check reason-csv two.kxr --reason io --csv --vm db1
check details-csv many.kxr --csv
check slow two.kxr --slow
check slow-json two.kxr --slow --json --from 5
check slow-reason two.kxr --slow --reason io
check slow-vm two.kxr --slow --vm web1
check slow-none vmx.kxr --slow
check stretch two.kxr --from 2 --to 0:05
check stretch-verbose two.kxr --from 2.5 --to -0:03 -v
check stretch-snaps two.kxr --from 2.5 --to -3.2 --vcpus
check stretch-at two.kxr@-3.. --vcpus --vm web1
check stretch-both two.kxr@-3.. --to 8 --vcpus --vm web1
check outside two.kxr --from 11
check backwards two.kxr --from 3 --to 3
check no-time two.kxr --from soon
check date two.kxr --from '2026-11-22 14:05:10'
check bad-stretch two.kxr@5
check diff --diff ended.kxr@..3 ended.kxr@4..
check diff-same --diff two.kxr two.kxr --from 1 --to 3
check diff-isas --diff two.kxr vmx.kxr --vm web1
check diff-levels --diff nested.kxr noparts.kxr
check diff-none --diff none.kxr two.kxr --vm web1 --color always
check diff-json --diff ended.kxr@..3 ended.kxr@4.. --json
check diff-csv --diff two.kxr vmx.kxr --csv --vm db1
check not-a-recording "$0"
check missing nothing.kxr
check no-file
check two-files two.kxr vmx.kxr
check diff-one --diff two.kxr
check two-formats two.kxr --json --csv
check two-views two.kxr --vcpus --reason io
check html-view two.kxr --html --vcpus
check frames-text two.kxr --frames
check slow-csv two.kxr --slow --csv
check diff-reason --diff two.kxr two.kxr --reason io
check bad-color two.kxr --color sometimes
check sort-help -s help
check sort-unknown two.kxr -s size
check bad-option --bogus
check help --help
check_tty() # as in lib.bash: there the verb is the script's name too
{
	local name=$1 columns=$2

	shift 2
	command -v script >/dev/null || {
		fail "$name: script(1) is not here; it is in Debian's bsdutils"
		return
	}
	script -qec "stty cols $columns; '$tool' report $*" log </dev/null | tr -d '\r' |
		sed "s/by kvmexittop $version\$/by kvmexittop VERSION/" >out
	compare "$name"
	# Without what only colours it, which has no width.
	[ "$(sed 's/\x1b\[[0-9;]*m//g' out | wc -L)" -le "$columns" ] ||
		fail "$name: a line is wider than $columns"
}
check_tty width-80 80 two.kxr
check_tty width-80-reason 80 two.kxr --reason npf --color never
check_tty width-80-diff 80 --diff ended.kxr@..3 ended.kxr@4.. --color never
check_tty width-120-diff 120 --diff two.kxr vmx.kxr --color never
for scenario in two vmx ended reuse restart evil nested norunq noparts paused resumed; do
	check_same $scenario json
	check_same $scenario csv
done
check_output
check_cut
check_write_errors
check_nobody
if command -v python3 >/dev/null; then
	check_frames
	check_damaged
else
	echo "SKIP: frames and damage: there is no python3; run: scripts/deps check"
fi
exit $failed
