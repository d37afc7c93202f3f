#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: tests/tmux/replay.sh
#
# The live view of "kvmexittop replay" in a real terminal (of tmux), over recordings of
# the fake collector's hosts. Prints TAP. KVMEXITTOP names the program to test.

# Functions are handed to check and called from there.
# shellcheck disable=SC2317

set -uo pipefail
# shellcheck source=tests/tmux/terminal.bash
. "$(dirname "$0")/terminal.bash"

# tape FILE ARG...: a recording
tape()
{
	local file=$tmp/$1

	shift
	"$tool" record -o "$file" "$@" 2>"$tmp/said" && return
	echo "Bail out! cannot record: $(cat "$tmp/said")"
	exit 1
}

tape two -C fake:two -d 60 --details --over 20us
tape plain -C fake:two -d 100
tape ended -C fake:ended -d 20
head -c $(($(wc -c <"$tmp/plain") * 2 / 3)) "$tmp/plain" >"$tmp/cut"

# A bit in the middle that is not as it was.
cp "$tmp/plain" "$tmp/damaged"
middle=$(($(wc -c <"$tmp/plain") / 2))
byte=$(od -An -tu1 -j $middle -N 1 "$tmp/plain")
# shellcheck disable=SC2059 # an octal number
printf "$(printf '\\%03o' $((byte ^ 16)))" |
	dd of="$tmp/damaged" bs=1 seek=$middle conv=notrunc 2>/dev/null

# What the numbers of a window are, and where it is.
numbers()
{
	screen | grep -E '^[> x](db1|web1) '
}

# at N: window N is shown
at()
{
	shows "^[0-9:.]+ / .*  $1/[0-9]+( END)? *$"
}

test_plays()
{
	terminal 80 24
	start replay "$tmp/two" --speed 4
	expect 'plays: the numbers' '^>db1 +3.k/s +80% .* npf 36%'
	expect 'plays: whose they are' 'fakehost, Linux 6\.1\.0-fake, collector fake'
	expect 'plays: where, and how fast' '^00:00:[0-9]{2} / 00:01:00  speed 4x  [0-9]+/60$'
	expect 'plays: time goes on' '^00:00:0[4-9] '
	expect 'plays: keys of its own' '^Enter reasons  q quit  \. , step  g go to  \+ - speed  h help'
	keys Space
	expect 'Space: banner' 'PAUSED'
	keys g 2 Enter
	check 'g: in a pause too' at 2
	# Windows that must not come cannot be waited for.
	sleep 1
	check 'paused: time stands' at 2
	keys Enter
	expect 'paused: the view can be drilled into' '\[3 reasons\] 4 slow +db1 \(pid 2305\)'
	keys Enter
	expect 'paused: histogram' '> npf'
	keys q q Z
	expect_not 'Z: goes on' 'PAUSED'
	expect 'Z: time goes on' '^00:00:0[4-9] '
	keys q
	left 'q on the first screen' 0
}

test_steps()
{
	local second third

	terminal 100 24
	start replay "$tmp/two" --paused
	expect '--paused: begins with a pause' 'PAUSED'
	check '--paused: at the first window' at 1
	keys .
	check '.: the next one' at 2
	second=$(numbers)
	keys .
	check '.: and the next' at 3
	third=$(numbers)
	check '.: other numbers' eval "[ '$second' != '$third' ]"
	keys ,
	check ',: back' at 2
	check ',: the same numbers again' eval "[ '$second' = \"\$(numbers)\" ]"
	keys Right Right Left
	check 'Right, Left: the same keys' at 3
	check 'and the same numbers' eval "[ '$third' = \"\$(numbers)\" ]"
	keys '}'
	check '}: the last one' at 60
	expect '}: says so' '60/60 END'
	keys .
	check '.: nothing after the end' at 60
	keys '{'
	check '{: the first one' at 1
	keys ,
	check ',: nothing before the beginning' at 1
	keys . .
	check 'after a tour: there again' at 3
	check 'with the same numbers' eval "[ '$third' = \"\$(numbers)\" ]"
	keys Z .
	expect '. while it plays: pauses' 'PAUSED'
	keys q
	left 'stepped' 0
}

