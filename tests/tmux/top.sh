#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: tests/tmux/top.sh
#
# The live view of "kvmexittop top" in a real terminal (of tmux), over the hosts
# of the fake collector. Prints TAP. KVMEXITTOP names the program to test.

# Functions are handed to check and called from there.
# shellcheck disable=SC2317

set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
tool=$(realpath "${KVMEXITTOP:-$here/../../build/kvmexittop}")
socket=none
tmp=$(mktemp -d)
# shellcheck source=tests/tmux/terminal.bash
. "$here/terminal.bash"
trap 'tmux_do kill-server 2>/dev/null; rm -rf "$tmp"' EXIT
unset TMUX

command -v tmux >/dev/null || {
	echo "1..0 # SKIP there is no tmux; run: scripts/deps check"
	exit 77
}
[ -x "$tool" ] || {
	echo "1..0 # SKIP there is no $tool; run: make tool"
	exit 77
}

# No line is longer than the screen if every row of the table is one line.
rows_are_lines()
{
	screen | grep -A1 '^>db1 ' | grep -q '^ web1 '
}

test_first_screen()
{
	terminal 80 24
	start top -C fake:two
	expect 'first screen: summary' '^2 VMs, 6 vCPUs, 5.k exits/s, lost 0'
	expect 'first screen: head' '^ NAME .*EXITS/s GUEST% .*P50 .*P99 .*MAX TOP REASONS'
	expect 'first screen: busiest first, selected' '^>db1 +2305 +4 +3.k/s +65% .* npf 36%'
	check 'first screen: a row is a line' rows_are_lines
	expect 'first screen: keys' '^Enter reasons .* q quit .* Space pause$'
}

test_drill_down()
{
	keys Down
	expect 'Down selects the next row' '^>web1'
	keys Enter
	expect 'Enter: the reasons of the VM' '\[3 reasons\] +web1 \(pid 1201\)'
	expect 'reasons: busiest first' '^>msr +1?[0-9]{4} .*70%'
	expect 'reasons: what the selected one is' 'msr \(msr, [0-9]+ unpaired\): The guest'
	keys Enter
	expect 'Enter: histogram' 'web1 \(pid 1201\) > msr'
	expect 'histogram: bars with percentiles' '512ns - 768ns +█.*%'
	expect 'histogram: mark' '█ .* < p50'
	expect 'histogram: its vCPUs' '^> +0 +1211 '
	keys Escape
	expect 'Esc: back to the reasons' '^>msr '
	keys BSpace
	expect 'Backspace: back to the VMs, the row still selected' '^>web1 +1201 '
}

test_views()
{
	keys 2
	expect '2: all vCPUs' '\[2 vCPUs\].*all VMs'
	expect 'vCPUs of both VMs' '^ web1 +1 +1212 '
	keys Enter
	expect 'Enter: the reasons of a vCPU' '> vCPU 0'
	keys Escape
	keys Tab
	expect 'Tab: all reasons' '\[3 reasons\] +all VMs'
	keys t
	expect 't: by class' '^ page_fault +[0-9]+ '
	keys t
	expect 't: one by one again' '^ npf +[0-9]+ '
	keys Tab
	expect 'Tab: VMs again' '\[1 VMs\]'
}

test_sort()
{
	keys Home
	expect 'Home: first row' '^>db1 '
	keys '>'
	expect '>: sorted by the next column' '▼GUEST%'
	keys I
	expect 'I: the other way round' '▲GUEST%'
	check 'the selection stays with its row' eval 'screen | grep -A1 "^ web1 " | grep -q "^>db1 "'
	keys '<' '<'
	expect '<: back' '▼VCPUS'
	keys s
	expect 's: menu' '^>VCPUS +number of vCPUs'
	keys k k Enter
	expect 'menu: chosen' 'NAME▲'
	keys s
	expect 's: menu again' '^>NAME '
	keys Escape
	expect 'Esc: menu left as it was' 'NAME▲'
}

test_find()
{
	keys f w e b
	expect 'f: filter while typing' 'Filter .*: web'
	expect_not 'f: the others go' '^.db1 '
	keys Enter
	expect 'filter: in the header' 'filter: web *$'
	keys Escape
	expect 'Esc: all rows again' '^.db1 '
	keys F4 n o n e Enter
	expect 'a filter that nothing matches says so' "Nothing here matches the filter 'none'"
	keys Escape
	keys Home / w e b Enter
	expect '/: jumps' '^>web1 '
	keys n
	expect 'n: stays on the only one' '^>web1 '
	keys / x y z Enter
	expect '/: nothing found says so' "No name here has 'xyz' in it"
}

