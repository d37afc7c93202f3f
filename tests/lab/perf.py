#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""perf.py DUMP REPORT: perf kvm stat report against our dump of the same run."""
import itertools
import json
import re
import sys

EXACT = ("cpuid", "io", "npf", "msr", "hlt")


def perf_rows(text):
    """reason -> (samples, average us, its standard error us)"""
    rows = {}
    for line in text.splitlines():
        m = re.match(r"\s*(\w+)\s+(\d+)\s+[\d.]+%\s+[\d.]+%\s+[\d.]+us\s+[\d.]+us\s+"
                     r"([\d.]+)us \( \+-\s*([\d.]+)%", line)
        if m:
            mean = float(m[3])
            rows[m[1].lower()] = (int(m[2]), mean, mean * float(m[4]) / 100)
    return rows


def main():
    decoder = json.JSONDecoder()
    text = open(sys.argv[1]).read()
    _, at = decoder.raw_decode(text)
    dump, _ = decoder.raw_decode(text[at:].lstrip())
    vm = next(v for v in dump["vms"] if v["name"] == "perf")
    ours = {r["reason"]: r for r in vm["reasons"]}
    theirs = perf_rows(open(sys.argv[2]).read())
    bad = 0
    for name in EXACT:
        timed = ours[name]["count"] - ours[name]["unpaired"]
        # perf counts an exit when it meets the entry after it.
        good = theirs.get(name, (0, 0))[0] == timed
        bad += not good
        print(f"#   {'equal' if good else 'DIFFERENT'}: {name}: perf {theirs.get(name, (0, 0))[:2]}, "
              f"ours {timed} timed, mean {ours[name]['mean_ns']} ns")
    print("#   order of average, ours:", *sorted(EXACT, key=lambda n: ours[n]["mean_ns"]))
    print("#   order of average, perf:", *sorted(EXACT, key=lambda n: theirs[n][1]))
    # Averages of an emulator are noisy, and perf's own work is in some of its
    # intervals. Where perf itself is sure of the order, ours has to be the same.
    for a, b in itertools.permutations(EXACT, 2):
        sure = theirs[b][1] - theirs[a][1] > 3 * (theirs[a][2] + theirs[b][2])
        if sure and ours[b]["mean_ns"] < ours[a]["mean_ns"]:
            bad += 1
            print(f"#   DIFFERENT: {a} takes less time than {b} for perf only")
    sys.exit(1 if bad else 0)


main()
