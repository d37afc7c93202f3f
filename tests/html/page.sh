#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: tests/html/page.sh [FOLDER]
#
# "kvmexittop report --html": recordings of made-up hosts are made pages, which are looked at
# by a parser and by a headless Chromium: light, dark, narrow, without scripts, printed.
# Pictures stay in FOLDER. KVMEXITTOP names the program to test.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
tool=$(realpath -m "${KVMEXITTOP:-$here/../../build/kvmexittop}")
shots=${1:-}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failed=0

[ -x "$tool" ] || {
	echo "SKIP: there is no $tool; run: make tool"
	exit 77
}
if [ -z "$shots" ]; then
	shots=$tmp
else
	mkdir -p "$shots"
fi

# page NAME MAX_BYTES SCENARIO RECORD-OPTION...
page()
{
	local name=$1 most=$2 scenario=$3
	shift 3
	echo "== $name: $scenario"
	if ! "$tool" record -C "fake:$scenario" -o "$tmp/$name.kxt" "$@" 2>"$tmp/messages" ||
	   ! "$tool" report --html "$tmp/$name.kxt" >"$tmp/$name.html" 2>>"$tmp/messages"; then
		cat "$tmp/messages"
		echo "not ok: $name cannot be made"
		failed=1
		return 0
	fi
	python3 -B "$here/page.py" file "$tmp/$name.html" "$most" || failed=1
}

page two 1000000 two -d 60 --details --over 1ms
page evil 2500000 evil -d 20 --details --over 1ms
page none 50000 none -d 5
page noparts 1000000 noparts -d 20
page restart 1000000 restart -d 20
# What user/html/grid.h promises for 10 VMs: there are never more than 200 columns.
page most 3000000 many,vms=10,vcpus=4,reasons=20 -d 200 --details

echo "== browser"
status=0
python3 -B "$here/page.py" browser "$tmp/two.html" "$shots" || status=$?
[ $status -eq 77 ] || [ $status -eq 0 ] || failed=1
[ $failed -eq 0 ] || exit 1
exit $status
