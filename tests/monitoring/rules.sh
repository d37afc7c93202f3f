#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: tests/monitoring/rules.sh
#
# Recording rules and alerts: promtool takes them and their tests pass, what they ask for
# is exported, and what is exported is as Prometheus wants it.

# shellcheck source-path=SCRIPTDIR source=lib.bash
. "$(dirname "$0")/lib.bash"

cd "$shipped"
for rules in kvmexittop.rules kvmexittop.alerts; do
	check "$rules.yml is well formed" "$bin/promtool" check rules $rules.yml
	check "$rules.test.yml" "$bin/promtool" test rules $rules.test.yml
done

"$tool" export --once -C fake:two --per-vcpu >"$tmp/metrics"
check "rules and alerts name what is exported" \
	python3 "$source/tests/monitoring/rules.py" kvmexittop.rules.yml \
	kvmexittop.alerts.yml "$tmp/metrics"

for scenario in $scenarios; do
	"$tool" export --once -C "fake:$scenario" --per-vcpu >"$tmp/metrics"
	check "promtool check metrics: $scenario" \
		"$bin/promtool" check metrics <"$tmp/metrics"
done
exit $failed
