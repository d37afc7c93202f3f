# SPDX-License-Identifier: GPL-2.0-only
"""A Prometheus of the test's own: start it, ask it, end it."""
import json
import math
import os
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def free_port():
    """One that nobody listens on now. Somebody else can take it before it is used."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def fetch(url, timeout=10, headers=None):
    """(status, headers, text)"""
    request = urllib.request.Request(url, headers=headers or {})
    try:
        with OPENER.open(request, timeout=timeout) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


def wait_until(seconds, condition, pause=0.2):
    """What CONDITION returned at last: something true, unless time ran out."""
    end = time.monotonic() + seconds
    while True:
        try:
            result = condition()
        except (OSError, ValueError, KeyError):
            result = None
        if result or time.monotonic() > end:
            return result
        time.sleep(pause)


class Program:
    """A server in the background; what it says goes to a file."""

    def __init__(self, log, *command):
        self.log = log
        with open(log, "w", encoding="utf-8") as out:
            self.process = subprocess.Popen(command, stdout=out, stderr=out,
                                            stdin=subprocess.DEVNULL)

    def ends(self):
        """Ask it to, and return its exit status."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def said(self):
        with open(self.log, encoding="utf-8", errors="replace") as f:
            return f.read()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.ends()


class Prometheus(Program):
    """Scrapes JOBS ({job: [address]}) every second and evaluates RULES as often."""

    def __init__(self, program, folder, jobs, rules=(), interval="1s"):
        self.url = f"http://127.0.0.1:{free_port()}"
        config = {
            "global": {"scrape_interval": interval, "evaluation_interval": interval,
                       "scrape_timeout": interval},
            "rule_files": [os.path.abspath(r) for r in rules],
            "scrape_configs": [{"job_name": job, "static_configs": [{"targets": addresses}]}
                               for job, addresses in jobs.items()]}
        path = os.path.join(folder, "prometheus.yml")
        with open(path, "w", encoding="utf-8") as f:
            json.dump(config, f)  # JSON is YAML
        super().__init__(os.path.join(folder, "prometheus.log"), program,
                         f"--config.file={path}",
                         f"--storage.tsdb.path={os.path.join(folder, 'tsdb')}",
                         f"--web.listen-address={self.url[7:]}", "--log.level=warn")

    def ask(self, path, **arguments):
        url = f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(arguments)}"
        answer = json.loads(fetch(url, 30)[2])
        if answer["status"] != "success":
            raise ValueError(f"{path} {arguments}: {answer['error']}")
        return answer["data"]

    def ready(self, seconds=60):
        return wait_until(seconds, lambda: fetch(f"{self.url}/-/ready")[0] == 200)

    def query(self, expr, **more):
        """[(labels, value)], without those that are no number"""
        data = self.ask("query", query=expr, **more)
        rows = [({}, data["result"])] if data["resultType"] == "scalar" else \
            [(r["metric"], r["value"]) for r in data["result"]]
        return [(labels, float(v[1])) for labels, v in rows if not math.isnan(float(v[1]))]

    def value(self, expr):
        """The value of a query that has one; else None."""
        rows = self.query(expr)
        return rows[0][1] if len(rows) == 1 else None

    def alerts(self, state="firing"):
        """{(alert, domain)}"""
        return {(a["labels"]["alertname"], a["labels"].get("domain", ""))
                for a in self.ask("alerts")["alerts"] if a["state"] == state}

    def sick_rules(self):
        """Those that Prometheus could not evaluate."""
        return [f"{r['name']}: {r['lastError']}" for g in self.ask("rules")["groups"]
                for r in g["rules"] if r["health"] == "err"]
