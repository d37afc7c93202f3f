#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""prometheus.py TOOL BIN FOLDER DASHBOARD: see prometheus.sh; TAP on standard output.

FOLDER has rules.yml and alerts.yml and takes everything that is written.
"""
import json
import os
import re
import subprocess
import sys
import time

import dashboard
import prom

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lab"))
from cases_tap import done, ok  # noqa: E402

TOOL, BIN, FOLDER, DASHBOARD = sys.argv[1:]
WINDOW = 10
COLLECTORS = {"svm": "fake:two,age=10", "vmx": "fake:vmx,age=10"}
# These have no answer here, and why.
WITHOUT_ANSWER = {
    "annotation Alerts of kvmexittop": "no alert fires",
    "Exporter: memory B": "the fake collector has no memory in the kernel",
}


def path(name):
    return os.path.join(FOLDER, name)


def export(log, name, *options):
    return prom.Program(path(f"{log}.log"), TOOL, "export", "-C", COLLECTORS[name],
                        *options)


def records(name):
    with open(path(name), encoding="utf-8") as f:
        return re.findall(r"- record: (\S+)", f.read())


def targets_up(p):
    ups = p.query("up")
    ok(len(ups) == 3 and all(v == 1 for _, v in ups), "all targets can be scraped", ups)


def rules_have_numbers(p):
    for record in records("rules.yml"):
        rows = prom.wait_until(20, lambda record=record: p.query(record))
        ok(rows and all(0 <= v < 1e9 for _, v in rows), f"{record} has numbers", rows)
    ok(not p.sick_rules(), "all rules can be evaluated", p.sick_rules())
    # A moment ago: of now, some rules can have their number already and others not.
    sums = p.query("domain:kvmexittop_guest:ratio_rate5m + "
                   "sum without (part) (domain_part:kvmexittop_exit_time:ratio_rate5m)",
                   time=time.time() - 3)
    ok(sums and all(abs(v - 1) < 1e-6 for _, v in sums), "shares add up to 1", sums)


def dashboard_has_answers(p, svm):
    with open(DASHBOARD, encoding="utf-8") as f:
        board = json.load(f)
    values = {**dict.fromkeys(dashboard.variables_of(board), ".+"),
              **dashboard.BUILT_IN, "__rate_interval": f"{WINDOW}s",
              "__range": f"{WINDOW}s", "domain": "db1|web1", "instance": f"{svm}|.*"}
    empty = []
    for where, expr in dashboard.queries_of(board):
        if not p.query(dashboard.replaced(expr, values)) and where not in WITHOUT_ANSWER:
            empty.append(where)
    ok(not empty, "every query of the dashboard has an answer", empty)
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            selector, label = re.fullmatch(r"label_values\((.*), (\w+)\)",
                                           variable["definition"]).groups()
            found = p.ask(f"label/{label}/values",
                          **{"match[]": dashboard.replaced(selector, values)})
            ok(found, f"variable {variable['name']} has values: {found[:4]}", found)


def formats(address):
    """What is served is what was asked for."""
    for accept, kind, end in (
            ("application/openmetrics-text;version=1.0.0,text/plain;q=0.5",
             "application/openmetrics-text; version=1.0.0; charset=utf-8", "# EOF\n"),
            ("text/plain;version=0.0.4", "text/plain; version=0.0.4; charset=utf-8", "\n")):
        status, headers, text = prom.fetch(f"http://{address}/metrics",
                                           headers={"Accept": accept})
        ok(status == 200 and headers["Content-Type"] == kind and text.endswith(end) and
           text.count("# EOF") == end.count("# EOF"), f"Accept: {accept.split(',')[0]}",
           (status, headers["Content-Type"], text[-40:]))


def exported_bucket(edges, seconds):
    """Which bucket of those edges (without +Inf) a duration is in."""
    return sum(1 for e in edges if seconds > e)


def dumped(name, seconds):
    """{(domain, reason): (p99 in s, lower and upper end of what it may be)} of dump -d"""
    text = subprocess.run([TOOL, "dump", "-C", COLLECTORS[name], "-d", str(seconds)],
                          check=True, capture_output=True, text=True).stdout
    return {(vm["name"], r["reason"]): r["p99_ns"] / 1e9 for vm in json.loads(text)["vms"]
            for r in vm["reasons"] if r["count"] > 100}


def quantiles_agree(p, address, name):
    """Made-up exits come at the same rates all the time: any window has the same p99."""
    edges = sorted({float(labels["le"]) for labels, _ in
                    p.query("kvmexittop_exit_duration_seconds_bucket")} - {float("inf")})
    seen = {(labels["domain"], labels["reason"]): v for labels, v in p.query(
        "histogram_quantile(0.99, sum by (domain, reason, le) (rate("
        f'kvmexittop_exit_duration_seconds_bucket{{instance="{address}"}}[{WINDOW}s])))')}
    wanted = dumped(name, WINDOW)
    far = [(key, seen.get(key), p99) for key, p99 in wanted.items()
           if abs(exported_bucket(edges, seen.get(key, 1e9)) -
                  exported_bucket(edges, min(p99, edges[-1]))) > 1]
    same = sum(exported_bucket(edges, seen.get(key, 1e9)) ==
               exported_bucket(edges, min(p99, edges[-1])) for key, p99 in wanted.items())
    ok(len(wanted) > 10 and not far, f"{name}: histogram_quantile(0.99) is within a bucket "
       f"of dump's p99 for {len(wanted)} reasons, in the same one for {same}", far)


def textfile(p, node, exporter):
    text = path("textfile/kvmexittop.prom")
    if not prom.wait_until(10, lambda: os.path.exists(text)):
        ok(False, "export --textfile writes its file", exporter.said())
        return

    def counts(lines):
        return sum(line.startswith("kvmexittop_exits_total{") for line in lines)

    with open(text, encoding="utf-8") as f:
        ours = counts(f)
    served = prom.fetch(f"http://{node}/metrics")[2]
    ok("node_textfile_scrape_error 0" in served, "node_exporter reads the textfile")
    ok(ours and counts(served.splitlines()) == ours,
       f"it serves all {ours} counts of exits", counts(served.splitlines()))
    rows = p.query('kvmexittop_exits_total{job="node"}')
    ok(len(rows) == ours, "and Prometheus has them", len(rows))


def exporter_ends(p, exporter, address):
    ok("KvmexittopDown" not in {a for a, _ in p.alerts()}, "no exporter is down")
    status = exporter.ends()
    ok(status == 0, "an exporter ends with status 0 at SIGTERM", exporter.said())
    fired = prom.wait_until(20, lambda: "KvmexittopDown" in {a for a, _ in p.alerts()})
    ok(fired, "the alert KvmexittopDown fires", p.alerts())
    down = p.query("up == 0")
    ok([labels["instance"] for labels, _ in down] == [address], "for that exporter", down)


def main():
    os.mkdir(path("textfile"))
    svm, vmx, node = (f"127.0.0.1:{prom.free_port()}" for _ in range(3))
    with export("first", "svm", "--per-vcpu", f"--web.listen-address={svm}") as first, \
            export("second", "vmx", f"--web.listen-address={vmx}"), \
            export("third", "svm", "-i", "1", "--textfile",
                   path("textfile/kvmexittop.prom")) as third, \
            prom.Program(path("node.log"), f"{BIN}/prometheus-node-exporter",
                         "--collector.disable-defaults", "--collector.textfile",
                         f"--collector.textfile.directory={path('textfile')}",
                         f"--web.listen-address={node}"), \
            prom.Prometheus(f"{BIN}/prometheus", FOLDER,
                            {"kvmexittop": [svm, vmx], "node": [node]},
                            [path("rules.yml"), path("alerts.yml")]) as p:
        ok(p.ready(), "Prometheus takes rules and alerts, and runs", p.said())
        began = 'count(count_over_time(kvmexittop_build_info[%ds]) >= %d)'
        prom.wait_until(60, lambda: p.value(began % (WINDOW, WINDOW - 1)) == 3)
        targets_up(p)
        formats(svm)
        rules_have_numbers(p)
        dashboard_has_answers(p, svm)
        quantiles_agree(p, svm, "svm")
        quantiles_agree(p, vmx, "vmx")
        textfile(p, node, third)
        exporter_ends(p, first, svm)
    done()


main()
