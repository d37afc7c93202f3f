# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Fresh Debian roots for tests of what an installation does and leaves behind. A test:
#
#	# shellcheck source-path=SCRIPTDIR source=lib.bash
#	. "$(dirname "$0")/lib.bash"
#	install_enter "$@"			first: mounts of our own, as root
#	install_root bookworm dkms make		a fresh root with these packages: $ROOT
#	install_source				our tree, copied to /tmp/src in it
#	install_files >"$WORK/before"
#	install_apt linux-headers-amd64		more packages, or .deb files in the root
#	install_run make -C /tmp/src ...	a command inside
#	install_files >"$WORK/after"
#	install_same "$WORK/before" "$WORK/after" "nothing is left behind"
#	done_testing				tests/lab/tap.sh: ok, is, done_testing
#
# A root is an overlay: what a test does in it is gone when the test ends, and so are all
# mounts, since they are in a mount namespace of the test's own. Below it, in the cache,
# lie the suite's smallest system and one layer for each list of packages. Both are named
# by the exact versions in them, and are made anew when the mirror has others. Packages
# are downloaded once, outside. Lists of packages are looked at once a day.
#
# A root has /proc, a small /dev, no /sys and no network; daemons are not started in it.
# Nothing of it can reach the machine's own kernel modules.
#
# Where there is no root, no mirror or no overlayfs, the test is skipped: status 77.

# shellcheck source-path=SCRIPTDIR source=../../scripts/lab/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lab/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../../scripts/lab/apt.sh
. "$LAB_SRC/scripts/lab/apt.sh"
# shellcheck source-path=SCRIPTDIR source=../lab/tap.sh
. "$LAB_SRC/tests/lab/tap.sh"
# A failed check is counted, not the end of the script.
set +e

INSTALL_CACHE=$LAB_CACHE/install
ROOT=			# the root that is in use
SUITE=			# its suite
WORK=			# a folder for the test's own files, gone when it ends
install_mounts=()	# what is mounted, in the order in which it was

# install_enter "$@": starts the test again in a mount namespace of its own.
install_enter()
{
	[ "$(id -u)" -eq 0 ] || skip "fresh Debian roots need root: try sudo $0 $*"
	if [ -z "${KXT_INSTALL_NS:-}" ]; then
		for tool in mmdebstrap unshare flock dpkg-deb; do
			command -v $tool >/dev/null || skip "there is no '$tool' here;" \
				"run: scripts/deps lab install"
		done
		unshare --mount true 2>/dev/null ||
			skip "this machine lets nobody mount, so there are no fresh roots"
		KXT_INSTALL_NS=1 exec unshare --mount --propagation private \
			-- "$BASH" "$0" "$@"
	fi
	mkdir -p "$INSTALL_CACHE/run"
	install_sweep
	WORK=$(mktemp -d "$INSTALL_CACHE/run/XXXXXX")
	exec {install_work_fd}>"$WORK/.lock"
	flock "$install_work_fd"
	trap install_leave EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
}

