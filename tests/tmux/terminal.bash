# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Sourced by tests/tmux/*.sh: the program to test (tool), a directory for its traces (tmp),
# a terminal inside of tmux, and TAP.
#
# Nothing here waits for a time to pass: a check looks until what it expects is
# there, and fails when that has not come after $patience tenths of a second.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tool=$(realpath "${KVMEXITTOP:-$here/../../build/kvmexittop}")
socket=none
tmp=$(mktemp -d)
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

# What the screen is compared with has characters, not bytes.
export LC_ALL=C.UTF-8
patience=${PATIENCE:-150}
terminals=0
export TMUX_TMPDIR=$tmp
tap_nr=0
tap_failed=0

# say WHAT ok|not: one TAP line; what went wrong goes to stdout as comments.
tap()
{
	tap_nr=$((tap_nr + 1))
	if [ "$2" = ok ]; then
		echo "ok $tap_nr - $1"
		return
	fi
	tap_failed=1
	echo "not ok $tap_nr - $1"
	screen | sed 's/^/# |/'
}

tap_end()
{
	echo "1..$tap_nr"
	exit $tap_failed
}

tmux_do()
{
	tmux -L "$socket" -f /dev/null "$@"
}

# The screen as text. A pane that is gone has none.
screen()
{
	tmux_do capture-pane -p -t main 2>/dev/null || true
}

# terminal WIDTH HEIGHT: a fresh shell in a terminal of that size. Each has a
# server of its own: a new one must not meet the old one on its way out.
terminal()
{
	tmux_do kill-server 2>/dev/null || true
	terminals=$((terminals + 1))
	socket=kvmexittop-test-$$-$terminals
	: >"$tmp/raw"
	tmux_do new-session -d -s main -x "$1" -y "$2" \
		"env -i PATH='$PATH' HOME='$tmp' TERM=screen LC_ALL=C.UTF-8 \
		PS1='ready> ' HISTFILE=/dev/null bash --norc --noprofile --noediting -i"
	tmux_do set-option -g status off \; set-option -g escape-time 0 \; \
		resize-window -t main -x "$1" -y "$2"
	tmux_do pipe-pane -t main "cat >>'$tmp/raw'"
	wait_for 'ready>' && return
	echo "Bail out! tmux gives no terminal with a shell"
	exit 1
}

# start ARG...: the tool in that terminal. VAR=VALUE may come first.
start()
{
	local vars=

	while [[ $1 == *=* && $1 != -* ]]; do
		vars="$vars $1"
		shift
	done
	rm -f "$tmp/pid"
	: >"$tmp/raw"
	# shellcheck disable=SC2016 # the inner shell expands it
	type_line "clear; env $vars sh -c 'echo \$\$ >$tmp/pid; exec \"\$@\"' - $tool $*; echo status=\$?"
}

keys()
{
	local key

	for key; do
		tmux_do send-keys -t main "$key"
	done
}

type_line()
{
	tmux_do send-keys -t main -l "$1"
	tmux_do send-keys -t main Enter
}

# until_true COMMAND...: run it until it succeeds.
until_true()
{
	local i

	for ((i = 0; i < patience; i++)); do
		"$@" && return
		sleep 0.1
	done
	return 1
}

shows()
{
	screen | grep -qE -e "$1"
}

shows_not()
{
	! shows "$1"
}

wait_for()
{
	until_true shows "$1"
}

# expect WHAT REGEX: it comes to be on the screen.
expect()
{
	if wait_for "$2"; then tap "$1" ok; else tap "$1 (/$2/)" not; fi
}

# expect_not WHAT REGEX: it goes from the screen.
expect_not()
{
	if until_true shows_not "$2"; then tap "$1" ok; else tap "$1 (no /$2/)" not; fi
}

# check WHAT COMMAND...: it succeeds, sooner or later.
check()
{
	local what=$1

	shift
	if until_true "$@"; then tap "$what" ok; else tap "$what" not; fi
}

# The terminal is as a shell needs it: its own screen, cursor, echo, lines. (Only
# a shell without line editing leaves it like that while it waits.)
is_restored()
{
	local state

	state=$(tmux_do display-message -p -t main '#{alternate_on} #{cursor_flag}')
	[ "$state" = '0 1' ] || return 1
	stty -a <"$(tmux_do display-message -p -t main '#{pane_tty}')" >"$tmp/stty"
	! grep -qE -- '-(isig|icanon|echo|opost|onlcr|icrnl)\b' "$tmp/stty"
}

# left WHAT STATUS: the tool has ended with this status and left no traces.
left()
{
	expect "$1: status $2" "status=$2"
	check "$1: the terminal is as it was" is_restored
}
