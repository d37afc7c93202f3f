#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
#
# Clients that mean harm, or are broken: while they are at it a scrape is answered as ever,
# and the server takes no more memory and descriptors than it is allowed. Its number of
# places is 256, and 64 are on their way out.
import http.client
import os
import resource
import socket
import threading
import time

from server import Server, is_, need_tool, ok, done, wait_for

GET = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
MAX_FDS = 256 + 64 + 64
# What the places can take, answers that are kept, and what the heap does not give back.
MAX_GROWTH = 96 * 1024
SCRAPES = 8


def raise_limit():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return min(hard, 20000) - 200


class Attack:
    """Runs in a thread until it is told to stop."""

    def __init__(self, server, what):
        self.server = server
        self.stop = False
        self.made = 0
        self.socks = []
        self.error = None
        self.thread = threading.Thread(target=self.run, args=(what,), daemon=True)
        self.thread.start()

    def run(self, what):
        while not self.stop:
            try:
                what(self)
            except OSError as e:
                # To be thrown out is what is expected; but not only that.
                self.error = e
                time.sleep(0.01)

    def connect(self):
        s = socket.socket()
        # A small window: what is not read stays with the server.
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        s.settimeout(5)
        s.connect(("127.0.0.1", self.server.port))
        self.socks.append(s)
        self.made += 1
        return s

    def close_oldest(self, keep):
        while len(self.socks) > keep:
            self.socks.pop(0).close()

    def end(self):
        self.stop = True
        self.thread.join()
        self.close_oldest(0)


def hold(a):
    """Connects and says nothing, up to as many as one process may have."""
    a.connect()
    a.close_oldest(LIMIT)


def half(a):
    a.connect().sendall(b"GET /metrics HTTP/1.1\r\nHost: ")
    a.close_oldest(1000)


def drip(a):
    """A byte of each request now and then."""
    if len(a.socks) < 400:
        a.connect()
        return
    for i, s in enumerate(list(a.socks)):
        try:
            s.send(b"GET /metrics HTTP/1.1\r\nX: y"[a.made % 20:][:1])
        except OSError:
            a.socks.remove(s)
            s.close()
    time.sleep(0.05)


def big_headers(a):
    s = a.connect()
    s.sendall(b"GET /metrics HTTP/1.1\r\n")
    for _ in range(1024):
        s.sendall(b"X-Header: " + b"x" * 1012 + b"\r\n")
    a.close_oldest(50)


def big_url(a):
    a.connect().sendall(b"GET /" + b"u" * 1000000 + b" HTTP/1.1\r\n\r\n")
    a.close_oldest(50)


def garbage(a):
    a.connect().sendall(os.urandom(5000))
    a.close_oldest(300)


def tls_hello(a):
    """TLS where there is none."""
    a.connect().sendall(bytes.fromhex("1603010200010001fc0303") + os.urandom(500))
    a.close_oldest(300)


def methods(a):
    method = (b"BREW", b"POST", b"DELETE", b"OPTIONS", b"CONNECT", b"PRI")[a.made % 6]
    a.connect().sendall(method + b" / HTTP/1.1\r\nHost: x\r\n\r\n")
    a.close_oldest(300)


def bodies(a):
    s = a.connect()
    s.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n")
    for _ in range(100):
        s.sendall(b"b" * 10000)
    a.close_oldest(50)


def never_read(a):
    """Asks for much, and does not read it."""
    a.connect().sendall(GET * 20)
    a.close_oldest(2000)


def pipeline(a):
    """Many small requests at once, whose answers are not read."""
    a.connect().sendall(b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n" * 500)
    a.close_oldest(300)


def scrape_times(server, attack):
    """How long each scrape took, None for one that failed."""
    times = []
    for _ in range(SCRAPES):
        began = time.monotonic()
        try:
            a = server.get(timeout=10)
            good = a.status == 200 and a.text.endswith("\n") and len(a.body) > 1000000
        except (OSError, http.client.HTTPException) as e:
            attack.error = e
            good = False
        times.append(time.monotonic() - began if good else None)
        time.sleep(0.15)
    return times


def attacked(server, name, what, at_least):
    base_rss, fds, rss = server.rss(), 0, 0
    a = Attack(server, what)
    wait_for(lambda: a.made >= at_least, 30)
    times = scrape_times(server, a)
    for _ in range(5):
        fds = max(fds, server.fds())
        rss = max(rss, server.rss())
        time.sleep(0.05)
    a.end()
    slowest = max((t for t in times if t), default=0)
    print(f"# {name}: {a.made} connections, slowest scrape {slowest:.2f} s, "
          f"{fds} files, {base_rss} kB before, {rss} kB meanwhile")
    ok(a.made >= at_least, f"{name}: was tried {at_least} times", f"{a.made}, {a.error}")
    ok(None not in times, f"{name}: every scrape is answered", f"{times}, {a.error}")
    ok(fds <= MAX_FDS, f"{name}: number of files", fds)
    ok(rss <= START_RSS + MAX_GROWTH, f"{name}: memory", f"{rss} kB, {START_RSS} at first")
    ok(wait_for(lambda: server.fds() <= START_FDS + 2), f"{name}: all are gone after it",
       f"{server.fds()} files, {START_FDS} at first")


need_tool()
LIMIT = raise_limit()
# An answer of 2 MB.
s = Server("--max-series", "1000000", collector="fake:many,vms=35,vcpus=2,reasons=30")
ok(len(s.get().body) > 2000000, "an answer has 2 MB", len(s.get().body))
START_RSS, START_FDS = s.rss(), s.fds()

attacked(s, "10,000 connections", hold, 10000)
attacked(s, "half a request", half, 1000)
attacked(s, "a byte now and then", drip, 400)
attacked(s, "1 MB of headers", big_headers, 50)
attacked(s, "1 MB of URL", big_url, 50)
attacked(s, "garbage", garbage, 300)
attacked(s, "TLS on a plain port", tls_hello, 300)
attacked(s, "unknown methods", methods, 300)
attacked(s, "bodies", bodies, 50)
attacked(s, "answers that nobody reads", never_read, 600)
attacked(s, "requests in a row", pipeline, 300)

# Nothing to do: it sleeps.
cpu = s.cpu()
time.sleep(2)
ok(s.cpu() - cpu < 0.5, "afterwards it is idle", s.cpu() - cpu)
is_(s.stop(), 0, "it ends as it should")
ok("ERROR" not in s.said, "and has said nothing strange", s.said)
done()
