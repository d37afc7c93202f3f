# SPDX-License-Identifier: GPL-2.0-only
"""Which collector is looked at, and what it cannot know; what all checks share."""
import json

collector = "module"
# The BPF programs on classic tracepoints: a vCPU is a thread and a number to them, and
# levels are not told.
classic = False


def stream(text):
    decoder, at = json.JSONDecoder(), 0
    while True:
        while at < len(text) and text[at].isspace():
            at += 1
        if at == len(text):
            return
        value, at = decoder.raw_decode(text, at)
        yield value


def begin(run):
    global collector, classic
    collector = run["collector"]
    classic = run["classic"] == "yes"


def as_seen(did):
    """What guests did, as far as this collector can tell: see what levels there are."""
    if not classic:
        return did
    for vcpu in did["vcpus"]:
        for reason, count in vcpu["expect2"].items():
            vcpu["expect"][reason] = vcpu["expect"].get(reason, 0) + count
        vcpu["expect2"] = {}
        merged = {}
        for key in vcpu["keys"]:
            key["level"] = 1
            same = tuple(key[k] for k in ("reason", "kind", "key", "dir", "fault"))
            if same in merged:
                merged[same]["count"] += key["count"]
            else:
                merged[same] = key
        vcpu["keys"] = list(merged.values())
    return did


SUMS = ("exits", "guest_ns", "kernel_ns", "vmm_ns", "idle_ns", "poll_ns", "runq_ns",
        "count", "unpaired", "total_ns", "vmm_count")


def minus(to, since, key, below):
    """Rows less those of another dump with the same key, and so with what is below."""
    old = {tuple(r[k] for k in key): r for r in since}
    left = []
    for row in to:
        was = old.get(tuple(row[k] for k in key), {})
        new = {**row, **{k: row[k] - was.get(k, 0) for k in SUMS if k in row}}
        for name, (its_key, its_below) in below.items():
            new[name] = minus(row[name], was.get(name, []), its_key, its_below)
        left.append(new)
    return left


# Two readers with programs of their own measure what came before differently, by so much.
ROUGH_NS = 10_000_000


def between(since, to):
    """What happened between the ends of two dumps that began before all of it."""
    reasons = (("reason", "level"), {})
    vcpus = (("id", "tid"), {"reasons": reasons})
    return {**to["dump"], "ends": [since["dump"], to["dump"]], "rough_ns": ROUGH_NS,
            "interval_ns": round((to["until_s"] - since["until_s"]) * 1e9),
            "vms": minus(to["dump"]["vms"], since["dump"]["vms"], ("pid",),
                         {"reasons": reasons, "vcpus": vcpus})}
