#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""openmetrics.py OPENMETRICS PROMETHEUS JSON: one host in three formats; do they agree?

Both texts are read by Prometheus' parsers, of which that of OpenMetrics is strict.
"""
import json
import sys

from prometheus_client import parser
from prometheus_client.openmetrics import parser as openmetrics

# About the exporter and the scrape, which "dump" has not.
OWN = ("kvmexittop_scrape_", "kvmexittop_exporter_", "kvmexittop_series",
       "kvmexittop_collector_memory")
bad = []


def wrong(what):
    bad.append(what)


def samples(families):
    found = {}
    for family in families:
        if not family.documentation:
            wrong(f"{family.name} has no help")
        for s in family.samples:
            key = (s.name, tuple(sorted(s.labels.items())))
            if key in found:
                wrong(f"{key} is there twice")
            found[key] = s.value
            for label in ("instance", "job", "type"):
                if label in s.labels:
                    wrong(f"{s.name} has a label {label}")
    return found


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def by_domain(found, name, *labels):
    """{domain or (domain, label...): sum of the samples}"""
    sums = {}
    for (sample, pairs), value in found.items():
        if sample == name:
            pairs = dict(pairs)
            key = (pairs["domain"], *(pairs[label] for label in labels))
            sums[key] = sums.get(key, 0) + value
    return sums


def expect(what, got, wanted):
    got = {k: v for k, v in got.items() if v or k in wanted}
    for key in sorted({*got, *wanted}, key=str):
        if abs(got.get(key, 0) - wanted.get(key, 0)) > 1e-9 * abs(wanted.get(key, 0)):
            wrong(f"{what} of {key}: {got.get(key)}, but dump --json has {wanted.get(key)}")


def compare_json(found, dump):
    domain = {}
    for (name, pairs), _ in found.items():
        if name == "kvmexittop_vm_info":
            domain[int(dict(pairs)["pid"])] = dict(pairs)["domain"]
    if len(set(domain.values())) != len(dump["vms"]):
        wrong(f"{len(dump['vms'])} VMs, but domains are {sorted(domain.values())}")
    exits, timed, guest, parts = {}, {}, {}, {}
    for vm in dump["vms"]:
        name = domain[vm["pid"]]
        guest[(name,)] = vm["guest_ns"] / 1e9
        for r in vm["reasons"]:
            key = (name, r["reason"])
            exits[key] = exits.get(key, 0) + r["count"]
            timed[key] = timed.get(key, 0) + sum(n for _, n in r["buckets"])
            for field, part in (("kernel_ns", "kernel"), ("vmm_ns", "vmm"),
                                ("idle_ns", "idle"), ("runq_ns", "runqueue")):
                if r[field]:
                    both = (*key, part)
                    parts[both] = parts.get(both, 0) + r[field] / 1e9
    expect("exits", by_domain(found, "kvmexittop_exits_total", "reason"), exits)
    expect("timed exits", by_domain(found, "kvmexittop_exit_duration_seconds_count",
                                    "reason"), timed)
    expect("guest time", by_domain(found, "kvmexittop_guest_seconds_total"), guest)
    seen = by_domain(found, "kvmexittop_exit_time_seconds_total", "reason", "part")
    # What a collector cannot tell is left out here, and in the kernel's part there.
    told = {part for _, _, part in seen}
    expect("exit time", seen, {k: v for k, v in parts.items() if k[2] in told})


def main():
    text = read(sys.argv[1])
    if not text.endswith("# EOF\n"):
        wrong("OpenMetrics does not end with # EOF")
    strict = samples(openmetrics.text_string_to_metric_families(text))
    classic = samples(parser.text_string_to_metric_families(read(sys.argv[2])))
    for key in sorted({*strict, *classic}):
        if key[0].endswith("_duration_seconds_sum") and key in strict and key in classic:
            # A summary has in it what is open, where idle is not known: 2 ms a vCPU.
            same = -1e-9 < strict[key] - classic[key] <= 0.008 + 1e-9
        else:
            same = strict.get(key) == classic.get(key)
        if not key[0].startswith(OWN) and not same:
            wrong(f"{key}: {strict.get(key)} in OpenMetrics, {classic.get(key)} in "
                  "the format of Prometheus")
    compare_json(strict, json.loads(read(sys.argv[3])))
    print("\n".join(bad[:20]))
    print(f"{len(strict)} and {len(classic)} samples")
    sys.exit(1 if bad or not strict else 0)


main()
