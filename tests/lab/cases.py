#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Compares what guests did (vmm --json) with what was counted (dump --json).

Reads a stream of JSON objects: {"collector": NAME, "classic": yes or no}, and then case
after case: {"case": NAME, "checks": "CHECK..."}, vmm's report (if there is one), the dump;
{"cases": N} at the end. Instead of a dump there may be slow exits, and {"slow":
THRESHOLD} after them; or two times {"until_s": UPTIME, "dump": DUMP}, whose difference
is looked at. TAP on standard output.
"""
import json
import sys

sys.dont_write_bytecode = True

import cases_keys  # noqa: E402
import cases_parts  # noqa: E402
import cases_run  # noqa: E402
import cases_slow  # noqa: E402
from cases_tap import done, excuse, ok  # noqa: E402


def by_reason(rows, level=1):
    """Where levels are not known, all is taken for level 1."""
    return {r["reason"]: r for r in rows if (r["level"] or 1) == level}


def check_sums(case, vm):
    bad = []
    for row in vm["vcpus"] + [vm]:
        for r in row["reasons"]:
            timed = sum(n for _, n in r["buckets"])
            if timed + r["unpaired"] != r["count"] or r["unpaired"] < 0:
                bad.append(r["reason"])
            if timed and not r["total_ns"] >= r["max_ns"] > 0:
                bad.append(r["reason"] + " time")
    ok(not bad, f"{case}: buckets + unpaired = count", bad)
    for r in vm["reasons"]:
        count = sum(v["count"] for vcpu in vm["vcpus"] for v in vcpu["reasons"]
                    if (v["reason"], v["level"]) == (r["reason"], r["level"]))
        if count != r["count"]:
            ok(False, f"{case}: vCPUs add up for {r['reason']}", (count, r["count"]))


def check_counts(case, did, vcpu):
    for level, expect in ((1, did["expect"]), (2, did["expect2"])):
        got = {n: r["count"] for n, r in by_reason(vcpu["reasons"], level).items()}
        wrong = {n: (want, got.get(n, 0)) for n, want in expect.items()
                 if got.get(n, 0) != want}
        if expect:
            ok(not wrong, f"{case}: vCPU {did['id']}, level {level}: {expect}",
               f"reason: (did, counted): {wrong}")
    if did["kvm_exits"] is not None:
        ok(vcpu["exits"] == did["kvm_exits"],
           f"{case}: vCPU {did['id']}: KVM's own count {did['kvm_exits']}",
           f"counted {vcpu['exits']}")
    ok(vcpu["guest_ns"] > 0, f"{case}: vCPU {did['id']}: guest time")


def find_vm(case, did, dump):
    vms = [v for v in dump["vms"] if v["pid"] == did["pid"]]
    ok(len(vms) == 1, f"{case}: one VM of pid {did['pid']}", [v["pid"] for v in dump["vms"]])
    return vms[0] if len(vms) == 1 else None


def pairs(case, did, vm):
    """(what a vCPU did, what was counted) for each vCPU that was found."""
    for d in did["vcpus"]:
        match = [v for v in vm["vcpus"] if (v["id"], v["tid"]) == (d["id"], d["tid"])]
        if match:
            yield d, match[0]
        else:
            ok(False, f"{case}: vCPU {d['id']} is there")


def counts(case, did, dump):
    vm = find_vm(case, did, dump)
    if not vm:
        return
    ok(vm["ended"], f"{case}: it ended")
    ok(dump["lost"] == {"exits": 0, "slots": 0, "events": 0}, f"{case}: nothing lost",
       dump["lost"])
    ok(len(vm["vcpus"]) == len(did["vcpus"]), f"{case}: {len(did['vcpus'])} vCPUs",
       [(v["id"], v["tid"]) for v in vm["vcpus"]])
    for d, v in pairs(case, did, vm):
        check_counts(case, d, v)
    check_sums(case, vm)


def exact(case, did, dump):
    counts(case, did, dump)
    for vm in dump["vms"]:
        if vm["pid"] != did["pid"]:
            continue
        for d, v in pairs(case, did, vm):
            # Each vCPU ends with an exit that no entry follows, once a generation.
            ok(sum(r["unpaired"] for r in v["reasons"]) <= did["generations"],
               f"{case}: vCPU {d['id']}: at most its last exit is unpaired",
               [(r["reason"], r["unpaired"]) for r in v["reasons"]])


def told(case, did, dump):
    """What was not counted was told as lost, to the last one."""
    vm = find_vm(case, did, dump)
    if not vm:
        return
    happened = sum(d["kvm_exits"] for d in did["vcpus"])
    counted = sum(v["exits"] for v in vm["vcpus"])
    ok(counted < happened, f"{case}: some were lost", (happened, counted))
    ok(counted + dump["lost"]["exits"] == happened,
       f"{case}: {happened} exits were counted or lost", (counted, dump["lost"]))


CHECKS = {"counts": counts, "exact": exact, "told": told, **cases_keys.CHECKS, **cases_parts.CHECKS,
          **cases_slow.CHECKS}


def run_checks(case, did, seen):
    for check in case["checks"].split():
        CHECKS[check](case["case"], did, seen)


def check_dump(case, did, dump):
    name = cases_run.collector.split(":")[0]
    ok(dump["collector"] == name or name == "auto", f"{case['case']}: counted by {name}",
       dump["collector"])
    # Beside a bpf(2) that is preempted, of anybody, the kernel calls no classic program. It
    # happens, rarely, and is told: see kvmexittop-collectors(7).
    excuse(cases_run.classic and dump["kernel"].startswith("7.") and
           dump["lost"]["exits"] > 0 and "told" not in case["checks"])
    run_checks(case, did, dump)
    excuse(False)


def main():
    case, did, slow, ends, checked, planned = {}, None, [], [], 0, None
    for value in cases_run.stream(sys.stdin.read()):
        if "error" in value:
            ok(False, f"{case.get('case', 'a set')}: runs", value["error"])
            case["checks"] = ""
        elif "case" in value:
            case, did, slow, ends = value, None, [], []
        elif "classic" in value:
            cases_run.begin(value)
        elif "cases" in value:
            planned = value["cases"]
        elif "max_slots" in value:
            print(f"# {json.dumps(value)}")
        elif "until_s" in value:
            ends.append(value)
            if len(ends) == 2:
                check_dump(case, did, cases_run.between(*ends))
                checked += 1
        elif "schema_version" in value:
            check_dump(case, did, value)
            checked += 1
        elif "slow" in value:
            run_checks(case, did, slow)
            checked += 1
        elif "service_ns" in value or "lost" in value:
            slow.append(value)
        else:
            did = cases_run.as_seen(value)
    ok(checked and checked == planned, f"{checked} cases ran", f"planned: {planned}")
    done()


main()
