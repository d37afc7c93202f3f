# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Initramfs images with busybox and kernel modules, kept in the cache under a name
# that tells everything they are made of. Source lib.sh first.

# cpio_cached K NAME FILE...: sets CPIO_IMAGE to the image's path and prints it.
# Returns 1 when it is there already; on 0 cpio_begin ... cpio_end are to make it.
# The FILEs are what the image is made from.
cpio_cached()
{
	local busybox k=$1 name=$2 sum

	shift 2
	lab_need busybox lab
	lab_need cpio lab
	busybox=$(command -v busybox)
	sum=$(cat "$LAB_SRC/scripts/lab/cpio.sh" "$busybox" \
		"$(lab_kernel_dir "$k")/release" "$@" | sha256sum | cut -c1-16)
	CPIO_IMAGE=$LAB_CACHE/initramfs/$k-$name-$sum
	echo "$CPIO_IMAGE"
	[ ! -e "$CPIO_IMAGE" ]
}

cpio_begin()
{
	mkdir -p "$LAB_CACHE/initramfs"
	# Older images of the same kind are of no use any more.
	find "$LAB_CACHE/initramfs" -maxdepth 1 -type f \
		-name "$(basename "${CPIO_IMAGE%-*}")-*" -delete
	CPIO_DIR=$CPIO_IMAGE.$$
	mkdir -p "$CPIO_DIR"/{bin,dev,proc,sys,tmp,modules}
	cp "$(command -v busybox)" "$CPIO_DIR/bin/busybox"
}

# cpio_modules K MODULE...: the modules and what they need, unpacked (busybox
# cannot load compressed ones), with their order in modules/order.
cpio_modules()
{
	local file files name

	files=$(lab_module_order "$@")
	for file in $files; do
		name=$(basename "$file")
		case $name in
		*.xz) xz -dc "$file" >"$CPIO_DIR/modules/${name%.xz}" ;;
		*.zst) zstd -qdc "$file" >"$CPIO_DIR/modules/${name%.zst}" ;;
		*) cp "$file" "$CPIO_DIR/modules/$name" ;;
		esac
		name=${name%.xz}
		echo "${name%.zst}" >>"$CPIO_DIR/modules/order"
	done
}

cpio_end()
{
	chmod +x "$CPIO_DIR/init"
	(cd "$CPIO_DIR" && find . | cpio -o -H newc -R 0:0 --quiet) \
		>"$CPIO_IMAGE.tmp"
	rm -rf "$CPIO_DIR"
	mv "$CPIO_IMAGE.tmp" "$CPIO_IMAGE"
}
