#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""prometheus.py PROMETHEUS FOLDER: see prometheus.host; TAP on standard output.

FOLDER has rules.yml and alerts.yml, and takes what is written.
"""
import json
import os
import subprocess
import sys

from cases_tap import done, ok

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "monitoring"))
import prom  # noqa: E402

PROMETHEUS, FOLDER = sys.argv[1:]
# Both take their time on an emulated host.
COLLECTORS = {"module": "127.0.0.1:9985", "bpf:core": "127.0.0.1:9986"}


def vmm(*options):
    return ["vmm", *options, "--json"]


def export(collector, address):
    return prom.Program(f"{FOLDER}/{collector}.log", "kvmexittop", "export", "-C", collector,
                        f"--web.listen-address={address}")


def expected(report):
    """Exits by reason that the guest of this report made, of all its vCPUs."""
    sums = {}
    for vcpu in report["vcpus"]:
        for reason, count in vcpu["expect"].items():
            sums[reason] = sums.get(reason, 0) + count
    return sums


def counted(p, address, domain):
    """The last value scraped of each reason, as PromQL has it."""
    return {labels["reason"]: v for labels, v in p.query(
        f'kvmexittop_exits_total{{instance="{address}",domain="{domain}"}}')}


def counts_equal(p, report):
    domain, wanted = report["name"], expected(report)
    for collector, address in COLLECTORS.items():
        def equal(address=address):
            got = counted(p, address, domain)
            return all(got.get(r, 0) == n for r, n in wanted.items())
        prom.wait_until(20, equal, 1)
        got = counted(p, address, domain)
        wrong = {r: (n, got.get(r)) for r, n in wanted.items() if got.get(r, 0) != n}
        ok(wanted and not wrong, f"{collector}: exits of {domain} are {wanted}",
           f"reason: (did, scraped): {wrong}")
        if report["vcpus"][0]["kvm_exits"] is not None:
            all_of_them = sum(v["kvm_exits"] for v in report["vcpus"])
            ok(sum(got.values()) == all_of_them,
               f"{collector}: KVM's own count of {domain} is {all_of_them}", got)


def still_scraped(p, domain):
    """A VM that has ended."""
    for collector, address in COLLECTORS.items():
        ended = prom.wait_until(20, lambda address=address: p.value(
            f'kvmexittop_vm_ended{{instance="{address}",domain="{domain}"}}'), 1)
        ok(ended == 1, f"{collector}: {domain} has ended and is still scraped", ended)


def quantile_agrees(p, report):
    """Of all exits of a VM that has ended: the same data in both."""
    domain = report["name"]
    text = subprocess.run(["kvmexittop", "dump", "-C", "module", "-p", str(report["pid"])],
                          check=True, capture_output=True, text=True).stdout
    p99 = {r["reason"]: r["p99_ns"] / 1e9 for vm in json.loads(text)["vms"]
           for r in vm["reasons"] if sum(n for _, n in r["buckets"]) >= 100}
    edges = sorted({float(labels["le"]) for labels, _ in
                    p.query("kvmexittop_exit_duration_seconds_bucket")} - {float("inf")})
    seen = {labels["reason"]: v for labels, v in p.query(
        "histogram_quantile(0.99, kvmexittop_exit_duration_seconds_bucket{"
        f'instance="{COLLECTORS["module"]}",domain="{domain}"}})')}

    def bucket(seconds):
        return sum(1 for e in edges if min(seconds, edges[-1]) > e)
    far = [(r, seen.get(r), v) for r, v in p99.items()
           if abs(bucket(seen.get(r, 1e9)) - bucket(v)) > 1]
    ok(len(p99) >= 4 and not far, f"histogram_quantile(0.99) of {sorted(p99)} is within a "
       "bucket of dump's p99", far)


def storm(p):
    """A guest storms, another one is calm; the alert says so, and when it is over."""
    def storming():
        return [labels["instance"] for labels, _ in p.query(
            'ALERTS{alertname="KvmExitStorm",alertstate="firing",domain="storm"}')]
    with open(f"{FOLDER}/storm.json", "w", encoding="utf-8") as out:
        noisy = subprocess.Popen(vmm("--name", "storm", "--vcpus", "2", "--cpuid", "100",
                                     "--loop"), stdout=out, stderr=subprocess.DEVNULL)
    calm = prom.Program(f"{FOLDER}/calm.log", *vmm("--name", "calm", "--tick",
                                                   "100000@100000", "--loop"))
    fired = prom.wait_until(60, lambda: len(storming()) == 2, 1)
    ok(fired, "the alert KvmExitStorm fires for storm on both exporters", storming() or
       p.query("domain:kvmexittop_exits:rate5m / kvmexittop_vm_vcpus"))
    alerts = p.alerts()
    ok(("KvmExitStorm", "calm") not in alerts, "and not for calm", sorted(alerts))
    text = [a["annotations"]["description"] for a in p.ask("alerts")["alerts"]
            if a["labels"]["alertname"] == "KvmExitStorm"]
    ok(text and all(t.startswith("Most frequent: cpuid, ") for t in text),
       "it says what most of them are", text)
    noisy.terminate()
    noisy.wait()
    cleared = prom.wait_until(60, lambda: not storming(), 1)
    ok(cleared, "it clears after the storm", storming())
    calm.ends()
    with open(f"{FOLDER}/storm.json", encoding="utf-8") as f:
        counts_equal(p, json.load(f))


def main():
    with export("module", COLLECTORS["module"]) as module, \
            export("bpf:core", COLLECTORS["bpf:core"]) as bpf, \
            prom.Prometheus(PROMETHEUS, FOLDER, {"kvmexittop": list(COLLECTORS.values())},
                            [f"{FOLDER}/rules.yml", f"{FOLDER}/alerts.yml"],
                            interval="2s") as p:
        ok(p.ready(120), "Prometheus takes rules and alerts, and runs", p.said())
        up = prom.wait_until(90, lambda: p.value("sum(up)") == 2, 1)
        ok(up, "both exporters are scraped",
           f"{p.query('up')} {module.said()} {bpf.said()}")
        seen = {labels["collector"] for labels, _ in p.query("kvmexittop_collector_info")}
        ok(seen == {"module", "bpf"}, "one has the module, one BPF programs", seen)

        # It lives for as long as it takes to look for its name.
        report = json.loads(subprocess.run(
            vmm("--name", "exact", "--vcpus", "2", "--cpuid", "1000", "--port", "700",
                "--mmio", "500", "--rdmsr", "600", "--touch", "300", "--hlt", "200",
                "--linger", "4"),
            check=True, capture_output=True, text=True).stdout)
        counts_equal(p, report)
        still_scraped(p, "exact")
        quantile_agrees(p, report)
        storm(p)
        counts_equal(p, report)
        still_scraped(p, "exact")
        lost = p.query("kvmexittop_lost_total > 0")
        ok(not lost, "nothing is lost", lost)
        ok(not p.sick_rules(), "all rules could be evaluated", p.sick_rules())
        up = p.query("up")
        ok(len(up) == 2 and all(v == 1 for _, v in up), "both are scraped to the end", up)
        ok(module.ends() == 0 and bpf.ends() == 0, "exporters end with status 0",
           module.said() + bpf.said())
    done()


main()
