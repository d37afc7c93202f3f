#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""rules.py RULES ALERTS METRICS: do they name series and labels that there are?

METRICS is an exporter's text. Every alert must have what people need to act on it.
"""
import re
import sys

import promql

# The few lines of YAML that rules consist of: promtool checks that they are YAML.
RULE = re.compile(r"^ +- (record|alert): (\S+)\n((?:^(?! +- (?:record|alert|name):).*\n)*)",
                  re.M)
EXPR = re.compile(r"^( +)expr: (?:>-\n((?:^\1 +.*\n)+)|(.*)\n)", re.M)


def rules_of(path):
    """(kind, name, expression, all of its text)"""
    with open(path, encoding="utf-8") as f:
        text = re.sub(r"^ *#.*\n", "", f.read(), flags=re.M)
    for kind, name, body in RULE.findall(text):
        _, block, line = EXPR.search(body).groups()
        yield kind, name, " ".join((block or line).split()), body


def main():
    rules, alerts, metrics = sys.argv[1:]
    with open(metrics, encoding="utf-8") as f:
        known = promql.exported(f.read())
    every_label = set().union(*known.values()) - {"le"}
    # What is left of the labels is what the rule's tests say.
    known.update({name: every_label for _, name, _, _ in rules_of(rules)})
    seen, bad = [], []
    for kind, name, expr, body in [*rules_of(rules), *rules_of(alerts)]:
        seen.append(name)
        bad += [f"{name}: {c}" for c in promql.complaints(expr, known)]
        # Queries inside of annotations.
        for query in re.findall(r'printf "((?:\\.|[^"\\])*)"', body):
            query = query.replace('\\"', '"').replace("%q", '"x"')
            bad += [f"{name}: {c}" for c in promql.complaints(query, known)]
        if kind == "alert":
            bad += [f"{name}: no {field}" for field in ("for", "severity", "summary",
                                                        "description")
                    if f"{field}:" not in body]
    if len(set(seen)) != len(seen) or len(seen) < 15:
        bad.append(f"rules are missing or there twice: {seen}")
    print("\n".join(bad))
    sys.exit(1 if bad else 0)


main()
