#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
#
# --web.config.file: TLS, certificates of clients, passwords, headers.
import base64
import os
import shutil
import ssl
import subprocess
import tempfile
import time

from server import Server, TOOL, done, is_, need_tool, ok, skip, wait_for

# bcrypt of "secret"
HASH10 = "$2y$10$EM8sM1Cgp9CjPwgqTBEHe..16K1XefHfmr3WoGQKz6I.vIOwSqeKi"
need_tool()
if not shutil.which("openssl"):
    skip("there is no openssl to make certificates with")
tmp = tempfile.mkdtemp()


def openssl(*command):
    subprocess.run(["openssl", *command], check=True, capture_output=True, cwd=tmp)


def certificate(name, ca=None, usage="serverAuth"):
    """NAME.pem and NAME.key, signed by itself or by a CA."""
    with open(f"{tmp}/{name}.ext", "w") as f:
        f.write(f"extendedKeyUsage={usage}\nsubjectAltName=IP:127.0.0.1\n" if ca or
                name == "server" else "basicConstraints=critical,CA:true\n")
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", name + ".key", "-out", name + ".csr", "-subj", "/CN=" + name)
    sign = ["-CA", ca + ".pem", "-CAkey", ca + ".key", "-CAcreateserial"] if ca else \
        ["-signkey", name + ".key"]
    openssl("x509", "-req", "-in", name + ".csr", "-out", name + ".pem", "-days", "2",
            "-extfile", name + ".ext", *sign)


def config(text):
    with open(tmp + "/web.yml", "w") as f:
        f.write(text)
    return f"--web.config.file={tmp}/web.yml"


def context(client=None, version=None):
    c = ssl.create_default_context(cafile=tmp + "/server.pem")
    c.check_hostname = False
    if client:
        c.load_cert_chain(f"{tmp}/{client}.pem", f"{tmp}/{client}.key")
    if version:
        c.maximum_version = version
    return c


def refused(s, c):
    """Does TLS end before there is an answer?"""
    try:
        return s.get(context=c).status == 403
    except (ssl.SSLError, ConnectionError):
        return True


def password(user, word):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{word}".encode()).decode()}


TLS = "tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n"
for make in (("server",), ("ca",), ("client", "ca", "clientAuth"), ("other_ca",),
             ("stranger", "other_ca", "clientAuth"), ("wrong", "ca", "serverAuth")):
    certificate(*make)

s = Server(config(TLS))
if "built without" in s.said or "without TLS" in s.said:
    skip(s.said)
ok(s.tls, "serves https", s.said)
a = s.get(context=context())
ok(a.status == 200 and "kvmexittop_build_info" in a.text, "a scrape over TLS")
for version, name in ((ssl.TLSVersion.TLSv1_2, "TLS 1.2"), (ssl.TLSVersion.TLSv1_3, "TLS 1.3")):
    is_(s.get("/-/healthy", context=context(version=version)).status, 200, name)
if shutil.which("curl"):
    p = subprocess.run(["curl", "-s", "--cacert", tmp + "/server.pem", "--compressed",
                        f"https://127.0.0.1:{s.port}/metrics"], capture_output=True, text=True)
    ok(p.returncode == 0 and p.stdout.startswith("# HELP"), "curl", p)
rss = s.rss()
held = []
for i in range(600):
    c = s.connect()
    # Nothing; what is no TLS; a first message that is cut off.
    if i % 3:
        c.sendall(b"GET / HTTP/1.1\r\n\r\n" if i % 3 == 1 else bytes.fromhex("16030102000100"))
    held.append(c)
    if i % 100 == 99:
        is_(s.get("/-/healthy", context=context()).status, 200,
            f"{i + 1} handshakes that come to nothing, and a good one")
ok(s.fds() < 400 and s.rss() < rss + 64 * 1024, "take bounded memory", f"{s.fds()}, {s.rss()}")
for c in held:
    c.close()
ok(wait_for(lambda: s.fds() < 20), "are gone after it", s.fds())
is_(s.stop(), 0, "ends")

s = Server(config(TLS + "  min_version: TLS13\n"))
is_(s.get("/-/healthy", context=context()).status, 200, "min_version: TLS13")
ok(refused(s, context(version=ssl.TLSVersion.TLSv1_2)), "and TLS 1.2 is refused")
s.stop()

s = Server(config(TLS + "  client_auth_type: RequireAndVerifyClientCert\n"
                  "  client_ca_file: ca.pem\n"))
is_(s.get(context=context("client")).status, 200, "a client with a certificate")
ok(refused(s, context()), "one without is refused")
ok(refused(s, context("stranger")), "one that another CA has signed")
ok(refused(s, context("wrong")), "one that is for servers")
is_(s.get(context=context("client")).status, 200, "and the good one is served again")
s.stop()

s = Server(config(f"basic_auth_users:\n  prom: {HASH10}\n  other: {HASH10}\n"
                  "http_server_config:\n  http2: true\n  headers:\n"
                  "    X-Frame-Options: SAMEORIGIN\n    Content-Security-Policy: ''\n"
                  "    Strict-Transport-Security: max-age=60\n"))
a = s.get()
is_((a.status, a.headers["WWW-Authenticate"].split()[0]), (401, "Basic"), "no password")
a = s.get(headers=password("prom", "secret"))
is_(a.status, 200, "a good password")
is_((a.headers["X-Frame-Options"], a.headers["Content-Security-Policy"],
     a.headers["Strict-Transport-Security"]), ("SAMEORIGIN", None, "max-age=60"), "headers")
for user, word in (("prom", "Secret"), ("prom", ""), ("nobody", "secret")):
    is_(s.get(headers=password(user, word)).status, 401, f"refused: {user}:{word}")
for value in ("Basic", "Basic !!!", "Bearer x", "Basic " + "A" * 5000):
    ok(s.get(headers={"Authorization": value}).status == 401, f"refused: {value[:12]}")
for path in ("/", "/-/healthy", "/nothing"):
    is_(s.get(path).status, 401, f"{path} needs one too")
statuses, slowest, cpu = set(), 0, s.cpu()
for i in range(1000):
    statuses.add(s.get(headers=password("prom", f"guess{i}")).status)
    if i % 100 == 0:
        began = time.monotonic()
        statuses.add(("good", s.get(headers=password("prom", "secret")).status))
        slowest = max(slowest, time.monotonic() - began)
print(f"# {s.cpu() - cpu:.2f} s of CPU, slowest good one {slowest:.2f} s")
is_(statuses - {401}, {429, ("good", 200)}, "1000 bad ones: refused unchecked, good ones not")
is_(s.get(headers=password("other", "secret"), source="127.0.0.9").status, 200,
    "and from elsewhere a password that is new is checked")
ok(wait_for(lambda: s.get(headers=password("other", "secret")).status == 200),
   "and here too, a little later")
s.stop()

for text, wanted in (("tls_server_confg: {}\n", "line 1: unknown key 'tls_server_confg'"),
                     ("basic_auth_users:\n  a: password\n", "line 2: the password of user 'a'"),
                     (TLS.replace("server.key", "nowhere.key"), "nowhere.key"),
                     (TLS.replace("server.key", "client.key"), "belong together"),
                     (TLS.replace("server.pem", "web.yml"), "PEM")):
    p = subprocess.run([TOOL, "export", "-C", "fake:two", config(text)], text=True,
                       capture_output=True, timeout=30)
    ok(p.returncode in (1, 2) and wanted in p.stderr, f"refused: {wanted}", p.stderr)
shutil.rmtree(tmp)
done()
