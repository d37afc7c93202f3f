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
# shellcheck source=tests/tmux/terminal.bash
. "$(dirname "$0")/terminal.bash"

# No line is longer than the screen if every row of the table is one line.
rows_are_lines()
{
	screen | grep -A1 '^>db1 ' | grep -q '^ web1 '
}

test_first_screen()
{
	terminal 80 24
	start top -C fake:two
	expect 'first screen: summary' '^2 VMs, 6 vCPUs, 5.k exits/s, lost 0, overhead 93ns/exit 0\.5%, interval 1\.0s$'
	expect 'first screen: head' \
		'^ NAME ▼EXITS/s GUEST KERNEL  VMM IDLE RUNQ SPLIT +P99 TOP REASONS$'
	expect 'first screen: busiest first, selected' '^>db1 +3.k/s .* npf 36%'
	expect 'first screen: the five shares' '^>db1 +3.k/s +80% +9\.[0-9]% +7\.[0-9]% +[23]\.[0-9]% +0\.[0-9]% '
	expect 'first screen: and as a bar' ' 0\.[0-9]% ████████▓▒ +[0-9]+us '
	expect 'first screen: what the bar is made of' '  █guest ▓kernel ▒VMM ·idle !runq$'
	check 'first screen: a row is a line' rows_are_lines
	expect 'first screen: keys' '^Enter reasons .* q quit .* Space pause$'
}

test_drill_down()
{
	keys Down
	expect 'Down selects the next row' '^>web1'
	keys Enter
	expect 'Enter: the reasons of the VM' '\[3 reasons\] 4 slow +web1 \(pid 1201\)'
	expect 'reasons: busiest first' '^>msr +14k/s +70% '
	expect 'reasons: which of them reach the VMM' '^ io +1\.2k/s +6\.2% +900/s +75% .* +47% +53% +0% +0% '
	expect 'reasons: what the selected one is' 'msr \(msr, [0-9]+ unpaired\): The guest'
	keys Enter
	expect 'Enter: histogram' 'web1 \(pid 1201\) > msr'
	expect 'histogram: all of the line with the times' '^ service time: mean .* max [0-9.]+us$'
	expect 'histogram: the shares with the bar' '^ ▓{20}  ▓ kernel 100%  ▒ VMM 0%  · idle 0%  ! run queue 0%$'
	expect 'histogram: bars with percentiles' '512ns - [0-9.]+[nu]s +█.*%'
	expect 'histogram: mark' '█ .* < p50'
	expect 'histogram: its vCPUs' '^> +0 +1211 '
	keys Escape
	expect 'Esc: back to the reasons' '^>msr '
	keys BSpace
	expect 'Backspace: back to the VMs, the row still selected' '^>web1 +19k/s '
}

test_views()
{
	keys 2
	expect '2: all vCPUs' '\[2 vCPUs\].*all VMs'
	expect 'vCPUs of both VMs' '^ web1 +1 +6\.[0-9]k/s .*█.* msr 70%'
	keys Enter
	expect 'Enter: the reasons of a vCPU' '> vCPU 0'
	keys Escape
	keys Tab
	expect 'Tab: all reasons' '\[3 reasons\] 4 slow +all VMs'
	keys t
	expect 't: by class' '^ page_fault +1.k/s '
	keys t
	expect 't: one by one again' '^ npf +1.k/s '
	keys Tab
	expect 'Tab: slow exits' '\[4 slow\]  all VMs'
	keys Tab
	expect 'Tab: VMs again' '\[1 VMs\]'
}

