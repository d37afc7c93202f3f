#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
#
# export --textfile: what is there is always whole, and nothing stays behind.
import os
import shutil
import signal
import subprocess
import tempfile
import time

from server import Server, TOOL, done, is_, need_tool, ok, wait_for

need_tool()
tmp = tempfile.mkdtemp()
os.chmod(tmp, 0o755)
path = tmp + "/kvmexittop.prom"


def export(*options, **kwargs):
    return subprocess.run([TOOL, "export", "-C", "fake:two", *options], text=True,
                          capture_output=True, timeout=30, **kwargs)


def start(*options, collector="fake:two"):
    return Server("--textfile", path, *options, collector=collector, listen=None)


Server.read_start = lambda self: None

p = export("--textfile", path, "--once", preexec_fn=lambda: os.umask(0o077))
is_((p.returncode, p.stderr), (0, ""), "--once writes and ends")
with open(path) as f:
    text = f.read()
ok(text.startswith("# HELP") and text.endswith("\n") and "\nkvmexittop_exits_total{" in text,
   "the file has metrics", text[:300])
is_(oct(os.stat(path).st_mode), "0o100644", "all may read it, whatever the umask")
is_(os.listdir(tmp), ["kvmexittop.prom"], "nothing else is there")

p = export("--textfile", tmp + "/x.txt", "--once")
ok(p.returncode == 0 and ".prom" in p.stderr, "another name is noted", p.stderr)
os.unlink(tmp + "/x.txt")
p = export("--textfile", "here.prom", "--once", cwd=tmp)
ok(p.returncode == 0 and os.path.exists(tmp + "/here.prom"), "a name without a directory",
   p.stderr)
os.unlink(tmp + "/here.prom")

# It is read all the time while it is written all the time.
os.unlink(path)
s = start("-i", "0.02", collector="fake:many,vms=20,vcpus=2,reasons=20")
ok(wait_for(lambda: os.path.exists(path)), "is written")
seen, whole, end = set(), True, time.monotonic() + 3
while time.monotonic() < end:
    with open(path) as f:
        text = f.read()
        seen.add(os.fstat(f.fileno()).st_ino)
    whole = whole and text.startswith("# HELP") and text.endswith("\n") and len(text) > 100000
ok(whole, "is whole whenever it is read")
ok(len(seen) > 1, "and was replaced meanwhile", seen)
is_((s.status("Seccomp"), int(s.status("CapEff"), 16)), ("2", 0), "is confined")
is_(s.stop(), 0, "SIGTERM")
is_(os.listdir(tmp), ["kvmexittop.prom"], "and leaves nothing else")

# As if one had been killed in the middle of it.
with open(tmp + "/.kvmexittop.prom.new", "w") as f:
    f.write("half")
p = export("--textfile", path, "--once")
is_((p.returncode, os.listdir(tmp)), (0, ["kvmexittop.prom"]), "what was left is removed")

p = export("--textfile", tmp + "/nowhere/x.prom", "--once")
ok(p.returncode == 1 and "No such file" in p.stderr, "no directory", p.stderr)
p = export("--textfile", tmp + "/", "--once")
ok(p.returncode == 2, "no name", p.stderr)
os.mkdir(tmp + "/dir.prom")
p = export("--textfile", tmp + "/dir.prom", "--once")
ok(p.returncode == 1 and "directory" in p.stderr, "a directory of that name", p.stderr)
is_(sorted(os.listdir(tmp)), ["dir.prom", "kvmexittop.prom"], "and leaves nothing there")
os.rmdir(tmp + "/dir.prom")
if os.geteuid() == 0:
    # Not root's: and root has given up the right to write there all the same.
    os.chown(tmp, 65534, 65534)
else:
    os.chmod(tmp, 0o555)
p = export("--textfile", path, "--once")
ok(p.returncode == 1 and "Permission denied" in p.stderr and "writable" in p.stderr,
   "a directory where it may not write", p.stderr)

# It may write once more: that is said, and so is that it can again.
os.chown(tmp, os.geteuid(), os.getegid())
os.chmod(tmp, 0o755)
os.unlink(path)
s = start("-i", "0.1")
ok(wait_for(lambda: os.path.exists(path)), "writes")
os.rename(path, tmp + "/old")
os.mkdir(path)
time.sleep(1)
ok(s.running(), "goes on if it cannot write for a while")
os.rmdir(path)
ok(wait_for(lambda: os.path.isfile(path)), "and writes when it can")
is_(s.stop(signal.SIGINT), 0, "SIGINT")
ok(s.said.count("cannot write") == 1 and s.said.count("can be written again") == 1,
   "says both, once", s.said)
is_(sorted(os.listdir(tmp)), ["kvmexittop.prom", "old"], "and leaves nothing there")
shutil.rmtree(tmp)
done()
