#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# "kvmexittop complete": what the completions of all shells offer, against what the verbs
# themselves say and take.

# shellcheck disable=SC2317 # functions that ok() calls

# shellcheck source-path=SCRIPTDIR source=lib.bash
. "$(dirname "$0")/lib.bash"

# words WORD...: what can stand in place of the last one
words()
{
	kvmexittop complete -- "$@" | sed -n 's/^word\t\([^\t]*\)\t.*/\1/p'
}

# same WHAT: the files want and is have the same lines
same()
{
	sort -u want >want.sorted
	sort -u is >is.sorted
	[ -s want ] || echo "nothing of $1 is known" >>is.sorted
	ok "$1" diff -u want.sorted is.sorted
}

kvmexittop --help | sed -n 's/^  \([a-z]\{1,\}\) .*/\1/p' >want
words '' >is
same 'verbs are those of --help'
mapfile -t verbs <is.sorted

for verb in "${verbs[@]}"; do
	kvmexittop "$verb" --help | grep -E '^ {2,6}-' >options
	grep -oE '^ *-[A-Za-z]|--[a-z.-]*( |=|$)' options | tr -d ' =' >want
	words "$verb" - >is
	same "$verb: options are those of --help"
done

# An option whose argument nobody has thought of says nothing at all. The verb itself takes
# it: with "=" it complains of an argument that it does not want, or goes on to --version.
for verb in "${verbs[@]}"; do
	kvmexittop complete -- "$verb" - | sed -n 's/^word\t\(--[^\t]\{1,\}\)\t.*/\1/p' >options
	while read -r option; do
		timeout 5 kvmexittop "$verb" "$option=" --version >out 2>&1 </dev/null || true
		if grep -q 'unrecognized option' out; then
			echo "not ok - $verb does not know $option"
			failed=1
		fi
		kvmexittop "$verb" --help |
			grep -qE "^ +(-., )?$option( [^ ]|=)" || continue
		ok "$verb $option: something is known of its argument" \
			grep -q '^hint' <(kvmexittop complete -- "$verb" "$option" '')
	done <options
done

kvmexittop reasons | awk -F '  +' 'NR > 1 { print $3; print $4 }' >want
words reasons '' >is
same 'reasons and classes are those of "reasons"'
words report two.kxr --reason '' >is
same 'and so they are for report --reason'
kvmexittop top -s help | awk 'NR > 1 { print $1 } END { print "help" }' >want
words top -s '' >is
same 'columns are those of "-s help"'

# Each word is taken by the verb, one that is none is not.
taken()
{
	kvmexittop "$@" --version >/dev/null 2>out
}
for word in $(words top --color ''); do ok "--color $word" taken top --color "$word"; done
for word in $(words reasons --isa ''); do ok "--isa $word" taken reasons --isa "$word"; done
ok 'three colour modes, two ISAs' \
	[ "$(words top --color '' | wc -l) $(words reasons --isa '' | wc -l)" = '3 2' ]
known()
{
	# On a host that has it, it takes a moment; elsewhere it is refused, but known.
	kvmexittop dump -C "$1" >/dev/null 2>out </dev/null || [ $? -ne 2 ]
}
for word in $(words dump -C ''); do ok "-C $word" known "$word"; done
ok 'five collectors' [ "$(words dump -C '' | wc -l)" -eq 5 ]

# VMs of a recording: no byte that a terminal takes for a command, and each pattern
# matches the VM that it stands for.
words report evil.kxr --vm '' >globs
kvmexittop complete -- report evil.kxr --vm '' | sed -n 's/.*\tpid //p' >pids
ok 'no control characters' [ -z "$(LC_ALL=C tr -d '\n\40-\176\200-\377' <globs)" ]
ok 'fifteen evil names' [ "$(wc -l <globs) $(wc -l <pids)" = '15 15' ]
matches()
{
	kvmexittop report evil.kxr --vm "$1" --json >out && grep -q "\"pid\": $2," out
}
while read -r pid <&3 && IFS= read -r glob <&4; do
	ok "pid $pid: --vm '$glob'" matches "$glob" "$pid"
done 3<pids 4<globs
words dump -C evil.kxr --pid= | sed 's/--pid=//' >is
seq 100 115 >want
same 'processes of a recording'
printf '%s\n' --vm={web1,db1} >want
words top -C two.kxr --vm= >is
same 'VMs of a recording with -C, behind --vm='
printf '%s\n' -bp{1201,2305} >want
words top -C two.kxr -bp1 >is
same 'processes behind a letter'

# VMs of this host, by the names of their threads.
start_vm 'kxt test [1]'
start_vm $'kxt\e[31m'
start_vm 'kxt none' no
printf '%s\n' 'kxt test [[]1]' 'kxt?[[]31m' >want
anybody "$tmp/bin/kvmexittop" complete -- top --vm '' |
	sed -n 's/^word\t\(kxt[^\t]*\)\t.*/\1/p' >is
same 'VMs of this host'
printf '%s\n' "${pids[@]:0:2}" >want
anybody "$tmp/bin/kvmexittop" complete -- top -p '' |
	sed -n 's/^word\t\([^\t]*\)\tkxt.*/\1/p' >is
same 'their processes'

# Where it knows nothing it says nothing, and it waits for nobody.
mkfifo pipe
head -c 1000 two.kxr >cut.kxr
quiet()
{
	timeout 5 kvmexittop complete -- "$@" >out 2>&1 && ! grep -v '^hint' out
}
for file in pipe notes.txt missing.kxr . /dev/zero $'a\e[1mb@0'; do
	ok "-C $(printf %q "$file") --vm: silent" quiet top -C "$file" --vm ''
done
ok 'a cut recording: silent' timeout 5 kvmexittop complete -- report cut.kxr --vm '' >/dev/null
ok 'an unknown verb: silent' quiet nosuchverb ''
ok 'too many files: silent' quiet replay two.kxr ''
ok 'a name with control characters is not repeated' \
	[ -z "$(words report $'\e[1m.kxr@')" ]
status=0
kvmexittop complete top 2>out || status=$?
ok 'wrong use is said' [ "$status $(wc -l <out)" = '2 2' ]
exit $failed
