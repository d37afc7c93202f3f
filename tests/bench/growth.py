#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""From the lines of growth.host to figures.

growth.py sum LINES     JSON: [{"by", "n", "module", "bpf_core"}], instructions added
growth.py table JSON    a table, as Markdown
growth.py chart JSON    a chart, as SVG
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


COLLECTORS = (("module", "kvmexit.ko", "#1f6f8b"), ("bpf_core", "BPF (core)", "#c9703a"))


def panel(rows, what, left, top):
    """The points of both collectors side by side, on a scale that begins at 0."""
    width, height = 320, 200
    points = rows + [{"module": 0, "bpf_core": 0}]
    most = -(-max(r[c] for r in points for c, _, _ in COLLECTORS) // 100) * 100

    def y(value):
        return top + height - height * value / most

    yield f'<text x="{left}" y="{top - 12}" font-weight="bold">{what}</text>'
    for n in range(0, int(most) + 1, 200):
        yield (f'<line x1="{left}" y1="{y(n):.0f}" x2="{left + width}" y2="{y(n):.0f}" '
               'stroke="#cccccc"/>')
        yield (f'<text x="{left - 6}" y="{y(n) + 4:.0f}" font-size="11" fill="#555555" '
               f'text-anchor="end">{n}</text>')
    step = width / len(rows)
    for n, r in enumerate(rows):
        x = left + step * (n + 0.5)
        yield (f'<text x="{x:.0f}" y="{top + height + 15}" font-size="11" '
               f'fill="#555555" text-anchor="middle">{r["n"]}</text>')
        for k, (c, _, color) in enumerate(COLLECTORS):
            at, high = x - 25 + 26 * k, y(r[c])
            yield (f'<rect x="{at:.0f}" y="{high:.0f}" width="24" '
                   f'height="{top + height - high:.0f}" fill="{color}"/>')
            yield (f'<text x="{at + 12:.0f}" y="{high - 3:.0f}" font-size="11" '
                   f'text-anchor="middle">{r[c]:.0f}</text>')


def chart(rows):
    title = "Instructions added to one exit and entry"
    print('<svg xmlns="http://www.w3.org/2000/svg" width="780" height="300" '
          f'font-family="sans-serif" font-size="13"><title>{title}</title>')
    print('<rect width="100%" height="100%" fill="#ffffff"/>')
    for k, (by, what) in enumerate((("vcpus", "by vCPUs"), ("reasons", "by exit reasons"))):
        print("\n".join(panel([r for r in rows if r["by"] == by], f"Instructions added, {what}",
                              50 + 385 * k, 36)))
    for k, (_, name, color) in enumerate(COLLECTORS):
        print(f'<rect x="{50 + 140 * k}" y="270" width="14" height="14" fill="{color}"/>')
        print(f'<text x="{70 + 140 * k}" y="282">{name}</text>')
    print("</svg>")


def main():
    what, path = sys.argv[1:3]
    with open(path, encoding="utf-8") as f:
        if what == "sum":
            json.dump(summed([json.loads(line) for line in f]), sys.stdout, indent=1)
            print()
        else:
            {"table": table, "chart": chart}[what](json.load(f))


main()
