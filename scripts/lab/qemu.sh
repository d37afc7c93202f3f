# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The part of run that is QEMU's: an AMD host with SVM. Uses run's variables.
# shellcheck disable=SC2154,SC2034

# An AMD CPU whose TSC the kernel trusts, as on any machine in use (PREEMPT_RT does
# not load KVM without). QEMU's TSC is as good, but it takes force to let the CPU
# say so; force means that what QEMU cannot emulate has to be left out by hand.
qemu_cpu()
{
	printf 'EPYC,+svm,+npt,+invtsc,x-force-features=on'
	printf ',-%s' rdseed sha-ni fxsr-opt misalignsse 3dnowprefetch osvw \
		topoext nrip-save xsavec
}

# What the lab host is told through build/lab/run/env.
qemu_env()
{
	local name

	printf 'LAB_SRC=%q\nLAB_BUILD=%q\nLAB_KERNEL=%q\n' \
		"$LAB_SRC" "$LAB_BUILD" "$kernel_dir"
	printf 'LAB_MODULE=%q\nLAB_TERMINAL=%q\n' \
		"$module" "${tty_size:-}"
	printf 'export KVMEXIT_OUT=%q KVMEXIT_CACHE=%q\n' \
		"$LAB_BUILD/out" "$LAB_CACHE"
	printf 'export KVMEXIT_LAB_KERNEL=%q\n' "$kernel"
	for name in TERM COLORTERM NO_COLOR LANG LC_ALL LC_CTYPE; do
		[ -z "${!name+set}" ] || printf 'export %s=%q\n' "$name" "${!name}"
	done
}

# Tells the lab host the size of the user's terminal.
qemu_send_size() { stty size <&0 >&7 2>/dev/null || true; }

qemu_start()
{
	# One thread for all CPUs. With one each, hosts that run guests break at random
	# (guests shut down or hang, "Oops: int3" after code patching), without
	# kvmexit.ko too: this emulation of SVM does not stand real parallelism.
	local accel=(-accel "tcg,thread=single") args initramfs level=4

	lab_need qemu-system-x86_64 lab
	initramfs=$("$LAB_SRC/scripts/lab/initramfs" "$kernel")
	[ "$debug" = no ] || level=7
	if [ "$icount" = yes ]; then
		accel=(-accel tcg -icount "shift=1,sleep=off")
		smp=1
	fi
	# The console only goes to a file; nothing of it reaches the terminal.
	args=(-nodefaults -no-user-config -display none -no-reboot
		"${accel[@]}" -cpu "$(qemu_cpu)" -smp "$smp" -m "$mem"
		-kernel "$kernel_dir/vmlinuz" -initrd "$initramfs"
		-append "console=ttyS0 loglevel=$level panic=-1 log_buf_len=4M$append"
		-serial "file:$console"
		-virtfs "local,path=/,mount_tag=root,security_model=none,readonly=on,multidevs=remap"
		-virtfs "local,path=$LAB_BUILD,mount_tag=build,security_model=none,multidevs=remap")
	if [ "$terminal" = yes ]; then
		tty_state=$(stty -g)
		tty_size=$(stty size)
		mkfifo "$run/size.in" "$run/size.out"
		exec 7<>"$run/size.in"
		args+=(-device virtio-serial-pci
			-chardev "stdio,id=tty,signal=off"
			-device "virtconsole,chardev=tty"
			-chardev "pipe,id=size,path=$run/size"
			-device "virtserialport,chardev=size,name=size")
		qemu_env >"$run/env"
		qemu-system-x86_64 "${args[@]}" <&0 2>"$run/emulator" &
		emulator_pid=$!
		trap qemu_send_size WINCH
	else
		qemu_env >"$run/env"
		timeout -k 5 "$timeout" qemu-system-x86_64 "${args[@]}" \
			</dev/null >"$run/emulator" 2>&1 &
		emulator_pid=$!
	fi
	children+=("$emulator_pid")
}

# Everything is in build/lab/run already.
qemu_collect() { :; }
