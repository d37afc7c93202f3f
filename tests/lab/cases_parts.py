# SPDX-License-Identifier: GPL-2.0-only
"""Checks of who had the time. Times are an emulator's: only ratios within one run."""
import cases_run
from cases_tap import about, ok

PARTS = ("kernel_ns", "vmm_ns", "idle_ns", "runq_ns")
SIGNAL = "signal_exit"
MS = 1_000_000


def vm_of(did, dump):
    return next((v for v in dump["vms"] if v["pid"] == did["pid"]), None)


def pairs(did, dump):
    for d in did["vcpus"]:
        for v in vm_of(did, dump)["vcpus"]:
            if (v["id"], v["tid"]) == (d["id"], d["tid"]):
                yield d, v


NOTHING = {"reason": None, "code": None, "class": None, "buckets": [],
           **dict.fromkeys(PARTS + ("count", "unpaired", "total_ns", "max_ns", "vmm_count",
                                    "mean_ns", "p50_ns", "p90_ns", "p99_ns"), 0)}


def row(vcpu, *names):
    """The row of a reason, whatever this processor calls it, at level 1."""
    for r in vcpu["reasons"]:
        if r["reason"] in names and (r["level"] or 1) == 1:
            return r
    return NOTHING


def time_of(v):
    return v["guest_ns"] + sum(v[p] or 0 for p in PARTS)


def share(v, part):
    return v[part] / (time_of(v) or 1)


def bad_row(r):
    """Why the parts of a reason cannot be."""
    if any(r[p] is None for p in PARTS):
        return "a part is not known"
    if any(r[p] < 0 for p in PARTS) or sum(r[p] for p in PARTS) != r["total_ns"]:
        return "parts do not add up"
    if r["poll_ns"] > r["idle_ns"]:
        return "more polled than idle"
    return None


