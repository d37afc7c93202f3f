#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
#	tests/fuzz/run.sh [SECONDS]	feed damaged recordings to their reader, 60 s if not given
#	tests/fuzz/run.sh --corpus	make the seeds in tests/fuzz/corpus/recording again
#
# What is found is left in build/fuzz/found (or B=FOLDER/fuzz/found); what covers new
# code is kept in build/fuzz/corpus for the next run.
set -u
cd "$(dirname "$0")/../.." || exit 1

B=${B:-build}
out=$B/fuzz
seeds=tests/fuzz/corpus/recording
clang=${CLANG:-clang}
# What reads recordings, and nothing else.
sources=(user/rec/*.c user/snapshot*.c user/detail_list.c user/slow_log.c
	user/stats.c user/vm.c user/err.c)
flags=(-std=gnu11 -g -O1 -I. -D_GNU_SOURCE "-DKXT_VERSION=\"$(cat module/VERSION)\"")

mkdir -p "$out/corpus" "$out/found" "$seeds" || exit 1

if [ "${1:-}" = --corpus ]; then
	${CC:-cc} "${flags[@]}" -o "$out/corpus_recording" tests/fuzz/corpus_recording.c \
		"${sources[@]}" -lzstd -lz || exit 1
	"$out/corpus_recording" "$seeds" && ls -l "$seeds"
	exit
fi

seconds=${1:-60}
command -v "$clang" >/dev/null || { echo "SKIP: there is no clang to build the fuzzer with"; exit 77; }
printf 'int LLVMFuzzerTestOneInput(const char *d, long n) { return d[0] == n; }\n' |
	$clang -fsanitize=fuzzer,address,undefined -x c - -o "$out/probe" 2>/dev/null || {
	echo "SKIP: clang has no runtime for -fsanitize=fuzzer (libclang-rt-dev)"
	exit 77
}
$clang "${flags[@]}" -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
	-o "$out/fuzz_recording" tests/fuzz/fuzz_recording.c "${sources[@]}" -lzstd -lz || exit 1

# Each input is bounded in time and memory, as the reader promises.
"$out/fuzz_recording" -max_total_time="$seconds" -max_len=16384 -timeout=20 -rss_limit_mb=2048 \
	-print_final_stats=1 -artifact_prefix="$out/found/" "$out/corpus" "$seeds" \
	>"$out/log" 2>&1
status=$?
grep -E '^stat::|cov:.*DONE|SUMMARY|ERROR|libFuzzer: (timeout|out-of-memory)' "$out/log" | tail -12
if [ $status -ne 0 ]; then
	tail -40 "$out/log"
	echo "FAIL: an input that hurts is in $out/found"
	exit 1
fi
echo "ok: $seconds s without a finding"