# What tests that were killed have left: nobody holds their locks. Their mounts went with
# their namespaces.
install_sweep()
{
	local dir

	for dir in "$INSTALL_CACHE"/run/*/; do
		[ -e "$dir/.lock" ] || continue
		flock -n "$dir/.lock" rm -rf --one-file-system "$dir"
	done
}

install_leave()
{
	local i status=$?

	trap '' INT TERM HUP
	cd / || exit
	for ((i = ${#install_mounts[@]} - 1; i >= 0; i--)); do
		umount -l "${install_mounts[i]}"
	done
	# Not through a mount that could not be undone.
	if grep -qF " $WORK/" /proc/self/mounts; then
		echo "install: something is still mounted below $WORK" >&2
	else
		rm -rf --one-file-system "$WORK"
	fi
	exit "$status"
}

install_mount()
{
	mount "$@" || die "cannot mount ${*: -1}"
	install_mounts+=("${*: -1}")
}

# install_overlay LOWER[:LOWER...] UPPER TARGET
install_overlay()
{
	mkdir -p "$2" "$2.work" "$3"
	mount -t overlay -o "lowerdir=$1,upperdir=$2,workdir=$2.work" overlay "$3" \
		2>"$WORK/mount.log" || skip "no overlayfs in $INSTALL_CACHE" \
		"(KVMEXIT_CACHE=DIR names another place): $(tail -n 1 "$WORK/mount.log")"
	install_mounts+=("$3")
}

# install_devices DIR: what programs in the root DIR need of the machine. Modules of the
# machine's kernel are hidden, so that no test can unload them.
install_devices()
{
	local node

	install_mount -t proc proc "$1/proc"
	[ ! -e /proc/modules ] || install_mount --bind /dev/null "$1/proc/modules"
	install_mount -t tmpfs -o mode=755,size=1m tmpfs "$1/dev"
	for node in null zero full random urandom; do
		: >"$1/dev/$node"
		install_mount --bind "/dev/$node" "$1/dev/$node"
	done
	mkdir "$1/dev/shm"
	ln -s /proc/self/fd "$1/dev/fd"
}

# What the root DIR's apt reads: the lists that the cache has, and nothing of a network.
install_lists()
{
	install_mount --bind "$LAB_CACHE/apt/$SUITE/lists" "$1/var/lib/apt/lists"
	mkdir -p "$INSTALL_CACHE/debs/$SUITE/partial"
	install_mount --bind "$INSTALL_CACHE/debs/$SUITE" "$1/var/cache/apt/archives"
}

# install_lists_fresh SUITE: lists of packages that are no older than a day. Without a
# mirror those that are there do.
install_lists_fresh()
{
	local stamp=$INSTALL_CACHE/lists-$1

	[ -z "$(find "$stamp" -mmin -1440 2>/dev/null)" ] ||
		! [ -e "$LAB_CACHE/apt/$1/sources.list" ] || return 0
	if (apt_update "$1") 2>"$WORK/update.log"; then
		touch "$stamp"
	elif [ -e "$stamp" ]; then
		note "no news of suite $1, its lists of packages are old"
	else
		cat "$WORK/update.log" >&2
		return "$LAB_SKIP"
	fi
}

# install_in DIR COMMAND...: runs COMMAND in the root DIR.
install_in()
{
	local dir=$1

	shift
	chroot "$dir" /usr/bin/env -i LC_ALL=C.UTF-8 HOME=/root TERM=dumb \
		PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		DEBIAN_FRONTEND=noninteractive "$@" </dev/null
}

# install_apt_in DIR PACKAGE...: apt decides inside, the download is outside. A package
# is a name or the path of a .deb in the root.
install_apt_in()
{
	local dir=$1 log=$WORK/apt.log wanted

	shift
	install_in "$dir" apt-get -s -y install "$@" >"$log" 2>&1 || {
		tail -n 15 "$log" >&2
		return 1
	}
	# "Inst NAME [OLD] (VERSION SUITE [ARCH])"
	wanted=$(sed -n 's/^Inst \([^ ]*\) \(\[[^]]*\] \)\?(\([^ ]*\) .*/\1=\3/p' "$log")
	for deb in "$@"; do
		# A .deb of our own is there already; apt gives its name only.
		[ "${deb:0:1}" != / ] || wanted=$(grep -v "^$(dpkg-deb -f "$dir$deb" \
			Package)=" <<<"$wanted")
	done
	install_download "$wanted" || return
	install_in "$dir" apt-get -y --no-download install "$@" >"$log" 2>&1 || {
		tail -n 25 "$log" >&2
		return 1
	}
}

