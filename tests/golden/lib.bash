# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Golden tests: what a verb prints, against tests/golden/VERB/CASE.txt. The script
# that sources this is tests/golden/VERB.sh; its argument --update writes the
# files instead, and KVMEXITTOP names the program to test.

set -euo pipefail
golden=$(cd "$(dirname "$0")" && pwd)/$(basename "$0" .sh)
verb=${golden##*/}
tool=$(realpath -m "${KVMEXITTOP:-$golden/../../../build/kvmexittop}")
update=${1:-}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failed=0
unset NO_COLOR COLUMNS
export LC_ALL=C TERM=xterm

[ -x "$tool" ] || {
	echo "SKIP: there is no $tool; run: make tool" >&2
	exit 77
}

fail()
{
	echo "not ok: $*"
	failed=1
}

# compare CASE: $tmp/out with the golden file
compare()
{
	if [ "$update" = --update ]; then
		mkdir -p "$golden"
		cp "$tmp/out" "$golden/$1.txt"
	elif diff -u "$golden/$1.txt" "$tmp/out"; then
		echo "ok: $1"
	else
		fail "$1"
	fi
}

# run ARG...: stdout to $tmp/stdout, messages to $tmp/stderr, sets $status.
run()
{
	status=0
	"$tool" "$verb" "$@" >"$tmp/stdout" 2>"$tmp/stderr" </dev/null || status=$?
}

# check CASE ARG...: stdout, then stderr and the exit status.
check()
{
	local name=$1

	shift
	run "$@"
	{
		cat "$tmp/stdout"
		sed 's/^/stderr: /' "$tmp/stderr"
		echo "status: $status"
	} >"$tmp/out"
	compare "$name"
}

# check_tty CASE COLUMNS ARG...: on a terminal of that width.
check_tty()
{
	local name=$1 columns=$2

	shift 2
	command -v script >/dev/null || {
		fail "$name: script(1) is not here; it is in Debian's bsdutils"
		return
	}
	script -qec "stty cols $columns; '$tool' $verb $*" "$tmp/log" \
		</dev/null | tr -d '\r' >"$tmp/out"
	compare "$name"
	# wc knows of cells, as a terminal does; awk may count bytes.
	[ "$(wc -L <"$tmp/out")" -le "$columns" ] ||
		fail "$name: a line is wider than $columns"
}
