# SPDX-License-Identifier: GPL-2.0-only
"""Checks of slow exits (slow --json) against what the guest and its VMM did."""
from cases_tap import about, ok

MS = 1_000_000
PORT = "0x1234"  # where the VMM sleeps


def brief(e):
    return {k: e.get(k) for k in ("reason", "key", "service_ns", "vmm_ns", "idle_ns",
                                  "runq_ns", "vcpu", "tid", "rip")}


def slow(case, did, events):
    """What each record says agrees with itself and with the VM."""
    codes = {(v["id"], v["tid"]): v["code"] for v in did["vcpus"]}
    lost = [e for e in events if "lost" in e]
    ok(not lost, f"{case}: none lost", lost)
    wrong = []
    for e in events:
        parts = [e[p] for p in ("kernel_ns", "vmm_ns", "idle_ns", "runq_ns")]
        low, high = codes.get((e["vcpu"], e["tid"]), (0, 0))
        if min(parts) < 0 or sum(parts) != e["total_ns"] or \
                e["service_ns"] != e["total_ns"] - e["idle_ns"] or \
                (e["pid"], e["vm"], e["isa"]) != (did["pid"], did["name"], did["isa"]) or \
                not low <= int(e["rip"], 16) < high:
            wrong.append(brief(e))
    ok(not wrong, f"{case}: parts, VM, vCPU, thread and code are right", wrong[:4])
    times = [e["time_ns"] for e in events if "time_ns" in e]
    ok(len(set(times)) == len(times), f"{case}: no record twice")


def delayed(case, did, events):
    for v in did["vcpus"]:
        mine = [e for e in events if e["vcpu"] == v["id"] and e["key"] == PORT]
        ok(len(mine) == v["sleeps"],
           f"{case}: vCPU {v['id']}: all {v['sleeps']} that were delayed, no more", len(mine))
        wrong = [brief(e) for e in mine
                 if (e["kind"], e["dir"]) != ("port", "write") or
                 (e["reason"], e["level"] or 1) not in
                 (("io", 1), ("IO_INSTRUCTION", 1)) or
                 int(e["info1"], 16) >> 16 != int(PORT, 16) or e["kernel_ns"] < 0]
        ok(mine and not wrong, f"{case}: vCPU {v['id']}: port, info", wrong[:4])
        # The clocks of two run queues can be some ms apart in an emulator.
        wrong = [brief(e) for e in mine if e["vmm_ns"] + e["runq_ns"] < 5 * MS or
                 e["vmm_ns"] < e["runq_ns"] / 2]
        about(not wrong, f"{case}: vCPU {v['id']}: the VMM had the time", wrong[:4])
        # Having slept, it may have to wait for a CPU.
        total = sum(e["vmm_ns"] + e["runq_ns"] for e in mine)
        about(v["slept_ns"] * 0.95 < total < v["slept_ns"] * 1.2 + len(mine) * MS,
              f"{case}: vCPU {v['id']}: VMM time is what the VMM slept",
              (total, v["slept_ns"]))
    # An emulated host has slow exits of its own, but few.
    ok(all(e["service_ns"] >= 3 * MS for e in events), f"{case}: none below the threshold")
    others = [brief(e) for e in events if e["key"] != PORT]
    about(len(others) < 60, f"{case}: few others", len(others))


def quick(case, did, events):
    """Only what a busy emulated host does now and then; sleep would make all halts slow."""
    halts = [brief(e) for e in events if e["reason"] in ("hlt", "HLT")]
    about(len(halts) <= 3 and len(events) <= 20, f"{case}: at most a few",
          [brief(e) for e in events][:5])
    ok(not [e for e in events if e["reason"] == "signal_exit"],
       f"{case}: a pause is no slow exit")


CHECKS = {"slow": slow, "delayed": delayed, "quick": quick}
