#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: tests/golden/metrics.sh [--update]
#
# "kvmexittop dump --openmetrics" on the hosts of the fake collector, against
# tests/golden/metrics/CASE.txt, and what the official parser makes of it.

# shellcheck source-path=SCRIPTDIR source=lib.bash
. "$(dirname "$0")/lib.bash"
verb=dump

# check_text CASE PATTERN ARG...: the lines that match. A release has no say in them.
check_text()
{
	local name=$1 pattern=$2

	shift 2
	run --openmetrics "$@"
	sed "s/version=\"[^\"]*\"/version=\"VERSION\"/" "$tmp/stdout" |
		grep -E "$pattern" >"$tmp/out" || true
	sed 's/^/stderr: /' "$tmp/stderr" >>"$tmp/out"
	echo "status: $status" >>"$tmp/out"
	compare "$name"
}

# The parser checks types, suffixes, units, buckets, doubles and order; it is strict.
check_parser()
{
	run --openmetrics "$@"
	if "$python" "$golden/../metrics-check.py" <"$tmp/stdout"; then
		echo "ok: OpenMetrics of $*"
	else
		fail "OpenMetrics of $*"
	fi
}

check_text two '' -C fake --vm web1
check_text vmx-delta '' -C fake:vmx --vm web1 -d 2.5
check_text idle '' -C fake:idle
check_text none '' -C fake:none
check_text noparts '_total|HELP' -C fake:noparts --vm db1
check_text norunq '_total|HELP' -C fake:norunq --vm db1
check_text nested '_total|_count|_sum' -C fake:nested --vm l1host
check_text paused '_total|_count|_sum' -C fake:paused --vm db1
check_text evil '_vm_' -C fake:evil
check_text lost '_lost' -C fake:lost -d 3
# Debian's package is for Debian's Python, which need not be the first one here.
python=
for candidate in python3 /usr/bin/python3; do
	"$candidate" -c 'import prometheus_client' 2>/dev/null || continue
	python=$candidate
	break
done
if [ -n "$python" ]; then
	for scenario in two vmx none idle lost evil reuse many nested norunq noparts paused; do
		check_parser -C "fake:$scenario"
		check_parser -C "fake:$scenario" -d 4
	done
else
	echo "SKIP: the parser: there is no python3-prometheus-client; run: scripts/deps check"
fi
exit $failed
