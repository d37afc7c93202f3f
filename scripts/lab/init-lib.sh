# shellcheck shell=dash disable=SC2013
# SPDX-License-Identifier: GPL-2.0-only
#
# For the first process of a lab host, in busybox sh. Expects fail() to end it.

lab_mounts()
{
	/bin/busybox --install -s /bin
	mount -t proc proc /proc
	mount -t sysfs sys /sys
	mount -t devtmpfs dev /dev
	mkdir -p /dev/pts /dev/shm
	mount -t devpts -o ptmxmode=666,gid=5,mode=620 devpts /dev/pts
	mount -t tmpfs -o mode=1777 tmpfs /dev/shm
	mount -t debugfs debugfs /sys/kernel/debug
	mount -t tracefs tracefs /sys/kernel/tracing
	hostname lab
	ip link set lo up
}

# lab_insmod FILE: with the parameters that the kernel's command line has for
# the module (NAME.PARAMETER=VALUE).
lab_insmod()
{
	local name params='' word

	name=$(basename "$1" .ko | tr - _)
	for word in $(cat /proc/cmdline); do
		case $word in
		"$name".*) params="$params ${word#*.}" ;;
		esac
	done
	# shellcheck disable=SC2086 # a list
	insmod "$1" $params ||
		fail "module $(basename "$1") does not load: $(dmesg | tail -n 3)"
}

# lab_load_modules: those that the initramfs was given, in their order.
lab_load_modules()
{
	local module

	while read -r module; do
		lab_insmod "/modules/$module"
	done </modules/order
}
