# SPDX-License-Identifier: GPL-2.0-only
"""A headless Chromium, spoken to over its DevTools pipe; and what is in a PNG."""
import base64
import fcntl
import json
import os
import select
import shutil
import struct
import subprocess
import tempfile
import time
import zlib

TIMEOUT_S = 120


def find():
    """Path of a Chromium, or None."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        path = shutil.which(name)
        if path:
            return path
    return None


class Browser:
    """One page at a time. What it asks for and what it complains about is kept.

    Names of hosts lead nowhere; of addresses, only 127.0.0.1 does if @local.
    """

    def __init__(self, path, log, local=False):
        self.profile = tempfile.mkdtemp(prefix="kxt-chromium-")
        to_read, self.to = os.pipe()
        self.come, from_write = os.pipe()
        # They have to be 3 and 4 in the child: first out of each other's way.
        ends = [fcntl.fcntl(fd, fcntl.F_DUPFD, 10) for fd in (to_read, from_write)]
        self.child = subprocess.Popen(
            [path, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
             "--disable-background-networking", "--disable-component-update",
             "--disable-default-apps", "--no-first-run", "--no-proxy-server",
             "--host-resolver-rules=MAP * ~NOTFOUND" +
             (", EXCLUDE 127.0.0.1" if local else ""), "--remote-debugging-pipe",
             "--user-data-dir=" + self.profile, "about:blank"],
            preexec_fn=lambda: (os.dup2(ends[0], 3), os.dup2(ends[1], 4)),
            pass_fds=(3, 4), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        for fd in ends + [to_read, from_write]:
            os.close(fd)
        self.buffer = b""
        self.number = 0
        self.session = None
        self.requests = []
        self.complaints = []
        self.loaded = False
        targets = self.call("Target.getTargets")["targetInfos"]
        target = [t for t in targets if t["type"] == "page"][0]["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target,
                                 flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.call(domain + ".enable")

    def close(self):
        self.session = None
        try:
            self.call("Browser.close")
            self.child.wait(20)
        except (OSError, EOFError, RuntimeError, subprocess.TimeoutExpired):
            self.child.kill()
            self.child.wait()
        os.close(self.to)
        os.close(self.come)
        shutil.rmtree(self.profile, ignore_errors=True)

    def _message(self, until):
        while b"\0" not in self.buffer:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self.come], [], [], left)[0]:
                raise RuntimeError("the browser does not answer")
            data = os.read(self.come, 1 << 20)
            if not data:
                raise EOFError("the browser has ended")
            self.buffer += data
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def _event(self, message):
        method, p = message.get("method"), message.get("params", {})
        if method == "Network.requestWillBeSent":
            self.requests.append(p["request"]["url"])
        elif method == "Runtime.consoleAPICalled":
            self.complaints.append("console: " + json.dumps(p["args"]))
        elif method == "Runtime.exceptionThrown":
            self.complaints.append("exception: " + json.dumps(p["exceptionDetails"]))
        elif method == "Log.entryAdded":
            self.complaints.append("log: " + p["entry"]["text"])
        elif method == "Page.loadEventFired":
            self.loaded = True

    def call(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.to, data):]
        until = time.monotonic() + TIMEOUT_S
        while True:
            answer = self._message(until)
            if answer.get("id") != self.number:
                self._event(answer)
                continue
            if "error" in answer:
                raise RuntimeError(method + ": " + answer["error"]["message"])
            return answer["result"]

    def _navigate(self, url):
        self.loaded = False
        self.call("Page.navigate", url=url)
        until = time.monotonic() + TIMEOUT_S
        while not self.loaded:
            self._event(self._message(until))

    def open(self, url):
        """Load a page; forgets what was before."""
        self._navigate("about:blank")
        self.requests, self.complaints = [], []
        self._navigate(url)

    def size(self, width, height):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=False)

    def media(self, scheme, medium=""):
        self.call("Emulation.setEmulatedMedia", media=medium,
                  features=[{"name": "prefers-color-scheme", "value": scheme}])

    def scripts(self, on):
        self.call("Emulation.setScriptExecutionDisabled", value=not on)

    def evaluate(self, code):
        r = self.call("Runtime.evaluate", expression=code, returnByValue=True)
        if "exceptionDetails" in r:
            raise RuntimeError(json.dumps(r["exceptionDetails"]))
        return r["result"].get("value")

    def shot(self, path):
        data = base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])
        with open(path, "wb") as f:
            f.write(data)
        return data

    def pdf(self, path):
        data = base64.b64decode(self.call("Page.printToPDF", printBackground=False,
                                          preferCSSPageSize=True)["data"])
        with open(path, "wb") as f:
            f.write(data)
        return data


def _unfilter(kind, line, above, step):
    if kind == 0:
        return line
    out = bytearray(line)
    for i, v in enumerate(line):
        a = out[i - step] if i >= step else 0
        b = above[i]
        c = above[i - step] if i >= step else 0
        if kind == 1:
            add = a
        elif kind == 2:
            add = b
        elif kind == 3:
            add = (a + b) // 2
        else:
            p = a + b - c
            add = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
        out[i] = (v + add) & 255
    return bytes(out)


def brightness(png):
    """Mean of the picture's bytes, and how many colours it has, at most 1000."""
    at, data, step = 8, b"", 0
    while at < len(png):
        size, kind = struct.unpack(">I4s", png[at:at + 8])
        body = png[at + 8:at + 8 + size]
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack(">IIBB", body[:10])
            assert depth == 8 and colour in (2, 6)
            step = 3 if colour == 2 else 4
        elif kind == b"IDAT":
            data += body
        at += 12 + size
    raw = zlib.decompress(data)
    above, total, colours = bytes(width * step), 0, set()
    for y in range(height):
        begin = y * (width * step + 1)
        above = _unfilter(raw[begin], raw[begin + 1:begin + 1 + width * step], above, step)
        if y % 4 == 0:
            pixels = [above[i:i + 3] for i in range(0, len(above), step * 4)]
            total += sum(sum(p) for p in pixels) / len(pixels) / 3
            if len(colours) < 1000:
                colours.update(pixels)
    return total / len(range(0, height, 4)), len(colours)
