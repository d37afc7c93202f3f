#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: tests/golden/replay.sh [--update]
#
# Batch frames of "kvmexittop replay" over recordings of the fake collector's hosts,
# against tests/golden/replay/CASE.txt.

# shellcheck source-path=SCRIPTDIR source=lib.bash
. "$(dirname "$0")/lib.bash"
export LC_ALL=C.UTF-8

# Recordings are named in messages: without a path that is another one each time.
cd "$tmp"

# tape FILE ARG...: a recording
tape()
{
	local file=$1

	shift
	"$tool" record -o "$file" "$@" 2>"$tmp/stderr" && return
	echo "cannot record $file: $(cat "$tmp/stderr")"
	exit 1
}

tape two.kxt -C fake:two -d 10 --details
tape ended.kxt -C fake:ended -d 12
tape tenths.kxt -C fake:two -d 1 -i 0.25
tape restart.kxt -C fake:restart -d 5
tape evil.kxt -C fake:evil -d 1
tape lost.kxt -C fake:lost -d 3
tape long.kxt -C fake:two -d 100
head -c 1000 /dev/zero >zero.kxt

# What was recorded each second is what top shows each second.
check_as_top()
{
	"$tool" replay -b "$1.kxt" | sed -E '/^[0-9:.]+ \/ [0-9:.]+ /d' >"$tmp/replayed"
	if "$tool" top -C "fake:$1" -b -n "$2" | diff - "$tmp/replayed"; then
		echo "ok: $1: as top"
	else
		fail "$1: as top"
	fi
}

# What is left of a recording is played, and what is missing said.
check_cut()
{
	local status=0

	head -c $(($(wc -c <long.kxt) * 2 / 3)) long.kxt >cut.kxt
	"$tool" replay -b long.kxt | sed 's|^\([0-9:]*\) / .*|\1|' >"$tmp/whole"
	"$tool" replay -b cut.kxt 2>"$tmp/stderr" >"$tmp/out" || status=$?
	sed 's|^\([0-9:]*\) / .*|\1|' "$tmp/out" >"$tmp/left"
	if [ $status -eq 0 ] && [ -s "$tmp/left" ] && ! cmp -s "$tmp/left" "$tmp/whole" &&
		head -c "$(wc -c <"$tmp/left")" "$tmp/whole" | cmp - "$tmp/left" &&
		grep -q '^kvmexittop: the recording was cut off' "$tmp/stderr"; then
		echo "ok: cut off"
	else
		fail "cut off: status $status: $(cat "$tmp/stderr")"
	fi
}

# A reader that leaves ends it quietly; one that cannot be written to does not.
check_closed_pipe()
{
	local status=0

	{ "$tool" replay -b long.kxt 2>"$tmp/stderr" || echo $? >"$tmp/status"; } |
		head -n 1 >/dev/null
	[ ! -e "$tmp/status" ] || status=$(cat "$tmp/status")
	# 141 is what a shell says of SIGPIPE.
	if [ ! -s "$tmp/stderr" ] && { [ "$status" -eq 0 ] || [ "$status" -eq 141 ]; }; then
		echo "ok: closed pipe"
	else
		fail "closed pipe: status $status: $(cat "$tmp/stderr")"
	fi
	if "$tool" replay -b long.kxt >/dev/full 2>"$tmp/stderr"; then
		fail "full disk: status 0"
	elif ! grep -q 'cannot write' "$tmp/stderr"; then
		fail "full disk: no message"
	else
		echo "ok: full disk"
	fi
}

# top and dump take a recording as a collector.
check_collector()
{
	"$tool" replay -b two.kxt >"$tmp/replayed"
	if "$tool" top -C two.kxt -b --details | diff - "$tmp/replayed"; then
		echo "ok: top -C FILE"
	else
		fail "top -C FILE"
	fi
	for args in '-d 4' '-d 3 --details' '-d 9 --csv' "-d 1 --vm web*"; do
		# shellcheck disable=SC2086 # words
		"$tool" dump -C fake:two $args >"$tmp/live"
		# shellcheck disable=SC2086 # words
		if "$tool" dump -C ./two.kxt $args | cmp - "$tmp/live"; then
			echo "ok: dump -C FILE $args"
		else
			fail "dump -C FILE $args"
		fi
	done
}

check two two.kxt -n 2
check details-off two.kxt -n 1 --vm db1
# Without -b: no terminal, so batch anyway.
check batch -b two.kxt -n 1 --vm web1
check ended ended.kxt --from 2 --to 5
check group ended.kxt -d 5
check group-range ended.kxt -d 2 --from -5
check tenths tenths.kxt --vm web1
check restart restart.kxt --vm web1
check evil-ascii evil.kxt --ascii
check lost lost.kxt -n 3 --vm db1
check pid two.kxt -n 1 -p 2305
check no-match two.kxt -n 1 --vm 'mail*'
check sort two.kxt -n 1 -s name
check color two.kxt -n 1 --color always
check range-end two.kxt --from 9.5
check sort-help -s help
check help --help
check no-file
check two-files two.kxt ended.kxt
check missing nosuch.kxt
check not-one zero.kxt
check bad-speed --speed 100 two.kxt
check bad-delay -d 0 two.kxt
check bad-frames -n x two.kxt
check bad-from --from noon two.kxt
check bad-to --to 11 two.kxt
check empty-range --from 5 --to 5 two.kxt
check bad-option --bogus two.kxt
check_tty width-60 60 -b ended.kxt -n 1
check_tty width-80 80 -b two.kxt -n 1
check_as_top ended 12
check_as_top restart 5
check_as_top lost 3
check_collector
check_cut
check_closed_pipe
exit $failed
