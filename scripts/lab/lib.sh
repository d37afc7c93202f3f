# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Shared by the lab's scripts (bash). Source it first: it sets
#   LAB_SRC    the source directory
#   LAB_CACHE  what is downloaded or made once: kernels, roots, initramfs
#   LAB_BUILD  what belongs to this source directory: modules, logs, results

set -euo pipefail

LAB_SRC=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
LAB_CACHE=${KVMEXIT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kvmexittop}
# shellcheck disable=SC2034 # used by the scripts, as is the next
LAB_BUILD=$LAB_SRC/build/lab
# shellcheck disable=SC2034
LAB_KERNELS='5.10 6.1 6.12 7.3 rt'

# Exit statuses with a meaning of their own.
# shellcheck disable=SC2034
LAB_SKIP=77 LAB_BROKEN=98 LAB_KERNEL_COMPLAINED=99

# The debian tools in sbin are not on every user's PATH.
PATH=$PATH:/usr/sbin:/sbin

note() { echo "${KVMEXIT_STEP:-lab:} $*" >&2; }

die()
{
	local status=1

	if [ "$1" = -s ]; then
		status=$2
		shift 2
	fi
	echo "lab: $*" >&2
	exit "$status"
}

skip()
{
	echo "SKIP: $*" >&2
	exit "$LAB_SKIP"
}

# lab_need COMMAND GROUP: a sentence instead of "command not found".
lab_need()
{
	command -v "$1" >/dev/null ||
		die "there is no '$1' here; run: scripts/deps $2"
}

# lab_lock NAME WAITING: holds the lock till the script ends. Anything it starts
# inherits the descriptor, so an emulator that outlives us keeps the lock.
lab_lock()
{
	local fd

	mkdir -p "$LAB_CACHE"
	exec {fd}>"$LAB_CACHE/$1.lock"
	flock -n "$fd" && return
	note "$2"
	flock "$fd"
}

# lab_kernel_dir K: where kernel K is, or will be.
lab_kernel_dir() { echo "$LAB_CACHE/kernel/$1"; }

# lab_suite K: the Debian suite whose compiler builds modules for kernel K.
lab_suite()
{
	case $1 in
	5.10) echo bullseye ;;
	6.1|rt) echo bookworm ;;
	6.12|7.3) echo trixie ;;
	*) die -s 2 "unknown kernel '$1'; known: $LAB_KERNELS" ;;
	esac
}

# lab_module_order K MODULE...: prints the files of the modules and of all they
# depend on, in the order in which they are to be loaded.
lab_module_order()
{
	local dir
	local m
	local version

	dir=$(lab_kernel_dir "$1")
	version=$(cat "$dir/release")
	shift
	for m; do
		modprobe -d "$dir" -S "$version" -C /dev/null --show-depends "$m" ||
			die "kernel $version has no module '$m'"
	done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++'
}
