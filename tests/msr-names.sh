#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# test_detail once more, when the lab's kernels are there: on a fresh machine there are
# no headers before, and it leaves the comparison of MSR names with them out.
set -u
cd "$(dirname "$0")/.." || exit 1
out=$(build/tests/unit/test_detail 2>&1)
status=$?
echo "$out"
case $status:$out in
0:*SKIPPED*)
	echo "SKIP: no kernel headers to compare with"
	exit 77 ;;
esac
exit $status
