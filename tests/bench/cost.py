#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The cost of one exit and entry: from the lines of cost.host to figures.

cost.py sum LINES EMULATOR    JSON: {"kernel", "cpu", "version", "emulator", "base", "rows"}
cost.py table JSON            a table, as Markdown
cost.py chart JSON            a chart, as SVG

A row: what (its key), says, instructions (added to an exit and its entry by all that looks),
spread (largest less smallest of its runs, in percent of all instructions of an exit and
entry), floors (instructions, in those of two empty probes), bytes_per_million (exits),
cpu_us_per_thousand (exits; of the collector's own processes); or why there are no figures.
"""
import json
import sys
from xml.sax.saxutils import escape

NS_AN_INSTRUCTION = 2


def mean(values):
    return sum(values) / len(values)


def summed(lines, emulator):
    head = lines[0]
    runs, says, why = {}, {}, {}
    for line in lines[1:]:
        says[line["what"]] = line["says"]
        if "why" in line:
            why[line["what"]] = line["why"]
        else:
            runs.setdefault(line["what"], []).append(line)
    instructions = {what: [r["ns"] / r["exits"] / NS_AN_INSTRUCTION for r in of]
                    for what, of in runs.items()}
    base = mean(instructions["nothing"])
    floor = mean(instructions["floor"]) - base if "floor" in instructions else None
    rows = []
    for what, text in says.items():
        if what == "nothing":
            continue
        row = {"what": what, "says": text}
        if what in why:
            row["why"] = why[what]
        else:
            n, of = instructions[what], runs[what]
            added = mean(n) - base
            row["instructions"] = round(added, 1)
            row["spread"] = round(100 * (max(n) - min(n)) / mean(n), 3)
            row["floors"] = round(added / floor, 1) if floor else None
            row["bytes_per_million"] = round(mean([r["bytes"] * 1e6 / r["exits"]
                                                   for r in of]))
            row["cpu_us_per_thousand"] = round(mean([r["usec"] * 1e3 / r["exits"]
                                                     for r in of]), 1)
        rows.append(row)
    return {**head, "emulator": emulator, "exits": runs["nothing"][0]["exits"],
            "base": round(base, 1), "rows": rows}


def size(n):
    for unit in ("B", "KB", "MB", "GB"):
        if n < 1000 or unit == "GB":
            return f"{n:.0f} {unit}" if unit == "B" else f"{n:.1f} {unit}"
        n /= 1000
    return None


def table(cost):
    print("| what looks | instructions added | of KVM's own | of the floor | "
          "written for 1M exits | its own CPU for 1,000 exits |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for r in cost["rows"]:
        if "why" in r:
            print(f"| {r['says']} | not measured: {r['why']} | | | | |")
            continue
        floors = f"{r['floors']:.1f}x" if r["floors"] else ""
        written = size(r["bytes_per_million"])
        if "kvmexittop record" in r["says"]:
            written = "by time *"
        own = f"{round(1000 * r['instructions'] / cost['base']) / 10} %"
        print(f"| {r['says']} | {round(r['instructions']):,} | {own} | {floors} | {written} | "
              f"{r['cpu_us_per_thousand']:,.0f} us |")
    print()
    print("\\* A recording grows by time, vCPUs and reasons, not by exits: see readers.")
    print()
    print(f"An exit and entry of KVM itself: {cost['base']:,.0f} instructions (CPUID). "
          f"Kernel {cost['kernel']}, {cost['cpu']}, {cost['emulator']}, {cost['version']}.")


def chart(cost):
    """Bars, as long as the instructions are many, on a logarithmic scale."""
    import math
    rows = [r for r in cost["rows"] if "why" not in r and r["instructions"] >= 1]
    left, width, step = 350, 420, 24
    most = max(r["instructions"] for r in rows)
    top = math.ceil(math.log10(most))
    x = [left + width * n / top for n in range(top + 1)]
    height = 50 + step * len(rows)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 90}" '
           f'height="{height}" font-family="sans-serif" font-size="13">',
           '<title>Instructions added to one exit and entry</title>',
           f'<rect width="100%" height="100%" fill="#ffffff"/>',
           f'<text x="10" y="20" font-weight="bold">Instructions added to one exit and '
           f'entry (logarithmic)</text>']
    for n, at in enumerate(x):
        out.append(f'<line x1="{at:.0f}" y1="30" x2="{at:.0f}" y2="{height - 16}" '
                   'stroke="#cccccc"/>')
        out.append(f'<text x="{at:.0f}" y="{height - 2}" font-size="11" fill="#555555" '
                   f'text-anchor="middle">{10 ** n:,}</text>')
    for n, r in enumerate(rows):
        y = 36 + step * n
        ours = r["what"].startswith(("module", "bpf"))
        color = "#1f6f8b" if ours else "#b0b0b0" if r["what"] == "floor" else "#c9703a"
        bar = max(2, width * math.log10(max(r["instructions"], 1)) / top)
        out.append(f'<text x="{left - 8}" y="{y + 13}" text-anchor="end">'
                   f'{escape(r["says"])}</text>')
        out.append(f'<rect x="{left}" y="{y}" width="{bar:.0f}" height="17" '
                   f'fill="{color}"/>')
        out.append(f'<text x="{left + bar + 5:.0f}" y="{y + 13}">'
                   f'{round(r["instructions"]):,}</text>')
    out.append("</svg>")
    print("\n".join(out))


def main():
    what, path = sys.argv[1:3]
    with open(path, encoding="utf-8") as f:
        if what == "sum":
            json.dump(summed([json.loads(line) for line in f], sys.argv[3]), sys.stdout,
                      indent=1)
            print()
        else:
            {"table": table, "chart": chart}[what](json.load(f))


main()