test_sort()
{
	keys Home
	expect 'Home: first row' '^>db1 '
	keys '>'
	expect '>: sorted by the next column' '▼GUEST'
	keys I
	expect 'I: the other way round' '▲GUEST'
	check 'the selection stays with its row' eval 'screen | grep -A1 "^ web1 " | grep -q "^>db1 "'
	keys '<' '<'
	expect '<: back, and the sorted column is there' '▼VCPUS'
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
	expect 'help: what the bars are made of' '█ guest ▓ kernel ▒ VMM · idle ! run queue'
	expect_not 'help: no line is cut' '…'
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
	expect_not 'resize: narrow columns' ' MEAN '
	resize 160 50
	expect 'resize: 160x50 has more columns' \
		'PID VCPUS ▼EXITS/s GUEST KERNEL  VMM IDLE RUNQ SPLIT +TIME/s +MEAN +P50 '
	expect 'resize: and longer bars' '^>db1 .* █{16}▓▓▒'
	expect 'resize: and all top reasons' 'EPT_VIO[A-Z_…]* 36% PAUSE_I[A-Z_…]* 24% EPT_MIS[A-Z_…]* 21%'
	check 'resize: the footer is in the last line' \
		eval 'screen | sed -n 50p | grep -q "^Enter reasons"'
	resize 60 10
	expect_not 'resize: 60x10 has fewer' ' PID '
	expect 'resize: but the rows' '^>db1 .* █{8,10}▓▒ +[0-9]+us$'
	expect 'resize: and a short legend' ' █g ▓k ▒V ·i !r$'
	resize 50 9
	expect 'resize: too small says so' 'too small: 50x9; 60x10 is needed'
	resize 80 24
	expect 'resize: back' '^>db1 .* EPT_VIO'
	keys Enter Enter
	expect 'resize: histogram' 'db1 .* > EPT_VIOLATION'
	resize 100 40
	expect 'resize: histogram follows' '^ +1\.0us - 2\.0us '
	keys q
	expect 'q: back to the reasons' '^ REASON .* MAX$'
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
		expect "TERM=$term: first screen" '^>db1 .*npf 36%'
		keys Down Enter Enter
		expect "TERM=$term: histogram" '> msr'
		[ $term != vt100 ] || check 'TERM=vt100: nothing but ASCII' only_ascii
		keys q q q
		left "TERM=$term" 0
	done
	terminal 80 24
	start top -C fake:evil --ascii
	expect '--ascii: names' '^.\\u00e9t\\u00e.*~ +17k/s '
	expect '--ascii: shares as letters' ' g+kk?v?v?i*r* '
	expect '--ascii: what they are' '  g=guest k=kernel v=VMM i=idle r=runq$'
	keys 3 Enter
	expect '--ascii: bars' ' ###'
	keys D
	expect '--ascii: details' '^ NAME +KIND +KEY '
	keys 4
	expect '--ascii: slow exits' 'Exits with 1\.0ms'
	keys h End
	expect '--ascii: help' 'g=guest k=kernel'
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
	expect 'idle: where it is' '^>quiet .* \(in hlt\)'
	keys Enter
	expect 'idle: no exits, but time' '^>hlt +0/s +- +0/s +- +100% +0% +0% +100% +0% '
	keys Enter
	expect 'idle: no histogram says so' 'No such exit ended in this interval'
	terminal 80 24
	start top -C fake:paused
	expect 'paused VM: it is not the busiest' '^>web1 '
	expect 'paused VM: all of it is the VMM' '^.db1 +0/s +0% +0% +100% +0% +0% ▒▒▒▒▒▒▒▒▒▒ +- \(in '
	keys 3
	expect 'paused VM: the reason' '^.signal_exit +0/s .* +0% +100% +0% +0% +-$'
	terminal 80 24
	start top -C fake:norunq
	expect 'no run queue: a dash' '^>db1 .* 10% +7\.[0-9]% +[0-9.]+% +- █+▓▒ '
	terminal 80 24
	start top -C fake:noparts
	expect 'no parts: dashes, and no bar' '^>db1 +3.k/s +80% +- +- +- +- - +[0-9]+us '
	terminal 80 24
	start top -C fake:nested
	expect 'nested: a VM that runs VMs' '^>l1host '
	keys Enter
	expect 'nested: a column' '^ REASON +LEVEL ▼RATE/s '
	expect 'nested: levels' '^ cpuid \(L2\) +2 '
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
	expect 'wide characters keep the columns' '^.été-日本語 +[0-9.]+k/s +[0-9]+% '
	expect 'so do wide names that are cut' '^.日日日日.*… +[0-9.]+k/s +[0-9]+% '
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

# The table begins with this head, and no line is longer than the screen: the
# footer is in the last one.
screen_is()
{
	screen | grep -qE "$2" && screen | sed -n "$1p" | grep -q '^[A-Z][A-Za-z]* [a-z]'
}

test_wide()
{
	terminal 120 40
	start top -C fake:two
	check '120x40: VMs' screen_is 40 '^ NAME +PID VCPUS ▼EXITS/s GUEST KERNEL  VMM IDLE RUNQ SPLIT .* MAX TOP'
	expect '120x40: a longer bar' '^>db1 .* █{13}▓▓▒ '
	keys 3
	check '120x40: reasons' screen_is 40 '▼RATE/s %EXITS  VMM/s TO-VMM %TIME KERNEL  VMM IDLE RUNQ SPLIT '
	expect '120x40: reasons have bars too' '^ pause .* ▓{7}!{5} '
	keys Enter D
	expect '120x40: histogram' '^  512ns - [0-9.]+us +█'
	expect '120x40: details' '^ all +msr +0x6e0 write +8[0-9]{3} +9\.0k/s +60% .* TSC_DEADLINE$'
	check '120x40: and vCPUs' screen_is 40 '^>web1 +0 +1211 +9000 '
	keys 4
	expect '120x40: slow exits' '\[4 slow\]'
}

test_details()
{
	terminal 80 24
	start top -C fake:two
	expect 'details: first screen' '^>db1 '
	keys Down Enter Enter
	expect 'details: how to get them' 'Press D to see what is behind these exits'
	keys D
	expect 'D: details are on' 'details on \(D\)$'
	expect 'D: the keys' '^ msr +0x6e0 write +[0-9]+ +8\.[0-9]k/s +60% .* TSC_DEADLINE'
	expect 'D: guest code' '^ rip +0xffffffff81a0b3c4 '
	expect 'D: is a sample' 'Behind it \([0-9]+ of [0-9]+, Enter shows all\); rip: one in 16 exits'
	expect 'D: the rest of the screen' '^> +0 +1211 '
	keys Enter
	expect 'Enter: all details' 'web1 \(pid 1201\) > msr > details'
	expect 'all details: the first is selected' '^>msr +0x6e0 '
	expect 'all details: what has no row' '^ msr +other '
	keys / 8 3 0 Enter
	expect 'all details: search' '^>msr +0x830 '
	keys f r i p Enter
	expect_not 'all details: filter' '^.msr '
	keys Escape Escape
	expect 'Esc: back, with all kinds' '^ msr +0x6e0 '
	keys D
	expect 'D: off again' 'Press D to see'
	expect_not 'D: and not said to be on' 'details on'
	keys q q D
	expect 'D elsewhere: says where they are' 'Enter on a reason shows'
	terminal 80 24
	start top -C fake:two --details
	expect '--details: on from the start' 'details on \(D\)$'
	expect '--details: first screen' '^>db1 '
	keys Enter Enter
	expect '--details: page faults' '^ gpa +0x7f3a2000 write .* not present$'
}

slow_rows()
{
	[ "$(screen | grep -cE "^[> ][0-9]{2}:[0-9]{2}:[0-9.]+ $1")" -ge "$2" ]
}

test_slow()
{
	local before

	terminal 80 24
	start top -C fake:two
	expect 'slow: first screen' '^>db1 '
	keys 4
	expect '4: slow exits, and what they cost' 'Exits with 1\.0ms of service time or more: '
	expect '4: when they are collected' 'Collected only while this view is open'
	keys o 5 Enter
	expect 'o: no unit is refused' "'5' has no unit"
	keys o 5 u s Enter
	expect 'o: another threshold' 'Exits with 5\.0us of service time or more: '
	check 'slow exits come' slow_rows '(db1|web1)' 5
	expect 'slow: head' '^ TIME▼ +NAME VCPU .*REASON +SERVICE KERNEL   VMM  RUNQ BEHIND'
	expect 'slow: what is behind it' ' (port|gpa|mmio) 0x[0-9a-f]+'
	expect 'slow: all about the selected one' 'thread [0-9]+, on CPU [0-3]: .* = kernel '
	keys Space
	expect 'slow: pause' 'PAUSED'
	before=$(screen | sed -n 5,20p)
	# Frames that must not come cannot be waited for.
	sleep 1.5
	check 'paused: slow exits do not move' eval "[ '$before' = \"\$(screen | sed -n 5,20p)\" ]"
	keys Space
	expect_not 'slow: goes on' 'PAUSED'
	check 'what came meanwhile is there' eval "[ '$before' != \"\$(screen | sed -n 5,20p)\" ]"
	keys o 1 m s Enter
	expect 'o: a higher threshold' 'Exits with 1\.0ms'
	check 'o: hides what is below it' eval '! screen | grep -qE "^[> ][0-9:.]+ .* [0-9]+us +[0-9.]+[um]s +[0-9.]+[unm]s +[0-9.]+[unm]s [a-z]"'
	keys o 5 u s Enter
	check 'o: and back' slow_rows '(db1|web1)' 5
	keys Enter
	expect 'Enter: its reason' 'pid [0-9]+\) > [a-z_]+$'
	keys Escape
	expect 'Esc: back, they were kept' '\[4 slow\]'
	check 'Esc: rows' slow_rows '(db1|web1)' 5
	terminal 80 24
	start top -C fake:two --vm "'web*'"
	expect '--vm: first screen' '^>web1 '
	keys 4 o 5 u s Enter
	check '--vm: slow exits of that VM' slow_rows web1 3
	check '--vm: and of no other' eval '! screen | grep -q db1'
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
test_wide
test_details
test_slow
tap_end
