#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Compares what the two collectors counted of the same guests at the same time.

Reads a stream of JSON objects from both.host: {"case": NAME, "status": STATUS, "bpf":
COLLECTOR, "module": DUMP, "by_bpf": DUMP, "said": STANDARD ERROR}; {"cases": N} at the end.
TAP on standard output. both.py CLOCK: emulator, or instructions (run --icount).

Counts are compared exactly, of all that began and ended while both looked. Times are
compared where the clock counts instructions: each collector's own work is within what the
other one measures; so they differ by what the probes take at an exit, and by nothing that
grows with the time itself. On an emulator's clock a thread can lose its CPU for
milliseconds between two probes, or the emulator its own: that says nothing.
"""
import sys

sys.dont_write_bytecode = True

from cases_run import SUMS, stream  # noqa: E402
from cases_tap import done, ok  # noqa: E402

COUNTS = ("count", "unpaired", "vmm_count")
TIMES = ("total_ns", "kernel_ns", "vmm_ns", "idle_ns", "poll_ns", "runq_ns")
# With --icount an instruction takes 2 ns. The module's probe of a usual exit takes some 70
# ns; one that goes to the VMM, or ends a halt, some hundred instructions more, and the BPF
# programs there a thousand: what comes before the other's clock at one end of a stretch, and
# after it at the other. A share of the time, or ns an exit: how far they may be apart.
SHARE, EACH = 0.02, 1000
# Most keys of a reason for which there is room: see module/sketch.h.
WAYS = 32


def rows(dump_row, merge):
    """(reason, level) -> row; levels that the other side cannot tell are merged."""
    found = {}
    for r in dump_row["reasons"]:
        key = (r["reason"], None if merge else r["level"])
        if not any(r[k] for k in COUNTS + TIMES):
            continue
        if key in found:
            was = found[key]
            found[key] = {**r, **{k: r[k] + was[k] for k in SUMS if k in r},
                          "details": (r["details"] or []) + (was["details"] or [])}
        else:
            found[key] = r
    return found


def check_counts(what, module, bpf):
    names = sorted(set(module) | set(bpf), key=str)
    wrong = [(n, [(module.get(n, {}).get(k), bpf.get(n, {}).get(k)) for k in COUNTS])
             for n in names
             if [module.get(n, {}).get(k) for k in COUNTS] !=
             [bpf.get(n, {}).get(k) for k in COUNTS]]
    total = sum(r["count"] for r in bpf.values())
    ok(total and not wrong, f"{what}: the same {total} exits of {len(names)} reasons",
       f"(reason, level), (module, bpf) of {COUNTS}: {wrong}")


def keys(row):
    """(kind, key, ...) -> count; places in the guest's code are sampled, not counted."""
    found = {}
    for d in row["details"]:
        if d["kind"] != "rip":
            key = (d["kind"], d["key"], d["dir"], d["fault"], d["virtual"])
            found[key] = found.get(key, 0) + d["count"]
    return found


def room(row, kinds):
    """Were there fewer keys than room, of each kind?"""
    return not any(d["error"] or d["key"] == "other" for d in row["details"]
                   if d["kind"] in kinds)


def check_keys(what, module, bpf):
    compared, wrong = 0, []
    for n in set(module) & set(bpf):
        m, b = keys(module[n]), keys(bpf[n])
        kinds = {k[0] for k in set(m) | set(b)}
        if not room(module[n], kinds) or not room(bpf[n], kinds):
            # Which ones had to go is a matter of time; how many exits there were is not.
            m, b = ({k: sum(c for key, c in side.items() if key[0] == k) for k in kinds}
                    for side in (m, b))
        compared += len(b)
        wrong += [(n, k, m.get(k), b.get(k)) for k in set(m) | set(b)
                  if m.get(k) != b.get(k)]
    ok(compared and not wrong, f"{what}: the same behind them, {compared} keys",
       f"reason, key, module, bpf: {wrong[:5]}")


def far(field, n, module, bpf):
    return abs(module[field] - bpf[field]) > max(SHARE * module[field], EACH * n)


def whole(v):
    return v["guest_ns"] + sum(v[p] for p in ("kernel_ns", "vmm_ns", "idle_ns", "runq_ns"))


def check_times(what, module, bpf):
    """Each part of the time of each reason, and of a vCPU: the two rows()."""
    wrong = [(n, field, module[n][field], bpf[n][field], exits)
             for n in set(module) & set(bpf)
             for exits in (bpf[n]["count"] + bpf[n]["vmm_count"],)
             for field in TIMES if far(field, exits, module[n], bpf[n])]
    ok(not wrong, f"{what}: the same times",
       f"reason, part, module, bpf, exits: {wrong[:5]}")


def check_whole(what, module, bpf):
    """All the time that a vCPU was there, and of it the guest's."""
    apart = abs(whole(module) - whole(bpf))
    ok(apart < SHARE * whole(module) + 2_000_000, f"{what}: the same time in all",
       (whole(module), whole(bpf)))
    ok(not far("guest_ns", bpf["exits"], module, bpf), f"{what}: the same guest time",
       (module["guest_ns"], bpf["guest_ns"], bpf["exits"]))


def check_case(value, clock):
    case, module, bpf = value["case"], value["module"], value["by_bpf"]
    nothing = {"exits": 0, "slots": 0, "events": 0}
    ok((module["collector"], bpf["collector"]) == ("module", "bpf") and
       module["lost"] == bpf["lost"] == nothing, f"{case}: both looked, nothing lost",
       [(d["collector"], d["lost"]) for d in (module, bpf)])
    merge = value["classic"] == "yes"
    inside = [vm for vm in bpf["vms"] if vm["ended"]]
    lived = [sorted(vm["pid"] for vm in d["vms"] if vm["ended"]) for d in (module, bpf)]
    ok(inside and lived[0] == lived[1], f"{case}: {len(inside)} VMs lived inside", lived)
    for vm in inside:
        same = [m for m in module["vms"] if m["pid"] == vm["pid"]]
        theirs = {(v["id"], v["tid"]): v for m in same for v in m["vcpus"]}
        ours = {(v["id"], v["tid"]): v for v in vm["vcpus"]}
        ok(set(theirs) == set(ours), f"{case}: {vm['name']}: the same vCPUs",
           (sorted(theirs), sorted(ours)))
        for key in set(theirs) & set(ours):
            what = f"{case}: {vm['name']}/{key[0]}"
            m, b = rows(theirs[key], merge), rows(ours[key], merge)
            check_counts(what, m, b)
            if value["keys"] == "yes":
                check_keys(what, m, b)
            if clock == "instructions":
                check_times(what, m, b)
                check_whole(what, theirs[key], ours[key])


def main():
    clock, checked, planned = sys.argv[1], 0, None
    for value in stream(sys.stdin.read()):
        if "cases" in value:
            planned = value["cases"]
        elif value["status"]:
            ok(False, f"{value['case']}: runs", (value["status"], value["said"]))
        else:
            check_case(value, clock)
            checked += 1
    ok(checked and checked == planned, f"{checked} cases ran", f"planned: {planned}")
    done()


main()
