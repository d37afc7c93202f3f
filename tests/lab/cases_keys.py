# SPDX-License-Identifier: GPL-2.0-only
"""Checks of details: what is behind the exits."""
import cases_run
from cases_tap import ok

# Keys of a reason and kind for which there is room, and the share of its exits that a
# key needs to stay for sure: see module/sketch.h.
WAYS = 32
HOT = 2 / WAYS


def rows_of(vcpu, key):
    """The rows that could be this key of vmm's: null there is not asserted."""
    for r in vcpu["reasons"]:
        if r["reason"] != key["reason"] or (r["level"] or 1) != key["level"]:
            continue
        for d in r["details"]:
            if (d["kind"], d["key"]) == (key["kind"], key["key"]) and \
                    key["dir"] in (None, d["dir"]) and key["fault"] in (None, d["fault"]):
                yield d


def groups(did):
    """(reason, level, kind) -> keys"""
    found = {}
    for k in did["keys"]:
        found.setdefault((k["reason"], k["level"], k["kind"]), []).append(k)
    return found


def brief(rows):
    return [(d["key"], d["dir"], d["fault"], d["count"], d["error"]) for d in rows]


def check_exact(case, did, vcpu, group, wanted):
    """There is room for all: each is exactly what it was."""
    wrong = []
    for k in wanted:
        rows = list(rows_of(vcpu, k))
        if len(rows) != 1 or rows[0]["count"] != k["count"] or rows[0]["error"]:
            wrong.append((k, brief(rows)))
    what = ", ".join(f"{k['count']} x {k['key']}" for k in wanted[:3])
    ok(not wrong, f"{case}: vCPU {did['id']}: {' '.join(map(str, group))}: {what}"
       f"{', ...' if len(wanted) > 3 else ''}", wrong[:5])


def check_bounded(case, did, vcpu, group, wanted):
    """There is not: what is shown is within its error, and the hot ones are there."""
    wrong, missing = [], []
    total = sum(k["count"] for k in wanted)
    for k in wanted:
        rows = list(rows_of(vcpu, k))
        for d in rows:
            if not d["count"] <= k["count"] <= d["count"] + d["error"]:
                wrong.append((k, brief(rows)))
        if not rows and k["count"] > HOT * total:
            missing.append(k)
    what = f"{case}: vCPU {did['id']}: {' '.join(map(str, group))}: {len(wanted)} keys"
    ok(not wrong, f"{what}: count <= truth <= count + error", wrong[:5])
    ok(not missing, f"{what}: the hot ones are there", missing[:5])


def check_sum(case, what, r):
    """All keys and the rest are all exits of the reason, with all their time."""
    rows = [d for d in r["details"] if d["kind"] != "rip"]
    if not rows:
        return
    count = sum(d["count"] for d in rows)
    time = sum(d["total_ns"] for d in rows)
    service = r["total_ns"] - r["idle_ns"]
    ok(count == r["count"] and time == service,
       f"{case}: {what}: {r['reason']}, level {r['level']}: keys and rest are all of it",
       f"{count} of {r['count']} exits, {time} of {service} ns: {brief(rows)[:5]}")


def check_rip(case, did, vcpu):
    """Samples of the guest's instruction pointer, about one in one_in."""
    low, high = did["code"]
    rows = [(r["reason"], d) for r in vcpu["reasons"] for d in r["details"]
            if d["kind"] == "rip"]
    outside = [(reason, d["key"]) for reason, d in rows
               if d["key"] != "other" and not low <= int(d["key"], 16) < high]
    ok(not outside, f"{case}: vCPU {did['id']}: places of exits are in the guest's code",
       (did["code"], outside[:5]))
    if vcpu["exits"] < 2000:
        return
    guess = sum(d["count"] * d["one_in"] for _, d in rows)
    ok(vcpu["exits"] / 2 < guess < vcpu["exits"] * 2,
       f"{case}: vCPU {did['id']}: as many as are sampled",
       f"samples say {guess} of {vcpu['exits']} exits")


def vm_of(did, dump):
    return next((v for v in dump["vms"] if v["pid"] == did["pid"]), None)


