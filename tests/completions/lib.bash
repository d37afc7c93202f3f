# shellcheck shell=bash disable=SC2016,SC2034 # names with a "$"; who sources this uses it
# SPDX-License-Identifier: GPL-2.0-only
#
# What tests of completions share: a place that anybody may read, with the tool, the
# completions and recordings in it, and processes that look like VMs with evil names.
# KVMEXITTOP names the program to test.

set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
tool=$(realpath -m "${KVMEXITTOP:-$top/build/kvmexittop}")
export LC_ALL=C.UTF-8 LANG=C.UTF-8
failed=0 nr=0

skip()
{
	echo "SKIP: $*" >&2
	exit 77
}

[ -x "$tool" ] || skip "there is no $tool; run: make tool"
tmp=$(mktemp -d)
pids=()
clean_up()
{
	[ ${#pids[@]} -eq 0 ] || kill "${pids[@]}" 2>/dev/null || true
	rm -rf "$tmp"
}
trap clean_up EXIT

# ok WHAT COMMAND...
ok()
{
	local what=$1

	shift
	nr=$((nr + 1))
	if "$@"; then
		echo "ok $nr - $what"
	else
		echo "not ok $nr - $what"
		failed=1
	fi
}

mkdir "$tmp/bin" "$tmp/home" "$tmp/completions" "$tmp/home/sub dir"
cp "$tool" "$tmp/bin/kvmexittop"
cp "$top"/user/completions/* "$tmp/completions"
cp "$top/tests/completions/drive.py" "$tmp"
cd "$tmp/home"
PATH=$tmp/bin:$PATH
for name in evil two; do
	kvmexittop record -C fake:$name -o $name.kxr -d 2 2>record.err || {
		cat record.err
		echo "not ok - cannot record $name"
		exit 1
	}
done
cp two.kxr "sub dir/it's two.kxr"
touch "other \$(touch pwned).kxr" notes.txt
rm record.err

# As anybody, not as root: what is then known of other people's processes is their names.
anybody()
{
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
	else
		"$@"
	fi
}

# start_vm NAME [no]: a process that looks like a VM of that name; no: one without vCPUs
start_vm()
{
	: >"$tmp/vm.out"
	python3 "$top/tests/completions/vm.py" "${2-yes}" -name "guest=${1//,/,,}" \
		>"$tmp/vm.out" &
	pids+=($!)
	for ((i = 0; i < 100; i++)); do
		[ ! -s "$tmp/vm.out" ] || return 0
		sleep 0.05
	done
	echo "not ok - the process that looks like a VM does not start"
	exit 1
}
chmod 755 "$tmp"
[ "$(id -u)" -ne 0 ] || chown -R 65534:65534 "$tmp"

# In every shell: lines that are typed, with a Tab at the end, and what comes of them.
# What is in a name must not be done.
in_shell()
{
	command -v "$1" >/dev/null || skip "there is no $1 here"
	start_vm "xa\$(touch pwned)\`touch pwned\`"
	start_vm "xb';touch pwned;'"
	start_vm 'xc "two" words & more | $HOME > pwned'
	start_vm $'xd\nnew\tline'
	start_vm 'xe!!'
	start_vm 'xf*[x]?'
	start_vm 'xg\back'
	start_vm 'xh=é,:y'
	start_vm 'xi "q"'
	start_vm 'xno' no
	ok "$1" anybody env -u XDG_CONFIG_HOME -u XDG_DATA_HOME HOME="$tmp/home" \
		python3 "$tmp/drive.py" "$1" "$tmp/completions"
	ok 'nothing of a name was executed' [ ! -e pwned ]
}
