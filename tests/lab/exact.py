#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Compares what guests did (vmm --json) with what was counted (dump --json).

Reads a stream of JSON objects: {"case": ...}, vmm's report, the dump, and so on.
TAP on standard output.
"""
import json
import sys

tests = failed = 0


def ok(good, what, why=""):
    global tests, failed
    tests += 1
    print(f"{'' if good else 'not '}ok {tests} - {what}")
    if not good:
        failed += 1
        print(f"#   {why}")


def stream(text):
    decoder, at = json.JSONDecoder(), 0
    while True:
        while at < len(text) and text[at].isspace():
            at += 1
        if at == len(text):
            return
        value, at = decoder.raw_decode(text, at)
        yield value


def by_reason(rows):
    return {r["reason"]: r for r in rows}


def check_sums(case, vm):
    bad = []
    for row in vm["vcpus"] + [vm]:
        for r in row["reasons"]:
            timed = sum(n for _, n in r["buckets"])
            if timed + r["unpaired"] != r["count"] or r["unpaired"] < 0:
                bad.append(r["reason"])
            if timed and not (r["total_ns"] >= r["max_ns"] > 0):
                bad.append(r["reason"] + " time")
    ok(not bad, f"{case}: buckets + unpaired = count", bad)
    for r in vm["reasons"]:
        parts = [by_reason(v["reasons"]).get(r["reason"]) for v in vm["vcpus"]]
        if sum(p["count"] for p in parts if p) != r["count"]:
            ok(False, f"{case}: vCPUs add up for {r['reason']}")


def check_vcpu(case, did, vcpu):
    got = {n: r["count"] for n, r in by_reason(vcpu["reasons"]).items()}
    wrong = {n: (want, got.get(n, 0)) for n, want in did["expect"].items()
             if got.get(n, 0) != want}
    ok(not wrong, f"{case}: vCPU {did['id']}: {did['expect']}",
       f"reason: (did, counted): {wrong}")
    if did.get("kvm_exits") is not None:
        ok(vcpu["exits"] == did["kvm_exits"],
           f"{case}: vCPU {did['id']}: KVM's own count {did['kvm_exits']}",
           f"counted {vcpu['exits']}: {got}")
    ok(vcpu["guest_ns"] > 0, f"{case}: vCPU {did['id']}: guest time")
    # Each vCPU ends with an exit that no entry follows, once a generation.
    ok(sum(r["unpaired"] for r in vcpu["reasons"]) <= did.get("lives", 1),
       f"{case}: vCPU {did['id']}: at most its last exit is unpaired",
       [(r["reason"], r["unpaired"]) for r in vcpu["reasons"]])


def check_case(case, did, dump):
    vms = [v for v in dump["vms"] if v["pid"] == did["pid"]]
    ok(len(vms) == 1, f"{case}: one VM of pid {did['pid']}", [v["pid"] for v in dump["vms"]])
    if len(vms) != 1:
        return
    vm = vms[0]
    ok(vm["ended"], f"{case}: it ended")
    ok(dump["lost"] == {"exits": 0, "slots": 0, "events": 0}, f"{case}: nothing lost",
       dump["lost"])
    ok(len(vm["vcpus"]) == len(did["vcpus"]), f"{case}: {len(did['vcpus'])} vCPUs",
       [(v["id"], v["tid"]) for v in vm["vcpus"]])
    for d in did["vcpus"]:
        d["lives"] = did.get("generations", 1)
        match = [v for v in vm["vcpus"] if (v["id"], v["tid"]) == (d["id"], d["tid"])]
        if match:
            check_vcpu(case, d, match[0])
        else:
            ok(False, f"{case}: vCPU {d['id']} is there")
    check_sums(case, vm)


def main():
    case, did, cases = None, None, 0
    for value in stream(sys.stdin.read()):
        if "error" in value:
            ok(False, f"{case}: runs", value["error"])
        elif "case" in value:
            case = value["case"]
        elif "max_slots" in value:
            print(f"# {json.dumps(value)}")
        elif "schema_version" in value:
            check_case(case, did, value)
            cases += 1
        else:
            did = value
    ok(cases >= 4, f"{cases} cases ran")
    print(f"1..{tests}")
    sys.exit(1 if failed else 0)


main()