test_goto()
{
	terminal 80 24
	start replay "$tmp/two" --paused
	check 'g: begin' at 1
	keys g
	expect 'g: prompt' '^ Go to \(90, 1:30, -10 from the end, 14:05:10\):'
	keys 4 5 Enter
	check 'g 45: seconds' at 45
	keys g 0 : 3 0 Enter
	check 'g 0:30: minutes and seconds' at 30
	keys g - 1 0 Enter
	check 'g -10: before the end' at 50
	keys g 0 Enter
	check 'g 0: the beginning' at 1
	keys g 6 1 Enter
	expect 'g 61: is outside' "'61' is outside of the recording"
	keys g x Enter
	expect 'g x: is no time' "'x' is no time"
	keys g 4 Escape
	check 'g, Esc: stays' at 1
	keys g Enter
	check 'g, nothing typed: stays' at 1
	terminal 80 24
	start replay "$tmp/two" --from 10 --to -40 --paused
	check '--from, --to: windows' shows '^00:00:11 / 00:01:00  speed 1x  1/10$'
	keys '}'
	check '--to: the end' shows '^00:00:20 / 00:01:00  speed 1x  10/10 END'
}

test_speed()
{
	terminal 80 24
	start replay "$tmp/plain" --paused
	expect 'speed: as recorded' 'speed 1x '
	keys +
	expect '+: faster' 'speed 2x '
	expect '+: says so' '^ Speed 2x'
	keys - - -
	expect '-: slower' 'speed 1/4x '
	keys -
	expect '-: not slower than that' 'speed 1/4x '
	keys ']' ']' ']' ']' ']' ']' ']' ']'
	expect ']: faster too' 'speed 64x '
	keys '='
	expect '=: as fast as it goes' 'speed max .*'
	keys Space
	expect 'max: to the end' '100/100 END'
	# It must not leave, nor go on.
	sleep 0.5
	check 'at the end it stays' at 100
	keys 3
	expect 'at the end: keys work' '\[3 reasons\]'
	keys ,
	check 'at the end: back' at 99
	expect 'at the end: back pauses' 'PAUSED'
	keys '[' q q
	left 'speed' 0
	start replay "$tmp/plain" --speed max -n 20
	left 'after -n windows' 0
	start replay "$tmp/plain" --speed 64
	expect '64x: to the end' '100/100 END'
	keys q
	left '64x' 0
}

test_interval()
{
	terminal 80 24
	start replay "$tmp/two" --paused -d 10
	expect '-d: windows of 10 s' 'interval 10\.0s'
	check '-d: fewer of them' shows '^00:00:10 / .*  1/6$'
	keys .
	check '-d: a step is one of them' shows '^00:00:20 / .*  2/6$'
	keys d
	expect 'd: prompt' 'Seconds in an interval'
	keys 1 Enter
	expect 'd: as recorded' 'interval 1\.0s'
	check 'd: at the same place' at 20
	keys d 1 5 Enter
	check 'd: several are one' shows '^00:00:30 / .*  2/4$'
}

slow_rows()
{
	screen | grep -cE '^[> ][0-9]{2}:[0-9]{2}:[0-9.]+ (db1|web1)'
}

test_slow_and_details()
{
	local before

	terminal 100 40
	start replay "$tmp/two" --paused
	check 'slow: begin' at 1
	keys 4
	expect '4: slow exits up to here' 'Exits with 20us of service time or more: [0-5] up to this moment, 0 lost'
	keys g 1 0 Enter
	expect '4: more of them later' 'or more: [12][0-9] up to this moment'
	before=$(slow_rows)
	keys g 3 Enter
	expect '4: fewer of them earlier' 'or more: [3-9] up to this moment'
	keys g 1 0 Enter
	check '4: and back' eval "[ '$before' = \"\$(slow_rows)\" ]"
	keys o 2 0 0 u s Enter
	expect 'o: another threshold' 'Exits with 200us of service time or more: [0-9] '
	keys 3
	expect '3: reasons' '^>msr '
	keys Enter
	expect 'details: as recorded' '^ all +msr +0x6e0 write +8[0-9]{3} .* TSC_DEADLINE$'
	keys D
	expect 'D: off' 'Press D to see what is behind these exits, as it was recorded'
	terminal 100 40
	start replay "$tmp/plain" --paused
	check 'nothing but counters: begin' at 1
	keys 4
	expect 'no slow exits: says so' 'No slow exits were recorded'
	keys 3 Enter
	expect 'no details: says so' 'was not recorded'
	keys D
	expect 'no details: D says so' 'Details were not recorded'
}

