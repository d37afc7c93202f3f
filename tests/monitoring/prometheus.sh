#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: tests/monitoring/prometheus.sh
#
# A real Prometheus scrapes two exporters of made-up hosts and node_exporter with the
# textfile of a third; rules, alerts and the dashboard's queries are asked. All of it
# listens on 127.0.0.1 only. For real exits see tests/lab/prometheus.host.

# shellcheck source-path=SCRIPTDIR source=lib.bash
. "$(dirname "$0")/lib.bash"

# What looks at minutes looks at seconds here.
for rules in rules alerts; do
	sed -e 's/\[5m\]/[10s]/; s/for: .*/for: 2s/' "$shipped/kvmexittop.$rules.yml" \
		>"$tmp/$rules.yml"
done
python3 "$source/tests/monitoring/prometheus.py" "$tool" "$bin" "$tmp" \
	"$shipped/kvmexittop-dashboard.json"
