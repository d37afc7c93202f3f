#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: tests/bench/scrape.sh
#
# Time and memory of a scrape of 50 VMs with 400 vCPUs and 20 exit reasons, and how many
# series that is. Times are printed; only what does not depend on the machine is checked.
# promtool looks at the text if it is to be had.

set -euo pipefail
cd "$(dirname "$0")/../.."
bench=${BENCH:-build/tests/bench/scrape}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

[ -x "$bench" ] || {
	echo "SKIP: there is no $bench; run: make bench-tools" >&2
	exit 77
}

value() { awk -v name="$1" '$1 == name { print $2 }' "$tmp/out"; }

at_most()
{
	[ "$(value "$1")" -le "$2" ] || {
		echo "not ok: $1 is $(value "$1"), more than $2"
		exit 1
	}
}

"$bench" fake:many,vms=50,vcpus=8,reasons=20,age=1000 20 "$tmp/metrics" >"$tmp/out"
cat "$tmp/out"
at_most series 19999
# 8 MB of counters are copied for a look, and the text is as large as it is.
at_most max_rss_kib 65536
if programs=$(scripts/monitoring 2>"$tmp/why"); then
	"$programs/promtool" check metrics <"$tmp/metrics"
	echo "ok: promtool check metrics"
else
	echo "promtool did not look at the text: $(tail -n 1 "$tmp/why")"
fi
