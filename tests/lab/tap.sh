# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# TAP in a few lines, for tests that run on the lab host.
tap_tests=0
tap_failed=0

# ok STATUS WHAT [WHY...]: one test; STATUS 0 is good.
ok()
{
	tap_tests=$((tap_tests + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $tap_tests - $2"
	else
		echo "not ok $tap_tests - $2"
		tap_failed=$((tap_failed + 1))
		shift 2
		[ $# -eq 0 ] || echo "#   $*"
	fi
}

# is GOT WANTED WHAT
is()
{
	if [ "$1" = "$2" ]; then
		ok 0 "$3"
	else
		ok 1 "$3" "got '$1', wanted '$2'"
	fi
}

# wait_for SECONDS COMMAND...: until COMMAND succeeds.
wait_for()
{
	tap_left=$(($1 * 10))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $tap_left -gt 0 ] || return 1
		tap_left=$((tap_left - 1))
		sleep 0.1
	done
}

# info FIELD: one field of what the module says about itself
info_field()
{
	info | sed -n "s/.*\"$1\": \"\\{0,1\\}\\([^,\"}]*\\).*/\\1/p"
}

# done_testing: the plan, and the exit status of the test
done_testing()
{
	echo "1..$tap_tests"
	[ $tap_failed -eq 0 ]
	exit
}
