#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""record.py TOOL OUT CASES COLLECTOR: recordings of a lab host, read on this machine.

OUT/N.both has vmm's report and then dump's, of the same guests; OUT/killed.kxr is of a
recorder that was killed. TAP on standard output.
"""
import csv
import io
import json
import subprocess
import sys

sys.dont_write_bytecode = True

import cases_run  # noqa: E402
from cases_tap import done, ok  # noqa: E402


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False)


def differences(a, b, at=""):
    """Where two JSON values differ, as text."""
    if isinstance(a, dict) and isinstance(b, dict):
        for k in sorted(set(a) | set(b)):
            yield from differences(a.get(k), b.get(k), f"{at}.{k}")
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        for i, (x, y) in enumerate(zip(a, b)):
            yield from differences(x, y, f"{at}[{i}]")
    elif a != b:
        yield f"{at}: dump {a}, report {b}"


def same_as_dump(tool, out, n):
    case = json.load(open(f"{out}/{n}.case", encoding="utf-8"))["case"]
    dump = [v for v in cases_run.stream(open(f"{out}/{n}.both", encoding="utf-8").read())
            if "schema_version" in v]
    report = json.loads(run(tool, "report", "--json", f"{out}/{n}.kxr").stdout or "{}")
    ok(len(dump) == 1 and report, f"{case}: dump and report have something to say")
    if len(dump) != 1 or not report:
        return
    for what in ("schema_version", "collector", "host", "kernel", "lost"):
        ok(dump[0][what] == report[what], f"{case}: the same {what}",
           (dump[0][what], report[what]))
    theirs = {vm["pid"]: vm for vm in dump[0]["vms"]}
    ours = {vm["pid"]: vm for vm in report["vms"]}
    ok(theirs and set(theirs) <= set(ours), f"{case}: the same VMs",
       (list(theirs), list(ours)))
    for pid, vm in theirs.items():
        # Where only one of the two had asked for details, there is nothing to compare.
        wrong = [d for d in differences(vm, ours.get(pid))
                 if report["details"] or ".details" not in d]
        ok(not wrong, f"{case}: VM {pid}: every field as dump had it", wrong[:6])


def csv_has_it_too(tool, out, n):
    report = json.loads(run(tool, "report", "--json", f"{out}/{n}.kxr").stdout)
    rows = list(csv.DictReader(io.StringIO(
        run(tool, "report", "--csv", f"{out}/{n}.kxr").stdout)))
    counts = {}
    for vm in report["vms"]:
        for vcpu in vm["vcpus"]:
            for r in vcpu["reasons"]:
                key = (str(vm["pid"]), str(vcpu["tid"]), r["reason"])
                counts[key] = counts.get(key, 0) + r["count"]
    seen = {}
    for row in rows:
        if row["reason"]:
            key = (row["pid"], row["tid"], row["reason"])
            seen[key] = seen.get(key, 0) + int(row["count"])
    ok(counts and counts == seen, f"recording {n}: JSON and CSV have the same counts",
       (counts, seen))


def killed(tool, out):
    said = run(tool, "report", "--json", f"{out}/killed.kxr")
    ok(said.returncode == 0, "killed: what is left can be read", said.stderr)
    ok(said.stderr != "", "killed: and it is said that it was cut off")
    if said.returncode:
        return
    report = json.loads(said.stdout)
    halts = sum(r["count"] for vm in report["vms"] for r in vm["reasons"]
                if r["reason"] in ("hlt", "HLT"))
    # A block is at most ten seconds long, and the guest ticks every 10 ms, or slower.
    ok(report["interval_ns"] > 4e9, "killed: all blocks but the last are there",
       report["interval_ns"])
    ok(halts > 20, "killed: with what the guest did", halts)


def main():
    tool, out, cases, collector = sys.argv[1:]
    if collector == "module":
        for n in range(1, int(cases) + 1):
            same_as_dump(tool, out, n)
    csv_has_it_too(tool, out, 1)
    killed(tool, out)
    done()


main()
