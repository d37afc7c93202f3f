# SPDX-License-Identifier: GPL-2.0-only
"""
For tests of kvmexittop export: starts it on the fake collector, asks it things, and
prints what came of it as TAP. KVMEXITTOP names the program to test.
"""
import atexit
import gzip
import http.client
import os
import re
import select
import signal
import socket
import ssl
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOOL = os.path.abspath(os.environ.get("KVMEXITTOP", HERE + "/../../build/kvmexittop"))

tests = 0
failed = 0


def ok(good, name, why=""):
    """One test. Returns whether it was good."""
    global tests, failed
    tests += 1
    print(f"{'ok' if good else 'not ok'} {tests} - {name}")
    if not good:
        failed += 1
        for line in str(why).splitlines():
            print(f"# {line}")
    sys.stdout.flush()
    return good


def is_(got, wanted, name):
    return ok(got == wanted, name, f"got:    {got!r}\nwanted: {wanted!r}")


def skip(why):
    print(f"SKIP: {why}")
    sys.exit(77)


def done():
    print(f"1..{tests}")
    sys.exit(1 if failed or not tests else 0)


def need_tool():
    if not os.access(TOOL, os.X_OK):
        skip(f"there is no {TOOL}; run: make tool")


def wait_for(condition, seconds=20):
    """Until it is true; the value that it had last."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value or time.monotonic() > end:
            return value
        time.sleep(0.05)


class Answer:
    """Of one request."""

    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.raw = response.read()
        self.body = self.raw
        if self.headers.get("Content-Encoding") == "gzip":
            self.body = gzip.decompress(self.raw)

    @property
    def text(self):
        return self.body.decode()


class Server:
    """kvmexittop export, running."""

    def __init__(self, *options, collector="fake:two", listen="127.0.0.1:0", **popen):
        command = [TOOL, "export", "-C", collector, *options]
        if listen:
            command += ["--web.listen-address", listen]
        popen.setdefault("stdout", subprocess.DEVNULL)
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, **popen)
        atexit.register(self.process.kill)
        self.said = ""
        self.tls = False
        self.ports = []
        self.read_start()

    def read_start(self):
        """What it says until it listens, or ends."""
        end = time.monotonic() + 20
        while time.monotonic() < end:
            # A line for each address: the last one is the last.
            if not select.select([self.process.stderr], [], [], 0.2)[0]:
                if self.ports:
                    return
                continue
            some = os.read(self.process.stderr.fileno(), 65536).decode()
            self.said += some
            where = re.findall(r"metrics are at (https?)://(\S+):(\d+)/", self.said)
            # That of 127.0.0.1 first, if it is one of them.
            self.ports = [int(w[2]) for w in sorted(where, key=lambda w: w[1] != "127.0.0.1")]
            self.tls = bool(where) and where[0][0] == "https"
            if not some:
                return

    @property
    def port(self):
        return self.ports[0]

    def running(self):
        return self.process.poll() is None

    def connect(self, host="127.0.0.1", timeout=10, source=None):
        """A plain connection, whatever the server speaks."""
        return socket.create_connection((host, self.port), timeout,
                                        source and (source, 0))

    def get(self, path="/metrics", method="GET", headers=None, context=None, timeout=10,
            body=None, source=None):
        if self.tls:
            context = context or ssl._create_unverified_context()
            conn = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=timeout,
                                               context=context)
        else:
            conn = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout,
                                              source_address=source and (source, 0))
        try:
            conn.request(method, path, headers=headers or {}, body=body)
            return Answer(conn.getresponse())
        finally:
            conn.close()

    def raw(self, data, timeout=10):
        """Sends bytes, and returns all that comes until the server closes."""
        got = b""
        with self.connect(timeout=timeout) as s:
            try:
                s.sendall(data)
                while some := s.recv(65536):
                    got += some
            except (ConnectionError, socket.timeout):
                pass
        return got

    def status(self, field):
        with open(f"/proc/{self.process.pid}/status") as f:
            for line in f:
                if line.startswith(field + ":"):
                    return line.split()[1]
        return None

    def rss(self):
        """In kB."""
        return int(self.status("VmRSS"))

    def fds(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def cpu(self):
        """In seconds."""
        with open(f"/proc/{self.process.pid}/stat") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self, signo=signal.SIGTERM):
        """Ends it; its exit status, or minus the signal that ended it."""
        if self.running():
            self.process.send_signal(signo)
        try:
            said = self.process.communicate(timeout=20)[1]
        except subprocess.TimeoutExpired:
            self.process.kill()
            said = self.process.communicate()[1]
        self.said += said.decode()
        return self.process.returncode
