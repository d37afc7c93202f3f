# SPDX-License-Identifier: GPL-2.0-only
"""Which series and labels an expression of PromQL names; and which there are.

Not a parser: promtool says whether an expression is one. This finds the names in it.
"""
import re

TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|`[^`]*`|\[[^\]]*\]|'
                   r"[a-zA-Z_:][a-zA-Z0-9_:]*|=~|!~|!=|==|>=|<=|[0-9.]+(?:[eE][-+]?[0-9]+)?|\S")
NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*\Z")
GROUPING = {"by", "without", "on", "ignoring", "group_left", "group_right"}
OPERATORS = {"and", "or", "unless", "atan2", "bool", "offset", "inf", "nan"}
# Given to every series by Prometheus itself.
TARGET = {"job", "instance"}
# Not ours: what they look like is Prometheus' and node_exporter's business.
OTHERS = {"up": TARGET, "ALERTS": TARGET | {"alertname", "alertstate", "severity", "domain"},
          "node_textfile_mtime_seconds": TARGET | {"file"},
          # Ours, but the fake collector has no memory in the kernel.
          "kvmexittop_collector_memory_bytes": TARGET}


def until(tokens, i, end):
    """The tokens up to END, and the place after it."""
    j = tokens.index(end, i)
    return tokens[i:j], j + 1


def names_in(expr):
    """[(series, labels of its matchers)], and the labels that it is grouped by."""
    tokens = TOKEN.findall(expr)
    series, grouped = [], set()
    i = 0
    while i < len(tokens):
        token = tokens[i]
        after = tokens[i + 1] if i + 1 < len(tokens) else ""
        i += 1
        if not NAME.match(token):
            continue
        if token in GROUPING:
            inside, i = until(tokens, i + 1, ")")
            grouped |= {t for t in inside if NAME.match(t)}
        elif after == "{":
            inside, i = until(tokens, i + 1, "}")
            series.append((token, {t for t, op in zip(inside, inside[1:])
                                   if NAME.match(t) and op in ("=", "=~", "!=", "!~")}))
        elif after not in ("(", "by", "without") and token not in OPERATORS:
            series.append((token, set()))
    return series, grouped


SAMPLE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[^"}]|"(?:\\.|[^"\\])*")*)\})? ')
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="(?:\\.|[^"\\])*"')


def exported(text):
    """Series of an exporter's text: {name: labels}"""
    found = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, labels = SAMPLE.match(line).groups()
            found.setdefault(name, set(TARGET)).update(LABEL.findall(labels or ""))
    return found


def complaints(expr, known):
    """What EXPR names that is not in KNOWN ({name: labels})."""
    series, grouped = names_in(expr)
    everything = {**known, **OTHERS}
    for name, labels in series:
        if name not in everything:
            yield f"there is no series {name}"
        else:
            for label in sorted(labels - everything[name]):
                yield f"{name} has no label {label}"
    of_these = set().union(*(everything.get(name, set()) for name, _ in series))
    for label in sorted(grouped - of_these):
        yield f"none of its series has a label {label}"
