#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: tests/html/front.sh [FOLDER]
#
# The page at "/" of "kvmexittop export", in a headless Chromium: light and dark, and what it
# asks for. Pictures stay in FOLDER. KVMEXITTOP names the program to test.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
tool=$(realpath -m "${KVMEXITTOP:-$here/../../build/kvmexittop}")
tmp=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$tmp"' EXIT

[ -x "$tool" ] || {
	echo "SKIP: there is no $tool; run: make tool"
	exit 77
}
"$tool" export -C fake:evil -v --web.listen-address=127.0.0.1:0 2>"$tmp/messages" &
server=$!
address=
for ((i = 0; i < 100 && ${#address} == 0; i++)); do
	sleep 0.1
	address=$(grep -oE '127\.0\.0\.1:[1-9][0-9]*' "$tmp/messages" | head -n 1) || true
done
[ -n "$address" ] || {
	cat "$tmp/messages"
	echo "not ok: the server does not say where it listens"
	exit 1
}
shots=${1:-$tmp}
mkdir -p "$shots"
python3 -B "$here/front.py" "http://$address" "$shots"
