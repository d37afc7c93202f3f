# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: GPL-2.0-only
#
# For the tests of what is shipped for monitoring. The script that sources this is
# tests/monitoring/NAME.sh; KVMEXITTOP names the program to test. Sets
#   $source   the source directory
#   $shipped  user/monitoring
#   $tool     the program
#   $bin      the folder with promtool, prometheus and prometheus-node-exporter
#   $tmp      a folder that is removed at the end

set -euo pipefail
source=$(cd "$(dirname "$0")/../.." && pwd)
shipped=$source/user/monitoring
tool=$(realpath -m "${KVMEXITTOP:-$source/build/kvmexittop}")
failed=0
export LC_ALL=C PYTHONDONTWRITEBYTECODE=1

[ -x "$tool" ] || {
	echo "SKIP: there is no $tool; run: make tool" >&2
	exit 77
}
command -v python3 >/dev/null || {
	echo "SKIP: there is no python3; run: scripts/deps check" >&2
	exit 77
}
# Its own status 77 says that they are not to be had, and why.
bin=$("$source/scripts/monitoring") || exit
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

fail()
{
	echo "not ok: $*"
	failed=1
}

# check WHAT COMMAND...: a command that has to succeed; its output is shown if not
check()
{
	local what=$1

	shift
	if "$@" >"$tmp/out" 2>&1; then
		echo "ok: $what"
	else
		cat "$tmp/out"
		fail "$what"
	fi
}

# The hosts of the fake collector that numbers come from.
scenarios='two vmx none idle lost evil nested norunq noparts paused ended
	many,vms=30,vcpus=2,reasons=20'