test_ended()
{
	terminal 80 24
	start replay "$tmp/ended" --paused
	check 'ended: begin' at 1
	keys g 3 Enter
	expect 'ended: marked' '^.db1 .*\(ended\)'
	keys g 8 Enter
	expect 'ended: stays for 5 s' '^.db1 .*\(ended\)'
	keys .
	expect_not 'ended: then goes' '^.db1 '
	keys ,
	expect 'ended: and is back with its time' '^.db1 .*\(ended\)'
	keys g 1 Enter
	expect 'ended: before its end it runs' '^.db1 .* npf 36%'
}

test_trouble()
{
	terminal 80 24
	start replay "$tmp/cut" --speed max
	expect 'cut off: says so at the end' '^ the recording was cut off or damaged after 00:0'
	expect 'cut off: what there is was played' '/00:0[01]:[0-9]{2}  speed max .* END|  [0-9]+/[0-9]+ END'
	keys q
	expect 'cut off: says so when it is left' '^kvmexittop: the recording was cut off'
	left 'cut off' 0
	start replay "$tmp/damaged" --speed max
	expect 'damaged: played to the end' '  100/100 END'
	expect 'damaged: what is missing' '^ a block of the recording is damaged'
	keys g 4 2 Enter .
	check 'damaged: goes to where it is whole' shows '^00:00:[0-9]{2} / '
	keys '{' g
	keys 5 0 Enter
	expect 'damaged: says so' ': a block of the recording is damaged: what is from'
	check 'damaged: stays where it was' at 1
	keys q
	left 'damaged' 0
	start replay "$tmp/nosuch"
	expect 'no such file: says so' 'cannot open the recording'
	left 'no such file' 1
}

test_help()
{
	terminal 80 24
	start replay "$tmp/two" --paused
	expect 'help: begin' '1/60$'
	keys h
	expect 'h: keys of a replay' '^ \+ - or \] \[ +faster, slower'
	keys PPage NPage
	expect 'h: and of all' 'All of a vCPU.s time'
	expect_not 'help: no line is cut' '…'
	keys Escape '~'
	expect 'another key: says so' 'No such key here'
	resize 60 10
	expect 'small: where it is' '^00:00:01 / 00:01:00  speed 1x  1/60$'
	expect 'small: rows' '^>db1 '
	terminal 80 24
	start top -C fake:two
	expect 'top: has no such keys' '^>db1 '
	keys .
	expect 'top: has no such keys' 'No such key here'
	keys h
	expect 'top: help' 'Space or Z +pause and go on$'
	expect_not 'top: not of a replay' 'faster, slower'
}

resize()
{
	tmux_do resize-window -t main -x "$1" -y "$2"
}

test_suspend()
{
	terminal 80 24
	# Not in a list of commands: bash would go on with the next one.
	type_line "$tool replay $tmp/two --speed 1/4"
	expect 'Ctrl-Z: running' '^>db1 '
	keys C-z
	expect 'Ctrl-Z: stopped' 'Stopped'
	check 'Ctrl-Z: the terminal is as it was' is_restored
	# A quarter of this is recorded time that must not pass meanwhile.
	sleep 6
	type_line fg
	expect 'fg: the view again' '^>db1 '
	check 'fg: where it was' at '[12]'
	keys q
	expect_not 'fg: q leaves' 'web1'
	check 'fg: the terminal is as it was' is_restored
}

# Signals end it as they end top.
test_signals()
{
	local signal

	for signal in TERM INT HUP QUIT; do
		terminal 80 24
		start replay "$tmp/two" --speed 8
		expect "SIG$signal: running" '^>db1 '
		kill -$signal "$(cat "$tmp/pid")" 2>/dev/null
		left "SIG$signal" 0
	done
}

test_plays
test_steps
test_goto
test_speed
test_interval
test_slow_and_details
test_ended
test_trouble
test_help
test_suspend
test_signals
tap_end
