#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
#
# What the server answers, where it listens, how it starts and ends.
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

from server import Server, TOOL, done, is_, need_tool, ok, wait_for

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
PROMETHEUS = ("application/openmetrics-text;version=1.0.0;q=0.5,"
              "application/openmetrics-text;version=0.0.1;q=0.4,"
              "text/plain;version=0.0.4;q=0.3,*/*;q=0.2")


def answers(s):
    a = s.get()
    is_((a.status, a.headers["Content-Type"]), (200, TEXT), "GET /metrics")
    ok("\nkvmexittop_exits_total{" in a.text, "has metrics", a.text[:500])
    ok("Content-Encoding" not in a.headers, "is not compressed unless asked for")
    for name, value in (("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "DENY"),
                        ("Cache-Control", "no-store")):
        is_(a.headers[name], value, f"header {name}")

    head = s.get(method="HEAD")
    is_((head.status, head.headers["Content-Type"], head.raw), (200, TEXT, b""), "HEAD")
    ok(int(head.headers["Content-Length"]) > 10000, "HEAD tells the length")

    for accept, wanted in ((PROMETHEUS, OPENMETRICS), ("text/html,*/*;q=0.8", TEXT),
                           ("application/openmetrics-text", OPENMETRICS),
                           ("application/openmetrics-text;q=0", TEXT), ("x/y", TEXT)):
        a = s.get(headers={"Accept": accept})
        is_(a.headers["Content-Type"], wanted, f"Accept: {accept[:40]}")
        is_(a.text.endswith("# EOF\n"), wanted == OPENMETRICS, "and ends like that")

    a = s.get(headers={"Accept-Encoding": "gzip"})
    is_(a.headers["Content-Encoding"], "gzip", "compressed for who takes gzip")
    ok(len(a.raw) < len(a.body) / 4 and a.text.startswith("# HELP"), "and is smaller",
       f"{len(a.raw)} of {len(a.body)}")
    a = s.get(headers={"Accept-Encoding": "gzip;q=0, identity"})
    ok("Content-Encoding" not in a.headers, "not for who refuses it")
    ok("Accept-Encoding" in a.headers["Vary"], "Vary")

    a = s.get("/-/healthy")
    is_((a.status, a.text), (200, "kvmexittop is healthy.\n"), "/-/healthy")
    a = s.get("/favicon.ico")
    is_((a.status, a.headers["Content-Type"]), (404, "text/plain; charset=utf-8"), "404")
    a = s.get("/metrics?name[]=x")
    is_(a.status, 200, "a query does not matter")
    a = s.get("/")
    is_((a.status, a.headers["Content-Type"]), (200, "text/html; charset=utf-8"), "the page")
    ok('href="/metrics"' in a.text and "6.1.0-fake" in a.text, "with a link, and the kernel")
    ok("http:" not in a.text and "https:" not in a.text and "src=" not in a.text,
       "and nothing from elsewhere", a.text)

    for method in ("POST", "PUT", "DELETE", "OPTIONS", "TRACE", "BREW"):
        a = s.get(method=method)
        is_((a.status, a.headers["Allow"]), (405, "GET, HEAD"), f"{method} is refused")
    a = s.get(body=b"abc")
    is_(a.status, 413, "a body is refused")
    a = s.get(headers={"Content-Length": "0"})
    is_(a.status, 200, "an empty one is none")


def raw_requests(s):
    get = b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n"
    last = b"GET /-/healthy HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    got = s.raw(get * 9 + last)
    is_(got.count(b"kvmexittop is healthy."), 10, "ten requests in a row")
    got = s.raw(b"GET /-/healthy HTTP/1.0\r\n\r\n")
    ok(b"200" in got.split(b"\r\n")[0] and got.endswith(b"healthy.\n"), "HTTP/1.0", got)
    got = s.raw(b"GET / HTTP/1.1\r\nX: " + b"x" * 100000 + b"\r\n\r\n")
    ok(got == b"" or b"431" in got.split(b"\r\n")[0], "headers of 100 kB", got[:200])
    got = s.raw(b"GET /" + b"x" * 100000 + b" HTTP/1.1\r\n\r\n")
    ok(got == b"" or b"414" in got.split(b"\r\n")[0], "a URL of 100 kB", got[:200])
    got = s.raw(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nGET /-/healthy "
                b"HTTP/1.1\r\nHost: x\r\n\r\n")
    is_(got.count(b"HTTP/1.1 "), 1, "what follows a refused request is not looked at")


def keep_alive(s):
    with s.connect() as c:
        for _ in range(3):
            c.sendall(b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n")
            got = b""
            while not got.endswith(b"healthy.\n"):
                got += c.recv(4096)
        ok(True, "a connection is kept for more requests")


def deadline(s):
    """10 s for a request, however it comes."""
    began = time.monotonic()
    with s.connect(timeout=30) as c, s.connect(timeout=30) as quiet:
        got = b"?"
        while got == b"?" and time.monotonic() - began < 30:
            try:
                c.sendall(b"G")
                c.settimeout(0.5)
                got = c.recv(100)
            except socket.timeout:
                pass
            except ConnectionError:
                got = b""
        took = time.monotonic() - began
        ok(got == b"" and 8 < took < 20, "a request that drips is cut off after 10 s", took)
        is_(quiet.recv(100), b"", "and so is who says nothing")


def confined(s):
    is_(s.status("Seccomp"), "2", "has a filter of system calls")
    is_(int(s.status("CapEff"), 16), 0, "has no capabilities")
    is_(int(s.status("CapPrm"), 16), 0, "and can have none")
    is_(s.status("NoNewPrivs"), "1", "has no_new_privs")
    is_(s.status("Threads"), "1", "has one thread")


def paths_and_addresses():
    s = Server("--web.telemetry-path=/a/b", "--web.listen-address=127.0.0.2:0")
    is_(len(s.ports), 2, "two addresses")
    is_(s.get("/a/b").status, 200, "another telemetry path")
    is_(s.get("/metrics").status, 404, "and none at the usual one")
    ok('href="/a/b"' in s.get("/").text, "the page links to it")
    second = subprocess.run([TOOL, "export", "-C", "fake:two",
                             f"--web.listen-address=127.0.0.1:{s.port}"],
                            capture_output=True, text=True, timeout=30)
    is_(second.returncode, 1, "a port that is taken")
    ok("Address already in use" in second.stderr and "ss -ltnp" in second.stderr,
       "says what to do", second.stderr)
    is_(s.stop(signal.SIGINT), 0, "SIGINT")

    s = Server(listen="localhost:0")
    try:
        socket.getaddrinfo("localhost", 0)
        ok(s.ports, "a name", s.said)
    except socket.gaierror:
        ok("cannot listen" in s.said, "nobody knows localhost here, and it says so", s.said)
    s.stop()
    s = Server(listen="[::1]:0")
    if s.ports:
        with socket.create_connection(("::1", s.port), 10) as c:
            c.sendall(b"GET /-/healthy HTTP/1.0\r\n\r\n")
            ok(b"200 OK" in c.recv(4096), "IPv6")
    else:
        ok("cannot listen" in s.said, "no IPv6 here, and it says so", s.said)
    s.stop(signal.SIGHUP)
    s = Server(listen=":0")
    is_(s.get("/-/healthy").status, 200, "every address")
    is_(s.stop(signal.SIGHUP), 0, "SIGHUP")


def wrong_use():
    for options in (["--web.listen-address=9985"], ["--web.listen-address=127.0.0.1:99999"],
                    ["--web.telemetry-path=metrics"], ["--max-series=0"], ["extra"],
                    ["--openmetrics"], ["-i", "5"], ["--once", "--web.telemetry-path=/x"]):
        p = subprocess.run([TOOL, "export", "-C", "fake:two", *options], text=True,
                           capture_output=True, timeout=30)
        ok(p.returncode == 2 and p.stderr.startswith("kvmexittop"), f"wrong: {options}",
           f"{p.returncode}: {p.stderr}")


def systemd():
    """As systemd does: the socket is file 3, and the environment says so."""
    sock = socket.create_server(("127.0.0.1", 0))
    tmp = tempfile.mkdtemp()
    notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notify.bind(tmp + "/notify")
    notify.settimeout(10)
    started = ("import os, sys; os.environ['LISTEN_PID'] = str(os.getpid()); "
               "os.environ['WATCHDOG_PID'] = str(os.getpid()); "
               "os.execv(sys.argv[1], sys.argv[1:])")

    def to_three():
        os.dup2(sock.fileno(), 3)
        os.set_inheritable(3, True)

    env = dict(os.environ, LISTEN_FDS="1", NOTIFY_SOCKET=tmp + "/notify",
               WATCHDOG_USEC="1000000")
    p = subprocess.Popen([sys.executable, "-c", started, TOOL, "export", "-C", "fake:two"],
                         env=env, close_fds=False, preexec_fn=to_three,
                         stderr=subprocess.PIPE, text=True)
    got = notify.recv(4096).decode()
    ok("READY=1" in got, "tells systemd when it is ready", got)
    s = Server.__new__(Server)
    s.process, s.ports, s.tls = p, [sock.getsockname()[1]], False
    sock.close()
    is_(s.get("/-/healthy").status, 200, "a socket of systemd")
    ok("WATCHDOG=1" in notify.recv(4096).decode(), "pings the watchdog")
    p.terminate()
    said = p.communicate(timeout=20)[1]
    is_(p.returncode, 0, "ends")
    is_(said.count("metrics are at"), 1, "listens there and nowhere else")
    notify.settimeout(1)
    got = ""
    while "STOPPING" not in got:
        got = notify.recv(4096).decode()
    ok(True, "and says that it does")
    notify.close()
    os.unlink(tmp + "/notify")
    os.rmdir(tmp)


def failing_collector():
    s = Server(collector="fake:failsnap")
    bad = wait_for(lambda: s.get().status == 500 and s.get(), 30)
    ok(bad, "a collector that fails is 500")
    ok(len(bad.text) > 20 and bad.text.endswith("\n"), "with a sentence", bad.text)
    is_(s.get("/-/healthy").status, 200, "the server stays")
    is_(s.stop(), 0, "and ends well")
    is_(s.said.count(bad.text.strip()), 1, "it is on stderr once")


def once():
    p = subprocess.run([TOOL, "export", "-C", "fake:two", "--once", "--openmetrics"],
                       capture_output=True, text=True, timeout=30)
    ok(p.returncode == 0 and p.stdout.endswith("# EOF\n"), "--once --openmetrics", p.stderr)
    p = subprocess.run([TOOL, "export", "-C", "fake:two,age=0", "--once"],
                       capture_output=True, text=True, timeout=30)
    ok(p.returncode == 0 and "only just begun" in p.stderr, "fresh counters are noted",
       p.stderr)
    with open("/dev/full", "w") as full:
        p = subprocess.run([TOOL, "export", "-C", "fake:two", "--once"], stdout=full,
                           stderr=subprocess.PIPE, text=True, timeout=30)
    ok(p.returncode == 1 and "cannot write" in p.stderr, "a full disk", p.stderr)


need_tool()
server = Server()
ok(server.ports, "starts", server.said)
answers(server)
raw_requests(server)
keep_alive(server)
confined(server)
deadline(server)
is_(server.stop(), 0, "SIGTERM")
paths_and_addresses()
wrong_use()
systemd()
failing_collector()
once()
done()
