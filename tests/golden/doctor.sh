#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: tests/golden/doctor.sh [--update]
#
# The command line of "kvmexittop doctor" against tests/golden/doctor/CASE.txt. What it
# says of a host is tested in tests/unit/test_doctor.c; here it is run on this one, of
# which only the form of the answer is known.

# shellcheck source-path=SCRIPTDIR source=lib.bash
. "$(dirname "$0")/lib.bash"

# check_here NAME COMMAND...: the answer of a doctor started by COMMAND
check_here()
{
	local name=$1 status=0

	shift
	"$@" >"$tmp/stdout" 2>"$tmp/stderr" </dev/null || status=$?
	case $status in
	0) grep -qE '^ok  (module|bpf) +works; ' "$tmp/stdout" ||
		fail "$name: status 0, but nothing works" ;;
	3) ! grep -qE '^ok  (module|bpf) ' "$tmp/stdout" ||
		fail "$name: status 3, but something works" ;;
	*) fail "$name: status $status" ;;
	esac
	[ ! -s "$tmp/stderr" ] || fail "$name: messages"
	[ "$(wc -L <"$tmp/stdout")" -le 80 ] || fail "$name: a line is wider than 80"
	awk '/^NO/ && !/^NO  (module|bpf) / { no = $0; next }
		no && !/^ / { exit 1 }
		/^   -> / { no = "" }
		END { exit no != "" }' "$tmp/stdout" || fail "$name: a NO without advice"
	[ "$(grep -c '^auto ' "$tmp/stdout")" -eq 1 ] || fail "$name: what auto does"
	echo "ok: $name (status $status)"
}

# check_collector: the collector by name says of the module what the answer in stdout says
check_collector()
{
	local found

	# The lines of what was found, up to what to do, as one.
	found=$(awk '/^NO  kvmexit.ko +not loaded/ { sub(/^NO  kvmexit.ko +/, ""); on = 1 }
		/^   -> / { on = 0 }
		on { sub(/^ +/, ""); text = text sep $0; sep = " " }
		END { print text }' "$tmp/stdout")
	# Where it has to be signed as well, the collector says both.
	[ -n "$found" ] && ! grep -q '^NO  Module signing' "$tmp/stdout" || return 0
	"$tool" dump -C module >/dev/null 2>"$tmp/stderr" </dev/null &&
		fail "collector: it works, and doctor says '$found'"
	grep -qF "the module kvmexit is $found. " "$tmp/stderr" ||
		fail "collector: it does not say '$found'"
	echo "ok: collector"
}

check help --help
check bad-option --bogus
check argument now
check_here here "$tool" doctor
check_collector
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
	cp "$tool" "$tmp/tool"
	chmod 755 "$tmp" "$tmp/tool"
	check_here nobody setpriv --reuid=65534 --regid=65534 --clear-groups \
		--inh-caps=-all "$tmp/tool" doctor
	grep -q '^NO  Capabilities' "$tmp/stdout" || fail "nobody: has capabilities"
fi
exit $failed