def check_order(case, vm):
    """By kind, the largest first, what is left last; VM rows are sums of vCPU rows."""
    kinds = ["port", "mmio", "msr", "cpuid", "hypercall", "gpa", "rip"]
    wrong = []
    for r in vm["reasons"]:
        order = [(kinds.index(d["kind"]), d["key"] == "other", -d["count"])
                 for d in r["details"]]
        if order != sorted(order):
            wrong.append(r["reason"])
        for d in r["details"]:
            same = sum(e["count"] for v in vm["vcpus"] for q in v["reasons"]
                       for e in q["details"]
                       if (q["reason"], q["level"], e["kind"], e["key"], e["dir"],
                           e["fault"]) == (r["reason"], r["level"], d["kind"], d["key"],
                                           d["dir"], d["fault"]))
            if same != d["count"]:
                wrong.append((r["reason"], d, same))
    ok(not wrong, f"{case}: details of the VM are those of its vCPUs, sorted", wrong[:3])


def keys(case, did, dump):
    vm = vm_of(did, dump)
    if not vm:
        return
    ok(dump["details"] is True, f"{case}: details were asked for")
    for d, v in ((d, v) for d in did["vcpus"] for v in vm["vcpus"] if d["id"] == v["id"]):
        for group, wanted in groups(d).items():
            check = check_exact if len(wanted) <= WAYS else check_bounded
            check(case, d, v, group, wanted)
        for r in v["reasons"]:
            check_sum(case, f"vCPU {v['id']}", r)
        check_rip(case, d, v)
    for r in vm["reasons"]:
        check_sum(case, "VM", r)
    check_order(case, vm)


def overflow(case, did, dump):
    """This case is about more keys than room: it must have had some."""
    others = [d for v in vm_of(did, dump)["vcpus"] for r in v["reasons"]
              for d in r["details"] if d["key"] == "other" and d["kind"] != "rip"]
    ok(others and all(d["count"] > 0 and d["dir"] is None for d in others),
       f"{case}: some keys had to go, and are in 'other'", others)


def slowkey(case, did, dump):
    """A key with few exits that take much of the time stays, too."""
    for d, v in ((d, v) for d in did["vcpus"] for v in vm_of(did, dump)["vcpus"]):
        key = next(k for k in d["keys"] if k["key"] == "0x1234")
        rows = list(rows_of(v, key))
        ok(rows and rows[0]["total_ns"] <= 2 * d["slept_ns"] and
           rows[0]["total_ns"] + rows[0]["error_ns"] > d["slept_ns"] * 0.95,
           f"{case}: {key['count']} of {v['exits']} exits: there, with their time",
           (brief(rows), d["slept_ns"]))


def cost(case, did, dump):
    """What counting costs is sampled: one in 1024 exits."""
    own = dump["overhead"]
    ok(own["ns_per_exit"] and 10 < own["ns_per_exit"] < 1e6 and
       own["cpu_percent"] and 0 < own["cpu_percent"] < 100,
       f"{case}: own cost is known", own)


def nodetails(case, did, dump):
    vm = vm_of(did, dump)
    ok(dump["details"] is False and
       all(r["details"] is None for r in vm["reasons"]),
       f"{case}: no details when nobody asks", dump["details"])


def nested(case, did, dump):
    """vmrun at level 1 only, what it ran at level 2, each exit once."""
    if cases_run.classic:
        ok(all(r["level"] is None for v in dump["vms"] for r in v["reasons"]),
           f"{case}: no levels are told")
        return
    for v in vm_of(did, dump)["vcpus"]:
        levels = {(r["reason"], r["level"]): r["count"] for r in v["reasons"]}
        ok(("vmrun", 2) not in levels and ("cpuid", 1) in levels and
           ("cpuid", 2) in levels and None not in {level for _, level in levels},
           f"{case}: vCPU {v['id']}: levels are told apart", levels)


# Of --regs 20 --vmrun 20@1: registers, and how often each.
REGISTERS, EACH_REGISTER = 18, 20


def registers(case, did, dump):
    """More reasons than a slot has room for at first: all of them by name."""
    levels = (1,) if cases_run.classic else (1, 2)
    want = {level: [EACH_REGISTER * 2 // len(levels)] * REGISTERS for level in levels}
    for v in vm_of(did, dump)["vcpus"]:
        got = {level: [r["count"] for r in v["reasons"]
                       if r["class"] == "cr_dr" and (r["level"] or 1) == level]
               for level in levels}
        ok(got == want, f"{case}: vCPU {v['id']}: {REGISTERS} registers, each by itself",
           (got, want))
        ok("other" not in [r["reason"] for r in v["reasons"]],
           f"{case}: vCPU {v['id']}: {len(v['reasons'])} reasons, none without an entry",
           [(r["reason"], r["count"]) for r in v["reasons"]])


CHECKS = {"keys": keys, "registers": registers, "overflow": overflow, "nodetails": nodetails, "nested": nested,
          "slowkey": slowkey, "cost": cost}
