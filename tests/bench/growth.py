#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""From the lines of growth.host to figures.

growth.py sum LINES     JSON: [{"by", "n", "module", "bpf_core"}], instructions added
growth.py table JSON    a table, as Markdown
"""
import json
import sys

NS_AN_INSTRUCTION = 2


def summed(lines):
    found = {}
    for line in lines:
        found.setdefault((line["by"], line["n"]), {})[line["what"]] = line
    rows = []
    for (by, n), of in found.items():
        row = {"by": by, "n": n}
        for what in ("module", "bpf_core"):
            # Interrupts differ from run to run: per exit, each run by its own count.
            per = [of[w]["ns"] / of[w]["exits"] / NS_AN_INSTRUCTION
                   for w in (what, "nothing")]
            row[what] = round(per[0] - per[1], 1)
        row["exits"] = of["nothing"]["exits"]
        rows.append(row)
    return rows


def table(rows):
    print("| | exits | module | BPF collector (core) |")
    print("| ---: | ---: | ---: | ---: |")
    for r in rows:
        what = {"vcpus": "vCPU", "reasons": "exit reason"}[r["by"]]
        print(f"| {r['n']} {what}{'s' if r['n'] > 1 else ''} | {r['exits']:,} | "
              f"{r['module']:,.0f} | {r['bpf_core']:,.0f} |")


def main():
    what, path = sys.argv[1:3]
    with open(path, encoding="utf-8") as f:
        if what == "sum":
            json.dump(summed([json.loads(line) for line in f]), sys.stdout, indent=1)
            print()
        else:
            table(json.load(f))


main()
