#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: tests/monitoring/dashboard.sh
#
# The Grafana dashboard: well formed, complete, and it asks for what is exported. That
# its queries have answers is prometheus.sh's.

# shellcheck source-path=SCRIPTDIR source=lib.bash
. "$(dirname "$0")/lib.bash"

dashboard=$shipped/kvmexittop-dashboard.json

look()
{
	python3 "$source/tests/monitoring/dashboard.py" "$@"
}

"$tool" export --once -C fake:two --per-vcpu >"$tmp/metrics"
check "panels, variables, series and labels" look lint "$dashboard" "$tmp/metrics"
look queries "$dashboard" >"$tmp/queries.yml"
check "promtool takes its queries" "$bin/promtool" check rules "$tmp/queries.yml"

# The check can fail: each of these is one mistake.
broken()
{
	sed "$1" "$dashboard" >"$tmp/broken.json"
	if cmp -s "$dashboard" "$tmp/broken.json"; then
		fail "nothing to break: $1"
	elif look lint "$tmp/broken.json" "$tmp/metrics" >"$tmp/out" 2>&1; then
		fail "not found: $1"
	else
		echo "ok: found: $(head -n 1 "$tmp/out")"
	fi
}
broken 's/sum by (reason, le)/sum by (reasons, le)/'
broken 's/kvmexittop_vms{/kvmexittop_vm{/'
broken 's/domain=~/vm=~/'
broken 's/"name": "class"/"name": "klass"/'
broken 's/"unit": "ops"/"unit": ""/'
broken 's/"id": 12,/"id": 13,/'
exit $failed