test_overlays()
{
	keys h
	expect 'h: help' '^Help|^ Help'
	expect 'help: keys' 'Space or Z +pause and go on'
	keys q
	expect_not 'any key: help is gone' 'pause and go on'
	keys F1
	expect 'F1: help' 'Space or Z'
	keys End
	expect 'End: the end of the help' 'explains an exit reason'
	keys Escape
	keys d 0 x Enter
	expect 'd: nonsense is refused' 'a number of seconds from 0.1'
	keys d 0 . 5 Enter
	expect 'd: another interval' 'interval 0.50s'
	keys d 1 Enter C-l
	expect 'd: back' 'interval 1.0s'
}

lost_now()
{
	screen | grep -o 'lost [0-9.k]* exits'
}

test_pause()
{
	local before

	terminal 80 24
	start top -C fake:lost -d 0.1
	expect 'lost is said' 'lost [0-9]+ exits'
	expect 'and what to do' 'larger max_vcpus'
	keys Space
	expect 'Space: banner' 'PAUSED'
	before=$(lost_now)
	# Five frames that must not come cannot be waited for.
	sleep 0.6
	check 'paused: nothing moves' eval "[ '$before' = \"\$(lost_now)\" ]"
	keys Enter
	expect 'paused: keys work' 'db1 \(pid 2305\)'
	keys Z
	expect_not 'Z: goes on' 'PAUSED'
	check 'nothing was missed' eval "[ '$before' != \"\$(lost_now)\" ]"
}

resize()
{
	tmux_do resize-window -t main -x "$1" -y "$2"
}

test_resize()
{
	terminal 80 24
	start top -C fake:vmx
	expect 'resize: 80x24' '^>db1 '
	expect_not 'resize: narrow columns' 'KERNEL%'
	resize 160 50
	expect 'resize: 160x50 has more columns' 'GUEST% KERNEL% VMM% IDLE% RUNQ% +TIME/s'
	expect 'resize: and all top reasons' 'EPT_VIOLATION 36% PAUSE_INSTRUCTION 24% EPT_MISCONFIG 21%'
	check 'resize: the footer is in the last line' \
		eval 'screen | sed -n 50p | grep -q "^Enter reasons"'
	resize 60 10
	expect_not 'resize: 60x10 has fewer' ' PID '
	expect 'resize: but the rows' '^>db1 .*EPT_VIOLATION'
	resize 50 9
	expect 'resize: too small says so' 'too small: 50x9; 60x10 is needed'
	resize 80 24
	expect 'resize: back' '^>db1 +2305'
	keys Enter Enter
	expect 'resize: histogram' 'db1 .* > EPT_VIOLATION'
	resize 100 40
	expect 'resize: histogram follows' '^ +1\.5us - 2\.0us '
	keys q
	expect 'q: back to the reasons' 'CLASS'
	keys q q
	left 'q on the first screen' 0
}

has_ended()
{
	! kill -0 "$(cat "$tmp/pid")" 2>/dev/null
}

test_ways_out()
{
	local signal

	for signal in TERM INT HUP QUIT; do
		terminal 80 24
		start top -C fake:two
		expect "SIG$signal: running" '^>db1 '
		kill -$signal "$(cat "$tmp/pid")" 2>/dev/null
		left "SIG$signal" 0
	done
	terminal 80 24
	start top -C fake:two
	expect 'Ctrl-C: running' '^>db1 '
	keys C-c
	# bash ends the whole line when a command of it gets Ctrl-C
	check 'Ctrl-C: the terminal is as it was' is_restored
	terminal 80 24
	start top -C fake:two
	expect 'terminal closed: running' '^>db1 '
	tmux_do kill-server
	check 'terminal closed: the tool ends' has_ended
	terminal 80 24
	start top -C fake:two -n 2
	left 'after -n frames' 0
}

