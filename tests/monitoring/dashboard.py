#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The Grafana dashboard.

dashboard.py lint FILE METRICS    is it whole? METRICS is an exporter's text
dashboard.py queries FILE         its expressions with variables replaced, as rules for
                                  promtool
"""
import json
import re
import sys

import promql

VARIABLE = re.compile(r"\$\{?([a-zA-Z_]\w*)")
# What Grafana itself fills in.
BUILT_IN = {"__rate_interval": "1m", "__range": "5m", "__interval": "15s"}
LINK_ONLY = {"__dashboard", "__url_time_range", "__data"}


def panels_of(dashboard):
    for panel in dashboard["panels"]:
        yield panel
        yield from panel.get("panels", [])


def queries_of(dashboard):
    """(where, expression)"""
    for note in dashboard["annotations"]["list"]:
        if "expr" in note:
            yield f"annotation {note['name']}", note["expr"]
    for panel in panels_of(dashboard):
        for target in panel.get("targets", []):
            yield f"{panel['title']} {target['refId']}", target["expr"]


def replaced(expr, values):
    return VARIABLE.sub(lambda m: values.get(m[1], m[0]), expr)


def variables_of(dashboard):
    return [v["name"] for v in dashboard["templating"]["list"]]


def lint_panel(panel, seen):
    where = f"panel '{panel['title']}'"
    if panel["id"] in seen:
        yield f"{where}: the id {panel['id']} is another one's, too"
    seen.add(panel["id"])
    if panel["type"] == "row":
        return
    if len(panel.get("description", "")) < 20:
        yield f"{where}: no description"
    if panel["datasource"]["uid"] != "${datasource}":
        yield f"{where}: not the chosen data source"
    refs = [t["refId"] for t in panel["targets"]]
    if len(set(refs)) != len(refs):
        yield f"{where}: two queries of one name"
    if any(t["datasource"]["uid"] != "${datasource}" for t in panel["targets"]):
        yield f"{where}: a query of another data source"
    yield from lint_units(panel, where)


def lint_units(panel, where):
    if panel["type"] == "heatmap":
        if not panel["options"]["yAxis"].get("unit"):
            yield f"{where}: no unit"
    elif panel["type"] == "table":
        renamed = panel["transformations"][1]["options"]["renameByName"]
        has = {o["matcher"]["options"] for o in panel["fieldConfig"]["overrides"]
               if any(p["id"] == "unit" for p in o["properties"])}
        hidden = panel["transformations"][1]["options"]["excludeByName"]
        for target in panel["targets"]:
            column = f"Value #{target['refId']}"
            if column not in hidden and renamed.get(column) not in has:
                yield f"{where}: {column} has no name or no unit"
    elif not panel["fieldConfig"]["defaults"].get("unit"):
        yield f"{where}: no unit"


def lint_places(dashboard):
    taken = {}
    for panel in panels_of(dashboard):
        g = panel["gridPos"]
        if g["x"] + g["w"] > 24:
            yield f"panel '{panel['title']}' is wider than the grid"
    for panel in dashboard["panels"]:
        g = panel["gridPos"]
        for cell in ((x, y) for x in range(g["x"], g["x"] + g["w"])
                     for y in range(g["y"], g["y"] + g["h"])):
            if cell in taken:
                yield f"panels '{panel['title']}' and '{taken[cell]}' overlap"
                break
            taken[cell] = panel["title"]


def lint_inputs(dashboard):
    """What an import asks for and fills in."""
    names = [i["name"] for i in dashboard["__inputs"]]
    if names != ["DS_PROMETHEUS"] or dashboard["__inputs"][0]["pluginId"] != "prometheus":
        yield "an import does not ask for a Prometheus"
    if "${DS_PROMETHEUS}" not in json.dumps(dashboard["templating"]):
        yield "nobody uses the data source that an import asks for"
    if dashboard.get("id") is not None:
        yield "the id is some Grafana's own"
    types = {p["type"] for p in panels_of(dashboard)} - {"row"}
    declared = {r["id"] for r in dashboard["__requires"] if r["type"] == "panel"}
    if types != declared:
        yield f"__requires has {sorted(declared)}, panels are {sorted(types)}"


def lint_names(dashboard, known):
    variables = set(variables_of(dashboard)) | BUILT_IN.keys()
    for name in VARIABLE.findall(json.dumps(dashboard["panels"])):
        if name not in variables | LINK_ONLY:
            yield f"there is no variable {name}"
    values = {**dict.fromkeys(variables_of(dashboard), ".+"), **BUILT_IN}
    for where, expr in queries_of(dashboard):
        for complaint in promql.complaints(replaced(expr, values), known):
            yield f"{where}: {complaint}"
    for variable in dashboard["templating"]["list"]:
        if variable["type"] != "query":
            continue
        series, label = re.fullmatch(r"label_values\((.*), (\w+)\)",
                                     variable["definition"]).groups()
        if variable["query"]["query"] != variable["definition"]:
            yield f"variable {variable['name']}: two different queries"
        for complaint in promql.complaints(f"sum by ({label}) ({replaced(series, values)})",
                                           known):
            yield f"variable {variable['name']}: {complaint}"


def lint(dashboard, known):
    seen = set()
    for panel in panels_of(dashboard):
        yield from lint_panel(panel, seen)
    yield from lint_places(dashboard)
    yield from lint_inputs(dashboard)
    yield from lint_names(dashboard, known)


def main():
    command, path, *rest = sys.argv[1:]
    with open(path, encoding="utf-8") as f:
        dashboard = json.load(f)
    if command == "lint":
        with open(rest[0], encoding="utf-8") as f:
            bad = list(lint(dashboard, promql.exported(f.read())))
        print("\n".join(bad))
        sys.exit(1 if bad else 0)
    values = {**dict.fromkeys(variables_of(dashboard), ".+"), **BUILT_IN}
    rules = [{"record": f"panel:query{i}", "expr": replaced(expr, values),
              "labels": {"panel": where}}
             for i, (where, expr) in enumerate(queries_of(dashboard))]
    # JSON is YAML.
    print(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}, indent=1))


if __name__ == "__main__":
    main()
