#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: tests/monitoring/openmetrics.sh
#
# Both formats, read by Prometheus' own parser in Python: they are well formed and say the
# same.

# shellcheck source-path=SCRIPTDIR source=lib.bash
. "$(dirname "$0")/lib.bash"

# A python3 that is not the system's has none of its packages.
for python in python3 /usr/bin/python3 ''; do
	[ -n "$python" ] || {
		echo "SKIP: no python3 has prometheus_client; run: scripts/deps check" >&2
		exit 77
	}
	! "$python" -c 'import prometheus_client' 2>/dev/null || break
done

for scenario in $scenarios; do
	"$tool" export --once -C "fake:$scenario" >"$tmp/prometheus"
	"$tool" dump -C "fake:$scenario" --openmetrics >"$tmp/openmetrics"
	"$tool" dump -C "fake:$scenario" --json >"$tmp/json"
	check "$scenario" "$python" "$source/tests/monitoring/openmetrics.py" \
		"$tmp/openmetrics" "$tmp/prometheus" "$tmp/json"
done
exit $failed