test_suspend()
{
	terminal 80 24
	# Not in a list of commands: bash would go on with the next one.
	type_line "$tool top -C fake:two"
	expect 'Ctrl-Z: running' '^>db1 '
	keys C-z
	expect 'Ctrl-Z: stopped' 'Stopped'
	check 'Ctrl-Z: the terminal is as it was' is_restored
	type_line fg
	expect 'fg: the view again' '^>db1 '
	expect_not 'fg: the whole screen' 'Stopped'
	keys Down
	expect 'fg: keys work' '^>web1 '
	keys q
	expect_not 'fg: q leaves' 'web1'
	check 'fg: the terminal is as it was' is_restored
}

only_ascii()
{
	! LC_ALL=C grep -q '[^[:print:][:cntrl:]]' "$tmp/raw"
}

# What the terminal was sent has no colours: no SGR 30 to 49.
no_colors()
{
	! LC_ALL=C grep -qE $'\033\\[([0-9]+;)*[34][0-9](;|m)' "$tmp/raw"
}

has_colors()
{
	! no_colors
}

test_terminals()
{
	local term

	for term in xterm linux screen tmux-256color vt100; do
		terminal 80 24
		start "TERM=$term" top -C fake:two
		expect "TERM=$term: first screen" '^>db1 +2305 .*npf 36%'
		keys Down Enter Enter
		expect "TERM=$term: histogram" '> msr'
		[ $term != vt100 ] || check 'TERM=vt100: nothing but ASCII' only_ascii
		keys q q q
		left "TERM=$term" 0
	done
	terminal 80 24
	start top -C fake:evil --ascii
	expect '--ascii: names' '^.\\u00e9t\\u00e9~ +104 '
	keys 3 Enter
	expect '--ascii: bars' ' ###'
	check '--ascii: nothing but ASCII' only_ascii
	terminal 80 24
	start TERM=nosuchterm top -C fake:two
	expect 'unknown TERM: says what to do' 'TERM=nosuchterm is not known'
	left 'unknown TERM' 1
}

test_colors()
{
	terminal 80 24
	start TERM=xterm-256color top -C fake:two
	expect 'colours: first screen' '^>db1 '
	check 'colours: are used' has_colors
	keys q
	left colours 0
	start NO_COLOR=1 TERM=xterm-256color top -C fake:two
	expect 'NO_COLOR: first screen' '^>db1 '
	check 'NO_COLOR: none' no_colors
	keys q
	left NO_COLOR 0
	start TERM=xterm-256color top -C fake:two --color never
	expect '--color never: first screen' '^>db1 '
	check '--color never: none' no_colors
	keys q
	left '--color never' 0
}

test_sentences()
{
	terminal 80 24
	start top -C fake:none
	expect 'no VM: says so' 'No VM is running'
	keys Enter Down 2 3
	expect 'no VM: keys do no harm' '\[3 reasons\]'
	terminal 80 24
	start top -C fake:nokvm
	expect 'no KVM: says what to do' 'modprobe kvm_intel'
	terminal 80 24
	start top -C fake:idle
	expect 'idle: a row' '^>quiet .* 0/s'
	keys Enter
	expect 'idle: no reasons says so' 'No exits in this interval'
	terminal 80 24
	start top -C fake:fail
	expect 'no collector: says why' 'told to refuse'
	left 'no collector' 3
	terminal 80 24
	start top -C fake:failsnap -d 0.5
	expect 'collector fails: first screen' '^>db1 '
	expect 'collector fails: says why' 'told to fail'
	left 'collector fails' 1
}

test_names()
{
	terminal 80 24
	start top -C fake:evil
	expect 'control characters are escaped' '^.\\x1b\[31mred'
	expect 'wide characters keep the columns' '^.été-日本語 +104 +1 '
	expect 'so do wide names that are cut' '^.日日日日.*… +115 +1 '
}

test_ended()
{
	terminal 80 24
	start top -C fake:ended -d 0.2
	expect 'ended: running' '^.db1 .*npf'
	expect 'ended: marked in words' '^.db1 .*\(ended\)'
	keys End
	expect 'ended: web1 is selected' '^>web1 '
	expect 'ended: marked before the row' '^xdb1 '
	keys Home Enter
	expect 'ended: its reasons' 'db1 \(pid 2305, ended\)'
	# It is kept while the user looks at it, so the last row of it can be seen.
	keys Escape
	expect_not 'ended: it goes in the end' '^.db1 '
}

test_first_screen
test_drill_down
test_views
test_sort
test_find
test_overlays
test_pause
test_resize
test_ways_out
test_suspend
test_terminals
test_colors
test_sentences
test_names
test_ended
tap_end