def bad_histogram(r):
    """Buckets are of service time: their sum is the latency without the idle part."""
    edges = [edge for edge, _ in r["buckets"]]
    if None in edges or r["reason"] == SIGNAL:
        return None
    # Four steps a power of two from 128 ns on: a bucket is at most a fifth below its edge.
    high = sum(edge * n for edge, n in r["buckets"])
    low = sum((edge * 4 // 5 if edge > 128 else 0) * n for edge, n in r["buckets"])
    service = r["total_ns"] - r["idle_ns"]
    return None if low <= service <= high else \
        f"service time {service}, by its histogram {low} to {high}"


def check_rows(case, vm):
    wrong = []
    for v in vm["vcpus"] + [vm]:
        for r in v["reasons"]:
            why = bad_row(r) or (bad_histogram(r) if vm["ended"] else None)
            if why:
                wrong.append((v.get("id", "VM"), r["reason"], why,
                              {p: r[p] for p in PARTS}, r["total_ns"]))
        for part in PARTS:
            if v[part] != sum(r[part] or 0 for r in v["reasons"]):
                wrong.append((v.get("id", "VM"), part, v[part]))
    for what in PARTS + ("guest_ns", "exits"):
        if vm[what] != sum(v[what] for v in vm["vcpus"]):
            wrong.append(("VM", what, vm[what]))
    ok(not wrong, f"{case}: parts add up, for every reason, vCPU and the VM", wrong[:4])


def check_vmm_count(case, did, vcpu):
    """Only what reached user space has VMM time, and exactly as often."""
    got = {r["reason"]: r["vmm_count"] for r in vcpu["reasons"]
           if r["vmm_count"] and r["reason"] != SIGNAL}
    ok(got == did["vmm"], f"{case}: vCPU {did['id']}: exits to the VMM {did['vmm']}", got)
    timeless = [r["reason"] for r in vcpu["reasons"] if not r["vmm_count"] and r["vmm_ns"]]
    ok(not timeless, f"{case}: vCPU {did['id']}: no VMM time for others", timeless)
    signals = row(vcpu, SIGNAL)
    ok(signals["vmm_count"] == did["signals"],
       f"{case}: vCPU {did['id']}: {did['signals']} interruptions by a signal", signals)
    if signals is not NOTHING:
        ok(signals["count"] == 0 and signals["code"] is None and
           signals["buckets"] == [] and signals["class"] == "other",
           f"{case}: vCPU {did['id']}: {SIGNAL} is no exit", signals)


def sums(case, did, dump):
    check_rows(case, vm_of(did, dump))


def vmmcounts(case, did, dump):
    """Without times: for hosts that are too busy for those."""
    for d, v in pairs(did, dump):
        check_vmm_count(case, d, v)


def parts(case, did, dump):
    vm = vm_of(did, dump)
    if not vm:
        return
    check_rows(case, vm)
    for d, v in pairs(did, dump):
        if not d["expect2"]:
            check_vmm_count(case, d, v)
        late = time_of(v) - dump["interval_ns"]
        about(late < dump["interval_ns"] / 50,
              f"{case}: vCPU {v['id']}: no more time than there was",
              f"{time_of(v)} of {dump['interval_ns']} ns")
        wall = d["wall_ns"] * did["generations"] if did["generations"] == 1 else 0
        # The first entry and the last return to the VMM are within the wall time.
        about(time_of(v) > wall * 0.95 - MS, f"{case}: vCPU {v['id']}: and no less",
              f"{time_of(v)} ns; it worked for {wall}")


def lifetime(case, did, dump):
    """The last exit of a vCPU that is gone stays open for ever, but does not count on."""
    for d, v in pairs(did, dump):
        # A vCPU that is made anew in its thread is the same one there, back from the VMM.
        away = v["vmm_ns"] if cases_run.classic else 0
        about(time_of(v) - away < 1.1 * d["wall_ns"] + dump["interval_ns"] / 2,
              f"{case}: vCPU {v['id']}: nothing counts on after the end of a generation",
              f"{time_of(v)} ns; worked for {d['wall_ns']} of {dump['interval_ns']}")


def sleeper(case, did, dump):
    for d, v in pairs(did, dump):
        io = row(v, "io", "IO_INSTRUCTION")
        slept, length = d["slept_ns"], d["slept_ns"] / d["sleeps"]
        # Having slept, it may have to wait for a CPU.
        about(d["sleeps"] * 5 * MS < io["vmm_ns"] < d["wall_ns"] and
              io["vmm_ns"] + io["runq_ns"] > slept * 0.95,
              f"{case}: VMM time is what the VMM slept, {slept // MS} ms", io)
        about(io["kernel_ns"] < slept / 4, f"{case}: kernel time is not", io["kernel_ns"])
        # The 900th of 1000 is one of the 100 and some that slept.
        about(io["p90_ns"] > 4 * MS and io["p99_ns"] > 4 * MS and io["max_ns"] >= 5 * MS,
              f"{case}: p90, p99 and the maximum say so",
              {p: io[p] for p in ("p90_ns", "p99_ns", "max_ns")})
        about(io["p50_ns"] < length / 2, f"{case}: p50 does not", io["p50_ns"])
        about(share(v, "vmm_ns") + share(v, "runq_ns") > slept / d["wall_ns"] - 0.1,
              f"{case}: and the vCPU's share", share(v, "vmm_ns"))


def ticker(case, did, dump):
    for d, v in pairs(did, dump):
        hlt = row(v, "hlt", "HLT")
        asleep = d["wall_ns"] - d["run_ns"] - d["delay_ns"]
        tick = d["wall_ns"] / (hlt["count"] or 1)
        about(asleep * 0.9 < hlt["idle_ns"] < d["wall_ns"],
              f"{case}: idle is what it slept, {asleep // MS} of {d['wall_ns'] // MS} ms",
              hlt["idle_ns"])
        about(share(v, "idle_ns") > 0.7, f"{case}: most of its time", share(v, "idle_ns"))
        # Had it the sleep in it, all of them would be a tick long.
        about(hlt["p99_ns"] < tick / 2 and hlt["mean_ns"] < tick / 5,
              f"{case}: service time is short of a tick of {tick / MS:.1f} ms",
              {p: hlt[p] for p in ("p50_ns", "p99_ns", "mean_ns")})


def share_cpu(case, did, dump):
    for d, v in pairs(did, dump):
        about(0.35 < share(v, "runq_ns") < 0.65,
              f"{case}: vCPU {v['id']}: about half its time on the run queue",
              share(v, "runq_ns"))
        about(0.95 < v["runq_ns"] / d["delay_ns"] < 1.05,
              f"{case}: vCPU {v['id']}: as /proc/TID/schedstat says, {d['delay_ns'] // MS} ms",
              v["runq_ns"])
        about(0.25 < share(v, "guest_ns"), f"{case}: vCPU {v['id']}: and the guest had the rest",
              share(v, "guest_ns"))


def pause(case, did, dump):
    for d, v in pairs(did, dump):
        signal, length = row(v, SIGNAL), d["paused_ns"] / d["pauses"]
        away = signal["vmm_ns"] + signal["runq_ns"]
        about(signal["runq_ns"] < signal["vmm_ns"] / 2 and
              d["paused_ns"] * 0.95 < away < d["paused_ns"] * 1.1 + 50 * MS,
              f"{case}: vCPU {v['id']}: the pause of {d['paused_ns'] // MS} ms is VMM time of "
              f"{SIGNAL}", signal)
        others = [r for r in v["reasons"] if r["reason"] != SIGNAL]
        worst = max(others, key=lambda r: r["max_ns"])
        about(worst["max_ns"] < length / 2, f"{case}: vCPU {v['id']}: no maximum has it",
              (worst["reason"], worst["max_ns"]))
        about(sum(r["total_ns"] for r in others) + v["guest_ns"] + signal["idle_ns"] <
              d["wall_ns"] - d["paused_ns"] * 0.9 + 50 * MS,
              f"{case}: vCPU {v['id']}: nor any sum",
              [(r["reason"], r["total_ns"]) for r in others])


def by_name(dump, name):
    return next((v for v in dump["vms"] if v["name"] == name), None)


# Where they are, and under which reason.
OPEN = {"asleep": ("idle_ns", ("hlt", "HLT")), "paused": ("vmm_ns", (SIGNAL,)),
        "vmm": ("vmm_ns", ("io", "IO_INSTRUCTION")), "again": ("idle_ns", (SIGNAL,))}


def open_part(name):
    # Classic tracepoints do not tell that it has gone back to sleep.
    if name == "again" and cases_run.classic:
        return "vmm_ns"
    return OPEN[name][0]


def open_exit(case, did, dump):
    """They have had no event all the time, and yet it is told where they were."""
    rough = dump.get("rough_ns", 0)
    for name in OPEN:
        part, vm = open_part(name), by_name(dump, name)
        ok(vm is not None, f"{case}: {name} is there")
        if not vm:
            continue
        for end in dump.get("ends", [dump]):
            check_rows(f"{case}: {name}", by_name(end, name))
        about(share(vm, part) > 0.95, f"{case}: {name}: all its time is {part}",
              {p: vm[p] for p in PARTS + ("guest_ns",)})
        about(0.9 < time_of(vm) / dump["interval_ns"] < 1.05,
              f"{case}: {name}: as much as we looked", (time_of(vm), dump["interval_ns"]))
        ok(vm["exits"] == 0 and all(r["count"] == 0 and r["unpaired"] == 0
                                    for r in vm["reasons"]),
           f"{case}: {name}: and no exits", vm["exits"])
        about(share(vm, part) < 0.95 or
              {r["reason"] for r in vm["reasons"] if r["total_ns"] > rough} <=
              set(OPEN[name][1]),
              f"{case}: {name}: under its reason",
              [(r["reason"], r["total_ns"]) for r in vm["reasons"]])


def attached(case, did, dump):
    wrong = [(vm["name"], vm["guest_ns"], {p: vm[p] for p in PARTS}) for vm in dump["vms"]
             if time_of(vm) and share(vm, "idle_ns") + share(vm, "vmm_ns") < 0.95]
    seen = sum(time_of(vm) > 0 for vm in dump["vms"])
    print(f"# {case}: {seen} of {len(dump['vms'])} are seen to do nothing, nothing is "
          "known of the others")
    about((dump["vms"] or cases_run.collector == "module") and not wrong,
          f"{case}: none of {len(dump['vms'])} that do nothing is shown as busy", wrong)


def before(case, did, dump):
    """The exits that they are in."""
    for name, (_, reasons) in OPEN.items():
        vm = by_name(dump, name)
        r = row(vm, *reasons) if vm else NOTHING
        ok(r["vmm_count"] == 1 if SIGNAL in reasons else r["unpaired"] == 1,
           f"{case}: {name}: the exit that is open is counted",
           vm and [(r["reason"], r["count"], r["unpaired"]) for r in vm["reasons"]])


def dead(case, did, dump):
    left = [(v["name"], time_of(v), v["exits"]) for v in dump["vms"]
            if time_of(v) > dump.get("rough_ns", 0) or v["exits"]]
    ok(not left, f"{case}: their open exits count on no more", left)


def migrate(case, did, dump):
    ok(did["moves"] > 50, f"{case}: moved {did['moves']} times")
    back = sum(v["backwards"] for v in vm_of(did, dump)["vcpus"])
    print(f"# {case}: {back} intervals came out negative")


CHECKS = {"sums": sums, "parts": parts, "vmmcounts": vmmcounts, "lifetime": lifetime,
          "sleeper": sleeper, "ticker": ticker,
          "share": share_cpu, "pause": pause, "open": open_exit, "before": before, "attached": attached, "dead": dead,
          "migrate": migrate}
