#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""perf.py DUMP REPORT: perf kvm stat report against our dump of the same run."""
import json
import re
import sys

EXACT = ("cpuid", "io", "npf", "msr", "hlt")


def perf_rows(text):
    """reason -> (samples, average us)"""
    rows = {}
    for line in text.splitlines():
        m = re.match(r"\s*(\w+)\s+(\d+)\s+[\d.]+%\s+[\d.]+%\s+[\d.]+us\s+[\d.]+us\s+"
                     r"([\d.]+)us", line)
        if m:
            rows[m[1].lower()] = (int(m[2]), float(m[3]))
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
        print(f"#   {'equal' if good else 'DIFFERENT'}: {name}: perf {theirs.get(name)}, "
              f"ours {timed} timed, mean {ours[name]['mean_ns']} ns")
    by_mean = sorted(EXACT, key=lambda n: ours[n]["mean_ns"])
    by_perf = sorted(EXACT, key=lambda n: theirs[n][1])
    # Reasons whose averages are closer than a tenth may change places.
    for a, b in zip(by_mean, by_perf):
        if a != b and abs(theirs[a][1] - theirs[b][1]) > 0.1 * theirs[b][1]:
            bad += 1
            print(f"#   order of average: ours {by_mean}, perf {by_perf}")
            break
    sys.exit(1 if bad else 0)


main()
