#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""OpenMetrics on standard input: does the official parser take it, does it add up?"""

import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families

PARTS = {"kernel", "vmm", "idle", "runqueue"}


def main():
    text = sys.stdin.read()
    families = {f.name: f for f in text_string_to_metric_families(text)}
    samples = [s for f in families.values() for s in f.samples]
    keys = {(s.name, tuple(sorted(s.labels.items()))) for s in samples}
    assert len(keys) == len(samples), "a series is there twice"

    def values(name):
        return {tuple(sorted(s.labels.items())): s.value for s in samples
                if s.name == "kvmexittop_" + name}

    (said,) = values("series").values()
    assert said == len(samples), f"{len(samples)} series, not {said}"
    for family in families.values():
        assert family.documentation and family.type != "unknown", family.name
        for s in family.samples:
            assert not {"instance", "job", "type"} & set(s.labels), s
            for value in s.labels.values():
                assert value and value.isprintable() or "\ufffd" in value, s
    exits = values("exits_total")
    count = values("exit_duration_seconds_count")
    total = values("exit_duration_seconds_sum")
    assert exits.keys() == count.keys() == total.keys()
    for key, n in count.items():
        assert 0 <= n <= exits[key], key
        edges = {s.labels["le"]: s.value for s in samples
                 if s.name == "kvmexittop_exit_duration_seconds_bucket"
                 and tuple(sorted((k, v) for k, v in s.labels.items() if k != "le")) == key}
        assert len(edges) == 12 and edges["+Inf"] == n, key
        # Each value is at most its bucket's upper edge, and the sum of all of theirs.
        assert total[key] <= sum(edge_sum(edges)) or edges["1.073741824"] < n, key
    for key in values("exit_time_seconds_total"):
        assert dict(key)["part"] in PARTS, key


def edge_sum(edges):
    before = 0
    for le in sorted(edges, key=float):
        n = edges[le] - before
        before = edges[le]
        if n:
            yield n * float(le)


main()