# install_download NAME=VERSION...: those that the cache has not.
install_download()
{
	local debs=$INSTALL_CACHE/debs/$SUITE name version missing=() p

	for p in $1; do
		name=${p%%=*} version=${p#*=}
		compgen -G "$debs/${name}_${version//:/%3a}_*.deb" >/dev/null ||
			missing+=("$p")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	note "$SUITE: downloading ${#missing[@]} packages"
	(cd "$debs" && apt_in "$SUITE" apt-get -q download "${missing[@]}" \
		>"$WORK/download.log" 2>&1) && return
	tail -n 5 "$WORK/download.log" >&2
	rm -f "$INSTALL_CACHE/lists-$SUITE"
	echo "install: packages of $SUITE cannot be downloaded, see above" >&2
	return 1
}

# install_versions PACKAGE...: a name for what apt would install now.
install_versions()
{
	apt_in "$SUITE" apt-get -s install '?essential' apt "$@" 2>&1 |
		grep -E '^(Inst|E:)' | sha256sum | cut -c 1-16
}

# install_base: the suite's smallest system, in the cache; $base is its folder.
install_base()
{
	local new=$INSTALL_CACHE/base/$SUITE.new hooks=() sources=()

	base=$INSTALL_CACHE/base/$SUITE-$(install_versions)
	[ ! -d "$base" ] || return 0
	# As debian-installer has it; since bookworm packages see to it.
	# shellcheck disable=SC2016 # mmdebstrap runs it
	[ "$SUITE" != bullseye ] || hooks=(--setup-hook='for d in bin sbin lib lib64; do
		mkdir -p "$1/usr/$d" && ln -s "usr/$d" "$1/$d" || exit; done')
	mapfile -t sources <"$LAB_CACHE/apt/$SUITE/sources.list"
	note "$SUITE: making its smallest system"
	rm -rf --one-file-system "$new"
	mkdir -p "$new" "$INSTALL_CACHE/base"
	printf '%s\n' "${sources[@]}" | mmdebstrap --mode=root --variant=minbase \
		--dpkgopt=force-unsafe-io \
		--aptopt='APT::Install-Recommends "false"' \
		--aptopt='APT::Sandbox::User "root"' \
		--aptopt='Acquire::Check-Valid-Until "false"' \
		"${hooks[@]}" "$SUITE" "$new" - >"$WORK/mmdebstrap.log" 2>&1 || {
		tail -n 10 "$WORK/mmdebstrap.log" >&2
		return 1
	}
	printf '#!/bin/sh\nexit 101\n' >"$new/usr/sbin/policy-rc.d"
	chmod 755 "$new/usr/sbin/policy-rc.d"
	install_prune "$INSTALL_CACHE/base/$SUITE-"*
	mv "$new" "$base"
}

# install_layer PACKAGE...: the base with the packages; $lower is the stack of folders.
install_layer()
{
	local dir key lower_dir=$base made=$WORK/layer

	lower=$base
	[ $# -gt 0 ] || return 0
	key=$(echo "$*" | sha256sum | cut -c 1-8)
	dir=$INSTALL_CACHE/layer/$SUITE-$key-$(echo "$base" "$(install_versions "$@")" |
		sha256sum | cut -c 1-16)
	lower=$dir:$base
	[ ! -d "$dir" ] || return 0
	note "$SUITE: installing $*"
	mkdir -p "$INSTALL_CACHE/layer"
	install_overlay "$lower_dir" "$WORK/layer-upper" "$made"
	install_devices "$made"
	install_lists "$made"
	install_apt_in "$made" "$@" || return
	install_unmount "$made"
	# It lay below the mounts.
	rm -rf "$WORK/layer-upper/tmp"
	install_prune "$INSTALL_CACHE/layer/$SUITE-$key-"*
	mv "$WORK/layer-upper" "$dir"
}

# install_unmount DIR: DIR and all that is mounted in it.
install_unmount()
{
	local keep=() i

	for ((i = ${#install_mounts[@]} - 1; i >= 0; i--)); do
		if [[ ${install_mounts[i]}/ == "$1"/* ]]; then
			umount "${install_mounts[i]}" ||
				die "cannot unmount ${install_mounts[i]}: who is in there?"
		else
			keep=("${install_mounts[i]}" "${keep[@]}")
		fi
	done
	install_mounts=("${keep[@]}")
}

# install_prune DIR...: those of older versions that no test uses.
install_prune()
{
	local dir

	for dir; do
		[ -d "$dir" ] || continue
		flock -n "$dir.lock" rm -rf --one-file-system "$dir"
	done
}

# In a subshell, with the lock on all that the cache has of the suite: prints the stack.
install_prepare()
{
	local base lower

	lab_lock "fetch-$SUITE" "waiting for another download of $SUITE"
	# The messages of lab_lock and of what follows go to standard error.
	install_lists_fresh "$SUITE" || return
	install_base >&2 && install_layer "$@" >&2 || return
	echo "$lower"
}

# install_root SUITE [PACKAGE...]: a fresh root with the packages; sets ROOT and SUITE.
# A test can have several, one after the other; the last one is in use.
install_root()
{
	local dir lower name number status

	SUITE=$1
	shift
	number=$(find "$WORK" -maxdepth 1 -name 'root*' | wc -l)
	lower=$(install_prepare "$@")
	status=$?
	[ $status -ne "$LAB_SKIP" ] || exit "$status"
	[ $status -eq 0 ] || die "there is no root of $SUITE with '$*', see above"
	for dir in ${lower//:/ }; do
		exec {name}>"$dir.lock"
		flock -s "$name"
	done
	ROOT=$WORK/root$number
	install_overlay "$lower" "$WORK/root$number-upper" "$ROOT"
	install_devices "$ROOT"
	install_lists "$ROOT"
}

# install_run COMMAND...: runs it in the root.
install_run() { install_in "$ROOT" "$@"; }

# install_apt PACKAGE...: more packages for the root; nonzero if they cannot be had.
install_apt()
{
	(lab_lock "fetch-$SUITE" "waiting for another download of $SUITE"
	install_apt_in "$ROOT" "$@")
}

# install_source [DIR]: what is in our tree and not ignored by git, to DIR in the root.
install_source()
{
	local dir=$ROOT${1:-/tmp/src}

	mkdir -p "$dir"
	(cd "$LAB_SRC" && if [ -e .git ]; then
		git ls-files -z --cached --others --exclude-standard
	else
		find . -path ./build -prune -o -type f -print0
	fi | while IFS= read -r -d '' file; do
		[ ! -e "$file" ] || printf '%s\0' "$file"
	done | tar -c --null --no-recursion --owner=0 --group=0 -T -) | tar -x -C "$dir" ||
		die "cannot copy the sources to $dir"
}

# What any package changes, ours or not:
#	/var/cache/apt, /var/lib/apt	downloads, lists, what was asked for by hand
#	/var/cache/debconf, /var/log	answers, histories
#	/var/cache/ldconfig		made by ldconfig
#	/var/lib/dpkg/*			dpkg's own book-keeping, backups and locks, but not
#					info/: the files of a package go with it
#	/usr/lib/python3/dist-packages/__pycache__	of modules that programs of Debian's
#					run; where packages compile theirs is looked at
# and what is no file of the system: /proc /sys /dev /run /tmp.
INSTALL_LEFT_OUT='/(proc|sys|dev|run|tmp)/.*'
INSTALL_LEFT_OUT+='|/var/(cache/(apt|debconf|ldconfig)|lib/apt|log)/.*'
INSTALL_LEFT_OUT+='|/var/lib/dpkg/[^/]*|/var/lib/dpkg/(triggers|updates|parts)/.*'
INSTALL_LEFT_OUT+='|/usr/lib/python3/dist-packages/__pycache__(/.*)?'

# install_files: all files of the root, one a line: path, type, mode, owner, group, and
# where a symbolic link leads to. Times, sizes and contents are not in it.
install_files()
{
	find "$ROOT" -mindepth 1 -regextype posix-extended \
		-regex "$ROOT($INSTALL_LEFT_OUT)" -prune -o \
		-printf '/%P %y %m %U:%G %l\n' | LC_ALL=C sort
}

# says STATUS PATTERN WHAT: one test, did the last command end with STATUS, and say the
# PATTERN? Before it: COMMAND >"$WORK/log" 2>&1; status=$?
says()
{
	# shellcheck disable=SC2154 # the test sets it
	[ "$status" -eq "$1" ] && { [ -z "$2" ] || grep -qE "$2" "$WORK/log"; }
	ok $? "$3" "status $status; $(tail -n 5 "$WORK/log" | tr '\n' ';')"
}

# install_same BEFORE AFTER WHAT: one test, are the two lists equal?
install_same()
{
	diff -U0 "$1" "$2" >"$WORK/diff" && [ -s "$1" ]
	ok $? "$3" "$(grep '^[-+]/' "$WORK/diff" | head -n 20 | tr '\n' ';')"
}
