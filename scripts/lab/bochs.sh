# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The part of run that is Bochs': an Intel host with VMX. Uses run's variables.
# It boots a CD with an initramfs in which everything is that the command needs.
# shellcheck disable=SC2154,SC2034

# shellcheck source-path=SCRIPTDIR source=cpio.sh
. "$LAB_SRC/scripts/lab/cpio.sh"

# bochs_add FILE [TO]: puts FILE at the same place into the initramfs, or at TO,
# and with a program the libraries it is linked with.
bochs_add()
{
	local file lib to=${2:-$1}

	file=$(readlink -f "$1")
	[ -f "$file" ] || die "there is no file $1 to take along"
	[ ! -e "$CPIO_DIR$to" ] || return 0
	mkdir -p "$CPIO_DIR$(dirname "$to")"
	cp "$file" "$CPIO_DIR$to"
	# Every byte is slow to unpack there.
	if [ -x "$file" ] && file_is_elf "$file"; then
		strip --strip-debug "$CPIO_DIR$to" 2>/dev/null || true
		for lib in $(ldd "$file" 2>/dev/null | grep -o '/[^ ]*'); do
			bochs_add "$lib" "$lib"
		done
	fi
}

file_is_elf() { [ "$(head -c 4 "$1" | tail -c 3)" = ELF ]; }

bochs_initramfs()
{
	local file

	CPIO_IMAGE=$run/initramfs
	CPIO_DIR=$run/initramfs.d
	mkdir -p "$CPIO_DIR"/{bin,dev,proc,sys,tmp,modules}
	cp "$(command -v busybox)" "$CPIO_DIR/bin/"
	cp "$LAB_SRC/scripts/lab/init-bochs" "$CPIO_DIR/init"
	cp "$LAB_SRC/scripts/lab/init-lib.sh" "$run/command" "$CPIO_DIR/"
	printf 'LAB_SRC=%q\nexport KVMEXIT_OUT=%q KVMEXIT_LAB_KERNEL=%q\n' \
		"$LAB_SRC" "$LAB_BUILD/out" "$kernel" >"$CPIO_DIR/env"
	cpio_modules "$kernel" kvm-intel
	if [ -n "$module" ]; then
		cp "$module" "$CPIO_DIR/modules/kvmexit.ko"
		echo kvmexit.ko >>"$CPIO_DIR/modules/order"
	fi
	mkdir -p "$CPIO_DIR$LAB_SRC/build/tests/lab"
	for file in "$LAB_SRC"/build/* "$LAB_SRC"/build/tests/lab/*; do
		[ ! -f "$file" ] || [ ! -x "$file" ] || bochs_add "$file"
	done
	for file in "${extra[@]}"; do
		file=$(cd "$(dirname "$file")" && pwd -P)/$(basename "$file")
		case $file in
		"$LAB_SRC"/*) bochs_add "$file" ;;
		*) bochs_add "$file" "$LAB_SRC/$(basename "$file")" ;;
		esac
	done
	cpio_end
}

bochs_cd()
{
	local args=$1 isolinux=/usr/lib/ISOLINUX/isolinux.bin
	local ldlinux=/usr/lib/syslinux/modules/bios/ldlinux.c32

	mkdir -p "$run/cd"
	cp "$isolinux" "$ldlinux" "$run/cd/" ||
		die "isolinux is missing; run: scripts/deps bochs"
	cp "$kernel_dir/vmlinuz" "$run/cd/linux"
	mv "$run/initramfs" "$run/cd/initrd"
	printf 'default linux\nlabel linux\n\tkernel linux\n\tappend initrd=initrd %s\n' \
		"$args" >"$run/cd/isolinux.cfg"
	xorriso -as mkisofs -quiet -o "$run/cd.iso" -b isolinux.bin -c boot.cat \
		-no-emul-boot -boot-load-size 4 -boot-info-table "$run/cd" \
		>"$run/emulator" 2>&1 ||
		die "xorriso makes no CD: $(cat "$run/emulator")"
	rm -rf "$run/cd"
}

# megabytes SIZE: 512M, 2G or plain megabytes.
megabytes()
{
	case $1 in
	*[gG]) echo $((${1%?} * 1024)) ;;
	*[mM]) echo "${1%?}" ;;
	*) echo "$1" ;;
	esac
}

bochs_start()
{
	local alone=(unshare --net) bios=/usr/share/bochs level=quiet

	lab_need bochs bochs
	lab_need xorriso bochs
	[ "$debug" = no ] || level=loglevel=7
	bochs_initramfs
	bochs_cd "console=ttyS0 $level tsc=reliable lpj=1000000 nokaslr mitigations=off log_buf_len=1M$append"
	# Without a sound card real sound drivers bring Bochs down.
	cat >"$run/bochsrc" <<-END
	megs: $(megabytes "$mem")
	romimage: file=$bios/BIOS-bochs-latest
	vgaromimage: file=/usr/share/vgabios/vgabios.bin
	cpu: model=corei7_haswell_4770, count=$smp, ips=100000000, ignore_bad_msrs=1
	clock: sync=none
	display_library: rfb, options="timeout=0"
	ata0-master: type=cdrom, path=$run/cd.iso, status=inserted
	boot: cdrom
	com1: enabled=1, mode=file, dev=$console
	com2: enabled=1, mode=file, dev=$run/stdout
	sound: waveoutdrv=dummy, waveindrv=dummy, midioutdrv=dummy
	speaker: enabled=0
	log: $run/bochs.log
	panic: action=fatal
	error: action=ignore
	info: action=ignore
	END
	# It has the debugger built in, which waits for a "continue".
	echo c >"$run/bochs.commands"
	# Its screen is a VNC server on all addresses; in a network namespace of
	# its own nobody can reach it.
	[ "$(id -u)" -eq 0 ] || alone+=(--map-root-user)
	timeout -k 5 "$timeout" "${alone[@]}" bochs -q -f "$run/bochsrc" -rc "$run/bochs.commands" \
		</dev/null >"$run/emulator" 2>&1 &
	emulator_pid=$!
	children+=("$emulator_pid")
	bochs_watch &
	children+=("$!")
}

# Nothing ends Bochs when its kernel has died.
bochs_watch()
{
	while sleep 2; do
		! grep -aqE 'end Kernel panic|System halted' "$console" || break
	done
	kill "$emulator_pid"
}

# bochs_section NAME: what init-bochs sent under that name.
bochs_section()
{
	tr -d '\r' <"$console" | sed -n "/^=== lab $1\$/,/^=== lab end\$/p" |
		grep -av '^===' | base64 -di 2>/dev/null
}

bochs_collect()
{
	bochs_section status >"$run/status" || true
	[ -s "$run/status" ] || return 0
	bochs_section dmesg | gzip -dc >"$run/dmesg" || true
	bochs_section stderr | gzip -dc >&2 || true
	bochs_section out | tar -xz -C "$LAB_BUILD/out" || true
}
